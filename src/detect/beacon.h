#ifndef WD_DETECT_BEACON_H
#define WD_DETECT_BEACON_H

#include "detect/contacts.h"

/*
 * How regular the connections of one contact are: a comparison of two ways to explain the intervals
 * between them.
 *
 *   timer  every interval is a whole number k of sleeps (k - 1 check-ins missed), each sleep spread
 *          around its mean; a bounded share of intervals is something else
 *   chance intervals as people, queues and sessions make them: whatever spread the contact itself
 *          shows, seen through a filter too wide to show a timer (a smoothed density of the
 *          logarithms, each interval left out of its own estimate)
 *
 * The score is the logarithm of how much better the timer explains them, less a price for choosing
 * its parameters, plus a bounded amount for requests of one size. It grows with the number of
 * observations; with fewer than three intervals there is no score, which is not the same as "not a
 * beacon". A score says "machine-timed", never "hostile": update checks score as well.
 */

/** Intervals looked at; longer contacts are sampled in four runs. */
#define WD_BEACON_MAX_INTERVALS 512U
/** Fewest moments that give a score. */
#define WD_BEACON_MIN_MOMENTS 4U

typedef struct wd_beacon {
    bool too_few;   /* no statement possible */
    double score;   /* natural logarithm; orders contacts by regularity */
    double p;       /* probability of a timer, before looking at any other pair */
    double by_time; /* parts of the score */
    double by_size;
    size_t n;         /* moments that the timer is seen in */
    double interval;  /* seconds of sleep; of a spread timer its longest */
    double jitter;    /* share of the sleep that varies, 0 to 1 */
    double missed;    /* share of check-ins that are not there */
    bool size_stream; /* seen among requests of one size only */
    bool bursts;      /* seen after connections in quick succession were taken as one */
    bool phase;       /* a clock with delays, not sleep after sleep */
    bool changed;     /* the sleep changed; `interval` is the later one */
    double before;    /* seconds of sleep before the change */
} wd_beacon;

/** Scores the moments of a contact, sorted by time. Pure. */
void wd_beacon_score(const wd_moment *moments, size_t n, wd_beacon *out);

#endif

#ifndef WD_DETECT_BEACON_PRIV_H
#define WD_DETECT_BEACON_PRIV_H

#include "detect/beacon.h"

/* Shared by beacon.c (which moments to look at) and beacon_fit.c (how well a timer explains them).
 */

/** A timer fitted to intervals. */
typedef struct wd_timer {
    double gain;   /* log-likelihood above chance, price paid */
    double mean;   /* seconds */
    double spread; /* standard deviation over mean */
    double missed;
    double other; /* share of intervals that are something else */
    bool phase;
} wd_timer;

/** Best timer for n intervals in seconds (all > 0), in the order they came. `tick` is the
 * resolution of the clock in seconds. */
wd_timer wd_timer_fit(const double *intervals, size_t n, double tick);

#endif

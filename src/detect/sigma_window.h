#ifndef WD_DETECT_SIGMA_WINDOW_H
#define WD_DETECT_SIGMA_WINDOW_H

#include "detect/sigma_correlation.h"

/** What a correlation counts: a hit of a rule, or an alert of a correlation. */
typedef struct wd_sigma_counted {
    wd_time time;
    uint32_t ref;   /* which of the correlation's rules */
    uint32_t order; /* place among all hits, for ties */
    const wd_sigma_part *const *parts;
    size_t n_parts;
    wd_slice *values; /* group-by fields, then counted ones; ptr NULL when absent */
    wd_slice counted; /* the counted values as one key; ptr NULL when one is absent */
    double number;    /* the counted value as a number */
    bool is_number;
} wd_sigma_counted;

/** Events that met the condition, by their places in the group. */
typedef struct wd_sigma_range {
    uint32_t first;
    uint32_t last;    /* included; unless `chain` */
    uint32_t reached; /* with which the condition became true */
    double value;
    const uint32_t *chain; /* the events, when not all between first and last count */
    uint32_t n_chain;
} wd_sigma_range;

typedef WD_SIGMA_LIST(wd_sigma_range) wd_sigma_ranges;

/** One group in order of time. */
typedef struct wd_sigma_group {
    wd_sigma_counted **list;
    size_t n;
    size_t cap;
} wd_sigma_group;

/** All stretches of a group that meet the condition of `c`, appended to `out`, in `arena`. */
WD_MUST_USE wd_status wd_sigma_window(const wd_sigma *s, const wd_sigma_correlation *c,
                                      const wd_sigma_group *group, wd_arena *arena,
                                      wd_sigma_ranges *out);

#endif

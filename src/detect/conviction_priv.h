#ifndef WD_DETECT_CONVICTION_PRIV_H
#define WD_DETECT_CONVICTION_PRIV_H

#include "core/map.h"
#include "detect/conviction.h"

/* Shared by conviction.c (the weighing), conviction_index.c (who contacts what) and
 * conviction_order.c (what comes just before what). */

/** One source over all its contacts. */
typedef struct wd_source {
    wd_slice name;
    bool ours;      /* an address of an inner network, or a name */
    uint32_t hours; /* bit per hour of the day with any contact */
    size_t n_contacts;
    size_t *contacts;  /* indexes into the judgement */
    size_t systems[8]; /* requests that claim each operating system */
} wd_source;

typedef struct wd_case_of {
    const wd_world *w;
    wd_arena *arena;
    wd_judgement *j;
    wd_source *sources;
    size_t n_sources, cap_sources;
    size_t *source_of; /* per judged contact */
    size_t cap_destinations;
    size_t **members; /* judged contacts of each destination */
    size_t *n_members;
    bool *is_shared; /* per destination: a service that everybody uses */
    int64_t *days;   /* days with any contact, ascending */
    size_t n_days;
} wd_case_of;

/** Groups contacts (and names that were only looked up) by source and by destination. */
WD_MUST_USE wd_status wd_judge_index(wd_case_of *c);

/** Days with any contact among the `window` days before the day of `t`. */
size_t wd_judge_days_before(const wd_case_of *c, wd_time t, int64_t window);

/** Adds a reason; a weight of 0 is left out. `text` lives as long as the judgement. */
void wd_reason_add(wd_reasons *r, double weight, wd_slice text);

/** Weight of the reason that wd_judge_order gives; it is a name's first reason. */
#define WD_WEIGHT_ORDER 3.0

/** Contacts that come right after one with a shared host, far more often than others do. */
WD_MUST_USE wd_status wd_judge_order(wd_case_of *c);

/** What user agents say about a contact. */
WD_MUST_USE wd_status wd_judge_agents(wd_case_of *c);

#endif

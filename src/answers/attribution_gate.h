#ifndef WD_ANSWERS_ATTRIBUTION_GATE_H
#define WD_ANSWERS_ATTRIBUTION_GATE_H

#include "answers/attribution.h"

/** Room for scoring parts of a table again and again. */
typedef struct wd_attr_work {
    wd_attr_sums sums;
    double *p;        /* of every actor, after the last scoring */
    double unknown;   /* of "unknown", after the last scoring */
    uint8_t *without; /* by item of the table */
} wd_attr_work;
WD_MUST_USE wd_status wd_attr_work_new(wd_attr_work *w, const wd_attr_base *base, size_t items,
                                       wd_arena *arena);

/** Probabilities of what is left of a table into work->p; the first actor is returned. `unknown` is
 * the score of "unknown", -INFINITY for the closed set. */
uint32_t wd_attr_rank(const wd_attr_table *t, const uint8_t *without, const wd_attr_weights *w,
                      double unknown, wd_attr_work *work);

/**
 * The naming gate: the first actor's strongest techniques, programs and other items are taken away;
 * it is named only when it is still first with at least `p` (closed set). What one planted program
 * and a few planted techniques can do is thereby taken out.
 */
typedef struct wd_attr_gate {
    unsigned techniques, software, other;
    double p;
} wd_attr_gate;
#define WD_GATE_NAME ((wd_attr_gate){2, 1, 1, 0.5}) /* to name anybody */
#define WD_GATE_SURE ((wd_attr_gate){3, 1, 1, 0.5}) /* for high confidence */

typedef struct wd_attr_gated {
    uint32_t first; /* before anything was taken away */
    uint32_t named; /* or WD_NOBODY */
    double p_first; /* its closed-set probability before ... */
    double p_after; /* ... and after */
} wd_attr_gated;
/** After it, work->without marks what was taken away. */
wd_attr_gated wd_attr_gate_try(const wd_attr_table *t, const wd_attr_weights *w,
                               const wd_attr_gate *gate, wd_attr_work *work);

/** Marks the item of a kind that speaks most for `actor` and is not marked yet; SIZE_MAX when none
 * speaks for it. The first one of equals. */
size_t wd_attr_drop_strongest(const wd_attr_table *t, uint32_t actor, wd_fact_kind kind,
                              uint8_t *without);

#endif

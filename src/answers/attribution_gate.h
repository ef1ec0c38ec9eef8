#ifndef WD_ANSWERS_ATTRIBUTION_GATE_H
#define WD_ANSWERS_ATTRIBUTION_GATE_H

#include "answers/attribution.h"

/** Room for scoring again and again. */
typedef struct wd_attr_work {
    wd_attr_features features;
    double *terms, *scores;
    wd_attr_item *items;
    double *strength; /* by item */
    size_t cap_items;
} wd_attr_work;
WD_MUST_USE wd_status wd_attr_work_new(wd_attr_work *w, const wd_attr_base *base, size_t items,
                                       wd_arena *arena);

/** Closed-set probabilities of a query into work->scores; the first actor is returned. */
uint32_t wd_attr_rank(const wd_attr_counts *c, const wd_attr_query *q, const wd_attr_weights *w,
                      wd_attr_work *work);

/**
 * The naming gate: the first actor's strongest techniques, programs and other items are taken away;
 * it is named only when it is still first with at least `p` (closed set). What one planted program
 * and a few planted techniques can do is thereby taken out.
 */
typedef struct wd_attr_gate {
    unsigned techniques, software, other;
    double p;
} wd_attr_gate;
#define WD_GATE_NAME ((wd_attr_gate){2, 1, 1, 0.5})  /* to name anybody */
#define WD_GATE_SURE ((wd_attr_gate){3, 1, 1, 0.5})  /* for high confidence */

typedef struct wd_attr_gated {
    uint32_t first; /* before anything was taken away */
    uint32_t named; /* or WD_NOBODY */
    double p_first; /* its closed-set probability before ... */
    double p_after; /* ... and after */
} wd_attr_gated;
/** After it, work->scores holds the probabilities without the strongest items. */
wd_attr_gated wd_attr_gate_try(const wd_attr_counts *c, const wd_attr_query *q,
                               const wd_attr_weights *w, const wd_attr_gate *gate,
                               wd_attr_work *work);

#endif

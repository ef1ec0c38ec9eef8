#include "answers/attribution_gate.h"

#include <math.h>
#include <string.h>

wd_status wd_attr_work_new(wd_attr_work *w, const wd_attr_base *base, size_t items, wd_arena *arena)
{
    size_t n = wd_attr_facts(base)->n_actors;
    *w = (wd_attr_work){.cap_items = items};
    WD_TRY(wd_attr_features_new(&w->features, base, arena));
    w->terms = WD_ARRAY(arena, n, double);
    w->scores = WD_ARRAY(arena, n, double);
    w->items = WD_ARRAY(arena, items + 1, wd_attr_item);
    w->strength = WD_ARRAY(arena, items + 1, double);
    return w->terms == NULL || w->scores == NULL || w->items == NULL || w->strength == NULL
               ? WD_E_NOMEM
               : WD_OK;
}

uint32_t wd_attr_rank(const wd_attr_counts *c, const wd_attr_query *q, const wd_attr_weights *w,
                      wd_attr_work *work)
{
    wd_attr_features_of(c, q, work->terms, &work->features);
    wd_attr_scores(c, &work->features, w, work->scores);
    (void) wd_attr_softmax(work->scores, work->features.n, -INFINITY);
    return (uint32_t) wd_attr_first(work->scores, work->features.n);
}

/* Takes the strongest item of a kind out of work->items; the first one of equals. */
static void drop_strongest(wd_attr_work *work, size_t *n, wd_fact_kind kind)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < *n; i++) {
        if (work->items[i].fact.kind == kind && work->strength[i] > 0 &&
            (best == SIZE_MAX || work->strength[i] > work->strength[best])) {
            best = i;
        }
    }
    if (best != SIZE_MAX) {
        size_t behind = *n - best - 1;
        memmove(&work->items[best], &work->items[best + 1], behind * sizeof *work->items);
        memmove(&work->strength[best], &work->strength[best + 1], behind * sizeof(double));
        (*n)--;
    }
}

wd_attr_gated wd_attr_gate_try(const wd_attr_counts *c, const wd_attr_query *q,
                               const wd_attr_weights *w, const wd_attr_gate *gate,
                               wd_attr_work *work)
{
    wd_attr_gated out = {.named = WD_NOBODY};
    out.first = wd_attr_rank(c, q, w, work);
    out.p_first = work->scores[out.first];
    size_t n = q->n < work->cap_items ? q->n : work->cap_items;
    for (size_t i = 0; i < n; i++) {
        work->items[i] = q->items[i];
        wd_attr_terms(c, &q->items[i], work->terms);
        work->strength[i] = work->terms[out.first] *
                            (q->items[i].fact.kind == WD_FACT_NONE ? 1 : q->items[i].reliability);
    }
    for (unsigned k = 0; k < gate->techniques; k++) {
        drop_strongest(work, &n, WD_FACT_TECHNIQUE);
    }
    for (unsigned k = 0; k < gate->software; k++) {
        drop_strongest(work, &n, WD_FACT_SOFTWARE);
    }
    for (unsigned k = 0; k < gate->other; k++) {
        drop_strongest(work, &n, WD_FACT_NONE);
    }
    wd_attr_query rest = {work->items, n};
    uint32_t now = wd_attr_rank(c, &rest, w, work);
    out.p_after = work->scores[out.first];
    if (now == out.first && out.p_after >= gate->p) {
        out.named = out.first;
    }
    return out;
}

#include "answers/attribution_gate.h"

#include <math.h>
#include <string.h>

wd_status wd_attr_work_new(wd_attr_work *w, const wd_attr_base *base, size_t items, wd_arena *arena)
{
    WD_TRY(wd_attr_sums_new(&w->sums, base, arena));
    w->p = WD_ARRAY(arena, wd_attr_facts(base)->n_actors, double);
    w->without = WD_ARRAY(arena, items + 1, uint8_t);
    return w->p == NULL || w->without == NULL ? WD_E_NOMEM : WD_OK;
}

uint32_t wd_attr_rank(const wd_attr_table *t, const uint8_t *without, const wd_attr_weights *w,
                      double unknown, wd_attr_work *work)
{
    wd_attr_sum(t, without, &work->sums);
    wd_attr_scores(t, &work->sums, w, work->p);
    work->unknown = wd_attr_softmax(work->p, t->n_actors, unknown);
    return (uint32_t) wd_attr_first(work->p, t->n_actors);
}

size_t wd_attr_drop_strongest(const wd_attr_table *t, uint32_t actor, wd_fact_kind kind,
                              uint8_t *without)
{
    size_t best = SIZE_MAX;
    double most = 0;
    for (size_t i = 0; i < t->n; i++) {
        double r = kind == WD_FACT_NONE ? 1 : t->items[i].reliability;
        double strength = r * t->terms[i * t->n_actors + actor];
        if (t->items[i].fact.kind == kind && without[i] == 0 && strength > most) {
            best = i;
            most = strength;
        }
    }
    if (best != SIZE_MAX) {
        without[best] = 1;
    }
    return best;
}

static void drop(const wd_attr_table *t, uint32_t actor, wd_fact_kind kind, unsigned n,
                 wd_attr_work *work)
{
    for (unsigned k = 0; k < n; k++) {
        (void) wd_attr_drop_strongest(t, actor, kind, work->without);
    }
}

wd_attr_gated wd_attr_gate_try(const wd_attr_table *t, const wd_attr_weights *w,
                               const wd_attr_gate *gate, wd_attr_work *work)
{
    wd_attr_gated out = {.named = WD_NOBODY};
    out.first = wd_attr_rank(t, NULL, w, -INFINITY, work);
    out.p_first = work->p[out.first];
    memset(work->without, 0, t->n);
    drop(t, out.first, WD_FACT_TECHNIQUE, gate->techniques, work);
    drop(t, out.first, WD_FACT_SOFTWARE, gate->software, work);
    drop(t, out.first, WD_FACT_NONE, gate->other, work);
    uint32_t now = wd_attr_rank(t, work->without, w, -INFINITY, work);
    out.p_after = work->p[out.first];
    if (now == out.first && out.p_after >= gate->p) {
        out.named = out.first;
    }
    return out;
}

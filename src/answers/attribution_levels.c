#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answers/attribution_judge_priv.h"

/* The three levels: sums of the probabilities of clusters. What a cluster is filed under at the two
 * upper levels is a fact of the knowledge base, with its publisher. */

/* An actor that is not on record has a state, too, and the evidence points to it: with the group
 * taken out of the knowledge base, the states of the others raised to this power are calibrated
 * (bench/attribution; 0.7 to 1.0 differ by 0.02 nats). */
#define STATE_OF_UNKNOWN 0.8

static int more_probable(const void *x, const void *y)
{
    const wd_hypothesis *a = x;
    const wd_hypothesis *b = y;
    if (a->p > b->p || a->p < b->p) {
        return a->p > b->p ? -1 : 1;
    }
    return wd_slice_cmp(a->id, b->id);
}

typedef struct heap {
    wd_hypothesis *list;
    size_t n;
} heap;

static void pour(heap *h, wd_slice id, wd_slice name, wd_fact_ref fact, double p)
{
    for (size_t i = 0; i < h->n; i++) {
        if (wd_slice_eq(h->list[i].id, id)) {
            h->list[i].p += p;
            return;
        }
    }
    h->list[h->n++] = (wd_hypothesis){id, name, p, fact};
}

/* Where an actor counts at a level. */
static void pour_actor(const wd_judge *j, heap *h, wd_level level, uint32_t g, double *nowhere)
{
    const wd_actor *a = &j->facts->actors[g];
    wd_fact_ref self = {WD_FACT_ACTOR, g};
    wd_fact_ref none = {WD_FACT_NONE, 0};
    if (level == WD_LEVEL_STATE) {
        if (a->nexus.len == 0) {
            *nowhere += j->p[g];
        } else {
            pour(h, a->nexus, wd_actors_state_name(j->facts, a->nexus), none, j->p[g]);
        }
    } else if (level == WD_LEVEL_UMBRELLA && a->umbrella != WD_NO_UMBRELLA) {
        const wd_umbrella *u = &j->facts->umbrellas[a->umbrella];
        pour(h, u->id, u->name, (wd_fact_ref){WD_FACT_UMBRELLA, a->umbrella}, j->p[g]);
    } else {
        pour(h, a->id, a->name, self, j->p[g]);
    }
}

/* Shares the probability of "unknown" out over the states; gives what stays unknown. */
static double share_out(const wd_judge *j, heap *h, double nowhere)
{
    double known = 1 - j->unknown - j->copycat;
    double sum = pow(nowhere / known, STATE_OF_UNKNOWN);
    for (size_t i = 0; i < h->n; i++) {
        sum += pow(h->list[i].p / known, STATE_OF_UNKNOWN);
    }
    for (size_t i = 0; i < h->n; i++) {
        h->list[i].p += j->unknown * pow(h->list[i].p / known, STATE_OF_UNKNOWN) / sum;
    }
    return nowhere + j->copycat + j->unknown * pow(nowhere / known, STATE_OF_UNKNOWN) / sum;
}

static wd_status make_level(wd_judge *j, wd_level level, wd_hypotheses *out)
{
    size_t n = j->table.n_actors;
    heap h = {WD_ARRAY(j->arena, n + 3, wd_hypothesis), 0};
    wd_fact_ref none = {WD_FACT_NONE, 0};
    double nowhere = 0;
    double rest = 0;
    if (h.list == NULL) {
        return WD_E_NOMEM;
    }
    for (uint32_t g = 0; g < n; g++) {
        pour_actor(j, &h, level, g, &nowhere);
    }
    double outside = j->unknown + j->copycat;
    if (level == WD_LEVEL_STATE && outside < 1 - 1e-9) {
        outside = share_out(j, &h, nowhere);
    }
    wd_sort(h.list, h.n, sizeof *h.list, more_probable);
    size_t kept = h.n < WD_SHORT_LIST ? h.n : WD_SHORT_LIST;
    for (size_t i = kept; i < h.n; i++) {
        rest += h.list[i].p;
    }
    out->list = h.list;
    out->rest = rest;
    out->n = kept;
    if (level == WD_LEVEL_CLUSTER) {
        h.list[out->n++] =
            (wd_hypothesis){WD_S("copy-cat"), WD_S("Copy-cat of the first"), j->copycat, none};
        h.list[out->n++] =
            (wd_hypothesis){WD_S("unknown"), WD_S("Unknown actor"), j->unknown, none};
    } else {
        h.list[out->n++] =
            (wd_hypothesis){WD_S("unknown"), WD_S("Unknown or not stated"), outside, none};
    }
    return WD_OK;
}

wd_status wd_judge_clusters(wd_judge *j, wd_hypotheses *out)
{
    return make_level(j, WD_LEVEL_CLUSTER, out);
}

static wd_slice label_line(const wd_judge *j, const wd_label *l)
{
    wd_slice until =
        l->until.len > 0 ? wd_arena_printf(j->arena, ", until %.*s", WD_ARG(l->until)) : WD_S("");
    return wd_arena_printf(j->arena, "%.*s (%.*s, %.*s%.*s; %.*s)", WD_ARG(l->name),
                           WD_ARG(l->publisher), WD_ARG(l->date), WD_ARG(until),
                           WD_ARG(l->relation));
}

/* Labels of the first actor and of its umbrella, as dated claims. */
static wd_status labels(wd_judge *j)
{
    const wd_actor *first = &j->facts->actors[j->first];
    for (size_t i = 0; i < j->facts->n_labels; i++) {
        const wd_label *l = &j->facts->labels[i];
        bool own = l->target.kind == WD_FACT_ACTOR && l->target.index == j->first;
        bool above = l->target.kind == WD_FACT_UMBRELLA && l->target.index == first->umbrella;
        if (own || above) {
            WD_TRY(wd_texts_add(j->arena, &j->out->aliases, label_line(j, l)));
        }
    }
    return WD_OK;
}

wd_status wd_judge_levels(wd_judge *j)
{
    for (int l = WD_LEVEL_STATE; l < WD_LEVELS; l++) {
        WD_TRY(make_level(j, (wd_level) l, &j->out->levels[l]));
    }
    return labels(j);
}

/* --- the gate at a level -------------------------------------------------------------------- */

static bool belongs(const wd_judge *j, uint32_t g, uint32_t actor, bool umbrella)
{
    uint32_t u = j->facts->actors[actor].umbrella;
    return g == actor || (umbrella && u != WD_NO_UMBRELLA && j->facts->actors[g].umbrella == u);
}

bool wd_judge_gate(wd_judge *j, uint32_t actor, bool umbrella, const wd_attr_gate *gate)
{
    const wd_fact_kind kinds[] = {WD_FACT_TECHNIQUE, WD_FACT_SOFTWARE, WD_FACT_NONE};
    const unsigned counts[] = {gate->techniques, gate->software, gate->other};
    const wd_attr_table *t = umbrella ? &j->table : &j->strict;
    memset(j->work.without, 0, t->n);
    for (size_t k = 0; k < 3; k++) {
        for (unsigned i = 0; i < counts[k]; i++) {
            (void) wd_attr_drop_strongest(t, actor, kinds[k], j->work.without);
        }
    }
    (void) wd_attr_rank(t, j->work.without, &j->closed, -INFINITY, &j->work);
    double own = 0;
    double best_other = 0;
    for (uint32_t g = 0; g < j->table.n_actors; g++) {
        if (belongs(j, g, actor, umbrella)) {
            own += j->work.p[g];
        } else if (j->work.p[g] > best_other) {
            best_other = j->work.p[g];
        }
    }
    return own >= gate->p && own > best_other;
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answers/attribution_judge_priv.h"

/*
 * What would change the answer: which single observation, were it made, would put somebody else
 * first or make a state likely, ordered by how much it is expected to tell; how the answer depends
 * on one publisher; and the prior at which "unknown" takes over. That something was not observed
 * tells nothing here: absence of a record is not evidence.
 */

#define TYPICAL_LIST 15.0 /* techniques that a public report lists */
#define CHANGES 5U

typedef struct change {
    wd_fact_ref fact;
    double gain; /* expected, nats */
    double p;    /* of the actor first then */
    uint32_t first;
    bool flips;
} change;

typedef struct search {
    wd_judge *j;
    wd_attr_sums sums; /* as observed */
    double *terms, *p;
    double n; /* sum of reliabilities of the techniques */
    change best[CHANGES];
    size_t n_best;
} search;

static void keep(search *s, const change *c)
{
    size_t at = s->n_best;
    while (at > 0 && (c->flips > s->best[at - 1].flips ||
                      (c->flips == s->best[at - 1].flips && c->gain > s->best[at - 1].gain))) {
        at--;
    }
    if (at >= CHANGES) {
        return;
    }
    s->n_best += s->n_best < CHANGES;
    memmove(&s->best[at + 1], &s->best[at], (s->n_best - at - 1) * sizeof *s->best);
    s->best[at] = *c;
}

/* Scores with one more item into s->p; "unknown" is returned. */
static double with_item(search *s, wd_fact_ref fact)
{
    const wd_judge *j = s->j;
    size_t n = j->table.n_actors;
    bool technique = fact.kind == WD_FACT_TECHNIQUE;
    double scale = technique ? sqrt(s->n < 1 ? 1 : s->n) / sqrt(s->n + 1 < 1 ? 1 : s->n + 1) : 1;
    double add = technique ? 1 / sqrt(s->n + 1 < 1 ? 1 : s->n + 1) : 0;
    for (size_t g = 0; g < n; g++) {
        s->p[g] = j->open.technique * (s->sums.technique[g] * scale + s->terms[g] * add) +
                  j->open.software * (s->sums.software[g] + (technique ? 0 : s->terms[g])) +
                  s->sums.other[g] + j->open.prior * j->table.prior[g];
    }
    return wd_attr_softmax(s->p, n, wd_judge_unknown_score(j));
}

/* Chance that an actor's report lists the item, from the same terms. */
static double chance_of(const search *s, wd_fact_ref fact, size_t g)
{
    double base = wd_attr_base_rate(s->j->counts, fact);
    double expected = fact.kind == WD_FACT_TECHNIQUE ? TYPICAL_LIST : 1;
    double p = expected * base * exp(s->terms[g]);
    return p > 1 ? 1 : p;
}

static void try_fact(search *s, wd_fact_ref fact)
{
    const wd_judge *j = s->j;
    size_t n = j->table.n_actors;
    wd_attr_item item = {fact, 1, NULL};
    double seen = 0;
    double told = 0;
    wd_attr_terms(j->counts, &item, s->terms);
    double unknown = with_item(s, fact);
    for (size_t g = 0; g < n; g++) {
        seen += j->p[g] * chance_of(s, fact, g);
        told += s->p[g] > 1e-9 && j->p[g] > 1e-12 ? s->p[g] * log(s->p[g] / j->p[g]) : 0;
    }
    double outside = j->unknown + j->copycat;
    told += unknown > 1e-9 && outside > 1e-12 ? unknown * log(unknown / outside) : 0;
    uint32_t first = (uint32_t) wd_attr_first(s->p, n);
    bool names = s->p[first] >= 0.5 && j->p[first] < 0.5;
    change c = {fact, seen * told, s->p[first], first, first != j->first || names};
    if (c.gain > 1e-4 && (c.flips || told > 0.05)) {
        keep(s, &c);
    }
}

static bool is_observed(const wd_judge *j, wd_fact_ref fact)
{
    for (size_t i = 0; i < j->table.n; i++) {
        if (j->table.items[i].fact.kind == fact.kind &&
            j->table.items[i].fact.index == fact.index) {
            return true;
        }
    }
    return false;
}

static wd_status additions(wd_judge *j)
{
    size_t n = j->table.n_actors;
    search s = {.j = j, .terms = WD_ARRAY(j->arena, n, double), .p = WD_ARRAY(j->arena, n, double)};
    WD_TRY(wd_attr_sums_new(&s.sums, j->ask->base, j->arena));
    if (s.terms == NULL || s.p == NULL) {
        return WD_E_NOMEM;
    }
    wd_attr_sum(&j->table, NULL, &s.sums);
    for (size_t i = 0; i < j->table.n; i++) {
        s.n += j->table.items[i].fact.kind == WD_FACT_TECHNIQUE ? j->table.items[i].reliability : 0;
    }
    const size_t counts[] = {j->facts->n_software, j->facts->n_techniques};
    const wd_fact_kind kinds[] = {WD_FACT_SOFTWARE, WD_FACT_TECHNIQUE};
    for (size_t k = 0; k < 2; k++) {
        for (uint32_t i = 0; i < counts[k]; i++) {
            wd_fact_ref fact = {kinds[k], i};
            if (!is_observed(j, fact)) {
                try_fact(&s, fact);
            }
        }
    }
    for (size_t i = 0; i < s.n_best; i++) {
        const change *c = &s.best[i];
        WD_TRY(wd_texts_add(
            j->arena, &j->out->would_change,
            wd_arena_printf(j->arena, "Look for %.*s (%.*s): if seen, %.*s would %s with %.0f %%",
                            WD_ARG(wd_actors_name(j->facts, c->fact)),
                            WD_ARG(wd_actors_id(j->facts, c->fact)),
                            WD_ARG(j->facts->actors[c->first].name),
                            c->first == j->first ? "lead" : "take the lead", c->p * 100)));
    }
    return WD_OK;
}

/* --- one publisher at a time ---------------------------------------------------------------- */

typedef struct loss {
    wd_slice publisher;
    double p;
    bool falls;
} loss;

static int by_name(const void *x, const void *y)
{
    return wd_slice_cmp(*(const wd_slice *) x, *(const wd_slice *) y);
}

/* Publishers whose reports tie the first actor to what was observed, and those of the evidence. */
static wd_status publishers(wd_judge *j, wd_slice **out, size_t *n)
{
    size_t cap = 0;
    *out = NULL;
    *n = 0;
    for (size_t i = 0; i < j->facts->n_uses; i++) {
        const wd_use *u = &j->facts->uses[i];
        if (u->user.kind != WD_FACT_ACTOR || u->user.index != j->first ||
            !is_observed(j, u->used)) {
            continue;
        }
        for (uint32_t k = 0; k < u->n_reports; k++) {
            WD_TRY(WD_ROOM(j->arena, *out, *n, cap));
            (*out)[(*n)++] = j->facts->reports[u->reports[k]].publisher;
        }
    }
    for (size_t i = 0; i < j->ask->n_evidence; i++) {
        WD_TRY(WD_ROOM(j->arena, *out, *n, cap));
        (*out)[(*n)++] = j->ask->evidence[i].publisher;
    }
    if (*n > 1) {
        wd_sort(*out, *n, sizeof **out, by_name);
    }
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        if ((*out)[i].len > 0 && (kept == 0 || !wd_slice_eq((*out)[kept - 1], (*out)[i]))) {
            (*out)[kept++] = (*out)[i];
        }
    }
    *n = kept;
    return WD_OK;
}

static loss without(wd_judge *j, wd_attr_table *t, wd_slice publisher)
{
    for (size_t r = 0; r < j->facts->n_reports; r++) {
        bool held = j->ask->ignored != NULL && j->ask->ignored[r] != 0;
        j->ignored[r] = held || wd_slice_eq(j->facts->reports[r].publisher, publisher);
    }
    wd_attr_count(j->counts, j->ignored, WD_NOBODY);
    wd_attr_table_fill(t, j->counts, j->table.items, j->table.n);
    memset(j->work.without, 0, j->table.n);
    for (size_t i = 0; i < t->n; i++) {
        j->work.without[i] =
            t->items[i].fact.kind == WD_FACT_NONE &&
            wd_slice_eq(j->ask->evidence[t->items[i].fact.index].publisher, publisher);
    }
    uint32_t first =
        wd_attr_rank(t, j->work.without, &j->open, wd_judge_unknown_score(j), &j->work);
    return (loss){publisher, j->work.p[j->first], first != j->first};
}

static wd_status one_out(wd_judge *j)
{
    wd_slice *names = NULL;
    size_t n = 0;
    wd_attr_table t;
    loss worst = {.p = 2};
    WD_TRY(publishers(j, &names, &n));
    WD_TRY(wd_attr_table_new(&t, j->ask->base, j->table.n, j->arena));
    for (size_t i = 0; i < n; i++) {
        loss l = without(j, &t, names[i]);
        if (l.p < worst.p) {
            worst = l;
        }
    }
    wd_attr_count(j->counts, j->ask->ignored, WD_NOBODY);
    if (n == 0 || worst.p > j->p[j->first]) {
        return WD_OK;
    }
    return wd_texts_add(
        j->arena, &j->out->would_change,
        wd_arena_printf(j->arena,
                        "Without %.*s as a source, %.*s would stand at %.0f %% instead of "
                        "%.0f %%%s",
                        WD_ARG(worst.publisher), WD_ARG(j->facts->actors[j->first].name),
                        worst.p * 100, j->p[j->first] * 100,
                        worst.falls ? " and not be first" : ""));
}

wd_status wd_judge_changes(wd_judge *j)
{
    WD_TRY(additions(j));
    WD_TRY(one_out(j));
    wd_judgement *o = j->out;
    if (o->deletion > 0) {
        WD_TRY(wd_texts_add(j->arena, &o->would_change,
                            wd_arena_printf(j->arena, "%zu item%s carr%s the lead of %.*s",
                                            o->deletion, o->deletion == 1 ? "" : "s",
                                            o->deletion == 1 ? "ies" : "y",
                                            WD_ARG(j->facts->actors[j->first].name))));
    }
    return wd_texts_add(
        j->arena, &o->would_change,
        wd_arena_printf(j->arena,
                        "An unknown actor is as probable as the first from a prior "
                        "of %.2f on (used: %.2f)",
                        o->overtake,
                        j->ask->unknown_prior > 0 ? j->ask->unknown_prior : WD_UNKNOWN_PRIOR));
}

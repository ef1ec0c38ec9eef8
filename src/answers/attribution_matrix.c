#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answers/attribution_judge_priv.h"

/*
 * Evidence against hypotheses (Heuer's matrix, filled with likelihood ratios): every row is an
 * item, every column an actor of the short list. A row tells as much as its largest and smallest
 * cell differ.
 */

#define CHEAP 0.8 /* items that can be copied at least this far */

static wd_slice item_text(const wd_judge *j, size_t i)
{
    const wd_attr_item *x = &j->table.items[i];
    if (x->fact.kind == WD_FACT_NONE) {
        const wd_evidence *e = &j->ask->evidence[x->fact.index];
        return e->text.len > 0 ? e->text : wd_slice_str(e->class->words);
    }
    return wd_arena_printf(j->arena, "%.*s %.*s", WD_ARG(wd_actors_id(j->facts, x->fact)),
                           WD_ARG(wd_actors_name(j->facts, x->fact)));
}

static int row_order(const void *x, const void *y)
{
    const wd_matrix_row *a = x;
    const wd_matrix_row *b = y;
    if (a->against != b->against) {
        return a->against ? -1 : 1;
    }
    if (a->spread > b->spread || a->spread < b->spread) {
        return a->spread > b->spread ? -1 : 1;
    }
    return wd_slice_cmp(a->id, b->id);
}

static wd_status make_row(wd_judge *j, size_t i, wd_matrix_row *row)
{
    const wd_attr_item *x = &j->table.items[i];
    const wd_hypotheses *clusters = &j->out->levels[WD_LEVEL_CLUSTER];
    double factor = wd_judge_factor(j, i);
    double most = -INFINITY;
    double least = INFINITY;
    *row = (wd_matrix_row){.text = item_text(j, i)};
    if (x->fact.kind == WD_FACT_NONE) {
        const wd_evidence *e = &j->ask->evidence[x->fact.index];
        row->id = e->id;
        row->grade = e->grade;
    } else {
        row->id = wd_actors_id(j->facts, x->fact);
        row->grade = j->ask->observed[j->source[i]].grade;
        row->refs = j->ask->observed[j->source[i]].refs;
    }
    for (size_t k = 0; k < clusters->n && clusters->list[k].fact.kind == WD_FACT_ACTOR; k++) {
        uint32_t g = clusters->list[k].fact.index;
        double v = factor * j->table.terms[i * j->table.n_actors + g];
        row->lr[k] = v;
        most = v > most ? v : most;
        least = v < least ? v : least;
    }
    row->spread = most - least;
    row->against = row->lr[0] < -0.2 && most > 0.2;
    row->cheap = wd_judge_copyable(j, i) >= CHEAP;
    return row->text.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

/* Takes the strongest items of the first actor away until somebody else is first. */
static size_t deletion_set(wd_judge *j)
{
    size_t n = 0;
    memset(j->work.without, 0, j->table.n);
    while (wd_attr_rank(&j->table, j->work.without, &j->closed, -INFINITY, &j->work) == j->first) {
        size_t best = SIZE_MAX;
        double most = 0;
        for (size_t i = 0; i < j->table.n; i++) {
            double v = wd_judge_factor(j, i) * j->table.terms[i * j->table.n_actors + j->first];
            if (j->work.without[i] == 0 && v > most) {
                best = i;
                most = v;
            }
        }
        if (best == SIZE_MAX) {
            return 0; /* first by its prior alone */
        }
        j->work.without[best] = 1;
        n++;
    }
    return n;
}

static void cheapness(wd_judge *j)
{
    double all = 0;
    double cheap = 0;
    memset(j->work.without, 0, j->table.n);
    for (size_t i = 0; i < j->table.n; i++) {
        double v = wd_judge_factor(j, i) * j->table.terms[i * j->table.n_actors + j->first];
        all += v > 0 ? v : 0;
        if (wd_judge_copyable(j, i) >= CHEAP) {
            cheap += v > 0 ? v : 0;
            j->work.without[i] = 1;
        }
    }
    j->out->cheap_share = all > 0 ? cheap / all : 0;
    bool first =
        wd_attr_rank(&j->table, j->work.without, &j->closed, -INFINITY, &j->work) == j->first;
    j->out->imitation = cheap > 0 && (!first || j->work.p[j->first] < 0.5) &&
                        j->out->decision < WD_WHO_UMBRELLA && j->out->cheap_share > 0.5;
}

static wd_status against(wd_judge *j)
{
    wd_judgement *o = j->out;
    const wd_hypothesis *first = &o->levels[WD_LEVEL_CLUSTER].list[0];
    for (size_t i = 0; i < o->n_rows && i < WD_SHORT_LIST && o->rows[i].against; i++) {
        WD_TRY(wd_texts_add(j->arena, &o->against,
                            wd_arena_printf(j->arena, "%.*s speaks against %.*s (%+.1f decibans)",
                                            WD_ARG(o->rows[i].text), WD_ARG(first->name),
                                            o->rows[i].lr[0] * 10 / log(10))));
    }
    if (o->imitation) {
        WD_TRY(
            wd_texts_add(j->arena, &o->against,
                         WD_S("Consistent with imitation: most of the support is cheap to copy")));
    }
    return WD_OK;
}

wd_status wd_judge_matrix(wd_judge *j)
{
    wd_judgement *o = j->out;
    o->rows = WD_ARRAY(j->arena, j->table.n + 1, wd_matrix_row);
    if (o->rows == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < j->table.n; i++) {
        WD_TRY(make_row(j, i, &o->rows[o->n_rows]));
        o->n_rows++;
    }
    if (o->n_rows > 0) {
        wd_sort(o->rows, o->n_rows, sizeof *o->rows, row_order);
    }
    o->deletion = deletion_set(j);
    cheapness(j);
    return against(j);
}

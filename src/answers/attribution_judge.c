#include "answers/attribution_judge_priv.h"

#include <math.h>
#include <string.h>

#define NAME "attribution"
/* Prior odds that an unknown actor imitates a known one: false flags are told of a handful of some
 * thousand public incidents. */
#define IMITATION 0.01

const char *wd_level_name(wd_level l)
{
    static const char *const names[] = {"state", "umbrella", "cluster"};
    return names[l < WD_LEVELS ? l : 0];
}

/* --- scoring -------------------------------------------------------------------------------- */

double wd_judge_factor(const wd_judge *j, size_t item)
{
    const wd_attr_item *x = &j->table.items[item];
    double n = 0;
    if (x->fact.kind == WD_FACT_SOFTWARE) {
        return j->open.software * x->reliability;
    }
    if (x->fact.kind != WD_FACT_TECHNIQUE) {
        return 1;
    }
    for (size_t i = 0; i < j->table.n; i++) {
        n += j->table.items[i].fact.kind == WD_FACT_TECHNIQUE ? j->table.items[i].reliability : 0;
    }
    return j->open.technique * x->reliability / sqrt(n < 1 ? 1 : n);
}

double wd_judge_unknown_score(const wd_judge *j)
{
    double pi = j->ask->unknown_prior > 0 ? j->ask->unknown_prior : WD_UNKNOWN_PRIOR;
    return wd_attr_unknown(&j->table, &j->open, pi);
}

double wd_judge_copyable(const wd_judge *j, size_t item)
{
    const wd_attr_item *x = &j->table.items[item];
    if (x->fact.kind == WD_FACT_TECHNIQUE) {
        return 0.5; /* known to everybody, but it has to be done */
    }
    if (x->fact.kind == WD_FACT_SOFTWARE) {
        bool tool = wd_slice_eq(j->facts->software[x->fact.index].kind, WD_S("tool"));
        return tool ? 1 : 0.5;
    }
    const wd_evidence *e = &j->ask->evidence[j->source[item] - j->ask->n_observed];
    return e->class->cap <= 2 ? 0.8 : 0;
}

/* Imitation of the first actor explains what can be copied as well as the actor does. Techniques
 * count by their sum: who imitates does so with the whole of what is seen. */
static double copycat_score(const wd_judge *j)
{
    double techniques = 0;
    double rest = 0;
    for (size_t i = 0; i < j->table.n; i++) {
        double term = wd_judge_factor(j, i) * j->table.terms[i * j->table.n_actors + j->first];
        if (j->table.items[i].fact.kind == WD_FACT_TECHNIQUE) {
            techniques += term * wd_judge_copyable(j, i);
        } else {
            rest += term > 0 ? term * wd_judge_copyable(j, i) : 0;
        }
    }
    return wd_judge_unknown_score(j) + log(IMITATION) + (techniques > 0 ? techniques : 0) + rest;
}

static wd_status fill(wd_judge *j)
{
    const wd_ask *ask = j->ask;
    size_t n = ask->n_observed + ask->n_evidence;
    wd_attr_item *items = WD_ARRAY(j->arena, n + 1, wd_attr_item);
    if (items == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(wd_evidence_weigh(j->counts, ask->evidence, ask->n_evidence, j->arena));
    for (size_t i = 0; i < ask->n_evidence; i++) {
        if (j->holding_out && ask->evidence[i].memory) {
            memset(ask->evidence[i].lr, 0, j->table.n_actors * sizeof(double));
        }
    }
    for (size_t i = 0; i < ask->n_observed; i++) {
        items[i] = (wd_attr_item){ask->observed[i].fact, ask->observed[i].reliability, NULL};
    }
    for (size_t i = 0; i < ask->n_evidence; i++) {
        items[ask->n_observed + i] =
            (wd_attr_item){{WD_FACT_NONE, (uint32_t) i}, 1, ask->evidence[i].lr};
    }
    wd_attr_table_fill(&j->table, j->counts, items, n);
    wd_attr_table_strict(&j->strict, &j->table, j->counts);
    for (size_t i = 0; i < j->table.n; i++) { /* where each came from: they are sorted now */
        const wd_attr_item *x = &j->table.items[i];
        j->source[i] = ask->n_observed + x->fact.index;
        for (size_t k = 0; x->fact.kind != WD_FACT_NONE && k < ask->n_observed; k++) {
            if (ask->observed[k].fact.kind == x->fact.kind &&
                ask->observed[k].fact.index == x->fact.index) {
                j->source[i] = k;
                break;
            }
        }
    }
    return WD_OK;
}

wd_status wd_judge_score(wd_judge *j)
{
    size_t n = j->table.n_actors;
    WD_TRY(fill(j));
    wd_attr_sum(&j->table, NULL, &j->work.sums);
    wd_attr_scores(&j->table, &j->work.sums, &j->open, j->p);
    j->first = (uint32_t) wd_attr_first(j->p, n);
    double unknown = wd_judge_unknown_score(j);
    double copycat = copycat_score(j);
    double outside = unknown > copycat ? unknown + log1p(exp(copycat - unknown))
                                       : copycat + log1p(exp(unknown - copycat));
    double first = j->p[j->first];
    double both = wd_attr_softmax(j->p, n, outside);
    j->unknown = both * exp(unknown - outside);
    j->copycat = both * exp(copycat - outside);
    j->out->overtake = 1 / (1 + exp(wd_attr_unknown(&j->table, &j->open, 0.5) - first));
    return WD_OK;
}

/* --- decision ------------------------------------------------------------------------------- */

/* Whether all evidence together moves any two actors apart by more than a quarter of a nat. */
static bool anything_counts(const wd_judge *j)
{
    double sum = 0;
    for (size_t i = 0; i < j->table.n; i++) {
        const double *terms = &j->table.terms[i * j->table.n_actors];
        double most = terms[0];
        double least = terms[0];
        for (size_t g = 0; g < j->table.n_actors; g++) {
            most = terms[g] > most ? terms[g] : most;
            least = terms[g] < least ? terms[g] : least;
        }
        sum += wd_judge_factor(j, i) * (most - least);
    }
    return sum > 0.25;
}

/* Kinds of evidence of at least B2 that speak for the first actor; techniques and programs each are
 * one. */
static unsigned good_types(const wd_judge *j)
{
    unsigned types = 0;
    const wd_evidence_class *seen[8] = {NULL};
    bool technique = false;
    bool software = false;
    for (size_t i = 0; i < j->table.n; i++) {
        const wd_attr_item *x = &j->table.items[i];
        bool for_it = j->table.terms[i * j->table.n_actors + j->first] > 0.05;
        if (x->fact.kind == WD_FACT_NONE) {
            const wd_evidence *e = &j->ask->evidence[x->fact.index];
            unsigned k = 0;
            while (k < types && seen[k] != e->class) {
                k++;
            }
            if (for_it && wd_grade_is_good(e->grade) && k == types && types < 8) {
                seen[types++] = e->class;
            }
        } else if (for_it && wd_grade_is_good(j->ask->observed[j->source[i]].grade)) {
            technique = technique || x->fact.kind == WD_FACT_TECHNIQUE;
            software = software || x->fact.kind == WD_FACT_SOFTWARE;
        }
    }
    return types + technique + software;
}

static wd_status decide(wd_judge *j)
{
    wd_judgement *o = j->out;
    const wd_hypothesis *state = &o->levels[WD_LEVEL_STATE].list[0];
    const wd_hypothesis *cluster = &o->levels[WD_LEVEL_CLUSTER].list[0];
    const wd_hypothesis *umbrella = &o->levels[WD_LEVEL_UMBRELLA].list[0];
    wd_attr_gate name = WD_GATE_NAME;
    wd_attr_gate sure = WD_GATE_SURE;
    bool passed_sure = false;
    o->decision = WD_WHO_INSUFFICIENT;
    o->named = (wd_slice){0};
    o->named_id = (wd_slice){0};
    o->named_p = 0;
    o->confidence = "low";
    if (!anything_counts(j)) {
        o->decision = WD_WHO_UNATTRIBUTED;
    } else if (wd_judge_gate(j, j->first, false, &name) && cluster->p >= 0.5) {
        o->decision = WD_WHO_CLUSTER;
        passed_sure = wd_judge_gate(j, j->first, false, &sure);
    } else if (wd_judge_gate(j, j->first, true, &name) && umbrella->p >= 0.5 &&
               umbrella->fact.kind == WD_FACT_UMBRELLA) {
        o->decision = WD_WHO_UMBRELLA;
        passed_sure = wd_judge_gate(j, j->first, true, &sure);
    } else if (state->p >= 0.55 && !wd_slice_eq(state->id, WD_S("unknown"))) {
        o->decision = WD_WHO_STATE;
    }
    const wd_hypothesis *named = o->decision == WD_WHO_CLUSTER    ? cluster
                                 : o->decision == WD_WHO_UMBRELLA ? umbrella
                                 : o->decision == WD_WHO_STATE    ? state
                                                                  : NULL;
    if (named != NULL) {
        o->named_id = named->id;
        o->named = named->name;
        o->named_p = named->p;
    }
    unsigned types = good_types(j);
    if (o->decision >= WD_WHO_UMBRELLA) {
        bool high = passed_sure && types >= 2;
        o->confidence = high ? "high" : "moderate";
        o->confidence_why = wd_arena_printf(
            j->arena,
            "the lead holds without its %s strongest items; %u independent kind%s of evidence of "
            "grade B2 or better",
            passed_sure ? "five" : "four", types, types == 1 ? "" : "s");
    } else {
        o->confidence_why = WD_S("a few planted items would change the answer");
    }
    return o->confidence_why.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

static wd_status say_recognised(wd_judge *j)
{
    static const char *const without[] = {"nothing to tell actors apart", "insufficient evidence",
                                          "a state only", "an umbrella", "an actor"};
    wd_judgement *o = j->out;
    bool filed = o->recognised_actors.len > 0;
    o->sentence =
        wd_arena_printf(j->arena, "Recognised%s%.*s: %.*s. Inferred without its own reports: %s.",
                        filed ? ", filed under " : "", WD_ARG(o->recognised_actors),
                        WD_ARG(o->recognised_as), without[o->decision_without]);
    o->confidence = "moderate";
    o->confidence_why =
        WD_S("this is memory, not inference, and as good as the publishers' own attribution");
    return o->sentence.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

static wd_status say(wd_judge *j)
{
    wd_judgement *o = j->out;
    const wd_hypothesis *cluster = &o->levels[WD_LEVEL_CLUSTER].list[0];
    wd_likelihood l = wd_likelihood_of(o->named_p);
    switch (o->decision) {
    case WD_WHO_UNATTRIBUTED:
        o->sentence = WD_S("Unattributed: nothing in this evidence tells actors apart.");
        break;
    case WD_WHO_INSUFFICIENT: o->sentence = WD_S("Insufficient evidence to name anybody."); break;
    case WD_WHO_STATE:
        o->sentence = wd_arena_printf(
            j->arena, "%.*s: %s (%d-%d %%). No actor is named; %.*s leads with %.0f %%.",
            WD_ARG(o->named), l.word, l.low, l.high, WD_ARG(cluster->name), cluster->p * 100);
        break;
    case WD_WHO_UMBRELLA:
    case WD_WHO_CLUSTER:
        o->sentence = wd_arena_printf(j->arena, "%.*s: %s (%d-%d %%).", WD_ARG(o->named), l.word,
                                      l.low, l.high);
        break;
    }
    return o->sentence.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

/* --- all ------------------------------------------------------------------------------------ */

static wd_status begin(wd_judge *j)
{
    const wd_ask *ask = j->ask;
    size_t n = ask->n_observed + ask->n_evidence;
    bool software = false;
    for (size_t i = 0; i < ask->n_observed; i++) {
        software = software || ask->observed[i].fact.kind == WD_FACT_SOFTWARE;
    }
    j->closed = wd_attr_weights_of(software, false);
    j->open = wd_attr_weights_of(software, true);
    j->facts = wd_attr_facts(ask->base);
    j->counts = wd_attr_counts_new(ask->base, j->arena);
    j->p = WD_ARRAY(j->arena, j->facts->n_actors, double);
    j->source = WD_ARRAY(j->arena, n + 1, size_t);
    j->ignored = WD_ARRAY(j->arena, j->facts->n_reports + 1, uint8_t);
    if (j->counts == NULL || j->p == NULL || j->source == NULL || j->ignored == NULL) {
        return WD_E_NOMEM;
    }
    if (ask->ignored != NULL) {
        memcpy(j->ignored, ask->ignored, j->facts->n_reports);
    }
    WD_TRY(wd_attr_table_new(&j->table, ask->base, n, j->arena));
    WD_TRY(wd_attr_table_new(&j->strict, ask->base, n, j->arena));
    return wd_attr_work_new(&j->work, ask->base, n, j->arena);
}

static wd_status judge(wd_judge *j)
{
    WD_TRY(begin(j));
    WD_TRY(wd_judge_recognise(j)); /* may add to j->ignored */
    if (j->out->recognised) {
        j->holding_out = true;
        wd_attr_count(j->counts, j->ignored, WD_NOBODY);
        WD_TRY(wd_judge_score(j));
        WD_TRY(wd_judge_levels(j));
        WD_TRY(decide(j));
        j->out->without = j->out->levels[WD_LEVEL_CLUSTER];
        j->out->decision_without = j->out->decision;
        j->out->aliases = (wd_texts){0};
        j->holding_out = false;
    }
    wd_attr_count(j->counts, j->ask->ignored, WD_NOBODY);
    WD_TRY(wd_judge_score(j));
    WD_TRY(wd_judge_levels(j));
    WD_TRY(decide(j));
    WD_TRY(j->out->recognised ? say_recognised(j) : say(j));
    if (j->out->decision < WD_WHO_STATE) {
        j->out->aliases = (wd_texts){0}; /* no names where nobody is pointed to */
    }
    WD_TRY(wd_judge_matrix(j));
    return j->ask->brief ? WD_OK : wd_judge_changes(j);
}

wd_status wd_attr_judge(wd_judgement *out, const wd_ask *ask, wd_arena *arena, wd_err *err)
{
    wd_judge j = {.ask = ask, .arena = arena, .out = out};
    *out = (wd_judgement){.facts = wd_attr_facts(ask->base)};
    return judge(&j) == WD_OK ? WD_OK : wd_nomem(err, NAME);
}

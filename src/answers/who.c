#include "answers/answers.h"
#include "answers/attribution_judge.h"

/*
 * Question 4: who did it? Techniques come from the case's findings, each with how well it is based;
 * programs from the names that findings carry. What publishers claim is shown as claims and never
 * counted.
 */

#define MAX_REFS 12U
#define SHORTEST_NAME 5U /* shorter names of programs are everyday words */

typedef struct gather {
    const wd_model *m;
    const wd_actors *facts;
    wd_observed *list;
    size_t n, cap;
} gather;

static wd_status claims(wd_answers *a, const wd_model *m)
{
    size_t names = 0;
    const wd_campaign *c = m->campaign;
    for (size_t i = 0; c != NULL && i < c->n_claims; i++) {
        bool again = c->claims[i].name.len == 0;
        for (size_t k = 0; k < i && !again; k++) {
            again = wd_slice_eq_nocase(c->claims[k].name, c->claims[i].name);
        }
        names += again ? 0 : 1;
    }
    if (names == 0) {
        return WD_OK;
    }
    return wd_texts_add(
        m->arena, &a->who.bullets,
        wd_arena_printf(
            m->arena, "Published: %zu claims with %zu different names; none is counted as evidence",
            c->n_claims, names));
}

/* --- what was observed ---------------------------------------------------------------------- */

static wd_slice grade_of(wd_basis basis)
{
    return basis == WD_SEEN ? WD_S("A1") : basis == WD_LIKELY ? WD_S("A3") : WD_S("A5");
}

/* Notes a technique or program; the best basis counts. */
static wd_status note(gather *g, wd_fact_ref fact, const wd_case_finding *f)
{
    double r = 0;
    wd_slice grade = grade_of(f->finding.basis);
    (void) wd_grade_reliability(grade, &r);
    size_t i = 0;
    while (i < g->n && (g->list[i].fact.kind != fact.kind || g->list[i].fact.index != fact.index)) {
        i++;
    }
    if (i == g->n) {
        WD_TRY(WD_ROOM(g->m->arena, g->list, g->n, g->cap));
        g->list[g->n++] = (wd_observed){.fact = fact};
    }
    wd_observed *o = &g->list[i];
    if (r > o->reliability) {
        o->reliability = r;
        o->grade = grade;
    }
    return o->refs.n < MAX_REFS ? wd_refs_add(g->m->arena, &o->refs, (wd_ref){'F', f->number})
                                : WD_OK;
}

static wd_status note_techniques(gather *g, const wd_case_finding *f)
{
    wd_slice rest = f->finding.techniques;
    wd_slice piece;
    while (wd_slice_split(&rest, ' ', &piece)) {
        wd_fact_ref fact = wd_actors_find(g->facts, piece);
        if (fact.kind == WD_FACT_TECHNIQUE) {
            WD_TRY(note(g, fact, f));
        }
    }
    return WD_OK;
}

static bool is_word_byte(const wd_slice s, size_t at)
{
    return at < s.len && (wd_is_alpha(s.ptr[at]) || wd_is_digit(s.ptr[at]));
}

/* Whether the name stands in the text as a word of its own, letter case included. */
static bool names(wd_slice text, wd_slice name)
{
    size_t from = 0;
    while (name.len >= SHORTEST_NAME) {
        size_t at = wd_slice_find(wd_slice_sub(text, from, text.len), name);
        if (at == SIZE_MAX) {
            return false;
        }
        at += from;
        if ((at == 0 || !is_word_byte(text, at - 1)) && !is_word_byte(text, at + name.len)) {
            return true;
        }
        from = at + 1;
    }
    return false;
}

static wd_status note_software(gather *g, const wd_case_finding *f)
{
    for (uint32_t i = 0; i < g->facts->n_software; i++) {
        if (names(f->finding.title, g->facts->software[i].name)) {
            WD_TRY(note(g, (wd_fact_ref){WD_FACT_SOFTWARE, i}, f));
        }
    }
    return WD_OK;
}

static wd_status observe(gather *g)
{
    for (size_t i = 0; i < g->m->n_findings; i++) {
        const wd_case_finding *f = &g->m->findings[i];
        if (f->finding.severity >= WD_MEDIUM) {
            WD_TRY(note_techniques(g, f));
            WD_TRY(note_software(g, f));
        }
    }
    return WD_OK;
}

/* --- recognition ---------------------------------------------------------------------------- */

/* The campaign of the facts that a pack is about: one of its aliases is the id. */
static wd_fact_ref known_campaign(const gather *g)
{
    const wd_campaign *c = g->m->campaign;
    for (size_t i = 0; c != NULL && i < c->aliases.n; i++) {
        wd_fact_ref f = wd_actors_find(g->facts, c->aliases.list[i]);
        if (f.kind == WD_FACT_CAMPAIGN) {
            return f;
        }
    }
    return (wd_fact_ref){WD_FACT_NONE, 0};
}

/* That the campaign's indicators were met ties the case to whom the campaign is filed under. */
static wd_status memory(const gather *g, wd_fact_ref campaign, wd_evidence **list, size_t *n)
{
    const wd_fact_campaign *c = &g->facts->campaigns[campaign.index];
    if (c->n_actors == 0) {
        return WD_OK;
    }
    *list = WD_NEW(g->m->arena, wd_evidence);
    if (*list == NULL) {
        return WD_E_NOMEM;
    }
    **list = (wd_evidence){
        .id = WD_S("recognised"),
        .text = wd_arena_printf(g->m->arena, "Indicators of %.*s were met", WD_ARG(c->name)),
        .grade = WD_S("A1"),
        .class = wd_evidence_class_of(WD_S("sample")),
        .target = {WD_FACT_ACTOR, c->actors[0]},
        .memory = true};
    *n = 1;
    return WD_OK;
}

/* --- the answer ----------------------------------------------------------------------------- */

static wd_status tell(wd_answers *a, const wd_model *m, const wd_judgement *j)
{
    a->judgement = j;
    a->who.sentence = j->sentence;
    a->who.confidence = j->confidence;
    /* Recognising an incident is memory: how likely the actor is must come from what is left
     * without it. */
    if ((j->recognised ? j->decision_without : j->decision) >= WD_WHO_STATE) {
        a->who.likelihood = wd_likelihood_of(j->named_p);
    }
    for (size_t i = 0; i < j->sources.n && i < 5; i++) {
        WD_TRY(
            wd_texts_add(m->arena, &a->who.bullets,
                         wd_arena_printf(m->arena, "Known from %.*s", WD_ARG(j->sources.list[i]))));
    }
    for (size_t i = 0; i < j->against.n && i < 3; i++) {
        WD_TRY(wd_texts_add(m->arena, &a->who.limited, j->against.list[i]));
    }
    for (size_t i = 0; i < j->would_change.n && i < 3; i++) {
        WD_TRY(wd_texts_add(m->arena, &a->who.limited, j->would_change.list[i]));
    }
    for (size_t i = 0; i < j->n_rows && a->who.refs.n < MAX_REFS; i++) {
        for (size_t k = 0; k < j->rows[i].refs.n && a->who.refs.n < MAX_REFS; k++) {
            WD_TRY(wd_refs_add(m->arena, &a->who.refs, j->rows[i].refs.list[k]));
        }
    }
    return WD_OK;
}

static wd_status judged(wd_answers *a, const wd_model *m)
{
    gather g = {.m = m, .facts = wd_attr_facts(m->actors)};
    wd_judgement *j = WD_NEW(m->arena, wd_judgement);
    wd_err unused = {0};
    if (j == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(observe(&g));
    wd_ask ask = {
        .base = m->actors, .observed = g.list, .n_observed = g.n, .campaign = known_campaign(&g)};
    if (ask.campaign.kind == WD_FACT_CAMPAIGN) {
        WD_TRY(memory(&g, ask.campaign, &ask.evidence, &ask.n_evidence));
    }
    WD_TRY(wd_attr_judge(j, &ask, m->arena, &unused));
    return tell(a, m, j);
}

static wd_status plain(wd_answers *a, const wd_model *m)
{
    a->who.confidence = "low";
    a->who.refs = m->campaign_refs;
    a->who.sentence =
        m->campaign == NULL
            ? WD_S("Unattributed: nothing in this evidence points to a known actor.")
            : wd_arena_printf(m->arena, "Recognised: %.*s. By itself this evidence names nobody.",
                              WD_ARG(m->campaign->title));
    return a->who.sentence.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

wd_status wd_answer_who(wd_answers *a, const wd_model *m)
{
    WD_TRY(claims(a, m));
    return m->actors != NULL ? judged(a, m) : plain(a, m);
}

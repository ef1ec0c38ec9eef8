#include <string.h>

#include "answers/attribution_judge_priv.h"

/*
 * Recognition is memory, not inference: when what was observed is nearly what one campaign or one
 * report is recorded with, or the case's indicators are a campaign's, the answer says so and shows
 * beside it what would be inferred without that campaign's reports.
 */

#define ALIKE 0.6 /* shared part of the union */
#define ENOUGH 8U /* items in common */

typedef struct tally {
    uint32_t common, all;
} tally;

static bool observed(const wd_judge *j, wd_fact_ref f)
{
    for (size_t i = 0; i < j->ask->n_observed; i++) {
        const wd_fact_ref *o = &j->ask->observed[i].fact;
        if (o->kind == f.kind && o->index == f.index) {
            return true;
        }
    }
    return false;
}

static bool held_out(const wd_judge *j, uint32_t report)
{
    return j->ask->ignored != NULL && j->ask->ignored[report] != 0;
}

static bool stands(const wd_judge *j, const wd_use *u)
{
    for (uint32_t i = 0; i < u->n_reports; i++) {
        if (!held_out(j, u->reports[i])) {
            return true;
        }
    }
    return u->n_reports == 0;
}

static double alike(const wd_judge *j, const tally *t)
{
    double all = (double) j->ask->n_observed + (double) (t->all - t->common);
    return t->common < ENOUGH ? 0 : t->common / all;
}

static wd_status note_source(wd_judge *j, uint32_t report)
{
    const wd_fact_report *r = &j->facts->reports[report];
    if (held_out(j, report)) {
        return WD_OK;
    }
    wd_slice rest = r->sources;
    wd_slice name = {0};
    (void) wd_slice_split(&rest, '|', &name);
    return wd_texts_add(j->arena, &j->out->sources,
                        wd_arena_printf(j->arena, "%.*s, %.*s (\"%.*s\")", WD_ARG(r->publisher),
                                        WD_ARG(r->date), WD_ARG(name)));
}

/* Reports on a campaign, for people and for the hold-out. Those of known publishers come first:
 * others are mostly pages of tools. */
static wd_status note_sources(wd_judge *j, uint32_t campaign, bool known)
{
    for (size_t i = 0; i < j->facts->n_uses; i++) {
        const wd_use *u = &j->facts->uses[i];
        bool its = u->user.kind == WD_FACT_CAMPAIGN && u->user.index == campaign;
        for (uint32_t k = 0; its && k < u->n_reports; k++) {
            const wd_fact_report *r = &j->facts->reports[u->reports[k]];
            if (wd_slice_eq(r->publisher, r->host) != known) {
                WD_TRY(note_source(j, u->reports[k]));
            }
            j->ignored[u->reports[k]] = 1;
        }
    }
    return WD_OK;
}

/* Actors that the campaign is attributed to, with their states. */
static wd_status filed_under(wd_judge *j, const wd_fact_campaign *c)
{
    wd_slice out = {0};
    for (size_t i = 0; i < c->n_actors; i++) {
        const wd_actor *a = &j->facts->actors[c->actors[i]];
        out = wd_arena_printf(j->arena, "%.*s%s%.*s%s%.*s", WD_ARG(out), i > 0 ? ", " : "",
                              WD_ARG(a->name), a->nexus.len > 0 ? ", " : "",
                              WD_ARG(wd_actors_state_name(j->facts, a->nexus)));
        if (out.ptr == NULL) {
            return WD_E_NOMEM;
        }
    }
    j->out->recognised_actors = out;
    return WD_OK;
}

static wd_status take_campaign(wd_judge *j, uint32_t campaign)
{
    const wd_fact_campaign *c = &j->facts->campaigns[campaign];
    j->out->recognised = true;
    j->out->recognised_as =
        wd_arena_printf(j->arena, "%.*s (%.*s)", WD_ARG(c->name), WD_ARG(c->id));
    WD_TRY(filed_under(j, c));
    WD_TRY(note_sources(j, campaign, true));
    WD_TRY(note_sources(j, campaign, false));
    return j->out->recognised_as.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

static wd_status take_report(wd_judge *j, uint32_t report)
{
    j->out->recognised = true;
    j->out->recognised_as = wd_slice_sub(j->facts->reports[report].sources, 0, 120);
    j->ignored[report] = 1;
    return note_source(j, report);
}

/* Sister reports of the same incident would leak it: what shares three items and half of the
 * smaller list is forgotten with it. */
static void forget_sisters(wd_judge *j, const tally *reports)
{
    for (size_t i = 0; i < j->facts->n_reports; i++) {
        const tally *t = &reports[i];
        size_t smaller = t->all < j->ask->n_observed ? t->all : j->ask->n_observed;
        if (t->common >= 3 && 2 * (size_t) t->common >= smaller) {
            j->ignored[i] = 1;
        }
    }
}

static void count(const wd_judge *j, tally *campaigns, tally *reports)
{
    for (size_t i = 0; i < j->facts->n_uses; i++) {
        const wd_use *u = &j->facts->uses[i];
        if (u->user.kind == WD_FACT_SOFTWARE || !stands(j, u)) {
            continue;
        }
        bool seen = observed(j, u->used);
        if (u->user.kind == WD_FACT_CAMPAIGN) {
            campaigns[u->user.index].all++;
            campaigns[u->user.index].common += seen;
        }
        for (uint32_t k = 0; u->user.kind == WD_FACT_ACTOR && k < u->n_reports; k++) {
            reports[u->reports[k]].all += !held_out(j, u->reports[k]);
            reports[u->reports[k]].common += seen && !held_out(j, u->reports[k]);
        }
    }
}

wd_status wd_judge_recognise(wd_judge *j)
{
    tally *campaigns = WD_ARRAY(j->arena, j->facts->n_campaigns + 1, tally);
    tally *reports = WD_ARRAY(j->arena, j->facts->n_reports + 1, tally);
    double best = ALIKE;
    size_t campaign = SIZE_MAX;
    size_t report = SIZE_MAX;
    if (campaigns == NULL || reports == NULL) {
        return WD_E_NOMEM;
    }
    count(j, campaigns, reports);
    if (j->ask->campaign.kind == WD_FACT_CAMPAIGN) {
        return take_campaign(j, j->ask->campaign.index);
    }
    for (size_t i = 0; i < j->facts->n_campaigns; i++) {
        if (alike(j, &campaigns[i]) > best) {
            best = alike(j, &campaigns[i]);
            campaign = i;
        }
    }
    for (size_t i = 0; i < j->facts->n_reports; i++) {
        if (alike(j, &reports[i]) > best) {
            best = alike(j, &reports[i]);
            report = i;
        }
    }
    if (report != SIZE_MAX) {
        forget_sisters(j, reports);
        return take_report(j, (uint32_t) report);
    }
    return campaign != SIZE_MAX ? take_campaign(j, (uint32_t) campaign) : WD_OK;
}

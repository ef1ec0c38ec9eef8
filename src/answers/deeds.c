#include "answers/answers.h"

#include <stdio.h>

/*
 * Question 3: what did it do? Contacts, what was looked at, what hands did, and the consequence:
 * what was in reach, what is shown to be taken and what is not.
 */

typedef struct contact_sum {
    const wd_model *m;
    uint64_t count, bytes_out, bytes_in;
    wd_time first, last;
    wd_map names;
    size_t n_names;
} contact_sum;

/* Names that findings of tier 3 and above are about: what the attacker answered under. */
static wd_status hostile_names(contact_sum *s)
{
    for (size_t i = 0; i < s->m->n_findings; i++) {
        const wd_finding *f = &s->m->findings[i].finding;
        if (f->tier >= 4 && f->severity >= WD_HIGH && f->subject.len > 0) {
            uintptr_t *slot = wd_map_put(&s->names, f->subject, NULL);
            if (slot == NULL) {
                return WD_E_NOMEM;
            }
            *slot |= 1U;
        }
    }
    return WD_OK;
}

static void sum_contact(contact_sum *s, const wd_contact *c)
{
    uintptr_t *known = wd_map_find(&s->names, c->name.len > 0 ? c->name : c->dst);
    if (known == NULL || wd_roster_find(&s->m->roster, c->src) == NULL) {
        return;
    }
    s->n_names += (*known & 2U) == 0 ? 1 : 0;
    *known |= 2U;
    s->count += c->count;
    s->bytes_out += c->bytes_out;
    s->bytes_in += c->bytes_in;
    if (c->first != WD_NO_TIME && (s->first == WD_NO_TIME || c->first < s->first)) {
        s->first = c->first;
    }
    s->last = c->last > s->last ? c->last : s->last;
}

static wd_status contact_bullet(wd_answers *a, const wd_model *m, contact_sum *s)
{
    char first[WD_TIME_TEXT];
    char last[WD_TIME_TEXT];
    WD_TRY(hostile_names(s));
    for (size_t i = 0; i < m->contacts.n; i++) {
        sum_contact(s, &m->contacts.list[i]);
    }
    if (s->count == 0) {
        return WD_OK;
    }
    return wd_texts_add(
        m->arena, &a->deeds.bullets,
        wd_arena_printf(
            m->arena, "%llu connections to %zu attacker names, %s to %s, %llu bytes out",
            (unsigned long long) s->count, s->n_names, wd_time_format_seconds(s->first, first),
            wd_time_format_seconds(s->last, last), (unsigned long long) s->bytes_out));
}

/* The strongest tier whose consequences the pack describes and that some host reached. */
static const wd_tier *consequence(const wd_model *m, int *tier)
{
    for (int t = WD_TIER_MAX; m->campaign != NULL && t >= 1; t--) {
        const wd_tier *d = &m->campaign->tiers[t];
        if (m->at_tier[t] > 0 && d->present && d->in_reach.len > 0) {
            *tier = t;
            return d;
        }
    }
    return NULL;
}

static wd_status consequences(wd_answers *a, const wd_model *m)
{
    int tier = 0;
    const wd_tier *d = consequence(m, &tier);
    if (d == NULL) {
        return m->at_tier[1] > 0
                   ? wd_texts_add(m->arena, &a->deeds.bullets,
                                  WD_S("In reach: what the users of the exposed hosts could open; "
                                       "nothing is shown to be taken"))
                   : WD_OK;
    }
    WD_TRY(
        wd_texts_add(m->arena, &a->deeds.bullets,
                     wd_arena_printf(m->arena, "In reach on %zu hosts (%s): %.*s", m->at_tier[tier],
                                     wd_tier_name(tier), WD_ARG(d->in_reach))));
    if (d->taken.len > 0) {
        WD_TRY(wd_texts_add(m->arena, &a->deeds.bullets,
                            wd_arena_printf(m->arena, "Known to be taken in this campaign: %.*s",
                                            WD_ARG(d->taken))));
    }
    if (d->not_taken.len > 0) {
        WD_TRY(wd_texts_add(m->arena, &a->deeds.bullets,
                            wd_arena_printf(m->arena, "Not shown: %.*s", WD_ARG(d->not_taken))));
    }
    return WD_OK;
}

static wd_status tier_refs(wd_answers *a, const wd_model *m)
{
    for (int tier = WD_TIER_MAX; tier >= 3; tier--) {
        for (size_t i = 0; i < m->roster.n && a->deeds.refs.n < 10; i++) {
            const wd_host_state *h = &m->hosts[i];
            for (size_t p = 0; p < h->n_proofs; p++) {
                if (h->proofs[p].tier == tier) {
                    WD_TRY(wd_refs_add(m->arena, &a->deeds.refs, h->proofs[p].ref));
                    break;
                }
            }
        }
    }
    return WD_OK;
}

static wd_status strong_behaviour(wd_answers *a, const wd_model *m)
{
    size_t shown = 0;
    for (size_t i = 0; i < m->n_findings && shown < 4; i++) {
        const wd_case_finding *f = &m->findings[i];
        if (wd_finding_is_structural(f) || f->finding.severity < WD_HIGH || f->finding.tier >= 1) {
            continue;
        }
        WD_TRY(wd_texts_add(m->arena, &a->deeds.bullets,
                            wd_arena_printf(m->arena, "%.*s: %.*s", WD_ARG(f->finding.host),
                                            WD_ARG(f->finding.title))));
        WD_TRY(wd_refs_add(m->arena, &a->deeds.refs, (wd_ref){'F', f->number}));
        shown++;
    }
    return WD_OK;
}

wd_status wd_answer_deeds(wd_answers *a, const wd_model *m)
{
    contact_sum sum = {.m = m, .first = WD_NO_TIME, .last = WD_NO_TIME, .names.arena = m->arena};
    if (m->at_tier[2] > 0) {
        a->deeds.sentence =
            wd_arena_printf(m->arena,
                            "Fetched its next stage on %zu hosts, spoke to attacker servers from "
                            "%zu, profiled %zu, hands on %zu.",
                            m->at_tier[3], m->at_tier[4], m->at_tier[5], m->at_tier[6]);
        a->deeds.likelihood = wd_likelihood_of(m->at_tier[4] > 0 ? 0.97 : 0.70);
    } else if (m->at_tier[1] > 0) {
        a->deeds.sentence = WD_S("No deed is seen in the records given; what the exposed hosts did "
                                 "outside them, cannot tell.");
    } else {
        a->deeds.sentence = WD_S("Nothing is shown to have been done; without an affected "
                                 "installation there is nothing to tie deeds to.");
    }
    WD_TRY(contact_bullet(a, m, &sum));
    WD_TRY(consequences(a, m));
    WD_TRY(strong_behaviour(a, m));
    WD_TRY(tier_refs(a, m));
    WD_TRY(wd_answer_limits(&a->deeds, m, "deeds"));
    a->deeds.confidence = a->deeds.limited.n == 0 ? "high" : "moderate";
    return a->deeds.sentence.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

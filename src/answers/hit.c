#include "answers/answers.h"

/*
 * Question 1: was I hit? The case verdict follows from the hosts' tiers; where no pack knows the
 * campaign, from structure alone. A missing record never lowers it.
 */

enum { MOST_REFS = 8 };

static wd_status refs_of_word(wd_answers *a, const wd_model *m, wd_host_word word)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        const wd_host_state *h = &m->hosts[i];
        if (h->word != word || a->hit.refs.n >= MOST_REFS) {
            continue;
        }
        for (size_t p = h->n_proofs; p > 0; p--) {
            if (h->proofs[p - 1].tier == h->tier) {
                WD_TRY(wd_refs_add(m->arena, &a->hit.refs, h->proofs[p - 1].ref));
                break;
            }
        }
    }
    return WD_OK;
}

/* Findings of severity high or above, about files or about hosts, that no tier accounts for. */
static wd_status strong_findings(wd_answers *a, const wd_model *m, size_t *structural,
                                 size_t *behaviour)
{
    *structural = 0;
    *behaviour = 0;
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_case_finding *f = &m->findings[i];
        if (f->finding.severity < WD_HIGH) {
            continue;
        }
        *(wd_finding_is_structural(f) ? structural : behaviour) += 1;
        if (a->hit.refs.n < MOST_REFS) {
            WD_TRY(wd_refs_add(m->arena, &a->hit.refs, (wd_ref){'F', f->number}));
        }
    }
    return WD_OK;
}

static bool acted_is_seen(const wd_model *m)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        if (m->hosts[i].tier >= 2 && m->hosts[i].tier_basis == WD_SEEN) {
            return true;
        }
    }
    return false;
}

static size_t open_hosts(const wd_model *m, const char *question)
{
    size_t n = 0;
    for (size_t i = 0; i < m->roster.n; i++) {
        for (size_t q = 0; q < m->hosts[i].n_open; q++) {
            if (wd_slice_eq(m->hosts[i].open[q].question, wd_slice_str(question))) {
                n++;
                break;
            }
        }
    }
    return n;
}

static wd_status affected(wd_answers *a, const wd_model *m)
{
    size_t implant = m->at_tier[2];
    size_t reached = m->at_tier[4];
    a->verdict = "AFFECTED";
    a->headline = wd_arena_printf(
        m->arena,
        "%zu of %zu hosts ran the altered software past its delay; %zu reached attacker servers.",
        implant, m->roster.n, reached);
    a->hit.sentence = wd_arena_printf(
        m->arena, "Yes: %zu of %zu hosts ran it, %zu reached attacker servers, %zu %s chosen.",
        implant, m->roster.n, reached, m->at_tier[6], m->at_tier[6] == 1 ? "was" : "were");
    a->hit.likelihood = wd_likelihood_of(acted_is_seen(m) ? 0.97 : 0.70);
    WD_TRY(refs_of_word(a, m, WD_HOST_COMPROMISED));
    return refs_of_word(a, m, WD_HOST_INFECTED);
}

static wd_status exposed(wd_answers *a, const wd_model *m)
{
    size_t cannot_tell = open_hosts(m, "hit");
    a->verdict = "EXPOSED";
    a->headline = wd_arena_printf(
        m->arena, "%zu of %zu hosts have an affected version; no record shows that it acted.",
        m->at_tier[1], m->roster.n);
    if (cannot_tell > 0) {
        a->hit.sentence = wd_arena_printf(m->arena,
                                          "Exposed on %zu hosts; cannot tell whether it acted on "
                                          "%zu of them: the records end too early or are missing.",
                                          m->at_tier[1], cannot_tell);
    } else {
        a->hit.sentence = wd_arena_printf(m->arena,
                                          "Exposed on %zu hosts; the records that would show it "
                                          "acting are there and show nothing.",
                                          m->at_tier[1]);
        a->hit.likelihood = wd_likelihood_of(0.10);
    }
    return refs_of_word(a, m, WD_HOST_EXPOSED);
}

static wd_status no_host_exposed(wd_answers *a, const wd_model *m)
{
    size_t structural = 0;
    size_t behaviour = 0;
    WD_TRY(strong_findings(a, m, &structural, &behaviour));
    if (structural + behaviour > 0) {
        a->verdict = structural > 0 && behaviour > 0 ? "EXPOSED" : "INCONCLUSIVE";
        a->headline = wd_arena_printf(
            m->arena,
            "%zu strong findings in files and %zu on hosts; no known campaign explains them.",
            structural, behaviour);
        a->hit.sentence = wd_arena_printf(m->arena,
                                          "Cannot tell yet: %zu strong findings in files and %zu "
                                          "on hosts, and no campaign that says what proves a hit.",
                                          structural, behaviour);
        return wd_texts_add(m->arena, &a->hit.limited,
                            WD_S("Would settle it: which hosts installed the files named in the "
                                 "findings, and when (an asset list)"));
    }
    bool examined = false;
    for (size_t i = 0; i < m->n_items && !examined; i++) {
        examined = m->items[i].status == WD_ITEM_EXAMINED || m->items[i].status == WD_ITEM_PARTIAL;
    }
    if (!examined) {
        a->verdict = "INCONCLUSIVE";
        a->headline = WD_S("Nothing in the evidence could be examined.");
        a->hit.sentence = WD_S("Cannot tell: nothing in the evidence could be examined.");
        return wd_texts_add(
            m->arena, &a->hit.limited,
            WD_S("Would settle it: vendor packages, event logs, captures or an asset list"));
    }
    a->verdict = "NO EVIDENCE FOUND";
    a->headline = WD_S("Nothing that was examined shows an altered update or its effects.");
    a->hit.sentence =
        WD_S("No evidence found in what was examined; the coverage below says what that excludes.");
    a->hit.likelihood = (wd_likelihood){0};
    return WD_OK;
}

static wd_status unread_limits(wd_answers *a, const wd_model *m)
{
    size_t bad = 0;
    for (size_t i = 0; i < m->n_items; i++) {
        bad += m->items[i].status == WD_ITEM_PARTIAL || m->items[i].status == WD_ITEM_UNREADABLE
                   ? 1
                   : 0;
    }
    if (bad > 0) {
        WD_TRY(wd_texts_add(
            m->arena, &a->hit.limited,
            wd_arena_printf(m->arena, "%zu evidence items could not be examined in full", bad)));
    }
    size_t dark = m->with_word[WD_HOST_NOT_EXAMINED];
    if (dark > 0) {
        wd_slice names = wd_host_list(m, WD_HOST_NOT_EXAMINED, 3);
        WD_TRY(wd_texts_add(m->arena, &a->hit.limited,
                            wd_arena_printf(m->arena, "%zu hosts not examined, no records: %.*s",
                                            dark, WD_ARG(names))));
    }
    return WD_OK;
}

/* A cleared log is a gap that somebody made: it limits every answer. */
static wd_status cleared_logs(wd_answers *a, const wd_model *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_findings; i++) {
        n +=
            wd_slice_find(m->findings[i].finding.techniques, WD_S("T1070.001")) != SIZE_MAX ? 1 : 0;
    }
    return n == 0 ? WD_OK
                  : wd_texts_add(
                        m->arena, &a->hit.limited,
                        wd_arena_printf(
                            m->arena,
                            "%zu records of cleared event logs: what these held is not known", n));
}

static wd_status host_bullets(wd_answers *a, const wd_model *m)
{
    for (int w = WD_HOST_COMPROMISED; w >= WD_HOST_NOT_EXAMINED; w--) {
        if (m->with_word[w] == 0) {
            continue;
        }
        wd_slice names = wd_host_list(m, (wd_host_word) w, 6);
        WD_TRY(wd_texts_add(m->arena, &a->hit.bullets,
                            wd_arena_printf(m->arena, "%zu %s: %.*s", m->with_word[w],
                                            wd_host_word_name((wd_host_word) w), WD_ARG(names))));
    }
    return WD_OK;
}

wd_status wd_answer_hit(wd_answers *a, const wd_model *m)
{
    if (m->at_tier[2] > 0) {
        WD_TRY(affected(a, m));
    } else if (m->at_tier[1] > 0) {
        WD_TRY(exposed(a, m));
    } else {
        WD_TRY(no_host_exposed(a, m));
    }
    WD_TRY(wd_answer_limits(&a->hit, m, "hit"));
    WD_TRY(unread_limits(a, m));
    WD_TRY(cleared_logs(a, m));
    WD_TRY(host_bullets(a, m));
    a->hit.confidence = a->hit.limited.n == 0 ? "high" : (m->at_tier[2] > 0 ? "high" : "moderate");
    return a->hit.sentence.ptr == NULL || a->headline.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

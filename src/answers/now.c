#include "answers/answers.h"

#include <stdlib.h>

/*
 * Question 5: what now? Actions in the order in which they pay: the pack's own by tier, else
 * general ones by host word; each names its hosts, an owner and the proof that it is done.
 */

enum { HOSTS_NAMED = 40 };

static wd_status add_action(wd_answers *a, const wd_model *m, const wd_do *action)
{
    if (action->text.ptr == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(WD_ROOM(m->arena, a->actions, a->n_actions, a->cap_actions));
    a->actions[a->n_actions++] = *action;
    return WD_OK;
}

static wd_status hosts_between(wd_do *action, const wd_model *m, int from, int to)
{
    for (size_t i = 0; i < m->roster.n && action->hosts.n < HOSTS_NAMED; i++) {
        const wd_host_state *h = &m->hosts[i];
        if (h->tier < from || h->tier > to) {
            continue;
        }
        WD_TRY(wd_texts_add(m->arena, &action->hosts, h->host->name));
        for (size_t p = h->n_proofs; p > 0 && action->refs.n < 6; p--) {
            if (h->proofs[p - 1].tier == h->tier) {
                WD_TRY(wd_refs_add(m->arena, &action->refs, h->proofs[p - 1].ref));
                break;
            }
        }
    }
    return WD_OK;
}

static int by_order(const void *x, const void *y)
{
    const wd_action *a = *(const wd_action *const *) x;
    const wd_action *b = *(const wd_action *const *) y;
    if (a->order != b->order) {
        return a->order < b->order ? -1 : 1;
    }
    return wd_slice_cmp(a->id, b->id);
}

static wd_status pack_actions(wd_answers *a, const wd_model *m)
{
    const wd_campaign *c = m->campaign;
    const wd_action **sorted = WD_ARRAY(m->arena, c->n_actions, const wd_action *);
    if (sorted == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < c->n_actions; i++) {
        sorted[i] = &c->actions[i];
    }
    wd_sort(sorted, c->n_actions, sizeof(const wd_action *), by_order);
    for (size_t i = 0; i < c->n_actions; i++) {
        wd_do action = {.text = sorted[i]->text,
                        .why = wd_arena_printf(m->arena, "hosts of tier %d to %d",
                                               sorted[i]->tier_from, sorted[i]->tier_to),
                        .owner = sorted[i]->owner,
                        .proof = sorted[i]->done,
                        .caution = sorted[i]->caution,
                        .when = sorted[i]->when};
        WD_TRY(hosts_between(&action, m, sorted[i]->tier_from, sorted[i]->tier_to));
        if (action.hosts.n > 0) {
            WD_TRY(add_action(a, m, &action));
        }
    }
    return WD_OK;
}

static wd_status general_actions(wd_answers *a, const wd_model *m)
{
    static const struct {
        int from, to;
        const char *text, *owner, *proof;
    } rows[] = {
        {4, 6, "Isolate and keep powered on: memory is evidence", "responders",
         "host answers no ping, memory image taken"},
        {2, 3, "Remove the affected version and collect memory first", "responders",
         "inventory shows no affected version"},
        {1, 1, "Replace the affected version with a fixed one", "IT operations",
         "inventory shows the fixed version"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wd_do action = {.text = wd_slice_str(rows[i].text),
                        .why = WD_S("tier of the hosts"),
                        .owner = wd_slice_str(rows[i].owner),
                        .proof = wd_slice_str(rows[i].proof)};
        WD_TRY(hosts_between(&action, m, rows[i].from, rows[i].to));
        if (action.hosts.n > 0) {
            WD_TRY(add_action(a, m, &action));
        }
    }
    return WD_OK;
}

static wd_status structural_action(wd_answers *a, const wd_model *m)
{
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_case_finding *f = &m->findings[i];
        const wd_case_item *item = wd_model_item(m, f->item);
        if (!wd_finding_is_structural(f) || f->finding.severity < WD_HIGH || item == NULL) {
            continue;
        }
        wd_do action = {
            .text = wd_arena_printf(m->arena, "Hold back %.*s and ask the vendor about it: %.*s",
                                    WD_ARG(wd_path_base(item->path)), WD_ARG(f->finding.title)),
            .why = WD_S("altered file in a package"),
            .owner = WD_S("release or software management"),
            .proof = WD_S("vendor's written answer with the hash of the genuine file")};
        WD_TRY(wd_refs_add(m->arena, &action.refs, (wd_ref){'F', f->number}));
        return add_action(a, m, &action);
    }
    return WD_OK;
}

/* The record that would settle what cannot be told is an action as well. */
static wd_status collect_next(wd_answers *a, const wd_model *m)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        const wd_host_state *h = &m->hosts[i];
        for (size_t q = 0; q < h->n_open; q++) {
            if (h->open[q].settle.len == 0) {
                continue;
            }
            wd_do *same = NULL;
            wd_slice text = wd_arena_printf(m->arena, "Collect: %.*s", WD_ARG(h->open[q].settle));
            for (size_t k = 0; k < a->n_actions; k++) {
                same = wd_slice_eq(a->actions[k].text, text) ? &a->actions[k] : same;
            }
            if (same == NULL) {
                wd_do action = {.text = text,
                                .why = WD_S("settles what cannot be told yet"),
                                .owner = WD_S("responders"),
                                .proof = WD_S("the records are in the next run of this case")};
                WD_TRY(add_action(a, m, &action));
                same = &a->actions[a->n_actions - 1];
            }
            WD_TRY(wd_texts_add(m->arena, &same->hosts, h->host->name));
        }
    }
    return WD_OK;
}

wd_status wd_answer_now(wd_answers *a, const wd_model *m)
{
    WD_TRY(m->campaign != NULL && m->campaign->n_actions > 0 ? pack_actions(a, m)
                                                             : general_actions(a, m));
    WD_TRY(structural_action(a, m));
    WD_TRY(collect_next(a, m));
    for (size_t i = 0; i < a->n_actions && i < 4; i++) {
        const wd_do *action = &a->actions[i];
        WD_TRY(wd_texts_add(m->arena, &a->now.bullets, action->text));
        for (size_t r = 0; r < action->refs.n && a->now.refs.n < 8; r++) {
            WD_TRY(wd_refs_add(m->arena, &a->now.refs, action->refs.list[r]));
        }
    }
    a->now.confidence = a->hit.confidence;
    a->now.sentence =
        a->n_actions == 0
            ? WD_S("No action follows from this evidence; look at the findings, and widen the "
                   "coverage named under question 1.")
            : wd_arena_printf(m->arena, "%zu actions in order; first: %.*s", a->n_actions,
                              WD_ARG(wd_slice_sub(a->actions[0].text, 0, 120)));
    return a->now.sentence.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

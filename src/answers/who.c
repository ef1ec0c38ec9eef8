#include "answers/answers.h"

/*
 * Question 4: who did it? What publishers claim is shown as claims and never counted. Without a
 * model of actors behind it, the honest result of a case's own evidence is "unattributed".
 */

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

wd_status wd_answer_who(wd_answers *a, const wd_model *m)
{
    WD_TRY(claims(a, m));
    a->who.confidence = "low";
    a->who.refs = m->campaign_refs;
    if (m->campaign != NULL) {
        a->who.sentence =
            wd_arena_printf(m->arena, "Recognised: %.*s. By itself this evidence names nobody.",
                            WD_ARG(m->campaign->title));
    } else {
        a->who.sentence = WD_S("Unattributed: nothing in this evidence points to a known actor.");
    }
    return a->who.sentence.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

#include "answers/answers.h"

/*
 * Question 4: who did it? What publishers claim is shown as claims and never counted. Without a
 * model of actors behind it, the honest result of a case's own evidence is "unattributed".
 */

static wd_status claims(wd_answers *a, const wd_model *m)
{
    char date[WD_TIME_TEXT];
    for (size_t i = 0; m->campaign != NULL && i < m->campaign->n_claims; i++) {
        const wd_claim *c = &m->campaign->claims[i];
        wd_slice day = wd_slice_sub(wd_slice_str(wd_time_format_seconds(c->date, date)), 0, 10);
        wd_slice line = c->name.len == 0 ? wd_arena_printf(m->arena, "%.*s (%.*s) named nobody",
                                                           WD_ARG(c->publisher), WD_ARG(day))
                                         : wd_arena_printf(m->arena, "%.*s (%.*s): %.*s, %.*s",
                                                           WD_ARG(c->publisher), WD_ARG(day),
                                                           WD_ARG(c->name), WD_ARG(c->wording));
        WD_TRY(wd_texts_add(m->arena, &a->who.bullets, line));
    }
    return WD_OK;
}

wd_status wd_answer_who(wd_answers *a, const wd_model *m)
{
    WD_TRY(claims(a, m));
    a->who.confidence = "low";
    a->who.refs = m->campaign_refs;
    if (m->campaign != NULL) {
        a->who.sentence = wd_arena_printf(m->arena,
                                          "Recognised: the indicators of %.*s. Publishers' names "
                                          "do not line up; this evidence alone names nobody.",
                                          WD_ARG(m->campaign->title));
        WD_TRY(wd_texts_add(
            m->arena, &a->who.limited,
            WD_S("Publishers' claims are shown beside the answer and not counted as evidence")));
    } else {
        a->who.sentence = WD_S("Unattributed: nothing in this evidence points to a known actor.");
    }
    return a->who.sentence.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

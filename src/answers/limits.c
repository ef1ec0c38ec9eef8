#include "answers/answers.h"

/*
 * What limits an answer, one line for all hosts with the same gap, and the record that would settle
 * it.
 */

enum { NAMED = 4 };

static const wd_open_question *question_of(const wd_host_state *h, const char *question)
{
    for (size_t i = 0; i < h->n_open; i++) {
        if (wd_slice_eq(h->open[i].question, wd_slice_str(question))) {
            return &h->open[i];
        }
    }
    return NULL;
}

static bool same_gap(const wd_open_question *a, const wd_open_question *b)
{
    return b != NULL && a->cover == b->cover && wd_slice_eq(a->settle, b->settle);
}

/* "WS-1, WS-2 and 3 more" of the hosts with this gap. */
static wd_slice names(const wd_model *m, const char *question, const wd_open_question *gap,
                      size_t *n)
{
    wd_buf out = {0};
    *n = 0;
    for (size_t i = 0; i < m->roster.n; i++) {
        if (!same_gap(gap, question_of(&m->hosts[i], question))) {
            continue;
        }
        if ((*n)++ < NAMED) {
            wd_buf_str(&out, *n == 1 ? "" : ", ");
            wd_buf_add(&out, m->hosts[i].host->name);
        }
    }
    if (*n > NAMED) {
        wd_buf_printf(&out, " and %zu more", *n - NAMED);
    }
    wd_slice kept = wd_arena_copy(m->arena, wd_buf_slice(&out));
    wd_buf_free(&out);
    return kept;
}

static bool is_first(const wd_model *m, const char *question, size_t host)
{
    const wd_open_question *gap = question_of(&m->hosts[host], question);
    for (size_t i = 0; i < host; i++) {
        if (same_gap(gap, question_of(&m->hosts[i], question))) {
            return false;
        }
    }
    return true;
}

wd_status wd_answer_limits(wd_answer *answer, const wd_model *m, const char *question)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        const wd_open_question *gap = question_of(&m->hosts[i], question);
        if (gap == NULL || !is_first(m, question, i)) {
            continue;
        }
        size_t n = 0;
        wd_slice hosts = names(m, question, gap, &n);
        WD_TRY(wd_texts_add(
            m->arena, &answer->limited,
            wd_arena_printf(
                m->arena,
                "%.*s: cannot tell about %.*s; %.*s records of the time after the delay are %s",
                WD_ARG(hosts), WD_ARG(gap->what), WD_ARG(gap->sensor), wd_cover_name(gap->cover))));
        if (gap->settle.len > 0) {
            WD_TRY(wd_texts_add(
                m->arena, &answer->limited,
                wd_arena_printf(m->arena, "Would settle it: %.*s", WD_ARG(gap->settle))));
        }
    }
    return WD_OK;
}

#include "answers/answers.h"

wd_likelihood wd_likelihood_of(double p)
{
    static const struct {
        double above;
        wd_likelihood row;
    } rows[] = {
        {0.95, {"almost certain", 95, 99}}, {0.80, {"very likely", 80, 95}},
        {0.55, {"likely", 55, 80}},         {0.45, {"roughly even chance", 45, 55}},
        {0.20, {"unlikely", 20, 45}},       {0.05, {"very unlikely", 5, 20}},
        {-1.0, {"almost no chance", 1, 5}},
    };
    size_t i = 0;
    while (p <= rows[i].above) {
        i++;
    }
    return rows[i].row;
}

wd_status wd_texts_add(wd_arena *arena, wd_texts *texts, wd_slice line)
{
    if (line.ptr == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < texts->n; i++) {
        if (wd_slice_eq(texts->list[i], line)) {
            return WD_OK;
        }
    }
    WD_TRY(WD_ROOM(arena, texts->list, texts->n, texts->cap));
    texts->list[texts->n++] = line;
    return WD_OK;
}

wd_slice wd_host_list(const wd_model *m, wd_host_word word, size_t most)
{
    wd_buf out = {0};
    size_t shown = 0;
    size_t all = m->with_word[word];
    for (size_t i = 0; i < m->roster.n && shown < most; i++) {
        if (m->hosts[i].word != word) {
            continue;
        }
        shown++;
        bool last = shown == all;
        wd_buf_str(&out, shown == 1 ? "" : (last ? " and " : ", "));
        wd_buf_add(&out, m->hosts[i].host->name);
    }
    if (all > shown) {
        wd_buf_printf(&out, " and %zu more", all - shown);
    }
    wd_slice kept = wd_arena_copy(m->arena, wd_buf_slice(&out));
    wd_buf_free(&out);
    return kept;
}

static wd_status make(wd_answers *out, const wd_model *m)
{
    WD_TRY(wd_spread_make(&out->spread, m));
    WD_TRY(wd_answer_hit(out, m));
    WD_TRY(wd_answer_path(out, m));
    WD_TRY(wd_answer_deeds(out, m));
    WD_TRY(wd_answer_who(out, m));
    return wd_answer_now(out, m);
}

wd_status wd_answers_make(wd_answers *out, const wd_model *m, wd_err *err)
{
    *out = (wd_answers){0};
    wd_status s = make(out, m);
    return s == WD_OK
               ? WD_OK
               : wd_fail(err, s, WD_NO_OFFSET, "answers", "the answers do not fit in memory");
}

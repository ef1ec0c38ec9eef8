#include "case/crossing_rules.h"

#include "core/limits.h"
#include "detect/sigma_feed.h"

typedef struct place {
    uint64_t ordinal;
    uint32_t member;
    wd_slice path;
} place;

typedef struct crossing {
    wd_case *cs;
    const wd_sigma *sigma;
    const wd_rule_lines *lines;
    wd_arena *arena;
    wd_err *err;
    place *places; /* per item number, from 1 */
    size_t n_places, cap_places;
    wd_sigma_part *parts;
    size_t n_parts, cap_parts;
    uint64_t left_out;
    wd_buf line;
} crossing;

static wd_status keep_place(void *ctx, const wd_case_item *item)
{
    crossing *x = ctx;
    WD_TRY(WD_ROOM(x->arena, x->places, x->n_places, x->cap_places));
    place *p = &x->places[x->n_places++];
    *p = (place){item->ordinal, item->member, wd_arena_copy(x->arena, item->path)};
    return p->path.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

static wd_status keep_part(void *ctx, const wd_case_obs *row)
{
    crossing *x = ctx;
    wd_sigma_part part;
    if (!wd_sigma_part_of_obs(x->sigma, &row->obs, &part) || row->item == 0 ||
        row->item > x->n_places) {
        return WD_OK;
    }
    if (x->n_parts >= WD_MAX_SIGMA_PARTS) {
        x->left_out++;
        return WD_OK;
    }
    part.item = row->item;
    part.host = wd_arena_copy(x->arena, part.host);
    part.values = wd_arena_copy(x->arena, part.values);
    if (part.host.ptr == NULL || part.values.ptr == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(WD_ROOM(x->arena, x->parts, x->n_parts, x->cap_parts));
    x->parts[x->n_parts++] = part;
    return WD_OK;
}

/* --- what is told ---------------------------------------------------------------------------- */

static void part_member(crossing *x, wd_jw *w, const wd_sigma_part *part)
{
    wd_jw_object(w);
    wd_jw_member_slice(w, "rule", wd_sigma_rule_at(x->sigma, part->rule)->rule);
    wd_jw_member_time(w, "time", part->time);
    wd_jw_member_slice(w, "host", part->host);
    wd_jw_member_u64(w, "record_id", part->span.record);
    wd_jw_member_slice(w, "item", x->places[part->item - 1].path);
    wd_jw_member_u64(w, "offset", part->span.offset);
    wd_jw_object_end(w);
}

static wd_status tell_line(crossing *x, const wd_sigma_alert *a)
{
    const wd_sigma_part *first = a->parts[0];
    wd_buf_clear(&x->line);
    wd_jw w = wd_jw_init(&x->line, 0);
    wd_jw_object(&w);
    wd_sigma_rule_members(&w, a->rule);
    wd_jw_member_time(&w, "time", a->first);
    wd_jw_member_time(&w, "time_end", a->last);
    wd_jw_member_slice(&w, "host", a->host);
    wd_jw_key(&w, "channel");
    wd_jw_null(&w);
    wd_jw_key(&w, "event_id");
    wd_jw_null(&w);
    wd_jw_member_u64(&w, "record_id", first->span.record);
    wd_jw_member_slice(&w, "item", x->places[first->item - 1].path);
    wd_jw_member_u64(&w, "offset", first->span.offset);
    wd_jw_member_bool(&w, "recovered", false);
    wd_jw_member_slice(&w, "group", a->group);
    wd_jw_member_double(&w, "value", a->value, 3);
    wd_jw_key(&w, "fields");
    wd_jw_object(&w);
    wd_jw_object_end(&w);
    wd_jw_key(&w, "records");
    wd_jw_array(&w);
    for (size_t i = 0; i < a->n_parts && i < WD_MAX_ALERT_RECORDS; i++) {
        part_member(x, &w, a->parts[i]);
    }
    wd_jw_array_end(&w);
    wd_jw_object_end(&w);
    wd_buf_byte(&x->line, '\n');
    return x->line.failed ? WD_E_NOMEM : x->lines->line(x->lines->ctx, wd_buf_slice(&x->line));
}

static wd_status tell(crossing *x, const wd_sigma_alert *a)
{
    const place *at = &x->places[a->parts[0]->item - 1];
    wd_finding f = wd_sigma_alert_finding(a, x->arena);
    WD_TRY(x->lines->line == NULL ? WD_OK : tell_line(x, a));
    return wd_case_put_finding(x->cs, at->ordinal, at->member, &f, x->err);
}

static wd_status tell_limit(crossing *x)
{
    if (x->left_out == 0) {
        return WD_OK;
    }
    wd_obs o = wd_obs_of(WD_OBS_LIMIT, (wd_span){WD_NO_OFFSET, 0, 0}, WD_NO_TIME);
    o.count = x->left_out;
    wd_obs_set(&o, WD_K_TEXT,
               wd_arena_printf(x->arena,
                               "%llu records more than correlations are judged over; narrow the "
                               "time or the rules",
                               (unsigned long long) x->left_out));
    return wd_case_put_obs(x->cs, x->places[0].ordinal, x->places[0].member, &o, x->err);
}

static wd_status judge(crossing *x)
{
    wd_sigma_alert *alerts = NULL;
    size_t n = 0;
    WD_TRY(wd_case_each_item(x->cs, keep_place, x, x->err));
    WD_TRY(wd_case_each_obs(x->cs, 1U << WD_OBS_RULE_PART, keep_part, x, x->err));
    if (x->n_parts == 0) {
        return WD_OK;
    }
    WD_TRY(wd_sigma_judge(x->sigma, x->parts, x->n_parts, x->arena, &alerts, &n));
    for (size_t i = 0; i < n; i++) {
        WD_TRY(tell(x, &alerts[i]));
    }
    return tell_limit(x);
}

wd_status wd_cross_rules(wd_case *cs, const wd_engine *engine, const wd_rule_lines *lines,
                         wd_err *err)
{
    if (engine->sigma == NULL || !wd_sigma_has_correlations(engine->sigma)) {
        return WD_OK;
    }
    crossing x = {.cs = cs, .sigma = engine->sigma, .lines = lines, .err = err};
    x.arena = wd_arena_new(WD_ITEM_ARENA);
    wd_status s = x.arena == NULL ? WD_E_NOMEM : judge(&x);
    wd_buf_free(&x.line);
    wd_arena_free(x.arena);
    return s == WD_OK ? WD_OK
                      : wd_fail(err, s, WD_NO_OFFSET, "crossing",
                                "correlations over all logs could not be worked out");
}

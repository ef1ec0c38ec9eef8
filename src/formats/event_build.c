#include "formats/event_build.h"

#include <string.h>

#include "core/limits.h"

#define SCRATCH (64U << 20) /* one record: the longest line and its copies */

wd_status wd_event_build_init(wd_event_build *b, wd_arena *arena, const wd_event_sink *sink,
                              wd_event_stats *stats, wd_err *err)
{
    *stats = (wd_event_stats){.sources = {.arena = arena}};
    *b = (wd_event_build){.sink = sink, .stats = stats, .err = err};
    b->scratch = wd_arena_new(SCRATCH);
    return b->scratch != NULL ? WD_OK : wd_nomem(err, "events");
}

void wd_event_build_clear(wd_event_build *b)
{
    wd_arena_free(b->scratch);
    b->scratch = NULL;
}

void wd_event_build_start(wd_event_build *b)
{
    wd_arena_reset(b->scratch);
    b->fields = NULL;
    b->n = 0;
    b->cap = 0;
    b->cut = false;
}

void wd_event_build_add(wd_event_build *b, wd_slice name, wd_slice value)
{
    if (b->n == WD_MAX_EVENT_FIELDS || WD_ROOM(b->scratch, b->fields, b->n, b->cap) != WD_OK) {
        b->cut = true;
        return;
    }
    b->fields[b->n++] = (wd_field){name, value};
}

wd_slice wd_event_build_get(const wd_event_build *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++) {
        if (wd_slice_eq(b->fields[i].name, wd_slice_str(name))) {
            return b->fields[i].value;
        }
    }
    return (wd_slice){0};
}

wd_slice wd_event_build_join(wd_event_build *b, const wd_slice *parts, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        len += parts[i].len;
    }
    uint8_t *p = wd_arena_alloc(b->scratch, len);
    if (p == NULL) {
        b->cut = true;
        return (wd_slice){0};
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len > 0) {
            memcpy(p + at, parts[i].ptr, parts[i].len);
            at += parts[i].len;
        }
    }
    return wd_slice_of(p, len);
}

void wd_event_build_default(wd_event_build *b, const char *name, wd_slice value)
{
    if (value.len > 0 && wd_event_build_get(b, name).len == 0) {
        wd_event_build_add(b, wd_slice_str(name), value);
    }
}

wd_status wd_event_build_fail(wd_event_build *b, wd_span span, const char *text)
{
    b->stats->failed++;
    if (b->sink->damage == NULL || b->n_damage > WD_MAX_EVTX_DAMAGE) {
        return WD_OK;
    }
    bool last = b->n_damage++ == WD_MAX_EVTX_DAMAGE;
    return b->sink->damage(b->sink->ctx, span,
                           wd_slice_str(last ? "further damage of this log is not listed" : text));
}

/* The time of the record; its text is brought into the form that Windows prints. */
static wd_time time_created(wd_event_build *b)
{
    wd_time t = WD_NO_TIME;
    char text[WD_TIME_TEXT];
    for (size_t i = 0; i < b->n; i++) {
        if (!wd_slice_eq(b->fields[i].name, WD_S("TimeCreated_SystemTime"))) {
            continue;
        }
        if (!wd_time_parse(b->fields[i].value, &t)) {
            return WD_NO_TIME;
        }
        wd_slice full = wd_slice_str(wd_time_format_full(t, text));
        if (!wd_slice_eq(full, b->fields[i].value)) {
            wd_slice kept = wd_arena_copy(b->scratch, full);
            b->fields[i].value = kept.ptr != NULL ? kept : b->fields[i].value;
        }
        return t;
    }
    return WD_NO_TIME;
}

wd_status wd_event_build_give(wd_event_build *b, wd_span span, wd_time time)
{
    wd_event e = {.span = span,
                  .time = time,
                  .channel = wd_event_build_get(b, "Channel"),
                  .provider = wd_event_build_get(b, "Provider_Name"),
                  .host = wd_event_build_get(b, "Computer"),
                  .fields = b->fields,
                  .n_fields = b->n};
    uint64_t number = 0;
    if (wd_slice_to_u64(wd_event_build_get(b, "EventID"), &number) && number <= UINT32_MAX) {
        e.event_id = (uint32_t) number;
    }
    if (wd_slice_to_u64(wd_event_build_get(b, "EventRecordID"), &number)) {
        e.span.record = number;
    }
    if (e.time == WD_NO_TIME) {
        e.time = time_created(b);
    }
    b->stats->records++;
    if (wd_event_sources_count(&b->stats->sources, &e) != WD_OK) {
        return wd_nomem(b->err, "events");
    }
    if (b->cut) {
        WD_TRY(wd_event_build_fail(b, span,
                                   "a record is cut or too large; what could be read is given"));
        b->stats->failed--;
    }
    if (b->sink->want != NULL && !b->sink->want(b->sink->ctx, e.channel, e.event_id)) {
        return WD_OK;
    }
    return b->sink->event(b->sink->ctx, &e);
}

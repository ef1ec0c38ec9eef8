#ifndef WD_TESTS_EVENT_RECORDER_H
#define WD_TESTS_EVENT_RECORDER_H

#include "testing.h"

#include "formats/event_sink.h"

/* Keeps copies of all events and damage texts that a reader gives. */
typedef struct event_recorder {
    wd_arena *arena;
    wd_event *events;
    size_t n;
    size_t cap;
    wd_slice *damage;
    size_t n_damage;
    size_t cap_damage;
    uint32_t only_id; /* asked by recorder_wants */
} event_recorder;

static inline wd_slice recorder_copy(event_recorder *r, wd_slice s)
{
    wd_slice copy = wd_arena_copy(r->arena, s);
    assert_non_null(copy.ptr);
    return copy;
}

static inline wd_status recorder_event(void *ctx, const wd_event *e)
{
    event_recorder *r = ctx;
    assert_int_equal(WD_ROOM(r->arena, r->events, r->n, r->cap), WD_OK);
    wd_event *to = &r->events[r->n++];
    *to = *e;
    to->channel = recorder_copy(r, e->channel);
    to->provider = recorder_copy(r, e->provider);
    to->host = recorder_copy(r, e->host);
    to->fields = WD_ARRAY(r->arena, e->n_fields + 1, wd_field);
    assert_non_null(to->fields);
    for (size_t i = 0; i < e->n_fields; i++) {
        to->fields[i] =
            (wd_field){recorder_copy(r, e->fields[i].name), recorder_copy(r, e->fields[i].value)};
    }
    return WD_OK;
}

static inline wd_status recorder_damage(void *ctx, wd_span span, wd_slice text)
{
    event_recorder *r = ctx;
    (void) span;
    assert_int_equal(WD_ROOM(r->arena, r->damage, r->n_damage, r->cap_damage), WD_OK);
    r->damage[r->n_damage++] = recorder_copy(r, text);
    return WD_OK;
}

static inline bool recorder_wants(void *ctx, wd_slice channel, uint32_t event_id)
{
    (void) channel;
    return event_id == ((event_recorder *) ctx)->only_id;
}

static inline wd_event_sink recorder_sink(event_recorder *r)
{
    return (wd_event_sink){r, recorder_event, recorder_damage, NULL};
}

static inline void recorder_start(event_recorder *r)
{
    *r = (event_recorder){.arena = wd_arena_new((size_t) 1 << 30)};
    assert_non_null(r->arena);
}

static inline void recorder_clear(event_recorder *r)
{
    wd_arena_free(r->arena);
    *r = (event_recorder){0};
}

static inline bool recorder_saw_damage(const event_recorder *r, const char *part)
{
    for (size_t i = 0; i < r->n_damage; i++) {
        if (wd_slice_find(r->damage[i], wd_slice_str(part)) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Number of fields of this name. */
static inline size_t field_count(const wd_event *e, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n_fields; i++) {
        n += wd_slice_eq(e->fields[i].name, wd_slice_str(name));
    }
    return n;
}

#endif

/*
 * Event logs as files: whoever had the disk, or a collector in between, supplies every byte.
 * Reaches the walk over chunks, slack and holes, compiled templates and their re-use, values,
 * borrowing. What is given must lie inside the file and hold together; reading twice must give the
 * same.
 */
#include <stdlib.h>

#include "formats/evtx.h"
#include "fuzz.h"

typedef struct tally {
    size_t len;
    uint64_t events;
    uint64_t hash;
} tally;

static wd_status on_event(void *ctx, const wd_event *e)
{
    tally *t = ctx;
    if (e->span.offset > t->len || e->span.len > t->len - e->span.offset) {
        abort();
    }
    t->events++;
    t->hash = t->hash * 31 + e->event_id + wd_slice_hash(e->channel);
    for (size_t i = 0; i < e->n_fields; i++) {
        t->hash = t->hash * 31 + wd_slice_hash(e->fields[i].name);
        t->hash = t->hash * 31 + wd_slice_hash(e->fields[i].value);
    }
    return WD_OK;
}

static wd_status on_damage(void *ctx, wd_span span, wd_slice text)
{
    tally *t = ctx;
    if (span.offset > t->len) {
        abort();
    }
    t->hash += wd_slice_hash(text);
    return WD_OK;
}

static tally read_once(const uint8_t *data, size_t size)
{
    tally t = {.len = size};
    wd_arena *arena = wd_arena_new(64U << 20);
    wd_event_sink sink = {&t, on_event, on_damage, NULL};
    wd_evtx_stats stats = {0};
    if (arena != NULL &&
        wd_evtx_read(wd_slice_of(data, size), 0, arena, &sink, &stats, NULL) == WD_OK &&
        stats.allocated + stats.recovered != t.events) {
        abort();
    }
    wd_arena_free(arena);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tally a = read_once(data, size);
    tally b = read_once(data, size);
    if (a.events != b.events || a.hash != b.hash) {
        abort();
    }
    return 0;
}

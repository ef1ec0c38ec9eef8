/*
 * Event records as XML, also inside lines of other text: anybody may have written it. Reaches tags,
 * entities, nesting, wide text.
 */
#include <stdlib.h>

#include "formats/eventxml.h"
#include "fuzz.h"

static wd_status on_event(void *ctx, const wd_event *e)
{
    uint64_t *sum = ctx;
    for (size_t i = 0; i < e->n_fields; i++) {
        *sum += wd_slice_hash(e->fields[i].name) ^ wd_slice_hash(e->fields[i].value);
    }
    *sum += wd_slice_hash(e->channel) + wd_slice_hash(e->provider) + wd_slice_hash(e->host);
    return WD_OK;
}

static wd_status on_damage(void *ctx, wd_span span, wd_slice text)
{
    uint64_t *sum = ctx;
    *sum += span.offset + wd_slice_hash(text);
    return WD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t sum = 0;
    wd_arena *arena = wd_arena_new(64U << 20);
    wd_event_sink sink = {&sum, on_event, on_damage, NULL};
    wd_event_stats stats;
    wd_err err = {0};
    if (arena != NULL &&
        wd_eventxml_read(wd_slice_of(data, size), 0, arena, &sink, &stats, &err) == WD_OK &&
        stats.records == 0) {
        abort();
    }
    wd_arena_free(arena);
    return 0;
}

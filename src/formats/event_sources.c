#include "formats/event_sources.h"

#include "core/limits.h"

enum { INDEX = 2 * WD_MAX_EVENT_SOURCES };

static bool is_of(const wd_event_source *s, const wd_event *e)
{
    return wd_slice_eq(s->channel, e->channel) && wd_slice_eq(s->host, e->host);
}

/* Where a source stands in the index, or could stand. */
static uint32_t *slot_of(wd_event_sources *s, const wd_event *e)
{
    uint64_t hash = wd_slice_hash(e->channel) * 31 + wd_slice_hash(e->host);
    size_t i = (size_t) ((hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % INDEX;
    while (s->index[i] != 0 && !is_of(&s->list[s->index[i] - 1], e)) {
        i = (i + 1) % INDEX;
    }
    return &s->index[i];
}

static wd_status find_source(wd_event_sources *s, const wd_event *e, wd_event_source **out)
{
    *out = NULL;
    if (s->last < s->n && is_of(&s->list[s->last], e)) {
        *out = &s->list[s->last];
        return WD_OK;
    }
    if (s->index == NULL && (s->index = WD_ARRAY(s->arena, INDEX, uint32_t)) == NULL) {
        return WD_E_NOMEM;
    }
    uint32_t *at = slot_of(s, e);
    bool too_long = e->channel.len + e->host.len > WD_MAX_EVENT_SOURCE_NAME;
    if (*at == 0 && (s->n == WD_MAX_EVENT_SOURCES || too_long)) {
        s->full = true;
        return WD_OK;
    }
    if (*at == 0) {
        wd_slice channel = wd_arena_copy(s->arena, e->channel);
        wd_slice host = wd_arena_copy(s->arena, e->host);
        if (channel.ptr == NULL || host.ptr == NULL ||
            WD_ROOM(s->arena, s->list, s->n, s->cap) != WD_OK) {
            return WD_E_NOMEM;
        }
        s->list[s->n++] = (wd_event_source){channel, host, WD_NO_TIME, WD_NO_TIME, 0, 0};
        *at = (uint32_t) s->n;
    }
    s->last = *at - 1;
    *out = &s->list[s->last];
    return WD_OK;
}

wd_status wd_event_sources_count(wd_event_sources *s, const wd_event *e)
{
    wd_event_source *src = NULL;
    WD_TRY(find_source(s, e, &src));
    if (src == NULL) {
        return WD_OK;
    }
    src->records++;
    src->recovered += e->recovered;
    if (e->recovered || e->time == WD_NO_TIME) {
        return WD_OK;
    }
    src->first = src->first == WD_NO_TIME || e->time < src->first ? e->time : src->first;
    src->last = e->time > src->last ? e->time : src->last;
    return WD_OK;
}

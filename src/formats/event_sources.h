#ifndef WD_FORMATS_EVENT_SOURCES_H
#define WD_FORMATS_EVENT_SOURCES_H

#include "core/arena.h"
#include "formats/event_sink.h"

/** Counts records per channel and host while a log is read. Start at {0} with `arena` set. */
typedef struct wd_event_sources {
    wd_arena *arena;
    wd_event_source *list; /* in order of first appearance */
    size_t n;
    size_t cap;
    size_t last;     /* the one hit last: records of one source stand together */
    uint32_t *index; /* open addressing, position + 1 */
    bool full;       /* WD_MAX_EVENT_SOURCES reached: further ones are not counted */
} wd_event_sources;

/** Counts one record. Names are copied when they are new. WD_E_NOMEM on the arena's limit. */
WD_MUST_USE wd_status wd_event_sources_count(wd_event_sources *s, const wd_event *e);

#endif

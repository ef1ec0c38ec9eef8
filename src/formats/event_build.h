#ifndef WD_FORMATS_EVENT_BUILD_H
#define WD_FORMATS_EVENT_BUILD_H

#include "formats/event_sources.h"

/*
 * Events out of text logs: a reader adds names and values of one record, and hands it on. Channel,
 * provider, host, id, record number and time are taken from the fields by their names
 * (formats/event_fields.h), so that every form of a log is routed alike.
 */

/** What the readers of text logs tell about a whole item. */
typedef struct wd_event_stats {
    uint64_t records; /* given, or skipped because the sink did not want them */
    uint64_t failed;  /* pieces of the text that are no record */
    wd_event_sources sources;
} wd_event_stats;

typedef struct wd_event_build {
    const wd_event_sink *sink;
    wd_event_stats *stats;
    wd_err *err;
    wd_arena *scratch; /* until the next record */
    wd_field *fields;
    size_t n;
    size_t cap;
    bool cut; /* something of the record is missing; reported with it */
    uint64_t n_damage;
} wd_event_build;

/** Prepares for one item; `stats` is cleared, its lists will be in `arena`. WD_E_NOMEM. */
WD_MUST_USE wd_status wd_event_build_init(wd_event_build *b, wd_arena *arena,
                                          const wd_event_sink *sink, wd_event_stats *stats,
                                          wd_err *err);
void wd_event_build_clear(wd_event_build *b);

/** Forgets the record in hand. */
void wd_event_build_start(wd_event_build *b);
/** Adds a pair; both are borrowed until the record is given. Failure shows in `cut`. */
void wd_event_build_add(wd_event_build *b, wd_slice name, wd_slice value);
/** Adds the pair unless a field of that name is there or the value is empty. */
void wd_event_build_default(wd_event_build *b, const char *name, wd_slice value);
/** Pieces behind each other, until the next record; the empty slice (and `cut`) when memory is out.
 */
wd_slice wd_event_build_join(wd_event_build *b, const wd_slice *parts, size_t n);
/** First value by name; the empty slice when absent. */
wd_slice wd_event_build_get(const wd_event_build *b, const char *name);

/** Gives the record to the sink. `time` WD_NO_TIME: taken from TimeCreated_SystemTime. span.record
 * becomes EventRecordID where there is one. */
WD_MUST_USE wd_status wd_event_build_give(wd_event_build *b, wd_span span, wd_time time);
/** Reports a place that is no record; listed up to a limit, always counted. */
WD_MUST_USE wd_status wd_event_build_fail(wd_event_build *b, wd_span span, const char *text);

#endif

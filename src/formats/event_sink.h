#ifndef WD_FORMATS_EVENT_SINK_H
#define WD_FORMATS_EVENT_SINK_H

#include "core/vocab.h"

/**
 * Where every reader of host logs (EVTX, JSON lines, XML export, auditd) hands its records. What a
 * call is given lives only until it returns; the receiver copies what it keeps. A status other than
 * WD_OK ends the reading and comes back from the reader.
 */
typedef struct wd_event_sink {
    void *ctx;
    /** One record. Names follow one rule for all readers, see formats/event_fields.h. */
    wd_status (*event)(void *ctx, const wd_event *e);
    /** The item contradicts its format at `span`; `text` says in plain words what and what was
     * done. May be NULL. */
    wd_status (*damage)(void *ctx, wd_span span, wd_slice text);
    /** False when records of this channel and id need not be decoded: they are counted in the
     * reader's statistics and never reach `event`. NULL wants all. Channel names are as written. */
    bool (*want)(void *ctx, wd_slice channel, uint32_t event_id);
} wd_event_sink;

/** What one channel of one host holds in an item: the basis of coverage statements. */
typedef struct wd_event_source {
    wd_slice channel;
    wd_slice host;
    wd_time first; /* of records that the log counts; recovered ones prove moments, not coverage */
    wd_time last;  /* both WD_NO_TIME when there is none */
    uint64_t records;   /* all, the recovered included */
    uint64_t recovered; /* of these, records that the log no longer counts as allocated */
} wd_event_source;

#endif

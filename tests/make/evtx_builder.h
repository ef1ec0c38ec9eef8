#ifndef WD_TESTS_MAKE_EVTX_BUILDER_H
#define WD_TESTS_MAKE_EVTX_BUILDER_H

#include "core/buf.h"
#include "core/clock.h"

/*
 * Writes small, valid event logs (EVTX 3.1) for tests and examples: file and chunk headers with
 * their CRCs, one template per event layout (the first record that uses it in a chunk carries it),
 * System and EventData as templates of their own, as Windows writes them. Opens a new chunk when
 * one is full. The same calls give the same bytes.
 */

/** A named value. `type` 0 writes `value` as a string, or as null when it is NULL; otherwise `raw`
 * is written as that BinXML type. */
typedef struct wd_evtx_build_field {
    const char *name; /* NULL: a Data element without a name */
    const char *value;
    uint8_t type;
    wd_slice raw;
} wd_evtx_build_field;

typedef struct wd_evtx_build_record {
    const char *channel;
    const char *provider;
    const char *provider_guid; /* "{...}", may be NULL */
    const char *computer;
    const char *user_data; /* element below UserData that holds the fields; NULL: EventData */
    uint32_t event_id;
    uint64_t record_id; /* both in the record header and as EventRecordID */
    wd_time time;
    uint32_t process_id; /* Execution/ProcessID; 0 is fine */
    const wd_evtx_build_field *fields;
    size_t n_fields;
} wd_evtx_build_record;

typedef struct wd_evtx_builder wd_evtx_builder;

/** NULL when memory is out. */
wd_evtx_builder *wd_evtx_builder_new(void);
void wd_evtx_builder_free(wd_evtx_builder *b); /* NULL is fine */
/** False when the record fits into no chunk (64 KiB) or memory is out; such a builder is spent. */
bool wd_evtx_builder_add(wd_evtx_builder *b, const wd_evtx_build_record *r);
/** Ends the chunk that is open: the next record begins a new one. */
void wd_evtx_builder_next_chunk(wd_evtx_builder *b);
/** The whole file. Owned by the builder, valid until it is freed; nothing can be added afterwards.
 * Empty after a failure. */
wd_slice wd_evtx_builder_finish(wd_evtx_builder *b);

/** Recomputes both CRCs of the chunk at `chunk` (65536 bytes): for tests that edit a log on
 * purpose. */
void wd_evtx_seal_chunk(uint8_t *chunk);

#endif

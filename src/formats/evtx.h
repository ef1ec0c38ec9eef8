#ifndef WD_FORMATS_EVTX_H
#define WD_FORMATS_EVTX_H

#include "formats/event_sources.h"

/*
 * Windows event log (EVTX). Little-endian; sources: MS-EVEN6 section 2.2 (BinXML), the libevtx
 * format description, and the measurements in docs/formats/evtx.md.
 *
 *   file header   4096 bytes, 128 used: formats/evtx_raw.h
 *   chunk         65536 bytes each from 4096 on: header, two index tables, records
 *   record        "**\0\0", size, id, written, BinXML, size again
 *
 * Nothing in a header is needed to find records: chunks are taken wherever "ElfChnk\0" stands, and
 * records wherever "**\0\0" stands with a size that holds. Records up to the last one that the
 * chunk header counts are *allocated*; what stands behind it (slack), in space without a chunk
 * header and inside other records is *recovered*, and only given when the template's identifier and
 * the hash of every name in it prove that the bytes belong together.
 */

/** Ids that are missing between two allocated records: the record headers count without a hole. */
typedef struct wd_evtx_gap {
    uint64_t after;  /* last id before the hole */
    uint64_t next;   /* first id behind it */
    uint64_t offset; /* of the record behind it, absolute */
    wd_time t_after; /* written times on both sides */
    wd_time t_next;
} wd_evtx_gap;

/** Two records with consecutive ids whose times do not go together: the clock moved back, or
 * nothing was written for a day or longer. */
typedef struct wd_evtx_jump {
    uint64_t id; /* of the later record */
    uint64_t offset;
    wd_time before;
    wd_time after;
} wd_evtx_jump;

typedef struct wd_evtx_stats {
    uint64_t chunks;    /* with a header */
    uint64_t allocated; /* records given or skipped by `want` as allocated */
    uint64_t failed;    /* allocated records of which nothing could be given */
    uint64_t recovered; /* records proved in slack, holes and other records */
    uint64_t rejected;  /* record headers in slack whose content could not be proved */
    uint64_t nameless;  /* of these: content whose template is lost; its values are given as Data */
    uint64_t hidden;    /* of the recovered: records found inside the record before them */
    uint64_t first_id;  /* smallest and largest id of allocated record headers, 0 when none */
    uint64_t last_id;
    bool dirty;               /* header flag: the log was not closed */
    bool renumbered;          /* record headers differ from EventRecordID: an exported log */
    wd_event_sources sources; /* lists are in the caller's arena */
    wd_evtx_gap *gaps;
    size_t n_gaps;
    wd_evtx_jump *jumps; /* back */
    size_t n_jumps;
    wd_evtx_jump *silences; /* a day or longer, when the log was written by one machine itself */
    size_t n_silences;
} wd_evtx_stats;

/** Templates by identifier, for records whose own chunk has lost theirs. Filled while reading; one
 * store may serve all files of a collection. */
typedef struct wd_evtx_store wd_evtx_store;

/** An empty store in `arena`; NULL when the limit is reached. */
wd_evtx_store *wd_evtx_store_new(wd_arena *arena);

/** What to read, and how. */
typedef struct wd_evtx_input {
    wd_slice file;
    uint64_t base;        /* absolute offset of file.ptr[0] in the item */
    wd_evtx_store *store; /* NULL: templates are borrowed inside this file only */
} wd_evtx_input;

/**
 * Reads all records of an event log in the order of the file: allocated ones chunk by chunk, each
 * followed by what its chunk's slack still holds.
 *
 * Borrowing: events live until the callback returns; `stats` points into `arena`.
 * Fails:     WD_E_TRUNCATED or WD_E_MALFORMED when there is not one chunk and not one record;
 *            WD_E_NOMEM; whatever the sink returns. All other damage goes to sink->damage.
 */
WD_MUST_USE wd_status wd_evtx_read(wd_slice file, uint64_t base, wd_arena *arena,
                                   const wd_event_sink *sink, wd_evtx_stats *stats, wd_err *err);
/** The same with a template store. */
WD_MUST_USE wd_status wd_evtx_read_with(const wd_evtx_input *in, wd_arena *arena,
                                        const wd_event_sink *sink, wd_evtx_stats *stats,
                                        wd_err *err);

/** True when the bytes begin like an event log: file header, chunk, or chunk at 4096. */
bool wd_evtx_is(wd_slice head);

#endif

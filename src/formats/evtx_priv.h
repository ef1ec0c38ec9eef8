#ifndef WD_FORMATS_EVTX_PRIV_H
#define WD_FORMATS_EVTX_PRIV_H

#include "formats/evtx.h"
#include "formats/evtx_template.h"
#include "formats/evtx_values.h"

/*
 * What the parts of the EVTX reader share: the store of compiled templates (evtx_store.c), records
 * into fields (evtx_record.c), fields into events and statistics (evtx_emit.c), chunks and space
 * without chunks (evtx_chunk.c), the file (evtx.c).
 */

/** A value of a template instance; borrowed from the chunk. */
typedef struct wd_evtx_value {
    wd_slice raw;
    uint8_t type;
} wd_evtx_value;

/** A definition of this chunk that was looked up before; `t` NULL when it does not compile. */
typedef struct wd_evtx_cached {
    uint32_t generation;
    uint32_t at;
    uint32_t used;
    wd_evtx_section section;
    wd_evtx_template *t;
    const char *why;
    bool reported; /* its doubts were told */
} wd_evtx_cached;

#define WD_EVTX_CACHE 512U

/** What the router needs of the record in hand. */
typedef struct wd_evtx_routed {
    wd_slice provider;
    wd_slice channel;
    wd_slice host;
    uint32_t event_id;
    uint64_t record_id;
    wd_time time;
    bool complete; /* all of it came straight from the values */
} wd_evtx_routed;

/** Records with consecutive ids, for the list of gaps. */
typedef struct wd_evtx_run {
    uint64_t first;
    uint64_t last;
    uint64_t offset;
    wd_time t_first;
    wd_time t_last;
} wd_evtx_run;

/** A record in slack that waits for a template from elsewhere in the file. */
typedef struct wd_evtx_waiting {
    uint64_t chunk_at;
    uint32_t chunk_len;
    uint32_t pos;
    int proof; /* wd_evtx_proof */
} wd_evtx_waiting;

/** What a record must show before it is believed. */
typedef enum wd_evtx_proof {
    WD_EVTX_TRUST,      /* the log counts it: doubts are told, not acted on */
    WD_EVTX_IDENTIFIED, /* it stands where the log had records: templates must be the ones it names
                         */
    WD_EVTX_PROVED      /* slack: and the hash of every name must be right */
} wd_evtx_proof;

typedef struct wd_evtx_reader {
    wd_slice file;
    uint64_t base;
    const wd_event_sink *sink;
    wd_evtx_stats *stats;
    wd_err *err;
    wd_arena *arena;        /* the caller's: lists of the statistics */
    wd_arena *own;          /* buffers of the reader and its own store */
    wd_arena *chunk_arena;  /* until the next chunk */
    wd_arena *record_arena; /* until the next record */
    wd_evtx_store *store;

    wd_slice chunk; /* the bytes offsets count in; may be short at the end of a cut file */
    uint64_t chunk_at;
    uint32_t generation;
    wd_evtx_cached *cache;
    uint64_t compiled; /* bytes of this chunk that were compiled */

    /* the record in hand */
    wd_evtx_proof proof;
    bool borrowed;      /* a template of it came from elsewhere */
    bool foreign;       /* a template was used although its identifier or a hash is wrong */
    bool last_chance;   /* no other template will turn up: what can be read counts */
    bool nameless;      /* values of a lost template are given without names */
    bool partial;       /* only the System part could be read */
    bool cut;           /* fields or text did not fit the buffers */
    bool unknown_value; /* a value is of no known type or of a wrong size */
    const char *why;    /* of a failure */
    unsigned n_instances;
    wd_field *fields;
    size_t n_fields;
    wd_evtx_text text;

    wd_evtx_run *runs;
    size_t n_runs;
    size_t cap_runs;
    wd_evtx_waiting *waiting;
    size_t n_waiting;
    size_t cap_waiting;
    size_t cap_gaps;
    size_t cap_jumps;
    size_t cap_silences;
    uint64_t n_damage;
    uint64_t previous_id; /* of the last allocated record, for clock jumps */
    wd_time previous_time;
} wd_evtx_reader;

/* --- evtx_store.c --- */

/** Keeps a copy of a definition that compiled, unless the store is full or has it. NULL then. */
wd_evtx_template *wd_evtx_store_add(wd_evtx_store *s, const wd_evtx_fragment *f,
                                    const uint8_t *guid);
/** A template of this GUID whose definition at f->pos is the same; `*used` gets its length. */
wd_evtx_template *wd_evtx_store_same(wd_evtx_store *s, const wd_evtx_fragment *f,
                                     const uint8_t *guid, size_t *used);
/** A template to lend by identifier: only one with sound names, and only when no other template
 * contradicts it. */
wd_evtx_template *wd_evtx_store_lend(const wd_evtx_store *s, uint32_t id, wd_evtx_section section);

/* --- evtx_record.c --- */

/** Forgets the chunk before; offsets now count in `chunk`, which stands at `at` in the file. */
void wd_evtx_enter_chunk(wd_evtx_reader *r, wd_slice chunk, uint64_t at);
/**
 * Takes the body of a record (at [pos, end) of the chunk) apart: the routed values first; the
 * fields only when the sink wants them (`*wanted`). `*after` gets where its BinXML ends.
 */
WD_MUST_USE wd_status wd_evtx_take_body(wd_evtx_reader *r, size_t pos, size_t end,
                                        wd_evtx_routed *routed, bool *wanted, size_t *after);

/* --- evtx_emit.c --- */

/** Where a record stands and what its header says. */
typedef struct wd_evtx_place {
    size_t pos; /* in the chunk */
    uint32_t size;
    uint64_t id;
    wd_time written;
    bool recovered;
    wd_evtx_proof proof;
} wd_evtx_place;

/** Reads the record at a place and gives it to the sink, or counts it. WD_E_MALFORMED when nothing
 * can be given; other statuses end the file. */
WD_MUST_USE wd_status wd_evtx_give_record(wd_evtx_reader *r, const wd_evtx_place *p, size_t *after);
/** Reports damage at a place of the chunk in hand; at most WD_MAX_EVTX_DAMAGE per file. */
WD_MUST_USE wd_status wd_evtx_damage(wd_evtx_reader *r, wd_evtx_place p, const char *fmt, ...)
    WD_PRINTF(3, 4);
/** Ids and times of an allocated record, for gaps and jumps; also of those that failed. */
WD_MUST_USE wd_status wd_evtx_note_id(wd_evtx_reader *r, const wd_evtx_place *p);
/** Turns the runs of ids into gaps. */
WD_MUST_USE wd_status wd_evtx_find_gaps(wd_evtx_reader *r);

/* --- evtx_chunk.c --- */

/** Reads a chunk with a header, then its slack. */
WD_MUST_USE wd_status wd_evtx_read_chunk(wd_evtx_reader *r, wd_slice chunk, uint64_t at);
/** Looks for records in space without a chunk header; `grid` is where a chunk could begin. */
WD_MUST_USE wd_status wd_evtx_read_hole(wd_evtx_reader *r, uint64_t from, uint64_t to,
                                        uint64_t grid);
/** Tries the records again that no template of their own chunk fitted. */
WD_MUST_USE wd_status wd_evtx_read_waiting(wd_evtx_reader *r);

#endif

#ifndef WD_CORE_WIRE_H
#define WD_CORE_WIRE_H

#include "core/buf.h"
#include "core/vocab.h"

/*
 * What a worker sends to the coordinator: length-prefixed records, little-endian, read as hostile
 * input.
 *
 *   u32 length of what follows (at most WD_MAX_WIRE_RECORD)
 *   u8  type (wd_wire_type), then the body of that type
 *
 * Bodies are runs of fixed-width numbers and strings (u32 length, bytes). Unknown types, lengths
 * past the record, strings past WD_MAX_ATTR, a key given twice, enum values out of range and
 * left-over bytes are WD_E_MALFORMED. A string longer than WD_MAX_ATTR is cut when it is put, at a
 * character, with a mark; a list (answers, addresses, times) is cut at a blank, without one.
 */
typedef enum wd_wire_type {
    WD_WIRE_ITEM = 1,    /* identity and outcome of an item, when its examination ends; once */
    WD_WIRE_OBSERVATION, /* belongs to the item whose number it carries */
    WD_WIRE_FINDING,
    WD_WIRE_OUTPUT,   /* bytes for a stream mode (--jsonl, --records, --facts), already one or more
                         lines */
    WD_WIRE_PROGRESS, /* bytes of the item done so far */
    WD_WIRE_DONE,     /* the job is finished */
    WD_WIRE_OPEN, /* an item whose examination begins, body as ITEM: tells the coordinator whom a
                     crash costs; again when more is known of it; never handed on */
    WD_WIRE_TYPES
} wd_wire_type;

/** How the examination of an item ended. */
typedef enum wd_item_status {
    WD_ITEM_EXAMINED,
    WD_ITEM_PARTIAL,    /* damaged or cut by a limit; what could be read was */
    WD_ITEM_OTHER,      /* not a kind of evidence that is read here; accounted for, not an error */
    WD_ITEM_UNREADABLE, /* could not be examined: encrypted, crashed, hung, permission */
    WD_ITEM_DUPLICATE,  /* same content as an earlier item, examined once */
    WD_ITEM_STATUSES
} wd_item_status;

const char *wd_item_status_name(wd_item_status s);

/**
 * One item: a file (member 0) or a member of it, numbered in order of discovery. `parent` is the
 * member number of its container; for member 0 it is 0 as well. `name` is the member's own name.
 */
typedef struct wd_item_report {
    uint32_t member;
    uint32_t parent;
    uint32_t depth;
    wd_slice name;
    uint64_t size;
    bool hashed;
    uint8_t sha256[32];
    wd_slice kind; /* names of formats/sniff.h */
    wd_item_status status;
    wd_slice why; /* plain words when the status is not `examined` */
} wd_item_report;

/** A decoded record; strings borrow from the bytes it was decoded from. */
typedef struct wd_wire_record {
    wd_wire_type type;
    uint32_t member;     /* OBSERVATION, FINDING: the item they belong to */
    wd_item_report item; /* ITEM, OPEN */
    wd_obs obs;          /* OBSERVATION */
    wd_finding finding;  /* FINDING */
    wd_slice output;     /* OUTPUT */
    uint64_t progress;   /* PROGRESS */
} wd_wire_record;

void wd_wire_put_item(wd_buf *out, const wd_item_report *item);
void wd_wire_put_open(wd_buf *out, const wd_item_report *item);
void wd_wire_put_obs(wd_buf *out, uint32_t member, const wd_obs *obs);
void wd_wire_put_finding(wd_buf *out, uint32_t member, const wd_finding *f);
void wd_wire_put_output(wd_buf *out, wd_slice bytes);
void wd_wire_put_progress(wd_buf *out, uint64_t bytes);
void wd_wire_put_done(wd_buf *out);

/**
 * Takes one record off the front of `in`. WD_OK with *used 0 when `in` does not hold a whole one
 * yet. Fails: WD_E_MALFORMED, WD_E_LIMIT; then the stream is unusable.
 */
WD_MUST_USE wd_status wd_wire_take(wd_slice in, wd_wire_record *out, size_t *used, wd_err *err);

#endif

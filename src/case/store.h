#ifndef WD_CASE_STORE_H
#define WD_CASE_STORE_H

#include "core/vocab.h"
#include "core/wire.h"

/*
 * The case database, CASE/case.db (SQLite, WAL). One writer, the coordinator; everything else
 * reads.
 *
 *   meta(key, value)                    schema version, tool version
 *   item(ordinal, member, ...)          evidence items; member 0 is the file, others lie inside it
 *   obs(ordinal, member, seq, kind, time, host, body)
 *   finding(ordinal, member, seq, severity, rule, time, host, tier, number, body)
 *
 * `body` is the wire form (core/wire.h) of the observation or finding, so that the case holds
 * exactly what the worker said; the other columns are there to be searched. Ordinals follow the
 * sorted paths, so every list read back in (ordinal, member, seq) order is the same for any number
 * of workers.
 */
typedef struct wd_case wd_case;

/** Makes CASE with an empty database. `dir` must not exist or be empty: WD_E_USAGE names what is in
 * the way. */
WD_MUST_USE wd_status wd_case_create(wd_case **out, const char *dir, wd_err *err);
/** Opens an existing case for reading. WD_E_CORRUPT_CASE when it is not one, or of another schema.
 */
WD_MUST_USE wd_status wd_case_open(wd_case **out, const char *dir, wd_err *err);
/** A case that leaves nothing behind: in memory, and in an unlinked file when it outgrows that. */
WD_MUST_USE wd_status wd_case_open_temporary(wd_case **out, wd_err *err);
/** Commits what is open and closes. NULL is fine. */
wd_status wd_case_close(wd_case *cs, wd_err *err);
/** Folder of the case as given; "" for one in memory. */
const char *wd_case_dir(const wd_case *cs);

/** An item with its display path. Kept as the newest word on (ordinal, member). */
WD_MUST_USE wd_status wd_case_put_item(wd_case *cs, uint64_t ordinal, wd_slice path,
                                       const wd_item_report *item, wd_err *err);
WD_MUST_USE wd_status wd_case_put_obs(wd_case *cs, uint64_t ordinal, uint32_t member,
                                      const wd_obs *obs, wd_err *err);
WD_MUST_USE wd_status wd_case_put_finding(wd_case *cs, uint64_t ordinal, uint32_t member,
                                          const wd_finding *f, wd_err *err);
WD_MUST_USE wd_status wd_case_put_meta(wd_case *cs, const char *key, wd_slice value, wd_err *err);
/** Value of a meta key copied into `arena`; the empty slice when there is none. */
wd_slice wd_case_meta(wd_case *cs, const char *key, wd_arena *arena);

/**
 * Ends the collection: records of log-like items that have the same content as an earlier item are
 * dropped (the item stays as a duplicate), items get their numbers E-1, E-2 ... in (ordinal,
 * member) order.
 */
WD_MUST_USE wd_status wd_case_settle(wd_case *cs, wd_err *err);

/** Gives findings their numbers F-1, F-2 ...: severity first, then time, place and rule. Call once,
 * after the last one. */
WD_MUST_USE wd_status wd_case_number_findings(wd_case *cs, wd_err *err);

typedef struct wd_case_item {
    uint64_t number; /* of E-<number> */
    uint64_t ordinal;
    uint32_t member;
    uint32_t parent;
    wd_slice path;
    wd_slice kind;
    uint64_t size;
    wd_slice sha256; /* 64 hexadecimal digits, empty when it was not hashed */
    wd_item_status status;
    wd_slice why;
} wd_case_item;

typedef struct wd_case_obs {
    uint64_t row;
    uint64_t item; /* number of its item */
    wd_obs obs;
} wd_case_obs;

typedef struct wd_case_finding {
    uint64_t row;
    uint64_t number; /* of F-<number>, 0 before wd_case_number_findings */
    uint64_t item;
    wd_finding finding;
} wd_case_finding;

/*
 * Reading back. Slices live until the callback returns unless `arena` is given: then they are
 * copied there. A callback's failure ends the walk and is returned.
 */
WD_MUST_USE wd_status wd_case_each_item(wd_case *cs,
                                        wd_status (*each)(void *, const wd_case_item *), void *ctx,
                                        wd_err *err);
/** `kinds` is a bit set (1u << WD_OBS_...). In (ordinal, member, seq) order. */
WD_MUST_USE wd_status wd_case_each_obs(wd_case *cs, uint32_t kinds,
                                       wd_status (*each)(void *, const wd_case_obs *), void *ctx,
                                       wd_err *err);
/** Numbered findings by number; before numbering, in insertion order. */
WD_MUST_USE wd_status wd_case_each_finding(wd_case *cs,
                                           wd_status (*each)(void *, const wd_case_finding *),
                                           void *ctx, wd_err *err);

/** Copies every string of an observation or finding into `arena`. WD_E_NOMEM on its limit. */
WD_MUST_USE wd_status wd_obs_keep(wd_obs *o, wd_arena *arena);
WD_MUST_USE wd_status wd_finding_keep(wd_finding *f, wd_arena *arena);

#endif

#ifndef WD_CASE_BROWSE_H
#define WD_CASE_BROWSE_H

#include "case/store.h"

/*
 * Looking through a finished case: its records in order of time, by host, kind, time and text, a
 * page at a time. Opens the database by itself, for reading only, and takes it for unchanging.
 */
typedef struct wd_browse wd_browse;

/** WD_E_CORRUPT_CASE when `dir` holds no finished case. */
WD_MUST_USE wd_status wd_browse_open(wd_browse **out, const char *dir, wd_err *err);
void wd_browse_close(wd_browse *b); /* NULL is fine */

/** Where a page begins: behind this row. */
typedef struct wd_browse_place {
    wd_time time;
    uint64_t row;
} wd_browse_place;

typedef struct wd_browse_query {
    wd_slice text; /* bytes that the record holds, ASCII case ignored; empty for any */
    wd_slice host; /* exact name; empty for any */
    int kind;      /* wd_obs_kind, -1 for any */
    wd_time from;  /* WD_NO_TIME: open */
    wd_time to;
    const wd_browse_place *after; /* NULL: from the beginning */
    size_t limit;
} wd_browse_query;

/** Records that agree, by time and then row; those without a time come first. Slices live until the
 * callback returns. `*reached_end` tells whether there are no more behind the last one. */
WD_MUST_USE wd_status wd_browse_records(wd_browse *b, const wd_browse_query *query,
                                        wd_status (*each)(void *, const wd_case_obs *), void *ctx,
                                        bool *reached_end, wd_err *err);

typedef struct wd_browse_facet {
    wd_slice host; /* empty: records of no host */
    wd_obs_kind kind;
    uint64_t count;
} wd_browse_facet;

/** How many records each host has of each kind, most first, at most `limit` pairs. */
WD_MUST_USE wd_status wd_browse_facets(wd_browse *b, size_t limit,
                                       wd_status (*each)(void *, const wd_browse_facet *),
                                       void *ctx, wd_err *err);
/** Records in all. */
uint64_t wd_browse_total(wd_browse *b);

/** What wd_case_settle adds to a case so that the above is quick: SQL. */
extern const char wd_browse_index_sql[];

#endif

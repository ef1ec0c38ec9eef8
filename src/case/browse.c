#include "case/browse.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Virtual machine steps after which a search is given up: some ten million rows. */
#define MAX_STEPS 400000000
#define STEPS_AT_ONCE 1000000

struct wd_browse {
    sqlite3 *db;
    unsigned rounds; /* of STEPS_AT_ONCE in the running query */
};

/* The counts come out of the second index without touching the records. */
const char wd_browse_index_sql[] =
    "CREATE INDEX obs_time ON obs(time);"
    "CREATE INDEX obs_host ON obs(host, kind, time);"
    "CREATE TABLE facet(host TEXT, kind INTEGER, n INTEGER);"
    "INSERT INTO facet SELECT host, kind, count(*) AS n FROM obs GROUP BY host, kind"
    " ORDER BY n DESC, host, kind;";

static wd_status failed(wd_browse *b, wd_err *err)
{
    bool given_up = b->db != NULL && sqlite3_errcode(b->db) == SQLITE_INTERRUPT;
    return wd_fail(err, given_up ? WD_E_LIMIT : WD_E_CORRUPT_CASE, WD_NO_OFFSET, "case.browse",
                   "%s",
                   given_up        ? "the search went through too many records; narrow it by host, "
                                     "kind or time"
                   : b->db == NULL ? "out of memory"
                                   : sqlite3_errmsg(b->db));
}

/* holds(body, text): whether the bytes hold the text, ASCII case ignored. */
static void holds(sqlite3_context *ctx, int n, sqlite3_value **args)
{
    (void) n;
    wd_slice body = wd_slice_of(sqlite3_value_blob(args[0]), (size_t) sqlite3_value_bytes(args[0]));
    wd_slice text = wd_slice_of(sqlite3_value_blob(args[1]), (size_t) sqlite3_value_bytes(args[1]));
    sqlite3_result_int(ctx, wd_slice_find_nocase(body, text) != SIZE_MAX);
}

static int still_patient(void *ctx)
{
    wd_browse *b = ctx;
    return ++b->rounds > MAX_STEPS / STEPS_AT_ONCE;
}

/* "file:" address of the database; what has a meaning in an address is written by percent. */
static void address(wd_buf *out, const char *dir)
{
    wd_buf_str(out, "file:");
    for (const char *c = dir; *c != '\0'; c++) {
        if (strchr("%?#", *c) != NULL) {
            wd_buf_printf(out, "%%%02x", (unsigned) (unsigned char) *c);
        } else {
            wd_buf_byte(out, (uint8_t) *c);
        }
    }
    wd_buf_str(out, "/case.db?mode=ro&immutable=1");
    wd_buf_byte(out, 0);
}

static wd_status prepare(wd_browse *b, const char *dir, wd_err *err)
{
    wd_buf uri = {0};
    address(&uri, dir);
    int rc = uri.failed ? SQLITE_NOMEM
                        : sqlite3_open_v2((const char *) uri.ptr, &b->db,
                                          SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    wd_buf_free(&uri);
    if (rc != SQLITE_OK ||
        sqlite3_exec(b->db,
                     "PRAGMA trusted_schema=OFF; PRAGMA query_only=ON; PRAGMA mmap_size=268435456;"
                     "SELECT 1 FROM facet LIMIT 1;",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_create_function(b->db, "holds", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, holds,
                                NULL, NULL) != SQLITE_OK) {
        return failed(b, err);
    }
    sqlite3_progress_handler(b->db, STEPS_AT_ONCE, still_patient, b);
    return WD_OK;
}

wd_status wd_browse_open(wd_browse **out, const char *dir, wd_err *err)
{
    wd_browse *b = calloc(1, sizeof *b);
    if (b == NULL) {
        return wd_nomem(err, "case.browse");
    }
    wd_status s = prepare(b, dir, err);
    if (s != WD_OK) {
        wd_browse_close(b);
        return s;
    }
    *out = b;
    return WD_OK;
}

void wd_browse_close(wd_browse *b)
{
    if (b != NULL) {
        sqlite3_close(b->db);
        free(b);
    }
}

/* The conditions that the query states; parameters are numbered so that each may be absent. */
static void select_records(wd_buf *sql, const wd_browse_query *q)
{
    wd_buf_str(sql, "SELECT o.id, i.number, o.body FROM obs o JOIN item i USING(ordinal, member)"
                    " WHERE 1");
    wd_buf_str(sql, q->host.len > 0 ? " AND o.host=?1" : "");
    wd_buf_str(sql, q->kind >= 0 ? " AND o.kind=?2" : "");
    wd_buf_str(sql, q->from != WD_NO_TIME ? " AND o.time>=?3" : "");
    wd_buf_str(sql, q->to != WD_NO_TIME ? " AND o.time<=?4" : "");
    wd_buf_str(sql, q->after != NULL ? " AND (o.time,o.id)>(?5,?6)" : "");
    wd_buf_str(sql, q->text.len > 0 ? " AND holds(o.body,?7)" : "");
    wd_buf_str(sql, " ORDER BY o.time, o.id LIMIT ?8");
    wd_buf_byte(sql, 0);
}

static void bind(sqlite3_stmt *st, const wd_browse_query *q)
{
    sqlite3_bind_text(st, 1, (const char *) q->host.ptr, (int) q->host.len, SQLITE_STATIC);
    sqlite3_bind_int(st, 2, q->kind);
    sqlite3_bind_int64(st, 3, q->from);
    sqlite3_bind_int64(st, 4, q->to);
    sqlite3_bind_int64(st, 5, q->after != NULL ? q->after->time : 0);
    sqlite3_bind_int64(st, 6, q->after != NULL ? (sqlite3_int64) q->after->row : 0);
    sqlite3_bind_blob(st, 7, q->text.ptr, (int) q->text.len, SQLITE_STATIC);
    sqlite3_bind_int64(st, 8, (sqlite3_int64) q->limit + 1); /* one more tells of a next page */
}

static wd_status give(sqlite3_stmt *st, wd_status (*each)(void *, const wd_case_obs *), void *ctx,
                      wd_err *err)
{
    wd_wire_record record;
    size_t used = 0;
    wd_slice body = wd_slice_of(sqlite3_column_blob(st, 2), (size_t) sqlite3_column_bytes(st, 2));
    WD_TRY(wd_wire_take(body, &record, &used, err));
    if (used == 0 || record.type != WD_WIRE_OBSERVATION) {
        return wd_fail(err, WD_E_CORRUPT_CASE, WD_NO_OFFSET, "case.browse",
                       "a stored record does not decode");
    }
    wd_case_obs o = {(uint64_t) sqlite3_column_int64(st, 0), (uint64_t) sqlite3_column_int64(st, 1),
                     record.obs};
    return each(ctx, &o);
}

wd_status wd_browse_records(wd_browse *b, const wd_browse_query *query,
                            wd_status (*each)(void *, const wd_case_obs *), void *ctx,
                            bool *reached_end, wd_err *err)
{
    wd_buf sql = {0};
    sqlite3_stmt *st = NULL;
    select_records(&sql, query);
    int rc = sql.failed ? SQLITE_NOMEM
                        : sqlite3_prepare_v2(b->db, (const char *) sql.ptr, -1, &st, NULL);
    wd_buf_free(&sql);
    if (rc != SQLITE_OK) {
        return failed(b, err);
    }
    b->rounds = 0;
    bind(st, query);
    wd_status s = WD_OK;
    size_t n = 0;
    while (s == WD_OK && (rc = sqlite3_step(st)) == SQLITE_ROW && n < query->limit) {
        s = give(st, each, ctx, err);
        n++;
    }
    *reached_end = rc == SQLITE_DONE;
    if (s == WD_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) {
        s = failed(b, err);
    }
    sqlite3_finalize(st);
    return s;
}

wd_status wd_browse_facets(wd_browse *b, size_t limit,
                           wd_status (*each)(void *, const wd_browse_facet *), void *ctx,
                           wd_err *err)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(b->db, "SELECT host, kind, n FROM facet ORDER BY rowid LIMIT ?", -1, &st,
                           NULL) != SQLITE_OK) {
        return failed(b, err);
    }
    b->rounds = 0;
    sqlite3_bind_int64(st, 1, (sqlite3_int64) limit);
    wd_status s = WD_OK;
    int rc = SQLITE_DONE;
    while (s == WD_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        int kind = sqlite3_column_int(st, 1);
        wd_browse_facet f = {
            wd_slice_of(sqlite3_column_text(st, 0), (size_t) sqlite3_column_bytes(st, 0)),
            (wd_obs_kind) (kind >= 0 && kind < WD_OBS_KINDS ? kind : 0),
            (uint64_t) sqlite3_column_int64(st, 2)};
        s = each(ctx, &f);
    }
    if (s == WD_OK && rc != SQLITE_DONE) {
        s = failed(b, err);
    }
    sqlite3_finalize(st);
    return s;
}

uint64_t wd_browse_total(wd_browse *b)
{
    sqlite3_stmt *st = NULL;
    uint64_t n = 0;
    if (sqlite3_prepare_v2(b->db, "SELECT coalesce(sum(n),0) FROM facet", -1, &st, NULL) ==
            SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW) {
        n = (uint64_t) sqlite3_column_int64(st, 0);
    }
    sqlite3_finalize(st);
    return n;
}

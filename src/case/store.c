#include "case/store.h"

#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "case/browse.h"
#include "core/hash.h"

#define SCHEMA_VERSION "1"
#define ROWS_PER_COMMIT 50000U

enum { PUT_ITEM, PUT_OBS, PUT_FINDING, PUT_META, STATEMENTS };

struct wd_case {
    sqlite3 *db;
    sqlite3_stmt *put[STATEMENTS];
    char *dir;
    uint64_t seq;
    unsigned uncommitted;
    wd_buf body;
};

static const char *const schema =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE item(ordinal INTEGER, member INTEGER, parent INTEGER, depth INTEGER, path TEXT,"
    " name TEXT, size INTEGER, sha256 TEXT, kind TEXT, status INTEGER, why TEXT, number INTEGER,"
    " PRIMARY KEY(ordinal, member)) WITHOUT ROWID;"
    "CREATE TABLE obs(id INTEGER PRIMARY KEY, ordinal INTEGER, member INTEGER, seq INTEGER,"
    " kind INTEGER, time INTEGER, host TEXT, body BLOB);"
    "CREATE TABLE finding(id INTEGER PRIMARY KEY, ordinal INTEGER, member INTEGER, seq INTEGER,"
    " severity INTEGER, rule TEXT, time INTEGER, host TEXT, tier INTEGER, number INTEGER,"
    " off INTEGER, record INTEGER, subject TEXT, body BLOB);";

static const char *const put_sql[STATEMENTS] = {
    [PUT_ITEM] =
        "INSERT OR REPLACE INTO item(ordinal,member,parent,depth,path,name,size,sha256,kind,"
        "status,why) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_OBS] = "INSERT INTO obs(ordinal,member,seq,kind,time,host,body) VALUES(?,?,?,?,?,?,?)",
    [PUT_FINDING] =
        "INSERT INTO finding(ordinal,member,seq,severity,rule,time,host,tier,off,record,"
        "subject,body) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
    [PUT_META] = "INSERT OR REPLACE INTO meta(key,value) VALUES(?,?)",
};

static wd_status sql_failed(wd_case *cs, wd_err *err, const char *doing)
{
    return wd_fail(err, WD_E_IO, WD_NO_OFFSET, "case", "%s: %s", doing,
                   cs->db == NULL ? "out of memory" : sqlite3_errmsg(cs->db));
}

static wd_status exec(wd_case *cs, const char *sql, wd_err *err)
{
    if (sqlite3_exec(cs->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return sql_failed(cs, err, "case database");
    }
    return WD_OK;
}

static wd_case *new_case(const char *dir)
{
    wd_case *cs = calloc(1, sizeof *cs);
    if (cs != NULL) {
        cs->dir = strdup(dir);
        if (cs->dir == NULL) {
            free(cs);
            cs = NULL;
        }
    }
    return cs;
}

static void destroy(wd_case *cs)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(cs->put[i]);
    }
    sqlite3_close(cs->db);
    wd_buf_free(&cs->body);
    free(cs->dir);
    free(cs);
}

static wd_status open_db(wd_case *cs, const char *path, int flags, wd_err *err)
{
    if (sqlite3_open_v2(path, &cs->db, flags, NULL) != SQLITE_OK) {
        return sql_failed(cs, err, path);
    }
    sqlite3_extended_result_codes(cs->db, 1);
    return exec(
        cs, "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-16000;", err);
}

static wd_status make_schema(wd_case *cs, wd_err *err)
{
    /* A case that was cut off is made again from the evidence, so a lost last second costs nothing.
     */
    WD_TRY(exec(cs, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;", err));
    WD_TRY(exec(cs, schema, err));
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v2(cs->db, put_sql[i], -1, &cs->put[i], NULL) != SQLITE_OK) {
            return sql_failed(cs, err, "case schema");
        }
    }
    WD_TRY(exec(cs, "BEGIN", err));
    return wd_case_put_meta(cs, "schema", WD_S(SCHEMA_VERSION), err);
}

static wd_status empty_dir(const char *dir, wd_err *err)
{
    if (mkdir(dir, 0777) == 0) {
        return WD_OK;
    }
    if (errno != EEXIST) {
        return wd_fail(err, WD_E_IO, WD_NO_OFFSET, "case", "cannot make the case folder: %s",
                       strerror(errno));
    }
    DIR *d = opendir(dir);
    if (d == NULL) {
        return wd_fail(err, WD_E_USAGE, WD_NO_OFFSET, "case",
                       "the case folder cannot be used: %s; name another one with -o",
                       strerror(errno));
    }
    bool empty = true;
    for (struct dirent *e = readdir(d); e != NULL && empty; e = readdir(d)) {
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    }
    closedir(d);
    return empty ? WD_OK
                 : wd_fail(err, WD_E_USAGE, WD_NO_OFFSET, "case",
                           "the case folder is not empty; name a new one with -o");
}

static wd_status opened(wd_case *cs, wd_status s, wd_case **out)
{
    if (s != WD_OK) {
        destroy(cs);
        return s;
    }
    *out = cs;
    return WD_OK;
}

static char *db_path(const char *dir)
{
    char *path = NULL;
    return asprintf(&path, "%s/case.db", dir) < 0 ? NULL : path;
}

wd_status wd_case_create(wd_case **out, const char *dir, wd_err *err)
{
    WD_TRY(empty_dir(dir, err));
    wd_case *cs = new_case(dir);
    char *path = db_path(dir);
    if (cs == NULL || path == NULL) {
        free(path);
        if (cs != NULL) {
            destroy(cs);
        }
        return wd_nomem(err, "case");
    }
    wd_status s = open_db(cs, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    free(path);
    return opened(cs, s == WD_OK ? make_schema(cs, err) : s, out);
}

wd_status wd_case_open_temporary(wd_case **out, wd_err *err)
{
    wd_case *cs = new_case("");
    if (cs == NULL) {
        return wd_nomem(err, "case");
    }
    wd_status s = open_db(cs, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    return opened(cs, s == WD_OK ? make_schema(cs, err) : s, out);
}

static wd_status check_schema(wd_case *cs, wd_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(cs->db, "SELECT value FROM meta WHERE key='schema'", -1, &st, NULL);
    bool same = rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW &&
                strcmp((const char *) sqlite3_column_text(st, 0), SCHEMA_VERSION) == 0;
    sqlite3_finalize(st);
    return same ? WD_OK
                : wd_fail(err, WD_E_CORRUPT_CASE, WD_NO_OFFSET, "case",
                          "%s/case.db is not a case of this version; run investigate again",
                          cs->dir);
}

wd_status wd_case_open(wd_case **out, const char *dir, wd_err *err)
{
    wd_case *cs = new_case(dir);
    char *path = db_path(dir);
    if (cs == NULL || path == NULL) {
        free(path);
        if (cs != NULL) {
            destroy(cs);
        }
        return wd_nomem(err, "case");
    }
    wd_status s = open_db(cs, path, SQLITE_OPEN_READONLY, err);
    free(path);
    return opened(cs, s == WD_OK ? check_schema(cs, err) : s, out);
}

wd_status wd_case_close(wd_case *cs, wd_err *err)
{
    if (cs == NULL) {
        return WD_OK;
    }
    wd_status s = sqlite3_get_autocommit(cs->db) ? WD_OK : exec(cs, "COMMIT", err);
    destroy(cs);
    return s;
}

const char *wd_case_dir(const wd_case *cs)
{
    return cs->dir;
}

static void bind_slice(sqlite3_stmt *st, int i, wd_slice s)
{
    sqlite3_bind_text(st, i, s.len == 0 ? "" : (const char *) s.ptr, (int) s.len, SQLITE_STATIC);
}

static wd_status step(wd_case *cs, int which, wd_err *err)
{
    int rc = sqlite3_step(cs->put[which]);
    sqlite3_reset(cs->put[which]);
    sqlite3_clear_bindings(cs->put[which]);
    if (rc != SQLITE_DONE) {
        return sql_failed(cs, err, "writing to the case");
    }
    if (++cs->uncommitted >= ROWS_PER_COMMIT) {
        cs->uncommitted = 0;
        WD_TRY(exec(cs, "COMMIT; BEGIN", err));
    }
    return WD_OK;
}

wd_status wd_case_put_item(wd_case *cs, uint64_t ordinal, wd_slice path, const wd_item_report *item,
                           wd_err *err)
{
    sqlite3_stmt *st = cs->put[PUT_ITEM];
    char digest[WD_HEX_MAX] = "";
    if (item->hashed) {
        wd_hex(item->sha256, sizeof item->sha256, digest);
    }
    sqlite3_bind_int64(st, 1, (sqlite3_int64) ordinal);
    sqlite3_bind_int64(st, 2, item->member);
    sqlite3_bind_int64(st, 3, item->parent);
    sqlite3_bind_int64(st, 4, item->depth);
    bind_slice(st, 5, path);
    bind_slice(st, 6, item->name);
    sqlite3_bind_int64(st, 7, (sqlite3_int64) item->size);
    bind_slice(st, 8, wd_slice_str(digest));
    bind_slice(st, 9, item->kind);
    sqlite3_bind_int(st, 10, (int) item->status);
    bind_slice(st, 11, item->why);
    return step(cs, PUT_ITEM, err);
}

static wd_status bind_body(wd_case *cs, sqlite3_stmt *st, int i, wd_err *err)
{
    if (cs->body.failed) {
        return wd_nomem(err, "case");
    }
    sqlite3_bind_blob(st, i, cs->body.ptr, (int) cs->body.len, SQLITE_STATIC);
    return WD_OK;
}

wd_status wd_case_put_obs(wd_case *cs, uint64_t ordinal, uint32_t member, const wd_obs *obs,
                          wd_err *err)
{
    sqlite3_stmt *st = cs->put[PUT_OBS];
    wd_buf_clear(&cs->body);
    wd_wire_put_obs(&cs->body, member, obs);
    sqlite3_bind_int64(st, 1, (sqlite3_int64) ordinal);
    sqlite3_bind_int64(st, 2, member);
    sqlite3_bind_int64(st, 3, (sqlite3_int64) cs->seq++);
    sqlite3_bind_int(st, 4, (int) obs->kind);
    sqlite3_bind_int64(st, 5, obs->time);
    wd_slice host = wd_obs_get(obs, WD_K_HOST);
    bind_slice(st, 6, host.len > 0 ? host : wd_obs_get(obs, WD_K_SRC));
    WD_TRY(bind_body(cs, st, 7, err));
    return step(cs, PUT_OBS, err);
}

wd_status wd_case_put_finding(wd_case *cs, uint64_t ordinal, uint32_t member, const wd_finding *f,
                              wd_err *err)
{
    sqlite3_stmt *st = cs->put[PUT_FINDING];
    wd_buf_clear(&cs->body);
    wd_wire_put_finding(&cs->body, member, f);
    sqlite3_bind_int64(st, 1, (sqlite3_int64) ordinal);
    sqlite3_bind_int64(st, 2, member);
    sqlite3_bind_int64(st, 3, (sqlite3_int64) cs->seq++);
    sqlite3_bind_int(st, 4, (int) f->severity);
    bind_slice(st, 5, f->rule);
    sqlite3_bind_int64(st, 6, f->time);
    bind_slice(st, 7, f->host);
    sqlite3_bind_int(st, 8, f->tier);
    sqlite3_bind_int64(st, 9, (sqlite3_int64) f->span.offset);
    sqlite3_bind_int64(st, 10, (sqlite3_int64) f->span.record);
    bind_slice(st, 11, f->subject);
    WD_TRY(bind_body(cs, st, 12, err));
    return step(cs, PUT_FINDING, err);
}

wd_status wd_case_put_meta(wd_case *cs, const char *key, wd_slice value, wd_err *err)
{
    sqlite3_stmt *st = cs->put[PUT_META];
    bind_slice(st, 1, wd_slice_str(key));
    bind_slice(st, 2, value);
    return step(cs, PUT_META, err);
}

wd_slice wd_case_meta(wd_case *cs, const char *key, wd_arena *arena)
{
    sqlite3_stmt *st = NULL;
    wd_slice value = {0};
    if (sqlite3_prepare_v2(cs->db, "SELECT value FROM meta WHERE key=?", -1, &st, NULL) ==
        SQLITE_OK) {
        bind_slice(st, 1, wd_slice_str(key));
        if (sqlite3_step(st) == SQLITE_ROW) {
            value = wd_arena_copy(arena, wd_slice_of(sqlite3_column_text(st, 0),
                                                     (size_t) sqlite3_column_bytes(st, 0)));
        }
    }
    sqlite3_finalize(st);
    return value;
}

wd_status wd_case_settle(wd_case *cs, wd_err *err)
{
    /* Only logs and captures: the same library in two packages is two facts, the same log twice is
     * one. */
    static const char *const sql =
        "CREATE INDEX item_parent ON item(ordinal, parent);"
        "CREATE TEMP TABLE whole AS WITH RECURSIVE p(ordinal, member, path) AS ("
        "  SELECT ordinal, member, path FROM item WHERE member=0 UNION ALL"
        "  SELECT i.ordinal, i.member, p.path||' > '||i.name FROM p JOIN item i"
        "  ON i.ordinal=p.ordinal AND i.parent=p.member WHERE i.member>0) SELECT * FROM p;"
        "CREATE INDEX temp.whole_key ON whole(ordinal, member);"
        "UPDATE item SET path=(SELECT path FROM whole w WHERE w.ordinal=item.ordinal AND"
        "  w.member=item.member) WHERE member>0;"
        "DROP TABLE whole;"
        "CREATE INDEX item_sha ON item(sha256);"
        "CREATE TEMP TABLE twin AS SELECT i.ordinal, i.member, (SELECT e.path FROM item e WHERE"
        "  e.sha256=i.sha256 AND e.status IN (0,1) ORDER BY e.ordinal, e.member LIMIT 1) AS first"
        " FROM item i WHERE i.sha256<>'' AND i.size>0 AND i.status IN (0,1) AND i.kind IN"
        " ('evtx','eventjson','eventxml','auditd','pcap','pcapng','zeek','eve','dnslog','proxylog',"
        "'assets')"
        " AND EXISTS (SELECT 1 FROM item e WHERE e.sha256=i.sha256 AND e.status IN (0,1) AND"
        "  (e.ordinal<i.ordinal OR (e.ordinal=i.ordinal AND e.member<i.member)));"
        "DELETE FROM obs WHERE (ordinal,member) IN (SELECT ordinal,member FROM twin);"
        "DELETE FROM finding WHERE (ordinal,member) IN (SELECT ordinal,member FROM twin);"
        "UPDATE item SET status=4, why='same content as '||(SELECT first FROM twin t WHERE"
        "  t.ordinal=item.ordinal AND t.member=item.member)"
        " WHERE (ordinal,member) IN (SELECT ordinal,member FROM twin);"
        "DROP TABLE twin;"
        "CREATE TEMP TABLE ranked AS SELECT ordinal, member, row_number() OVER (ORDER BY ordinal, "
        "member)"
        "  AS n FROM item;"
        "CREATE INDEX temp.ranked_key ON ranked(ordinal, member);"
        "UPDATE item SET number=(SELECT n FROM ranked r WHERE r.ordinal=item.ordinal AND"
        "  r.member=item.member);"
        "DROP TABLE ranked;"
        "CREATE INDEX obs_order ON obs(kind, ordinal, member, seq);";
    cs->uncommitted = 0;
    WD_TRY(exec(cs, sql, err));
    /* Nobody looks through a case that is not kept. */
    return cs->dir[0] == '\0' ? WD_OK : exec(cs, wd_browse_index_sql, err);
}

wd_status wd_case_number_findings(wd_case *cs, wd_err *err)
{
    static const char *const sql =
        "CREATE TEMP TABLE ranked AS SELECT id, row_number() OVER (ORDER BY severity DESC, tier "
        "DESC, time,"
        " ordinal, member, off, record, rule, subject, seq) AS n FROM finding;"
        "CREATE INDEX temp.ranked_id ON ranked(id);"
        "UPDATE finding SET number=(SELECT n FROM ranked r WHERE r.id=finding.id);"
        "DROP TABLE ranked;"
        "CREATE INDEX finding_number ON finding(number);";
    return exec(cs, sql, err);
}

static wd_slice column(sqlite3_stmt *st, int i)
{
    return wd_slice_of(sqlite3_column_blob(st, i), (size_t) sqlite3_column_bytes(st, i));
}

struct callbacks;
typedef wd_status (*row_fn)(sqlite3_stmt *st, const struct callbacks *c, wd_err *err);

static wd_status each_row(wd_case *cs, const char *sql, row_fn row, const struct callbacks *c,
                          wd_err *err)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(cs->db, sql, -1, &st, NULL) != SQLITE_OK) {
        return sql_failed(cs, err, "reading the case");
    }
    wd_status s = WD_OK;
    int rc = SQLITE_DONE;
    while (s == WD_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        s = row(st, c, err);
    }
    if (s == WD_OK && rc != SQLITE_DONE) {
        s = sql_failed(cs, err, "reading the case");
    }
    sqlite3_finalize(st);
    return s;
}

typedef struct callbacks {
    wd_status (*item)(void *, const wd_case_item *);
    wd_status (*obs)(void *, const wd_case_obs *);
    wd_status (*finding)(void *, const wd_case_finding *);
    void *ctx;
} callbacks;

static wd_status item_row(sqlite3_stmt *st, const callbacks *c, wd_err *err)
{
    (void) err;
    wd_case_item item = {
        .number = (uint64_t) sqlite3_column_int64(st, 0),
        .ordinal = (uint64_t) sqlite3_column_int64(st, 1),
        .member = (uint32_t) sqlite3_column_int64(st, 2),
        .parent = (uint32_t) sqlite3_column_int64(st, 3),
        .path = column(st, 4),
        .kind = column(st, 5),
        .size = (uint64_t) sqlite3_column_int64(st, 6),
        .sha256 = column(st, 7),
        .status = (wd_item_status) sqlite3_column_int(st, 8),
        .why = column(st, 9),
    };
    return c->item(c->ctx, &item);
}

wd_status wd_case_each_item(wd_case *cs, wd_status (*each)(void *, const wd_case_item *), void *ctx,
                            wd_err *err)
{
    callbacks c = {.item = each, .ctx = ctx};
    return each_row(cs,
                    "SELECT number,ordinal,member,parent,path,kind,size,sha256,status,why FROM item"
                    " ORDER BY ordinal, member",
                    item_row, &c, err);
}

static wd_status decode(sqlite3_stmt *st, int i, wd_wire_type type, wd_wire_record *out,
                        wd_err *err)
{
    size_t used = 0;
    WD_TRY(wd_wire_take(column(st, i), out, &used, err));
    return used > 0 && out->type == type ? WD_OK
                                         : wd_fail(err, WD_E_CORRUPT_CASE, WD_NO_OFFSET, "case",
                                                   "a stored record does not decode");
}

static wd_status obs_row(sqlite3_stmt *st, const callbacks *c, wd_err *err)
{
    wd_wire_record record;
    WD_TRY(decode(st, 2, WD_WIRE_OBSERVATION, &record, err));
    wd_case_obs o = {(uint64_t) sqlite3_column_int64(st, 0), (uint64_t) sqlite3_column_int64(st, 1),
                     record.obs};
    return c->obs(c->ctx, &o);
}

wd_status wd_case_each_obs(wd_case *cs, uint32_t kinds,
                           wd_status (*each)(void *, const wd_case_obs *), void *ctx, wd_err *err)
{
    callbacks c = {.obs = each, .ctx = ctx};
    char sql[512];
    wd_buf list = {0};
    for (unsigned k = 0; k < WD_OBS_KINDS; k++) {
        if ((kinds & 1U << k) != 0) {
            wd_buf_printf(&list, "%s%u", list.len == 0 ? "" : ",", k);
        }
    }
    wd_buf_byte(&list, '\0');
    snprintf(sql, sizeof sql,
             "SELECT o.id, i.number, o.body FROM obs o JOIN item i USING(ordinal, member)"
             " WHERE o.kind IN (%s) ORDER BY o.ordinal, o.member, o.seq",
             list.failed ? "" : (const char *) list.ptr);
    wd_buf_free(&list);
    return each_row(cs, sql, obs_row, &c, err);
}

static wd_status finding_row(sqlite3_stmt *st, const callbacks *c, wd_err *err)
{
    wd_wire_record record;
    WD_TRY(decode(st, 3, WD_WIRE_FINDING, &record, err));
    wd_case_finding f = {(uint64_t) sqlite3_column_int64(st, 0),
                         (uint64_t) sqlite3_column_int64(st, 1),
                         (uint64_t) sqlite3_column_int64(st, 2), record.finding};
    return c->finding(c->ctx, &f);
}

wd_status wd_case_each_finding(wd_case *cs, wd_status (*each)(void *, const wd_case_finding *),
                               void *ctx, wd_err *err)
{
    callbacks c = {.finding = each, .ctx = ctx};
    return each_row(cs,
                    "SELECT f.id, f.number, i.number, f.body FROM finding f JOIN item i"
                    " USING(ordinal, member) ORDER BY f.number, f.ordinal, f.member, f.seq",
                    finding_row, &c, err);
}

static wd_status keep(wd_slice *s, wd_arena *arena)
{
    if (s->len > 0) {
        *s = wd_arena_copy(arena, *s);
        return s->ptr == NULL ? WD_E_NOMEM : WD_OK;
    }
    return WD_OK;
}

wd_status wd_obs_keep(wd_obs *o, wd_arena *arena)
{
    for (size_t i = 0; i < o->n_attrs; i++) {
        WD_TRY(keep(&o->attrs[i].value, arena));
    }
    return WD_OK;
}

wd_status wd_finding_keep(wd_finding *f, wd_arena *arena)
{
    wd_slice *const texts[] = {&f->rule,    &f->rule_id,    &f->title, &f->sentence,
                               &f->benign,  &f->techniques, &f->host,  &f->subject,
                               &f->excerpt, &f->campaign};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        WD_TRY(keep(texts[i], arena));
    }
    return WD_OK;
}

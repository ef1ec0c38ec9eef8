#include "case/browse.h"
#include "testing.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void make_case(char dir[static 64], size_t rows)
{
    snprintf(dir, 64, "/tmp/wd-browse-XXXXXX");
    assert_non_null(mkdtemp(dir));
    wd_case *cs = NULL;
    wd_err err = {0};
    assert_int_equal(wd_case_create(&cs, dir, &err), WD_OK);
    wd_item_report item = {.name = WD_S("log"), .size = 10, .kind = WD_S("zeek")};
    assert_int_equal(wd_case_put_item(cs, 1, WD_S("log"), &item, &err), WD_OK);
    for (size_t i = 0; i < rows; i++) {
        char name[40];
        wd_obs o = wd_obs_of(i % 2 == 0 ? WD_OBS_LOOKUP : WD_OBS_PROCESS, (wd_span){i, 1, 0},
                             (wd_time) (rows - i) * WD_TICKS_PER_SECOND);
        snprintf(name, sizeof name, "Name-%zu.example", i);
        wd_obs_set(&o, WD_K_HOST, i % 4 < 2 ? WD_S("WS-1") : WD_S("WS-2"));
        wd_obs_set(&o, WD_K_NAME, wd_slice_str(name));
        assert_int_equal(wd_case_put_obs(cs, 1, 0, &o, &err), WD_OK);
    }
    assert_int_equal(wd_case_settle(cs, &err), WD_OK);
    assert_int_equal(wd_case_close(cs, &err), WD_OK);
}

static void remove_case(const char *dir)
{
    static const char *const names[] = {"case.db", "case.db-wal", "case.db-shm"};
    char path[128];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void) unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
}

static wd_browse *open_case(const char *dir)
{
    wd_browse *b = NULL;
    wd_err err = {0};
    assert_int_equal(wd_browse_open(&b, dir, &err), WD_OK);
    return b;
}

typedef struct rows {
    size_t n;
    wd_browse_place last;
    char first[40];
} rows;

static wd_status count(void *ctx, const wd_case_obs *o)
{
    rows *r = ctx;
    wd_slice name = wd_obs_get(&o->obs, WD_K_NAME);
    if (r->n++ == 0) {
        snprintf(r->first, sizeof r->first, "%.*s", WD_ARG(name));
    }
    assert_true(o->obs.time >= r->last.time);
    r->last = (wd_browse_place){o->obs.time, o->row};
    return WD_OK;
}

static rows browse(wd_browse *b, const wd_browse_query *q, bool *end)
{
    rows r = {.last = {WD_NO_TIME, 0}};
    assert_int_equal(wd_browse_records(b, q, count, &r, end, NULL), WD_OK);
    return r;
}

static wd_browse_query everything(size_t limit)
{
    return (wd_browse_query){.kind = -1, .from = WD_NO_TIME, .to = WD_NO_TIME, .limit = limit};
}

static void pages_follow_each_other_without_gap_or_repeat(void **state)
{
    (void) state;
    char dir[64];
    make_case(dir, 95);
    wd_browse *b = open_case(dir);
    wd_browse_query q = everything(20);
    wd_browse_place at;
    size_t total = 0;
    bool end = false;
    for (size_t page = 0; !end; page++) {
        rows r = browse(b, &q, &end);
        total += r.n;
        at = r.last;
        q.after = &at;
        assert_true(page < 6);
    }
    assert_int_equal(total, 95);
    assert_int_equal(wd_browse_total(b), 95);
    wd_browse_close(b);
    remove_case(dir);
}

static void conditions_narrow_each_other(void **state)
{
    (void) state;
    char dir[64];
    make_case(dir, 100);
    wd_browse *b = open_case(dir);
    bool end = false;
    wd_browse_query q = everything(200);
    q.host = WD_S("WS-1");
    assert_int_equal(browse(b, &q, &end).n, 50);
    q.kind = WD_OBS_LOOKUP;
    assert_int_equal(browse(b, &q, &end).n, 25);
    q.text = WD_S("NAME-4"); /* 4, 40, 44, 48 of this host and kind */
    assert_int_equal(browse(b, &q, &end).n, 4);
    assert_true(end);
    q.from = 50 * WD_TICKS_PER_SECOND;
    q.to = 60 * WD_TICKS_PER_SECOND;
    rows r = browse(b, &q, &end);
    assert_int_equal(r.n, 3); /* row i stands at second 100 - i */
    assert_string_equal(r.first, "Name-48.example");
    q.text = WD_S("' OR 1=1 --");
    assert_int_equal(browse(b, &q, &end).n, 0);
    wd_browse_close(b);
    remove_case(dir);
}

static wd_status sum(void *ctx, const wd_browse_facet *f)
{
    *(uint64_t *) ctx += f->count;
    assert_true(f->kind == WD_OBS_LOOKUP || f->kind == WD_OBS_PROCESS);
    return WD_OK;
}

static void facets_add_up_to_the_records(void **state)
{
    (void) state;
    char dir[64];
    make_case(dir, 100);
    wd_browse *b = open_case(dir);
    uint64_t n = 0;
    assert_int_equal(wd_browse_facets(b, 100, sum, &n, NULL), WD_OK);
    assert_int_equal(n, 100);
    wd_browse_close(b);
    remove_case(dir);
}

static void a_folder_without_a_case_is_said_to_be_none(void **state)
{
    (void) state;
    wd_browse *b = NULL;
    wd_err err = {0};
    assert_int_equal(wd_browse_open(&b, "/tmp/no such folder %41?", &err), WD_E_CORRUPT_CASE);
    assert_null(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_follow_each_other_without_gap_or_repeat),
        cmocka_unit_test(conditions_narrow_each_other),
        cmocka_unit_test(facets_add_up_to_the_records),
        cmocka_unit_test(a_folder_without_a_case_is_said_to_be_none),
    };
    return RUN(tests);
}

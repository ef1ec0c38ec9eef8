#include "core/json.h"
#include "core/limits.h"
#include "testing.h"

typedef struct fixture {
    wd_arena *arena;
    wd_json_doc doc;
    wd_err err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = wd_arena_new(16U << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    wd_json_doc_free(&f->doc);
    wd_arena_free(f->arena);
    free(f);
    return 0;
}

static wd_status parse(fixture *f, wd_slice text)
{
    wd_err_clear(&f->err);
    return wd_json_parse(&f->doc, text, f->arena, 1000, &f->err);
}

static void every_type_is_read(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, WD_S(" {\"s\":\"a\\u00e9\\ud83d\\ude00\",\"n\":-1.5e2,\"t\":true,"
                                   "\"z\":null,\"l\":[1,2,[]]} ")),
                     WD_OK);
    const wd_json *root = f->doc.nodes;
    assert_slice(wd_json_text(root, "s"), "a\xc3\xa9\xf0\x9f\x98\x80");
    double d = 0;
    assert_true(wd_json_to_double(wd_json_get(root, "n"), &d));
    assert_float_equal(d, -150, 1e-9);
    assert_slice(wd_json_scalar(wd_json_get(root, "t")), "true");
    assert_true(wd_json_is(wd_json_get(root, "z"), WD_JSON_NULL));
    const wd_json *list = wd_json_get(root, "l");
    assert_int_equal(list->n, 3);
    size_t n = 0;
    WD_JSON_EACH (child, list) {
        n++;
        assert_true(child->type == WD_JSON_NUMBER || child->type == WD_JSON_ARRAY);
    }
    assert_int_equal(n, 3);
}

static void every_truncation_is_an_error_with_a_place(void **state)
{
    fixture *f = *state;
    wd_slice whole = WD_S("{\"a\":[1,\"x\\n\",true],\"b\":{\"c\":null}}");
    for (size_t len = 0; len < whole.len; len++) {
        wd_status s = parse(f, wd_slice_sub(whole, 0, len));
        assert_true(s == WD_E_TRUNCATED || s == WD_E_MALFORMED);
        assert_true(f->err.offset >= 1000 && f->err.offset <= 1000 + len);
    }
    assert_int_equal(parse(f, whole), WD_OK);
}

static void nesting_has_a_limit(void **state)
{
    fixture *f = *state;
    char deep[2 * WD_MAX_JSON_DEPTH + 8];
    memset(deep, '[', sizeof deep);
    assert_int_equal(parse(f, wd_slice_of(deep, WD_MAX_JSON_DEPTH + 1)), WD_E_LIMIT);
    memset(deep + WD_MAX_JSON_DEPTH, ']', WD_MAX_JSON_DEPTH);
    assert_int_equal(parse(f, wd_slice_of(deep, (size_t) 2 * WD_MAX_JSON_DEPTH)), WD_OK);
}

static void what_is_not_json_is_refused(void **state)
{
    fixture *f = *state;
    static const char *const bad[] = {"{a:1}", "[1,]",      "01x", "\"\\q\"", "tru",
                                      "[1 2]", "{\"a\" 1}", "1 1", "{,}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_not_equal(parse(f, wd_slice_str(bad[i])), WD_OK);
    }
}

static void a_stream_is_taken_value_by_value(void **state)
{
    fixture *f = *state;
    wd_slice rest = WD_S("{\"a\":1}\n[2] 3");
    size_t used = 0;
    size_t n = 0;
    while (wd_slice_trim(rest).len > 0) {
        assert_int_equal(wd_json_parse_prefix(&f->doc, rest, f->arena, 0, &used, &f->err), WD_OK);
        rest = wd_slice_sub(rest, used, rest.len);
        n++;
    }
    assert_int_equal(n, 3);
}

static void the_writer_escapes_and_places_commas(void **state)
{
    (void) state;
    wd_buf out = {0};
    wd_jw w = wd_jw_init(&out, 0);
    wd_jw_object(&w);
    wd_jw_member_slice(&w, "a\"b", WD_S("x\n\x01\xff"));
    wd_jw_key(&w, "l");
    wd_jw_array(&w);
    wd_jw_u64(&w, 1);
    wd_jw_double(&w, 0.5, 3);
    wd_jw_double(&w, -0.0001, 2);
    wd_jw_array(&w);
    wd_jw_array_end(&w);
    wd_jw_array_end(&w);
    wd_jw_member_time(&w, "t", 0);
    wd_jw_object_end(&w);
    assert_slice(wd_buf_slice(&out), "{\"a\\\"b\":\"x\\n\\u0001\xef\xbf\xbd\",\"l\":[1,0.5,0,[]],"
                                     "\"t\":\"1970-01-01T00:00:00Z\"}");
    wd_buf_free(&out);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_type_is_read),
        CASE(every_truncation_is_an_error_with_a_place),
        CASE(nesting_has_a_limit),
        CASE(what_is_not_json_is_refused),
        CASE(a_stream_is_taken_value_by_value),
        CASE(the_writer_escapes_and_places_commas),
    };
    return RUN(tests);
}

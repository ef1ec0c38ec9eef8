#include "core/yaml.h"
#include "testing.h"

static wd_status parse(wd_arena *a, wd_json_doc *doc, const char *text, size_t **roots, size_t *n,
                       wd_err *err)
{
    return wd_yaml_parse(doc, wd_slice_str(text), a, roots, n, err);
}

static void plain_scalars_get_types_and_quoted_ones_stay_text(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(1U << 20);
    wd_json_doc doc = {0};
    size_t *roots = NULL;
    size_t n = 0;
    assert_int_equal(
        parse(a, &doc, "a: 1\nb: '1'\nc: true\nd:\ne: [x, 2.5]\nf: 0x10\n", &roots, &n, NULL),
        WD_OK);
    const wd_json *r = &doc.nodes[roots[0]];
    assert_true(wd_json_is(wd_json_get(r, "a"), WD_JSON_NUMBER));
    assert_true(wd_json_is(wd_json_get(r, "b"), WD_JSON_STRING));
    assert_true(wd_json_is(wd_json_get(r, "c"), WD_JSON_TRUE));
    assert_true(wd_json_is(wd_json_get(r, "d"), WD_JSON_NULL));
    assert_int_equal(wd_json_get(r, "e")->n, 2);
    assert_true(wd_json_is(wd_json_get(r, "f"), WD_JSON_STRING));
    wd_json_doc_free(&doc);
    wd_arena_free(a);
}

static void a_stream_holds_several_documents(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(1U << 20);
    wd_json_doc doc = {0};
    size_t *roots = NULL;
    size_t n = 0;
    assert_int_equal(parse(a, &doc, "a: 1\n---\nb: 2\n---\n- c\n", &roots, &n, NULL), WD_OK);
    assert_int_equal(n, 3);
    assert_non_null(wd_json_get(&doc.nodes[roots[1]], "b"));
    wd_json_doc_free(&doc);
    wd_arena_free(a);
}

static void an_alias_bomb_ends_in_a_limit(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(64U << 20);
    wd_json_doc doc = {0};
    size_t *roots = NULL;
    size_t n = 0;
    wd_err err = {0};
    wd_buf text = {0};
    wd_buf_str(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
        wd_buf_printf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) {
            wd_buf_printf(&text, "%s*a%d", k == 0 ? "" : ",", i - 1);
        }
        wd_buf_str(&text, "]\n");
    }
    wd_status s = wd_yaml_parse(&doc, wd_buf_slice(&text), a, &roots, &n, &err);
    assert_true(s == WD_E_LIMIT || s == WD_E_NOMEM);
    wd_buf_free(&text);
    wd_json_doc_free(&doc);
    wd_arena_free(a);
}

static void broken_text_is_named_with_its_place(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(1U << 20);
    wd_json_doc doc = {0};
    size_t *roots = NULL;
    size_t n = 0;
    wd_err err = {0};
    assert_int_equal(parse(a, &doc, "a: [1, 2\nb: 3\n", &roots, &n, &err), WD_E_MALFORMED);
    assert_true(err.offset != WD_NO_OFFSET);
    assert_non_null(strstr(err.text, "line"));
    wd_json_doc_free(&doc);
    wd_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_get_types_and_quoted_ones_stay_text),
        cmocka_unit_test(a_stream_holds_several_documents),
        cmocka_unit_test(an_alias_bomb_ends_in_a_limit),
        cmocka_unit_test(broken_text_is_named_with_its_place),
    };
    return RUN(tests);
}

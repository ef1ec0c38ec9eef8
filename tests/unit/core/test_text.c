#include "core/text.h"
#include "testing.h"

typedef void (*sink)(wd_buf *, wd_slice);

static void assert_escaped(sink to, wd_slice in, const char *want)
{
    wd_buf out = {0};
    to(&out, in);
    assert_slice(wd_buf_slice(&out), want);
    wd_buf_free(&out);
}

static void nothing_reaches_a_terminal_raw(void **state)
{
    (void) state;
    assert_escaped(wd_text_terminal, WD_S("\x1b[31mred"), "\\x1b[31mred");
    assert_escaped(wd_text_terminal, WD_S("a\r\nb\tc"), "a\\r\\nb\\tc");
    assert_escaped(wd_text_terminal, WD_S("exe\xe2\x80\xaegpj"), "exe\\u{202e}gpj");
    assert_escaped(wd_text_terminal,
                   WD_S("\xc2\x9b"
                        "31m"),
                   "\\u{9b}31m");
    assert_escaped(wd_text_terminal, WD_S("\xff\xfe"), "\xef\xbf\xbd\xef\xbf\xbd");
}

static void no_byte_value_gets_through_to_a_terminal_unseen(void **state)
{
    (void) state;
    for (unsigned b = 0; b < 256; b++) {
        uint8_t byte = (uint8_t) b;
        wd_buf out = {0};
        wd_text_terminal(&out, wd_slice_of(&byte, 1));
        for (size_t i = 0; i < out.len; i++) {
            assert_true(out.ptr[i] >= 0x20 && out.ptr[i] != 0x7f);
        }
        wd_buf_free(&out);
    }
}

static void markup_stays_text(void **state)
{
    (void) state;
    assert_escaped(wd_text_html, WD_S("<script>\"'&"), "&lt;script&gt;&quot;&#39;&amp;");
}

static void a_spreadsheet_sees_no_formula(void **state)
{
    (void) state;
    assert_escaped(wd_text_csv, WD_S("=cmd|'/c calc'!A1"), "\"'=cmd|'/c calc'!A1\"");
    assert_escaped(wd_text_csv, WD_S("a\"b,c"), "\"a\"\"b,c\"");
    assert_escaped(wd_text_csv, WD_S("plain"), "plain");
    assert_escaped(wd_text_csv, WD_S("-1+2"), "\"'-1+2\"");
}

static void names_and_addresses_are_defanged(void **state)
{
    (void) state;
    assert_escaped(wd_text_defang, WD_S("https://a.example/x.y"), "hxxps://a[.]example/x[.]y");
    assert_escaped(wd_text_defang, WD_S("192.0.2.1"), "192[.]0[.]2[.]1");
}

static void utf16_with_lone_surrogates_becomes_valid_utf8(void **state)
{
    (void) state;
    static const uint8_t in[] = {'a',  0,    0x00, 0xd8, 'b',  0,   0x3d,
                                 0xd8, 0x00, 0xde, 0xe9, 0x00, 0x7f};
    wd_arena *a = wd_arena_new(1U << 16);
    wd_slice out = wd_utf16le_to_utf8(a, wd_slice_of(in, sizeof in));
    assert_slice(out, "a\xef\xbf\xbd"
                      "b\xf0\x9f\x98\x80\xc3\xa9");
    assert_true(wd_utf8_valid(out));
    wd_arena_free(a);
}

static void overlong_and_surrogate_utf8_is_invalid(void **state)
{
    (void) state;
    assert_false(wd_utf8_valid(WD_S("\xc0\x80")));
    assert_false(wd_utf8_valid(WD_S("\xe0\x80\x80")));
    assert_false(wd_utf8_valid(WD_S("\xed\xa0\x80")));
    assert_false(wd_utf8_valid(WD_S("\xf4\x90\x80\x80")));
    assert_false(wd_utf8_valid(WD_S("\xe2\x82")));
    assert_true(wd_utf8_valid(WD_S("\xf4\x8f\xbf\xbf")));
}

static void entropy_is_zero_for_one_byte_and_eight_for_all(void **state)
{
    (void) state;
    uint8_t all[256];
    for (size_t i = 0; i < 256; i++) {
        all[i] = (uint8_t) i;
    }
    assert_float_equal(wd_entropy(wd_slice_of(all, 256)), 8.0, 1e-9);
    memset(all, 7, sizeof all);
    assert_float_equal(wd_entropy(wd_slice_of(all, 256)), 0.0, 1e-9);
    assert_float_equal(wd_entropy((wd_slice){0}), 0.0, 1e-9);
}

static void globs_match_without_exploding(void **state)
{
    (void) state;
    assert_true(wd_glob_nocase(WD_S("*\\App\\*.DLL"), WD_S("C:\\app\\x.dll")));
    assert_false(wd_glob_nocase(WD_S("a?c"), WD_S("ac")));
    assert_true(wd_glob_nocase(WD_S(""), WD_S("")));
    assert_true(wd_glob_nocase(WD_S("**"), WD_S("")));
    uint8_t text[4000];
    memset(text, 'a', sizeof text);
    assert_false(wd_glob_nocase(WD_S("*a*a*a*a*a*a*a*a*b"), wd_slice_of(text, sizeof text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_reaches_a_terminal_raw),
        cmocka_unit_test(no_byte_value_gets_through_to_a_terminal_unseen),
        cmocka_unit_test(markup_stays_text),
        cmocka_unit_test(a_spreadsheet_sees_no_formula),
        cmocka_unit_test(names_and_addresses_are_defanged),
        cmocka_unit_test(utf16_with_lone_surrogates_becomes_valid_utf8),
        cmocka_unit_test(overlong_and_surrogate_utf8_is_invalid),
        cmocka_unit_test(entropy_is_zero_for_one_byte_and_eight_for_all),
        cmocka_unit_test(globs_match_without_exploding),
    };
    return RUN(tests);
}

#include "testing.h"

#include "core/fold.h"
#include "core/text.h"

static void check(const char *in, const char *want)
{
    uint8_t out[256];
    wd_fold(out, wd_slice_str(in));
    assert_slice(wd_slice_of(out, strlen(in)), want);
}

static void ascii_letters_lose_their_case_and_nothing_else_changes(void **state)
{
    (void) state;
    check("C:\\Windows\\System32\\CMD.EXE [@Z`{]", "c:\\windows\\system32\\cmd.exe [@z`{]");
    check("", "");
}

static void letters_of_other_scripts_fold(void **state)
{
    (void) state;
    check("\xc3\x84\xc3\x96\xc3\x9c", "\xc3\xa4\xc3\xb6\xc3\xbc"); /* German umlauts */
    check("\xd0\x96\xd0\x81", "\xd0\xb6\xd1\x91");                 /* Cyrillic */
    check("\xce\xa3\xce\xa9", "\xcf\x83\xcf\x89");                 /* Greek */
    check("\xef\xbc\xa1", "\xef\xbd\x81");                         /* full-width A */
    check("\xc3\x97", "\xc3\x97");                                 /* the times sign is no letter */
}

static void bytes_that_are_not_utf8_stay(void **state)
{
    (void) state;
    check("A\xff\xc3"
          "B",
          "a\xff\xc3"
          "b");
    check("\xe2\x84", "\xe2\x84");
}

/* The scan of raw text relies on it: no folding may change a length or make an ASCII letter. */
static void every_folding_keeps_its_length_and_its_side_of_ascii(void **state)
{
    (void) state;
    for (uint32_t cp = 0x80; cp < 0x11000; cp++) {
        wd_buf a = {0};
        wd_buf b = {0};
        wd_utf8_add(&a, cp);
        wd_utf8_add(&b, wd_fold_char(cp));
        assert_int_equal(a.len, b.len);
        assert_true(wd_fold_char(cp) >= 0x80);
        assert_int_equal(wd_fold_char(wd_fold_char(cp)), wd_fold_char(cp));
        wd_buf_free(&a);
        wd_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_letters_lose_their_case_and_nothing_else_changes),
        cmocka_unit_test(letters_of_other_scripts_fold),
        cmocka_unit_test(bytes_that_are_not_utf8_stay),
        cmocka_unit_test(every_folding_keeps_its_length_and_its_side_of_ascii),
    };
    return RUN(tests);
}

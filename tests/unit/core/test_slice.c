#include "core/slice.h"
#include "testing.h"

static void numbers_are_whole_slices_without_overflow(void **state)
{
    (void) state;
    uint64_t v = 0;
    assert_true(wd_slice_to_u64(WD_S("18446744073709551615"), &v));
    assert_true(v == UINT64_MAX);
    assert_false(wd_slice_to_u64(WD_S("18446744073709551616"), &v));
    assert_false(wd_slice_to_u64(WD_S(""), &v));
    assert_false(wd_slice_to_u64(WD_S("12 "), &v));
    assert_true(wd_slice_hex_to_u64(WD_S("0xFfee"), &v));
    assert_int_equal(v, 0xffee);
    assert_false(wd_slice_hex_to_u64(WD_S("0x"), &v));
    assert_false(wd_slice_hex_to_u64(WD_S("11223344556677889"), &v));
    int64_t i = 0;
    assert_true(wd_slice_to_i64(WD_S("-42"), &i));
    assert_int_equal(i, -42);
}

static void fractions_do_not_depend_on_the_locale(void **state)
{
    (void) state;
    double d = 0;
    assert_true(wd_slice_to_double(WD_S("-12.5e2"), &d));
    assert_float_equal(d, -1250.0, 1e-9);
    assert_false(wd_slice_to_double(WD_S("1,5"), &d));
    assert_false(wd_slice_to_double(WD_S("."), &d));
    assert_false(wd_slice_to_double(WD_S("1e999"), &d));
}

static void parts_never_pass_the_end(void **state)
{
    (void) state;
    wd_slice s = WD_S("abcdef");
    assert_slice(wd_slice_sub(s, 4, 100), "ef");
    assert_int_equal(wd_slice_sub(s, 6, 1).len, 0);
    assert_int_equal(wd_slice_sub(s, SIZE_MAX, SIZE_MAX).len, 0);
}

static void splitting_gives_every_piece_and_then_ends(void **state)
{
    (void) state;
    wd_slice rest = WD_S("a,,b");
    wd_slice piece;
    assert_true(wd_slice_split(&rest, ',', &piece));
    assert_slice(piece, "a");
    assert_true(wd_slice_split(&rest, ',', &piece));
    assert_slice(piece, "");
    assert_true(wd_slice_split(&rest, ',', &piece));
    assert_slice(piece, "b");
    assert_false(wd_slice_split(&rest, ',', &piece));
}

static void lines_lose_their_ends_in_both_styles(void **state)
{
    (void) state;
    wd_slice rest = WD_S("one\r\ntwo\nthree");
    wd_slice line;
    assert_true(wd_slice_line(&rest, &line));
    assert_slice(line, "one");
    assert_true(wd_slice_line(&rest, &line));
    assert_slice(line, "two");
    assert_true(wd_slice_line(&rest, &line));
    assert_slice(line, "three");
    assert_false(wd_slice_line(&rest, &line));
}

static void the_base_of_a_path_knows_both_separators(void **state)
{
    (void) state;
    assert_slice(wd_path_base(WD_S("C:\\Windows\\System32\\cmd.exe")), "cmd.exe");
    assert_slice(wd_path_base(WD_S("/usr/bin/sh")), "sh");
    assert_slice(wd_path_base(WD_S("plain")), "plain");
}

static void order_is_total_and_shorter_comes_first(void **state)
{
    (void) state;
    assert_true(wd_slice_cmp(WD_S("ab"), WD_S("abc")) < 0);
    assert_true(wd_slice_cmp(WD_S("b"), WD_S("abc")) > 0);
    assert_int_equal(wd_slice_cmp(WD_S("x"), WD_S("x")), 0);
    assert_true(wd_slice_eq_nocase(WD_S("AbC"), WD_S("aBc")));
    assert_int_equal(wd_slice_find_nocase(WD_S("hello World"), WD_S("WORLD")), 6);
    assert_int_equal(wd_slice_find(WD_S("aaa"), WD_S("b")), SIZE_MAX);
}

static void sorting_nothing_needs_no_list(void **state)
{
    (void) state;
    wd_slice list[] = {WD_S("b"), WD_S("ab"), WD_S("a")};
    wd_sort(NULL, 0, sizeof list[0], wd_slice_qsort);
    wd_sort(list, 3, sizeof list[0], wd_slice_qsort);
    assert_true(wd_slice_eq(list[0], WD_S("a")) && wd_slice_eq(list[2], WD_S("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_whole_slices_without_overflow),
        cmocka_unit_test(fractions_do_not_depend_on_the_locale),
        cmocka_unit_test(parts_never_pass_the_end),
        cmocka_unit_test(splitting_gives_every_piece_and_then_ends),
        cmocka_unit_test(lines_lose_their_ends_in_both_styles),
        cmocka_unit_test(the_base_of_a_path_knows_both_separators),
        cmocka_unit_test(sorting_nothing_needs_no_list),
        cmocka_unit_test(order_is_total_and_shorter_comes_first),
    };
    return RUN(tests);
}

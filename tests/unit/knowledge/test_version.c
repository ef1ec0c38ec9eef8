#include "testing.h"

#include "knowledge/campaign.h"

static int cmp(const char *a, const char *b)
{
    int d = wd_version_cmp(wd_slice_str(a), wd_slice_str(b));
    assert_int_equal(wd_version_cmp(wd_slice_str(b), wd_slice_str(a)), -d);
    return d;
}

static bool in(const char *spec, const char *version)
{
    return wd_version_in(wd_slice_str(spec), wd_slice_str(version));
}

static void numbers_are_compared_as_numbers(void **state)
{
    (void) state;
    assert_int_equal(cmp("18.12.407", "18.12.416"), -1);
    assert_int_equal(cmp("9.10", "9.9"), 1);
    assert_int_equal(cmp("1.007", "1.7"), 0);
    assert_int_equal(cmp("1.99999999999999999999999999", "1.2"), 1);
}

static void missing_numbers_are_zeros(void **state)
{
    (void) state;
    assert_int_equal(cmp("2", "2.0.0"), 0);
    assert_int_equal(cmp("18.12.416", "18.12.416.0"), 0);
    assert_int_equal(cmp("2.0.1", "2"), 1);
    assert_int_equal(cmp("", ""), 0);
}

static void words_sort_behind_the_release_and_candidates_before_it(void **state)
{
    (void) state;
    assert_int_equal(cmp("2019.4", "2019.4 HF5"), -1);
    assert_int_equal(cmp("2019.4 HF5", "2019.4 HF6"), -1);
    assert_int_equal(cmp("1.0-rc1", "1.0"), -1);
    assert_int_equal(cmp("1.0-beta", "1.0-rc1"), -1);
    assert_int_equal(cmp("2019.4 HF5", "2019.5"), -1);
}

static void a_range_holds_both_its_ends_and_nothing_outside(void **state)
{
    (void) state;
    assert_true(in("2020.2..2020.2 HF1", "2020.2"));
    assert_true(in("2020.2..2020.2 HF1", "2020.2 HF1"));
    assert_false(in("2020.2..2020.2 HF1", "2020.2 HF2"));
    assert_false(in("2020.2..2020.2 HF1", "2019.4"));
    assert_true(in("..1.5", "0.1"));
    assert_true(in("1.5..", "99"));
}

static void a_version_without_a_number_is_in_nothing(void **state)
{
    (void) state;
    assert_false(in("1.0..2.0", "unknown"));
    assert_false(in("..", ""));
    assert_false(in("", ""));
}

static void a_prefix_is_not_the_version(void **state)
{
    (void) state;
    assert_false(in("18.12", "18.12.416"));
    assert_true(in("18.12.416", "18.12.416"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_compared_as_numbers),
        cmocka_unit_test(missing_numbers_are_zeros),
        cmocka_unit_test(words_sort_behind_the_release_and_candidates_before_it),
        cmocka_unit_test(a_range_holds_both_its_ends_and_nothing_outside),
        cmocka_unit_test(a_version_without_a_number_is_in_nothing),
        cmocka_unit_test(a_prefix_is_not_the_version),
    };
    return RUN(tests);
}

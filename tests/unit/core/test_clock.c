#include "core/clock.h"
#include "testing.h"

static void assert_round(const char *text, const char *want)
{
    char out[WD_TIME_TEXT];
    wd_time t = 0;
    assert_true(wd_time_parse(wd_slice_str(text), &t));
    assert_string_equal(wd_time_format(t, out), want);
}

static void iso_times_come_back_in_utc(void **state)
{
    (void) state;
    assert_round("2023-03-29T11:10:00-04:00", "2023-03-29T15:10:00Z");
    assert_round("2023-03-29 11:10:00.5", "2023-03-29T11:10:00.5Z");
    assert_round("2023-03-29T11:10:00.1234567890Z", "2023-03-29T11:10:00.1234567Z");
    assert_round("2024-02-29", "2024-02-29T00:00:00Z");
    assert_round("1601-01-01T00:00:00Z", "1601-01-01T00:00:00Z");
    assert_round("2023-03-29T11:10:00+0530", "2023-03-29T05:40:00Z");
}

static void what_is_no_time_is_refused(void **state)
{
    (void) state;
    wd_time t = 0;
    static const char *const bad[] = {"",
                                      "2023",
                                      "2023-13-01",
                                      "2023-02-29",
                                      "2023-03-29T25:00:00Z",
                                      "2023-03-29T11:10:00Q",
                                      "2023-03-29T11:10:00Z ",
                                      "x023-03-29"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(wd_time_parse(wd_slice_str(bad[i]), &t));
    }
}

static void filetime_and_unix_agree(void **state)
{
    (void) state;
    char out[WD_TIME_TEXT];
    assert_string_equal(wd_time_format(wd_time_from_filetime(133245574001234567U), out),
                        "2023-03-29T09:56:40.1234567Z");
    assert_true(wd_time_from_filetime(133245574000000000U) == wd_time_from_unix(1680083800, 0));
    assert_true(wd_time_from_filetime(0) == WD_NO_TIME);
    assert_true(wd_time_from_filetime(UINT64_MAX) == WD_NO_TIME);
    assert_string_equal(wd_time_format(WD_NO_TIME, out), "");
}

static void epoch_text_keeps_its_fraction_exactly(void **state)
{
    (void) state;
    wd_time t = 0;
    assert_true(wd_time_from_epoch_text(WD_S("1679900000.123456"), &t));
    assert_true(t == INT64_C(16799000001234560));
    assert_false(wd_time_from_epoch_text(WD_S("1679900000.12x"), &t));
    assert_false(wd_time_from_epoch_text(WD_S("-"), &t));
    assert_false(wd_time_from_epoch_text(WD_S("99999999999999999999"), &t));
}

static void seven_digits_are_printed_as_windows_does(void **state)
{
    (void) state;
    char out[WD_TIME_TEXT];
    assert_string_equal(wd_time_format_full(0, out), "1970-01-01T00:00:00.0000000Z");
    assert_string_equal(wd_time_format_seconds(-1, out), "1969-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_times_come_back_in_utc),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(filetime_and_unix_agree),
        cmocka_unit_test(epoch_text_keeps_its_fraction_exactly),
        cmocka_unit_test(seven_digits_are_printed_as_windows_does),
    };
    return RUN(tests);
}

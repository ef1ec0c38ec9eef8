#include "testing.h"

#include "core/needle.h"

static void a_needle_is_found_wherever_it_stands(void **state)
{
    (void) state;
    static const char text[] = "c:\\windows\\system32\\cmd.exe /c \"whoami /all & ipconfig\" > out";
    wd_slice hay = wd_slice_str(text);
    for (size_t from = 0; from < hay.len; from++) {
        for (size_t len = 1; from + len <= hay.len; len++) {
            wd_needle n = wd_needle_of(wd_slice_sub(hay, from, len));
            assert_true(wd_needle_in(&n, hay));
            /* and in every text that just holds it */
            assert_true(wd_needle_in(&n, wd_slice_sub(hay, from, len)));
            assert_true(wd_needle_in(&n, wd_slice_sub(hay, from > 20 ? from - 20 : 0, 60 + len)));
        }
    }
}

static void it_agrees_with_a_plain_search(void **state)
{
    (void) state;
    uint8_t hay[100];
    uint8_t text[6];
    uint32_t r = 1;
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof hay; i++) {
            r = r * 1103515245 + 12345;
            hay[i] = (uint8_t) ("ab\\"[(r >> 16) % 3]);
        }
        size_t len = 1 + (r >> 8) % sizeof text;
        for (size_t i = 0; i < len; i++) {
            r = r * 1103515245 + 12345;
            text[i] = (uint8_t) ("ab\\"[(r >> 16) % 3]);
        }
        wd_slice h = wd_slice_of(hay, (r >> 4) % (sizeof hay + 1));
        wd_needle n = wd_needle_of(wd_slice_of(text, len));
        assert_int_equal(wd_needle_in(&n, h), wd_slice_find(h, n.text) != SIZE_MAX);
    }
}

static void the_empty_needle_is_in_everything(void **state)
{
    (void) state;
    wd_needle n = wd_needle_of(WD_S(""));
    assert_true(wd_needle_in(&n, WD_S("")));
    assert_true(wd_needle_in(&n, WD_S("x")));
    n = wd_needle_of(WD_S("x"));
    assert_false(wd_needle_in(&n, WD_S("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_needle_is_found_wherever_it_stands),
        cmocka_unit_test(it_agrees_with_a_plain_search),
        cmocka_unit_test(the_empty_needle_is_in_everything),
    };
    return RUN(tests);
}

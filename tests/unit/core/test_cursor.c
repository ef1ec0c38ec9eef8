#include "core/cursor.h"
#include "testing.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void numbers_are_read_in_both_byte_orders(void **state)
{
    (void) state;
    wd_cursor c = wd_cursor_of(wd_slice_of(bytes, sizeof bytes), 0);
    assert_int_equal(wd_u16le(&c), 0x0201);
    assert_int_equal(wd_u16be(&c), 0x0304);
    assert_int_equal(wd_u32be(&c), 0x05060708);
    assert_int_equal(wd_u8(&c), 9);
    assert_false(c.failed);
    c = wd_cursor_of(wd_slice_of(bytes, sizeof bytes), 0);
    assert_true(wd_u64le(&c) == 0x0807060504030201U);
}

static void a_read_past_the_end_sticks_and_does_not_move(void **state)
{
    (void) state;
    wd_cursor c = wd_cursor_of(wd_slice_of(bytes, 3), 100);
    wd_skip(&c, 1);
    assert_int_equal(wd_u32le(&c), 0);
    assert_true(c.failed);
    assert_int_equal(c.pos, 1);
    assert_int_equal(wd_u8(&c), 0); /* sticky: a byte would have been there */
    assert_int_equal(wd_cursor_at(&c), 101);
}

static void a_loop_over_what_is_left_ends_after_a_failure(void **state)
{
    (void) state;
    wd_cursor c = wd_cursor_of(wd_slice_of(bytes, sizeof bytes), 0);
    unsigned turns = 0;
    while (wd_cursor_left(&c) > 0 && turns < 10) {
        wd_skip(&c, 5);
        turns++;
    }
    assert_int_equal(turns, 2);
    assert_true(c.failed);
}

static void a_child_cannot_see_its_siblings(void **state)
{
    (void) state;
    wd_cursor c = wd_cursor_of(wd_slice_of(bytes, sizeof bytes), 10);
    wd_cursor child = wd_cursor_sub(&c, 4, 2);
    assert_int_equal(wd_cursor_at(&child), 14);
    assert_int_equal(wd_u16le(&child), 0x0605);
    (void) wd_u8(&child);
    assert_true(child.failed);
    assert_true(wd_cursor_sub(&c, 8, 2).failed);
    assert_true(wd_cursor_sub(&c, UINT64_MAX, UINT64_MAX).failed);
}

static void peeking_outside_clears_ok(void **state)
{
    (void) state;
    bool ok = true;
    wd_slice s = wd_slice_of(bytes, sizeof bytes);
    assert_true(wd_peek_u64le(s, 1, &ok) == 0x0908070605040302U);
    assert_true(ok);
    assert_int_equal(wd_peek_u32le(s, 6, &ok), 0);
    assert_false(ok);
    ok = true;
    assert_int_equal(wd_peek_u16le(s, UINT64_MAX, &ok), 0);
    assert_false(ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_both_byte_orders),
        cmocka_unit_test(a_read_past_the_end_sticks_and_does_not_move),
        cmocka_unit_test(a_loop_over_what_is_left_ends_after_a_failure),
        cmocka_unit_test(a_child_cannot_see_its_siblings),
        cmocka_unit_test(peeking_outside_clears_ok),
    };
    return RUN(tests);
}

#include "core/arena.h"
#include "testing.h"

static void the_byte_limit_holds_and_is_a_status(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(1000);
    assert_non_null(wd_arena_alloc(a, 600));
    assert_null(wd_arena_alloc(a, 600));
    assert_non_null(wd_arena_alloc(a, 100));
    assert_null(wd_arena_alloc(a, SIZE_MAX));
    wd_arena_reset(a);
    assert_int_equal(wd_arena_used(a), 0);
    assert_non_null(wd_arena_alloc(a, 600));
    wd_arena_free(a);
}

static void a_count_that_overflows_is_refused(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(SIZE_MAX / 2);
    assert_null(wd_arena_array(a, SIZE_MAX / 2, 4));
    wd_arena_free(a);
}

static void memory_is_zeroed_also_after_a_reset(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(1U << 20);
    for (int round = 0; round < 3; round++) {
        uint8_t *p = wd_arena_alloc(a, 3000);
        for (size_t i = 0; i < 3000; i++) {
            assert_int_equal(p[i], 0);
        }
        memset(p, 0xff, 3000);
        wd_arena_reset(a);
    }
    wd_arena_free(a);
}

static void copies_end_in_a_zero_byte_that_does_not_count(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(1U << 20);
    wd_slice s = wd_arena_copy(a, WD_S("abc"));
    assert_slice(s, "abc");
    assert_int_equal(s.ptr[3], 0);
    assert_slice(wd_arena_printf(a, "%d-%s", 7, "x"), "7-x");
    assert_slice(wd_arena_lower(a, WD_S("MiXeD")), "mixed");
    wd_arena_free(a);
}

static void a_list_grows_and_keeps_what_it_held(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(1U << 20);
    int *list = NULL;
    size_t cap = 0;
    for (size_t n = 0; n < 1000; n++) {
        assert_int_equal(WD_ROOM(a, list, n, cap), WD_OK);
        list[n] = (int) n;
    }
    for (size_t n = 0; n < 1000; n++) {
        assert_int_equal(list[n], n);
    }
    wd_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_byte_limit_holds_and_is_a_status),
        cmocka_unit_test(a_count_that_overflows_is_refused),
        cmocka_unit_test(memory_is_zeroed_also_after_a_reset),
        cmocka_unit_test(copies_end_in_a_zero_byte_that_does_not_count),
        cmocka_unit_test(a_list_grows_and_keeps_what_it_held),
    };
    return RUN(tests);
}

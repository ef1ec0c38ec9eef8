#include "core/map.h"
#include "testing.h"

static void ten_thousand_keys_are_found_again(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(64U << 20);
    wd_map m = {.arena = a};
    for (uintptr_t i = 0; i < 10000; i++) {
        bool added = false;
        uintptr_t *slot = wd_map_put(&m, wd_arena_printf(a, "key-%zu", (size_t) i), &added);
        assert_non_null(slot);
        assert_true(added);
        *slot = i;
    }
    for (size_t i = 0; i < 10000; i++) {
        uintptr_t *slot = wd_map_find(&m, wd_arena_printf(a, "key-%zu", i));
        assert_non_null(slot);
        assert_int_equal(*slot, i);
    }
    assert_null(wd_map_find(&m, WD_S("key-10000")));
    assert_int_equal(m.n, 10000);
    wd_arena_free(a);
}

static void putting_a_key_twice_gives_the_same_place(void **state)
{
    (void) state;
    wd_arena *a = wd_arena_new(1U << 20);
    wd_map m = {.arena = a};
    bool added = false;
    *wd_map_put(&m, WD_S("x"), &added) = 7;
    assert_true(added);
    assert_int_equal(*wd_map_put(&m, WD_S("x"), &added), 7);
    assert_false(added);
    wd_arena_free(a);
}

static void an_empty_table_knows_nothing(void **state)
{
    (void) state;
    wd_map m = {0};
    assert_null(wd_map_find(&m, WD_S("x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_keys_are_found_again),
        cmocka_unit_test(putting_a_key_twice_gives_the_same_place),
        cmocka_unit_test(an_empty_table_knows_nothing),
    };
    return RUN(tests);
}

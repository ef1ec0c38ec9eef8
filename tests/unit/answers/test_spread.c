#include "answers/spread.h"
#include "testing.h"

#include <math.h>

/* Fisher's tea taster. R's fisher.test prints p 0.2428571 (one-sided) and 6.408309 [0.2117329,
 * 621.9338], its root finder being loose in the upper bound: bisection of the same equation gives
 * 626.2435. */
static void the_tea_taster_comes_out_as_published(void **state)
{
    (void) state;
    double p = 0;
    double ratio = 0;
    double low = 0;
    double high = 0;
    wd_fisher(3, 4, 4, 8, &p, &ratio, &low, &high);
    assert_float_equal((float) p, 0.2428571, 1e-6F);
    assert_float_equal((float) ratio, 6.408309, 1e-4F);
    assert_float_equal((float) low, 0.2117356F, 1e-5F);
    assert_float_equal((float) high, 626.2435, 1e-2F);
}

static void all_chosen_in_one_group_has_no_upper_bound(void **state)
{
    (void) state;
    double p = 0;
    double ratio = 0;
    double low = 0;
    double high = 0;
    wd_fisher(2, 2, 2, 10, &p, &ratio, &low, &high);
    assert_float_equal((float) p, (float) (1.0 / 45.0), 1e-6F); /* 1 / C(10, 2) */
    assert_true(isinf(ratio));
    assert_true(isinf(high));
    assert_true(low > 1.0);
}

static void none_chosen_in_the_group_gives_no_lower_bound(void **state)
{
    (void) state;
    double p = 0;
    double ratio = 0;
    double low = 0;
    double high = 0;
    wd_fisher(0, 2, 3, 10, &p, &ratio, &low, &high);
    assert_float_equal((float) p, 1.0, 1e-6F);
    assert_float_equal((float) ratio, 0, 1e-6F);
    assert_float_equal((float) low, 0, 1e-6F);
    assert_true(high > 0 && isfinite(high));
}

static void a_group_that_is_everybody_says_nothing(void **state)
{
    (void) state;
    double p = 0;
    double ratio = 0;
    double low = 0;
    double high = 0;
    wd_fisher(4, 4, 10, 10, &p, &ratio, &low, &high);
    assert_float_equal((float) p, 1.0, 1e-6F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tea_taster_comes_out_as_published),
        cmocka_unit_test(all_chosen_in_one_group_has_no_upper_bound),
        cmocka_unit_test(none_chosen_in_the_group_gives_no_lower_bound),
        cmocka_unit_test(a_group_that_is_everybody_says_nothing),
    };
    return RUN(tests);
}

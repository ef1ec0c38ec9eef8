#ifndef WD_TESTS_TESTING_H
#define WD_TESTS_TESTING_H

/* What every unit test includes: cmocka with the headers it needs first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/slice.h"

#define RUN(tests) cmocka_run_group_tests_name(__FILE__, (tests), NULL, NULL)

static inline void assert_slice(wd_slice got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.len == 0 ? (const void *) "" : got.ptr, want, got.len);
}

#endif

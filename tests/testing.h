#ifndef WD_TESTS_TESTING_H
#define WD_TESTS_TESTING_H

/* What every unit test includes: cmocka with the headers it needs first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/slice.h"

#define RUN(tests) cmocka_run_group_tests_name(__FILE__, (tests), NULL, NULL)

/* Leaves a case out and says why. (cmocka's skip() prints "not ok", which the runner counts as a
 * failure.) */
#define SKIP_CASE(reason)                     \
    do {                                      \
        print_message("# SKIP %s\n", reason); \
        return;                               \
    } while (0)

/* Folder of shared test data that is not part of the project; it may be absent. */
static inline const char *shared_data(char *out, size_t size)
{
    const char *data = getenv("WD_SHARED_DATA");
    const char *root = getenv("WD_SOURCE_ROOT");
    snprintf(out, size, "%s%s", data != NULL ? data : (root != NULL ? root : "."),
             data != NULL ? "" : "/../shared/data");
    return out;
}

static inline void assert_slice(wd_slice got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.len == 0 ? (const void *) "" : got.ptr, want, got.len);
}

#endif

#include "testing.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/progress.h"

#define SECONDS(n) ((n) *INT64_C(1000000000))

static void line(const wd_progress *p, int64_t elapsed, char *out, size_t size)
{
    wd_buf b = {0};
    wd_progress_line(p, elapsed, &b);
    assert_true(b.len < size);
    memcpy(out, b.ptr, b.len);
    out[b.len] = '\0';
    wd_buf_free(&b);
}

static void the_line_counts_bytes_not_items(void **state)
{
    (void) state;
    char text[200];
    wd_progress p = {
        .fd = -1, .total_bytes = 4000000000, .total_items = 10, .bytes = 1000000000, .items = 9};
    line(&p, SECONDS(1), text, sizeof text);
    assert_string_equal(text, " 25 %  1.0 of 4.0 GB  9 of 10 items");
}

static void time_left_is_a_range_between_the_two_rates(void **state)
{
    (void) state;
    char text[200];
    wd_progress p = {
        .fd = -1, .total_bytes = 1000, .total_items = 2, .bytes = 500, .items = 1, .recent = 50.0};
    line(&p, SECONDS(20), text, sizeof text); /* mean 25, recent 50 */
    assert_non_null(strstr(text, "  10 to 26 s left"));
}

static void nothing_is_promised_at_the_start_or_the_end(void **state)
{
    (void) state;
    char text[200];
    wd_progress p = {.fd = -1, .total_bytes = 1000, .bytes = 10};
    line(&p, SECONDS(1), text, sizeof text);
    assert_null(strstr(text, "left"));
    p.bytes = 1000;
    line(&p, SECONDS(9), text, sizeof text);
    assert_null(strstr(text, "left"));
    assert_non_null(strstr(text, "100 %"));
}

static void nothing_is_written_where_nobody_watches(void **state)
{
    (void) state;
    int ends[2];
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    wd_progress p = wd_progress_begin(ends[1], 10, 1);
    wd_progress_set(&p, 5, 0);
    wd_progress_end(&p);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_counts_bytes_not_items),
        cmocka_unit_test(time_left_is_a_range_between_the_two_rates),
        cmocka_unit_test(nothing_is_promised_at_the_start_or_the_end),
        cmocka_unit_test(nothing_is_written_where_nobody_watches),
    };
    return RUN(tests);
}

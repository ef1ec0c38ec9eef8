#include "testing.h"

#include "core/buf.h"
#include "core/csv.h"

static wd_arena *arena;

static size_t rows_of(const char *text, wd_csv_row *last)
{
    wd_csv csv = wd_csv_of(wd_slice_str(text));
    size_t n = 0;
    while (wd_csv_next(&csv, arena, last)) {
        n++;
    }
    return n;
}

static void fields_are_trimmed_and_empty_lines_skipped(void **state)
{
    (void) state;
    wd_csv_row row;
    assert_int_equal(rows_of("a,b\r\n\r\n\n 1 , two words ,\n", &row), 2);
    assert_int_equal(row.n, 3);
    assert_slice(row.fields[0], "1");
    assert_slice(row.fields[1], "two words");
    assert_slice(row.fields[2], "");
    assert_int_equal(row.line, 4);
    assert_int_equal(row.offset, 8);
}

static void quotes_hold_separators_line_ends_and_quotes(void **state)
{
    (void) state;
    wd_csv_row row;
    assert_int_equal(rows_of("x,y\n\"a,\"\"b\"\"\nc\",d\n", &row), 2);
    assert_slice(row.fields[0], "a,\"b\"\nc");
    assert_slice(row.fields[1], "d");
    assert_false(row.cut);
}

static void the_separator_is_the_one_of_the_first_line(void **state)
{
    (void) state;
    wd_csv_row row;
    assert_int_equal(rows_of("\xef\xbb\xbf"
                             "a;b,c;d\n1;2;3\n",
                             &row),
                     2);
    assert_int_equal(row.n, 3);
    assert_int_equal(rows_of("a\tb\n1\t2\n", &row), 2);
    assert_int_equal(row.n, 2);
}

static void a_quote_that_never_closes_is_marked(void **state)
{
    (void) state;
    wd_csv_row row;
    assert_int_equal(rows_of("a,\"b\nc,d\n", &row), 1);
    assert_true(row.cut);
}

static void too_many_columns_are_marked_and_not_written(void **state)
{
    (void) state;
    wd_csv_row row;
    wd_buf text = {0};
    wd_buf_fill(&text, ',', WD_CSV_FIELDS + 50);
    wd_buf_byte(&text, '\0');
    assert_int_equal(rows_of((const char *) text.ptr, &row), 1);
    assert_true(row.cut);
    assert_int_equal(row.n, WD_CSV_FIELDS);
    wd_buf_free(&text);
}

static void nothing_gives_no_row(void **state)
{
    (void) state;
    wd_csv_row row;
    assert_int_equal(rows_of("", &row), 0);
    assert_int_equal(rows_of("\n\r\n", &row), 0);
}

int main(void)
{
    arena = wd_arena_new(1U << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_trimmed_and_empty_lines_skipped),
        cmocka_unit_test(quotes_hold_separators_line_ends_and_quotes),
        cmocka_unit_test(the_separator_is_the_one_of_the_first_line),
        cmocka_unit_test(a_quote_that_never_closes_is_marked),
        cmocka_unit_test(too_many_columns_are_marked_and_not_written),
        cmocka_unit_test(nothing_gives_no_row),
    };
    int failed = RUN(tests);
    wd_arena_free(arena);
    return failed;
}

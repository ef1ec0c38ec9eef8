#include "testing.h"

#include <stdio.h>

#include "formats/assets.h"

typedef struct seen {
    char rows[4096];
    char bad[4096];
    unsigned n;
} seen;

static void add(char *to, size_t size, wd_slice s, const char *end)
{
    size_t at = strlen(to);
    snprintf(to + at, size - at, "%.*s%s", (int) s.len, s.len == 0 ? "" : (const char *) s.ptr,
             end);
}

static wd_status on_asset(void *ctx, const wd_asset *a)
{
    seen *s = ctx;
    s->n++;
    for (size_t c = 0; c < WD_ASSET_COLUMNS; c++) {
        add(s->rows, sizeof s->rows, a->values[c], c + 1 < WD_ASSET_COLUMNS ? "|" : "\n");
    }
    return WD_OK;
}

static wd_status on_bad(void *ctx, uint64_t offset, uint32_t line, wd_slice text)
{
    seen *s = ctx;
    (void) offset;
    (void) line;
    add(s->bad, sizeof s->bad, text, "\n");
    return WD_OK;
}

static wd_status read_list(wd_slice text, seen *s)
{
    wd_arena *arena = wd_arena_new(1U << 24);
    const wd_assets_sink sink = {.ctx = s, .asset = on_asset, .bad = on_bad};
    *s = (seen){.n = 0};
    wd_status status = wd_assets_read(text, arena, &sink, NULL);
    wd_arena_free(arena);
    return status;
}

static void all_columns_are_read_in_any_order(void **state)
{
    (void) state;
    seen s;
    assert_int_equal(
        read_list(WD_S("version,removed,contained,installed,product,role,site,sector,country,"
                       "addresses,host\n"
                       "1.2,2023-04-02,2023-04-01T10:00:00Z,2023-03-01,App,desk,Bonn,retail,DE,"
                       "10.0.0.1 fe80::1,WS-1\n"),
                  &s),
        WD_OK);
    assert_string_equal(s.rows, "WS-1|10.0.0.1 fe80::1|DE|retail|Bonn|desk|App|1.2|2023-03-01|"
                                "2023-04-01T10:00:00Z|2023-04-02\n");
    assert_string_equal(s.bad, "");
}

static void quotes_may_hold_commas_line_ends_and_quotes(void **state)
{
    (void) state;
    seen s;
    assert_int_equal(read_list(WD_S("host,product,site\r\n"
                                    "WS-1,\"Desk, \"\"large\"\"\",\"two\nlines\"\r\n"
                                    "WS-2,x,y"),
                               &s),
                     WD_OK);
    assert_string_equal(s.rows, "WS-1||||two\nlines||Desk, \"large\"||||\nWS-2||||y||x||||\n");
}

static void unknown_columns_and_comments_are_passed_over(void **state)
{
    (void) state;
    seen s;
    assert_int_equal(
        read_list(WD_S("# list of 2023\nHost,colour,Version\n# more\nWS-1,red,7\n"), &s), WD_OK);
    assert_string_equal(s.rows, "WS-1|||||||7|||\n");
    assert_string_equal(s.bad, "");
}

static void bad_rows_are_reported_with_their_line_and_the_rest_is_read(void **state)
{
    (void) state;
    seen s;
    assert_int_equal(read_list(WD_S("host,version,installed,country\n"
                                    ",1,2023-03-01,DE\n"
                                    "WS-2,1,yesterday,Germany\n"
                                    "WS-3,1\n"
                                    "WS-4,1,2023-03-01,DE,more\n"
                                    "WS-5,1,2023-03-01,DE\n"),
                               &s),
                     WD_OK);
    assert_int_equal(s.n, 4);
    assert_string_equal(s.bad, "line 2: no host name; left out\n"
                               "line 3: country \"Germany\" is no two-letter code\n"
                               "line 3: installed \"yesterday\" is no ISO time\n"
                               "line 4: 2 columns where the header has 4\n"
                               "line 5: 5 columns where the header has 4\n");
    assert_non_null(strstr(s.rows, "WS-2|||||||1|||\n"));
}

static void a_list_without_a_host_column_is_none(void **state)
{
    (void) state;
    seen s;
    assert_int_equal(read_list(WD_S("name,version\nx,1\n"), &s), WD_E_MALFORMED);
    assert_int_equal(read_list(WD_S(""), &s), WD_E_MALFORMED);
}

static void every_truncation_is_reported_not_read(void **state)
{
    (void) state;
    static const char whole[] = "host,addresses,country,installed\n"
                                "\"WS-1\",\"10.0.0.1 \"\"x\"\"\",DE,2023-03-01\n"
                                "WS-2,10.0.0.2,FR,2023-03-02T00:00:00Z\n";
    for (size_t len = 0; len < sizeof whole; len++) {
        uint8_t *exact = malloc(len + 1);
        seen s;
        assert_non_null(exact);
        memcpy(exact, whole, len);
        wd_status status = read_list(wd_slice_of(exact, len), &s);
        assert_true(status == WD_OK || status == WD_E_MALFORMED);
        assert_true(s.n <= 2);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_columns_are_read_in_any_order),
        cmocka_unit_test(quotes_may_hold_commas_line_ends_and_quotes),
        cmocka_unit_test(unknown_columns_and_comments_are_passed_over),
        cmocka_unit_test(bad_rows_are_reported_with_their_line_and_the_rest_is_read),
        cmocka_unit_test(a_list_without_a_host_column_is_none),
        cmocka_unit_test(every_truncation_is_reported_not_read),
    };
    return RUN(tests);
}

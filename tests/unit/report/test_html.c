#include "report/html.h"

#include "report_fixture.h"

static wd_buf render(const fixture *f, const wd_html_options *options)
{
    wd_buf out = {0};
    wd_err err = {0};
    assert_int_equal(wd_report_html(f->report, options, &out, &err), WD_OK);
    assert_true(out.len > 1000);
    return out;
}

static size_t count(const wd_buf *b, const char *text)
{
    size_t n = 0;
    wd_slice rest = wd_buf_slice(b);
    wd_slice needle = wd_slice_str(text);
    for (size_t at; (at = wd_slice_find(rest, needle)) != SIZE_MAX; n++) {
        rest = wd_slice_sub(rest, at + needle.len, rest.len);
    }
    return n;
}

static void assert_every_section(const wd_buf *page)
{
    for (size_t i = 0; wd_report_html_section(i) != NULL; i++) {
        char tag[80];
        snprintf(tag, sizeof tag, "<section id=\"%s\"", wd_report_html_section(i));
        assert_int_equal(count(page, tag), 1);
    }
    assert_int_equal(count(page, "<section "), count(page, "</section>"));
}

static void every_section_is_on_the_page(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf page = render(&f, NULL);
    assert_every_section(&page);
    assert_true(holds(&page, ">AFFECTED</p>"));
    assert_true(holds(&page, "Almost certain (95-99 %)"));
    assert_true(holds(&page, "TLP:AMBER"));
    assert_true(holds(&page, "8 days without a row"));
    wd_buf_free(&page);
    fixture_free(&f);
}

static void an_empty_report_still_has_every_section(void **state)
{
    (void) state;
    fixture f = fixture_of("{\"schema\":\"whodunit.report/1\"}");
    wd_buf page = render(&f, NULL);
    assert_every_section(&page);
    assert_true(holds(&page, ">INCONCLUSIVE</p>"));
    wd_buf_free(&page);
    fixture_free(&f);
}

static void the_same_report_gives_the_same_bytes(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf a = render(&f, NULL);
    wd_buf b = render(&f, NULL);
    assert_true(wd_slice_eq(wd_buf_slice(&a), wd_buf_slice(&b)));
    wd_buf_free(&a);
    wd_buf_free(&b);
    fixture_free(&f);
}

static void hostile_strings_never_become_markup(void **state)
{
    static const char *const never[] = {
        "<script",           "<img", "<b>",          "<u>",          "<i>",
        "onerror=alert(1)>", "\x1b", "</style><h1>", "\xe2\x80\xae", "href=\"javascript",
        "onmouseover='x"};
    (void) state;
    fixture f = fixture_load("report-hostile.json");
    wd_buf page = render(&f, NULL);
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (holds(&page, never[i])) {
            fail_msg("the page holds %s", never[i]);
        }
    }
    assert_true(holds(&page, "&lt;script&gt;alert(1)"));
    assert_every_section(&page);
    wd_buf_free(&page);
    fixture_free(&f);
}

/* No indicator or contact of the network stands on the page as it is written in the report. */
static void no_live_indicator_is_on_the_page(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf page = render(&f, NULL);
    size_t checked = 0;
    WD_JSON_EACH (i, wd_json_get(f.report, "indicators")) {
        wd_slice type = wd_json_text(i, "type");
        if (!wd_slice_eq(type, WD_S("sha256"))) {
            assert_true(wd_slice_find(wd_buf_slice(&page), wd_json_text(i, "value")) == SIZE_MAX);
            checked++;
        }
    }
    assert_in_range(checked, 5, 100);
    assert_true(holds(&page, "update[.]harborcdn[.]example"));
    assert_false(holds(&page, "href=\"http"));
    assert_false(holds(&page, "src="));
    wd_buf_free(&page);
    fixture_free(&f);
}

static void every_link_has_its_target(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf page = render(&f, NULL);
    wd_slice rest = wd_buf_slice(&page);
    size_t links = 0;
    for (size_t at; (at = wd_slice_find(rest, WD_S("href=\"#"))) != SIZE_MAX; links++) {
        rest = wd_slice_sub(rest, at + 7, rest.len);
        char target[80];
        size_t end = wd_slice_find_byte(rest, '"');
        snprintf(target, sizeof target, " id=\"%.*s\"", (int) end, (const char *) rest.ptr);
        if (count(&page, target) != 1) {
            fail_msg("%zu places for %s", count(&page, target), target);
        }
    }
    assert_in_range(links, 40, 1000);
    wd_buf_free(&page);
    fixture_free(&f);
}

static void small_states_and_servers_are_on_the_map(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf page = render(&f, NULL);
    assert_true(holds(&page, "<title>Singapore: 1 host, 0 affected, 1 exposed</title></circle>"));
    assert_true(holds(&page, "<title>Germany: 3 hosts, 1 affected, 1 exposed</title></path>"));
    assert_true(holds(&page, "Bulgaria: attacker servers registered here, contacts: 1"));
    assert_true(holds(&page, "Unmapped hosts: 1."));
    wd_buf_free(&page);
    fixture_free(&f);
}

static void rows_beyond_the_limit_are_counted_on_the_page(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_html_options options = {.max_timeline = 3};
    wd_buf page = render(&f, &options);
    assert_true(holds(&page, "Shown: 3 of 17 rows"));
    assert_false(holds(&page, "cmd.exe started by HarborPhone.exe"));
    wd_buf_free(&page);
    fixture_free(&f);
}

static void something_else_is_refused(void **state)
{
    (void) state;
    static const char *const others[] = {"[]", "{}", "{\"schema\":\"whodunit.case/1\"}", "null"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        fixture f = fixture_of(others[i]);
        wd_buf out = {0};
        wd_err err = {0};
        assert_int_equal(wd_report_html(f.report, NULL, &out, &err), WD_E_MALFORMED);
        assert_int_equal(out.len, 0);
        wd_buf_free(&out);
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_section_is_on_the_page),
        cmocka_unit_test(an_empty_report_still_has_every_section),
        cmocka_unit_test(the_same_report_gives_the_same_bytes),
        cmocka_unit_test(hostile_strings_never_become_markup),
        cmocka_unit_test(no_live_indicator_is_on_the_page),
        cmocka_unit_test(every_link_has_its_target),
        cmocka_unit_test(small_states_and_servers_are_on_the_map),
        cmocka_unit_test(rows_beyond_the_limit_are_counted_on_the_page),
        cmocka_unit_test(something_else_is_refused),
    };
    return RUN(tests);
}

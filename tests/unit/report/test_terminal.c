#include "report/terminal.h"

#include "report/columns.h"
#include "report_fixture.h"

static wd_report_style plain(void)
{
    return (wd_report_style){.case_dir = WD_S("harbor"), .elapsed_seconds = 252};
}

static void assert_fits_the_screen(const wd_buf *out)
{
    wd_slice rest = wd_buf_slice(out);
    wd_slice line;
    size_t rows = 0;
    while (wd_slice_line(&rest, &line)) {
        assert_true(wd_columns(line) < WD_TERMINAL_COLUMNS);
        rows++;
    }
    assert_in_range(rows, 10, WD_TERMINAL_ROWS);
}

static void assert_nothing_a_terminal_acts_on(const wd_buf *out)
{
    for (size_t i = 0; i < out->len; i++) {
        assert_true(out->ptr[i] == '\n' || (out->ptr[i] >= 0x20 && out->ptr[i] != 0x7f));
    }
    assert_false(holds(out, "\xe2\x80\xae")); /* U+202E */
}

static void the_five_answers_stand_on_one_screen(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf out = {0};
    wd_report_style style = plain();
    wd_report_terminal(f.report, &style, &out);
    assert_fits_the_screen(&out);
    assert_nothing_a_terminal_acts_on(&out);
    assert_true(holds(&out, "\nAFFECTED  3 of 9 hosts"));
    assert_true(holds(&out, "\n1 Was I hit?       Yes. WS-004"));
    assert_true(holds(&out, "Almost certain (95-99 %)"));
    assert_true(holds(&out, "\n  in and spread?   "));
    assert_true(holds(&out, "Analytic confidence: moderate\n"));
    assert_true(holds(&out, "\n5 What now?        a  WS-004 +1: Isolate"));
    assert_true(holds(&out, "2 items not read"));
    assert_true(holds(&out, "in 4m12s"));
    wd_buf_free(&out);
    fixture_free(&f);
}

static void hostile_strings_reach_the_terminal_as_text(void **state)
{
    (void) state;
    fixture f = fixture_load("report-hostile.json");
    wd_buf out = {0};
    wd_report_style style = plain();
    style.case_dir = WD_S("a\x1b[2Jb");
    wd_report_terminal(f.report, &style, &out);
    wd_report_terminal_line(f.report, &out);
    assert_nothing_a_terminal_acts_on(&out);
    assert_true(holds(&out, "a\\x1b[2Jb"));
    wd_buf_free(&out);
    fixture_free(&f);
}

static void an_empty_report_says_that_it_cannot_tell(void **state)
{
    (void) state;
    fixture f = fixture_of("{\"schema\":\"whodunit.report/1\"}");
    wd_buf out = {0};
    wd_report_style style = {0};
    wd_report_terminal(f.report, &style, &out);
    assert_fits_the_screen(&out);
    assert_true(holds(&out, "INCONCLUSIVE"));
    assert_true(holds(&out, "Cannot tell."));
    wd_buf_free(&out);
    fixture_free(&f);
}

static void colour_only_adds_codes_to_the_same_text(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf without = {0};
    wd_buf with = {0};
    wd_buf stripped = {0};
    wd_report_style style = plain();
    wd_report_terminal(f.report, &style, &without);
    style.colour = true;
    wd_report_terminal(f.report, &style, &with);
    for (size_t i = 0; i < with.len; i++) {
        if (with.ptr[i] != 0x1b) {
            wd_buf_byte(&stripped, with.ptr[i]);
            continue;
        }
        while (with.ptr[i] != 'm') {
            i++;
        }
    }
    assert_true(with.len > without.len);
    assert_true(wd_slice_eq(wd_buf_slice(&stripped), wd_buf_slice(&without)));
    wd_buf_free(&without);
    wd_buf_free(&with);
    wd_buf_free(&stripped);
    fixture_free(&f);
}

static void indicators_in_sentences_are_defanged(void **state)
{
    (void) state;
    fixture f = fixture_of(
        "{\"schema\":\"whodunit.report/1\",\"verdict\":\"AFFECTED\","
        "\"verdict_sentence\":\"Met https://a.c2.example/x and 192.0.2.7, no c3.example.\","
        "\"indicators\":[{\"type\":\"domain\",\"value\":\"C2.example\"},"
        "{\"type\":\"ipv4\",\"value\":\"192.0.2.7\"}]}");
    wd_buf out = {0};
    wd_report_style style = {0};
    wd_report_terminal(f.report, &style, &out);
    assert_true(holds(&out, "hxxps://a[.]c2[.]example/x and 192[.]0[.]2[.]7, no"));
    wd_buf_free(&out);
    fixture_free(&f);
}

static void the_quiet_line_counts_hosts_and_unread_items(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf out = {0};
    wd_report_terminal_line(f.report, &out);
    assert_slice(wd_buf_slice(&out),
                 "AFFECTED harbor-2026-03 hosts=9 compromised=2 infected=1 exposed=3 unread=2\n");
    wd_buf_free(&out);
    fixture_free(&f);
}

static void long_answers_are_cut_before_actions_are(void **state)
{
    (void) state;
    wd_buf json = {0};
    wd_buf_str(&json, "{\"schema\":\"whodunit.report/1\",\"answers\":{");
    const char *const keys[] = {"hit", "path", "deeds", "who"};
    for (size_t i = 0; i < 4; i++) {
        wd_buf_printf(&json,
                      "%s\"%s\":{\"likelihood\":{\"word\":\"likely\",\"low\":0.55,"
                      "\"high\":0.8},\"confidence\":\"low\",\"sentence\":\"",
                      i == 0 ? "" : ",", keys[i]);
        for (size_t j = 0; j < 60; j++) {
            wd_buf_str(&json, "word and ");
        }
        wd_buf_str(&json, "\"}");
    }
    wd_buf_str(&json,
               "},\"actions\":[{\"text\":\"one\"},{\"text\":\"two\"},{\"text\":\"three\"}]}");
    wd_buf_byte(&json, 0);
    fixture f = fixture_of((const char *) json.ptr);
    wd_buf out = {0};
    wd_report_style style = plain();
    wd_report_terminal(f.report, &style, &out);
    assert_fits_the_screen(&out);
    assert_true(holds(&out, "c  three\n"));
    assert_true(holds(&out, "Likely (55-80 %)"));
    assert_true(holds(&out, "...\n"));
    wd_buf_free(&out);
    wd_buf_free(&json);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_answers_stand_on_one_screen),
        cmocka_unit_test(hostile_strings_reach_the_terminal_as_text),
        cmocka_unit_test(an_empty_report_says_that_it_cannot_tell),
        cmocka_unit_test(colour_only_adds_codes_to_the_same_text),
        cmocka_unit_test(indicators_in_sentences_are_defanged),
        cmocka_unit_test(the_quiet_line_counts_hosts_and_unread_items),
        cmocka_unit_test(long_answers_are_cut_before_actions_are),
    };
    return RUN(tests);
}

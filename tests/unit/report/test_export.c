#include "report/export.h"

#include "core/clock.h"
#include "report/uuid.h"
#include "report_fixture.h"

static wd_buf export(const fixture *f, const char *format, const wd_export_options *options)
{
    wd_buf out = {0};
    wd_err err = {0};
    assert_int_equal(wd_export(format, f->report, options, &out, &err), WD_OK);
    assert_true(out.len > 0);
    return out;
}

static void name_based_ids_agree_with_the_standard(void **state)
{
    /* RFC 9562, appendix A.4: www.example.com in the DNS namespace. */
    static const uint8_t dns[16] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    char id[WD_UUID_TEXT];
    (void) state;
    assert_string_equal(wd_uuid5(dns, WD_S("www.example.com"), id),
                        "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

static void the_same_report_gives_the_same_bytes_in_every_format(void **state)
{
    static const char *const files[] = {"report-sample.json", "report-hostile.json"};
    (void) state;
    for (size_t k = 0; k < 2; k++) {
        fixture f = fixture_load(files[k]);
        for (size_t i = 0; wd_export_format_at(i) != NULL; i++) {
            wd_buf a = export(&f, wd_export_format_at(i)->name, NULL);
            wd_buf b = export(&f, wd_export_format_at(i)->name, NULL);
            assert_true(wd_slice_eq(wd_buf_slice(&a), wd_buf_slice(&b)));
            wd_buf_free(&a);
            wd_buf_free(&b);
        }
        fixture_free(&f);
    }
}

static void an_empty_report_exports_in_every_format(void **state)
{
    (void) state;
    fixture f = fixture_of("{\"schema\":\"whodunit.report/1\"}");
    size_t n = 0;
    for (; wd_export_format_at(n) != NULL; n++) {
        wd_buf out = {0};
        assert_int_equal(wd_export(wd_export_format_at(n)->name, f.report, NULL, &out, NULL),
                         WD_OK);
        wd_buf_free(&out);
    }
    assert_int_equal(n, 16);
    fixture_free(&f);
}

static void unknown_formats_and_other_documents_are_refused(void **state)
{
    (void) state;
    fixture f = fixture_of("{\"schema\":\"whodunit.report/1\"}");
    fixture other = fixture_of("{}");
    wd_buf out = {0};
    assert_int_equal(wd_export("docx", f.report, NULL, &out, NULL), WD_E_USAGE);
    assert_int_equal(wd_export("stix", other.report, NULL, &out, NULL), WD_E_MALFORMED);
    assert_int_equal(out.len, 0);
    wd_buf_free(&out);
    fixture_free(&f);
    fixture_free(&other);
}

static void json_exports_are_json(void **state)
{
    static const char *const formats[] = {"json",        "stix", "navigator",
                                          "attack-flow", "misp", "sarif"};
    static const char *const files[] = {"report-sample.json", "report-hostile.json"};
    (void) state;
    for (size_t k = 0; k < 2; k++) {
        fixture f = fixture_load(files[k]);
        for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
            wd_buf out = export(&f, formats[i], NULL);
            wd_json_doc doc = {0};
            wd_arena *arena = wd_arena_new(64U << 20);
            assert_int_equal(wd_json_parse(&doc, wd_buf_slice(&out), arena, 0, NULL), WD_OK);
            wd_json_doc_free(&doc);
            wd_arena_free(arena);
            wd_buf_free(&out);
        }
        fixture_free(&f);
    }
}

/* Every line of a list is a comment or has one of the few shapes that the program writes. */
static void assert_lines(const wd_buf *out, const char *comment, const char *const *starts)
{
    wd_slice rest = wd_buf_slice(out);
    wd_slice line;
    while (wd_slice_line(&rest, &line)) {
        bool known = wd_slice_trim(line).len == 0 ||
                     wd_slice_starts(wd_slice_trim(line), wd_slice_str(comment));
        for (size_t i = 0; starts[i] != NULL && !known; i++) {
            known = wd_slice_starts(line, wd_slice_str(starts[i]));
        }
        if (!known) {
            fail_msg("unexpected line: %.*s", (int) line.len, (const char *) line.ptr);
        }
        for (size_t i = 0; i < line.len; i++) {
            assert_true(line.ptr[i] == '\t' || (line.ptr[i] >= 0x20 && line.ptr[i] < 0x7f));
        }
    }
}

static void hostile_values_do_not_break_out_of_lists(void **state)
{
    static const char *const hosts[] = {"0.0.0.0 update.harborcdn.example # ",
                                        "0.0.0.0 telemetry.brightsky.example # ", NULL};
    static const char *const rules[] = {"alert dns any any -> any any (msg:\"whodunit ",
                                        "alert tls any any -> any any (msg:\"whodunit ",
                                        "alert http any any -> any any (msg:\"whodunit ",
                                        "alert ip any any -> 203.0.113.66 any (msg:\"whodunit ",
                                        "alert ip any any -> 2001:db8:66::5 any (msg:\"whodunit ",
                                        NULL};
    static const char *const intel[] = {"#fields\t",
                                        "update.harborcdn.example\t",
                                        "telemetry.brightsky.example\t",
                                        "203.0.113.66\tIntel::ADDR\t",
                                        "2001:db8:66::5\tIntel::ADDR\t",
                                        "icons.harbor-assets.example/main/icon7.ico\tIntel::URL\t",
                                        "dd29442dec",
                                        "e137e75a5e",
                                        "4a70fe9aa6",
                                        NULL};
    static const struct {
        const char *format;
        const char *comment;
        const char *const *starts;
    } lists[] = {{"hosts", "#", hosts}, {"suricata", "#", rules}, {"zeek-intel", "#", intel}};
    (void) state;
    fixture f = fixture_load("report-hostile.json");
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        wd_buf out = export(&f, lists[i].format, NULL);
        assert_lines(&out, lists[i].comment, lists[i].starts);
        wd_buf_free(&out);
    }
    fixture_free(&f);
}

static void what_may_not_be_blocked_stands_only_in_comments(void **state)
{
    static const char *const formats[] = {"suricata", "nft", "rpz", "hosts", "zeek-intel", "sigma"};
    static const char *const held[] = {"icons.harbor-assets.example  held back",
                                       "www.harborphone.example  held back",
                                       "198.51.100.10  held back"};
    (void) state;
    fixture f = fixture_load("report-sample.json");
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        wd_buf out = export(&f, formats[i], NULL);
        wd_slice rest = wd_buf_slice(&out);
        wd_slice line;
        while (wd_slice_line(&rest, &line)) {
            bool comment = line.len > 0 && strchr("#;", wd_slice_trim(line).ptr[0]) != NULL;
            bool names = wd_slice_find(line, WD_S("www.harborphone.example")) != SIZE_MAX ||
                         wd_slice_find(line, WD_S("198.51.100.10")) != SIZE_MAX;
            assert_true(comment || !names);
        }
        bool any = false;
        for (size_t j = 0; j < 3; j++) {
            any = any || holds(&out, held[j]);
        }
        assert_true(any);
        wd_buf_free(&out);
    }
    fixture_free(&f);
}

static void only_a_likely_actor_becomes_an_object(void **state)
{
    static const char *const words[] = {"unlikely", "roughly even", "likely", "almost certain"};
    (void) state;
    for (size_t i = 0; i < 4; i++) {
        char json[700];
        snprintf(json, sizeof json,
                 "{\"schema\":\"whodunit.report/1\",\"verdict\":\"AFFECTED\",\"attribution\":{"
                 "\"levels\":[{\"level\":\"cluster\",\"hypotheses\":[{\"id\":\"A\",\"name\":"
                 "\"Quiet Heron\",\"p\":0.6,\"word\":\"%s\"},{\"id\":\"unknown\",\"name\":"
                 "\"Unknown\",\"p\":0.4,\"word\":\"unlikely\"}]}]}}",
                 words[i]);
        fixture f = fixture_of(json);
        wd_buf out = export(&f, "stix", NULL);
        assert_int_equal(holds(&out, "\"intrusion-set\""), i >= 2);
        assert_int_equal(holds(&out, "\"attributed-to\""), i >= 2);
        assert_true(holds(&out, "Quiet Heron 60 % (")); /* in the note, always */
        wd_buf_free(&out);
        fixture_free(&f);
    }
}

static void an_unknown_actor_is_never_an_object(void **state)
{
    (void) state;
    fixture f = fixture_of(
        "{\"schema\":\"whodunit.report/1\",\"verdict\":\"AFFECTED\",\"attribution\":{\"levels\":[{"
        "\"level\":\"cluster\",\"hypotheses\":[{\"id\":\"unknown\",\"name\":\"Unknown\",\"p\":0.9,"
        "\"word\":\"very "
        "likely\"},{\"id\":\"A\",\"name\":\"A\",\"p\":0.1,\"word\":\"likely\"}]}]}}");
    wd_buf out = export(&f, "stix", NULL);
    assert_false(holds(&out, "intrusion-set"));
    wd_buf_free(&out);
    fixture_free(&f);
}

static void the_marking_can_be_overridden(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_export_options options = {.tlp = WD_S("red")};
    wd_buf stix = export(&f, "stix", &options);
    assert_true(holds(&stix, "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"));
    assert_false(holds(&stix, "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"));
    wd_buf nft = export(&f, "nft", &options);
    assert_true(holds(&nft, "TLP:RED"));
    wd_buf_free(&stix);
    wd_buf_free(&nft);
    fixture_free(&f);
}

static void spreadsheets_see_no_formula(void **state)
{
    (void) state;
    fixture f = fixture_of("{\"schema\":\"whodunit.report/1\",\"findings\":[{\"id\":\"=1+1\","
                           "\"title\":\"@SUM(A1)\",\"sentence\":\"-2\",\"host\":\"\\tx\"}]}");
    wd_buf out = export(&f, "csv", NULL);
    assert_true(holds(&out, "\"'=1+1\","));
    assert_true(holds(&out, "\"'@SUM(A1)\","));
    assert_true(holds(&out, "\"'-2\","));
    wd_buf_free(&out);
    fixture_free(&f);
}

static void timesketch_rows_have_the_three_fields_it_needs(void **state)
{
    (void) state;
    fixture f = fixture_load("report-sample.json");
    wd_buf out = export(&f, "timesketch", NULL);
    wd_slice rest = wd_buf_slice(&out);
    wd_slice line;
    size_t n = 0;
    wd_json_doc doc = {0};
    while (wd_slice_line(&rest, &line)) {
        assert_int_equal(wd_json_parse(&doc, line, f.arena, 0, NULL), WD_OK);
        wd_time t;
        assert_true(wd_json_text(doc.nodes, "message").len > 0);
        assert_true(wd_json_text(doc.nodes, "timestamp_desc").len > 0);
        assert_true(wd_time_parse(wd_json_text(doc.nodes, "datetime"), &t));
        n++;
    }
    assert_int_equal(n, 19); /* 17 rows, two of them with a beginning and an end */
    wd_json_doc_free(&doc);
    wd_buf_free(&out);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_based_ids_agree_with_the_standard),
        cmocka_unit_test(the_same_report_gives_the_same_bytes_in_every_format),
        cmocka_unit_test(an_empty_report_exports_in_every_format),
        cmocka_unit_test(unknown_formats_and_other_documents_are_refused),
        cmocka_unit_test(json_exports_are_json),
        cmocka_unit_test(hostile_values_do_not_break_out_of_lists),
        cmocka_unit_test(what_may_not_be_blocked_stands_only_in_comments),
        cmocka_unit_test(only_a_likely_actor_becomes_an_object),
        cmocka_unit_test(an_unknown_actor_is_never_an_object),
        cmocka_unit_test(the_marking_can_be_overridden),
        cmocka_unit_test(spreadsheets_see_no_formula),
        cmocka_unit_test(timesketch_rows_have_the_three_fields_it_needs),
    };
    return RUN(tests);
}

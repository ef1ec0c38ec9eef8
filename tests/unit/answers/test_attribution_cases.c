/* A public case step by step, with everything that its own reports taught held out. */
#include "attribution_fixture.h"

#define BEHAVIOUR                                                                                \
    "T1027 T1027.009 T1027.013 T1055 T1055.002 T1071.001 T1078 T1102.001 T1189 T1195.002 T1203 " \
    "T1217 T1218.007 T1218.015 T1543.004 T1546.016 T1553.002 T1559 T1573.001 T1574.001 T1620 "   \
    "T1678 S1144"

static wd_evidence *read_evidence(const attr_fixture *f, const char *text, size_t *n)
{
    wd_evidence *list = NULL;
    wd_err err = {0};
    *n = 0;
    wd_status s = wd_evidence_read(f->facts, wd_slice_str(text), f->arena, &list, n, &err);
    if (s != WD_OK) {
        fail_msg("%s", err.text);
    }
    return list;
}

static wd_evidence *read_example(const attr_fixture *f, const char *name, size_t *n)
{
    static char text[1U << 16];
    char path[4096];
    const char *root = getenv("WD_SOURCE_ROOT");
    (void) snprintf(path, sizeof path, "%s/examples/attribution/%s", root == NULL ? "." : root,
                    name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = 0;
    (void) fclose(in);
    return read_evidence(f, text, n);
}

static wd_judgement judged(const attr_fixture *f, const char *ids, wd_evidence *evidence, size_t n)
{
    wd_observed seen[64];
    wd_ask ask = {.observed = seen,
                  .n_observed = ids[0] == 0 ? 0 : attr_observe(f, ids, seen),
                  .evidence = evidence,
                  .n_evidence = n,
                  .ignored = attr_forget(f, "C0057")};
    return attr_judge(f, &ask);
}

static void behaviour_and_a_public_tool_are_insufficient(void **state)
{
    wd_judgement j = judged(*state, BEHAVIOUR, NULL, 0);
    assert_false(j.recognised);
    assert_int_equal(j.decision, WD_WHO_INSUFFICIENT);
    assert_true(j.levels[WD_LEVEL_CLUSTER].list[0].p < 0.2);
    assert_string_equal(j.confidence, "low");
    assert_true(j.would_change.n > 2);
}

static void an_exclusive_implant_makes_the_state_likely(void **state)
{
    wd_judgement j = judged(*state, BEHAVIOUR " S0584", NULL, 0);
    const wd_hypothesis *first = &j.levels[WD_LEVEL_STATE].list[0];
    assert_int_equal(j.decision, WD_WHO_STATE);
    assert_slice(first->id, "KP");
    assert_string_equal(wd_likelihood_of(first->p).word, "likely");
    assert_slice(j.levels[WD_LEVEL_CLUSTER].list[0].id, "G0032");
    assert_slice(j.levels[WD_LEVEL_UMBRELLA].list[0].id, "U-LAZARUS");
}

static void strong_items_name_the_cluster_with_dated_labels(void **state)
{
    size_t n = 0;
    wd_evidence *e = read_example(*state, "3cx-strong.jsonl", &n);
    wd_judgement j = judged(*state, BEHAVIOUR " S0584", e, n);
    assert_int_equal(n, 5);
    assert_true(attr_p(&j.levels[WD_LEVEL_UMBRELLA], "U-LAZARUS") >= 0.8);
    assert_int_equal(j.decision, WD_WHO_CLUSTER);
    assert_slice(j.named_id, "G1049");
    assert_true(j.confidence_why.len > 0);
    bool dated = false;
    for (size_t i = 0; i < j.aliases.n; i++) {
        dated = dated || wd_slice_find(j.aliases.list[i],
                                       WD_S("LABYRINTH CHOLLIMA (CrowdStrike, 2023-03-29, until "
                                            "2026-01-29")) != SIZE_MAX;
    }
    assert_true(dated);
}

static void public_tools_time_zones_and_style_attribute_nothing(void **state)
{
    size_t n = 0;
    wd_evidence *e = read_example(*state, "3cx-worthless.jsonl", &n);
    wd_judgement j = judged(*state, "", e, n);
    assert_int_equal(j.decision, WD_WHO_UNATTRIBUTED);
    assert_int_equal(j.named.len, 0);
}

#define CO                                                                              \
    "{\"id\":\"a\",\"class\":\"infrastructure\",\"target\":\"G1049\",\"grade\":\"B1\"," \
    "\"publisher\":\"X\",\"text\":\"same server\"}\n"
#define RICH                                                                                \
    "{\"id\":\"b\",\"class\":\"toolchain\",\"target\":\"G1049\",\"grade\":\"B2\",\"text\":" \
    "\"build\"}\n"
#define CONTRARY                                                                        \
    "{\"id\":\"c\",\"class\":\"infrastructure\",\"target\":\"G0034\",\"grade\":\"B1\"," \
    "\"publisher\":\"Y\",\"text\":\"server of somebody else\"}\n"

static void a_copied_header_against_contrary_infrastructure_lowers_certainty(void **state)
{
    size_t n = 0;
    wd_evidence *plain = read_evidence(*state, CO RICH, &n);
    wd_judgement before = judged(*state, BEHAVIOUR " S0584", plain, n);
    wd_evidence *mixed = read_evidence(*state, CO RICH CONTRARY, &n);
    wd_judgement after = judged(*state, BEHAVIOUR " S0584", mixed, n);
    assert_true(attr_p(&after.levels[WD_LEVEL_STATE], "KP") <
                attr_p(&before.levels[WD_LEVEL_STATE], "KP") - 0.01);
    assert_true(after.decision <= before.decision);
}

static void publishers_of_one_sample_are_one_witness(void **state)
{
    size_t n = 0;
    static const char one[] =
        "{\"id\":\"1\",\"class\":\"code\",\"target\":\"G1049\",\"grade\":\"B2\",\"basis\":\"s\"}\n";
    static const char six[] =
        "{\"id\":\"1\",\"class\":\"code\",\"target\":\"G1049\",\"grade\":\"B2\",\"basis\":\"s\"}\n"
        "{\"id\":\"2\",\"class\":\"code\",\"target\":\"G1049\",\"grade\":\"B2\",\"basis\":\"s\"}\n"
        "{\"id\":\"3\",\"class\":\"code\",\"target\":\"G1049\",\"grade\":\"C3\",\"basis\":\"s\"}\n";
    wd_evidence *a = read_evidence(*state, one, &n);
    wd_judgement x = judged(*state, BEHAVIOUR, a, n);
    wd_evidence *b = read_evidence(*state, six, &n);
    wd_judgement y = judged(*state, BEHAVIOUR, b, n);
    assert_true(attr_p(&x.levels[WD_LEVEL_CLUSTER], "G1049") >=
                attr_p(&y.levels[WD_LEVEL_CLUSTER], "G1049") - 1e-12);
}

static void with_its_reports_the_case_is_recognised_and_says_so(void **state)
{
    const attr_fixture *f = *state;
    wd_observed seen[64];
    wd_ask ask = {.observed = seen, .n_observed = attr_observe(f, BEHAVIOUR, seen)};
    wd_judgement j = attr_judge(f, &ask);
    assert_true(j.recognised);
    assert_true(wd_slice_find(j.recognised_as, WD_S("C0057")) != SIZE_MAX);
    assert_true(j.sources.n >= 4);
    assert_true(attr_p(&j.levels[WD_LEVEL_CLUSTER], "G1049") > 0.9);
    assert_true(j.without.n > 0 && j.without.list[0].p < 0.2);
    assert_int_equal(j.decision_without, WD_WHO_INSUFFICIENT);
}

static void bad_evidence_is_refused_with_what_to_do(void **state)
{
    const attr_fixture *f = *state;
    static const struct {
        const char *line, *says;
    } cases[] = {{"{\"class\":\"hunch\",\"grade\":\"B2\"}", "key_reuse"},
                 {"{\"class\":\"code\",\"grade\":\"Z9\"}", "such as B2"},
                 {"{\"class\":\"code\",\"grade\":\"B2\",\"target\":\"G9999\"}", "G9999"},
                 {"{\"class\":", "JSON"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wd_evidence *list = NULL;
        size_t n = 0;
        wd_err err = {0};
        assert_int_not_equal(
            wd_evidence_read(f->facts, wd_slice_str(cases[i].line), f->arena, &list, &n, &err),
            WD_OK);
        assert_true(err.text[0] != 0);
        assert_true(i == 3 || strstr(err.text, cases[i].says) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_and_a_public_tool_are_insufficient),
        cmocka_unit_test(an_exclusive_implant_makes_the_state_likely),
        cmocka_unit_test(strong_items_name_the_cluster_with_dated_labels),
        cmocka_unit_test(public_tools_time_zones_and_style_attribute_nothing),
        cmocka_unit_test(a_copied_header_against_contrary_infrastructure_lowers_certainty),
        cmocka_unit_test(publishers_of_one_sample_are_one_witness),
        cmocka_unit_test(with_its_reports_the_case_is_recognised_and_says_so),
        cmocka_unit_test(bad_evidence_is_refused_with_what_to_do),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, attr_open, attr_close);
}

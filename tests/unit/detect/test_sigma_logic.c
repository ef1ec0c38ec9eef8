#include "sigma_testing.h"

/* Conditions, log sources, filters, refusals: what stands around the values. */

#define ABC "  a: {A: 1}\n  b: {B: 1}\n  c: {C: 1}\n  _d: {D: 1}\n  condition: "

static void operators_bind_not_before_and_before_or(void **state)
{
    (void) state;
    MATCHES(ABC "a or b and c", "A=1");
    DIFFERS(ABC "(a or b) and c", "A=1");
    MATCHES(ABC "(a or b) and c", "B=1", "C=1");
    MATCHES(ABC "not a and b", "B=1");
    DIFFERS(ABC "not (a and b)", "A=1", "B=1");
    MATCHES(ABC "not not a", "A=1");
    MATCHES(ABC "a AND NOT b Or c", "C=1", "B=1");
}

static void quantities_count_selections_by_name(void **state)
{
    (void) state;
#define S "  s_a: {A: 1}\n  s_b: {B: 1}\n  s_c: {C: 1}\n  f: {F: 1}\n  condition: "
    MATCHES(S "1 of s_*", "B=1");
    DIFFERS(S "1 of s_*", "F=1");
    DIFFERS(S "all of s_*", "A=1", "B=1");
    MATCHES(S "all of s_*", "A=1", "B=1", "C=1");
    MATCHES(S "2 of s_*", "A=1", "C=1");
    DIFFERS(S "2 of s_*", "A=1");
    MATCHES(S "any of s_* and not 1 of f*", "A=1");
    MATCHES(S "1 of *_b", "B=1");
}

static void them_leaves_out_names_that_begin_with_an_underscore(void **state)
{
    (void) state;
    DIFFERS(ABC "1 of them", "D=1");
    MATCHES(ABC "1 of them", "C=1");
    MATCHES(ABC "all of them", "A=1", "B=1", "C=1");
    MATCHES(ABC "_d", "D=1");
}

static void a_list_of_conditions_is_an_or(void **state)
{
    (void) state;
    MATCHES("  a: {A: 1}\n  b: {B: 1}\n  condition: [a, b]", "B=1");
    DIFFERS("  a: {A: 1}\n  b: {B: 1}\n  condition: [a, b]", "C=1");
}

static void maps_are_and_lists_of_maps_are_or(void **state)
{
    (void) state;
    DIFFERS("  s: {A: 1, B: 1}\n  condition: s", "A=1");
    MATCHES("  s:\n    - {A: 1}\n    - {B: 1}\n  condition: s", "B=1");
    MATCHES("  s:\n    - {A: 1}\n    - word\n  condition: s", "X=a word");
}

static void broken_conditions_are_refused_with_the_place(void **state)
{
    (void) state;
    static const struct {
        const char *condition;
        const char *reason;
    } cases[] = {
        {"a and", "refused: condition: something is missing at 'the end'"},
        {"a b", "refused: condition: an operator is missing at 'b'"},
        {"(a or b", "refused: condition: a closing parenthesis is missing at 'the end'"},
        {"x", "refused: condition: no selection has this name at 'x'"},
        {"1 of x*", "refused: condition: too few selections have such a name at 'x*'"},
        {"5 of them", "refused: condition: too few selections have such a name at 'them'"},
        {"a | count() > 5",
         "refused: condition: aggregation after '|' was replaced by correlations "
         "in Sigma 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rule[512];
        snprintf(rule, sizeof rule, "%s%s%s\n", RULE(""), ABC, cases[i].condition);
        assert_string_equal(refusal_of(rule, NULL, 0), cases[i].reason);
    }
}

static void nesting_without_end_is_refused(void **state)
{
    (void) state;
    char rule[4096];
    snprintf(rule, sizeof rule, "%s%s", RULE(""), ABC);
    for (int i = 0; i < 1000; i++) {
        strcat(rule, "(");
    }
    assert_string_equal(refusal_of(rule, NULL, 0), "refused: condition: nested too deeply at '('");
}

/* --- log sources ----------------------------------------------------------------------------- */

static void records_reach_rules_by_their_own_channel(void **state)
{
    (void) state;
    bench b;
    bench_open(&b, RULE(ITEM("Image|endswith: x.exe")));
    assert_string_equal(
        HITS(&b, "Channel=Microsoft-Windows-Sysmon/Operational", "EventID=1", "Image=x.exe"), "r");
    assert_string_equal(
        HITS(&b, "Channel=microsoft-windows-sysmon/OPERATIONAL", "EventID=1", "Image=x.exe"), "r");
    assert_string_equal(
        HITS(&b, "Channel=Microsoft-Windows-Sysmon/Operational", "EventID=2", "Image=x.exe"), "");
    assert_string_equal(HITS(&b, "Channel=Other", "EventID=1", "Image=x.exe"), "");
    /* Without a channel the provider tells. */
    assert_string_equal(
        HITS(&b, "Provider_Name=Microsoft-Windows-Sysmon", "EventID=1", "Image=x.exe"), "r");
    bench_close(&b);
}

static void process_starts_of_the_security_log_count_too(void **state)
{
    (void) state;
    bench b;
    bench_open(&b, RULE(ITEM("Image|endswith: x.exe, ParentImage|endswith: p.exe")));
    assert_string_equal(HITS(&b, "Channel=Security", "EventID=4688", "NewProcessName=C:\\x.exe",
                             "ParentProcessName=C:\\p.exe"),
                        "r");
    assert_string_equal(HITS(&b, "Channel=Security", "EventID=4689", "NewProcessName=C:\\x.exe",
                             "ParentProcessName=C:\\p.exe"),
                        "");
    bench_close(&b);
}

static void a_category_may_ask_for_more_than_the_id(void **state)
{
    (void) state;
    bench b;
    bench_open(&b, "title: r\nlogsource: {product: windows, category: registry_add}\n"
                   "detection:\n" ITEM("TargetObject|contains: run") "\n");
    assert_string_equal(HITS(&b, "Channel=Microsoft-Windows-Sysmon/Operational", "EventID=12",
                             "EventType=CreateKey", "TargetObject=HKLM\\Run"),
                        "r");
    assert_string_equal(HITS(&b, "Channel=Microsoft-Windows-Sysmon/Operational", "EventID=12",
                             "EventType=DeleteKey", "TargetObject=HKLM\\Run"),
                        "");
    bench_close(&b);
}

static void a_product_alone_means_all_its_channels(void **state)
{
    (void) state;
    bench b;
    bench_open(&b,
               "title: w\nlogsource: {product: windows}\ndetection:\n" ITEM(
                   "A: 1") "\n---\n"
                           "title: x\nlogsource: {product: linux}\ndetection:\n" ITEM("A: 1") "\n");
    assert_string_equal(HITS(&b, "Channel=Anything", "EventID=7", "A=1"), "w");
    assert_string_equal(HITS(&b, "Channel=auditd", "A=1"), "x");
    assert_string_equal(HITS(&b, "Channel=proxy", "A=1"), "");
    bench_close(&b);
}

static void unknown_log_sources_mean_channels_of_that_name(void **state)
{
    (void) state;
    bench b;
    bench_open(&b, "title: r\nlogsource: {category: proxy}\ndetection:\n" ITEM("c-uri: x") "\n");
    assert_string_equal(HITS(&b, "Channel=proxy", "c-uri=x"), "r");
    assert_string_equal(HITS(&b, "Channel=webserver", "c-uri=x"), "");
    assert_true(wd_sigma_covers(b.s, WD_S("Proxy"), 0));
    assert_false(wd_sigma_covers(b.s, WD_S("Security"), 4688));
    bench_close(&b);
    assert_string_equal(refusal_of("title: r\ndetection:\n" ITEM("A: 1") "\n", NULL, 0),
                        "refused: there is no log source");
}

static void an_event_inside_an_event_is_seen_by_both_ids(void **state)
{
    (void) state;
    bench b;
    bench_open(&b, "title: r\nlogsource: {product: windows, service: security}\ndetection:\n" ITEM(
                       "EventID: 4634") "\n");
    assert_string_equal(HITS(&b, "Channel=Security", "EventID=1108", "EventID=4634"), "r");
    assert_string_equal(HITS(&b, "Channel=Security", "EventID=1108"), "");
    bench_close(&b);
}

/* --- filters --------------------------------------------------------------------------------- */

#define BASE                                                                        \
    "title: r\nid: 11111111-1111-1111-1111-111111111111\nname: base\n"              \
    "logsource: {product: windows, category: process_creation}\ndetection:\n" ITEM( \
        "Image|endswith: x.exe") "\n---\n"
#define FILTER(rules, condition)                                                     \
    "title: f\nlogsource: {product: windows, category: process_creation}\nfilter:\n" \
    "  rules: " rules "\n  s: {User|startswith: adm_}\n  condition: " condition "\n"

static void filters_leave_out_what_they_describe(void **state)
{
    (void) state;
    static const char *const rules[] = {
        BASE FILTER("[11111111-1111-1111-1111-111111111111]", "s"),
        BASE FILTER("[base]", "s"),
        BASE FILTER("any", "s"),
        BASE FILTER("base", "not s"),
    };
    for (size_t i = 0; i < 4; i++) {
        bench b;
        bench_open(&b, rules[i]);
        assert_string_equal(PROCESS(&b, "Image=x.exe", "User=bob"), "r");
        assert_string_equal(PROCESS(&b, "Image=x.exe", "User=adm_bob"), "");
        assert_string_equal(PROCESS(&b, "Image=x.exe"), "r");
        bench_close(&b);
    }
}

static void a_filter_that_fits_no_rule_is_told(void **state)
{
    (void) state;
    assert_string_equal(refusal_of(BASE FILTER("[other]", "s"), NULL, 0),
                        "inactive: the filter fits none of the loaded rules");
    assert_string_equal(refusal_of(BASE FILTER("[base]", "nothing"), NULL, 0),
                        "refused: condition: no selection has this name at 'nothing'");
}

/* --- rules as such --------------------------------------------------------------------------- */

static void what_a_rule_says_of_itself_reaches_the_finding(void **state)
{
    (void) state;
    bench b;
    bench_open(&b,
               "title: Some title\nid: 22222222-2222-2222-2222-222222222222\nname: short\n"
               "level: informational\nauthor: A, B\nfalsepositives: [one, two]\n"
               "tags: [attack.t1059.001, attack.execution, attack.t1027, attack.t1059.001,\n"
               "       whodunit.tier.5, whodunit.campaign.acme, whodunit.basis.seen]\n"
               "logsource: {product: windows, service: security}\ndetection:\n" ITEM("A: 1") "\n");
    assert_int_equal(wd_sigma_count(b.s), 1);
    wd_event e = {.host = WD_S("H"), .span = {7, 8, 9}, .time = 5};
    wd_finding f = wd_sigma_finding(wd_sigma_rule_at(b.s, 0), &e);
    assert_slice(f.rule, "sigma.short");
    assert_slice(f.rule_id, "22222222-2222-2222-2222-222222222222");
    assert_slice(f.title, "Some title");
    assert_slice(f.techniques, "T1059.001 T1027");
    assert_slice(f.campaign, "acme");
    assert_slice(f.benign, "one; two");
    assert_slice(f.host, "H");
    assert_slice(wd_sigma_rule_at(b.s, 0)->level, "informational");
    assert_int_equal(f.severity, WD_INFO);
    assert_int_equal(f.basis, WD_SEEN);
    assert_int_equal(f.tier, 5);
    assert_int_equal(f.span.offset, 7);
    assert_int_equal(f.time, 5);
    bench_close(&b);
}

static void a_rule_without_a_name_is_called_like_its_file(void **state)
{
    (void) state;
    bench b;
    bench_open(&b, RULE(ITEM("A: 1")));
    assert_slice(wd_sigma_rule_at(b.s, 0)->rule, "sigma.test");
    assert_int_equal(wd_sigma_rule_at(b.s, 0)->tier, -1);
    assert_int_equal(wd_sigma_rule_at(b.s, 0)->basis, WD_LIKELY);
    bench_close(&b);
}

static void documents_that_are_no_rules_are_refused_by_name(void **state)
{
    (void) state;
    assert_string_equal(refusal_of("title: x\n", NULL, 0),
                        "refused: no detection, correlation or filter in it");
    assert_string_equal(refusal_of("- a\n- b\n", NULL, 0),
                        "refused: no detection, correlation or filter in it");
    assert_string_equal(refusal_of("detection: {a: b}\n", NULL, 0), "refused: there is no title");
    assert_string_equal(refusal_of("title: x\naction: global\ndetection: {}\n", NULL, 0),
                        "refused: 'action' collections belong to Sigma 1");
    assert_string_equal(refusal_of("title: x\nlevel: extreme\ndetection: {}\n", NULL, 0),
                        "refused: unknown level 'extreme'");
    assert_non_null(strstr(refusal_of("title: 'x\n", NULL, 0), "refused: "));
    assert_string_equal(refusal_of(BASE BASE, NULL, 0), "refused: another rule has the same id");
}

static void a_refused_rule_does_not_touch_the_others(void **state)
{
    (void) state;
    bench b;
    bench_open(
        &b,
        RULE("  s: {Image: x, Y|bad: z}\n  condition: s") "---\n"
                                                          "title: q\nlogsource: {product: windows, "
                                                          "category: process_creation}\n"
                                                          "detection:\n" ITEM("Image: x") "\n");
    size_t n = 0;
    (void) wd_sigma_refusals(b.s, &n);
    assert_int_equal(n, 1);
    assert_string_equal(PROCESS(&b, "Image=x"), "q");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_not_before_and_before_or),
        cmocka_unit_test(quantities_count_selections_by_name),
        cmocka_unit_test(them_leaves_out_names_that_begin_with_an_underscore),
        cmocka_unit_test(a_list_of_conditions_is_an_or),
        cmocka_unit_test(maps_are_and_lists_of_maps_are_or),
        cmocka_unit_test(broken_conditions_are_refused_with_the_place),
        cmocka_unit_test(nesting_without_end_is_refused),
        cmocka_unit_test(records_reach_rules_by_their_own_channel),
        cmocka_unit_test(process_starts_of_the_security_log_count_too),
        cmocka_unit_test(a_category_may_ask_for_more_than_the_id),
        cmocka_unit_test(a_product_alone_means_all_its_channels),
        cmocka_unit_test(unknown_log_sources_mean_channels_of_that_name),
        cmocka_unit_test(an_event_inside_an_event_is_seen_by_both_ids),
        cmocka_unit_test(filters_leave_out_what_they_describe),
        cmocka_unit_test(a_filter_that_fits_no_rule_is_told),
        cmocka_unit_test(what_a_rule_says_of_itself_reaches_the_finding),
        cmocka_unit_test(a_rule_without_a_name_is_called_like_its_file),
        cmocka_unit_test(documents_that_are_no_rules_are_refused_by_name),
        cmocka_unit_test(a_refused_rule_does_not_touch_the_others),
    };
    return RUN(tests);
}

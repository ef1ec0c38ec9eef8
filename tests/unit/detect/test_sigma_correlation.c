#include "sigma_testing.h"

/* Correlations: each type, boundaries of time, groups, order over files, aliases, chains. */

#define EVENT(name, value)                                                                \
    "title: " name "\nname: " name "\nlogsource: {product: windows, service: security}\n" \
    "detection:\n  s: {K: " value "}\n  condition: s\n---\n"
#define CORRELATION(body)                                               \
    "title: c\nid: cccccccc-0000-0000-0000-000000000000\nlevel: high\n" \
    "correlation:\n" body

/* An event of kind `k` at `second` after midnight, with fields. */
static void at(bench *b, unsigned second, const char *k, const char *f1, const char *f2)
{
    char time[64];
    char kind[64];
    snprintf(time, sizeof time, "TimeCreated_SystemTime=2023-03-29T%02u:%02u:%02uZ", second / 3600,
             second / 60 % 60, second % 60);
    snprintf(kind, sizeof kind, "K=%s", k);
    const char *pairs[8] = {"Channel=Security", "Computer=HOST", time, kind};
    size_t n = 4;
    if (f1 != NULL) {
        pairs[n++] = f1;
    }
    if (f2 != NULL) {
        pairs[n++] = f2;
    }
    (void) hits_of(b, pairs);
}

static wd_sigma_alert *judge(bench *b, size_t *n)
{
    wd_sigma_alert *alerts = NULL;
    assert_int_equal(wd_sigma_judge(b->s, b->parts, b->n_parts, b->arena, &alerts, n), WD_OK);
    return alerts;
}

static size_t alerts_of(bench *b)
{
    size_t n = 0;
    (void) judge(b, &n);
    return n;
}

static void open_whole(bench *b, const char *rules)
{
    size_t n = 0;
    bench_open(b, rules);
    const wd_sigma_refusal *r = wd_sigma_refusals(b->s, &n);
    if (n > 0) {
        fail_msg("%.*s", (int) r->reason.len, (const char *) r->reason.ptr);
    }
    assert_true(wd_sigma_has_correlations(b->s));
}

#define COUNT3                                        \
    EVENT("a", "a")                                   \
    CORRELATION("  type: event_count\n  rules: [a]\n" \
                "  group-by: [User]\n  timespan: 10s\n  condition: {gte: 3}\n")

static void events_are_counted_within_the_time_span_both_ends_included(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, COUNT3);
    at(&b, 0, "a", "User=x", NULL);
    at(&b, 5, "a", "User=x", NULL);
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 10, "a", "User=x", NULL);
    assert_int_equal(alerts_of(&b), 1);
    bench_close(&b);
    open_whole(&b, COUNT3);
    at(&b, 0, "a", "User=x", NULL);
    at(&b, 5, "a", "User=x", NULL);
    at(&b, 11, "a", "User=x", NULL);
    assert_int_equal(alerts_of(&b), 0);
    bench_close(&b);
}

static void windows_slide_and_are_not_cut_at_boundaries(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, COUNT3);
    at(&b, 0, "a", "User=x", NULL);
    at(&b, 9, "a", "User=x", NULL);
    at(&b, 12, "a", "User=x", NULL);
    at(&b, 15, "a", "User=x", NULL);
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 1);
    assert_int_equal(alerts[0].n_parts, 3);
    assert_int_equal((alerts[0].last - alerts[0].first) / WD_TICKS_PER_SECOND, 6);
    bench_close(&b);
}

static void one_burst_is_one_alert(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, COUNT3);
    for (unsigned i = 0; i < 40; i++) {
        at(&b, i, "a", "User=x", NULL);
    }
    for (unsigned i = 0; i < 3; i++) {
        at(&b, 1000 + i, "a", "User=x", NULL);
    }
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 2);
    assert_int_equal(alerts[0].n_parts, 40);
    assert_int_equal((int) alerts[0].value, 11);
    assert_slice(alerts[0].group, "User=x");
    assert_slice(alerts[0].host, "HOST");
    wd_finding f = wd_sigma_alert_finding(&alerts[0], b.arena);
    assert_slice(f.sentence, "c: 40 records from 2023-03-29T00:00:00Z to 2023-03-29T00:00:39Z");
    assert_int_equal(f.severity, WD_HIGH);
    bench_close(&b);
}

static void groups_are_counted_apart_and_without_case(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, COUNT3);
    at(&b, 0, "a", "User=x", NULL);
    at(&b, 1, "a", "User=y", NULL);
    at(&b, 2, "a", "User=X", NULL);
    at(&b, 3, "a", "User=y", NULL);
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 4, "a", "User=x", NULL);
    assert_int_equal(alerts_of(&b), 1);
    bench_close(&b);
}

static void events_without_the_field_form_a_group_of_their_own(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, COUNT3);
    at(&b, 0, "a", NULL, NULL);
    at(&b, 1, "a", "User=", NULL); /* empty is not absent */
    at(&b, 2, "a", NULL, NULL);
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 3, "a", NULL, NULL);
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 1);
    assert_slice(alerts[0].group, "User=(none)");
    bench_close(&b);
}

static void an_upper_bound_is_judged_over_the_whole_window(void **state)
{
    (void) state;
    bench b;
    open_whole(&b,
               EVENT("a", "a") CORRELATION("  type: event_count\n  rules: [a]\n  timespan: 10s\n"
                                           "  condition: {gt: 1, lte: 3}\n"));
    for (unsigned i = 0; i < 5; i++) {
        at(&b, i, "a", NULL, NULL); /* five: too many */
    }
    assert_int_equal(alerts_of(&b), 0);
    for (unsigned i = 0; i < 3; i++) {
        at(&b, 100 + i, "a", NULL, NULL);
    }
    at(&b, 200, "a", NULL, NULL); /* one: too few */
    assert_int_equal(alerts_of(&b), 1);
    bench_close(&b);
}

static void equal_and_unequal_counts_can_be_asked_for(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, EVENT("a", "a") CORRELATION("  type: event_count\n  rules: [a]\n"
                                               "  timespan: 10s\n  condition: {eq: 2}\n"));
    at(&b, 0, "a", NULL, NULL);
    at(&b, 1, "a", NULL, NULL);
    assert_int_equal(alerts_of(&b), 1);
    at(&b, 2, "a", NULL, NULL);
    assert_int_equal(alerts_of(&b), 0);
    bench_close(&b);
    open_whole(&b, EVENT("a", "a") CORRELATION("  type: event_count\n  rules: [a]\n"
                                               "  timespan: 10s\n  condition: {neq: 2}\n"));
    at(&b, 0, "a", NULL, NULL);
    assert_int_equal(alerts_of(&b), 1);
    at(&b, 1, "a", NULL, NULL);
    assert_int_equal(alerts_of(&b), 0);
    bench_close(&b);
}

static void values_are_counted_once_each(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, EVENT("a", "a") CORRELATION(
                       "  type: value_count\n  rules: [a]\n  group-by: [Ip]\n  timespan: 1m\n"
                       "  condition: {gte: 3, field: User}\n"));
    at(&b, 0, "a", "Ip=1", "User=x");
    at(&b, 1, "a", "Ip=1", "User=X");
    at(&b, 2, "a", "Ip=1", "User=y");
    at(&b, 3, "a", "Ip=1", NULL);
    at(&b, 4, "a", "Ip=2", "User=z");
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 5, "a", "Ip=1", "User=z");
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 1);
    assert_int_equal((int) alerts[0].value, 3);
    assert_int_equal(alerts[0].n_parts, 4); /* the one without a user does not count */
    bench_close(&b);
}

static void values_that_leave_the_window_no_longer_count(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, EVENT("a", "a") CORRELATION("  type: value_count\n  rules: [a]\n"
                                               "  timespan: 10s\n"
                                               "  condition: {gte: 2, field: [User, Ip]}\n"));
    at(&b, 0, "a", "User=x", "Ip=1");
    at(&b, 11, "a", "User=y", "Ip=1");
    at(&b, 12, "a", "User=y", "Ip=1");
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 13, "a", "User=y", "Ip=2");
    assert_int_equal(alerts_of(&b), 1);
    bench_close(&b);
}

static void sums_averages_and_percentiles_compare(void **state)
{
    (void) state;
    static const struct {
        const char *type;
        const char *condition;
        bool hit;
    } cases[] = {
        {"value_sum", "gt: 59", true},
        {"value_sum", "gt: 60", false},
        {"value_sum", "lt: 61", true},
        {"value_avg", "gte: 20", true},
        {"value_avg", "gt: 20", false},
        {"value_avg", "lt: 20.5", true},
        {"value_percentile", "percentile: 50, gte: 20", true},
        {"value_percentile", "percentile: 50, gt: 20", false},
        {"value_percentile", "percentile: 75, eq: 25", true},
        {"value_percentile", "percentile: 100, gte: 30", true},
        {"value_percentile", "percentile: 0, lte: 10", true},
        {"value_median", "eq: 20", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rules[1024];
        bench b;
        snprintf(rules, sizeof rules,
                 "%stitle: c\ncorrelation:\n  type: %s\n  rules: [a]\n  timespan: 1h\n"
                 "  condition: {field: N, %s}\n",
                 EVENT("a", "a"), cases[i].type, cases[i].condition);
        open_whole(&b, rules);
        at(&b, 0, "a", "N=30", NULL);
        at(&b, 1, "a", "N=10", NULL);
        at(&b, 2, "a", "N=no number", NULL);
        at(&b, 3, "a", "N=20", NULL);
        if ((alerts_of(&b) > 0) != cases[i].hit) {
            fail_msg("%s %s", cases[i].type, cases[i].condition);
        }
        bench_close(&b);
    }
}

static void a_percentile_without_a_number_finds_rare_values(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, EVENT("a", "a") CORRELATION("  type: value_percentile\n  rules: [a]\n"
                                               "  timespan: 1h\n"
                                               "  condition: {field: Image, lte: 5}\n"));
    for (unsigned i = 0; i < 30; i++) {
        at(&b, i, "a", "Image=common", NULL);
    }
    at(&b, 31, "a", "Image=rare", NULL);
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 1);
    assert_int_equal((alerts[0].first - b.parts[0].time) / WD_TICKS_PER_SECOND, 31);
    bench_close(&b);
}

#define ABC EVENT("a", "a") EVENT("b", "b") EVENT("c", "c")

static void temporal_wants_all_rules_in_any_order(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, ABC CORRELATION("  type: temporal\n  rules: [a, b, c]\n  group-by: [User]\n"
                                   "  timespan: 10s\n"));
    at(&b, 1, "c", "User=x", NULL);
    at(&b, 2, "a", "User=x", NULL);
    at(&b, 12, "b", "User=x", NULL); /* c is too long ago */
    at(&b, 3, "b", "User=y", NULL);
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 11, "b", "User=x", NULL);
    assert_int_equal(alerts_of(&b), 1);
    bench_close(&b);
}

static void temporal_takes_a_count_or_a_condition_in_words(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, ABC CORRELATION("  type: temporal\n  rules: [a, b, c]\n  timespan: 10s\n"
                                   "  condition: {gte: 2}\n"));
    at(&b, 1, "a", NULL, NULL);
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 2, "c", NULL, NULL);
    assert_int_equal(alerts_of(&b), 1);
    bench_close(&b);
    open_whole(&b, ABC CORRELATION("  type: temporal\n  rules: [a, b, c]\n  timespan: 10s\n"
                                   "  condition: a AND NOT b\n"));
    at(&b, 1, "a", NULL, NULL);
    at(&b, 100, "a", NULL, NULL);
    at(&b, 105, "b", NULL, NULL);
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 1);
    assert_int_equal(alerts[0].first, b.parts[0].time);
    bench_close(&b);
}

#define ORDERED                                                      \
    ABC CORRELATION("  type: temporal_ordered\n  rules: [a, b, c]\n" \
                    "  timespan: 10s\n")

static void ordered_wants_the_order_of_the_list(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, ORDERED);
    at(&b, 1, "a", NULL, NULL);
    at(&b, 2, "c", NULL, NULL);
    at(&b, 3, "b", NULL, NULL);
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 4, "c", NULL, NULL);
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 1);
    assert_int_equal(alerts[0].n_parts, 3);
    assert_int_equal((alerts[0].last - alerts[0].first) / WD_TICKS_PER_SECOND, 3);
    bench_close(&b);
}

static void ordered_finds_the_latest_start_that_still_fits(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, ORDERED);
    at(&b, 0, "a", NULL, NULL);
    at(&b, 1, "b", NULL, NULL);
    at(&b, 6, "a", NULL, NULL);
    at(&b, 8, "b", NULL, NULL);
    at(&b, 14, "c", NULL, NULL);
    assert_int_equal(alerts_of(&b), 1);
    bench_close(&b);
    open_whole(&b, ORDERED);
    at(&b, 0, "a", NULL, NULL);
    at(&b, 9, "b", NULL, NULL);
    at(&b, 11, "c", NULL, NULL);
    assert_int_equal(alerts_of(&b), 0);
    bench_close(&b);
}

static void each_complete_sequence_is_an_alert_of_its_own(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, ORDERED);
    for (unsigned i = 0; i < 3; i++) {
        at(&b, 100 * i, "a", NULL, NULL);
        at(&b, 100 * i + 1, "b", NULL, NULL);
        at(&b, 100 * i + 2, "c", NULL, NULL);
    }
    assert_int_equal(alerts_of(&b), 3);
    bench_close(&b);
}

static void time_decides_not_the_order_of_files(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, ORDERED);
    b.item = 1;
    at(&b, 3, "c", NULL, NULL);
    b.item = 2;
    at(&b, 2, "b", NULL, NULL);
    b.item = 3;
    at(&b, 1, "a", NULL, NULL);
    assert_int_equal(alerts_of(&b), 1);
    bench_close(&b);
}

static void any_order_of_parts_gives_the_same_alerts(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, ABC "title: c1\ncorrelation: {type: temporal, rules: [a, b], group-by: [User], "
                       "timespan: 5s}\n---\n"
                       "title: c2\ncorrelation: {type: event_count, rules: [a, b, c], timespan: "
                       "9s, condition: {gte: 4}}\n");
    static const char *const kinds[] = {"a", "b", "c"};
    static const char *const users[] = {"User=x", "User=y", "User=X"};
    for (unsigned i = 0; i < 120; i++) {
        b.item = i % 5;
        at(&b, i * 7 % 300, kinds[i * i % 3], users[i % 3], NULL);
    }
    size_t n = 0;
    wd_sigma_alert *first = judge(&b, &n);
    assert_true(n > 3);
    for (unsigned round = 1; round < 20; round++) {
        for (size_t i = b.n_parts - 1; i > 0; i--) {
            size_t k = (i * 31 + round * 17) % (i + 1);
            wd_sigma_part keep = b.parts[i];
            b.parts[i] = b.parts[k];
            b.parts[k] = keep;
        }
        size_t m = 0;
        wd_sigma_alert *again = judge(&b, &m);
        assert_int_equal(m, n);
        for (size_t i = 0; i < n; i++) {
            assert_ptr_equal(again[i].rule, first[i].rule);
            assert_int_equal(again[i].first, first[i].first);
            assert_int_equal(again[i].last, first[i].last);
            assert_int_equal(again[i].n_parts, first[i].n_parts);
            assert_true(wd_slice_eq(again[i].group, first[i].group));
        }
    }
    bench_close(&b);
}

static void aliases_join_fields_of_different_names(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, EVENT("a", "a") EVENT("b", "b") CORRELATION(
                       "  type: temporal\n  rules: [a, b]\n  group-by: [ip]\n  timespan: 10s\n"
                       "  aliases:\n    ip: {a: SourceIp, b: DestinationIp}\n"));
    at(&b, 1, "a", "SourceIp=1.1.1.1", "DestinationIp=2.2.2.2");
    at(&b, 2, "b", "SourceIp=1.1.1.1", "DestinationIp=2.2.2.2");
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 3, "b", "SourceIp=9.9.9.9", "DestinationIp=1.1.1.1");
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 1);
    assert_slice(alerts[0].group, "ip=1.1.1.1");
    bench_close(&b);
}

static void correlations_use_correlations(void **state)
{
    (void) state;
    bench b;
    open_whole(
        &b,
        EVENT("fail", "f") EVENT(
            "ok", "o") "title: many\nname: many\ncorrelation: {type: event_count, rules: [fail], "
                       "group-by: [User, Ip], timespan: 1m, condition: {gte: 3}}\n---\n"
                       "title: broken in\ncorrelation: {type: temporal_ordered, rules: [many, ok], "
                       "group-by: [User], timespan: 1h}\n");
    at(&b, 0, "f", "User=x", "Ip=1");
    at(&b, 1, "f", "User=x", "Ip=1");
    at(&b, 5, "o", "User=x", "Ip=1"); /* before the third failure */
    at(&b, 9, "f", "User=x", "Ip=1");
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 10, "f", "User=x", "Ip=1");
    at(&b, 10, "o", "User=y", "Ip=1");
    assert_int_equal(alerts_of(&b), 0);
    at(&b, 20, "o", "User=x", "Ip=1");
    size_t n = 0;
    wd_sigma_alert *alerts = judge(&b, &n);
    assert_int_equal(n, 1);
    assert_slice(alerts[0].rule->title, "broken in");
    assert_int_equal(alerts[0].n_parts, 5);
    bench_close(&b);
}

static void base_rules_alert_only_when_asked_to(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, COUNT3);
    at(&b, 0, "a", "User=x", NULL);
    assert_string_equal(b.hits, "");
    assert_int_equal(b.n_parts, 1);
    bench_close(&b);
    open_whole(&b, COUNT3 "  generate: true\n");
    at(&b, 0, "a", "User=x", NULL);
    assert_string_equal(b.hits, "a");
    assert_int_equal(b.n_parts, 1);
    bench_close(&b);
}

static void events_without_a_time_are_left_out(void **state)
{
    (void) state;
    bench b;
    open_whole(&b, EVENT("a", "a") CORRELATION("  type: event_count\n  rules: [a]\n"
                                               "  timespan: 10s\n  condition: {gte: 1}\n"));
    (void) HITS(&b, "Channel=Security", "K=a");
    assert_int_equal(b.n_parts, 1);
    assert_int_equal(alerts_of(&b), 0);
    bench_close(&b);
}

static void correlations_that_cannot_work_are_refused(void **state)
{
    (void) state;
    static const struct {
        const char *body;
        const char *reason;
    } cases[] = {
        {"type: strange, rules: [a], timespan: 1m", "unknown type 'strange'"},
        {"type: event_count, rules: [a], timespan: 1x, condition: {gte: 1}",
         "timespan is not a number and s, m, h or d: '1x'"},
        {"type: event_count, rules: [a], timespan: 1m", "there is no condition"},
        {"type: event_count, rules: [zz], timespan: 1m, condition: {gte: 1}",
         "no rule has the id or name 'zz'"},
        {"type: event_count, rules: [a], timespan: 1m, condition: {near: 1}",
         "unknown condition 'near'"},
        {"type: event_count, rules: [a], timespan: 1m, condition: {gte: many}",
         "not a number at 'gte'"},
        {"type: value_count, rules: [a], timespan: 1m, condition: {gte: 1}",
         "the condition names no field"},
        {"type: event_count, rules: [], timespan: 1m, condition: {gte: 1}", "names no rules"},
        {"type: temporal_ordered, rules: [a], timespan: 1m, condition: not a",
         "an order needs a condition that asks for all rules"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rules[1024];
        char want[256];
        snprintf(rules, sizeof rules, "%stitle: c\ncorrelation: {%s}\n", EVENT("a", "a"),
                 cases[i].body);
        snprintf(want, sizeof want, "refused: correlation: %s", cases[i].reason);
        assert_string_equal(refusal_of(rules, NULL, 0), want);
    }
}

static void circles_of_correlations_are_refused(void **state)
{
    (void) state;
    bench b;
    size_t n = 0;
    bench_open(&b,
               "title: x\nname: x\ncorrelation: {type: temporal, rules: [y], timespan: 1m}\n---\n"
               "title: y\nname: y\ncorrelation: {type: temporal, rules: [x], timespan: 1m}\n");
    (void) wd_sigma_refusals(b.s, &n);
    assert_int_equal(n, 2);
    assert_int_equal(wd_sigma_count(b.s), 0);
    bench_close(&b);
}

static void every_truncation_of_a_part_is_refused(void **state)
{
    (void) state;
    wd_buf bytes = {0};
    wd_sigma_part p = {3, 0, 4, {5, 6, 7}, WD_S("host"), WD_S("\x01\x02\x00\x00\x00ok\x00")};
    wd_sigma_part got;
    wd_sigma_part_put(&bytes, &p);
    assert_int_equal(wd_sigma_part_take(wd_buf_slice(&bytes), &got, NULL), WD_OK);
    assert_int_equal(got.span.record, 7);
    assert_true(wd_slice_eq(got.values, p.values));
    for (size_t n = 0; n < bytes.len; n++) {
        assert_int_equal(wd_sigma_part_take(wd_slice_of(bytes.ptr, n), &got, NULL), WD_E_MALFORMED);
    }
    wd_buf_byte(&bytes, 0);
    assert_int_equal(wd_sigma_part_take(wd_buf_slice(&bytes), &got, NULL), WD_E_MALFORMED);
    wd_buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_counted_within_the_time_span_both_ends_included),
        cmocka_unit_test(windows_slide_and_are_not_cut_at_boundaries),
        cmocka_unit_test(one_burst_is_one_alert),
        cmocka_unit_test(groups_are_counted_apart_and_without_case),
        cmocka_unit_test(events_without_the_field_form_a_group_of_their_own),
        cmocka_unit_test(an_upper_bound_is_judged_over_the_whole_window),
        cmocka_unit_test(equal_and_unequal_counts_can_be_asked_for),
        cmocka_unit_test(values_are_counted_once_each),
        cmocka_unit_test(values_that_leave_the_window_no_longer_count),
        cmocka_unit_test(sums_averages_and_percentiles_compare),
        cmocka_unit_test(a_percentile_without_a_number_finds_rare_values),
        cmocka_unit_test(temporal_wants_all_rules_in_any_order),
        cmocka_unit_test(temporal_takes_a_count_or_a_condition_in_words),
        cmocka_unit_test(ordered_wants_the_order_of_the_list),
        cmocka_unit_test(ordered_finds_the_latest_start_that_still_fits),
        cmocka_unit_test(each_complete_sequence_is_an_alert_of_its_own),
        cmocka_unit_test(time_decides_not_the_order_of_files),
        cmocka_unit_test(any_order_of_parts_gives_the_same_alerts),
        cmocka_unit_test(aliases_join_fields_of_different_names),
        cmocka_unit_test(correlations_use_correlations),
        cmocka_unit_test(base_rules_alert_only_when_asked_to),
        cmocka_unit_test(events_without_a_time_are_left_out),
        cmocka_unit_test(correlations_that_cannot_work_are_refused),
        cmocka_unit_test(circles_of_correlations_are_refused),
        cmocka_unit_test(every_truncation_of_a_part_is_refused),
    };
    return RUN(tests);
}

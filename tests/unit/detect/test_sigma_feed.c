#include "sigma_testing.h"

#include "core/buf.h"
#include "detect/sigma_feed.h"

typedef struct heard {
    char findings[512];
    wd_obs parts[8];
    size_t n_parts;
    size_t limits;
    wd_arena *arena;
    wd_buf lines;
} heard;

static wd_status on_finding(void *ctx, const wd_finding *f)
{
    heard *h = ctx;
    size_t used = strlen(h->findings);
    snprintf(h->findings + used, sizeof h->findings - used, "%.*s;", (int) f->rule.len,
             (const char *) f->rule.ptr);
    return WD_OK;
}

static wd_status on_obs(void *ctx, const wd_obs *o)
{
    heard *h = ctx;
    if (o->kind == WD_OBS_RULE_PART) {
        wd_obs *kept = &h->parts[h->n_parts++];
        *kept = *o;
        for (size_t i = 0; i < o->n_attrs; i++) {
            kept->attrs[i].value = wd_arena_copy(h->arena, o->attrs[i].value);
        }
    } else {
        h->limits += o->kind == WD_OBS_LIMIT;
    }
    return WD_OK;
}

static wd_status on_output(void *ctx, wd_slice lines)
{
    wd_buf_add(&((heard *) ctx)->lines, lines);
    return WD_OK;
}

static void feed_one(bench *b, heard *h, const wd_engine *base, const char *const *pairs)
{
    h->arena = b->arena;
    wd_sink sink = {h, on_obs, on_finding, on_output};
    wd_item item = {.path = WD_S("a > b.evtx"), .name = WD_S("b.evtx")};
    wd_engine engine = *base;
    wd_sigma_feed_to to = {&engine, &item, &sink, b->arena};
    wd_sigma_feed *feed = NULL;
    wd_event e = event_of(b, pairs);
    e.span = (wd_span){512, 100, 77};
    assert_int_equal(wd_sigma_feed_new(&feed, &to, NULL), WD_OK);
    assert_int_equal(wd_sigma_feed_event(feed, &e), WD_OK);
    assert_int_equal(wd_sigma_feed_end(feed), WD_OK);
    wd_sigma_feed_free(feed);
}

static const char *const event[] = {"Channel=Microsoft-Windows-Sysmon/Operational",
                                    "EventID=1",
                                    "TimeCreated_SystemTime=2023-03-29T01:02:03Z",
                                    "Computer=H",
                                    "Image=C:\\x.exe",
                                    "Data=1",
                                    "Data=2",
                                    NULL};

static void a_hit_becomes_a_finding_and_a_line(void **state)
{
    (void) state;
    bench b;
    heard h = {0};
    bench_open(&b, "id: 0000000a-0000-0000-0000-000000000000\ntags: [attack.t1059]\n" RULE(
                       ITEM("Image|endswith: x.exe")));
    wd_engine engine = {.sigma = b.s, .since = WD_NO_TIME, .until = WD_NO_TIME};
    feed_one(&b, &h, &engine, event);
    assert_string_equal(h.findings, "sigma.test;");
    assert_int_equal(h.lines.len, 0);
    engine.stream = WD_STREAM_HITS;
    feed_one(&b, &h, &engine, event);
    assert_slice(wd_buf_slice(&h.lines),
                 "{\"rule\":\"sigma.test\",\"rule_id\":\"0000000a-0000-0000-0000-000000000000\","
                 "\"title\":\"r\",\"level\":\"medium\",\"techniques\":[\"T1059\"],"
                 "\"time\":\"2023-03-29T01:02:03Z\",\"host\":\"H\","
                 "\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\"event_id\":1,"
                 "\"record_id\":77,\"item\":\"a > b.evtx\",\"offset\":512,\"recovered\":false,"
                 "\"fields\":{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\","
                 "\"EventID\":\"1\",\"TimeCreated_SystemTime\":\"2023-03-29T01:02:03Z\","
                 "\"Computer\":\"H\",\"Image\":\"C:\\\\x.exe\",\"Data\":[\"1\",\"2\"]}}\n");
    wd_buf_free(&h.lines);
    bench_close(&b);
}

static void events_outside_of_the_time_asked_for_are_left_alone(void **state)
{
    (void) state;
    bench b;
    heard h = {0};
    bench_open(&b, RULE(ITEM("Image|endswith: x.exe")));
    wd_time at = 0;
    assert_true(wd_time_parse(WD_S("2023-03-29T01:02:03Z"), &at));
    wd_engine engine = {.sigma = b.s, .since = at + 1, .until = WD_NO_TIME};
    feed_one(&b, &h, &engine, event);
    engine = (wd_engine){.sigma = b.s, .since = WD_NO_TIME, .until = at - 1};
    feed_one(&b, &h, &engine, event);
    assert_string_equal(h.findings, "");
    engine = (wd_engine){.sigma = b.s, .since = at, .until = at};
    feed_one(&b, &h, &engine, event);
    assert_string_equal(h.findings, "sigma.test;");
    bench_close(&b);
}

static void parts_survive_as_observations(void **state)
{
    (void) state;
    bench b;
    heard h = {0};
    bench_open(&b, "name: base\n" RULE(
                       ITEM("Image|endswith: x.exe")) "---\ntitle: c\ncorrelation: "
                                                      "{type: event_count, rules: [base], "
                                                      "group-by: [Image, None], timespan: 1m, "
                                                      "condition: {gte: 2}}\n");
    wd_engine engine = {.sigma = b.s, .since = WD_NO_TIME, .until = WD_NO_TIME};
    feed_one(&b, &h, &engine, event);
    assert_string_equal(h.findings, ""); /* the base rule does not alert */
    assert_int_equal(h.n_parts, 1);
    wd_sigma_part part;
    assert_true(wd_sigma_part_of_obs(b.s, &h.parts[0], &part));
    assert_slice(wd_sigma_rule_at(b.s, part.rule)->rule, "sigma.base");
    assert_int_equal(part.span.record, 77);
    assert_slice(part.host, "H");
    wd_obs strange = h.parts[0];
    for (size_t i = 0; i < strange.n_attrs; i++) {
        if (strange.attrs[i].key == WD_K_VALUE) {
            strange.attrs[i].value.len -= 2;
        }
    }
    assert_false(wd_sigma_part_of_obs(b.s, &strange, &part));
    bench_close(&b);
}

static void searches_given_up_are_told(void **state)
{
    (void) state;
    bench b;
    heard h = {0};
    bench_open(&b, RULE(ITEM("Image|re: '^(a+)+$'")));
    char image[100] = "Image=";
    memset(image + 6, 'a', 60);
    strcpy(image + 66, "!");
    wd_engine engine = {.sigma = b.s, .since = WD_NO_TIME, .until = WD_NO_TIME};
    feed_one(&b, &h, &engine,
             (const char *const[]){"Channel=Microsoft-Windows-Sysmon/Operational", "EventID=1",
                                   image, NULL});
    assert_int_equal(h.limits, 1);
    bench_close(&b);
}

static void without_rules_nothing_happens(void **state)
{
    (void) state;
    bench b;
    heard h = {0};
    bench_open(&b, RULE(ITEM("Image|endswith: x.exe")));
    wd_engine engine = {.since = WD_NO_TIME, .until = WD_NO_TIME};
    feed_one(&b, &h, &engine, event);
    assert_string_equal(h.findings, "");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hit_becomes_a_finding_and_a_line),
        cmocka_unit_test(events_outside_of_the_time_asked_for_are_left_alone),
        cmocka_unit_test(parts_survive_as_observations),
        cmocka_unit_test(searches_given_up_are_told),
        cmocka_unit_test(without_rules_nothing_happens),
    };
    return RUN(tests);
}

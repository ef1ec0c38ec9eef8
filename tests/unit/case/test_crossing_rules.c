#include "testing.h"

#include <stdio.h>

#include "case/crossing_rules.h"
#include "core/buf.h"
#include "detect/sigma_feed.h"

static const char rules[] =
    "title: base\nname: base\nlogsource: {service: test}\ndetection: {s: {A: 1}, condition: s}\n"
    "---\ntitle: Three of them\nlevel: high\ncorrelation: {type: event_count, rules: [base], "
    "group-by: [User], timespan: 10s, condition: {gte: 3}}\n";

typedef struct world {
    wd_arena *arena;
    wd_sigma *s;
    wd_case *cs;
    wd_buf lines;
    size_t n_findings;
    uint64_t item;
} world;

static wd_status on_part(void *ctx, const wd_sigma_part *part)
{
    world *w = ctx;
    wd_obs o = wd_sigma_part_obs(w->s, part);
    return wd_case_put_obs(w->cs, part->span.len, 0, &o, NULL); /* ordinal rides in len */
}

static wd_status on_line(void *ctx, wd_slice bytes)
{
    wd_buf_add(&((world *) ctx)->lines, bytes);
    return WD_OK;
}

static wd_status on_finding(void *ctx, const wd_case_finding *f)
{
    world *w = ctx;
    w->n_findings++;
    w->item = f->item;
    assert_slice(f->finding.title, "Three of them");
    assert_int_equal(f->finding.severity, WD_HIGH);
    return WD_OK;
}

static void put_item(world *w, uint64_t ordinal)
{
    wd_item_report item = {.name = WD_S("x.evtx"), .kind = WD_S("evtx"), .hashed = true};
    item.sha256[0] = (uint8_t) ordinal;
    char path[32];
    snprintf(path, sizeof path, "logs/%u.evtx", (unsigned) ordinal);
    assert_int_equal(wd_case_put_item(w->cs, ordinal, wd_slice_str(path), &item, NULL), WD_OK);
}

static void judge_over(world *w, const uint64_t *ordinals, const uint64_t *seconds, size_t n)
{
    wd_sigma_source source = {"t.yml", false, WD_S("")};
    source.text = wd_slice_str(rules);
    wd_sigma_options options = {.sources = &source, .n_sources = 1};
    wd_sigma_run *run = NULL;
    w->arena = wd_arena_new(256U << 20);
    assert_int_equal(wd_sigma_load(&w->s, &options, w->arena, NULL), WD_OK);
    assert_int_equal(wd_sigma_run_new(&run, w->s, NULL), WD_OK);
    assert_int_equal(wd_case_open_temporary(&w->cs, NULL), WD_OK);
    put_item(w, 1);
    put_item(w, 2);
    for (size_t i = 0; i < n; i++) {
        wd_field fields[] = {{WD_S("A"), WD_S("1")}, {WD_S("User"), WD_S("bob")}};
        wd_event e = {.channel = WD_S("test"),
                      .host = WD_S("H"),
                      .time = (wd_time) seconds[i] * WD_TICKS_PER_SECOND,
                      .span = {100 + i, ordinals[i], seconds[i] + 1},
                      .fields = fields,
                      .n_fields = 2};
        wd_sigma_hits hits = {w, NULL, on_part};
        assert_int_equal(wd_sigma_event(run, &e, &hits), WD_OK);
    }
    wd_engine engine = {.sigma = w->s};
    wd_rule_lines lines = {on_line, w};
    assert_int_equal(wd_case_settle(w->cs, NULL), WD_OK);
    assert_int_equal(wd_cross_rules(w->cs, &engine, &lines, NULL), WD_OK);
    assert_int_equal(wd_case_number_findings(w->cs, NULL), WD_OK);
    assert_int_equal(wd_case_each_finding(w->cs, on_finding, w, NULL), WD_OK);
    wd_sigma_run_free(run);
}

static void close_world(world *w)
{
    (void) wd_case_close(w->cs, NULL);
    wd_buf_free(&w->lines);
    wd_sigma_free(w->s);
    wd_arena_free(w->arena);
}

static void records_of_several_logs_make_one_finding(void **state)
{
    (void) state;
    world w = {0};
    judge_over(&w, (const uint64_t[]){2, 1, 2}, (const uint64_t[]){5, 9, 1}, 3);
    assert_int_equal(w.n_findings, 1);
    assert_int_equal(w.item, 2); /* where the first event is */
    assert_true(wd_slice_find(wd_buf_slice(&w.lines),
                              WD_S("\"group\":\"User=bob\",\"value\":3,")) != SIZE_MAX);
    assert_true(wd_slice_find(wd_buf_slice(&w.lines), WD_S("\"item\":\"logs/1.evtx\"")) !=
                SIZE_MAX);
    close_world(&w);
}

static void a_record_and_its_copy_in_an_export_count_once(void **state)
{
    (void) state;
    world w = {0};
    judge_over(&w, (const uint64_t[]){1, 2, 1, 2}, (const uint64_t[]){1, 1, 2, 2}, 4);
    assert_int_equal(w.n_findings, 0);
    assert_int_equal(w.lines.len, 0);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_several_logs_make_one_finding),
        cmocka_unit_test(a_record_and_its_copy_in_an_export_count_once),
    };
    return RUN(tests);
}

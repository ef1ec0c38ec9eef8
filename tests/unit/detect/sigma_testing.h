#ifndef WD_TESTS_SIGMA_TESTING_H
#define WD_TESTS_SIGMA_TESTING_H

#include "testing.h"

#include <stdio.h>

#include "core/arena.h"
#include "core/limits.h"
#include "detect/sigma.h"

/* Rules from text, one event at a time, the titles of the rules that hit. */
typedef struct bench {
    wd_arena *arena;
    wd_sigma *s;
    wd_sigma_run *run;
    char hits[4096];
    wd_sigma_part parts[256];
    size_t n_parts;
    uint64_t item; /* of the parts that follow */
} bench;

static inline wd_status on_hit(void *ctx, const wd_sigma_rule *rule, const wd_event *e)
{
    bench *b = ctx;
    (void) e;
    size_t used = strlen(b->hits);
    snprintf(b->hits + used, sizeof b->hits - used, "%s%.*s", used == 0 ? "" : ",",
             (int) rule->title.len, (const char *) rule->title.ptr);
    return WD_OK;
}

/* Through the wire and back, as in life. */
static inline wd_status on_part(void *ctx, const wd_sigma_part *part)
{
    bench *b = ctx;
    wd_buf bytes = {0};
    wd_sigma_part_put(&bytes, part);
    wd_slice kept = wd_arena_copy(b->arena, wd_buf_slice(&bytes));
    wd_buf_free(&bytes);
    assert_true(b->n_parts < 256);
    assert_int_equal(wd_sigma_part_take(kept, &b->parts[b->n_parts], NULL), WD_OK);
    b->parts[b->n_parts++].item = b->item;
    return WD_OK;
}

static inline void bench_open_lists(bench *b, const char *rules, const wd_sigma_list *lists,
                                    size_t n_lists)
{
    static char table[1024];
    const char *root = getenv("WD_SOURCE_ROOT");
    wd_err err = {0};
    memset(b, 0, sizeof *b);
    snprintf(table, sizeof table, "%s/rules/logsources.yml", root == NULL ? "." : root);
    b->arena = wd_arena_new(UINT64_C(1) << 30);
    wd_sigma_source source = {"test.yml", false, wd_slice_str(rules)};
    wd_sigma_options options = {&source, 1, table, lists, n_lists, NULL};
    if (wd_sigma_load(&b->s, &options, b->arena, &err) != WD_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(wd_sigma_run_new(&b->run, b->s, NULL), WD_OK);
}

static inline void bench_open(bench *b, const char *rules)
{
    bench_open_lists(b, rules, NULL, 0);
}

static inline void bench_close(bench *b)
{
    wd_sigma_run_free(b->run);
    wd_sigma_free(b->s);
    wd_arena_free(b->arena);
}

/* An event from "Name=value" strings, ended by NULL. Channel, EventID, Computer and time are also
 * set as readers set them. */
static inline wd_event event_of(bench *b, const char *const *pairs)
{
    wd_event e = {.time = WD_NO_TIME};
    uint64_t id = 0;
    e.fields = WD_ARRAY(b->arena, 64, wd_field);
    for (; *pairs != NULL; pairs++) {
        wd_slice s = wd_slice_str(*pairs);
        size_t eq = wd_slice_find_byte(s, '=');
        assert_true(eq != SIZE_MAX);
        e.fields[e.n_fields++] = (wd_field){wd_slice_sub(s, 0, eq), wd_slice_sub(s, eq + 1, s.len)};
    }
    e.channel = wd_event_get(&e, "Channel");
    e.provider = wd_event_get(&e, "Provider_Name");
    e.host = wd_event_get(&e, "Computer");
    if (wd_slice_to_u64(wd_event_get(&e, "EventID"), &id)) {
        e.event_id = (uint32_t) id;
    }
    (void) wd_time_parse(wd_event_get(&e, "TimeCreated_SystemTime"), &e.time);
    return e;
}

/* Titles of the rules that hit, joined by commas, in order of the rules. */
static inline const char *hits_of(bench *b, const char *const *pairs)
{
    wd_event e = event_of(b, pairs);
    wd_sigma_hits calls = {b, on_hit, on_part};
    b->hits[0] = '\0';
    assert_int_equal(wd_sigma_event(b->run, &e, &calls), WD_OK);
    return b->hits;
}

#define HITS(b, ...) hits_of((b), (const char *const[]){__VA_ARGS__, NULL})
/* Of a process start that Sysmon recorded. */
#define PROCESS(b, ...) \
    HITS((b), "Channel=Microsoft-Windows-Sysmon/Operational", "EventID=1", __VA_ARGS__)

/* Reason for which the only refused rule was refused. */
static inline const char *refusal_of(const char *rules, const wd_sigma_list *lists, size_t n_lists)
{
    static char reason[512];
    bench b;
    size_t n = 0;
    bench_open_lists(&b, rules, lists, n_lists);
    const wd_sigma_refusal *r = wd_sigma_refusals(b.s, &n);
    snprintf(reason, sizeof reason, "%s%.*s",
             n == 0 ? "" : (r->kind == WD_SIGMA_INACTIVE ? "inactive: " : "refused: "),
             n == 0 ? 0 : (int) r->reason.len, n == 0 ? "" : (const char *) r->reason.ptr);
    bench_close(&b);
    return reason;
}

/* One rule over process starts of Windows: title r, given detection. */
#define RULE(detection)                                                                           \
    "title: r\nlogsource: {product: windows, category: process_creation}\ndetection:\n" detection \
    "\n"

static inline bool matches_process(const char *rule, const char *const *pairs)
{
    bench b;
    bench_open(&b, rule);
    size_t n = 0;
    const wd_sigma_refusal *r = wd_sigma_refusals(b.s, &n);
    if (n > 0) {
        fail_msg("%.*s", (int) r->reason.len, (const char *) r->reason.ptr);
    }
    const char *all[64] = {"Channel=Microsoft-Windows-Sysmon/Operational", "EventID=1"};
    size_t used = 2;
    for (; *pairs != NULL; pairs++) {
        all[used++] = *pairs;
    }
    bool hit = strcmp(hits_of(&b, all), "r") == 0;
    bench_close(&b);
    return hit;
}

#define MATCHES(detection, ...) \
    assert_true(matches_process(RULE(detection), (const char *const[]){__VA_ARGS__, NULL}))
#define DIFFERS(detection, ...) \
    assert_false(matches_process(RULE(detection), (const char *const[]){__VA_ARGS__, NULL}))
/* One field with one value. */
#define ITEM(item) "  s: {" item "}\n  condition: s"

#endif

/* Rules over records that are already read: for comparisons with other engines and for timing.
 *
 *   judge_events LOGSOURCES RECORDS.jsonl [--repeat N] RULES...
 *
 * A record is a line {"file", "off", "kv": [[name, value], ...]}; a hit is a line
 * file <tab> EventRecordID <tab> offset <tab> rule id <tab> level <tab> title.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/json.h"
#include "core/limits.h"
#include "detect/sigma.h"

typedef struct record {
    wd_event e;
    wd_slice file;
} record;

typedef struct reading {
    wd_arena *arena;
    record *list;
    size_t n;
    size_t cap;
} reading;

static wd_status show(void *ctx, const wd_sigma_rule *rule, const wd_event *e)
{
    const record *r = ctx;
    wd_slice id = wd_event_get(e, "EventRecordID");
    if (r != NULL) {
        printf("%.*s\t%.*s\t%llu\t%.*s\t%.*s\t%.*s\n", (int) r->file.len,
               (const char *) r->file.ptr, (int) id.len, (const char *) id.ptr,
               (unsigned long long) e->span.offset, (int) rule->id.len, (const char *) rule->id.ptr,
               (int) rule->level.len, (const char *) rule->level.ptr, (int) rule->title.len,
               (const char *) rule->title.ptr);
    }
    return WD_OK;
}

static void fill(record *r)
{
    uint64_t id = 0;
    r->e.channel = wd_event_get(&r->e, "Channel");
    r->e.provider = wd_event_get(&r->e, "Provider_Name");
    r->e.host = wd_event_get(&r->e, "Computer");
    (void) wd_slice_to_u64(wd_event_get(&r->e, "EventID"), &id);
    r->e.event_id = (uint32_t) id;
    if (!wd_time_parse(wd_event_get(&r->e, "TimeCreated_SystemTime"), &r->e.time)) {
        r->e.time = WD_NO_TIME;
    }
}

static wd_status read_line(reading *rd, wd_json_doc *doc, wd_slice line)
{
    WD_TRY(wd_json_parse(doc, line, rd->arena, 0, NULL));
    const wd_json *kv = wd_json_get(doc->nodes, "kv");
    uint64_t off = 0;
    if (!wd_json_is(kv, WD_JSON_ARRAY)) {
        return WD_OK;
    }
    WD_TRY(WD_ROOM(rd->arena, rd->list, rd->n, rd->cap));
    record *r = &rd->list[rd->n++];
    *r = (record){.file = wd_arena_copy(rd->arena, wd_json_text(doc->nodes, "file"))};
    (void) wd_json_to_u64(wd_json_get(doc->nodes, "off"), &off);
    r->e.span = (wd_span){off, 0, 0};
    r->e.fields = WD_ARRAY(rd->arena, kv->n, wd_field);
    if (r->e.fields == NULL) {
        return WD_E_NOMEM;
    }
    WD_JSON_EACH (pair, kv) {
        const wd_json *name = wd_json_first(pair);
        const wd_json *value = name == NULL ? NULL : wd_json_next(pair, name);
        if (value != NULL) {
            r->e.fields[r->e.n_fields++] = (wd_field){wd_arena_copy(rd->arena, name->text),
                                                      wd_arena_copy(rd->arena, value->text)};
        }
    }
    fill(r);
    return WD_OK;
}

static wd_status read_records(reading *rd, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *line = NULL;
    size_t cap = 0;
    wd_json_doc doc = {0};
    wd_status s = f == NULL ? WD_E_IO : WD_OK;
    for (ssize_t n; s == WD_OK && (n = getline(&line, &cap, f)) > 0;) {
        s = read_line(rd, &doc, wd_slice_trim(wd_slice_of(line, (size_t) n)));
    }
    free(line);
    wd_json_doc_free(&doc);
    if (f != NULL) {
        fclose(f);
    }
    return s;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static wd_status run_all(const wd_sigma *s, const reading *rd, unsigned repeat)
{
    wd_sigma_run *run = NULL;
    WD_TRY(wd_sigma_run_new(&run, s, NULL));
    double start = now();
    wd_status st = WD_OK;
    for (unsigned k = 0; k < repeat; k++) {
        for (size_t i = 0; i < rd->n && st == WD_OK; i++) {
            wd_sigma_hits hits = {k == 0 ? &rd->list[i] : NULL, show, NULL};
            st = wd_sigma_event(run, &rd->list[i].e, &hits);
        }
    }
    double took = now() - start;
    wd_sigma_stats stats = wd_sigma_run_stats(run);
    fprintf(stderr,
            "%llu events in %.3f s: %.0f a second; routed %llu, tried %.2f rules an event, "
            "hits %llu, regex limits %llu\n",
            (unsigned long long) stats.events, took, (double) stats.events / took,
            (unsigned long long) stats.routed, (double) stats.evaluated / (double) stats.events,
            (unsigned long long) stats.hits, (unsigned long long) stats.regex_limits);
    wd_sigma_run_free(run);
    return st;
}

int main(int argc, char **argv)
{
    unsigned repeat = 1;
    int at = 3;
    if (argc > 4 && strcmp(argv[3], "--repeat") == 0) {
        repeat = (unsigned) atoi(argv[4]);
        at = 5;
    }
    if (argc <= at) {
        fprintf(stderr, "judge_events LOGSOURCES RECORDS.jsonl [--repeat N] RULES...\n");
        return 2;
    }
    reading rd = {.arena = wd_arena_new(UINT64_C(4) << 30)};
    wd_arena *rules = wd_arena_new(UINT64_C(1) << 30);
    wd_sigma_source sources[16];
    wd_sigma_options options = {.sources = sources, .logsources = argv[1]};
    for (; at < argc && options.n_sources < 16; at++) {
        sources[options.n_sources++] = (wd_sigma_source){argv[at], false};
    }
    wd_err err = {0};
    wd_sigma *s = NULL;
    double start = now();
    if (wd_sigma_load(&s, &options, rules, &err) != WD_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 4;
    }
    fprintf(stderr, "%zu rules in %.3f s, %.1f MB\n", wd_sigma_count(s), now() - start,
            (double) wd_arena_used(rules) / 1e6);
    size_t n = 0;
    const wd_sigma_refusal *r = wd_sigma_refusals(s, &n);
    for (size_t i = 0; i < n; i++) {
        fprintf(stderr, "not used: %.*s: %.*s\n", (int) r[i].path.len, (const char *) r[i].path.ptr,
                (int) r[i].reason.len, (const char *) r[i].reason.ptr);
    }
    wd_status st = read_records(&rd, argv[2]);
    st = st == WD_OK ? run_all(s, &rd, repeat) : st;
    wd_sigma_free(s);
    wd_arena_free(rules);
    wd_arena_free(rd.arena);
    return st == WD_OK ? 0 : 4;
}

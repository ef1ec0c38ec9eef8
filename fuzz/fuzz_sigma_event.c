/* Events as readers take them from hostile logs, over a fixed set of rules that uses every kind of
 * test; and parts of correlations as a worker that was taken over could send them. Input: lines
 * "name=value" make an event, an empty line ends it; names "@channel", "@id", "@time" set what
 * readers set. Everything behind the first NUL is taken as an encoded part. */
#include <stdlib.h>

#include "detect/sigma.h"
#include "fuzz.h"

static const char rules[] =
    "title: a\nlogsource: {product: windows, category: process_creation}\n"
    "detection:\n"
    "  a: {Image|endswith: ['\\cmd.exe', '\\x.exe'], CommandLine|contains|all: [who, ami]}\n"
    "  b: {CommandLine|re: '(a+)+$', Ip|cidr: 10.0.0.0/8}\n"
    "  c: {CommandLine|windash|contains: ' -enc', Size|gt: 10, T|hour: 3}\n"
    "  d: {Image|fieldref: ParentImage}\n"
    "  e: {CommandLine: 'a*b?c', User: null}\n"
    "  f: [keyword, 'key*word']\n"
    "  g: {CommandLine|base64offset|contains: 'cmd.exe'}\n"
    "  condition: 1 of them\n"
    "---\ntitle: k\nname: k\nlogsource: {product: windows}\n"
    "detection: {s: [anything, '\xc3\xa4'], t: {A: 1}, condition: s or t}\n"
    "---\ntitle: c1\ncorrelation: {type: value_count, rules: [k], group-by: [User], timespan: 1m, "
    "condition: {gte: 2, field: B}}\n"
    "---\ntitle: c2\ncorrelation: {type: temporal_ordered, rules: [k, c1], timespan: 1m}\n"
    "---\ntitle: c3\ncorrelation: {type: value_percentile, rules: [k], timespan: 1m, "
    "condition: {lt: 50, field: B}}\n";

enum { MAX_FIELDS = 64, MAX_PARTS = 256 };

typedef struct gathered {
    wd_sigma_part parts[MAX_PARTS];
    size_t n;
    wd_arena *arena;
} gathered;

static wd_status on_part(void *ctx, const wd_sigma_part *part)
{
    gathered *g = ctx;
    if (g->n < MAX_PARTS) {
        g->parts[g->n] = *part;
        g->parts[g->n].host = wd_arena_copy(g->arena, part->host);
        g->parts[g->n++].values = wd_arena_copy(g->arena, part->values);
    }
    return WD_OK;
}

static wd_status on_hit(void *ctx, const wd_sigma_rule *rule, const wd_event *e)
{
    (void) ctx;
    (void) rule;
    (void) e;
    return WD_OK;
}

static void add_line(wd_event *e, wd_slice line)
{
    size_t eq = wd_slice_find_byte(line, '=');
    uint64_t v = 0;
    wd_slice name = wd_slice_sub(line, 0, eq);
    wd_slice value = eq == SIZE_MAX ? (wd_slice){0} : wd_slice_sub(line, eq + 1, line.len);
    if (wd_slice_eq(name, WD_S("@channel"))) {
        e->channel = value;
    } else if (wd_slice_eq(name, WD_S("@id"))) {
        e->event_id = wd_slice_to_u64(value, &v) ? (uint32_t) v : 0;
    } else if (wd_slice_eq(name, WD_S("@time"))) {
        (void) wd_time_parse(value, &e->time);
    } else if (e->n_fields < MAX_FIELDS) {
        e->fields[e->n_fields++] = (wd_field){name, value};
    }
}

static void run_events(const wd_sigma *s, wd_slice text, gathered *g)
{
    wd_field fields[MAX_FIELDS];
    wd_event e = {.time = WD_NO_TIME, .fields = fields};
    wd_sigma_hits hits = {g, on_hit, on_part};
    wd_sigma_run *run = NULL;
    wd_slice line;
    if (wd_sigma_run_new(&run, s, NULL) != WD_OK) {
        return;
    }
    while (wd_slice_line(&text, &line)) {
        if (line.len > 0) {
            add_line(&e, line);
            continue;
        }
        if (wd_sigma_event(run, &e, &hits) != WD_OK) {
            abort();
        }
        e.n_fields = 0;
    }
    if (wd_sigma_event(run, &e, &hits) != WD_OK) {
        abort();
    }
    wd_sigma_run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_slice in = wd_slice_of(data, size);
    size_t nul = wd_slice_find_byte(in, 0);
    wd_arena *arena = wd_arena_new(256U << 20);
    wd_sigma_source source = {"rules.yml", false, wd_slice_str(rules)};
    wd_sigma_options options = {.sources = &source, .n_sources = 1, .logsources = NULL};
    wd_sigma *s = NULL;
    if (arena != NULL && wd_sigma_load(&s, &options, arena, NULL) == WD_OK) {
        gathered g = {.arena = arena};
        wd_sigma_alert *alerts = NULL;
        size_t n = 0;
        run_events(s, wd_slice_sub(in, 0, nul), &g);
        wd_sigma_part part;
        if (nul != SIZE_MAX && g.n < MAX_PARTS &&
            wd_sigma_part_take(wd_slice_sub(in, nul + 1, size), &part, NULL) == WD_OK) {
            wd_buf again = {0};
            wd_sigma_part_put(&again, &part);
            if (!wd_slice_eq(wd_buf_slice(&again), wd_slice_sub(in, nul + 1, size))) {
                abort();
            }
            wd_buf_free(&again);
            g.parts[g.n++] = part;
        }
        if (wd_sigma_judge(s, g.parts, g.n, arena, &alerts, &n) != WD_OK) {
            abort();
        }
    }
    wd_sigma_free(s);
    wd_arena_free(arena);
    return 0;
}

#include "sigma_testing.h"

#include <sys/stat.h>
#include <zlib.h>

#include "core/buf.h"
#include "core/json.h"
#include "core/map.h"
#include "detect/sigma_priv.h"

/*
 * The public rule sets over recordings whose hits are known (shared test data, skipped without it):
 * sigma/ the rules, events/oracle-fields.jsonl.gz every record as names and values,
 * events/detections.tsv what the rules say of them, events/labels.tsv which rule must fire where.
 */

typedef struct record {
    wd_event e;
    wd_slice file;
    bool recovered;
} record;

typedef struct world {
    char root[900];
    wd_arena *arena;
    wd_arena *rules;
    wd_sigma *s;
    record *list;
    size_t n, cap;
    wd_map hits; /* "file offset rule" */
    size_t n_hits;
} world;

static world w;

static const char *shared(const char *path)
{
    static char full[1100];
    snprintf(full, sizeof full, "%s/%s", w.root, path);
    return full;
}

static bool find_shared(void)
{
    struct stat st;
    (void) shared_data(w.root, sizeof w.root);
    return stat(shared("events/oracle-fields.jsonl.gz"), &st) == 0 &&
           stat(shared("sigma/rules"), &st) == 0;
}

#define NEEDS_DATA()                     \
    do {                                 \
        if (w.s == NULL) {               \
            SKIP_CASE("no shared data"); \
        }                                \
    } while (0)

static void load_rules(void)
{
    static const char *const sets[] = {"sigma/rules", "sigma/rules-emerging-threats",
                                       "sigma/rules-threat-hunting"};
    char paths[3][1100];
    char table[1100];
    wd_sigma_source sources[3] = {{0}};
    wd_err err = {0};
    for (size_t i = 0; i < 3; i++) {
        snprintf(paths[i], sizeof paths[i], "%s", shared(sets[i]));
        sources[i].path = paths[i];
    }
    const char *root = getenv("WD_SOURCE_ROOT");
    snprintf(table, sizeof table, "%s/rules/logsources.yml", root == NULL ? "." : root);
    wd_sigma_options options = {.sources = sources, .n_sources = 3, .logsources = table};
    w.rules = wd_arena_new(UINT64_C(1) << 30);
    if (wd_sigma_load(&w.s, &options, w.rules, &err) != WD_OK) {
        fail_msg("%s", err.text);
    }
}

static void read_record(wd_json_doc *doc, wd_slice line)
{
    uint64_t off = 0;
    uint64_t id = 0;
    assert_int_equal(wd_json_parse(doc, line, w.arena, 0, NULL), WD_OK);
    const wd_json *kv = wd_json_get(doc->nodes, "kv");
    if (!wd_json_is(kv, WD_JSON_ARRAY)) {
        return;
    }
    assert_int_equal(WD_ROOM(w.arena, w.list, w.n, w.cap), WD_OK);
    record *r = &w.list[w.n++];
    *r = (record){.file = wd_arena_copy(w.arena, wd_json_text(doc->nodes, "file"))};
    assert_true(wd_json_to_u64(wd_json_get(doc->nodes, "off"), &off));
    r->recovered = wd_slice_eq(wd_json_scalar(wd_json_get(doc->nodes, "recovered")), WD_S("1"));
    r->e.span.offset = off;
    r->e.time = WD_NO_TIME;
    r->e.fields = WD_ARRAY(w.arena, kv->n, wd_field);
    WD_JSON_EACH (pair, kv) {
        const wd_json *name = wd_json_first(pair);
        const wd_json *value = wd_json_next(pair, name);
        r->e.fields[r->e.n_fields++] =
            (wd_field){wd_arena_copy(w.arena, name->text), wd_arena_copy(w.arena, value->text)};
    }
    r->e.channel = wd_event_get(&r->e, "Channel");
    r->e.provider = wd_event_get(&r->e, "Provider_Name");
    (void) wd_slice_to_u64(wd_event_get(&r->e, "EventID"), &id);
    r->e.event_id = (uint32_t) id;
}

static void read_records(void)
{
    static char line[4 << 20];
    gzFile f = gzopen(shared("events/oracle-fields.jsonl.gz"), "rb");
    wd_json_doc doc = {0};
    assert_non_null(f);
    while (gzgets(f, line, sizeof line) != NULL) {
        read_record(&doc, wd_slice_trim(wd_slice_str(line)));
    }
    wd_json_doc_free(&doc);
    gzclose(f);
}

static wd_status keep_hit(void *ctx, const wd_sigma_rule *rule, const wd_event *e)
{
    const record *r = ctx;
    if (!r->recovered && !wd_slice_starts(r->file, WD_S("evtx/damaged/"))) {
        wd_slice key = wd_arena_printf(
            w.arena, "%.*s %llu %.*s", (int) r->file.len, (const char *) r->file.ptr,
            (unsigned long long) e->span.offset, (int) rule->id.len, (const char *) rule->id.ptr);
        bool added = false;
        assert_non_null(wd_map_put(&w.hits, key, &added));
        assert_true(added);
        w.n_hits++;
    }
    return WD_OK;
}

static void run_all(void)
{
    wd_sigma_run *run = NULL;
    assert_int_equal(wd_sigma_run_new(&run, w.s, NULL), WD_OK);
    for (size_t i = 0; i < w.n; i++) {
        wd_sigma_hits hits = {&w.list[i], keep_hit, NULL};
        assert_int_equal(wd_sigma_event(run, &w.list[i].e, &hits), WD_OK);
    }
    wd_sigma_run_free(run);
}

static int open_world(void **state)
{
    (void) state;
    if (find_shared()) {
        w.arena = wd_arena_new(UINT64_C(2) << 30);
        w.hits.arena = w.arena;
        load_rules();
        read_records();
        run_all();
    }
    return 0;
}

static int close_world(void **state)
{
    (void) state;
    wd_sigma_free(w.s);
    wd_arena_free(w.arena);
    wd_arena_free(w.rules);
    return 0;
}

/* One line of a table into its columns. */
static bool next_row(FILE *f, wd_slice *columns, size_t n)
{
    static char line[65536];
    if (fgets(line, sizeof line, f) == NULL) {
        return false;
    }
    wd_slice rest = {0};
    (void) wd_slice_line(&(wd_slice){(const uint8_t *) line, strlen(line)}, &rest);
    for (size_t i = 0; i < n; i++) {
        columns[i] = (wd_slice){0};
        (void) wd_slice_split(&rest, '\t', &columns[i]);
    }
    return true;
}

static void hardly_any_public_rule_is_refused(void **state)
{
    (void) state;
    NEEDS_DATA();
    size_t n = 0;
    const wd_sigma_refusal *r = wd_sigma_refusals(w.s, &n);
    assert_true(n <= 12);
    assert_true(wd_sigma_count(w.s) >= 3200);
    for (size_t i = 0; i < n; i++) {
        assert_true(r[i].reason.len > 0 && r[i].title.len > 0 && r[i].path.len > 0);
    }
}

static void hits_are_those_of_the_reference(void **state)
{
    (void) state;
    NEEDS_DATA();
    FILE *f = fopen(shared("events/detections.tsv"), "r");
    wd_slice c[7];
    size_t expected = 0;
    assert_non_null(f);
    (void) next_row(f, c, 7);
    while (next_row(f, c, 7)) {
        char key[2048];
        snprintf(key, sizeof key, "%.*s %.*s %.*s", (int) c[0].len, (const char *) c[0].ptr,
                 (int) c[2].len, (const char *) c[2].ptr, (int) c[3].len, (const char *) c[3].ptr);
        expected++;
        if (wd_map_find(&w.hits, wd_slice_str(key)) == NULL) {
            fail_msg("missing: %s", key);
        }
    }
    fclose(f);
    assert_int_equal(w.n_hits, expected);
}

static bool fires_in(wd_slice file, wd_slice rule)
{
    for (size_t i = 0; i < w.n; i++) {
        char key[2048];
        if (!wd_slice_eq(w.list[i].file, file)) {
            continue;
        }
        snprintf(key, sizeof key, "%.*s %llu %.*s", (int) file.len, (const char *) file.ptr,
                 (unsigned long long) w.list[i].e.span.offset, (int) rule.len,
                 (const char *) rule.ptr);
        if (wd_map_find(&w.hits, wd_slice_str(key)) != NULL) {
            return true;
        }
    }
    return false;
}

static void every_regression_case_fires(void **state)
{
    (void) state;
    NEEDS_DATA();
    FILE *f = fopen(shared("events/labels.tsv"), "r");
    wd_slice c[6];
    size_t cases = 0;
    assert_non_null(f);
    while (next_row(f, c, 6)) {
        if (wd_slice_starts(c[0], WD_S("evtx/sigma-regression/")) && c[4].len == 36) {
            cases++;
            if (!fires_in(c[0], c[4])) {
                fail_msg("silent: %.*s", (int) c[0].len, (const char *) c[0].ptr);
            }
        }
    }
    fclose(f);
    assert_int_equal(cases, 93);
}

typedef struct tally {
    uint64_t hits;
    uint64_t sum;       /* over the rules that hit, in order */
    uint64_t rules[64]; /* of the 4096 first rules that hit at all */
} tally;

static wd_status add_up(void *ctx, const wd_sigma_rule *rule, const wd_event *e)
{
    tally *t = ctx;
    (void) e;
    t->hits++;
    t->sum = t->sum * 31 + rule->index + 1;
    t->rules[rule->index / 64 % 64] |= UINT64_C(1) << rule->index % 64;
    return WD_OK;
}

/* --- events made to fit the rules ------------------------------------------------------------- */

static uint32_t dice(uint32_t n)
{
    static uint32_t r = 1; /* the same every time */
    r = r * 1664525 + 1013904223;
    return (r >> 8) % n;
}

static void add_noise(wd_buf *out)
{
    static const char chars[] = "abcXYZ 019\\/-.:\"'{}%$=,;\xc3\xa4\xe2\x80\x93";
    for (uint32_t n = dice(6); n > 0; n--) {
        wd_buf_byte(out, (uint8_t) chars[dice(sizeof chars - 1)]);
    }
}

/* Text that the pattern matches, as far as that is easy to say, in any case. */
static void add_sample(wd_buf *out, const wd_sigma_pattern *p)
{
    size_t from = out->len;
    if (p->test == WD_TEST_GLOB) {
        for (size_t i = 0; i < p->glob.n; i++) {
            wd_sigma_token t = p->glob.list[i];
            if (t == WD_TOKEN_STAR) {
                add_noise(out);
            } else {
                wd_buf_byte(out, t == WD_TOKEN_ONE ? 'q' : t == WD_TOKEN_DASH ? '/' : (uint8_t) t);
            }
        }
    } else if (p->test == WD_TEST_REGEX && p->n_must > 0) {
        wd_buf_add(out, p->must[dice((uint32_t) p->n_must)].text);
    } else {
        wd_buf_add(out, p->text);
    }
    for (size_t i = from; i < out->len; i++) {
        bool up = !p->cased && out->ptr[i] >= 'a' && out->ptr[i] <= 'z' && dice(3) == 0;
        out->ptr[i] = (uint8_t) (out->ptr[i] - (up ? 32 : 0));
    }
}

static wd_slice sample_of(wd_arena *a, const wd_sigma_item *item)
{
    wd_buf text = {0};
    const wd_sigma_pattern *one = &item->patterns[dice((uint32_t) item->n)];
    bool front = one->test == WD_TEST_CONTAINS || one->test == WD_TEST_ENDS;
    bool back = one->test == WD_TEST_CONTAINS || one->test == WD_TEST_STARTS;
    if (front) {
        add_noise(&text);
    }
    for (size_t i = 0; i < item->n && item->all; i++) {
        add_sample(&text, &item->patterns[i]);
        add_noise(&text);
    }
    if (!item->all) {
        add_sample(&text, one);
    }
    if (back) {
        add_noise(&text);
    }
    wd_slice copy = wd_arena_copy(a, wd_buf_slice(&text));
    wd_buf_free(&text);
    return copy;
}

/* Fields that meet, at random, some of what a rule asks for. */
static void add_fields(wd_arena *a, uint32_t index, wd_event *e)
{
    const wd_sigma_node *n = &w.s->nodes.list[index];
    for (uint32_t i = 0; i < n->n && n->op != WD_NODE_ITEM; i++) {
        if (n->op != WD_NODE_NOT || dice(4) == 0) {
            add_fields(a, w.s->kids.list[n->first + i], e);
        }
    }
    if (n->op == WD_NODE_ITEM && e->n_fields < 60) {
        const wd_sigma_item *item = &w.s->items.list[n->first];
        wd_slice name = w.s->fields.list[item->field].name;
        bool there = item->n == 0;
        for (size_t i = 0; i < e->n_fields && !there; i++) {
            there = wd_slice_eq(e->fields[i].name, name) && dice(8) != 0;
        }
        if (!there) {
            name = name.len == 0 ? WD_S("Anything") : name;
            e->fields[e->n_fields++] = (wd_field){name, sample_of(a, item)};
        }
    }
}

static wd_event made_event(wd_arena *a, size_t rule)
{
    const wd_sigma_program *p = &w.s->programs[rule];
    const wd_sigma_route *r = &w.s->classes.list[p->cls].routes[0];
    wd_event e = {.time = WD_NO_TIME, .channel = r->channel};
    e.fields = WD_ARRAY(a, 64, wd_field);
    e.event_id = r->n_ids > 0 ? r->ids[dice((uint32_t) r->n_ids)] : (p->n_ids > 0 ? p->ids[0] : 1);
    wd_slice id = wd_arena_printf(a, "%u", e.event_id);
    e.fields[e.n_fields++] = (wd_field){WD_S("EventID"), id};
    add_fields(a, p->root, &e);
    return e;
}

/* --- the same without what saves work ----------------------------------------------------------
 */

/* Turns off what saves work: anchors, event ids, literal decisions, outcomes of whole rules. */
static void make_slow(wd_sigma *s)
{
    for (size_t i = 0; i < s->n_rules; i++) {
        s->programs[i].anchored = false;
        s->programs[i].any_id = true;
        s->programs[i].solo = WD_SIGMA_NONE;
    }
    for (size_t i = 0; i < s->triggers.n; i++) {
        s->triggers.list[i].n_rules = 0;
    }
    for (size_t i = 0; i < s->items.n; i++) {
        s->items.list[i].trigger = WD_SIGMA_NONE;
    }
}

enum { MADE_PER_RULE = 12 };

static tally tally_made(const wd_event *events, size_t n)
{
    wd_sigma_run *run = NULL;
    tally t = {0};
    assert_int_equal(wd_sigma_run_new(&run, w.s, NULL), WD_OK);
    for (size_t i = 0; i < n; i++) {
        wd_sigma_hits hits = {&t, add_up, NULL};
        assert_int_equal(wd_sigma_event(run, &events[i], &hits), WD_OK);
    }
    wd_sigma_run_free(run);
    return t;
}

static tally tally_all(void)
{
    wd_sigma_run *run = NULL;
    tally t = {0};
    assert_int_equal(wd_sigma_run_new(&run, w.s, NULL), WD_OK);
    for (size_t i = 0; i < w.n; i++) {
        wd_sigma_hits hits = {&t, add_up, NULL};
        assert_int_equal(wd_sigma_event(run, &w.list[i].e, &hits), WD_OK);
    }
    wd_sigma_run_free(run);
    return t;
}

/* The last case: it spoils the rules for others. */
static void trying_every_rule_on_every_event_finds_the_same(void **state)
{
    (void) state;
    NEEDS_DATA();
    size_t n = 0;
    wd_event *made = WD_ARRAY(w.arena, w.s->n_rules * MADE_PER_RULE, wd_event);
    for (size_t r = 0; r < w.s->n_rules; r++) {
        for (size_t k = 0; k < MADE_PER_RULE && w.s->programs[r].root != WD_SIGMA_NONE; k++) {
            made[n++] = made_event(w.arena, r);
        }
    }
    tally quick = tally_all();
    tally quick_made = tally_made(made, n);
    make_slow(w.s);
    tally slow = tally_all();
    tally slow_made = tally_made(made, n);
    size_t rules = 0;
    for (size_t i = 0; i < 64; i++) {
        rules += (size_t) __builtin_popcountll(quick_made.rules[i]);
    }
    print_message("# %zu made events, %llu hits of %zu rules\n", n,
                  (unsigned long long) quick_made.hits, rules);
    assert_true(quick.hits > 1900);
    assert_true(rules > 2000);
    assert_int_equal(quick.hits, slow.hits);
    assert_int_equal(quick.sum, slow.sum);
    assert_int_equal(quick_made.hits, slow_made.hits);
    assert_int_equal(quick_made.sum, slow_made.sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hardly_any_public_rule_is_refused),
        cmocka_unit_test(hits_are_those_of_the_reference),
        cmocka_unit_test(every_regression_case_fires),
        cmocka_unit_test(trying_every_rule_on_every_event_finds_the_same),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}

/*
 * The reader against tables that other readers and an independent parser filled (shared data,
 * skipped where it is absent): records per file, and every field of every record.
 */
#include "testing.h"

#include <zlib.h>

#include "core/json.h"
#include "core/map.h"
#include "formats/evtx.h"

typedef struct kept {
    uint64_t offset;
    bool recovered;
    wd_field *fields;
    size_t n;
    struct kept *next;
} kept;

typedef struct log_file {
    wd_slice name;
    wd_evtx_stats stats;
    kept *records;
} log_file;

static wd_arena *arena;
static wd_map files; /* name -> log_file * */
static char folder[512];
static log_file *in_hand;

static wd_status keep(void *ctx, const wd_event *e)
{
    (void) ctx;
    kept *k = WD_NEW(arena, kept);
    assert_non_null(k);
    *k = (kept){e->span.offset, e->recovered, WD_ARRAY(arena, e->n_fields + 1, wd_field),
                e->n_fields, in_hand->records};
    assert_non_null(k->fields);
    for (size_t i = 0; i < e->n_fields; i++) {
        k->fields[i] = (wd_field){wd_arena_copy(arena, e->fields[i].name),
                                  wd_arena_copy(arena, e->fields[i].value)};
    }
    in_hand->records = k;
    return WD_OK;
}

static wd_slice load(const char *path)
{
    FILE *f = fopen(path, "rb");
    wd_buf all = {0};
    char block[65536];
    size_t n = 0;
    if (f == NULL) {
        return (wd_slice){0};
    }
    while ((n = fread(block, 1, sizeof block, f)) > 0) {
        wd_buf_add(&all, wd_slice_of(block, n));
    }
    fclose(f);
    wd_slice copy = wd_arena_copy(arena, wd_buf_slice(&all));
    wd_buf_free(&all);
    return copy;
}

static log_file *read_log(wd_slice name)
{
    uintptr_t *at = wd_map_put(&files, wd_arena_copy(arena, name), NULL);
    assert_non_null(at);
    if (*at == 0) {
        char path[2048];
        snprintf(path, sizeof path, "%s/events/%.*s", folder, (int) name.len,
                 (const char *) name.ptr);
        wd_event_sink sink = {NULL, keep, NULL, NULL};
        in_hand = WD_NEW(arena, log_file);
        assert_non_null(in_hand);
        in_hand->name = name;
        (void) !wd_evtx_read(load(path), 0, arena, &sink, &in_hand->stats, NULL);
        *at = (uintptr_t) in_hand;
    }
    return (log_file *) *at;
}

static uint64_t number(wd_slice s)
{
    uint64_t n = 0;
    return wd_slice_to_u64(s, &n) ? n : 0; /* "refused", "timeout" */
}

enum { FILE_NAME, REF = 13, BORROWED = 17, BEST = 18, COLUMNS = 23 };

static void every_file_gives_the_records_that_others_get(void **state)
{
    (void) state;
    char path[600];
    snprintf(path, sizeof path, "%s/events/expected.tsv", folder);
    wd_slice rest = load(path);
    if (rest.len == 0) {
        SKIP_CASE("no shared data");
    }
    wd_slice line;
    size_t n = 0;
    assert_true(wd_slice_line(&rest, &line));
    while (wd_slice_line(&rest, &line)) {
        wd_slice cells[COLUMNS] = {{0}};
        for (size_t i = 0; i < COLUMNS && wd_slice_split(&line, '\t', &cells[i]); i++) {
        }
        const wd_evtx_stats *s = &read_log(cells[FILE_NAME])->stats;
        if (s->allocated < number(cells[REF]) || s->recovered < number(cells[BORROWED]) ||
            s->allocated + s->recovered < number(cells[BEST])) {
            fail_msg("%.*s: %llu allocated, %llu recovered", (int) cells[FILE_NAME].len,
                     (const char *) cells[FILE_NAME].ptr, (unsigned long long) s->allocated,
                     (unsigned long long) s->recovered);
        }
        n++;
    }
    assert_int_equal(n, 410);
}

static bool is_namespace(wd_slice name)
{
    return wd_slice_find(name, WD_S("xmlns")) != SIZE_MAX;
}

static void compare(const kept *k, const wd_json *pairs, wd_slice file)
{
    size_t at = 0;
    bool same = true;
    WD_JSON_EACH (pair, pairs) {
        const wd_json *name = wd_json_first(pair);
        const wd_json *value = wd_json_next(pair, name);
        if (is_namespace(name->text)) {
            continue;
        }
        same = same && at < k->n && wd_slice_eq(k->fields[at].name, name->text) &&
               wd_slice_eq(k->fields[at].value, value->text);
        at++;
    }
    if (!same || at != k->n) {
        fail_msg("%.*s: fields of the record at %llu differ", (int) file.len,
                 (const char *) file.ptr, (unsigned long long) k->offset);
    }
}

static void compare_line(wd_json_doc *doc, wd_slice line, wd_arena *scratch)
{
    uint64_t offset = 0;
    uint64_t recovered = 0;
    assert_int_equal(wd_json_parse(doc, line, scratch, 0, NULL), WD_OK);
    wd_slice file = wd_json_text(doc->nodes, "file");
    assert_true(wd_json_to_u64(wd_json_get(doc->nodes, "off"), &offset));
    assert_true(wd_json_to_u64(wd_json_get(doc->nodes, "recovered"), &recovered));
    const kept *k = read_log(file)->records;
    while (k != NULL && k->offset != offset) {
        k = k->next;
    }
    if (k == NULL) {
        fail_msg("%.*s: no record at %llu", (int) file.len, (const char *) file.ptr,
                 (unsigned long long) offset);
        return;
    }
    assert_int_equal(k->recovered, recovered != 0);
    compare(k, wd_json_get(doc->nodes, "kv"), file);
}

static void every_field_of_the_oracle_is_the_same(void **state)
{
    (void) state;
    char path[600];
    snprintf(path, sizeof path, "%s/events/oracle-fields.jsonl.gz", folder);
    gzFile in = gzopen(path, "rb");
    if (in == NULL) {
        SKIP_CASE("no shared data");
    }
    wd_json_doc doc = {0};
    wd_arena *scratch = wd_arena_new(16U << 20);
    char *line = malloc(4U << 20);
    size_t n = 0;
    while (gzgets(in, line, 4 << 20) != NULL) {
        wd_arena_reset(scratch);
        compare_line(&doc, wd_slice_str(line), scratch);
        n++;
    }
    assert_int_equal(n, 19348);
    gzclose(in);
    free(line);
    wd_arena_free(scratch);
    wd_json_doc_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_gives_the_records_that_others_get),
        cmocka_unit_test(every_field_of_the_oracle_is_the_same),
    };
    arena = wd_arena_new((size_t) 2 << 30);
    files.arena = arena;
    shared_data(folder, sizeof folder);
    int failed = RUN(tests);
    wd_arena_free(arena);
    return failed;
}

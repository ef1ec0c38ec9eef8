#ifndef WD_TESTS_REPORT_FIXTURE_H
#define WD_TESTS_REPORT_FIXTURE_H

/* Report documents of tests/golden for the tests of this layer. */

#include <stdio.h>

#include "core/json.h"
#include "testing.h"

typedef struct fixture {
    wd_buf text;
    wd_arena *arena;
    wd_json_doc doc;
    const wd_json *report;
} fixture;

static inline fixture fixture_of(const char *json)
{
    fixture f = {.arena = wd_arena_new(256U << 20)};
    assert_non_null(f.arena);
    wd_buf_str(&f.text, json);
    assert_int_equal(wd_json_parse(&f.doc, wd_buf_slice(&f.text), f.arena, 0, NULL), WD_OK);
    f.report = f.doc.nodes;
    return f;
}

/* `name` stands in tests/golden of the source tree. */
static inline fixture fixture_load(const char *name)
{
    char path[4096];
    const char *root = getenv("WD_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/golden/%s", root == NULL ? "." : root, name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    fixture f = {.arena = wd_arena_new(256U << 20)};
    char chunk[65536];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, in)) > 0;) {
        wd_buf_add(&f.text, wd_slice_of(chunk, n));
    }
    fclose(in);
    assert_int_equal(wd_json_parse(&f.doc, wd_buf_slice(&f.text), f.arena, 0, NULL), WD_OK);
    f.report = f.doc.nodes;
    return f;
}

static inline void fixture_free(fixture *f)
{
    wd_json_doc_free(&f->doc);
    wd_buf_free(&f->text);
    wd_arena_free(f->arena);
}

static inline bool holds(const wd_buf *b, const char *text)
{
    return wd_slice_find(wd_buf_slice(b), wd_slice_str(text)) != SIZE_MAX;
}

#endif

#ifndef WD_TESTS_KB_HELPERS_H
#define WD_TESTS_KB_HELPERS_H

/* Knowledge from texts in a test, and the shipped one. */

#include <stdio.h>

#include "testing.h"

#include "core/buf.h"
#include "knowledge/knowledge.h"

typedef struct kb_fixture {
    wd_arena *arena;
    wd_knowledge *kb;
} kb_fixture;

static inline kb_fixture kb_new(void)
{
    kb_fixture f = {wd_arena_new(256U << 20), NULL};
    assert_non_null(f.arena);
    f.kb = wd_knowledge_new(f.arena);
    assert_non_null(f.kb);
    return f;
}

static inline wd_status kb_add(kb_fixture *f, const char *name, const char *text)
{
    return wd_knowledge_add(f->kb, wd_slice_str(name), wd_slice_str(text), NULL);
}

static inline void kb_finish(kb_fixture *f)
{
    assert_int_equal(wd_knowledge_finish(f->kb, NULL), WD_OK);
}

/* One feed, finished. */
static inline kb_fixture kb_of(const char *name, const char *text)
{
    kb_fixture f = kb_new();
    assert_int_equal(kb_add(&f, name, text), WD_OK);
    kb_finish(&f);
    return f;
}

static inline kb_fixture kb_shipped(void)
{
    kb_fixture f = {wd_arena_new(256U << 20), NULL};
    char dir[4096];
    const char *root = getenv("WD_SOURCE_ROOT");
    assert_non_null(f.arena);
    assert_true(snprintf(dir, sizeof dir, "%s/knowledge", root == NULL ? "." : root) > 0);
    wd_knowledge_config config = {.dir = dir};
    wd_err err = {0};
    if (wd_knowledge_load(&f.kb, &config, f.arena, &err) != WD_OK) {
        fail_msg("%s", err.text);
    }
    return f;
}

static inline void kb_free(kb_fixture *f)
{
    wd_arena_free(f->arena);
}

static inline size_t kb_names(const kb_fixture *f, const char *name, wd_match out[WD_KB_MATCHES])
{
    return wd_knowledge_match_name(f->kb, wd_slice_str(name), out, WD_KB_MATCHES);
}

/* Smallest pack that is accepted; `rest` is appended at the top level. */
#define KB_PACK_HEAD                                                                        \
    "schema: whodunit.campaign/1\nid: test-1\ntitle: T\nsummary: S\ncompleteness: sketch\n" \
    "as_of: 2024-01-02\nfirst: 2023-01-01\nlast: 2023-02-01\n"

#endif

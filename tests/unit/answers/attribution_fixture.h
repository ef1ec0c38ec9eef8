#ifndef WD_TESTS_ATTRIBUTION_FIXTURE_H
#define WD_TESTS_ATTRIBUTION_FIXTURE_H

#include "testing.h"

#include <stdio.h>

#include "answers/attribution_judge.h"

/* The shipped facts, once for a test program. */
typedef struct attr_fixture {
    wd_arena *arena;
    wd_actors *facts;
    wd_attr_base *base;
} attr_fixture;

static inline int attr_open(void **state)
{
    static attr_fixture f;
    char dir[4096];
    const char *root = getenv("WD_SOURCE_ROOT");
    wd_err err = {0};
    (void) snprintf(dir, sizeof dir, "%s/knowledge/actors", root == NULL ? "." : root);
    f.arena = wd_arena_new((size_t) 2 << 30);
    if (f.arena == NULL || wd_actors_load(&f.facts, dir, f.arena, &err) != WD_OK ||
        wd_attr_base_make(&f.base, f.facts, f.arena, &err) != WD_OK) {
        print_error("%s\n", err.text);
        return 1;
    }
    *state = &f;
    return 0;
}

static inline int attr_close(void **state)
{
    wd_arena_free(((attr_fixture *) *state)->arena);
    return 0;
}

/* Ids separated by blanks, all seen. */
static inline size_t attr_observe(const attr_fixture *f, const char *ids, wd_observed *out)
{
    wd_slice rest = wd_slice_str(ids);
    wd_slice id;
    size_t n = 0;
    while (wd_slice_split(&rest, ' ', &id)) {
        wd_fact_ref fact = wd_actors_find(f->facts, id);
        assert_int_not_equal(fact.kind, WD_FACT_NONE);
        out[n++] = (wd_observed){.fact = fact, .reliability = 1, .grade = WD_S("A1")};
    }
    return n;
}

/* Reports of a campaign as a hold-out. */
static inline uint8_t *attr_forget(const attr_fixture *f, const char *campaign)
{
    wd_fact_ref c = wd_actors_find(f->facts, wd_slice_str(campaign));
    uint8_t *ignored = WD_ARRAY(f->arena, f->facts->n_reports + 1, uint8_t);
    assert_non_null(ignored);
    assert_int_equal(c.kind, WD_FACT_CAMPAIGN);
    for (size_t i = 0; i < f->facts->n_uses; i++) {
        const wd_use *u = &f->facts->uses[i];
        for (uint32_t k = 0; u->user.kind == c.kind && u->user.index == c.index && k < u->n_reports;
             k++) {
            ignored[u->reports[k]] = 1;
        }
    }
    return ignored;
}

static inline wd_judgement attr_judge(const attr_fixture *f, const wd_ask *ask)
{
    wd_judgement j;
    wd_err err = {0};
    wd_ask whole = *ask;
    whole.base = f->base;
    assert_int_equal(wd_attr_judge(&j, &whole, f->arena, &err), WD_OK);
    return j;
}

static inline double attr_p(const wd_hypotheses *h, const char *id)
{
    for (size_t i = 0; i < h->n; i++) {
        if (wd_slice_eq(h->list[i].id, wd_slice_str(id))) {
            return h->list[i].p;
        }
    }
    return 0;
}

#endif

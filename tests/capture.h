#ifndef WD_TESTS_CAPTURE_H
#define WD_TESTS_CAPTURE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/hash.h"
#include "core/vocab.h"
#include "testing.h"

/* A sink that keeps what detectors say, and an item made from a buffer. */

#define CAPTURE_MOST 256

typedef struct capture {
    wd_arena *arena;
    wd_obs obs[CAPTURE_MOST];
    size_t n_obs;
    wd_finding findings[CAPTURE_MOST];
    size_t n_findings;
    wd_buf output;
    wd_sink sink;
    uint8_t sha256[32];
} capture;

static inline wd_status capture_obs(void *ctx, const wd_obs *o)
{
    capture *c = ctx;
    assert_true(c->n_obs < CAPTURE_MOST);
    c->obs[c->n_obs++] = *o;
    return WD_OK;
}

static inline wd_status capture_finding(void *ctx, const wd_finding *f)
{
    capture *c = ctx;
    assert_true(c->n_findings < CAPTURE_MOST);
    c->findings[c->n_findings++] = *f;
    return WD_OK;
}

static inline wd_status capture_output(void *ctx, wd_slice s)
{
    wd_buf_add(&((capture *) ctx)->output, s);
    return WD_OK;
}

static inline capture *capture_new(void)
{
    capture *c = calloc(1, sizeof *c);
    if (c == NULL) {
        abort();
    }
    return c;
}

/** Start over; values stay readable until the next reset, as long as the item lives. */
static inline void capture_reset(capture *c)
{
    if (c->arena == NULL) {
        c->arena = wd_arena_new((size_t) 256 << 20);
        assert_non_null(c->arena);
    }
    wd_arena_reset(c->arena);
    wd_buf_clear(&c->output);
    c->n_obs = 0;
    c->n_findings = 0;
    c->sink = (wd_sink){c, capture_obs, capture_finding, capture_output};
}

static inline void capture_free(capture *c)
{
    wd_arena_free(c->arena);
    wd_buf_free(&c->output);
    free(c);
}

static inline wd_item capture_item(capture *c, const char *path, wd_slice data)
{
    assert_true(wd_hash(WD_SHA256, data, c->sha256));
    return (wd_item){.path = wd_slice_str(path),
                     .name = wd_path_base(wd_slice_str(path)),
                     .data = data,
                     .sha256 = c->sha256};
}

/** First observation of a kind; NULL when there is none. */
static inline const wd_obs *captured_obs(const capture *c, wd_obs_kind kind)
{
    for (size_t i = 0; i < c->n_obs; i++) {
        if (c->obs[i].kind == kind) {
            return &c->obs[i];
        }
    }
    return NULL;
}

static inline const wd_finding *captured_finding(const capture *c, const char *rule)
{
    for (size_t i = 0; i < c->n_findings; i++) {
        if (wd_slice_eq(c->findings[i].rule, wd_slice_str(rule))) {
            return &c->findings[i];
        }
    }
    return NULL;
}

/** The same, where the case fails when there is none. */
static inline const wd_obs *must_obs(const capture *c, wd_obs_kind kind)
{
    const wd_obs *o = captured_obs(c, kind);
    assert_non_null(o);
    if (o == NULL) {
        abort(); /* not reached; the compiler does not know */
    }
    return o;
}

static inline const wd_finding *must_finding(const capture *c, const char *rule)
{
    const wd_finding *f = captured_finding(c, rule);
    assert_non_null(f);
    if (f == NULL) {
        abort();
    }
    return f;
}

static inline size_t captured_at_least(const capture *c, wd_severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_findings; i++) {
        n += c->findings[i].severity >= severity;
    }
    return n;
}

#endif

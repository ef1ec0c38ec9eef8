#ifndef WD_TESTS_POOL_FIXTURE_H
#define WD_TESTS_POOL_FIXTURE_H

/* A pool over items made of bytes, and a receiver that keeps what tests ask about. */

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/workers.h"
#include "testing.h"

enum { POOL_ITEMS = 64, POOL_MEMBERS = 64 };

/* How one member ended. */
typedef struct pool_member {
    uint32_t parent;
    wd_item_status status;
    bool hashed;
    uint64_t size;
    char name[128];
    char kind[16];
    char why[200];
} pool_member;

typedef struct pool_result {
    unsigned n_members; /* in the order in which they ended */
    uint32_t number[POOL_MEMBERS];
    pool_member members[POOL_MEMBERS]; /* by number */
    unsigned observations[WD_OBS_KINDS];
    unsigned findings;
    char texts[2048]; /* WD_K_TEXT of DAMAGE and LIMIT observations, joined by '|' */
    char output[4096];
    unsigned ended;
    wd_job_end end;
} pool_result;

typedef struct pool_fixture {
    wd_slice items[POOL_ITEMS];
    const char *names[POOL_ITEMS];
    size_t n_items;
    size_t next;
    pool_result results[POOL_ITEMS];
    wd_pool_options options;
    wd_sandbox_state state;
    wd_err err;
    int (*make_fd)(struct pool_fixture *f, size_t item); /* NULL: a memfd with the bytes */
} pool_fixture;

static inline int pool_memfd(wd_slice bytes)
{
    int fd = memfd_create("item", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    return fd;
}

static inline void pool_add(pool_fixture *f, const char *name, wd_slice bytes)
{
    assert_true(f->n_items < POOL_ITEMS);
    f->names[f->n_items] = name;
    f->items[f->n_items++] = bytes;
}

static inline wd_status pool_next(void *ctx, wd_job *job)
{
    pool_fixture *f = ctx;
    if (f->next == f->n_items) {
        return WD_E_NOT_FOUND;
    }
    size_t i = f->next++;
    job->ordinal = i;
    job->path = wd_slice_str(f->names[i]);
    job->fd = f->make_fd == NULL ? pool_memfd(f->items[i]) : f->make_fd(f, i);
    job->size = f->items[i].len;
    return WD_OK;
}

static inline void pool_copy(char *to, size_t size, wd_slice s)
{
    snprintf(to, size, "%.*s", (int) s.len, s.len == 0 ? "" : (const char *) s.ptr);
}

static inline void pool_item(pool_result *r, const wd_item_report *item)
{
    assert_true(item->member < POOL_MEMBERS && r->n_members < POOL_MEMBERS);
    r->number[r->n_members++] = item->member;
    pool_member *m = &r->members[item->member];
    assert_int_equal(m->kind[0], 0); /* once only */
    m->parent = item->parent;
    m->status = item->status;
    m->hashed = item->hashed;
    m->size = item->size;
    pool_copy(m->name, sizeof m->name, item->name);
    pool_copy(m->kind, sizeof m->kind, item->kind);
    pool_copy(m->why, sizeof m->why, item->why);
}

static inline wd_status pool_record(void *ctx, uint64_t ordinal, const wd_wire_record *w)
{
    pool_fixture *f = ctx;
    pool_result *r = &f->results[ordinal];
    assert_int_equal(r->ended, 0);
    if (w->type == WD_WIRE_ITEM) {
        pool_item(r, &w->item);
    } else if (w->type == WD_WIRE_OBSERVATION) {
        r->observations[w->obs.kind]++;
        if (w->obs.kind == WD_OBS_DAMAGE || w->obs.kind == WD_OBS_LIMIT) {
            wd_slice text = wd_obs_get(&w->obs, WD_K_TEXT);
            size_t at = strlen(r->texts);
            snprintf(r->texts + at, sizeof r->texts - at, "%.*s|", (int) text.len, text.ptr);
        }
    } else if (w->type == WD_WIRE_FINDING) {
        r->findings++;
    } else if (w->type == WD_WIRE_OUTPUT) {
        size_t at = strlen(r->output);
        snprintf(r->output + at, sizeof r->output - at, "%.*s", (int) w->output.len, w->output.ptr);
    }
    return WD_OK;
}

static inline wd_status pool_ended(void *ctx, uint64_t ordinal, const wd_job_end *end)
{
    pool_fixture *f = ctx;
    f->results[ordinal].ended++;
    f->results[ordinal].end = *end;
    return WD_OK;
}

static inline wd_status pool_run(pool_fixture *f)
{
    const wd_pool_calls calls = {
        .ctx = f, .next = pool_next, .record = pool_record, .ended = pool_ended};
    f->next = 0;
    memset(f->results, 0, sizeof f->results);
    wd_err_clear(&f->err);
    wd_status s = wd_pool_run(&f->options, &calls, &f->state, &f->err);
    for (size_t i = 0; s == WD_OK && i < f->n_items; i++) {
        assert_int_equal(f->results[i].ended, 1);
    }
    return s;
}

#endif

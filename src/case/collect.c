#include "case/collect.h"

#include <stdio.h>
#include <stdlib.h>

#include "case/crossing.h"
#include "case/crossing_rules.h"
#include "core/limits.h"
#include "detect/examine.h"

/* Output of an item that is not at the head of the line yet: in memory while it is small, then in a
 * file. */
enum { PENDING_IN_MEMORY = 4 << 20 };

typedef struct pending {
    uint64_t ordinal;
    bool ended;
    uint64_t progress;
    wd_buf bytes;
    FILE *spill;
    struct pending *next; /* ascending ordinals */
} pending;

typedef struct run {
    wd_case *cs;
    wd_intake *intake;
    const wd_collect_options *o;
    wd_collect_stats *stats;
    wd_err *err;
    pending *line; /* jobs in flight */
    uint64_t bytes_done, files_done;
} run;

static wd_status next_job(void *ctx, wd_job *job)
{
    run *r = ctx;
    WD_TRY(wd_intake_next(r->intake, job));
    pending **at = &r->line;
    while (*at != NULL && (*at)->ordinal < job->ordinal) {
        at = &(*at)->next;
    }
    pending *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return wd_nomem(r->err, "collect");
    }
    p->ordinal = job->ordinal;
    p->next = *at;
    *at = p;
    return WD_OK;
}

static pending *pending_of(run *r, uint64_t ordinal)
{
    pending *p = r->line;
    while (p != NULL && p->ordinal != ordinal) {
        p = p->next;
    }
    return p;
}

static wd_status emit(run *r, wd_slice bytes)
{
    return r->o->output == NULL || bytes.len == 0 ? WD_OK : r->o->output(r->o->ctx, bytes);
}

static wd_status put_output(run *r, pending *p, wd_slice bytes)
{
    if (p == r->line) {
        return emit(r, bytes);
    }
    if (p->spill == NULL && p->bytes.len + bytes.len > PENDING_IN_MEMORY) {
        p->spill = tmpfile();
    }
    if (p->spill != NULL) {
        return fwrite(bytes.ptr, 1, bytes.len, p->spill) == bytes.len
                   ? WD_OK
                   : wd_fail(r->err, WD_E_IO, WD_NO_OFFSET, "collect",
                             "no room for temporary output");
    }
    wd_buf_add(&p->bytes, bytes);
    return p->bytes.failed ? wd_nomem(r->err, "collect") : WD_OK;
}

static wd_status flush_pending(run *r, pending *p)
{
    uint8_t part[65536];
    size_t n = 0;
    WD_TRY(emit(r, wd_buf_slice(&p->bytes)));
    wd_buf_clear(&p->bytes);
    if (p->spill == NULL) {
        return WD_OK;
    }
    rewind(p->spill);
    while ((n = fread(part, 1, sizeof part, p->spill)) > 0) {
        WD_TRY(emit(r, wd_slice_of(part, n)));
    }
    fclose(p->spill);
    p->spill = NULL;
    return WD_OK;
}

static wd_status record(void *ctx, uint64_t ordinal, const wd_wire_record *rec)
{
    run *r = ctx;
    pending *p = pending_of(r, ordinal);
    switch (rec->type) {
    case WD_WIRE_ITEM:
        return wd_case_put_item(r->cs, ordinal, wd_intake_path(r->intake, ordinal), &rec->item,
                                r->err);
    case WD_WIRE_OBSERVATION:
        return wd_case_put_obs(r->cs, ordinal, rec->member, &rec->obs, r->err);
    case WD_WIRE_FINDING:
        return wd_case_put_finding(r->cs, ordinal, rec->member, &rec->finding, r->err);
    case WD_WIRE_OUTPUT: return p == NULL ? WD_OK : put_output(r, p, rec->output);
    case WD_WIRE_PROGRESS:
        if (p != NULL) {
            p->progress = rec->progress;
        }
        return WD_OK;
    case WD_WIRE_OPEN:
    case WD_WIRE_DONE:
    case WD_WIRE_TYPES: break;
    }
    return WD_OK;
}

static void unlink_first(run *r)
{
    pending *p = r->line;
    r->line = p->next;
    wd_buf_free(&p->bytes);
    if (p->spill != NULL) {
        fclose(p->spill);
    }
    free(p);
}

static wd_status ended(void *ctx, uint64_t ordinal, const wd_job_end *end)
{
    run *r = ctx;
    pending *p = pending_of(r, ordinal);
    r->stats->workers_lost += end->restarts;
    r->files_done++;
    if (p != NULL) {
        p->ended = true;
    }
    while (r->line != NULL && r->line->ended) {
        WD_TRY(flush_pending(r, r->line));
        r->bytes_done += r->line->progress;
        unlink_first(r);
        if (r->line != NULL) {
            WD_TRY(flush_pending(
                r, r->line)); /* it is at the head now: what it said so far may go out */
        }
    }
    return WD_OK;
}

static wd_status tick(void *ctx)
{
    run *r = ctx;
    if (r->o->interrupted != NULL && r->o->interrupted(r->o->ctx)) {
        return wd_fail(r->err, WD_E_DENIED, WD_NO_OFFSET, "collect", "interrupted");
    }
    if (r->o->progress != NULL) {
        uint64_t bytes = r->bytes_done;
        for (const pending *p = r->line; p != NULL; p = p->next) {
            bytes += p->progress;
        }
        wd_progress_set(r->o->progress, bytes, r->files_done);
    }
    return WD_OK;
}

static wd_status settle(wd_case *cs, const wd_collect_options *o, wd_err *err)
{
    wd_arena *arena = wd_arena_new(WD_ITEM_ARENA);
    if (arena == NULL) {
        return wd_nomem(err, "collect");
    }
    wd_status s = wd_case_settle(cs, err);
    if (s == WD_OK) {
        s = wd_crossing(cs, o->engine, arena, err);
    }
    if (s == WD_OK) {
        bool hits = o->engine->stream == WD_STREAM_HITS;
        wd_rule_lines lines = {hits ? o->output : NULL, o->ctx};
        s = wd_cross_rules(cs, o->engine, &lines, err);
    }
    if (s == WD_OK) {
        s = wd_case_number_findings(cs, err);
    }
    wd_arena_free(arena);
    return s;
}

wd_status wd_collect(wd_case *cs, wd_intake *intake, const wd_collect_options *o,
                     wd_collect_stats *stats, wd_err *err)
{
    run r = {.cs = cs, .intake = intake, .o = o, .stats = stats, .err = err};
    wd_pool_options pool = {.n_workers = o->jobs,
                            .no_sandbox = o->no_sandbox,
                            .require_sandbox = o->require_sandbox,
                            .prepare = wd_examine_prepare,
                            .examine = wd_examine,
                            .ctx = o->engine};
    wd_pool_calls calls = {
        .ctx = &r, .next = next_job, .record = record, .ended = ended, .tick = tick};
    stats->files = wd_intake_count(intake);
    stats->bytes = wd_intake_bytes(intake);
    wd_status s = wd_pool_run(&pool, &calls, &stats->sandbox, err);
    while (r.line != NULL) {
        unlink_first(&r);
    }
    if (o->progress != NULL) {
        wd_progress_end(o->progress);
    }
    return s == WD_OK ? settle(cs, o, err) : s;
}

#ifndef WD_CORE_WORKERS_H
#define WD_CORE_WORKERS_H

#include "core/sandbox.h"
#include "core/wire.h"

/*
 * The coordinator and its workers.
 *
 * The coordinator never parses. It forks N single-threaded workers, each in the ring of
 * core/sandbox.h, hands each one item at a time (a descriptor and a name over a socket pair) and
 * reads back the records of core/wire.h as hostile input. A worker that crashes, hangs or breaks a
 * limit costs the member it was at: it is replaced, the member is reported as unreadable with the
 * reason, and the item is taken up again behind that member.
 *
 *   coordinator -> worker   u64 ordinal, u64 size, u32 number of skips, u32 length of path, the
 *                           skips (u32 member, u32 next), path; the descriptor rides on the first
 *                           byte (SCM_RIGHTS)
 *   worker -> coordinator   once WD_WORKER_HELLO bytes that say which ring is in force; then
 *                           records of core/wire.h
 */

/** A member that cost a worker: not to be entered again. The one after it has number `next`. */
typedef struct wd_job_skip {
    uint32_t member;
    uint32_t next;
} wd_job_skip;

/** One evidence file. */
typedef struct wd_job {
    uint64_t ordinal; /* position in the order of all items; results are put in order by it */
    wd_slice path;    /* for people: as found from the arguments; borrowed until the next call */
    int fd;           /* open for reading; the pool closes it */
    uint64_t size;
    /* Set by the pool when the job is taken up again: nothing before the last skip is sent again,
     * except how the containers that were open then end. */
    const wd_job_skip *skips;
    size_t n_skips;
} wd_job;

/** Where a worker puts its records (wd_wire_put_* into `buf`). */
typedef struct wd_outbox {
    wd_buf buf;
    wd_status (*send)(void *ctx, wd_slice bytes); /* NULL: everything stays in `buf` */
    void *ctx;
    bool failed; /* sticky */
} wd_outbox;

/** Sends when more than `keep` bytes wait (0: sends all). WD_E_IO when the other side is gone. */
wd_status wd_outbox_flush(wd_outbox *out, size_t keep);

/** Examines one item in the worker: `data` are its mapped bytes. Adds records to `out`; the DONE
 * record is added by the pool. */
typedef wd_status (*wd_examine_fn)(const void *ctx, const wd_job *job, wd_slice data,
                                   wd_outbox *out);

typedef struct wd_pool_options {
    unsigned n_workers;   /* 0: one per processor that this process may use */
    bool no_sandbox;      /* only for tests and `--no-sandbox` */
    bool require_sandbox; /* fail with WD_E_DENIED unless wd_sandbox_complete */
    wd_sandbox_violation violation;
    unsigned cpu_seconds; /* of a member; 0: WD_ITEM_CPU_SECONDS and more for large items */
    unsigned
        cpu_item_seconds; /* of an item with all its members; 0: WD_ITEM_CPU_MEMBERS times that */
    unsigned silent_seconds; /* 0: WD_ITEM_SILENT_SECONDS */
    wd_status (*prepare)(const void *ctx,
                         wd_err *err); /* in the worker before the ring; may be NULL */
    wd_examine_fn examine;
    const void *ctx; /* for both; shared with the workers by fork, so unchanged afterwards */
} wd_pool_options;

/** How a job ended, for the log; the items themselves carry their own status. */
typedef struct wd_job_end {
    bool whole;        /* every member was reached by a worker that lived */
    uint32_t restarts; /* workers it cost */
    char why[160];     /* of the last loss; "" when whole */
} wd_job_end;

/** The coordinator's side. A status other than WD_OK from any of them stops the run with it. */
typedef struct wd_pool_calls {
    void *ctx;
    /** The next job; WD_E_NOT_FOUND when there are no more. */
    wd_status (*next)(void *ctx, wd_job *job);
    /**
     * One record of the job: ITEM once for each member (the pool writes it when a worker could
     * not), OBSERVATION, FINDING, OUTPUT, PROGRESS. In the order of one job; jobs are interleaved.
     * Strings are borrowed for the call.
     */
    wd_status (*record)(void *ctx, uint64_t ordinal, const wd_wire_record *r);
    wd_status (*ended)(void *ctx, uint64_t ordinal, const wd_job_end *end);
    /** A few times a second; may be NULL. For progress, and to stop on an interrupt. */
    wd_status (*tick)(void *ctx);
} wd_pool_calls;

/** Workers that wd_pool_run would start for `n_workers` 0. */
unsigned wd_pool_default_workers(void);

/**
 * Runs all jobs. `state`, when not NULL, gets the ring that was in force in the workers.
 * Fails: what a callback returned; WD_E_IO when no worker can be started; WD_E_DENIED see
 * require_sandbox. All workers are gone when it returns.
 */
WD_MUST_USE wd_status wd_pool_run(const wd_pool_options *o, const wd_pool_calls *calls,
                                  wd_sandbox_state *state, wd_err *err);

#endif

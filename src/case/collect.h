#ifndef WD_CASE_COLLECT_H
#define WD_CASE_COLLECT_H

#include "case/intake.h"
#include "case/store.h"
#include "core/progress.h"
#include "detect/engine.h"

/*
 * From evidence to a settled case: intake gives files, workers examine them, the store keeps what
 * they say, and what only several items together mean is worked out at the end.
 */

typedef struct wd_collect_options {
    const wd_engine *engine;
    unsigned jobs; /* workers; 0: one per processor */
    bool no_sandbox, require_sandbox;
    wd_progress *progress; /* NULL: none */
    /** Bytes of stream modes, in the order of the items; NULL when the mode has none. */
    wd_status (*output)(void *ctx, wd_slice bytes);
    void *ctx;
    /** Asked a few times a second; true ends the run with WD_E_DENIED. NULL: never. */
    bool (*interrupted)(void *ctx);
} wd_collect_options;

/** What the run itself was like; nothing of it is evidence. */
typedef struct wd_collect_stats {
    wd_sandbox_state sandbox;
    uint64_t files, bytes;
    uint64_t workers_lost;
} wd_collect_stats;

/**
 * Examines everything that `intake` gives and settles the case: items numbered, cross-item findings
 * made, findings numbered. Fails with what the pool or the store says; a bad item is not a failure.
 */
WD_MUST_USE wd_status wd_collect(wd_case *cs, wd_intake *intake, const wd_collect_options *o,
                                 wd_collect_stats *stats, wd_err *err);

#endif

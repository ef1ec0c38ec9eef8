#ifndef WD_DETECT_EXAMINE_PRIV_H
#define WD_DETECT_EXAMINE_PRIV_H

/* Between examine.c (members and their order), examine_sink.c (what detectors hand in) and
 * examine_kinds.c (which detector reads which kind). */

#include "core/map.h"
#include "detect/examine.h"
#include "detect/scan_line.h"
#include "formats/archive.h"

/** One top-level item while it is examined. */
typedef struct wd_session {
    const wd_engine *engine;
    const wd_job *job;
    wd_outbox *out;
    wd_archive_budget budget;
    uint32_t next;                              /* number of the next member */
    size_t skipped;                             /* skips of the job that lie behind */
    wd_arena *scratch;                          /* texts of one finding */
    wd_arena *arena;                            /* lives as long as the item */
    wd_arena *arenas[WD_MAX_ARCHIVE_DEPTH + 2]; /* one for each depth, reset for each member */
    wd_map seen;                                /* SHA-256 -> member number + 1 */
    struct wd_frame *innermost;
    wd_err err;
} wd_session;

/** A rule that has hit in this member, for the bound on findings of one rule. */
typedef struct wd_rule_count {
    wd_slice rule;
    uint64_t n;
} wd_rule_count;

/** One member while it is examined. */
typedef struct wd_frame {
    wd_session *session;
    struct wd_frame *outer; /* its container, NULL for the item itself */
    wd_item_report report;
    wd_slice path; /* containers joined by " > " */
    wd_item item;
    wd_kind kind;
    wd_arena *arena;
    wd_sink sink;              /* for detectors: the recorder's, or `direct` */
    wd_sink direct;            /* to the wire */
    wd_scan_recorder recorder; /* only with WD_STREAM_SCAN */
    wd_obs *identity;          /* waits for the detector's own "file" observation; NULL when sent */
    bool tells;                /* false while members that were told before a crash go by */
    bool tells_end;            /* ... but how this one ends was not told then */
    bool found_something;      /* an observation beyond identity, damage and limits */
    wd_map rules;              /* rule -> index into counts + 1 */
    wd_rule_count *counts;
    size_t n_counts, cap_counts;
} wd_frame;

/** Makes the sink of a frame; detectors get &frame->sink. */
void wd_frame_init_sink(wd_frame *f);
/** Damage or a limit of the member itself; lowers its status to partial. */
wd_status wd_frame_note(wd_frame *f, wd_obs_kind kind, uint64_t offset, wd_slice text);
/** Names and hashes of the member as a "file" observation; sent at once unless the detector of the
 * kind makes one of its own, which then gets them added. */
wd_status wd_frame_identity(wd_frame *f, bool detector_makes_one);
/** Sends the "file" observation when the detector has made none. */
wd_status wd_frame_send_identity(wd_frame *f);
/** What is still to be said when the detectors are done: findings that were over the bound. */
wd_status wd_frame_end_sink(wd_frame *f);

/** Runs the detector of the frame's kind and sets its status. */
wd_status wd_examine_kind(wd_frame *f);
/** True when the detector of the kind gives a "file" observation of its own. */
bool wd_examine_makes_file(wd_kind kind);

#endif

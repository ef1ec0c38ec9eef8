#ifndef WD_DETECT_SCAN_LINE_H
#define WD_DETECT_SCAN_LINE_H

#include "core/arena.h"
#include "detect/engine.h"

/*
 * `scan --jsonl`: one line per item, whatever its kind.
 *
 *   {path, member, size, sha256, kind, signature {...} | null, file {...}, findings [...]}
 *
 * A recorder stands between any detectors and the real sink. It passes everything on and, when the
 * engine's stream is WD_STREAM_SCAN, keeps what the line needs until wd_scan_recorder_end writes
 * it:
 *
 *   wd_scan_recorder rec;
 *   wd_scan_recorder_begin(&rec, engine, arena, sink);
 *   WD_TRY(wd_detect_pe(engine, item, arena, &rec.sink, err));
 *   WD_TRY(wd_scan_recorder_end(&rec, item, kind, err));
 */
typedef struct wd_scan_recorder {
    wd_sink sink; /* hand this one to the detectors */
    const wd_engine *engine;
    wd_arena *arena;
    const wd_sink *real;
    wd_obs *obs; /* FILE, SIGNATURE, UNCOVERED, TRAILING, DAMAGE, LIMIT; copied into the arena */
    size_t n_obs;
    size_t cap_obs;
    wd_finding *findings;
    size_t n_findings;
    size_t cap_findings;
} wd_scan_recorder;

/** Starts recording for one item. `rec` must stay where it is until the end. */
void wd_scan_recorder_begin(wd_scan_recorder *rec, const wd_engine *engine, wd_arena *arena,
                            const wd_sink *real);

/**
 * Writes the line of the item through the real sink's `output` when the engine streams scan lines;
 * otherwise nothing. `kind` is the name of formats/sniff.h.
 */
WD_MUST_USE wd_status wd_scan_recorder_end(wd_scan_recorder *rec, const wd_item *item,
                                           wd_slice kind, wd_err *err);

#endif

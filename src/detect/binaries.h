#ifndef WD_DETECT_BINARIES_H
#define WD_DETECT_BINARIES_H

#include "core/arena.h"
#include "detect/engine.h"

/*
 * What a single program, library, icon or installer says about itself, and which of its bytes
 * nobody vouches for. One entry point per kind of file, all of one shape, so that a table from kind
 * to function can call them.
 *
 * Each gives to the sink, in this order and independent of anything but the item's bytes:
 *   WD_OBS_FILE       what the file claims to be: kind, product, version, company, original name,
 *                     imphash, imported libraries, file names it mentions
 *   WD_OBS_SIGNATURE  one, also for an unsigned file: digest, both Windows verdicts, signer, trust
 *   WD_OBS_UNCOVERED  one per run of bytes that no signature covers: place, entropy, kind, excerpt
 *   WD_OBS_TRAILING   one per run after the end that the format declares
 *   WD_OBS_DAMAGE, WD_OBS_LIMIT  where the bytes contradict the format or a bound was reached
 * and the findings that follow. A digest that does not match, or unexplained bytes, are at least
 * high; a tag in a verified format is low; padding is no finding; merely unsigned is never above
 * medium.
 *
 * They never fail for what the bytes say: a file that cannot be read yields a WD_OBS_DAMAGE and
 * WD_OK. Fails: WD_E_NOMEM on the arena's limit, and whatever the sink returns.
 *
 * `scan --jsonl` lines are not written here; see detect/scan_line.h, which records any detector.
 */

/** Portable executables: .exe, .dll, .sys, .efi. */
WD_MUST_USE wd_status wd_detect_pe(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                                   const wd_sink *sink, wd_err *err);
/** ICO and PNG pictures: bytes after the end that the directory or IEND declares. */
WD_MUST_USE wd_status wd_detect_icon(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                                     const wd_sink *sink, wd_err *err);
/** Compound files: installer packages by their tables, others only as containers. */
WD_MUST_USE wd_status wd_detect_msi(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                                    const wd_sink *sink, wd_err *err);

#endif

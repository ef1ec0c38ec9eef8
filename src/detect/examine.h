#ifndef WD_DETECT_EXAMINE_H
#define WD_DETECT_EXAMINE_H

#include "core/workers.h"
#include "detect/engine.h"

/*
 * What a worker does with one item: hash, tell the kind, hand the bytes to the detectors of that
 * kind, open containers and do the same with every member.
 *
 * Members are numbered from 0 (the item itself) in order of discovery, depth first. Every one gets
 * exactly one ITEM record, and a "file" observation with its names, hashes and kind (with the whole
 * content as excerpt when it is not longer than WD_MAX_EXCERPT). Damage and limits become
 * observations of that member; its status is then `partial`, or `unreadable` when nothing was left.
 */

/** Loads what cannot be loaded inside the sandbox (hash library, character sets). Once in each
 * process, before wd_examine. `ctx` is not used: the signature is that of wd_pool_options.prepare.
 */
WD_MUST_USE wd_status wd_examine_prepare(const void *ctx, wd_err *err);

/** The examine callback of wd_pool_options; `engine` is a const wd_engine *. */
wd_status wd_examine(const void *engine, const wd_job *job, wd_slice data, wd_outbox *out);

#endif

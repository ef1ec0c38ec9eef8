#ifndef WD_DETECT_INDICATORS_H
#define WD_DETECT_INDICATORS_H

#include "detect/engine.h"

/**
 * Compares one observation with the indicators and the campaigns' proofs, and reports what agrees.
 *
 * The role decides: an altered file is critical; a genuine companion is information ("proves
 * exposure, not compromise"); decoys, the vendor's own site, victims and shared hosts give no
 * finding; a file name alone gives none. Where sources disagree the finding says so and is at most
 * low. A contact long outside the time in which an indicator was in use is reported lower, with
 * that reason. Proofs that only count after the delay (wd_proof.after_delay) are left to the
 * answers.
 *
 * `item` may be NULL. Findings carry campaign, tier and the indicator's value as subject; texts are
 * in `arena`. Fails only when the sink does or memory runs out.
 */
WD_MUST_USE wd_status wd_detect_indicators(const wd_engine *engine, const wd_obs *o,
                                           const wd_item *item, wd_arena *arena,
                                           const wd_sink *sink, wd_err *err);

/** The same for the item itself: its SHA-256, and marker files of campaigns by name and content. */
WD_MUST_USE wd_status wd_detect_item_indicators(const wd_engine *engine, const wd_item *item,
                                                wd_arena *arena, const wd_sink *sink, wd_err *err);

#endif

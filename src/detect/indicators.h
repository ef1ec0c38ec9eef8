#ifndef WD_DETECT_INDICATORS_H
#define WD_DETECT_INDICATORS_H

#include "detect/engine.h"

/**
 * Compares one observation with the indicators and the campaigns' proofs, and reports what agrees.
 * A "file" observation is where the hashes of an item itself are looked up.
 *
 * The role decides: an altered file is critical; a genuine companion is information ("proves
 * exposure, not compromise"); decoys, the vendor's own site, victims and shared hosts give no
 * finding; a file name alone gives none. Where sources disagree the finding says so and is low.
 * What lies long outside the time in which an indicator or campaign was active is medium at most,
 * without a tier, and says why.
 *
 * Proofs that count only after the delay (wd_proof.after_delay) are not reported: any record of the
 * program would do, so whoever knows the time of installation asks wd_proof_matches.
 *
 * rule: "indicator.<role>", "indicator.conflict", or the id of the proof. Findings carry campaign,
 * tier, host (or source address) and the indicator's value as subject; texts are in `arena` or live
 * as long as the knowledge. `item` may be NULL.
 * Fails only when the sink does or memory runs out.
 */
WD_MUST_USE wd_status wd_detect_indicators(const wd_engine *engine, const wd_obs *o,
                                           const wd_item *item, wd_arena *arena,
                                           const wd_sink *sink, wd_err *err);

/**
 * Marker files of campaigns, by name and content: an observation of kind "file" with role "marker",
 * whose time is the moment that the file names, and a finding of severity info. A moment that does
 * not fit the campaign is not believed. Same rules for texts and failures.
 */
WD_MUST_USE wd_status wd_detect_item_indicators(const wd_engine *engine, const wd_item *item,
                                                wd_arena *arena, const wd_sink *sink, wd_err *err);

#endif

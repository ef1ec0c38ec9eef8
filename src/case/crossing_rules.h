#ifndef WD_CASE_CROSSING_RULES_H
#define WD_CASE_CROSSING_RULES_H

#include "case/store.h"
#include "detect/engine.h"

/** Receives the lines of `events --jsonl` for hits of correlations; NULL function: nobody asks. */
typedef struct wd_rule_lines {
    wd_status (*line)(void *ctx, wd_slice bytes);
    void *ctx;
} wd_rule_lines;

/**
 * Correlation rules over the events of all items: judges the WD_OBS_RULE_PART observations of a
 * settled case and stores what they mean as findings, placed at the first event. More than
 * WD_MAX_SIGMA_PARTS of them are not judged, and that is told as a limit.
 */
WD_MUST_USE wd_status wd_cross_rules(wd_case *cs, const wd_engine *engine,
                                     const wd_rule_lines *lines, wd_err *err);

#endif

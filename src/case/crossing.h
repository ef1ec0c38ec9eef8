#ifndef WD_CASE_CROSSING_H
#define WD_CASE_CROSSING_H

#include "case/store.h"
#include "detect/engine.h"

/**
 * Findings that need more than one item: files of one folder, contacts of several sensors,
 * correlations over all logs. Loads what the pure functions of detect/ need, stores what they find.
 * Before numbering.
 */
WD_MUST_USE wd_status wd_crossing(wd_case *cs, const wd_engine *engine, wd_arena *arena,
                                  wd_err *err);

#endif

#ifndef WD_CASE_TRAFFIC_WORLD_H
#define WD_CASE_TRAFFIC_WORLD_H

#include "case/store.h"
#include "detect/conviction.h"

/**
 * Everything that the judgement of traffic rests on, from a settled case: contacts merged over all
 * items, look-ups, requests, when the sensors began and ended, and when the asset lists say that
 * the product came onto each host. `knowledge` may be NULL. Everything is in `arena`.
 */
WD_MUST_USE wd_status wd_case_world(wd_case *cs, const wd_knowledge *knowledge, wd_arena *arena,
                                    wd_world *out, wd_err *err);

/** Judges the contacts of the case and stores the convictions as findings. Before numbering. */
WD_MUST_USE wd_status wd_crossing_contacts(wd_case *cs, const wd_knowledge *knowledge,
                                           wd_arena *arena, wd_err *err);

#endif

#ifndef WD_DETECT_EVENT_VALUES_H
#define WD_DETECT_EVENT_VALUES_H

#include "detect/event_fact_table.h"

/** Fills the keys of `o` from the fields of `e` as the fact says, and host, channel, event id and
 * recovery mark. `*says_something` is false when the record holds none of the fields (its names
 * were lost). Values are borrowed from the event or live in `scratch`. WD_E_NOMEM. */
WD_MUST_USE wd_status wd_event_values(wd_obs *o, const wd_fact *fact, const wd_event *e,
                                      wd_arena *scratch, bool *says_something);

/** The log that a record about clearing names: it stands under the name Channel a second time. The
 * empty slice when it does not. */
wd_slice wd_event_cleared_log(const wd_event *e);

#endif

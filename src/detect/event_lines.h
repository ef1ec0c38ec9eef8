#ifndef WD_DETECT_EVENT_LINES_H
#define WD_DETECT_EVENT_LINES_H

#include "core/buf.h"
#include "detect/sigma.h"

/*
 * The lines of `events`, one JSON object each with a line feed behind it; keys are documented in
 * docs/. `item` is the path of the item as found.
 */

/** `events --records`: {item, offset, record_id, time, channel, event_id, host, recovered, fields
 * [[name, value] ...]}. */
void wd_event_record_line(wd_buf *out, wd_slice item, const wd_event *e);
/** `events --jsonl`: {rule, rule_id, title, level, techniques, time, host, channel, event_id,
 * record_id, item, offset, recovered, fields {name: value or [values]}}. */
void wd_event_hit_line(wd_buf *out, wd_slice item, const wd_sigma_rule *rule, const wd_event *e);

#endif

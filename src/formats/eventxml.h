#ifndef WD_FORMATS_EVENTXML_H
#define WD_FORMATS_EVENTXML_H

#include "formats/event_build.h"

/*
 * Windows events as XML text: wevtutil, the Event Viewer, PowerShell, libevtx, evtx_dump, and
 * syslog lines of Sysmon for Linux. Event elements are taken wherever they begin, so a wrapper,
 * an XML declaration, or text of another kind between them does no harm. UTF-8 or UTF-16LE (by its
 * mark).
 *
 * Only what event logs use of XML: elements, attributes, text, CDATA, character and the five
 * named entities, comments, instructions. A document type declaration is skipped; entities it
 * declares are left as written.
 */

/**
 * Reads all events of a file. Borrowing and `stats` as in formats/event_build.h.
 * Fails: WD_E_MALFORMED when there is not one event; WD_E_NOMEM; whatever the sink returns.
 */
WD_MUST_USE wd_status wd_eventxml_read(wd_slice file, uint64_t base, wd_arena *arena,
                                       const wd_event_sink *sink, wd_event_stats *stats,
                                       wd_err *err);

/**
 * Adds the fields of the first element in `xml` (Event, EventData or UserData) to the record in
 * hand, for logs that carry XML inside other text. `*used` gets where it ends. False
 * (and `cut`) when the element is broken or ends early; fields up to there are kept.
 */
bool wd_eventxml_add(wd_event_build *b, wd_slice xml, size_t *used);

#endif

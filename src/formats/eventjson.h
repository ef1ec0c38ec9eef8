#ifndef WD_FORMATS_EVENTJSON_H
#define WD_FORMATS_EVENTJSON_H

#include "formats/event_build.h"

/*
 * Windows and Sysmon events as JSON: one object a line, objects in an array, or pretty-printed one
 * behind the other (with or without "Record N" lines). Told apart record by record:
 *
 *   evtx_dump       {"Event": {"System": {...}, "EventData": {...}}}, attributes under
 *                   "#attributes", "X_attributes" or "@name"; also below document/data (Chainsaw)
 *   winlogbeat      {"winlog": {"channel", "event_id", "event_data": {...}}, "@timestamp"}; also
 *                   below "_source" (Elasticsearch); the form before version 7 with "event_data" on
 *                   top
 *   flat            NXLog, Logstash, Log Analytics, Splunk ("result": {...}): System fields under
 *                   names of their own and the event's fields beside them; EventData may be a text
 *                   of JSON or XML; a text that holds a whole <Event> (Sysmon for Linux in syslog)
 *                   is read as that
 *
 * Names become those of formats/event_fields.h; what a shipper adds keeps its own name. The time is
 * the record's: TimeCreated with a zone, else UtcTime of Sysmon, else when the shipper saw it.
 */

/**
 * Reads all events of a file. Borrowing and `stats` as in formats/event_build.h.
 * Fails: WD_E_MALFORMED when there is not one event; WD_E_NOMEM; whatever the sink returns.
 */
WD_MUST_USE wd_status wd_eventjson_read(wd_slice file, uint64_t base, wd_arena *arena,
                                        const wd_event_sink *sink, wd_event_stats *stats,
                                        wd_err *err);

#endif

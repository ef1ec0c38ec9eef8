#ifndef WD_REPORT_TRAFFIC_H
#define WD_REPORT_TRAFFIC_H

#include "case/contacts.h"
#include "core/json.h"

/**
 * The document of `traffic --json`: captures, names asked for, TLS hellos, requests, contacts
 * merged over all items, destinations, findings. Keys: DESIGN of the command line, docs/report.md.
 * Fails: WD_E_NOMEM, or what the case says.
 */
WD_MUST_USE wd_status wd_traffic_document(wd_case *cs, wd_arena *arena, wd_buf *out, wd_err *err);

/** The same for people: contacts by bytes out, then findings. */
WD_MUST_USE wd_status wd_traffic_text(wd_case *cs, wd_arena *arena, wd_buf *out, wd_err *err);

#endif

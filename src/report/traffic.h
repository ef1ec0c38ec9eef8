#ifndef WD_REPORT_TRAFFIC_H
#define WD_REPORT_TRAFFIC_H

#include "case/traffic_world.h"
#include "core/json.h"

/**
 * The document of `traffic --json`: captures, names asked for, TLS hellos, requests, contacts
 * merged over all items, destinations, findings. Keys: DESIGN of the command line, docs/report.md.
 * Fails: WD_E_NOMEM, or what the case says.
 */
WD_MUST_USE wd_status wd_traffic_document(wd_case *cs, const wd_knowledge *knowledge,
                                          wd_arena *arena, wd_buf *out, wd_err *err);

/** The same for people: findings, then the contacts that most ought to be explained. */
WD_MUST_USE wd_status wd_traffic_text(wd_case *cs, const wd_knowledge *knowledge, wd_arena *arena,
                                      wd_buf *out, wd_err *err);

#endif

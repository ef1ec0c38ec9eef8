#ifndef WD_DETECT_TRAFFIC_SUMS_H
#define WD_DETECT_TRAFFIC_SUMS_H

#include "detect/contacts.h"
#include "detect/engine.h"

/*
 * Sums the facts of one item: contacts, look-ups and requests. Memory is bounded: when it is used
 * up, what was summed so far is handed on and summing starts anew; the later merge over all items
 * puts the parts together again.
 */
typedef struct wd_traffic_sums wd_traffic_sums;

/** NULL when memory cannot be had. Facts outside engine->since .. until are left out. */
wd_traffic_sums *wd_traffic_sums_new(const wd_engine *engine, const wd_sink *sink);
void wd_traffic_sums_free(wd_traffic_sums *s); /* NULL is fine */
/** The receiver that fills it; damage and limits become observations at once. */
wd_net_sink wd_traffic_sums_sink(wd_traffic_sums *s);
/** Hands on what was summed, and the coverage: `channel` names the source ("zeek", "capture"). */
WD_MUST_USE wd_status wd_traffic_sums_finish(wd_traffic_sums *s, wd_slice channel,
                                             const wd_net_totals *totals, wd_err *err);

/** Identity of a connection by its two ends, whichever sensor wrote it; 0 without ports. */
uint64_t wd_flow_identity(const wd_net_base *at);

#endif

#ifndef WD_FORMATS_EVE_H
#define WD_FORMATS_EVE_H

#include "core/arena.h"
#include "formats/net_looks.h"
#include "formats/net_sink.h"

/*
 * Suricata EVE (https://docs.suricata.io/en/latest/output/eve/eve-json-format.html): an object per
 * line with `timestamp` (ISO 8601), `event_type`, `flow_id`, `src_ip`, `src_port`, `dest_ip`,
 * `dest_port`, `proto`, and an object named like the event type.
 *
 * DNS has three layouts: 4.x (v1) writes a line per answer (`type` "query" or "answer", `rrname`,
 * `rrtype`, `rdata`), 5 to 7 (v2) a line per message (`answers`, `grouped`), 8 (v3) "request" and
 * "response" with `queries[]`. Lines of answers have the sender of the answer as source.
 *
 * Read: flow, dns, tls, quic, http, fileinfo. Other events are counted.
 * Flow records count whole frames, not payload.
 */

/**
 * Hands the events of a log to `sink` as facts; spans are lines. Lines that cannot be read are
 * counted in totals->bad, and the first is told to sink->damage.
 * Fails: WD_E_MALFORMED when no line is an event; WD_E_NOMEM; what the sink answers.
 */
WD_MUST_USE wd_status wd_eve_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                                   wd_net_totals *totals, wd_err *err);

#endif

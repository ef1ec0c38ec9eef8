#ifndef WD_FORMATS_CAPTURE_FACTS_H
#define WD_FORMATS_CAPTURE_FACTS_H

#include "core/arena.h"
#include "formats/net_sink.h"

/**
 * Reads a capture and hands its facts to `sink`: flows when they end, questions and answers of DNS
 * (UDP and TCP), hellos of TLS (also after a plain-text start) and QUIC, heads of HTTP/1. Spans
 * name the packet that completed the fact; for a flow its first packet.
 *
 * A damaged capture gives what comes before the damage, which is told to sink->damage.
 * Limits: see core/limits.h, "network"; told to sink->limit. Fails: WD_E_MALFORMED, WD_E_TRUNCATED
 * when the header is no capture's; WD_E_NOMEM; what the sink answers.
 */
WD_MUST_USE wd_status wd_capture_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                                       wd_net_totals *totals, wd_err *err);

#endif

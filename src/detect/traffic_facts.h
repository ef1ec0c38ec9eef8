#ifndef WD_DETECT_TRAFFIC_FACTS_H
#define WD_DETECT_TRAFFIC_FACTS_H

#include "core/vocab.h"
#include "formats/net_sink.h"

/*
 * The lines of `traffic --facts`: {item, kind, value, count}, a line per value that the traffic of
 * one item carried, with the number of times. Kinds: dns_query, dns_qtype (questions asked), dns_a,
 * dns_aaaa, dns_cname (any section of an answer), tls_sni, tls_ja3, tls_ja3s, tls_client_alpn,
 * quic_sni, quic_ja3, quic_ja3s, quic_version, http_method, http_host, http_ua. mDNS and LLMNR are
 * left out: they are no DNS. Values as they were sent, bytes that are not printable ASCII as \ooo.
 */
typedef struct wd_traffic_facts wd_traffic_facts;

/** In the arena; NULL when it is full. */
wd_traffic_facts *wd_traffic_facts_new(wd_arena *arena);
/** The receiver that fills it. */
wd_net_sink wd_traffic_facts_sink(wd_traffic_facts *f);
/** Writes the lines, ordered by kind and value, and lets go of what is not in the arena; a NULL
 * sink only does the latter. */
WD_MUST_USE wd_status wd_traffic_facts_write(wd_traffic_facts *f, wd_slice item,
                                             const wd_sink *sink, wd_err *err);

#endif

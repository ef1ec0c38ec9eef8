#ifndef WD_FORMATS_LOG_LINES_H
#define WD_FORMATS_LOG_LINES_H

#include "core/arena.h"
#include "formats/net_looks.h"
#include "formats/net_sink.h"

/*
 * Plain text logs of name servers and proxies, a record per line.
 *
 * DNS query logs:
 *   BIND      01-Mar-2023 12:00:00.123 queries: info: client @0x7f1 10.0.0.5#53124 (name): query:
 *             name IN A +E(0)K (10.0.0.1)
 *   dnsmasq   Mar  1 12:00:00 host dnsmasq[99]: query[A] name from 10.0.0.5
 *             ... reply name is 192.0.2.1
 *   Unbound   [1677672000] unbound[99:0] info: 10.0.0.5 name. A IN
 *   PowerDNS  Mar  1 12:00:00 host pdns_recursor[99]: 1 [6/1] question for 'name|A' from 10.0.0.5
 *   Windows   3/1/2023 12:00:00 PM 0D54 PACKET 000000F6 UDP Rcv 10.0.0.5 0002 Q [0001 D NOERROR] A
 *             (3)www(7)example(3)com(0)
 * Any of them may have a time of syslog in front: ISO 8601, or without a year. A record whose year
 * is not known has no time.
 *
 * Proxy logs: common and combined form, with or without a server name in front
 *   10.0.0.5 - user [10/Oct/2000:13:55:36 -0700] "GET http://name/path HTTP/1.1" 200 2326 "-"
 * "agent" and Squid's own 1286536309.586 921 10.0.0.5 TCP_MISS/200 507 GET http://name/path user
 * DIRECT/192.0.2.1 text/html
 *
 * Lines that are something else are counted in totals->bad; servers mix other messages in.
 * Fails: WD_E_MALFORMED when no line is a record; WD_E_NOMEM; what the sink answers.
 */
WD_MUST_USE wd_status wd_dnslog_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                                      wd_net_totals *totals, wd_err *err);
WD_MUST_USE wd_status wd_proxylog_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                                        wd_net_totals *totals, wd_err *err);

#endif

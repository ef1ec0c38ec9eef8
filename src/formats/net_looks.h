#ifndef WD_FORMATS_NET_LOOKS_H
#define WD_FORMATS_NET_LOOKS_H

#include "core/slice.h"

/*
 * Whether the first bytes of an item (4 KiB are enough) look like one of the kinds of network
 * evidence. For the sniffer: order them as they stand here, the first that says yes wins. The text
 * logs at the end have no magic and want two lines in a row that read as such.
 */

/** pcap (either byte order, microseconds or nanoseconds, the modified one) or pcapng. */
bool wd_capture_looks(wd_slice head);
/** Zeek log: "#separator" or "#fields" lines, or JSON lines with Zeek's field names. */
bool wd_zeek_looks(wd_slice head);
/** Suricata EVE: JSON lines with "event_type" and "timestamp". */
bool wd_eve_looks(wd_slice head);
/** Access log in common or combined form, or Squid's native form. */
bool wd_proxylog_looks(wd_slice head);
/** DNS query log of BIND, dnsmasq, Unbound, PowerDNS or Windows DNS debugging. */
bool wd_dnslog_looks(wd_slice head);

#endif

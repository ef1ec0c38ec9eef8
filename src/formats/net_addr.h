#ifndef WD_FORMATS_NET_ADDR_H
#define WD_FORMATS_NET_ADDR_H

#include "core/slice.h"

#define WD_NET_ADDR_TEXT 48

/** An IPv4 (len 4), IPv6 (len 16) or link-layer (len 6) address; len 0 is none. */
typedef struct wd_ip {
    uint8_t bytes[16];
    uint8_t len;
} wd_ip;

/** Dotted quad, RFC 5952 text, or colon-separated octets; empty for len 0. Borrowed from `out`. */
wd_slice wd_net_addr_text(const uint8_t *bytes, size_t len, char out[static WD_NET_ADDR_TEXT]);
/** IPv4 or IPv6 text (brackets and zone index allowed around and behind IPv6); false on anything
 * else. */
bool wd_net_addr_parse(wd_slice s, wd_ip *out);
/**
 * The form in which facts carry an address: IPv6 as RFC 5952 writes it, everything else as it is.
 * Borrowed from `s` or `out`.
 */
wd_slice wd_net_addr_canonical(wd_slice s, char out[static WD_NET_ADDR_TEXT]);
/** Loopback, private, link-local, shared (RFC 6598), multicast or unspecified: not a place on the
 * internet. */
bool wd_net_addr_is_local(wd_slice s);

#endif

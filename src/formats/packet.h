#ifndef WD_FORMATS_PACKET_H
#define WD_FORMATS_PACKET_H

#include "formats/capture.h"
#include "formats/net_addr.h"
#include "formats/net_sink.h"

/*
 * One captured frame to the innermost transport header that it carries.
 *
 * Read: Ethernet II and 802.3 with LLC/SNAP, VLAN tags in any number, MPLS, PPPoE, PPP, HDLC, Linux
 * cooked v1 and v2, BSD loopback, 802.11 (with radiotap, PRISM, AVS headers), raw IP; IPv4 and IPv6
 * with extension headers and fragments; IP in IP, GRE (also PPTP and ERSPAN I to III), VXLAN,
 * Geneve, GTP-U, Teredo, L2TP, CAPWAP data, MPLS in UDP; TCP, UDP, ICMP. A tunnel whose inside is
 * not readable is itself the transport. What ICMP errors quote is not looked into.
 */

enum { WD_TCP_FIN = 1, WD_TCP_SYN = 2, WD_TCP_RST = 4, WD_TCP_ACK = 16 };

typedef struct wd_packet {
    uint8_t src[16];
    uint8_t dst[16];
    uint8_t addr_len; /* 4 or 16 */
    uint8_t tcp_flags;
    uint16_t sport; /* ICMP: type */
    uint16_t dport; /* ICMP: code */
    wd_net_transport transport;
    uint8_t ip_proto;
    uint32_t seq;
    uint32_t
        declared; /* payload bytes by the headers; more than payload.len when the capture cut it
                   */
    wd_slice payload;
} wd_packet;

/** Fragments being put together; everything else is stateless. */
typedef struct wd_packet_decoder wd_packet_decoder;

/** In the arena; NULL when it is full. */
wd_packet_decoder *wd_packet_decoder_new(wd_arena *arena);

/**
 * True when the frame carries a transport header (or completes a datagram that does).
 * Borrowing: payload points into the frame, or into the decoder until the next call.
 */
bool wd_packet_decode(wd_packet_decoder *d, const wd_capture_packet *in, wd_packet *out);

#endif

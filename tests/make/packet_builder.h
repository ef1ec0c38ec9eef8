#ifndef WD_TESTS_MAKE_PACKET_BUILDER_H
#define WD_TESTS_MAKE_PACKET_BUILDER_H

#include "core/buf.h"

/* Small captures, packet by packet, for tests of the readers. Addresses are the last byte of
 * 10.0.0.x (clients) and 192.0.2.x (servers, from 100 up). */

typedef struct pb_ends {
    uint8_t src;
    uint8_t dst;
    uint16_t sport;
    uint16_t dport;
} pb_ends;

typedef struct pb_capture {
    wd_buf bytes;
    bool big_endian;
    bool nano;
    uint32_t link;   /* 1: Ethernet is put around IP packets; 101: raw IP */
    uint64_t micros; /* of the next packet since 1970 */
} pb_capture;

void pb_begin(pb_capture *c);
void pb_end(pb_capture *c);
/** Adds one record with `frame` as its bytes. The clock moves on by 1 ms. */
void pb_record(pb_capture *c, wd_slice frame);

/** IPv4 headers around a payload, into `out`. */
void pb_udp(wd_buf *out, pb_ends e, wd_slice payload);
void pb_tcp(wd_buf *out, pb_ends e, uint32_t seq, uint8_t flags, wd_slice payload);
/** IPv4 around any protocol, with fragment field. */
void pb_ip(wd_buf *out, pb_ends e, uint8_t proto, uint16_t fragment, wd_slice payload);

/** One record with an Ethernet frame (or raw IP) around them. */
void pb_send_udp(pb_capture *c, pb_ends e, wd_slice payload);
void pb_send_tcp(pb_capture *c, pb_ends e, uint32_t seq, uint8_t flags, wd_slice payload);
void pb_send_ip(pb_capture *c, wd_slice ip);

void pb_put16(wd_buf *b, unsigned v);
void pb_put32(wd_buf *b, uint32_t v);

/** DNS question; with an address the answer to it. */
void pb_dns(wd_buf *out, uint16_t id, const char *name, uint16_t type, const char *address);
/** Client hello as a message (no record); `alpn` NULL: without. */
void pb_hello(wd_buf *out, const char *sni, const char *alpn);
/** The message in TLS records of at most `most` bytes each. */
void pb_records(wd_buf *out, wd_slice message, size_t most);

#endif

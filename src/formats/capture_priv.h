#ifndef WD_FORMATS_CAPTURE_PRIV_H
#define WD_FORMATS_CAPTURE_PRIV_H

#include "formats/dns.h"
#include "formats/flow_table.h"
#include "formats/http.h"
#include "formats/quic.h"
#include "formats/stream_pool.h"
#include "formats/tls.h"

/* Shared by capture_facts.c, capture_datagram.c, capture_stream.c (order of TCP) and
 * capture_apps.c (what the streams say). */

typedef struct wd_capture_reader {
    wd_arena *arena;
    const wd_net_sink *sink;
    wd_packet_decoder *decoder;
    wd_flow_table *table;
    wd_pool pool;
    wd_capture_packet packet; /* the current one */
    size_t held; /* bytes at the front of what is consumed that came with earlier segments */
    char src_text[WD_NET_ADDR_TEXT];
    char dst_text[WD_NET_ADDR_TEXT];
    char text[WD_TLS_TEXT];
    wd_dns dns;
    wd_tls_hello hello;
    wd_quic_hello quic;
    uint8_t plain[65536];
    uint8_t gather[WD_MAX_STREAM_HEAD];
} wd_capture_reader;

/** Base of a fact at the current packet; `client` is the side of the flow that asks. */
wd_net_base wd_reader_base(wd_capture_reader *r, const wd_flow *f, unsigned client);

wd_status wd_reader_datagram(wd_capture_reader *r, const wd_packet *p, wd_flow *f, unsigned dir);
wd_status wd_reader_segment(wd_capture_reader *r, const wd_packet *p, wd_flow *f, unsigned dir);
/** What is still held of a flow that ends. */
wd_status wd_reader_flow_end(wd_capture_reader *r, wd_flow *f);

/** Bytes taken off the front of one side's stream; 0 asks for more. */
typedef struct wd_taken {
    size_t len;
    wd_status status;
} wd_taken;
wd_taken wd_reader_consume(wd_capture_reader *r, wd_flow *f, unsigned dir, wd_slice data);

wd_status wd_reader_give_dns(wd_capture_reader *r, const wd_flow *f, unsigned dir,
                             wd_net_dns_family family);
wd_status wd_reader_give_http(wd_capture_reader *r, const wd_flow *f, unsigned dir,
                              const wd_http_head *h);
/** The hello in r->hello. */
wd_status wd_reader_give_hello(wd_capture_reader *r, const wd_flow *f, unsigned dir,
                               uint32_t quic_version);

#endif

#ifndef WD_TESTS_MAKE_EX_PACKETS_H
#define WD_TESTS_MAKE_EX_PACKETS_H

#include "make/ex_base.h"

/*
 * Packets for a capture: Ethernet, IPv4, UDP and TCP with right checksums, DNS answers, TLS 1.3
 * hand-shakes (the encrypted parts are noise) and plain HTTP. Written as a classic pcap file of
 * microseconds (magic a1b2c3d4, link type 1), sorted by time.
 */

typedef struct ex_capture {
    wd_arena *arena;
    ex_rows packets; /* of const wd_slice: the frames */
    ex_rng rng;
    uint16_t next_id; /* of IPv4 */
    uint16_t next_port;
    const char *client; /* address of the host whose traffic it is */
    const char *resolver;
} ex_capture;

/** What a TLS client offers. */
typedef struct ex_tls_client {
    const uint16_t *ciphers;
    size_t n_ciphers;
    bool offers_h2;
} ex_tls_client;

/** A look-up of an A record with its answer of one or two addresses (`second` may be NULL). */
void ex_capture_lookup(ex_capture *c, wd_time at, const char *name, const char *first,
                       const char *second);

typedef struct ex_exchange {
    wd_time at;
    const char *server; /* address */
    const char *name;
    uint16_t port;
    size_t out, in;           /* bytes of application data */
    const ex_tls_client *tls; /* NULL: plain HTTP */
    const char *path, *agent; /* of plain HTTP */
} ex_exchange;

/** One TCP connection from hand-shake to FIN. */
void ex_capture_exchange(ex_capture *c, const ex_exchange *x);

/** The pcap file. */
void ex_capture_finish(ex_capture *c, wd_buf *out);

#endif

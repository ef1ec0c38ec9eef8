#ifndef WD_FORMATS_FLOW_TABLE_H
#define WD_FORMATS_FLOW_TABLE_H

#include "formats/packet.h"

/*
 * Connections of a capture while it is read, found by their two ends whichever side a packet came
 * from. A connection ends when both sides have said so, when a new one starts on the same ports, or
 * after silence (UDP and ICMP a minute, TCP an hour); the receiver is told then. The number held is
 * bounded: past it the one that was silent longest is let go.
 */

/** What one side of a TCP connection carries, as far as it was recognised. */
typedef enum wd_half_mode {
    WD_HALF_NEW, /* not recognised; each segment is looked at afresh */
    WD_HALF_TLS,
    WD_HALF_HTTP,
    WD_HALF_CHUNKS, /* between the chunks of an HTTP body */
    WD_HALF_DNS,
    WD_HALF_DEAD /* a body without end */
} wd_half_mode;

struct wd_block; /* formats/stream_pool.h */

/** One direction of a connection. */
typedef struct wd_half {
    uint64_t skip;          /* bytes of a body still to be passed over */
    struct wd_block *head;  /* bytes of a head that is not complete */
    struct wd_block *later; /* segments that came too early, in order of sequence */
    uint32_t next_seq;
    uint32_t high_seq; /* behind the furthest byte seen */
    uint16_t n_later;
    uint8_t mode; /* wd_half_mode */
    bool started : 1;
    bool counted : 1; /* high_seq is known */
    bool fin : 1;
} wd_half;

typedef enum wd_flow_service {
    WD_FLOW_UNKNOWN,
    WD_FLOW_DNS,
    WD_FLOW_TLS,
    WD_FLOW_QUIC,
    WD_FLOW_HTTP
} wd_flow_service;

typedef struct wd_flow {
    uint8_t addr[2][16]; /* 0 is who opened */
    uint16_t port[2];
    uint8_t addr_len;
    uint8_t transport; /* wd_net_transport */
    uint8_t ip_proto;
    uint8_t service; /* wd_flow_service */
    wd_time first;
    wd_time last;
    uint64_t offset; /* of the first packet */
    uint64_t number;
    uint64_t bytes[2]; /* payload; of TCP by sequence numbers, so that nothing counts twice */
    uint32_t packets[2];
    union {
        wd_half half[2]; /* TCP */
        struct wd_flow_quic {
            uint8_t dcid[2][20]; /* the client's first, its latest */
            uint8_t dcid_len[2];
            bool done[2];              /* hello of the side was given */
            struct wd_block *hello[2]; /* being put together */
        } quic;
    };
    uint32_t hash_next; /* links are index + 1; 0 ends */
    uint32_t older;
    uint32_t newer;
    uint32_t hash;
    bool used;
    bool head_request; /* the last request was HEAD */
    bool connect;      /* the last request was CONNECT */
    bool reset;
} wd_flow;

typedef struct wd_flow_table wd_flow_table;

/** Told of every connection that ends or is let go, before its place is used again. */
typedef wd_status wd_flow_end(void *ctx, wd_flow *f);

/** In the arena; NULL when it is full. */
wd_flow_table *wd_flow_table_new(wd_arena *arena, wd_flow_end *end, void *ctx);

/**
 * The flow of a packet, opened when there is none; counts the packet. `*dir` is 0 when it came from
 * who opened. Flows that fell silent before `time` end first.
 * Fails: what the receiver answered; WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_flow_find(wd_flow_table *t, const wd_packet *p,
                                   const wd_capture_packet *at, wd_flow **out, unsigned *dir);
/** Ends all flows, oldest first. */
WD_MUST_USE wd_status wd_flow_table_finish(wd_flow_table *t);
/** Whether flows had to be let go early. */
bool wd_flow_table_was_full(const wd_flow_table *t);

#endif

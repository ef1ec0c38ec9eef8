#ifndef WD_DETECT_TRAFFIC_SUMS_PRIV_H
#define WD_DETECT_TRAFFIC_SUMS_PRIV_H

#include "core/map.h"
#include "detect/traffic_sums.h"

/* Shared by traffic_sums.c (memory), traffic_sums_take.c (facts in) and traffic_sums_give.c
 * (observations out). Strings are numbers from 1; 0 is the empty one. */

#define WD_NODES_PER_BLOCK 1024U
#define WD_SUMS_PRINTS 8U
#define WD_SUMS_ANSWERS 32U
#define WD_SUMS_RECENT 4096U

typedef struct wd_node {
    wd_moment m;
    struct wd_node *next;
} wd_node;

/** Start of everything that is found by its key. */
typedef struct wd_entry {
    _Alignas(
        8) uint8_t key[24]; /* what follows it in the structs that begin with one is aligned so */
} wd_entry;

typedef struct wd_table {
    wd_map map;
    wd_entry **list; /* in order of appearance */
    size_t n, cap;
} wd_table;

typedef struct wd_piece_key {
    uint32_t src, name, dst;
    uint16_t port;
    uint8_t transport;
    uint8_t layer;
} wd_piece_key;

/** One source to one name and address as one layer saw it. */
typedef struct wd_piece {
    wd_entry entry; /* wd_piece_key */
    uint32_t ja3[WD_SUMS_PRINTS];
    uint32_t ja4[WD_SUMS_PRINTS];
    uint32_t user_agent;
    uint32_t n;     /* moments */
    uint64_t count; /* connections */
    wd_node *moments;
    wd_span span;
} wd_piece;

typedef struct wd_lookup_key {
    uint32_t src, name, qtype;
} wd_lookup_key;

typedef struct wd_lookup_sum {
    wd_entry entry; /* wd_lookup_key */
    uint32_t answers[WD_SUMS_ANSWERS];
    uint32_t n_answers;
    uint32_t n;
    uint64_t count;
    wd_time first, last;
    wd_time asked; /* newest question, so that its answer is not counted again */
    wd_node *times;
    wd_span span;
} wd_lookup_sum;

typedef struct wd_request_key {
    uint32_t src, url, method, user_agent, dst;
    uint16_t port;
    uint16_t unused;
} wd_request_key;

typedef struct wd_request_sum {
    wd_entry entry; /* wd_request_key */
    uint32_t name;
    uint32_t content_type;
    uint32_t user;
    uint32_t n;
    uint16_t status;
    uint64_t count, bytes_out, bytes_in;
    wd_time first, last;
    wd_node *times;
    wd_span span;
} wd_request_sum;

/** Hours that are told apart for gaps, before and behind the first one seen: about two years each
 * way. */
#define WD_SUMS_HOURS 32768

typedef struct wd_seen {
    int64_t base; /* hour of bit 0 */
    bool any;
    uint64_t bits[WD_SUMS_HOURS / 64];
    uint64_t hellos, hidden, quic; /* TLS hellos; with a hidden name; of QUIC */
} wd_seen;

struct wd_traffic_sums {
    wd_seen seen;
    wd_arena *arena; /* emptied when full */
    wd_arena *own;
    const wd_engine *engine;
    const wd_sink *sink;
    bool failed;
    wd_map strings;
    wd_slice *text;
    size_t n_text, cap_text;
    wd_table pieces, lookups, requests;
    wd_node *free_nodes;
    size_t n_free;
    size_t n_moments;
    struct { /* newest request of a connection, for its answer */
        uint64_t flow;
        wd_request_sum *request;
    } recent[WD_SUMS_RECENT];
};

void wd_sums_reset(wd_traffic_sums *s);
uint32_t wd_sums_intern(wd_traffic_sums *s, wd_slice text);
static inline wd_slice wd_sums_text(const wd_traffic_sums *s, uint32_t id)
{
    return id == 0 ? WD_EMPTY : s->text[id - 1];
}
/** The entry of a key, zeroed when new; NULL (and s->failed) when memory ran out. */
void *wd_sums_entry(wd_traffic_sums *s, wd_table *t, const void *key, size_t key_len, size_t size);
wd_node *wd_sums_node(wd_traffic_sums *s);
bool wd_sums_wanted(const wd_traffic_sums *s, wd_time t);
/** Remembers the hour of a fact. */
void wd_sums_seen(wd_traffic_sums *s, wd_time t);
/** What a sensor did not see, as a sentence; empty when nothing is missing. */
wd_slice wd_sums_blindness(const wd_traffic_sums *s, const wd_net_totals *totals, wd_arena *arena);
/** Hands everything on when memory is used up; after each fact. */
wd_status wd_sums_after(wd_traffic_sums *s);
wd_status wd_sums_give(wd_traffic_sums *s);

wd_status wd_sums_flow(void *ctx, const wd_net_flow *f);
wd_status wd_sums_dns(void *ctx, const wd_net_dns *d);
wd_status wd_sums_tls(void *ctx, const wd_net_tls *t);
wd_status wd_sums_http(void *ctx, const wd_net_http *h);

#endif

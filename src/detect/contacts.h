#ifndef WD_DETECT_CONTACTS_H
#define WD_DETECT_CONTACTS_H

#include "core/vocab.h"
#include "formats/net_sink.h"

/*
 * Contacts: who talked to what, summed over connections.
 *
 * One connection leaves several records: a sensor writes its bytes in one log and its name in
 * another, two sensors see it both, a file is imported twice. Every connection is therefore kept as
 * a moment with an identity (a hash of its two ends) and merging is a union of moments:
 *
 *   - a moment with bytes ("summed") is a connection; another one with the same identity and the
 *     same start is the same connection
 *   - a moment without bytes (a TLS hello, a request) belongs to the connection of its identity
 *     that was open then, gives it its name and disappears in it
 *   - a connection that nobody named gets the name from the newest look-up of its client that
 *     answered with its address, else keeps the address
 *
 * So the same connections give the same contacts from one item or ten, in any order, with
 * duplicates, and merging merged contacts changes nothing.
 */

typedef enum wd_contact_layer {
    WD_CONTACT_CONN, /* only the transport was seen */
    WD_CONTACT_DNS,  /* and it is DNS */
    WD_CONTACT_QUIC,
    WD_CONTACT_TLS,
    WD_CONTACT_HTTP,
    WD_CONTACT_LAYERS
} wd_contact_layer;

typedef struct wd_moment {
    wd_time time;
    uint64_t flow; /* identity of the connection, 0 when the record has no ports */
    uint64_t out;  /* bytes */
    uint64_t in;
    uint32_t ms; /* how long, in milliseconds */
    bool summed; /* bytes and length are known */
    bool open;   /* had not ended */
} wd_moment;

/** One source to one name (or address) and port. Strings borrowed or in the arena of the maker. */
typedef struct wd_contact {
    wd_slice src;
    wd_slice name; /* lower case; empty when only the address is known */
    wd_slice dst;  /* most frequent address */
    wd_slice ja3;  /* distinct values in order, separated by blanks */
    wd_slice ja4;
    wd_slice user_agent; /* the first in order of several */
    uint16_t port;
    wd_net_transport transport;
    wd_contact_layer layer;
    bool named_by_dns;
    uint64_t count; /* connections; at least n */
    uint64_t bytes_out;
    uint64_t bytes_in;
    wd_time first;
    wd_time last;
    wd_moment *moments; /* by time; at most WD_MAX_CONTACT_MOMENTS */
    size_t n;
    uint64_t item; /* number of an item that shows it, for evidence */
    wd_span span;
} wd_contact;

/** Names asked for by one source, with the addresses that answered. */
typedef struct wd_lookup {
    wd_slice src;
    wd_slice name;
    wd_slice answers; /* separated by blanks */
    uint16_t qtype;
    uint64_t count;
    wd_time first;
    wd_time last;
    wd_time *times; /* sorted; may be fewer than count */
    size_t n;
    uint64_t item;
    wd_span span;
} wd_lookup;

typedef struct wd_contact_list {
    wd_contact *list;
    size_t n;
} wd_contact_list;

typedef struct wd_contacts_in {
    const wd_contact *contacts;
    size_t n_contacts;
    const wd_lookup *lookups;
    size_t n_lookups;
    /* Contacts of the same name stay apart by address, and those that got their name from look-ups
     * from those that said it: for handing on to a later merge, which may know better. */
    bool per_address;
} wd_contacts_in;

/**
 * The union described above, ordered by source, name, address and port. Pure; the result is in
 * `arena`, strings are borrowed from the input or in the arena. Fails: WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_contacts_merge(const wd_contacts_in *in, wd_arena *arena,
                                        wd_contact_list *out, wd_err *err);

/** "tls", "http", "quic", "dns", and for the bare transport "tcp", "udp", "icmp", "ip". */
wd_slice wd_contact_proto(const wd_contact *c);

/**
 * A contact as observations, each with a part of its moments, and back. WD_K_TIMES has the moments
 * as decimal ticks, WD_K_FLOWS for each "identity" and, when summed, "/out/in/milliseconds" and 'o'
 * when it was open; separated by blanks.
 */
WD_MUST_USE wd_status wd_contact_give(const wd_contact *c, wd_arena *arena, const wd_sink *sink);
WD_MUST_USE wd_status wd_contact_take(const wd_obs *o, uint64_t item, wd_arena *arena,
                                      wd_contact *out);
WD_MUST_USE wd_status wd_lookup_give(const wd_lookup *l, wd_arena *arena, const wd_sink *sink);
WD_MUST_USE wd_status wd_lookup_take(const wd_obs *o, uint64_t item, wd_arena *arena,
                                     wd_lookup *out);

#endif

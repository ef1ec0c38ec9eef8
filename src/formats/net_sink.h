#ifndef WD_FORMATS_NET_SINK_H
#define WD_FORMATS_NET_SINK_H

#include "core/vocab.h"

/*
 * Facts of traffic, the same whichever reader they came from: a capture, Zeek, Suricata, a DNS
 * query log or a proxy log. No meaning is added here. A reader hands each fact to the receiver
 * while it reads; strings are borrowed for the duration of the call.
 *
 * `src` is who opened the connection or asked, `dst` who answered, also in facts taken from the
 * answer. Addresses are text in the form of wd_net_addr_text; a log that knows only a host name
 * gives that. An empty slice, a zero port and WD_NO_TIME say "not known".
 */

typedef enum wd_net_transport {
    WD_NET_OTHER,
    WD_NET_TCP,
    WD_NET_UDP,
    WD_NET_ICMP
} wd_net_transport;

/** What all facts carry. */
typedef struct wd_net_base {
    wd_span span; /* capture: packet header, record = packet number from 1; log: line, record = line
                     number from 1 */
    wd_time time;
    wd_slice src;
    wd_slice dst;
    uint16_t sport;
    uint16_t dport;
    wd_net_transport transport;
    wd_slice uid;    /* the sensor's own name of the connection; the facts of one share it */
    wd_slice sensor; /* the sensor's name where a record carries it */
} wd_net_base;

/** How bytes were counted. */
typedef enum wd_net_counted {
    WD_NET_BYTES_UNKNOWN,
    WD_NET_BYTES_PAYLOAD, /* what the transport carried */
    WD_NET_BYTES_WIRE     /* whole frames */
} wd_net_counted;

/** A connection, or a UDP or ICMP exchange, summed. */
typedef struct wd_net_flow {
    wd_net_base at;
    wd_time end;
    uint64_t bytes_out; /* from src */
    uint64_t bytes_in;
    uint64_t packets_out;
    uint64_t packets_in;
    wd_net_counted counted;
    bool open;        /* had not ended when the record was written */
    bool answered;    /* dst sent anything */
    wd_slice service; /* "dns", "tls", "http", ... when the reader knows */
} wd_net_flow;

/** Which of the protocols that share the DNS message format. */
typedef enum wd_net_dns_family { WD_NET_DNS, WD_NET_MDNS, WD_NET_LLMNR } wd_net_dns_family;

/** Resource record types that facts name; see the IANA registry "DNS Parameters". */
enum {
    WD_DNS_A = 1,
    WD_DNS_NS = 2,
    WD_DNS_CNAME = 5,
    WD_DNS_SOA = 6,
    WD_DNS_NULL = 10,
    WD_DNS_PTR = 12,
    WD_DNS_MX = 15,
    WD_DNS_TXT = 16,
    WD_DNS_AAAA = 28,
    WD_DNS_SRV = 33,
    WD_DNS_SVCB = 64,
    WD_DNS_HTTPS = 65
};

typedef struct wd_net_answer {
    bool extra; /* from the authority or additional section */
    uint16_t type;
    uint32_t ttl;
    wd_slice name;
    wd_slice value; /* address text, name, or text of the record */
} wd_net_answer;

/**
 * One question: asked (response false) or answered. A message with several questions gives several
 * facts; the first carries the answers. A message without any question gives one with an empty
 * name.
 */
typedef struct wd_net_dns {
    wd_net_base at;
    wd_net_dns_family family;
    bool response;
    int rcode;      /* -1 when not known */
    uint16_t qtype; /* 0 when not known */
    wd_slice name;  /* raw bytes, original case, without the final dot; the root is "." */
    const wd_net_answer *answers;
    size_t n_answers;
} wd_net_dns;

typedef enum wd_net_hello {
    WD_NET_HELLO_NONE, /* an encrypted connection whose hello was not seen or cannot be read */
    WD_NET_HELLO_CLIENT,
    WD_NET_HELLO_SERVER
} wd_net_hello;

/** A TLS hello, of TCP or inside QUIC; or a QUIC packet with a long header (HELLO_NONE). */
typedef struct wd_net_tls {
    wd_net_base at;
    wd_net_hello hello;
    bool quic;
    bool ech;              /* carries an encrypted hello: the name seen is a cover name */
    bool established;      /* only logs know */
    uint32_t quic_version; /* 0 when not QUIC or not known */
    uint16_t version;      /* the highest offered (client) or chosen (server); 0 not known */
    wd_slice sni;
    wd_slice alpn; /* names in order joined by '|' */
    wd_slice ja3;  /* hexadecimal; JA3S for a server hello */
    wd_slice ja4;  /* client hello only */
} wd_net_tls;

/** A request, with what its answer's head said when the reader could tell; or the answer alone
 * (method empty). */
typedef struct wd_net_http {
    wd_net_base at;
    wd_slice method;
    wd_slice host; /* Host header or the authority of the target; may carry a port */
    wd_slice uri;  /* target as sent */
    wd_slice user_agent;
    wd_slice referer;
    wd_slice content_type; /* of the answer */
    wd_slice user;         /* proxy logs */
    uint16_t status;       /* 0 not known */
    bool has_host;         /* the header was there, perhaps empty */
    uint64_t bytes_out;    /* body sent */
    uint64_t bytes_in;     /* body received */
} wd_net_http;

/** A file that a sensor saw pass (Zeek files.log, Suricata fileinfo). */
typedef struct wd_net_file {
    wd_net_base at;
    wd_slice name;
    wd_slice mime;
    wd_slice md5;
    wd_slice sha1;
    wd_slice sha256;
    uint64_t size;
} wd_net_file;

/** Receiver of facts. Members may be NULL when nobody wants that kind. A status other than WD_OK
 * ends the reading. */
typedef struct wd_net_sink {
    void *ctx;
    wd_status (*flow)(void *ctx, const wd_net_flow *f);
    wd_status (*dns)(void *ctx, const wd_net_dns *d);
    wd_status (*tls)(void *ctx, const wd_net_tls *t);
    wd_status (*http)(void *ctx, const wd_net_http *h);
    wd_status (*file)(void *ctx, const wd_net_file *f);
    /* The item contradicts its format at `span`; reading goes on. `text` is one plain sentence. */
    wd_status (*damage)(void *ctx, wd_span span, wd_slice text);
    /* A bound of core/limits.h was reached. */
    wd_status (*limit)(void *ctx, wd_span span, wd_slice text);
} wd_net_sink;

/** What a reader counted over a whole item, for coverage. */
typedef struct wd_net_totals {
    uint64_t records; /* packets or rows */
    uint64_t bad;     /* rows that could not be read */
    uint64_t cut;     /* packets of which the capture kept only a part */
    uint64_t bytes;   /* on the wire (captures) */
    wd_time first;
    wd_time last;
} wd_net_totals;

/** Widens first..last by `t`, unless it is WD_NO_TIME. */
static inline void wd_net_totals_time(wd_net_totals *s, wd_time t)
{
    if (t == WD_NO_TIME) {
        return;
    }
    s->first = s->first == WD_NO_TIME || t < s->first ? t : s->first;
    s->last = s->last == WD_NO_TIME || t > s->last ? t : s->last;
}

#endif

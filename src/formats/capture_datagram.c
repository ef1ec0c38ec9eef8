#include <string.h>

#include "formats/capture_priv.h"

static bool on_port(const wd_packet *p, uint16_t port)
{
    return p->sport == port || p->dport == port;
}

static wd_net_dns_family family_of(const wd_packet *p)
{
    return on_port(p, 5353) ? WD_NET_MDNS : on_port(p, 5355) ? WD_NET_LLMNR : WD_NET_DNS;
}

/* Another port needs a message without any doubt, and is only tried while a flow is young. */
static bool is_dns(wd_capture_reader *r, const wd_packet *p, const wd_flow *f)
{
    if (on_port(p, 53) || on_port(p, 5353) || on_port(p, 5355)) {
        return wd_dns_parse(p->payload, &r->dns);
    }
    if (f->service == WD_FLOW_DNS) {
        return wd_dns_is_sure(p->payload, &r->dns);
    }
    /* NetBIOS names have the form of DNS and are something else. */
    return f->service == WD_FLOW_UNKNOWN && f->packets[0] + f->packets[1] <= 4 &&
           !on_port(p, 137) && wd_dns_is_sure(p->payload, &r->dns);
}

static bool try_keys(wd_capture_reader *r, const wd_quic_packet *q, wd_slice dcid, bool server,
                     wd_slice *plain)
{
    wd_quic_keys keys;
    return dcid.len > 0 && wd_quic_derive(q->version, dcid, server, &keys) &&
           wd_quic_open(&keys, q, r->plain, plain);
}

static wd_slice kept_id(const wd_flow *f, unsigned i)
{
    return wd_slice_of(f->quic.dcid[i], f->quic.dcid_len[i]);
}

static void keep_id(wd_flow *f, unsigned i, wd_slice dcid)
{
    memcpy(f->quic.dcid[i], dcid.ptr, dcid.len);
    f->quic.dcid_len[i] = (uint8_t) dcid.len;
}

/*
 * Keys come from the destination id of the client's first Initial, whose later ones carry an id
 * that the server chose; after a Retry the new id counts. So the kept id is tried first, then the
 * packet's own. Which side speaks is not known when a capture starts in the middle: both are tried.
 */
static bool open_initial(wd_capture_reader *r, wd_flow *f, unsigned *dir, const wd_quic_packet *q,
                         wd_slice *plain)
{
    if (try_keys(r, q, kept_id(f, 0), *dir == 1, plain)) {
        return true;
    }
    if (try_keys(r, q, q->dcid, false, plain)) {
        keep_id(f, 0, q->dcid);
        f->quic.done[0] = f->quic.done[1] = false;
        return true;
    }
    return try_keys(r, q, kept_id(f, 0), *dir == 0, plain);
}

/* Adds a payload to what the side has said so far; the hello is given once it is whole. */
static wd_status add_crypto(wd_capture_reader *r, wd_flow *f, unsigned dir, uint32_t version,
                            wd_slice plain)
{
    struct wd_block **held = &f->quic.hello[dir];
    wd_quic_hello *h = &r->quic;
    if (f->quic.done[dir]) {
        return WD_OK; /* sent again */
    }
    if (*held != NULL) {
        memcpy(h, (*held)->bytes, sizeof *h);
    } else {
        h->ready = 0;
        memset(h->have, 0, sizeof h->have);
    }
    wd_quic_collect(version, plain, h);
    wd_slice message = wd_quic_message(h);
    if (message.len == 0) {
        static const uint8_t none[sizeof h->have];
        if (*held == NULL && memcmp(h->have, none, sizeof none) != 0) {
            *held = wd_pool_take(&r->pool, sizeof *h);
        }
        if (*held != NULL) {
            memcpy((*held)->bytes, h, sizeof *h);
        }
        return WD_OK;
    }
    wd_pool_give(&r->pool, *held);
    *held = NULL;
    if (!wd_tls_hello_parse(message, &r->hello)) {
        return WD_OK;
    }
    f->quic.done[dir] = true;
    return wd_reader_give_hello(r, f, dir, version);
}

static wd_status give_version(wd_capture_reader *r, const wd_flow *f, uint32_t version)
{
    if (r->sink->tls == NULL) {
        return WD_OK;
    }
    wd_net_tls t = {.at = wd_reader_base(r, f, 0), .quic = true, .quic_version = version};
    return r->sink->tls(r->sink->ctx, &t);
}

static wd_status quic(wd_capture_reader *r, const wd_packet *p, wd_flow *f, unsigned dir)
{
    wd_cursor c = wd_cursor_of(p->payload, 0);
    wd_quic_packet q;
    uint32_t told = 0;
    for (bool first = true; wd_cursor_left(&c) > 0 && wd_quic_take(&c, &q); first = false) {
        bool known = f->service == WD_FLOW_QUIC || wd_quic_known(q.version);
        wd_slice plain = {0};
        if (q.initial && (known || wd_quic_greased(q.version))) {
            known = open_initial(r, f, &dir, &q, &plain) || known;
        }
        if (!known) {
            return WD_OK;
        }
        f->service = WD_FLOW_QUIC;
        if (first || told != q.version) { /* one per datagram and version */
            WD_TRY(give_version(r, f, q.version));
            told = q.version;
        }
        if (plain.len > 0) {
            WD_TRY(add_crypto(r, f, dir, q.version, plain));
        }
    }
    return WD_OK;
}

wd_status wd_reader_datagram(wd_capture_reader *r, const wd_packet *p, wd_flow *f, unsigned dir)
{
    wd_http_head head;
    if (f->service == WD_FLOW_QUIC || (p->payload.len > 20 && (p->payload.ptr[0] & 0x80) != 0 &&
                                       f->service == WD_FLOW_UNKNOWN && !on_port(p, 53))) {
        WD_TRY(quic(r, p, f, dir));
    }
    if (f->service != WD_FLOW_QUIC && is_dns(r, p, f)) {
        f->service = WD_FLOW_DNS;
        return wd_reader_give_dns(r, f, dir, family_of(p));
    }
    if (on_port(p, 1900) && wd_http_parse(p->payload, true, &head) && head.kind != WD_HTTP_NONE) {
        f->service = WD_FLOW_HTTP;
        return wd_reader_give_http(r, f, dir, &head);
    }
    return WD_OK;
}

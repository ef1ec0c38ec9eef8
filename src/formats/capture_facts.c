#include "formats/capture_facts.h"

#include "formats/capture_priv.h"

wd_net_base wd_reader_base(wd_capture_reader *r, const wd_flow *f, unsigned client)
{
    return (wd_net_base){
        .span = {r->packet.offset, r->packet.data_at - r->packet.offset + r->packet.data.len,
                 r->packet.number},
        .time = r->packet.time,
        .src = wd_net_addr_text(f->addr[client], f->addr_len, r->src_text),
        .dst = wd_net_addr_text(f->addr[1 - client], f->addr_len, r->dst_text),
        .sport = f->port[client],
        .dport = f->port[1 - client],
        .transport = f->transport,
    };
}

wd_status wd_reader_give_dns(wd_capture_reader *r, const wd_flow *f, unsigned dir,
                             wd_net_dns_family family)
{
    const wd_dns *m = &r->dns;
    if (r->sink->dns == NULL) {
        return WD_OK;
    }
    wd_net_dns d = {.at = wd_reader_base(r, f, m->response ? 1 - dir : dir),
                    .family = family,
                    .response = m->response,
                    .rcode = m->response ? m->flags & 15 : -1,
                    .answers = m->answers,
                    .n_answers = m->n_answers};
    for (size_t i = 0; i == 0 || i < m->n_questions; i++) {
        if (m->n_questions > 0) {
            d.name = m->questions[i].name;
            d.qtype = m->questions[i].type;
        }
        WD_TRY(r->sink->dns(r->sink->ctx, &d));
        d.n_answers = 0;
    }
    return WD_OK;
}

wd_status wd_reader_give_http(wd_capture_reader *r, const wd_flow *f, unsigned dir,
                              const wd_http_head *h)
{
    bool request = h->kind == WD_HTTP_REQUEST;
    uint64_t body = h->body == WD_HTTP_BODY_LENGTH ? h->body_len : 0;
    if (r->sink->http == NULL) {
        return WD_OK;
    }
    wd_net_http http = {.at = wd_reader_base(r, f, request ? dir : 1 - dir),
                        .method = h->method,
                        .host = h->host,
                        .uri = h->target,
                        .user_agent = h->user_agent,
                        .referer = h->referer,
                        .content_type = h->content_type,
                        .status = h->status,
                        .has_host = h->has_host,
                        .bytes_out = request ? body : 0,
                        .bytes_in = request ? 0 : body};
    return r->sink->http(r->sink->ctx, &http);
}

wd_status wd_reader_give_hello(wd_capture_reader *r, const wd_flow *f, unsigned dir,
                               uint32_t quic_version)
{
    char ja3[33];
    char ja4[40];
    const wd_tls_hello *h = &r->hello;
    if (r->sink->tls == NULL) {
        return WD_OK;
    }
    wd_net_tls t = {.at = wd_reader_base(r, f, h->server ? 1 - dir : dir),
                    .hello = h->server ? WD_NET_HELLO_SERVER : WD_NET_HELLO_CLIENT,
                    .quic = quic_version != 0,
                    .quic_version = quic_version,
                    .ech = h->ech,
                    .version = h->version,
                    .sni = h->sni,
                    .alpn = wd_tls_alpn_text(h, r->text),
                    .ja3 = wd_tls_ja3(h, ja3)};
    if (!h->server) {
        t.ja4 = wd_tls_ja4(h, t.quic, ja4);
    }
    return r->sink->tls(r->sink->ctx, &t);
}

static wd_slice service_name(const wd_flow *f)
{
    switch ((wd_flow_service) f->service) {
    case WD_FLOW_UNKNOWN: break;
    case WD_FLOW_DNS: return WD_S("dns");
    case WD_FLOW_TLS: return WD_S("tls");
    case WD_FLOW_QUIC: return WD_S("quic");
    case WD_FLOW_HTTP: return WD_S("http");
    }
    return (wd_slice){0};
}

static wd_status flow_ended(void *ctx, wd_flow *f)
{
    wd_capture_reader *r = ctx;
    WD_TRY(wd_reader_flow_end(r, f));
    if (r->sink->flow == NULL) {
        return WD_OK;
    }
    wd_net_flow out = {.at = wd_reader_base(r, f, 0),
                       .end = f->last,
                       .bytes_out = f->bytes[0],
                       .bytes_in = f->bytes[1],
                       .packets_out = f->packets[0],
                       .packets_in = f->packets[1],
                       .counted = WD_NET_BYTES_PAYLOAD,
                       .answered = f->packets[1] > 0,
                       .service = service_name(f)};
    out.open = f->transport == WD_NET_TCP && !f->reset && !(f->half[0].fin && f->half[1].fin);
    out.at.span = (wd_span){f->offset, 0, f->number};
    out.at.time = f->first;
    return r->sink->flow(r->sink->ctx, &out);
}

static wd_status one_packet(wd_capture_reader *r)
{
    wd_packet p = {0};
    wd_flow *f;
    unsigned dir;
    if (!wd_packet_decode(r->decoder, &r->packet, &p)) {
        return WD_OK;
    }
    WD_TRY(wd_flow_find(r->table, &p, &r->packet, &f, &dir));
    switch (p.transport) {
    case WD_NET_UDP: return p.payload.len > 0 ? wd_reader_datagram(r, &p, f, dir) : WD_OK;
    case WD_NET_TCP: return wd_reader_segment(r, &p, f, dir);
    case WD_NET_ICMP: /* what an error quotes was not asked here */
    case WD_NET_OTHER: return WD_OK;
    }
    return WD_OK;
}

static wd_status tell(wd_status (*to)(void *ctx, wd_span span, wd_slice text), void *ctx,
                      uint64_t at, const char *text)
{
    return to == NULL ? WD_OK : to(ctx, (wd_span){at, 0, 0}, wd_slice_str(text));
}

/* Bounds that were reached, once each. */
static wd_status tell_limits(wd_capture_reader *r)
{
    const wd_net_sink *s = r->sink;
    if (wd_flow_table_was_full(r->table)) {
        WD_TRY(tell(s->limit, s->ctx, WD_NO_OFFSET,
                    "more connections at one time than are held; some were summed early"));
    }
    if (r->pool.was_full) {
        WD_TRY(tell(s->limit, s->ctx, WD_NO_OFFSET,
                    "more half-read hellos and requests than are held; some names may be missing"));
    }
    return WD_OK;
}

wd_status wd_capture_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                           wd_net_totals *totals, wd_err *err)
{
    wd_capture cap;
    *totals = (wd_net_totals){.first = WD_NO_TIME, .last = WD_NO_TIME};
    WD_TRY(wd_capture_open(&cap, data, arena, err));
    WD_TRY(wd_quic_init(err));
    wd_capture_reader *r = WD_NEW(arena, wd_capture_reader);
    if (r == NULL) {
        return wd_nomem(err, "capture");
    }
    r->arena = r->pool.arena = arena;
    r->sink = sink;
    r->decoder = wd_packet_decoder_new(arena);
    r->table = wd_flow_table_new(arena, flow_ended, r);
    if (r->decoder == NULL || r->table == NULL) {
        return wd_nomem(err, "capture");
    }
    while (wd_capture_next(&cap, &r->packet)) {
        totals->records++;
        totals->bytes += r->packet.wire_len;
        totals->cut += r->packet.data.len < r->packet.wire_len;
        wd_net_totals_time(totals, r->packet.time);
        WD_TRY(one_packet(r));
    }
    WD_TRY(wd_flow_table_finish(r->table));
    if (cap.damage != NULL) {
        WD_TRY(tell(sink->damage, sink->ctx, cap.damage_at, cap.damage));
    }
    return tell_limits(r);
}

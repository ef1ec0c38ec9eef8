#include <string.h>

#include "core/limits.h"
#include "detect/traffic_sums_priv.h"
#include "formats/net_addr.h"

/* A host name has at most 255 bytes; more is not one. */
#define MAX_NAME 255U
#define MAX_URL 2048U
/* An answer within this time belongs to the question before it. */
#define ANSWER_WAIT (10 * WD_TICKS_PER_SECOND)
#define MAX_LOOKUP_TIMES 20000U
#define MAX_REQUEST_TIMES 20000U

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15U;
    return h ^ h >> 32;
}

uint64_t wd_flow_identity(const wd_net_base *at)
{
    if (at->sport == 0 || at->src.len == 0 || at->dst.len == 0) {
        return 0;
    }
    uint64_t h = mix(wd_slice_hash(at->src), at->sport);
    h = mix(mix(h, wd_slice_hash(at->dst)), at->dport);
    return h == 0 ? 1 : h;
}

/* Lower case, without final dot and port. */
static wd_slice plain_name(wd_slice host, uint8_t out[static MAX_NAME])
{
    size_t colon = wd_slice_find_byte(host, ':');
    if (colon != SIZE_MAX && colon == wd_slice_rfind_byte(host, ':')) {
        host.len = colon;
    }
    if (host.len > 1 && host.ptr[host.len - 1] == '.') {
        host.len--;
    }
    host.len = host.len > MAX_NAME ? MAX_NAME : host.len;
    for (size_t i = 0; i < host.len; i++) {
        out[i] = wd_lower(host.ptr[i]);
    }
    return wd_slice_of(out, host.len);
}

static void add_print(uint32_t *set, uint32_t id)
{
    for (size_t i = 0; i < WD_SUMS_PRINTS && id != 0; i++) {
        if (set[i] == id || set[i] == 0) {
            set[i] = id;
            return;
        }
    }
}

/* Adds a moment to the piece of these ends; NULL when memory ran out. */
static wd_piece *add_moment(wd_traffic_sums *s, const wd_net_base *at, wd_slice name,
                            wd_contact_layer layer, const wd_moment *m)
{
    wd_piece_key key;
    memset(&key, 0, sizeof key);
    key.src = wd_sums_intern(s, at->src);
    key.name = wd_sums_intern(s, name);
    key.dst = wd_sums_intern(s, at->dst);
    key.port = at->dport;
    key.transport = (uint8_t) (layer == WD_CONTACT_DNS ? WD_NET_UDP : at->transport);
    key.layer = (uint8_t) layer;
    wd_piece *p = wd_sums_entry(s, &s->pieces, &key, sizeof key, sizeof *p);
    if (p == NULL) {
        return NULL;
    }
    if (p->count++ == 0) {
        p->span = at->span;
    }
    if (p->n >= WD_MAX_CONTACT_MOMENTS) {
        return p;
    }
    wd_node *node = wd_sums_node(s);
    if (node != NULL) {
        node->m = *m;
        node->next = p->moments;
        p->moments = node;
        p->n++;
    }
    return p;
}

wd_status wd_sums_flow(void *ctx, const wd_net_flow *f)
{
    wd_traffic_sums *s = ctx;
    const wd_net_base *at = &f->at;
    if (!wd_sums_wanted(s, at->time) || at->src.len == 0 || at->time == WD_NO_TIME) {
        return WD_OK;
    }
    wd_sums_seen(s, at->time);
    bool dns = wd_slice_eq(f->service, WD_S("dns")) || at->dport == 53;
    wd_moment m = {.time = at->time,
                   .flow = at->transport == WD_NET_ICMP ? 0 : wd_flow_identity(at),
                   .out = f->bytes_out,
                   .in = f->bytes_in,
                   .summed = true,
                   .open = f->open};
    if (f->end > at->time) {
        wd_time ms = (f->end - at->time) / (WD_TICKS_PER_SECOND / 1000);
        m.ms = ms > UINT32_MAX ? UINT32_MAX : (uint32_t) ms;
    }
    wd_net_base ends = *at;
    if (at->transport == WD_NET_ICMP) {
        ends.dport = 0; /* a code, no port */
    }
    (void) add_moment(s, &ends, (wd_slice){0}, dns ? WD_CONTACT_DNS : WD_CONTACT_CONN, &m);
    return wd_sums_after(s);
}

static void add_answer(wd_traffic_sums *s, wd_lookup_sum *l, wd_slice value)
{
    if (value.len == 0 || value.len > MAX_NAME || memchr(value.ptr, ' ', value.len) != NULL) {
        return;
    }
    uint32_t id = wd_sums_intern(s, value);
    for (size_t i = 0; i < l->n_answers; i++) {
        if (l->answers[i] == id) {
            return;
        }
    }
    if (l->n_answers < WD_SUMS_ANSWERS) {
        l->answers[l->n_answers++] = id;
    }
}

static void count_lookup(wd_traffic_sums *s, wd_lookup_sum *l, wd_time t)
{
    if (l->count++ == 0) {
        l->first = l->last = t;
    }
    if (t == WD_NO_TIME) { /* a log without years */
        return;
    }
    l->first = l->first == WD_NO_TIME || t < l->first ? t : l->first;
    l->last = t > l->last ? t : l->last;
    wd_node *node = l->n < MAX_LOOKUP_TIMES ? wd_sums_node(s) : NULL;
    if (node != NULL) {
        node->m.time = t;
        node->next = l->times;
        l->times = node;
        l->n++;
    }
}

wd_status wd_sums_dns(void *ctx, const wd_net_dns *d)
{
    uint8_t name[MAX_NAME];
    wd_traffic_sums *s = ctx;
    const wd_net_base *at = &d->at;
    if (d->family != WD_NET_DNS || d->name.len == 0 || !wd_sums_wanted(s, at->time)) {
        return WD_OK;
    }
    wd_sums_seen(s, at->time);
    wd_lookup_key key;
    memset(&key, 0, sizeof key);
    key.src = wd_sums_intern(s, at->src);
    key.name = wd_sums_intern(s, plain_name(d->name, name));
    key.qtype = d->qtype;
    wd_lookup_sum *l = wd_sums_entry(s, &s->lookups, &key, sizeof key, sizeof *l);
    if (l == NULL) {
        return WD_E_NOMEM;
    }
    if (l->count == 0) {
        l->span = at->span;
        l->asked = WD_NO_TIME;
    }
    bool asked =
        l->asked != WD_NO_TIME && at->time >= l->asked && at->time - l->asked <= ANSWER_WAIT;
    if (!d->response || !asked) {
        count_lookup(s, l, at->time);
    }
    l->asked = at->time;
    for (size_t i = 0; i < d->n_answers; i++) {
        uint16_t type = d->answers[i].type;
        if (!d->answers[i].extra && (type == WD_DNS_A || type == WD_DNS_AAAA ||
                                     type == WD_DNS_CNAME || type == WD_DNS_PTR)) {
            add_answer(s, l, d->answers[i].value);
        }
    }
    return wd_sums_after(s);
}

wd_status wd_sums_tls(void *ctx, const wd_net_tls *t)
{
    uint8_t name[MAX_NAME];
    wd_traffic_sums *s = ctx;
    const wd_net_base *at = &t->at;
    s->seen.quic += t->quic && t->hello == WD_NET_HELLO_CLIENT;
    s->seen.hidden += t->hello == WD_NET_HELLO_CLIENT && t->ech;
    s->seen.hellos += t->hello == WD_NET_HELLO_CLIENT;
    if (t->hello != WD_NET_HELLO_CLIENT || at->time == WD_NO_TIME || !wd_sums_wanted(s, at->time)) {
        return WD_OK;
    }
    wd_sums_seen(s, at->time);
    wd_moment m = {.time = at->time, .flow = wd_flow_identity(at)};
    wd_net_base ends = *at;
    ends.transport = t->quic ? WD_NET_UDP : WD_NET_TCP;
    wd_piece *p = add_moment(s, &ends, plain_name(t->sni, name),
                             t->quic ? WD_CONTACT_QUIC : WD_CONTACT_TLS, &m);
    if (p != NULL) {
        add_print(p->ja3, wd_sums_intern(s, t->ja3));
        add_print(p->ja4, wd_sums_intern(s, t->ja4));
    }
    return wd_sums_after(s);
}

/* The whole address that was asked for. */
static wd_slice url_of(const wd_net_http *h, uint8_t out[static MAX_URL])
{
    wd_slice parts[3] = {WD_S("http://"), h->host.len > 0 ? h->host : h->at.dst, h->uri};
    size_t len = 0;
    bool whole = wd_slice_find(wd_slice_sub(h->uri, 0, 12), WD_S("://")) != SIZE_MAX;
    bool connect = wd_slice_eq(h->method, WD_S("CONNECT"));
    for (size_t i = whole || connect ? 2 : 0; i < 3; i++) {
        size_t n = parts[i].len < MAX_URL - len ? parts[i].len : MAX_URL - len;
        if (n > 0) {
            memcpy(out + len, parts[i].ptr, n);
        }
        len += n;
    }
    return wd_slice_of(out, len);
}

/* Host of the request: its header, else the authority of a whole address. */
static wd_slice host_of(const wd_net_http *h)
{
    size_t at = wd_slice_find(wd_slice_sub(h->uri, 0, 12), WD_S("://"));
    if (at == SIZE_MAX) {
        bool connect = wd_slice_eq(h->method, WD_S("CONNECT"));
        return connect && h->host.len == 0 ? h->uri : h->host;
    }
    wd_slice rest = wd_slice_sub(h->uri, at + 3, SIZE_MAX);
    size_t end = wd_slice_find_byte(rest, '/');
    return wd_slice_sub(rest, 0, end);
}

static wd_request_sum *add_request(wd_traffic_sums *s, const wd_net_http *h, uint32_t name)
{
    uint8_t url[MAX_URL];
    wd_request_key key;
    memset(&key, 0, sizeof key);
    key.src = wd_sums_intern(s, h->at.src);
    key.url = wd_sums_intern(s, url_of(h, url));
    key.method = wd_sums_intern(s, wd_slice_sub(h->method, 0, 32));
    key.user_agent = wd_sums_intern(s, wd_slice_sub(h->user_agent, 0, 1024));
    key.dst = wd_sums_intern(s, h->at.dst);
    key.port = h->at.dport;
    wd_request_sum *r = wd_sums_entry(s, &s->requests, &key, sizeof key, sizeof *r);
    if (r == NULL) {
        return NULL;
    }
    wd_time t = h->at.time;
    if (r->count++ == 0) {
        r->name = name;
        r->first = r->last = t;
        r->span = h->at.span;
        r->user = wd_sums_intern(s, wd_slice_sub(h->user, 0, 256));
    }
    r->first = t < r->first ? t : r->first;
    r->last = t > r->last ? t : r->last;
    r->bytes_out += h->bytes_out;
    wd_node *node = r->n < MAX_REQUEST_TIMES ? wd_sums_node(s) : NULL;
    if (node != NULL) {
        node->m.time = t;
        node->next = r->times;
        r->times = node;
        r->n++;
    }
    return r;
}

static void add_response(wd_traffic_sums *s, wd_request_sum *r, const wd_net_http *h)
{
    r->bytes_in += h->bytes_in;
    if (h->status != 0) {
        r->status = h->status;
    }
    if (h->content_type.len > 0) {
        r->content_type = wd_sums_intern(s, wd_slice_sub(h->content_type, 0, 256));
    }
}

wd_status wd_sums_http(void *ctx, const wd_net_http *h)
{
    uint8_t text[MAX_NAME];
    wd_traffic_sums *s = ctx;
    const wd_net_base *at = &h->at;
    if (!wd_sums_wanted(s, at->time) || at->time == WD_NO_TIME || at->transport == WD_NET_UDP) {
        return WD_OK; /* discovery on the local network is no contact */
    }
    wd_sums_seen(s, at->time);
    uint64_t flow = wd_flow_identity(at);
    size_t slot = flow % WD_SUMS_RECENT;
    if (h->method.len == 0) {
        if (flow != 0 && s->recent[slot].flow == flow && s->recent[slot].request != NULL) {
            add_response(s, s->recent[slot].request, h);
        }
        return wd_sums_after(s);
    }
    wd_slice name = plain_name(host_of(h), text);
    wd_ip ip;
    if (wd_slice_eq(name, at->dst) || (wd_net_addr_parse(name, &ip) && at->dst.len == 0)) {
        name.len = 0;
    }
    wd_moment m = {.time = at->time, .flow = flow};
    wd_net_base ends = *at;
    ends.transport = WD_NET_TCP;
    wd_piece *p = add_moment(s, &ends, name, WD_CONTACT_HTTP, &m);
    wd_request_sum *r = add_request(s, h, wd_sums_intern(s, name));
    if (p != NULL && r != NULL) {
        uint32_t agent = wd_sums_intern(s, wd_slice_sub(h->user_agent, 0, 1024));
        p->user_agent = p->user_agent == 0 ? agent : p->user_agent;
        add_response(s, r, h);
        s->recent[slot].flow = flow;
        s->recent[slot].request = r;
    }
    return wd_sums_after(s);
}

#include "formats/eve.h"

#include <stdio.h>

#include "core/json.h"
#include "core/limits.h"
#include "formats/dns.h"
#include "formats/net_addr.h"

#define MAX_ANSWERS 64U

struct reader {
    const wd_net_sink *sink;
    wd_net_totals *totals;
    wd_json_doc doc;
    wd_net_base at;
    wd_span first_bad;
    char src[WD_NET_ADDR_TEXT];
    char dst[WD_NET_ADDR_TEXT];
    wd_net_answer answers[MAX_ANSWERS];
    size_t n_answers;
};

static uint64_t number(const wd_json *object, const char *key)
{
    uint64_t n = 0;
    const wd_json *v = wd_json_get(object, key);
    return v != NULL && wd_json_to_u64(v, &n) ? n : 0;
}

static void reverse(wd_net_base *at)
{
    wd_slice s = at->src;
    uint16_t p = at->sport;
    at->src = at->dst;
    at->sport = at->dport;
    at->dst = s;
    at->dport = p;
}

static wd_net_transport transport_of(wd_slice s)
{
    if (wd_slice_eq_nocase(s, WD_S("TCP"))) {
        return WD_NET_TCP;
    }
    if (wd_slice_eq_nocase(s, WD_S("UDP"))) {
        return WD_NET_UDP;
    }
    return wd_slice_starts_nocase(s, WD_S("ICMP")) || wd_slice_eq_nocase(s, WD_S("IPv6-ICMP"))
               ? WD_NET_ICMP
               : WD_NET_OTHER;
}

/* What every event says. Members are met in one walk: an event has two dozen. */
static bool take_base(struct reader *r, const wd_json *root, wd_slice *type)
{
    wd_net_base *at = &r->at;
    *at = (wd_net_base){.time = WD_NO_TIME};
    WD_JSON_EACH (m, root) {
        uint64_t n;
        if (wd_slice_eq(m->key, WD_S("timestamp"))) {
            (void) wd_time_parse(m->text, &at->time);
        } else if (wd_slice_eq(m->key, WD_S("event_type"))) {
            *type = m->text;
        } else if (wd_slice_eq(m->key, WD_S("src_ip"))) {
            at->src = wd_net_addr_canonical(m->text, r->src);
        } else if (wd_slice_eq(m->key, WD_S("dest_ip"))) {
            at->dst = wd_net_addr_canonical(m->text, r->dst);
        } else if (wd_slice_eq(m->key, WD_S("src_port"))) {
            at->sport = wd_json_to_u64(m, &n) && n <= 0xffff ? (uint16_t) n : 0;
        } else if (wd_slice_eq(m->key, WD_S("dest_port"))) {
            at->dport = wd_json_to_u64(m, &n) && n <= 0xffff ? (uint16_t) n : 0;
        } else if (wd_slice_eq(m->key, WD_S("proto"))) {
            at->transport = transport_of(m->text);
        } else if (wd_slice_eq(m->key, WD_S("flow_id"))) {
            at->uid = wd_json_scalar(m);
        } else if (wd_slice_eq(m->key, WD_S("host")) || wd_slice_eq(m->key, WD_S("sensor_name"))) {
            at->sensor = wd_json_scalar(m);
        }
    }
    return at->time != WD_NO_TIME && type->len > 0;
}

static wd_slice service_of(wd_slice app)
{
    bool none = wd_slice_eq(app, WD_S("failed")) || wd_slice_eq(app, WD_S("unknown"));
    return none ? WD_EMPTY : app;
}

static wd_status give_flow(struct reader *r, const wd_json *root, const wd_json *flow)
{
    wd_net_flow f = {.at = r->at,
                     .end = WD_NO_TIME,
                     .bytes_out = number(flow, "bytes_toserver"),
                     .bytes_in = number(flow, "bytes_toclient"),
                     .packets_out = number(flow, "pkts_toserver"),
                     .packets_in = number(flow, "pkts_toclient"),
                     .counted = WD_NET_BYTES_WIRE,
                     .service = service_of(wd_json_text(root, "app_proto"))};
    if (r->sink->flow == NULL) {
        return WD_OK;
    }
    (void) wd_time_parse(wd_json_text(flow, "start"), &f.at.time);
    if (!wd_time_parse(wd_json_text(flow, "end"), &f.end)) {
        f.end = r->at.time;
    }
    f.answered = f.packets_in > 0;
    f.open = f.at.transport == WD_NET_TCP &&
             wd_slice_eq(wd_json_text(flow, "state"), WD_S("established"));
    return r->sink->flow(r->sink->ctx, &f);
}

static void add_answer(struct reader *r, const wd_json *a)
{
    wd_slice type = wd_json_text(a, "rrtype");
    wd_slice value = wd_json_text(a, "rdata");
    if (value.len == 0) { /* SOA, SRV and SSHFP hold objects; their name is what counts */
        const wd_json *soa = wd_json_get(a, "soa");
        value =
            wd_json_text(soa != NULL ? soa : wd_json_get(a, "srv"), soa != NULL ? "mname" : "name");
    }
    if (r->n_answers < MAX_ANSWERS && type.len > 0) {
        r->answers[r->n_answers++] = (wd_net_answer){.type = wd_dns_type_parse(type),
                                                     .ttl = (uint32_t) number(a, "ttl"),
                                                     .name = wd_json_text(a, "rrname"),
                                                     .value = value};
    }
}

/* "grouped": {"A": ["192.0.2.1"], "CNAME": [...]}: what is left when detail is switched off. */
static void add_grouped(struct reader *r, const wd_json *grouped)
{
    WD_JSON_EACH (group, grouped) {
        WD_JSON_EACH (value, group) {
            wd_slice text = wd_json_scalar(value);
            if (r->n_answers < MAX_ANSWERS && text.len > 0) {
                r->answers[r->n_answers++] =
                    (wd_net_answer){.type = wd_dns_type_parse(group->key), .value = text};
            }
        }
    }
}

static int rcode_of(const wd_json *dns)
{
    static const char *const names[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                        "NXDOMAIN", "NOTIMP",  "REFUSED"};
    wd_slice s = wd_json_text(dns, "rcode");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (wd_slice_eq(s, wd_slice_str(names[i]))) {
            return (int) i;
        }
    }
    return -1;
}

static wd_status give_question(struct reader *r, wd_net_dns *d, const wd_json *q)
{
    d->name = wd_json_text(q, "rrname");
    d->qtype = wd_dns_type_parse(wd_json_text(q, "rrtype"));
    if (d->name.len == 0) {
        d->name = WD_S(".");
    } else if (d->name.len > 1 && d->name.ptr[d->name.len - 1] == '.') {
        d->name.len--;
    }
    WD_TRY(r->sink->dns(r->sink->ctx, d));
    d->n_answers = 0;
    return WD_OK;
}

static wd_status give_dns(struct reader *r, const wd_json *dns)
{
    wd_slice type = wd_json_text(dns, "type");
    wd_net_dns d = {.at = r->at, .rcode = -1, .answers = r->answers};
    if (r->sink->dns == NULL || !wd_json_is(dns, WD_JSON_OBJECT)) {
        return WD_OK;
    }
    d.response = wd_slice_eq(type, WD_S("answer")) || wd_slice_eq(type, WD_S("response"));
    r->n_answers = 0;
    if (d.response) {
        /* The resolver has the well-known port; without one the line's source answered. */
        if (d.at.dport != 53 && d.at.dport != 5353) {
            reverse(&d.at);
        }
        d.rcode = rcode_of(dns);
        const wd_json *answers = wd_json_get(dns, "answers");
        WD_JSON_EACH (a, answers) {
            add_answer(r, a);
        }
        if (r->n_answers == 0 && wd_json_get(dns, "grouped") != NULL) {
            add_grouped(r, wd_json_get(dns, "grouped"));
        }
        if (answers == NULL && wd_json_text(dns, "rdata").len > 0) {
            add_answer(r, dns); /* version 1: the line is one answer */
        }
    }
    d.family = d.at.dport == 5353 ? WD_NET_MDNS : d.at.dport == 5355 ? WD_NET_LLMNR : WD_NET_DNS;
    d.n_answers = r->n_answers;
    const wd_json *queries = wd_json_get(dns, "queries");
    if (wd_json_first(queries) == NULL) {
        return give_question(r, &d, dns);
    }
    WD_JSON_EACH (q, queries) {
        WD_TRY(give_question(r, &d, q));
    }
    return WD_OK;
}

static uint16_t version_of(wd_slice s)
{
    static const struct {
        const char *text;
        uint16_t version;
    } known[] = {{"TLS 1.3", 0x0304}, {"TLSv1.3", 0x0304}, {"TLS 1.2", 0x0303}, {"TLS 1.1", 0x0302},
                 {"TLS 1.0", 0x0301}, {"TLSv1", 0x0301},   {"SSLv3", 0x0300},   {"SSLv2", 0x0002}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wd_slice_starts_nocase(s, wd_slice_str(known[i].text))) {
            return known[i].version;
        }
    }
    return 0;
}

/* "ja3": {"hash": ...}; QUIC of version 7 has an array of such objects. */
static wd_slice hash_of(const wd_json *object, const char *key)
{
    const wd_json *v = wd_json_get(object, key);
    if (wd_json_is(v, WD_JSON_ARRAY)) {
        v = wd_json_first(v);
    }
    return wd_json_is(v, WD_JSON_STRING) ? v->text : wd_json_text(v, "hash");
}

static wd_status give_tls(struct reader *r, const wd_json *tls, bool quic)
{
    wd_net_tls t = {.at = r->at,
                    .hello = WD_NET_HELLO_CLIENT,
                    .quic = quic,
                    .established = true,
                    .version = version_of(wd_json_text(tls, "version")),
                    .sni = wd_json_text(tls, "sni"),
                    .ja3 = hash_of(tls, "ja3"),
                    .ja4 = wd_json_text(tls, "ja4")};
    if (r->sink->tls == NULL || !wd_json_is(tls, WD_JSON_OBJECT)) {
        return WD_OK;
    }
    if (t.ja4.len == 0) {
        t.ja4 = hash_of(tls, "ja4");
    }
    if (quic && t.sni.len == 0 && t.ja3.len == 0) {
        t.hello = WD_NET_HELLO_NONE;
    }
    WD_TRY(r->sink->tls(r->sink->ctx, &t));
    t.ja3 = hash_of(tls, "ja3s");
    if (t.ja3.len == 0) {
        return WD_OK;
    }
    t.hello = WD_NET_HELLO_SERVER;
    t.sni = t.ja4 = (wd_slice){0};
    return r->sink->tls(r->sink->ctx, &t);
}

static wd_status give_http(struct reader *r, const wd_json *http)
{
    uint64_t status = number(http, "status");
    wd_net_http h = {.at = r->at,
                     .method = wd_json_text(http, "http_method"),
                     .host = wd_json_text(http, "hostname"),
                     .uri = wd_json_text(http, "url"),
                     .user_agent = wd_json_text(http, "http_user_agent"),
                     .referer = wd_json_text(http, "http_refer"),
                     .content_type = wd_json_text(http, "http_content_type"),
                     .status = (uint16_t) (status > 999 ? 0 : status),
                     .has_host = wd_json_get(http, "hostname") != NULL,
                     .bytes_in = number(http, "length")};
    if (r->sink->http == NULL || !wd_json_is(http, WD_JSON_OBJECT)) {
        return WD_OK;
    }
    return r->sink->http(r->sink->ctx, &h);
}

static wd_status give_file(struct reader *r, const wd_json *info)
{
    wd_net_file f = {.at = r->at,
                     .name = wd_json_text(info, "filename"),
                     .mime = wd_json_text(info, "magic"),
                     .md5 = wd_json_text(info, "md5"),
                     .sha1 = wd_json_text(info, "sha1"),
                     .sha256 = wd_json_text(info, "sha256"),
                     .size = number(info, "size")};
    if (r->sink->file == NULL || !wd_json_is(info, WD_JSON_OBJECT)) {
        return WD_OK;
    }
    return r->sink->file(r->sink->ctx, &f);
}

static wd_status give(struct reader *r, const wd_json *root, wd_slice type)
{
    if (wd_slice_eq(type, WD_S("flow"))) {
        return give_flow(r, root, wd_json_get(root, "flow"));
    }
    if (wd_slice_eq(type, WD_S("dns"))) {
        return give_dns(r, wd_json_get(root, "dns"));
    }
    if (wd_slice_eq(type, WD_S("tls"))) {
        return give_tls(r, wd_json_get(root, "tls"), false);
    }
    if (wd_slice_eq(type, WD_S("quic"))) {
        return give_tls(r, wd_json_get(root, "quic"), true);
    }
    if (wd_slice_eq(type, WD_S("http"))) {
        return give_http(r, wd_json_get(root, "http"));
    }
    if (wd_slice_eq(type, WD_S("fileinfo"))) {
        return give_file(r, wd_json_get(root, "fileinfo"));
    }
    return WD_OK;
}

static wd_status one_line(struct reader *r, wd_slice line, wd_span span, wd_arena *scratch)
{
    wd_slice type = {0};
    if (line.len > WD_MAX_LINE ||
        wd_json_parse(&r->doc, line, scratch, span.offset, NULL) != WD_OK ||
        !take_base(r, r->doc.nodes, &type)) {
        r->first_bad = r->totals->bad++ == 0 ? span : r->first_bad;
        return WD_OK;
    }
    r->at.span = span;
    r->totals->records++;
    wd_net_totals_time(r->totals, r->at.time);
    return give(r, r->doc.nodes, type);
}

static wd_status read_lines(struct reader *r, wd_slice data, wd_arena *scratch)
{
    wd_slice rest = data;
    wd_slice line;
    uint64_t number_of = 0;
    while (wd_slice_line(&rest, &line)) {
        number_of++;
        if (line.len == 0) {
            continue;
        }
        wd_span span = {(uint64_t) (line.ptr - data.ptr), line.len, number_of};
        WD_TRY(one_line(r, line, span, scratch));
        wd_arena_reset(scratch);
    }
    return WD_OK;
}

wd_status wd_eve_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                       wd_net_totals *totals, wd_err *err)
{
    char text[120];
    *totals = (wd_net_totals){.first = WD_NO_TIME, .last = WD_NO_TIME, .bytes = data.len};
    struct reader *r = WD_NEW(arena, struct reader);
    wd_arena *scratch = wd_arena_new(WD_MAX_LINE * 4UL);
    if (r == NULL || scratch == NULL) {
        wd_arena_free(scratch);
        return wd_nomem(err, "eve");
    }
    r->sink = sink;
    r->totals = totals;
    wd_status s = read_lines(r, data, scratch);
    wd_arena_free(scratch);
    wd_json_doc_free(&r->doc);
    WD_TRY(s);
    if (totals->bad > 0 && sink->damage != NULL) {
        (void) snprintf(text, sizeof text,
                        "%llu of %llu lines could not be read as events; the first is line %llu",
                        (unsigned long long) totals->bad,
                        (unsigned long long) (totals->bad + totals->records),
                        (unsigned long long) r->first_bad.record);
        WD_TRY(sink->damage(sink->ctx, r->first_bad, wd_slice_str(text)));
    }
    if (totals->records == 0) {
        return wd_fail(err, WD_E_MALFORMED, 0, "eve", "no line reads as an event of Suricata");
    }
    return WD_OK;
}

bool wd_eve_looks(wd_slice head)
{
    wd_slice line = wd_slice_sub(head, 0, wd_slice_find_byte(head, '\n'));
    return wd_slice_starts(wd_slice_trim(line), WD_S("{")) &&
           wd_slice_find(line, WD_S("\"event_type\"")) != SIZE_MAX &&
           wd_slice_find(line, WD_S("\"timestamp\"")) != SIZE_MAX;
}

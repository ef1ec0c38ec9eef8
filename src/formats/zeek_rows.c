#include "formats/zeek_priv.h"

#include "formats/dns.h"

static const struct {
    const char *name;
    wd_zeek_field field;
} fields[] = {
    {"ts", WD_ZEEK_TS},
    {"uid", WD_ZEEK_UID},
    {"id.orig_h", WD_ZEEK_ORIG_H},
    {"id.orig_p", WD_ZEEK_ORIG_P},
    {"id.resp_h", WD_ZEEK_RESP_H},
    {"id.resp_p", WD_ZEEK_RESP_P},
    {"id_orig_h", WD_ZEEK_ORIG_H}, /* as some forwarders rename them */
    {"id_orig_p", WD_ZEEK_ORIG_P},
    {"id_resp_h", WD_ZEEK_RESP_H},
    {"id_resp_p", WD_ZEEK_RESP_P},
    {"proto", WD_ZEEK_PROTO},
    {"service", WD_ZEEK_SERVICE},
    {"duration", WD_ZEEK_DURATION},
    {"orig_bytes", WD_ZEEK_ORIG_BYTES},
    {"resp_bytes", WD_ZEEK_RESP_BYTES},
    {"conn_state", WD_ZEEK_CONN_STATE},
    {"orig_pkts", WD_ZEEK_ORIG_PKTS},
    {"resp_pkts", WD_ZEEK_RESP_PKTS},
    {"query", WD_ZEEK_QUERY},
    {"qtype", WD_ZEEK_QTYPE},
    {"qtype_name", WD_ZEEK_QTYPE_NAME},
    {"rcode", WD_ZEEK_RCODE},
    {"answers", WD_ZEEK_ANSWERS},
    {"method", WD_ZEEK_METHOD},
    {"host", WD_ZEEK_HOST},
    {"uri", WD_ZEEK_URI},
    {"referrer", WD_ZEEK_REFERRER},
    {"user_agent", WD_ZEEK_USER_AGENT},
    {"status_code", WD_ZEEK_STATUS},
    {"request_body_len", WD_ZEEK_REQUEST_LEN},
    {"response_body_len", WD_ZEEK_RESPONSE_LEN},
    {"username", WD_ZEEK_USERNAME},
    {"resp_mime_types", WD_ZEEK_RESP_MIME},
    {"server_name", WD_ZEEK_SERVER_NAME},
    {"ja3", WD_ZEEK_JA3},
    {"ja3s", WD_ZEEK_JA3S},
    {"ja4", WD_ZEEK_JA4},
    {"version", WD_ZEEK_VERSION},
    {"cipher", WD_ZEEK_CIPHER},
    {"next_protocol", WD_ZEEK_NEXT_PROTOCOL},
    {"established", WD_ZEEK_ESTABLISHED},
    {"_node_name", WD_ZEEK_NODE},
    {"_system_name", WD_ZEEK_NODE},
    {"fuid", WD_ZEEK_FUID},
    {"filename", WD_ZEEK_FILENAME},
    {"mime_type", WD_ZEEK_MIME},
    {"md5", WD_ZEEK_MD5},
    {"sha1", WD_ZEEK_SHA1},
    {"sha256", WD_ZEEK_SHA256},
    {"seen_bytes", WD_ZEEK_SEEN_BYTES},
    {"tx_hosts", WD_ZEEK_TX_HOSTS},
    {"rx_hosts", WD_ZEEK_RX_HOSTS},
    {"conn_uids", WD_ZEEK_CONN_UIDS},
};

wd_zeek_field wd_zeek_field_of(wd_slice name)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (wd_slice_eq(name, wd_slice_str(fields[i].name))) {
            return fields[i].field;
        }
    }
    return WD_ZEEK_NONE;
}

/* Decimal digits up to the first other byte: counters are written "12" and, by some JSON writers,
 * "12.0". Unset gives 0. */
static uint64_t number(wd_slice s)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.len && wd_is_digit(s.ptr[i]); i++) {
        if (v > UINT64_MAX / 10 - 1) {
            return UINT64_MAX;
        }
        v = v * 10 + (uint64_t) (s.ptr[i] - '0');
    }
    return v;
}

/* Seconds, milliseconds or microseconds since 1970, or ISO 8601. */
static bool time_of(wd_slice s, wd_time *out)
{
    size_t whole = 0;
    while (whole < s.len && wd_is_digit(s.ptr[whole])) {
        whole++;
    }
    if (whole >= 12) { /* no clock of this kind reads 12 digits of seconds */
        uint64_t n;
        if (!wd_slice_to_u64(wd_slice_sub(s, 0, whole), &n) || whole > 17) {
            return false;
        }
        uint64_t per_second = whole >= 15 ? 1000000 : 1000;
        *out = wd_time_from_unix((int64_t) (n / per_second),
                                 (int64_t) (n % per_second * (1000000000U / per_second)));
        return true;
    }
    if (whole == 4 && s.len > 4 && s.ptr[4] == '-') {
        return wd_time_parse(s, out);
    }
    return wd_time_from_epoch_text(s, out);
}

static wd_net_transport transport_of(wd_slice s)
{
    if (s.len == 3 && wd_lower(s.ptr[0]) == 't') {
        return WD_NET_TCP;
    }
    if (s.len == 3 && wd_lower(s.ptr[0]) == 'u') {
        return WD_NET_UDP;
    }
    return wd_slice_starts_nocase(s, WD_S("icmp")) ? WD_NET_ICMP : WD_NET_OTHER;
}

static bool base_of(const wd_zeek_row *row, wd_net_base *out)
{
    wd_time t;
    uint64_t sport = number(row->v[WD_ZEEK_ORIG_P]);
    uint64_t dport = number(row->v[WD_ZEEK_RESP_P]);
    if (!time_of(row->v[WD_ZEEK_TS], &t)) {
        return false;
    }
    *out = (wd_net_base){.span = row->span,
                         .time = t,
                         .src = row->v[WD_ZEEK_ORIG_H],
                         .dst = row->v[WD_ZEEK_RESP_H],
                         .sport = (uint16_t) (sport > 0xffff ? 0 : sport),
                         .dport = (uint16_t) (dport > 0xffff ? 0 : dport),
                         .transport = transport_of(row->v[WD_ZEEK_PROTO]),
                         .uid = row->v[WD_ZEEK_UID],
                         .sensor = row->v[WD_ZEEK_NODE]};
    return true;
}

/* Zeek says "ssl" where others say "tls"; of several services the most telling comes last. */
static wd_slice service_of(wd_slice s)
{
    if (wd_slice_find(s, WD_S("quic")) != SIZE_MAX) {
        return WD_S("quic");
    }
    return wd_slice_find(s, WD_S("ssl")) != SIZE_MAX ? WD_S("tls") : s;
}

static wd_status give_conn(const wd_zeek_row *row, const wd_net_base *at, const wd_net_sink *sink)
{
    if (sink->flow == NULL) {
        return WD_OK;
    }
    wd_time length = 0;
    wd_slice state = row->v[WD_ZEEK_CONN_STATE];
    wd_net_flow f = {.at = *at,
                     .bytes_out = number(row->v[WD_ZEEK_ORIG_BYTES]),
                     .bytes_in = number(row->v[WD_ZEEK_RESP_BYTES]),
                     .packets_out = number(row->v[WD_ZEEK_ORIG_PKTS]),
                     .packets_in = number(row->v[WD_ZEEK_RESP_PKTS]),
                     .counted = WD_NET_BYTES_PAYLOAD,
                     .service = service_of(row->v[WD_ZEEK_SERVICE])};
    (void) wd_time_from_epoch_text(row->v[WD_ZEEK_DURATION], &length);
    f.end = length > 0 ? at->time + length : at->time;
    f.answered = f.packets_in > 0 || f.bytes_in > 0;
    f.open = at->transport == WD_NET_TCP &&
             (wd_slice_eq(state, WD_S("S1")) || wd_slice_eq(state, WD_S("OTH")));
    return sink->flow(sink->ctx, &f);
}

/* Answers come without their types: addresses show theirs, texts carry a mark, others are names. */
static uint16_t answer_type(wd_slice value, uint16_t qtype)
{
    wd_ip ip;
    if (wd_net_addr_parse(value, &ip)) {
        return ip.len == 4 ? WD_DNS_A : WD_DNS_AAAA;
    }
    if (wd_slice_starts(value, WD_S("TXT "))) {
        return WD_DNS_TXT;
    }
    bool names = qtype == WD_DNS_NS || qtype == WD_DNS_MX || qtype == WD_DNS_PTR ||
                 qtype == WD_DNS_SRV || qtype == WD_DNS_SOA;
    return names ? qtype : WD_DNS_CNAME;
}

static wd_status give_dns(const wd_zeek_row *row, const wd_net_base *at, const wd_net_sink *sink)
{
    wd_net_answer answers[WD_ZEEK_MAX_ANSWERS];
    uint64_t qtype = number(row->v[WD_ZEEK_QTYPE]);
    wd_slice query = row->v[WD_ZEEK_QUERY];
    if (sink->dns == NULL || query.len == 0) {
        return WD_OK;
    }
    if (row->v[WD_ZEEK_QTYPE].len == 0) {
        qtype = wd_dns_type_parse(row->v[WD_ZEEK_QTYPE_NAME]);
    }
    wd_net_dns d = {.at = *at, .rcode = -1, .qtype = (uint16_t) qtype, .name = query};
    d.family = at->dport == 5353 ? WD_NET_MDNS : at->dport == 5355 ? WD_NET_LLMNR : WD_NET_DNS;
    if (query.len > 1 && query.ptr[query.len - 1] == '.') {
        d.name.len--;
    }
    WD_TRY(sink->dns(sink->ctx, &d));
    if (row->v[WD_ZEEK_RCODE].len == 0 && row->n_answers == 0) {
        return WD_OK;
    }
    for (size_t i = 0; i < row->n_answers; i++) {
        answers[i] = (wd_net_answer){.type = answer_type(row->answers[i], d.qtype),
                                     .name = d.name,
                                     .value = row->answers[i]};
    }
    d.response = true;
    d.rcode = (int) (number(row->v[WD_ZEEK_RCODE]) & 0xffff);
    d.answers = answers;
    d.n_answers = row->n_answers;
    return sink->dns(sink->ctx, &d);
}

/* "TLSv12", "SSLv3", "DTLSv12", ... */
static uint16_t version_of(wd_slice s)
{
    static const struct {
        const char *text;
        uint16_t version;
    } known[] = {{"TLSv13", 0x0304}, {"TLSv12", 0x0303}, {"TLSv11", 0x0302},
                 {"TLSv10", 0x0301}, {"SSLv3", 0x0300},  {"SSLv2", 0x0002}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wd_slice_starts(s, wd_slice_str(known[i].text))) {
            return known[i].version;
        }
    }
    return 0;
}

static wd_status give_ssl(const wd_zeek_row *row, const wd_net_base *at, const wd_net_sink *sink)
{
    if (sink->tls == NULL) {
        return WD_OK;
    }
    wd_slice established = row->v[WD_ZEEK_ESTABLISHED];
    wd_net_tls t = {.at = *at,
                    .hello = WD_NET_HELLO_CLIENT,
                    .version = version_of(row->v[WD_ZEEK_VERSION]),
                    .sni = row->v[WD_ZEEK_SERVER_NAME],
                    .alpn = row->v[WD_ZEEK_NEXT_PROTOCOL],
                    .ja3 = row->v[WD_ZEEK_JA3],
                    .ja4 = row->v[WD_ZEEK_JA4]};
    /* ssl.log has no protocol column; QUIC connections say so in their service or version. */
    t.quic = at->transport == WD_NET_UDP;
    t.at.transport = at->transport == WD_NET_OTHER ? WD_NET_TCP : at->transport;
    t.established = wd_slice_eq(established, WD_S("T")) || wd_slice_eq(established, WD_S("true"));
    WD_TRY(sink->tls(sink->ctx, &t));
    if (row->v[WD_ZEEK_JA3S].len == 0) {
        return WD_OK;
    }
    t.hello = WD_NET_HELLO_SERVER;
    t.ja3 = row->v[WD_ZEEK_JA3S];
    t.sni = t.ja4 = (wd_slice){0};
    return sink->tls(sink->ctx, &t);
}

static wd_status give_http(const wd_zeek_row *row, const wd_net_base *at, const wd_net_sink *sink)
{
    if (sink->http == NULL) {
        return WD_OK;
    }
    uint64_t status = number(row->v[WD_ZEEK_STATUS]);
    wd_net_http h = {.at = *at,
                     .method = row->v[WD_ZEEK_METHOD],
                     .host = row->v[WD_ZEEK_HOST],
                     .uri = row->v[WD_ZEEK_URI],
                     .user_agent = row->v[WD_ZEEK_USER_AGENT],
                     .referer = row->v[WD_ZEEK_REFERRER],
                     .content_type = row->v[WD_ZEEK_RESP_MIME],
                     .user = row->v[WD_ZEEK_USERNAME],
                     .status = (uint16_t) (status > 999 ? 0 : status),
                     .has_host = row->has_host,
                     .bytes_out = number(row->v[WD_ZEEK_REQUEST_LEN]),
                     .bytes_in = number(row->v[WD_ZEEK_RESPONSE_LEN])};
    h.at.transport = WD_NET_TCP;
    return sink->http(sink->ctx, &h);
}

/* The first of a set, as written with commas between. */
static wd_slice first_of(wd_slice set)
{
    return wd_slice_sub(set, 0, wd_slice_find_byte(set, ','));
}

static wd_status give_file(const wd_zeek_row *row, const wd_net_base *at, const wd_net_sink *sink)
{
    if (sink->file == NULL) {
        return WD_OK;
    }
    wd_net_file f = {.at = *at,
                     .name = row->v[WD_ZEEK_FILENAME],
                     .mime = row->v[WD_ZEEK_MIME],
                     .md5 = row->v[WD_ZEEK_MD5],
                     .sha1 = row->v[WD_ZEEK_SHA1],
                     .sha256 = row->v[WD_ZEEK_SHA256],
                     .size = number(row->v[WD_ZEEK_SEEN_BYTES])};
    if (f.at.src.len == 0) { /* the file went from tx to rx; the receiver asked */
        f.at.src = first_of(row->v[WD_ZEEK_RX_HOSTS]);
        f.at.dst = first_of(row->v[WD_ZEEK_TX_HOSTS]);
    }
    if (f.at.uid.len == 0) {
        f.at.uid = first_of(row->v[WD_ZEEK_CONN_UIDS]);
    }
    return sink->file(sink->ctx, &f);
}

wd_status wd_zeek_give_row(const wd_zeek_row *row, const wd_net_sink *sink, wd_net_totals *totals,
                           bool *good)
{
    char src[WD_NET_ADDR_TEXT];
    char dst[WD_NET_ADDR_TEXT];
    wd_net_base at;
    const wd_slice *v = row->v;
    *good = base_of(row, &at);
    if (!*good) {
        return WD_OK;
    }
    wd_net_totals_time(totals, at.time);
    at.src = wd_net_addr_canonical(at.src, src);
    at.dst = wd_net_addr_canonical(at.dst, dst);
    if (v[WD_ZEEK_CONN_STATE].len > 0) {
        return give_conn(row, &at, sink);
    }
    if (v[WD_ZEEK_QUERY].len > 0 || v[WD_ZEEK_QTYPE_NAME].len > 0) {
        return give_dns(row, &at, sink);
    }
    if (v[WD_ZEEK_FUID].len > 0 && v[WD_ZEEK_UID].len == 0) {
        return give_file(row, &at, sink);
    }
    if (at.src.len > 0 &&
        (v[WD_ZEEK_METHOD].len > 0 || v[WD_ZEEK_URI].len > 0 || v[WD_ZEEK_STATUS].len > 0)) {
        return give_http(row, &at, sink);
    }
    if (at.src.len > 0 && (v[WD_ZEEK_SERVER_NAME].len > 0 || v[WD_ZEEK_JA3].len > 0 ||
                           v[WD_ZEEK_CIPHER].len > 0 || v[WD_ZEEK_ESTABLISHED].len > 0)) {
        return give_ssl(row, &at, sink);
    }
    return WD_OK;
}

#include "formats/log_lines.h"

#include <stdio.h>
#include <string.h>

#include "core/limits.h"
#include "formats/dns.h"
#include "formats/log_time.h"
#include "formats/net_addr.h"

/* One record of any of the servers. */
typedef struct record {
    wd_time time;
    wd_slice src;
    wd_slice dst;
    uint16_t sport;
    wd_slice name;
    uint16_t qtype;
    bool response;
    wd_slice answer;
    uint8_t text[WD_DNS_MAX_NAME];
} record;

static wd_slice word(wd_slice *rest)
{
    size_t from = 0;
    while (from < rest->len && (rest->ptr[from] == ' ' || rest->ptr[from] == '\t')) {
        from++;
    }
    size_t end = from;
    while (end < rest->len && rest->ptr[end] != ' ' && rest->ptr[end] != '\t') {
        end++;
    }
    wd_slice w = wd_slice_sub(*rest, from, end - from);
    *rest = wd_slice_sub(*rest, end, SIZE_MAX);
    return w;
}

/* Moves behind `mark`; false when it is not there. */
static bool after(wd_slice *rest, const char *mark)
{
    wd_slice m = wd_slice_str(mark);
    size_t at = wd_slice_find(*rest, m);
    if (at == SIZE_MAX) {
        return false;
    }
    *rest = wd_slice_sub(*rest, at + m.len, SIZE_MAX);
    return true;
}

static bool is_address(wd_slice s)
{
    wd_ip ip;
    return wd_net_addr_parse(s, &ip);
}

static void set_name(record *r, wd_slice name)
{
    if (name.len > 1 && name.ptr[name.len - 1] == '.') {
        name.len--;
    }
    r->name = name;
}

/* "client @0x7f1 10.0.0.5#53124 (name): query: name IN A + (10.0.0.1)" */
static bool bind(wd_slice line, record *r)
{
    uint64_t port = 0;
    if (!after(&line, "client ")) {
        return false;
    }
    wd_slice client = word(&line);
    if (client.len > 0 && client.ptr[0] == '@') {
        client = word(&line);
    }
    size_t hash = wd_slice_find_byte(client, '#');
    if (hash == SIZE_MAX || !after(&line, "query: ")) {
        return false;
    }
    wd_slice digits = wd_slice_sub(client, hash + 1, SIZE_MAX);
    size_t colon = wd_slice_find_byte(digits, ':');
    (void) wd_slice_to_u64(wd_slice_sub(digits, 0, colon), &port);
    r->sport = port > 0xffff ? 0 : (uint16_t) port;
    r->src = wd_slice_sub(client, 0, hash);
    set_name(r, word(&line));
    (void) word(&line); /* class */
    r->qtype = wd_dns_type_parse(word(&line));
    size_t open = wd_slice_rfind_byte(line, '(');
    size_t close = wd_slice_rfind_byte(line, ')');
    if (open != SIZE_MAX && close != SIZE_MAX && close > open) {
        r->dst = wd_slice_sub(line, open + 1, close - open - 1);
    }
    return is_address(r->src) && r->name.len > 0;
}

/* "query[A] name from 10.0.0.5", "reply name is 192.0.2.1" (whose client is not said). */
static bool dnsmasq(wd_slice line, record *r)
{
    if (!after(&line, "dnsmasq") || !after(&line, ": ")) {
        return false;
    }
    size_t query = wd_slice_find(line, WD_S("query["));
    if (query != SIZE_MAX) {
        line = wd_slice_sub(line, query + 6, SIZE_MAX);
        size_t close = wd_slice_find_byte(line, ']');
        r->qtype = wd_dns_type_parse(wd_slice_sub(line, 0, close));
        if (close == SIZE_MAX || !after(&line, "] ")) {
            return false;
        }
        set_name(r, word(&line));
        r->src = wd_slice_eq(word(&line), WD_S("from")) ? word(&line) : (wd_slice){0};
        return is_address(r->src);
    }
    return false;
}

/* "info: 10.0.0.5 name. A IN", in replies with "NOERROR 0.01 0 100" behind. */
static bool unbound(wd_slice line, record *r)
{
    if (!after(&line, "unbound") || !after(&line, "info: ")) {
        return false;
    }
    r->src = word(&line);
    set_name(r, word(&line));
    r->qtype = wd_dns_type_parse(word(&line));
    return is_address(r->src) && r->name.len > 0 && r->qtype != 0 &&
           wd_slice_eq(word(&line), WD_S("IN"));
}

/* "question for 'name|A' from 10.0.0.5[:1234]" */
static bool powerdns(wd_slice line, record *r)
{
    if (!after(&line, "question for '")) {
        return false;
    }
    size_t bar = wd_slice_find_byte(line, '|');
    size_t quote = wd_slice_find_byte(line, '\'');
    if (bar == SIZE_MAX || quote == SIZE_MAX || quote < bar) {
        return false;
    }
    set_name(r, wd_slice_sub(line, 0, bar));
    r->qtype = wd_dns_type_parse(wd_slice_sub(line, bar + 1, quote - bar - 1));
    if (!after(&line, "' from ")) {
        return false;
    }
    r->src = word(&line);
    if (!is_address(r->src)) {
        r->src = wd_slice_sub(r->src, 0, wd_slice_rfind_byte(r->src, ':'));
    }
    return is_address(r->src);
}

/* "(3)www(7)example(3)com(0)" to a name. */
static bool counted_labels(wd_slice s, record *r)
{
    size_t len = 0;
    while (s.len > 1 && s.ptr[0] == '(') {
        uint64_t n;
        size_t close = wd_slice_find_byte(s, ')');
        if (close == SIZE_MAX || !wd_slice_to_u64(wd_slice_sub(s, 1, close - 1), &n) || n > 63) {
            return false;
        }
        s = wd_slice_sub(s, close + 1, SIZE_MAX);
        if (n == 0) {
            break;
        }
        if (n > s.len || len + n + 1 > sizeof r->text) {
            return false;
        }
        if (len > 0) {
            r->text[len++] = '.';
        }
        memcpy(r->text + len, s.ptr, (size_t) n);
        len += (size_t) n;
        s = wd_slice_sub(s, (size_t) n, SIZE_MAX);
    }
    r->name = wd_slice_of(r->text, len);
    return len > 0;
}

/* "PACKET 000000F6 UDP Rcv 10.0.0.5 0002 Q [0001 D NOERROR] A (3)www(0)"; what the server sends is
 * the same again and is left out, as are its own questions to others ("Snd"). */
static bool windows(wd_slice line, record *r)
{
    if (!after(&line, " PACKET ") || !after(&line, " Rcv ")) {
        return false;
    }
    r->src = word(&line);
    (void) word(&line);
    wd_slice kind = word(&line);
    if (wd_slice_eq(kind, WD_S("R"))) {
        return false; /* an answer that the server got from another */
    }
    if (!after(&line, "] ")) {
        return false;
    }
    r->qtype = wd_dns_type_parse(word(&line));
    return is_address(r->src) && counted_labels(word(&line), r);
}

/* The time in front of a line, of whatever form; `rest` moves behind it. */
static void take_time(wd_slice *rest, bool day_first, wd_time *out)
{
    *out = WD_NO_TIME;
    if (rest->len > 0 && rest->ptr[0] == '[') {
        wd_slice inside = wd_slice_sub(*rest, 1, wd_slice_find_byte(*rest, ']') - 1);
        if (wd_time_from_epoch_text(inside, out) || wd_log_time_iso(&inside, out)) {
            return;
        }
    }
    if (wd_log_time_iso(rest, out) || wd_log_time_bind(rest, out) ||
        wd_log_time_syslog(rest, out) || wd_log_time_windows(rest, day_first, out)) {
        /* syslog in front of a server's own time: the latter is finer and has a year */
        wd_slice look = *rest;
        wd_time own;
        size_t colon = wd_slice_find(look, WD_S("]: "));
        if (colon != SIZE_MAX && colon < 80) {
            look = wd_slice_sub(look, colon + 3, SIZE_MAX);
            if (wd_log_time_bind(&look, &own)) {
                *out = own;
            }
        }
    }
}

static bool take_record(wd_slice line, bool day_first, record *r)
{
    *r = (record){.time = WD_NO_TIME};
    wd_slice rest = line;
    take_time(&rest, day_first, &r->time);
    return bind(rest, r) || dnsmasq(rest, r) || unbound(line, r) || powerdns(rest, r) ||
           windows(rest, r);
}

/* Windows writes dates as its region does: a first number past 12 shows that days come first. */
static bool days_first(wd_slice data)
{
    wd_slice rest = wd_slice_sub(data, 0, 1U << 20);
    wd_slice line;
    while (wd_slice_line(&rest, &line)) {
        size_t sep = wd_slice_find_byte(wd_slice_sub(line, 0, 3), '/');
        uint64_t n;
        if (sep != SIZE_MAX && wd_slice_to_u64(wd_slice_sub(line, 0, sep), &n) && n > 12) {
            return true;
        }
    }
    return false;
}

static wd_status give(const record *r, wd_span span, const wd_net_sink *sink)
{
    char src[WD_NET_ADDR_TEXT];
    if (sink->dns == NULL) {
        return WD_OK;
    }
    wd_net_dns d = {.at = {.span = span,
                           .time = r->time,
                           .src = wd_net_addr_canonical(r->src, src),
                           .dst = r->dst,
                           .sport = r->sport,
                           .dport = 53,
                           .transport = WD_NET_UDP},
                    .rcode = -1,
                    .qtype = r->qtype,
                    .name = r->name};
    return sink->dns(sink->ctx, &d);
}

wd_status wd_dnslog_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                          wd_net_totals *totals, wd_err *err)
{
    (void) arena;
    wd_slice rest = data;
    wd_slice line;
    uint64_t number = 0;
    bool day_first = days_first(data);
    bool no_year = false;
    record r;
    *totals = (wd_net_totals){.first = WD_NO_TIME, .last = WD_NO_TIME, .bytes = data.len};
    while (wd_slice_line(&rest, &line)) {
        wd_span span = {(uint64_t) (line.ptr - data.ptr), line.len, ++number};
        if (line.len == 0 || line.len > WD_MAX_LINE || !take_record(line, day_first, &r)) {
            totals->bad += line.len > 0;
            continue;
        }
        totals->records++;
        no_year = no_year || r.time == WD_NO_TIME;
        wd_net_totals_time(totals, r.time);
        WD_TRY(give(&r, span, sink));
    }
    if (totals->records == 0) {
        return wd_fail(err, WD_E_MALFORMED, 0, "dnslog", "no line reads as a DNS query");
    }
    if (no_year && sink->damage != NULL) {
        return sink->damage(
            sink->ctx, (wd_span){0, 0, 1},
            WD_S("times without a year cannot be placed; queries are kept without"));
    }
    return WD_OK;
}

bool wd_dnslog_looks(wd_slice head)
{
    wd_slice line;
    record r;
    unsigned records = 0;
    unsigned lines = 0;
    while (lines < 40 && wd_slice_line(&head, &line)) {
        lines += line.len > 0;
        records += line.len > 0 && take_record(line, false, &r);
    }
    return records >= 2 || (records == 1 && lines <= 2);
}

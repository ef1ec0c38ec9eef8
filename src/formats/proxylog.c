#include "formats/log_lines.h"

#include "core/limits.h"
#include "formats/log_time.h"
#include "formats/net_addr.h"

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

static wd_slice unset(wd_slice s)
{
    return wd_slice_eq(s, WD_S("-")) ? WD_EMPTY : s;
}

/* A quoted field; \" inside does not end it. */
static bool quoted(wd_slice *rest, wd_slice *out)
{
    size_t from = wd_slice_find_byte(*rest, '"');
    if (from == SIZE_MAX) {
        return false;
    }
    size_t end = from + 1;
    while (end < rest->len && rest->ptr[end] != '"') {
        end += rest->ptr[end] == '\\' ? 2 : 1;
    }
    if (end >= rest->len) {
        return false;
    }
    *out = wd_slice_sub(*rest, from + 1, end - from - 1);
    *rest = wd_slice_sub(*rest, end + 1, SIZE_MAX);
    return true;
}

static bool is_host(wd_slice s)
{
    wd_ip ip;
    if (wd_net_addr_parse(s, &ip)) {
        return true;
    }
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (!wd_is_alpha(c) && !wd_is_digit(c) && c != '.' && c != '-' && c != '_' && c != ':') {
            return false;
        }
    }
    return s.len > 0;
}

/* "GET http://name/path HTTP/1.1" */
static bool request(wd_slice line, wd_net_http *h)
{
    h->method = word(&line);
    h->uri = word(&line);
    for (size_t i = 0; i < h->method.len; i++) {
        uint8_t c = h->method.ptr[i];
        if ((c < 'A' || c > 'Z') && c != '_' && c != '-') {
            return false;
        }
    }
    return h->method.len >= 3 && h->uri.len > 0;
}

static uint64_t number(wd_slice s)
{
    uint64_t n = 0;
    return wd_slice_to_u64(s, &n) ? n : 0;
}

static bool combined(wd_slice line, wd_net_http *h)
{
    wd_slice rest = line;
    wd_slice first = word(&rest);
    wd_slice second = word(&rest);
    wd_slice third = word(&rest);
    size_t open = wd_slice_find_byte(line, '[');
    if (open == SIZE_MAX || !is_host(first)) {
        return false;
    }
    /* With a server name in front there are four words before the time. */
    bool with_server = third.len > 0 && third.ptr < line.ptr + open && is_host(second) &&
                       !wd_slice_eq(second, WD_S("-")) && word(&rest).ptr < line.ptr + open;
    h->at.src = with_server ? second : first;
    if (with_server) {
        h->host = first;
        h->has_host = true;
    }
    wd_slice user = wd_slice_trim(wd_slice_sub(line, 0, open));
    h->user = unset(wd_slice_sub(user, wd_slice_rfind_byte(user, ' ') + 1, SIZE_MAX));
    rest = wd_slice_sub(line, open + 1, SIZE_MAX);
    wd_slice text;
    if (!wd_log_time_web(&rest, &h->at.time) || !quoted(&rest, &text) || !request(text, h)) {
        return false;
    }
    uint64_t status = number(word(&rest));
    h->status = (uint16_t) (status > 999 ? 0 : status);
    h->bytes_in = number(word(&rest));
    if (quoted(&rest, &text)) {
        h->referer = unset(text);
    }
    if (quoted(&rest, &text)) {
        h->user_agent = unset(text);
    }
    return true;
}

static bool squid(wd_slice line, wd_net_http *h)
{
    wd_slice when = word(&line);
    (void) word(&line); /* milliseconds */
    h->at.src = word(&line);
    wd_slice result = word(&line);
    size_t slash = wd_slice_find_byte(result, '/');
    wd_slice size = word(&line);
    wd_slice rest = line;
    if (wd_slice_find_byte(when, '.') == SIZE_MAX || !wd_time_from_epoch_text(when, &h->at.time) ||
        slash == SIZE_MAX || !is_host(h->at.src) || !request(rest, h)) {
        return false;
    }
    (void) word(&rest);
    (void) word(&rest);
    uint64_t status = number(wd_slice_sub(result, slash + 1, SIZE_MAX));
    h->status = (uint16_t) (status > 999 ? 0 : status);
    h->bytes_in = number(size);
    h->user = unset(word(&rest));
    wd_slice way = word(&rest);
    size_t peer = wd_slice_find_byte(way, '/');
    h->at.dst = peer == SIZE_MAX ? WD_EMPTY : unset(wd_slice_sub(way, peer + 1, SIZE_MAX));
    h->content_type = unset(word(&rest));
    return true;
}

static uint16_t port_of(wd_slice uri)
{
    return wd_slice_starts_nocase(uri, WD_S("https:")) || wd_slice_ends(uri, WD_S(":443")) ? 443
                                                                                           : 80;
}

static bool take_line(wd_slice line, wd_net_http *h)
{
    *h = (wd_net_http){.at = {.time = WD_NO_TIME, .transport = WD_NET_TCP}};
    if (!squid(line, h)) {
        *h = (wd_net_http){.at = {.time = WD_NO_TIME, .transport = WD_NET_TCP}};
        if (!combined(line, h)) {
            return false;
        }
    }
    h->at.dport = port_of(h->uri);
    return true;
}

wd_status wd_proxylog_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                            wd_net_totals *totals, wd_err *err)
{
    (void) arena;
    char src[WD_NET_ADDR_TEXT];
    char dst[WD_NET_ADDR_TEXT];
    wd_slice rest = data;
    wd_slice line;
    uint64_t count = 0;
    wd_net_http h;
    *totals = (wd_net_totals){.first = WD_NO_TIME, .last = WD_NO_TIME, .bytes = data.len};
    while (wd_slice_line(&rest, &line)) {
        count++;
        if (line.len == 0 || line.len > WD_MAX_LINE || !take_line(line, &h)) {
            totals->bad += line.len > 0;
            continue;
        }
        totals->records++;
        wd_net_totals_time(totals, h.at.time);
        h.at.span = (wd_span){(uint64_t) (line.ptr - data.ptr), line.len, count};
        h.at.src = wd_net_addr_canonical(h.at.src, src);
        h.at.dst = wd_net_addr_canonical(h.at.dst, dst);
        if (sink->http != NULL) {
            WD_TRY(sink->http(sink->ctx, &h));
        }
    }
    if (totals->records == 0) {
        return wd_fail(err, WD_E_MALFORMED, 0, "proxylog", "no line reads as a request");
    }
    return WD_OK;
}

bool wd_proxylog_looks(wd_slice head)
{
    wd_slice line;
    wd_net_http h;
    unsigned records = 0;
    unsigned lines = 0;
    while (lines < 20 && wd_slice_line(&head, &line)) {
        lines += line.len > 0;
        records += line.len > 0 && take_line(line, &h);
    }
    return records >= 2 || (records == 1 && lines <= 2);
}

#include "formats/http.h"

#include <string.h>

/* RFC 9110, WebDAV (RFC 4918 and its extensions), SSDP, and what tunnels and tools use. */
static const char *const methods[] = {
    "GET",        "POST",        "HEAD",         "PUT",         "CONNECT",   "OPTIONS",
    "DELETE",     "PATCH",       "TRACE",        "PROPFIND",    "PROPPATCH", "MKCOL",
    "COPY",       "MOVE",        "LOCK",         "UNLOCK",      "REPORT",    "SEARCH",
    "M-SEARCH",   "NOTIFY",      "SUBSCRIBE",    "UNSUBSCRIBE", "CHECKOUT",  "MERGE",
    "MKACTIVITY", "RPC_IN_DATA", "RPC_OUT_DATA", "BITS_POST",   "CCM_POST",  "SSTP_DUPLEX_POST",
};

wd_http_kind wd_http_looks(wd_slice data, bool *more)
{
    *more = false;
    if (wd_slice_starts(data, WD_S("HTTP/1."))) {
        return WD_HTTP_RESPONSE;
    }
    if (data.len > 0 && (data.ptr[0] < 'A' || data.ptr[0] > 'U')) {
        return WD_HTTP_NONE;
    }
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        wd_slice m = wd_slice_str(methods[i]);
        if (data.len > m.len && data.ptr[m.len] == ' ' && wd_slice_starts(data, m)) {
            return WD_HTTP_REQUEST;
        }
        *more = *more || (data.len <= m.len && wd_slice_starts(m, data));
    }
    *more = *more || (data.len < 7 && wd_slice_starts(WD_S("HTTP/1."), data));
    return WD_HTTP_NONE;
}

/* Bytes up to and with the empty line; 0 when it has not come. */
static size_t head_len(wd_slice data)
{
    size_t at = 0;
    while (at < data.len) {
        const uint8_t *nl = memchr(data.ptr + at, '\n', data.len - at);
        if (nl == NULL) {
            return 0;
        }
        at = (size_t) (nl - data.ptr) + 1;
        if (at < data.len && data.ptr[at] == '\n') {
            return at + 1;
        }
        if (at + 1 < data.len && data.ptr[at] == '\r' && data.ptr[at + 1] == '\n') {
            return at + 2;
        }
    }
    return 0;
}

static bool first_line(wd_slice line, wd_http_head *h)
{
    bool more;
    h->kind = wd_http_looks(line, &more);
    size_t space = wd_slice_find_byte(line, ' ');
    if (h->kind == WD_HTTP_NONE || space == SIZE_MAX) {
        return false;
    }
    wd_slice rest = wd_slice_sub(line, space + 1, SIZE_MAX);
    if (h->kind == WD_HTTP_RESPONSE) {
        uint64_t code;
        if (wd_slice_to_u64(wd_slice_sub(rest, 0, 3), &code)) {
            h->status = (uint16_t) code;
        }
        return true;
    }
    h->method = wd_slice_sub(line, 0, space);
    size_t last = wd_slice_rfind_byte(rest, ' ');
    bool versioned =
        last != SIZE_MAX && wd_slice_starts(wd_slice_sub(rest, last + 1, SIZE_MAX), WD_S("HTTP/"));
    h->target = versioned ? wd_slice_sub(rest, 0, last) : rest;
    return true;
}

static void header(wd_slice line, wd_http_head *h)
{
    size_t colon = wd_slice_find_byte(line, ':');
    if (colon == SIZE_MAX) {
        return;
    }
    wd_slice name = wd_slice_trim(wd_slice_sub(line, 0, colon));
    wd_slice value = wd_slice_trim(wd_slice_sub(line, colon + 1, SIZE_MAX));
    uint64_t n;
    if (!h->has_host && wd_slice_eq_nocase(name, WD_S("host"))) {
        h->has_host = true;
        h->host = value;
    } else if (wd_slice_eq_nocase(name, WD_S("user-agent"))) {
        h->user_agent = value;
    } else if (wd_slice_eq_nocase(name, WD_S("referer"))) {
        h->referer = value;
    } else if (wd_slice_eq_nocase(name, WD_S("content-type"))) {
        h->content_type = value;
    } else if (wd_slice_eq_nocase(name, WD_S("upgrade"))) {
        h->upgrade = true;
    } else if (wd_slice_eq_nocase(name, WD_S("transfer-encoding")) &&
               wd_slice_ends_nocase(value, WD_S("chunked"))) {
        h->body = WD_HTTP_BODY_CHUNKED;
    } else if (h->body != WD_HTTP_BODY_CHUNKED &&
               wd_slice_eq_nocase(name, WD_S("content-length")) && wd_slice_to_u64(value, &n)) {
        h->body = n > 0 ? WD_HTTP_BODY_LENGTH : WD_HTTP_BODY_NONE;
        h->body_len = n;
    }
}

bool wd_http_parse(wd_slice data, bool end_of_data, wd_http_head *out)
{
    *out = (wd_http_head){.body = WD_HTTP_BODY_TO_END};
    out->len = head_len(data);
    if (out->len == 0) {
        if (!end_of_data) {
            return false;
        }
        out->len = data.len;
    }
    wd_slice rest = wd_slice_sub(data, 0, out->len);
    wd_slice line;
    if (!wd_slice_line(&rest, &line) || !first_line(line, out)) {
        out->kind = WD_HTTP_NONE;
        return true;
    }
    while (wd_slice_line(&rest, &line)) {
        header(line, out);
    }
    bool bodiless = out->kind == WD_HTTP_REQUEST || (out->status >= 100 && out->status < 200) ||
                    out->status == 204 || out->status == 304;
    if (out->body == WD_HTTP_BODY_TO_END && bodiless) {
        out->body = WD_HTTP_BODY_NONE;
    }
    if (out->kind == WD_HTTP_RESPONSE && bodiless) {
        out->body = WD_HTTP_BODY_NONE;
    }
    return true;
}

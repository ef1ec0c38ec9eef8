#include <string.h>

#include "formats/capture_priv.h"

/* Nothing that is read here, or no longer: the rest of the segment is passed over. */
static wd_taken give_up(wd_flow *f, unsigned dir, wd_slice data)
{
    f->half[dir].mode = WD_HALF_NEW;
    return (wd_taken){data.len, WD_OK};
}

/* Passes over `n` bytes, also those that have not come. */
static wd_taken pass(wd_flow *f, unsigned dir, wd_slice data, uint64_t n)
{
    if (n > data.len) {
        f->half[dir].skip = n - data.len;
        n = data.len;
    }
    return (wd_taken){(size_t) n, WD_OK};
}

static bool looks_tls(wd_slice d)
{
    /* A server may warn before it says hello (unrecognised name). */
    if (d.len >= 13 && d.ptr[0] == 21 && d.ptr[1] == 3 && d.ptr[3] == 0 && d.ptr[4] == 2) {
        d = wd_slice_sub(d, 7, SIZE_MAX);
    }
    return d.len >= 6 && d.ptr[0] == 22 && d.ptr[1] == 3 && d.ptr[2] <= 4 &&
           (d.ptr[5] == 1 || d.ptr[5] == 2);
}

/* The first message of handshake records put together; SIZE_MAX when more bytes are needed, 0 when
 * it cannot be a hello. `*used` counts the bytes with the record headers. */
static size_t gather_hello(wd_capture_reader *r, wd_slice data, size_t *used)
{
    size_t have = 0;
    size_t want = 4;
    wd_cursor c = wd_cursor_of(data, 0);
    while (have < want) {
        uint8_t type = wd_u8(&c);
        uint8_t major = wd_u8(&c);
        wd_skip(&c, 1);
        size_t len = wd_u16be(&c);
        if (c.failed) {
            return SIZE_MAX;
        }
        if (type != 22 || major != 3 || len == 0) {
            return 0;
        }
        size_t n = len < wd_cursor_left(&c) ? len : wd_cursor_left(&c);
        size_t room = sizeof r->gather - have;
        n = n < room ? n : room;
        memcpy(r->gather + have, wd_take(&c, n).ptr, n);
        have += n;
        if (have >= 4) {
            want = ((size_t) r->gather[1] << 16 | (size_t) r->gather[2] << 8 | r->gather[3]) + 4;
            if ((r->gather[0] != 1 && r->gather[0] != 2) || want > sizeof r->gather) {
                return 0;
            }
        }
        if (have < want && n < len) {
            return n < room ? SIZE_MAX : 0;
        }
    }
    *used = c.pos;
    return want;
}

static wd_taken tls_record(wd_capture_reader *r, wd_flow *f, unsigned dir, wd_slice data)
{
    wd_cursor c = wd_cursor_of(data, 0);
    uint8_t type = wd_u8(&c);
    uint8_t major = wd_u8(&c);
    wd_skip(&c, 1);
    size_t len = wd_u16be(&c);
    if (c.failed) {
        return (wd_taken){0, WD_OK};
    }
    /* Application data ends what can be read; a new start is found at the start of a segment. */
    if (major != 3 || type < 20 || type > 22) {
        return give_up(f, dir, data);
    }
    if (type != 22) {
        return pass(f, dir, data, 5 + len);
    }
    size_t used = 0;
    size_t message = gather_hello(r, data, &used);
    if (message == SIZE_MAX) {
        return (wd_taken){0, WD_OK};
    }
    if (message == 0 || !wd_tls_hello_parse(wd_slice_of(r->gather, message), &r->hello)) {
        return pass(f, dir, data, 5 + len);
    }
    f->service = WD_FLOW_TLS;
    wd_taken t = pass(f, dir, data, used > 5 + len ? used : 5 + len);
    t.status = wd_reader_give_hello(r, f, dir, 0);
    return t;
}

static wd_taken dns_message(wd_capture_reader *r, wd_flow *f, unsigned dir, wd_slice data)
{
    wd_cursor c = wd_cursor_of(data, 0);
    size_t len = wd_u16be(&c);
    wd_slice message = wd_take(&c, len);
    if (c.failed && (data.len < 2 || len >= 12)) {
        return (wd_taken){0, WD_OK};
    }
    if (len < 12 || !wd_dns_parse(message, &r->dns)) {
        return give_up(f, dir, data);
    }
    f->service = WD_FLOW_DNS;
    return (wd_taken){2 + len, wd_reader_give_dns(r, f, dir, WD_NET_DNS)};
}

static void after_request(wd_flow *f, unsigned dir, const wd_http_head *h)
{
    f->head_request = wd_slice_eq(h->method, WD_S("HEAD"));
    f->connect = wd_slice_eq(h->method, WD_S("CONNECT"));
    if (f->connect || h->upgrade) {
        f->half[dir].mode = WD_HALF_NEW; /* what follows may be anything */
    }
}

/* True when the answer has no body whatever its headers say. */
static bool after_response(wd_flow *f, unsigned dir, const wd_http_head *h)
{
    bool tunnel = (f->connect && h->status >= 200 && h->status < 300) || h->status == 101;
    if (tunnel) {
        f->half[0].mode = f->half[1].mode = WD_HALF_NEW;
        f->connect = false;
    }
    bool bodiless = tunnel || f->head_request;
    if (!bodiless && h->body == WD_HTTP_BODY_TO_END) {
        f->half[dir].mode = WD_HALF_DEAD;
    }
    return bodiless;
}

static wd_taken http_head(wd_capture_reader *r, wd_flow *f, unsigned dir, wd_slice data)
{
    wd_http_head h;
    bool more;
    if (wd_http_looks(data, &more) == WD_HTTP_NONE) {
        return more ? (wd_taken){0, WD_OK} : give_up(f, dir, data);
    }
    if (!wd_http_parse(data, data.len > WD_MAX_STREAM_HEAD / 2, &h)) {
        return (wd_taken){0, WD_OK};
    }
    if (h.kind == WD_HTTP_NONE) {
        return give_up(f, dir, data);
    }
    f->service = WD_FLOW_HTTP;
    f->half[dir].mode = WD_HALF_HTTP;
    wd_status s = wd_reader_give_http(r, f, dir, &h);
    bool bodiless = false;
    if (h.kind == WD_HTTP_REQUEST) {
        after_request(f, dir, &h);
    } else {
        bodiless = after_response(f, dir, &h);
    }
    uint64_t skip = h.len;
    if (!bodiless && h.body == WD_HTTP_BODY_CHUNKED) {
        f->half[dir].mode = WD_HALF_CHUNKS;
    } else if (!bodiless && h.body == WD_HTTP_BODY_LENGTH && h.body_len < UINT64_MAX - skip) {
        skip += h.body_len;
    }
    wd_taken t = pass(f, dir, data, skip);
    t.status = s;
    return t;
}

/* RFC 9112, 7.1: hexadecimal size, optional ";...", CRLF, data, CRLF; size 0 ends, trailers follow
 * up to an empty line. */
static wd_taken http_chunk(wd_flow *f, unsigned dir, wd_slice data)
{
    size_t nl = wd_slice_find_byte(wd_slice_sub(data, 0, 256), '\n');
    if (nl == SIZE_MAX) {
        return data.len < 256 ? (wd_taken){0, WD_OK} : give_up(f, dir, data);
    }
    wd_slice line = wd_slice_trim(wd_slice_sub(data, 0, nl));
    line = wd_slice_trim(wd_slice_sub(line, 0, wd_slice_find_byte(line, ';')));
    uint64_t size;
    if (!wd_slice_hex_to_u64(line, &size) || size > UINT32_MAX) {
        return give_up(f, dir, data);
    }
    if (size > 0) {
        return pass(f, dir, data, nl + 1 + size + 2);
    }
    wd_slice rest = wd_slice_sub(data, nl + 1, SIZE_MAX);
    wd_slice trailer;
    while (wd_slice_find_byte(rest, '\n') != SIZE_MAX && wd_slice_line(&rest, &trailer)) {
        if (trailer.len == 0) {
            f->half[dir].mode = WD_HALF_HTTP;
            return (wd_taken){data.len - rest.len, WD_OK};
        }
    }
    return data.len < 4096 ? (wd_taken){0, WD_OK} : give_up(f, dir, data);
}

/* A line of the proxy protocol (haproxy's proxy-protocol.txt) before the connection itself. */
static size_t proxy_line(wd_slice data)
{
    if (!wd_slice_starts(data, WD_S("PROXY "))) {
        return 0;
    }
    size_t nl = wd_slice_find_byte(wd_slice_sub(data, 0, 108), '\n');
    return nl == SIZE_MAX ? 0 : nl + 1;
}

static wd_taken recognise(wd_capture_reader *r, wd_flow *f, unsigned dir, wd_slice data)
{
    wd_half *h = &f->half[dir];
    bool more;
    if (looks_tls(data)) {
        h->mode = WD_HALF_TLS;
        return tls_record(r, f, dir, data);
    }
    if (data.len < 6 && data.ptr[0] == 22 && (data.len < 2 || data.ptr[1] == 3)) {
        return (wd_taken){0, WD_OK};
    }
    if (f->port[0] == 53 || f->port[1] == 53) {
        h->mode = WD_HALF_DNS;
        return dns_message(r, f, dir, data);
    }
    if (wd_http_looks(data, &more) != WD_HTTP_NONE) {
        return http_head(r, f, dir, data);
    }
    if (more) {
        return (wd_taken){0, WD_OK};
    }
    if (r->held > 0 && r->held < data.len) {
        return (wd_taken){r->held, WD_OK}; /* what waited was nothing: look at the new segment */
    }
    return (wd_taken){proxy_line(data) > 0 ? proxy_line(data) : data.len, WD_OK};
}

wd_taken wd_reader_consume(wd_capture_reader *r, wd_flow *f, unsigned dir, wd_slice data)
{
    switch ((wd_half_mode) f->half[dir].mode) {
    case WD_HALF_NEW: return recognise(r, f, dir, data);
    case WD_HALF_TLS: return tls_record(r, f, dir, data);
    case WD_HALF_HTTP: return http_head(r, f, dir, data);
    case WD_HALF_CHUNKS: return http_chunk(f, dir, data);
    case WD_HALF_DNS: return dns_message(r, f, dir, data);
    case WD_HALF_DEAD: break;
    }
    return (wd_taken){data.len, WD_OK};
}

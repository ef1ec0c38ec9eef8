#include "formats/quic.h"

#include <string.h>

/* Variable-length integer (RFC 9000, 16): the top two bits of the first byte give the size. */
static uint64_t take_varint(wd_cursor *c)
{
    uint64_t v = wd_u8(c);
    unsigned more = (1U << (v >> 6)) - 1;
    v &= 0x3f;
    for (unsigned i = 0; i < more; i++) {
        v = v << 8 | wd_u8(c);
    }
    return v;
}

enum { VERSION_2 = 0x6b3343cf };

bool wd_quic_known(uint32_t v)
{
    return v == 1 || v == VERSION_2 || v == 0xff020000 || (v >= 0xff000016 && v <= 0xff000022) ||
           v == 0xfaceb001 || v == 0xfaceb002 || v == 0x51303530 || v == 0x54303530 ||
           v == 0x54303531;
}

bool wd_quic_greased(uint32_t v)
{
    return (v & 0x0f0f0f0f) == 0x0a0a0a0a;
}

static bool is_initial(uint32_t version, uint8_t first)
{
    unsigned type = first >> 4 & 3;
    return type == (version == VERSION_2 || version == 0xff020000 ? 1U : 0U);
}

static bool is_retry(uint32_t version, uint8_t first)
{
    unsigned type = first >> 4 & 3;
    return type == (version == VERSION_2 || version == 0xff020000 ? 0U : 3U);
}

bool wd_quic_take(wd_cursor *datagram, wd_quic_packet *out)
{
    wd_cursor c = *datagram;
    size_t start = c.pos;
    *out = (wd_quic_packet){0};
    uint8_t first = wd_u8(&c);
    out->version = wd_u32be(&c);
    if (c.failed || (first & 0x80) == 0) {
        return false;
    }
    uint8_t n = wd_u8(&c);
    out->dcid = wd_take(&c, n);
    uint8_t m = wd_u8(&c);
    out->scid = wd_take(&c, m);
    if (c.failed || n > WD_QUIC_MAX_CID || m > WD_QUIC_MAX_CID) {
        return false;
    }
    if (out->version == 0 || is_retry(out->version, first)) { /* both fill the datagram */
        wd_skip(&c, wd_cursor_left(&c));
    } else {
        out->initial = is_initial(out->version, first);
        if (out->initial) {
            uint64_t token = take_varint(&c);
            wd_skip(&c, token > SIZE_MAX ? SIZE_MAX : (size_t) token);
        }
        uint64_t len = take_varint(&c);
        out->number_at = c.pos - start;
        /* A capture may have cut the datagram: what is left is all there is. */
        if (c.failed || len == 0) {
            return false;
        }
        wd_skip(&c, len > wd_cursor_left(&c) ? wd_cursor_left(&c) : (size_t) len);
    }
    out->bytes = wd_slice_of(datagram->data.ptr + start, c.pos - start);
    *datagram = c;
    return true;
}

static void put(wd_quic_hello *h, uint64_t offset, wd_slice data)
{
    if (offset >= WD_QUIC_MAX_HELLO) {
        return;
    }
    size_t at = (size_t) offset;
    size_t n = data.len < WD_QUIC_MAX_HELLO - at ? data.len : WD_QUIC_MAX_HELLO - at;
    for (size_t i = 0; i < n; i++) {
        size_t p = at + i;
        if ((h->have[p / 8] >> (p & 7) & 1) == 0) {
            h->bytes[p] = data.ptr[i];
            h->have[p / 8] = (uint8_t) (h->have[p / 8] | 1U << (p & 7));
        }
    }
    while (h->ready < WD_QUIC_MAX_HELLO && (h->have[h->ready / 8] >> (h->ready & 7) & 1) != 0) {
        h->ready++;
    }
}

/* ACK (2, and 3 with counts of congestion marks): largest, delay, ranges, first, then pairs. */
static void skip_ack(wd_cursor *c, uint64_t type)
{
    (void) take_varint(c);
    (void) take_varint(c);
    uint64_t ranges = take_varint(c);
    (void) take_varint(c);
    for (uint64_t i = 0; i < ranges && !c->failed; i++) {
        (void) take_varint(c);
        (void) take_varint(c);
    }
    for (int i = 0; type == 3 && i < 3; i++) {
        (void) take_varint(c);
    }
}

static void take_crypto(wd_cursor *c, wd_quic_hello *hello)
{
    uint64_t offset = take_varint(c);
    uint64_t len = take_varint(c);
    wd_slice data = wd_take(c, len > SIZE_MAX ? SIZE_MAX : (size_t) len);
    put(hello, offset, data);
}

/* Acknowledgement of gQUIC (Chromium, quic_framer.cc), first byte 01ntllmm: l and m give the sizes
 * of the largest number and of the lengths of runs, n says that there is more than one run. */
static void skip_google_ack(wd_cursor *c, uint8_t first)
{
    static const uint8_t sizes[4] = {1, 2, 4, 6};
    size_t run = sizes[first & 3];
    wd_skip(c, sizes[first >> 2 & 3] + 2U);
    size_t more = (first & 0x20) != 0 ? wd_u8(c) : 0;
    wd_skip(c, run + more * (run + 1));
    size_t stamps = wd_u8(c);
    wd_skip(c, stamps == 0 ? 0 : 5 + (stamps - 1) * 3);
}

static void collect_google(wd_cursor *c, wd_quic_hello *hello)
{
    while (wd_cursor_left(c) > 0 && !c->failed) {
        uint8_t type = wd_u8(c);
        if (type == 8) {
            take_crypto(c, hello);
        } else if ((type & 0xc0) == 0x40) {
            skip_google_ack(c, type);
        } else if (type != 0 && type != 7) { /* PADDING, PING */
            return;
        }
    }
}

void wd_quic_collect(uint32_t version, wd_slice plain, wd_quic_hello *hello)
{
    wd_cursor c = wd_cursor_of(plain, 0);
    if (version == 0x54303530 || version == 0x54303531) {
        collect_google(&c, hello);
        return;
    }
    while (wd_cursor_left(&c) > 0 && !c.failed) {
        uint64_t type = take_varint(&c);
        switch (type) {
        case 0: /* PADDING */
        case 1: /* PING */ break;
        case 2:
        case 3: skip_ack(&c, type); break;
        case 6: take_crypto(&c, hello); break;
        default: return; /* nothing else that is allowed in an Initial comes before a hello */
        }
    }
}

wd_slice wd_quic_message(const wd_quic_hello *h)
{
    if (h->ready < 4) {
        return (wd_slice){0};
    }
    size_t len = (size_t) h->bytes[1] << 16 | (size_t) h->bytes[2] << 8 | h->bytes[3];
    return len + 4 <= h->ready ? wd_slice_of(h->bytes, len + 4) : (wd_slice){0};
}

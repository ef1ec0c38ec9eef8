#include "formats/capture.h"

#include "core/limits.h"
#include "formats/net_looks.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_ENHANCED = 6
};

struct wd_capture_if {
    uint32_t link;
    uint32_t snaplen;
    uint64_t units; /* per second */
    int64_t offset; /* seconds */
};

static uint32_t u32(const wd_capture *cap, wd_cursor *c)
{
    return cap->swapped ? wd_u32be(c) : wd_u32le(c);
}

static uint16_t u16(const wd_capture *cap, wd_cursor *c)
{
    return cap->swapped ? wd_u16be(c) : wd_u16le(c);
}

static bool magic_of(uint32_t magic, wd_capture *cap)
{
    cap->nano = magic == 0xa1b23c4d;
    cap->modified = magic == 0xa1b2cd34;
    return magic == 0xa1b2c3d4 || cap->nano || cap->modified;
}

bool wd_capture_looks(wd_slice head)
{
    wd_cursor c = wd_cursor_of(head, 0);
    wd_cursor swapped = c;
    wd_capture cap = {0};
    uint32_t le = wd_u32le(&c);
    if (le == BLOCK_SECTION) {
        wd_skip(&c, 4);
        uint32_t order = wd_u32le(&c);
        return order == 0x1a2b3c4d || order == 0x4d3c2b1a;
    }
    return magic_of(le, &cap) || magic_of(wd_u32be(&swapped), &cap);
}

wd_status wd_capture_open(wd_capture *cap, wd_slice data, wd_arena *arena, wd_err *err)
{
    *cap = (wd_capture){.c = wd_cursor_of(data, 0), .arena = arena};
    if (!wd_capture_looks(data)) {
        return wd_fail(err, WD_E_MALFORMED, 0, "capture", "not a pcap or pcapng file");
    }
    wd_cursor *c = &cap->c;
    uint32_t le = wd_u32le(c);
    if (le == BLOCK_SECTION) {
        cap->is_ng = true;
        c->pos = 0;
        return WD_OK;
    }
    cap->swapped = !magic_of(le, cap);
    if (cap->swapped) {
        c->pos = 0;
        (void) magic_of(wd_u32be(c), cap);
    }
    wd_skip(c, 16);
    cap->link = u32(cap, c) & 0xffff;
    if (c->failed) {
        return wd_fail(err, WD_E_TRUNCATED, data.len, "capture", "the file header is cut short");
    }
    return WD_OK;
}

static bool stop(wd_capture *cap, uint64_t at, const char *why)
{
    cap->damage = why;
    cap->damage_at = at;
    return false;
}

static bool next_classic(wd_capture *cap, wd_capture_packet *out)
{
    wd_cursor *c = &cap->c;
    if (cap->damage != NULL || wd_cursor_left(c) == 0) {
        return false;
    }
    uint64_t at = wd_cursor_at(c);
    uint32_t seconds = u32(cap, c);
    uint32_t fraction = u32(cap, c);
    uint32_t len = u32(cap, c);
    uint32_t wire_len = u32(cap, c);
    wd_skip(c, cap->modified ? 8 : 0);
    if (c->failed) {
        return stop(cap, at, "the last record header is cut short");
    }
    if (len > WD_MAX_HUGE_PACKET || (len > WD_MAX_PACKET && len > wd_cursor_left(c))) {
        return stop(cap, at, "a record claims an impossible length; reading stopped there");
    }
    if (len > wd_cursor_left(c)) {
        (void) stop(cap, at, "the last packet is cut short by the end of the file");
        len = (uint32_t) wd_cursor_left(c);
    }
    out->number = ++cap->number;
    out->offset = at;
    out->data_at = wd_cursor_at(c);
    out->time = wd_time_from_unix(seconds, cap->nano ? fraction : (int64_t) fraction * 1000);
    out->link = cap->link;
    out->wire_len = wire_len;
    out->data = wd_take(c, len);
    return true;
}

static uint64_t units_of(uint8_t resolution)
{
    uint64_t units = 1;
    unsigned power = resolution & 0x7f;
    if ((resolution & 0x80) != 0) {
        return power < 63 ? UINT64_C(1) << power : 0;
    }
    for (unsigned i = 0; i < power; i++) {
        if (units > UINT64_MAX / 10) {
            return 0;
        }
        units *= 10;
    }
    return units;
}

static bool add_interface(wd_capture *cap, wd_cursor *b)
{
    struct wd_capture_if d = {.units = 1000000};
    d.link = u16(cap, b);
    wd_skip(b, 2);
    d.snaplen = u32(cap, b);
    while (!b->failed && wd_cursor_left(b) >= 4) {
        uint16_t code = u16(cap, b);
        uint16_t len = u16(cap, b);
        wd_slice value = wd_take(b, len);
        if (code == 0 || b->failed) {
            break;
        }
        wd_skip(b, (size_t) (-len & 3));
        if (code == 9 && value.len >= 1 && units_of(value.ptr[0]) != 0) {
            d.units = units_of(value.ptr[0]);
        } else if (code == 14 && value.len >= 8) {
            wd_cursor v = wd_cursor_of(value, 0);
            d.offset = (int64_t) (cap->swapped ? wd_u64be(&v) : wd_u64le(&v));
        }
    }
    if (cap->n_ifs >= WD_MAX_CAPTURE_IFS ||
        WD_ROOM(cap->arena, cap->ifs, cap->n_ifs, cap->cap_ifs) != WD_OK) {
        return false;
    }
    cap->ifs[cap->n_ifs++] = d;
    return true;
}

/* Ticks of 100 ns from units since 1970, without overflow for any sane resolution. */
static wd_time time_of(const struct wd_capture_if *d, uint64_t stamp)
{
    uint64_t seconds = stamp / d->units;
    uint64_t rest = stamp % d->units;
    if (seconds > INT64_C(0x7fffffffff) || d->offset > INT64_C(0x7fffffffff) ||
        d->offset < -INT64_C(0x7fffffffff)) {
        return WD_NO_TIME;
    }
    /* Integers as far as they go: a double has no place for the last digit of today's stamps. */
    uint64_t nanos = d->units <= UINT64_C(1000000000) ? rest * UINT64_C(1000000000) / d->units
                                                      : rest / (d->units / UINT64_C(1000000000));
    return wd_time_from_unix((int64_t) seconds + d->offset, (int64_t) nanos);
}

static bool take_packet(wd_capture *cap, wd_cursor *b, uint32_t type, wd_capture_packet *out)
{
    uint32_t interface = 0;
    uint64_t stamp = 0;
    uint32_t len;
    if (type != BLOCK_SIMPLE) {
        interface = type == BLOCK_PACKET ? u16(cap, b) : u32(cap, b);
        wd_skip(b, type == BLOCK_PACKET ? 2 : 0);
        stamp = (uint64_t) u32(cap, b) << 32;
        stamp |= u32(cap, b);
        len = u32(cap, b);
        out->wire_len = u32(cap, b);
    } else {
        out->wire_len = u32(cap, b);
        len = out->wire_len;
    }
    if (b->failed || interface >= cap->n_ifs) {
        return false;
    }
    const struct wd_capture_if *d = &cap->ifs[interface];
    if (type == BLOCK_SIMPLE) {
        len = d->snaplen != 0 && len > d->snaplen ? d->snaplen : len;
        len = len > wd_cursor_left(b) ? (uint32_t) wd_cursor_left(b) : len;
    }
    out->data_at = wd_cursor_at(b);
    out->data = wd_take(b, len);
    out->time = type == BLOCK_SIMPLE ? WD_NO_TIME : time_of(d, stamp);
    out->link = d->link;
    out->number = ++cap->number;
    return !b->failed;
}

/* The body of the next block; false at the end or at damage. Sets the byte order of a section. */
static bool take_block(wd_capture *cap, uint32_t *type, wd_cursor *body)
{
    wd_cursor *c = &cap->c;
    uint64_t at = wd_cursor_at(c);
    if (wd_cursor_left(c) == 0) {
        return false;
    }
    wd_cursor look = *c;
    if (wd_u32le(&look) == BLOCK_SECTION) {
        wd_skip(&look, 4);
        uint32_t order = wd_u32le(&look);
        if (order != 0x1a2b3c4d && order != 0x4d3c2b1a) {
            return stop(cap, at, "a section header has no byte order mark");
        }
        cap->swapped = order == 0x4d3c2b1a;
        cap->n_ifs = 0;
    }
    *type = u32(cap, c);
    uint32_t len = u32(cap, c);
    if (c->failed) {
        return stop(cap, at, "the last block header is cut short");
    }
    if (len < 12 || len > WD_MAX_HUGE_PACKET || (len & 3) != 0) {
        return stop(cap, at, "a block claims an impossible length; reading stopped there");
    }
    if (len - 8 > wd_cursor_left(c)) {
        return stop(cap, at, "the last block is cut short by the end of the file");
    }
    *body = wd_cursor_sub(c, c->pos, len - 12);
    wd_skip(c, len - 12);
    if (u32(cap, c) != len) {
        return stop(cap, at, "a block's two lengths differ; reading stopped there");
    }
    return true;
}

static bool next_ng(wd_capture *cap, wd_capture_packet *out)
{
    uint32_t type;
    wd_cursor body;
    while (cap->damage == NULL) {
        uint64_t at = wd_cursor_at(&cap->c);
        if (!take_block(cap, &type, &body)) {
            return false;
        }
        if (type == BLOCK_INTERFACE && !add_interface(cap, &body)) {
            return stop(cap, at, "too many interfaces are described");
        }
        if (type == BLOCK_PACKET || type == BLOCK_SIMPLE || type == BLOCK_ENHANCED) {
            out->offset = at;
            if (take_packet(cap, &body, type, out)) {
                return true;
            }
            return stop(cap, at, "a packet block contradicts itself; reading stopped there");
        }
    }
    return false;
}

bool wd_capture_next(wd_capture *cap, wd_capture_packet *out)
{
    return cap->is_ng ? next_ng(cap, out) : next_classic(cap, out);
}

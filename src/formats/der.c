#include "formats/der.h"

#include <inttypes.h>
#include <stdio.h>

static bool fail(wd_cursor *c)
{
    c->failed = true;
    return false;
}

bool wd_der_next(wd_cursor *c, wd_der *out)
{
    if (c->failed || wd_cursor_left(c) == 0) {
        return false;
    }
    size_t start = c->pos;
    wd_der e = {.at = wd_cursor_at(c)};
    e.tag = wd_u8(c);
    uint64_t len = wd_u8(c);
    if ((e.tag & 0x1F) == 0x1F || len == 0x80 || len > 0x84) {
        return fail(c);
    }
    if (len > 0x80) {
        size_t octets = (size_t) len & 0x7F;
        len = 0;
        for (size_t i = 0; i < octets; i++) {
            len = len << 8 | wd_u8(c);
        }
        e.not_minimal = len < 0x80 || (octets > 1 && len >> (8 * (octets - 1)) == 0);
    }
    e.body = wd_take(c, len);
    if (c->failed) {
        c->pos = start;
        return false;
    }
    e.whole = wd_slice_of(c->data.ptr + start, c->pos - start);
    *out = e;
    return true;
}

bool wd_der_take(wd_cursor *c, uint8_t tag, wd_der *out)
{
    wd_der e;
    if (!wd_der_next(c, &e) || e.tag != tag) {
        return fail(c);
    }
    *out = e;
    return true;
}

bool wd_der_take_if(wd_cursor *c, uint8_t tag, wd_der *out)
{
    if (c->failed || wd_cursor_left(c) == 0 || c->data.ptr[c->pos] != tag) {
        return false;
    }
    return wd_der_next(c, out);
}

wd_cursor wd_der_inside(const wd_der *e)
{
    return wd_cursor_of(e->body, wd_der_body_at(e));
}

bool wd_der_to_u64(const wd_der *e, uint64_t *out)
{
    wd_slice b = e->body;
    if (b.len == 0 || (b.ptr[0] & 0x80) != 0) {
        return false;
    }
    if (b.ptr[0] == 0) {
        b = wd_slice_sub(b, 1, b.len);
    }
    if (b.len > 8) {
        return false;
    }
    uint64_t v = 0;
    for (size_t i = 0; i < b.len; i++) {
        v = v << 8 | b.ptr[i];
    }
    *out = v;
    return true;
}

void wd_der_oid_text(wd_slice body, char *out, size_t cap)
{
    size_t used = 0;
    uint64_t v = 0;
    bool first = true;
    out[0] = '\0';
    for (size_t i = 0; i < body.len; i++) {
        v = v << 7 | (body.ptr[i] & 0x7F);
        if ((body.ptr[i] & 0x80) != 0 && v < UINT64_C(1) << 56) {
            continue;
        }
        char arc[48];
        uint64_t top = v >= 80 ? 2 : v / 40;
        int n = first ? snprintf(arc, sizeof arc, "%" PRIu64 ".%" PRIu64, top, v - top * 40)
                      : snprintf(arc, sizeof arc, ".%" PRIu64, v);
        if (n < 0 || used + (size_t) n + 4 > cap) {
            (void) snprintf(out + used, cap - used, "...");
            return;
        }
        (void) snprintf(out + used, cap - used, "%s", arc);
        used += (size_t) n;
        first = false;
        v = 0;
    }
}

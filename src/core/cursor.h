#ifndef WD_CORE_CURSOR_H
#define WD_CORE_CURSOR_H

#include "core/slice.h"

/**
 * The only way untrusted bytes become numbers. The position never passes the end: a read that would
 * sets the sticky `failed` flag, yields zero and does not move, so a parser checks once per
 * structure. `base` is the absolute offset of data.ptr[0] in the item; wd_cursor_at() reports
 * absolute offsets.
 */
typedef struct wd_cursor {
    wd_slice data;
    size_t pos;
    uint64_t base;
    bool failed;
} wd_cursor;

static inline wd_cursor wd_cursor_of(wd_slice data, uint64_t base)
{
    return (wd_cursor){data, 0, base, false};
}

/** Bytes left; none after a failure, so that a loop over what is left always ends. */
static inline size_t wd_cursor_left(const wd_cursor *c)
{
    return c->failed ? 0 : c->data.len - c->pos;
}

static inline uint64_t wd_cursor_at(const wd_cursor *c)
{
    return c->base + c->pos;
}

/** Takes `len` bytes; on shortage fails and gives the empty slice. Borrowed from the cursor's data.
 */
static inline wd_slice wd_take(wd_cursor *c, size_t len)
{
    if (c->failed || len > wd_cursor_left(c)) {
        c->failed = true;
        return (wd_slice){0};
    }
    if (c->data.ptr == NULL) { /* nothing taken from nothing: no arithmetic on NULL */
        return (wd_slice){0};
    }
    wd_slice s = wd_slice_of(c->data.ptr + c->pos, len);
    c->pos += len;
    return s;
}

static inline void wd_skip(wd_cursor *c, size_t len)
{
    (void) wd_take(c, len);
}

/** Moves to `pos` (relative to the cursor's data); fails when that is past the end. */
static inline void wd_seek(wd_cursor *c, uint64_t pos)
{
    if (c->failed || pos > c->data.len) {
        c->failed = true;
        return;
    }
    c->pos = (size_t) pos;
}

/** A child over [offset, offset+len) of this cursor's data that cannot see its siblings; failed
 * when outside. */
static inline wd_cursor wd_cursor_sub(const wd_cursor *c, uint64_t offset, uint64_t len)
{
    if (offset > c->data.len || len > c->data.len - offset) {
        return (wd_cursor){{0}, 0, c->base, true};
    }
    const uint8_t *start = c->data.ptr == NULL ? NULL : c->data.ptr + offset;
    return (wd_cursor){wd_slice_of(start, (size_t) len), 0, c->base + offset, false};
}

static inline uint8_t wd_u8(wd_cursor *c)
{
    wd_slice s = wd_take(c, 1);
    return s.len == 1 ? s.ptr[0] : 0;
}

static inline uint16_t wd_u16le(wd_cursor *c)
{
    wd_slice s = wd_take(c, 2);
    return (uint16_t) (s.len == 2 ? (unsigned) s.ptr[0] | (unsigned) s.ptr[1] << 8 : 0U);
}

static inline uint16_t wd_u16be(wd_cursor *c)
{
    wd_slice s = wd_take(c, 2);
    return (uint16_t) (s.len == 2 ? (unsigned) s.ptr[1] | (unsigned) s.ptr[0] << 8 : 0U);
}

static inline uint32_t wd_u32le(wd_cursor *c)
{
    wd_slice s = wd_take(c, 4);
    return s.len == 4 ? (uint32_t) s.ptr[0] | (uint32_t) s.ptr[1] << 8 | (uint32_t) s.ptr[2] << 16 |
                            (uint32_t) s.ptr[3] << 24
                      : 0;
}

static inline uint32_t wd_u32be(wd_cursor *c)
{
    wd_slice s = wd_take(c, 4);
    return s.len == 4 ? (uint32_t) s.ptr[3] | (uint32_t) s.ptr[2] << 8 | (uint32_t) s.ptr[1] << 16 |
                            (uint32_t) s.ptr[0] << 24
                      : 0;
}

static inline uint64_t wd_u64le(wd_cursor *c)
{
    wd_slice s = wd_take(c, 8);
    uint64_t v = 0;
    for (size_t i = s.len; i > 0; i--) {
        v = v << 8 | s.ptr[i - 1];
    }
    return v;
}

static inline uint64_t wd_u64be(wd_cursor *c)
{
    wd_slice s = wd_take(c, 8);
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        v = v << 8 | s.ptr[i];
    }
    return v;
}

/** Number at a place without moving; `*ok` is cleared (never set) when it lies outside. */
static inline uint16_t wd_peek_u16le(wd_slice s, uint64_t at, bool *ok)
{
    if (at > s.len || s.len - at < 2) {
        *ok = false;
        return 0;
    }
    return (uint16_t) (s.ptr[at] | (uint16_t) (s.ptr[at + 1] << 8));
}

static inline uint32_t wd_peek_u32le(wd_slice s, uint64_t at, bool *ok)
{
    if (at > s.len || s.len - at < 4) {
        *ok = false;
        return 0;
    }
    return (uint32_t) s.ptr[at] | (uint32_t) s.ptr[at + 1] << 8 | (uint32_t) s.ptr[at + 2] << 16 |
           (uint32_t) s.ptr[at + 3] << 24;
}

static inline uint64_t wd_peek_u64le(wd_slice s, uint64_t at, bool *ok)
{
    if (at > s.len || s.len - at < 8) {
        *ok = false;
        return 0;
    }
    return (uint64_t) wd_peek_u32le(s, at, ok) | (uint64_t) wd_peek_u32le(s, at + 4, ok) << 32;
}

#endif

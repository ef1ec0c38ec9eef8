#include "make/der_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

size_t der_open(const wd_buf *b)
{
    return b->len;
}

/* Inserts bytes at a place; the buffer grows by as many. */
static void insert(wd_buf *b, size_t at, const uint8_t *bytes, size_t n)
{
    wd_buf_fill(b, 0, n);
    if (!b->failed) {
        memmove(b->ptr + at + n, b->ptr + at, b->len - n - at);
        memcpy(b->ptr + at, bytes, n);
    }
}

void der_close(wd_buf *b, size_t opened, uint8_t tag)
{
    uint8_t head[6] = {tag};
    size_t n = 1;
    size_t len = b->len - opened;
    if (len < 0x80) {
        head[n++] = (uint8_t) len;
    } else {
        size_t octets = len < 0x100 ? 1 : len < 0x10000 ? 2 : len < 0x1000000 ? 3 : 4;
        head[n++] = (uint8_t) (0x80 | octets);
        for (size_t i = octets; i > 0; i--) {
            head[n++] = (uint8_t) (len >> (8 * (i - 1)));
        }
    }
    insert(b, opened, head, n);
}

void der_put(wd_buf *b, uint8_t tag, wd_slice content)
{
    size_t at = der_open(b);
    wd_buf_add(b, content);
    der_close(b, at, tag);
}

void der_int(wd_buf *b, uint64_t v)
{
    size_t at = der_open(b);
    bool started = false;
    for (int shift = 56; shift >= 0; shift -= 8) {
        uint8_t byte = (uint8_t) (v >> shift);
        if (!started && byte == 0 && shift > 0) {
            continue;
        }
        if (!started && (byte & 0x80) != 0) {
            wd_buf_byte(b, 0);
        }
        started = true;
        wd_buf_byte(b, byte);
    }
    der_close(b, at, 0x02);
}

void der_null(wd_buf *b)
{
    der_put(b, 0x05, (wd_slice){0});
}

static void put_arc(wd_buf *b, unsigned long v)
{
    int shift = 28;
    while (shift > 0 && (v >> shift) == 0) {
        shift -= 7;
    }
    for (; shift >= 0; shift -= 7) {
        wd_buf_byte(b, (uint8_t) (((v >> shift) & 0x7F) | (shift > 0 ? 0x80 : 0)));
    }
}

void der_oid(wd_buf *b, const char *dotted)
{
    size_t at = der_open(b);
    char *end = NULL;
    unsigned long first = strtoul(dotted, &end, 10);
    bool second = true;
    while (*end == '.') {
        unsigned long v = strtoul(end + 1, &end, 10);
        put_arc(b, second ? first * 40 + v : v);
        second = false;
    }
    der_close(b, at, 0x06);
}

void der_algorithm(wd_buf *b, const char *dotted)
{
    size_t at = der_open(b);
    der_oid(b, dotted);
    der_null(b);
    der_close(b, at, 0x30);
}

/* Length of the element at `p`, header included; only what this writer writes. */
static size_t element_len(const uint8_t *p)
{
    if (p[1] < 0x80) {
        return 2 + (size_t) p[1];
    }
    size_t len = 0;
    size_t octets = p[1] & 0x7F;
    for (size_t i = 0; i < octets; i++) {
        len = len << 8 | p[2 + i];
    }
    return 2 + octets + len;
}

void der_close_set(wd_buf *b, size_t opened, uint8_t tag)
{
    wd_slice parts[32];
    size_t n = 0;
    wd_buf copy = {0};
    wd_buf_add(&copy, wd_slice_of(b->ptr + opened, b->len - opened));
    for (size_t at = 0; at < copy.len && n < 32; n++) {
        parts[n] = wd_slice_of(copy.ptr + at, element_len(copy.ptr + at));
        at += parts[n].len;
    }
    qsort(parts, n, sizeof parts[0], wd_slice_qsort);
    b->len = opened;
    for (size_t i = 0; i < n; i++) {
        wd_buf_add(b, parts[i]);
    }
    wd_buf_free(&copy);
    der_close(b, opened, tag);
}

void der_time(wd_buf *b, uint8_t tag, int64_t unix_seconds)
{
    time_t t = (time_t) unix_seconds;
    struct tm tm;
    char text[32];
    gmtime_r(&t, &tm);
    size_t n = strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &tm);
    size_t skip = tag == 0x17 ? 2 : 0; /* UTCTime leaves the century out */
    der_put(b, tag, wd_slice_of(text + skip, n - skip));
}

void der_bmp(wd_buf *b, uint8_t tag, const char *text)
{
    size_t at = der_open(b);
    for (const char *c = text; *c != '\0'; c++) {
        wd_buf_byte(b, 0);
        wd_buf_byte(b, (uint8_t) *c);
    }
    der_close(b, at, tag);
}

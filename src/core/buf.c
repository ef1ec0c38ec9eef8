#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wd_buf_free(wd_buf *b)
{
    free(b->ptr);
    *b = (wd_buf){0};
}

void wd_buf_clear(wd_buf *b)
{
    b->len = 0;
    b->failed = false;
}

static bool reserve(wd_buf *b, size_t more)
{
    if (b->failed || more > SIZE_MAX / 4 - b->len) {
        b->failed = true;
        return false;
    }
    if (b->cap - b->len >= more) {
        return true;
    }
    size_t cap = b->cap == 0 ? 256 : b->cap;
    while (cap - b->len < more) {
        cap *= 2;
    }
    uint8_t *p = realloc(b->ptr, cap);
    if (p == NULL) {
        b->failed = true;
        return false;
    }
    b->ptr = p;
    b->cap = cap;
    return true;
}

void wd_buf_add(wd_buf *b, wd_slice s)
{
    if (s.len > 0 && reserve(b, s.len)) {
        memcpy(b->ptr + b->len, s.ptr, s.len);
        b->len += s.len;
    }
}

void wd_buf_byte(wd_buf *b, uint8_t byte)
{
    if (reserve(b, 1)) {
        b->ptr[b->len++] = byte;
    }
}

void wd_buf_str(wd_buf *b, const char *s)
{
    wd_buf_add(b, wd_slice_str(s));
}

void wd_buf_fill(wd_buf *b, uint8_t byte, size_t n)
{
    if (n > 0 && reserve(b, n)) {
        memset(b->ptr + b->len, byte, n);
        b->len += n;
    }
}

void wd_buf_printf(wd_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || !reserve(b, (size_t) n + 1)) {
        b->failed = true;
        return;
    }
    va_start(ap, fmt);
    vsnprintf((char *) b->ptr + b->len, (size_t) n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t) n;
}

#ifndef WD_CORE_BUF_H
#define WD_CORE_BUF_H

#include "core/slice.h"
#include "core/status.h"

/**
 * Growing byte buffer on the heap for output. Failure to grow is sticky (`failed`): a writer may
 * add a whole document and check once. Start at {0}, end with wd_buf_free.
 */
typedef struct wd_buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    bool failed;
} wd_buf;

void wd_buf_free(wd_buf *b);
/** Empties without giving the memory back. */
void wd_buf_clear(wd_buf *b);
void wd_buf_add(wd_buf *b, wd_slice s);
void wd_buf_byte(wd_buf *b, uint8_t byte);
/** Adds a NUL-terminated string. */
void wd_buf_str(wd_buf *b, const char *s);
void wd_buf_printf(wd_buf *b, const char *fmt, ...) WD_PRINTF(2, 3);
/** Adds `n` times `byte`. */
void wd_buf_fill(wd_buf *b, uint8_t byte, size_t n);
/** The content; borrowed until the next change. */
static inline wd_slice wd_buf_slice(const wd_buf *b)
{
    return wd_slice_of(b->ptr, b->len);
}

#endif

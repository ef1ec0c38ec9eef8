#include "core/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ONE_BLOCK_EACH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BLOCK_EACH 1
#endif
#endif
#ifndef ONE_BLOCK_EACH
#define ONE_BLOCK_EACH 0
#endif

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20, ALIGN = 16 };

typedef struct block {
    struct block *next;
    size_t size;
    size_t used;
} block;

#define HEADER ((sizeof(block) + ALIGN - 1) / ALIGN * ALIGN)

struct wd_arena {
    block *blocks;
    size_t limit;
    size_t used;
    size_t next_size;
};

wd_arena *wd_arena_new(size_t limit)
{
    wd_arena *a = calloc(1, sizeof *a);
    if (a != NULL) {
        a->limit = limit;
        a->next_size = FIRST_BLOCK;
    }
    return a;
}

static void free_blocks(block *b)
{
    while (b != NULL) {
        block *next = b->next;
        free(b);
        b = next;
    }
}

void wd_arena_free(wd_arena *a)
{
    if (a != NULL) {
        free_blocks(a->blocks);
        free(a);
    }
}

void wd_arena_reset(wd_arena *a)
{
    block *keep = NULL;
    if (!ONE_BLOCK_EACH && a->blocks != NULL) {
        keep = a->blocks;
        free_blocks(keep->next);
        keep->next = NULL;
        keep->used = 0;
    } else {
        free_blocks(a->blocks);
    }
    a->blocks = keep;
    a->used = 0;
}

size_t wd_arena_used(const wd_arena *a)
{
    return a->used;
}

static block *add_block(wd_arena *a, size_t payload)
{
    block *b = malloc(HEADER + payload);
    if (b != NULL) {
        b->next = a->blocks;
        b->size = payload;
        b->used = 0;
        a->blocks = b;
    }
    return b;
}

void *wd_arena_alloc(wd_arena *a, size_t size)
{
    size_t need = size == 0 ? 1 : size;
    if (need > SIZE_MAX / 2) {
        return NULL;
    }
    size_t padded = ONE_BLOCK_EACH ? need : (need + ALIGN - 1) / ALIGN * ALIGN;
    if (padded > a->limit || a->used > a->limit - padded) {
        return NULL;
    }
    block *b = a->blocks;
    if (ONE_BLOCK_EACH) {
        b = add_block(a, padded);
    } else if (b == NULL || b->size - b->used < padded) {
        b = add_block(a, padded > a->next_size ? padded : a->next_size);
        if (a->next_size < LARGEST_BLOCK) {
            a->next_size *= 2;
        }
    }
    if (b == NULL) {
        return NULL;
    }
    uint8_t *p = (uint8_t *) b + HEADER + b->used;
    b->used += padded;
    a->used += padded;
    memset(p, 0, need);
    return p;
}

void *wd_arena_array(wd_arena *a, size_t count, size_t size)
{
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) {
        return NULL;
    }
    return wd_arena_alloc(a, total);
}

wd_slice wd_arena_copy(wd_arena *a, wd_slice s)
{
    uint8_t *p = s.len < SIZE_MAX ? wd_arena_alloc(a, s.len + 1) : NULL;
    if (p == NULL) {
        return (wd_slice){0};
    }
    if (s.len > 0) {
        memcpy(p, s.ptr, s.len);
    }
    return wd_slice_of(p, s.len);
}

char *wd_arena_str(wd_arena *a, wd_slice s)
{
    uint8_t *p = s.len < SIZE_MAX ? wd_arena_alloc(a, s.len + 1) : NULL;
    if (p != NULL && s.len > 0) {
        memcpy(p, s.ptr, s.len);
    }
    return (char *) p;
}

wd_slice wd_arena_lower(wd_arena *a, wd_slice s)
{
    uint8_t *p = s.len < SIZE_MAX ? wd_arena_alloc(a, s.len + 1) : NULL;
    if (p == NULL) {
        return (wd_slice){0};
    }
    for (size_t i = 0; i < s.len; i++) {
        p[i] = wd_lower(s.ptr[i]);
    }
    return wd_slice_of(p, s.len);
}

wd_slice wd_arena_printf(wd_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : wd_arena_alloc(a, (size_t) n + 1);
    if (p == NULL) {
        return (wd_slice){0};
    }
    va_start(ap, fmt);
    vsnprintf(p, (size_t) n + 1, fmt, ap);
    va_end(ap);
    return wd_slice_of(p, (size_t) n);
}

wd_status wd_nomem(wd_err *err, const char *component)
{
    return wd_fail(err, WD_E_NOMEM, WD_NO_OFFSET, component, "memory limit reached");
}

wd_status wd_arena_grow(wd_arena *a, void *items, size_t *cap, size_t used, size_t elem_size)
{
    size_t bigger = *cap == 0 ? 8 : *cap * 2;
    void *p = bigger < *cap ? NULL : wd_arena_array(a, bigger, elem_size);
    if (p == NULL) {
        return WD_E_NOMEM;
    }
    void *old = NULL;
    memcpy(&old, items, sizeof old); /* the caller's pointer may be of any object type */
    if (used > 0) {
        memcpy(p, old, used * elem_size);
    }
    memcpy(items, &p, sizeof p);
    *cap = bigger;
    return WD_OK;
}

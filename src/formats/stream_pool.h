#ifndef WD_FORMATS_STREAM_POOL_H
#define WD_FORMATS_STREAM_POOL_H

#include "core/arena.h"

/*
 * Blocks of bytes in sizes that double, given back and used again: an arena that frees nothing
 * singly would grow with the length of a capture. Bounded by WD_MAX_STREAM_POOL.
 */
typedef struct wd_block {
    struct wd_block *next;
    uint32_t seq; /* owner's */
    uint32_t len;
    uint32_t cap;
    uint8_t class;
    uint8_t bytes[];
} wd_block;

#define WD_POOL_CLASSES 9U

typedef struct wd_pool {
    wd_arena *arena;
    wd_block *free[WD_POOL_CLASSES];
    size_t made;
    bool was_full;
} wd_pool;

/** A block of at least `cap` bytes, empty; NULL when the bound is reached or `cap` is past
 * WD_MAX_STREAM_HEAD. */
wd_block *wd_pool_take(wd_pool *pool, size_t cap);
/** Gives a block back; NULL is fine. */
void wd_pool_give(wd_pool *pool, wd_block *b);
/** Appends to `*b` (NULL: a new block), moving it when it is too small; false when it cannot. */
bool wd_pool_append(wd_pool *pool, wd_block **b, wd_slice data);

#endif

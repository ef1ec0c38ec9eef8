#include "formats/stream_pool.h"

#include <string.h>

#include "core/limits.h"

#define SMALLEST 512U

wd_block *wd_pool_take(wd_pool *pool, size_t cap)
{
    size_t size = SMALLEST;
    uint8_t class = 0;
    while (size < cap && class < WD_POOL_CLASSES) {
        size *= 2;
        class ++;
    }
    if (class >= WD_POOL_CLASSES) {
        return NULL;
    }
    wd_block *b = pool->free[class];
    if (b != NULL) {
        pool->free[class] = b->next;
    } else {
        if (pool->made + size > WD_MAX_STREAM_POOL ||
            (b = wd_arena_alloc(pool->arena, sizeof *b + size)) == NULL) {
            pool->was_full = true;
            return NULL;
        }
        pool->made += size;
        b->cap = (uint32_t) size;
        b->class = class;
    }
    b->next = NULL;
    b->len = 0;
    return b;
}

void wd_pool_give(wd_pool *pool, wd_block *b)
{
    if (b != NULL) {
        b->next = pool->free[b->class];
        pool->free[b->class] = b;
    }
}

bool wd_pool_append(wd_pool *pool, wd_block **b, wd_slice data)
{
    size_t have = *b == NULL ? 0 : (*b)->len;
    if (have + data.len > WD_MAX_STREAM_HEAD) {
        return false;
    }
    if (*b == NULL || (*b)->cap < have + data.len) {
        wd_block *bigger = wd_pool_take(pool, have + data.len);
        if (bigger == NULL) {
            return false;
        }
        if (have > 0) {
            memcpy(bigger->bytes, (*b)->bytes, have);
        }
        bigger->len = (uint32_t) have;
        wd_pool_give(pool, *b);
        *b = bigger;
    }
    if (data.len > 0) {
        memcpy((*b)->bytes + have, data.ptr, data.len);
    }
    (*b)->len += (uint32_t) data.len;
    return true;
}

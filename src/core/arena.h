#ifndef WD_CORE_ARENA_H
#define WD_CORE_ARENA_H

#include "core/err.h"
#include "core/slice.h"

/**
 * One arena per unit of work (one evidence item, one request, one report). What is allocated lives
 * until wd_arena_free or the next wd_arena_reset; nothing is freed singly. The byte limit turns a
 * hostile count into WD_E_NOMEM instead of swap.
 *
 * In sanitizer builds every allocation is a block of its own, so that overruns inside the arena are
 * seen.
 */
typedef struct wd_arena wd_arena;

/** A new arena that never holds more than `limit` bytes; NULL when even the handle cannot be had.
 */
wd_arena *wd_arena_new(size_t limit);
void wd_arena_free(wd_arena *a); /* NULL is fine */
/** Forgets everything, keeping one block for re-use. */
void wd_arena_reset(wd_arena *a);
/** Bytes handed out since the last reset. */
size_t wd_arena_used(const wd_arena *a);

/** Zeroed memory aligned for any type; NULL when the limit is reached. `size` 0 gives a unique
 * pointer. */
WD_MUST_USE void *wd_arena_alloc(wd_arena *a, size_t size);
/** count * size with the overflow checked; zeroed; NULL on overflow or limit. */
WD_MUST_USE void *wd_arena_array(wd_arena *a, size_t count, size_t size);
#define WD_NEW(arena, type) ((type *) wd_arena_alloc((arena), sizeof(type)))
#define WD_ARRAY(arena, count, type) ((type *) wd_arena_array((arena), (count), sizeof(type)))

/** Copy of the bytes plus a NUL behind them (not counted in len). ptr is NULL when the limit is
 * reached. */
WD_MUST_USE wd_slice wd_arena_copy(wd_arena *a, wd_slice s);
/** NUL-terminated copy; NULL when the limit is reached. */
WD_MUST_USE char *wd_arena_str(wd_arena *a, wd_slice s);
/** printf into the arena; empty slice with ptr NULL when the limit is reached. NUL-terminated. */
WD_MUST_USE wd_slice wd_arena_printf(wd_arena *a, const char *fmt, ...) WD_PRINTF(2, 3);
/** Lower-cased (ASCII) copy. */
WD_MUST_USE wd_slice wd_arena_lower(wd_arena *a, wd_slice s);

/** The usual failure of the functions above as a status with words. */
wd_status wd_nomem(wd_err *err, const char *component);

/**
 * Grows an arena array for one more element: doubles the capacity, copies, leaves the old one
 * behind. `items` points at the array pointer (any type), which changes together with `*cap`.
 * WD_E_NOMEM on the limit.
 */
WD_MUST_USE wd_status wd_arena_grow(wd_arena *a, void *items, size_t *cap, size_t used,
                                    size_t elem_size);
/** WD_OK when a list { type *list; size_t n, cap; } has, or now has, room for one more. */
#define WD_ROOM(arena, list, n, cap) \
    ((n) < (cap) ? WD_OK : wd_arena_grow((arena), &(list), &(cap), (n), sizeof *(list)))

#endif

#ifndef WD_CORE_MAP_H
#define WD_CORE_MAP_H

#include "core/arena.h"

/**
 * Hash table from a byte string to a pointer-sized value, in an arena. Keys are borrowed: the
 * caller keeps them alive (copy into the same arena when in doubt). Never iterate it for output:
 * walk your own list, order is an interface. Start at {0} with `arena` set.
 */
typedef struct wd_map {
    wd_arena *arena;
    struct wd_map_slot *slots;
    size_t cap;
    size_t n;
} wd_map;

/** Where the value of `key` stands; NULL when absent. */
uintptr_t *wd_map_find(const wd_map *m, wd_slice key);
/** Where the value of `key` stands, inserted as 0 when absent (`*added` tells, may be NULL); NULL
 * when memory ran out. */
uintptr_t *wd_map_put(wd_map *m, wd_slice key, bool *added);

#endif

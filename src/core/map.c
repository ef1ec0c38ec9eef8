#include "core/map.h"

struct wd_map_slot {
    wd_slice key;
    uint64_t hash;
    uintptr_t value;
    bool used;
};

/* FNV leaves the low bits weak for short keys; one multiply-shift spreads them. */
static uint64_t mixed(wd_slice key)
{
    uint64_t h = wd_slice_hash(key);
    h ^= h >> 32;
    h *= 0x9e3779b97f4a7c15U;
    return h ^ (h >> 29);
}

static struct wd_map_slot *slot_of(const wd_map *m, wd_slice key, uint64_t hash)
{
    size_t i = (size_t) hash & (m->cap - 1);
    while (m->slots[i].used && !(m->slots[i].hash == hash && wd_slice_eq(m->slots[i].key, key))) {
        i = (i + 1) & (m->cap - 1);
    }
    return &m->slots[i];
}

uintptr_t *wd_map_find(const wd_map *m, wd_slice key)
{
    if (m->n == 0) {
        return NULL;
    }
    struct wd_map_slot *s = slot_of(m, key, mixed(key));
    return s->used ? &s->value : NULL;
}

static bool grow(wd_map *m)
{
    wd_map bigger = {m->arena, NULL, m->cap == 0 ? 16 : m->cap * 2, m->n};
    bigger.slots = WD_ARRAY(m->arena, bigger.cap, struct wd_map_slot);
    if (bigger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].used) {
            *slot_of(&bigger, m->slots[i].key, m->slots[i].hash) = m->slots[i];
        }
    }
    *m = bigger;
    return true;
}

uintptr_t *wd_map_put(wd_map *m, wd_slice key, bool *added)
{
    uint64_t hash = mixed(key);
    if ((m->cap == 0 || m->n >= m->cap / 2) && !grow(m)) {
        return NULL;
    }
    struct wd_map_slot *s = slot_of(m, key, hash);
    if (added != NULL) {
        *added = !s->used;
    }
    if (!s->used) {
        *s = (struct wd_map_slot){key, hash, 0, true};
        m->n++;
    }
    return &s->value;
}

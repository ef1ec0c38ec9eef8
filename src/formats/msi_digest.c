#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/limits.h"
#include "formats/msi.h"

#define DIGITAL_SIGNATURE WD_S("\x05\0D\0i\0g\0i\0t\0a\0l\0S\0i\0g\0n\0a\0t\0u\0r\0e\0")
#define DIGITAL_SIGNATURE_EX \
    WD_S("\x05\0M\0s\0i\0D\0i\0g\0i\0t\0a\0l\0S\0i\0g\0n\0a\0t\0u\0r\0e\0E\0x\0")

/* One digest in the making. */
typedef struct hashing {
    const wd_msi *msi;
    wd_arena *arena;
    wd_hasher *h;
    size_t *order;   /* entries by storage, then in the order of hashing */
    uint64_t budget; /* bytes of streams: entries may share sectors, the file must not be hashed for
                        ever */
    bool ok;
} hashing;

static const wd_cfb_entry *entry(const hashing *g, size_t i)
{
    return &g->msi->cfb.entries[i];
}

static void put(hashing *g, wd_slice s)
{
    g->ok = g->ok && wd_hasher_add(g->h, s);
}

/* Bytewise by the raw name with its zero; of two that agree, the longer first. */
static int by_name(const wd_cfb_entry *a, const wd_cfb_entry *b)
{
    size_t shorter = a->raw_name.len < b->raw_name.len ? a->raw_name.len : b->raw_name.len;
    /* The zero behind the shorter name takes part in the comparison. */
    int diff = memcmp(a->record.ptr, b->record.ptr, shorter + 2 <= 64 ? shorter + 2 : 64);
    if (diff != 0) {
        return diff;
    }
    return a->raw_name.len > b->raw_name.len ? -1 : a->raw_name.len < b->raw_name.len;
}

/* What qsort compares: an entry and its number, for a total order. */
typedef struct keyed {
    const wd_cfb_entry *e;
    size_t index;
} keyed;

static int by_storage_and_name(const void *a, const void *b)
{
    const keyed *x = a;
    const keyed *y = b;
    if (x->e->parent != y->e->parent) {
        return x->e->parent < y->e->parent ? -1 : 1;
    }
    int diff = by_name(x->e, y->e);
    return diff != 0 ? diff : (x->index < y->index ? -1 : x->index > y->index);
}

static bool make_order(hashing *g)
{
    size_t n = g->msi->cfb.n;
    keyed *keys = WD_ARRAY(g->arena, n, keyed);
    g->order = WD_ARRAY(g->arena, n, size_t);
    if (keys == NULL || g->order == NULL) {
        return false;
    }
    for (size_t i = 1; i < n; i++) {
        keys[i] = (keyed){entry(g, i), i};
    }
    if (n > 2) {
        wd_sort(keys + 1, n - 1, sizeof *keys, by_storage_and_name);
    }
    for (size_t i = 1; i < n; i++) {
        g->order[i] = keys[i].index;
    }
    return true;
}

/* First place in the order whose entry lies in `storage`. */
static size_t first_child(const hashing *g, size_t storage)
{
    size_t low = 1;
    size_t high = g->msi->cfb.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry(g, g->order[middle])->parent < storage) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_signature(const wd_cfb_entry *e)
{
    return e->parent == 0 && (wd_slice_eq(e->raw_name, DIGITAL_SIGNATURE) ||
                              wd_slice_eq(e->raw_name, DIGITAL_SIGNATURE_EX));
}

static void put_stream(hashing *g, const wd_cfb_entry *e)
{
    wd_slice content;
    bool whole = false;
    if (e->size > g->budget) {
        g->ok = false;
        return;
    }
    g->budget -= e->size;
    g->ok = g->ok && wd_cfb_stream(&g->msi->cfb, e, g->arena, &content, &whole) == WD_OK;
    if (g->ok) {
        put(g, content);
    }
}

static void put_metadata(hashing *g, const wd_cfb_entry *e)
{
    if (e->type != WD_CFB_ROOT) {
        put(g, e->raw_name);
    }
    put(g, e->type == WD_CFB_STREAM ? wd_slice_sub(e->record, 120, 4)
                                    : wd_slice_sub(e->record, 80, 16));
    put(g, wd_slice_sub(e->record, 96, 4));
    if (e->type != WD_CFB_ROOT) {
        put(g, wd_slice_sub(e->record, 100, 16));
    }
}

/* Storages nest as deep as the file says: the walk keeps its own stack. */
static void walk(hashing *g, bool metadata)
{
    size_t n = g->msi->cfb.n;
    size_t *stack = WD_ARRAY(g->arena, n + 1, size_t);
    size_t *place = WD_ARRAY(g->arena, n + 1, size_t);
    size_t depth = 0;
    if (stack == NULL || place == NULL) {
        g->ok = false;
        return;
    }
    stack[0] = 0;
    place[0] = first_child(g, 0);
    if (metadata) {
        put_metadata(g, entry(g, 0));
    }
    for (;;) {
        size_t storage = stack[depth];
        size_t at = place[depth];
        if (!g->ok) {
            return;
        }
        if (at >= n || entry(g, g->order[at])->parent != storage) {
            if (!metadata) {
                put(g, wd_slice_sub(entry(g, storage)->record, 80, 16));
            }
            if (depth == 0) {
                return;
            }
            depth--;
            continue;
        }
        place[depth]++;
        size_t i = g->order[at];
        const wd_cfb_entry *e = entry(g, i);
        if (is_signature(e)) {
            continue;
        }
        if (metadata) {
            put_metadata(g, e);
        } else if (e->type == WD_CFB_STREAM) {
            put_stream(g, e);
        }
        if (e->type == WD_CFB_STORAGE) {
            depth++;
            stack[depth] = i;
            place[depth] = first_child(g, i);
        }
    }
}

static bool run(const wd_msi *msi, wd_arena *arena, wd_hash_kind kind, const wd_slice *prehash,
                uint8_t *out)
{
    hashing g = {.msi = msi,
                 .arena = arena,
                 .h = wd_hasher_new(kind),
                 .budget = 2 * (uint64_t) msi->cfb.data.len,
                 .ok = true};
    g.ok = g.h != NULL && make_order(&g);
    if (g.ok && prehash != NULL) {
        put(&g, *prehash);
    }
    if (g.ok) {
        walk(&g, prehash == NULL);
    }
    g.ok = g.ok && wd_hasher_end(g.h, out);
    wd_hasher_free(g.h);
    return g.ok;
}

bool wd_msi_digest(const wd_msi *msi, wd_arena *arena, wd_hash_kind kind, wd_slice prehash,
                   uint8_t *out)
{
    return run(msi, arena, kind, &prehash, out);
}

bool wd_msi_prehash(const wd_msi *msi, wd_arena *arena, wd_hash_kind kind, uint8_t *out)
{
    return run(msi, arena, kind, NULL, out);
}

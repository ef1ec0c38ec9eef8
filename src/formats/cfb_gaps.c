#include <stdlib.h>

#include "formats/cfb.h"

#define MINI 64U
#define CUTOFF 4096U
#define HEADER 512U
#define END_OF_CHAIN 0xFFFFFFFEU

typedef struct gaps {
    const wd_cfb *cfb;
    wd_arena *arena;
    wd_cfb_gap *items;
    size_t n;
    size_t cap;
} gaps;

static wd_status add(gaps *g, uint64_t from, uint64_t to, wd_cfb_gap_kind kind)
{
    if (from >= to) {
        return WD_OK;
    }
    wd_cfb_gap *last = g->n == 0 ? NULL : &g->items[g->n - 1];
    if (last != NULL && last->kind == kind && last->at + last->len == from) {
        last->len += to - from;
        return WD_OK;
    }
    WD_TRY(WD_ROOM(g->arena, g->items, g->n, g->cap));
    g->items[g->n++] = (wd_cfb_gap){from, to - from, kind};
    return WD_OK;
}

static wd_status add_sectors(gaps *g)
{
    const wd_cfb *cfb = g->cfb;
    size_t used = cfb->n_sectors;
    while (used > 0 && cfb->owner[used - 1] == WD_CFB_UNOWNED) {
        used--;
    }
    for (size_t i = 0; i < used; i++) {
        if (cfb->owner[i] == WD_CFB_UNOWNED) {
            uint64_t at = (i + 1) * cfb->sector_len;
            WD_TRY(add(g, at, at + cfb->sector_len, WD_CFB_FREE));
        }
    }
    return add(g, (used + 1) * cfb->sector_len, cfb->data.len, WD_CFB_PAST_END);
}

static wd_status add_mini(gaps *g)
{
    const wd_cfb *cfb = g->cfb;
    size_t per_sector = cfb->sector_len / MINI;
    for (size_t i = 0; i < cfb->n_mini; i++) {
        if (cfb->mini_owner[i] == WD_CFB_UNOWNED) {
            uint64_t at = ((uint64_t) cfb->mini_sectors[i / per_sector] + 1) * cfb->sector_len +
                          i % per_sector * MINI;
            WD_TRY(add(g, at, at + MINI, WD_CFB_MINI_FREE));
        }
    }
    return WD_OK;
}

/* Rest of the last sector of a stream. */
static wd_status add_slack(gaps *g, const wd_cfb_entry *e)
{
    const wd_cfb *cfb = g->cfb;
    bool mini = e->size < CUTOFF;
    size_t unit = mini ? MINI : cfb->sector_len;
    size_t limit = mini ? cfb->n_mini : cfb->n_sectors;
    const uint32_t *next = mini ? cfb->mini_fat : cfb->fat;
    uint64_t left = e->size;
    uint32_t at = e->start;
    if (e->size % unit == 0) {
        return WD_OK;
    }
    for (uint64_t steps = e->size / unit; steps > 0 && at < limit; steps--) {
        at = next[at];
        left -= unit;
    }
    if (at >= limit || left > unit) {
        return WD_OK;
    }
    uint64_t start = ((uint64_t) at + 1) * unit;
    if (mini) {
        size_t per_sector = cfb->sector_len / MINI;
        start = ((uint64_t) cfb->mini_sectors[at / per_sector] + 1) * cfb->sector_len +
                at % per_sector * MINI;
    }
    return add(g, start + left, start + unit, WD_CFB_SLACK);
}

static int by_place(const void *a, const void *b)
{
    const wd_cfb_gap *x = a;
    const wd_cfb_gap *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : (x->len < y->len ? -1 : x->len > y->len);
}

wd_status wd_cfb_gaps(const wd_cfb *cfb, wd_arena *arena, wd_cfb_gap **out, size_t *n)
{
    gaps g = {.cfb = cfb, .arena = arena};
    WD_TRY(add(&g, HEADER, cfb->sector_len, WD_CFB_HEADER_REST));
    WD_TRY(add_sectors(&g));
    WD_TRY(add_mini(&g));
    for (size_t i = 1; i < cfb->n; i++) {
        if (cfb->entries[i].type == WD_CFB_STREAM) {
            WD_TRY(add_slack(&g, &cfb->entries[i]));
        }
    }
    if (g.n > 0) {
        wd_sort(g.items, g.n, sizeof *g.items, by_place);
    }
    *out = g.items;
    *n = g.n;
    return WD_OK;
}

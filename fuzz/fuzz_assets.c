/*
 * Asset lists: CSV that people and inventory tools write, and that somebody may have prepared. Rows
 * must lie within the input and come in its order.
 */
#include <stdlib.h>

#include "formats/assets.h"
#include "fuzz.h"

typedef struct order {
    size_t size;
    uint64_t last;
} order;

static wd_status on_asset(void *ctx, const wd_asset *a)
{
    order *o = ctx;
    if (a->offset > o->size || a->len > o->size - a->offset || a->offset < o->last ||
        a->values[WD_ASSET_HOST].len == 0) {
        abort();
    }
    o->last = a->offset;
    return WD_OK;
}

static wd_status on_bad(void *ctx, uint64_t offset, uint32_t line, wd_slice text)
{
    (void) line;
    if (offset > ((order *) ctx)->size || text.len == 0) {
        abort();
    }
    return WD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    order o = {size, 0};
    wd_arena *arena = wd_arena_new((size_t) 64 << 20);
    const wd_assets_sink sink = {&o, on_asset, on_bad};
    wd_err err = {0};
    if (arena != NULL && wd_assets_read(wd_slice_of(data, size), arena, &sink, &err) != WD_OK &&
        err.text[0] == '\0') {
        abort();
    }
    wd_arena_free(arena);
    return 0;
}

/*
 * Portable executables from vendor packages, hosts and archives: whoever built or altered the file
 * chose every byte. Reaches headers, certificate table, signatures, certificates, resources,
 * imports and the coverage map. Every uncovered run must lie inside the file, and runs must not
 * overlap.
 */
#include <stdlib.h>

#include "core/hash.h"
#include "detect/binaries.h"
#include "fuzz.h"

typedef struct seen {
    uint64_t size;
    uint64_t end; /* of the last run */
} seen;

static wd_status check(void *ctx, const wd_obs *o)
{
    seen *s = ctx;
    if (o->kind == WD_OBS_UNCOVERED) {
        if (o->span.offset < s->end || o->span.len > s->size ||
            o->span.offset > s->size - o->span.len) {
            abort();
        }
        s->end = o->span.offset + o->span.len;
    }
    return WD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new((size_t) 256 << 20);
    if (arena == NULL || wd_hash_init(NULL) != WD_OK) {
        abort();
    }
    static const uint8_t sha256[32];
    wd_item item = {WD_S("a/b.dll"), WD_S("b.dll"), wd_slice_of(data, size), sha256};
    wd_engine engine = {0};
    seen s = {.size = size};
    wd_sink sink = {.ctx = &s, .observation = check};
    wd_status status = wd_detect_pe(&engine, &item, arena, &sink, NULL);
    if (status != WD_OK && status != WD_E_NOMEM) {
        abort();
    }
    wd_arena_free(arena);
    return 0;
}

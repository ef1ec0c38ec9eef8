/*
 * Icons and PNG pictures as malware fetches them and as packages hold them. Every tail must lie
 * inside the file.
 */
#include <stdlib.h>

#include "detect/binaries.h"
#include "fuzz.h"

static wd_status check(void *ctx, const wd_obs *o)
{
    uint64_t size = *(const uint64_t *) ctx;
    if (o->kind == WD_OBS_TRAILING &&
        (o->span.len > size || o->span.offset > size - o->span.len || o->span.len == 0)) {
        abort();
    }
    return WD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new((size_t) 64 << 20);
    if (arena == NULL) {
        abort();
    }
    static const uint8_t sha256[32];
    wd_item item = {WD_S("a/b.ico"), WD_S("b.ico"), wd_slice_of(data, size), sha256};
    wd_engine engine = {0};
    uint64_t length = size;
    wd_sink sink = {.ctx = &length, .observation = check};
    wd_status status = wd_detect_icon(&engine, &item, arena, &sink, NULL);
    if (status != WD_OK && status != WD_E_NOMEM) {
        abort();
    }
    wd_arena_free(arena);
    return 0;
}

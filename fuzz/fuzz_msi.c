/*
 * Installer packages and other compound files: FAT, directory tree, mini stream, string pool,
 * tables, signature, and the members that the tables lead to. Whoever built the package chose every
 * byte.
 */
#include <stdlib.h>

#include "core/hash.h"
#include "detect/binaries.h"
#include "formats/archive.h"
#include "fuzz.h"

static wd_status check(void *ctx, const wd_obs *o)
{
    uint64_t size = *(const uint64_t *) ctx;
    if (o->kind == WD_OBS_UNCOVERED && o->span.len > size) {
        abort();
    }
    return WD_OK;
}

static wd_status begin(void *ctx, wd_slice name, bool *wanted)
{
    (void) ctx;
    (void) name;
    *wanted = true;
    return WD_OK;
}

static wd_status end(void *ctx, const wd_member *m)
{
    (void) ctx;
    return m->data.len > WD_MAX_MEMBER ? WD_E_LIMIT : WD_OK;
}

static wd_status mention(void *ctx, wd_slice name, wd_slice what)
{
    (void) ctx;
    (void) name;
    (void) what;
    return WD_OK;
}

static wd_status limit(void *ctx, wd_slice text)
{
    (void) ctx;
    (void) text;
    return WD_OK;
}

static wd_status damage(void *ctx, uint64_t offset, wd_slice text)
{
    (void) ctx;
    (void) offset;
    (void) text;
    return WD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new((size_t) 256 << 20);
    if (arena == NULL || wd_hash_init(NULL) != WD_OK) {
        abort();
    }
    static const uint8_t sha256[32];
    wd_item item = {WD_S("a/b.msi"), WD_S("b.msi"), wd_slice_of(data, size), sha256};
    wd_engine engine = {0};
    uint64_t length = size;
    wd_sink sink = {.ctx = &length, .observation = check};
    wd_status status = wd_detect_msi(&engine, &item, arena, &sink, NULL);
    if (status != WD_OK && status != WD_E_NOMEM) {
        abort();
    }
    wd_archive_budget budget = wd_archive_budget_full();
    budget.max_expanded = (uint64_t) 16 << 20;
    wd_archive_sink members = {NULL, begin, end, mention, limit, damage};
    wd_archive_input in = {WD_KIND_MSI, item.name, item.data};
    bool whole = false;
    status = wd_archive_read(&in, &budget, &members, &whole, NULL);
    if (status != WD_OK && status != WD_E_NOMEM) {
        abort();
    }
    wd_arena_free(arena);
    return 0;
}

/*
 * Containers from evidence: installers, mail attachments, what an attacker packed. Reaches our own
 * readers of gzip, xz, zstd, bzip2, rpm headers and zip directories, and libarchive behind them.
 * A small budget stands for the large one. What is given must lie within the budget, and a
 * container must never look whole when a limit or damage was told.
 */
#include <stdlib.h>

#include "formats/archive.h"
#include "fuzz.h"

typedef struct told {
    bool trouble;
    uint64_t bytes;
} told;

static wd_status on_begin(void *ctx, wd_slice name, bool *wanted)
{
    (void) ctx;
    *wanted = name.len % 16 != 15; /* leave some out */
    return WD_OK;
}

static wd_status on_end(void *ctx, const wd_member *m)
{
    told *t = ctx;
    if (m->state == WD_MEMBER_CLOSED ? m->data.len != 0 : m->size != m->data.len) {
        abort();
    }
    unsigned sum = 0;
    for (size_t i = 0; i < m->data.len; i++) {
        sum += m->data.ptr[i]; /* every byte must be there */
    }
    t->bytes += m->data.len + (sum == 1 ? 0 : 0);
    return WD_OK;
}

static wd_status on_mention(void *ctx, wd_slice name, wd_slice what)
{
    (void) ctx;
    (void) name;
    (void) what;
    return WD_OK;
}

static wd_status on_limit(void *ctx, wd_slice text)
{
    (void) text;
    ((told *) ctx)->trouble = true;
    return WD_OK;
}

static wd_status on_damage(void *ctx, uint64_t offset, wd_slice text)
{
    (void) offset;
    return on_limit(ctx, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_slice in = wd_slice_of(data, size);
    wd_kind kind = wd_sniff(WD_S(""), in);
    if (!wd_kind_is_archive(kind)) {
        return 0;
    }
    told t = {0};
    bool whole = false;
    wd_archive_budget budget = {
        .max_expanded = 1 << 20, .max_member = 1 << 19, .max_members = 100, .ratio_free = 1 << 16};
    const wd_archive_sink sink = {&t, on_begin, on_end, on_mention, on_limit, on_damage};
    const wd_archive_input input = {kind, WD_S("item.gz"), in};
    if (wd_archive_read(&input, &budget, &sink, &whole, NULL) == WD_OK && whole == t.trouble) {
        abort();
    }
    if (t.bytes > budget.max_expanded || budget.members > budget.max_members) {
        abort();
    }
    return 0;
}

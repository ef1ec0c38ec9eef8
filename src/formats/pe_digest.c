#include "formats/pe_digest.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "formats/oid.h"

#define COMPONENT "pe_digest"
#define PAGE 4096U

/* Adds [from, to), joined to the run before when they touch. */
static void add(wd_run *runs, size_t *n, uint64_t from, uint64_t to)
{
    if (from >= to) {
        return;
    }
    if (*n > 0 && runs[*n - 1].at + runs[*n - 1].len == from) {
        runs[*n - 1].len += to - from;
        return;
    }
    runs[(*n)++] = (wd_run){from, to - from};
}

/* Adds [from, to) without the CheckSum field and the security directory. */
static void add_punched(const wd_pe *pe, wd_run *runs, size_t *n, uint64_t from, uint64_t to)
{
    const wd_run holes[2] = {{pe->checksum_at, 4}, {pe->security_at, pe->security_at == 0 ? 0 : 8}};
    uint64_t at = from;
    for (size_t i = 0; i < 2; i++) {
        uint64_t hole_end = holes[i].at + holes[i].len;
        if (holes[i].len == 0 || hole_end <= at || holes[i].at >= to) {
            continue;
        }
        add(runs, n, at, holes[i].at);
        at = hole_end;
    }
    add(runs, n, at, to);
}

static int by_raw_at(const void *a, const void *b)
{
    const wd_pe_section *const *x = a;
    const wd_pe_section *const *y = b;
    if ((*x)->raw_at != (*y)->raw_at) {
        return (*x)->raw_at < (*y)->raw_at ? -1 : 1;
    }
    return *x < *y ? -1 : *x > *y; /* same array: order of the table */
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

wd_status wd_pe_ranges_of(const wd_pe *pe, const wd_cert_table *table, wd_arena *arena,
                          wd_pe_ranges *out, wd_err *err)
{
    wd_pe_ranges r = {0};
    size_t size = pe->data.len;
    uint64_t end = table->present ? table->at : size;
    const wd_pe_section **order = WD_ARRAY(arena, pe->n_sections, const wd_pe_section *);
    r.linear = WD_ARRAY(arena, 3, wd_run);
    r.by_section = WD_ARRAY(arena, pe->n_sections + 6, wd_run);
    if (order == NULL || r.linear == NULL || r.by_section == NULL) {
        return wd_nomem(err, COMPONENT);
    }
    add_punched(pe, r.linear, &r.n_linear, 0, end);

    size_t n = 0;
    for (size_t i = 0; i < pe->n_sections; i++) {
        if (pe->sections[i].raw_len > 0) {
            order[n++] = &pe->sections[i];
        }
    }
    if (n > 0) {
        wd_sort(order, n, sizeof(const wd_pe_section *), by_raw_at);
    }
    uint64_t hashed = least(pe->headers_len, size);
    add_punched(pe, r.by_section, &r.n_by_section, 0, hashed);
    for (size_t i = 0; i < n; i++) {
        uint64_t from = least(order[i]->raw_at, size);
        uint64_t to = least((uint64_t) order[i]->raw_at + order[i]->raw_len, size);
        add(r.by_section, &r.n_by_section, from, to);
        hashed += to - from;
    }
    /* Microsoft's text counts bytes instead of looking where it is: with gaps this is elsewhere. */
    add(r.by_section, &r.n_by_section, hashed, end);
    add(r.by_section, &r.n_by_section, table->present ? table->end : size, size);
    r.same = r.n_linear == r.n_by_section &&
             memcmp(r.linear, r.by_section, r.n_linear * sizeof *r.linear) == 0;
    *out = r;
    return WD_OK;
}

bool wd_pe_digest(const wd_pe *pe, const wd_run *runs, size_t n, wd_hash_kind kind, bool pad,
                  uint8_t *out)
{
    static const uint8_t zeros[8];
    wd_hasher *h = wd_hasher_new(kind);
    bool ok = h != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        ok = wd_hasher_add(h, wd_slice_sub(pe->data, runs[i].at, runs[i].len));
    }
    if (ok && pad && pe->data.len % 8 != 0) {
        ok = wd_hasher_add(h, wd_slice_of(zeros, 8 - pe->data.len % 8));
    }
    ok = ok && wd_hasher_end(h, out);
    wd_hasher_free(h);
    return ok;
}

/* A page is hashed as memory shows it: cut to what the file has, filled with zeros; the first one
 * (the headers) without the fields that signing changes. */
static bool hash_page(const wd_pe *pe, wd_hash_kind kind, uint64_t at, uint64_t end, uint8_t *out)
{
    static const uint8_t zeros[PAGE];
    wd_run runs[4];
    size_t n = 0;
    uint64_t to = least(least(at + PAGE, end), pe->data.len);
    if (at == 0) {
        add_punched(pe, runs, &n, 0, least(to, pe->headers_len));
    } else {
        add(runs, &n, at, to);
    }
    wd_hasher *h = wd_hasher_new(kind);
    bool ok = h != NULL;
    uint64_t hashed = 0;
    for (size_t i = 0; ok && i < n; i++) {
        ok = wd_hasher_add(h, wd_slice_sub(pe->data, runs[i].at, runs[i].len));
        hashed += runs[i].len;
    }
    uint64_t full = at == 0 ? PAGE - 12 : PAGE;
    if (ok && hashed < full) {
        ok = wd_hasher_add(h, wd_slice_of(zeros, full - hashed));
    }
    ok = ok && wd_hasher_end(h, out);
    wd_hasher_free(h);
    return ok;
}

int64_t wd_pe_check_pages(const wd_pe *pe, const wd_authenticode *sig, uint64_t *first)
{
    if (sig->page_hashes.len == 0) {
        return -1;
    }
    wd_hash_kind kind =
        wd_slice_eq(sig->page_hash_oid, WD_OID_SPC_PAGE_HASH_SHA1) ? WD_SHA1 : WD_SHA256;
    size_t len = wd_hash_len(kind);
    size_t pages = sig->page_hashes.len / (4 + len);
    int64_t bad = sig->page_hashes.len % (4 + len) != 0;
    wd_cursor c = wd_cursor_of(sig->page_hashes, sig->page_hashes_at);
    uint64_t at = wd_u32le(&c);
    wd_slice want = wd_take(&c, len);
    for (size_t i = 0; i + 1 < pages && i < WD_MAX_PAGE_HASHES; i++) {
        uint64_t next = wd_u32le(&c);
        wd_slice next_want = wd_take(&c, len);
        uint8_t got[64];
        if (!hash_page(pe, kind, at, next > at ? next : at, got) ||
            !wd_slice_eq(want, wd_slice_of(got, len))) {
            *first = bad == 0 ? at : *first;
            bad++;
        }
        at = next;
        want = next_want;
    }
    return bad;
}

#include "detect/coverage_map.h"

#include <stdlib.h>

#include "core/text.h"
#include "detect/tag_grammar.h"

#define COMPONENT "coverage_map"

/* State of one construction. */
typedef struct builder {
    const wd_signed_pe *file; /* NULL for a signature alone */
    const wd_authenticode_set *signatures;
    wd_slice data; /* the bytes that runs are cut from ... */
    uint64_t base; /* ... and the absolute offset of the first */
    wd_arena *arena;
    wd_coverage *out;
    struct wd_claim *claims; /* sorted copy */
    size_t n_claims;
    wd_err *err;
} builder;

const char *wd_uncovered_kind_name(wd_uncovered_kind k)
{
    static const char *const names[] = {"padding", "tag", "unexplained"};
    return names[k];
}

const char *wd_uncovered_where_name(wd_uncovered_where w)
{
    static const char *const names[] = {
        [WD_WHERE_ENTRY] = "certificate entry",
        [WD_WHERE_SECOND_ENTRY] = "second entry",
        [WD_WHERE_TABLE] = "certificate table",
        [WD_WHERE_AFTER_TABLE] = "after table",
        [WD_WHERE_ATTRIBUTE] = "unsigned attribute",
        [WD_WHERE_CERTIFICATE] = "unrelated certificate",
        [WD_WHERE_SIGNATURE] = "inside signature",
        [WD_WHERE_GAP] = "between sections",
        [WD_WHERE_PAST_END] = "after last sector",
        [WD_WHERE_FREE] = "free sectors",
        [WD_WHERE_SLACK] = "sector slack",
    };
    return names[w];
}

static bool is_zero(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != 0) {
            return false;
        }
    }
    return true;
}

wd_status wd_coverage_add(wd_coverage *c, wd_arena *arena, uint64_t at, wd_slice bytes,
                          wd_uncovered_where where)
{
    if (bytes.len == 0) {
        return WD_OK;
    }
    WD_TRY(WD_ROOM(arena, c->runs, c->n, c->cap));
    wd_uncovered run = {.at = at, .len = bytes.len, .where = where, .bytes = bytes};
    run.entropy = wd_entropy(bytes);
    run.kind = WD_UNCOVERED_PADDING;
    if (!is_zero(bytes)) {
        run.tag = where == WD_WHERE_CERTIFICATE ? wd_tag_of_certificate(bytes) : wd_tag_of(bytes);
        run.kind = run.tag != NULL ? WD_UNCOVERED_TAG : WD_UNCOVERED_UNEXPLAINED;
    }
    c->bytes += run.len;
    c->kind = run.kind > c->kind ? run.kind : c->kind;
    c->runs[c->n] = run;
    if (c->n == 0 || run.len > c->runs[c->largest].len) {
        c->largest = c->n;
    }
    c->n++;
    return WD_OK;
}

static wd_status add(builder *b, uint64_t from, uint64_t to, wd_uncovered_where where)
{
    if (from >= to) {
        return WD_OK;
    }
    wd_slice bytes = wd_slice_sub(b->data, from - b->base, to - from);
    wd_status status = wd_coverage_add(b->out, b->arena, from, bytes, where);
    return status == WD_E_NOMEM ? wd_nomem(b->err, COMPONENT) : status;
}

/* Bytes behind a signature in its entry: the zeros up to the next multiple of 8 are what honest
 * tools write; what lies behind them is apart. */
static wd_status add_residue(builder *b, uint64_t from, uint64_t to)
{
    uint64_t boundary = (from + 7) / 8 * 8;
    boundary = boundary < to ? boundary : to;
    if (is_zero(wd_slice_sub(b->file->pe->data, from, boundary - from))) {
        WD_TRY(add(b, from, boundary, WD_WHERE_ENTRY));
        from = boundary;
    }
    return add(b, from, to, WD_WHERE_ENTRY);
}

static bool inside(uint64_t at, uint64_t from, uint64_t len)
{
    return at >= from && at - from < len;
}

/* What the unclaimed byte at `at` belongs to. */
static wd_uncovered_where where_is(const builder *b, uint64_t at)
{
    const wd_authenticode_set *set = b->signatures;
    for (size_t i = 0; i < set->certs.n; i++) {
        if (inside(at, set->certs.items[i].at, set->certs.items[i].der.len)) {
            return WD_WHERE_CERTIFICATE;
        }
    }
    for (size_t i = 0; i < set->n; i++) {
        const wd_cms_signer *s = &set->items[i].cms.signers[0];
        for (size_t k = 0; k < s->n_unsigned; k++) {
            if (inside(at, s->unsigned_attrs[k].whole.at, s->unsigned_attrs[k].whole.whole.len)) {
                return WD_WHERE_ATTRIBUTE;
            }
        }
    }
    return WD_WHERE_SIGNATURE;
}

/* A certificate is one thing: its claims are all or nothing, two beside each other are two runs. */
static uint64_t end_of_thing(const builder *b, uint64_t at, uint64_t gap_end)
{
    const wd_cert_set *certs = &b->signatures->certs;
    for (size_t i = 0; i < certs->n; i++) {
        uint64_t end = certs->items[i].at + certs->items[i].der.len;
        if (inside(at, certs->items[i].at, certs->items[i].der.len)) {
            return end < gap_end ? end : gap_end;
        }
        if (certs->items[i].at > at && certs->items[i].at < gap_end) {
            gap_end = certs->items[i].at;
        }
    }
    return gap_end;
}

static wd_status add_gap(builder *b, uint64_t from, uint64_t to)
{
    while (from < to) {
        uint64_t end = end_of_thing(b, from, to);
        WD_TRY(add(b, from, end, where_is(b, from)));
        from = end;
    }
    return WD_OK;
}

/* Everything between claims inside [from, to). */
static wd_status add_unclaimed(builder *b, uint64_t from, uint64_t to)
{
    uint64_t at = from;
    for (size_t i = 0; i < b->n_claims && at < to; i++) {
        uint64_t claim_end = b->claims[i].at + b->claims[i].len;
        if (claim_end <= at) {
            continue;
        }
        if (b->claims[i].at >= to) {
            break;
        }
        if (b->claims[i].at > at) {
            WD_TRY(add_gap(b, at, b->claims[i].at));
        }
        at = claim_end;
    }
    return at < to ? add_gap(b, at, to) : WD_OK;
}

/* The outer signature that starts in an entry, SIZE_MAX when there is none. */
static size_t signature_in(const builder *b, const wd_cert_entry *e)
{
    const wd_authenticode_set *set = b->signatures;
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i].depth == 0 && set->items[i].at == e->at + 8) {
            return i;
        }
    }
    return SIZE_MAX;
}

static wd_status add_entry(builder *b, size_t which)
{
    const wd_cert_entry *e = &b->file->table->entries[which];
    size_t sig = signature_in(b, e);
    /* A further entry counts as a signature only when it is one of this very file. */
    bool foreign = which > 0 && (sig == SIZE_MAX || !b->file->matches[sig] ||
                                 !b->file->signatures->items[sig].signature_ok);
    if (sig == SIZE_MAX || foreign) {
        uint64_t end = e->at + 8 + e->body.len;
        WD_TRY(add(b, e->at + 8, end, WD_WHERE_SECOND_ENTRY));
        return add(b, end, e->padded_to, WD_WHERE_ENTRY);
    }
    const wd_authenticode *s = &b->file->signatures->items[sig];
    WD_TRY(add_unclaimed(b, s->at, s->at + s->len));
    return add_residue(b, s->at + s->len, e->padded_to);
}

static int by_place(const void *a, const void *b)
{
    const struct wd_claim *x = a;
    const struct wd_claim *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : (x->len > y->len ? -1 : x->len < y->len);
}

static wd_status sort_claims(builder *b)
{
    const wd_claims *claims = &b->signatures->claims;
    b->claims = WD_ARRAY(b->arena, claims->n, struct wd_claim);
    if (b->claims == NULL) {
        return wd_nomem(b->err, COMPONENT);
    }
    for (size_t i = 0; i < claims->n; i++) {
        b->claims[i] = claims->items[i];
    }
    b->n_claims = claims->n;
    if (b->n_claims > 0) {
        wd_sort(b->claims, b->n_claims, sizeof *b->claims, by_place);
    }
    return WD_OK;
}

static wd_status map_run(builder *b, uint64_t from, uint64_t to, wd_cover cover)
{
    wd_coverage *c = b->out;
    if (from >= to) {
        return WD_OK;
    }
    if (WD_ROOM(b->arena, c->map, c->n_map, c->cap_map) != WD_OK) {
        return wd_nomem(b->err, COMPONENT);
    }
    c->map[c->n_map++] = (wd_cover_run){from, to - from, cover};
    return WD_OK;
}

static int by_run_place(const void *a, const void *b)
{
    const wd_run *x = a;
    const wd_run *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Bytes before the table that the matching reading leaves out: gaps between sections. */
static wd_status add_hashed(builder *b, uint64_t end)
{
    const wd_signed_pe *f = b->file;
    size_t n = f->n_hashed;
    wd_run *runs = WD_ARRAY(b->arena, n, wd_run);
    if (runs == NULL) {
        return wd_nomem(b->err, COMPONENT);
    }
    for (size_t i = 0; i < n; i++) {
        runs[i] = f->hashed[i];
    }
    if (n > 0) {
        wd_sort(runs, n, sizeof *runs, by_run_place);
    }
    uint64_t at = 0;
    for (size_t i = 0; i <= n; i++) {
        uint64_t from = i < n && runs[i].at < end ? runs[i].at : end;
        bool field = at < from && (at == f->pe->checksum_at || at == f->pe->security_at);
        if (at < from && !field) {
            WD_TRY(add(b, at, from, WD_WHERE_GAP));
        }
        WD_TRY(map_run(b, at, from, field ? WD_COVER_FIELD : WD_COVER_NONE));
        uint64_t to = i < n ? runs[i].at + runs[i].len : end;
        to = to < end ? to : end;
        if (to > from || at < from) {
            WD_TRY(map_run(b, from > at ? from : at, to, WD_COVER_HASHED));
            at = to > from ? to : from;
        }
    }
    return WD_OK;
}

/* Fills the map from `at` on: uncovered runs as they are, signature between them. */
static wd_status map_table(builder *b, uint64_t at, size_t first_run)
{
    const wd_coverage *c = b->out;
    uint64_t end = b->file->table->end;
    for (size_t i = first_run; i < c->n; i++) {
        WD_TRY(map_run(b, at, c->runs[i].at, WD_COVER_SIGNATURE));
        WD_TRY(map_run(b, c->runs[i].at, c->runs[i].at + c->runs[i].len, WD_COVER_NONE));
        at = c->runs[i].at + c->runs[i].len;
    }
    return map_run(b, at, end, WD_COVER_SIGNATURE);
}

wd_status wd_coverage_of(const wd_signed_pe *file, wd_arena *arena, wd_coverage *out, wd_err *err)
{
    wd_coverage coverage = {0};
    builder b = {.file = file,
                 .signatures = file->signatures,
                 .data = file->pe->data,
                 .arena = arena,
                 .out = &coverage,
                 .err = err};
    const wd_cert_table *t = file->table;
    WD_TRY(sort_claims(&b));
    WD_TRY(add_hashed(&b, t->at));
    size_t first = coverage.n;
    for (size_t i = 0; i < t->n; i++) {
        WD_TRY(add_entry(&b, i));
    }
    WD_TRY(add(&b, t->rest_at, t->end, WD_WHERE_TABLE));
    WD_TRY(add(&b, t->end, file->pe->data.len, WD_WHERE_AFTER_TABLE));
    WD_TRY(map_table(&b, t->at, first));
    *out = coverage;
    return WD_OK;
}

wd_status wd_coverage_add_unclaimed(wd_coverage *c, wd_arena *arena, const wd_authenticode_set *set,
                                    const wd_authenticode *sig, wd_slice bytes)
{
    builder b = {.signatures = set, .data = bytes, .base = sig->at, .arena = arena, .out = c};
    WD_TRY(sort_claims(&b));
    return add_unclaimed(&b, sig->at, sig->at + sig->len);
}

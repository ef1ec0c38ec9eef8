#include "detect/pe_view.h"

#include "core/hash.h"

#define COMPONENT "pe_view"
#define MAX_PADDING 7

const wd_authenticode *wd_pe_view_signature(const wd_pe_view *v)
{
    return v->primary == SIZE_MAX ? NULL : &v->signatures.items[v->primary];
}

static wd_slice hex_copy(wd_arena *arena, const uint8_t *bytes, size_t len)
{
    char hex[WD_HEX_MAX];
    return wd_arena_copy(arena, wd_slice_str(wd_hex(bytes, len, hex)));
}

/* Signatures of all entries; one that cannot be read is damage, and its bytes stay uncovered. */
static wd_status read_signatures(wd_pe_view *v, const wd_anchors *anchors, wd_err *err)
{
    v->signatures.arena = v->arena;
    for (size_t i = 0; i < v->table.n; i++) {
        const wd_cert_entry *e = &v->table.entries[i];
        size_t used = 0;
        size_t first = v->signatures.n;
        wd_err inner = {0};
        if (e->type != WD_CERT_TYPE_PKCS7) {
            continue;
        }
        wd_status status =
            wd_authenticode_read(&v->signatures, e->body, e->at + 8, &v->notes, &used, &inner);
        if (status == WD_E_NOMEM) {
            return wd_nomem(err, COMPONENT);
        }
        if (status != WD_OK) {
            wd_note_damage(&v->notes, inner.offset, 0, "signature cannot be read: %s", inner.text);
        } else if (i == 0) {
            v->primary = first;
        }
    }
    return wd_authenticode_finish(&v->signatures, anchors, &v->notes, err);
}

/* Digests by algorithm, each computed at most once. */
typedef struct digests {
    bool have[5];
    uint8_t linear[5][64];
    uint8_t by_section[5][64];
} digests;

static void compute(const wd_pe_view *v, digests *d, wd_hash_kind kind)
{
    if (d->have[kind]) {
        return;
    }
    d->have[kind] = true;
    const wd_pe_ranges *r = &v->ranges;
    bool pad = !v->table.present;
    (void) wd_pe_digest(&v->pe, r->linear, r->n_linear, kind, pad, d->linear[kind]);
    if (!r->same) {
        (void) wd_pe_digest(&v->pe, r->by_section, r->n_by_section, kind, pad, d->by_section[kind]);
    }
}

static wd_status compare_digests(wd_pe_view *v, wd_err *err)
{
    digests d = {0};
    size_t n = v->signatures.n;
    v->matches = WD_ARRAY(v->arena, n, bool);
    v->matches_linear = WD_ARRAY(v->arena, n, bool);
    if (v->matches == NULL || v->matches_linear == NULL) {
        return wd_nomem(err, COMPONENT);
    }
    for (size_t i = 0; i < n; i++) {
        const wd_authenticode *s = &v->signatures.items[i];
        if (s->digest_known) {
            size_t len = wd_hash_len(s->digest);
            compute(v, &d, s->digest);
            v->matches_linear[i] =
                wd_slice_eq(s->signed_digest, wd_slice_of(d.linear[s->digest], len));
            v->matches[i] =
                v->matches_linear[i] ||
                (!v->ranges.same &&
                 wd_slice_eq(s->signed_digest, wd_slice_of(d.by_section[s->digest], len)));
        }
    }
    const wd_authenticode *primary = wd_pe_view_signature(v);
    wd_hash_kind kind = primary != NULL && primary->digest_known ? primary->digest : WD_SHA256;
    compute(v, &d, kind);
    v->facts.authentihash = hex_copy(v->arena, d.linear[kind], wd_hash_len(kind));
    v->facts.digest_name = wd_digest_name(kind);
    if (primary != NULL) {
        v->facts.digest = v->matches[v->primary] ? WD_DIGEST_MATCH : WD_DIGEST_MISMATCH;
    }
    return WD_OK;
}

static wd_slice why_invalid(const wd_pe_view *v)
{
    const wd_authenticode *s = wd_pe_view_signature(v);
    if (!v->table.inside) {
        return WD_S("the certificate table lies outside the file");
    }
    if (s == NULL) {
        return WD_S("the first certificate entry is no readable signature");
    }
    if (v->facts.digest != WD_DIGEST_MATCH) {
        return WD_S("the signed digest is not that of the file");
    }
    if (!s->signature_ok) {
        return s->why;
    }
    if (!v->table.sums_up) {
        return WD_S("the certificate entries do not add up to the table's size");
    }
    if (!v->table.ends_file) {
        return WD_S("bytes follow the certificate table");
    }
    if (v->bad_pages > 0) {
        return WD_S("page hashes differ from the file");
    }
    return (wd_slice){0};
}

/*
 * With EnableCertPaddingCheck Windows wants nothing in the table but the signature; here: every
 * entry is a signature of this very file, and behind each there are at most 7 zeros.
 */
static bool is_strict(const wd_pe_view *v)
{
    const wd_coverage *c = &v->facts.coverage;
    for (size_t i = 0; i < c->n; i++) {
        const wd_uncovered *run = &c->runs[i];
        bool in_table = run->where <= WD_WHERE_AFTER_TABLE;
        if (in_table && (run->kind != WD_UNCOVERED_PADDING || run->len > MAX_PADDING)) {
            return false;
        }
    }
    return true;
}

static wd_status judge(wd_pe_view *v, wd_err *err)
{
    const wd_authenticode *s = wd_pe_view_signature(v);
    v->facts.primary = s;
    v->bad_pages = s == NULL ? -1 : wd_pe_check_pages(&v->pe, s, &v->bad_page_at);
    if (!v->table.present) {
        return WD_OK;
    }
    v->facts.present = true;
    v->facts.at = v->table.at;
    v->facts.len = v->table.end - v->table.at;
    bool linear = s == NULL || v->matches_linear[v->primary] || v->facts.digest != WD_DIGEST_MATCH;
    wd_signed_pe file = {
        .pe = &v->pe,
        .table = &v->table,
        .signatures = &v->signatures,
        .matches = v->matches,
        .hashed = linear ? v->ranges.linear : v->ranges.by_section,
        .n_hashed = linear ? v->ranges.n_linear : v->ranges.n_by_section,
    };
    WD_TRY(wd_coverage_of(&file, v->arena, &v->facts.coverage, err));
    v->facts.why = why_invalid(v);
    v->facts.windows_default = v->facts.why.len == 0;
    v->facts.windows_strict = v->facts.windows_default && is_strict(v);
    return WD_OK;
}

wd_status wd_pe_view_read(wd_pe_view *v, const wd_item *item, const wd_anchors *anchors,
                          wd_arena *arena, wd_err *err)
{
    *v = (wd_pe_view){.item = item, .arena = arena, .primary = SIZE_MAX, .bad_pages = -1};
    v->facts.at = WD_NO_OFFSET;
    v->notes.arena = arena;
    WD_TRY(wd_pe_read(item->data, arena, &v->notes, &v->pe, err));
    WD_TRY(wd_cert_table_read(&v->pe, arena, &v->notes, &v->table, err));
    WD_TRY(wd_pe_ranges_of(&v->pe, &v->table, arena, &v->ranges, err));
    WD_TRY(read_signatures(v, anchors, err));
    WD_TRY(compare_digests(v, err));
    WD_TRY(judge(v, err));
    WD_TRY(wd_pe_read_imports(&v->pe, arena, &v->notes, &v->imports, err));
    WD_TRY(wd_pe_read_exports(&v->pe, arena, &v->notes, &v->exports, err));
    WD_TRY(wd_pe_read_resources(&v->pe, arena, &v->notes, &v->resources, err));
    wd_pe_read_version(&v->resources, arena, &v->notes, &v->version);
    WD_TRY(wd_pe_read_marks(&v->pe, &v->table, arena, &v->notes, &v->marks, err));
    char imphash[33];
    if (wd_pe_imphash(&v->imports, imphash)) {
        v->imphash = wd_arena_copy(arena, wd_slice_str(imphash));
    }
    if (item->sha256 != NULL) {
        v->facts.sha256 = hex_copy(arena, item->sha256, WD_SHA256_LEN);
    }
    return WD_OK;
}

void wd_pe_view_free(wd_pe_view *v)
{
    wd_authenticode_free(&v->signatures);
}

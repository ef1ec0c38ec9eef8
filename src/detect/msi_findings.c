#include <inttypes.h>
#include <string.h>

#include "core/hash.h"
#include "core/limits.h"
#include "core/text.h"
#include "detect/binaries.h"
#include "detect/signature_facts.h"
#include "formats/msi.h"

/*
 * Windows Installer packages. The signature is over the streams: names of streams (unless the
 * extended signature is there), free sectors, rests of sectors and everything behind the last one
 * are open.
 */

#define SLACK_DENSE 200U
#define SLACK_ENTROPY 6.5
#define LEFTOVER_PROBE 32U

typedef struct view {
    const wd_emit *e;
    wd_msi msi;
    wd_notes notes;
    wd_authenticode_set signatures;
    wd_signature_facts facts;
    wd_slice signature; /* the stream */
    bool matches[WD_MAX_SIGNATURES];
    bool extended;
} view;

static const wd_rule names_rule = {
    "signature.names-open", "Stream names of a signed package are not covered",
    "Most signing tools leave the extended signature out; only names are open, not content.", "",
    WD_INFO};
static const wd_rule unowned_rule = {
    "package.unowned-data", "Data in no stream of an unsigned package",
    "Leftovers of editing are copies of streams or zeros; without a signature nothing is proved.",
    "T1027.009", WD_MEDIUM};
static const wd_rule action_rule = {
    "package.custom-actions", "The package runs programs of its own during installation",
    "Most installers have custom actions; this only says where to look.", "T1218.007", WD_INFO};

/* --- reading -----------------------------------------------------------------------------------
 */

static wd_status read_signature(view *v, wd_err *err)
{
    wd_arena *arena = v->e->arena;
    size_t i = wd_msi_find(&v->msi, WD_S("\x05"
                                         "DigitalSignature"));
    bool whole = false;
    size_t used = 0;
    wd_err inner = {0};
    wd_anchors anchors = wd_anchors_builtin();
    v->signatures.arena = arena;
    if (i == SIZE_MAX) {
        return WD_OK;
    }
    const wd_cfb_entry *entry = &v->msi.cfb.entries[i];
    WD_TRY(wd_cfb_stream(&v->msi.cfb, entry, arena, &v->signature, &whole));
    v->facts.present = true;
    v->facts.at = wd_cfb_stream_at(&v->msi.cfb, entry);
    v->facts.len = v->signature.len;
    uint64_t at = v->facts.at == WD_NO_OFFSET ? 0 : v->facts.at;
    wd_status status =
        wd_authenticode_read(&v->signatures, v->signature, at, &v->notes, &used, &inner);
    if (status == WD_E_NOMEM) {
        return wd_nomem(err, "msi");
    }
    if (status != WD_OK) {
        wd_note_damage(&v->notes, inner.offset, 0, "signature cannot be read: %s", inner.text);
        v->facts.why = WD_S("its signature cannot be read");
        return WD_OK;
    }
    WD_TRY(wd_authenticode_finish(&v->signatures, &anchors, &v->notes, err));
    v->facts.primary = &v->signatures.items[0];
    return WD_OK;
}

/* The extended signature: its stored pre-hash must be that of the names, and goes into the digest.
 */
static bool take_prehash(view *v, wd_hash_kind kind, uint8_t *prehash, wd_slice *out)
{
    size_t i = wd_msi_find(&v->msi, WD_S("\x05"
                                         "MsiDigitalSignatureEx"));
    wd_slice stored;
    bool whole = false;
    if (i == SIZE_MAX) {
        return true;
    }
    v->extended = true;
    *out = wd_slice_of(prehash, wd_hash_len(kind));
    return wd_msi_prehash(&v->msi, v->e->arena, kind, prehash) &&
           wd_cfb_stream(&v->msi.cfb, &v->msi.cfb.entries[i], v->e->arena, &stored, &whole) ==
               WD_OK &&
           wd_slice_eq(stored, *out);
}

static void judge(view *v)
{
    wd_signature_facts *f = &v->facts;
    wd_hash_kind kind =
        f->primary != NULL && f->primary->digest_known ? f->primary->digest : WD_SHA256;
    bool names_ok = true;
    for (size_t i = 0; i < v->signatures.n || i == 0; i++) {
        const wd_authenticode *s = v->signatures.n > 0 ? &v->signatures.items[i] : NULL;
        uint8_t prehash[64];
        uint8_t digest[64];
        wd_slice extra = {0};
        wd_hash_kind own = s != NULL && s->digest_known ? s->digest : kind;
        bool names = take_prehash(v, own, prehash, &extra);
        bool ok = wd_msi_digest(&v->msi, v->e->arena, own, extra, digest);
        wd_slice md = wd_slice_of(digest, wd_hash_len(own));
        if (s != NULL) {
            v->matches[i] = ok && wd_slice_eq(s->signed_digest, md);
        }
        if (i == 0) {
            char hex[WD_HEX_MAX];
            names_ok = names;
            f->digest_name = wd_digest_name(own);
            f->authentihash =
                wd_arena_copy(v->e->arena, wd_slice_str(ok ? wd_hex(digest, md.len, hex) : ""));
        }
    }
    if (f->primary == NULL) {
        return;
    }
    bool match = v->matches[0] && names_ok;
    f->digest = match ? WD_DIGEST_MATCH : WD_DIGEST_MISMATCH;
    if (!match) {
        f->why = !names_ok ? WD_S("names or sizes of streams differ from the signed ones")
                           : WD_S("the signed digest is not that of the streams");
        v->matches[0] = false;
    } else if (!f->primary->signature_ok) {
        f->why = f->primary->why;
    }
    f->windows_default = f->windows_strict = f->why.len == 0;
}

/* --- coverage ----------------------------------------------------------------------------------
 */

/* The same bytes stand in a stream: what an editor left behind when it moved the stream. A copy
 * that differs anywhere is none. */
static bool is_leftover(const wd_cfb *cfb, wd_slice bytes, uint64_t at)
{
    wd_slice before = wd_slice_sub(cfb->data, 0, at);
    wd_slice after = wd_slice_sub(cfb->data, at + bytes.len, cfb->data.len);
    size_t start = 0;
    while (start < bytes.len && bytes.ptr[start] == 0) {
        start++;
    }
    size_t end = bytes.len;
    while (end > start && bytes.ptr[end - 1] == 0) {
        end--;
    }
    wd_slice core = wd_slice_sub(bytes, start, end - start);
    return core.len >= LEFTOVER_PROBE && core.len <= 4 * cfb->sector_len &&
           (wd_slice_find(before, core) != SIZE_MAX || wd_slice_find(after, core) != SIZE_MAX);
}

static bool counts(const wd_cfb *cfb, const wd_cfb_gap *gap, wd_slice bytes)
{
    if (gap->kind == WD_CFB_SLACK || gap->kind == WD_CFB_MINI_FREE) {
        return bytes.len >= SLACK_DENSE && wd_entropy(bytes) >= SLACK_ENTROPY;
    }
    return gap->kind == WD_CFB_PAST_END || !is_leftover(cfb, bytes, gap->at);
}

static wd_status read_coverage(view *v, wd_err *err)
{
    static const wd_uncovered_where places[] = {[WD_CFB_PAST_END] = WD_WHERE_PAST_END,
                                                [WD_CFB_FREE] = WD_WHERE_FREE,
                                                [WD_CFB_MINI_FREE] = WD_WHERE_FREE,
                                                [WD_CFB_SLACK] = WD_WHERE_SLACK,
                                                [WD_CFB_HEADER_REST] = WD_WHERE_SLACK};
    wd_arena *arena = v->e->arena;
    wd_coverage *c = &v->facts.coverage;
    wd_cfb_gap *gaps = NULL;
    size_t n = 0;
    if (wd_cfb_gaps(&v->msi.cfb, arena, &gaps, &n) != WD_OK) {
        return wd_nomem(err, "msi");
    }
    for (size_t i = 0; i < n; i++) {
        wd_slice bytes = wd_slice_sub(v->e->item->data, gaps[i].at, gaps[i].len);
        if (counts(&v->msi.cfb, &gaps[i], bytes)) {
            WD_TRY(wd_coverage_add(c, arena, gaps[i].at, bytes, places[gaps[i].kind]));
        }
    }
    const wd_authenticode *s = v->facts.primary;
    if (s == NULL) {
        return WD_OK;
    }
    WD_TRY(wd_coverage_add_unclaimed(c, arena, &v->signatures, s, v->signature));
    wd_slice residue = wd_slice_sub(v->signature, s->len, v->signature.len);
    return wd_coverage_add(c, arena, s->at + s->len, residue, WD_WHERE_ENTRY);
}

/* --- what it says ------------------------------------------------------------------------------
 */

/* Property(Property, Value). */
static wd_slice property(const view *v, const wd_msi_table *t, const char *name)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        if (wd_slice_eq(wd_msi_text(&v->msi, t, i, 0), wd_slice_str(name))) {
            return wd_msi_text(&v->msi, t, i, 1);
        }
    }
    return (wd_slice){0};
}

static wd_status observe_file(const view *v)
{
    const wd_emit *e = v->e;
    wd_msi_table t;
    if (wd_msi_read_table(&v->msi, "Property", e->arena, NULL, &t) != WD_OK) {
        return wd_nomem(e->err, "msi");
    }
    wd_obs o = wd_obs_of(WD_OBS_FILE, (wd_span){.len = e->item->data.len}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_NAME, e->item->name);
    wd_obs_set(&o, WD_K_PATH, e->item->path);
    wd_obs_set(&o, WD_K_SIZE, wd_emit_u64(e, e->item->data.len));
    wd_obs_set(&o, WD_K_SHA256, v->facts.sha256);
    wd_obs_set(&o, WD_K_FILE_KIND, WD_S("msi"));
    wd_obs_set(&o, WD_K_ROLE, v->msi.is_package ? WD_S("installer") : WD_S("document"));
    wd_obs_set(&o, WD_K_PRODUCT, property(v, &t, "ProductName"));
    wd_obs_set(&o, WD_K_VERSION, property(v, &t, "ProductVersion"));
    wd_obs_set(&o, WD_K_COMPANY, property(v, &t, "Manufacturer"));
    return wd_emit_obs(e, &o);
}

static wd_status find_actions(const view *v)
{
    wd_msi_table t;
    const wd_emit *e = v->e;
    if (wd_msi_read_table(&v->msi, "CustomAction", e->arena, NULL, &t) != WD_OK) {
        return wd_nomem(e->err, "msi");
    }
    if (t.n_rows == 0) {
        return WD_OK;
    }
    wd_slice first = wd_msi_text(&v->msi, &t, 0, 0);
    wd_slice text =
        wd_arena_printf(e->arena, "The installation runs %zu custom actions, the first %.*s.",
                        t.n_rows, (int) (first.len < 60 ? first.len : 60), first.ptr);
    return wd_emit_rule(e, &action_rule, (wd_span){.offset = WD_NO_OFFSET}, text);
}

static wd_status find_unowned(const view *v)
{
    const wd_coverage *c = &v->facts.coverage;
    for (size_t i = 0; i < c->n; i++) {
        const wd_uncovered *run = &c->runs[i];
        if (run->kind == WD_UNCOVERED_UNEXPLAINED) {
            wd_slice text = wd_arena_printf(
                v->e->arena, "%" PRIu64 " bytes of the package are in no stream (%s).", run->len,
                wd_uncovered_where_name(run->where));
            WD_TRY(wd_emit_rule(v->e, &unowned_rule, (wd_span){.offset = run->at, .len = run->len},
                                text));
        }
    }
    return WD_OK;
}

static wd_status say(const view *v)
{
    const wd_signature_facts *f = &v->facts;
    WD_TRY(observe_file(v));
    WD_TRY(wd_observe_signature(v->e, f));
    if (f->present) {
        WD_TRY(wd_observe_uncovered(v->e, &f->coverage));
        WD_TRY(wd_find_bad_signatures(v->e, f, &v->signatures, v->matches));
        WD_TRY(wd_find_uncovered(v->e, f));
        if (!v->extended && f->primary != NULL) {
            WD_TRY(
                wd_emit_rule(v->e, &names_rule, (wd_span){.offset = f->at, .len = f->len},
                             WD_S("The signature covers the content of the streams but not their "
                                  "names: the extended signature is missing.")));
        }
    } else {
        WD_TRY(find_unowned(v));
    }
    WD_TRY(find_actions(v));
    return wd_emit_notes(v->e, &v->notes);
}

static wd_status read_all(view *v, wd_err *err)
{
    char hex[WD_HEX_MAX];
    const wd_item *item = v->e->item;
    v->facts.at = WD_NO_OFFSET;
    v->notes.arena = v->e->arena;
    if (item->sha256 != NULL) {
        v->facts.sha256 =
            wd_arena_copy(v->e->arena, wd_slice_str(wd_hex(item->sha256, WD_SHA256_LEN, hex)));
    }
    WD_TRY(wd_msi_read(item->data, v->e->arena, &v->notes, &v->msi, err));
    WD_TRY(read_signature(v, err));
    judge(v);
    return read_coverage(v, err);
}

wd_status wd_detect_msi(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                        const wd_sink *sink, wd_err *err)
{
    (void) engine;
    wd_emit e = {.item = item, .arena = arena, .sink = sink, .err = err};
    view *v = WD_NEW(arena, view);
    wd_err failure = {0};
    if (v == NULL) {
        return wd_nomem(err, "msi");
    }
    v->e = &e;
    wd_status status = read_all(v, &failure);
    status = status == WD_OK ? say(v) : wd_emit_failure(&e, status, &failure);
    wd_authenticode_free(&v->signatures);
    return status;
}

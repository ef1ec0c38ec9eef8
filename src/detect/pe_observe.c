#include "detect/pe_finders.h"

#include "core/buf.h"

/* Libraries of both import tables, each once, in order. */
static wd_slice import_names(const wd_pe_view *v)
{
    wd_buf out = {0};
    for (size_t i = 0; i < v->imports.n; i++) {
        wd_slice name = v->imports.libraries[i].name;
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = wd_slice_eq_nocase(v->imports.libraries[k].name, name);
        }
        if (seen || wd_slice_find_byte(name, ' ') != SIZE_MAX) {
            continue;
        }
        if (out.len > 0) {
            wd_buf_byte(&out, ' ');
        }
        wd_buf_add(&out, name);
    }
    wd_slice copy = out.failed ? WD_EMPTY : wd_arena_lower(v->arena, wd_buf_slice(&out));
    wd_buf_free(&out);
    return copy;
}

static wd_status observe_file(const wd_emit *e, const wd_pe_view *v)
{
    wd_obs o = wd_obs_of(WD_OBS_FILE, (wd_span){.len = e->item->data.len}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_NAME, e->item->name);
    wd_obs_set(&o, WD_K_PATH, e->item->path);
    wd_obs_set(&o, WD_K_SIZE, wd_emit_u64(e, e->item->data.len));
    wd_obs_set(&o, WD_K_SHA256, v->sha256);
    wd_obs_set(&o, WD_K_FILE_KIND, WD_S("pe"));
    wd_obs_set(&o, WD_K_ROLE, wd_pe_view_is_library(v) ? WD_S("library") : WD_S("program"));
    wd_obs_set(&o, WD_K_PRODUCT, v->version.product);
    wd_obs_set(&o, WD_K_COMPANY, v->version.company);
    wd_obs_set(&o, WD_K_ORIGINAL_NAME, v->version.original_name);
    wd_obs_set(&o, WD_K_VERSION,
               v->version.product_version.len > 0 ? v->version.product_version
                                                  : v->version.file_version);
    wd_obs_set(&o, WD_K_IMPHASH, v->imphash);
    wd_obs_set(&o, WD_K_IMPORTS, import_names(v));
    wd_obs_set(&o, WD_K_MENTIONS, wd_mentions_of(e->item->data, e->arena));
    return wd_emit_obs(e, &o);
}

static wd_slice status_word(const wd_pe_view *v)
{
    const wd_authenticode *s = wd_pe_view_signature(v);
    if (!v->table.present) {
        return WD_S("none");
    }
    if (s == NULL) {
        return WD_S("unreadable");
    }
    return v->digest != WD_DIGEST_MATCH ? WD_S("altered")
           : !s->signature_ok           ? WD_S("broken")
                                        : WD_S("intact");
}

static wd_slice verdict(const wd_pe_view *v, bool valid)
{
    return !v->table.present ? WD_S("unsigned") : valid ? WD_S("valid") : WD_S("invalid");
}

static void set_signer(const wd_emit *e, const wd_pe_view *v, wd_obs *o)
{
    const wd_authenticode *s = wd_pe_view_signature(v);
    wd_obs_set(o, WD_K_TRUST, wd_slice_str(wd_trust_name(s == NULL ? WD_TRUST_NONE : s->trust)));
    if (s == NULL) {
        return;
    }
    wd_obs_set(o, WD_K_SIGNER, s->signer);
    wd_obs_set(o, WD_K_ISSUER, s->issuer);
    wd_time when = s->stamp.valid ? s->stamp.time : s->claimed_time;
    wd_obs_set(o, WD_K_SIGNED_AT, wd_emit_time(e, when));
    wd_obs_set(o, WD_K_COUNTERSIGNED, s->stamp.valid ? WD_S("true") : WD_S("false"));
}

static wd_status observe_signature(const wd_emit *e, const wd_pe_view *v)
{
    static const char *const digests[] = {"none", "match", "mismatch"};
    uint64_t at = v->table.present ? v->table.at : WD_NO_OFFSET;
    wd_span span = {.offset = at, .len = v->table.present ? v->table.end - v->table.at : 0};
    wd_obs o = wd_obs_of(WD_OBS_SIGNATURE, span, WD_NO_TIME);
    wd_obs_set(&o, WD_K_NAME, e->item->name);
    wd_obs_set(&o, WD_K_PATH, e->item->path);
    wd_obs_set(&o, WD_K_SHA256, v->sha256);
    wd_obs_set(&o, WD_K_SIGNED, v->table.present ? WD_S("true") : WD_S("false"));
    wd_obs_set(&o, WD_K_SIGNATURE_STATUS, status_word(v));
    wd_obs_set(&o, WD_K_DIGEST, wd_slice_str(digests[v->digest]));
    wd_obs_set(&o, WD_K_ALGORITHM, v->digest_name);
    wd_obs_set(&o, WD_K_AUTHENTIHASH, v->authentihash);
    wd_obs_set(&o, WD_K_WINDOWS_DEFAULT, verdict(v, v->windows_default));
    wd_obs_set(&o, WD_K_WINDOWS_STRICT, verdict(v, v->windows_strict));
    wd_obs_set(&o, WD_K_TEXT, v->why);
    set_signer(e, v, &o);
    return wd_emit_obs(e, &o);
}

static wd_status observe_uncovered(const wd_emit *e, const wd_pe_view *v)
{
    for (size_t i = 0; i < v->coverage.n; i++) {
        const wd_uncovered *run = &v->coverage.runs[i];
        wd_obs o =
            wd_obs_of(WD_OBS_UNCOVERED, (wd_span){.offset = run->at, .len = run->len}, WD_NO_TIME);
        wd_obs_set(&o, WD_K_NAME, e->item->name);
        wd_obs_set(&o, WD_K_PATH, e->item->path);
        wd_obs_set(&o, WD_K_SIZE, wd_emit_u64(e, run->len));
        wd_obs_set(&o, WD_K_ENTROPY, wd_arena_printf(e->arena, "%.2f", run->entropy));
        wd_obs_set(&o, WD_K_UNCOVERED_KIND, wd_slice_str(wd_uncovered_kind_name(run->kind)));
        wd_obs_set(&o, WD_K_UNCOVERED_WHERE, wd_slice_str(wd_uncovered_where_name(run->where)));
        wd_obs_set(&o, WD_K_EXCERPT, wd_emit_excerpt(e, run->at, run->len));
        if (run->tag != NULL) {
            wd_obs_set(&o, WD_K_TEXT, wd_slice_str(run->tag));
        }
        WD_TRY(wd_emit_obs(e, &o));
    }
    return WD_OK;
}

/* Bytes behind the last section: under the signature when there is one, so only said for unsigned
 * files. */
static wd_status observe_overlay(const wd_emit *e, const wd_pe_view *v)
{
    if (v->table.present || v->marks.overlay_len == 0) {
        return WD_OK;
    }
    wd_span span = {.offset = v->marks.overlay_at, .len = v->marks.overlay_len};
    wd_obs o = wd_obs_of(WD_OBS_TRAILING, span, WD_NO_TIME);
    wd_obs_set(&o, WD_K_NAME, e->item->name);
    wd_obs_set(&o, WD_K_SIZE, wd_emit_u64(e, span.len));
    wd_obs_set(&o, WD_K_UNCOVERED_WHERE, WD_S("after the last section"));
    wd_obs_set(&o, WD_K_EXCERPT, wd_emit_excerpt(e, span.offset, span.len));
    return wd_emit_obs(e, &o);
}

wd_status wd_pe_observe(const wd_emit *e, const wd_pe_view *v)
{
    WD_TRY(observe_file(e, v));
    WD_TRY(observe_signature(e, v));
    WD_TRY(observe_uncovered(e, v));
    WD_TRY(observe_overlay(e, v));
    return wd_emit_notes(e, &v->notes);
}

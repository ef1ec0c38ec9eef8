#include "detect/scan_line.h"

#include <stdlib.h>

#include "core/hash.h"
#include "core/json.h"
#include "detect/coverage_map.h"

#define COMPONENT "scan_line"

static bool is_kept(wd_obs_kind kind)
{
    switch (kind) {
    case WD_OBS_FILE:
    case WD_OBS_SIGNATURE:
    case WD_OBS_UNCOVERED:
    case WD_OBS_TRAILING:
    case WD_OBS_DAMAGE:
    case WD_OBS_LIMIT: return true;
    case WD_OBS_PROCESS:
    case WD_OBS_IMAGE_LOAD:
    case WD_OBS_FILE_WRITE:
    case WD_OBS_REGISTRY:
    case WD_OBS_LOGON:
    case WD_OBS_SERVICE:
    case WD_OBS_SCRIPT:
    case WD_OBS_LOG_CLEARED:
    case WD_OBS_LOOKUP:
    case WD_OBS_CONTACT:
    case WD_OBS_REQUEST:
    case WD_OBS_ASSET:
    case WD_OBS_COVERAGE:
    case WD_OBS_RULE_PART:
    case WD_OBS_KINDS: return false;
    }
    return false;
}

static wd_status copy_slice(wd_arena *arena, wd_slice *s)
{
    if (s->len > 0) {
        *s = wd_arena_copy(arena, *s);
    }
    return s->len > 0 && s->ptr == NULL ? WD_E_NOMEM : WD_OK;
}

static wd_status record_obs(void *ctx, const wd_obs *o)
{
    wd_scan_recorder *rec = ctx;
    if (rec->engine->stream == WD_STREAM_SCAN && is_kept(o->kind)) {
        WD_TRY(WD_ROOM(rec->arena, rec->obs, rec->n_obs, rec->cap_obs));
        wd_obs *kept = &rec->obs[rec->n_obs];
        *kept = *o;
        for (size_t i = 0; i < kept->n_attrs; i++) {
            WD_TRY(copy_slice(rec->arena, &kept->attrs[i].value));
        }
        rec->n_obs++;
    }
    return rec->real->observation == NULL ? WD_OK : rec->real->observation(rec->real->ctx, o);
}

static wd_status record_finding(void *ctx, const wd_finding *f)
{
    wd_scan_recorder *rec = ctx;
    if (rec->engine->stream == WD_STREAM_SCAN) {
        WD_TRY(WD_ROOM(rec->arena, rec->findings, rec->n_findings, rec->cap_findings));
        wd_finding *kept = &rec->findings[rec->n_findings];
        *kept = *f;
        wd_slice *parts[] = {&kept->rule,       &kept->rule_id, &kept->title,   &kept->sentence,
                             &kept->benign,     &kept->host,    &kept->subject, &kept->excerpt,
                             &kept->techniques, &kept->campaign};
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            WD_TRY(copy_slice(rec->arena, parts[i]));
        }
        rec->n_findings++;
    }
    return rec->real->finding == NULL ? WD_OK : rec->real->finding(rec->real->ctx, f);
}

static wd_status pass_output(void *ctx, wd_slice lines)
{
    wd_scan_recorder *rec = ctx;
    return rec->real->output == NULL ? WD_OK : rec->real->output(rec->real->ctx, lines);
}

void wd_scan_recorder_begin(wd_scan_recorder *rec, const wd_engine *engine, wd_arena *arena,
                            const wd_sink *real)
{
    *rec = (wd_scan_recorder){.engine = engine, .arena = arena, .real = real};
    rec->sink = (wd_sink){rec, record_obs, record_finding, pass_output};
}

/* --- the line ----------------------------------------------------------------------------------
 */

static const wd_obs *first_of(const wd_scan_recorder *rec, wd_obs_kind kind)
{
    for (size_t i = 0; i < rec->n_obs; i++) {
        if (rec->obs[i].kind == kind) {
            return &rec->obs[i];
        }
    }
    return NULL;
}

/* A string where there is one, null otherwise. */
static void member(wd_jw *w, const char *key, wd_slice v)
{
    if (v.len > 0) {
        wd_jw_member_slice(w, key, v);
    } else {
        wd_jw_member_str(w, key, NULL);
    }
}

static unsigned rank_of(wd_slice kind)
{
    for (unsigned k = WD_UNCOVERED_PADDING; k <= WD_UNCOVERED_UNEXPLAINED; k++) {
        if (wd_slice_eq(kind, wd_slice_str(wd_uncovered_kind_name((wd_uncovered_kind) k)))) {
            return k + 1;
        }
    }
    return 0;
}

static void write_run(wd_jw *w, const wd_obs *o)
{
    double entropy = 0;
    (void) wd_slice_to_double(wd_obs_get(o, WD_K_ENTROPY), &entropy);
    wd_jw_object(w);
    wd_jw_member_u64(w, "bytes", o->span.len);
    wd_jw_member_u64(w, "offset", o->span.offset);
    wd_jw_member_double(w, "entropy", entropy, 2);
    member(w, "kind", wd_obs_get(o, WD_K_UNCOVERED_KIND));
    member(w, "where", wd_obs_get(o, WD_K_UNCOVERED_WHERE));
    member(w, "format", wd_obs_get(o, WD_K_TEXT));
    wd_slice excerpt = wd_slice_sub(wd_obs_get(o, WD_K_EXCERPT), 0, 16);
    char hex[33];
    wd_jw_member_str(w, "first_bytes", wd_hex(excerpt.ptr, excerpt.len, hex));
    wd_jw_object_end(w);
}

static void write_uncovered(wd_jw *w, const wd_scan_recorder *rec)
{
    const wd_obs *largest = NULL;
    uint64_t bytes = 0;
    unsigned worst = 0;
    for (size_t i = 0; i < rec->n_obs; i++) {
        const wd_obs *o = &rec->obs[i];
        if (o->kind == WD_OBS_UNCOVERED) {
            unsigned rank = rank_of(wd_obs_get(o, WD_K_UNCOVERED_KIND));
            bytes += o->span.len;
            worst = rank > worst ? rank : worst;
            largest = largest == NULL || o->span.len > largest->span.len ? o : largest;
        }
    }
    double entropy = 0;
    wd_jw_key(w, "uncovered");
    wd_jw_object(w);
    wd_jw_member_u64(w, "bytes", bytes);
    wd_jw_key(w, "offset");
    if (largest != NULL) {
        wd_jw_u64(w, largest->span.offset);
        (void) wd_slice_to_double(wd_obs_get(largest, WD_K_ENTROPY), &entropy);
    } else {
        wd_jw_null(w);
    }
    wd_jw_member_double(w, "entropy", entropy, 2);
    wd_jw_member_str(w, "kind",
                     worst == 0 ? "none" : wd_uncovered_kind_name((wd_uncovered_kind) (worst - 1)));
    wd_jw_object_end(w);
    wd_jw_key(w, "uncovered_runs");
    wd_jw_array(w);
    for (size_t i = 0; i < rec->n_obs; i++) {
        if (rec->obs[i].kind == WD_OBS_UNCOVERED) {
            write_run(w, &rec->obs[i]);
        }
    }
    wd_jw_array_end(w);
}

static void write_signature(wd_jw *w, const wd_scan_recorder *rec)
{
    const wd_obs *o = first_of(rec, WD_OBS_SIGNATURE);
    wd_jw_key(w, "signature");
    if (o == NULL) {
        wd_jw_null(w);
        return;
    }
    wd_jw_object(w);
    wd_jw_member_bool(w, "present", wd_slice_eq(wd_obs_get(o, WD_K_SIGNED), WD_S("true")));
    member(w, "digest", wd_obs_get(o, WD_K_DIGEST));
    member(w, "algorithm", wd_obs_get(o, WD_K_ALGORITHM));
    member(w, "authentihash", wd_obs_get(o, WD_K_AUTHENTIHASH));
    member(w, "signer", wd_obs_get(o, WD_K_SIGNER));
    member(w, "issuer", wd_obs_get(o, WD_K_ISSUER));
    member(w, "signed_at", wd_obs_get(o, WD_K_SIGNED_AT));
    wd_jw_member_bool(w, "countersigned",
                      wd_slice_eq(wd_obs_get(o, WD_K_COUNTERSIGNED), WD_S("true")));
    member(w, "windows_default", wd_obs_get(o, WD_K_WINDOWS_DEFAULT));
    member(w, "windows_strict", wd_obs_get(o, WD_K_WINDOWS_STRICT));
    member(w, "trust", wd_obs_get(o, WD_K_TRUST));
    member(w, "why", wd_obs_get(o, WD_K_TEXT));
    write_uncovered(w, rec);
    wd_jw_object_end(w);
}

/* Names from the first FILE observation that has each: the generic one knows the hash, the one of
 * the kind's own detector the version. */
static void write_file(wd_jw *w, const wd_scan_recorder *rec)
{
    static const wd_key keys[] = {WD_K_PRODUCT,       WD_K_COMPANY, WD_K_VERSION,
                                  WD_K_ORIGINAL_NAME, WD_K_IMPHASH, WD_K_IMPORTS};
    wd_jw_key(w, "file");
    wd_jw_object(w);
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        wd_slice v = {0};
        for (size_t i = 0; i < rec->n_obs && v.len == 0; i++) {
            if (rec->obs[i].kind == WD_OBS_FILE) {
                v = wd_obs_get(&rec->obs[i], keys[k]);
            }
        }
        if (v.len > 0) {
            wd_jw_member_slice(w, wd_key_name(keys[k]), v);
        }
    }
    wd_jw_object_end(w);
}

static void write_place(wd_jw *w, wd_span span)
{
    wd_jw_key(w, "offset");
    if (span.offset == WD_NO_OFFSET) {
        wd_jw_null(w);
    } else {
        wd_jw_u64(w, span.offset);
    }
    wd_jw_member_u64(w, "bytes", span.len);
}

static void write_techniques(wd_jw *w, wd_slice techniques)
{
    wd_slice one;
    wd_jw_key(w, "techniques");
    wd_jw_array(w);
    while (wd_slice_split(&techniques, ' ', &one)) {
        if (one.len > 0) {
            wd_jw_slice(w, one);
        }
    }
    wd_jw_array_end(w);
}

static void write_findings(wd_jw *w, const wd_scan_recorder *rec)
{
    wd_jw_key(w, "findings");
    wd_jw_array(w);
    for (size_t i = 0; i < rec->n_findings; i++) {
        const wd_finding *f = &rec->findings[i];
        wd_jw_object(w);
        wd_jw_member_slice(w, "rule", f->rule);
        wd_jw_member_slice(w, "title", f->title);
        wd_jw_member_str(w, "severity", wd_severity_name(f->severity));
        wd_jw_member_str(w, "basis", wd_basis_name(f->basis));
        wd_jw_member_slice(w, "sentence", f->sentence);
        member(w, "benign", f->benign);
        write_techniques(w, f->techniques);
        member(w, "subject", f->subject);
        write_place(w, f->span);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void write_remarks(wd_jw *w, const wd_scan_recorder *rec)
{
    wd_jw_key(w, "remarks");
    wd_jw_array(w);
    for (size_t i = 0; i < rec->n_obs; i++) {
        const wd_obs *o = &rec->obs[i];
        bool trailing = o->kind == WD_OBS_TRAILING;
        if (o->kind == WD_OBS_DAMAGE || o->kind == WD_OBS_LIMIT || trailing) {
            wd_jw_object(w);
            wd_jw_member_str(w, "kind", wd_obs_kind_name(o->kind));
            member(w, "text", wd_obs_get(o, trailing ? WD_K_UNCOVERED_WHERE : WD_K_TEXT));
            write_place(w, o->span);
            wd_jw_object_end(w);
        }
    }
    wd_jw_array_end(w);
}

static void write_identity(wd_jw *w, const wd_item *item, wd_slice kind)
{
    /* `path` is what was given on the command line, `member` the way from there into containers. */
    wd_slice mark = WD_S(" > ");
    size_t split = wd_slice_find(item->path, mark);
    wd_jw_member_slice(w, "path", wd_slice_sub(item->path, 0, split));
    member(w, "member",
           split == SIZE_MAX ? WD_EMPTY
                             : wd_slice_sub(item->path, split + mark.len, item->path.len));
    wd_jw_member_u64(w, "size", item->data.len);
    char hex[2 * WD_SHA256_LEN + 1];
    wd_jw_member_str(w, "sha256",
                     item->sha256 == NULL ? NULL : wd_hex(item->sha256, WD_SHA256_LEN, hex));
    wd_jw_member_slice(w, "kind", kind);
}

wd_status wd_scan_recorder_end(wd_scan_recorder *rec, const wd_item *item, wd_slice kind,
                               wd_err *err)
{
    if (rec->engine->stream != WD_STREAM_SCAN || rec->real->output == NULL) {
        return WD_OK;
    }
    wd_buf line = {0};
    wd_jw w = wd_jw_init(&line, 0);
    wd_jw_object(&w);
    write_identity(&w, item, kind);
    write_signature(&w, rec);
    write_file(&w, rec);
    write_findings(&w, rec);
    write_remarks(&w, rec);
    wd_jw_object_end(&w);
    wd_buf_byte(&line, '\n');
    wd_status status = line.failed ? wd_nomem(err, COMPONENT)
                                   : rec->real->output(rec->real->ctx, wd_buf_slice(&line));
    wd_buf_free(&line);
    return status;
}

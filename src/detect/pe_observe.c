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
    wd_obs_set(&o, WD_K_SHA256, v->facts.sha256);
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
    WD_TRY(wd_observe_signature(e, &v->facts));
    WD_TRY(wd_observe_uncovered(e, &v->facts.coverage));
    WD_TRY(observe_overlay(e, v));
    return wd_emit_notes(e, &v->notes);
}

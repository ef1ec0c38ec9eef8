#include "detect/emit.h"

#include <inttypes.h>

#include "core/limits.h"

wd_slice wd_emit_excerpt(const wd_emit *e, uint64_t offset, uint64_t len)
{
    if (offset == WD_NO_OFFSET || offset >= e->item->data.len) {
        return (wd_slice){0};
    }
    return wd_slice_sub(e->item->data, offset, len < WD_MAX_EXCERPT ? len : WD_MAX_EXCERPT);
}

wd_finding wd_finding_of(const wd_emit *e, const wd_rule *rule, wd_span span, wd_slice sentence)
{
    return (wd_finding){
        .rule = wd_slice_str(rule->name),
        .title = wd_slice_str(rule->title),
        .sentence = sentence,
        .benign = wd_slice_str(rule->benign),
        .techniques = wd_slice_str(rule->techniques),
        .subject = e->item->name,
        .excerpt = wd_emit_excerpt(e, span.offset, span.len),
        .severity = rule->severity,
        .basis = WD_SEEN,
        .tier = -1,
        .time = WD_NO_TIME,
        .span = span,
    };
}

wd_status wd_emit_finding(const wd_emit *e, const wd_finding *f)
{
    if (f->sentence.ptr == NULL) {
        return wd_nomem(e->err, "emit");
    }
    return e->sink->finding == NULL ? WD_OK : e->sink->finding(e->sink->ctx, f);
}

wd_status wd_emit_rule(const wd_emit *e, const wd_rule *rule, wd_span span, wd_slice sentence)
{
    wd_finding f = wd_finding_of(e, rule, span, sentence);
    return wd_emit_finding(e, &f);
}

wd_status wd_emit_obs(const wd_emit *e, const wd_obs *o)
{
    return e->sink->observation == NULL ? WD_OK : e->sink->observation(e->sink->ctx, o);
}

static wd_status emit_text(const wd_emit *e, wd_obs_kind kind, wd_span span, wd_slice text)
{
    wd_obs o = wd_obs_of(kind, span, WD_NO_TIME);
    wd_obs_set(&o, WD_K_NAME, e->item->name);
    wd_obs_set(&o, WD_K_TEXT, text);
    return wd_emit_obs(e, &o);
}

wd_status wd_emit_notes(const wd_emit *e, const wd_notes *notes)
{
    for (size_t i = 0; i < notes->n; i++) {
        const wd_note *n = &notes->items[i];
        wd_span span = {.offset = n->offset, .len = n->len};
        WD_TRY(emit_text(e, n->limit ? WD_OBS_LIMIT : WD_OBS_DAMAGE, span, n->text));
    }
    if (notes->dropped > 0) {
        wd_slice text = wd_arena_printf(e->arena, "%zu further remarks left out", notes->dropped);
        return emit_text(e, WD_OBS_LIMIT, (wd_span){.offset = WD_NO_OFFSET}, text);
    }
    return WD_OK;
}

wd_status wd_emit_failure(const wd_emit *e, wd_status status, const wd_err *failure)
{
    if (status != WD_E_MALFORMED && status != WD_E_TRUNCATED && status != WD_E_UNSUPPORTED &&
        status != WD_E_LIMIT) {
        return wd_fail(e->err, status, failure->offset, failure->component, "%s", failure->text);
    }
    wd_slice text = wd_arena_copy(e->arena, wd_slice_str(failure->text));
    wd_span span = {.offset = failure->offset};
    return emit_text(e, status == WD_E_LIMIT ? WD_OBS_LIMIT : WD_OBS_DAMAGE, span, text);
}

wd_slice wd_emit_u64(const wd_emit *e, uint64_t v)
{
    return wd_arena_printf(e->arena, "%" PRIu64, v);
}

wd_slice wd_emit_time(const wd_emit *e, wd_time t)
{
    char text[WD_TIME_TEXT];
    return t == WD_NO_TIME ? WD_EMPTY
                           : wd_arena_copy(e->arena, wd_slice_str(wd_time_format_seconds(t, text)));
}

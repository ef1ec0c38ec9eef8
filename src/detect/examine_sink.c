#include <string.h>

#include "core/hash.h"
#include "core/limits.h"
#include "detect/examine_priv.h"
#include "detect/indicators.h"

enum { FLUSH_AT = 1 << 16, SCRATCH_KEPT = 1 << 20 };

static wd_status put_obs(wd_frame *f, const wd_obs *o)
{
    wd_session *s = f->session;
    wd_wire_put_obs(&s->out->buf, f->report.member, o);
    WD_TRY(wd_outbox_flush(s->out, FLUSH_AT));
    if (s->engine->knowledge == NULL) {
        return WD_OK;
    }
    if (wd_arena_used(s->scratch) > SCRATCH_KEPT) {
        wd_arena_reset(s->scratch);
    }
    return wd_detect_indicators(s->engine, o, &f->item, s->scratch, &f->sink, &s->err);
}

/* The first damage or limit says why the member is partial. */
static void lower_status(wd_frame *f, const wd_obs *o)
{
    if (f->report.status == WD_ITEM_EXAMINED) {
        f->report.status = WD_ITEM_PARTIAL;
        f->report.why = wd_arena_copy(f->session->arena, wd_obs_get(o, WD_K_TEXT));
    }
}

/* The detector's "file" observation and what is known of every item become one. */
static wd_status put_identity(wd_frame *f, const wd_obs *o)
{
    wd_obs *whole = f->identity;
    wd_obs own = *whole;
    f->identity = NULL;
    *whole = *o;
    for (size_t i = 0; i < own.n_attrs; i++) {
        wd_obs_set(whole, own.attrs[i].key, own.attrs[i].value);
    }
    return put_obs(f, whole);
}

static wd_status on_observation(void *ctx, const wd_obs *o)
{
    wd_frame *f = ctx;
    if (o->kind == WD_OBS_DAMAGE || o->kind == WD_OBS_LIMIT) {
        lower_status(f, o);
    } else if (o->kind != WD_OBS_FILE) {
        f->found_something = true;
    }
    if (!f->tells) {
        return WD_OK;
    }
    if (o->kind == WD_OBS_FILE && f->identity != NULL) {
        return put_identity(f, o);
    }
    return put_obs(f, o);
}

/* How often a rule has hit here, this time included; 0 when memory ran out. */
static uint64_t count_rule(wd_frame *f, wd_slice rule)
{
    bool added = false;
    uintptr_t *at = NULL;
    if (f->rules.arena == NULL) {
        f->rules.arena = f->arena;
    }
    at = wd_map_find(&f->rules, rule);
    if (at == NULL) {
        wd_slice copy = wd_arena_copy(f->arena, rule);
        if (copy.ptr == NULL || WD_ROOM(f->arena, f->counts, f->n_counts, f->cap_counts) != WD_OK) {
            return 0;
        }
        at = wd_map_put(&f->rules, copy, &added);
        if (at == NULL) {
            return 0;
        }
        f->counts[f->n_counts] = (wd_rule_count){copy, 0};
        *at = ++f->n_counts;
    }
    return ++f->counts[*at - 1].n;
}

static wd_status on_finding(void *ctx, const wd_finding *finding)
{
    wd_frame *f = ctx;
    f->found_something = true;
    if (!f->tells) {
        return WD_OK;
    }
    uint64_t n = count_rule(f, finding->rule);
    if (n == 0) {
        return WD_E_NOMEM;
    }
    if (n > WD_MAX_FINDINGS_PER_RULE) {
        return WD_OK;
    }
    wd_wire_put_finding(&f->session->out->buf, f->report.member, finding);
    return wd_outbox_flush(f->session->out, FLUSH_AT);
}

static wd_status on_output(void *ctx, wd_slice lines)
{
    wd_frame *f = ctx;
    f->found_something = true;
    if (!f->tells) {
        return WD_OK;
    }
    wd_wire_put_output(&f->session->out->buf, lines);
    return wd_outbox_flush(f->session->out, FLUSH_AT);
}

void wd_frame_init_sink(wd_frame *f)
{
    f->direct = (wd_sink){
        .ctx = f, .observation = on_observation, .finding = on_finding, .output = on_output};
    f->sink = f->direct;
    if (f->session->engine->stream == WD_STREAM_SCAN) {
        wd_scan_recorder_begin(&f->recorder, f->session->engine, f->arena, &f->direct);
        f->sink = f->recorder.sink;
    }
}

wd_status wd_frame_note(wd_frame *f, wd_obs_kind kind, uint64_t offset, wd_slice text)
{
    wd_obs o = wd_obs_of(kind, (wd_span){offset, 0, 0}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_TEXT, text);
    return f->sink.observation(f->sink.ctx, &o);
}

static wd_slice hex_of(wd_frame *f, wd_hash_kind kind)
{
    uint8_t digest[WD_SHA256_LEN];
    char text[WD_HEX_MAX];
    if (!wd_hash(kind, f->item.data, digest)) {
        return (wd_slice){0};
    }
    return wd_arena_copy(f->arena, wd_slice_str(wd_hex(digest, wd_hash_len(kind), text)));
}

/* Logs and captures: nobody publishes the MD5 of one, and they are the largest items. */
static bool holds_records(wd_kind kind)
{
    return kind >= WD_KIND_EVTX && kind <= WD_KIND_ASSETS;
}

wd_status wd_frame_identity(wd_frame *f, bool detector_makes_one)
{
    char sha256[WD_HEX_MAX];
    wd_obs *o = WD_NEW(f->arena, wd_obs);
    if (o == NULL) {
        return WD_E_NOMEM;
    }
    *o = wd_obs_of(WD_OBS_FILE, (wd_span){0, f->item.data.len, 0}, WD_NO_TIME);
    wd_obs_set(o, WD_K_NAME, f->item.name);
    wd_obs_set(o, WD_K_PATH, f->path);
    wd_obs_set(o, WD_K_SIZE,
               wd_arena_printf(f->arena, "%llu", (unsigned long long) f->item.data.len));
    wd_hex(f->report.sha256, WD_SHA256_LEN, sha256);
    wd_obs_set(o, WD_K_SHA256, wd_arena_copy(f->arena, wd_slice_str(sha256)));
    if (!holds_records(f->kind)) {
        wd_obs_set(o, WD_K_SHA1, hex_of(f, WD_SHA1));
        wd_obs_set(o, WD_K_MD5, hex_of(f, WD_MD5));
    }
    wd_obs_set(o, WD_K_FILE_KIND, f->report.kind);
    if (f->item.data.len <= WD_MAX_EXCERPT) {
        wd_obs_set(o, WD_K_EXCERPT, f->item.data);
    }
    f->identity = o;
    return detector_makes_one ? WD_OK : wd_frame_send_identity(f);
}

wd_status wd_frame_send_identity(wd_frame *f)
{
    const wd_obs *o = f->identity;
    f->identity = NULL;
    return o == NULL || !f->tells ? WD_OK : f->sink.observation(f->sink.ctx, o);
}

wd_status wd_frame_end_sink(wd_frame *f)
{
    for (size_t i = 0; i < f->n_counts; i++) {
        uint64_t n = f->counts[i].n;
        if (n > WD_MAX_FINDINGS_PER_RULE) {
            wd_slice text =
                wd_arena_printf(f->arena, "%.*s: %llu more findings, not listed",
                                (int) f->counts[i].rule.len, (const char *) f->counts[i].rule.ptr,
                                (unsigned long long) (n - WD_MAX_FINDINGS_PER_RULE));
            wd_obs o = wd_obs_of(WD_OBS_LIMIT, (wd_span){WD_NO_OFFSET, 0, 0}, WD_NO_TIME);
            o.count = n - WD_MAX_FINDINGS_PER_RULE;
            wd_obs_set(&o, WD_K_TEXT, text);
            WD_TRY(put_obs(f, &o)); /* the member was read whole all the same */
        }
    }
    if (f->session->engine->stream == WD_STREAM_SCAN && f->tells) {
        return wd_scan_recorder_end(&f->recorder, &f->item, f->report.kind, &f->session->err);
    }
    return WD_OK;
}

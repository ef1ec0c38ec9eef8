#include "detect/host_logs.h"

#include <string.h>

#include "core/buf.h"
#include "core/limits.h"
#include "detect/event_facts.h"
#include "detect/event_lines.h"
#include "detect/log_findings.h"
#include "detect/sigma.h"
#include "formats/auditd.h"
#include "formats/eventjson.h"
#include "formats/eventxml.h"
#include "formats/evtx.h"

enum { FLUSH_AT = 1 << 16, ASKED = 256, CHANNEL_NAME = 120 };

/* Whether some rule reads records of a channel and id: asked for every record, so kept. Names are
 * compared whole: a log must not be able to talk itself out of a rule by a name of the same hash.
 */
typedef struct asked {
    uint8_t channel[CHANNEL_NAME];
    size_t len; /* 0: free */
    uint32_t event_id;
    bool covered;
} asked;

/* One item on its way from a reader to facts, rules and lines. */
typedef struct run {
    const wd_engine *engine;
    const wd_item *item;
    const wd_sink *sink;
    wd_err *err;
    wd_event_facts *facts; /* NULL in the stream modes */
    wd_sigma_run *rules;   /* NULL without rules */
    wd_arena *scratch;
    wd_buf lines;
    asked *asked; /* ASKED of them, NULL without rules */
} run;

static wd_status flush(run *r, size_t at_least)
{
    if (r->lines.failed) {
        return wd_nomem(r->err, "events");
    }
    if (r->lines.len == 0 || r->lines.len < at_least || r->sink->output == NULL) {
        return WD_OK;
    }
    wd_status status = r->sink->output(r->sink->ctx, wd_buf_slice(&r->lines));
    wd_buf_clear(&r->lines);
    return status;
}

static wd_status on_hit(void *ctx, const wd_sigma_rule *rule, const wd_event *e)
{
    run *r = ctx;
    if (!rule->alerts) {
        return WD_OK;
    }
    if (r->engine->stream == WD_STREAM_HITS) {
        wd_event_hit_line(&r->lines, r->item->path, rule, e);
        WD_TRY(flush(r, FLUSH_AT));
    }
    wd_finding f = wd_sigma_finding(rule, e);
    return r->sink->finding == NULL ? WD_OK : r->sink->finding(r->sink->ctx, &f);
}

/* The one place where records meet rules. */
static wd_status try_rules(run *r, const wd_event *e)
{
    wd_sigma_hits hits = {.ctx = r, .hit = on_hit};
    return r->rules == NULL ? WD_OK : wd_sigma_event(r->rules, e, &hits);
}

static bool in_time(const run *r, wd_time t)
{
    bool early = r->engine->since != WD_NO_TIME && t < r->engine->since;
    bool late = r->engine->until != WD_NO_TIME && t > r->engine->until;
    return t == WD_NO_TIME || (!early && !late);
}

static wd_status on_event(void *ctx, const wd_event *e)
{
    run *r = ctx;
    if (!in_time(r, e->time)) {
        return WD_OK;
    }
    if (r->engine->stream == WD_STREAM_RECORDS) {
        wd_event_record_line(&r->lines, r->item->path, e);
        return flush(r, FLUSH_AT);
    }
    if (r->facts != NULL) {
        WD_TRY(wd_event_facts_add(r->facts, e));
        if (wd_arena_used(r->scratch) > 0) {
            wd_arena_reset(r->scratch);
        }
        WD_TRY(wd_log_finding(e, r->scratch, r->sink));
    }
    return try_rules(r, e);
}

static wd_status on_damage(void *ctx, wd_span span, wd_slice text)
{
    run *r = ctx;
    wd_obs o = wd_obs_of(WD_OBS_DAMAGE, span, WD_NO_TIME);
    wd_obs_set(&o, WD_K_TEXT, text);
    return r->sink->observation == NULL ? WD_OK : r->sink->observation(r->sink->ctx, &o);
}

static bool rules_read(run *r, wd_slice channel, uint32_t event_id)
{
    if (channel.len > CHANNEL_NAME) {
        return wd_sigma_covers(r->engine->sigma, channel, event_id);
    }
    uint64_t hash = (wd_slice_hash(channel) ^ event_id) * UINT64_C(0x9e3779b97f4a7c15);
    asked *a = &r->asked[hash >> 56];
    if (a->event_id != event_id || !wd_slice_eq(wd_slice_of(a->channel, a->len), channel)) {
        memcpy(a->channel, channel.ptr, channel.len);
        a->len = channel.len;
        a->event_id = event_id;
        a->covered = wd_sigma_covers(r->engine->sigma, channel, event_id);
    }
    return a->covered;
}

/* Records that neither facts nor rules read are counted, not decoded. */
static bool wants(void *ctx, wd_slice channel, uint32_t event_id)
{
    run *r = ctx;
    if (channel.len == 0 || (r->rules != NULL && rules_read(r, channel, event_id))) {
        return true;
    }
    return r->facts != NULL && (event_id == 25 || wd_event_facts_wants(channel, event_id));
}

static wd_status begin(run *r, wd_arena *arena)
{
    bool lines_only = r->engine->stream == WD_STREAM_RECORDS;
    if (!lines_only && r->engine->stream != WD_STREAM_HITS) {
        r->facts = wd_event_facts_new(arena, r->sink);
        if (r->facts == NULL) {
            return wd_nomem(r->err, "events");
        }
    }
    r->scratch = wd_arena_new(WD_MAX_WIRE_RECORD);
    if (r->scratch == NULL) {
        return wd_nomem(r->err, "events");
    }
    if (r->engine->sigma == NULL || lines_only) {
        return WD_OK;
    }
    r->asked = WD_ARRAY(arena, ASKED, asked);
    return r->asked == NULL ? wd_nomem(r->err, "events")
                            : wd_sigma_run_new(&r->rules, r->engine->sigma, r->err);
}

static wd_status end(run *r, const wd_event_sources *sources)
{
    WD_TRY(flush(r, 0));
    if (sources->full) {
        wd_obs o = wd_obs_of(WD_OBS_LIMIT, (wd_span){WD_NO_OFFSET, 0, 0}, WD_NO_TIME);
        wd_obs_set(&o, WD_K_TEXT, WD_S("more channels and hosts than are counted in one log"));
        WD_TRY(r->sink->observation == NULL ? WD_OK : r->sink->observation(r->sink->ctx, &o));
    }
    return r->facts == NULL ? WD_OK : wd_event_facts_end(r->facts, sources);
}

static void clear(run *r)
{
    wd_event_facts_free(r->facts);
    wd_sigma_run_free(r->rules);
    wd_arena_free(r->scratch);
    wd_buf_free(&r->lines);
}

static wd_event_sink sink_of(run *r)
{
    bool all = r->engine->stream == WD_STREAM_RECORDS;
    return (wd_event_sink){r, on_event, on_damage, all ? NULL : wants};
}

static wd_status run_evtx(run *r, wd_arena *arena)
{
    wd_evtx_stats stats;
    wd_event_sink sink = sink_of(r);
    WD_TRY(wd_evtx_read(r->item->data, 0, arena, &sink, &stats, r->err));
    if (r->facts != NULL) {
        WD_TRY(wd_log_findings(&stats, arena, r->sink));
    }
    return end(r, &stats.sources);
}

wd_status wd_detect_evtx(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                         const wd_sink *sink, wd_err *err)
{
    run r = {.engine = engine, .item = item, .sink = sink, .err = err};
    wd_status status = begin(&r, arena);
    if (status == WD_OK) {
        status = run_evtx(&r, arena);
    }
    clear(&r);
    return status;
}

typedef wd_status (*text_reader)(wd_slice file, uint64_t base, wd_arena *arena,
                                 const wd_event_sink *sink, wd_event_stats *stats, wd_err *err);

static wd_status run_text(run *r, text_reader read, wd_arena *arena)
{
    wd_event_stats stats;
    WD_TRY(begin(r, arena));
    wd_event_sink sink = sink_of(r);
    WD_TRY(read(r->item->data, 0, arena, &sink, &stats, r->err));
    return end(r, &stats.sources);
}

static wd_status detect_text(run r, text_reader read, wd_arena *arena)
{
    wd_status status = run_text(&r, read, arena);
    clear(&r);
    return status;
}

wd_status wd_detect_eventjson(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                              const wd_sink *sink, wd_err *err)
{
    run r = {.engine = engine, .item = item, .sink = sink, .err = err};
    return detect_text(r, wd_eventjson_read, arena);
}

wd_status wd_detect_eventxml(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                             const wd_sink *sink, wd_err *err)
{
    run r = {.engine = engine, .item = item, .sink = sink, .err = err};
    return detect_text(r, wd_eventxml_read, arena);
}

wd_status wd_detect_auditd(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                           const wd_sink *sink, wd_err *err)
{
    run r = {.engine = engine, .item = item, .sink = sink, .err = err};
    return detect_text(r, wd_auditd_read, arena);
}

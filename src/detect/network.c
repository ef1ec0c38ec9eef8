#include "detect/network.h"

#include "detect/traffic_facts.h"
#include "detect/traffic_sums.h"
#include "formats/capture_facts.h"
#include "formats/eve.h"
#include "formats/log_lines.h"
#include "formats/zeek.h"

/* The readers are all of one shape; only the kind of item differs. */
typedef struct job {
    wd_status (*read)(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                      wd_net_totals *totals, wd_err *err);
    const char *channel; /* how coverage names the source */
    const wd_engine *engine;
    const wd_item *item;
    wd_arena *arena;
    const wd_sink *sink;
} job;

static wd_status note(const wd_sink *sink, wd_obs_kind kind, wd_span span, wd_slice text)
{
    wd_obs o = wd_obs_of(kind, span, WD_NO_TIME);
    wd_obs_set(&o, WD_K_TEXT, text);
    return sink->observation == NULL ? WD_OK : sink->observation(sink->ctx, &o);
}

/* Facts are counted by one receiver and damage is told by another: both hang on this. */
typedef struct counting {
    wd_net_sink facts;
    const wd_sink *sink;
} counting;

static wd_status count_dns(void *ctx, const wd_net_dns *d)
{
    counting *c = ctx;
    return c->facts.dns(c->facts.ctx, d);
}

static wd_status count_tls(void *ctx, const wd_net_tls *t)
{
    counting *c = ctx;
    return c->facts.tls(c->facts.ctx, t);
}

static wd_status count_http(void *ctx, const wd_net_http *h)
{
    counting *c = ctx;
    return c->facts.http(c->facts.ctx, h);
}

static wd_status count_damage(void *ctx, wd_span span, wd_slice text)
{
    return note(((counting *) ctx)->sink, WD_OBS_DAMAGE, span, text);
}

static wd_status count_limit(void *ctx, wd_span span, wd_slice text)
{
    return note(((counting *) ctx)->sink, WD_OBS_LIMIT, span, text);
}

static wd_status count_facts(const job *j, wd_err *err)
{
    wd_net_totals totals;
    wd_traffic_facts *f = wd_traffic_facts_new(j->arena);
    if (f == NULL) {
        return wd_nomem(err, "traffic");
    }
    counting c = {wd_traffic_facts_sink(f), j->sink};
    wd_net_sink to = {.ctx = &c,
                      .dns = count_dns,
                      .tls = count_tls,
                      .http = count_http,
                      .damage = count_damage,
                      .limit = count_limit};
    wd_status s = j->read(j->item->data, j->arena, &to, &totals, err);
    wd_status w = wd_traffic_facts_write(f, j->item->path, s == WD_OK ? j->sink : NULL, err);
    return s != WD_OK ? s : w;
}

static wd_status examine(const job *j, wd_err *err)
{
    wd_net_totals totals;
    if (j->engine != NULL && j->engine->stream == WD_STREAM_FACTS) {
        return count_facts(j, err);
    }
    wd_traffic_sums *sums = wd_traffic_sums_new(j->engine, j->sink);
    if (sums == NULL) {
        return wd_nomem(err, "traffic");
    }
    wd_net_sink to = wd_traffic_sums_sink(sums);
    wd_status s = j->read(j->item->data, j->arena, &to, &totals, err);
    if (s == WD_OK) {
        s = wd_traffic_sums_finish(sums, wd_slice_str(j->channel), &totals, err);
    }
    wd_traffic_sums_free(sums);
    return s;
}

wd_status wd_detect_capture(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                            const wd_sink *sink, wd_err *err)
{
    job j = {wd_capture_facts, "capture", engine, item, arena, sink};
    return examine(&j, err);
}

wd_status wd_detect_zeek(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                         const wd_sink *sink, wd_err *err)
{
    job j = {wd_zeek_facts, "zeek", engine, item, arena, sink};
    return examine(&j, err);
}

wd_status wd_detect_eve(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                        const wd_sink *sink, wd_err *err)
{
    job j = {wd_eve_facts, "suricata", engine, item, arena, sink};
    return examine(&j, err);
}

wd_status wd_detect_dnslog(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                           const wd_sink *sink, wd_err *err)
{
    job j = {wd_dnslog_facts, "dns log", engine, item, arena, sink};
    return examine(&j, err);
}

wd_status wd_detect_proxylog(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                             const wd_sink *sink, wd_err *err)
{
    job j = {wd_proxylog_facts, "proxy log", engine, item, arena, sink};
    return examine(&j, err);
}

#include "detect/traffic_sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "detect/traffic_sums_priv.h"

#define SUMS_ARENA (UINT64_C(768) << 20)
/* Summing starts anew here: strings and sums of about a million different things. */
#define SUMS_FULL (UINT64_C(256) << 20)

wd_traffic_sums *wd_traffic_sums_new(const wd_engine *engine, const wd_sink *sink)
{
    wd_arena *arena = wd_arena_new(SUMS_ARENA);
    wd_arena *own = wd_arena_new(4U << 20);
    wd_traffic_sums *s = arena == NULL || own == NULL ? NULL : WD_NEW(own, wd_traffic_sums);
    if (s == NULL) {
        wd_arena_free(arena);
        wd_arena_free(own);
        return NULL;
    }
    s->arena = arena;
    s->own = own;
    s->engine = engine;
    s->sink = sink;
    wd_sums_reset(s);
    return s;
}

void wd_traffic_sums_free(wd_traffic_sums *s)
{
    if (s != NULL) {
        wd_arena_free(s->arena);
        wd_arena_free(s->own); /* holds *s itself */
    }
}

void wd_sums_reset(wd_traffic_sums *s)
{
    wd_arena_reset(s->arena);
    s->strings = (wd_map){.arena = s->arena};
    s->text = NULL;
    s->pieces = (wd_table){.map.arena = s->arena};
    s->lookups = (wd_table){.map.arena = s->arena};
    s->requests = (wd_table){.map.arena = s->arena};
    s->free_nodes = NULL;
    s->n_free = 0;
    s->n_moments = 0;
    s->n_text = s->cap_text = 0;
    memset(s->recent, 0, sizeof s->recent);
}

uint32_t wd_sums_intern(wd_traffic_sums *s, wd_slice text)
{
    if (text.len == 0) {
        return 0;
    }
    uintptr_t *at = wd_map_find(&s->strings, text);
    if (at != NULL) {
        return (uint32_t) *at;
    }
    wd_slice kept = wd_arena_copy(s->arena, text);
    if (kept.ptr == NULL || WD_ROOM(s->arena, s->text, s->n_text, s->cap_text) != WD_OK ||
        (at = wd_map_put(&s->strings, kept, NULL)) == NULL) {
        s->failed = true;
        return 0;
    }
    s->text[s->n_text++] = kept;
    *at = s->n_text;
    return (uint32_t) s->n_text;
}

void *wd_sums_entry(wd_traffic_sums *s, wd_table *t, const void *key, size_t key_len, size_t size)
{
    uintptr_t *at = wd_map_find(&t->map, wd_slice_of(key, key_len));
    if (at != NULL) {
        return (void *) *at; /* NOLINT: the map holds pointers as numbers */
    }
    wd_entry *e = wd_arena_alloc(s->arena, size);
    if (e == NULL || WD_ROOM(s->arena, t->list, t->n, t->cap) != WD_OK) {
        s->failed = true;
        return NULL;
    }
    memcpy(e->key, key, key_len);
    at = wd_map_put(&t->map, wd_slice_of(e->key, key_len), NULL);
    if (at == NULL) {
        s->failed = true;
        return NULL;
    }
    *at = (uintptr_t) e;
    t->list[t->n++] = e;
    return e;
}

wd_node *wd_sums_node(wd_traffic_sums *s)
{
    if (s->n_free == 0) {
        s->free_nodes = WD_ARRAY(s->arena, WD_NODES_PER_BLOCK, wd_node);
        s->n_free = s->free_nodes == NULL ? 0 : WD_NODES_PER_BLOCK;
        if (s->n_free == 0) {
            s->failed = true;
            return NULL;
        }
    }
    s->n_moments++;
    return &s->free_nodes[--s->n_free];
}

bool wd_sums_wanted(const wd_traffic_sums *s, wd_time t)
{
    const wd_engine *e = s->engine;
    return e == NULL || t == WD_NO_TIME ||
           ((e->since == WD_NO_TIME || t >= e->since) && (e->until == WD_NO_TIME || t <= e->until));
}

wd_status wd_sums_after(wd_traffic_sums *s)
{
    if (s->failed) {
        return WD_E_NOMEM;
    }
    if (s->n_moments < WD_MAX_MOMENTS && wd_arena_used(s->arena) < SUMS_FULL) {
        return WD_OK;
    }
    WD_TRY(wd_sums_give(s));
    wd_sums_reset(s);
    return WD_OK;
}

static wd_status on_damage(void *ctx, wd_span span, wd_slice text)
{
    wd_traffic_sums *s = ctx;
    wd_obs o = wd_obs_of(WD_OBS_DAMAGE, span, WD_NO_TIME);
    wd_obs_set(&o, WD_K_TEXT, text);
    return s->sink->observation(s->sink->ctx, &o);
}

static wd_status on_limit(void *ctx, wd_span span, wd_slice text)
{
    wd_traffic_sums *s = ctx;
    wd_obs o = wd_obs_of(WD_OBS_LIMIT, span, WD_NO_TIME);
    wd_obs_set(&o, WD_K_TEXT, text);
    return s->sink->observation(s->sink->ctx, &o);
}

wd_net_sink wd_traffic_sums_sink(wd_traffic_sums *s)
{
    return (wd_net_sink){.ctx = s,
                         .flow = wd_sums_flow,
                         .dns = wd_sums_dns,
                         .tls = wd_sums_tls,
                         .http = wd_sums_http,
                         .damage = on_damage,
                         .limit = on_limit};
}

static wd_status give_coverage(wd_traffic_sums *s, wd_slice channel, const wd_net_totals *totals)
{
    wd_obs o = wd_obs_of(WD_OBS_COVERAGE, (wd_span){WD_NO_OFFSET, 0, 0}, totals->first);
    o.time_end = totals->last;
    o.count = totals->records;
    wd_obs_set(&o, WD_K_CHANNEL, channel);
    wd_obs_set(&o, WD_K_SENSOR, WD_S("network"));
    wd_obs_set(&o, WD_K_SIZE,
               wd_arena_printf(s->arena, "%llu", (unsigned long long) totals->bytes));
    wd_obs_set(&o, WD_K_TEXT, wd_sums_blindness(s, totals, s->arena));
    return totals->records == 0 ? WD_OK : s->sink->observation(s->sink->ctx, &o);
}

wd_status wd_traffic_sums_finish(wd_traffic_sums *s, wd_slice channel, const wd_net_totals *totals,
                                 wd_err *err)
{
    wd_status r = wd_sums_give(s);
    if (r == WD_E_NOMEM) {
        return wd_nomem(err, "traffic");
    }
    WD_TRY(r);
    return give_coverage(s, channel, totals);
}

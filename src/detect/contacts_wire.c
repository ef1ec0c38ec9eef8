#include <stdio.h>

#include "core/buf.h"
#include "detect/contacts.h"

/* Moments of one observation: both lists stay under the bound of an attribute. */
#define MOMENTS_PER_OBS 800U
/* Moments of one look-up: a time takes 18 digits. */
#define TIMES_PER_OBS 2000U

/* Says that the name of the contact is not from the connection itself. */
#define NAMED_BY_DNS "name from a look-up"

static void put_moment(wd_buf *times, wd_buf *flows, const wd_moment *m)
{
    const char *sep = times->len > 0 ? " " : "";
    wd_buf_printf(times, "%s%lld", sep, (long long) m->time);
    wd_buf_printf(flows, "%s%llx", sep, (unsigned long long) m->flow);
    if (m->summed) {
        wd_buf_printf(flows, "/%llu/%llu/%u%s", (unsigned long long) m->out,
                      (unsigned long long) m->in, m->ms, m->open ? "o" : "");
    }
}

static void set_number(wd_obs *o, wd_arena *arena, wd_key key, uint64_t v)
{
    wd_obs_set(o, key, wd_arena_printf(arena, "%llu", (unsigned long long) v));
}

static wd_status give_part(const wd_contact *c, size_t from, size_t n, wd_arena *arena,
                           const wd_sink *sink)
{
    wd_buf times = {0};
    wd_buf flows = {0};
    uint64_t out = 0;
    uint64_t in = 0;
    bool summed = false;
    wd_time last = c->moments[from].time;
    for (size_t i = from; i < from + n; i++) {
        const wd_moment *m = &c->moments[i];
        put_moment(&times, &flows, m);
        out += m->out;
        in += m->in;
        summed = summed || m->summed;
        wd_time end = m->time + (wd_time) m->ms * (WD_TICKS_PER_SECOND / 1000);
        last = end > last ? end : last;
    }
    wd_obs o = wd_obs_of(WD_OBS_CONTACT, c->span, c->moments[from].time);
    o.time_end = last;
    o.count = n + (from == 0 ? c->count - c->n : 0);
    wd_obs_set(&o, WD_K_SRC, c->src);
    wd_obs_set(&o, WD_K_DST, c->dst);
    wd_obs_set(&o, WD_K_NAME, c->name);
    set_number(&o, arena, WD_K_PORT, c->port);
    wd_obs_set(&o, WD_K_PROTO, wd_contact_proto(c));
    wd_obs_set(&o, WD_K_JA3, c->ja3);
    wd_obs_set(&o, WD_K_JA4, c->ja4);
    wd_obs_set(&o, WD_K_USER_AGENT, c->user_agent);
    if (summed) {
        set_number(&o, arena, WD_K_BYTES_OUT, out);
        set_number(&o, arena, WD_K_BYTES_IN, in);
    }
    wd_obs_set(&o, WD_K_TIMES, wd_buf_slice(&times));
    wd_obs_set(&o, WD_K_FLOWS, wd_buf_slice(&flows));
    if (c->named_by_dns) {
        wd_obs_set(&o, WD_K_TEXT, WD_S(NAMED_BY_DNS));
    }
    wd_status s = times.failed || flows.failed ? WD_E_NOMEM : sink->observation(sink->ctx, &o);
    wd_buf_free(&times);
    wd_buf_free(&flows);
    return s;
}

static bool same_moment(const wd_moment *a, const wd_moment *b)
{
    return a->time == b->time && a->flow == b->flow;
}

wd_status wd_contact_give(const wd_contact *c, wd_arena *arena, const wd_sink *sink)
{
    for (size_t from = 0; from < c->n;) {
        size_t n = c->n - from < MOMENTS_PER_OBS ? c->n - from : MOMENTS_PER_OBS;
        /* Equal moments stay together, so that a later merge can count them. */
        while (from + n < c->n && n < MOMENTS_PER_OBS * 2 &&
               same_moment(&c->moments[from + n - 1], &c->moments[from + n])) {
            n++;
        }
        WD_TRY(give_part(c, from, n, arena, sink));
        from += n;
    }
    return WD_OK;
}

static uint64_t number(const wd_obs *o, wd_key key)
{
    uint64_t v = 0;
    (void) wd_slice_to_u64(wd_obs_get(o, key), &v);
    return v;
}

static size_t count_pieces(wd_slice s)
{
    size_t n = s.len > 0 ? 1 : 0;
    for (size_t i = 0; i < s.len; i++) {
        n += s.ptr[i] == ' ';
    }
    return n;
}

/* "identity[/out/in/milliseconds[o]]". */
static void take_flow(wd_slice text, wd_moment *m)
{
    wd_slice part;
    uint64_t ms = 0;
    if (!wd_slice_split(&text, '/', &part) || !wd_slice_hex_to_u64(part, &m->flow)) {
        return;
    }
    m->summed = wd_slice_split(&text, '/', &part) && wd_slice_to_u64(part, &m->out) &&
                wd_slice_split(&text, '/', &part) && wd_slice_to_u64(part, &m->in) && text.len > 0;
    if (!m->summed) {
        return;
    }
    if (text.ptr[text.len - 1] == 'o') {
        m->open = true;
        text.len--;
    }
    (void) wd_slice_to_u64(text, &ms);
    m->ms = ms > UINT32_MAX ? UINT32_MAX : (uint32_t) ms;
}

static wd_contact_layer layer_of(wd_slice proto, wd_net_transport *transport)
{
    static const struct {
        const char *name;
        wd_contact_layer layer;
        wd_net_transport transport;
    } known[] = {{"tcp", WD_CONTACT_CONN, WD_NET_TCP},   {"udp", WD_CONTACT_CONN, WD_NET_UDP},
                 {"icmp", WD_CONTACT_CONN, WD_NET_ICMP}, {"dns", WD_CONTACT_DNS, WD_NET_UDP},
                 {"quic", WD_CONTACT_QUIC, WD_NET_UDP},  {"tls", WD_CONTACT_TLS, WD_NET_TCP},
                 {"http", WD_CONTACT_HTTP, WD_NET_TCP}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wd_slice_eq(proto, wd_slice_str(known[i].name))) {
            *transport = known[i].transport;
            return known[i].layer;
        }
    }
    *transport = WD_NET_OTHER;
    return WD_CONTACT_CONN;
}

wd_status wd_contact_take(const wd_obs *o, uint64_t item, wd_arena *arena, wd_contact *out)
{
    wd_slice times = wd_obs_get(o, WD_K_TIMES);
    wd_slice flows = wd_obs_get(o, WD_K_FLOWS);
    wd_slice one;
    uint64_t port = number(o, WD_K_PORT);
    *out = (wd_contact){.src = wd_obs_get(o, WD_K_SRC),
                        .name = wd_obs_get(o, WD_K_NAME),
                        .dst = wd_obs_get(o, WD_K_DST),
                        .ja3 = wd_obs_get(o, WD_K_JA3),
                        .ja4 = wd_obs_get(o, WD_K_JA4),
                        .user_agent = wd_obs_get(o, WD_K_USER_AGENT),
                        .port = port > 0xffff ? 0 : (uint16_t) port,
                        .named_by_dns = wd_slice_eq(wd_obs_get(o, WD_K_TEXT), WD_S(NAMED_BY_DNS)),
                        .count = o->count,
                        .bytes_out = number(o, WD_K_BYTES_OUT),
                        .bytes_in = number(o, WD_K_BYTES_IN),
                        .first = o->time,
                        .last = o->time_end,
                        .item = item,
                        .span = o->span};
    out->layer = layer_of(wd_obs_get(o, WD_K_PROTO), &out->transport);
    out->moments = WD_ARRAY(arena, count_pieces(times) + 1, wd_moment);
    if (out->moments == NULL) {
        return WD_E_NOMEM;
    }
    while (wd_slice_split(&times, ' ', &one)) {
        int64_t t;
        wd_slice flow = {0};
        bool has_flow = wd_slice_split(&flows, ' ', &flow);
        if (wd_slice_to_i64(one, &t)) {
            out->moments[out->n] = (wd_moment){.time = t};
            if (has_flow) {
                take_flow(flow, &out->moments[out->n]);
            }
            out->n++;
        }
    }
    if (out->n == 0 && o->time != WD_NO_TIME) { /* from a source that keeps no moments */
        out->moments[out->n++] = (wd_moment){.time = o->time};
    }
    out->count = out->count < out->n ? out->n : out->count;
    return WD_OK;
}

wd_status wd_lookup_give(const wd_lookup *l, wd_arena *arena, const wd_sink *sink)
{
    char type[16];
    wd_status s = WD_OK;
    (void) snprintf(type, sizeof type, "%u", l->qtype);
    for (size_t from = 0; s == WD_OK && (from == 0 || from < l->n); from += TIMES_PER_OBS) {
        wd_buf times = {0};
        size_t n = l->n - from < TIMES_PER_OBS ? l->n - from : TIMES_PER_OBS;
        for (size_t i = from; i < from + n; i++) {
            wd_buf_printf(&times, "%s%lld", i > from ? " " : "", (long long) l->times[i]);
        }
        wd_obs o = wd_obs_of(WD_OBS_LOOKUP, l->span, n > 0 ? l->times[from] : l->first);
        o.time_end = n > 0 && from + n < l->n ? l->times[from + n - 1] : l->last;
        o.count = from == 0 ? l->count - l->n + n : n;
        o.count = o.count == 0 ? 1 : o.count;
        wd_obs_set(&o, WD_K_SRC, l->src);
        wd_obs_set(&o, WD_K_NAME, l->name);
        wd_obs_set(&o, WD_K_QTYPE, wd_arena_copy(arena, wd_slice_str(type)));
        wd_obs_set(&o, WD_K_ANSWERS, l->answers);
        wd_obs_set(&o, WD_K_TIMES, wd_buf_slice(&times));
        s = times.failed ? WD_E_NOMEM : sink->observation(sink->ctx, &o);
        wd_buf_free(&times);
    }
    return s;
}

wd_status wd_lookup_take(const wd_obs *o, uint64_t item, wd_arena *arena, wd_lookup *out)
{
    wd_slice times = wd_obs_get(o, WD_K_TIMES);
    wd_slice one;
    uint64_t qtype = number(o, WD_K_QTYPE);
    *out = (wd_lookup){.src = wd_obs_get(o, WD_K_SRC),
                       .name = wd_obs_get(o, WD_K_NAME),
                       .answers = wd_obs_get(o, WD_K_ANSWERS),
                       .qtype = qtype > 0xffff ? 0 : (uint16_t) qtype,
                       .count = o->count,
                       .first = o->time,
                       .last = o->time_end,
                       .item = item,
                       .span = o->span};
    out->times = WD_ARRAY(arena, count_pieces(times) + 1, wd_time);
    if (out->times == NULL) {
        return WD_E_NOMEM;
    }
    while (wd_slice_split(&times, ' ', &one)) {
        int64_t t;
        if (wd_slice_to_i64(one, &t)) {
            out->times[out->n++] = t;
        }
    }
    return WD_OK;
}

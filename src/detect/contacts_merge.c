#include <stdlib.h>

#include "detect/contacts_priv.h"

/* Two records of one start differ by the sensors' clocks and by what they call the start. */
#define SAME_START WD_TICKS_PER_SECOND
/* A hello may be written a little outside the connection that carried it. */
#define SLACK (2 * WD_TICKS_PER_SECOND)
/* Records without bytes on the same ports this close together are one connection: requests kept
 * alive. A client that opens a connection every few minutes comes back to a port within an hour. */
#define SAME_PORTS (120 * WD_TICKS_PER_SECOND)

/* A moment of the input and, later, the connection that it belongs to. */
typedef struct ref {
    uint64_t flow;
    wd_time time;
    const wd_contact *of;
    const wd_moment *m;
    size_t conn;
} ref;

typedef struct work {
    const wd_contacts_in *in;
    wd_arena *arena;
    wd_namer *namer;
    wd_conns out;
    ref *refs;
    size_t n;
    wd_moment *open; /* connections of the group being worked on */
    wd_time *last;   /* newest record of each */
    size_t n_open;
} work;

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int compare_time(wd_time a, wd_time b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

/* Order of contacts by what they say, so that the order of the input cannot matter. */
static int by_content(const wd_contact *a, const wd_contact *b)
{
    int c = compare(b->layer, a->layer);
    c = c != 0 ? c : wd_slice_cmp(a->src, b->src);
    c = c != 0 ? c : wd_slice_cmp(a->name, b->name);
    c = c != 0 ? c : wd_slice_cmp(a->dst, b->dst);
    c = c != 0 ? c : compare(a->port, b->port);
    c = c != 0 ? c : compare(a->transport, b->transport);
    c = c != 0 ? c : wd_slice_cmp(a->ja4, b->ja4);
    c = c != 0 ? c : wd_slice_cmp(a->ja3, b->ja3);
    return c != 0 ? c : wd_slice_cmp(a->user_agent, b->user_agent);
}

static int by_flow(const void *x, const void *y)
{
    const ref *a = x;
    const ref *b = y;
    int c = compare(a->flow, b->flow);
    c = c != 0 ? c : compare(b->m->summed, a->m->summed);
    c = c != 0 ? c : compare_time(a->time, b->time);
    c = c != 0 ? c : by_content(a->of, b->of);
    c = c != 0 ? c : compare(a->m->ms, b->m->ms);
    c = c != 0 ? c : compare(a->m->out, b->m->out);
    c = c != 0 ? c : compare(a->m->in, b->m->in);
    c = c != 0 ? c : compare(a->of->item, b->of->item);
    return c != 0 ? c : compare(a->of->span.offset, b->of->span.offset);
}

/* Of one connection: its parts by how well they name it. When each was said cannot count: a merged
 * part has the time of the connection. */
static int by_conn(const void *x, const void *y)
{
    const ref *a = x;
    const ref *b = y;
    bool named_a = a->of->layer > WD_CONTACT_DNS;
    bool named_b = b->of->layer > WD_CONTACT_DNS;
    int c = compare(a->conn, b->conn);
    c = c != 0 ? c : compare(named_b, named_a);
    c = c != 0 ? c : compare(b->of->name.len > 0, a->of->name.len > 0);
    return c != 0 ? c : by_content(a->of, b->of);
}

static wd_status give(work *w, const ref *r, const wd_moment *m)
{
    wd_conns *out = &w->out;
    wd_conn conn = {.of = r->of, .m = *m};
    bool said = r->of->name.len > 0 && !r->of->named_by_dns;
    conn.name = said ? r->of->name : wd_namer_find(w->namer, r->of->src, r->of->dst, m->time);
    conn.named_by_dns = !said && conn.name.len > 0;
    WD_TRY(WD_ROOM(out->arena, out->list, out->n, out->cap));
    out->list[out->n++] = conn;
    return WD_OK;
}

/* A second record of a connection: the fuller one counts. */
static void widen(wd_moment *m, const wd_moment *other)
{
    m->time = other->time < m->time ? other->time : m->time;
    if (other->out + other->in > m->out + m->in ||
        (other->out + other->in == m->out + m->in && other->out > m->out)) {
        m->out = other->out;
        m->in = other->in;
    }
    m->open = m->open && other->open;
    m->ms = other->ms > m->ms ? other->ms : m->ms;
}

static wd_time end_of(const wd_moment *m)
{
    return m->time + (wd_time) m->ms * (WD_TICKS_PER_SECOND / 1000);
}

/* The connection that was open at `t`; SIZE_MAX when none was. Starts ascend. */
static size_t open_at(const work *w, size_t n_summed, wd_time t)
{
    size_t low = 0;
    size_t high = n_summed;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (w->open[mid].time - SLACK <= t) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low > 0 && t <= end_of(&w->open[low - 1]) + SLACK ? low - 1 : SIZE_MAX;
}

static void start(work *w, ref *r)
{
    r->conn = w->n_open;
    w->open[w->n_open] = *r->m;
    w->last[w->n_open++] = r->time;
}

/* Puts the records of one identity to connections: those with bytes first, then the others. */
static void assign(work *w, ref *group, size_t n)
{
    size_t i = 0;
    w->n_open = 0;
    for (; i < n && group[i].m->summed; i++) {
        if (w->n_open > 0 && group[i].time - w->last[w->n_open - 1] <= SAME_START) {
            widen(&w->open[w->n_open - 1], group[i].m);
            group[i].conn = w->n_open - 1;
        } else {
            start(w, &group[i]);
        }
    }
    size_t n_summed = w->n_open;
    for (; i < n; i++) {
        size_t at = open_at(w, n_summed, group[i].time);
        if (at != SIZE_MAX) {
            group[i].conn = at;
        } else if (w->n_open > n_summed && group[i].time - w->last[w->n_open - 1] <= SAME_PORTS) {
            group[i].conn = w->n_open - 1;
            w->last[w->n_open - 1] = group[i].time;
        } else {
            start(w, &group[i]);
        }
    }
}

static bool same_name(const ref *a, const ref *b)
{
    return wd_slice_eq(a->of->name, b->of->name) && a->of->port == b->of->port;
}

/* One moment per connection and name in it; the first name gets the bytes. Records that only tell
 * of the transport give a name of their own only when there is no better. */
static wd_status give_group(work *w, ref *group, size_t n)
{
    if (n > 1) {
        wd_sort(group, n, sizeof group[0], by_conn);
    }
    for (size_t i = 0; i < n; i++) {
        const ref *r = &group[i];
        bool first = i == 0 || group[i - 1].conn != r->conn;
        wd_moment m = w->open[r->conn];
        m.flow = r->flow;
        if (!first) {
            bool weak =
                r->of->layer <= WD_CONTACT_DNS || r->of->name.len == 0 || r->of->named_by_dns;
            bool told = weak;
            for (size_t k = i; !told && k > 0 && group[k - 1].conn == r->conn; k--) {
                told = same_name(&group[k - 1], r);
            }
            if (told) {
                continue;
            }
            m.out = m.in = 0;
        }
        WD_TRY(give(w, r, &m));
    }
    return WD_OK;
}

/* Records without ports have no identity: equal ones of one item are several, equal ones of two
 * items are the same ones seen twice. So as many are kept as the item has that shows most. */
static int by_value(const void *x, const void *y)
{
    const ref *a = x;
    const ref *b = y;
    int c = by_content(a->of, b->of);
    c = c != 0 ? c : compare_time(a->time, b->time);
    c = c != 0 ? c : compare(a->m->out, b->m->out);
    c = c != 0 ? c : compare(a->m->in, b->m->in);
    c = c != 0 ? c : compare(a->of->item, b->of->item);
    return c != 0 ? c : compare((uintptr_t) a->of, (uintptr_t) b->of);
}

static bool same_value(const ref *a, const ref *b)
{
    return by_content(a->of, b->of) == 0 && a->time == b->time && a->m->out == b->m->out &&
           a->m->in == b->m->in;
}

static wd_status give_anonymous(work *w, ref *group, size_t n)
{
    if (n > 1) {
        wd_sort(group, n, sizeof group[0], by_value);
    }
    for (size_t i = 0; i < n;) {
        size_t end = i;
        size_t most = 0;
        while (end < n && same_value(&group[i], &group[end])) {
            size_t from = end;
            while (end < n && same_value(&group[i], &group[end]) &&
                   group[end].of == group[from].of) {
                end++;
            }
            most = end - from > most ? end - from : most;
        }
        for (size_t k = 0; k < most; k++) {
            WD_TRY(give(w, &group[i], group[i].m));
        }
        i = end;
    }
    return WD_OK;
}

static wd_status take_refs(work *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->in->n_contacts; i++) {
        n += w->in->contacts[i].n;
    }
    w->refs = WD_ARRAY(w->arena, n + 1, ref);
    if (w->refs == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < w->in->n_contacts; i++) {
        const wd_contact *c = &w->in->contacts[i];
        for (size_t k = 0; k < c->n; k++) {
            w->refs[w->n++] = (ref){c->moments[k].flow, c->moments[k].time, c, &c->moments[k], 0};
        }
    }
    if (w->n > 1) {
        wd_sort(w->refs, w->n, sizeof w->refs[0], by_flow);
    }
    return WD_OK;
}

static size_t longest_group(const work *w)
{
    size_t longest = 0;
    for (size_t i = 0, from = 0; i < w->n; i++) {
        from = w->refs[i].flow != w->refs[from].flow ? i : from;
        longest = i - from + 1 > longest ? i - from + 1 : longest;
    }
    return longest;
}

static wd_status merge(work *w)
{
    WD_TRY(take_refs(w));
    size_t longest = longest_group(w);
    w->open = WD_ARRAY(w->arena, longest + 1, wd_moment);
    w->last = WD_ARRAY(w->arena, longest + 1, wd_time);
    if (w->open == NULL || w->last == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < w->n;) {
        size_t end = i;
        while (end < w->n && w->refs[end].flow == w->refs[i].flow) {
            end++;
        }
        if (w->refs[i].flow == 0) {
            WD_TRY(give_anonymous(w, w->refs + i, end - i));
        } else {
            assign(w, w->refs + i, end - i);
            WD_TRY(give_group(w, w->refs + i, end - i));
        }
        i = end;
    }
    return WD_OK;
}

wd_status wd_contacts_merge(const wd_contacts_in *in, wd_arena *arena, wd_contact_list *out,
                            wd_err *err)
{
    work w = {.in = in, .arena = arena, .out.arena = arena};
    *out = (wd_contact_list){0};
    wd_status s = wd_namer_new(in, arena, &w.namer);
    s = s != WD_OK ? s : merge(&w);
    s = s != WD_OK ? s : wd_contacts_sum(in, &w.out, arena, out);
    return s == WD_OK
               ? WD_OK
               : wd_fail(err, s, WD_NO_OFFSET, "contacts", "the connections do not fit in memory");
}

wd_slice wd_contact_proto(const wd_contact *c)
{
    switch (c->layer) {
    case WD_CONTACT_DNS: return WD_S("dns");
    case WD_CONTACT_QUIC: return WD_S("quic");
    case WD_CONTACT_TLS: return WD_S("tls");
    case WD_CONTACT_HTTP: return WD_S("http");
    case WD_CONTACT_CONN:
    case WD_CONTACT_LAYERS: break;
    }
    switch (c->transport) {
    case WD_NET_TCP: return WD_S("tcp");
    case WD_NET_UDP: return WD_S("udp");
    case WD_NET_ICMP: return WD_S("icmp");
    case WD_NET_OTHER: break;
    }
    return WD_S("ip");
}

#include "formats/flow_table.h"

#include <string.h>

#include "core/limits.h"

#define PER_PAGE 1024U
#define N_PAGES (WD_MAX_FLOWS / PER_PAGE)
#define UDP_SILENCE (60 * WD_TICKS_PER_SECOND)
#define TCP_SILENCE (3600 * WD_TICKS_PER_SECOND)
/* A closed connection stays this long so that stray last packets do not open a new one. */
#define CLOSED_SILENCE (5 * WD_TICKS_PER_SECOND)

/* Flows in order of their last packet; one list per length of silence allowed. */
struct list {
    uint32_t oldest;
    uint32_t newest;
};

enum { LIST_UDP, LIST_TCP, LIST_CLOSED, LISTS };
static const wd_time silence[LISTS] = {UDP_SILENCE, TCP_SILENCE, CLOSED_SILENCE};

struct wd_flow_table {
    wd_arena *arena;
    wd_flow_end *end;
    void *ctx;
    wd_flow *pages[N_PAGES];
    uint32_t n_made; /* places ever made */
    uint32_t n_used;
    uint32_t free; /* list through hash_next */
    struct list lists[LISTS];
    uint32_t *buckets;
    uint32_t n_buckets;
    wd_time now;
    bool was_full;
};

static wd_flow *at(const wd_flow_table *t, uint32_t link)
{
    return &t->pages[(link - 1) / PER_PAGE][(link - 1) % PER_PAGE];
}

wd_flow_table *wd_flow_table_new(wd_arena *arena, wd_flow_end *end, void *ctx)
{
    wd_flow_table *t = WD_NEW(arena, wd_flow_table);
    if (t == NULL) {
        return NULL;
    }
    *t = (wd_flow_table){.arena = arena, .end = end, .ctx = ctx, .n_buckets = 1024};
    t->now = WD_NO_TIME;
    t->buckets = WD_ARRAY(arena, t->n_buckets, uint32_t);
    return t->buckets == NULL ? NULL : t;
}

bool wd_flow_table_was_full(const wd_flow_table *t)
{
    return t->was_full;
}

static unsigned list_of(const wd_flow *f)
{
    if (f->transport != WD_NET_TCP) {
        return LIST_UDP;
    }
    return f->reset || (f->half[0].fin && f->half[1].fin) ? LIST_CLOSED : LIST_TCP;
}

static void unlink_age(wd_flow_table *t, wd_flow *f, unsigned list)
{
    struct list *l = &t->lists[list];
    if (f->older != 0) {
        at(t, f->older)->newer = f->newer;
    } else {
        l->oldest = f->newer;
    }
    if (f->newer != 0) {
        at(t, f->newer)->older = f->older;
    } else {
        l->newest = f->older;
    }
}

static void link_newest(wd_flow_table *t, wd_flow *f, uint32_t link, unsigned list)
{
    struct list *l = &t->lists[list];
    f->older = l->newest;
    f->newer = 0;
    if (l->newest != 0) {
        at(t, l->newest)->newer = link;
    } else {
        l->oldest = link;
    }
    l->newest = link;
}

/* Ends a flow: told, taken out of its bucket and its age list, its place freed. */
static wd_status drop(wd_flow_table *t, uint32_t link, unsigned list)
{
    wd_flow *f = at(t, link);
    wd_status s = t->end(t->ctx, f);
    uint32_t *p = &t->buckets[f->hash & (t->n_buckets - 1)];
    while (*p != link) {
        p = &at(t, *p)->hash_next;
    }
    *p = f->hash_next;
    unlink_age(t, f, list);
    f->used = false;
    f->hash_next = t->free;
    t->free = link;
    t->n_used--;
    return s;
}

static wd_status expire(wd_flow_table *t)
{
    for (unsigned i = 0; i < LISTS; i++) {
        while (t->lists[i].oldest != 0 && at(t, t->lists[i].oldest)->last < t->now - silence[i]) {
            WD_TRY(drop(t, t->lists[i].oldest, i));
        }
    }
    return WD_OK;
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Same value for both directions: the two ends are mixed by operations that commute. */
static uint32_t hash_of(const wd_packet *p)
{
    uint64_t a = load64(p->src) * 0x9e3779b97f4a7c15U ^ load64(p->src + 8) * 0xc2b2ae3d27d4eb4fU;
    uint64_t b = load64(p->dst) * 0x9e3779b97f4a7c15U ^ load64(p->dst + 8) * 0xc2b2ae3d27d4eb4fU;
    a = (a ^ (a >> 29) ^ p->sport) * 0xbf58476d1ce4e5b9U;
    b = (b ^ (b >> 29) ^ p->dport) * 0xbf58476d1ce4e5b9U;
    uint64_t h = (a + b) ^ (a ^ b) >> 31 ^ p->ip_proto;
    h *= 0x94d049bb133111ebU;
    return (uint32_t) (h >> 32);
}

static bool is_flow(const wd_flow *f, const wd_packet *p, unsigned *dir)
{
    if (f->ip_proto != p->ip_proto || f->addr_len != p->addr_len) {
        return false;
    }
    if (p->transport == WD_NET_ICMP) { /* type and code are no ports: any message belongs */
        *dir = memcmp(f->addr[0], p->src, 16) == 0 ? 0 : 1;
        return memcmp(f->addr[*dir], p->src, 16) == 0 && memcmp(f->addr[1 - *dir], p->dst, 16) == 0;
    }
    for (unsigned d = 0; d < 2; d++) {
        if (f->port[d] == p->sport && f->port[1 - d] == p->dport &&
            memcmp(f->addr[d], p->src, 16) == 0 && memcmp(f->addr[1 - d], p->dst, 16) == 0) {
            *dir = d;
            return true;
        }
    }
    return false;
}

static bool grow_buckets(wd_flow_table *t)
{
    uint32_t n = t->n_buckets * 2;
    uint32_t *bigger = WD_ARRAY(t->arena, n, uint32_t);
    if (bigger == NULL) {
        return false;
    }
    for (uint32_t link = 1; link <= t->n_made; link++) {
        wd_flow *f = at(t, link);
        if (f->used) {
            f->hash_next = bigger[f->hash & (n - 1)];
            bigger[f->hash & (n - 1)] = link;
        }
    }
    t->buckets = bigger;
    t->n_buckets = n;
    return true;
}

/* A free place: a used one again, a new one, or that of the flow that was silent longest. */
static wd_status take_place(wd_flow_table *t, uint32_t *out)
{
    bool full = t->n_made >= WD_MAX_FLOWS;
    if (t->free == 0 && !full && t->n_made % PER_PAGE == 0) {
        t->pages[t->n_made / PER_PAGE] = WD_ARRAY(t->arena, PER_PAGE, wd_flow);
        full = t->pages[t->n_made / PER_PAGE] == NULL;
    }
    if (t->free == 0 && full) {
        t->was_full = true;
        unsigned list = t->lists[LIST_UDP].oldest != 0      ? LIST_UDP
                        : t->lists[LIST_CLOSED].oldest != 0 ? LIST_CLOSED
                                                            : LIST_TCP;
        if (t->lists[list].oldest == 0) {
            return WD_E_NOMEM;
        }
        WD_TRY(drop(t, t->lists[list].oldest, list));
    }
    if (t->free != 0) {
        *out = t->free;
        t->free = at(t, *out)->hash_next;
    } else {
        *out = ++t->n_made;
    }
    return WD_OK;
}

/* Who opened: the sender of a SYN; without one, the side whose port is not a well-known one. */
static bool sent_by_server(const wd_packet *p)
{
    if (p->transport == WD_NET_TCP && (p->tcp_flags & WD_TCP_SYN) != 0) {
        return (p->tcp_flags & WD_TCP_ACK) != 0;
    }
    if (p->transport == WD_NET_ICMP) {
        return p->sport == (p->ip_proto == 1 ? 0 : 129); /* an echo reply */
    }
    return p->sport < 1024 && p->dport >= 1024 && p->transport != WD_NET_OTHER;
}

static wd_status open_flow(wd_flow_table *t, const wd_packet *p, uint32_t hash,
                           const wd_capture_packet *where, uint32_t *out)
{
    if (t->n_used >= t->n_buckets && !grow_buckets(t)) {
        return WD_E_NOMEM;
    }
    uint32_t link;
    WD_TRY(take_place(t, &link));
    wd_flow *f = at(t, link);
    unsigned src = sent_by_server(p) ? 1 : 0;
    *f = (wd_flow){.used = true,
                   .hash = hash,
                   .addr_len = p->addr_len,
                   .ip_proto = p->ip_proto,
                   .transport = (uint8_t) p->transport,
                   .first = where->time,
                   .last = where->time,
                   .offset = where->offset,
                   .number = where->number};
    memcpy(f->addr[src], p->src, 16);
    memcpy(f->addr[1 - src], p->dst, 16);
    f->port[src] = p->sport;
    f->port[1 - src] = p->dport;
    f->hash_next = t->buckets[hash & (t->n_buckets - 1)];
    t->buckets[hash & (t->n_buckets - 1)] = link;
    link_newest(t, f, link, list_of(f));
    t->n_used++;
    *out = link;
    return WD_OK;
}

/* A SYN on the ports of a connection that ended, or with another start, opens a new one. */
static bool reopens(const wd_flow *f, const wd_packet *p, unsigned dir)
{
    if (f->transport != WD_NET_TCP || (p->tcp_flags & (WD_TCP_SYN | WD_TCP_ACK)) != WD_TCP_SYN) {
        return false;
    }
    return list_of(f) == LIST_CLOSED ||
           (f->half[dir].started && f->half[dir].next_seq != p->seq + 1 && f->bytes[dir] > 0);
}

/* Bytes by how far the sequence got; jumps of more than a gigabyte are not believed. */
static void count_tcp(wd_flow *f, const wd_packet *p, unsigned dir)
{
    wd_half *h = &f->half[dir];
    uint32_t end = p->seq + p->declared + ((p->tcp_flags & WD_TCP_SYN) != 0 ? 1 : 0);
    uint32_t ahead = end - h->high_seq;
    if (!h->counted) {
        f->bytes[dir] += p->declared;
        h->counted = true;
        h->high_seq = end;
    } else if (ahead < (UINT32_C(1) << 30)) {
        f->bytes[dir] += ahead;
        h->high_seq = end;
    }
    f->reset = f->reset || (p->tcp_flags & WD_TCP_RST) != 0;
    h->fin = h->fin || (p->tcp_flags & WD_TCP_FIN) != 0;
}

wd_status wd_flow_find(wd_flow_table *t, const wd_packet *p, const wd_capture_packet *where,
                       wd_flow **out, unsigned *dir)
{
    if (where->time != WD_NO_TIME && where->time > t->now) {
        t->now = where->time;
        WD_TRY(expire(t));
    }
    uint32_t hash = hash_of(p);
    uint32_t link = t->buckets[hash & (t->n_buckets - 1)];
    while (link != 0 && (at(t, link)->hash != hash || !is_flow(at(t, link), p, dir))) {
        link = at(t, link)->hash_next;
    }
    if (link != 0 && reopens(at(t, link), p, *dir)) {
        WD_TRY(drop(t, link, list_of(at(t, link))));
        link = 0;
    }
    if (link == 0) {
        WD_TRY(open_flow(t, p, hash, where, &link));
        *dir = is_flow(at(t, link), p, dir) ? *dir : 0;
    }
    wd_flow *f = at(t, link);
    unlink_age(t, f, list_of(f));
    f->last = where->time != WD_NO_TIME && where->time > f->last ? where->time : f->last;
    f->packets[*dir]++;
    if (f->transport == WD_NET_TCP) {
        count_tcp(f, p, *dir);
    } else {
        f->bytes[*dir] += p->declared;
    }
    link_newest(t, f, link, list_of(f));
    *out = f;
    return WD_OK;
}

wd_status wd_flow_table_finish(wd_flow_table *t)
{
    for (unsigned i = 0; i < LISTS; i++) {
        while (t->lists[i].oldest != 0) {
            WD_TRY(drop(t, t->lists[i].oldest, i));
        }
    }
    return WD_OK;
}

#include <stdlib.h>

#include "core/limits.h"
#include "detect/contacts_priv.h"

/* Fingerprints of one contact that are kept; browsers shuffle their hellos on purpose. */
#define MAX_PRINTS 8U

typedef struct sums {
    const wd_contacts_in *in;
    wd_arena *arena;
} sums;

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

/* Order of contacts, and what makes two the same one. */
static int by_key(const wd_contact *a, const wd_contact *b, bool per_address)
{
    bool address = per_address || (a->name.len == 0 && b->name.len == 0);
    int c = wd_slice_cmp(a->src, b->src);
    c = c != 0 ? c : wd_slice_cmp(a->name, b->name);
    c = c != 0 || !address ? c : wd_slice_cmp(a->dst, b->dst);
    c = c != 0 ? c : compare(a->port, b->port);
    c = c != 0 ? c : compare(a->transport, b->transport);
    return c != 0 || !per_address ? c : compare(a->named_by_dns, b->named_by_dns);
}

static int order_per_address(const void *x, const void *y)
{
    return by_key(x, y, true);
}

static int order(const void *x, const void *y)
{
    return by_key(x, y, false);
}

static int by_moment(const void *x, const void *y)
{
    const wd_conn *a = x;
    const wd_conn *b = y;
    int c = a->m.time < b->m.time ? -1 : a->m.time > b->m.time ? 1 : 0;
    c = c != 0 ? c : compare(a->m.flow, b->m.flow);
    c = c != 0 ? c : wd_slice_cmp(a->of->dst, b->of->dst);
    c = c != 0 ? c : compare(a->m.out, b->m.out);
    c = c != 0 ? c : compare(a->m.in, b->m.in);
    c = c != 0 ? c : compare(a->of->item, b->of->item);
    return c != 0 ? c : compare(a->of->span.offset, b->of->span.offset);
}

/* Adds the values of `more` to the blank-separated set, which stays sorted and bounded. */
static wd_status add_set(sums *s, wd_slice *set, wd_slice more)
{
    wd_slice all[2 * MAX_PRINTS];
    size_t n = 0;
    wd_slice piece;
    if (more.len == 0 || wd_slice_eq(*set, more)) {
        return WD_OK;
    }
    for (wd_slice rest = *set; n < MAX_PRINTS && wd_slice_split(&rest, ' ', &piece);) {
        all[n++] = piece;
    }
    size_t before = n;
    for (wd_slice rest = more; n < 2 * MAX_PRINTS && wd_slice_split(&rest, ' ', &piece);) {
        bool known = piece.len == 0;
        for (size_t i = 0; i < n && !known; i++) {
            known = wd_slice_eq(all[i], piece);
        }
        if (!known) {
            all[n++] = piece;
        }
    }
    if (n == before) {
        return WD_OK;
    }
    wd_sort(all, n, sizeof all[0], wd_slice_qsort);
    n = n > MAX_PRINTS ? MAX_PRINTS : n;
    wd_slice joined = all[0];
    for (size_t i = 1; i < n; i++) {
        joined = wd_arena_printf(s->arena, "%.*s %.*s", (int) joined.len, (const char *) joined.ptr,
                                 (int) all[i].len, (const char *) all[i].ptr);
        if (joined.ptr == NULL) {
            return WD_E_NOMEM;
        }
    }
    *set = joined;
    return WD_OK;
}

static void least(wd_slice *kept, wd_slice other)
{
    if (other.len > 0 && (kept->len == 0 || wd_slice_cmp(other, *kept) < 0)) {
        *kept = other;
    }
}

/* The most frequent address among the connections, the first in order of equals. */
static wd_slice common_address(const wd_conn *conns, size_t n)
{
    wd_slice best = conns[0].of->dst;
    size_t votes = 0;
    for (size_t i = 0; i < n; i++) { /* majority vote, then the least address seen breaks ties */
        if (votes == 0) {
            best = conns[i].of->dst;
        }
        votes = wd_slice_eq(best, conns[i].of->dst) ? votes + 1 : votes - 1;
    }
    return best;
}

/* Counts per distinct address among few; many addresses fall back on the vote. */
static wd_slice frequent_address(const wd_conn *conns, size_t n)
{
    wd_slice known[32] = {{0}};
    size_t counts[32] = {0};
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < n_known && !wd_slice_eq(known[k], conns[i].of->dst)) {
            k++;
        }
        if (k == n_known && n_known == sizeof known / sizeof known[0]) {
            return common_address(conns, n);
        }
        known[k] = conns[i].of->dst;
        n_known += k == n_known ? 1 : 0;
        counts[k]++;
    }
    size_t best = 0;
    for (size_t k = 1; k < n_known; k++) {
        if (counts[k] > counts[best] ||
            (counts[k] == counts[best] && wd_slice_cmp(known[k], known[best]) < 0)) {
            best = k;
        }
    }
    return known[best];
}

static bool earlier(const wd_contact *a, const wd_contact *b)
{
    return a->item != b->item ? a->item < b->item : a->span.offset < b->span.offset;
}

static wd_time end_of(const wd_moment *m)
{
    return m->time + (wd_time) m->ms * (WD_TICKS_PER_SECOND / 1000);
}

static wd_status sum_one(sums *s, const wd_conn *conns, size_t n, wd_contact *out)
{
    const wd_contact *evidence = conns[0].of;
    *out = (wd_contact){.src = conns[0].of->src,
                        .name = conns[0].name,
                        .dst = frequent_address(conns, n),
                        .port = conns[0].of->port,
                        .transport = conns[0].of->transport,
                        .named_by_dns = true,
                        .count = n,
                        .first = conns[0].m.time,
                        .last = WD_NO_TIME};
    out->n = n < WD_MAX_CONTACT_MOMENTS ? n : WD_MAX_CONTACT_MOMENTS;
    out->moments = WD_ARRAY(s->arena, out->n, wd_moment);
    if (out->moments == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        const wd_conn *c = &conns[i];
        if (i < out->n) {
            out->moments[i] = c->m;
        }
        out->bytes_out += c->m.out;
        out->bytes_in += c->m.in;
        out->last = end_of(&c->m) > out->last ? end_of(&c->m) : out->last;
        out->layer = c->of->layer > out->layer ? c->of->layer : out->layer;
        out->named_by_dns = out->named_by_dns && c->named_by_dns;
        if (i > 0 && c->of == conns[i - 1].of) {
            continue; /* what follows was said already */
        }
        least(&out->user_agent, c->of->user_agent);
        WD_TRY(add_set(s, &out->ja3, c->of->ja3));
        WD_TRY(add_set(s, &out->ja4, c->of->ja4));
        evidence = earlier(c->of, evidence) ? c->of : evidence;
    }
    out->item = evidence->item;
    out->span = evidence->span;
    return WD_OK;
}

/* Connections that were only counted go to the contact of the same ends. */
static void add_extras(const wd_contacts_in *in, wd_contact_list *out)
{
    for (size_t i = 0; i < in->n_contacts; i++) {
        const wd_contact *c = &in->contacts[i];
        size_t low = 0;
        size_t high = c->count > c->n ? out->n : 0;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            wd_contact *o = &out->list[mid];
            int order_of = by_key(o, c, in->per_address);
            if (order_of == 0) {
                o->count += c->count - c->n;
                o->last = c->last > o->last ? c->last : o->last;
                break;
            }
            low = order_of < 0 ? mid + 1 : low;
            high = order_of < 0 ? high : mid;
        }
    }
}

/* The contact that each connection belongs to, found by a key in bytes. Connections of one input
 * contact mostly share it, so the last answer is remembered. */
typedef struct grouping {
    sums *s;
    wd_map map;
    wd_buf key;
    size_t *counts; /* connections of each group */
    size_t n, cap;
    const wd_contact *last_of;
    const uint8_t *last_name;
    size_t last;
} grouping;

static wd_status group_of(grouping *g, const wd_conn *c, size_t *out)
{
    if (g->last_of == c->of && g->last_name == c->name.ptr) {
        *out = g->last;
        return WD_OK;
    }
    wd_buf *k = &g->key;
    wd_buf_clear(k);
    wd_buf_printf(k, "%u %u %u ", c->of->port, c->of->transport,
                  g->s->in->per_address && c->named_by_dns);
    wd_buf_add(k, c->of->src);
    wd_buf_byte(k, 0);
    wd_buf_add(k, c->name);
    wd_buf_byte(k, 0);
    if (g->s->in->per_address || c->name.len == 0) {
        wd_buf_add(k, c->of->dst);
    }
    uintptr_t *at = wd_map_find(&g->map, wd_buf_slice(k));
    if (at == NULL) {
        wd_slice kept = wd_arena_copy(g->s->arena, wd_buf_slice(k));
        WD_TRY(WD_ROOM(g->s->arena, g->counts, g->n, g->cap));
        if (k->failed || kept.ptr == NULL || (at = wd_map_put(&g->map, kept, NULL)) == NULL) {
            return WD_E_NOMEM;
        }
        *at = g->n;
        g->counts[g->n++] = 0;
    }
    g->last_of = c->of;
    g->last_name = c->name.ptr;
    *out = g->last = *at;
    return WD_OK;
}

/* Connections in order of their groups; `starts` has n + 1 places. */
static wd_status group(grouping *g, const wd_conns *conns, wd_conn **sorted, size_t **starts)
{
    size_t *ids = WD_ARRAY(g->s->arena, conns->n + 1, size_t);
    *sorted = WD_ARRAY(g->s->arena, conns->n + 1, wd_conn);
    if (ids == NULL || *sorted == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < conns->n; i++) {
        WD_TRY(group_of(g, &conns->list[i], &ids[i]));
        g->counts[ids[i]]++;
    }
    *starts = WD_ARRAY(g->s->arena, g->n + 1, size_t);
    if (*starts == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < g->n; i++) {
        (*starts)[i + 1] = (*starts)[i] + g->counts[i];
        g->counts[i] = (*starts)[i];
    }
    for (size_t i = 0; i < conns->n; i++) {
        (*sorted)[g->counts[ids[i]]++] = conns->list[i];
    }
    return WD_OK;
}

wd_status wd_contacts_sum(const wd_contacts_in *in, wd_conns *conns, wd_arena *arena,
                          wd_contact_list *out)
{
    sums s = {in, arena};
    grouping g = {.s = &s, .map.arena = arena};
    wd_conn *sorted = NULL;
    size_t *starts = NULL;
    wd_status status = group(&g, conns, &sorted, &starts);
    wd_buf_free(&g.key);
    WD_TRY(status);
    out->list = WD_ARRAY(arena, g.n + 1, wd_contact);
    if (out->list == NULL) {
        return WD_E_NOMEM;
    }
    for (; out->n < g.n; out->n++) {
        size_t from = starts[out->n];
        size_t n = starts[out->n + 1] - from;
        if (n > 1) {
            wd_sort(sorted + from, n, sizeof sorted[0], by_moment);
        }
        WD_TRY(sum_one(&s, sorted + from, n, &out->list[out->n]));
    }
    if (out->n > 1) {
        wd_sort(out->list, out->n, sizeof out->list[0],
                in->per_address ? order_per_address : order);
    }
    add_extras(in, out);
    return WD_OK;
}

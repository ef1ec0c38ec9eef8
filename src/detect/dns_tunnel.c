#include "detect/dns_tunnel.h"

#include <stdlib.h>

#include "core/buf.h"
#include "core/map.h"
#include "core/text.h"
#include "detect/lookalike.h"

/* Fewer different names are asked for by mail servers and updaters in the ordinary course. */
#define LEAST_NAMES 25U
/* A name asked for again carries nothing new. */
#define LEAST_FRESH 0.7
/* Bytes of one name below the domain that are worth a tunnel. */
#define LEAST_LENGTH 16.0
/* Bits per byte: hexadecimal has 4, base32 5; words have 3 or less. */
#define LEAST_SPREAD 3.2
#define TEXT_KEPT 65536U

/* One source below one domain. */
typedef struct branch {
    wd_slice src;
    wd_slice domain;
    size_t names;
    uint64_t asked;
    uint64_t length; /* of the parts below the domain */
    uint64_t odd;    /* questions for records that carry free bytes */
    wd_buf text;     /* parts below the domain, joined, for their spread */
    wd_time first;
    uint64_t item;
    wd_span span;
} branch;

typedef struct branches {
    wd_arena *arena;
    wd_map by_key;
    wd_map names; /* "source name" seen: several types of one name are one name */
    branch **list;
    size_t n, cap;
} branches;

static wd_slice joined(wd_arena *arena, wd_slice a, wd_slice b)
{
    return wd_arena_printf(arena, "%.*s %.*s", (int) a.len, (const char *) a.ptr, (int) b.len,
                           (const char *) b.ptr);
}

static branch *branch_of(branches *all, const wd_lookup *l, wd_slice domain)
{
    wd_slice key = joined(all->arena, l->src, domain);
    uintptr_t *at = key.ptr == NULL ? NULL : wd_map_put(&all->by_key, key, NULL);
    if (at == NULL) {
        return NULL;
    }
    if (*at == 0) {
        branch *b = WD_NEW(all->arena, branch);
        if (b == NULL || WD_ROOM(all->arena, all->list, all->n, all->cap) != WD_OK) {
            return NULL;
        }
        *b = (branch){
            .src = l->src, .domain = domain, .first = l->first, .item = l->item, .span = l->span};
        all->list[all->n++] = b;
        *at = (uintptr_t) b;
    }
    return (branch *) *at; /* NOLINT: the map holds pointers as numbers */
}

static wd_status add(branches *all, const wd_lookup *l)
{
    wd_slice domain = wd_name_registered(l->name);
    bool added;
    if (domain.len >= l->name.len || wd_slice_ends(l->name, WD_S(".arpa"))) {
        return WD_OK;
    }
    wd_slice key = joined(all->arena, l->src, l->name);
    branch *b = branch_of(all, l, domain);
    if (key.ptr == NULL || b == NULL || wd_map_put(&all->names, key, &added) == NULL) {
        return WD_E_NOMEM;
    }
    b->asked += l->count;
    bool odd = l->qtype == WD_DNS_TXT || l->qtype == WD_DNS_NULL || l->qtype == WD_DNS_MX ||
               l->qtype == WD_DNS_CNAME || l->qtype == WD_DNS_SRV || l->qtype > 255;
    b->odd += odd ? l->count : 0;
    b->first = l->first < b->first ? l->first : b->first;
    if (added) {
        wd_slice part = wd_slice_sub(l->name, 0, l->name.len - domain.len - 1);
        b->names++;
        b->length += part.len;
        if (b->text.len < TEXT_KEPT) {
            wd_buf_add(&b->text, part);
        }
    }
    return b->text.failed ? WD_E_NOMEM : WD_OK;
}

static bool is_known(const wd_knowledge *kb, wd_slice domain)
{
    return kb != NULL && (wd_lookalike_of(kb, domain).kind == WD_LOOKALIKE_OWN ||
                          wd_knowledge_is_shared_host(kb, domain));
}

static bool is_tunnel(const wd_knowledge *kb, const branch *b)
{
    double length = (double) b->length / (double) b->names;
    double fresh = (double) b->names / (double) b->asked;
    double odd = (double) b->odd / (double) b->asked;
    if (b->names < LEAST_NAMES || fresh < LEAST_FRESH || is_known(kb, b->domain)) {
        return false;
    }
    double spread = wd_entropy(wd_buf_slice(&b->text));
    /* Records that carry free bytes, or names long enough to carry them upwards. */
    return spread >= LEAST_SPREAD && length >= (odd >= 0.5 ? LEAST_LENGTH : 2 * LEAST_LENGTH);
}

static int by_source(const void *x, const void *y)
{
    const branch *a = *(const branch *const *) x;
    const branch *b = *(const branch *const *) y;
    int c = wd_slice_cmp(a->src, b->src);
    return c != 0 ? c : wd_slice_cmp(a->domain, b->domain);
}

static wd_status give(const branch *b, wd_arena *arena, wd_conviction_sink *each, void *ctx)
{
    wd_finding f = {.rule = WD_S("traffic.dns_tunnel"),
                    .title = WD_S("Data carried in DNS names"),
                    .techniques = WD_S("T1071.004 T1048.003"),
                    .host = b->src,
                    .subject = b->domain,
                    .severity = WD_HIGH,
                    .basis = WD_LIKELY,
                    .tier = -1,
                    .time = b->first,
                    .span = b->span};
    f.sentence = wd_arena_printf(
        arena, "%.*s asked for %zu different names below %.*s, %.0f bytes each, %llu bytes in all.",
        (int) b->src.len, (const char *) b->src.ptr, b->names, (int) b->domain.len,
        (const char *) b->domain.ptr, (double) b->length / (double) b->names,
        (unsigned long long) b->length);
    f.benign = wd_arena_printf(
        arena,
        "not a content network or a block list: %.1f bits per byte, and %.0f%% "
        "of the names were asked for once",
        wd_entropy(wd_buf_slice(&b->text)), 100 * (double) b->names / (double) b->asked);
    return f.sentence.ptr == NULL || f.benign.ptr == NULL ? WD_E_NOMEM : each(ctx, b->item, &f);
}

wd_status wd_dns_tunnels(const wd_world *world, wd_arena *arena, wd_conviction_sink *each,
                         void *ctx)
{
    branches all = {.arena = arena, .by_key.arena = arena, .names.arena = arena};
    wd_status s = WD_OK;
    for (size_t i = 0; s == WD_OK && i < world->n_lookups; i++) {
        s = add(&all, &world->lookups[i]);
    }
    if (all.n > 1) {
        wd_sort(all.list, all.n, sizeof all.list[0], by_source);
    }
    for (size_t i = 0; i < all.n; i++) {
        if (s == WD_OK && is_tunnel(world->knowledge, all.list[i])) {
            s = give(all.list[i], arena, each, ctx);
        }
        wd_buf_free(&all.list[i]->text);
    }
    return s;
}

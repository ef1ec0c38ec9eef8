#include "detect/conviction.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/conviction_priv.h"
#include "detect/lookalike.h"
#include "formats/net_addr.h"

/* Hosts below which nothing can be said of how common a name is. */
#define LEAST_FLEET 8U
#define LARGE_FLEET 20U
/* A place that this many outsiders contact serves the public. */
#define MANY_OUTSIDERS 20U
/* Between the install and the first contact of something that sleeps first. */
#define NEW_AFTER (3 * WD_TICKS_PER_DAY)
#define OLD_SPAN (14 * WD_TICKS_PER_DAY)
#define LONG_CONNECTION_MS (8U * 3600U * 1000U)
/* A timer seen for less than this is a chat, not a watch. */
#define SHORT_WATCH (WD_TICKS_PER_SECOND * 3600)
/* Nor is one of seconds: programs poll while somebody waits. */
#define LEAST_SLEEP 20.0
/* What a contact does must weigh this much before what its name is can convict it. */
#define LEAST_BEHAVIOUR 1.0
#define MOST_BY_NAME 3.5
/* Days with records before a name counts as new, and how far back they count. */
#define DAYS_BEFORE 3U
#define WINDOW_DAYS 60

void wd_reason_add(wd_reasons *r, double weight, wd_slice text)
{
    if (weight != 0 && r->n < WD_MAX_REASONS && text.len > 0) {
        r->list[r->n++] = (wd_reason){text, weight};
        r->sum += weight;
    }
}

static const char *every(double seconds, char out[static 32])
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{86400, "days"}, {3600, "hours"}, {60, "minutes"}, {0, "seconds"}};
    for (size_t i = 0;; i++) {
        if (seconds >= 2 * units[i].unit) {
            double v = units[i].unit > 0 ? seconds / units[i].unit : seconds;
            (void) snprintf(out, 32, "%.*f %s", v < 10 ? 1 : 0, v, units[i].name);
            return out;
        }
    }
}

/* --- reasons of one source -------------------------------------------------------------------- */

static void weigh_timer(wd_case_of *c, wd_judged *g)
{
    const wd_beacon *b = &g->beacon;
    char text[32];
    double weight = 0;
    if (b->too_few) {
        wd_reason_add(&g->own, 0, WD_S("too few observations for a timer"));
        return;
    }
    if (b->p >= 0.5) {
        weight = b->p >= 0.99 ? 2.0 : b->p >= 0.9 ? 1.5 : 0.7;
        weight *= g->contact->last - g->contact->first < SHORT_WATCH ? 0.5 : 1;
        weight = b->interval < LEAST_SLEEP ? 0 : weight;
        wd_reason_add(&g->own, weight,
                      wd_arena_printf(c->arena, "timed: every %s, %.0f%% of it varies, %zu seen",
                                      every(b->interval, text), 100 * b->jitter, b->n));
    } else if (b->p < 0.05 && g->contact->n >= 20) {
        wd_reason_add(&g->own, -1.0, WD_S("no timer shows in many connections"));
    }
    if (weight == 0) {
        return;
    }
    if (b->p >= 0.9 && b->jitter >= 0.04 && b->jitter <= 0.7 && !b->phase) {
        wd_reason_add(&g->own, 0.5, WD_S("its sleep is varied on purpose"));
    }
    if (b->p >= 0.9 && b->by_size >= 3.9) {
        wd_reason_add(&g->own, 0.5, WD_S("its requests are all of one size"));
    }
}

static unsigned hours_of(const wd_contact *c)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < c->n; i++) {
        bits |= 1U << (unsigned) (c->moments[i].time / (3600 * WD_TICKS_PER_SECOND) % 24 & 31);
    }
    return (unsigned) __builtin_popcount(bits);
}

static void weigh_habits(wd_case_of *c, wd_judged *g, const wd_source *s)
{
    const wd_contact *o = g->contact;
    uint32_t other_hours = 0;
    for (size_t i = 0; i < s->n_contacts && s->n_contacts <= 200; i++) {
        const wd_contact *k = c->j->list[s->contacts[i]].contact;
        for (size_t m = 0; k != o && m < k->n; m++) {
            other_hours |=
                1U << (unsigned) (k->moments[m].time / (3600 * WD_TICKS_PER_SECOND) % 24 & 31);
        }
    }
    unsigned others = (unsigned) __builtin_popcount(other_hours);
    if (others >= 4 && others <= 14 && hours_of(o) >= 20) {
        wd_reason_add(&g->own, 0.7, WD_S("it goes on round the clock on a host used by day"));
    }
    for (size_t i = 0; i < o->n; i++) {
        if (o->moments[i].ms >= LONG_CONNECTION_MS) {
            wd_reason_add(&g->own, 0.7, WD_S("a connection stayed up for more than eight hours"));
            break;
        }
    }
    if (!s->ours && c->j->destinations[g->destination].hosts >= MANY_OUTSIDERS) {
        wd_reason_add(&g->own, -1.5, WD_S("one of many that come from outside the network"));
    }
    if (o->bytes_out > (UINT64_C(10) << 20) && o->bytes_out / 3 > o->bytes_in) {
        wd_reason_add(&g->own, 0.5, WD_S("far more was sent than received"));
    }
    if (o->layer == WD_CONTACT_HTTP && o->name.len == 0) {
        wd_reason_add(&g->own, 0.5, WD_S("it asks a web server without naming a host"));
    }
    for (size_t i = 0; i < c->w->n_installed; i++) {
        const wd_installed *in = &c->w->installed[i];
        wd_time after = o->first - in->time;
        if (in->time != WD_NO_TIME && wd_slice_eq(in->src, o->src) && after > NEW_AFTER &&
            after < 60 * WD_TICKS_PER_DAY && c->w->first != WD_NO_TIME &&
            c->w->first < in->time + NEW_AFTER) {
            wd_reason_add(&g->own, 0.7,
                          wd_arena_printf(c->arena, "first contact %lld days after the install",
                                          (long long) (after / WD_TICKS_PER_DAY)));
            break;
        }
    }
}

/* --- reasons of a name ------------------------------------------------------------------------ */

/* Something that only an implant does was seen: then many hosts are many victims. */
static bool follows_shared(const wd_destination *d)
{
    return d->shared.n > 0 && d->shared.list[0].weight >= WD_WEIGHT_ORDER;
}

static void weigh_rarity(wd_case_of *c, wd_destination *d)
{
    size_t fleet = c->j->hosts;
    double share = (double) d->inner / (double) fleet;
    double weight = 0;
    if (fleet < LEAST_FLEET || d->inner == 0) {
        return; /* how common a name is cannot be told */
    }
    if (d->inner == 1) {
        weight = fleet >= LARGE_FLEET ? 2.0 : 0.7;
    } else if (share <= 0.01) {
        weight = 0.7;
    } else if (share <= 0.25 && fleet < LARGE_FLEET) {
        weight = 0.3;
    } else if (share >= 0.05 && !follows_shared(d)) {
        weight = share >= 0.2 ? -1.5 : -0.5;
    }
    wd_reason_add(&d->shared, weight,
                  wd_arena_printf(c->arena, "%zu of %zu hosts contact it", d->inner, fleet));
}

static void weigh_age(wd_case_of *c, wd_destination *d)
{
    const wd_world *w = c->w;
    if (w->first == WD_NO_TIME || d->first == INT64_MAX || d->first == WD_NO_TIME) {
        return;
    }
    size_t before = wd_judge_days_before(c, d->first, WINDOW_DAYS);
    if (before >= DAYS_BEFORE) {
        wd_reason_add(&d->shared, 0.7,
                      wd_arena_printf(c->arena, "not seen on %zu days of records before", before));
    } else if (w->last - w->first >= OLD_SPAN) {
        wd_reason_add(&d->shared, -0.3, WD_S("contacted since the records begin"));
    }
}

static void weigh_name(wd_case_of *c, wd_destination *d, bool shared)
{
    wd_ip ip;
    wd_lookalike like = wd_lookalike_of(c->w->knowledge, d->name);
    wd_slice owner = like.brand == NULL ? WD_EMPTY : like.brand->owner;
    if (wd_net_addr_parse(d->name, &ip)) {
        return;
    }
    if (shared) {
        wd_reason_add(&d->shared, -4.0, WD_S("a service that everybody uses"));
        return;
    }
    double weight = 0;
    const char *what = "";
    switch (like.kind) {
    case WD_LOOKALIKE_NONE: break;
    case WD_LOOKALIKE_OWN:
        weight = -4.0;
        what = "belongs to";
        break;
    case WD_LOOKALIKE_INSIDE:
        weight = 0.7;
        what = "holds a name of";
        break;
    case WD_LOOKALIKE_COMBINED:
        weight = 2.5;
        what = "poses as";
        break;
    case WD_LOOKALIKE_TYPO:
        weight = 2.5;
        what = "is one letter away from";
        break;
    case WD_LOOKALIKE_HOMOGLYPH:
        weight = 3.0;
        what = "looks the same as";
        break;
    case WD_LOOKALIKE_SUBDOMAIN:
        weight = 3.0;
        what = "begins with a domain of";
        break;
    }
    if (weight != 0) {
        wd_reason_add(&d->shared, weight,
                      wd_arena_printf(c->arena, "the name %s %.*s", what, (int) owner.len,
                                      (const char *) owner.ptr));
    }
    wd_slice registered = wd_name_registered(d->name);
    wd_slice label = wd_slice_sub(registered, 0, wd_slice_find_byte(registered, '.'));
    if (label.len < registered.len && wd_name_looks_generated(label)) {
        wd_reason_add(&d->shared, 1.0, WD_S("the name reads as made by a machine"));
    }
}

/* Names that packs call harmless: the vendor's own site, decoys, companions. */
static void weigh_knowledge(wd_case_of *c, wd_destination *d)
{
    wd_match matches[WD_KB_MATCHES];
    if (c->w->knowledge == NULL) {
        return;
    }
    size_t n = wd_knowledge_match_name(c->w->knowledge, d->name, matches, WD_KB_MATCHES);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < matches[i].n; k++) {
            wd_role role = matches[i].list[k].role;
            if (role == WD_ROLE_VENDOR_SITE || role == WD_ROLE_DECOY || role == WD_ROLE_GENUINE) {
                wd_reason_add(&d->shared, -4.0, WD_S("known and harmless"));
                return;
            }
        }
    }
}

/* Plumbing of networks runs on timers everywhere. */
static void weigh_port(wd_case_of *c, wd_destination *d, size_t index)
{
    static const uint16_t plumbing[] = {53,  67,  68,  123,  137,  138,  161, 162,
                                        546, 547, 853, 1900, 3702, 5353, 5355};
    const wd_contact *o = c->j->list[c->members[index][0]].contact;
    for (size_t i = 0; i < sizeof plumbing / sizeof plumbing[0]; i++) {
        if (o->port == plumbing[i]) {
            wd_reason_add(&d->shared, -4.0, WD_S("a protocol that networks run on"));
            return;
        }
    }
    if (o->transport == WD_NET_ICMP) {
        wd_reason_add(&d->shared, -3.0, WD_S("only echo and control messages"));
    }
    bool named = o->layer == WD_CONTACT_TLS || o->layer == WD_CONTACT_HTTP;
    if (named && o->port != 443 && o->port != 80 && o->port != 8080 && o->port != 8443 &&
        o->port != 3128 && o->port != 993 && o->port != 587 && o->port != 465) {
        wd_reason_add(&d->shared, 0.5,
                      wd_arena_printf(c->arena, "on port %u, which is not usual", o->port));
    }
}

static void weigh_place(wd_destination *d)
{
    if (wd_net_addr_is_local(d->name)) {
        wd_reason_add(&d->shared, -5.0, WD_S("inside the network"));
    }
    bool dotted = wd_slice_find_byte(d->name, '.') != SIZE_MAX ||
                  wd_slice_find_byte(d->name, ':') != SIZE_MAX;
    if (!dotted || wd_slice_ends(d->name, WD_S(".local")) ||
        wd_slice_ends(d->name, WD_S(".arpa")) || wd_slice_ends(d->name, WD_S(".lan")) ||
        wd_slice_ends(d->name, WD_S(".internal")) || wd_slice_ends(d->name, WD_S(".corp"))) {
        wd_reason_add(&d->shared, -4.0, WD_S("a name of the inner network"));
    }
}

/* The same sharp timer on several hosts reads as a schedule that came with a program. */
static void weigh_schedule(wd_case_of *c, wd_destination *d, size_t index)
{
    size_t alike = 0;
    size_t timers = 0;
    size_t told = 0;
    double interval = 0;
    double jitter = 0;
    d->regularity = 0;
    for (size_t k = 0; k < c->n_members[index]; k++) {
        const wd_judged *g = &c->j->list[c->members[index][k]];
        const wd_beacon *b = &g->beacon;
        if (!b->too_few) {
            told++;
            timers += b->p >= 0.8;
            d->regularity += b->score > 0 ? fmin(b->score, 50) : 0;
        }
        if (b->p >= 0.9) {
            interval = interval == 0 ? b->interval : interval;
            jitter += b->jitter;
            alike += fabs(b->interval - interval) <= 0.1 * interval;
        }
    }
    d->timers = told == 0 ? 0 : (double) timers / (double) told;
    if (alike >= 2 && jitter / (double) alike < 0.13 && !follows_shared(d)) {
        wd_reason_add(&d->shared, -1.0,
                      wd_arena_printf(c->arena,
                                      "the same schedule on %zu hosts, as update checks have",
                                      alike));
    }
}

/* --- sums ------------------------------------------------------------------------------------- */

/* Reasons that lie in what is done, not in what the name is or who else uses it. */
static double behaviour_of(const wd_judged *g, const wd_destination *d)
{
    double sum = follows_shared(d) ? WD_WEIGHT_ORDER : 0;
    for (size_t i = 0; i < g->own.n; i++) {
        sum += g->own.list[i].weight > 0 ? g->own.list[i].weight : 0;
    }
    return sum;
}

static double capped(double weight, double behaviour)
{
    return behaviour < LEAST_BEHAVIOUR && weight > MOST_BY_NAME ? MOST_BY_NAME : weight;
}

/* What the sources of a name say together: the reasons of the clearest one, weighed by the share of
 * hosts that have a timer. */
static void sum_destination(wd_case_of *c, wd_destination *d, size_t index, size_t n)
{
    const wd_judged *best = NULL;
    for (size_t k = 0; k < n; k++) {
        wd_judged *g = &c->j->list[c->members[index][k]];
        g->weight = capped(g->own.sum + d->shared.sum, behaviour_of(g, d));
        if (best == NULL || g->weight > best->weight) {
            best = g;
        }
    }
    d->best = best == NULL ? 0 : (size_t) (best - c->j->list);
    double own = best == NULL ? 0 : best->own.sum;
    double share = d->hosts <= 1 ? 1 : d->timers;
    d->weight = d->shared.sum + (own > 0 ? own * share : own);
    d->weight = capped(d->weight, best == NULL ? 0 : behaviour_of(best, d));
    d->score = d->weight + 0.3 * log10(1 + d->regularity);
    d->p = 1 / (1 + exp(-1.2 * (d->weight - WD_CONVICTED)));
    d->convicted = d->weight >= WD_CONVICTED;
    for (size_t k = 0; k < n; k++) {
        wd_judged *g = &c->j->list[c->members[index][k]];
        g->convicted = g->weight >= WD_CONVICTED || d->convicted;
    }
}

static int by_score(const void *x, const void *y)
{
    const wd_destination *a = x;
    const wd_destination *b = y;
    if (a->score != b->score) {
        return a->score > b->score ? -1 : 1;
    }
    return wd_slice_cmp(a->name, b->name);
}

typedef struct ranked {
    double p;
    size_t index;
} ranked;

static int by_p(const void *x, const void *y)
{
    const ranked *a = x;
    const ranked *b = y;
    return a->p > b->p ? -1 : a->p < b->p ? 1 : 0;
}

/* Of all pairs tested, what share of those at least this regular is expected to be wrong: the mean
 * of their chances to be. */
static wd_status false_shares(wd_judgement *j, wd_arena *arena)
{
    ranked *r = WD_ARRAY(arena, j->n + 1, ranked);
    double wrong = 0;
    if (r == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < j->n; i++) {
        j->list[i].false_share = 1;
        if (!j->list[i].beacon.too_few) {
            r[j->tested++] = (ranked){j->list[i].beacon.p, i};
        }
    }
    if (j->tested > 1) {
        wd_sort(r, j->tested, sizeof r[0], by_p);
    }
    for (size_t i = 0; i < j->tested; i++) {
        wrong += 1 - r[i].p;
        j->list[r[i].index].false_share = wrong / (double) (i + 1);
    }
    return WD_OK;
}

static wd_status sort_destinations(wd_case_of *c)
{
    wd_judgement *j = c->j;
    size_t *place = WD_ARRAY(c->arena, j->n_destinations + 1, size_t);
    if (place == NULL) {
        return WD_E_NOMEM;
    }
    if (j->n_destinations > 1) {
        wd_sort(j->destinations, j->n_destinations, sizeof j->destinations[0], by_score);
    }
    for (size_t d = 0; d < j->n_destinations; d++) {
        place[j->list[j->destinations[d].best].destination] = d;
    }
    for (size_t i = 0; i < j->n; i++) {
        j->list[i].destination = place[j->list[i].destination];
    }
    return WD_OK;
}

wd_status wd_judge(const wd_world *world, wd_arena *arena, wd_judgement *out, wd_err *err)
{
    wd_case_of c = {.w = world, .arena = arena, .j = out};
    *out = (wd_judgement){0};
    if (wd_judge_index(&c) != WD_OK) {
        return wd_nomem(err, "conviction");
    }
    for (size_t i = 0; i < out->n; i++) {
        wd_judged *g = &out->list[i];
        wd_beacon_score(g->contact->moments, g->contact->n, &g->beacon);
        weigh_timer(&c, g);
    }
    if (wd_judge_agents(&c) != WD_OK || wd_judge_order(&c) != WD_OK) {
        return wd_nomem(err, "conviction");
    }
    for (size_t i = 0; i < out->n; i++) {
        weigh_habits(&c, &out->list[i], &c.sources[c.source_of[i]]);
    }
    for (size_t d = 0; d < out->n_destinations; d++) {
        wd_destination *dest = &out->destinations[d];
        weigh_rarity(&c, dest);
        weigh_age(&c, dest);
        weigh_name(&c, dest, c.is_shared[d]);
        weigh_knowledge(&c, dest);
        weigh_port(&c, dest, d);
        weigh_place(dest);
        weigh_schedule(&c, dest, d);
        sum_destination(&c, dest, d, c.n_members[d]);
    }
    if (false_shares(out, arena) != WD_OK || sort_destinations(&c) != WD_OK) {
        return wd_nomem(err, "conviction");
    }
    return WD_OK;
}

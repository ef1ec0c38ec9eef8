#include <math.h>
#include <stdlib.h>

#include "detect/conviction_priv.h"

/*
 * Stage retrieval: an implant that keeps its address on a service that everybody uses asks there
 * first, then contacts what it found. So the contacts of the second name come within seconds after
 * one with the first, nearly always and on every host, while other names of the same hosts do so
 * only as often as chance makes them. Pages that people open do the same with dozens of names at
 * once: only moments with little else around them count.
 */

#define JUST_BEFORE (10 * WD_TICKS_PER_SECOND)
/* Names that a source contacts within that time; a page has more. */
#define LITTLE_ELSE 4U
/* Events this close together are one. */
#define SAME_EVENT (600 * WD_TICKS_PER_SECOND)
/* Moments looked at per source. */
#define MAX_MOMENTS 200000U
/* How much better than chance, in natural logarithms. */
#define CLEAR 8.0
#define NEARLY_ALWAYS 0.8
#define LEAST_SEEN 3U

/* A moment of a source. */
typedef struct event {
    wd_time time;
    size_t destination;
} event;

typedef struct counts {
    size_t after; /* events that came just after one with a shared host, with little else */
    size_t all;
    double gain;
    wd_time last;
} counts;

typedef struct order_work {
    wd_case_of *c;
    counts *per;   /* by destination, over all sources */
    counts *own;   /* by destination, of the source at hand */
    size_t *stamp; /* which source `own` belongs to */
} order_work;

static int by_time(const void *a, const void *b)
{
    const event *x = a;
    const event *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->destination < y->destination ? -1 : x->destination > y->destination ? 1 : 0;
}

static wd_status events_of(wd_case_of *c, const wd_source *s, event **out, size_t *n)
{
    size_t all = 0;
    for (size_t i = 0; i < s->n_contacts; i++) {
        all += c->j->list[s->contacts[i]].contact->n;
    }
    all = all > MAX_MOMENTS ? MAX_MOMENTS : all;
    *out = WD_ARRAY(c->arena, all, event);
    *n = 0;
    if (*out == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < s->n_contacts; i++) {
        const wd_judged *g = &c->j->list[s->contacts[i]];
        bool plumbing = g->contact->layer == WD_CONTACT_DNS && g->contact->port != 0;
        for (size_t k = 0; k < g->contact->n && *n < all && !plumbing; k++) {
            (*out)[(*n)++] = (event){g->contact->moments[k].time, g->destination};
        }
    }
    if (*n > 1) {
        wd_sort(*out, *n, sizeof **out, by_time);
    }
    return WD_OK;
}

/* Whether event i follows one with a shared host, and how many names are met on the way. */
static bool follows(const wd_case_of *c, const event *e, size_t i)
{
    size_t names[LITTLE_ELSE + 1];
    size_t n = 0;
    bool shared = false;
    for (size_t k = i; k > 0 && e[i].time - e[k - 1].time <= JUST_BEFORE; k--) {
        size_t d = e[k - 1].destination;
        bool known = d == e[i].destination;
        for (size_t m = 0; m < n && !known; m++) {
            known = names[m] == d;
        }
        shared = shared || c->is_shared[d];
        if (!known && n >= LITTLE_ELSE) {
            return false;
        }
        if (!known) {
            names[n++] = d;
        }
    }
    return shared;
}

/* For every name of one source: how often it follows, against how often the other names do. */
static wd_status judge_source(order_work *w, size_t index)
{
    wd_case_of *c = w->c;
    const wd_source *s = &c->sources[index];
    event *e;
    size_t n;
    counts all = {0};
    bool any = false;
    for (size_t i = 0; i < s->n_contacts && !any; i++) {
        any = c->is_shared[c->j->list[s->contacts[i]].destination];
    }
    if (!any) {
        return WD_OK;
    }
    WD_TRY(events_of(c, s, &e, &n));
    for (size_t i = 0; i < n; i++) {
        size_t d = e[i].destination;
        counts *own = &w->own[d];
        if (w->stamp[d] != index + 1) {
            *own = (counts){.last = WD_NO_TIME};
            w->stamp[d] = index + 1;
        }
        if (c->is_shared[d] || (own->last != WD_NO_TIME && e[i].time - own->last < SAME_EVENT)) {
            continue;
        }
        bool after = follows(c, e, i);
        own->last = e[i].time;
        own->after += after;
        own->all++;
        all.after += after;
        all.all++;
    }
    for (size_t i = 0; i < s->n_contacts; i++) {
        size_t d = c->j->list[s->contacts[i]].destination;
        if (w->stamp[d] != index + 1 || w->own[d].all == 0) {
            continue;
        }
        /* What chance gives: the other names of the source, pulled towards one in twenty. */
        double others = (double) (all.all - w->own[d].all);
        double chance = ((double) (all.after - w->own[d].after) + 0.5) / (others + 10);
        double k = (double) w->own[d].after;
        double m = (double) w->own[d].all;
        double f = (k + 0.5) / (m + 1);
        w->per[d].after += w->own[d].after;
        w->per[d].all += w->own[d].all;
        w->per[d].gain += k * log(f / chance) + (m - k) * log((1 - f) / (1 - chance));
        w->stamp[d] = 0; /* two ports of one name count once */
    }
    return WD_OK;
}

wd_status wd_judge_order(wd_case_of *c)
{
    size_t n = c->j->n_destinations + 1;
    order_work w = {c, WD_ARRAY(c->arena, n, counts), WD_ARRAY(c->arena, n, counts),
                    WD_ARRAY(c->arena, n, size_t)};
    if (w.per == NULL || w.own == NULL || w.stamp == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t s = 0; s < c->n_sources; s++) {
        WD_TRY(judge_source(&w, s));
    }
    for (size_t i = 0; i < c->j->n_destinations; i++) {
        wd_destination *d = &c->j->destinations[i];
        const counts *p = &w.per[i];
        double share = p->all == 0 ? 0 : (double) p->after / (double) p->all;
        if (p->after < LEAST_SEEN || share < NEARLY_ALWAYS || p->gain < CLEAR) {
            continue;
        }
        wd_slice text = wd_arena_printf(
            c->arena,
            "%zu of %zu contacts came within 10 s after one with a service that everybody uses",
            p->after, p->all);
        if (text.ptr == NULL) {
            return WD_E_NOMEM;
        }
        wd_reason_add(&d->shared, WD_WEIGHT_ORDER, text);
    }
    return WD_OK;
}

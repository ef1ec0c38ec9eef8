#include <stdlib.h>

#include "core/buf.h"
#include "core/limits.h"
#include "detect/conviction_priv.h"

/* Findings for one name: more hosts than this are told in the sentence. */
#define HOSTS_PER_NAME 5U
#define REASONS_TOLD 3U

static int by_weight(const void *x, const void *y)
{
    const wd_reason *a = x;
    const wd_reason *b = y;
    double wa = a->weight < 0 ? -a->weight : a->weight;
    double wb = b->weight < 0 ? -b->weight : b->weight;
    return wa > wb ? -1 : wa < wb ? 1 : wd_slice_cmp(a->text, b->text);
}

/* The three strongest reasons of one side, joined; "" when there are none. */
static wd_slice join(wd_arena *arena, const wd_judged *g, const wd_destination *d, bool for_it)
{
    wd_reason all[2 * WD_MAX_REASONS];
    wd_buf b = {0};
    size_t n = 0;
    for (size_t i = 0; i < g->own.n; i++) {
        all[n++] = g->own.list[i];
    }
    for (size_t i = 0; i < d->shared.n; i++) {
        all[n++] = d->shared.list[i];
    }
    wd_sort(all, n, sizeof all[0], by_weight);
    size_t told = 0;
    for (size_t i = 0; i < n && told < REASONS_TOLD; i++) {
        if ((all[i].weight > 0) == for_it) {
            wd_buf_str(&b, told > 0 ? "; " : "");
            wd_buf_add(&b, all[i].text);
            told++;
        }
    }
    wd_slice s = b.len == 0 ? WD_EMPTY : wd_arena_copy(arena, wd_buf_slice(&b));
    wd_buf_free(&b);
    return s;
}

static bool has_order(const wd_destination *d)
{
    for (size_t i = 0; i < d->shared.n; i++) {
        if (wd_slice_find(d->shared.list[i].text, WD_S("came within 10 s")) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static wd_status give(const wd_judgement *j, const wd_judged *g, wd_arena *arena,
                      wd_conviction_sink *each, void *ctx)
{
    const wd_destination *d = &j->destinations[g->destination];
    const wd_contact *c = g->contact;
    bool timer = !g->beacon.too_few && g->beacon.p >= 0.8;
    bool order = has_order(d);
    double weight = g->weight > d->weight ? g->weight : d->weight;
    wd_slice against = join(arena, g, d, false);
    wd_finding f = {
        .rule = order   ? WD_S("traffic.stage")
                : timer ? WD_S("traffic.timer")
                        : WD_S("traffic.odd"),
        .title = order   ? WD_S("Contacts that follow a fetch from a shared service")
                 : timer ? WD_S("Regular contact with a rare or odd name")
                         : WD_S("Odd contact"),
        .techniques = order ? WD_S("T1102.001 T1071.001") : WD_S("T1071.001"),
        .host = c->src,
        .subject = d->name,
        .severity = weight >= WD_CONVICTED_SURELY ? WD_CRITICAL : WD_HIGH,
        .basis = WD_LIKELY,
        .tier = -1,
        .time = c->first,
        .span = c->span,
    };
    f.sentence =
        wd_arena_printf(arena, "%.*s contacts %.*s%s: ", (int) c->src.len,
                        (const char *) c->src.ptr, (int) d->name.len, (const char *) d->name.ptr,
                        d->hosts > HOSTS_PER_NAME ? " as other hosts do" : "");
    wd_slice reasons = join(arena, g, d, true);
    f.sentence =
        wd_arena_printf(arena, "%.*s%.*s.", (int) f.sentence.len, (const char *) f.sentence.ptr,
                        (int) reasons.len, (const char *) reasons.ptr);
    f.benign = against.len == 0
                   ? WD_S("nothing speaks for an update check or another honest reason")
                   : wd_arena_printf(arena, "for an honest reason speaks: %.*s; outweighed",
                                     (int) against.len, (const char *) against.ptr);
    if (f.sentence.ptr == NULL || f.benign.ptr == NULL) {
        return WD_E_NOMEM;
    }
    return each(ctx, c->item, &f);
}

static int by_conviction(const void *x, const void *y)
{
    const wd_judged *a = *(const wd_judged *const *) x;
    const wd_judged *b = *(const wd_judged *const *) y;
    if (a->weight != b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    int c = wd_slice_cmp(a->contact->src, b->contact->src);
    return c != 0 ? c : wd_slice_cmp(a->contact->name, b->contact->name);
}

wd_status wd_judge_findings(const wd_judgement *j, wd_arena *arena, wd_conviction_sink *each,
                            void *ctx)
{
    const wd_judged **list = WD_ARRAY(arena, j->n + 1, const wd_judged *);
    size_t *given = WD_ARRAY(arena, j->n_destinations + 1, size_t);
    size_t n = 0;
    if (list == NULL || given == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < j->n; i++) {
        if (j->list[i].convicted) {
            list[n++] = &j->list[i];
        }
    }
    if (n > 1) {
        wd_sort(list, n, sizeof list[0], by_conviction);
    }
    size_t told = 0;
    for (size_t i = 0; i < n && told < WD_MAX_FINDINGS_PER_RULE; i++) {
        if (given[list[i]->destination]++ < HOSTS_PER_NAME) {
            WD_TRY(give(j, list[i], arena, each, ctx));
            told++;
        }
    }
    return WD_OK;
}

#include <stdlib.h>

#include "detect/contacts_priv.h"

/* How long an answer is believed: caches of programs outlive the record's own time to live. */
#define BELIEVED WD_TICKS_PER_DAY
/* Sensors write the answer and the connection in either order within a moment. */
#define SLACK WD_TICKS_PER_SECOND

typedef struct answer {
    wd_slice src;
    wd_slice dst;
    wd_time time;
    wd_slice name;
} answer;

struct wd_namer {
    answer *list;
    size_t n, cap;
    wd_arena *arena;
};

static int by_ends(const answer *a, const answer *b)
{
    int c = wd_slice_cmp(a->dst, b->dst);
    return c != 0 ? c : wd_slice_cmp(a->src, b->src);
}

static int order(const void *x, const void *y)
{
    const answer *a = x;
    const answer *b = y;
    int c = by_ends(a, b);
    if (c == 0) {
        c = a->time < b->time ? -1 : a->time > b->time ? 1 : 0;
    }
    return c != 0 ? c : wd_slice_cmp(a->name, b->name);
}

static wd_status add(wd_namer *n, const wd_lookup *l, wd_slice dst)
{
    for (size_t i = 0; i == 0 || i < l->n; i++) {
        WD_TRY(WD_ROOM(n->arena, n->list, n->n, n->cap));
        n->list[n->n++] = (answer){l->src, dst, l->n == 0 ? l->first : l->times[i], l->name};
    }
    return WD_OK;
}

wd_status wd_namer_new(const wd_contacts_in *in, wd_arena *arena, wd_namer **out)
{
    wd_namer *n = WD_NEW(arena, wd_namer);
    if (n == NULL) {
        return WD_E_NOMEM;
    }
    n->arena = arena;
    for (size_t i = 0; i < in->n_lookups; i++) {
        const wd_lookup *l = &in->lookups[i];
        wd_slice rest = l->answers;
        wd_slice one;
        if (l->qtype != WD_DNS_A && l->qtype != WD_DNS_AAAA && l->qtype != 0) {
            continue;
        }
        while (wd_slice_split(&rest, ' ', &one)) {
            /* Addresses start with a digit or hold a colon; aliases are no places. */
            if (one.len > 0 &&
                (wd_is_digit(one.ptr[0]) || wd_slice_find_byte(one, ':') != SIZE_MAX)) {
                WD_TRY(add(n, l, one));
            }
        }
    }
    if (n->n > 1) {
        wd_sort(n->list, n->n, sizeof n->list[0], order);
    }
    *out = n;
    return WD_OK;
}

wd_slice wd_namer_find(const wd_namer *n, wd_slice src, wd_slice dst, wd_time t)
{
    answer want = {.src = src, .dst = dst};
    size_t low = 0;
    size_t high = n->n;
    if (t == WD_NO_TIME) {
        return (wd_slice){0};
    }
    while (low < high) { /* first answer after t */
        size_t mid = low + (high - low) / 2;
        int c = by_ends(&n->list[mid], &want);
        if (c < 0 || (c == 0 && n->list[mid].time <= t + SLACK)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (low == 0 || by_ends(&n->list[low - 1], &want) != 0 ||
        n->list[low - 1].time < t - BELIEVED) {
        return (wd_slice){0};
    }
    /* Several names at the same moment: the first in order, whatever order they came in. */
    size_t at = low - 1;
    while (at > 0 && by_ends(&n->list[at - 1], &want) == 0 &&
           n->list[at - 1].time == n->list[low - 1].time) {
        at--;
    }
    return n->list[at].name;
}

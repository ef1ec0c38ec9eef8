#include "detect/sigma_window.h"

#include <stdlib.h>

typedef struct judging {
    const wd_sigma *s;
    const wd_sigma_correlation *c;
    const wd_sigma_group *g;
    wd_arena *arena;
    wd_sigma_ranges *out;

    /* The window at hand. */
    wd_map seen;       /* counted value -> how often in the window */
    size_t distinct;   /* values that occur */
    size_t with_value; /* events that have the value */
    double sum;
    uint32_t per_ref[WD_SIGMA_MAX_REFS];
} judging;

static bool meets(const wd_sigma_correlation *c, double value)
{
    for (size_t i = 0; i < c->n_limits; i++) {
        if (wd_sigma_compare(c->limits[i].cmp, value, c->limits[i].value) == c->limits[i].negated) {
            return false;
        }
    }
    return true;
}

/* --- the window ------------------------------------------------------------------------------ */

static uintptr_t *times_seen(judging *j, const wd_sigma_counted *e)
{
    return e->counted.ptr == NULL ? NULL : wd_map_put(&j->seen, e->counted, NULL);
}

static wd_status enter(judging *j, const wd_sigma_counted *e)
{
    j->per_ref[e->ref]++;
    j->sum += e->is_number ? e->number : 0;
    if (e->counted.ptr != NULL) {
        uintptr_t *times = times_seen(j, e);
        if (times == NULL) {
            return WD_E_NOMEM;
        }
        j->distinct += *times == 0 ? 1U : 0U;
        (*times)++;
        j->with_value++;
    }
    return WD_OK;
}

static void leave(judging *j, const wd_sigma_counted *e)
{
    uintptr_t *times = times_seen(j, e);
    j->per_ref[e->ref]--;
    j->sum -= e->is_number ? e->number : 0;
    if (times != NULL) {
        (*times)--;
        j->distinct -= *times == 0 ? 1U : 0U;
        j->with_value--;
    }
}

static size_t refs_present(const judging *j)
{
    size_t n = 0;
    for (size_t i = 0; i < j->c->n_refs; i++) {
        n += j->per_ref[i] > 0 ? 1U : 0U;
    }
    return n;
}

static bool holds(const judging *j, uint32_t index)
{
    const wd_sigma_node *n = &j->s->nodes.list[index];
    if (n->op == WD_NODE_ITEM) {
        return j->per_ref[n->first] > 0;
    }
    const uint32_t *kids = &j->s->kids.list[n->first];
    uint32_t met = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        met += holds(j, kids[i]) ? 1U : 0U;
    }
    switch (n->op) {
    case WD_NODE_NOT: return met == 0;
    case WD_NODE_AND: return met == n->n;
    case WD_NODE_OR: return met > 0;
    case WD_NODE_AT_LEAST: return met >= n->need;
    case WD_NODE_ITEM: break;
    }
    return false;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;
    return x < y ? -1 : (x > y ? 1 : 0);
}

/* Linear between the two nearest ranks, as most query languages have it. */
static wd_status percentile(judging *j, uint32_t first, uint32_t last, double *out, bool *any)
{
    double *list = WD_ARRAY(j->arena, last - first + 1U, double);
    size_t n = 0;
    if (list == NULL) {
        return WD_E_NOMEM;
    }
    for (uint32_t i = first; i <= last; i++) {
        if (j->g->list[i]->is_number) {
            list[n++] = j->g->list[i]->number;
        }
    }
    *any = n > 0;
    if (n > 0) {
        wd_sort(list, n, sizeof *list, by_value);
        double rank = j->c->percentile / 100 * (double) (n - 1);
        size_t low = (size_t) rank;
        size_t high = low + 1 < n ? low + 1 : low;
        *out = list[low] + (list[high] - list[low]) * (rank - (double) low);
    }
    return WD_OK;
}

static size_t numbers_between(const judging *j, uint32_t first, uint32_t last)
{
    size_t n = 0;
    for (uint32_t i = first; i <= last; i++) {
        n += j->g->list[i]->is_number ? 1U : 0U;
    }
    return n;
}

/* The figure that the condition compares, for the window of events first..last. */
static wd_status figure(judging *j, uint32_t first, uint32_t last, double *value, bool *met)
{
    const wd_sigma_correlation *c = j->c;
    bool any = true;
    size_t n = 0;
    switch (c->type) {
    case WD_CORR_EVENT_COUNT: *value = (double) (last - first + 1); break;
    case WD_CORR_VALUE_COUNT: *value = (double) j->distinct; break;
    case WD_CORR_VALUE_SUM: *value = j->sum; break;
    case WD_CORR_VALUE_AVG:
        n = numbers_between(j, first, last);
        any = n > 0;
        *value = any ? j->sum / (double) n : 0;
        break;
    case WD_CORR_VALUE_PERCENTILE: WD_TRY(percentile(j, first, last, value, &any)); break;
    case WD_CORR_TEMPORAL:
        *value = (double) refs_present(j);
        if (c->expression != WD_SIGMA_NONE) {
            *met = holds(j, c->expression);
            return WD_OK;
        }
        any = c->n_limits > 0 || refs_present(j) == c->n_refs;
        break;
    case WD_CORR_TEMPORAL_ORDERED: break;
    }
    *met = any && meets(c, *value);
    return WD_OK;
}

static wd_status found(judging *j, wd_sigma_range range)
{
    WD_TRY(WD_ROOM(j->arena, j->out->list, j->out->n, j->out->cap));
    j->out->list[j->out->n++] = range;
    return WD_OK;
}

static bool reaches(const judging *j, uint32_t from, uint32_t to)
{
    return j->g->list[to]->time - j->g->list[from]->time <= j->c->timespan;
}

/* --- kinds of windows ------------------------------------------------------------------------ */

static wd_status slide(judging *j)
{
    uint32_t first = 0;
    bool growing = false;
    for (uint32_t i = 0; i < j->g->n; i++) {
        double value = 0;
        bool met = false;
        WD_TRY(enter(j, j->g->list[i]));
        for (; !reaches(j, first, i); first++) {
            leave(j, j->g->list[first]);
        }
        WD_TRY(figure(j, first, i, &value, &met));
        if (met && growing) {
            wd_sigma_range *last = &j->out->list[j->out->n - 1];
            last->last = i;
            last->value = value > last->value ? value : last->value;
        } else if (met) {
            WD_TRY(found(j, (wd_sigma_range){first, i, i, value, NULL, 0}));
        }
        growing = met;
    }
    return WD_OK;
}

static wd_status whole_windows(judging *j)
{
    for (uint32_t first = 0; first < j->g->n;) {
        uint32_t end = first;
        double value = 0;
        bool met = false;
        for (; end < j->g->n && reaches(j, first, end); end++) {
            WD_TRY(enter(j, j->g->list[end]));
        }
        WD_TRY(figure(j, first, end - 1, &value, &met));
        WD_TRY(met ? found(j, (wd_sigma_range){first, end - 1, end - 1, value, NULL, 0}) : WD_OK);
        for (; first < end; first++) {
            leave(j, j->g->list[first]);
        }
    }
    return WD_OK;
}

/* Each event whose value is rare among those of the time before it, itself included. */
static wd_status rare_values(judging *j)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < j->g->n; i++) {
        const wd_sigma_counted *e = j->g->list[i];
        WD_TRY(enter(j, e));
        for (; !reaches(j, first, i); first++) {
            leave(j, j->g->list[first]);
        }
        uintptr_t *times = times_seen(j, e);
        if (times != NULL && meets(j->c, 100.0 * (double) *times / (double) j->with_value)) {
            double share = 100.0 * (double) *times / (double) j->with_value;
            WD_TRY(found(j, (wd_sigma_range){i, i, i, share, NULL, 0}));
        }
    }
    return WD_OK;
}

/* --- order ----------------------------------------------------------------------------------- */

/* A sequence so far: its last event, what stood before it, when it began. */
typedef struct link {
    const struct link *before;
    uint32_t at;
    wd_time began;
} link;

static size_t sequence_length(const wd_sigma_correlation *c)
{
    for (size_t n = 1; n <= c->n_refs && c->n_limits > 0; n++) {
        if (meets(c, (double) n)) {
            return n;
        }
    }
    return c->n_refs;
}

static wd_status sequence_found(judging *j, const link *end, size_t len)
{
    uint32_t *chain = WD_ARRAY(j->arena, len, uint32_t);
    if (chain == NULL) {
        return WD_E_NOMEM;
    }
    uint32_t last = end->at;
    for (size_t i = len; i > 0 && end != NULL; i--, end = end->before) {
        chain[i - 1] = end->at;
    }
    return found(j, (wd_sigma_range){chain[0], last, last, (double) len, chain, (uint32_t) len});
}

static int by_time_and_ref(const void *a, const void *b)
{
    const wd_sigma_counted *x = *(wd_sigma_counted *const *) a;
    const wd_sigma_counted *y = *(wd_sigma_counted *const *) b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    if (x->ref != y->ref) {
        return x->ref < y->ref ? -1 : 1;
    }
    return x->order < y->order ? -1 : (x->order > y->order ? 1 : 0);
}

/* The sequence of `len` events that ends with rule `ref` and begins latest: the only one that a
 * longer one within the time span needs to be built on. */
static const link *latest(const link *const *best, size_t n_refs, size_t len, uint32_t ref)
{
    const link *found_link = NULL;
    for (uint32_t r = 0; r < ref; r++) {
        const link *l = best[len * n_refs + r];
        if (l != NULL && (found_link == NULL || l->began > found_link->began)) {
            found_link = l;
        }
    }
    return found_link;
}

static wd_status sequences(judging *j)
{
    size_t n = j->c->n_refs;
    size_t len = sequence_length(j->c);
    const link **best = WD_ARRAY(j->arena, (len + 1) * n, const link *);
    if (best == NULL) {
        return WD_E_NOMEM;
    }
    wd_sort(j->g->list, j->g->n, sizeof *j->g->list, by_time_and_ref);
    for (uint32_t i = 0; i < j->g->n; i++) {
        const wd_sigma_counted *e = j->g->list[i];
        bool complete = false;
        for (size_t k = len; k >= 1 && !complete; k--) {
            const link *before = k == 1 ? NULL : latest(best, n, k - 1, e->ref);
            bool fits = k == 1 || (before != NULL && e->time - before->began <= j->c->timespan);
            link *l = fits ? WD_NEW(j->arena, link) : NULL;
            if (fits && l == NULL) {
                return WD_E_NOMEM;
            }
            if (fits) {
                *l = (link){before, i, before == NULL ? e->time : before->began};
                best[k * n + e->ref] = l;
                complete = k == len;
            }
        }
        if (complete) {
            WD_TRY(sequence_found(j, best[len * n + e->ref], len));
            for (size_t k = 0; k < (len + 1) * n; k++) {
                best[k] = NULL;
            }
        }
    }
    return WD_OK;
}

wd_status wd_sigma_window(const wd_sigma *s, const wd_sigma_correlation *c,
                          const wd_sigma_group *group, wd_arena *arena, wd_sigma_ranges *out)
{
    judging j = {.s = s, .c = c, .g = group, .arena = arena, .out = out, .seen = {.arena = arena}};
    if (c->type == WD_CORR_TEMPORAL_ORDERED) {
        return sequences(&j);
    }
    if (c->type == WD_CORR_VALUE_PERCENTILE && c->rarity) {
        return rare_values(&j);
    }
    return c->closed ? whole_windows(&j) : slide(&j);
}

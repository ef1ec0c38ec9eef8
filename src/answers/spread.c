#include "answers/spread.h"

#include <math.h>
#include <stdlib.h>

static wd_status row_of(const wd_model *m, wd_spread_row **rows, size_t *n, size_t *cap,
                        wd_slice name, wd_spread_row **out)
{
    for (size_t i = 0; i < *n; i++) {
        if (wd_slice_eq((*rows)[i].name, name)) {
            *out = &(*rows)[i];
            return WD_OK;
        }
    }
    if (*n >= *cap) {
        WD_TRY(wd_arena_grow(m->arena, rows, cap, *n, sizeof **rows));
    }
    (*rows)[*n] = (wd_spread_row){.name = name};
    *out = &(*rows)[(*n)++];
    return WD_OK;
}

static void count_in(wd_spread_row *row, const wd_host_state *h)
{
    row->hosts++;
    row->installed += h->tier >= 1 ? 1 : 0;
    row->beaconed += h->tier >= 4 ? 1 : 0;
    row->chosen += h->tier >= 6 ? 1 : 0;
}

static int by_installed(const void *a, const void *b)
{
    const wd_spread_row *x = a;
    const wd_spread_row *y = b;
    if (x->installed != y->installed) {
        return x->installed > y->installed ? -1 : 1;
    }
    return wd_slice_cmp(x->name, y->name);
}

/* log C(n, k) */
static double log_choose(size_t n, size_t k)
{
    return lgamma((double) n + 1) - lgamma((double) k + 1) - lgamma((double) (n - k) + 1);
}

typedef struct table {
    size_t n, K, N, lowest, highest; /* possible values of k */
} table;

/* Tail or mean of the noncentral hypergeometric distribution with odds ratio exp(log_odds). */
typedef enum wanted { UPPER_TAIL, LOWER_TAIL, MEAN } wanted;

static double noncentral(const table *t, size_t k, double log_odds, wanted what)
{
    double largest = -INFINITY;
    for (size_t x = t->lowest; x <= t->highest; x++) {
        double w = log_choose(t->K, x) + log_choose(t->N - t->K, t->n - x) + (double) x * log_odds;
        largest = w > largest ? w : largest;
    }
    double all = 0;
    double part = 0;
    for (size_t x = t->lowest; x <= t->highest; x++) {
        double w = exp(log_choose(t->K, x) + log_choose(t->N - t->K, t->n - x) +
                       (double) x * log_odds - largest);
        bool in = what == MEAN || (what == UPPER_TAIL ? x >= k : x <= k);
        all += w;
        part += in ? w * (what == MEAN ? (double) x : 1) : 0;
    }
    return part / all;
}

/* The log odds at which the quantity crosses `target`; it rises with the odds unless `falling`. */
static double solve(const table *t, size_t k, wanted what, double target)
{
    double low = -40;
    double high = 40;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        bool below = noncentral(t, k, middle, what) < target;
        if (below != (what == LOWER_TAIL)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

void wd_fisher(size_t k, size_t n, size_t K, size_t N, double *p, double *ratio, double *low,
               double *high)
{
    table t = {n, K, N, n + K > N ? n + K - N : 0, n < K ? n : K};
    *p = noncentral(&t, k, 0, UPPER_TAIL);
    *low = k == t.lowest ? 0 : exp(solve(&t, k, UPPER_TAIL, 0.025));
    *high = k == t.highest ? INFINITY : exp(solve(&t, k, LOWER_TAIL, 0.025));
    if (k == t.lowest) {
        *ratio = 0;
    } else if (k == t.highest) {
        *ratio = INFINITY;
    } else {
        *ratio = exp(solve(&t, k, MEAN, (double) k));
    }
}

static void test_choice(wd_spread *s)
{
    wd_aimed *a = &s->aimed;
    size_t named = 0;
    for (size_t i = 0; i < s->n_sectors; i++) {
        a->N += s->sectors[i].installed;
        a->n += s->sectors[i].chosen;
        named += s->sectors[i].installed > 0 && s->sectors[i].name.len > 0 ? 1 : 0;
    }
    a->sectors = named;
    if (a->n == 0 || named < 2) {
        a->why = a->n == 0 ? "no host is shown to have been chosen"
                           : "the exposed hosts name fewer than two sectors";
        return;
    }
    a->p = INFINITY;
    for (size_t i = 0; i < s->n_sectors; i++) {
        const wd_spread_row *r = &s->sectors[i];
        double p = 1;
        double ratio = 0;
        double low = 0;
        double high = 0;
        if (r->name.len == 0 || r->installed == 0) {
            continue;
        }
        wd_fisher(r->chosen, a->n, r->installed, a->N, &p, &ratio, &low, &high);
        if (p < a->p) {
            a->p = p;
            a->ratio = ratio;
            a->low = low;
            a->high = high;
            a->sector = r->name;
            a->k = r->chosen;
            a->K = r->installed;
        }
    }
    a->tested = true;
    a->p = fmin(1, a->p * (double) named);
}

wd_status wd_spread_make(wd_spread *out, const wd_model *m)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        const wd_host_state *h = &m->hosts[i];
        wd_spread_row *row = NULL;
        if (!h->host->listed) {
            continue;
        }
        out->base++;
        out->unmapped += h->host->country.len == 0 ? 1 : 0;
        WD_TRY(row_of(m, &out->countries, &out->n_countries, &out->cap_countries, h->host->country,
                      &row));
        count_in(row, h);
        WD_TRY(row_of(m, &out->sectors, &out->n_sectors, &out->cap_sectors, h->host->sector, &row));
        count_in(row, h);
        for (int t = 0; t <= h->tier; t++) {
            out->funnel[t]++;
        }
    }
    if (out->n_countries > 1) {
        wd_sort(out->countries, out->n_countries, sizeof *out->countries, by_installed);
    }
    if (out->n_sectors > 1) {
        wd_sort(out->sectors, out->n_sectors, sizeof *out->sectors, by_installed);
    }
    test_choice(out);
    return WD_OK;
}

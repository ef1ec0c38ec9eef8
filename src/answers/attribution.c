#include "answers/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answers/attribution_priv.h"

#define MU 100.0        /* weight of the base rate */
#define NEXUS 40.0      /* weight of the state's habit */
#define NEXUS_MU 50.0   /* its own smoothing */
#define BACK_OFF 0.1    /* a technique known only from the actor's software */
#define CLIP_LOW (-0.6) /* no single technique counts more than this against ... */
#define CLIP_HIGH 2.0   /* ... or for an actor */
#define SOFTWARE_CAP 3U
#define UMBRELLA 0.5 /* a program of a sister under the same umbrella: units share tools */

wd_attr_weights wd_attr_weights_of(bool software, bool open)
{
    if (open) {
        return software ? (wd_attr_weights){1.938, 1.254, 0.640, 6.491, -0.196, 0.634}
                        : (wd_attr_weights){2.100, 0, 0.753, 6.648, 0, 0};
    }
    return software ? (wd_attr_weights){2.059, 1.397, 0.666, 0, 0, 0}
                    : (wd_attr_weights){2.255, 0, 0.787, 0, 0, 0};
}

/* --- counting ------------------------------------------------------------------------------- */

static uint32_t count_cell(const wd_attr_counts *c, const wd_attr_cell *cell)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < cell->n_reports; i++) {
        n += c->ignored == NULL || c->ignored[cell->reports[i]] == 0;
    }
    return n == 0 && cell->uncited ? 1 : n;
}

static void clear(wd_attr_counts *c)
{
    const wd_attr_base *b = c->base;
    memset(c->total, 0, b->n_actors * sizeof *c->total);
    memset(c->software_total, 0, b->n_actors * sizeof *c->software_total);
    memset(c->reports, 0, b->n_actors * sizeof *c->reports);
    memset(c->listed, 0, b->n_techniques * sizeof *c->listed);
    memset(c->nexus_total, 0, b->n_nexus * sizeof *c->nexus_total);
    memset(c->users, 0, b->n_software * sizeof *c->users);
    c->all_listed = 0;
    c->all_uses = 0;
}

static void count_techniques(wd_attr_counts *c)
{
    const wd_attr_base *b = c->base;
    for (size_t i = 0; i < b->by_technique.n; i++) {
        const wd_attr_cell *cell = &b->by_technique.cells[i];
        uint32_t n = cell->user == c->absent ? 0 : count_cell(c, cell);
        c->technique[i] = n;
        c->total[cell->user] += n;
        c->listed[cell->used] += n;
        c->all_listed += n;
        if (b->nexus[cell->user] != WD_NO_NEXUS) {
            c->nexus_total[b->nexus[cell->user]] += n;
        }
    }
}

static void count_software(wd_attr_counts *c)
{
    const wd_attr_base *b = c->base;
    for (size_t i = 0; i < b->by_software.n; i++) {
        const wd_attr_cell *cell = &b->by_software.cells[i];
        uint32_t n = cell->user == c->absent ? 0 : count_cell(c, cell);
        n = n > SOFTWARE_CAP ? SOFTWARE_CAP : n;
        c->software[i] = n;
        c->software_total[cell->user] += n;
        c->users[cell->used] += n > 0;
        c->all_uses += n > 0;
    }
    for (size_t g = 0; g < b->n_actors; g++) {
        for (size_t i = 0; i < b->n_reports_of[g] && g != c->absent; i++) {
            c->reports[g] += c->ignored == NULL || c->ignored[b->reports_of[g][i]] == 0;
        }
    }
}

void wd_attr_count(wd_attr_counts *c, const uint8_t *ignored, uint32_t absent)
{
    c->ignored = ignored;
    c->absent = absent;
    clear(c);
    count_techniques(c);
    count_software(c);
}

uint32_t wd_attr_absent(const wd_attr_counts *c)
{
    return c->absent;
}

unsigned wd_attr_support(const wd_attr_counts *c, uint32_t actor, wd_fact_ref used)
{
    bool technique = used.kind == WD_FACT_TECHNIQUE;
    const wd_attr_cells *cells = technique ? &c->base->by_technique : &c->base->by_software;
    for (uint32_t i = cells->start[used.index]; i < cells->start[used.index + 1]; i++) {
        if (cells->cells[i].user == actor) {
            return technique ? c->technique[i] : c->software[i];
        }
    }
    return 0;
}

static double share(const wd_attr_counts *c, uint32_t technique)
{
    return (c->listed[technique] + 0.5) /
           ((double) c->all_listed + 0.5 * (double) c->base->n_techniques);
}

static double chance(const wd_attr_counts *c, uint32_t software)
{
    return (c->users[software] + 0.5) / ((double) c->all_uses + 0.5 * (double) c->base->n_software);
}

double wd_attr_base_rate(const wd_attr_counts *c, wd_fact_ref used)
{
    return used.kind == WD_FACT_TECHNIQUE ? share(c, used.index) : chance(c, used.index);
}

/* --- terms ---------------------------------------------------------------------------------- */

/* Marks actors of whom some software uses the technique. */
static void mark_back_off(const wd_attr_counts *c, uint32_t technique, uint8_t *mark)
{
    const wd_attr_base *b = c->base;
    memset(mark, 0, b->n_actors);
    for (uint32_t i = b->software_technique.start[technique];
         i < b->software_technique.start[technique + 1]; i++) {
        const wd_attr_cell *cell = &b->software_technique.cells[i];
        if (count_cell(c, cell) == 0) {
            continue;
        }
        for (uint32_t k = b->by_software.start[cell->user];
             k < b->by_software.start[cell->user + 1]; k++) {
            if (c->software[k] > 0) {
                mark[b->by_software.cells[k].user] = 1;
            }
        }
    }
}

static void technique_terms(const wd_attr_counts *c, uint32_t t, double *out)
{
    const wd_attr_base *b = c->base;
    double base = share(c, t);
    double *own = c->row;
    double *nexus = c->nexus_row;
    memset(own, 0, b->n_actors * sizeof *own);
    memset(nexus, 0, b->n_nexus * sizeof *nexus);
    for (uint32_t i = b->by_technique.start[t]; i < b->by_technique.start[t + 1]; i++) {
        uint32_t g = b->by_technique.cells[i].user;
        own[g] = c->technique[i];
        if (b->nexus[g] != WD_NO_NEXUS) {
            nexus[b->nexus[g]] += c->technique[i];
        }
    }
    mark_back_off(c, t, c->mark);
    for (size_t g = 0; g < b->n_actors; g++) {
        double q = base;
        uint32_t x = b->nexus[g];
        if (x != WD_NO_NEXUS) {
            q = (nexus[x] - own[g] + NEXUS_MU * base) /
                (c->nexus_total[x] - (double) c->total[g] + NEXUS_MU);
        }
        double e = own[g] <= 0 && c->mark[g] != 0 ? BACK_OFF : 0;
        double l = log((own[g] + MU * base + NEXUS * q + e) / ((c->total[g] + MU + NEXUS) * base));
        out[g] = l < CLIP_LOW ? CLIP_LOW : l > CLIP_HIGH ? CLIP_HIGH : l;
    }
}

/* What another actor of the same umbrella lends. */
static double lent(const wd_attr_counts *c, uint32_t m, uint32_t g)
{
    const wd_attr_base *b = c->base;
    uint32_t umbrella = b->facts->actors[g].umbrella;
    if (umbrella == WD_NO_UMBRELLA || c->strict) {
        return 0;
    }
    for (uint32_t i = b->by_software.start[m]; i < b->by_software.start[m + 1]; i++) {
        uint32_t user = b->by_software.cells[i].user;
        if (c->software[i] > 0 && user != g && b->facts->actors[user].umbrella == umbrella) {
            return UMBRELLA;
        }
    }
    return 0;
}

static void software_terms(const wd_attr_counts *c, uint32_t m, double *out)
{
    const wd_attr_base *b = c->base;
    double a = chance(c, m);
    for (size_t g = 0; g < b->n_actors; g++) {
        out[g] = log((MU * a + lent(c, m, (uint32_t) g)) / ((c->software_total[g] + MU) * a));
    }
    for (uint32_t i = b->by_software.start[m]; i < b->by_software.start[m + 1]; i++) {
        uint32_t g = b->by_software.cells[i].user;
        if (c->software[i] > 0) {
            out[g] = log((c->software[i] + MU * a) / ((c->software_total[g] + MU) * a));
        }
    }
}

void wd_attr_terms(const wd_attr_counts *c, const wd_attr_item *item, double *out)
{
    if (item->fact.kind == WD_FACT_TECHNIQUE) {
        technique_terms(c, item->fact.index, out);
    } else if (item->fact.kind == WD_FACT_SOFTWARE) {
        software_terms(c, item->fact.index, out);
    } else {
        memcpy(out, item->lr, c->base->n_actors * sizeof *out);
    }
}

/* --- evidence to probabilities -------------------------------------------------------------- */

static int item_order(const void *x, const void *y)
{
    const wd_attr_item *a = x;
    const wd_attr_item *b = y;
    int ka = a->fact.kind == WD_FACT_NONE ? 99 : (int) a->fact.kind;
    int kb = b->fact.kind == WD_FACT_NONE ? 99 : (int) b->fact.kind;
    if (ka != kb) {
        return ka < kb ? -1 : 1;
    }
    if (a->fact.index != b->fact.index) {
        return a->fact.index < b->fact.index ? -1 : 1;
    }
    return a->reliability > b->reliability ? -1 : a->reliability < b->reliability;
}

size_t wd_attr_items_sort(wd_attr_item *items, size_t n)
{
    size_t kept = 0;
    if (n > 0) {
        wd_sort(items, n, sizeof *items, item_order);
    }
    for (size_t i = 0; i < n; i++) {
        bool repeat = kept > 0 && items[kept - 1].fact.kind == items[i].fact.kind &&
                      items[kept - 1].fact.index == items[i].fact.index;
        if (!repeat) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

wd_status wd_attr_table_new(wd_attr_table *t, const wd_attr_base *base, size_t cap, wd_arena *arena)
{
    *t = (wd_attr_table){.n_actors = base->n_actors, .cap = cap};
    t->items = WD_ARRAY(arena, cap + 1, wd_attr_item);
    t->terms = WD_ARRAY(arena, (cap + 1) * t->n_actors, double);
    t->prior = WD_ARRAY(arena, t->n_actors, double);
    return t->items == NULL || t->terms == NULL || t->prior == NULL ? WD_E_NOMEM : WD_OK;
}

/* Programs that one actor only is recorded with, and programs of nobody. */
static void count_rare(wd_attr_table *t, const wd_attr_counts *c)
{
    t->exclusive = 0;
    t->orphans = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (t->items[i].fact.kind == WD_FACT_SOFTWARE) {
            uint32_t users = c->users[t->items[i].fact.index];
            t->exclusive += users == 1 ? t->items[i].reliability : 0;
            t->orphans += users == 0 ? t->items[i].reliability : 0;
        }
    }
    t->exclusive = t->exclusive > 2 ? 2 : t->exclusive;
    t->orphans = t->orphans > 2 ? 2 : t->orphans;
}

double wd_attr_unknown(const wd_attr_table *t, const wd_attr_weights *w, double prior)
{
    return w->unknown + w->exclusive * t->exclusive + w->orphan * t->orphans +
           log(prior / (1 - prior));
}

void wd_attr_table_fill(wd_attr_table *t, const wd_attr_counts *c, const wd_attr_item *items,
                        size_t n)
{
    t->n = n < t->cap ? n : t->cap;
    if (items != t->items && t->n > 0) {
        memcpy(t->items, items, t->n * sizeof *items);
    }
    t->n = wd_attr_items_sort(t->items, t->n);
    for (size_t i = 0; i < t->n; i++) {
        wd_attr_terms(c, &t->items[i], &t->terms[i * t->n_actors]);
    }
    count_rare(t, c);
    for (size_t g = 0; g < t->n_actors; g++) {
        t->prior[g] = g == c->absent ? -INFINITY : log(c->reports[g] + 0.5);
    }
}

void wd_attr_table_strict(wd_attr_table *out, const wd_attr_table *t, wd_attr_counts *c)
{
    out->n = t->n < out->cap ? t->n : out->cap;
    out->exclusive = t->exclusive;
    out->orphans = t->orphans;
    if (out->n > 0) {
        memcpy(out->items, t->items, out->n * sizeof *out->items);
        memcpy(out->terms, t->terms, out->n * t->n_actors * sizeof(double));
    }
    memcpy(out->prior, t->prior, t->n_actors * sizeof(double));
    c->strict = true;
    for (size_t i = 0; i < out->n; i++) {
        if (out->items[i].fact.kind == WD_FACT_SOFTWARE) {
            wd_attr_terms(c, &out->items[i], &out->terms[i * out->n_actors]);
        }
    }
    c->strict = false;
}

wd_status wd_attr_sums_new(wd_attr_sums *f, const wd_attr_base *base, wd_arena *arena)
{
    f->technique = WD_ARRAY(arena, base->n_actors, double);
    f->software = WD_ARRAY(arena, base->n_actors, double);
    f->other = WD_ARRAY(arena, base->n_actors, double);
    return f->technique == NULL || f->software == NULL || f->other == NULL ? WD_E_NOMEM : WD_OK;
}

void wd_attr_sum(const wd_attr_table *t, const uint8_t *without, wd_attr_sums *out)
{
    double n = 0;
    memset(out->technique, 0, t->n_actors * sizeof(double));
    memset(out->software, 0, t->n_actors * sizeof(double));
    memset(out->other, 0, t->n_actors * sizeof(double));
    for (size_t i = 0; i < t->n; i++) {
        const wd_attr_item *item = &t->items[i];
        if (without != NULL && without[i] != 0) {
            continue;
        }
        wd_fact_kind kind = item->fact.kind;
        double *sum = kind == WD_FACT_TECHNIQUE  ? out->technique
                      : kind == WD_FACT_SOFTWARE ? out->software
                                                 : out->other;
        const double *terms = &t->terms[i * t->n_actors];
        double r = kind == WD_FACT_NONE ? 1 : item->reliability;
        n += kind == WD_FACT_TECHNIQUE ? r : 0;
        for (size_t g = 0; g < t->n_actors; g++) {
            sum[g] += r * terms[g];
        }
    }
    double scale = 1 / sqrt(n < 1 ? 1 : n);
    for (size_t g = 0; g < t->n_actors; g++) {
        out->technique[g] *= scale;
    }
}

void wd_attr_scores(const wd_attr_table *t, const wd_attr_sums *f, const wd_attr_weights *w,
                    double *out)
{
    for (size_t g = 0; g < t->n_actors; g++) {
        out[g] = w->technique * f->technique[g] + w->software * f->software[g] + f->other[g] +
                 w->prior * t->prior[g];
    }
}

double wd_attr_softmax(double *scores, size_t n, double unknown)
{
    double most = unknown;
    for (size_t g = 0; g < n; g++) {
        most = scores[g] > most ? scores[g] : most;
    }
    double sum = exp(unknown - most);
    double u = sum;
    for (size_t g = 0; g < n; g++) {
        scores[g] = exp(scores[g] - most);
        sum += scores[g];
    }
    for (size_t g = 0; g < n; g++) {
        scores[g] /= sum;
    }
    return u / sum;
}

size_t wd_attr_first(const double *p, size_t n)
{
    size_t best = 0;
    for (size_t g = 1; g < n; g++) {
        best = p[g] > p[best] ? g : best;
    }
    return best;
}

/*
 * Prints how well `who` attributes the incidents of the public benchmark, everything in one run:
 *
 *   attribution FACTS-DIR BENCHMARK-DIR
 *
 * BENCHMARK-DIR holds incidents-dev.jsonl and reports.jsonl. Weights are fitted in five folds by
 * component, so that no incident, nor a sister report of it, is scored by weights that saw it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attribution_bench.h"
#include "fit.h"

#define L2 0.3

/* Everything measured of one protocol and track. */
enum { GATES = 4 };
static const wd_attr_gate gate_list[GATES] = {
    {0, 0, 0, 0.5}, {2, 1, 1, 0.5}, {3, 1, 1, 0.3}, {3, 1, 1, 0.5}};

typedef struct gate_row {
    size_t n, named, right, absent_named, decoys, decoy_named, true_despite;
} gate_row;

typedef struct results {
    measure five, ten, noisy[3];
    gate_row gates[GATES];
    size_t decoys, decoy_first;
    double *known, *absent; /* probability of "unknown" */
    size_t n_open;
} results;

static double now(void)
{
    struct timespec t;
    (void) clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void die(const char *what, const wd_err *err)
{
    (void) fprintf(stderr, "%s: %s\n", what, err->text);
    exit(1);
}

static wd_slice slurp(bench *b, const char *dir, const char *name)
{
    char path[4096];
    (void) snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        (void) fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    (void) fseek(f, 0, SEEK_END);
    long len = ftell(f);
    rewind(f);
    uint8_t *bytes = WD_ARRAY(b->arena, (size_t) len + 1, uint8_t);
    size_t got = bytes == NULL ? 0 : fread(bytes, 1, (size_t) len, f);
    (void) fclose(f);
    return wd_slice_of(bytes, got);
}

size_t bench_fold(const wd_incident *i)
{
    uint64_t h = wd_slice_hash(i->component);
    return (size_t) ((h ^ h >> 31) % FOLDS);
}

/* Counts under the incident's protocol and fills the table, software included. */
void bench_look(bench *b, const wd_incident *i, char protocol, wd_variant v)
{
    wd_incident_ignore(&b->all, i, protocol, b->ignored);
    wd_attr_count(b->counts, b->ignored, v == WD_VARIANT_ABSENT ? i->group : WD_NOBODY);
    size_t n = wd_incident_items(i, v, true, b->items, MAX_ITEMS);
    wd_attr_table_fill(&b->table, b->counts, b->items, n);
    wd_attr_table_strict(&b->strict, &b->table, b->counts);
    for (size_t k = 0; k < b->table.n; k++) {
        b->software[k] = b->table.items[k].fact.kind == WD_FACT_SOFTWARE;
    }
}

static const uint8_t *track(const bench *b, bool software)
{
    return software ? NULL : b->software;
}

/* --- fitting -------------------------------------------------------------------------------- */

/* How many weights "unknown" has of its own: a constant, and two for programs. */
static size_t unknown_weights(bool software, bool open)
{
    return !open ? 0 : software ? 3 : 1;
}

/* Rows of features: technique, [software], prior, [is unknown]. */
static double *copy_rows(bench *b, bool software, bool open)
{
    size_t k = 2 + (size_t) software + unknown_weights(software, open);
    double *x = WD_ARRAY(b->arena, (b->n_actors + 1) * k, double);
    if (x == NULL) {
        exit(1);
    }
    wd_attr_sum(&b->table, track(b, software), &b->work.sums);
    for (size_t g = 0; g < b->n_actors; g++) {
        double *row = &x[g * k];
        size_t c = 0;
        row[c++] = isinf(b->table.prior[g]) ? NAN : b->work.sums.technique[g];
        if (software) {
            row[c++] = b->work.sums.software[g];
        }
        row[c] = b->table.prior[g];
    }
    if (open) {
        double *own = &x[b->n_actors * k + 2 + (size_t) software];
        own[0] = 1;
        if (software) {
            own[1] = b->table.exclusive;
            own[2] = b->table.orphans;
        }
    }
    return x;
}

static wd_attr_weights unpack(const double *w, bool software, bool open)
{
    wd_attr_weights out = {.technique = w[0]};
    out.software = software ? w[1] : 0;
    out.prior = w[1 + (size_t) software];
    out.unknown = open ? w[2 + (size_t) software] : 0;
    out.exclusive = open && software ? w[4] : 0;
    out.orphan = open && software ? w[5] : 0;
    return out;
}

/* Leaves fold `left_out` out; FOLDS leaves none out. */
static wd_attr_weights fit_fold(const bench *b, const fit_sample *all, const size_t *folds,
                                size_t n, size_t left_out, size_t track_index)
{
    bool software = (track_index & 1U) != 0;
    bool open = (track_index & 2U) != 0;
    size_t k = 2 + (size_t) software + unknown_weights(software, open);
    fit_sample *some = WD_ARRAY(b->arena, n + 1, fit_sample);
    size_t m = 0;
    double w[FIT_WEIGHTS] = {2, 1, 1};
    if (open) {
        w[2 + (size_t) software] = 6;
    }
    for (size_t i = 0; some != NULL && i < n; i++) {
        if (folds[i] != left_out) {
            some[m++] = all[i];
        }
    }
    fit(some, m, k, L2, w);
    return unpack(w, software, open);
}

/* Weights of both tracks of a protocol, closed and open. */
static void fit_weights(bench *b, char protocol, weights out[2])
{
    fit_sample *samples[4] = {NULL};
    size_t *folds = WD_ARRAY(b->arena, b->all.n * 2, size_t);
    size_t n[4] = {0};
    for (size_t k = 0; k < 4; k++) {
        samples[k] = WD_ARRAY(b->arena, b->all.n * 2, fit_sample);
    }
    for (int absent = 0; absent < 2; absent++) {
        for (size_t i = 0; i < b->all.n; i++) {
            const wd_incident *x = &b->all.list[i];
            if (!x->headline) {
                continue;
            }
            bench_look(b, x, protocol, absent ? WD_VARIANT_ABSENT : WD_VARIANT_CLEAN);
            for (size_t k = absent ? 2 : 0; k < 4; k++) {
                bool open = k >= 2;
                double *rows = copy_rows(b, (k & 1U) != 0, open);
                size_t truth = absent ? b->n_actors : x->group;
                samples[k][n[k]++] = (fit_sample){rows, b->n_actors + (size_t) open, truth, 1};
            }
            folds[n[3] - 1] = bench_fold(x);
        }
    }
    for (size_t k = 0; k < 4; k++) {
        for (size_t f = 0; f <= FOLDS; f++) {
            wd_attr_weights w = fit_fold(b, samples[k], folds, n[k], f, k);
            *(k >= 2 ? &out[k & 1U].open[f] : &out[k & 1U].closed[f]) = w;
        }
    }
}

/* --- tables --------------------------------------------------------------------------------- */

static int nexus_right(const bench *b, const double *p, uint32_t group)
{
    wd_slice names[256];
    double sums[256] = {0};
    size_t n = 0;
    size_t best = 0;
    wd_slice truth = b->facts->actors[group].nexus;
    for (size_t g = 0; g < b->n_actors; g++) {
        wd_slice name = b->facts->actors[g].nexus;
        size_t x = 0;
        while (x < n && !wd_slice_eq(names[x], name)) {
            x++;
        }
        if (x == n && n < 256) {
            names[n++] = name;
        }
        sums[x] += p[g];
    }
    for (size_t x = 1; x < n; x++) {
        best = sums[x] > sums[best] ? x : best;
    }
    return truth.len == 0 ? -1 : wd_slice_eq(names[best], truth);
}

static size_t left_of(const bench *b, uint32_t group)
{
    size_t n = 0;
    for (uint32_t t = 0; t < b->facts->n_techniques; t++) {
        n += wd_attr_support(b->counts, group, (wd_fact_ref){WD_FACT_TECHNIQUE, t}) > 0;
    }
    return n;
}

static uint32_t closed(bench *b, const weights *w, const wd_incident *x, bool software)
{
    return wd_attr_rank(&b->table, track(b, software), &w->closed[bench_fold(x)], -INFINITY,
                        &b->work);
}

static double unknown(bench *b, const weights *w, const wd_incident *x, bool software)
{
    const wd_attr_weights *open = &w->open[bench_fold(x)];
    double score = wd_attr_unknown(&b->table, open, 0.5);
    (void) wd_attr_rank(&b->table, track(b, software), open, score, &b->work);
    return b->work.unknown;
}

static void add(bench *b, measure *m, const wd_incident *x)
{
    measure_add(m, b->work.p, b->n_actors, x->group, nexus_right(b, b->work.p, x->group));
}

/* The gate of a track: for T the programs are taken out of the table first. */
static void gate_all(bench *b, const weights *w, const wd_incident *x, bool software,
                     wd_attr_gated out[GATES])
{
    wd_attr_table t = b->strict;
    for (size_t i = t.n; !software && i > 0 && t.items[i - 1].fact.kind == WD_FACT_SOFTWARE; i--) {
        t.n--; /* items are sorted: programs stand behind techniques */
    }
    for (size_t k = 0; k < GATES; k++) {
        out[k] = wd_attr_gate_try(&t, &w->closed[bench_fold(x)], &gate_list[k], &b->work);
    }
}

static void of_clean(bench *b, const weights w[2], const wd_incident *x, results out[2])
{
    for (int s = 0; s < 2; s++) {
        wd_attr_gated g[GATES];
        (void) closed(b, &w[s], x, s == 1);
        add(b, &out[s].five, x);
        if (x->techniques[0].n >= 10) {
            add(b, &out[s].ten, x);
        }
        out[s].known[out[s].n_open] = unknown(b, &w[s], x, s == 1);
        gate_all(b, &w[s], x, s == 1, g);
        for (size_t k = 0; k < GATES; k++) {
            out[s].gates[k].n++;
            out[s].gates[k].named += g[k].named != WD_NOBODY;
            out[s].gates[k].right += g[k].named == x->group;
        }
    }
}

static void of_absent(bench *b, const weights w[2], const wd_incident *x, results out[2])
{
    for (int s = 0; s < 2; s++) {
        wd_attr_gated g[GATES];
        out[s].absent[out[s].n_open++] = unknown(b, &w[s], x, s == 1);
        gate_all(b, &w[s], x, s == 1, g);
        for (size_t k = 0; k < GATES; k++) {
            out[s].gates[k].absent_named += g[k].named != WD_NOBODY;
        }
    }
}

static void of_decoy(bench *b, const weights w[2], const wd_incident *x, results out[2])
{
    for (int s = 0; s < 2 && x->decoy_group != WD_NOBODY; s++) {
        wd_attr_gated g[GATES];
        out[s].decoys++;
        out[s].decoy_first += closed(b, &w[s], x, s == 1) == x->decoy_group;
        gate_all(b, &w[s], x, s == 1, g);
        for (size_t k = 0; k < GATES; k++) {
            out[s].gates[k].decoys++;
            out[s].gates[k].decoy_named += g[k].named == x->decoy_group;
            out[s].gates[k].true_despite += g[k].named == x->group;
        }
    }
}

static void run(bench *b, char protocol, const weights w[2], results out[2])
{
    for (int s = 0; s < 2; s++) {
        out[s].known = WD_ARRAY(b->arena, b->all.n, double);
        out[s].absent = WD_ARRAY(b->arena, b->all.n, double);
        if (out[s].known == NULL || out[s].absent == NULL) {
            exit(1);
        }
    }
    for (size_t i = 0; i < b->all.n; i++) {
        const wd_incident *x = &b->all.list[i];
        if (!x->headline) {
            continue;
        }
        bench_look(b, x, protocol, WD_VARIANT_CLEAN);
        of_clean(b, w, x, out);
        bench_look(b, x, protocol, WD_VARIANT_ABSENT);
        of_absent(b, w, x, out);
        bench_look(b, x, protocol, WD_VARIANT_DECOY);
        of_decoy(b, w, x, out);
        for (int v = WD_VARIANT_DROP50; v <= WD_VARIANT_BOTH; v++) {
            bench_look(b, x, protocol, (wd_variant) v);
            for (int s = 0; s < 2; s++) {
                (void) closed(b, &w[s], x, s == 1);
                add(b, &out[s].noisy[v - WD_VARIANT_DROP50], x);
            }
        }
    }
}

static void run_timed(bench *b, char protocol, const weights w[2], measure out[2])
{
    for (size_t i = 0; i < b->all.n; i++) {
        const wd_incident *x = &b->all.list[i];
        if (x->date.len != 7 || x->techniques[0].n < 5) {
            continue;
        }
        bench_look(b, x, protocol, WD_VARIANT_CLEAN);
        for (int s = 0; s < 2 && left_of(b, x->group) >= 5; s++) {
            (void) closed(b, &w[s], x, s == 1);
            add(b, &out[s], x);
        }
    }
}

/* --- printing ------------------------------------------------------------------------------- */

static void row(const char *name, const measure *m)
{
    double n = (double) m->n;
    printf("| %-16s | %3zu | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |\n", name, m->n,
           m->top1 / n, m->top3 / n, m->top10 / n, m->mrr / n, m->loss / n, measure_ece(m),
           m->nexus / (double) (m->n_nexus > 0 ? m->n_nexus : 1));
}

static void head(const char *title)
{
    printf("\n## %s\n\n| track | n | top-1 | top-3 | top-10 | MRR | log-loss | ECE | state |\n"
           "|---|---|---|---|---|---|---|---|---|\n",
           title);
}

static void reliability(const char *name, const measure *m)
{
    printf("\n%s, protocol B: stated, incidents, mean stated, share right\n", name);
    for (size_t k = 0; k < 10; k++) {
        double n = (double) (m->bin_n[k] > 0 ? m->bin_n[k] : 1);
        printf("  %.1f-%.1f %4zu  %.2f  %.2f\n", (double) k / 10, (double) (k + 1) / 10,
               m->bin_n[k], m->bin_p[k] / n, m->bin_right[k] / n);
    }
}

static void gate_rows(const char *name, const results *r)
{
    for (size_t k = 0; k < GATES; k++) {
        const gate_row *g = &r->gates[k];
        double n = (double) g->n;
        double decoys = (double) (g->decoys > 0 ? g->decoys : 1);
        printf("| %s (%u, %u, %.1f) | %.3f | %.3f | %.3f | %.3f | %.3f |\n", name,
               gate_list[k].techniques, gate_list[k].software, gate_list[k].p,
               (double) g->named / n, g->named > 0 ? (double) g->right / (double) g->named : 1.0,
               (double) g->absent_named / n, (double) g->decoy_named / decoys,
               (double) g->true_despite / decoys);
    }
}

static const char *const tracks[] = {"T", "TS"};
static const char *const protocols[] = {"B", "A"};

static void print_quality(results r[2][2], measure timed[2][2])
{
    for (size_t p = 0; p < 2; p++) {
        for (size_t ten = 0; ten < 2; ten++) {
            char title[64];
            (void) snprintf(title, sizeof title, "Protocol %s, at least %d techniques",
                            protocols[p], ten ? 10 : 5);
            head(title);
            for (size_t s = 0; s < 2; s++) {
                row(tracks[s], ten ? &r[p][s].ten : &r[p][s].five);
            }
        }
    }
    reliability("T", &r[0][0].five);
    reliability("TS", &r[0][1].five);
    head("Time-respecting (weights of B)");
    for (size_t p = 0; p < 2; p++) {
        row(p == 0 ? "C, T" : "D, T", &timed[p][0]);
        row(p == 0 ? "C, TS" : "D, TS", &timed[p][1]);
    }
}

static void print_robustness(results r[2][2])
{
    static const char *const variants[] = {"drop50", "add20", "both"};
    head("Noise");
    for (size_t i = 0; i < 4; i++) {
        char name[32];
        for (size_t v = 0; v < 3; v++) {
            (void) snprintf(name, sizeof name, "%s, %s, %s", protocols[i / 2], tracks[i % 2],
                            variants[v]);
            row(name, &r[i / 2][i % 2].noisy[v]);
        }
    }
    printf("\n## Unknown actor, decoy, gate\n\n| gate | known named | right | absent named | decoy "
           "named | true despite decoy |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < 4; i++) {
        char name[32];
        (void) snprintf(name, sizeof name, "%s, %s", protocols[i / 2], tracks[i % 2]);
        gate_rows(name, &r[i / 2][i % 2]);
    }
    for (size_t i = 0; i < 4; i++) {
        const results *x = &r[i / 2][i % 2];
        printf("%s, %s: AUROC known against absent %.2f; decoy first without gate %.2f\n",
               protocols[i / 2], tracks[i % 2],
               measure_auroc(x->known, x->n_open, x->absent, x->n_open),
               (double) x->decoy_first / (double) (x->decoys > 0 ? x->decoys : 1));
    }
}

static void show_weights(const char *name, const wd_attr_weights *w)
{
    printf("  %-10s wT %.3f wS %.3f wP %.3f u %.3f uE %.3f uO %.3f\n", name, w->technique,
           w->software, w->prior, w->unknown, w->exclusive, w->orphan);
}

static void speed(bench *b)
{
    wd_attr_weights w = wd_attr_weights_of(true, false);
    const wd_incident *x = &b->all.list[0];
    size_t n = wd_incident_items(x, WD_VARIANT_CLEAN, true, b->items, MAX_ITEMS);
    double start = now();
    for (size_t k = 0; k < 1000; k++) {
        wd_attr_table_fill(&b->table, b->counts, b->items, n);
        (void) wd_attr_rank(&b->table, NULL, &w, -INFINITY, &b->work);
    }
    printf("\none query: %.3f ms", now() - start);
    start = now();
    for (size_t k = 0; k < 1000; k++) {
        wd_attr_count(b->counts, NULL, WD_NOBODY);
    }
    printf(", one recount: %.3f ms", now() - start);
}

static void load(bench *b, const char *facts, const char *data)
{
    wd_err err = {0};
    double start = now();
    if (wd_actors_load(&b->facts, facts, b->arena, &err) != WD_OK) {
        die("facts", &err);
    }
    printf("facts loaded: %.1f ms", (now() - start) * 1e3);
    start = now();
    if (wd_attr_base_make(&b->base, b->facts, b->arena, &err) != WD_OK) {
        die("model", &err);
    }
    printf(", indexed: %.1f ms\n", (now() - start) * 1e3);
    b->n_actors = b->facts->n_actors;
    b->counts = wd_attr_counts_new(b->base, b->arena);
    b->ignored = WD_ARRAY(b->arena, b->facts->n_reports + 1, uint8_t);
    if (b->counts == NULL || b->ignored == NULL ||
        wd_attr_work_new(&b->work, b->base, MAX_ITEMS, b->arena) != WD_OK ||
        wd_attr_table_new(&b->table, b->base, MAX_ITEMS, b->arena) != WD_OK ||
        wd_attr_table_new(&b->strict, b->base, MAX_ITEMS, b->arena) != WD_OK) {
        exit(1);
    }
    wd_slice incidents = slurp(b, data, "incidents-dev.jsonl");
    wd_slice reports = slurp(b, data, "reports.jsonl");
    if (wd_incidents_read(&b->all, b->facts, incidents, reports, b->arena, &err) != WD_OK) {
        die("benchmark", &err);
    }
    printf("incidents: %zu, ids not known: %zu\n", b->all.n, b->all.unknown);
}

int main(int argc, char **argv)
{
    static bench b;
    static weights w[2][2];
    static results r[2][2];
    static measure timed[2][2];
    if (argc != 3) {
        (void) fprintf(stderr, "usage: attribution FACTS-DIR BENCHMARK-DIR\n");
        return 2;
    }
    double start = now();
    b.arena = wd_arena_new((size_t) 2 << 30);
    load(&b, argv[1], argv[2]);
    for (size_t p = 0; p < 2; p++) {
        fit_weights(&b, p == 0 ? 'b' : 'a', w[p]);
        run(&b, p == 0 ? 'b' : 'a', w[p], r[p]);
        run_timed(&b, p == 0 ? 'c' : 'd', w[0], timed[p]);
        for (size_t s = 0; s < 2; s++) {
            printf("weights fitted on all of %s, %s:\n", protocols[p], tracks[s]);
            show_weights("closed", &w[p][s].closed[FOLDS]);
            show_weights("open", &w[p][s].open[FOLDS]);
        }
    }
    print_quality(r, timed);
    print_robustness(r);
    bench_further_evidence(&b, &w[0][1]);
    speed(&b);
    printf(", all: %.2f s\n", now() - start);
    wd_arena_free(b.arena);
    return 0;
}

#ifndef WD_BENCH_MEASURE_H
#define WD_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/** Sums over incidents; ties count as expected under random order. */
typedef struct measure {
    size_t n, n_nexus;
    double top1, top3, top10, mrr, loss, nexus;
    double bin_p[10], bin_right[10];
    size_t bin_n[10];
} measure;

/** Adds one incident: `p` over `n` actors, the truth's index, whether the state came out right (-1:
 * not counted). */
void measure_add(measure *m, const double *p, size_t n, size_t truth, int nexus_right);
double measure_ece(const measure *m);
/** Area under the ROC curve of known against absent. */
double measure_auroc(const double *known, size_t n_known, const double *absent, size_t n_absent);

#endif

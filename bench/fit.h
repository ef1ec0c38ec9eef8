#ifndef WD_BENCH_FIT_H
#define WD_BENCH_FIT_H

#include <stddef.h>

#define FIT_WEIGHTS 6

/** One incident for fitting: `x` holds `n` rows of `k` features, the truth is row `truth`. Rows
 * that take no part have NAN in front. */
typedef struct fit_sample {
    const double *x;
    size_t n;
    size_t truth;
    double weight;
} fit_sample;

/** Conditional logit by Newton's method with an L2 penalty; `w` starts and ends as the weights. */
void fit(const fit_sample *samples, size_t n_samples, size_t k, double l2, double *w);

#endif

#include "fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 25

typedef struct normal {
    double gradient[FIT_WEIGHTS];
    double hessian[FIT_WEIGHTS][FIT_WEIGHTS];
} normal;

static double dot(const double *x, const double *w, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < k; i++) {
        sum += x[i] * w[i];
    }
    return sum;
}

static void add_sample(const fit_sample *s, size_t k, const double *w, double *p, normal *out)
{
    double most = -INFINITY;
    double sum = 0;
    double mean[FIT_WEIGHTS] = {0};
    for (size_t g = 0; g < s->n; g++) {
        p[g] = isnan(s->x[g * k]) ? -INFINITY : dot(&s->x[g * k], w, k);
        most = p[g] > most ? p[g] : most;
    }
    for (size_t g = 0; g < s->n; g++) {
        p[g] = exp(p[g] - most);
        sum += p[g];
    }
    for (size_t g = 0; g < s->n; g++) {
        p[g] /= sum;
        for (size_t i = 0; i < k && p[g] > 0; i++) {
            mean[i] += p[g] * s->x[g * k + i];
        }
    }
    for (size_t i = 0; i < k; i++) {
        out->gradient[i] += s->weight * (s->x[s->truth * k + i] - mean[i]);
    }
    for (size_t g = 0; g < s->n; g++) {
        if (p[g] < 1e-12) {
            continue;
        }
        for (size_t i = 0; i < k; i++) {
            double d = s->weight * p[g] * (s->x[g * k + i] - mean[i]);
            for (size_t j = 0; j < k; j++) {
                out->hessian[i][j] += d * (s->x[g * k + j] - mean[j]);
            }
        }
    }
}

/* Gauss without pivoting: the matrix is positive definite. */
static void solve(normal *m, size_t k, double *step)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t r = i + 1; r < k; r++) {
            double f = m->hessian[r][i] / m->hessian[i][i];
            for (size_t c = i; c < k; c++) {
                m->hessian[r][c] -= f * m->hessian[i][c];
            }
            m->gradient[r] -= f * m->gradient[i];
        }
    }
    for (size_t i = k; i-- > 0;) {
        double v = m->gradient[i];
        for (size_t c = i + 1; c < k; c++) {
            v -= m->hessian[i][c] * step[c];
        }
        step[i] = v / m->hessian[i][i];
    }
}

void fit(const fit_sample *samples, size_t n_samples, size_t k, double l2, double *w)
{
    size_t most = 0;
    for (size_t i = 0; i < n_samples; i++) {
        most = samples[i].n > most ? samples[i].n : most;
    }
    double *p = malloc((most + 1) * sizeof *p);
    for (unsigned round = 0; p != NULL && round < ROUNDS; round++) {
        normal m = {{0}, {{0}}};
        double step[FIT_WEIGHTS] = {0};
        double moved = 0;
        for (size_t i = 0; i < n_samples; i++) {
            add_sample(&samples[i], k, w, p, &m);
        }
        for (size_t i = 0; i < k; i++) {
            m.gradient[i] -= l2 * w[i];
            m.hessian[i][i] += l2;
        }
        solve(&m, k, step);
        for (size_t i = 0; i < k; i++) {
            double d = step[i] > 1 ? 1 : step[i] < -1 ? -1 : step[i];
            w[i] += d;
            moved += fabs(d);
        }
        if (moved < 1e-6) {
            break;
        }
    }
    free(p);
}

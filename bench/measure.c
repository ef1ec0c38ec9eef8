#include "measure.h"

#include <math.h>

static double within(size_t above, size_t equal, size_t k)
{
    /* The truth stands somewhere among `equal` ranks behind `above`. */
    if (above >= k) {
        return 0;
    }
    double room = (double) (k - above);
    return room >= (double) equal ? 1 : room / (double) equal;
}

void measure_add(measure *m, const double *p, size_t n, size_t truth, int nexus_right)
{
    size_t above = 0;
    size_t equal = 0;
    size_t best = 0;
    for (size_t g = 0; g < n; g++) {
        above += p[g] > p[truth];
        equal += p[g] >= p[truth] && p[g] <= p[truth];
        best = p[g] > p[best] ? g : best;
    }
    m->n++;
    m->top1 += within(above, equal, 1);
    m->top3 += within(above, equal, 3);
    m->top10 += within(above, equal, 10);
    for (size_t k = 0; k < equal; k++) {
        m->mrr += 1.0 / (double) (above + k + 1) / (double) equal;
    }
    m->loss -= log(p[truth] > 1e-12 ? p[truth] : 1e-12);
    size_t bin = p[best] >= 1 ? 9 : (size_t) (p[best] * 10);
    m->bin_n[bin]++;
    m->bin_p[bin] += p[best];
    m->bin_right[bin] += best == truth;
    if (nexus_right >= 0) {
        m->n_nexus++;
        m->nexus += nexus_right;
    }
}

double measure_ece(const measure *m)
{
    double sum = 0;
    for (size_t b = 0; b < 10; b++) {
        sum += fabs(m->bin_p[b] - m->bin_right[b]);
    }
    return m->n == 0 ? 0 : sum / (double) m->n;
}

double measure_auroc(const double *known, size_t n_known, const double *absent, size_t n_absent)
{
    double wins = 0;
    for (size_t i = 0; i < n_known; i++) {
        for (size_t k = 0; k < n_absent; k++) {
            wins += known[i] < absent[k] ? 1 : known[i] <= absent[k] ? 0.5 : 0;
        }
    }
    return wins / ((double) n_known * (double) n_absent);
}

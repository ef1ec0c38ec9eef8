#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/beacon_priv.h"

/* Width of the filter in natural logarithms: a timer that varies by half its sleep is 0.2 wide. */
#define BANDWIDTH 0.4F
#define BIN 0.05F
#define LOG_LOW (-7.0F) /* a millisecond */
#define BINS 490        /* up to a year */
#define KERNEL 32       /* bins to each side: four widths */

/* Bounds of the timer: past them it is no timer. */
#define MOST_SPREAD 0.33F
#define LEAST_SPREAD 1e-4F
#define MOST_MISSED 0.92F
#define MOST_OTHER 0.6F
#define MOST_SLEEPS 400.0F

/* Price of choosing the parameters from the data; a sharp mean costs more than a blurred one. */
#define PRICE 1.5F

#define SAMPLE 48U /* intervals on which starts are compared */
#define FIRST_ROUNDS 2
#define LAST_ROUNDS 4
#define MAX_STARTS 8
#define FINALISTS 2
/* A sample this far below chance is not looked at in full. */
#define HOPELESS (-9.0F)

typedef struct fit {
    float x[WD_BEACON_MAX_INTERVALS];
    float plain[WD_BEACON_MAX_INTERVALS]; /* density by chance, in log time */
    size_t n;
    float tick;
} fit;

typedef struct model {
    float gain;
    float mean;
    float spread;
    float missed;
    float other;
    bool phase;
} model;

static int by_value(const void *a, const void *b)
{
    float x = *(const float *) a;
    float y = *(const float *) b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* --- chance ---------------------------------------------------------------------------------- */

/* Intervals by the bin of their logarithm. */
typedef struct bins {
    uint16_t bin[WD_BEACON_MAX_INTERVALS];
    float count[BINS + 2 * KERNEL];
    uint16_t used[WD_BEACON_MAX_INTERVALS]; /* occupied bins */
    size_t n_used;
    int middle;
} bins;

static void fill(const fit *f, bins *b)
{
    memset(b->count, 0, sizeof b->count);
    b->n_used = 0;
    for (size_t i = 0; i < f->n; i++) {
        int at = (int) ((logf(f->x[i]) - LOG_LOW) / BIN);
        at = at < 0 ? 0 : at >= BINS ? BINS - 1 : at;
        b->bin[i] = (uint16_t) at;
        if (b->count[KERNEL + at]++ == 0) {
            b->used[b->n_used++] = (uint16_t) at;
        }
    }
    float half = 0;
    b->middle = 0;
    while (b->middle < BINS - 1 && half + b->count[KERNEL + b->middle] <= (float) f->n / 2) {
        half += b->count[KERNEL + b->middle++];
    }
}

/* Density of each occupied bin: what the others show, smoothed, mixed with a wide one. How much of
 * each is chosen in favour of chance. */
static void densities(const fit *f, const bins *b, float out[static BINS])
{
    static const float shares[] = {0.0F, 0.5F, 0.9F, 0.98F};
    float kernel[2 * KERNEL + 1];
    float own[WD_BEACON_MAX_INTERVALS];
    float wide[WD_BEACON_MAX_INTERVALS];
    float peak = 1.0F / (BANDWIDTH * sqrtf(2 * (float) M_PI));
    for (int i = -KERNEL; i <= KERNEL; i++) {
        float d = (float) i * BIN / BANDWIDTH;
        kernel[i + KERNEL] = peak * expf(-0.5F * d * d);
    }
    for (size_t k = 0; k < b->n_used; k++) {
        float sum = 0;
        const float *around = b->count + b->used[k];
        for (int i = 0; i <= 2 * KERNEL; i++) {
            sum += around[i] * kernel[i];
        }
        float d = (float) (b->used[k] - b->middle) * BIN / 2.0F;
        own[k] = (sum - peak) / (float) (f->n - 1); /* each is left out of its own estimate */
        own[k] = own[k] < 0 ? 0 : own[k];
        wide[k] = 1.0F / ((float) M_PI * 2.0F * (1 + d * d));
    }
    float best = -INFINITY;
    for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++) {
        float sum = 0;
        for (size_t k = 0; k < b->n_used; k++) {
            float p = shares[s] * own[k] + (1 - shares[s]) * wide[k];
            sum += b->count[KERNEL + b->used[k]] * logf(p);
        }
        if (sum > best) {
            best = sum;
            for (size_t k = 0; k < b->n_used; k++) {
                out[b->used[k]] = shares[s] * own[k] + (1 - shares[s]) * wide[k];
            }
        }
    }
}

static void explain_by_chance(fit *f)
{
    bins b;
    float density[BINS];
    fill(f, &b);
    densities(f, &b, density);
    for (size_t i = 0; i < f->n; i++) {
        f->plain[i] = density[b.bin[i]];
    }
}

/* --- the timer ------------------------------------------------------------------------------- */

/* Sums of one round over the intervals. */
typedef struct tally {
    float gain;
    double ratio; /* of the last few intervals; its logarithm belongs to the gain */
    float weight; /* of intervals that the timer explains */
    float sleeps;
    float time;
    float square;
} tally;

/* What does not change from interval to interval in a round. */
typedef struct constants {
    float variance; /* of one sleep */
    float tick;
    float log_missed;
    float log_first; /* ln of (1 - missed) / sqrt(2 pi) */
} constants;

/* Density in log time that `x` is the sum of k sleeps. */
static float part_of(const model *t, const constants *c, float x, float k, float *deviation)
{
    float variance = (t->phase ? 1 : k) * c->variance + c->tick;
    float d = x - k * t->mean;
    float e = c->log_first + (k - 1) * c->log_missed - 0.5F * d * d / variance;
    *deviation = d;
    return e < -30 ? 0 : expf(e) * x / sqrtf(variance);
}

/* How one interval is explained: whole numbers of sleeps around it. */
static void explain(const fit *f, size_t i, const model *t, const constants *c, tally *sum)
{
    float x = f->x[i];
    float ratio = x / t->mean;
    /* A plain conversion: floorf is a call on the machines this is built for. */
    float nearest = ratio > MOST_SLEEPS ? MOST_SLEEPS + 1 : (float) (int) (ratio + 0.5F);
    float first = nearest < 2 ? 1 : nearest - 1;
    float parts[3] = {0};
    float deviations[3] = {0};
    float total = 0;
    /* Neighbours only count when sleeps are blurred enough to reach them. */
    bool blurred = t->spread * t->spread * (first + 1) > 0.01F;
    for (int j = 0; j < 3 && nearest <= MOST_SLEEPS; j++) {
        float k = first + (float) j;
        if (blurred || k == nearest || (nearest < 1 && j == 0)) {
            parts[j] = part_of(t, c, x, k, &deviations[j]);
            total += parts[j];
        }
    }
    float all = (1 - t->other) * total + t->other * f->plain[i];
    sum->ratio *= (double) (all / f->plain[i]);
    if ((i & 7) == 7) { /* a logarithm for eight at once */
        sum->gain += (float) log(sum->ratio);
        sum->ratio = 1;
    }
    float scale = (1 - t->other) / all;
    for (int j = 0; j < 3 && total > 0; j++) {
        float k = first + (float) j;
        float w = scale * parts[j];
        sum->weight += w;
        sum->sleeps += w * k;
        sum->time += w * x;
        sum->square += w * deviations[j] * deviations[j] / (t->phase ? 1 : k);
    }
}

static float clamp(float v, float low, float high)
{
    return v < low ? low : v > high ? high : v;
}

/* One round over intervals from..to: the gain, and better parameters. */
static float round_of(const fit *f, size_t step, model *t, bool improve)
{
    tally s = {.ratio = 1};
    float sigma = t->spread * t->mean;
    constants c = {.variance = sigma * sigma,
                   .tick = f->tick * f->tick,
                   .log_missed = logf(t->missed),
                   .log_first = logf((1 - t->missed) / sqrtf(2 * (float) M_PI))};
    /* Runs of eight intervals out of every 8 * step keep neighbours together. */
    float n = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (step == 1 || i / 8 % step == 0) {
            explain(f, i, t, &c, &s);
            n++;
        }
    }
    s.gain += (float) log(s.ratio);
    if (improve && s.weight > 1e-6F) {
        t->mean = s.time / s.sleeps;
        t->spread = clamp(sqrtf(s.square / s.weight) / t->mean, LEAST_SPREAD, MOST_SPREAD);
        /* Shares are drawn a little towards their usual values, as if one more was seen. */
        t->missed = clamp((s.sleeps - s.weight + 0.1F) / (s.sleeps + 1), 0.005F, MOST_MISSED);
        t->other = clamp((n - s.weight + 0.1F) / (n + 1), 0.01F, MOST_OTHER);
    }
    return s.gain;
}

static float price_of(const model *t, float n, float tick)
{
    float sharp = t->spread > tick / t->mean ? t->spread : tick / t->mean;
    return PRICE - logf(sharp) + 0.5F * logf(n);
}

/* Successive intervals of a clock with delays lean against each other: a late check-in makes the
 * next interval short. Sleep after sleep does not. */
static bool leans_back(const fit *f, const model *t)
{
    float product = 0;
    float square = 0;
    size_t pairs = 0;
    for (size_t i = 0; i + 1 < f->n; i++) {
        float a = f->x[i] - t->mean;
        float b = f->x[i + 1] - t->mean;
        if (fabsf(a) < 0.6F * t->mean && fabsf(b) < 0.6F * t->mean) {
            product += a * b;
            square += a * a;
            pairs++;
        }
    }
    return pairs >= 8 && square > 0 && product / square < -0.3F;
}

static void add_start(float *means, size_t *n, float mean)
{
    for (size_t i = 0; i < *n; i++) {
        if (fabsf(means[i] - mean) < 0.03F * mean) {
            return;
        }
    }
    means[(*n)++] = mean;
}

/* Means worth trying: quantiles, the densest place, and parts of them for timers that miss most. */
static size_t starts(const fit *f, float means[static MAX_STARTS])
{
    float sorted[WD_BEACON_MAX_INTERVALS];
    size_t n = 0;
    size_t k = f->n;
    memcpy(sorted, f->x, k * sizeof sorted[0]);
    wd_sort(sorted, k, sizeof sorted[0], by_value);
    /* The densest tenth (in logarithms), at least two intervals. */
    size_t run = k / 10 < 2 ? 2 : k / 10;
    float tightest = INFINITY;
    float dense = sorted[0];
    for (size_t i = 0; i + run <= k; i++) {
        float width = (sorted[i + run - 1] + f->tick) / sorted[i];
        if (width < tightest) {
            tightest = width;
            dense = sorted[i + run / 2];
        }
    }
    add_start(means, &n, dense);
    add_start(means, &n, sorted[k / 2]);
    add_start(means, &n, sorted[k / 4]);
    add_start(means, &n, sorted[k * 3 / 4]);
    add_start(means, &n, sorted[0]);
    add_start(means, &n, dense / 2);
    add_start(means, &n, dense / 3);
    add_start(means, &n, sorted[k / 2] / 2);
    return n;
}

/* The best of several starts after a few rounds on a sample. */
static size_t finalists(const fit *f, size_t step, model out[static FINALISTS])
{
    static const float spreads[] = {0.02F, 0.2F};
    float means[MAX_STARTS];
    size_t n = 0;
    size_t n_means = starts(f, means);
    float n_sample = (float) (f->n / step);
    for (size_t i = 0; i < n_means * 2; i++) {
        model t = {.mean = means[i / 2], .spread = spreads[i % 2], .missed = 0.2F, .other = 0.1F};
        for (int r = 0; r < FIRST_ROUNDS; r++) {
            t.gain = round_of(f, step, &t, true) - price_of(&t, n_sample, f->tick);
        }
        size_t at = n < FINALISTS ? n++ : FINALISTS;
        while (at > 0 && out[at - 1].gain < t.gain) {
            if (at < FINALISTS) {
                out[at] = out[at - 1];
            }
            at--;
        }
        if (at < FINALISTS) {
            out[at] = t;
        }
    }
    return n;
}

static void improve(const fit *f, size_t step, model *t)
{
    for (int r = 0; r < LAST_ROUNDS; r++) {
        (void) round_of(f, step, t, true);
    }
    t->gain = round_of(f, step, t, false) - price_of(t, (float) (f->n / step), f->tick);
}

static model best_model(const fit *f)
{
    model candidates[FINALISTS];
    size_t step = f->n / SAMPLE < 1 ? 1 : f->n / SAMPLE;
    size_t n = finalists(f, step, candidates);
    model best = {.gain = -INFINITY};
    for (size_t i = 0; i < n; i++) {
        improve(f, step, &candidates[i]);
        if (candidates[i].gain > best.gain) {
            best = candidates[i];
        }
    }
    if (step > 1 && best.gain > HOPELESS) {
        improve(f, 1, &best);
    }
    if (best.gain > 0 && leans_back(f, &best)) {
        model t = best;
        t.phase = true;
        improve(f, 1, &t);
        best = t.gain > best.gain - 1 ? t : best;
    }
    return best;
}

wd_timer wd_timer_fit(const double *intervals, size_t n, double tick)
{
    fit f;
    f.n = n;
    f.tick = (float) tick;
    for (size_t i = 0; i < n; i++) {
        f.x[i] = (float) intervals[i];
    }
    explain_by_chance(&f);
    model m = best_model(&f);
    return (wd_timer){.gain = (double) m.gain,
                      .mean = (double) m.mean,
                      .spread = (double) m.spread,
                      .missed = (double) m.missed,
                      .other = (double) m.other,
                      .phase = m.phase};
}

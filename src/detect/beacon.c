#include "detect/beacon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/beacon_priv.h"

/* Sizes looked at to find the most common one. */
#define MAX_SIZES 1024U
/* Requests of one kind vary by a counter or a date: two bytes, or one part in a hundred. */
#define SAME_BYTES 2.0
#define SAME_SHARE 0.01
/* How often two requests of people are that close by chance. */
#define CHANCE_OF_SIZE 0.02
/* The most that sizes can add: alone they prove no timer. Of many requests the times must say it
 * themselves: programs that people use send equal sizes as well. */
#define MOST_BY_SIZE 8.0
#define MANY_SIZES 16.0
#define LEAST_CAP 4.0
/* Choosing among the ways to look at the moments. */
#define PRICE_OF_STREAM 1.0
#define PRICE_OF_CHANGE 3.0
/* Below this, sizes are those of people and give no stream worth a look. */
#define LEAST_BY_SIZE 2.0
/* A timer this clear that leaves little unexplained needs no second look. */
#define SURE 20.0
#define LITTLE 0.15
/* Connections this close together belong to one check-in. */
#define BURST (20 * WD_TICKS_PER_SECOND)
#define LEAST_BETWEEN_BURSTS 100.0

/* Moments of a stream, as intervals. */
typedef struct stream {
    double x[WD_BEACON_MAX_INTERVALS];
    size_t n;       /* intervals */
    size_t moments; /* all that the stream has */
} stream;

typedef struct range {
    double low, high;
} range;

static const range any = {-1, INFINITY};

static bool in_range(const wd_moment *m, const range *r)
{
    double size = m->summed ? (double) m->out : 0;
    return size >= r->low && size <= r->high;
}

/* The clock's resolution: whole seconds, milliseconds, or finer. */
static double tick_of(const wd_moment *m, size_t n)
{
    bool whole = true;
    for (size_t i = 0; i < n && whole; i++) {
        whole = m[i].time % WD_TICKS_PER_SECOND == 0;
    }
    return whole ? 0.5 : 0.05;
}

/* Takes the intervals between the moments in range; moments within `gap` of the one before are the
 * same check-in. Of long streams four runs of a quarter each. */
static void take_stream(const wd_moment *m, size_t n, const range *r, wd_time gap, stream *out)
{
    size_t n_in = 0;
    out->n = 0;
    for (size_t i = 0; i < n; i++) {
        n_in += in_range(&m[i], r);
    }
    size_t quarter = WD_BEACON_MAX_INTERVALS / 4;
    bool sample = n_in > WD_BEACON_MAX_INTERVALS + 1;
    wd_time last = WD_NO_TIME;
    size_t seen = 0;
    out->moments = 0;
    for (size_t i = 0; i < n && out->n < WD_BEACON_MAX_INTERVALS; i++) {
        if (!in_range(&m[i], r)) {
            continue;
        }
        size_t part = seen * 4 / (n_in + 1);
        size_t within = seen - part * (n_in + 1) / 4;
        seen++;
        if (sample && within > quarter) {
            last = WD_NO_TIME;
            continue;
        }
        if (last == WD_NO_TIME || m[i].time - last > gap) {
            if (last != WD_NO_TIME && m[i].time > last) {
                out->x[out->n++] = (double) (m[i].time - last) / (double) WD_TICKS_PER_SECOND;
            }
            last = m[i].time;
            out->moments++;
        }
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* The most common size as a range, and what it says for a machine. */
static double common_size(const wd_moment *m, size_t n, range *out)
{
    double sizes[MAX_SIZES];
    size_t k = 0;
    size_t step = n / MAX_SIZES + 1;
    *out = any;
    for (size_t i = 0; i < n; i += step) {
        if (m[i].summed && m[i].out > 0) {
            sizes[k++] = (double) m[i].out;
        }
    }
    if (k < 3) {
        return 0;
    }
    wd_sort(sizes, k, sizeof sizes[0], by_value);
    size_t most = 0;
    for (size_t i = 0, j = 0; i < k; i++) {
        double wide = sizes[i] * SAME_SHARE > SAME_BYTES ? sizes[i] * SAME_SHARE : SAME_BYTES;
        while (j < k && sizes[j] <= sizes[i] + wide) {
            j++;
        }
        if (j - i > most) {
            most = j - i;
            *out = (range){sizes[i], sizes[j - 1]};
        }
    }
    double share = (double) most / (double) k;
    double odd = (double) (k - most);
    double gain = (double) most * log(share / CHANCE_OF_SIZE) - log((double) k) -
                  log(share / CHANCE_OF_SIZE); /* the first one is free */
    if (odd > 0) {
        gain += odd * log((1 - share) / (1 - CHANCE_OF_SIZE));
    }
    double cap =
        (double) k > MANY_SIZES ? MOST_BY_SIZE * sqrt(MANY_SIZES / (double) k) : MOST_BY_SIZE;
    cap = cap < LEAST_CAP ? LEAST_CAP : cap;
    return gain < 0 ? 0 : gain > cap ? cap : gain;
}

static bool enough(const stream *s)
{
    return s->n + 1 >= WD_BEACON_MIN_MOMENTS;
}

/* Keeps a timer that explains more. */
static bool better(wd_beacon *b, const wd_timer *t, size_t n, double price)
{
    if (t->gain - price <= b->by_time) {
        return false;
    }
    b->by_time = t->gain - price;
    b->n = n;
    /* A sleep of P(1 - J u) is spread evenly below P: its edge is 1.73 deviations above the mean.
     * A clock with delays has its period as the mean. */
    double width = t->spread * sqrt(3.0);
    b->interval = t->phase ? t->mean : t->mean * (1 + width);
    b->jitter = t->phase ? t->spread * sqrt(6.0) : 2 * width / (1 + width);
    b->jitter = b->jitter > 1 ? 1 : b->jitter;
    b->missed = t->missed;
    b->phase = t->phase;
    b->size_stream = b->bursts = b->changed = false;
    return true;
}

/* A sleep that was changed once: two timers, tried at the quarters. */
static void try_change(const stream *s, double tick, double price, wd_beacon *b)
{
    for (size_t q = 1; q < 4 && s->n >= 16; q++) {
        size_t cut = s->n * q / 4;
        wd_timer first = wd_timer_fit(s->x, cut, tick);
        wd_timer second = wd_timer_fit(s->x + cut, s->n - cut, tick);
        double ratio = first.mean / second.mean;
        wd_timer both = second;
        both.gain += first.gain;
        if (first.gain > 3 && second.gain > 3 && (ratio > 1.3 || ratio < 0.77) &&
            better(b, &both, s->moments, price + PRICE_OF_CHANGE)) {
            b->changed = true;
            b->before = first.mean * (1 + first.spread * sqrt(3.0));
        }
    }
}

static double probability(double score)
{
    /* Prior odds of one timer in fifty pairs. */
    double z = 0.8 * score - 3.9;
    return 1 / (1 + exp(-z));
}

/* Ways to look at the moments, the plain one first; more only while it is not sure. */
static void try_streams(const wd_moment *moments, size_t n, const range *size, wd_beacon *out)
{
    stream s;
    wd_timer t = {0};
    double tick = tick_of(moments, n);
    if (size->low > 0 && out->by_size > LEAST_BY_SIZE) {
        take_stream(moments, n, size, 0, &s);
        if (enough(&s) && s.moments < n) {
            t = wd_timer_fit(s.x, s.n, tick);
            out->size_stream = better(out, &t, s.moments, PRICE_OF_STREAM) || out->size_stream;
        }
    }
    take_stream(moments, n, &any, BURST, &s);
    if (enough(&s) && s.moments < n - n / 10) {
        t = wd_timer_fit(s.x, s.n, tick);
        /* Near the length of a burst its own edge looks like a timer. */
        if (t.mean > LEAST_BETWEEN_BURSTS && better(out, &t, s.moments, PRICE_OF_STREAM)) {
            out->bursts = true;
        }
    }
}

void wd_beacon_score(const wd_moment *moments, size_t n, wd_beacon *out)
{
    stream s;
    range size;
    *out = (wd_beacon){.by_time = -INFINITY};
    double tick = tick_of(moments, n);
    take_stream(moments, n, &any, 0, &s);
    out->too_few = !enough(&s);
    if (out->too_few) {
        *out = (wd_beacon){.too_few = true};
        return;
    }
    out->by_size = common_size(moments, n, &size);
    wd_timer t = wd_timer_fit(s.x, s.n, tick);
    (void) better(out, &t, s.moments, 0);
    bool sure = out->by_time > SURE && t.other < LITTLE;
    if (!sure && out->by_time > 0) { /* half a timer shows */
        try_change(&s, tick, 0, out);
    }
    if (!sure) {
        try_streams(moments, n, &size, out);
    }
    out->score = out->by_time + out->by_size;
    out->p = probability(out->score);
}

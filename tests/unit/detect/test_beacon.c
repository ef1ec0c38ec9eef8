/*
 * The regularity score on traffic made here: timers of a minute to a week, jitter of both kinds,
 * missed check-ins, office hours, other requests to the same name; against people, queues and
 * services that are no timers. All random numbers come from one seed.
 */
#include "detect/beacon.h"

#include <math.h>
#include <stdio.h>

#include "testing.h"

#define DAY 86400.0
#define DAYS 30
#define MOST 60000

typedef struct maker {
    uint64_t seed;
    wd_moment m[MOST];
    size_t n;
} maker;

static double uniform(maker *k)
{
    k->seed ^= k->seed << 13;
    k->seed ^= k->seed >> 7;
    k->seed ^= k->seed << 17;
    return (double) (k->seed >> 11) / 9007199254740992.0;
}

static double normal(maker *k)
{
    double u = uniform(k) + 1e-12;
    return sqrt(-2 * log(u)) * cos(2 * M_PI * uniform(k));
}

static double wait(maker *k, double mean)
{
    return -log(1 - uniform(k)) * mean;
}

static double some_size(maker *k)
{
    return exp(6.5 + 0.8 * normal(k));
}

static void put(maker *k, double t, double size)
{
    if (k->n < MOST) {
        k->m[k->n++] = (wd_moment){.time = (wd_time) ((1680000000 + t) * WD_TICKS_PER_SECOND),
                                   .out = (uint64_t) (size < 60 ? 60 : size),
                                   .flow = k->n,
                                   .summed = true};
    }
}

static int by_time(const void *a, const void *b)
{
    wd_time x = ((const wd_moment *) a)->time;
    wd_time y = ((const wd_moment *) b)->time;
    return x < y ? -1 : x > y ? 1 : 0;
}

enum { CLEAN, MISS_A_FIFTH, MISS_HALF, OFFICE, NOISE, CONDITIONS };

static bool in_office(double t)
{
    double hour = fmod(t, DAY) / 3600;
    return (int) (t / DAY) % 7 < 5 && hour >= 9 && hour < 18;
}

typedef struct timer {
    double period;
    double jitter;
    int condition;
    bool phase; /* a clock with delays instead of sleep after sleep */
} timer;

static void make_timer(maker *k, const timer *p)
{
    double start = uniform(k) * p->period;
    double base = 380 + uniform(k) * 300;
    double t = start;
    k->n = 0;
    for (unsigned i = 1; t < DAYS * DAY; i++) {
        bool missed = (p->condition == MISS_A_FIFTH && uniform(k) < 0.2) ||
                      (p->condition == MISS_HALF && uniform(k) < 0.5) ||
                      (p->condition == OFFICE && !in_office(t));
        if (!missed) {
            put(k, t, uniform(k) < 0.03 ? base * 5 : base + floor(uniform(k) * 3));
        }
        double slack = p->jitter * p->period * uniform(k);
        t = p->phase ? start + i * p->period + slack : t + p->period - slack;
    }
    size_t own = k->n;
    for (size_t i = 0; p->condition == NOISE && i < own; i++) {
        put(k, uniform(k) * DAYS * DAY, some_size(k));
    }
    qsort(k->m, k->n, sizeof k->m[0], by_time);
}

static double daylight(double t)
{
    double d = (fmod(t, DAY) / 3600 - 13) / 3.5;
    return exp(-0.5 * d * d) * ((int) (t / DAY) % 7 >= 5 ? 0.15 : 1);
}

static void make_person(maker *k)
{
    double rate = 0.2 + 6 * uniform(k) * uniform(k);
    for (double t = wait(k, DAY / rate / 2); t < DAYS * DAY; t += wait(k, DAY / rate / 2)) {
        double in_session = uniform(k) > daylight(t) ? 0 : pow(1 - uniform(k), -1 / 1.3);
        double x = t;
        for (int i = 0; i < 200 && i < (int) in_session; i++) {
            put(k, x, some_size(k));
            x += exp(log(5) + 1.5 * normal(k));
        }
    }
}

static void make_service(maker *k, bool one_size, bool by_day)
{
    double gap = DAY / exp(5 * uniform(k));
    double size = some_size(k);
    for (double t = wait(k, gap); t < DAYS * DAY; t += wait(k, gap)) {
        if (!by_day || uniform(k) < 0.1 + 0.9 * daylight(t)) {
            put(k, t, one_size ? size : some_size(k));
        }
    }
}

static void make_heavy_tail(maker *k)
{
    double mu = 4 + 7 * uniform(k);
    double sigma = 1.2 + 1.5 * uniform(k);
    for (double t = 0; t < DAYS * DAY && k->n < MOST; t += exp(mu + sigma * normal(k))) {
        put(k, t, some_size(k));
    }
}

static void make_on_and_off(maker *k)
{
    for (double t = 0; t < DAYS * DAY; t += wait(k, DAY / 2)) {
        double end = t + wait(k, 4 * 3600);
        double gap = 60 + 600 * uniform(k);
        for (; t < end; t += wait(k, gap)) {
            put(k, t, some_size(k));
        }
    }
}

static void make_other(maker *k, unsigned kind)
{
    k->n = 0;
    switch (kind % 6) {
    case 0:
    case 1: make_person(k); break;
    case 2: make_service(k, true, false); break;
    case 3: make_service(k, false, true); break;
    case 4: make_heavy_tail(k); break;
    default: make_on_and_off(k); break;
    }
    qsort(k->m, k->n, sizeof k->m[0], by_time);
}

static maker *new_maker(uint64_t seed)
{
    maker *k = calloc(1, sizeof *k);
    assert_non_null(k);
    k->seed = seed;
    return k;
}

static int downwards(const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* How stated probabilities came true. */
typedef struct calibration {
    double square;
    unsigned pairs;
    unsigned at[4]; /* p in 0.45-0.55, 0.85-0.95, at least 0.99; below 0.1 */
    unsigned true_at[4];
} calibration;

static void add_outcome(calibration *c, double p, bool truth)
{
    double miss = (truth ? 1 : 0) - p;
    int k = p < 0.1 ? 3 : p >= 0.99 ? 2 : p > 0.85 && p < 0.95 ? 1 : p > 0.4 && p < 0.6 ? 0 : -1;
    c->square += miss * miss;
    c->pairs++;
    if (k >= 0) {
        c->at[k]++;
        c->true_at[k] += truth;
    }
}

#define N_OTHER 6000

static void timers_are_found_and_others_are_not(void **state)
{
    (void) state;
    static const double periods[] = {60, 300, 1800, 3600, 14400, 86400, 604800};
    static const double jitters[] = {0, 0.1, 0.2, 0.3, 0.5};
    static const char *const names[] = {"clean", "a fifth missed", "half missed", "office hours",
                                        "as many others"};
    static double scores[N_OTHER];
    maker *k = new_maker(88172645463325252U);
    calibration c = {0};
    wd_beacon b;
    size_t n = 0;
    for (unsigned i = 0; i < N_OTHER; i++) {
        make_other(k, i);
        wd_beacon_score(k->m, k->n, &b);
        if (!b.too_few) {
            scores[n++] = b.score;
            add_outcome(&c, b.p, false);
        }
    }
    qsort(scores, n, sizeof scores[0], downwards);
    double bound = scores[n / 1000]; /* one in a thousand of the others lies above */
    unsigned close = 0;
    unsigned found = 0;
    for (int condition = 0; condition < CONDITIONS; condition++) {
        unsigned hits = 0;
        unsigned all = 0;
        unsigned too_few = 0;
        for (unsigned i = 0; i < 7 * 5 * 2 * 2; i++) {
            timer t = {periods[i % 7], jitters[i / 7 % 5], condition, i / 35 % 2 == 1};
            make_timer(k, &t);
            wd_beacon_score(k->m, k->n, &b);
            too_few += b.too_few;
            if (b.too_few) {
                continue;
            }
            all++;
            hits += b.score > bound;
            close += b.score > bound && fabs(b.interval - t.period) < 0.05 * t.period;
            add_outcome(&c, b.p, true);
        }
        print_message("# %s: %u of %u timers above all but 0.1%% of %zu others; %u have too few\n",
                      names[condition], hits, all, n, too_few);
        assert_true(hits * 100 >= all * 85);
        found += hits;
    }
    print_message("# period within 5%%: %u of %u; Brier %.4f; stated 0.5: %u/%u, 0.9: %u/%u, "
                  "0.99: %u/%u, below 0.1: %u/%u\n",
                  close, found, c.square / c.pairs, c.true_at[0], c.at[0], c.true_at[1], c.at[1],
                  c.true_at[2], c.at[2], c.true_at[3], c.at[3]);
    assert_true(close * 100 >= found * 80);
    assert_true(c.square / c.pairs < 0.02);
    assert_true(c.true_at[2] * 100 >= c.at[2] * 97);
    assert_true(c.true_at[3] * 100 <= c.at[3]);
    free(k);
}

static void too_few_is_said_and_not_called_clean(void **state)
{
    (void) state;
    maker *k = new_maker(7);
    wd_beacon b;
    for (unsigned i = 0; i < 3; i++) {
        put(k, i * 3600, 500);
        wd_beacon_score(k->m, k->n, &b);
        assert_true(b.too_few);
        assert_true(b.p == 0);
    }
    wd_beacon_score(NULL, 0, &b);
    assert_true(b.too_few);
    for (unsigned i = 0; i < 20; i++) { /* all in the same instant: nothing to measure */
        k->m[i] = k->m[0];
    }
    wd_beacon_score(k->m, 20, &b);
    assert_true(b.too_few);
    free(k);
}

static void shifted_times_and_whole_seconds_change_nothing_that_matters(void **state)
{
    (void) state;
    timer t = {1800, 0.2, MISS_A_FIFTH, false};
    maker *k = new_maker(99);
    wd_beacon a, shifted, whole;
    make_timer(k, &t);
    wd_beacon_score(k->m, k->n, &a);
    for (size_t i = 0; i < k->n; i++) {
        k->m[i].time += 1000 * WD_TICKS_PER_DAY;
    }
    wd_beacon_score(k->m, k->n, &shifted);
    assert_true(fabs(a.score - shifted.score) < 0.01);
    for (size_t i = 0; i < k->n; i++) {
        k->m[i].time -= k->m[i].time % WD_TICKS_PER_SECOND;
    }
    wd_beacon_score(k->m, k->n, &whole);
    assert_true(fabs(a.interval - whole.interval) < 0.01 * a.interval);
    assert_true(whole.p > 0.99 && a.p > 0.99);
    free(k);
}

static void a_changed_sleep_is_found_with_both_values(void **state)
{
    (void) state;
    maker *k = new_maker(5);
    wd_beacon b;
    double t = 0;
    for (unsigned i = 0; i < 40; i++) {
        put(k, t, 500);
        t += (i < 20 ? 600 : 7200) * (1 - 0.05 * uniform(k));
    }
    wd_beacon_score(k->m, k->n, &b);
    assert_true(b.p > 0.99);
    assert_true(b.changed);
    assert_true(fabs(b.before - 600) < 30);
    assert_true(fabs(b.interval - 7200) < 360);
    free(k);
}

static void three_connections_per_check_in_are_one(void **state)
{
    (void) state;
    maker *k = new_maker(6);
    wd_beacon b;
    double t = 0;
    for (unsigned i = 0; i < 30; i++) {
        for (unsigned part = 0; part < 3; part++) {
            put(k, t + part * (1 + 3 * uniform(k)), some_size(k));
        }
        t += 3600 * (1 - 0.1 * uniform(k));
    }
    qsort(k->m, k->n, sizeof k->m[0], by_time);
    wd_beacon_score(k->m, k->n, &b);
    assert_true(b.p > 0.99);
    assert_true(b.bursts);
    assert_true(fabs(b.interval - 3600) < 180);
    free(k);
}

static void a_job_at_a_fixed_time_of_workdays_is_a_timer(void **state)
{
    (void) state;
    maker *k = new_maker(8);
    wd_beacon b;
    for (unsigned day = 0; day < 28; day++) {
        if (day % 7 < 5) {
            put(k, day * DAY + 3 * 3600 + 20 * uniform(k), 500);
        }
    }
    wd_beacon_score(k->m, k->n, &b);
    assert_true(b.p > 0.99);
    assert_true(fabs(b.interval - DAY) < 60);
    free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_are_found_and_others_are_not),
        cmocka_unit_test(too_few_is_said_and_not_called_clean),
        cmocka_unit_test(shifted_times_and_whole_seconds_change_nothing_that_matters),
        cmocka_unit_test(a_changed_sleep_is_found_with_both_values),
        cmocka_unit_test(three_connections_per_check_in_are_one),
        cmocka_unit_test(a_job_at_a_fixed_time_of_workdays_is_a_timer),
    };
    return RUN(tests);
}

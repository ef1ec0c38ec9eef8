/* Properties that must hold of any evidence: checked over pseudo-random draws from the facts. */
#include "attribution_fixture.h"

#include <math.h>

#define DRAWS 60
#define MOST 14

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* Items of one actor's record and others at random; the actor is returned. */
static uint32_t draw(const attr_fixture *f, uint32_t *seed, wd_attr_item *items, size_t *n)
{
    uint32_t actor = next(seed) % (uint32_t) f->facts->n_actors;
    *n = 0;
    for (size_t i = 0; i < f->facts->n_uses && *n < MOST / 2; i++) {
        const wd_use *u = &f->facts->uses[i];
        if (u->user.kind == WD_FACT_ACTOR && u->user.index == actor && next(seed) % 3 == 0) {
            items[(*n)++] = (wd_attr_item){u->used, 1, NULL};
        }
    }
    while (*n < MOST) {
        bool software = next(seed) % 4 == 0;
        size_t most = software ? f->facts->n_software : f->facts->n_techniques;
        items[(*n)++] = (wd_attr_item){
            {software ? WD_FACT_SOFTWARE : WD_FACT_TECHNIQUE, next(seed) % (uint32_t) most},
            1,
            NULL};
    }
    return actor;
}

typedef struct bench {
    wd_attr_counts *counts;
    wd_attr_table table;
    wd_attr_work work;
    wd_attr_weights open;
} bench;

static bench ready(const attr_fixture *f)
{
    bench b = {.counts = wd_attr_counts_new(f->base, f->arena),
               .open = wd_attr_weights_of(true, true)};
    assert_non_null(b.counts);
    assert_int_equal(wd_attr_table_new(&b.table, f->base, 2 * MOST, f->arena), WD_OK);
    assert_int_equal(wd_attr_work_new(&b.work, f->base, 2 * MOST, f->arena), WD_OK);
    return b;
}

static void score(bench *b, const wd_attr_item *items, size_t n)
{
    wd_attr_table_fill(&b->table, b->counts, items, n);
    (void) wd_attr_rank(&b->table, NULL, &b->open, wd_attr_unknown(&b->table, &b->open, 0.3),
                        &b->work);
}

static void probabilities_sum_to_one(void **state)
{
    const attr_fixture *f = *state;
    bench b = ready(f);
    uint32_t seed = 1;
    for (int i = 0; i < DRAWS; i++) {
        wd_attr_item items[MOST];
        size_t n = 0;
        (void) draw(f, &seed, items, &n);
        score(&b, items, n);
        double sum = b.work.unknown;
        for (size_t g = 0; g < f->facts->n_actors; g++) {
            assert_true(b.work.p[g] >= 0 && b.work.p[g] <= 1);
            sum += b.work.p[g];
        }
        assert_true(fabs(sum - 1) < 1e-9);
    }
}

static void order_and_repeats_change_nothing(void **state)
{
    const attr_fixture *f = *state;
    bench b = ready(f);
    uint32_t seed = 2;
    double *before = WD_ARRAY(f->arena, f->facts->n_actors, double);
    for (int i = 0; i < DRAWS; i++) {
        wd_attr_item items[2 * MOST];
        size_t n = 0;
        (void) draw(f, &seed, items, &n);
        score(&b, items, n);
        memcpy(before, b.work.p, f->facts->n_actors * sizeof *before);
        for (size_t k = 0; k < n; k++) { /* twice over, shuffled */
            items[n + k] = items[k];
        }
        for (size_t k = 2 * n - 1; k > 0; k--) {
            size_t at = next(&seed) % (k + 1);
            wd_attr_item swap = items[k];
            items[k] = items[at];
            items[at] = swap;
        }
        score(&b, items, 2 * n);
        assert_memory_equal(before, b.work.p, f->facts->n_actors * sizeof *before);
    }
}

/* A record that an actor uses what was seen, compared with the same knowledge without it. */
static void a_match_never_lowers_its_actor(void **state)
{
    const attr_fixture *f = *state;
    bench b = ready(f);
    uint32_t seed = 3;
    uint8_t *ignored = WD_ARRAY(f->arena, f->facts->n_reports, uint8_t);
    double *terms = WD_ARRAY(f->arena, f->facts->n_actors, double);
    double *fewer = WD_ARRAY(f->arena, f->facts->n_actors, double);
    size_t tried = 0;
    for (int i = 0; i < DRAWS * 20; i++) {
        const wd_use *u = &f->facts->uses[next(&seed) % f->facts->n_uses];
        if (u->user.kind != WD_FACT_ACTOR || u->n_reports == 0) {
            continue;
        }
        wd_attr_item item = {u->used, 1, NULL};
        wd_attr_count(b.counts, NULL, WD_NOBODY);
        unsigned with = wd_attr_support(b.counts, u->user.index, u->used);
        wd_attr_terms(b.counts, &item, terms);
        memset(ignored, 0, f->facts->n_reports);
        ignored[u->reports[0]] = 1;
        wd_attr_count(b.counts, ignored, WD_NOBODY);
        if (wd_attr_support(b.counts, u->user.index, u->used) >= with) {
            continue;
        }
        wd_attr_terms(b.counts, &item, fewer);
        tried++;
        assert_true(terms[u->user.index] >= fewer[u->user.index] - 0.05);
    }
    assert_true(tried > 100);
}

/* Among actors, the one that is recorded with what was seen gains most by it being seen. */
static void a_match_counts_more_than_none(void **state)
{
    const attr_fixture *f = *state;
    bench b = ready(f);
    double *terms = WD_ARRAY(f->arena, f->facts->n_actors, double);
    for (size_t i = 0; i < f->facts->n_uses; i += 37) {
        const wd_use *u = &f->facts->uses[i];
        if (u->user.kind != WD_FACT_ACTOR) {
            continue;
        }
        wd_attr_item item = {u->used, 1, NULL};
        wd_attr_terms(b.counts, &item, terms);
        double none = INFINITY;
        for (uint32_t g = 0; g < f->facts->n_actors; g++) {
            if (wd_attr_support(b.counts, g, u->used) == 0 && terms[g] < none) {
                none = terms[g];
            }
        }
        assert_true(terms[u->user.index] >= none);
    }
}

/* Taking away what speaks for the first actor never makes the gate name it, nor anybody else with
 * more confidence than before. */
static void removing_support_never_raises_confidence(void **state)
{
    const attr_fixture *f = *state;
    uint32_t seed = 5;
    for (int i = 0; i < DRAWS / 2; i++) {
        wd_attr_item items[MOST];
        wd_observed seen[MOST];
        size_t n = 0;
        (void) draw(f, &seed, items, &n);
        for (size_t k = 0; k < n; k++) {
            seen[k] = (wd_observed){.fact = items[k].fact, .reliability = 1, .grade = WD_S("A1")};
        }
        wd_ask ask = {.observed = seen, .n_observed = n, .brief = true};
        wd_judgement whole = attr_judge(f, &ask);
        size_t strongest = 0; /* the row that tells most for the first */
        for (size_t k = 1; k < whole.n_rows; k++) {
            strongest = whole.rows[k].lr[0] > whole.rows[strongest].lr[0] ? k : strongest;
        }
        size_t kept = 0;
        for (size_t k = 0; k < n; k++) {
            if (!wd_slice_eq(wd_actors_id(f->facts, seen[k].fact), whole.rows[strongest].id)) {
                seen[kept++] = seen[k];
            }
        }
        ask.n_observed = kept;
        wd_judgement less = attr_judge(f, &ask);
        assert_true(attr_p(&less.levels[WD_LEVEL_CLUSTER],
                           (const char *) whole.levels[WD_LEVEL_CLUSTER].list[0].id.ptr) <=
                    whole.levels[WD_LEVEL_CLUSTER].list[0].p + 1e-9);
        if (strcmp(whole.confidence, "low") == 0 && whole.decision < WD_WHO_UMBRELLA &&
            wd_slice_eq(less.levels[WD_LEVEL_CLUSTER].list[0].id,
                        whole.levels[WD_LEVEL_CLUSTER].list[0].id)) {
            assert_string_equal(less.confidence, "low");
        }
    }
}

static void a_hold_out_is_a_recount(void **state)
{
    const attr_fixture *f = *state;
    bench b = ready(f);
    uint8_t *all = WD_ARRAY(f->arena, f->facts->n_reports, uint8_t);
    memset(all, 1, f->facts->n_reports);
    wd_attr_count(b.counts, all, WD_NOBODY);
    for (size_t i = 0; i < f->facts->n_uses; i += 11) {
        const wd_use *u = &f->facts->uses[i];
        if (u->user.kind == WD_FACT_ACTOR && u->n_reports > 0) {
            assert_true(wd_attr_support(b.counts, u->user.index, u->used) <= 1);
        }
    }
    wd_attr_count(b.counts, NULL, 0);
    assert_int_equal(wd_attr_absent(b.counts), 0);
    score(&b, NULL, 0);
    assert_true(b.work.p[0] <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(order_and_repeats_change_nothing),
        cmocka_unit_test(a_match_never_lowers_its_actor),
        cmocka_unit_test(a_match_counts_more_than_none),
        cmocka_unit_test(removing_support_never_raises_confidence),
        cmocka_unit_test(a_hold_out_is_a_recount),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, attr_open, attr_close);
}

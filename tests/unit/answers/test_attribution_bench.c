/* The public benchmark of incidents, when it is there: the figures that must not get worse, and the
 * one that must not get too good (a leak). */
#include "attribution_fixture.h"

#include <math.h>

#include "answers/attribution_incidents.h"

#define MOST 400

typedef struct totals {
    size_t n, named, right, absent, decoy;
    double top1, top10, loss;
} totals;

typedef struct rig {
    const attr_fixture *f;
    wd_incidents all;
    wd_attr_counts *counts;
    wd_attr_table table, strict;
    wd_attr_work work;
    wd_attr_item items[MOST];
    uint8_t *ignored;
} rig;

static wd_slice slurp(const attr_fixture *f, const char *name)
{
    char path[4096];
    const char *shared = getenv("WD_SHARED_DATA");
    const char *root = getenv("WD_SOURCE_ROOT");
    if (shared != NULL) {
        (void) snprintf(path, sizeof path, "%s/attribution/%s", shared, name);
    } else {
        (void) snprintf(path, sizeof path, "%s/../shared/data/attribution/%s",
                        root == NULL ? "." : root, name);
    }
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        print_message("# SKIP %s is not there\n", path);
        return (wd_slice){0};
    }
    static const size_t most = 4U << 20;
    uint8_t *bytes = WD_ARRAY(f->arena, most, uint8_t);
    assert_non_null(bytes);
    size_t n = fread(bytes, 1, most, in);
    (void) fclose(in);
    return wd_slice_of(bytes, n);
}

static bool ready(rig *r, const attr_fixture *f)
{
    wd_err err = {0};
    wd_slice incidents = slurp(f, "incidents-dev.jsonl");
    wd_slice reports = slurp(f, "reports.jsonl");
    r->f = f;
    if (incidents.len == 0 || reports.len == 0) {
        return false;
    }
    assert_int_equal(wd_incidents_read(&r->all, f->facts, incidents, reports, f->arena, &err),
                     WD_OK);
    assert_int_equal(r->all.unknown, 0);
    r->counts = wd_attr_counts_new(f->base, f->arena);
    r->ignored = WD_ARRAY(f->arena, f->facts->n_reports, uint8_t);
    assert_non_null(r->counts);
    assert_int_equal(wd_attr_table_new(&r->table, f->base, MOST, f->arena), WD_OK);
    assert_int_equal(wd_attr_table_new(&r->strict, f->base, MOST, f->arena), WD_OK);
    assert_int_equal(wd_attr_work_new(&r->work, f->base, MOST, f->arena), WD_OK);
    return true;
}

static uint32_t named(rig *r, const wd_incident *x, wd_variant v, bool software)
{
    wd_attr_weights w = wd_attr_weights_of(software, false);
    wd_attr_gate gate = WD_GATE_NAME;
    wd_incident_ignore(&r->all, x, 'b', r->ignored);
    wd_attr_count(r->counts, r->ignored, v == WD_VARIANT_ABSENT ? x->group : WD_NOBODY);
    size_t n = wd_incident_items(x, v, software, r->items, MOST);
    wd_attr_table_fill(&r->table, r->counts, r->items, n);
    wd_attr_table_strict(&r->strict, &r->table, r->counts);
    uint32_t who = wd_attr_gate_try(&r->strict, &w, &gate, &r->work).named;
    (void) wd_attr_rank(&r->table, NULL, &w, -INFINITY, &r->work);
    return who;
}

static totals measure(rig *r, bool software)
{
    totals t = {0};
    for (size_t i = 0; i < r->all.n; i++) {
        const wd_incident *x = &r->all.list[i];
        if (!x->headline) {
            continue;
        }
        uint32_t who = named(r, x, WD_VARIANT_CLEAN, software);
        size_t above = 0;
        for (size_t g = 0; g < r->f->facts->n_actors; g++) {
            above += r->work.p[g] > r->work.p[x->group];
        }
        t.n++;
        t.top1 += above == 0;
        t.top10 += above < 10;
        t.loss -= log(r->work.p[x->group]);
        t.named += who != WD_NOBODY;
        t.right += who == x->group;
        t.absent += named(r, x, WD_VARIANT_ABSENT, software) != WD_NOBODY;
        t.decoy += x->decoy_group != WD_NOBODY &&
                   named(r, x, WD_VARIANT_DECOY, software) == x->decoy_group;
    }
    double n = (double) t.n;
    t.top1 /= n;
    t.top10 /= n;
    t.loss /= n;
    print_message(
        "# %zu incidents: top-1 %.3f top-10 %.3f log-loss %.3f named %zu right %zu absent "
        "named %zu decoys named %zu\n",
        t.n, t.top1, t.top10, t.loss, t.named, t.right, t.absent, t.decoy);
    return t;
}

static void techniques_alone_rank_as_measured_and_no_better(void **state)
{
    static rig r;
    if (!ready(&r, *state)) {
        return; /* said above; the TAP of cmocka turns a skip into a failure */
    }
    totals t = measure(&r, false);
    assert_int_equal(t.n, 246);
    assert_true(t.top1 >= 0.25 && t.top1 <= 0.40);
    assert_true(t.top10 >= 0.56);
    assert_true(t.loss <= 3.75);
}

static void with_programs_the_gate_names_few_and_rightly(void **state)
{
    static rig r;
    if (!ready(&r, *state)) {
        return; /* said above; the TAP of cmocka turns a skip into a failure */
    }
    totals t = measure(&r, true);
    double n = (double) t.n;
    assert_true(t.top1 >= 0.42 && t.top10 >= 0.66 && t.loss <= 2.90);
    assert_true((double) t.named / n >= 0.08);
    assert_true((double) t.right / (double) t.named >= 0.95);
    assert_true((double) t.absent / n <= 0.01);
    assert_true((double) t.decoy / n <= 0.04);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(techniques_alone_rank_as_measured_and_no_better),
        cmocka_unit_test(with_programs_the_gate_names_few_and_rightly),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, attr_open, attr_close);
}

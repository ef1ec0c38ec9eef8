#include <stdio.h>
#include <stdlib.h>

#include "attribution_bench.h"

/*
 * How naming changes when one or two items beyond techniques and programs are there. For known
 * incidents they point to the group; with the group not on record, and for decoys, to the group
 * imitated: what planted evidence would do.
 */

enum { ROWS = 5 };

static const struct {
    const char *name;
    const char *classes[2];
} rows[ROWS] = {{"none", {NULL, NULL}},
                {"build environment (cheap to copy)", {"toolchain", NULL}},
                {"shared code", {"code", NULL}},
                {"shared code, same server", {"code", "infrastructure"}},
                {"same server, same private key", {"infrastructure", "key_reuse"}}};

typedef struct tally {
    size_t n, named, right, absent, decoy;
} tally;

/* Behind the incident's own items, which stand in b->strict: evidence of one row. Items of this
 * kind sort last, so the table stays in order. */
static void append(bench *b, const char *const classes[2], uint32_t points)
{
    wd_evidence e[2] = {0};
    size_t n = 0;
    while (n < 2 && classes[n] != NULL) {
        e[n].id = wd_slice_str(classes[n]);
        e[n].grade = WD_S("B2");
        e[n].class = wd_evidence_class_of(e[n].id);
        e[n].target = (wd_fact_ref){WD_FACT_ACTOR, points};
        n++;
    }
    if (wd_evidence_weigh(b->counts, e, n, b->arena) != WD_OK) {
        exit(1);
    }
    for (size_t k = 0; k < n; k++) {
        b->strict.items[b->strict.n] = (wd_attr_item){{WD_FACT_NONE, (uint32_t) k}, 1, e[k].lr};
        wd_attr_terms(b->counts, &b->strict.items[b->strict.n],
                      &b->strict.terms[b->strict.n * b->n_actors]);
        b->strict.n++;
    }
}

static void each_row(bench *b, const weights *w, const wd_incident *x, wd_variant v,
                     wd_attr_gated out[ROWS])
{
    static const wd_attr_gate gate = {2, 1, 1, 0.5};
    bench_look(b, x, 'b', v);
    size_t own = b->strict.n;
    for (size_t r = 0; r < ROWS; r++) {
        b->strict.n = own;
        append(b, rows[r].classes, v == WD_VARIANT_CLEAN ? x->group : x->decoy_group);
        out[r] = wd_attr_gate_try(&b->strict, &w->closed[bench_fold(x)], &gate, &b->work);
    }
}

static void add(bench *b, const weights *w, const wd_incident *x, tally t[ROWS])
{
    wd_attr_gated g[ROWS];
    each_row(b, w, x, WD_VARIANT_CLEAN, g);
    for (size_t r = 0; r < ROWS; r++) {
        t[r].n++;
        t[r].named += g[r].named != WD_NOBODY;
        t[r].right += g[r].named == x->group;
    }
    each_row(b, w, x, WD_VARIANT_ABSENT, g);
    for (size_t r = 0; r < ROWS; r++) {
        t[r].absent += g[r].named != WD_NOBODY;
    }
    each_row(b, w, x, WD_VARIANT_DECOY, g);
    for (size_t r = 0; r < ROWS; r++) {
        t[r].decoy += g[r].named == x->decoy_group;
    }
}

void bench_further_evidence(bench *b, const weights *w)
{
    tally t[ROWS] = {0};
    for (size_t i = 0; i < b->all.n; i++) {
        const wd_incident *x = &b->all.list[i];
        if (x->headline && x->decoy_group != WD_NOBODY) {
            add(b, w, x, t);
        }
    }
    printf("\n## Gate (2, 1, 0.5) with further evidence of grade B2, protocol B, TS\n\n"
           "| evidence | known named | right | absent named | decoy named |\n"
           "|---|---|---|---|---|\n");
    for (size_t r = 0; r < ROWS; r++) {
        double n = (double) (t[r].n > 0 ? t[r].n : 1);
        printf("| %-36s | %.3f | %.3f | %.3f | %.3f |\n", rows[r].name, (double) t[r].named / n,
               t[r].named > 0 ? (double) t[r].right / (double) t[r].named : 1.0,
               (double) t[r].absent / n, (double) t[r].decoy / n);
    }
}

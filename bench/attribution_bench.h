#ifndef WD_BENCH_ATTRIBUTION_BENCH_H
#define WD_BENCH_ATTRIBUTION_BENCH_H

/* Between attribution.c and further_evidence.c. */

#include "answers/attribution_evidence.h"
#include "answers/attribution_gate.h"
#include "answers/attribution_incidents.h"
#include "measure.h"

#define FOLDS 5
#define MAX_ITEMS 400

typedef struct bench {
    wd_arena *arena;
    wd_actors *facts;
    wd_attr_base *base;
    wd_attr_counts *counts;
    wd_attr_table table, strict;
    wd_attr_work work;
    wd_incidents all;
    uint8_t *ignored;
    wd_attr_item items[MAX_ITEMS];
    uint8_t software[MAX_ITEMS]; /* marks the programs of the table: without them it is track T */
    size_t n_actors;
} bench;

/* Weights of every fold for one protocol and track, closed and open; the last leaves none out. */
typedef struct weights {
    wd_attr_weights closed[FOLDS + 1], open[FOLDS + 1];
} weights;

/** Fold in which an incident is scored: sisters share one. */
size_t bench_fold(const wd_incident *i);
/** Counts under the incident's protocol and fills both tables, software included. */
void bench_look(bench *b, const wd_incident *i, char protocol, wd_variant v);
/** Table of what evidence beyond techniques and programs does to naming. */
void bench_further_evidence(bench *b, const weights *w);

#endif

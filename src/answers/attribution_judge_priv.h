#ifndef WD_ANSWERS_ATTRIBUTION_JUDGE_PRIV_H
#define WD_ANSWERS_ATTRIBUTION_JUDGE_PRIV_H

#include "answers/attribution_judge.h"

/* Between the files of the judgement; see attribution_judge.h. */

typedef struct wd_judge {
    const wd_ask *ask;
    const wd_actors *facts;
    wd_arena *arena;
    wd_attr_counts *counts;
    wd_attr_table table;  /* what the judgement is about */
    wd_attr_table strict; /* the same with nothing lent within umbrellas, for naming clusters */
    wd_attr_work work;
    wd_attr_weights closed, open;
    uint8_t *ignored; /* a byte a report; room for more hold-outs */
    double *p;        /* open set, by actor */
    double unknown, copycat;
    uint32_t first;   /* most probable actor */
    bool holding_out; /* the recognised incident is being forgotten */
    size_t *source;   /* by item of the table: index into observed, then evidence */
    wd_judgement *out;
} wd_judge;

/** Weight of an item's term in the score: w r n^-1/2 for a technique, w r for a program, 1 else. */
double wd_judge_factor(const wd_judge *j, size_t item);
/** Score of "unknown" in the open set. */
double wd_judge_unknown_score(const wd_judge *j);
/** Fills the table under the counts as they are and the probabilities j->p. */
wd_status wd_judge_score(wd_judge *j);
/** How far an outsider could have planted an item: 0..1. */
double wd_judge_copyable(const wd_judge *j, size_t item);

wd_status wd_judge_levels(wd_judge *j);
/** Short list of clusters under j->p into `out`. */
wd_status wd_judge_clusters(wd_judge *j, wd_hypotheses *out);
/** Tries the gate for everybody who shares the umbrella of `actor` (the actor alone without one).
 */
bool wd_judge_gate(wd_judge *j, uint32_t actor, bool umbrella, const wd_attr_gate *gate);
wd_status wd_judge_matrix(wd_judge *j);
wd_status wd_judge_changes(wd_judge *j);
/** Is the case's own story in the knowledge base? Sets recognised, recognised_as, sources, and
 * j->ignored to what a hold-out of it ignores. */
wd_status wd_judge_recognise(wd_judge *j);

#endif

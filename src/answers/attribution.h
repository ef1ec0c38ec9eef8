#ifndef WD_ANSWERS_ATTRIBUTION_H
#define WD_ANSWERS_ATTRIBUTION_H

#include "knowledge/actors.h"

/*
 * The model that `who` reasons with. Training is counting reports; a hold-out is counting without
 * some of them. With R the cited reports, "g uses t" including campaigns attributed to g:
 *
 *   c[g][t]  reports that support (g,t), at least 1 while the record stands;  C[g] = sum over t
 *   N[g]     distinct reports of g
 *   b[t]     (reports of any actor that list t + 0.5), normalised over all techniques
 *   x(g)     suspected state of g; c[x\g][t], C[x\g] the same sums over its state without g
 *   q(t|x\g) = (c[x\g][t] + 50 b[t]) / (C[x\g] + 50), b[t] when the state is not known
 *   e[g][t]  1 when c[g][t] = 0 and some software of g uses t
 *   l(g,t)   = clip(ln((c[g][t] + 100 b[t] + 40 q(t|x\g) + 0.1 e[g][t]) / ((C[g] + 140) b[t])),
 *              -0.6, 2.0)
 *   s[g][m]  min(3, reports that support "g uses m"), S[g] its sum
 *   a[m]     = (actors that use m + 0.5) / (uses + 0.5 |software|)
 *   k(g,m)   = ln((s[g][m] + 100 a[m]) / ((S[g] + 100) a[m])); where s[g][m] = 0 and an actor of
 *              the same umbrella uses m, 0.5 stands for it (not when it comes to naming g)
 *   L(g)     = wT n^-1/2 sum r l(g,t) + wS sum r k(g,m) + sum v(g) + wP ln(N[g] + 0.5)
 *   P(g)     = exp L(g) / sum exp L; "unknown" takes part with u + uE E + uO O + ln(pi / (1 - pi)),
 *              E and O the programs that only one actor, or none, is recorded with
 *
 * r is the reliability of an item, n the sum of r over the techniques (at least 1). All terms are
 * natural logarithms of likelihood ratios against "somebody else", so the explanation is the
 * computation. Weights were fitted on the development part of a public benchmark and are not tuned
 * further: the surface is flat.
 */

/** Counted once from the facts; holds no hold-out. Lives in its arena. */
typedef struct wd_attr_base wd_attr_base;

/** Fails: WD_E_NOMEM, WD_E_MALFORMED when the facts name no actor or no technique. */
WD_MUST_USE wd_status wd_attr_base_make(wd_attr_base **out, const wd_actors *facts, wd_arena *arena,
                                        wd_err *err);
const wd_actors *wd_attr_facts(const wd_attr_base *base);

/** Counts under one hold-out. Re-used by counting again. */
typedef struct wd_attr_counts wd_attr_counts;
WD_MUST_USE wd_attr_counts *wd_attr_counts_new(const wd_attr_base *base, wd_arena *arena);
#define WD_NOBODY UINT32_MAX
/** Recounts. `ignored` has a byte for every report (not 0: not there), NULL for none; `absent` is
 * an actor taken out altogether, or WD_NOBODY. */
void wd_attr_count(wd_attr_counts *c, const uint8_t *ignored, uint32_t absent);
uint32_t wd_attr_absent(const wd_attr_counts *c);
/** Reports that support "g uses t" (or software m) under these counts. */
unsigned wd_attr_support(const wd_attr_counts *c, uint32_t actor, wd_fact_ref used);
/** Share b[t] of a technique; chance a[m] of software. */
double wd_attr_base_rate(const wd_attr_counts *c, wd_fact_ref used);

typedef struct wd_attr_weights {
    double technique, software, prior;
    /* of "unknown": its own constant, what each program adds that only one actor is recorded with
     * (at most two count), and each that no actor is */
    double unknown, exclusive, orphan;
} wd_attr_weights;

/** Fitted on the development part, protocol B: without and with software, closed and open set. */
wd_attr_weights wd_attr_weights_of(bool software, bool open);

/** One piece of evidence. */
typedef struct wd_attr_item {
    wd_fact_ref fact;   /* technique or software; WD_FACT_NONE for everything else */
    double reliability; /* 0..1 */
    const double *lr;   /* everything else: nats for every actor, capped and discounted */
} wd_attr_item;

/** Puts items into their one order and drops repeats (the most reliable stays). */
size_t wd_attr_items_sort(wd_attr_item *items, size_t n);

/** Term of one item for every actor, before weights and reliability: l, k or v. `out` has room for
 * all actors. */
void wd_attr_terms(const wd_attr_counts *c, const wd_attr_item *item, double *out);

/** The terms of a whole query: what every leave-out and every explanation is made from. */
typedef struct wd_attr_table {
    size_t n_actors;
    size_t n, cap; /* items */
    wd_attr_item *items;
    double *terms;             /* terms[i * n_actors + g] */
    double exclusive, orphans; /* programs of one actor only, and of none; at most two each */
    double *prior;             /* ln(N[g] + 0.5); -INFINITY for an actor taken out */
} wd_attr_table;
WD_MUST_USE wd_status wd_attr_table_new(wd_attr_table *t, const wd_attr_base *base, size_t cap,
                                        wd_arena *arena);
/** Sorts the items (repeats go) and works out their terms; at most t->cap are taken. */
void wd_attr_table_fill(wd_attr_table *t, const wd_attr_counts *c, const wd_attr_item *items,
                        size_t n);

/** The same evidence with nothing lent within umbrellas: for naming an actor, what its sisters use
 * must not speak. `out` has room for t->n items. */
void wd_attr_table_strict(wd_attr_table *out, const wd_attr_table *t, wd_attr_counts *c);

/** The three sums that weights apply to; arrays over actors. */
typedef struct wd_attr_sums {
    double *technique, *software, *other;
} wd_attr_sums;
WD_MUST_USE wd_status wd_attr_sums_new(wd_attr_sums *f, const wd_attr_base *base, wd_arena *arena);
/** Sums over the items whose byte in `without` is 0 (NULL: all). */
void wd_attr_sum(const wd_attr_table *t, const uint8_t *without, wd_attr_sums *out);
/** Scores for every actor; -INFINITY for one taken out. */
void wd_attr_scores(const wd_attr_table *t, const wd_attr_sums *f, const wd_attr_weights *w,
                    double *out);
/** Score of "unknown" under a prior probability of it. */
double wd_attr_unknown(const wd_attr_table *t, const wd_attr_weights *w, double prior);
/** Scores to probabilities in place. Returns that of "unknown", which takes part with `unknown`
 * (-INFINITY: closed set). */
double wd_attr_softmax(double *scores, size_t n, double unknown);
/** Index of the largest; the first one of equals. */
size_t wd_attr_first(const double *p, size_t n);

#endif

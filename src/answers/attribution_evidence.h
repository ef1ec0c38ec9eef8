#ifndef WD_ANSWERS_ATTRIBUTION_EVIDENCE_H
#define WD_ANSWERS_ATTRIBUTION_EVIDENCE_H

#include "answers/attribution.h"

/*
 * Evidence beyond techniques and programs, in the same currency: natural logarithms of likelihood
 * ratios against "somebody else". Nothing here can be calibrated on public data, so every class has
 * a cap: 2 nats for what an outsider could copy, 4 for what needs private material. What a time
 * zone, a public tool or a compile stamp says is nothing, whatever anybody claims.
 */
typedef struct wd_evidence_class {
    const char *name;
    const char *words;
    double strength; /* nats, before reliability; never above the cap */
    double cap;
    double shared;     /* share that falls to other actors of the same umbrella: they share tools */
    const char *forge; /* cost of faking it: "none", "low", "medium", "high" */
} wd_evidence_class;

/** NULL when there is no such class. */
const wd_evidence_class *wd_evidence_class_of(wd_slice name);
/** The names, for messages; NULL past the end. */
const wd_evidence_class *wd_evidence_class_at(size_t i);

/** Discount of an Admiralty grade "B2": A..F times 1..6. A convention, not measured. False when it
 * is no grade. */
bool wd_grade_reliability(wd_slice grade, double *out);
/** Source at least B and information at least 2. */
bool wd_grade_is_good(wd_slice grade);

/** One statement that ties the case to somebody. */
typedef struct wd_evidence {
    wd_slice id, text, grade, publisher;
    wd_slice basis; /* what was looked at: items with equal bases count once */
    const wd_evidence_class *class;
    wd_fact_ref target; /* actor, umbrella, or software: whoever uses it */
    bool memory;        /* that the incident itself was recognised: nothing to infer from */
    double *lr;         /* filled in by wd_evidence_weigh */
} wd_evidence;

/**
 * Reads one JSON object a line: id, class, target, grade, text, publisher, basis. Adds to `*list`
 * (in `arena`). Fails: WD_E_MALFORMED with the line and what to do; WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_evidence_read(const wd_actors *facts, wd_slice text, wd_arena *arena,
                                       wd_evidence **list, size_t *n, wd_err *err);
/** Works out `lr` of every item under these counts. Of items with the same class, basis and target
 * only the strongest keeps a weight. */
WD_MUST_USE wd_status wd_evidence_weigh(const wd_attr_counts *c, wd_evidence *list, size_t n,
                                        wd_arena *arena);

#endif

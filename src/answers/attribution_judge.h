#ifndef WD_ANSWERS_ATTRIBUTION_JUDGE_H
#define WD_ANSWERS_ATTRIBUTION_JUDGE_H

#include "answers/answers.h"
#include "answers/attribution_evidence.h"
#include "answers/attribution_gate.h"

/*
 * From evidence to an answer that can be defended: probabilities at three levels, whether anybody
 * may be named, how confident that is, what speaks against it and what would change it.
 */

#define WD_UNKNOWN_PRIOR 0.3 /* share of incidents whose actor was not on record, measured */
#define WD_SHORT_LIST 5      /* hypotheses shown of a level */

/** One item as it was observed. */
typedef struct wd_observed {
    wd_fact_ref fact;
    double reliability;
    wd_slice grade; /* "A1" for what was seen */
    wd_refs refs;   /* findings behind it */
} wd_observed;

typedef struct wd_ask {
    const wd_attr_base *base;
    const wd_observed *observed;
    size_t n_observed;
    wd_evidence *evidence;
    size_t n_evidence;
    const uint8_t *ignored; /* reports held out, or NULL */
    wd_fact_ref campaign;   /* the case is this one: found by its indicators; else WD_FACT_NONE */
    double unknown_prior;   /* 0: WD_UNKNOWN_PRIOR */
    bool brief;             /* leave out what would change it */
} wd_ask;

typedef enum wd_level { WD_LEVEL_STATE, WD_LEVEL_UMBRELLA, WD_LEVEL_CLUSTER, WD_LEVELS } wd_level;
const char *wd_level_name(wd_level l);

typedef struct wd_hypothesis {
    wd_slice id; /* "KP", "U-...", "G....", "unknown", "copy-cat" */
    wd_slice name;
    double p;
    wd_fact_ref fact; /* actor or umbrella, else WD_FACT_NONE */
} wd_hypothesis;

typedef struct wd_hypotheses {
    wd_hypothesis *list; /* most probable first; unknown and copy-cat stand last */
    size_t n;
    double rest; /* probability of those that are not listed */
} wd_hypotheses;

/** A row of the matrix: decibans of every actor of the short list, in order. */
typedef struct wd_matrix_row {
    wd_slice id, text, grade;
    double lr[WD_SHORT_LIST]; /* natural logarithm, weighted as it counts */
    double spread;            /* most less least */
    bool against;             /* speaks against the first hypothesis */
    bool cheap;               /* anybody could have planted it */
    wd_refs refs;
} wd_matrix_row;

typedef enum wd_decision {
    WD_WHO_UNATTRIBUTED, /* nothing that counts */
    WD_WHO_INSUFFICIENT,
    WD_WHO_STATE,    /* a state is likely, nobody is named */
    WD_WHO_UMBRELLA, /* the umbrella passes the gate */
    WD_WHO_CLUSTER   /* the cluster passes the gate */
} wd_decision;

typedef struct wd_judgement {
    const wd_actors *facts;
    bool recognised;
    wd_slice recognised_as;     /* campaign or report */
    wd_slice recognised_actors; /* whom the knowledge base files it under; may be empty */
    wd_texts sources;           /* publishers that know the incident, with dates */
    wd_decision decision;
    wd_slice named_id, named; /* empty when nobody is */
    double named_p;
    wd_texts aliases; /* dated labels of who leads */
    const char *confidence;
    wd_slice confidence_why;
    wd_slice sentence;
    wd_hypotheses levels[WD_LEVELS];
    wd_decision decision_without; /* recognised: what would be said ... */
    wd_hypotheses without; /* recognised: clusters with the incident's own reports held out */
    wd_matrix_row *rows;   /* contradictions first, then by spread */
    size_t n_rows;
    wd_texts against;
    wd_texts would_change;
    double overtake;    /* prior at which "unknown" is as probable as the first */
    double cheap_share; /* of the first one's support */
    bool imitation;     /* the gate fails only because of cheap items */
    size_t deletion;    /* items that carry the first place */
} wd_judgement;

/** Everything is in `arena`. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_attr_judge(wd_judgement *out, const wd_ask *ask, wd_arena *arena,
                                    wd_err *err);

#endif

#ifndef WD_DETECT_SIGMA_CORRELATION_H
#define WD_DETECT_SIGMA_CORRELATION_H

#include "detect/sigma_load.h"

typedef enum wd_sigma_corr_type {
    WD_CORR_EVENT_COUNT,
    WD_CORR_VALUE_COUNT,
    WD_CORR_VALUE_SUM,
    WD_CORR_VALUE_AVG,
    WD_CORR_VALUE_PERCENTILE,
    WD_CORR_TEMPORAL,
    WD_CORR_TEMPORAL_ORDERED
} wd_sigma_corr_type;

/** A rule that a correlation counts. */
typedef struct wd_sigma_ref {
    uint32_t rule;
    /* Per group-by field, then per counted field: place among the values of a part (for a rule) or
     * among the group-by fields (for a correlation); WD_SIGMA_NONE when it has no such field. */
    uint32_t *at;
} wd_sigma_ref;

typedef struct wd_sigma_limit {
    wd_sigma_cmp cmp;
    bool negated; /* neq */
    double value;
} wd_sigma_limit;

enum { WD_SIGMA_MAX_LIMITS = 6, WD_SIGMA_MAX_REFS = 64 };

struct wd_sigma_correlation {
    uint32_t rule;
    wd_sigma_corr_type type;
    wd_sigma_ref *refs;
    size_t n_refs;
    const wd_slice *group; /* as written: fields or aliases */
    size_t n_group;
    const wd_slice *counted; /* fields of the condition */
    size_t n_counted;
    wd_time timespan;
    wd_sigma_limit limits[WD_SIGMA_MAX_LIMITS]; /* all must hold */
    size_t n_limits;
    uint32_t expression; /* TEMPORAL: node over the refs, or WD_SIGMA_NONE */
    double percentile;
    bool rarity; /* percentile without a number: how rare the value is, in percent */
    bool closed; /* more events can make it false again: judged when the time is over */
    bool generate;
};

/**
 * Reads all correlations among `docs`. `usable` tells which documents can be used; those that
 * cannot are cleared there and refused. References are numbers of documents afterwards.
 */
WD_MUST_USE wd_status wd_sigma_correlations_read(wd_sigma_build *b, const wd_sigma_docs *docs,
                                                 bool *usable);

/** Turns documents into rules: `rule_of` gives the index of each usable document. */
WD_MUST_USE wd_status wd_sigma_correlations_bind(wd_sigma_build *b, const wd_sigma_docs *docs,
                                                 const uint32_t *rule_of);

#endif

#ifndef WD_DETECT_SIGMA_H
#define WD_DETECT_SIGMA_H

#include "core/vocab.h"

/*
 * Sigma rules (specification 2.1) over events of host logs.
 *
 *   load    folders of YAML -> wd_sigma, compiled and immutable; shared by forked workers
 *   run     per worker: memory of values seen before; one call per event gives the rules that hit
 *   parts   a hit that takes part in a correlation, in a form that crosses the wire
 *   judge   all parts of all items -> correlation hits, ordered by event time; a pure function, so
 *           any number of workers and any order of files give the same result
 *
 * Semantics that the specification leaves open, as decided here:
 *   - strings compare without case over Unicode simple folding; `re` and base64 forms with case
 *   - a selection on an absent field is false, so `not selection` on it is true
 *   - '' is "present and empty", null is "absent"
 *   - field names compare without case and without blanks ("Threat Name" is ThreatName)
 *   - a field that occurs several times matches when any of its values does
 *   - windows of correlations are not cut at the hour; both ends of `timespan` count
 *   - an event that lacks a group-by field forms a group with the others that lack it
 */
typedef struct wd_sigma wd_sigma;

/** A folder (read recursively, *.yml and *.yaml) or a single file. */
typedef struct wd_sigma_source {
    const char *path;
    bool builtin;  /* shipped with the program: findings say so */
    wd_slice text; /* when not empty the rules themselves; `path` is then only their name */
} wd_sigma_source;

/** Values for `field|expand: '%name%'`. An empty list makes the rule inactive, a missing one
 * refuses it. */
typedef struct wd_sigma_list {
    wd_slice name; /* without the percent signs */
    const wd_slice *values;
    size_t n;
    wd_slice why_empty; /* reason to show when n is 0, e.g. "no campaign lists a program" */
} wd_sigma_list;

typedef struct wd_sigma_options {
    const wd_sigma_source *sources;
    size_t n_sources;
    const char *logsources; /* rules/logsources.yml: which events a log source means; NULL: none */
    const wd_sigma_list *lists;
    size_t n_lists;
    const char *cache; /* file of a compiled rule cache, read and written; NULL for none */
} wd_sigma_options;

/** What is known of a rule apart from its logic. All strings live as long as the wd_sigma. */
typedef struct wd_sigma_rule {
    uint32_t index; /* position in the order of wd_sigma_rule_at */
    wd_slice rule;  /* "sigma." and the rule's name, or its file's name without the suffix */
    wd_slice id;    /* UUID; empty when the rule has none */
    wd_slice title;
    wd_slice description;
    wd_slice level; /* Sigma's own word, "informational" to "critical" */
    wd_slice author;
    wd_slice falsepositives; /* joined by "; " */
    wd_slice techniques;     /* ATT&CK ids separated by blanks: "T1059.001 T1027" */
    wd_slice tags;           /* all tags separated by blanks */
    wd_slice campaign;       /* from a tag whodunit.campaign.ID */
    wd_slice path;
    wd_severity severity;
    wd_basis basis; /* likely, or seen with the tag whodunit.basis.seen */
    int tier;       /* from a tag whodunit.tier.N, -1 when none */
    bool builtin;
    bool correlation;
    bool alerts; /* false for base rules of correlations that do not generate */
} wd_sigma_rule;

typedef enum wd_sigma_refusal_kind {
    WD_SIGMA_REFUSED, /* cannot be used: broken, or needs what is not there */
    WD_SIGMA_INACTIVE /* sound, but nothing to match: an empty value list */
} wd_sigma_refusal_kind;

/** A rule that is not in use, and why. */
typedef struct wd_sigma_refusal {
    wd_sigma_refusal_kind kind;
    wd_slice path;
    wd_slice rule; /* as in wd_sigma_rule; may be empty when the file could not be read */
    wd_slice id;
    wd_slice title;
    wd_slice reason;
} wd_sigma_refusal;

/**
 * Reads and compiles all rules. Everything lives in `arena`, except compiled regular expressions:
 * end with wd_sigma_free. One bad rule is a refusal, not a failure. Rules are ordered by
 * (id, path, place in the file), so folder order does not matter; of two rules with one id the
 * first is kept and the other refused. Fails: WD_E_IO when a source or the log source table cannot
 * be read, WD_E_MALFORMED for a broken log source table, WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_sigma_load(wd_sigma **out, const wd_sigma_options *options,
                                    wd_arena *arena, wd_err *err);
void wd_sigma_free(wd_sigma *s); /* NULL is fine; leaves the arena alone */

size_t wd_sigma_count(const wd_sigma *s);
const wd_sigma_rule *wd_sigma_rule_at(const wd_sigma *s, size_t index);
/** Ordered by (path, rule). Borrowed. */
const wd_sigma_refusal *wd_sigma_refusals(const wd_sigma *s, size_t *n);
/** True when some correlation is loaded, so that parts must be gathered. */
bool wd_sigma_has_correlations(const wd_sigma *s);

/** One hit of a base rule for the correlations that use it. Borrowed from whoever made it. */
typedef struct wd_sigma_part {
    uint32_t rule; /* index */
    uint64_t item; /* set by the receiver: order of the item; 0 as made */
    wd_time time;
    wd_span span;
    wd_slice host;
    wd_slice values; /* the group-by and counted fields, encoded; opaque */
} wd_sigma_part;

/** Receives the results of one event. A status other than WD_OK ends the run. Either may be NULL.
 */
typedef struct wd_sigma_hits {
    void *ctx;
    wd_status (*hit)(void *ctx, const wd_sigma_rule *rule, const wd_event *e);
    wd_status (*part)(void *ctx, const wd_sigma_part *part);
} wd_sigma_hits;

/** State of one worker over any number of items. Heap memory of its own, bounded; no results depend
 * on it. */
typedef struct wd_sigma_run wd_sigma_run;
WD_MUST_USE wd_status wd_sigma_run_new(wd_sigma_run **out, const wd_sigma *s, wd_err *err);
void wd_sigma_run_free(wd_sigma_run *run); /* NULL is fine */

/**
 * Gives all rules that hit `e`, in order of their index, then the parts. Fails with the status of a
 * callback or WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_sigma_event(wd_sigma_run *run, const wd_event *e,
                                     const wd_sigma_hits *hits);

/** What a run saw, for coverage ("what no rule covered") and limits. */
typedef struct wd_sigma_stats {
    uint64_t events;       /* events given */
    uint64_t routed;       /* events that some rule's log source means */
    uint64_t evaluated;    /* rule programs run */
    uint64_t hits;         /* rules that hit */
    uint64_t regex_limits; /* regular expressions given up: to be reported, the rule may have hit */
} wd_sigma_stats;
wd_sigma_stats wd_sigma_run_stats(const wd_sigma_run *run);

/** True when some rule's log source may mean records of this channel and id. */
bool wd_sigma_covers(const wd_sigma *s, wd_slice channel, uint32_t event_id);

/** The finding of a hit. `e` gives time, host and place; strings are borrowed from both. */
wd_finding wd_sigma_finding(const wd_sigma_rule *rule, const wd_event *e);

/** One part as bytes for the wire, and back (hostile input: WD_E_MALFORMED). */
void wd_sigma_part_put(wd_buf *out, const wd_sigma_part *part);
WD_MUST_USE wd_status wd_sigma_part_take(wd_slice in, wd_sigma_part *out, wd_err *err);

/** True when the values of a part decode. */
bool wd_sigma_part_sound(const wd_sigma_part *part);

/** A hit of a correlation rule. */
typedef struct wd_sigma_alert {
    const wd_sigma_rule *rule;
    wd_time first; /* of the events counted */
    wd_time last;
    wd_time reached;             /* when the condition became true */
    wd_slice host;               /* when all parts name the same host, else empty */
    wd_slice group;              /* "User=alice, Computer=HOST" for people */
    double value;                /* count, sum, average or percentile reached */
    const wd_sigma_part **parts; /* the events counted, in order of time */
    size_t n_parts;
} wd_sigma_alert;

/**
 * Evaluates all correlations over all parts, given in any order. Alerts and their arrays are in
 * `arena`, ordered by (last, rule index, group); `item` of the parts must tell items apart, with
 * the same numbers whenever the same evidence is examined.
 *
 *   - Parts without a time cannot be ordered and are left out. The same record in several items
 *     (a log and its export) counts once: same rule, host, time, record number and values.
 *   - Groups and counted values compare without case, like everything else in Sigma.
 *   - A condition that more events cannot make false again (gt, gte of counts and sums; temporal)
 *     is watched over a sliding window. As long as it holds the alert grows: one burst, one alert.
 *   - Other conditions (upper bounds, averages, percentiles, "not") are judged over the whole
 *     window that begins with the first event after the last one.
 *   - value_percentile with `percentile: P` is the P-th percentile of numbers; without, the share
 *     in percent that the value of an event has among the last `timespan`, for finding rare values.
 *   - temporal_ordered alerts once for each complete sequence; events of the same moment count as
 *     in order.
 *   - A correlation of correlations sees their alerts at the time `reached`, with their group-by
 *     fields.
 */
WD_MUST_USE wd_status wd_sigma_judge(const wd_sigma *s, const wd_sigma_part *parts, size_t n,
                                     wd_arena *arena, wd_sigma_alert **out, size_t *n_out);

/** The finding of an alert: its sentence says how many events in which time. Strings in `arena`. */
wd_finding wd_sigma_alert_finding(const wd_sigma_alert *a, wd_arena *arena);

#endif

#ifndef WD_ANSWERS_ATTRIBUTION_INCIDENTS_H
#define WD_ANSWERS_ATTRIBUTION_INCIDENTS_H

#include "answers/attribution.h"

/*
 * Benchmark of incidents, one JSON object a line: what one public report recorded of one group,
 * with the reports to be held out (protocol a: the report itself; b: its siblings too; c:
 * everything of its month or later; d: both), noisy lists and a decoy. `reports` is the list of
 * reports that the ids refer to, one JSON object a line with report_id, date, source_names.
 */

typedef enum wd_variant {
    WD_VARIANT_CLEAN,
    WD_VARIANT_DROP50,
    WD_VARIANT_ADD20,
    WD_VARIANT_BOTH,
    WD_VARIANT_DECOY,
    WD_VARIANT_ABSENT
} wd_variant;

typedef struct wd_ids {
    uint32_t *list;
    size_t n;
} wd_ids;

typedef struct wd_incident {
    wd_slice id;
    wd_slice date;        /* YYYY-MM, YYYY or empty */
    wd_slice component;   /* incidents that share one must not be split */
    uint32_t group;       /* actor; WD_NOBODY when the facts do not know it */
    uint32_t decoy_group; /* or WD_NOBODY */
    bool headline;
    wd_ids techniques[WD_VARIANT_DECOY]; /* clean and the noisy ones */
    wd_ids software;
    wd_ids decoy_techniques, decoy_software;
    wd_ids ignored[2]; /* reports, protocols a and b */
} wd_incident;

typedef struct wd_incidents {
    wd_incident *list;
    size_t n, cap;
    const wd_actors *facts;
    wd_slice *dates; /* of every report of the facts */
    wd_map reports;  /* report_id -> index + 1 */
    size_t unknown;  /* ids that the facts do not know; they are left out */
    wd_slice first_unknown;
} wd_incidents;

/** `reports` may be empty: then ids and dates of the facts count. Strings are copied into `arena`.
 * Fails: WD_E_MALFORMED with the line, WD_E_NOMEM. */
WD_MUST_USE wd_status wd_incidents_read(wd_incidents *out, const wd_actors *facts,
                                        wd_slice incidents, wd_slice reports, wd_arena *arena,
                                        wd_err *err);

/** Sets a byte for every report that the protocol ('a'..'d') ignores. `ignored` has one a report.
 */
void wd_incident_ignore(const wd_incidents *all, const wd_incident *i, char protocol,
                        uint8_t *ignored);
/** Items of a variant; `software` false: techniques only. Gives their number, at most `cap`. */
size_t wd_incident_items(const wd_incident *i, wd_variant variant, bool software,
                         wd_attr_item *items, size_t cap);
/** False on another word. */
bool wd_variant_parse(wd_slice s, wd_variant *out);

#endif

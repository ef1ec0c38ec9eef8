#ifndef WD_REPORT_STIX_H
#define WD_REPORT_STIX_H

#include "report/export_job.h"

/*
 * The frame of STIX 2.1 documents (OASIS standard, 2021): bundle, common properties, marking, the
 * identity that made it, ids. Every object gets created/modified from the time that the report
 * speaks of, the TLP 2.0 marking, and a UUIDv5 id; nothing here reads a clock.
 */

#define WD_STIX_ID 128 /* "type--uuid" with its NUL */
#define WD_STIX_TIME 32

typedef struct wd_stix {
    wd_export_job *job;
    wd_jw w;
    char now[WD_STIX_TIME];
    char identity[WD_STIX_ID];
    const char *marking;
    char (*ids)[WD_STIX_ID]; /* of the objects written so far, for object_refs */
    size_t n_ids, cap_ids;
    wd_status status; /* first failure; writing goes on and the caller looks once */
} wd_stix;

/** Opens the bundle and writes marking and identity. */
void wd_stix_bundle(wd_stix *s, wd_export_job *job, const char *what);
/** Closes the bundle; gives the first failure. */
WD_MUST_USE wd_status wd_stix_bundle_end(wd_stix *s, wd_err *err);

/** "type--uuid" from the type, the case and a name; with `anywhere` the same name has the same id
 * in every case. */
const char *wd_stix_id(const wd_stix *s, const char *type, wd_slice name, bool anywhere,
                       char out[static WD_STIX_ID]);
/** "type--uuid" of a cyber-observable from the canonical JSON of what its type is identified by. */
const char *wd_stix_sco_id(const char *type, wd_slice canonical, char out[static WD_STIX_ID]);

/** Opens an object with its common properties; end with wd_jw_object_end. */
void wd_stix_object(wd_stix *s, const char *type, const char *id);
/** The same for cyber-observables, which have no created/modified. */
void wd_stix_sco(wd_stix *s, const char *type, const char *id);
/** A whole relationship object. `confidence` 0 leaves it out. */
void wd_stix_relation(wd_stix *s, const char *source, const char *kind, const char *target,
                      unsigned confidence);
/** A list of one reference. */
void wd_stix_ref_list(wd_stix *s, const char *key, const char *id);
/** "2026-03-29T06:20:00.000Z"; the time of the report for WD_NO_TIME. */
const char *wd_stix_time(const wd_stix *s, wd_time t, char out[static WD_STIX_TIME]);
/** STIX confidence of an ICD-203 word by the DNI scale (STIX 2.1, appendix A); 0 for none. */
unsigned wd_stix_confidence(wd_slice word);
/** Whether a word is "likely" or stronger. */
bool wd_stix_is_likely(wd_slice word);
/** The likeliest hypothesis of the finest level when it names an actor and is likely or stronger;
 * else NULL. */
const wd_json *wd_stix_leading(const wd_json *report);
/** "T1195" or "T1195.002" */
bool wd_stix_is_technique(wd_slice id);
/** The reference to MITRE's page of a technique, as a member `external_references`. */
void wd_stix_technique_ref(wd_stix *s, wd_slice id);
/** Entry of the report's `techniques`; NULL when it has none. */
const wd_json *wd_stix_technique(const wd_json *report, wd_slice id);

#endif

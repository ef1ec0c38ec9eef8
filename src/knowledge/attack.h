#ifndef WD_KNOWLEDGE_ATTACK_H
#define WD_KNOWLEDGE_ATTACK_H

#include "core/arena.h"
#include "core/buf.h"

/*
 * Compiles public knowledge of actors into the facts of knowledge/actors.h. Only ids, names, dates,
 * relations and names of sources are taken over, never descriptions.
 */

typedef struct wd_compiled {
    size_t techniques, software, actors, campaigns, uses, reports, labels, moved;
    size_t left_out; /* relations to objects that are not there, revoked or deprecated */
} wd_compiled;

/**
 * MITRE ATT&CK as a STIX 2.0 or 2.1 bundle, any version: `revoked` objects are followed along their
 * revoked-by relations, deprecated ones left out. `version` names the release where the bundle does
 * not (may be empty). Adds the whole file to `out`, sorted, or nothing at all.
 * Fails: WD_E_MALFORMED and WD_E_TRUNCATED with the offset (nothing half-imported), WD_E_LIMIT,
 * WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_attack_compile(wd_slice bundle, wd_slice version, wd_buf *out,
                                        wd_compiled *stats, wd_err *err);

/**
 * The threat-actor cluster of the MISP galaxy: every synonym as a label of the actor of `known`
 * that the cluster names by id or by exactly its name; what publishers say is kept apart, nothing
 * is merged. `known` is text of facts that holds the actors.
 */
WD_MUST_USE wd_status wd_galaxy_compile(wd_slice cluster, wd_slice known, wd_buf *out,
                                        wd_compiled *stats, wd_err *err);

/** Key of a report from its address; see knowledge/actors.h. False when there is no address. */
WD_MUST_USE bool wd_report_key(wd_slice url, char out[static 12]);
/** Host of the publisher: archive wrapper and "www." taken off, lower case. In `arena`. */
WD_MUST_USE wd_slice wd_report_host(wd_slice url, wd_arena *arena);
/** First date in parentheses of a citation: "(2021, May 26)" gives 2021-05-26. Returns `out`, ""
 * when there is none. */
const char *wd_citation_date(wd_slice citation, char out[static 11]);

#endif

#ifndef WD_DETECT_SIGMA_ROUTE_H
#define WD_DETECT_SIGMA_ROUTE_H

#include "detect/sigma_priv.h"

/*
 * Log sources: which records the product, category and service of a rule mean. The table is data
 * (rules/logsources.yml, which explains itself); each record is routed by its own channel, never by
 * the file it stands in or by its neighbours.
 *
 * A log source that the table does not have means records whose channel is the service, else the
 * category, else the product: what an importer of such logs would call it.
 */
typedef struct wd_sigma_sources wd_sigma_sources;

/** Reads the table; `text` is its YAML. Everything is copied into b->arena. */
WD_MUST_USE wd_status wd_sigma_sources_parse(wd_sigma_build *b, wd_slice text, wd_err *err);

/** The class of a rule's `logsource` (NULL: none), new when it is the first of its kind. */
WD_MUST_USE wd_status wd_sigma_class_of(wd_sigma_build *b, const wd_json *logsource, uint32_t *cls,
                                        wd_err *err);

/** Identity of a record as routing sees it; `has` tells whether the record has a field. */
typedef struct wd_sigma_origin {
    wd_slice channel;
    wd_slice provider;
    uint32_t event_id;
    void *ctx;
    bool (*has)(void *ctx, uint32_t field);
} wd_sigma_origin;

/** The route by which such a record belongs to a class; NULL when it does not. */
const wd_sigma_route *wd_sigma_class_route(const wd_sigma *s, const wd_sigma_class *cls,
                                           const wd_sigma_origin *origin);

#endif

#ifndef WD_REPORT_EXPORT_H
#define WD_REPORT_EXPORT_H

#include "core/json.h"

/*
 * What other tools take in, each from nothing but the report document (schema
 * "whodunit.report/1"). The same report and options give the same bytes: ids are UUIDv5 of content,
 * times come from the evidence.
 */

typedef struct wd_export_options {
    wd_slice tlp;            /* overrides the report's own marking; empty keeps it */
    uint32_t suricata_sid;   /* first rule number; 0 means 1000001, the local range */
    bool any_attack_version; /* leave the ATT&CK version out of Navigator layers */
} wd_export_options;

typedef struct wd_export_format {
    const char *name;      /* as on the command line: "stix", "attack-flow" */
    const char *file_name; /* where it stands in CASE/, e.g. "block/whodunit.nft" */
    const char *about;     /* half a line for help */
} wd_export_format;

/** The formats in the order of the help text; NULL past the last. */
const wd_export_format *wd_export_format_at(size_t index);

/**
 * Adds the report in a format. `options` may be NULL.
 * Fails: WD_E_USAGE for an unknown name; WD_E_MALFORMED when the root is no report document;
 * WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_export(const char *format, const wd_json *report,
                                const wd_export_options *options, wd_buf *out, wd_err *err);

#endif

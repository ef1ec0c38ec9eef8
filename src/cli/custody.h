#ifndef WD_CLI_CUSTODY_H
#define WD_CLI_CUSTODY_H

#include "case/collect.h"

/** Who, when and with what: everything about a run that must not stand in the report. */
typedef struct wd_custody {
    const char *case_dir;
    wd_time started, ended;
    unsigned jobs;
    const wd_collect_stats *stats;
    wd_case *cs;
    const char *const *evidence; /* as named on the command line */
    size_t n_evidence;
} wd_custody;

/** Writes CASE/custody.json and CASE/evidence.sha256 (readable by sha256sum -c, relative to where
 * the run was started). */
WD_MUST_USE wd_status wd_custody_write(const wd_custody *c, wd_err *err);

/** Now, for custody only. */
wd_time wd_custody_now(void);

#endif

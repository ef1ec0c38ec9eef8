#ifndef WD_REPORT_EXPORT_JOB_H
#define WD_REPORT_EXPORT_JOB_H

#include "report/blocklist.h"
#include "report/export.h"

/*
 * What every export works with, and the writers themselves. An export only adds to `out`; its
 * memory comes from `arena`, which ends with the job.
 */
typedef struct wd_export_job {
    const wd_json *report;
    const wd_export_options *options; /* never NULL */
    wd_arena *arena;
    wd_buf *out;
    wd_blocklist blocks;
    const char *tlp; /* "AMBER" */
    wd_time as_of;
} wd_export_job;

/** One line of a comment: printable ASCII, nothing that could end it. At most `columns` wide. */
void wd_export_comment(wd_buf *out, wd_slice text, size_t columns);
/** The lines every list begins with, each behind `mark` ("# "): what, case, marking, time, counts
 * of the given kinds (a set of 1 << wd_block_kind). */
void wd_export_head(wd_export_job *job, const char *mark, const char *what, unsigned kinds);
/** "E-003, until 2027-03-22, 611 hits" of an entry, for the end of its line. */
void wd_export_trace(wd_export_job *job, const wd_block_entry *e);
/** A line for an entry that may not be blocked: mark, value, reason. */
void wd_export_held(wd_export_job *job, const char *mark, const wd_block_entry *e);
/** Whether an entry belongs on a list of these kinds. */
bool wd_export_takes(const wd_block_entry *e, unsigned kinds);

#define WD_KIND(k) (1U << (k))
#define WD_KINDS_NET (WD_KIND(WD_BLOCK_DOMAIN) | WD_KIND(WD_BLOCK_IPV4) | WD_KIND(WD_BLOCK_IPV6))

wd_status wd_export_html(wd_export_job *job, wd_err *err);
wd_status wd_export_json(wd_export_job *job, wd_err *err);
wd_status wd_export_csv(wd_export_job *job, wd_err *err);
wd_status wd_export_stix(wd_export_job *job, wd_err *err);
wd_status wd_export_navigator(wd_export_job *job, wd_err *err);
wd_status wd_export_attack_flow(wd_export_job *job, wd_err *err);
wd_status wd_export_misp(wd_export_job *job, wd_err *err);
wd_status wd_export_sarif(wd_export_job *job, wd_err *err);
wd_status wd_export_timesketch(wd_export_job *job, wd_err *err);
wd_status wd_export_suricata(wd_export_job *job, wd_err *err);
wd_status wd_export_nft(wd_export_job *job, wd_err *err);
wd_status wd_export_rpz(wd_export_job *job, wd_err *err);
wd_status wd_export_hosts(wd_export_job *job, wd_err *err);
wd_status wd_export_zeek_intel(wd_export_job *job, wd_err *err);
wd_status wd_export_sigma(wd_export_job *job, wd_err *err);
wd_status wd_export_yara(wd_export_job *job, wd_err *err);

#endif

#ifndef WD_REPORT_HTML_H
#define WD_REPORT_HTML_H

#include "core/json.h"

/*
 * report.html: the whole report document (schema "whodunit.report/1") as one HTML 5 file that
 * loads nothing, needs no script and reads the same on paper. The same report gives the same bytes.
 */

/** What may differ between editions of one report. All zero is the usual file. */
typedef struct wd_html_options {
    size_t max_timeline; /* rows of the timeline table; 0 means WD_MAX_REPORT_TIMELINE */
} wd_html_options;

/**
 * Adds the page. `options` may be NULL. Missing parts of the report become sections that say so.
 * Fails: WD_E_NOMEM; WD_E_MALFORMED when the root is no report document.
 */
WD_MUST_USE wd_status wd_report_html(const wd_json *report, const wd_html_options *options,
                                     wd_buf *out, wd_err *err);

/** Ids of the page's sections in page order, for tests and the server; NULL past the last. */
const char *wd_report_html_section(size_t index);

#endif

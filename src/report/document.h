#ifndef WD_REPORT_DOCUMENT_H
#define WD_REPORT_DOCUMENT_H

#include "answers/answers.h"
#include "core/json.h"
#include "core/sandbox.h"

/*
 * The report document, whodunit.report/1: the one text that every renderer and export reads. It
 * holds no wall clock, no path of the case, no job count and no name of user or machine, so the
 * same evidence, rules and knowledge give the same bytes.
 */

typedef struct wd_document_options {
    const char *tool_version;
    wd_slice case_name; /* from the options of the person, never a path; may be empty */
    const char *tlp;    /* "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED" */
    const wd_sandbox_state *sandbox;
    const struct wd_not_read *not_read;
    size_t n_not_read;
    wd_slice options; /* those that change results, for the reproduce line */
} wd_document_options;

/** Writes the document, indented by one, with a line feed behind it. Fails: WD_E_NOMEM, or what
 * reading the case gives. */
WD_MUST_USE wd_status wd_report_document(const wd_model *m, const wd_answers *a,
                                         const wd_document_options *o, wd_buf *out, wd_err *err);

/* Parts, one file each; called by wd_report_document. */
WD_MUST_USE wd_status wd_document_indicators(wd_jw *w, const wd_model *m, wd_err *err);
WD_MUST_USE wd_status wd_document_contacts(wd_jw *w, const wd_model *m, wd_err *err);
WD_MUST_USE wd_status wd_document_timeline(wd_jw *w, const wd_model *m, wd_err *err);

WD_MUST_USE wd_status wd_document_techniques(wd_jw *w, const wd_model *m, wd_err *err);

/** "F-007" or "E-012". */
void wd_document_ref(wd_jw *w, wd_ref ref);
void wd_document_refs(wd_jw *w, const char *key, const wd_refs *refs);

#endif

#ifndef WD_REPORT_TERMINAL_H
#define WD_REPORT_TERMINAL_H

#include "core/json.h"

/*
 * The summary that a run ends with: the verdict and the five answers on one screen, at most
 * WD_TERMINAL_ROWS lines of WD_TERMINAL_COLUMNS columns. Input is the report document
 * (schema "whodunit.report/1"); any part of it may be missing. Strings are shown defanged and
 * with nothing in them that a terminal would act on.
 */

#define WD_TERMINAL_ROWS 24U
#define WD_TERMINAL_COLUMNS 80U

/** How the stream wants it. All zero is plain text without a case folder. */
typedef struct wd_report_style {
    bool colour;       /* the stream takes SGR codes (caller has looked at NO_COLOR and the like) */
    wd_slice case_dir; /* as the person named it; empty leaves paths and hints out */
    uint64_t elapsed_seconds; /* of the run; 0 leaves it out */
} wd_report_style;

/** Adds the whole summary. Fails only as `out` does (sticky). */
void wd_report_terminal(const wd_json *report, const wd_report_style *style, wd_buf *out);

/** The one line of -q: "AFFECTED name hosts=14 compromised=1 infected=1 exposed=9 unread=2". */
void wd_report_terminal_line(const wd_json *report, wd_buf *out);

#endif

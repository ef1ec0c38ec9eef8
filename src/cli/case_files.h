#ifndef WD_CLI_CASE_FILES_H
#define WD_CLI_CASE_FILES_H

#include "core/json.h"

/** Writes CASE/name whole or not at all (temporary file, then rename). */
WD_MUST_USE wd_status wd_case_file_write(const char *dir, const char *name, wd_slice bytes,
                                         wd_err *err);

/** Reads CASE/name into `out`. */
WD_MUST_USE wd_status wd_case_file_read(const char *dir, const char *name, wd_buf *out,
                                        wd_err *err);

/** The report document of a case, parsed. `text` keeps the bytes that `doc` borrows from. */
WD_MUST_USE wd_status wd_case_report(const char *dir, wd_buf *text, wd_json_doc *doc,
                                     wd_arena *arena, wd_err *err);

#endif

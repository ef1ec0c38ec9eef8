#ifndef WD_DETECT_SIGMA_FILES_H
#define WD_DETECT_SIGMA_FILES_H

#include "detect/sigma_priv.h"

/** A rule file as found. */
typedef struct wd_sigma_file {
    wd_slice path;
    bool builtin;
    wd_slice text; /* already there, else empty */
} wd_sigma_file;

typedef WD_SIGMA_LIST(wd_sigma_file) wd_sigma_file_list;

/**
 * All *.yml and *.yaml below a folder, or the file itself, appended to `out` in order of their
 * paths. Symbolic links inside a folder are not followed. Fails: WD_E_IO, WD_E_LIMIT past
 * WD_MAX_RULE_DEPTH.
 */
WD_MUST_USE wd_status wd_sigma_files_list(const wd_sigma_source *source, wd_arena *arena,
                                          wd_sigma_file_list *out, wd_err *err);

/** Content of a file in `arena`. Fails: WD_E_IO, WD_E_LIMIT past WD_MAX_RULE_FILE. */
WD_MUST_USE wd_status wd_sigma_file_read(wd_slice path, wd_arena *arena, wd_slice *out,
                                         wd_err *err);

#endif

#ifndef WD_CASE_INTAKE_H
#define WD_CASE_INTAKE_H

#include "core/arena.h"
#include "core/workers.h"

/*
 * Finds the evidence files under the paths that a person named, and opens them one by one.
 *
 * Only regular files are opened. Symbolic links inside folders are not followed but listed in
 * `not_read`; so are FIFOs, sockets, devices, and whatever cannot be opened. (A path named on the
 * command line may itself be a link: the person chose it.) Nothing is ever opened for writing, and
 * access times are left alone where the system allows it. Files come in bytewise order of their
 * path, whatever the order of arguments or folders; a file reached twice under the same path is
 * taken once.
 */
typedef struct wd_intake wd_intake;

typedef struct wd_intake_options {
    const char *const *paths;
    size_t n_paths;
    /** A folder to leave out wherever it appears (the case being written); NULL: none. */
    const char *exclude;
} wd_intake_options;

/** A path that was found and not read, and why, in plain words. */
typedef struct wd_not_read {
    wd_slice path; /* any bytes; escape for where it goes */
    wd_slice why;
} wd_not_read;

/**
 * Walks all paths. Everything is in `arena`.
 * Fails: WD_E_NOT_FOUND for a named path that does not exist, WD_E_DENIED for one that may not be
 * looked at, WD_E_LIMIT past WD_MAX_ITEMS. `err` names the path. An empty folder is fine.
 */
WD_MUST_USE wd_status wd_intake_open(wd_intake **out, const wd_intake_options *o, wd_arena *arena,
                                     wd_err *err);
void wd_intake_close(wd_intake *in); /* NULL is fine */

/** Files found, and their bytes in all, before any is opened. */
size_t wd_intake_count(const wd_intake *in);
uint64_t wd_intake_bytes(const wd_intake *in);

/** Opens the next file: fills `job` (see core/workers.h). A file that cannot be opened goes to
 * not_read and the next one is tried; its ordinal stays unused. WD_E_NOT_FOUND at the end. `in` is
 * a wd_intake *: the signature is that of wd_pool_calls.next. */
wd_status wd_intake_next(void *in, wd_job *job);

/** Path of a file by ordinal; borrowed from the arena. */
wd_slice wd_intake_path(const wd_intake *in, uint64_t ordinal);

/** All that was not read, in order of path. Complete once wd_intake_next has come to the end. */
const wd_not_read *wd_intake_not_read(wd_intake *in, size_t *n);

#endif

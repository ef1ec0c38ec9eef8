#ifndef WD_CLI_WHO_INCIDENTS_H
#define WD_CLI_WHO_INCIDENTS_H

#include "answers/attribution.h"
#include "cli/options.h"

/** `who --incidents`: one line of JSON an incident; see docs for the keys. Gives the exit code. */
int wd_who_incidents(const wd_options *o, const wd_attr_base *base, wd_arena *arena);

/** Whole file in `arena`; says on stderr what failed. "-" is the standard input. */
WD_MUST_USE wd_status wd_who_read(const char *path, wd_arena *arena, wd_slice *out, wd_err *err);

#endif

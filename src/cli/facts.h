#ifndef WD_CLI_FACTS_H
#define WD_CLI_FACTS_H

#include "answers/attribution.h"
#include "cli/options.h"

/** Whether a file given with --kb holds facts about actors (made by `kb import`). */
bool wd_facts_is(const char *path);

/**
 * Facts about actors: the shipped ones unless --no-builtin-knowledge, and those of --kb files.
 * `*base` is NULL when there are none at all. Fails like wd_actors_load and wd_attr_base_make.
 */
WD_MUST_USE wd_status wd_facts_load(const wd_options *o, wd_arena *arena, wd_attr_base **base,
                                    wd_err *err);

#endif

#ifndef WD_CLI_RESOURCES_H
#define WD_CLI_RESOURCES_H

#include "core/arena.h"

/**
 * Where the program's rules, knowledge and examples are: beside the build folder the program lies
 * in, or below the prefix it is installed in. Found from the program itself, so any working
 * directory will do. `name` is "rules", "knowledge" or "examples". NULL when it is in none of the
 * places.
 */
const char *wd_resource(const char *name, wd_arena *arena);

/** "0.1.0" */
const char *wd_version(void);

#endif

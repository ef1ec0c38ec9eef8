#include "cli/resources.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "wd_config.h"

const char *wd_version(void)
{
    return WD_VERSION;
}

const char *wd_resource(const char *name, wd_arena *arena)
{
    static const char *const places[] = {"/../share/whodunit/", "/../"};
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    wd_slice path = wd_slice_of(self, n < 0 ? 0 : (size_t) n);
    wd_slice folder = wd_slice_sub(path, 0, wd_slice_rfind_byte(path, '/'));
    for (size_t i = 0; n > 0 && i < sizeof places / sizeof places[0]; i++) {
        wd_slice candidate = wd_arena_printf(arena, "%.*s%s%s", WD_ARG(folder), places[i], name);
        if (candidate.ptr != NULL && access((const char *) candidate.ptr, R_OK) == 0) {
            /* Without the ".." of a build folder: it is printed with the example's items. */
            return realpath((const char *) candidate.ptr, self) == NULL
                       ? (const char *) candidate.ptr
                       : (const char *) wd_arena_copy(arena, wd_slice_str(self)).ptr;
        }
    }
    return NULL;
}

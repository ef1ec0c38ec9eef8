#include <stdio.h>
#include <string.h>

#include "cli/case_files.h"
#include "cli/commands.h"
#include "cli/resources.h"
#include "cli/session.h"

/* Runs investigate on the example that examples/default names. Its verdict is the point, so the
 * exit code is 0. */
int wd_cmd_demo(const wd_options *o)
{
    wd_err err = {0};
    wd_buf name = {0};
    wd_arena *arena = wd_arena_new(1U << 20);
    const char *examples = arena == NULL ? NULL : wd_resource("examples", arena);
    int code = WD_EXIT_FAILED;
    if (examples == NULL || wd_case_file_read(examples, "default", &name, &err) != WD_OK) {
        fputs("whodunit: the bundled example was not found beside the program\n", stderr);
    } else {
        wd_slice example = wd_path_base(wd_slice_trim(wd_buf_slice(&name)));
        const char *path =
            (const char *) wd_arena_printf(arena, "%s/%.*s", examples, WD_ARG(example)).ptr;
        wd_options with = *o;
        with.words = (wd_strings){&path, 1};
        with.case_name = o->case_name == NULL ? "demo" : o->case_name;
        code = wd_cmd_investigate(&with);
        code = code == WD_EXIT_FOUND ? WD_EXIT_NOTHING : code;
    }
    wd_buf_free(&name);
    wd_arena_free(arena);
    return code;
}

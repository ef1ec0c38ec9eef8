#include "cli/commands.h"
#include "cli/stream_command.h"

/* What is inside files and packages. Findings about hosts belong to `events` and `traffic`. */
static bool about_files(const wd_finding *f)
{
    return f->host.len == 0;
}

int wd_cmd_scan(const wd_options *o)
{
    wd_stream_command c = {.name = "scan",
                           .stream = o->json || o->jsonl ? WD_STREAM_SCAN : WD_STREAM_NONE,
                           .schema = "whodunit.scan/1",
                           .list = "items",
                           .wanted = about_files};
    return wd_stream_run(o, &c);
}

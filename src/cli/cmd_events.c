#include "cli/commands.h"
#include "cli/stream_command.h"

/* What happened on hosts: hits of Sigma and own rules, or every record (--records). */
int wd_cmd_events(const wd_options *o)
{
    wd_stream stream =
        o->records ? WD_STREAM_RECORDS : (o->json || o->jsonl ? WD_STREAM_HITS : WD_STREAM_NONE);
    wd_stream_command c = {.name = "events",
                           .stream = stream,
                           .schema = "whodunit.events/1",
                           .list = o->records ? "records" : "hits",
                           .always_done = o->records};
    return wd_stream_run(o, &c);
}

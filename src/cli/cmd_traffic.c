#include "cli/commands.h"
#include "cli/stream_command.h"
#include "core/limits.h"
#include "report/traffic.h"

/* Who talked to what: merged contacts and findings, or every fact (--facts). */

static wd_status document(const wd_session *session, wd_case *cs, wd_buf *out, wd_err *err)
{
    wd_arena *arena = wd_arena_new(WD_CASE_ARENA);
    if (arena == NULL) {
        return wd_nomem(err, "traffic");
    }
    wd_status s = session->options->json
                      ? wd_traffic_document(cs, session->knowledge, arena, out, err)
                      : wd_traffic_text(cs, session->knowledge, arena, out, err);
    wd_arena_free(arena);
    return s;
}

int wd_cmd_traffic(const wd_options *o)
{
    wd_stream_command c = {.name = "traffic",
                           .stream = o->facts ? WD_STREAM_FACTS : WD_STREAM_NONE,
                           .schema = "whodunit.facts/1",
                           .list = "facts",
                           .always_done = o->facts,
                           .document = o->facts ? NULL : document};
    return wd_stream_run(o, &c);
}

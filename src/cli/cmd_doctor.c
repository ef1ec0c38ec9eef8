#include <stdio.h>

#include "cli/commands.h"
#include "cli/resources.h"
#include "cli/session.h"

static void place(const char *name, wd_arena *arena)
{
    const char *path = wd_resource(name, arena);
    printf("%-10s %s\n", name, path == NULL ? "NOT FOUND beside the program" : path);
}

int wd_cmd_doctor(const wd_options *o)
{
    wd_session s;
    wd_sandbox_state sandbox = {0};
    wd_err err = {0};
    wd_buf line = {0};
    printf("whodunit   %s\n", wd_version());
    printf("workers    %u\n", wd_pool_default_workers());
    bool ring = wd_sandbox_probe(&sandbox, &err) == WD_OK;
    wd_sandbox_describe(&sandbox, &line);
    printf("sandbox    %.*s\n", WD_ARG(wd_buf_slice(&line)));
    if (!ring) {
        printf("           probe failed: %s\n", err.text);
    }
    wd_buf_free(&line);
    bool loaded = wd_session_open(&s, o, WD_STREAM_NONE) == WD_OK;
    if (loaded) {
        place("rules", s.arena);
        place("knowledge", s.arena);
        printf("campaigns  %zu, indicators %zu, entries refused %zu\n",
               wd_knowledge_campaigns(s.knowledge), wd_knowledge_indicators(s.knowledge),
               wd_knowledge_refused_total(s.knowledge));
        size_t refused = 0;
        if (s.sigma != NULL) {
            (void) wd_sigma_refusals(s.sigma, &refused);
        }
        printf("sigma      %zu rules, %zu not in use\n",
               s.sigma == NULL ? 0 : wd_sigma_count(s.sigma), refused);
    }
    wd_session_close(&s);
    return loaded && wd_sandbox_complete(&sandbox) ? WD_EXIT_NOTHING : WD_EXIT_FAILED;
}

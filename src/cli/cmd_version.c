#include <stdio.h>

#include "cli/commands.h"
#include "cli/resources.h"
#include "cli/session.h"

int wd_cmd_version(const wd_options *o)
{
    wd_session s;
    char as_of[WD_TIME_TEXT];
    wd_options quiet = *o;
    quiet.quiet = true;
    printf("whodunit %s\n", wd_version());
    if (wd_session_open(&s, &quiet, WD_STREAM_NONE) == WD_OK) {
        printf("knowledge of %.10s, %zu campaigns, %zu indicators, %zu Sigma rules\n",
               wd_time_format(wd_knowledge_as_of(s.knowledge), as_of),
               wd_knowledge_campaigns(s.knowledge), wd_knowledge_indicators(s.knowledge),
               s.sigma == NULL ? 0 : wd_sigma_count(s.sigma));
    }
    wd_session_close(&s);
    return WD_EXIT_NOTHING;
}

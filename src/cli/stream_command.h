#ifndef WD_CLI_STREAM_COMMAND_H
#define WD_CLI_STREAM_COMMAND_H

#include "cli/session.h"

/*
 * scan and events: examine, and show what was found without leaving a case behind. As text, as a
 * stream of JSON lines that workers write themselves, or as one document around those lines.
 */
typedef struct wd_stream_command {
    const char *name;
    wd_stream stream;                    /* of --jsonl and --json; WD_STREAM_NONE for text */
    const char *schema;                  /* of --json: "whodunit.scan/1" */
    const char *list;                    /* key of the lines there: "items" */
    bool always_done;                    /* record modes: exit 0 whatever was found */
    bool (*wanted)(const wd_finding *f); /* findings that belong to this command; NULL: all */
    /** Writes the command's own document or text instead of the list of findings; NULL: the list.
     */
    wd_status (*document)(const wd_session *s, wd_case *cs, wd_buf *out, wd_err *err);
} wd_stream_command;

/** Runs it; the result is the exit code. */
int wd_stream_run(const wd_options *o, const wd_stream_command *c);

#endif

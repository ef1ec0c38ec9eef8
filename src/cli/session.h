#ifndef WD_CLI_SESSION_H
#define WD_CLI_SESSION_H

#include "case/collect.h"
#include "cli/options.h"
#include "detect/engine.h"
#include "detect/sigma.h"
#include "knowledge/knowledge.h"

/** What every examining command needs: knowledge and rules loaded, as the options say. */
typedef struct wd_session {
    wd_arena *arena;
    const wd_options *options;
    wd_knowledge *knowledge;
    wd_sigma *sigma;
    wd_engine engine;
} wd_session;

/** Loads; what was refused is told on stderr (-v names each). On failure says why on stderr. */
WD_MUST_USE wd_status wd_session_open(wd_session *s, const wd_options *o, wd_stream stream);
void wd_session_close(wd_session *s);

/** Prints an error as one sentence: what could not be done, with which item, at which offset. */
void wd_session_complain(const char *doing, const char *item, const wd_err *err);

/** Exit codes of DESIGN section 4. */
enum {
    WD_EXIT_NOTHING = 0,
    WD_EXIT_FOUND = 1,
    WD_EXIT_USAGE = 2,
    WD_EXIT_INCOMPLETE = 3,
    WD_EXIT_FAILED = 4
};

/** 2 for WD_E_USAGE and WD_E_NOT_FOUND, 130 after an interrupt, else 4. */
int wd_session_exit(wd_status s);

/**
 * Examines the paths into `cs` with progress on stderr. `paths` are the command's words and
 * --assets files. What goes to wd_collect comes from the options. Says on stderr what failed.
 */
WD_MUST_USE wd_status wd_session_collect(wd_session *s, wd_case *cs, wd_intake *intake,
                                         wd_status (*output)(void *, wd_slice), void *ctx,
                                         wd_collect_stats *stats);
/** Opens the evidence named on the command line. Says on stderr what failed. */
WD_MUST_USE wd_status wd_session_intake(wd_session *s, const char *exclude, wd_intake **out);

/** Installs handlers for SIGINT and SIGTERM that only remember the signal. */
void wd_session_catch_signals(void);
/** The signal that was caught; 0 when none. */
int wd_session_signal(void);

#endif

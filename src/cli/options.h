#ifndef WD_CLI_OPTIONS_H
#define WD_CLI_OPTIONS_H

#include "core/vocab.h"

/*
 * The command line. Options may stand anywhere before "--"; a long option takes its value as the
 * next word or after "=". Every command accepts the common ones and names those of its own.
 */

#define WD_MAX_WORDS 4096

typedef struct wd_strings {
    const char **list;
    size_t n;
} wd_strings;

typedef struct wd_options {
    const char *output;    /* -o */
    const char *case_name; /* --case-name */
    const char *tlp;
    wd_severity fail_on;
    bool fail_on_given;
    bool tlp_given;
    bool json, jsonl, records, facts;
    bool quiet, verbose, no_color;
    bool no_builtin_rules, no_builtin_knowledge;
    bool no_sandbox, require_sandbox;
    bool help;
    unsigned jobs;
    wd_time since, until;
    /* of `who`: lists of ids, files, how to read a benchmark */
    const char *techniques, *software, *hold_out, *who_evidence;
    const char *incidents, *reports, *protocol, *track, *variant, *unknown_prior;
    const char *attack, *galaxy, *kb_version; /* of `kb import` */
    wd_strings sigma, intel, kb, assets;
    wd_strings words; /* what is no option, in order */
} wd_options;

/** Parses argv[2..]. On a mistake prints what is wrong and how to get help to stderr and gives
 * WD_E_USAGE. Arrays are in `arena`. */
WD_MUST_USE wd_status wd_options_parse(wd_options *out, int argc, char **argv, wd_arena *arena);

#endif

#ifndef WD_DETECT_SIGMA_REGEX_H
#define WD_DETECT_SIGMA_REGEX_H

#include "core/err.h"
#include "core/slice.h"

/*
 * Regular expressions of rules (PCRE2). A search, not a full match. Text is UTF-8; bytes that are
 * not match nothing but cost nothing else. Backtracking is bounded: an expression that does not
 * come to an end counts as no match and as one limit reached.
 */
typedef struct wd_regex wd_regex;         /* compiled, immutable */
typedef struct wd_regex_run wd_regex_run; /* working memory of one worker */

typedef struct wd_regex_flags {
    bool nocase;
    bool multiline; /* ^ and $ at lines */
    bool dotall;    /* . takes line feeds too */
} wd_regex_flags;

/** Compiles for later wd_regex_free. Fails: WD_E_MALFORMED with what is wrong and where. */
WD_MUST_USE wd_status wd_regex_new(wd_regex **out, wd_slice pattern, wd_regex_flags flags,
                                   wd_err *err);
void wd_regex_free(wd_regex *r); /* NULL is fine */

WD_MUST_USE wd_status wd_regex_run_new(wd_regex_run **out, wd_err *err);
void wd_regex_run_free(wd_regex_run *run); /* NULL is fine */
bool wd_regex_search(const wd_regex *r, wd_regex_run *run, wd_slice text);
/** Searches given up so far. */
uint64_t wd_regex_limits(const wd_regex_run *run);

#endif

#include "detect/sigma_regex.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/limits.h"

struct wd_regex {
    pcre2_code *code;
};

struct wd_regex_run {
    pcre2_match_data *data;
    pcre2_match_context *context;
    uint64_t limits;
};

static uint32_t options_of(wd_regex_flags flags)
{
    uint32_t o = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    o |= flags.nocase ? PCRE2_CASELESS : 0;
    o |= flags.multiline ? PCRE2_MULTILINE : 0;
    o |= flags.dotall ? PCRE2_DOTALL : 0;
    return o;
}

wd_status wd_regex_new(wd_regex **out, wd_slice pattern, wd_regex_flags flags, wd_err *err)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    wd_regex *r = calloc(1, sizeof *r);
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (r == NULL || context == NULL) {
        free(r);
        pcre2_compile_context_free(context);
        return wd_fail(err, WD_E_NOMEM, WD_NO_OFFSET, "sigma.regex", "memory limit reached");
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    r->code = pcre2_compile(pattern.ptr, pattern.len, options_of(flags), &code, &at, context);
    pcre2_compile_context_free(context);
    if (r->code == NULL) {
        free(r);
        PCRE2_UCHAR text[128] = "";
        pcre2_get_error_message(code, text, sizeof text);
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma.regex",
                       "regular expression, position %zu: %s", at, (const char *) text);
    }
    /* Without machine code it is only slower. */
    (void) pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
    *out = r;
    return WD_OK;
}

void wd_regex_free(wd_regex *r)
{
    if (r != NULL) {
        pcre2_code_free(r->code);
        free(r);
    }
}

wd_status wd_regex_run_new(wd_regex_run **out, wd_err *err)
{
    wd_regex_run *run = calloc(1, sizeof *run);
    if (run != NULL) {
        run->data = pcre2_match_data_create(1, NULL);
        run->context = pcre2_match_context_create(NULL);
    }
    if (run == NULL || run->data == NULL || run->context == NULL) {
        wd_regex_run_free(run);
        return wd_fail(err, WD_E_NOMEM, WD_NO_OFFSET, "sigma.regex", "memory limit reached");
    }
    pcre2_set_match_limit(run->context, WD_MAX_REGEX_STEPS);
    pcre2_set_depth_limit(run->context, WD_MAX_REGEX_STEPS);
    pcre2_set_heap_limit(run->context, WD_MAX_REGEX_HEAP_KIB);
    *out = run;
    return WD_OK;
}

void wd_regex_run_free(wd_regex_run *run)
{
    if (run != NULL) {
        pcre2_match_data_free(run->data);
        pcre2_match_context_free(run->context);
        free(run);
    }
}

bool wd_regex_search(const wd_regex *r, wd_regex_run *run, wd_slice text)
{
    PCRE2_SPTR subject = text.ptr == NULL ? (PCRE2_SPTR) "" : text.ptr;
    int n = pcre2_match(r->code, subject, text.len, 0, 0, run->data, run->context);
    if (n < 0 && n != PCRE2_ERROR_NOMATCH) {
        run->limits++;
    }
    return n >= 0;
}

uint64_t wd_regex_limits(const wd_regex_run *run)
{
    return run->limits;
}

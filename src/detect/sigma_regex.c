#include "detect/sigma_regex.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/limits.h"

struct wd_regex {
    pcre2_code *utf;
    pcre2_code *plain; /* for text that is plain ASCII, several times faster; NULL when the
                          expression itself is not */
};

struct wd_regex_run {
    pcre2_match_data *data;
    pcre2_match_context *context;
    uint64_t limits;
};

static uint32_t options_of(wd_regex_flags flags)
{
    uint32_t o = 0;
    o |= flags.nocase ? PCRE2_CASELESS : 0;
    o |= flags.multiline ? PCRE2_MULTILINE : 0;
    o |= flags.dotall ? PCRE2_DOTALL : 0;
    return o;
}

static bool is_plain(wd_slice s)
{
    uint64_t any = 0;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t v;
        memcpy(&v, s.ptr + i, sizeof v);
        any |= v;
    }
    for (; i < s.len; i++) {
        any |= s.ptr[i];
    }
    return (any & 0x8080808080808080U) == 0;
}

static pcre2_code *compile(wd_slice pattern, uint32_t options, wd_err *err)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context == NULL) {
        (void) wd_fail(err, WD_E_NOMEM, WD_NO_OFFSET, "sigma.regex", "memory limit reached");
        return NULL;
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_code *out = pcre2_compile(pattern.ptr, pattern.len, options, &code, &at, context);
    pcre2_compile_context_free(context);
    if (out == NULL) {
        PCRE2_UCHAR text[128] = "";
        pcre2_get_error_message(code, text, sizeof text);
        (void) wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma.regex",
                       "regular expression, position %zu: %s", at, (const char *) text);
        return NULL;
    }
    /* Without machine code it is only slower. */
    (void) pcre2_jit_compile(out, PCRE2_JIT_COMPLETE);
    return out;
}

wd_status wd_regex_new(wd_regex **out, wd_slice pattern, wd_regex_flags flags, wd_err *err)
{
    wd_regex *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return wd_fail(err, WD_E_NOMEM, WD_NO_OFFSET, "sigma.regex", "memory limit reached");
    }
    uint32_t options = options_of(flags);
    r->utf = compile(pattern, options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, err);
    if (r->utf == NULL) {
        free(r);
        return err == NULL ? WD_E_MALFORMED : err->code;
    }
    r->plain = is_plain(pattern) ? compile(pattern, options, NULL) : NULL;
    *out = r;
    return WD_OK;
}

void wd_regex_free(wd_regex *r)
{
    if (r != NULL) {
        pcre2_code_free(r->utf);
        pcre2_code_free(r->plain);
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
    const pcre2_code *code = r->plain != NULL && is_plain(text) ? r->plain : r->utf;
    int n = pcre2_match(code, subject, text.len, 0, 0, run->data, run->context);
    if (n < 0 && n != PCRE2_ERROR_NOMATCH) {
        run->limits++;
    }
    return n >= 0;
}

uint64_t wd_regex_limits(const wd_regex_run *run)
{
    return run->limits;
}

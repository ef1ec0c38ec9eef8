#include <string.h>

#include "core/fold.h"
#include "detect/sigma_anchor.h"

/*
 * Reads just enough of an expression to know plain characters that every match must hold. Whatever
 * is not understood ends a run; what could make the whole reading wrong gives nothing.
 */

typedef struct reader {
    wd_slice in;
    size_t at;
    uint8_t *run; /* characters that follow each other */
    size_t n;
    uint8_t *best;
    size_t best_len;
    bool given_up;
} reader;

static void end_run(reader *r)
{
    if (r->n > r->best_len) {
        memcpy(r->best, r->run, r->n);
        r->best_len = r->n;
    }
    r->n = 0;
}

static bool is_in(uint8_t c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Moves behind a character class; its first character may be ']'. */
static void skip_class(reader *r)
{
    r->at++;
    if (r->at < r->in.len && r->in.ptr[r->at] == '^') {
        r->at++;
    }
    bool first = true;
    for (; r->at < r->in.len && (first || r->in.ptr[r->at] != ']'); r->at++) {
        first = false;
        if (r->in.ptr[r->at] == '\\') {
            r->at++;
        } else if (r->in.ptr[r->at] == '[') {
            r->given_up = true; /* [:alpha:] and its like */
        }
    }
    r->at++;
}

/* Moves behind a group with all that it holds. */
static void skip_group(reader *r)
{
    size_t depth = 0;
    do {
        uint8_t c = r->in.ptr[r->at];
        if (c == '\\') {
            r->given_up = r->given_up || (r->at + 1 < r->in.len && r->in.ptr[r->at + 1] == 'Q');
            r->at += 2;
        } else if (c == '[') {
            skip_class(r);
        } else {
            depth += c == '(' ? 1U : 0U;
            depth -= c == ')' ? 1U : 0U;
            r->at++;
        }
    } while (depth > 0 && r->at < r->in.len && !r->given_up);
}

static void read_group(reader *r)
{
    wd_slice rest = wd_slice_sub(r->in, r->at, r->in.len);
    end_run(r);
    /* (?x) changes what white space means, (*...) what anything means. */
    if (wd_slice_starts(rest, WD_S("(?"))) {
        size_t i = 2;
        for (; i < rest.len && (wd_is_alpha(rest.ptr[i]) || rest.ptr[i] == '-'); i++) {
            r->given_up = r->given_up || rest.ptr[i] == 'x';
        }
    }
    r->given_up = r->given_up || wd_slice_starts(rest, WD_S("(*"));
    skip_group(r);
}

static void read_escape(reader *r)
{
    uint8_t c = r->at + 1 < r->in.len ? r->in.ptr[r->at + 1] : 0;
    r->at += 2;
    if (wd_is_alpha(c) || wd_is_digit(c)) {
        end_run(r);
        r->given_up = !is_in(c, "dDwWsSbBAzZhHvVRnrtf");
    } else if (c != 0 && c < 0x80) {
        r->run[r->n++] = c;
    } else {
        end_run(r);
    }
}

/* A repetition behind a character: it may be missing, or it is there and more may follow. */
static void read_repetition(reader *r)
{
    wd_slice rest = wd_slice_sub(r->in, r->at, r->in.len);
    bool counted = rest.len > 1 && rest.ptr[0] == '{' && rest.ptr[1] >= '1' && rest.ptr[1] <= '9';
    if (rest.ptr[0] != '+' && !counted && r->n > 0) {
        r->n--;
    }
    end_run(r);
    size_t close = rest.ptr[0] == '{' ? wd_slice_find_byte(rest, '}') : 0;
    r->at += close == SIZE_MAX ? 1 : close + 1;
}

static void read_one(reader *r)
{
    uint8_t c = r->in.ptr[r->at];
    if (c == '\\') {
        read_escape(r);
    } else if (c == '(') {
        read_group(r);
    } else if (c == '[') {
        end_run(r);
        skip_class(r);
    } else if (is_in(c, "?*+{")) {
        read_repetition(r);
    } else if (c == '|') {
        r->given_up = true;
    } else if (is_in(c, ".^$)") || c >= 0x80 || c == 0) {
        end_run(r);
        r->at++;
    } else {
        r->run[r->n++] = c;
        r->at++;
    }
}

wd_slice wd_sigma_regex_literal(wd_arena *a, wd_slice expression)
{
    reader r = {.in = expression};
    r.run = wd_arena_alloc(a, expression.len + 1);
    r.best = wd_arena_alloc(a, expression.len + 1);
    if (r.run == NULL || r.best == NULL) {
        return (wd_slice){0};
    }
    while (r.at < r.in.len && !r.given_up) {
        read_one(&r);
    }
    end_run(&r);
    if (r.given_up) {
        return (wd_slice){0};
    }
    wd_fold(r.best, wd_slice_of(r.best, r.best_len));
    return wd_slice_of(r.best, r.best_len);
}

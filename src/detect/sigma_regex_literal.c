#include <string.h>

#include "core/fold.h"
#include "detect/sigma_literal.h"

/*
 * Reads just enough of an expression to know characters that every match must hold one after the
 * other. Whatever is not understood ends a run; what could make the whole reading wrong gives
 * nothing.
 */

enum { MAX_CHOICE = 4, MAX_RUN = 200 };

/* One character of a run: a few that may stand there, folded. */
typedef struct spot {
    uint8_t chars[MAX_CHOICE];
    uint8_t n;
} spot;

typedef struct reader {
    wd_slice in;
    size_t at;
    spot run[MAX_RUN]; /* spots that follow each other */
    size_t n;
    spot best[MAX_RUN];
    size_t best_len;
    double best_value;
    uint32_t times[256]; /* how often each character must occur at least */
    bool given_up;
} reader;

/* Longer is better; a doubling of the choices costs a quarter of a character. */
static double value_of(size_t len, size_t choices)
{
    double value = (double) len;
    for (; choices > 1; choices = (choices + 1) / 2) {
        value -= 0.25;
    }
    return value;
}

static void end_run(reader *r)
{
    for (size_t from = 0; from < r->n; from++) {
        size_t choices = 1;
        for (size_t len = 1; from + len <= r->n; len++) {
            choices *= r->run[from + len - 1].n;
            if (choices > WD_SIGMA_MAX_LITERALS) {
                break;
            }
            if (value_of(len, choices) > r->best_value) {
                r->best_value = value_of(len, choices);
                r->best_len = len;
                memcpy(r->best, r->run + from, len * sizeof *r->best);
            }
        }
    }
    r->n = 0;
}

static bool add_choice(spot *s, uint8_t c)
{
    c = wd_lower(c);
    for (unsigned i = 0; i < s->n; i++) {
        if (s->chars[i] == c) {
            return true;
        }
    }
    if (s->n == MAX_CHOICE) {
        return false;
    }
    s->chars[s->n++] = c;
    return true;
}

static void add_spot(reader *r, spot s)
{
    if (r->n == MAX_RUN) {
        end_run(r);
    }
    r->times[s.chars[0]] += s.n == 1 ? 1U : 0U;
    r->run[r->n++] = s;
}

static void drop_spot(reader *r)
{
    spot s = r->run[--r->n];
    r->times[s.chars[0]] -= s.n == 1 ? 1U : 0U;
}

static void add_char(reader *r, uint8_t c)
{
    spot s = {.n = 0};
    (void) add_choice(&s, c);
    add_spot(r, s);
}

static bool is_in(uint8_t c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* One member of a class; false when it is not a plain character. */
static bool class_member(reader *r, spot *s)
{
    uint8_t c = r->in.ptr[r->at];
    if (c == '\\' && r->at + 1 < r->in.len) {
        c = r->in.ptr[++r->at];
        if (wd_is_alpha(c) || wd_is_digit(c)) {
            return false;
        }
    } else if (c == '[') {
        r->given_up = true; /* [:alpha:] and its like */
    }
    bool range =
        r->at + 2 < r->in.len && r->in.ptr[r->at + 1] == '-' && r->in.ptr[r->at + 2] != ']';
    return !range && c < 0x80 && c != 0 && add_choice(s, c);
}

/* Moves behind a character class; its first character may be ']'. A spot without choices when it is
 * not a small one. */
static spot take_class(reader *r)
{
    spot s = {.n = 0};
    bool plain = true;
    bool first = true;
    r->at++;
    if (r->at < r->in.len && r->in.ptr[r->at] == '^') {
        plain = false;
        r->at++;
    }
    for (; r->at < r->in.len && (first || r->in.ptr[r->at] != ']'); r->at++) {
        first = false;
        plain = class_member(r, &s) && plain;
    }
    r->at++;
    return plain ? s : (spot){.n = 0};
}

static void read_class(reader *r)
{
    spot s = take_class(r);
    if (s.n > 0) {
        add_spot(r, s);
    } else {
        end_run(r);
    }
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
            (void) take_class(r); /* what stands in a group may be missing */
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
        add_char(r, c);
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
        drop_spot(r);
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
        read_class(r);
    } else if (is_in(c, "?*+{")) {
        read_repetition(r);
    } else if (c == '|') {
        r->given_up = true;
    } else if (is_in(c, ".^$)") || c >= 0x80 || c == 0) {
        end_run(r);
        r->at++;
    } else {
        add_char(r, c);
        r->at++;
    }
}

/* Every way to take one character at each spot. */
static void write_out(const reader *r, wd_arena *a, wd_sigma_literals *out)
{
    size_t choices = 1;
    for (size_t i = 0; i < r->best_len; i++) {
        choices *= r->best[i].n;
    }
    for (size_t k = 0; k < choices && r->best_len > 0; k++) {
        uint8_t *p = wd_arena_alloc(a, r->best_len);
        size_t rest = k;
        for (size_t i = 0; i < r->best_len && p != NULL; i++) {
            p[i] = r->best[i].chars[rest % r->best[i].n];
            rest /= r->best[i].n;
        }
        if (p == NULL) {
            out->n = 0;
            return;
        }
        out->list[out->n++] = wd_slice_of(p, r->best_len);
    }
}

static void count_out(const reader *r, wd_sigma_literals *out)
{
    for (unsigned c = 0; c < 256; c++) {
        if (r->times[c] > out->times) {
            out->times = r->times[c];
            out->byte = (uint8_t) c;
        }
    }
}

void wd_sigma_regex_literals(wd_arena *a, wd_slice expression, wd_sigma_literals *out)
{
    reader r = {.in = expression};
    *out = (wd_sigma_literals){.n = 0};
    while (r.at < r.in.len && !r.given_up) {
        read_one(&r);
    }
    end_run(&r);
    if (!r.given_up) {
        write_out(&r, a, out);
        count_out(&r, out);
    }
}

#include "knowledge/stix_pattern.h"

#include "core/limits.h"

typedef struct scan {
    wd_slice in;
    size_t pos;
    wd_arena *arena;
    wd_err *err;
    wd_stix_value *values;
    size_t n;
    size_t cap;
    size_t first; /* value of the current observation */
    bool negated; /* NOT stands in front */
    bool joined;  /* AND within this observation */
} scan;

static wd_status bad(scan *s, const char *why)
{
    return wd_fail(s->err, WD_E_MALFORMED, s->pos, "stix.pattern", "%s", why);
}

static void skip_space(scan *s)
{
    while (s->pos < s->in.len && wd_is_space(s->in.ptr[s->pos])) {
        s->pos++;
    }
}

static uint8_t peek(const scan *s)
{
    return s->pos < s->in.len ? s->in.ptr[s->pos] : 0;
}

static bool is_word_byte(uint8_t c)
{
    return wd_is_alpha(c) || wd_is_digit(c) || c == '_' || c == '-' || c == ':' || c == '.' ||
           c == '*';
}

/* An object path or a keyword: "file:hashes.'SHA-256'", "AND". Quoted and indexed parts belong to
 * it. */
static wd_slice take_word(scan *s)
{
    size_t from = s->pos;
    while (s->pos < s->in.len) {
        uint8_t c = s->in.ptr[s->pos];
        bool quoted = c == '\'' && s->pos > from && s->in.ptr[s->pos - 1] == '.';
        bool index = c == '[' && s->pos > from;
        if (quoted || index) {
            uint8_t close = quoted ? '\'' : ']';
            do {
                s->pos++;
            } while (s->pos < s->in.len && s->in.ptr[s->pos] != close);
        } else if (!is_word_byte(c)) {
            break;
        }
        s->pos += s->pos < s->in.len ? 1 : 0;
    }
    return wd_slice_sub(s->in, from, s->pos - from);
}

/* 'text' with \' and \\ undone, or a bare number or word; a copy of its own in either case. */
static wd_status take_literal(scan *s, wd_slice *out)
{
    skip_space(s);
    uint8_t c = peek(s);
    /* Typed forms: t'2020-..', h'00ff', b'...'. */
    if ((c == 't' || c == 'h' || c == 'b') && s->pos + 1 < s->in.len &&
        s->in.ptr[s->pos + 1] == '\'') {
        s->pos++;
    }
    if (peek(s) != '\'') {
        wd_slice word = take_word(s);
        if (word.len == 0) {
            return bad(s, "a comparison has no value");
        }
        *out = wd_arena_copy(s->arena, word);
        return out->ptr == NULL ? wd_nomem(s->err, "stix.pattern") : WD_OK;
    }
    uint8_t *text = wd_arena_alloc(s->arena, s->in.len - s->pos);
    size_t n = 0;
    if (text == NULL) {
        return wd_nomem(s->err, "stix.pattern");
    }
    for (s->pos++; s->pos < s->in.len && s->in.ptr[s->pos] != '\''; s->pos++) {
        if (s->in.ptr[s->pos] == '\\' && s->pos + 1 < s->in.len) {
            s->pos++;
        }
        text[n++] = s->in.ptr[s->pos];
    }
    if (peek(s) != '\'') {
        return bad(s, "a quote does not close");
    }
    s->pos++;
    *out = wd_slice_of(text, n);
    return WD_OK;
}

/* --- paths and operators -------------------------------------------------------------------- */

static bool hash_of_path(wd_slice path, wd_ind_type *out)
{
    size_t at = wd_slice_find(path, WD_S(":hashes."));
    if (at == SIZE_MAX && (at = wd_slice_find(path, WD_S(".hashes."))) == SIZE_MAX) {
        return false;
    }
    wd_slice name = wd_slice_sub(path, at + 8, path.len);
    if (name.len > 1 && name.ptr[0] == '\'') {
        name = wd_slice_sub(name, 1, name.len - 2);
    }
    const struct {
        wd_slice word;
        wd_ind_type type;
    } words[] = {{WD_S("SHA-256"), WD_IND_SHA256}, {WD_S("SHA256"), WD_IND_SHA256},
                 {WD_S("SHA-1"), WD_IND_SHA1},     {WD_S("SHA1"), WD_IND_SHA1},
                 {WD_S("MD5"), WD_IND_MD5},        {WD_S("IMPHASH"), WD_IND_IMPHASH}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (wd_slice_eq_nocase(name, words[i].word)) {
            *out = words[i].type;
            return true;
        }
    }
    return false;
}

static bool type_of_path(wd_slice path, wd_ind_type *out)
{
    static const struct {
        const char *path;
        wd_ind_type type;
    } paths[] = {
        {"domain-name:value", WD_IND_DOMAIN},
        {"domain-name:resolves_to_refs[*].value", WD_IND_IP},
        {"hostname:value", WD_IND_DOMAIN},
        {"ipv4-addr:value", WD_IND_IP},
        {"ipv6-addr:value", WD_IND_IP},
        {"network-traffic:dst_ref.value", WD_IND_IP},
        {"network-traffic:src_ref.value", WD_IND_IP},
        {"url:value", WD_IND_URL},
        {"file:name", WD_IND_FILE},
        {"email-addr:value", WD_IND_EMAIL},
        {"email-message:from_ref.value", WD_IND_EMAIL},
        {"email-message:sender_ref.value", WD_IND_EMAIL},
        {"mutex:name", WD_IND_MUTEX},
        {"windows-registry-key:key", WD_IND_REGISTRY},
        {"x509-certificate:serial_number", WD_IND_CERT},
        {"network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
         WD_IND_USER_AGENT},
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (wd_slice_eq_nocase(path, wd_slice_str(paths[i].path))) {
            *out = paths[i].type;
            return true;
        }
    }
    return hash_of_path(path, out);
}

typedef enum op { OP_EQUAL, OP_IN, OP_LIKE, OP_SUBSET, OP_OTHER } op;

static wd_status take_op(scan *s, op *out)
{
    skip_space(s);
    if (peek(s) == '=') {
        s->pos++;
        s->pos += peek(s) == '=' ? 1 : 0;
        *out = OP_EQUAL;
        return WD_OK;
    }
    size_t from = s->pos;
    while (peek(s) == '!' || peek(s) == '<' || peek(s) == '>' || peek(s) == '=') {
        s->pos++;
    }
    if (s->pos > from) {
        *out = OP_OTHER;
        return WD_OK;
    }
    wd_slice word = take_word(s);
    if (wd_slice_eq_nocase(word, WD_S("NOT"))) {
        s->negated = true;
        skip_space(s);
        word = take_word(s);
    }
    if (word.len == 0) {
        return bad(s, "an operator is missing");
    }
    *out = wd_slice_eq_nocase(word, WD_S("IN"))         ? OP_IN
           : wd_slice_eq_nocase(word, WD_S("LIKE"))     ? OP_LIKE
           : wd_slice_eq_nocase(word, WD_S("ISSUBSET")) ? OP_SUBSET
                                                        : OP_OTHER;
    return WD_OK;
}

/* LIKE: % any run, _ one byte. Names take it only as a leading "%." (the name and those below). */
static bool like_to_glob(wd_ind_type type, wd_slice *v)
{
    uint8_t *bytes = (uint8_t *) (uintptr_t) v->ptr; /* our own copy, see take_literal */
    if (type == WD_IND_DOMAIN) {
        bool below = wd_slice_starts(*v, WD_S("%."));
        *v = wd_slice_sub(*v, below ? 2 : 0, v->len);
        return wd_slice_find_byte(*v, '%') == SIZE_MAX;
    }
    for (size_t i = 0; i < v->len; i++) {
        bytes[i] = bytes[i] == '%' ? '*' : bytes[i];
    }
    return type == WD_IND_URL || type == WD_IND_FILE;
}

static wd_status add_value(scan *s, wd_stix_value v)
{
    WD_TRY(WD_ROOM(s->arena, s->values, s->n, s->cap));
    s->values[s->n++] = v;
    return WD_OK;
}

static wd_status add_literal(scan *s, wd_stix_value v, op how)
{
    WD_TRY(take_literal(s, &v.value));
    if (v.supported && how == OP_LIKE) {
        v.supported = like_to_glob(v.type, &v.value);
    }
    return add_value(s, v);
}

static wd_status take_list(scan *s, wd_stix_value v, op how)
{
    skip_space(s);
    if (peek(s) != '(') {
        return bad(s, "IN needs a list in parentheses");
    }
    do {
        s->pos++;
        WD_TRY(add_literal(s, v, how));
        skip_space(s);
    } while (peek(s) == ',');
    if (peek(s) != ')') {
        return bad(s, "a list does not close");
    }
    s->pos++;
    return WD_OK;
}

/* A property that only repeats the type of the value beside it. */
static bool is_type_property(wd_slice path)
{
    return wd_slice_ends(path, WD_S("_ref.type")) || wd_slice_ends(path, WD_S(":type"));
}

static wd_status take_comparison(scan *s, wd_slice path, size_t from)
{
    op how = OP_OTHER;
    WD_TRY(take_op(s, &how));
    wd_stix_value v = {.supported = false};
    bool known = type_of_path(path, &v.type);
    v.supported =
        known && how != OP_OTHER && !s->negated && (how != OP_SUBSET || v.type == WD_IND_IP);
    s->negated = false;
    size_t before = s->n;
    WD_TRY(how == OP_IN ? take_list(s, v, how) : add_literal(s, v, how));
    for (size_t i = before; i < s->n; i++) {
        s->values[i].text = wd_slice_sub(s->in, from, s->pos - from);
    }
    if (is_type_property(path)) {
        s->n = before;
    }
    return WD_OK;
}

/* --- observations --------------------------------------------------------------------------- */

/* Hashes of an observation get its file name, which then is no value of its own. */
static void close_observation(scan *s)
{
    wd_slice name = {0};
    bool has_hash = false;
    for (size_t i = s->first; i < s->n; i++) {
        wd_stix_value *v = &s->values[i];
        bool hash = v->supported && v->type <= WD_IND_MD5;
        has_hash = has_hash || hash;
        name = v->supported && v->type == WD_IND_FILE && name.len == 0 ? v->value : name;
    }
    size_t n = s->first;
    for (size_t i = s->first; i < s->n; i++) {
        wd_stix_value v = s->values[i];
        if (has_hash && s->joined && v.type == WD_IND_FILE && v.supported) {
            continue;
        }
        v.joined = s->joined && !(has_hash && v.type <= WD_IND_MD5);
        v.file_name = s->joined && v.type <= WD_IND_MD5 ? name : (wd_slice){0};
        s->values[n++] = v;
    }
    s->n = n;
    s->first = n;
    s->joined = false;
}

static wd_status take_observation(scan *s)
{
    for (;;) {
        skip_space(s);
        uint8_t c = peek(s);
        size_t from = s->pos;
        if (c == 0) {
            return bad(s, "an observation does not close with ]");
        }
        if (c == ']' || c == '(' || c == ')') {
            s->pos++;
            if (c == ']') {
                close_observation(s);
                return WD_OK;
            }
            continue;
        }
        wd_slice word = take_word(s);
        if (word.len == 0) {
            return bad(s, "a character that no pattern has here");
        }
        if (wd_slice_eq_nocase(word, WD_S("AND"))) {
            s->joined = true;
        } else if (wd_slice_eq_nocase(word, WD_S("NOT"))) {
            s->negated = true;
        } else if (!wd_slice_eq_nocase(word, WD_S("OR"))) {
            WD_TRY(take_comparison(s, word, from));
        }
    }
}

/* Between observations: AND, OR, FOLLOWEDBY, parentheses, WITHIN 5 SECONDS, REPEATS .., START .. */
static wd_status take_between(scan *s, bool *joined)
{
    if (peek(s) == '(' || peek(s) == ')') {
        s->pos++;
        return WD_OK;
    }
    if (peek(s) == '\'' ||
        (peek(s) == 't' && s->pos + 1 < s->in.len && s->in.ptr[s->pos + 1] == '\'')) {
        wd_slice ignored;
        return take_literal(s, &ignored);
    }
    wd_slice word = take_word(s);
    if (word.len == 0) {
        return bad(s, "a character that no pattern has here");
    }
    *joined = *joined || wd_slice_eq_nocase(word, WD_S("AND")) ||
              wd_slice_eq_nocase(word, WD_S("FOLLOWEDBY"));
    return WD_OK;
}

wd_status wd_stix_pattern(wd_slice pattern, wd_arena *arena, wd_stix_value **out, size_t *n,
                          wd_err *err)
{
    scan s = {.in = pattern, .arena = arena, .err = err};
    bool joined = false;
    for (skip_space(&s); s.pos < pattern.len; skip_space(&s)) {
        if (peek(&s) == '[') {
            s.pos++;
            WD_TRY(take_observation(&s));
        } else {
            WD_TRY(take_between(&s, &joined));
        }
    }
    for (size_t i = 0; i < s.n; i++) {
        s.values[i].joined = s.values[i].joined || joined;
    }
    *out = s.values;
    *n = s.n;
    return s.n > 0 ? WD_OK : bad(&s, "the pattern compares nothing");
}

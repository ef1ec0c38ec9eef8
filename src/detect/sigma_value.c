#include <string.h>

#include "core/fold.h"
#include "core/limits.h"
#include "detect/sigma_literal.h"
#include "detect/sigma_modifier.h"

/* Expressions that ask for one character this often are slow on text that has it less often. */
enum { COUNT_FROM = 4 };

typedef struct making {
    wd_sigma_build *b;
    wd_sigma_spec spec;
    wd_sigma_item item;
    size_t cap;
    wd_err *err;
} making;

static wd_status add_pattern(making *m, wd_sigma_pattern p)
{
    if (m->item.n >= WD_MAX_RULE_EXPANSION) {
        return wd_fail(m->err, WD_E_LIMIT, WD_NO_OFFSET, "sigma", "more than %u values",
                       WD_MAX_RULE_EXPANSION);
    }
    WD_TRY(WD_ROOM(m->b->arena, m->item.patterns, m->item.n, m->cap));
    m->item.patterns[m->item.n++] = p;
    return WD_OK;
}

/* Literal text as it is compared: folded unless case counts. */
static wd_status literal(making *m, wd_slice text, wd_sigma_pattern *p)
{
    uint8_t *copy = wd_arena_alloc(m->b->arena, text.len);
    if (copy == NULL) {
        return wd_nomem(m->err, "sigma");
    }
    if (p->cased && text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    } else if (text.len > 0) {
        wd_fold(copy, text);
    }
    p->text = wd_slice_of(copy, text.len);
    p->needle = wd_needle_of(p->text);
    return WD_OK;
}

/* Runs of plain bytes between wildcards, folded where they stand. */
static void fold_runs(wd_sigma_tokens *t, uint8_t *space)
{
    for (size_t i = 0; i < t->n;) {
        size_t n = 0;
        for (; i + n < t->n && t->list[i + n] <= 0xff; n++) {
            space[n] = (uint8_t) t->list[i + n];
        }
        wd_fold(space, wd_slice_of(space, n));
        for (size_t k = 0; k < n; k++) {
            t->list[i + k] = space[k];
        }
        i += n + 1;
    }
}

static wd_status set_must(making *m, const wd_sigma_literals *literals, wd_sigma_pattern *p)
{
    wd_needle *must = WD_ARRAY(m->b->arena, literals->n, wd_needle);
    if (must == NULL) {
        return wd_nomem(m->err, "sigma");
    }
    for (size_t i = 0; i < literals->n; i++) {
        must[i] = wd_needle_of(literals->list[i]);
    }
    p->must = must;
    p->n_must = literals->n;
    p->must_times = literals->times >= COUNT_FROM ? literals->times : 0;
    p->must_byte = literals->byte;
    return WD_OK;
}

static wd_status glob(making *m, const wd_sigma_tokens *t, wd_sigma_pattern *p)
{
    wd_sigma_token *copy = WD_ARRAY(m->b->arena, t->n, wd_sigma_token);
    uint8_t *space = wd_arena_alloc(m->b->scratch, t->n + 1);
    if (copy == NULL || space == NULL) {
        return wd_nomem(m->err, "sigma");
    }
    if (t->n > 0) {
        memcpy(copy, t->list, t->n * sizeof *copy);
    }
    p->test = WD_TEST_GLOB;
    p->glob = (wd_sigma_tokens){copy, t->n, t->n};
    if (!p->cased) {
        fold_runs(&p->glob, space);
    }
    bool first = false;
    bool last = false;
    wd_slice text = wd_sigma_glob_literal(m->b->arena, &p->glob, &first, &last);
    uint8_t *folded = wd_arena_alloc(m->b->arena, text.len);
    if (folded == NULL || text.len == 0) {
        return folded == NULL ? wd_nomem(m->err, "sigma") : WD_OK;
    }
    wd_fold(folded, text);
    wd_sigma_literals literals = {.list = {wd_slice_of(folded, text.len)}, .n = 1};
    return set_must(m, &literals, p);
}

/* Stars at the ends become a test of position; what is left is plain text or needs a glob. */
static wd_status add_tokens(making *m, wd_sigma_tokens t, bool cased)
{
    wd_sigma_test position = m->spec.position;
    bool open_front = position == WD_TEST_CONTAINS || position == WD_TEST_ENDS;
    bool open_back = position == WD_TEST_CONTAINS || position == WD_TEST_STARTS;
    while (t.n > 0 && t.list[0] == WD_TOKEN_STAR) {
        t = (wd_sigma_tokens){t.list + 1, t.n - 1, t.n - 1};
        open_front = true;
    }
    while (t.n > 0 && t.list[t.n - 1] == WD_TOKEN_STAR) {
        t.n--;
        open_back = true;
    }
    wd_sigma_pattern p = {.cased = cased || m->spec.cased};
    wd_slice plain = {0};
    if (wd_sigma_tokens_plain(m->b->scratch, &t, &plain)) {
        p.test = open_front ? (open_back ? WD_TEST_CONTAINS : WD_TEST_ENDS)
                            : (open_back ? WD_TEST_STARTS : WD_TEST_EQUALS);
        WD_TRY(literal(m, plain, &p));
        return add_pattern(m, p);
    }
    wd_sigma_tokens whole = {0};
    WD_TRY(open_front ? wd_sigma_tokens_add(m->b->scratch, &whole, WD_TOKEN_STAR) : WD_OK);
    for (size_t i = 0; i < t.n; i++) {
        WD_TRY(wd_sigma_tokens_add(m->b->scratch, &whole, t.list[i]));
    }
    WD_TRY(open_back ? wd_sigma_tokens_add(m->b->scratch, &whole, WD_TOKEN_STAR) : WD_OK);
    WD_TRY(glob(m, &whole, &p));
    return add_pattern(m, p);
}

static wd_status tokens_of_bytes(making *m, wd_slice bytes, wd_sigma_tokens *out)
{
    *out = (wd_sigma_tokens){WD_ARRAY(m->b->scratch, bytes.len + 1, wd_sigma_token), bytes.len,
                             bytes.len + 1};
    if (out->list == NULL || bytes.ptr == NULL) {
        return wd_nomem(m->err, "sigma");
    }
    for (size_t i = 0; i < bytes.len; i++) {
        out->list[i] = bytes.ptr[i];
    }
    return WD_OK;
}

static wd_status run_steps(making *m, wd_sigma_tokens t, size_t from, bool cased);

static wd_status step_encode(making *m, const wd_sigma_tokens *t, size_t at)
{
    wd_slice bytes = {0};
    wd_arena *a = m->b->scratch;
    if (!wd_sigma_tokens_plain(a, t, &bytes)) {
        return wd_fail(m->err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma",
                       "a value with wildcards cannot be encoded");
    }
    wd_sigma_step st = m->spec.steps[at];
    for (unsigned shift = 0; shift < (st == WD_STEP_BASE64OFFSET ? 3U : 1U); shift++) {
        wd_sigma_tokens next = {0};
        wd_slice coded = st == WD_STEP_BASE64OFFSET ? wd_sigma_base64_offset(a, bytes, shift)
                         : st == WD_STEP_BASE64     ? wd_sigma_base64(a, bytes)
                         : st == WD_STEP_LE         ? wd_sigma_to_utf16(a, bytes, WD_UTF16_LE)
                         : st == WD_STEP_BE         ? wd_sigma_to_utf16(a, bytes, WD_UTF16_BE)
                                                    : wd_sigma_to_utf16(a, bytes, WD_UTF16_BOM);
        if (coded.len == 0 && bytes.len > 0) {
            return wd_fail(m->err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma",
                           "a value is too short for base64offset");
        }
        WD_TRY(tokens_of_bytes(m, coded, &next));
        WD_TRY(run_steps(m, next, at + 1, true));
    }
    return WD_OK;
}

static const wd_sigma_list *list_named(const wd_sigma_options *o, wd_slice name)
{
    for (size_t i = 0; i < o->n_lists; i++) {
        if (wd_slice_eq_nocase(o->lists[i].name, name)) {
            return &o->lists[i];
        }
    }
    return NULL;
}

/* First %name% in the tokens: where it starts and how long it is with its signs. */
static bool find_placeholder(const wd_sigma_tokens *t, size_t *start, size_t *len)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->list[i] != '%') {
            continue;
        }
        for (size_t k = i + 1;
             k < t->n && t->list[k] < 0x80 &&
             (wd_is_alpha((uint8_t) t->list[k]) || wd_is_digit((uint8_t) t->list[k]) ||
              t->list[k] == '_' || t->list[k] == '-' || t->list[k] == '.' || t->list[k] == '%');
             k++) {
            if (t->list[k] == '%' && k > i + 1) {
                *start = i;
                *len = k + 1 - i;
                return true;
            }
        }
    }
    return false;
}

static wd_status join_tokens(making *m, const wd_sigma_tokens *parts, size_t n,
                             wd_sigma_tokens *out)
{
    *out = (wd_sigma_tokens){0};
    for (size_t p = 0; p < n; p++) {
        for (size_t i = 0; i < parts[p].n; i++) {
            WD_TRY(wd_sigma_tokens_add(m->b->scratch, out, parts[p].list[i]));
        }
    }
    return WD_OK;
}

static wd_status no_values(making *m, const wd_sigma_list *list, wd_slice name)
{
    if (list == NULL) {
        return wd_fail(m->err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma",
                       "needs the value list '%.*s', which was not given", (int) name.len,
                       (const char *) name.ptr);
    }
    wd_slice why = list->why_empty;
    return wd_fail(m->err, WD_E_NOT_FOUND, WD_NO_OFFSET, "sigma", "%.*s (value list '%.*s')",
                   (int) (why.len > 0 ? why.len : 5),
                   why.len > 0 ? (const char *) why.ptr : "empty", (int) name.len,
                   (const char *) name.ptr);
}

/* Percent signs that stand for themselves must not be looked at again. */
static void settle_percent(wd_sigma_tokens *t, wd_sigma_token from, wd_sigma_token to)
{
    for (size_t i = 0; i < t->n; i++) {
        t->list[i] = t->list[i] == from ? to : t->list[i];
    }
}

static wd_status step_expand(making *m, wd_sigma_tokens t, size_t at, bool cased)
{
    size_t start = 0;
    size_t len = 0;
    if (!find_placeholder(&t, &start, &len)) {
        settle_percent(&t, WD_TOKEN_PERCENT, '%');
        return run_steps(m, t, at + 1, cased);
    }
    wd_slice name = {0};
    wd_sigma_tokens inner = {t.list + start + 1, len - 2, len - 2};
    if (!wd_sigma_tokens_plain(m->b->scratch, &inner, &name)) {
        return wd_nomem(m->err, "sigma");
    }
    const wd_sigma_list *list = list_named(m->b->options, name);
    if (list == NULL || list->n == 0) {
        return no_values(m, list, name);
    }
    for (size_t i = 0; i < list->n; i++) {
        wd_sigma_tokens parts[3] = {{t.list, start, start}, {0}, {0}};
        wd_sigma_tokens whole;
        parts[2] = (wd_sigma_tokens){t.list + start + len, t.n - start - len, 0};
        WD_TRY(wd_sigma_tokenize(m->b->scratch, list->values[i], false, &parts[1]));
        settle_percent(&parts[1], '%', WD_TOKEN_PERCENT);
        WD_TRY(join_tokens(m, parts, 3, &whole));
        WD_TRY(step_expand(m, whole, at, cased));
    }
    return WD_OK;
}

/* The text after the steps from `from` on, as one or more patterns. */
static wd_status run_steps(making *m, wd_sigma_tokens t, size_t from, bool cased)
{
    if (from == m->spec.n_steps) {
        return add_tokens(m, t, cased);
    }
    switch (m->spec.steps[from]) {
    case WD_STEP_WINDASH: wd_sigma_windash(&t); return run_steps(m, t, from + 1, cased);
    case WD_STEP_EXPAND: return step_expand(m, t, from, cased);
    case WD_STEP_BASE64:
    case WD_STEP_BASE64OFFSET:
    case WD_STEP_LE:
    case WD_STEP_BE:
    case WD_STEP_BOM: return step_encode(m, &t, from);
    }
    return WD_OK;
}

static wd_status add_text(making *m, wd_slice text)
{
    wd_sigma_tokens t;
    wd_sigma_pattern p = {.cmp = m->spec.cmp, .part = m->spec.part};
    switch (m->spec.by) {
    case WD_BY_REGEX:
        p.test = WD_TEST_REGEX;
        p.text = wd_arena_copy(m->b->arena, text);
        wd_regex *regex = NULL;
        WD_TRY(
            WD_ROOM(m->b->arena, m->b->s->regexes.list, m->b->s->regexes.n, m->b->s->regexes.cap));
        WD_TRY(wd_regex_new(&regex, text, m->spec.flags, m->err));
        m->b->s->regexes.list[m->b->s->regexes.n++] = regex;
        p.regex = regex;
        wd_sigma_literals literals;
        wd_sigma_regex_literals(m->b->arena, text, &literals);
        WD_TRY(set_must(m, &literals, &p));
        return add_pattern(m, p);
    case WD_BY_CIDR:
        p.test = WD_TEST_CIDR;
        return wd_sigma_net_parse(text, &p.net) ? add_pattern(m, p)
                                                : wd_sigma_refuse(m->err, "not a network", text);
    case WD_BY_NUMBER:
        p.test = p.part == WD_PART_NONE ? WD_TEST_NUMBER : WD_TEST_TIME;
        return wd_slice_to_double(text, &p.number) ? add_pattern(m, p)
                                                   : wd_sigma_refuse(m->err, "not a number", text);
    case WD_BY_VALUE:
    case WD_BY_FIELD:
    case WD_BY_EXISTENCE: break;
    }
    WD_TRY(wd_sigma_tokenize(m->b->scratch, text, m->spec.expand, &t));
    return run_steps(m, t, 0, false);
}

static wd_status add_value(making *m, const wd_json *v)
{
    if (v->type == WD_JSON_NULL) {
        return wd_fail(m->err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma",
                       "null inside a list of values");
    }
    if (v->type == WD_JSON_ARRAY || v->type == WD_JSON_OBJECT) {
        return wd_fail(m->err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma",
                       "a value is a list or a map");
    }
    return add_text(m, v->text);
}

static wd_status finish(making *m, uint32_t *node)
{
    uint32_t index = 0;
    WD_TRY(wd_sigma_item_intern(m->b, &m->item, &index));
    return wd_sigma_node_item(m->b, index, node);
}

static wd_status negate(making *m, uint32_t *node)
{
    uint32_t inner = *node;
    return wd_sigma_node_of(m->b, (wd_sigma_node){.op = WD_NODE_NOT, .n = 1}, &inner, node);
}

/* exists, null: whether the field is there. */
static wd_status make_existence(making *m, const wd_json *v, uint32_t *node)
{
    bool wanted = v->type != WD_JSON_NULL && wd_slice_eq_nocase(v->text, WD_S("true"));
    if (v->type != WD_JSON_NULL && !wanted && !wd_slice_eq_nocase(v->text, WD_S("false"))) {
        return wd_sigma_refuse(m->err, "exists needs true or false, not", v->text);
    }
    m->item.kind = WD_SIGMA_ITEM_EXISTS;
    WD_TRY(finish(m, node));
    return wanted ? WD_OK : negate(m, node);
}

static wd_status make_fieldref(making *m, const wd_json *v, uint32_t *node)
{
    wd_sigma_nodes refs = {0};
    m->item.kind = WD_SIGMA_ITEM_FIELDREF;
    m->item.relation = m->spec.position;
    m->item.cased = m->spec.cased;
    const wd_json *one = v->type == WD_JSON_ARRAY ? wd_json_first(v) : v;
    for (; one != NULL; one = v->type == WD_JSON_ARRAY ? wd_json_next(v, one) : NULL) {
        uint32_t ref = 0;
        if (one->type != WD_JSON_STRING || one->text.len == 0) {
            return wd_fail(m->err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma",
                           "fieldref needs the name of a field");
        }
        WD_TRY(wd_sigma_field_id(m->b->s, one->text, &m->item.other));
        WD_TRY(finish(m, &ref));
        WD_TRY(wd_sigma_nodes_add(m->b, &refs, ref));
    }
    return wd_sigma_nodes_join(m->b, m->spec.all ? WD_NODE_AND : WD_NODE_OR, &refs, node);
}

static wd_status make_values(making *m, const wd_json *v, uint32_t *node)
{
    if (v->type != WD_JSON_ARRAY) {
        WD_TRY(add_value(m, v));
        return finish(m, node);
    }
    if (v->n == 0) {
        return wd_fail(m->err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma", "an empty list of values");
    }
    m->cap = v->n;
    m->item.patterns = WD_ARRAY(m->b->arena, v->n, wd_sigma_pattern);
    if (m->item.patterns == NULL) {
        return wd_nomem(m->err, "sigma");
    }
    WD_JSON_EACH (one, v) {
        WD_TRY(add_value(m, one));
    }
    m->item.all = m->spec.all && m->item.n > 1;
    return finish(m, node);
}

/* With `all`, a value that the steps turn into several (base64offset, expand) is any of these: one
 * item for each written value. */
static wd_status make_each(making *m, const wd_json *v, uint32_t *node)
{
    wd_sigma_nodes each = {0};
    WD_JSON_EACH (one, v) {
        making single = *m;
        uint32_t n = 0;
        single.spec.all = false;
        WD_TRY(make_values(&single, one, &n));
        WD_TRY(wd_sigma_nodes_add(m->b, &each, n));
    }
    return wd_sigma_nodes_join(m->b, WD_NODE_AND, &each, node);
}

static wd_status make(making *m, const wd_json *value, uint32_t *node)
{
    if (m->spec.by == WD_BY_EXISTENCE || value->type == WD_JSON_NULL) {
        return make_existence(m, value, node);
    }
    if (m->spec.by == WD_BY_FIELD) {
        return make_fieldref(m, value, node);
    }
    bool each = m->spec.all && value->type == WD_JSON_ARRAY && value->n > 0 && m->spec.spreads;
    return each ? make_each(m, value, node) : make_values(m, value, node);
}

wd_status wd_sigma_field_node(wd_sigma_build *b, wd_slice key, const wd_json *value, uint32_t *node,
                              wd_err *err)
{
    making m = {.b = b, .err = err};
    wd_slice field = {0};
    WD_TRY(wd_sigma_spec_parse(key, &field, &m.spec, err));
    if (field.len == 0) { /* '|all': keywords */
        m.item.field = WD_SIGMA_ANY;
        m.spec.position = m.spec.by == WD_BY_VALUE ? WD_TEST_CONTAINS : m.spec.position;
    } else {
        WD_TRY(wd_sigma_field_id(b->s, field, &m.item.field));
    }
    if (m.item.field == WD_SIGMA_ANY && value->type == WD_JSON_NULL) {
        return wd_fail(err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma", "a keyword is null");
    }
    WD_TRY(make(&m, value, node));
    return m.spec.neq ? negate(&m, node) : WD_OK;
}

wd_status wd_sigma_keyword_node(wd_sigma_build *b, const wd_json *value, uint32_t *node,
                                wd_err *err)
{
    return wd_sigma_field_node(b, (wd_slice){0}, value, node, err);
}

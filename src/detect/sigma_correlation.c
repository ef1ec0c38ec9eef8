#include "detect/sigma_correlation.h"

#include "core/limits.h"

/*
 *   correlation:
 *     type: event_count | value_count | value_sum | value_avg | value_percentile | value_median |
 *           temporal | temporal_ordered
 *     rules: [id or name, ...]          of rules or other correlations
 *     group-by: [field or alias, ...]
 *     timespan: 15s | 5m | 1h | 7d
 *     condition: {gte: 10, field: F}    temporal: also "a and not b" over the names of the rules
 *     aliases: {alias: {rule name: field}}
 *     generate: true                    the rules alert for themselves too
 */

enum { UNSEEN, BUSY, DONE }; /* reading a correlation needs those that it uses */

typedef struct reading {
    wd_sigma_build *b;
    const wd_sigma_docs *docs;
    bool *usable;
    uint8_t *state; /* per document */
    size_t cap;
} reading;

static wd_status bad(wd_err *err, const char *what)
{
    return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "correlation: %s", what);
}

static wd_status bad_text(wd_err *err, const char *what, wd_slice text)
{
    return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "correlation: %s '%.*s'", what,
                   (int) (text.len > 80 ? 80 : text.len), (const char *) text.ptr);
}

static wd_status read_type(wd_sigma_correlation *c, wd_slice name, wd_err *err)
{
    static const struct {
        const char *name;
        wd_sigma_corr_type type;
    } types[] = {
        {"event_count", WD_CORR_EVENT_COUNT},
        {"value_count", WD_CORR_VALUE_COUNT},
        {"value_sum", WD_CORR_VALUE_SUM},
        {"value_avg", WD_CORR_VALUE_AVG},
        {"value_percentile", WD_CORR_VALUE_PERCENTILE},
        {"value_median", WD_CORR_VALUE_PERCENTILE},
        {"temporal", WD_CORR_TEMPORAL},
        {"temporal_ordered", WD_CORR_TEMPORAL_ORDERED},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (wd_slice_eq(name, wd_slice_str(types[i].name))) {
            c->type = types[i].type;
            c->percentile = 50;
            c->rarity = wd_slice_eq(name, WD_S("value_percentile"));
            return WD_OK;
        }
    }
    return bad_text(err, "unknown type", name);
}

static wd_status read_timespan(wd_sigma_correlation *c, wd_slice text, wd_err *err)
{
    static const struct {
        uint8_t unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
    uint64_t n = 0;
    wd_slice number = wd_slice_sub(text, 0, text.len == 0 ? 0 : text.len - 1);
    for (size_t i = 0; i < sizeof units / sizeof units[0] && text.len > 1; i++) {
        if (text.ptr[text.len - 1] == units[i].unit && wd_slice_to_u64(number, &n) && n > 0 &&
            n <= 100000) {
            c->timespan = (wd_time) n * units[i].seconds * WD_TICKS_PER_SECOND;
            return WD_OK;
        }
    }
    return bad_text(err, "timespan is not a number and s, m, h or d:", text);
}

/* A list of names, or one name, copied. */
static wd_status read_names(wd_sigma_build *b, const wd_json *v, const wd_slice **out, size_t *n,
                            wd_err *err)
{
    size_t count = v == NULL ? 0 : (v->type == WD_JSON_ARRAY ? v->n : 1);
    wd_slice *list = WD_ARRAY(b->arena, count, wd_slice);
    if (list == NULL) {
        return wd_nomem(err, "sigma");
    }
    const wd_json *one = count == 0 || v->type != WD_JSON_ARRAY ? v : wd_json_first(v);
    for (size_t i = 0; i < count && one != NULL; i++) {
        list[i] = wd_arena_copy(b->arena, wd_slice_trim(wd_json_scalar(one)));
        if (list[i].len == 0) {
            return bad(err, "a name is missing in a list");
        }
        one = v->type == WD_JSON_ARRAY ? wd_json_next(v, one) : NULL;
    }
    *out = list;
    *n = count;
    return WD_OK;
}

/* --- conditions ------------------------------------------------------------------------------ */

static bool limit_of(wd_slice key, wd_sigma_limit *out)
{
    static const struct {
        const char *name;
        wd_sigma_cmp cmp;
        bool negated;
    } names[] = {{"gt", WD_CMP_GT, false},   {"gte", WD_CMP_GTE, false}, {"lt", WD_CMP_LT, false},
                 {"lte", WD_CMP_LTE, false}, {"eq", WD_CMP_EQ, false},   {"neq", WD_CMP_EQ, true}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (wd_slice_eq(key, wd_slice_str(names[i].name))) {
            *out = (wd_sigma_limit){.cmp = names[i].cmp, .negated = names[i].negated};
            return true;
        }
    }
    return false;
}

static wd_status read_limits(wd_sigma_build *b, wd_sigma_correlation *c, const wd_json *map,
                             wd_err *err)
{
    WD_JSON_EACH (v, map) {
        wd_sigma_limit limit;
        if (wd_slice_eq(v->key, WD_S("field"))) {
            WD_TRY(read_names(b, v, &c->counted, &c->n_counted, err));
        } else if (wd_slice_eq(v->key, WD_S("percentile"))) {
            c->rarity = false;
            if (!wd_json_to_double(v, &c->percentile) || c->percentile < 0 || c->percentile > 100) {
                return bad(err, "percentile is not 0 to 100");
            }
        } else if (!limit_of(v->key, &limit)) {
            return bad_text(err, "unknown condition", v->key);
        } else if (c->n_limits == WD_SIGMA_MAX_LIMITS || !wd_json_to_double(v, &limit.value)) {
            return bad_text(err, "not a number at", v->key);
        } else {
            c->limits[c->n_limits++] = limit;
            c->closed = c->closed || (limit.cmp != WD_CMP_GT && limit.cmp != WD_CMP_GTE);
        }
    }
    return c->n_limits == 0 ? bad(err, "the condition compares nothing") : WD_OK;
}

static wd_status leaf(void *ctx, size_t name, uint32_t *node, wd_err *err)
{
    (void) err;
    return wd_sigma_node_leaf(ctx, (uint32_t) name, node);
}

static bool negates(const wd_sigma *s, uint32_t index)
{
    const wd_sigma_node *n = &s->nodes.list[index];
    bool found = n->op == WD_NODE_NOT;
    for (uint32_t i = 0; i < n->n && !found; i++) {
        found = negates(s, s->kids.list[n->first + i]);
    }
    return found;
}

static wd_status read_expression(wd_sigma_build *b, wd_sigma_correlation *c, wd_slice text,
                                 const wd_slice *rules, wd_err *err)
{
    wd_sigma_names names = {b, rules, c->n_refs, leaf};
    if (c->type != WD_CORR_TEMPORAL && c->type != WD_CORR_TEMPORAL_ORDERED) {
        return bad(err, "only temporal ones take a condition in words");
    }
    WD_TRY(wd_sigma_condition_node(b, text, &names, &c->expression, err));
    const wd_sigma_node *n = &b->s->nodes.list[c->expression];
    bool all = n->op == WD_NODE_AND && n->n == c->n_refs;
    for (uint32_t i = 0; i < n->n && all; i++) {
        all = b->s->nodes.list[b->s->kids.list[n->first + i]].op == WD_NODE_ITEM;
    }
    if (all || n->op == WD_NODE_ITEM) {
        c->expression = all ? WD_SIGMA_NONE : c->expression; /* the default */
    } else if (c->type == WD_CORR_TEMPORAL_ORDERED) {
        return bad(err, "an order needs a condition that asks for all rules");
    }
    c->closed = c->expression != WD_SIGMA_NONE && negates(b->s, c->expression);
    return WD_OK;
}

static wd_status read_condition(wd_sigma_build *b, wd_sigma_correlation *c, const wd_json *v,
                                const wd_slice *rules, wd_err *err)
{
    bool temporal = c->type == WD_CORR_TEMPORAL || c->type == WD_CORR_TEMPORAL_ORDERED;
    bool counts = !temporal && c->type != WD_CORR_EVENT_COUNT;
    if (v == NULL) {
        return temporal ? WD_OK : bad(err, "there is no condition");
    }
    if (v->type == WD_JSON_STRING) {
        return read_expression(b, c, v->text, rules, err);
    }
    if (v->type != WD_JSON_OBJECT) {
        return bad(err, "the condition is neither a map nor words");
    }
    /* Older rules name the field beside the condition. */
    WD_TRY(read_limits(b, c, v, err));
    if (counts && c->n_counted == 0) {
        return bad(err, "the condition names no field");
    }
    if (c->type == WD_CORR_VALUE_AVG || (c->type == WD_CORR_VALUE_PERCENTILE && !c->rarity)) {
        c->closed = true;
    }
    return WD_OK;
}

/* --- references ------------------------------------------------------------------------------ */

static wd_status read_one(reading *r, uint32_t doc);

static wd_status find_rule(reading *r, wd_slice name, uint32_t *out, wd_err *err)
{
    for (uint32_t i = 0; i < r->docs->n; i++) {
        const wd_sigma_doc *d = &r->docs->list[i];
        if (d->kind == WD_SIGMA_DOC_FILTER ||
            (!wd_slice_eq(name, d->name) && !wd_slice_eq_nocase(name, d->meta.id))) {
            continue;
        }
        if (d->kind == WD_SIGMA_DOC_CORRELATION && r->state[i] == BUSY) {
            return bad_text(err, "uses itself through", name);
        }
        WD_TRY(d->kind == WD_SIGMA_DOC_CORRELATION ? read_one(r, i) : WD_OK);
        if (!r->usable[i]) {
            return bad_text(err, "the rule that it uses was refused:", name);
        }
        *out = i;
        return WD_OK;
    }
    return bad_text(err, "no rule has the id or name", name);
}

static wd_status read_refs(reading *r, wd_sigma_correlation *c, const wd_slice *names, size_t n,
                           wd_err *err)
{
    if (n == 0 || n > WD_SIGMA_MAX_REFS) {
        return bad(err, n == 0 ? "names no rules" : "names too many rules");
    }
    c->refs = WD_ARRAY(r->b->arena, n, wd_sigma_ref);
    if (c->refs == NULL) {
        return wd_nomem(err, "sigma");
    }
    for (size_t i = 0; i < n; i++) {
        c->refs[i].at = WD_ARRAY(r->b->arena, c->n_group + c->n_counted, uint32_t);
        WD_TRY(find_rule(r, names[i], &c->refs[i].rule, err));
        if (c->refs[i].at == NULL) {
            return wd_nomem(err, "sigma");
        }
    }
    return WD_OK;
}

/* --- one correlation ------------------------------------------------------------------------- */

static wd_status read_body(reading *r, uint32_t doc, wd_sigma_correlation *c, wd_err *err)
{
    wd_sigma_build *b = r->b;
    const wd_json *v = wd_json_get(r->docs->list[doc].root, "correlation");
    const wd_slice *rules = NULL;
    const wd_json *generate = wd_json_get(v, "generate");
    *c = (wd_sigma_correlation){.rule = doc, .expression = WD_SIGMA_NONE};
    if (!wd_json_is(v, WD_JSON_OBJECT)) {
        return bad(err, "is not a map");
    }
    if (generate == NULL) {
        generate = wd_json_get(r->docs->list[doc].root, "generate");
    }
    c->generate = wd_json_is(generate, WD_JSON_TRUE);
    WD_TRY(read_type(c, wd_json_text(v, "type"), err));
    WD_TRY(read_timespan(c, wd_json_text(v, "timespan"), err));
    WD_TRY(read_names(b, wd_json_get(v, "group-by"), &c->group, &c->n_group, err));
    WD_TRY(read_names(b, wd_json_get(v, "rules"), &rules, &c->n_refs, err));
    WD_TRY(read_condition(b, c, wd_json_get(v, "condition"), rules, err));
    return read_refs(r, c, rules, c->n_refs, err);
}

static wd_status read_one(reading *r, uint32_t doc)
{
    wd_sigma *s = r->b->s;
    wd_err err = {0};
    wd_sigma_correlation c;
    if (r->state[doc] != UNSEEN) {
        return WD_OK;
    }
    r->state[doc] = BUSY;
    wd_status st = read_body(r, doc, &c, &err);
    r->state[doc] = DONE;
    if (st != WD_OK) {
        r->usable[doc] = false;
        return wd_sigma_refuse_rule(s, &r->docs->list[doc].meta, &err);
    }
    WD_TRY(WD_ROOM(s->arena, s->correlations, s->n_correlations, r->cap));
    s->correlations[s->n_correlations++] = c;
    return WD_OK;
}

wd_status wd_sigma_correlations_read(wd_sigma_build *b, const wd_sigma_docs *docs, bool *usable)
{
    reading r = {b, docs, usable, WD_ARRAY(b->scratch, docs->n, uint8_t), 0};
    if (r.state == NULL) {
        return WD_E_NOMEM;
    }
    for (uint32_t i = 0; i < docs->n; i++) {
        if (docs->list[i].kind == WD_SIGMA_DOC_CORRELATION) {
            WD_TRY(read_one(&r, i));
        }
    }
    return WD_OK;
}

/* --- binding --------------------------------------------------------------------------------- */

/* The field of a rule that a name in group-by or condition means. */
static wd_slice field_for(const wd_json *correlation, const wd_sigma_doc *rule, wd_slice name)
{
    const wd_json *aliases = wd_json_get(correlation, "aliases");
    if (!wd_json_is(aliases, WD_JSON_OBJECT)) {
        return name;
    }
    WD_JSON_EACH (alias, aliases) {
        if (!wd_slice_eq(alias->key, name) || alias->type != WD_JSON_OBJECT) {
            continue;
        }
        WD_JSON_EACH (field, alias) {
            if (wd_slice_eq(field->key, rule->name) ||
                wd_slice_eq_nocase(field->key, rule->meta.id)) {
                return field->text;
            }
        }
    }
    return name;
}

static wd_status keep(wd_sigma_build *b, wd_sigma_program *p, wd_slice name, uint32_t *at)
{
    uint32_t field = 0;
    WD_TRY(wd_sigma_field_id(b->s, name, &field));
    for (size_t i = 0; i < p->n_keep; i++) {
        if (p->keep[i] == field) {
            *at = (uint32_t) i;
            return WD_OK;
        }
    }
    if (p->n_keep == WD_MAX_PART_FIELDS) { /* more cannot be carried: as if absent */
        *at = UINT32_MAX;
        return WD_OK;
    }
    uint32_t *bigger = WD_ARRAY(b->arena, p->n_keep + 1, uint32_t);
    if (bigger == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < p->n_keep; i++) {
        bigger[i] = p->keep[i];
    }
    bigger[p->n_keep] = field;
    *at = (uint32_t) p->n_keep++;
    p->keep = bigger;
    return WD_OK;
}

static const wd_sigma_correlation *of_rule(const wd_sigma *s, uint32_t rule)
{
    for (size_t i = 0; i < s->n_correlations; i++) {
        if (s->correlations[i].rule == rule) {
            return &s->correlations[i];
        }
    }
    return NULL;
}

static uint32_t place_in_group(const wd_sigma_correlation *inner, wd_slice name)
{
    for (size_t i = 0; inner != NULL && i < inner->n_group; i++) {
        if (wd_slice_eq_nocase(inner->group[i], name)) {
            return (uint32_t) i;
        }
    }
    return WD_SIGMA_NONE;
}

static wd_status bind_ref(wd_sigma_build *b, const wd_sigma_docs *docs, wd_sigma_correlation *c,
                          size_t ref)
{
    wd_sigma *s = b->s;
    wd_sigma_ref *r = &c->refs[ref];
    const wd_sigma_doc *doc = &docs->list[b->doc_of[r->rule]];
    const wd_json *body = wd_json_get(docs->list[b->doc_of[c->rule]].root, "correlation");
    for (size_t i = 0; i < c->n_group + c->n_counted; i++) {
        wd_slice name = i < c->n_group ? c->group[i] : c->counted[i - c->n_group];
        wd_slice field = field_for(body, doc, name);
        if (s->rules[r->rule].correlation) {
            r->at[i] = place_in_group(of_rule(s, r->rule), field);
        } else {
            s->programs[r->rule].correlated = true;
            WD_TRY(keep(b, &s->programs[r->rule], field, &r->at[i]));
        }
    }
    s->programs[r->rule].correlated = true;
    return WD_OK;
}

/* Rules that serve a correlation alert only when some correlation asks for it. */
static void silence_bases(wd_sigma *s)
{
    for (unsigned generate = 0; generate < 2; generate++) {
        for (size_t i = 0; i < s->n_correlations; i++) {
            const wd_sigma_correlation *c = &s->correlations[i];
            for (size_t k = 0; k < c->n_refs && c->generate == (generate == 1); k++) {
                s->rules[c->refs[k].rule].alerts = c->generate;
            }
        }
    }
}

wd_status wd_sigma_correlations_bind(wd_sigma_build *b, const wd_sigma_docs *docs,
                                     const uint32_t *rule_of)
{
    wd_sigma *s = b->s;
    for (size_t i = 0; i < s->n_correlations; i++) {
        wd_sigma_correlation *c = &s->correlations[i];
        c->rule = rule_of[c->rule];
        for (size_t k = 0; k < c->n_refs; k++) {
            c->refs[k].rule = rule_of[c->refs[k].rule];
        }
    }
    for (size_t i = 0; i < s->n_correlations; i++) {
        for (size_t k = 0; k < s->correlations[i].n_refs; k++) {
            WD_TRY(bind_ref(b, docs, &s->correlations[i], k));
        }
    }
    silence_bases(s);
    return WD_OK;
}

#include "core/limits.h"
#include "core/text.h"
#include "detect/sigma_priv.h"

/*
 * Conditions, weakest binding first:
 *
 *   or   and   not   "1 of x*", "all of them", "2 of x*"   ( )
 *
 * Operators in any case; names as written. `them` leaves out names that begin with an underscore.
 */

typedef struct parser {
    wd_sigma_build *b;
    wd_slice rest;
    wd_slice token; /* empty at the end */
    const wd_sigma_names *names;
    wd_err *err;
} parser;

static wd_status fail(const parser *p, const char *what)
{
    wd_slice at = p->token.len == 0 ? WD_S("the end") : p->token;
    return wd_fail(p->err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "condition: %s at '%.*s'", what,
                   (int) (at.len > 60 ? 60 : at.len), (const char *) at.ptr);
}

static bool special(uint8_t c)
{
    return c == '(' || c == ')' || c == '|';
}

static void advance(parser *p)
{
    wd_slice s = p->rest;
    size_t start = 0;
    while (start < s.len && wd_is_space(s.ptr[start])) {
        start++;
    }
    size_t end = start;
    if (end < s.len && special(s.ptr[end])) {
        end++;
    } else {
        while (end < s.len && !wd_is_space(s.ptr[end]) && !special(s.ptr[end])) {
            end++;
        }
    }
    p->token = wd_slice_sub(s, start, end - start);
    p->rest = wd_slice_sub(s, end, s.len);
}

static bool at_word(const parser *p, const char *word)
{
    return wd_slice_eq_nocase(p->token, wd_slice_str(word));
}

static wd_status parse_or(parser *p, unsigned depth, uint32_t *node);

static bool selected(wd_slice pattern, wd_slice name)
{
    bool them = wd_slice_eq_nocase(pattern, WD_S("them")) || wd_slice_eq(pattern, WD_S("*"));
    return them ? name.len > 0 && name.ptr[0] != '_' : wd_glob_nocase(pattern, name);
}

/* Behind "1 of", "all of": the names that the pattern means, joined. */
static wd_status parse_of(parser *p, bool all, uint64_t need, uint32_t *node)
{
    wd_sigma_nodes kids = {0};
    if (p->token.len == 0 || special(p->token.ptr[0])) {
        return fail(p, "names expected");
    }
    for (size_t i = 0; i < p->names->n; i++) {
        uint32_t kid = 0;
        if (selected(p->token, p->names->names[i])) {
            WD_TRY(p->names->resolve(p->names->ctx, i, &kid, p->err));
            WD_TRY(wd_sigma_nodes_add(p->b, &kids, kid));
        }
    }
    if (kids.n == 0 || (!all && need > kids.n)) {
        return fail(p, "too few selections have such a name");
    }
    advance(p);
    if (all || need == 1) {
        return wd_sigma_nodes_join(p->b, all ? WD_NODE_AND : WD_NODE_OR, &kids, node);
    }
    wd_sigma_node form = {.op = WD_NODE_AT_LEAST, .n = (uint32_t) kids.n, .need = (uint32_t) need};
    return wd_sigma_node_of(p->b, form, kids.list, node);
}

static wd_status parse_name(parser *p, uint32_t *node)
{
    for (size_t i = 0; i < p->names->n; i++) {
        if (wd_slice_eq(p->token, p->names->names[i])) {
            WD_TRY(p->names->resolve(p->names->ctx, i, node, p->err));
            advance(p);
            return WD_OK;
        }
    }
    return fail(p, "no selection has this name");
}

static wd_status parse_primary(parser *p, unsigned depth, uint32_t *node)
{
    if (p->token.len == 0) {
        return fail(p, "something is missing");
    }
    if (wd_slice_eq(p->token, WD_S("("))) {
        advance(p);
        WD_TRY(parse_or(p, depth + 1, node));
        if (!wd_slice_eq(p->token, WD_S(")"))) {
            return fail(p, "a closing parenthesis is missing");
        }
        advance(p);
        return WD_OK;
    }
    uint64_t need = 1;
    bool all = at_word(p, "all");
    bool quantity = all || at_word(p, "any") || wd_slice_to_u64(p->token, &need);
    parser ahead = *p;
    advance(&ahead);
    if (quantity && need > 0 && at_word(&ahead, "of")) {
        advance(&ahead);
        *p = ahead;
        return parse_of(p, all, need, node);
    }
    return parse_name(p, node);
}

static wd_status parse_not(parser *p, unsigned depth, uint32_t *node)
{
    if (depth > WD_MAX_RULE_NESTING) {
        return fail(p, "nested too deeply");
    }
    if (!at_word(p, "not")) {
        return parse_primary(p, depth, node);
    }
    advance(p);
    uint32_t inner = 0;
    WD_TRY(parse_not(p, depth + 1, &inner));
    return wd_sigma_node_of(p->b, (wd_sigma_node){.op = WD_NODE_NOT, .n = 1}, &inner, node);
}

static wd_status parse_and(parser *p, unsigned depth, uint32_t *node)
{
    wd_sigma_nodes kids = {0};
    for (;;) {
        uint32_t kid = 0;
        WD_TRY(parse_not(p, depth, &kid));
        WD_TRY(wd_sigma_nodes_add(p->b, &kids, kid));
        if (!at_word(p, "and")) {
            return wd_sigma_nodes_join(p->b, WD_NODE_AND, &kids, node);
        }
        advance(p);
    }
}

static wd_status parse_or(parser *p, unsigned depth, uint32_t *node)
{
    wd_sigma_nodes kids = {0};
    for (;;) {
        uint32_t kid = 0;
        WD_TRY(parse_and(p, depth, &kid));
        WD_TRY(wd_sigma_nodes_add(p->b, &kids, kid));
        if (!at_word(p, "or")) {
            return wd_sigma_nodes_join(p->b, WD_NODE_OR, &kids, node);
        }
        advance(p);
    }
}

wd_status wd_sigma_condition_node(wd_sigma_build *b, wd_slice text, const wd_sigma_names *names,
                                  uint32_t *node, wd_err *err)
{
    parser p = {.b = b, .rest = text, .names = names, .err = err};
    advance(&p);
    WD_TRY(parse_or(&p, 0, node));
    if (wd_slice_eq(p.token, WD_S("|"))) {
        return wd_fail(err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma",
                       "condition: aggregation after '|' was replaced by correlations in Sigma 2");
    }
    return p.token.len == 0 ? WD_OK : fail(&p, "an operator is missing");
}

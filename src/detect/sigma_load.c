#include "detect/sigma_load.h"

#include <stdlib.h>

#include "core/limits.h"
#include "detect/sigma_anchor.h"
#include "detect/sigma_correlation.h"
#include "detect/sigma_files.h"
#include "detect/sigma_route.h"

/* Takes back what a refused rule has added; items may stay, others will use them. */
static void roll_back(wd_sigma *s, size_t nodes, size_t kids)
{
    s->nodes.n = nodes;
    s->kids.n = kids;
}

static wd_status compile(wd_sigma_build *b, wd_sigma_filters *filters, const wd_sigma_doc *doc,
                         wd_sigma_program *out, wd_err *err)
{
    uint32_t node = 0;
    WD_TRY(wd_sigma_detection_node(b, wd_json_get(doc->root, "detection"), &node, err));
    WD_TRY(wd_sigma_filters_apply(b, filters, doc, &node));
    uint32_t condition = b->s->classes.list[out->cls].condition;
    if (condition != WD_SIGMA_NONE) {
        uint32_t both[2] = {condition, node};
        WD_TRY(wd_sigma_node_of(b, (wd_sigma_node){.op = WD_NODE_AND, .n = 2}, both, &node));
    }
    out->root = node;
    return WD_OK;
}

/* A rule that cannot be used goes on the list of refusals and leaves no trace else. */
static wd_status try_rule(wd_sigma_build *b, wd_sigma_filters *filters, const wd_sigma_doc *doc,
                          wd_sigma_program *program, bool *usable)
{
    wd_sigma *s = b->s;
    wd_err err = {0};
    *program = (wd_sigma_program){.root = WD_SIGMA_NONE};
    wd_status st = wd_sigma_class_of(b, wd_json_get(doc->root, "logsource"), &program->cls, &err);
    size_t nodes = s->nodes.n;
    size_t kids = s->kids.n;
    b->kids_limit = kids + WD_MAX_RULE_NODES;
    st = st == WD_OK ? compile(b, filters, doc, program, &err) : st;
    b->kids_limit = SIZE_MAX;
    *usable = st == WD_OK;
    if (st == WD_OK) {
        return WD_OK;
    }
    roll_back(s, nodes, kids);
    (void) wd_fail(&err, st, WD_NO_OFFSET, "sigma",
                   st == WD_E_LIMIT ? "too large" : "cannot be compiled");
    return wd_sigma_refuse_rule(s, &doc->meta, &err);
}

static int by_path(const void *a, const void *b)
{
    const wd_sigma_refusal *x = a;
    const wd_sigma_refusal *y = b;
    int c = wd_slice_cmp(x->path, y->path);
    c = c != 0 ? c : wd_slice_cmp(x->rule, y->rule);
    return c != 0 ? c : wd_slice_cmp(x->reason, y->reason);
}

typedef struct numbering {
    wd_sigma_program *programs; /* per document */
    bool *usable;
    uint32_t *rule_of;
    uint32_t *doc_of;
} numbering;

/* Rules are numbered in the order of their documents. */
static void number_rules(wd_sigma_build *b, const wd_sigma_docs *docs, const numbering *n)
{
    wd_sigma *s = b->s;
    for (uint32_t i = 0; i < docs->n; i++) {
        n->rule_of[i] = (uint32_t) s->n_rules;
        if (n->usable[i]) {
            n->doc_of[s->n_rules] = i;
            s->rules[s->n_rules] = docs->list[i].meta;
            s->rules[s->n_rules].index = (uint32_t) s->n_rules;
            s->programs[s->n_rules++] = n->programs[i];
        }
    }
    b->doc_of = n->doc_of;
}

static wd_status add_rules(wd_sigma_build *b, const wd_sigma_docs *docs)
{
    wd_sigma *s = b->s;
    wd_sigma_filters filters = {0};
    numbering n = {WD_ARRAY(b->scratch, docs->n, wd_sigma_program),
                   WD_ARRAY(b->scratch, docs->n, bool), WD_ARRAY(b->scratch, docs->n, uint32_t),
                   WD_ARRAY(b->scratch, docs->n, uint32_t)};
    s->rules = WD_ARRAY(b->arena, docs->n, wd_sigma_rule);
    s->programs = WD_ARRAY(b->arena, docs->n, wd_sigma_program);
    if (n.programs == NULL || n.usable == NULL || n.rule_of == NULL || n.doc_of == NULL ||
        s->rules == NULL || s->programs == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(wd_sigma_filters_read(b, docs, &filters));
    for (size_t i = 0; i < docs->n; i++) {
        n.programs[i].root = WD_SIGMA_NONE;
        n.usable[i] = docs->list[i].kind == WD_SIGMA_DOC_CORRELATION;
        if (docs->list[i].kind == WD_SIGMA_DOC_RULE) {
            WD_TRY(try_rule(b, &filters, &docs->list[i], &n.programs[i], &n.usable[i]));
        }
    }
    WD_TRY(wd_sigma_filters_end(b, &filters));
    WD_TRY(wd_sigma_correlations_read(b, docs, n.usable));
    number_rules(b, docs, &n);
    return wd_sigma_correlations_bind(b, docs, n.rule_of);
}

static wd_status load_all(wd_sigma_build *b, wd_err *err)
{
    wd_sigma *s = b->s;
    wd_sigma_docs docs = {0};
    uint32_t any = 0;
    s->field_ids.arena = b->arena;
    b->item_ids.arena = b->scratch;
    WD_TRY(wd_sigma_field_id(s, (wd_slice){0}, &any)); /* WD_SIGMA_ANY */
    if (b->options->logsources != NULL) {
        wd_slice path = wd_arena_copy(b->scratch, wd_slice_str(b->options->logsources));
        wd_slice text = {0};
        WD_TRY(path.ptr == NULL ? WD_E_NOMEM : wd_sigma_file_read(path, b->scratch, &text, err));
        WD_TRY(wd_sigma_sources_parse(b, text, err));
    }
    WD_TRY(wd_sigma_read_docs(b, &docs, err));
    WD_TRY(add_rules(b, &docs));
    WD_TRY(wd_sigma_anchor(b));
    if (s->refusals.n > 0) {
        wd_sort(s->refusals.list, s->refusals.n, sizeof *s->refusals.list, by_path);
    }
    return WD_OK;
}

wd_status wd_sigma_load(wd_sigma **out, const wd_sigma_options *options, wd_arena *arena,
                        wd_err *err)
{
    wd_sigma_build b = {.arena = arena, .options = options};
    b.s = WD_NEW(arena, wd_sigma);
    b.kids_limit = SIZE_MAX;
    b.scratch = wd_arena_new(WD_MAX_RULE_SCRATCH);
    wd_status st = b.s == NULL || b.scratch == NULL ? WD_E_NOMEM : WD_OK;
    if (st == WD_OK) {
        b.s->arena = arena;
        st = load_all(&b, err);
    }
    wd_buf_free(&b.key);
    wd_arena_free(b.scratch);
    if (st != WD_OK) {
        wd_sigma_free(b.s);
        return wd_fail(err, st, WD_NO_OFFSET, "sigma", "the rules do not fit into memory");
    }
    *out = b.s;
    return WD_OK;
}

void wd_sigma_free(wd_sigma *s)
{
    for (size_t i = 0; s != NULL && i < s->regexes.n; i++) {
        wd_regex_free(s->regexes.list[i]);
        s->regexes.list[i] = NULL;
    }
}

size_t wd_sigma_count(const wd_sigma *s)
{
    return s->n_rules;
}

const wd_sigma_rule *wd_sigma_rule_at(const wd_sigma *s, size_t index)
{
    return &s->rules[index];
}

const wd_sigma_refusal *wd_sigma_refusals(const wd_sigma *s, size_t *n)
{
    *n = s->refusals.n;
    return s->refusals.list;
}

bool wd_sigma_has_correlations(const wd_sigma *s)
{
    return s->n_correlations > 0;
}

#include "detect/sigma_load.h"

/*
 * Meta rules that leave something out of other rules:
 *
 *   filter:
 *     rules: [id or name, ...] or any
 *     selection: ...
 *     condition: selection        what is left out; "not selection" as a whole: what is kept
 *
 * The specification writes the first form, its reference implementation the second; a condition
 * that is a negation as a whole cannot sensibly mean the first.
 */

static wd_status prepare(wd_sigma_build *b, const wd_sigma_doc *doc, wd_sigma_filter *out,
                         wd_err *err)
{
    const wd_json *filter = wd_json_get(doc->root, "filter");
    if (!wd_json_is(filter, WD_JSON_OBJECT) || wd_json_get(filter, "rules") == NULL) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "the filter names no rules");
    }
    *out = (wd_sigma_filter){.doc = doc};
    WD_TRY(wd_sigma_detection_node(b, filter, &out->node, err));
    if (b->s->nodes.list[out->node].op == WD_NODE_NOT) {
        return WD_OK;
    }
    uint32_t inner = out->node;
    return wd_sigma_node_of(b, (wd_sigma_node){.op = WD_NODE_NOT, .n = 1}, &inner, &out->node);
}

wd_status wd_sigma_filters_read(wd_sigma_build *b, const wd_sigma_docs *docs, wd_sigma_filters *out)
{
    for (size_t i = 0; i < docs->n; i++) {
        wd_err err = {0};
        wd_sigma_filter f;
        if (docs->list[i].kind != WD_SIGMA_DOC_FILTER) {
            continue;
        }
        if (prepare(b, &docs->list[i], &f, &err) != WD_OK) {
            WD_TRY(wd_sigma_refuse_rule(b->s, &docs->list[i].meta, &err));
            continue;
        }
        WD_TRY(WD_ROOM(b->scratch, out->list, out->n, out->cap));
        out->list[out->n++] = f;
    }
    return WD_OK;
}

static bool names_rule(const wd_json *rules, const wd_sigma_doc *rule)
{
    if (rules->type != WD_JSON_ARRAY) {
        return wd_slice_eq_nocase(rules->text, WD_S("any")) ||
               (rules->text.len > 0 && (wd_slice_eq_nocase(rules->text, rule->meta.id) ||
                                        wd_slice_eq(rules->text, rule->name)));
    }
    WD_JSON_EACH (one, rules) {
        if (one->text.len > 0 &&
            (wd_slice_eq_nocase(one->text, rule->meta.id) || wd_slice_eq(one->text, rule->name))) {
            return true;
        }
    }
    return false;
}

/* The log source of a filter narrows `any` and guards against a wrong id. */
static bool same_source(const wd_json *filter, const wd_json *rule)
{
    static const char *const keys[] = {"product", "category", "service"};
    for (size_t i = 0; i < 3; i++) {
        wd_slice wanted = wd_json_text(filter, keys[i]);
        if (wanted.len > 0 && !wd_slice_eq_nocase(wanted, wd_json_text(rule, keys[i]))) {
            return false;
        }
    }
    return true;
}

wd_status wd_sigma_filters_apply(wd_sigma_build *b, wd_sigma_filters *filters,
                                 const wd_sigma_doc *rule, uint32_t *node)
{
    for (size_t i = 0; i < filters->n; i++) {
        wd_sigma_filter *f = &filters->list[i];
        const wd_json *rules = wd_json_path(f->doc->root, "filter/rules");
        if (names_rule(rules, rule) && same_source(wd_json_get(f->doc->root, "logsource"),
                                                   wd_json_get(rule->root, "logsource"))) {
            uint32_t both[2] = {*node, f->node};
            f->used = true;
            WD_TRY(wd_sigma_node_of(b, (wd_sigma_node){.op = WD_NODE_AND, .n = 2}, both, node));
        }
    }
    return WD_OK;
}

wd_status wd_sigma_filters_end(wd_sigma_build *b, const wd_sigma_filters *filters)
{
    for (size_t i = 0; i < filters->n; i++) {
        wd_err err = {0};
        if (!filters->list[i].used) {
            (void) wd_fail(&err, WD_E_NOT_FOUND, WD_NO_OFFSET, "sigma",
                           "the filter fits none of the loaded rules");
            WD_TRY(wd_sigma_refuse_rule(b->s, &filters->list[i].doc->meta, &err));
        }
    }
    return WD_OK;
}

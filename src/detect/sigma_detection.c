#include "core/limits.h"
#include "detect/sigma_priv.h"

/*
 * A search identifier: a map is the AND of its fields, a list of maps their OR, a list of plain
 * values the OR of keywords.
 */

static wd_status selection(wd_sigma_build *b, const wd_json *v, unsigned depth, uint32_t *node,
                           wd_err *err);

static wd_status from_map(wd_sigma_build *b, const wd_json *map, uint32_t *node, wd_err *err)
{
    wd_sigma_nodes kids = {0};
    if (map->n == 0) {
        return wd_fail(err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "sigma", "an empty selection");
    }
    WD_JSON_EACH (value, map) {
        uint32_t kid = 0;
        WD_TRY(wd_sigma_field_node(b, value->key, value, &kid, err));
        WD_TRY(wd_sigma_nodes_add(b, &kids, kid));
    }
    return wd_sigma_nodes_join(b, WD_NODE_AND, &kids, node);
}

static bool only_scalars(const wd_json *list)
{
    WD_JSON_EACH (one, list) {
        if (one->type == WD_JSON_OBJECT || one->type == WD_JSON_ARRAY) {
            return false;
        }
    }
    return true;
}

static wd_status from_list(wd_sigma_build *b, const wd_json *list, unsigned depth, uint32_t *node,
                           wd_err *err)
{
    wd_sigma_nodes kids = {0};
    if (only_scalars(list)) {
        return wd_sigma_keyword_node(b, list, node, err);
    }
    WD_JSON_EACH (one, list) {
        uint32_t kid = 0;
        WD_TRY(selection(b, one, depth + 1, &kid, err));
        WD_TRY(wd_sigma_nodes_add(b, &kids, kid));
    }
    return wd_sigma_nodes_join(b, WD_NODE_OR, &kids, node);
}

static wd_status selection(wd_sigma_build *b, const wd_json *v, unsigned depth, uint32_t *node,
                           wd_err *err)
{
    if (depth > WD_MAX_RULE_NESTING) {
        return wd_fail(err, WD_E_LIMIT, WD_NO_OFFSET, "sigma", "selections nested too deeply");
    }
    if (v->type == WD_JSON_OBJECT) {
        return from_map(b, v, node, err);
    }
    return v->type == WD_JSON_ARRAY ? from_list(b, v, depth, node, err)
                                    : wd_sigma_keyword_node(b, v, node, err);
}

wd_status wd_sigma_selection_node(wd_sigma_build *b, const wd_json *v, uint32_t *node, wd_err *err)
{
    return selection(b, v, 0, node, err);
}

typedef struct scope {
    wd_sigma_build *b;
    const wd_json **values; /* of the names */
    uint32_t *nodes;        /* WD_SIGMA_NONE until used */
} scope;

static wd_status resolve(void *ctx, size_t name, uint32_t *node, wd_err *err)
{
    scope *sc = ctx;
    if (sc->nodes[name] == WD_SIGMA_NONE) {
        WD_TRY(wd_sigma_selection_node(sc->b, sc->values[name], &sc->nodes[name], err));
    }
    *node = sc->nodes[name];
    return WD_OK;
}

/* Keys that are no search identifiers: of the mapping itself, of filters, of Sigma 1. */
static bool reserved(wd_slice key)
{
    return wd_slice_eq(key, WD_S("condition")) || wd_slice_eq(key, WD_S("timeframe")) ||
           wd_slice_eq(key, WD_S("rules"));
}

static wd_status one_condition(wd_sigma_build *b, const wd_json *v, const wd_sigma_names *names,
                               uint32_t *node, wd_err *err)
{
    if (v->type != WD_JSON_STRING) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "the condition is not text");
    }
    return wd_sigma_condition_node(b, v->text, names, node, err);
}

static wd_status conditions(wd_sigma_build *b, const wd_json *v, const wd_sigma_names *names,
                            uint32_t *node, wd_err *err)
{
    wd_sigma_nodes kids = {0};
    if (v->type != WD_JSON_ARRAY) {
        return one_condition(b, v, names, node, err);
    }
    WD_JSON_EACH (one, v) {
        uint32_t kid = 0;
        WD_TRY(one_condition(b, one, names, &kid, err));
        WD_TRY(wd_sigma_nodes_add(b, &kids, kid));
    }
    if (kids.n == 0) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "there is no condition");
    }
    return wd_sigma_nodes_join(b, WD_NODE_OR, &kids, node);
}

wd_status wd_sigma_detection_node(wd_sigma_build *b, const wd_json *detection, uint32_t *node,
                                  wd_err *err)
{
    const wd_json *condition = wd_json_get(detection, "condition");
    if (condition == NULL) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "sigma", "there is no condition");
    }
    wd_slice *names = WD_ARRAY(b->scratch, detection->n, wd_slice);
    scope sc = {b, WD_ARRAY(b->scratch, detection->n, const wd_json *),
                WD_ARRAY(b->scratch, detection->n, uint32_t)};
    if (names == NULL || sc.values == NULL || sc.nodes == NULL) {
        return wd_nomem(err, "sigma");
    }
    wd_sigma_names scope_names = {&sc, names, 0, resolve};
    WD_JSON_EACH (v, detection) {
        if (!reserved(v->key)) {
            names[scope_names.n] = v->key;
            sc.values[scope_names.n] = v;
            sc.nodes[scope_names.n++] = WD_SIGMA_NONE;
        }
    }
    return conditions(b, condition, &scope_names, node, err);
}

#include "detect/sigma_priv.h"

/* Guesses how often an item is true and what judging it costs, to try first what ends an AND or an
 * OR cheaply. Only the order depends on them, never a result. */
static float likely_of(const wd_sigma_item *item)
{
    if (item->kind != WD_SIGMA_ITEM_VALUES) {
        return item->kind == WD_SIGMA_ITEM_EXISTS ? 0.5F : 0.2F;
    }
    float p = 0;
    for (size_t i = 0; i < item->n && p < 0.5F; i++) {
        const wd_sigma_pattern *pattern = &item->patterns[i];
        size_t len = pattern->test == WD_TEST_GLOB ? pattern->glob.n : pattern->text.len;
        float one = len >= 12 ? 0.01F : 0.12F - 0.01F * (float) len;
        p = item->all && i > 0 && p < one ? p : (item->all ? one : p + one);
    }
    return p;
}

static float cost_of(const wd_sigma_item *item)
{
    static const float costs[] = {
        [WD_TEST_EQUALS] = 1,   [WD_TEST_STARTS] = 1, [WD_TEST_ENDS] = 1,
        [WD_TEST_CONTAINS] = 4, [WD_TEST_GLOB] = 8,   [WD_TEST_REGEX] = 40,
        [WD_TEST_CIDR] = 10,    [WD_TEST_NUMBER] = 4, [WD_TEST_TIME] = 20,
    };
    float sum = 5; /* looking up what is known already */
    for (size_t i = 0; i < item->n && item->set == NULL; i++) {
        sum += costs[item->patterns[i].test];
    }
    return item->field == WD_SIGMA_ANY ? sum * 40 : sum;
}

static wd_status add_node(wd_sigma_build *b, wd_sigma_node node, uint32_t *out)
{
    wd_sigma *s = b->s;
    WD_TRY(WD_ROOM(s->arena, s->nodes.list, s->nodes.n, s->nodes.cap));
    *out = (uint32_t) s->nodes.n;
    s->nodes.list[s->nodes.n++] = node;
    return WD_OK;
}

wd_status wd_sigma_node_item(wd_sigma_build *b, uint32_t item, uint32_t *node)
{
    wd_sigma_node n = {.op = WD_NODE_ITEM, .first = item};
    n.p = likely_of(&b->s->items.list[item]);
    n.cost = cost_of(&b->s->items.list[item]);
    return add_node(b, n, node);
}

wd_status wd_sigma_node_leaf(wd_sigma_build *b, uint32_t number, uint32_t *node)
{
    return add_node(b, (wd_sigma_node){.op = WD_NODE_ITEM, .first = number, .p = 0.5F, .cost = 1},
                    node);
}

wd_status wd_sigma_nodes_add(wd_sigma_build *b, wd_sigma_nodes *list, uint32_t node)
{
    WD_TRY(WD_ROOM(b->scratch, list->list, list->n, list->cap));
    list->list[list->n++] = node;
    return WD_OK;
}

static float likely_of_kids(const wd_sigma *s, const wd_sigma_node *form, const uint32_t *kids)
{
    float p = form->op == WD_NODE_AND ? 1.0F : 0.0F;
    for (uint32_t i = 0; i < form->n; i++) {
        float one = s->nodes.list[kids[i]].p;
        p = form->op == WD_NODE_AND ? p * one : p + one;
    }
    p = p > 1.0F ? 1.0F : p;
    return form->op == WD_NODE_NOT ? 1.0F - p : p;
}

/* Cost of one chance to be done with the parent. */
static float rank_of(const wd_sigma_node *kid, wd_sigma_op op)
{
    float done = op == WD_NODE_AND ? 1.0F - kid->p : kid->p;
    return kid->cost / (done + 0.01F);
}

/* Insertion by rank; equal ones keep their order. */
static void order_kids(const wd_sigma *s, wd_sigma_op op, uint32_t *kids, uint32_t n)
{
    for (uint32_t i = 1; i < n && op != WD_NODE_NOT; i++) {
        uint32_t kid = kids[i];
        float rank = rank_of(&s->nodes.list[kid], op);
        uint32_t at = i;
        for (; at > 0 && rank_of(&s->nodes.list[kids[at - 1]], op) > rank; at--) {
            kids[at] = kids[at - 1];
        }
        kids[at] = kid;
    }
}

static wd_status add_kid(wd_sigma_build *b, uint32_t kid)
{
    wd_sigma *s = b->s;
    if (s->kids.n >= b->kids_limit) {
        return WD_E_LIMIT;
    }
    WD_TRY(WD_ROOM(s->arena, s->kids.list, s->kids.n, s->kids.cap));
    s->kids.list[s->kids.n++] = kid;
    return WD_OK;
}

wd_status wd_sigma_node_of(wd_sigma_build *b, wd_sigma_node form, const uint32_t *kids,
                           uint32_t *node)
{
    wd_sigma *s = b->s;
    bool list = form.op == WD_NODE_AND || form.op == WD_NODE_OR;
    if (list && form.n == 1) {
        *node = kids[0];
        return WD_OK;
    }
    uint32_t first = (uint32_t) s->kids.n;
    for (uint32_t i = 0; i < form.n; i++) {
        const wd_sigma_node *kid = &s->nodes.list[kids[i]];
        uint32_t from = kid->first;
        uint32_t n = list && kid->op == form.op ? kid->n : 0; /* (a and b) and c */
        for (uint32_t k = 0; k < n; k++) {
            WD_TRY(add_kid(b, s->kids.list[from + k]));
        }
        WD_TRY(n > 0 ? WD_OK : add_kid(b, kids[i]));
    }
    form.first = first;
    form.n = (uint32_t) s->kids.n - first;
    form.p = likely_of_kids(s, &form, s->kids.list + first);
    for (uint32_t i = 0; i < form.n; i++) {
        form.cost += s->nodes.list[s->kids.list[first + i]].cost;
    }
    order_kids(s, form.op, s->kids.list + first, form.n);
    return add_node(b, form, node);
}

wd_status wd_sigma_nodes_join(wd_sigma_build *b, wd_sigma_op op, const wd_sigma_nodes *list,
                              uint32_t *node)
{
    return wd_sigma_node_of(b, (wd_sigma_node){.op = op, .n = (uint32_t) list->n}, list->list,
                            node);
}

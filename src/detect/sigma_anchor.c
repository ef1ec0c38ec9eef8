#include "detect/sigma_anchor.h"

#include <stdlib.h>
#include <string.h>

#include "detect/sigma_literal.h"
#include "detect/sigma_scan.h"

/*
 * For each program: a set of literals of which at least one must occur in a value of its field
 * whenever the program is true. Only such rules are tried on an event. Several sets are sound; the
 * one that fires least is taken.
 */

/* Patterns from which a list is decided by the search even where it is not a rule's anchor. */
enum { DECIDE_MIN = 12 };

/* Triggers (item, pattern or NONE for all of them) that together cover a node. */
typedef struct cover {
    uint64_t *list;
    size_t n;
    size_t cap;
    float p; /* guess how often one of them fires; above 1: there is none */
} cover;

typedef struct anchors {
    wd_sigma_build *b;
    wd_map trigger_ids; /* key (uint64_t) -> trigger + 1 */
    struct {
        uint64_t *list;
        size_t n;
        size_t cap;
    } keys;                /* of the triggers */
    uint32_t *rule_counts; /* per trigger while rules are assigned */
    cover *covers;         /* per program */

} anchors;

static const cover none = {.p = 2.0F};

/* --- literals of patterns ------------------------------------------------------------------- */

/* True when the literal says all: where it is reported the pattern matches, and nowhere else. */
static bool exact(wd_arena *scratch, const wd_sigma_pattern *p)
{
    wd_sigma_literals l;
    if (p->test > WD_TEST_CONTAINS || p->cased) {
        return false;
    }
    wd_sigma_literals_of(scratch, p, &l);
    return l.n == 1 && wd_scan_use_of(l.list[0]) == WD_SCAN_EXACT;
}

/* --- covers of nodes ------------------------------------------------------------------------- */

static wd_status cover_add(anchors *an, cover *c, uint64_t key)
{
    WD_TRY(WD_ROOM(an->b->scratch, c->list, c->n, c->cap));
    c->list[c->n++] = key;
    return WD_OK;
}

static uint64_t key_of(uint32_t item, uint32_t pattern)
{
    return (uint64_t) item << 32 | pattern;
}

static float literal_likely(wd_slice literal)
{
    switch (wd_scan_use_of(literal)) {
    case WD_SCAN_EXACT: return wd_scan_likely(literal);
    case WD_SCAN_HIGH: return 0.001F;
    case WD_SCAN_UNUSABLE: break;
    }
    return none.p;
}

static float pattern_likely(anchors *an, const wd_sigma_pattern *p)
{
    wd_sigma_literals l;
    float sum = 0;
    wd_sigma_literals_of(an->b->scratch, p, &l);
    for (size_t i = 0; i < l.n; i++) {
        float one = literal_likely(l.list[i]);
        if (one >= none.p) {
            return none.p;
        }
        sum += one;
    }
    return l.n == 0 ? none.p : (sum > 1.0F ? 1.0F : sum);
}

static wd_status cover_item(anchors *an, uint32_t index, cover *out)
{
    const wd_sigma_item *item = &an->b->s->items.list[index];
    *out = none;
    if (item->kind != WD_SIGMA_ITEM_VALUES) {
        return WD_OK;
    }
    float sum = 0;
    float least = none.p;
    uint32_t best = WD_SIGMA_NONE;
    bool complete = true;
    for (uint32_t i = 0; i < item->n; i++) {
        float p = pattern_likely(an, &item->patterns[i]);
        sum += p;
        complete = complete && p < none.p;
        if (p < least) {
            least = p;
            best = i;
        }
    }
    float p = item->all ? least : sum;
    bool usable = item->all ? best != WD_SIGMA_NONE : complete;
    if (usable) {
        *out = (cover){.p = p > 1.0F ? 1.0F : p};
        return cover_add(an, out, key_of(index, item->all ? best : WD_SIGMA_NONE));
    }
    return WD_OK;
}

static wd_status cover_node(anchors *an, uint32_t index, cover *out);

static wd_status cover_or(anchors *an, const wd_sigma_node *node, cover *out)
{
    cover sum = {0};
    for (uint32_t i = 0; i < node->n; i++) {
        cover one = none;
        WD_TRY(cover_node(an, an->b->s->kids.list[node->first + i], &one));
        sum.p += one.p;
        if (one.p > 1.0F) {
            *out = none;
            return WD_OK;
        }
        for (size_t k = 0; k < one.n; k++) {
            WD_TRY(cover_add(an, &sum, one.list[k]));
        }
    }
    sum.p = sum.p > 1.0F ? 1.0F : sum.p;
    *out = sum;
    return WD_OK;
}

static wd_status cover_node(anchors *an, uint32_t index, cover *out)
{
    const wd_sigma_node *node = &an->b->s->nodes.list[index];
    *out = none;
    if (node->op == WD_NODE_ITEM) {
        return cover_item(an, node->first, out);
    }
    if (node->op == WD_NODE_OR || node->op == WD_NODE_AT_LEAST) {
        return cover_or(an, node, out);
    }
    for (uint32_t i = 0; i < node->n && node->op == WD_NODE_AND; i++) {
        cover one = none;
        WD_TRY(cover_node(an, an->b->s->kids.list[node->first + i], &one));
        if (one.p < out->p) {
            *out = one;
        }
    }
    return WD_OK;
}

/* --- event ids ------------------------------------------------------------------------------- */

typedef struct ids {
    bool any;
    uint32_t *list; /* sorted, unique */
    size_t n;
    size_t cap;
} ids;

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a;
    uint32_t y = *(const uint32_t *) b;
    return x < y ? -1 : (x > y ? 1 : 0);
}

static void sort_unique(uint32_t *list, size_t *n)
{
    size_t kept = 0;
    if (*n > 1) {
        wd_sort(list, *n, sizeof *list, by_number);
    }
    for (size_t i = 0; i < *n; i++) {
        if (kept == 0 || list[kept - 1] != list[i]) {
            list[kept++] = list[i];
        }
    }
    *n = kept;
}

static wd_status ids_item(anchors *an, const wd_sigma_item *item, ids *out)
{
    *out = (ids){.any = true};
    bool sound =
        item->field == an->b->s->event_id && item->kind == WD_SIGMA_ITEM_VALUES && !item->all;
    for (size_t i = 0; i < item->n && sound; i++) {
        sound = item->patterns[i].test == WD_TEST_EQUALS;
    }
    if (!sound) {
        return WD_OK;
    }
    out->any = false;
    for (size_t i = 0; i < item->n; i++) {
        uint64_t id = 0;
        if (wd_slice_to_u64(item->patterns[i].text, &id) && id <= UINT32_MAX) {
            WD_TRY(WD_ROOM(an->b->arena, out->list, out->n, out->cap));
            out->list[out->n++] = (uint32_t) id;
        }
    }
    sort_unique(out->list, &out->n);
    return WD_OK;
}

static void intersect(ids *a, const ids *b)
{
    if (a->any || b->any) {
        *a = a->any ? *b : *a;
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (bsearch(&a->list[i], b->list, b->n, sizeof *b->list, by_number) != NULL) {
            a->list[kept++] = a->list[i];
        }
    }
    a->n = kept;
}

static wd_status unite(anchors *an, ids *a, const ids *b)
{
    a->any = a->any || b->any;
    for (size_t i = 0; i < b->n && !a->any; i++) {
        WD_TRY(WD_ROOM(an->b->arena, a->list, a->n, a->cap));
        a->list[a->n++] = b->list[i];
    }
    sort_unique(a->list, &a->n);
    return WD_OK;
}

static wd_status ids_node(anchors *an, uint32_t index, ids *out)
{
    const wd_sigma *s = an->b->s;
    wd_sigma_node node = s->nodes.list[index];
    if (node.op == WD_NODE_ITEM) {
        return ids_item(an, &s->items.list[node.first], out);
    }
    *out = (ids){.any = node.op != WD_NODE_OR};
    for (uint32_t i = 0; i < node.n && (node.op == WD_NODE_AND || node.op == WD_NODE_OR); i++) {
        ids one;
        WD_TRY(ids_node(an, s->kids.list[node.first + i], &one));
        if (node.op == WD_NODE_AND) {
            intersect(out, &one);
        } else {
            WD_TRY(unite(an, out, &one));
        }
    }
    return WD_OK;
}

/* --- rules of one field ---------------------------------------------------------------------- */

/* The one field that a node looks at: *field starts as WD_SIGMA_NONE. */
static bool one_field(const wd_sigma *s, uint32_t index, uint32_t *field)
{
    const wd_sigma_node *node = &s->nodes.list[index];
    if (node->op == WD_NODE_ITEM) {
        const wd_sigma_item *item = &s->items.list[node->first];
        bool same = *field == WD_SIGMA_NONE || *field == item->field;
        *field = item->field;
        return same && item->kind != WD_SIGMA_ITEM_FIELDREF && item->field != WD_SIGMA_ANY;
    }
    for (uint32_t i = 0; i < node->n; i++) {
        if (!one_field(s, s->kids.list[node->first + i], field)) {
            return false;
        }
    }
    return true;
}

static void find_solo(wd_sigma *s, wd_sigma_program *p)
{
    uint32_t field = WD_SIGMA_NONE;
    p->solo = one_field(s, p->root, &field) ? field : WD_SIGMA_NONE;
    if (p->solo != WD_SIGMA_NONE) {
        p->solo_bit = s->fields.list[field].n_items++;
    }
}

/* --- triggers -------------------------------------------------------------------------------- */

static wd_status trigger_of(anchors *an, uint64_t key, uint32_t *out)
{
    wd_sigma *s = an->b->s;
    bool added = false;
    wd_slice bytes = wd_arena_copy(an->b->scratch, wd_slice_of(&key, sizeof key));
    uintptr_t *slot = bytes.ptr == NULL ? NULL : wd_map_put(&an->trigger_ids, bytes, &added);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    *out = (uint32_t) *slot;
    if (!added) {
        return WD_OK;
    }
    uint32_t index = (uint32_t) (key >> 32);
    uint32_t pattern = (uint32_t) key;
    wd_sigma_item *item = &s->items.list[index];
    bool decides = pattern == WD_SIGMA_NONE && item->field != WD_SIGMA_ANY;
    for (size_t i = 0; i < item->n && decides; i++) {
        decides = exact(an->b->scratch, &item->patterns[i]);
    }
    WD_TRY(WD_ROOM(s->arena, s->triggers.list, s->triggers.n, s->triggers.cap));
    WD_TRY(WD_ROOM(an->b->scratch, an->keys.list, an->keys.n, an->keys.cap));
    an->keys.list[an->keys.n++] = key;
    *slot = s->triggers.n;
    *out = (uint32_t) s->triggers.n;
    item->trigger = decides ? *out : item->trigger;
    s->triggers.list[s->triggers.n++] = (wd_sigma_trigger){.item = decides ? index : WD_SIGMA_NONE};
    return WD_OK;
}

static wd_status assign_rules(anchors *an)
{
    wd_sigma *s = an->b->s;
    an->rule_counts = WD_ARRAY(an->b->scratch, s->triggers.n, uint32_t);
    uint32_t **fill = WD_ARRAY(an->b->scratch, s->triggers.n, uint32_t *);
    if (an->rule_counts == NULL || fill == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t r = 0; r < s->n_rules; r++) {
        for (size_t i = 0; i < an->covers[r].n; i++) {
            an->rule_counts[an->covers[r].list[i]]++;
        }
    }
    for (size_t t = 0; t < s->triggers.n; t++) {
        fill[t] = WD_ARRAY(s->arena, an->rule_counts[t], uint32_t);
        s->triggers.list[t].rules = fill[t];
        if (fill[t] == NULL) {
            return WD_E_NOMEM;
        }
    }
    for (uint32_t r = 0; r < s->n_rules; r++) {
        for (size_t i = 0; i < an->covers[r].n; i++) {
            wd_sigma_trigger *t = &s->triggers.list[an->covers[r].list[i]];
            if (t->n_rules == 0 || t->rules[t->n_rules - 1] != r) {
                fill[an->covers[r].list[i]][t->n_rules++] = r;
            }
        }
    }
    return WD_OK;
}

/* Long lists of plain values in items that no rule is anchored on. */
static wd_status decide_long_lists(anchors *an)
{
    wd_sigma *s = an->b->s;
    for (uint32_t i = 0; i < s->items.n; i++) {
        const wd_sigma_item *item = &s->items.list[i];
        bool wanted = item->kind == WD_SIGMA_ITEM_VALUES && !item->all && item->set == NULL &&
                      item->n >= DECIDE_MIN && item->field != WD_SIGMA_ANY &&
                      item->trigger == WD_SIGMA_NONE;
        for (size_t k = 0; k < item->n && wanted; k++) {
            wanted = exact(an->b->scratch, &item->patterns[k]);
        }
        uint32_t trigger = 0;
        WD_TRY(wanted ? trigger_of(an, key_of(i, WD_SIGMA_NONE), &trigger) : WD_OK);
    }
    return WD_OK;
}

static wd_status anchor_programs(anchors *an)
{
    wd_sigma *s = an->b->s;
    for (size_t r = 0; r < s->n_rules; r++) {
        wd_sigma_program *p = &s->programs[r];
        ids allowed = {.any = true};
        if (p->root == WD_SIGMA_NONE) {
            continue;
        }
        find_solo(s, p);
        WD_TRY(cover_node(an, p->root, &an->covers[r]));
        WD_TRY(ids_node(an, p->root, &allowed));
        p->any_id = allowed.any;
        p->ids = allowed.list;
        p->n_ids = allowed.n;
        p->anchored = an->covers[r].p <= 1.0F;
        for (size_t i = 0; i < an->covers[r].n; i++) {
            uint32_t trigger = 0;
            WD_TRY(trigger_of(an, an->covers[r].list[i], &trigger));
            an->covers[r].list[i] = trigger;
        }
    }
    return WD_OK;
}

/* --- scanners -------------------------------------------------------------------------------- */

typedef struct gathering {
    wd_scan_literal *list;
    size_t n;
    size_t cap;
} gathering;

static wd_status gather(anchors *an, uint32_t trigger, gathering *out)
{
    uint64_t key = an->keys.list[trigger];
    const wd_sigma_item *item = &an->b->s->items.list[key >> 32];
    uint32_t only = (uint32_t) key;
    for (uint32_t i = 0; i < item->n; i++) {
        if (only != WD_SIGMA_NONE && only != i) {
            continue;
        }
        wd_sigma_literals l;
        wd_sigma_literals_of(an->b->arena, &item->patterns[i], &l);
        for (size_t k = 0; k < l.n; k++) {
            WD_TRY(WD_ROOM(an->b->scratch, out->list, out->n, out->cap));
            out->list[out->n++] = (wd_scan_literal){l.list[k], trigger};
        }
        if (l.n == 0) {
            return WD_E_NOMEM; /* it had some when the trigger was chosen */
        }
    }
    return WD_OK;
}

static wd_status make_scanner(anchors *an, const gathering *g, const wd_sigma_scanner **out)
{
    if (g->n == 0) {
        return WD_OK;
    }
    *out = wd_scan_new(an->b->arena, an->b->scratch, g->list, g->n);
    return *out == NULL ? WD_E_NOMEM : WD_OK;
}

static void mark_classes(const wd_sigma *s, const wd_sigma_trigger *t, uint64_t *set)
{
    for (size_t i = 0; i < t->n_rules; i++) {
        uint32_t cls = s->programs[t->rules[i]].cls;
        set[cls / 64] |= UINT64_C(1) << cls % 64;
    }
}

/* Items decided by the search must be searched for wherever their rules are tried. */
static void mark_users(const wd_sigma *s, uint32_t node, uint32_t cls, uint64_t **sets)
{
    const wd_sigma_node *n = &s->nodes.list[node];
    if (n->op == WD_NODE_ITEM) {
        const wd_sigma_item *item = &s->items.list[n->first];
        if (item->trigger != WD_SIGMA_NONE) {
            sets[item->field][cls / 64] |= UINT64_C(1) << cls % 64;
        }
        return;
    }
    for (uint32_t i = 0; i < n->n; i++) {
        mark_users(s, s->kids.list[n->first + i], cls, sets);
    }
}

static wd_status field_scanners(anchors *an)
{
    wd_sigma *s = an->b->s;
    gathering *by_field = WD_ARRAY(an->b->scratch, s->fields.n, gathering);
    uint64_t **sets = WD_ARRAY(an->b->scratch, s->fields.n, uint64_t *);
    if (by_field == NULL || sets == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t f = 0; f < s->fields.n; f++) {
        sets[f] = WD_ARRAY(s->arena, s->class_words, uint64_t);
        s->fields.list[f].classes = sets[f];
        if (sets[f] == NULL) {
            return WD_E_NOMEM;
        }
    }
    for (uint32_t t = 0; t < s->triggers.n; t++) {
        uint32_t field = s->items.list[an->keys.list[t] >> 32].field;
        mark_classes(s, &s->triggers.list[t], sets[field]);
        WD_TRY(field == WD_SIGMA_ANY ? WD_OK : gather(an, t, &by_field[field]));
    }
    for (size_t r = 0; r < s->n_rules; r++) {
        if (s->programs[r].root != WD_SIGMA_NONE) {
            mark_users(s, s->programs[r].root, s->programs[r].cls, sets);
        }
    }
    for (size_t f = 1; f < s->fields.n; f++) {
        WD_TRY(make_scanner(an, &by_field[f], &s->fields.list[f].scanner));
    }
    return WD_OK;
}

/* Keywords look at every value, so each class searches for its own only. */
static wd_status keyword_scanners(anchors *an)
{
    wd_sigma *s = an->b->s;
    s->keywords = WD_ARRAY(s->arena, s->classes.n, const wd_sigma_scanner *);
    s->keyword_numbers = WD_ARRAY(s->arena, s->classes.n, uint32_t);
    if (s->keywords == NULL || s->keyword_numbers == NULL) {
        return WD_E_NOMEM;
    }
    uint32_t number = 0;
    for (uint32_t c = 0; c < s->classes.n; c++) {
        gathering g = {0};
        for (uint32_t t = 0; t < s->triggers.n; t++) {
            bool any = s->items.list[an->keys.list[t] >> 32].field == WD_SIGMA_ANY;
            bool mine = false;
            for (size_t i = 0; i < s->triggers.list[t].n_rules && any && !mine; i++) {
                mine = s->programs[s->triggers.list[t].rules[i]].cls == c;
            }
            WD_TRY(mine ? gather(an, t, &g) : WD_OK);
        }
        WD_TRY(make_scanner(an, &g, &s->keywords[c]));
        s->keyword_numbers[c] = s->keywords[c] == NULL ? 0 : number++;
    }
    return WD_OK;
}

wd_status wd_sigma_anchor(wd_sigma_build *b)
{
    wd_sigma *s = b->s;
    anchors an = {.b = b, .trigger_ids = {.arena = b->scratch}};
    s->class_words = (s->classes.n + 63) / 64;
    an.covers = WD_ARRAY(b->scratch, s->n_rules, cover);
    if (an.covers == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(wd_sigma_field_id(s, WD_S("EventID"), &s->event_id));
    WD_TRY(anchor_programs(&an));
    WD_TRY(decide_long_lists(&an));
    WD_TRY(assign_rules(&an));
    WD_TRY(field_scanners(&an));
    return keyword_scanners(&an);
}

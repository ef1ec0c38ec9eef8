#include <stdlib.h>
#include <string.h>

#include "core/fold.h"
#include "core/limits.h"
#include "detect/sigma_memo.h"
#include "detect/sigma_part.h"
#include "detect/sigma_route.h"
#include "detect/sigma_scan.h"
#include "detect/sigma_shape.h"

struct wd_sigma_run {
    const wd_sigma *s;
    wd_arena *arena;
    wd_sigma_memo *memo;
    wd_sigma_shapes *shapes;
    wd_regex_run *regex;
    wd_sigma_stats stats;

    /* The event at hand. */
    const wd_event *e;
    const wd_sigma_shape *shape;
    uint32_t turn;        /* number of the event, for stamps */
    wd_sigma_seen **seen; /* per field of the rules: its first value */
    uint32_t *seen_turn;  /* the event for which that holds */
    uint32_t *rule_turn;  /* per rule: the event for which it is a candidate */
    uint32_t *candidates;
    size_t n_candidates;
    uint32_t *hits;
    size_t n_hits;
    wd_sigma_seen **by_place; /* per field of the event, when its value was searched */
    uint32_t *by_place_turn;
    wd_sigma_value *folded; /* per field of the event, for keywords; NULL until needed */
    bool failed;
};

static bool allocate(wd_sigma_run *run)
{
    const wd_sigma *s = run->s;
    wd_arena *a = run->arena;
    run->seen = WD_ARRAY(a, s->fields.n, wd_sigma_seen *);
    run->seen_turn = WD_ARRAY(a, s->fields.n, uint32_t);
    run->rule_turn = WD_ARRAY(a, s->n_rules, uint32_t);
    run->candidates = WD_ARRAY(a, s->n_rules, uint32_t);
    run->hits = WD_ARRAY(a, s->n_rules, uint32_t);
    run->by_place = WD_ARRAY(a, WD_MAX_EVENT_FIELDS, wd_sigma_seen *);
    run->by_place_turn = WD_ARRAY(a, WD_MAX_EVENT_FIELDS, uint32_t);
    run->memo = wd_sigma_memo_new(s, a);
    run->shapes = wd_sigma_shapes_new(s, a);
    return run->seen != NULL && run->seen_turn != NULL && run->rule_turn != NULL &&
           run->candidates != NULL && run->hits != NULL && run->by_place != NULL &&
           run->by_place_turn != NULL && run->memo != NULL && run->shapes != NULL;
}

wd_status wd_sigma_run_new(wd_sigma_run **out, const wd_sigma *s, wd_err *err)
{
    wd_arena *arena = wd_arena_new(WD_SIGMA_RUN_BYTES);
    wd_sigma_run *run = arena == NULL ? NULL : WD_NEW(arena, wd_sigma_run);
    if (run == NULL) {
        wd_arena_free(arena);
        return wd_nomem(err, "sigma");
    }
    *run = (wd_sigma_run){.s = s, .arena = arena};
    wd_status st = wd_regex_run_new(&run->regex, err);
    if (st == WD_OK && !allocate(run)) {
        st = wd_nomem(err, "sigma");
    }
    if (st != WD_OK) {
        wd_sigma_run_free(run);
        return st;
    }
    *out = run;
    return WD_OK;
}

void wd_sigma_run_free(wd_sigma_run *run)
{
    if (run != NULL) {
        wd_regex_run_free(run->regex);
        wd_sigma_memo_free(run->memo);
        wd_sigma_shapes_free(run->shapes);
        wd_arena_free(run->arena);
    }
}

/* --- judging --------------------------------------------------------------------------------- */

static wd_sigma_seen *value_at(wd_sigma_run *run, uint32_t field, uint32_t at)
{
    wd_sigma_seen *v = wd_sigma_memo_get(run->memo, field, run->e->fields[at].value);
    run->failed = run->failed || v == NULL;
    return v;
}

/* First value of a field that the event has. */
static wd_sigma_seen *first_value(wd_sigma_run *run, uint32_t field)
{
    if (run->seen_turn[field] != run->turn) {
        run->seen_turn[field] = run->turn;
        run->seen[field] = value_at(run, field, run->shape->first[field] - 1U);
    }
    return run->seen[field];
}

static bool judge_at(wd_sigma_run *run, const wd_sigma_item *item, uint32_t at)
{
    wd_sigma_seen *v = value_at(run, item->field, at);
    return v != NULL && wd_sigma_memo_judge(run->memo, v, item, run->regex, &run->failed);
}

/* `all` over a field with several values: each pattern may be met by another value. */
static bool judge_all_of_many(wd_sigma_run *run, const wd_sigma_item *item)
{
    for (size_t i = 0; i < item->n; i++) {
        bool met = false;
        for (uint16_t at = run->shape->first[item->field]; at != 0 && !met;
             at = run->shape->more[at - 1]) {
            wd_sigma_seen *v = value_at(run, item->field, at - 1U);
            met = v != NULL && wd_sigma_match(&item->patterns[i], &v->value, run->regex);
        }
        if (!met) {
            return false;
        }
    }
    return true;
}

static bool judge_many(wd_sigma_run *run, const wd_sigma_item *item)
{
    if (item->all) {
        return judge_all_of_many(run, item);
    }
    for (uint16_t at = run->shape->first[item->field]; at != 0; at = run->shape->more[at - 1]) {
        if (judge_at(run, item, at - 1U)) {
            return true;
        }
    }
    return false;
}

static const wd_sigma_value *folded_at(wd_sigma_run *run, size_t at)
{
    if (run->folded == NULL) {
        run->folded = WD_ARRAY(wd_sigma_memo_arena(run->memo), run->e->n_fields, wd_sigma_value);
    }
    if (run->folded == NULL) {
        run->failed = true;
        return NULL;
    }
    wd_sigma_value *v = &run->folded[at];
    if (v->folded.ptr == NULL) {
        wd_slice raw = run->e->fields[at].value;
        uint8_t *p = wd_arena_alloc(wd_sigma_memo_arena(run->memo), raw.len + 1);
        if (p == NULL) {
            run->failed = true;
            return NULL;
        }
        wd_fold(p, raw);
        *v = (wd_sigma_value){raw, wd_slice_of(p, raw.len)};
    }
    return v;
}

static bool keyword_anywhere(wd_sigma_run *run, const wd_sigma_pattern *p)
{
    for (size_t i = 0; i < run->e->n_fields; i++) {
        const wd_sigma_value *v = folded_at(run, i);
        if (v != NULL && wd_sigma_match(p, v, run->regex)) {
            return true;
        }
    }
    return false;
}

static bool judge_keywords(wd_sigma_run *run, const wd_sigma_item *item)
{
    for (size_t i = 0; i < item->n; i++) {
        if (keyword_anywhere(run, &item->patterns[i]) != item->all) {
            return !item->all;
        }
    }
    return item->all;
}

static bool related(const wd_sigma_item *item, const wd_sigma_value *a, const wd_sigma_value *b)
{
    return wd_sigma_match_text(item->relation, item->cased ? b->raw : b->folded,
                               item->cased ? a->raw : a->folded);
}

static bool judge_fieldref(wd_sigma_run *run, const wd_sigma_item *item)
{
    const wd_sigma_shape *sh = run->shape;
    for (uint16_t a = sh->first[item->field]; a != 0; a = sh->more[a - 1]) {
        for (uint16_t b = sh->first[item->other]; b != 0; b = sh->more[b - 1]) {
            wd_sigma_seen *x = value_at(run, item->field, a - 1U);
            wd_sigma_seen *y = value_at(run, item->other, b - 1U);
            if (x != NULL && y != NULL && related(item, &x->value, &y->value)) {
                return true;
            }
        }
    }
    return false;
}

static bool judge(wd_sigma_run *run, const wd_sigma_item *item)
{
    uint16_t at = run->shape->first[item->field];
    if (item->kind == WD_SIGMA_ITEM_EXISTS) {
        return at != 0;
    }
    if (item->field == WD_SIGMA_ANY) {
        return judge_keywords(run, item);
    }
    if (item->kind == WD_SIGMA_ITEM_FIELDREF) {
        return judge_fieldref(run, item);
    }
    if (at == 0 || run->shape->more[at - 1] != 0) {
        return at != 0 && judge_many(run, item);
    }
    wd_sigma_seen *v = first_value(run, item->field);
    return v != NULL && wd_sigma_memo_judge(run->memo, v, item, run->regex, &run->failed);
}

static bool holds(wd_sigma_run *run, uint32_t index)
{
    const wd_sigma_node *node = &run->s->nodes.list[index];
    if (node->op == WD_NODE_ITEM) {
        return judge(run, &run->s->items.list[node->first]);
    }
    const uint32_t *kids = &run->s->kids.list[node->first];
    uint32_t met = 0;
    switch (node->op) {
    case WD_NODE_ITEM: break;
    case WD_NODE_NOT: return !holds(run, kids[0]);
    case WD_NODE_AND:
        while (met < node->n && holds(run, kids[met])) {
            met++;
        }
        return met == node->n;
    case WD_NODE_OR:
        while (met < node->n && !holds(run, kids[met])) {
            met++;
        }
        return met < node->n;
    case WD_NODE_AT_LEAST:
        for (uint32_t i = 0; i < node->n && met < node->need; i++) {
            met += holds(run, kids[i]) ? 1U : 0U;
        }
        return met >= node->need;
    }
    return false;
}

/* Rules that look at one field only are judged once a value. */
static bool applies(wd_sigma_run *run, const wd_sigma_program *p)
{
    uint16_t at = p->solo == WD_SIGMA_NONE ? 0 : run->shape->first[p->solo];
    if (at == 0 || run->shape->more[at - 1] != 0) {
        return holds(run, p->root);
    }
    bool known = false;
    wd_sigma_seen *v = first_value(run, p->solo);
    if (v == NULL) {
        return false;
    }
    bool outcome = wd_sigma_memo_recall(run->memo, v, p->solo_bit, &known);
    if (!known) {
        outcome = holds(run, p->root);
        wd_sigma_memo_keep(run->memo, v, p->solo_bit, outcome, &run->failed);
    }
    return outcome;
}

/* --- candidates ------------------------------------------------------------------------------ */

static void fire(wd_sigma_run *run, uint32_t trigger)
{
    const wd_sigma_trigger *t = &run->s->triggers.list[trigger];
    for (size_t i = 0; i < t->n_rules; i++) {
        uint32_t r = t->rules[i];
        const wd_sigma_program *p = &run->s->programs[r];
        bool routed = (run->shape->classes[p->cls / 64] >> p->cls % 64 & 1) != 0;
        if (routed && run->rule_turn[r] != run->turn &&
            (run->shape->many_ids || wd_sigma_allows(p, run->e->event_id))) {
            run->rule_turn[r] = run->turn;
            run->candidates[run->n_candidates++] = r;
        }
    }
}

static void on_keyword(void *ctx, uint32_t trigger)
{
    fire(ctx, trigger);
}

/* Values that are kept anyway remember that a search found nothing in them. */
static uint64_t *clean_of(wd_sigma_run *run, size_t at)
{
    bool kept = at < WD_MAX_EVENT_FIELDS && run->by_place_turn[at] == run->turn &&
                run->by_place[at] != NULL;
    return kept ? &run->by_place[at]->clean : NULL;
}

static void search_keywords(wd_sigma_run *run, uint32_t cls)
{
    const wd_sigma_scanner *scanner = run->s->keywords[cls];
    uint32_t number = run->s->keyword_numbers[cls];
    uint64_t mine = number < 64 ? UINT64_C(1) << number : 0;
    for (size_t i = 0; i < run->e->n_fields; i++) {
        uint64_t *clean = clean_of(run, i);
        if (clean != NULL && (*clean & mine) != 0) {
            continue;
        }
        if (!wd_scan_maybe(scanner, run->e->fields[i].value)) {
            if (clean != NULL) {
                *clean |= mine;
            }
            continue;
        }
        const wd_sigma_value *v = folded_at(run, i);
        if (v != NULL) {
            wd_scan_text(scanner, v->folded, &(wd_scan_hits){run, on_keyword});
        }
    }
}

static void find_candidates(wd_sigma_run *run)
{
    const wd_sigma_shape *sh = run->shape;
    for (size_t i = 0; i < sh->n_watch; i++) {
        const wd_sigma_watch *w = &sh->watch[i];
        bool first = sh->first[w->field] == w->at + 1;
        wd_sigma_seen *v = first ? first_value(run, w->field) : value_at(run, w->field, w->at);
        run->by_place[w->at] = v;
        run->by_place_turn[w->at] = run->turn;
        for (uint32_t t = 0; v != NULL && t < v->n_triggers; t++) {
            fire(run, v->triggers[t]);
        }
    }
    for (size_t i = 0; i < sh->n_keywords; i++) {
        search_keywords(run, sh->keywords[i]);
    }
    for (size_t i = 0; i < sh->n_always; i++) {
        run->candidates[run->n_candidates++] = sh->always[i];
    }
}

/* --- events ---------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a;
    uint32_t y = *(const uint32_t *) b;
    return x < y ? -1 : (x > y ? 1 : 0);
}

static void next_turn(wd_sigma_run *run, const wd_event *e)
{
    if (++run->turn == 0) {
        memset(run->seen_turn, 0, run->s->fields.n * sizeof *run->seen_turn);
        memset(run->rule_turn, 0, run->s->n_rules * sizeof *run->rule_turn);
        memset(run->by_place_turn, 0, WD_MAX_EVENT_FIELDS * sizeof *run->by_place_turn);
        run->turn = 1;
    }
    wd_sigma_memo_tidy(run->memo);
    run->e = e;
    run->n_candidates = 0;
    run->n_hits = 0;
    run->folded = NULL;
    run->failed = false;
}

static bool value_of(void *ctx, uint32_t field, wd_slice *value)
{
    const wd_sigma_run *run = ctx;
    uint16_t at = run->shape->first[field];
    *value = at == 0 ? WD_EMPTY : run->e->fields[at - 1].value;
    return at != 0;
}

static wd_status tell(wd_sigma_run *run, const wd_sigma_hits *hits)
{
    const wd_sigma *s = run->s;
    for (size_t i = 0; i < run->n_hits && hits->hit != NULL; i++) {
        const wd_sigma_rule *rule = &s->rules[run->hits[i]];
        WD_TRY(rule->alerts ? hits->hit(hits->ctx, rule, run->e) : WD_OK);
    }
    for (size_t i = 0; i < run->n_hits && hits->part != NULL; i++) {
        const wd_sigma_program *p = &s->programs[run->hits[i]];
        if (!p->correlated) {
            continue;
        }
        wd_sigma_part part = {
            .rule = run->hits[i], .time = run->e->time, .span = run->e->span, .host = run->e->host};
        WD_TRY(wd_sigma_part_values(p, &(wd_sigma_fields){run, value_of},
                                    wd_sigma_memo_arena(run->memo), &part.values));
        WD_TRY(hits->part(hits->ctx, &part));
    }
    return WD_OK;
}

wd_status wd_sigma_event(wd_sigma_run *run, const wd_event *e, const wd_sigma_hits *hits)
{
    run->stats.events++;
    next_turn(run, e);
    run->shape = wd_sigma_shape_of(run->shapes, e);
    if (run->shape == NULL) {
        return WD_E_NOMEM;
    }
    if (!run->shape->routed) {
        return WD_OK;
    }
    run->stats.routed++;
    find_candidates(run);
    run->stats.evaluated += run->n_candidates;
    for (size_t i = 0; i < run->n_candidates; i++) {
        if (applies(run, &run->s->programs[run->candidates[i]])) {
            run->hits[run->n_hits++] = run->candidates[i];
        }
    }
    if (run->failed) {
        return WD_E_NOMEM;
    }
    if (run->n_hits == 0) {
        return WD_OK;
    }
    run->stats.hits += run->n_hits;
    wd_sort(run->hits, run->n_hits, sizeof *run->hits, by_number);
    return tell(run, hits);
}

wd_sigma_stats wd_sigma_run_stats(const wd_sigma_run *run)
{
    wd_sigma_stats st = run->stats;
    st.regex_limits = wd_regex_limits(run->regex);
    return st;
}

static bool has_name(void *ctx, uint32_t field)
{
    (void) ctx;
    (void) field;
    return true;
}

bool wd_sigma_covers(const wd_sigma *s, wd_slice channel, uint32_t event_id)
{
    wd_sigma_origin origin = {.channel = channel, .event_id = event_id, .has = has_name};
    for (size_t c = 0; c < s->classes.n; c++) {
        if (wd_sigma_class_route(s, &s->classes.list[c], &origin) != NULL) {
            return true;
        }
    }
    return false;
}

wd_finding wd_sigma_finding(const wd_sigma_rule *rule, const wd_event *e)
{
    return (wd_finding){.rule = rule->rule,
                        .rule_id = rule->id,
                        .title = rule->title,
                        .sentence = rule->title,
                        .benign = rule->falsepositives,
                        .techniques = rule->techniques,
                        .host = e->host,
                        .campaign = rule->campaign,
                        .severity = rule->severity,
                        .basis = rule->basis,
                        .tier = rule->tier,
                        .time = e->time,
                        .span = e->span};
}

#include <stdlib.h>
#include <string.h>

#include "core/fold.h"
#include "detect/sigma_part.h"
#include "detect/sigma_window.h"

/* An alert with what outer correlations need of it. */
typedef struct alert {
    wd_sigma_alert shown;
    const wd_sigma_correlation *c;
    const wd_slice *values; /* of the group-by fields */
} alert;

typedef struct judging {
    const wd_sigma *s;
    wd_arena *arena;
    const wd_sigma_part **parts; /* in order of time */
    size_t n;
    const wd_sigma_correlation *c; /* the one at hand */
    wd_map group_ids;
    WD_SIGMA_LIST(wd_sigma_group) groups;
    WD_SIGMA_LIST(alert) alerts;
    uint32_t order;
    wd_buf key;
} judging;

static int cmp_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : (a > b ? 1 : 0);
}

/* By time; then equal records of several items stand together. */
static int compare_records(const wd_sigma_part *x, const wd_sigma_part *y)
{
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    int c = cmp_u64(x->rule, y->rule);
    c = c != 0 ? c : cmp_u64(x->span.record, y->span.record);
    c = c != 0 ? c : wd_slice_cmp(x->host, y->host);
    return c != 0 ? c : wd_slice_cmp(x->values, y->values);
}

static int by_time(const void *a, const void *b)
{
    const wd_sigma_part *x = *(const wd_sigma_part *const *) a;
    const wd_sigma_part *y = *(const wd_sigma_part *const *) b;
    int c = compare_records(x, y);
    c = c != 0 ? c : cmp_u64(x->item, y->item);
    return c != 0 ? c : cmp_u64(x->span.offset, y->span.offset);
}

/* --- keys ------------------------------------------------------------------------------------ */

static void add_key(wd_buf *key, wd_slice value)
{
    uint32_t len = value.ptr == NULL ? UINT32_MAX : (uint32_t) value.len;
    wd_buf_add(key, wd_slice_of(&len, sizeof len));
    size_t at = key->len;
    wd_buf_add(key, value);
    if (!key->failed && value.len > 0) {
        wd_fold(key->ptr + at, wd_slice_of(key->ptr + at, value.len));
    }
}

/* Values compared without case, in one string. */
static wd_slice key_of(judging *j, const wd_slice *values, size_t n)
{
    wd_buf_clear(&j->key);
    wd_buf_byte(&j->key, 0);
    for (size_t i = 0; i < n; i++) {
        add_key(&j->key, values[i]);
    }
    return j->key.failed ? WD_EMPTY : wd_arena_copy(j->arena, wd_buf_slice(&j->key));
}

static wd_status count(judging *j, wd_sigma_counted *e)
{
    const wd_sigma_correlation *c = j->c;
    const wd_slice *counted = e->values + c->n_group;
    bool all = c->n_counted > 0;
    for (size_t i = 0; i < c->n_counted; i++) {
        all = all && counted[i].ptr != NULL;
    }
    if (all) {
        e->counted = key_of(j, counted, c->n_counted);
        e->is_number = wd_slice_to_double(wd_slice_trim(counted[0]), &e->number);
        return e->counted.ptr == NULL ? WD_E_NOMEM : WD_OK;
    }
    return WD_OK;
}

static wd_status add_to_group(judging *j, wd_sigma_counted *e)
{
    bool added = false;
    wd_slice key = key_of(j, e->values, j->c->n_group);
    uintptr_t *slot = key.ptr == NULL ? NULL : wd_map_put(&j->group_ids, key, &added);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    if (added) {
        WD_TRY(WD_ROOM(j->arena, j->groups.list, j->groups.n, j->groups.cap));
        *slot = j->groups.n;
        j->groups.list[j->groups.n++] = (wd_sigma_group){0};
    }
    WD_TRY(count(j, e));
    wd_sigma_group *g = &j->groups.list[*slot];
    WD_TRY(WD_ROOM(j->arena, g->list, g->n, g->cap));
    g->list[g->n++] = e;
    return WD_OK;
}

/* --- what a correlation counts ---------------------------------------------------------------- */

static size_t ref_of(const wd_sigma_correlation *c, uint32_t rule)
{
    size_t i = 0;
    while (i < c->n_refs && c->refs[i].rule != rule) {
        i++;
    }
    return i;
}

static wd_sigma_counted *new_counted(judging *j, size_t ref, wd_time time)
{
    wd_sigma_counted *e = WD_NEW(j->arena, wd_sigma_counted);
    if (e != NULL) {
        *e = (wd_sigma_counted){.time = time, .ref = (uint32_t) ref, .order = j->order++};
        e->values = WD_ARRAY(j->arena, j->c->n_group + j->c->n_counted, wd_slice);
    }
    return e == NULL || e->values == NULL ? NULL : e;
}

/* Number `at` of the encoded values; absent when it is not there. */
static wd_slice value_number(wd_slice values, uint32_t at)
{
    wd_slice v = {0};
    for (uint32_t i = 0; i <= at; i++) {
        if (!wd_sigma_part_next(&values, &v)) {
            return (wd_slice){0};
        }
    }
    /* Present and empty is not absent. */
    return v;
}

static wd_status take_part(judging *j, size_t index)
{
    const wd_sigma_correlation *c = j->c;
    const wd_sigma_part *p = j->parts[index];
    size_t ref = ref_of(c, p->rule);
    if (ref == c->n_refs) {
        return WD_OK;
    }
    wd_sigma_counted *e = new_counted(j, ref, p->time);
    if (e == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < c->n_group + c->n_counted; i++) {
        e->values[i] = value_number(p->values, c->refs[ref].at[i]);
    }
    e->parts = &j->parts[index];
    e->n_parts = 1;
    return add_to_group(j, e);
}

static wd_status take_alert(judging *j, const alert *a)
{
    const wd_sigma_correlation *c = j->c;
    size_t ref = ref_of(c, a->c->rule);
    if (ref == c->n_refs) {
        return WD_OK;
    }
    wd_sigma_counted *e = new_counted(j, ref, a->shown.reached);
    if (e == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < c->n_group + c->n_counted; i++) {
        uint32_t at = c->refs[ref].at[i];
        e->values[i] = at == WD_SIGMA_NONE ? WD_EMPTY : a->values[at];
    }
    e->parts = a->shown.parts;
    e->n_parts = a->shown.n_parts;
    return add_to_group(j, e);
}

static int by_moment(const void *a, const void *b)
{
    const wd_sigma_counted *x = *(wd_sigma_counted *const *) a;
    const wd_sigma_counted *y = *(wd_sigma_counted *const *) b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return cmp_u64(x->order, y->order);
}

/* --- alerts ---------------------------------------------------------------------------------- */

static wd_slice group_text(judging *j, const wd_slice *values)
{
    const wd_sigma_correlation *c = j->c;
    wd_buf_clear(&j->key);
    for (size_t i = 0; i < c->n_group; i++) {
        wd_buf_str(&j->key, i == 0 ? "" : ", ");
        wd_buf_add(&j->key, c->group[i]);
        wd_buf_str(&j->key, "=");
        wd_buf_add(&j->key, values[i].ptr == NULL ? WD_S("(none)") : values[i]);
    }
    return wd_arena_copy(j->arena, wd_buf_slice(&j->key));
}

static wd_status gather_parts(judging *j, const wd_sigma_group *g, const wd_sigma_range *r,
                              wd_sigma_alert *out)
{
    size_t total = 0;
    uint32_t n = r->chain != NULL ? r->n_chain : r->last - r->first + 1;
    for (uint32_t i = 0; i < n; i++) {
        total += g->list[r->chain != NULL ? r->chain[i] : r->first + i]->n_parts;
    }
    out->parts = WD_ARRAY(j->arena, total, const wd_sigma_part *);
    if (out->parts == NULL) {
        return WD_E_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        const wd_sigma_counted *e = g->list[r->chain != NULL ? r->chain[i] : r->first + i];
        bool counts = j->c->n_counted == 0 || e->counted.ptr != NULL;
        for (size_t k = 0; k < e->n_parts && counts; k++) {
            out->parts[out->n_parts++] = e->parts[k];
        }
    }
    wd_sort(out->parts, out->n_parts, sizeof *out->parts, by_time);
    return WD_OK;
}

static wd_status add_alert(judging *j, const wd_sigma_group *g, const wd_sigma_range *r)
{
    alert a = {.c = j->c, .values = g->list[r->first]->values};
    wd_sigma_alert *s = &a.shown;
    WD_TRY(gather_parts(j, g, r, s));
    if (s->n_parts == 0) {
        return WD_OK;
    }
    s->rule = &j->s->rules[j->c->rule];
    s->first = s->parts[0]->time;
    s->last = s->parts[s->n_parts - 1]->time;
    s->reached = g->list[r->reached]->time;
    s->value = r->value;
    s->group = group_text(j, a.values);
    s->host = s->parts[0]->host;
    for (size_t i = 1; i < s->n_parts; i++) {
        if (!wd_slice_eq_nocase(s->host, s->parts[i]->host)) {
            s->host = (wd_slice){0};
        }
    }
    WD_TRY(WD_ROOM(j->arena, j->alerts.list, j->alerts.n, j->alerts.cap));
    j->alerts.list[j->alerts.n++] = a;
    return WD_OK;
}

static wd_status judge_group(judging *j, const wd_sigma_group *g)
{
    wd_sigma_ranges ranges = {0};
    if (g->n > 1) {
        wd_sort(g->list, g->n, sizeof *g->list, by_moment);
    }
    WD_TRY(wd_sigma_window(j->s, j->c, g, j->arena, &ranges));
    for (size_t i = 0; i < ranges.n; i++) {
        WD_TRY(add_alert(j, g, &ranges.list[i]));
    }
    return WD_OK;
}

static wd_status judge_one(judging *j, const wd_sigma_correlation *c)
{
    size_t inner = j->alerts.n;
    j->c = c;
    j->group_ids = (wd_map){.arena = j->arena};
    j->groups.n = 0;
    j->order = 0;
    for (size_t i = 0; i < j->n; i++) {
        WD_TRY(take_part(j, i));
    }
    for (size_t i = 0; i < inner; i++) {
        alert copy = j->alerts.list[i];
        WD_TRY(take_alert(j, &copy));
    }
    for (size_t i = 0; i < j->groups.n; i++) {
        WD_TRY(judge_group(j, &j->groups.list[i]));
    }
    return WD_OK;
}

static int by_last(const void *a, const void *b)
{
    const wd_sigma_alert *x = a;
    const wd_sigma_alert *y = b;
    if (x->last != y->last) {
        return x->last < y->last ? -1 : 1;
    }
    int c = cmp_u64(x->rule->index, y->rule->index);
    c = c != 0 ? c : wd_slice_cmp(x->group, y->group);
    return c != 0 ? c : (x->first < y->first ? -1 : (x->first > y->first ? 1 : 0));
}

static void drop_copies(judging *j)
{
    size_t kept = 0;
    for (size_t i = 0; i < j->n; i++) {
        bool copy = kept > 0 && j->parts[i]->span.record != 0 &&
                    j->parts[i]->item != j->parts[kept - 1]->item &&
                    compare_records(j->parts[kept - 1], j->parts[i]) == 0;
        if (!copy) {
            j->parts[kept++] = j->parts[i];
        }
    }
    j->n = kept;
}

static wd_status judge_all(judging *j, const wd_sigma_part *parts, size_t n)
{
    j->parts = WD_ARRAY(j->arena, n, const wd_sigma_part *);
    if (j->parts == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (parts[i].time != WD_NO_TIME && parts[i].rule < j->s->n_rules) {
            j->parts[j->n++] = &parts[i];
        }
    }
    if (j->n > 0) {
        wd_sort(j->parts, j->n, sizeof *j->parts, by_time);
    }
    drop_copies(j);
    for (size_t i = 0; i < j->s->n_correlations; i++) {
        WD_TRY(judge_one(j, &j->s->correlations[i]));
    }
    return WD_OK;
}

wd_status wd_sigma_judge(const wd_sigma *s, const wd_sigma_part *parts, size_t n, wd_arena *arena,
                         wd_sigma_alert **out, size_t *n_out)
{
    judging j = {.s = s, .arena = arena};
    wd_status st = judge_all(&j, parts, n);
    wd_buf_free(&j.key);
    wd_sigma_alert *list = st == WD_OK ? WD_ARRAY(arena, j.alerts.n, wd_sigma_alert) : NULL;
    if (list == NULL) {
        return WD_E_NOMEM;
    }
    size_t shown = 0;
    for (size_t i = 0; i < j.alerts.n; i++) {
        if (j.alerts.list[i].shown.rule->alerts) {
            list[shown++] = j.alerts.list[i].shown;
        }
    }
    if (shown > 0) {
        wd_sort(list, shown, sizeof *list, by_last);
    }
    *out = list;
    *n_out = shown;
    return WD_OK;
}

wd_finding wd_sigma_alert_finding(const wd_sigma_alert *a, wd_arena *arena)
{
    char from[WD_TIME_TEXT];
    char to[WD_TIME_TEXT];
    wd_event e = {.time = a->first, .host = a->host, .span = a->parts[0]->span};
    wd_finding f = wd_sigma_finding(a->rule, &e);
    f.sentence = wd_arena_printf(arena, "%.*s: %zu records from %s to %s", (int) a->rule->title.len,
                                 (const char *) a->rule->title.ptr, a->n_parts,
                                 wd_time_format_seconds(a->first, from),
                                 wd_time_format_seconds(a->last, to));
    f.subject = a->group;
    return f;
}

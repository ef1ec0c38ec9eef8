#include "detect/event_facts.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "detect/event_fact_table.h"
#include "detect/event_values.h"

/* One summed observation; attributes are kept short, a wd_obs holds room for all keys. */
typedef struct sum {
    wd_obs_kind kind;
    wd_span span;
    wd_time first;
    wd_time last;
    uint64_t count;
    wd_attr *attrs;
    size_t n_attrs;
    wd_time *times;
    size_t n_times;
    size_t cap_times;
} sum;

/* A script block that came in parts. */
typedef struct script {
    wd_obs obs;    /* of its first part seen */
    wd_buf *parts; /* on the heap: given back when the block is whole */
    size_t total;
    size_t have;
    bool given;
} script;

struct wd_event_facts {
    wd_arena *arena;
    wd_arena *scratch;
    const wd_sink *sink;
    wd_map sums; /* identity -> sum * */
    sum **sum_list;
    size_t n_sums;
    size_t cap_sums;
    wd_map scripts;
    script **script_list;
    size_t n_scripts;
    size_t cap_scripts;
    wd_buf key;       /* scratch for identities */
    size_t n_moments; /* kept, of all sums */
    uint64_t sum_bytes;
    uint64_t waiting; /* bytes of parts that wait */
};

wd_event_facts *wd_event_facts_new(wd_arena *arena, const wd_sink *sink)
{
    wd_event_facts *f = WD_NEW(arena, wd_event_facts);
    if (f == NULL) {
        return NULL;
    }
    *f = (wd_event_facts){.arena = arena, .sink = sink};
    f->sums.arena = arena;
    f->scripts.arena = arena;
    f->scratch = wd_arena_new(WD_MAX_WIRE_RECORD);
    return f->scratch != NULL ? f : NULL;
}

static void free_parts(wd_event_facts *f, script *s)
{
    for (size_t i = 0; i < s->total; i++) {
        f->waiting -= s->parts[i].len;
        wd_buf_free(&s->parts[i]);
    }
}

void wd_event_facts_free(wd_event_facts *f)
{
    if (f != NULL) {
        for (size_t i = 0; i < f->n_scripts; i++) {
            free_parts(f, f->script_list[i]);
        }
        wd_arena_free(f->scratch);
        wd_buf_free(&f->key);
        f->scratch = NULL;
    }
}

bool wd_event_facts_wants(wd_slice channel, uint32_t event_id)
{
    return wd_fact_of(channel, (wd_slice){0}, event_id) != NULL;
}

static wd_status give(wd_event_facts *f, const wd_obs *o)
{
    return f->sink->observation == NULL ? WD_OK : f->sink->observation(f->sink->ctx, o);
}

/* --- sums ----------------------------------------------------------------------------------- */

/* What makes two records the same thing: everything but the process instance. */
static bool put_identity(wd_event_facts *f, const wd_obs *o)
{
    wd_buf_clear(&f->key);
    wd_buf_byte(&f->key, (uint8_t) o->kind);
    for (size_t i = 0; i < o->n_attrs; i++) {
        wd_key k = o->attrs[i].key;
        if (k == WD_K_PROCESS_ID || k == WD_K_ANSWERS || k == WD_K_EVENT_ID) {
            continue;
        }
        wd_buf_byte(&f->key, (uint8_t) k);
        wd_buf_add(&f->key, o->attrs[i].value);
        wd_buf_byte(&f->key, 0);
    }
    return !f->key.failed;
}

static sum *new_sum(wd_event_facts *f, const wd_obs *o)
{
    sum *s = WD_NEW(f->arena, sum);
    wd_attr *attrs = WD_ARRAY(f->arena, o->n_attrs, wd_attr);
    if (s == NULL || attrs == NULL ||
        WD_ROOM(f->arena, f->sum_list, f->n_sums, f->cap_sums) != WD_OK) {
        return NULL;
    }
    for (size_t i = 0; i < o->n_attrs; i++) {
        attrs[i] = (wd_attr){o->attrs[i].key, wd_arena_copy(f->arena, o->attrs[i].value)};
        if (attrs[i].value.ptr == NULL) {
            return NULL;
        }
        f->sum_bytes += 2 * o->attrs[i].value.len; /* here and in the identity */
    }
    *s = (sum){.kind = o->kind,
               .span = o->span,
               .first = o->time,
               .last = o->time,
               .attrs = attrs,
               .n_attrs = o->n_attrs};
    f->sum_list[f->n_sums++] = s;
    return s;
}

static wd_status add_moment(wd_event_facts *f, sum *s, wd_time t)
{
    s->count++;
    if (t == WD_NO_TIME) {
        return WD_OK;
    }
    s->first = s->first == WD_NO_TIME || t < s->first ? t : s->first;
    s->last = t > s->last ? t : s->last;
    if (s->kind == WD_OBS_IMAGE_LOAD || s->n_times == WD_MAX_EVENT_TIMES ||
        f->n_moments == WD_MAX_EVENT_MOMENTS) {
        return WD_OK;
    }
    f->n_moments++;
    if (WD_ROOM(f->arena, s->times, s->n_times, s->cap_times) != WD_OK) {
        return WD_E_NOMEM;
    }
    s->times[s->n_times++] = t;
    return WD_OK;
}

static wd_status add_sum(wd_event_facts *f, const wd_obs *o)
{
    if (!put_identity(f, o)) {
        return WD_E_NOMEM;
    }
    uintptr_t *at = wd_map_find(&f->sums, wd_buf_slice(&f->key));
    bool full = f->n_sums == WD_MAX_EVENT_SUMS || f->sum_bytes > WD_MAX_EVENT_SUM_BYTES;
    if (at == NULL && full) {
        return give(f, o); /* told one by one from here on */
    }
    if (at == NULL) {
        wd_slice key = wd_arena_copy(f->arena, wd_buf_slice(&f->key));
        sum *s = new_sum(f, o);
        at = key.ptr == NULL || s == NULL ? NULL : wd_map_put(&f->sums, key, NULL);
        if (at == NULL) {
            return WD_E_NOMEM;
        }
        *at = (uintptr_t) s;
    }
    return add_moment(f, (sum *) *at, o->time);
}

static int time_order(const void *a, const void *b)
{
    wd_time x = *(const wd_time *) a;
    wd_time y = *(const wd_time *) b;
    return x < y ? -1 : x > y;
}

static wd_status give_sum(wd_event_facts *f, sum *s)
{
    wd_obs o = wd_obs_of(s->kind, s->span, s->first);
    wd_buf times = {0};
    o.time_end = s->last;
    o.count = s->count;
    for (size_t i = 0; i < s->n_attrs; i++) {
        wd_obs_set(&o, s->attrs[i].key, s->attrs[i].value);
    }
    if (s->n_times > 1) {
        wd_sort(s->times, s->n_times, sizeof *s->times, time_order);
    }
    for (size_t i = 0; i < s->n_times; i++) {
        wd_buf_printf(&times, "%s%lld", i == 0 ? "" : " ", (long long) s->times[i]);
    }
    wd_obs_set(&o, WD_K_TIMES, wd_buf_slice(&times));
    wd_status status = times.failed ? WD_E_NOMEM : give(f, &o);
    wd_buf_free(&times);
    return status;
}

/* --- scripts -------------------------------------------------------------------------------- */

static uint64_t number_of(const wd_event *e, const char *field)
{
    uint64_t n = 0;
    return wd_slice_to_u64(wd_event_get(e, field), &n) ? n : 0;
}

static bool copy_obs(wd_arena *arena, const wd_obs *from, wd_obs *to)
{
    *to = *from;
    for (size_t i = 0; i < to->n_attrs; i++) {
        to->attrs[i].value = wd_arena_copy(arena, from->attrs[i].value);
        if (to->attrs[i].value.ptr == NULL) {
            return false;
        }
    }
    return true;
}

static wd_slice *value_of(wd_obs *o, wd_key key)
{
    for (size_t i = 0; i < o->n_attrs; i++) {
        if (o->attrs[i].key == key) {
            return &o->attrs[i].value;
        }
    }
    return NULL;
}

static wd_status give_script(wd_event_facts *f, script *s)
{
    wd_buf text = {0};
    wd_slice *value = value_of(&s->obs, WD_K_VALUE);
    for (size_t i = 0; i < s->total; i++) {
        wd_buf_add(&text, wd_buf_slice(&s->parts[i]));
    }
    if (text.failed || value == NULL) {
        wd_buf_free(&text);
        return text.failed ? WD_E_NOMEM : WD_OK;
    }
    *value = wd_buf_slice(&text);
    s->obs.count = s->have;
    if (s->have < s->total) {
        wd_obs_set(&s->obs, WD_K_TEXT,
                   wd_arena_printf(f->arena, "%zu of %zu parts", s->have, s->total));
    }
    wd_status status = give(f, &s->obs);
    wd_buf_free(&text);
    *value = (wd_slice){0};
    s->given = true;
    free_parts(f, s);
    return status;
}

static script *new_script(wd_event_facts *f, const wd_obs *o, size_t total)
{
    script *s = WD_NEW(f->arena, script);
    wd_obs head = *o;
    wd_slice *text = value_of(&head, WD_K_VALUE);
    if (text != NULL) {
        text->len = 0; /* comes with the parts */
    }
    if (s == NULL || !copy_obs(f->arena, &head, &s->obs) ||
        WD_ROOM(f->arena, f->script_list, f->n_scripts, f->cap_scripts) != WD_OK) {
        return NULL;
    }
    s->parts = WD_ARRAY(f->arena, total, wd_buf);
    if (s->parts == NULL) {
        return NULL;
    }
    s->total = total;
    f->sum_bytes += total * sizeof *s->parts + sizeof *s;
    f->script_list[f->n_scripts++] = s;
    return s;
}

/* Windows cuts long blocks into numbered records; rules and people want them whole. */
static wd_status add_script(wd_event_facts *f, const wd_event *e, const wd_obs *o)
{
    uint64_t number = number_of(e, "MessageNumber");
    uint64_t total = number_of(e, "MessageTotal");
    if (total < 2 || number == 0 || number > total || total > WD_MAX_SCRIPT_PARTS ||
        f->n_scripts == WD_MAX_EVENT_SUMS || f->sum_bytes > WD_MAX_EVENT_SUM_BYTES ||
        f->waiting > WD_MAX_SCRIPT_WAITING) {
        return give(f, o);
    }
    wd_buf_clear(&f->key);
    wd_buf_add(&f->key, e->host);
    wd_buf_byte(&f->key, 0);
    wd_buf_add(&f->key, wd_event_get(e, "ScriptBlockId"));
    if (f->key.failed) {
        return WD_E_NOMEM;
    }
    uintptr_t *at = wd_map_find(&f->scripts, wd_buf_slice(&f->key));
    if (at == NULL) {
        wd_slice key = wd_arena_copy(f->arena, wd_buf_slice(&f->key));
        script *s = new_script(f, o, (size_t) total);
        at = key.ptr == NULL || s == NULL ? NULL : wd_map_put(&f->scripts, key, NULL);
        if (at == NULL) {
            return WD_E_NOMEM;
        }
        *at = (uintptr_t) s;
    }
    script *s = (script *) *at;
    if (s->given || number > s->total || s->parts[number - 1].len > 0) {
        return WD_OK; /* the same block logged again */
    }
    wd_buf_add(&s->parts[number - 1], wd_event_get(e, "ScriptBlockText"));
    f->waiting += s->parts[number - 1].len;
    s->have++;
    if (s->parts[number - 1].failed) {
        return WD_E_NOMEM;
    }
    return s->have == s->total ? give_script(f, s) : WD_OK;
}

/* --- records -------------------------------------------------------------------------------- */

static wd_status add_fact(wd_event_facts *f, const wd_fact *fact, const wd_event *e)
{
    if (fact->needs != NULL && wd_event_get(e, fact->needs).len == 0) {
        return WD_OK;
    }
    wd_obs o = wd_obs_of(fact->kind, e->span, e->time);
    bool says_something = false;
    WD_TRY(wd_event_values(&o, fact, e, f->scratch, &says_something));
    if (!says_something) {
        return WD_OK;
    }
    if (fact->kind == WD_OBS_SCRIPT) {
        return add_script(f, e, &o);
    }
    return fact->summed ? add_sum(f, &o) : give(f, &o);
}

wd_status wd_event_facts_add(wd_event_facts *f, const wd_event *e)
{
    const wd_fact *fact = wd_fact_of(e->channel, e->provider, e->event_id);
    if (fact != NULL && wd_arena_used(f->scratch) > 0) {
        wd_arena_reset(f->scratch);
    }
    while (fact != NULL) {
        WD_TRY(add_fact(f, fact, e));
        fact = wd_fact_next(fact, e->channel, e->provider, e->event_id);
    }
    return WD_OK;
}

static wd_status give_coverage(wd_event_facts *f, const wd_event_source *s)
{
    if (s->records == s->recovered) {
        return WD_OK; /* single moments, no stretch of time that a log covers */
    }
    wd_obs o = wd_obs_of(WD_OBS_COVERAGE, (wd_span){WD_NO_OFFSET, 0, 0}, s->first);
    o.time_end = s->last;
    o.count = s->records - s->recovered;
    wd_obs_set(&o, WD_K_HOST, s->host);
    wd_obs_set(&o, WD_K_CHANNEL, s->channel);
    wd_obs_set(&o, WD_K_SENSOR, WD_S("events"));
    return give(f, &o);
}

wd_status wd_event_facts_end(wd_event_facts *f, const wd_event_sources *sources)
{
    for (size_t i = 0; i < f->n_sums; i++) {
        WD_TRY(give_sum(f, f->sum_list[i]));
    }
    for (size_t i = 0; i < f->n_scripts; i++) {
        if (!f->script_list[i]->given) {
            WD_TRY(give_script(f, f->script_list[i]));
        }
    }
    for (size_t i = 0; i < sources->n; i++) {
        WD_TRY(give_coverage(f, &sources->list[i]));
    }
    return WD_OK;
}

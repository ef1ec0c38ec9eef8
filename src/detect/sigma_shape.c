#include "detect/sigma_shape.h"

#include <string.h>

#include "core/limits.h"
#include "detect/sigma_route.h"

enum { HEADS = 1024 };

/* Enough for WD_SIGMA_MAX_SHAPES layouts of ordinary records. */
#define SHAPE_BYTES (UINT64_C(48) << 20)

struct wd_sigma_shapes {
    const wd_sigma *s;
    wd_arena *arena;
    wd_sigma_shape **heads;
    size_t n;
};

wd_sigma_shapes *wd_sigma_shapes_new(const wd_sigma *s, wd_arena *arena)
{
    wd_sigma_shapes *shapes = WD_NEW(arena, wd_sigma_shapes);
    if (shapes == NULL) {
        return NULL;
    }
    shapes->s = s;
    shapes->heads = WD_ARRAY(arena, HEADS, wd_sigma_shape *);
    shapes->arena = wd_arena_new(SHAPE_BYTES);
    if (shapes->heads == NULL || shapes->arena == NULL) {
        wd_arena_free(shapes->arena);
        return NULL;
    }
    return shapes;
}

void wd_sigma_shapes_free(wd_sigma_shapes *shapes)
{
    if (shapes != NULL) {
        wd_arena_free(shapes->arena);
    }
}

static wd_slice provider_of(const wd_event *e)
{
    return e->channel.len == 0 ? e->provider : (wd_slice){0};
}

/* Only what differs between kinds of records needs to go in; the names are compared in full. */
static uint64_t hash_of(const wd_event *e)
{
    uint64_t h = (uint64_t) e->event_id << 32 ^ e->n_fields << 8 ^ e->channel.len;
    for (size_t i = e->n_fields > 4 ? e->n_fields - 4 : 0; i < e->n_fields; i++) {
        wd_slice name = e->fields[i].name;
        h = h * 31 + name.len + (name.len > 0 ? (uint64_t) name.ptr[0] << 8 : 0);
    }
    h *= 0x9e3779b97f4a7c15U;
    return h ^ h >> 32;
}

/* Names are short, and there are some forty of them in every record. */
static bool same_name(wd_slice a, wd_slice b)
{
    if (a.len != b.len) {
        return false;
    }
    if (a.len < 8) {
        return wd_slice_eq(a, b);
    }
    uint64_t differ = 0;
    for (size_t i = 0; i < a.len; i += 8) {
        size_t at = i + 8 <= a.len ? i : a.len - 8;
        uint64_t x;
        uint64_t y;
        memcpy(&x, a.ptr + at, sizeof x);
        memcpy(&y, b.ptr + at, sizeof y);
        differ |= x ^ y;
    }
    return differ == 0;
}

static bool same(const wd_sigma_shape *shape, const wd_event *e)
{
    if (shape->event_id != e->event_id || shape->n_names != e->n_fields ||
        !same_name(shape->channel, e->channel) || !same_name(shape->provider, provider_of(e))) {
        return false;
    }
    for (size_t i = 0; i < e->n_fields; i++) {
        if (!same_name(shape->names[i], e->fields[i].name)) {
            return false;
        }
    }
    return true;
}

/* --- making ---------------------------------------------------------------------------------- */

typedef struct making {
    const wd_sigma *s;
    wd_arena *arena;
    const wd_event *e;
    wd_sigma_shape *out;
    uint16_t *first;
    uint16_t *more;
    uint64_t *classes;
} making;

static bool has_field(void *ctx, uint32_t field)
{
    const making *m = ctx;
    return m->first[field] != 0;
}

static bool copy_names(making *m)
{
    wd_slice *names = WD_ARRAY(m->arena, m->e->n_fields, wd_slice);
    if (names == NULL) {
        return false;
    }
    for (size_t i = 0; i < m->e->n_fields; i++) {
        names[i] = wd_arena_copy(m->arena, m->e->fields[i].name);
        if (names[i].ptr == NULL) {
            return false;
        }
    }
    m->out->names = names;
    m->out->n_names = m->e->n_fields;
    m->out->event_id = m->e->event_id;
    m->out->channel = wd_arena_copy(m->arena, m->e->channel);
    m->out->provider = wd_arena_copy(m->arena, provider_of(m->e));
    return m->out->channel.ptr != NULL && m->out->provider.ptr != NULL;
}

/* Where the fields of the rules stand; a field that occurs again is chained. */
static bool place_fields(making *m)
{
    uint16_t *last = WD_ARRAY(m->arena, m->s->fields.n, uint16_t);
    m->first = WD_ARRAY(m->arena, m->s->fields.n, uint16_t);
    m->more = WD_ARRAY(m->arena, m->e->n_fields, uint16_t);
    m->out->first = m->first;
    m->out->more = m->more;
    if (last == NULL || m->first == NULL || m->more == NULL) {
        return false;
    }
    for (size_t i = 0; i < m->e->n_fields && i < WD_MAX_EVENT_FIELDS; i++) {
        wd_slice key = wd_sigma_field_key(m->arena, m->e->fields[i].name);
        uint32_t field = key.ptr == NULL ? WD_SIGMA_NONE : wd_sigma_field_find(m->s, key);
        if (field == WD_SIGMA_NONE || field == WD_SIGMA_ANY) {
            continue;
        }
        uint16_t here = (uint16_t) (i + 1);
        if (m->first[field] == 0) {
            m->first[field] = here;
        } else {
            m->more[last[field] - 1] = here;
        }
        last[field] = here;
    }
    return true;
}

static void stand_in(making *m, const wd_sigma_route *r)
{
    for (size_t i = 0; i < r->n_alias; i++) {
        uint32_t wanted = r->alias[2 * i];
        uint32_t offered = r->alias[2 * i + 1];
        if (m->first[wanted] == 0) {
            m->first[wanted] = m->first[offered];
        }
    }
}

static bool find_classes(making *m)
{
    const wd_sigma *s = m->s;
    wd_sigma_origin origin = {m->e->channel, m->e->provider, m->e->event_id, m, has_field};
    size_t n = 0;
    m->classes = WD_ARRAY(m->arena, s->class_words, uint64_t);
    uint32_t *keywords = WD_ARRAY(m->arena, s->classes.n, uint32_t);
    m->out->keywords = keywords;
    m->out->classes = m->classes;
    if (m->classes == NULL || keywords == NULL) {
        return false;
    }
    for (uint32_t c = 0; c < s->classes.n; c++) {
        const wd_sigma_route *r = wd_sigma_class_route(s, &s->classes.list[c], &origin);
        if (r == NULL) {
            continue;
        }
        n++;
        m->classes[c / 64] |= UINT64_C(1) << c % 64;
        stand_in(m, r);
        if (s->keywords[c] != NULL) {
            keywords[m->out->n_keywords++] = c;
        }
    }
    uint16_t id = m->first[s->event_id];
    m->out->routed = n > 0;
    m->out->many_ids = id != 0 && m->more[id - 1] != 0;
    return true;
}

static bool meet(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint64_t any = 0;
    for (size_t i = 0; i < words; i++) {
        any |= a[i] & b[i];
    }
    return any != 0;
}

static bool find_watch(making *m)
{
    const wd_sigma *s = m->s;
    size_t cap = 0;
    wd_sigma_watch *list = NULL;
    for (uint32_t f = 1; f < s->fields.n; f++) {
        if (m->first[f] == 0 || s->fields.list[f].scanner == NULL ||
            !meet(s->fields.list[f].classes, m->classes, s->class_words)) {
            continue;
        }
        for (uint16_t at = m->first[f]; at != 0; at = m->more[at - 1]) {
            if (WD_ROOM(m->arena, list, m->out->n_watch, cap) != WD_OK) {
                return false;
            }
            list[m->out->n_watch++] = (wd_sigma_watch){f, at - 1U};
        }
    }
    m->out->watch = list;
    return true;
}

static bool find_always(making *m)
{
    const wd_sigma *s = m->s;
    size_t cap = 0;
    uint32_t *list = NULL;
    for (uint32_t r = 0; r < s->n_rules; r++) {
        const wd_sigma_program *p = &s->programs[r];
        bool wanted = p->root != WD_SIGMA_NONE && !p->anchored &&
                      (m->classes[p->cls / 64] >> p->cls % 64 & 1) != 0 &&
                      (m->out->many_ids || wd_sigma_allows(p, m->e->event_id));
        if (wanted && WD_ROOM(m->arena, list, m->out->n_always, cap) != WD_OK) {
            return false;
        }
        if (wanted) {
            list[m->out->n_always++] = r;
        }
    }
    m->out->always = list;
    return true;
}

static wd_sigma_shape *make(wd_sigma_shapes *shapes, const wd_event *e)
{
    making m = {.s = shapes->s, .arena = shapes->arena, .e = e};
    m.out = WD_NEW(shapes->arena, wd_sigma_shape);
    bool done = m.out != NULL && copy_names(&m) && place_fields(&m) && find_classes(&m) &&
                (!m.out->routed || (find_watch(&m) && find_always(&m)));
    return done ? m.out : NULL;
}

static void forget(wd_sigma_shapes *shapes)
{
    wd_arena_reset(shapes->arena);
    memset(shapes->heads, 0, HEADS * sizeof *shapes->heads);
    shapes->n = 0;
}

const wd_sigma_shape *wd_sigma_shape_of(wd_sigma_shapes *shapes, const wd_event *e)
{
    uint64_t hash = hash_of(e);
    for (wd_sigma_shape *s = shapes->heads[hash % HEADS]; s != NULL; s = s->next) {
        if (s->hash == hash && same(s, e)) {
            return s;
        }
    }
    if (shapes->n >= WD_SIGMA_MAX_SHAPES) {
        forget(shapes);
    }
    wd_sigma_shape *s = make(shapes, e);
    if (s == NULL) { /* room for one is always there when the rest is gone */
        forget(shapes);
        s = make(shapes, e);
    }
    if (s != NULL) {
        s->hash = hash;
        s->next = shapes->heads[hash % HEADS];
        shapes->heads[hash % HEADS] = s;
        shapes->n++;
    }
    return s;
}

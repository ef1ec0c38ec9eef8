#include <string.h>

#include "core/limits.h"
#include "formats/evtx_priv.h"
#include "formats/evtx_raw.h"

enum { BUCKETS = 256, MAX_VARIANTS = 8 };

struct wd_evtx_store {
    wd_arena *arena;
    wd_evtx_template *buckets[BUCKETS];
    size_t start; /* bytes of the arena that were in use before */
};

wd_evtx_store *wd_evtx_store_new(wd_arena *arena)
{
    wd_evtx_store *s = WD_NEW(arena, wd_evtx_store);
    if (s != NULL) {
        s->arena = arena;
        s->start = wd_arena_used(arena);
    }
    return s;
}

static uint32_t id_of(const uint8_t *guid)
{
    bool ok = true;
    return wd_peek_u32le(wd_slice_of(guid, 16), 0, &ok);
}

static size_t bucket_of(uint32_t id)
{
    return (id * UINT32_C(2654435761)) >> 24;
}

wd_evtx_template *wd_evtx_store_same(wd_evtx_store *s, const wd_evtx_fragment *f,
                                     const uint8_t *guid, size_t *used)
{
    unsigned tried = 0;
    for (wd_evtx_template *t = s->buckets[bucket_of(id_of(guid))]; t != NULL; t = t->next) {
        if (t->section == f->section && memcmp(t->guid, guid, 16) == 0) {
            if (wd_evtx_same(t, f->chunk, f->pos, used)) {
                return t;
            }
            if (++tried == MAX_VARIANTS) {
                return NULL;
            }
        }
    }
    return NULL;
}

wd_evtx_template *wd_evtx_store_add(wd_evtx_store *s, const wd_evtx_fragment *f,
                                    const uint8_t *guid)
{
    wd_evtx_template **list = &s->buckets[bucket_of(id_of(guid))];
    unsigned variants = 0;
    for (const wd_evtx_template *t = *list; t != NULL; t = t->next) {
        variants += t->section == f->section && memcmp(t->guid, guid, 16) == 0;
    }
    if (variants >= MAX_VARIANTS || wd_arena_used(s->arena) - s->start > WD_MAX_EVTX_TEMPLATES) {
        return NULL;
    }
    wd_evtx_template *t = WD_NEW(s->arena, wd_evtx_template);
    size_t used = 0;
    const char *why = NULL;
    if (t == NULL || wd_evtx_compile(f, s->arena, t, &used, &why) != WD_OK) {
        return NULL;
    }
    memcpy(t->guid, guid, 16);
    t->next = *list;
    *list = t;
    return t;
}

/* The same fields in the same order, whatever the texts that the template itself holds. */
static bool same_shape(const wd_evtx_template *a, const wd_evtx_template *b)
{
    if (a->n_ops != b->n_ops) {
        return false;
    }
    for (size_t i = 0; i < a->n_ops; i++) {
        if (!wd_slice_eq(a->ops[i].name, b->ops[i].name) ||
            !wd_slice_eq(a->ops[i].text, b->ops[i].text) || a->ops[i].slot != b->ops[i].slot) {
            return false;
        }
    }
    return true;
}

wd_evtx_template *wd_evtx_store_lend(const wd_evtx_store *s, uint32_t id, wd_evtx_section section)
{
    wd_evtx_template *found = NULL;
    for (wd_evtx_template *t = s->buckets[bucket_of(id)]; t != NULL; t = t->next) {
        if (!t->names_ok || t->section != section || id_of(t->guid) != id) {
            continue;
        }
        if (found != NULL && !same_shape(found, t)) {
            return NULL;
        }
        found = t;
    }
    return found;
}

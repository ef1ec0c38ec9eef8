#include <string.h>

#include "detect/sigma_priv.h"

/* Exact values from which a look-up beats comparing one by one. */
enum { SET_MIN = 8 };

static void key_u32(wd_buf *key, uint32_t v)
{
    wd_buf_add(key, wd_slice_of(&v, sizeof v));
}

static void key_pattern(wd_buf *key, const wd_sigma_pattern *p)
{
    key_u32(key, (uint32_t) p->test << 16 | (uint32_t) p->cmp << 8 | (uint32_t) p->part << 1 |
                     (p->cased ? 1U : 0U));
    key_u32(key, (uint32_t) p->text.len);
    wd_buf_add(key, p->text);
    key_u32(key, (uint32_t) p->glob.n);
    wd_buf_add(key, wd_slice_of(p->glob.list, p->glob.n * sizeof *p->glob.list));
    wd_buf_add(key, wd_slice_of(&p->number, sizeof p->number));
    wd_buf_add(key, wd_slice_of(p->net.address, sizeof p->net.address));
    wd_buf_byte(key, p->net.bits);
    /* Expressions with the same text differ in their flags; each is compiled for itself. */
    wd_buf_add(key, wd_slice_of(&p->regex, sizeof p->regex));
}

static void key_item(wd_buf *key, const wd_sigma_item *item)
{
    wd_buf_clear(key);
    key_u32(key, item->field);
    key_u32(key, (uint32_t) item->kind << 16 | (uint32_t) item->relation << 8 |
                     (item->all ? 2U : 0U) | (item->cased ? 1U : 0U));
    key_u32(key, item->other);
    for (size_t i = 0; i < item->n; i++) {
        key_pattern(key, &item->patterns[i]);
    }
}

static wd_status make_set(wd_sigma *s, wd_sigma_item *item)
{
    bool exact = item->kind == WD_SIGMA_ITEM_VALUES && !item->all && item->n >= SET_MIN;
    for (size_t i = 0; i < item->n && exact; i++) {
        exact = item->patterns[i].test == WD_TEST_EQUALS && !item->patterns[i].cased;
    }
    if (!exact) {
        return WD_OK;
    }
    wd_map *set = WD_NEW(s->arena, wd_map);
    if (set == NULL) {
        return WD_E_NOMEM;
    }
    set->arena = s->arena;
    for (size_t i = 0; i < item->n; i++) {
        if (wd_map_put(set, item->patterns[i].text, NULL) == NULL) {
            return WD_E_NOMEM;
        }
    }
    item->set = set;
    return WD_OK;
}

wd_status wd_sigma_item_intern(wd_sigma_build *b, const wd_sigma_item *item, uint32_t *index)
{
    wd_sigma *s = b->s;
    key_item(&b->key, item);
    if (b->key.failed) {
        return WD_E_NOMEM;
    }
    uintptr_t *found = wd_map_find(&b->item_ids, wd_buf_slice(&b->key));
    if (found != NULL) {
        *index = (uint32_t) *found;
        return WD_OK;
    }
    wd_slice key = wd_arena_copy(b->scratch, wd_buf_slice(&b->key));
    uintptr_t *slot = key.ptr == NULL ? NULL : wd_map_put(&b->item_ids, key, NULL);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(WD_ROOM(s->arena, s->items.list, s->items.n, s->items.cap));
    wd_sigma_item *added = &s->items.list[s->items.n];
    *added = *item;
    added->trigger = WD_SIGMA_NONE;
    added->local = s->fields.list[item->field].n_items++;
    WD_TRY(make_set(s, added));
    *slot = s->items.n;
    *index = (uint32_t) s->items.n++;
    return WD_OK;
}

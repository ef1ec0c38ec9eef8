#include "detect/sigma_priv.h"

wd_slice wd_sigma_field_key(wd_arena *a, wd_slice name)
{
    uint8_t *p = wd_arena_alloc(a, name.len);
    if (p == NULL) {
        return (wd_slice){0};
    }
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (!wd_is_space(name.ptr[i])) {
            p[n++] = wd_lower(name.ptr[i]);
        }
    }
    return wd_slice_of(p, n);
}

wd_status wd_sigma_field_id(wd_sigma *s, wd_slice name, uint32_t *id)
{
    wd_slice key = wd_sigma_field_key(s->arena, name);
    bool added = false;
    uintptr_t *slot = key.ptr == NULL ? NULL : wd_map_put(&s->field_ids, key, &added);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    if (added) {
        WD_TRY(WD_ROOM(s->arena, s->fields.list, s->fields.n, s->fields.cap));
        *slot = s->fields.n;
        s->fields.list[s->fields.n++] = (wd_sigma_field){.name = key};
    }
    *id = (uint32_t) *slot;
    return WD_OK;
}

bool wd_sigma_allows(const wd_sigma_program *p, uint32_t event_id)
{
    for (size_t i = 0; i < p->n_ids; i++) {
        if (p->ids[i] == event_id) {
            return true;
        }
    }
    return p->any_id;
}

uint32_t wd_sigma_field_find(const wd_sigma *s, wd_slice key)
{
    uintptr_t *slot = wd_map_find(&s->field_ids, key);
    return slot == NULL ? WD_SIGMA_NONE : (uint32_t) *slot;
}

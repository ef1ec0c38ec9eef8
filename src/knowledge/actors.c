#include "knowledge/actors.h"

#include "knowledge/actors_priv.h"

wd_actors *wd_actors_new(wd_arena *arena)
{
    wd_actors *a = WD_NEW(arena, wd_actors);
    if (a != NULL) {
        a->arena = arena;
        a->ids.arena = arena;
        a->moved.arena = arena;
        a->sources.arena = arena;
        a->publishers.arena = arena;
        a->states.arena = arena;
    }
    return a;
}

wd_fact_ref wd_actors_unpack(uintptr_t packed)
{
    return (wd_fact_ref){(wd_fact_kind) (packed & 7U), (uint32_t) (packed >> 3)};
}

uintptr_t wd_actors_pack(wd_fact_ref r)
{
    return (uintptr_t) r.index << 3 | (uintptr_t) r.kind;
}

wd_fact_ref wd_actors_find(const wd_actors *a, wd_slice id)
{
    for (unsigned step = 0; step < 8; step++) {
        const uintptr_t *slot = wd_map_find(&a->ids, id);
        if (slot != NULL) {
            return wd_actors_unpack(*slot);
        }
        slot = wd_map_find(&a->moved, id);
        if (slot == NULL) {
            break;
        }
        id = *(const wd_slice *) *slot;
    }
    return (wd_fact_ref){WD_FACT_NONE, 0};
}

bool wd_actors_withdrawn(const wd_actors *a, wd_slice id)
{
    const uintptr_t *slot = wd_map_find(&a->moved, id);
    return slot != NULL && ((const wd_slice *) *slot)->len == 0;
}

static bool goes_by(const wd_fact *f, wd_slice name)
{
    if (wd_slice_eq_nocase(f->name, name)) {
        return true;
    }
    wd_slice rest = f->aliases;
    wd_slice piece;
    while (wd_slice_split(&rest, '|', &piece)) {
        if (wd_slice_eq_nocase(piece, name)) {
            return true;
        }
    }
    return false;
}

wd_fact_ref wd_actors_software_named(const wd_actors *a, wd_slice name)
{
    wd_fact_ref found = {WD_FACT_NONE, 0};
    for (size_t i = 0; i < a->n_software && name.len > 0; i++) {
        if (goes_by(&a->software[i], name)) {
            if (found.kind != WD_FACT_NONE) {
                return (wd_fact_ref){WD_FACT_NONE, 0};
            }
            found = (wd_fact_ref){WD_FACT_SOFTWARE, (uint32_t) i};
        }
    }
    return found;
}

wd_slice wd_actors_state_name(const wd_actors *a, wd_slice code)
{
    const uintptr_t *slot = wd_map_find(&a->states, code);
    return slot == NULL ? code : *(const wd_slice *) *slot;
}

size_t wd_actors_report(const wd_actors *a, wd_slice key)
{
    const uintptr_t *slot = wd_map_find(&a->sources, key);
    return slot == NULL ? SIZE_MAX : (size_t) *slot - 1;
}

wd_slice wd_actors_id(const wd_actors *a, wd_fact_ref r)
{
    switch (r.kind) {
    case WD_FACT_TECHNIQUE: return a->techniques[r.index].id;
    case WD_FACT_SOFTWARE: return a->software[r.index].id;
    case WD_FACT_ACTOR: return a->actors[r.index].id;
    case WD_FACT_CAMPAIGN: return a->campaigns[r.index].id;
    case WD_FACT_UMBRELLA: return a->umbrellas[r.index].id;
    case WD_FACT_NONE: break;
    }
    return (wd_slice){0};
}

wd_slice wd_actors_name(const wd_actors *a, wd_fact_ref r)
{
    switch (r.kind) {
    case WD_FACT_TECHNIQUE: return a->techniques[r.index].name;
    case WD_FACT_SOFTWARE: return a->software[r.index].name;
    case WD_FACT_ACTOR: return a->actors[r.index].name;
    case WD_FACT_CAMPAIGN: return a->campaigns[r.index].name;
    case WD_FACT_UMBRELLA: return a->umbrellas[r.index].name;
    case WD_FACT_NONE: break;
    }
    return (wd_slice){0};
}

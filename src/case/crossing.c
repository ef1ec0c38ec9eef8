#include "case/crossing.h"

#include <stdlib.h>

#include "case/traffic_world.h"
#include "core/map.h"
#include "detect/siblings.h"

/* --- files of one folder -------------------------------------------------------------------- */

typedef struct place {
    uint64_t ordinal;
    uint32_t member;
} place;

typedef struct siblings {
    wd_case *cs;
    wd_arena *arena;
    wd_err *err;
    wd_sibling *files;
    place *places; /* same index as files */
    size_t n, cap, places_cap;
    uintptr_t *by_number; /* item number -> index + 1 */
    size_t n_items;
} siblings;

static wd_status count_item(void *ctx, const wd_case_item *item)
{
    siblings *s = ctx;
    s->n_items = item->number;
    return WD_OK;
}

static wd_status binary_item(void *ctx, const wd_case_item *item)
{
    siblings *s = ctx;
    if (!wd_slice_eq(item->kind, WD_S("pe"))) {
        return WD_OK;
    }
    WD_TRY(WD_ROOM(s->arena, s->files, s->n, s->cap));
    if (s->n >= s->places_cap) {
        WD_TRY(wd_arena_grow(s->arena, &s->places, &s->places_cap, s->n, sizeof *s->places));
    }
    s->places[s->n] = (place){item->ordinal, item->member};
    s->files[s->n] = (wd_sibling){.path = wd_arena_copy(s->arena, item->path),
                                  .sha256 = wd_arena_copy(s->arena, item->sha256)};
    s->by_number[item->number - 1] = ++s->n;
    return WD_OK;
}

static wd_status binary_obs(void *ctx, const wd_case_obs *row)
{
    siblings *s = ctx;
    uintptr_t index = row->item == 0 || row->item > s->n_items ? 0 : s->by_number[row->item - 1];
    if (index == 0) {
        return WD_OK;
    }
    wd_obs kept = row->obs;
    WD_TRY(wd_obs_keep(&kept, s->arena));
    wd_sibling_add_obs(&s->files[index - 1], &kept);
    return WD_OK;
}

static wd_status sibling_finding(void *ctx, size_t file, const wd_finding *f)
{
    siblings *s = ctx;
    return wd_case_put_finding(s->cs, s->places[file].ordinal, s->places[file].member, f, s->err);
}

static wd_status cross_siblings(wd_case *cs, wd_arena *arena, wd_err *err)
{
    siblings s = {.cs = cs, .arena = arena, .err = err};
    WD_TRY(wd_case_each_item(cs, count_item, &s, err));
    s.by_number = WD_ARRAY(arena, s.n_items, uintptr_t);
    if (s.by_number == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(wd_case_each_item(cs, binary_item, &s, err));
    uint32_t kinds = 1U << WD_OBS_FILE | 1U << WD_OBS_SIGNATURE | 1U << WD_OBS_UNCOVERED;
    WD_TRY(wd_case_each_obs(cs, kinds, binary_obs, &s, err));
    return s.n == 0 ? WD_OK : wd_detect_siblings(s.files, s.n, arena, sibling_finding, &s);
}

wd_status wd_crossing(wd_case *cs, const wd_engine *engine, wd_arena *arena, wd_err *err)
{
    wd_status s = cross_siblings(cs, arena, err);
    if (s == WD_OK) {
        s = wd_crossing_contacts(cs, engine->knowledge, arena, err);
    }
    return s == WD_OK ? WD_OK
                      : wd_fail(err, s, WD_NO_OFFSET, "crossing",
                                "what items mean together could not be worked out");
}

#include "case/traffic_world.h"

#include "case/roster.h"
#include "detect/dns_tunnel.h"

typedef struct loader {
    wd_arena *arena;
    wd_world *w;
    wd_contact *contacts;
    size_t n_contacts, cap_contacts;
    wd_lookup *lookups;
    size_t n_lookups, cap_lookups;
    wd_request *requests;
    size_t n_requests, cap_requests;
    wd_installed *installed;
    size_t n_installed, cap_installed;
} loader;

static void cover(wd_world *w, const wd_obs *o)
{
    if (!wd_slice_eq(wd_obs_get(o, WD_K_SENSOR), WD_S("network")) || o->time == WD_NO_TIME) {
        return;
    }
    w->first = w->first == WD_NO_TIME || o->time < w->first ? o->time : w->first;
    w->last = o->time_end > w->last ? o->time_end : w->last;
}

static wd_status take(void *ctx, const wd_case_obs *row)
{
    loader *l = ctx;
    wd_obs o = row->obs; /* the stored row ends with this call */
    if (o.kind == WD_OBS_COVERAGE) {
        cover(l->w, &o);
        return WD_OK;
    }
    WD_TRY(wd_obs_keep(&o, l->arena));
    if (o.kind == WD_OBS_CONTACT) {
        WD_TRY(WD_ROOM(l->arena, l->contacts, l->n_contacts, l->cap_contacts));
        return wd_contact_take(&o, row->item, l->arena, &l->contacts[l->n_contacts++]);
    }
    if (o.kind == WD_OBS_LOOKUP) {
        WD_TRY(WD_ROOM(l->arena, l->lookups, l->n_lookups, l->cap_lookups));
        return wd_lookup_take(&o, row->item, l->arena, &l->lookups[l->n_lookups++]);
    }
    WD_TRY(WD_ROOM(l->arena, l->requests, l->n_requests, l->cap_requests));
    l->requests[l->n_requests++] = (wd_request){.src = wd_obs_get(&o, WD_K_SRC),
                                                .name = wd_obs_get(&o, WD_K_NAME),
                                                .dst = wd_obs_get(&o, WD_K_DST),
                                                .user_agent = wd_obs_get(&o, WD_K_USER_AGENT),
                                                .count = o.count};
    return WD_OK;
}

static wd_status add_installed(loader *l, wd_slice src, wd_time t)
{
    if (src.len == 0) {
        return WD_OK;
    }
    WD_TRY(WD_ROOM(l->arena, l->installed, l->n_installed, l->cap_installed));
    l->installed[l->n_installed++] = (wd_installed){src, t};
    return WD_OK;
}

static wd_status take_installs(loader *l, wd_case *cs, wd_err *err)
{
    wd_roster roster;
    WD_TRY(wd_roster_load(&roster, cs, l->arena, err));
    for (size_t i = 0; i < roster.n; i++) {
        const wd_host *h = &roster.hosts[i];
        wd_slice rest = h->addresses;
        wd_slice one;
        if (h->installed == WD_NO_TIME) {
            continue;
        }
        WD_TRY(add_installed(l, h->name, h->installed));
        while (wd_slice_split(&rest, ' ', &one)) {
            WD_TRY(add_installed(l, one, h->installed));
        }
    }
    return WD_OK;
}

static wd_status load(loader *l, wd_case *cs, wd_err *err)
{
    uint32_t kinds =
        1U << WD_OBS_CONTACT | 1U << WD_OBS_LOOKUP | 1U << WD_OBS_REQUEST | 1U << WD_OBS_COVERAGE;
    WD_TRY(wd_case_each_obs(cs, kinds, take, l, err));
    WD_TRY(take_installs(l, cs, err));
    wd_contacts_in in = {.contacts = l->contacts,
                         .n_contacts = l->n_contacts,
                         .lookups = l->lookups,
                         .n_lookups = l->n_lookups};
    wd_contact_list merged;
    WD_TRY(wd_contacts_merge(&in, l->arena, &merged, err));
    l->w->contacts = merged.list;
    l->w->n_contacts = merged.n;
    l->w->lookups = l->lookups;
    l->w->n_lookups = l->n_lookups;
    l->w->requests = l->requests;
    l->w->n_requests = l->n_requests;
    l->w->installed = l->installed;
    l->w->n_installed = l->n_installed;
    return WD_OK;
}

wd_status wd_case_world(wd_case *cs, const wd_knowledge *knowledge, wd_arena *arena, wd_world *out,
                        wd_err *err)
{
    *out = (wd_world){.knowledge = knowledge, .first = WD_NO_TIME, .last = WD_NO_TIME};
    loader l = {.arena = arena, .w = out};
    wd_status s = load(&l, cs, err);
    return s == WD_OK ? WD_OK
                      : wd_fail(err, s, WD_NO_OFFSET, "contacts",
                                "the traffic of the case does not fit in memory");
}

/* --- findings --------------------------------------------------------------------------------- */

typedef struct place {
    uint64_t ordinal;
    uint32_t member;
} place;

typedef struct giver {
    wd_case *cs;
    wd_arena *arena;
    wd_err *err;
    place *places; /* per item number, from 1 */
    size_t n, cap;
} giver;

static wd_status keep_place(void *ctx, const wd_case_item *item)
{
    giver *g = ctx;
    WD_TRY(WD_ROOM(g->arena, g->places, g->n, g->cap));
    g->places[g->n++] = (place){item->ordinal, item->member};
    return WD_OK;
}

static wd_status give(void *ctx, uint64_t item, const wd_finding *f)
{
    giver *g = ctx;
    if (item == 0 || item > g->n) {
        return WD_OK;
    }
    const place *p = &g->places[item - 1];
    return wd_case_put_finding(g->cs, p->ordinal, p->member, f, g->err);
}

wd_status wd_crossing_contacts(wd_case *cs, const wd_knowledge *knowledge, wd_arena *arena,
                               wd_err *err)
{
    giver g = {.cs = cs, .arena = arena, .err = err};
    wd_world world;
    wd_judgement j;
    WD_TRY(wd_case_each_item(cs, keep_place, &g, err));
    WD_TRY(wd_case_world(cs, knowledge, arena, &world, err));
    WD_TRY(wd_judge(&world, arena, &j, err));
    WD_TRY(wd_judge_findings(&j, arena, give, &g));
    return wd_dns_tunnels(&world, arena, give, &g);
}

#include "case/contacts.h"

typedef struct loader {
    wd_arena *arena;
    wd_contact *contacts;
    size_t n_contacts, cap_contacts;
    wd_lookup *lookups;
    size_t n_lookups, cap_lookups;
} loader;

static wd_status take(void *ctx, const wd_case_obs *row)
{
    loader *l = ctx;
    wd_obs kept = row->obs; /* the stored row ends with this call */
    WD_TRY(wd_obs_keep(&kept, l->arena));
    if (kept.kind == WD_OBS_CONTACT) {
        WD_TRY(WD_ROOM(l->arena, l->contacts, l->n_contacts, l->cap_contacts));
        WD_TRY(wd_contact_take(&kept, row->item, l->arena, &l->contacts[l->n_contacts]));
        l->n_contacts++;
    } else {
        WD_TRY(WD_ROOM(l->arena, l->lookups, l->n_lookups, l->cap_lookups));
        WD_TRY(wd_lookup_take(&kept, row->item, l->arena, &l->lookups[l->n_lookups]));
        l->n_lookups++;
    }
    return WD_OK;
}

wd_status wd_case_contacts(wd_case *cs, wd_arena *arena, wd_contact_list *out, wd_err *err)
{
    loader l = {.arena = arena};
    *out = (wd_contact_list){0};
    wd_status s = wd_case_each_obs(cs, 1U << WD_OBS_CONTACT | 1U << WD_OBS_LOOKUP, take, &l, err);
    if (s != WD_OK) {
        return wd_fail(err, s, WD_NO_OFFSET, "contacts",
                       "the contacts of the case do not fit in memory");
    }
    wd_contacts_in in = {.contacts = l.contacts,
                         .n_contacts = l.n_contacts,
                         .lookups = l.lookups,
                         .n_lookups = l.n_lookups};
    return wd_contacts_merge(&in, arena, out, err);
}

#include "report/document.h"

#include <stdlib.h>

/*
 * Contacts worth reading: those with names or addresses that somebody calls hostile or that a
 * finding is about, then the most frequent of the rest, up to a bound that the document states.
 */

enum { MOST_CONTACTS = 300 };

typedef struct contact {
    wd_obs obs;
    uint64_t item;
    wd_slice src;
    bool hostile;
} contact;

typedef struct contacts {
    const wd_model *m;
    contact *list;
    size_t n, cap, all;
    wd_map subjects;
} contacts;

static bool hostile(const contacts *c, const wd_obs *o)
{
    wd_slice name = wd_obs_get(o, WD_K_NAME);
    wd_slice dst = wd_obs_get(o, WD_K_DST);
    return wd_map_find(&c->subjects, name) != NULL || wd_map_find(&c->subjects, dst) != NULL;
}

static wd_status keep(void *ctx, const wd_case_obs *row)
{
    contacts *c = ctx;
    const wd_host *h = wd_roster_find(&c->m->roster, wd_obs_get(&row->obs, WD_K_SRC));
    bool bad = hostile(c, &row->obs);
    c->all++;
    if (h == NULL && !bad) {
        return WD_OK;
    }
    WD_TRY(WD_ROOM(c->m->arena, c->list, c->n, c->cap));
    contact *one = &c->list[c->n++];
    *one = (contact){row->obs, row->item, {0}, bad};
    WD_TRY(wd_obs_keep(&one->obs, c->m->arena));
    one->src = h != NULL ? h->name : wd_obs_get(&one->obs, WD_K_SRC);
    return WD_OK;
}

static int order(const void *x, const void *y)
{
    const contact *a = x;
    const contact *b = y;
    if (a->hostile != b->hostile) {
        return a->hostile ? -1 : 1;
    }
    if (a->obs.count != b->obs.count) {
        return a->obs.count > b->obs.count ? -1 : 1;
    }
    int c = wd_slice_cmp(a->src, b->src);
    c = c != 0 ? c : wd_slice_cmp(wd_obs_get(&a->obs, WD_K_NAME), wd_obs_get(&b->obs, WD_K_NAME));
    c = c != 0 ? c : wd_slice_cmp(wd_obs_get(&a->obs, WD_K_DST), wd_obs_get(&b->obs, WD_K_DST));
    c = c != 0 ? c : wd_slice_cmp(wd_obs_get(&a->obs, WD_K_PORT), wd_obs_get(&b->obs, WD_K_PORT));
    c = c != 0 ? c : wd_slice_cmp(wd_obs_get(&a->obs, WD_K_PROTO), wd_obs_get(&b->obs, WD_K_PROTO));
    if (c == 0) {
        c = a->item < b->item ? -1 : (a->item > b->item ? 1 : 0);
    }
    return c;
}

static void number(wd_jw *w, const char *key, const wd_obs *o, wd_key from)
{
    uint64_t v = 0;
    wd_jw_key(w, key);
    wd_slice_to_u64(wd_obs_get(o, from), &v) ? wd_jw_u64(w, v) : wd_jw_null(w);
}

wd_status wd_document_contacts(wd_jw *w, const wd_model *m, wd_err *err)
{
    contacts c = {.m = m, .subjects.arena = m->arena};
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_finding *f = &m->findings[i].finding;
        if (f->severity >= WD_HIGH && f->subject.len > 0 &&
            wd_map_put(&c.subjects, f->subject, NULL) == NULL) {
            return wd_nomem(err, "report.contacts");
        }
    }
    wd_status s = wd_case_each_obs(m->cs, 1U << WD_OBS_CONTACT, keep, &c, err);
    if (s != WD_OK) {
        return wd_fail(err, s, WD_NO_OFFSET, "report.contacts",
                       "the contacts do not fit in memory");
    }
    if (c.n > 1) {
        qsort(c.list, c.n, sizeof *c.list, order);
    }
    wd_jw_member_u64(w, "contacts_total", c.all);
    wd_jw_key(w, "contacts");
    wd_jw_array(w);
    for (size_t i = 0; i < c.n && i < MOST_CONTACTS; i++) {
        const wd_obs *o = &c.list[i].obs;
        wd_ref ref = {'E', c.list[i].item};
        wd_refs refs = {&ref, 1, 1};
        wd_jw_object(w);
        wd_jw_member_slice(w, "src", c.list[i].src);
        wd_jw_member_slice(w, "dst", wd_obs_get(o, WD_K_DST));
        wd_jw_member_slice(w, "name", wd_obs_get(o, WD_K_NAME));
        number(w, "port", o, WD_K_PORT);
        wd_jw_member_slice(w, "proto", wd_obs_get(o, WD_K_PROTO));
        wd_jw_member_u64(w, "count", o->count);
        number(w, "bytes_out", o, WD_K_BYTES_OUT);
        number(w, "bytes_in", o, WD_K_BYTES_IN);
        wd_jw_member_time(w, "first", o->time);
        wd_jw_member_time(w, "last", o->time_end);
        wd_jw_member_bool(w, "hostile", c.list[i].hostile);
        wd_document_refs(w, "evidence", &refs);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    return WD_OK;
}

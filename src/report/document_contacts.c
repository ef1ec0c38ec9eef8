#include "report/document.h"

#include <stdlib.h>

/*
 * Contacts worth reading: those with names or addresses that a finding of severity high or above is
 * about, then the most frequent of the rest, up to a bound; contacts_total says how many there are
 * in all.
 */

enum { MOST_CONTACTS = 300 };

typedef struct row {
    const wd_contact *c;
    wd_slice src;
    bool hostile;
} row;

static int order(const void *x, const void *y)
{
    const row *a = x;
    const row *b = y;
    if (a->hostile != b->hostile) {
        return a->hostile ? -1 : 1;
    }
    if (a->c->count != b->c->count) {
        return a->c->count > b->c->count ? -1 : 1;
    }
    return a->c < b->c ? -1 : (a->c > b->c ? 1 : 0); /* the merged list has a total order */
}

static void write_row(wd_jw *w, const row *r)
{
    const wd_contact *c = r->c;
    wd_ref ref = {'E', c->item};
    wd_refs refs = {&ref, 1, 1};
    wd_jw_object(w);
    wd_jw_member_slice(w, "src", r->src);
    wd_jw_member_slice(w, "dst", c->dst);
    wd_jw_member_slice(w, "name", c->name);
    wd_jw_member_u64(w, "port", c->port);
    wd_jw_member_slice(w, "proto", wd_contact_proto(c));
    wd_jw_member_u64(w, "count", c->count);
    wd_jw_member_u64(w, "bytes_out", c->bytes_out);
    wd_jw_member_u64(w, "bytes_in", c->bytes_in);
    wd_jw_member_time(w, "first", c->first);
    wd_jw_member_time(w, "last", c->last);
    wd_jw_member_slice(w, "ja3", c->ja3);
    wd_jw_member_slice(w, "ja4", c->ja4);
    wd_jw_member_slice(w, "user_agent", c->user_agent);
    wd_jw_member_bool(w, "hostile", r->hostile);
    wd_document_refs(w, "evidence", &refs);
    wd_jw_object_end(w);
}

/* A name is hostile for the host that a finding accuses: many use the same shared host honestly. */
static wd_slice accused(const wd_model *m, wd_slice host, wd_slice subject)
{
    return wd_arena_printf(m->arena, "%.*s %.*s", WD_ARG(host), WD_ARG(subject));
}

static bool note_subjects(const wd_model *m, wd_map *subjects)
{
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_finding *f = &m->findings[i].finding;
        const wd_host_state *h = wd_model_host_of(m, &m->findings[i]);
        if (f->severity < WD_HIGH || f->subject.len == 0 || h == NULL) {
            continue;
        }
        wd_slice key = accused(m, h->host->name, f->subject);
        if (key.ptr == NULL || wd_map_put(subjects, key, NULL) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_hostile(const wd_model *m, const wd_map *subjects, const wd_host *h,
                       const wd_contact *c)
{
    return h != NULL && (wd_map_find(subjects, accused(m, h->name, c->name)) != NULL ||
                         wd_map_find(subjects, accused(m, h->name, c->dst)) != NULL);
}

wd_status wd_document_contacts(wd_jw *w, const wd_model *m, wd_err *err)
{
    wd_map subjects = {.arena = m->arena};
    row *rows = WD_ARRAY(m->arena, m->contacts.n, row);
    size_t n = 0;
    bool ok = rows != NULL && note_subjects(m, &subjects);
    if (!ok) {
        return wd_nomem(err, "report.contacts");
    }
    for (size_t i = 0; i < m->contacts.n; i++) {
        const wd_contact *c = &m->contacts.list[i];
        const wd_host *h = wd_roster_find(&m->roster, c->src);
        bool hostile = is_hostile(m, &subjects, h, c);
        if (h != NULL) {
            rows[n++] = (row){c, h->name, hostile};
        }
    }
    if (n > 1) {
        wd_sort(rows, n, sizeof *rows, order);
    }
    wd_jw_member_u64(w, "contacts_total", m->contacts.n);
    wd_jw_key(w, "contacts");
    wd_jw_array(w);
    for (size_t i = 0; i < n && i < MOST_CONTACTS; i++) {
        write_row(w, &rows[i]);
    }
    wd_jw_array_end(w);
    return WD_OK;
}

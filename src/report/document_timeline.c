#include "report/document.h"

#include <stdlib.h>

#include "core/limits.h"

/* Timeline: installations and containments of the inventories, and every finding that has a time.
 */

typedef struct row {
    wd_time time;
    wd_time time_end;
    wd_slice host;
    wd_slice text;
    const char *kind;
    wd_basis basis;
    wd_severity severity;
    wd_ref ref;
    uint64_t count;
} row;

typedef struct rows {
    wd_arena *arena;
    row *list;
    size_t n, cap;
} rows;

static wd_status add(rows *r, const row *one)
{
    if (one->time == WD_NO_TIME) {
        return WD_OK;
    }
    WD_TRY(WD_ROOM(r->arena, r->list, r->n, r->cap));
    r->list[r->n] = *one;
    r->list[r->n++].time_end = one->time;
    return WD_OK;
}

static wd_status add_hosts(rows *r, const wd_model *m)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        const wd_host *h = &m->roster.hosts[i];
        bool affected = m->hosts[i].tier >= 1;
        row one = {h->installed,
                   WD_NO_TIME,
                   h->name,
                   wd_arena_printf(r->arena, "%.*s %.*s installed", WD_ARG(h->product),
                                   WD_ARG(h->version)),
                   "install",
                   WD_SEEN,
                   affected ? WD_MEDIUM : WD_INFO,
                   m->hosts[i].listed_by,
                   1};
        WD_TRY(add(r, &one));
        one.time = h->contained;
        one.text = WD_S("host contained");
        one.kind = "contained";
        one.severity = WD_INFO;
        WD_TRY(add(r, &one));
        one.time = h->removed;
        one.text = WD_S("product removed");
        one.kind = "removed";
        WD_TRY(add(r, &one));
    }
    return WD_OK;
}

static wd_status add_findings(rows *r, const wd_model *m)
{
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_case_finding *f = &m->findings[i];
        const wd_host_state *h = wd_model_host_of(m, f);
        row one = {f->finding.time,
                   WD_NO_TIME,
                   h != NULL ? h->host->name : f->finding.host,
                   f->finding.sentence.len > 0 ? f->finding.sentence : f->finding.title,
                   "finding",
                   f->finding.basis,
                   f->finding.severity,
                   {'F', f->number},
                   1};
        WD_TRY(add(r, &one));
    }
    return WD_OK;
}

static int by_time(const void *x, const void *y)
{
    const row *a = x;
    const row *b = y;
    if (a->time != b->time) {
        return a->time < b->time ? -1 : 1;
    }
    int c = wd_slice_cmp(a->host, b->host);
    if (c == 0) {
        c = wd_slice_cmp(a->text, b->text);
    }
    if (c == 0) {
        c = a->ref.number < b->ref.number ? -1 : (a->ref.number > b->ref.number ? 1 : 0);
    }
    return c;
}

/* The same sentence about the same host many times is one row with a count, from its first to its
 * last moment. */
static wd_status fold(rows *r)
{
    wd_map seen = {.arena = r->arena};
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        wd_slice key = wd_arena_printf(r->arena, "%.*s %d %.*s", WD_ARG(r->list[i].host),
                                       (int) r->list[i].severity, WD_ARG(r->list[i].text));
        uintptr_t *slot = key.ptr == NULL ? NULL : wd_map_put(&seen, key, NULL);
        if (slot == NULL) {
            return WD_E_NOMEM;
        }
        if (*slot == 0) {
            r->list[n] = r->list[i];
            *slot = ++n;
        } else {
            row *first = &r->list[*slot - 1];
            first->count++;
            first->time_end = r->list[i].time;
        }
    }
    r->n = n;
    return WD_OK;
}

/* Worst first: which rows stay when there are too many. */
static int by_severity(const void *x, const void *y)
{
    const row *a = x;
    const row *b = y;
    return a->severity != b->severity ? (a->severity > b->severity ? -1 : 1) : by_time(x, y);
}

wd_status wd_document_timeline(wd_jw *w, const wd_model *m, wd_err *err)
{
    rows r = {.arena = m->arena};
    if (add_hosts(&r, m) != WD_OK || add_findings(&r, m) != WD_OK) {
        return wd_nomem(err, "report.timeline");
    }
    if (r.n > 1) {
        wd_sort(r.list, r.n, sizeof *r.list, by_time);
    }
    if (fold(&r) != WD_OK) {
        return wd_nomem(err, "report.timeline");
    }
    size_t all = r.n;
    if (r.n > WD_MAX_REPORT_TIMELINE) {
        wd_sort(r.list, r.n, sizeof *r.list, by_severity);
        r.n = WD_MAX_REPORT_TIMELINE;
    }
    if (r.n > 1) {
        wd_sort(r.list, r.n, sizeof *r.list, by_time);
    }
    wd_jw_member_u64(w, "timeline_total", all);
    wd_jw_key(w, "timeline");
    wd_jw_array(w);
    for (size_t i = 0; i < r.n; i++) {
        const row *one = &r.list[i];
        wd_refs refs = {&r.list[i].ref, 1, 1};
        wd_jw_object(w);
        wd_jw_member_time(w, "time", one->time);
        wd_jw_member_time(w, "time_end", one->time_end);
        wd_jw_member_slice(w, "host", one->host);
        wd_jw_member_str(w, "kind", one->kind);
        wd_jw_member_str(w, "basis", wd_basis_name(one->basis));
        wd_jw_member_slice(w, "text", one->text);
        wd_jw_member_str(w, "severity", wd_severity_name(one->severity));
        wd_document_refs(w, "evidence", &refs);
        wd_jw_member_u64(w, "count", one->count);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    return WD_OK;
}

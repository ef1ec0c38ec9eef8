#include "cli/who_incidents.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers/attribution_judge.h"
#include "answers/attribution_gate.h"
#include "answers/attribution_incidents.h"
#include "cli/session.h"
#include "core/json.h"
#include "core/limits.h"

#define MAX_ITEMS 1024U /* techniques and programs of one incident; the largest lists 80 */

wd_status wd_who_read(const char *path, wd_arena *arena, wd_slice *out, wd_err *err)
{
    wd_buf text = {0};
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (f == NULL) {
        return wd_fail(err, WD_E_NOT_FOUND, WD_NO_OFFSET, "who", "%s", strerror(errno));
    }
    static const size_t piece = 1U << 16;
    uint8_t *bytes = WD_ARRAY(arena, piece, uint8_t);
    size_t n = 0;
    while (bytes != NULL && text.len <= WD_MAX_KB_FILE && (n = fread(bytes, 1, piece, f)) > 0) {
        wd_buf_add(&text, wd_slice_of(bytes, n));
    }
    bool failed = ferror(f) != 0;
    if (f != stdin) {
        (void) fclose(f);
    }
    *out = wd_arena_copy(arena, wd_buf_slice(&text));
    bool large = text.len > WD_MAX_KB_FILE;
    wd_buf_free(&text);
    if (failed || large) {
        return wd_fail(err, failed ? WD_E_IO : WD_E_LIMIT, WD_NO_OFFSET, "who", "%s",
                       failed ? "reading failed" : "the file is too large");
    }
    return out->ptr == NULL || bytes == NULL ? wd_nomem(err, "who") : WD_OK;
}

typedef struct share {
    wd_slice id;
    double p;
} share;

typedef struct run {
    const wd_attr_base *base;
    const wd_actors *facts;
    wd_incidents all;
    wd_attr_counts *counts;
    wd_attr_table table, strict;
    wd_attr_work work;
    wd_attr_item *items;
    uint8_t *ignored;
    share *shares;
    double *closed; /* probabilities, closed set */
    char protocol;
    bool software;
    wd_variant variant;
} run;

static int by_p(const void *x, const void *y)
{
    const share *a = x;
    const share *b = y;
    if (a->p > b->p || a->p < b->p) {
        return a->p > b->p ? -1 : 1;
    }
    return wd_slice_cmp(a->id, b->id);
}

static void write_shares(wd_jw *w, const char *list, const char *key, share *shares, size_t n)
{
    wd_sort(shares, n, sizeof *shares, by_p);
    wd_jw_key(w, list);
    wd_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        wd_jw_object(w);
        wd_jw_member_slice(w, key, shares[i].id);
        wd_jw_member_double(w, "p", shares[i].p, 12);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void write_ranking(wd_jw *w, run *r, const double *p, uint32_t absent)
{
    size_t n = 0;
    for (uint32_t g = 0; g < r->facts->n_actors; g++) {
        if (g != absent) {
            r->shares[n++] = (share){r->facts->actors[g].id, p[g]};
        }
    }
    write_shares(w, "ranking", "actor", r->shares, n);
}

static void write_nexus(wd_jw *w, run *r, const double *p)
{
    size_t n = 0;
    for (uint32_t g = 0; g < r->facts->n_actors; g++) {
        wd_slice id = r->facts->actors[g].nexus;
        id = id.len > 0 ? id : WD_S("unknown");
        size_t x = 0;
        while (x < n && !wd_slice_eq(r->shares[x].id, id)) {
            x++;
        }
        if (x == n) {
            r->shares[n++] = (share){id, 0};
        }
        r->shares[x].p += p[g];
    }
    write_shares(w, "nexus", "id", r->shares, n);
}

static void one(run *r, const wd_incident *i, wd_buf *out)
{
    wd_attr_weights closed = wd_attr_weights_of(r->software, false);
    wd_attr_weights open = wd_attr_weights_of(r->software, true);
    uint32_t absent = r->variant == WD_VARIANT_ABSENT ? i->group : WD_NOBODY;
    wd_jw w = wd_jw_init(out, 0);
    wd_incident_ignore(&r->all, i, r->protocol, r->ignored);
    wd_attr_count(r->counts, r->ignored, absent);
    size_t n = wd_incident_items(i, r->variant, r->software, r->items, MAX_ITEMS);
    wd_attr_table_fill(&r->table, r->counts, r->items, n);
    double unknown = wd_attr_unknown(&r->table, &open, WD_UNKNOWN_PRIOR);
    (void) wd_attr_rank(&r->table, NULL, &open, unknown, &r->work);
    unknown = r->work.unknown;
    wd_attr_gate gate = WD_GATE_NAME;
    uint32_t first = wd_attr_rank(&r->table, NULL, &closed, -INFINITY, &r->work);
    memcpy(r->closed, r->work.p, r->facts->n_actors * sizeof *r->closed);
    wd_attr_table_strict(&r->strict, &r->table, r->counts);
    wd_attr_gated g = wd_attr_gate_try(&r->strict, &closed, &gate, &r->work);
    wd_jw_object(&w);
    wd_jw_member_slice(&w, "id", i->id);
    wd_jw_member_double(&w, "unknown", unknown, 6);
    wd_jw_key(&w, "named");
    if (g.named != WD_NOBODY) {
        wd_jw_slice(&w, r->facts->actors[g.named].id);
    } else {
        wd_jw_null(&w);
    }
    wd_jw_member_str(&w, "word", wd_likelihood_of(r->closed[first]).word);
    write_ranking(&w, r, r->closed, absent);
    write_nexus(&w, r, r->closed);
    wd_jw_object_end(&w);
    wd_buf_byte(out, '\n');
}

static wd_status prepare(run *r, const wd_options *o, wd_arena *arena, wd_err *err)
{
    wd_slice incidents = {0};
    wd_slice reports = {0};
    WD_TRY(wd_who_read(o->incidents, arena, &incidents, err));
    if (o->reports != NULL) {
        WD_TRY(wd_who_read(o->reports, arena, &reports, err));
    }
    WD_TRY(wd_incidents_read(&r->all, r->facts, incidents, reports, arena, err));
    r->counts = wd_attr_counts_new(r->base, arena);
    r->items = WD_ARRAY(arena, MAX_ITEMS, wd_attr_item);
    r->ignored = WD_ARRAY(arena, r->facts->n_reports + 1, uint8_t);
    r->shares = WD_ARRAY(arena, r->facts->n_actors + 1, share);
    r->closed = WD_ARRAY(arena, r->facts->n_actors + 1, double);
    if (r->closed == NULL || r->counts == NULL || r->items == NULL || r->ignored == NULL ||
        r->shares == NULL || wd_attr_table_new(&r->table, r->base, MAX_ITEMS, arena) != WD_OK ||
        wd_attr_table_new(&r->strict, r->base, MAX_ITEMS, arena) != WD_OK ||
        wd_attr_work_new(&r->work, r->base, MAX_ITEMS, arena) != WD_OK) {
        return wd_nomem(err, "who");
    }
    return WD_OK;
}

static bool usable(run *r, const wd_options *o)
{
    wd_slice protocol = wd_slice_str(o->protocol == NULL ? "b" : o->protocol);
    wd_slice track = wd_slice_str(o->track == NULL ? "ts" : o->track);
    wd_slice variant = wd_slice_str(o->variant == NULL ? "clean" : o->variant);
    r->protocol = protocol.len == 1 ? (char) wd_lower(protocol.ptr[0]) : 0;
    r->software = wd_slice_eq_nocase(track, WD_S("ts"));
    if (r->protocol < 'a' || r->protocol > 'd') {
        fputs("whodunit: --protocol wants a, b, c or d\n", stderr);
    } else if (!r->software && !wd_slice_eq_nocase(track, WD_S("t"))) {
        fputs("whodunit: --track wants t or ts\n", stderr);
    } else if (!wd_variant_parse(variant, &r->variant)) {
        fputs("whodunit: --variant wants clean, drop50, add20, both, decoy or absent\n", stderr);
    } else {
        return true;
    }
    return false;
}

int wd_who_incidents(const wd_options *o, const wd_attr_base *base, wd_arena *arena)
{
    run r = {.base = base, .facts = wd_attr_facts(base)};
    wd_err err = {0};
    wd_buf out = {0};
    if (!usable(&r, o)) {
        return WD_EXIT_USAGE;
    }
    wd_status s = prepare(&r, o, arena, &err);
    if (s != WD_OK) {
        wd_session_complain("cannot use the incidents of", o->incidents, &err);
        return wd_session_exit(s);
    }
    if (r.all.unknown > 0) {
        fprintf(stderr,
                "whodunit: %zu ids are not in the knowledge base and were left out, the "
                "first is %.*s\n",
                r.all.unknown, WD_ARG(r.all.first_unknown));
    }
    for (size_t i = 0; i < r.all.n && !out.failed; i++) {
        one(&r, &r.all.list[i], &out);
    }
    bool failed = out.failed || fwrite(out.ptr, 1, out.len, stdout) != out.len;
    wd_buf_free(&out);
    return failed ? WD_EXIT_FAILED : WD_EXIT_NOTHING;
}

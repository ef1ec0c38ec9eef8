#include <stdlib.h>

#include "answers/attribution_priv.h"

/* One use spread over the actors it stands for, before equal ones are joined. */
typedef struct raw {
    uint32_t user, used;
    const wd_use *use;
} raw;

typedef struct raws {
    raw *list;
    size_t n, cap;
} raws;

static wd_status add_raw(wd_arena *arena, raws *r, uint32_t user, const wd_use *use)
{
    WD_TRY(WD_ROOM(arena, r->list, r->n, r->cap));
    r->list[r->n++] = (raw){user, use->used.index, use};
    return WD_OK;
}

/* The actors behind the user of a relation: itself, or those its campaign is attributed to. */
static wd_status add_use(const wd_attr_base *b, raws *r, const wd_use *use)
{
    if (use->user.kind != WD_FACT_CAMPAIGN) {
        return add_raw(b->arena, r, use->user.index, use);
    }
    const wd_fact_campaign *c = &b->facts->campaigns[use->user.index];
    for (size_t i = 0; i < c->n_actors; i++) {
        WD_TRY(add_raw(b->arena, r, c->actors[i], use));
    }
    return WD_OK;
}

static int raw_order(const void *x, const void *y)
{
    const raw *a = x;
    const raw *b = y;
    if (a->used != b->used) {
        return a->used < b->used ? -1 : 1;
    }
    return a->user < b->user ? -1 : a->user > b->user;
}

static int number_order(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *) x;
    uint32_t b = *(const uint32_t *) y;
    return a < b ? -1 : a > b;
}

static uint32_t distinct(uint32_t *list, size_t n)
{
    uint32_t kept = 0;
    if (n > 1) {
        wd_sort(list, n, sizeof *list, number_order);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || list[kept - 1] != list[i]) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

/* Joins raws[from..to) of one pair. */
static wd_status join(wd_arena *arena, const raw *list, size_t n, wd_attr_cell *out)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += list[i].use->n_reports;
    }
    *out = (wd_attr_cell){.user = list[0].user, .used = list[0].used};
    if (n == 1) { /* the facts' own list will do */
        out->reports = list[0].use->reports;
        out->n_reports = list[0].use->n_reports;
        out->uncited = total == 0;
        return WD_OK;
    }
    out->reports = WD_ARRAY(arena, total + 1, uint32_t);
    if (out->reports == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        out->uncited = out->uncited || list[i].use->n_reports == 0;
        for (uint32_t k = 0; k < list[i].use->n_reports; k++) {
            out->reports[out->n_reports++] = list[i].use->reports[k];
        }
    }
    out->n_reports = distinct(out->reports, out->n_reports);
    return WD_OK;
}

static wd_status make_cells(wd_arena *arena, raws *r, size_t n_used, wd_attr_cells *out)
{
    out->cells = WD_ARRAY(arena, r->n + 1, wd_attr_cell);
    out->start = WD_ARRAY(arena, n_used + 1, uint32_t);
    if (out->cells == NULL || out->start == NULL) {
        return WD_E_NOMEM;
    }
    if (r->n > 0) {
        wd_sort(r->list, r->n, sizeof *r->list, raw_order);
    }
    for (size_t i = 0; i < r->n;) {
        size_t end = i + 1;
        while (end < r->n && raw_order(&r->list[i], &r->list[end]) == 0) {
            end++;
        }
        WD_TRY(join(arena, &r->list[i], end - i, &out->cells[out->n]));
        out->start[out->cells[out->n].used + 1]++;
        out->n++;
        i = end;
    }
    for (size_t i = 0; i < n_used; i++) {
        out->start[i + 1] += out->start[i];
    }
    return WD_OK;
}

static wd_status index_cells(wd_attr_base *b)
{
    raws by_technique = {0};
    raws by_software = {0};
    raws inner = {0};
    for (size_t i = 0; i < b->facts->n_uses; i++) {
        const wd_use *u = &b->facts->uses[i];
        bool technique = u->used.kind == WD_FACT_TECHNIQUE;
        if (u->user.kind == WD_FACT_SOFTWARE) {
            WD_TRY(technique ? add_raw(b->arena, &inner, u->user.index, u) : WD_OK);
        } else {
            WD_TRY(add_use(b, technique ? &by_technique : &by_software, u));
        }
    }
    WD_TRY(make_cells(b->arena, &by_technique, b->n_techniques, &b->by_technique));
    WD_TRY(make_cells(b->arena, &by_software, b->n_software, &b->by_software));
    return make_cells(b->arena, &inner, b->n_techniques, &b->software_technique);
}

static wd_status index_reports(wd_attr_base *b)
{
    const wd_attr_cells *both[] = {&b->by_technique, &b->by_software};
    b->reports_of = WD_ARRAY(b->arena, b->n_actors, uint32_t *);
    b->n_reports_of = WD_ARRAY(b->arena, b->n_actors, uint32_t);
    size_t *room = WD_ARRAY(b->arena, b->n_actors, size_t);
    if (b->reports_of == NULL || b->n_reports_of == NULL || room == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < both[k]->n; i++) {
            room[both[k]->cells[i].user] += both[k]->cells[i].n_reports;
        }
    }
    for (size_t g = 0; g < b->n_actors; g++) {
        b->reports_of[g] = WD_ARRAY(b->arena, room[g] + 1, uint32_t);
        if (b->reports_of[g] == NULL) {
            return WD_E_NOMEM;
        }
    }
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < both[k]->n; i++) {
            const wd_attr_cell *cell = &both[k]->cells[i];
            for (uint32_t r = 0; r < cell->n_reports; r++) {
                b->reports_of[cell->user][b->n_reports_of[cell->user]++] = cell->reports[r];
            }
        }
    }
    for (size_t g = 0; g < b->n_actors; g++) {
        b->n_reports_of[g] = distinct(b->reports_of[g], b->n_reports_of[g]);
    }
    return WD_OK;
}

static wd_status index_nexus(wd_attr_base *b)
{
    size_t cap = 0;
    b->nexus = WD_ARRAY(b->arena, b->n_actors, uint32_t);
    if (b->nexus == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t g = 0; g < b->n_actors; g++) {
        wd_slice name = b->facts->actors[g].nexus;
        size_t x = 0;
        while (x < b->n_nexus && !wd_slice_eq(b->nexus_names[x], name)) {
            x++;
        }
        b->nexus[g] = name.len == 0 ? WD_NO_NEXUS : (uint32_t) x;
        if (name.len > 0 && x == b->n_nexus) {
            WD_TRY(WD_ROOM(b->arena, b->nexus_names, b->n_nexus, cap));
            b->nexus_names[b->n_nexus++] = name;
        }
    }
    return WD_OK;
}

static wd_status make(wd_attr_base *b)
{
    WD_TRY(index_cells(b));
    WD_TRY(index_nexus(b));
    return index_reports(b);
}

wd_status wd_attr_base_make(wd_attr_base **out, const wd_actors *facts, wd_arena *arena,
                            wd_err *err)
{
    wd_attr_base *b = WD_NEW(arena, wd_attr_base);
    if (b == NULL) {
        return wd_nomem(err, "attribution");
    }
    if (facts->n_actors == 0 || facts->n_techniques == 0) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "attribution",
                       "the knowledge base names no actor or no technique");
    }
    *b = (wd_attr_base){.facts = facts,
                        .arena = arena,
                        .n_actors = facts->n_actors,
                        .n_techniques = facts->n_techniques,
                        .n_software = facts->n_software};
    if (make(b) != WD_OK) {
        return wd_nomem(err, "attribution");
    }
    *out = b;
    return WD_OK;
}

const wd_actors *wd_attr_facts(const wd_attr_base *base)
{
    return base->facts;
}

wd_attr_counts *wd_attr_counts_new(const wd_attr_base *b, wd_arena *arena)
{
    wd_attr_counts *c = WD_NEW(arena, wd_attr_counts);
    if (c == NULL) {
        return NULL;
    }
    c->base = b;
    c->technique = WD_ARRAY(arena, b->by_technique.n + 1, uint32_t);
    c->software = WD_ARRAY(arena, b->by_software.n + 1, uint32_t);
    c->total = WD_ARRAY(arena, b->n_actors, uint32_t);
    c->software_total = WD_ARRAY(arena, b->n_actors, uint32_t);
    c->reports = WD_ARRAY(arena, b->n_actors, uint32_t);
    c->listed = WD_ARRAY(arena, b->n_techniques, uint32_t);
    c->users = WD_ARRAY(arena, b->n_software + 1, uint32_t);
    c->nexus_total = WD_ARRAY(arena, b->n_nexus + 1, double);
    c->row = WD_ARRAY(arena, b->n_actors, double);
    c->nexus_row = WD_ARRAY(arena, b->n_nexus + 1, double);
    c->mark = WD_ARRAY(arena, b->n_actors, uint8_t);
    bool ok = c->technique != NULL && c->software != NULL && c->total != NULL &&
              c->software_total != NULL && c->reports != NULL && c->listed != NULL &&
              c->users != NULL && c->nexus_total != NULL && c->row != NULL &&
              c->nexus_row != NULL && c->mark != NULL;
    if (!ok) {
        return NULL;
    }
    wd_attr_count(c, NULL, WD_NOBODY);
    return c;
}

#include "answers/attribution_incidents.h"

#include <string.h>

#include "core/json.h"
#include "core/limits.h"

#define NAME "incidents"

typedef struct reader {
    wd_incidents *out;
    wd_arena *arena;
    wd_json_doc doc;
    size_t line;
    wd_err *err;
} reader;

static void not_known(reader *r, wd_slice id)
{
    if (r->out->unknown++ == 0) {
        r->out->first_unknown = wd_arena_copy(r->arena, id);
    }
}

/* --- reports -------------------------------------------------------------------------------- */

static wd_status take_report(reader *r, const wd_json *o)
{
    wd_incidents *all = r->out;
    size_t index = SIZE_MAX;
    WD_JSON_EACH (name, wd_json_get(o, "source_names")) {
        index = index == SIZE_MAX ? wd_actors_report(all->facts, name->text) : index;
    }
    wd_slice id = wd_arena_copy(r->arena, wd_json_text(o, "report_id"));
    index = index == SIZE_MAX ? wd_actors_report(all->facts, id) : index;
    if (index == SIZE_MAX) {
        not_known(r, id);
        return WD_OK;
    }
    uintptr_t *slot = wd_map_put(&all->reports, id, NULL);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    *slot = index + 1;
    all->dates[index] = wd_arena_copy(r->arena, wd_json_text(o, "date"));
    return WD_OK;
}

/* --- incidents ------------------------------------------------------------------------------ */

static wd_status take_ids(reader *r, const wd_json *list, wd_fact_kind kind, wd_ids *out)
{
    *out = (wd_ids){0};
    if (!wd_json_is(list, WD_JSON_ARRAY) || list->n == 0) {
        return WD_OK;
    }
    out->list = WD_ARRAY(r->arena, list->n, uint32_t);
    if (out->list == NULL) {
        return WD_E_NOMEM;
    }
    WD_JSON_EACH (v, list) {
        wd_fact_ref f = wd_actors_find(r->out->facts, v->text);
        if (f.kind == kind) {
            out->list[out->n++] = f.index;
        } else {
            not_known(r, v->text);
        }
    }
    return WD_OK;
}

static size_t report_index(const wd_incidents *all, wd_slice id)
{
    const uintptr_t *slot = wd_map_find(&all->reports, id);
    return slot != NULL ? *slot - 1 : wd_actors_report(all->facts, id);
}

static wd_status take_ignored(reader *r, const wd_json *list, wd_ids *out)
{
    *out = (wd_ids){0};
    out->list = WD_ARRAY(r->arena, list == NULL ? 1 : list->n + 1, uint32_t);
    if (out->list == NULL) {
        return WD_E_NOMEM;
    }
    WD_JSON_EACH (v, list) {
        size_t index = report_index(r->out, v->text);
        if (index == SIZE_MAX) {
            not_known(r, v->text);
        } else {
            out->list[out->n++] = (uint32_t) index;
        }
    }
    return WD_OK;
}

static uint32_t group_of(reader *r, wd_slice id)
{
    wd_fact_ref f = wd_actors_find(r->out->facts, id);
    return f.kind == WD_FACT_ACTOR ? f.index : WD_NOBODY;
}

static wd_status take_incident(reader *r, const wd_json *o)
{
    static const char *const noisy[] = {"techniques", "noise/drop50", "noise/add20", "noise/both"};
    wd_incident i = {.id = wd_arena_copy(r->arena, wd_json_text(o, "id")),
                     .date = wd_arena_copy(r->arena, wd_json_text(o, "report_date")),
                     .component =
                         wd_arena_copy(r->arena, wd_json_scalar(wd_json_get(o, "component"))),
                     .group = group_of(r, wd_json_text(o, "group")),
                     .headline = wd_json_is(wd_json_get(o, "headline"), WD_JSON_TRUE)};
    const wd_json *decoy = wd_json_get(o, "decoy");
    i.decoy_group = group_of(r, wd_json_text(decoy, "group"));
    for (size_t k = 0; k < sizeof noisy / sizeof *noisy; k++) {
        WD_TRY(take_ids(r, wd_json_path(o, noisy[k]), WD_FACT_TECHNIQUE, &i.techniques[k]));
    }
    WD_TRY(take_ids(r, wd_json_get(o, "software"), WD_FACT_SOFTWARE, &i.software));
    WD_TRY(
        take_ids(r, wd_json_get(decoy, "add_techniques"), WD_FACT_TECHNIQUE, &i.decoy_techniques));
    WD_TRY(take_ids(r, wd_json_get(decoy, "add_software"), WD_FACT_SOFTWARE, &i.decoy_software));
    WD_TRY(take_ignored(r, wd_json_path(o, "protocol_a/ignore_report_ids"), &i.ignored[0]));
    WD_TRY(take_ignored(r, wd_json_path(o, "protocol_b/ignore_report_ids"), &i.ignored[1]));
    wd_incidents *all = r->out;
    WD_TRY(WD_ROOM(r->arena, all->list, all->n, all->cap));
    all->list[all->n++] = i;
    return WD_OK;
}

/* --- lines ---------------------------------------------------------------------------------- */

static wd_status each_line(reader *r, wd_slice text, const char *what,
                           wd_status (*take)(reader *, const wd_json *))
{
    wd_slice rest = text;
    wd_slice line;
    r->line = 0;
    while (wd_slice_line(&rest, &line)) {
        r->line++;
        wd_err why = {0};
        if (wd_slice_trim(line).len == 0) {
            continue;
        }
        wd_status s =
            wd_json_parse(&r->doc, line, r->arena, (uint64_t) (line.ptr - text.ptr), &why);
        if (s == WD_OK && r->doc.nodes[0].type != WD_JSON_OBJECT) {
            s = wd_fail(&why, WD_E_MALFORMED, 0, NAME, "a line is no JSON object");
        }
        if (s != WD_OK) {
            return wd_fail(r->err, s, why.offset, NAME, "%s, line %zu: %s", what, r->line,
                           why.text);
        }
        if (take(r, &r->doc.nodes[0]) != WD_OK) {
            return wd_nomem(r->err, NAME);
        }
    }
    return WD_OK;
}

wd_status wd_incidents_read(wd_incidents *out, const wd_actors *facts, wd_slice incidents,
                            wd_slice reports, wd_arena *arena, wd_err *err)
{
    *out = (wd_incidents){.facts = facts};
    out->reports.arena = arena;
    out->dates = WD_ARRAY(arena, facts->n_reports + 1, wd_slice);
    if (out->dates == NULL) {
        return wd_nomem(err, NAME);
    }
    for (size_t i = 0; i < facts->n_reports; i++) {
        out->dates[i] = facts->reports[i].date;
    }
    reader r = {.out = out, .arena = arena, .err = err};
    wd_status s = each_line(&r, reports, "list of reports", take_report);
    s = s == WD_OK ? each_line(&r, incidents, "list of incidents", take_incident) : s;
    wd_json_doc_free(&r.doc);
    return s;
}

/* --- use ------------------------------------------------------------------------------------ */

void wd_incident_ignore(const wd_incidents *all, const wd_incident *i, char protocol,
                        uint8_t *ignored)
{
    memset(ignored, 0, all->facts->n_reports);
    const wd_ids *ids = &i->ignored[protocol == 'b' || protocol == 'd'];
    for (size_t k = 0; k < ids->n; k++) {
        ignored[ids->list[k]] = 1;
    }
    if (protocol != 'c' && protocol != 'd') {
        return;
    }
    /* As text: a report of which only the year is known counts as of that year's start. */
    for (size_t k = 0; k < all->facts->n_reports && i->date.len > 0; k++) {
        wd_slice date = wd_slice_sub(all->dates[k], 0, 7);
        if (date.len > 0 && wd_slice_cmp(date, i->date) >= 0) {
            ignored[k] = 1;
        }
    }
}

static size_t add_items(const wd_ids *ids, wd_fact_kind kind, wd_attr_item *items, size_t n,
                        size_t cap)
{
    for (size_t k = 0; k < ids->n && n < cap; k++) {
        items[n++] = (wd_attr_item){.fact = {kind, ids->list[k]}, .reliability = 1};
    }
    return n;
}

size_t wd_incident_items(const wd_incident *i, wd_variant variant, bool software,
                         wd_attr_item *items, size_t cap)
{
    size_t list = variant < WD_VARIANT_DECOY ? variant : WD_VARIANT_CLEAN;
    size_t n = add_items(&i->techniques[list], WD_FACT_TECHNIQUE, items, 0, cap);
    if (variant == WD_VARIANT_DECOY) {
        n = add_items(&i->decoy_techniques, WD_FACT_TECHNIQUE, items, n, cap);
    }
    if (software) {
        n = add_items(&i->software, WD_FACT_SOFTWARE, items, n, cap);
        if (variant == WD_VARIANT_DECOY) {
            n = add_items(&i->decoy_software, WD_FACT_SOFTWARE, items, n, cap);
        }
    }
    return wd_attr_items_sort(items, n);
}

bool wd_variant_parse(wd_slice s, wd_variant *out)
{
    static const char *const words[] = {"clean", "drop50", "add20", "both", "decoy", "absent"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (wd_slice_eq(s, wd_slice_str(words[i]))) {
            *out = (wd_variant) i;
            return true;
        }
    }
    return false;
}

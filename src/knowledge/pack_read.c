#include <string.h>

#include "core/limits.h"
#include "core/yaml.h"
#include "knowledge/pack_fields.h"

/* --- indicators of a pack ------------------------------------------------------------------- */

static bool read_ind_time(const wd_json *v, bool end, wd_time *out)
{
    return wd_pf_time(wd_json_scalar(v), end, out);
}

static bool read_ind_tier(wd_slice s, int *out)
{
    uint64_t n = 0;
    if (wd_slice_eq(s, WD_S("-1")) || wd_slice_eq(s, WD_S("none"))) {
        *out = -1;
        return true;
    }
    if (!wd_slice_to_u64(s, &n) || n >= WD_TIERS) {
        return false;
    }
    *out = (int) n;
    return true;
}

/* One key of an indicator; `*known` false when there is no such key. */
static bool read_ind_field(const wd_json *v, wd_indicator *i, bool *known)
{
    wd_slice key = v->key;
    wd_slice s = wd_json_scalar(v);
    const struct {
        const char *key;
        wd_slice *text;
    } texts[] = {
        {"value", &i->value}, {"source", &i->source}, {"name", &i->name}, {"note", &i->note}};
    *known = true;
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        if (wd_slice_eq(key, wd_slice_str(texts[k].key))) {
            *texts[k].text = s;
            return s.len > 0;
        }
    }
    if (wd_slice_eq(key, WD_S("type"))) {
        return wd_ind_type_parse(s, &i->type);
    }
    if (wd_slice_eq(key, WD_S("role"))) {
        return wd_role_parse(s, &i->role);
    }
    if (wd_slice_eq(key, WD_S("safety"))) {
        return wd_safety_parse(s, &i->safety);
    }
    if (wd_slice_eq(key, WD_S("tier"))) {
        return read_ind_tier(s, &i->tier);
    }
    if (wd_slice_eq(key, WD_S("date"))) {
        return read_ind_time(v, false, &i->date);
    }
    if (wd_slice_eq(key, WD_S("first"))) {
        return read_ind_time(v, false, &i->first);
    }
    if (wd_slice_eq(key, WD_S("last"))) {
        return read_ind_time(v, true, &i->last);
    }
    if (wd_slice_eq(key, WD_S("exact"))) {
        i->exact = wd_json_is(v, WD_JSON_TRUE);
        return i->exact || wd_json_is(v, WD_JSON_FALSE);
    }
    *known = wd_slice_eq(key, WD_S("items"));
    return *known;
}

/* What an entry of a pack must say; NULL when it is all there. */
static const char *missing(const wd_indicator *i)
{
    if (i->type == WD_IND_TYPES) {
        return "an indicator needs 'type'";
    }
    if (i->role == WD_ROLES) {
        return "an indicator needs 'role'";
    }
    if ((int) i->safety < 0) {
        return "an indicator needs 'safety': block, watch or never";
    }
    if (i->source.len == 0) {
        return "an indicator needs 'source': who published it";
    }
    return i->date == WD_NO_TIME ? "an indicator needs 'date': when it was published" : NULL;
}

static wd_status read_indicator(wd_kb_input *in, const wd_json *v, wd_indicator proto,
                                unsigned depth);

static wd_status read_items(wd_kb_input *in, const wd_json *items, const wd_indicator *proto,
                            unsigned depth)
{
    if (!wd_json_is(items, WD_JSON_ARRAY) || depth > 1) {
        return wd_kb_refuse(in, WD_KB_LINE(items->line), items->key,
                            "'items' is a list of values or of mappings, one level deep");
    }
    WD_JSON_EACH (item, items) {
        WD_TRY(read_indicator(in, item, *proto, depth + 1));
    }
    return WD_OK;
}

/* A mapping, or (inside `items`) a bare value; with `items` it gives the defaults for them. */
static wd_status read_indicator(wd_kb_input *in, const wd_json *v, wd_indicator proto,
                                unsigned depth)
{
    if (!wd_json_is(v, WD_JSON_OBJECT)) {
        proto.value = wd_json_scalar(v);
    }
    for (const wd_json *m = wd_json_is(v, WD_JSON_OBJECT) ? wd_json_first(v) : NULL; m != NULL;
         m = wd_json_next(v, m)) {
        bool known = false;
        if (!read_ind_field(m, &proto, &known)) {
            return wd_kb_refuse(in, WD_KB_LINE(m->line), m->key,
                                known ? "this value of an indicator cannot be read; see "
                                        "knowledge/README.md"
                                      : "no such key in an indicator; see knowledge/README.md");
        }
    }
    const wd_json *items = wd_json_get(v, "items");
    if (items != NULL) {
        return read_items(in, items, &proto, depth);
    }
    const char *wrong = missing(&proto);
    if (wrong != NULL) {
        return wd_kb_refuse(in, WD_KB_LINE(v->line), proto.value, "%s", wrong);
    }
    return wd_kb_take(in, &proto, WD_KB_LINE(v->line), NULL);
}

static wd_indicator unset_indicator(const wd_campaign *c)
{
    wd_indicator i = {.type = WD_IND_TYPES, .role = WD_ROLES, .tier = -1, .date = WD_NO_TIME};
    i.safety = (wd_safety) -1;
    i.first = c->first;
    i.last = c->last;
    i.campaign = c->id;
    return i;
}

static wd_status read_indicators(wd_kb_input *in, const wd_campaign *c, const wd_json *list)
{
    wd_indicator proto = unset_indicator(c);
    return list == NULL ? WD_OK : read_items(in, list, &proto, 0);
}

/* Each dead drop is an indicator: the place may be watched, its host never blocked. */
static wd_status take_drops(wd_kb_input *in, const wd_campaign *c, const wd_json *list)
{
    for (size_t i = 0; i < c->n_drops; i++) {
        const wd_dead_drop *d = &c->drops[i];
        wd_indicator drop = unset_indicator(c);
        drop.type = WD_IND_URL;
        drop.role = WD_ROLE_DEAD_DROP;
        drop.safety = WD_SAFETY_WATCH;
        drop.tier = 3;
        drop.source = d->source;
        drop.date = d->date;
        drop.note = d->note;
        drop.first = d->first != WD_NO_TIME ? d->first : c->first;
        drop.last = d->last != WD_NO_TIME ? d->last : c->last;
        drop.value =
            wd_arena_printf(in->scratch, "%.*s%.*s", (int) d->host.len, (const char *) d->host.ptr,
                            (int) d->path.len, (const char *) d->path.ptr);
        if (drop.value.ptr == NULL) {
            return wd_nomem(in->err, "knowledge");
        }
        WD_TRY(wd_kb_take(in, &drop, WD_KB_LINE(list == NULL ? 0 : list->line), NULL));
    }
    return WD_OK;
}

/* --- the file ------------------------------------------------------------------------------- */

static bool is_id(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !wd_is_digit(c) && c != '-' && c != '.' && c != '_') {
            return false;
        }
    }
    return s.len > 0;
}

static wd_status add_campaign(wd_kb_input *in, const wd_json *root)
{
    wd_knowledge *kb = in->kb;
    wd_campaign *c = WD_NEW(kb->arena, wd_campaign);
    bool ok = false;
    if (c == NULL) {
        return wd_nomem(in->err, "knowledge");
    }
    WD_TRY(wd_pf_read(in, &wd_pf_campaign, root, c, &ok));
    if (!ok) {
        return WD_OK;
    }
    if (!is_id(c->id)) {
        return wd_kb_refuse(in, WD_KB_LINE(root->line), c->id,
                            "an id holds a-z, 0-9, '-', '.' and '_' only");
    }
    const wd_campaign *other = wd_knowledge_find_campaign(kb, c->id);
    if (other != NULL && wd_slice_eq(other->id, c->id)) {
        return wd_kb_refuse(in, WD_KB_LINE(root->line), c->id,
                            "%.*s holds a campaign of this id already; give it another id",
                            (int) other->origin.len, (const char *) other->origin.ptr);
    }
    c->has_delay = c->delay_min != UINT64_MAX;
    c->delay_min = c->has_delay ? c->delay_min : 0;
    c->origin = in->name;
    WD_TRY(WD_ROOM(kb->arena, kb->campaigns, kb->n_campaigns, kb->cap_campaigns));
    kb->campaigns[kb->n_campaigns++] = c;
    in->file->taken++;
    WD_TRY(take_drops(in, c, wd_json_get(root, "dead_drops")));
    return read_indicators(in, c, wd_json_get(root, "indicators"));
}

wd_status wd_kb_read_pack(wd_kb_input *in)
{
    wd_json_doc doc = {0};
    size_t *roots = NULL;
    size_t n_roots = 0;
    wd_status s = wd_yaml_parse(&doc, in->bytes, in->kb->arena, &roots, &n_roots, in->err);
    for (size_t i = 0; s == WD_OK && i < n_roots; i++) {
        s = add_campaign(in, &doc.nodes[roots[i]]);
    }
    wd_json_doc_free(&doc);
    return s == WD_E_NOMEM ? wd_nomem(in->err, "knowledge") : s;
}

#include <string.h>

#include "core/limits.h"
#include "knowledge/attack_priv.h"

/*
 * STIX objects of ATT&CK that are read: attack-pattern, malware, tool, intrusion-set, campaign,
 * relationship (uses, attributed-to, revoked-by), x-mitre-collection for the version. Objects are
 * parsed one at a time, so a bundle costs the memory of what is kept.
 */

#define NAME "attack"

static wd_slice keep(wd_attack *a, wd_slice s)
{
    return s.len == 0 ? WD_EMPTY : wd_arena_copy(a->arena, s);
}

static bool is_true(const wd_json *o, const char *key)
{
    return wd_json_is(wd_json_get(o, key), WD_JSON_TRUE);
}

/* External id of ATT&CK: the reference whose source is one of MITRE's. */
static wd_slice external_id(const wd_json *o)
{
    WD_JSON_EACH (e, wd_json_get(o, "external_references")) {
        if (wd_slice_starts(wd_json_text(e, "source_name"), WD_S("mitre-"))) {
            return wd_json_text(e, "external_id");
        }
    }
    return (wd_slice){0};
}

static bool looks_like_id(wd_slice id, uint8_t letter)
{
    if (id.len < 5 || id.len > 12 || id.ptr[0] != letter) {
        return false;
    }
    for (size_t i = 1; i < id.len; i++) {
        if (!wd_is_digit(id.ptr[i]) && id.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

/* Aliases other than the name, joined by '|', sorted as given. */
static wd_slice joined(wd_attack *a, const wd_json *list, wd_slice name)
{
    wd_buf text = {0};
    WD_JSON_EACH (v, list) {
        if (v->type == WD_JSON_STRING && !wd_slice_eq(v->text, name)) {
            if (text.len > 0) {
                wd_buf_byte(&text, '|');
            }
            wd_facts_field(&text, v->text);
        }
    }
    wd_slice out = keep(a, wd_buf_slice(&text));
    wd_buf_free(&text);
    return out;
}

/* --- reports -------------------------------------------------------------------------------- */

static wd_status add_name(wd_attack *a, wd_attack_report *r, wd_slice name, size_t index)
{
    bool fresh = false;
    if (wd_map_find(&a->by_source, name) != NULL) {
        return WD_OK;
    }
    wd_slice kept = keep(a, name);
    uintptr_t *slot = kept.ptr == NULL ? NULL : wd_map_put(&a->by_source, kept, &fresh);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    *slot = index + 1;
    WD_TRY(WD_ROOM(a->arena, r->names, r->n_names, r->cap_names));
    r->names[r->n_names++] = kept;
    return WD_OK;
}

/* The report that a citation names; SIZE_MAX when it is no citation. */
static wd_status report_of(wd_attack *a, const wd_json *e, size_t *out)
{
    char key[12];
    char date[11];
    wd_slice url = wd_json_text(e, "url");
    wd_slice source = wd_json_text(e, "source_name");
    *out = SIZE_MAX;
    if (source.len == 0 || wd_slice_starts(source, WD_S("mitre-")) || !wd_report_key(url, key)) {
        return WD_OK;
    }
    const uintptr_t *known = wd_map_find(&a->by_key, wd_slice_str(key));
    if (known != NULL) {
        *out = *known - 1;
        return add_name(a, &a->reports[*out], source, *out);
    }
    WD_TRY(WD_ROOM(a->arena, a->reports, a->n_reports, a->cap_reports));
    wd_attack_report *r = &a->reports[a->n_reports];
    *r = (wd_attack_report){0};
    r->key = keep(a, wd_slice_str(key));
    r->date = keep(a, wd_slice_str(wd_citation_date(wd_json_text(e, "description"), date)));
    r->host = wd_report_host(url, a->arena);
    uintptr_t *slot = r->key.ptr == NULL ? NULL : wd_map_put(&a->by_key, r->key, NULL);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    *out = a->n_reports++;
    *slot = *out + 1;
    return add_name(a, r, source, *out);
}

/* --- objects -------------------------------------------------------------------------------- */

/* An alias of an intrusion set carries its citation as "(Citation: NAME)". */
static wd_slice cited_name(wd_slice description)
{
    size_t at = wd_slice_find(description, WD_S("(Citation: "));
    if (at == SIZE_MAX) {
        return (wd_slice){0};
    }
    wd_slice rest = wd_slice_sub(description, at + 11, description.len);
    size_t end = wd_slice_find_byte(rest, ')');
    return end == SIZE_MAX ? WD_EMPTY : wd_slice_sub(rest, 0, end);
}

static wd_status read_aliases(wd_attack *a, const wd_json *o, wd_slice stix, wd_slice name)
{
    WD_JSON_EACH (v, wd_json_get(o, "aliases")) {
        if (v->type != WD_JSON_STRING || wd_slice_eq(v->text, name)) {
            continue;
        }
        wd_slice source = {0};
        WD_JSON_EACH (e, wd_json_get(o, "external_references")) {
            if (source.len == 0 && wd_slice_eq(wd_json_text(e, "source_name"), v->text)) {
                source = cited_name(wd_json_text(e, "description"));
            }
        }
        WD_TRY(WD_ROOM(a->arena, a->aliases, a->n_aliases, a->cap_aliases));
        a->aliases[a->n_aliases++] = (wd_attack_alias){stix, keep(a, v->text), keep(a, source)};
    }
    WD_JSON_EACH (e, wd_json_get(o, "external_references")) {
        size_t unused = 0; /* so that the dates of cited names are known */
        WD_TRY(report_of(a, e, &unused));
    }
    return WD_OK;
}

static wd_status read_object(wd_attack *a, const wd_json *o, wd_attack_type type)
{
    static const uint8_t letters[] = {'T', 'S', 'G', 'C'};
    wd_slice id = external_id(o);
    wd_slice stix = wd_json_text(o, "id");
    if (!looks_like_id(id, letters[type]) || wd_map_find(&a->by_stix, stix) != NULL) {
        return WD_OK; /* of another matrix, or there already */
    }
    WD_TRY(WD_ROOM(a->arena, a->objects, a->n_objects, a->cap_objects));
    wd_attack_object *x = &a->objects[a->n_objects];
    *x = (wd_attack_object){.type = type,
                            .stix = keep(a, stix),
                            .id = keep(a, id),
                            .name = keep(a, wd_json_text(o, "name")),
                            .kind = keep(a, wd_json_text(o, "type")),
                            .first = keep(a, wd_slice_sub(wd_json_text(o, "first_seen"), 0, 10)),
                            .last = keep(a, wd_slice_sub(wd_json_text(o, "last_seen"), 0, 10)),
                            .revoked = is_true(o, "revoked"),
                            .deprecated = is_true(o, "x_mitre_deprecated")};
    if (type == WD_ATTACK_SOFTWARE) {
        x->aliases = joined(a, wd_json_get(o, "x_mitre_aliases"), x->name);
    }
    uintptr_t *slot = x->stix.ptr == NULL ? NULL : wd_map_put(&a->by_stix, x->stix, NULL);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    *slot = ++a->n_objects;
    return type == WD_ATTACK_ACTOR && !x->revoked && !x->deprecated
               ? read_aliases(a, o, x->stix, x->name)
               : WD_OK;
}

static wd_status read_edge(wd_attack *a, const wd_json *o)
{
    wd_slice type = wd_json_text(o, "relationship_type");
    wd_attack_edge e = {0};
    if (wd_slice_eq(type, WD_S("uses"))) {
        e.type = WD_ATTACK_USES;
    } else if (wd_slice_eq(type, WD_S("attributed-to"))) {
        e.type = WD_ATTACK_BY;
    } else if (wd_slice_eq(type, WD_S("revoked-by"))) {
        e.type = WD_ATTACK_REVOKED;
    } else {
        return WD_OK;
    }
    if (is_true(o, "revoked") || is_true(o, "x_mitre_deprecated")) {
        a->stats->left_out += e.type == WD_ATTACK_USES;
        return WD_OK;
    }
    e.id = keep(a, wd_json_text(o, "id"));
    e.from = keep(a, wd_json_text(o, "source_ref"));
    e.to = keep(a, wd_json_text(o, "target_ref"));
    WD_JSON_EACH (ref, wd_json_get(o, "external_references")) {
        size_t r = SIZE_MAX;
        WD_TRY(report_of(a, ref, &r));
        if (e.type == WD_ATTACK_USES && r != SIZE_MAX) {
            WD_TRY(WD_ROOM(a->arena, e.reports, e.n_reports, e.cap_reports));
            e.reports[e.n_reports++] = (uint32_t) r;
        }
    }
    WD_TRY(WD_ROOM(a->arena, a->edges, a->n_edges, a->cap_edges));
    a->edges[a->n_edges++] = e;
    return WD_OK;
}

static wd_status take_object(wd_attack *a, const wd_json *o)
{
    static const struct {
        const char *word;
        wd_attack_type type;
    } types[] = {{"attack-pattern", WD_ATTACK_TECHNIQUE},
                 {"malware", WD_ATTACK_SOFTWARE},
                 {"tool", WD_ATTACK_SOFTWARE},
                 {"intrusion-set", WD_ATTACK_ACTOR},
                 {"campaign", WD_ATTACK_CAMPAIGN}};
    wd_slice type = wd_json_text(o, "type");
    wd_slice modified = wd_slice_sub(wd_json_text(o, "modified"), 0, 10);
    if (wd_slice_cmp(modified, a->newest) > 0) {
        a->newest = keep(a, modified);
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (wd_slice_eq(type, wd_slice_str(types[i].word))) {
            return read_object(a, o, types[i].type);
        }
    }
    if (wd_slice_eq(type, WD_S("x-mitre-collection"))) {
        a->version = keep(a, wd_json_text(o, "x_mitre_version"));
    }
    return wd_slice_eq(type, WD_S("relationship")) ? read_edge(a, o) : WD_OK;
}

/* --- the bundle ----------------------------------------------------------------------------- */

typedef struct walk {
    wd_attack *a;
    wd_slice in;
    size_t pos;
    wd_json_doc doc;
    wd_arena *scratch;
} walk;

static uint8_t peek(walk *w)
{
    while (w->pos < w->in.len && wd_is_space(w->in.ptr[w->pos])) {
        w->pos++;
    }
    return w->pos < w->in.len ? w->in.ptr[w->pos] : 0;
}

static wd_status take_value(walk *w)
{
    size_t used = 0;
    wd_arena_reset(w->scratch);
    WD_TRY(wd_json_parse_prefix(&w->doc, wd_slice_sub(w->in, w->pos, WD_MAX_KB_OBJECT), w->scratch,
                                w->pos, &used, w->a->err));
    w->pos += used;
    return WD_OK;
}

static wd_status broken(walk *w, const char *why)
{
    return wd_fail(w->a->err, w->pos < w->in.len ? WD_E_MALFORMED : WD_E_TRUNCATED, w->pos, NAME,
                   "%s; nothing was imported", why);
}

static wd_status take_objects(walk *w)
{
    w->pos++;
    for (uint8_t c = peek(w); c != ']'; c = peek(w)) {
        WD_TRY(take_value(w));
        wd_status s = take_object(w->a, &w->doc.nodes[0]);
        if (s != WD_OK) {
            return s == WD_E_NOMEM ? wd_nomem(w->a->err, NAME) : s;
        }
        c = peek(w);
        if (c == ',') {
            w->pos++;
        } else if (c != ']') {
            return broken(w, "the list of objects is cut off");
        }
    }
    w->pos++;
    return WD_OK;
}

static wd_status take_bundle(walk *w)
{
    if (peek(w) == '[') {
        return take_objects(w);
    }
    if (peek(w) != '{') {
        return broken(w, "this is no STIX bundle");
    }
    w->pos++;
    for (uint8_t c = peek(w); c != '}'; c = peek(w)) {
        WD_TRY(take_value(w));
        bool objects = wd_slice_eq(w->doc.nodes[0].text, WD_S("objects"));
        if (peek(w) != ':') {
            return broken(w, "a ':' is missing in the bundle");
        }
        w->pos++;
        WD_TRY(objects && peek(w) == '[' ? take_objects(w) : take_value(w));
        if (peek(w) == ',') {
            w->pos++;
        } else if (peek(w) != '}') {
            return broken(w, "the bundle is cut off");
        }
    }
    return WD_OK;
}

static wd_status compile(wd_attack *a, walk *w, wd_slice version, wd_buf *out)
{
    WD_TRY(take_bundle(w));
    wd_buf text = {0};
    wd_status s = wd_attack_write(a, version, &text);
    if (s == WD_OK) {
        wd_buf_add(out, wd_buf_slice(&text));
    }
    s = s == WD_OK && (text.failed || out->failed) ? wd_nomem(a->err, NAME) : s;
    wd_buf_free(&text);
    return s;
}

wd_status wd_attack_compile(wd_slice bundle, wd_slice version, wd_buf *out, wd_compiled *stats,
                            wd_err *err)
{
    /* What is kept of an object is smaller than the object itself; lists double as they grow. */
    wd_arena *arena = wd_arena_new(bundle.len * 4 + ((size_t) 16 << 20));
    wd_arena *scratch = wd_arena_new((size_t) WD_MAX_KB_OBJECT * 4);
    wd_attack a = {.arena = arena, .stats = stats, .err = err};
    a.by_stix.arena = arena;
    a.by_key.arena = arena;
    a.by_source.arena = arena;
    walk w = {.a = &a, .in = bundle, .scratch = scratch};
    *stats = (wd_compiled){0};
    wd_status s =
        arena == NULL || scratch == NULL ? wd_nomem(err, NAME) : compile(&a, &w, version, out);
    wd_json_doc_free(&w.doc);
    wd_arena_free(scratch);
    wd_arena_free(arena);
    return s;
}

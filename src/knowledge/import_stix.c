#include "core/json.h"
#include "core/limits.h"
#include "knowledge/kb_priv.h"
#include "knowledge/stix_pattern.h"

/*
 * STIX 2.x bundles: {"type": "bundle", "objects": [...]}, or a bare list of objects. Objects are
 * parsed one at a time, so that a bundle of any size costs the memory of its largest object. Of
 * interest are `indicator` (values) and `identity` (who says so).
 */

typedef wd_status (*object_fn)(wd_kb_input *in, const wd_json *object, uint64_t offset, void *ctx);

typedef struct walk {
    wd_kb_input *in;
    size_t pos;
    wd_json_doc doc;
    object_fn fn;
    void *ctx;
    bool quiet; /* first pass: damage is named by the second */
} walk;

static void skip_space(walk *w)
{
    while (w->pos < w->in->bytes.len && wd_is_space(w->in->bytes.ptr[w->pos])) {
        w->pos++;
    }
}

static uint8_t peek(const walk *w)
{
    return w->pos < w->in->bytes.len ? w->in->bytes.ptr[w->pos] : 0;
}

static wd_status damaged(walk *w, const char *why)
{
    if (w->quiet) {
        return WD_E_MALFORMED;
    }
    wd_status s = wd_kb_refuse(w->in, WD_KB_OFFSET(w->pos), wd_slice_sub(w->in->bytes, w->pos, 40),
                               "%s; the file is read up to here, check that it is complete", why);
    return s == WD_OK ? WD_E_MALFORMED : s;
}

/* One JSON value of at most WD_MAX_KB_OBJECT bytes into w->doc. */
static wd_status take_value(walk *w)
{
    wd_err why = {0};
    size_t used = 0;
    wd_slice window = wd_slice_sub(w->in->bytes, w->pos, WD_MAX_KB_OBJECT);
    wd_arena_reset(w->in->scratch);
    wd_status s = wd_json_parse_prefix(&w->doc, window, w->in->scratch, w->pos, &used, &why);
    if (s == WD_E_NOMEM) {
        return wd_nomem(w->in->err, "stix");
    }
    if (s != WD_OK) {
        w->pos = why.offset != WD_NO_OFFSET && why.offset >= w->pos ? why.offset : w->pos;
        return damaged(w,
                       s == WD_E_TRUNCATED ? "the JSON ends in the middle of an object" : why.text);
    }
    w->pos += used;
    return WD_OK;
}

static wd_status walk_array(walk *w)
{
    w->pos++;
    for (skip_space(w); peek(w) != ']'; skip_space(w)) {
        uint64_t at = w->pos;
        WD_TRY(take_value(w));
        WD_TRY(w->fn(w->in, &w->doc.nodes[0], at, w->ctx));
        skip_space(w);
        if (peek(w) == ',') {
            w->pos++;
        } else if (peek(w) != ']') {
            return damaged(w, "the list of objects is cut off");
        }
    }
    w->pos++;
    return WD_OK;
}

static wd_status walk_bundle(walk *w)
{
    w->pos++;
    for (skip_space(w); peek(w) != '}'; skip_space(w)) {
        WD_TRY(take_value(w));
        bool objects = wd_slice_eq(w->doc.nodes[0].text, WD_S("objects"));
        skip_space(w);
        if (peek(w) != ':') {
            return damaged(w, "a ':' is missing");
        }
        w->pos++;
        skip_space(w);
        WD_TRY(objects && peek(w) == '[' ? walk_array(w) : take_value(w));
        skip_space(w);
        if (peek(w) == ',') {
            w->pos++;
        } else if (peek(w) != '}') {
            return damaged(w, "the bundle is cut off");
        }
    }
    return WD_OK;
}

static wd_status each_object(wd_kb_input *in, object_fn fn, void *ctx, bool quiet)
{
    walk w = {.in = in, .fn = fn, .ctx = ctx, .quiet = quiet};
    w.pos = wd_slice_starts(in->bytes, WD_S("\xef\xbb\xbf")) ? 3 : 0;
    skip_space(&w);
    wd_status s = peek(&w) == '[' ? walk_array(&w) : walk_bundle(&w);
    wd_json_doc_free(&w.doc);
    return s == WD_E_MALFORMED ? WD_OK : s; /* it was named where it stood */
}

/* --- identities ----------------------------------------------------------------------------- */

static wd_status note_identity(wd_kb_input *in, const wd_json *o, uint64_t offset, void *ctx)
{
    wd_map *names = ctx;
    (void) offset;
    wd_slice name = wd_json_text(o, "name");
    if (!wd_slice_eq(wd_json_text(o, "type"), WD_S("identity")) || name.len == 0) {
        return WD_OK;
    }
    wd_slice id = wd_kb_intern(in->kb, wd_json_text(o, "id"));
    name = wd_kb_intern(in->kb, name);
    wd_slice *kept = WD_NEW(in->kb->arena, wd_slice);
    uintptr_t *slot = kept == NULL ? NULL : wd_map_put(names, id, NULL);
    if (slot == NULL || name.ptr == NULL) {
        return wd_nomem(in->err, "stix");
    }
    *kept = name;
    *slot = (uintptr_t) kept;
    return WD_OK;
}

static wd_slice source_of(const wd_json *o, const wd_map *names, wd_slice fallback)
{
    const uintptr_t *slot = wd_map_find(names, wd_json_text(o, "created_by_ref"));
    if (slot != NULL) {
        return *(const wd_slice *) *slot;
    }
    const wd_json *refs = wd_json_get(o, "external_references");
    wd_slice name = wd_json_text(wd_json_first(refs), "source_name");
    return name.len > 0 ? name : fallback;
}

/* --- indicators ----------------------------------------------------------------------------- */

static bool list_has(const wd_json *list, const char *word)
{
    if (!wd_json_is(list, WD_JSON_ARRAY)) {
        return false;
    }
    WD_JSON_EACH (item, list) {
        if (wd_slice_eq_nocase(item->text, wd_slice_str(word))) {
            return true;
        }
    }
    return false;
}

static wd_indicator proto_of(wd_kb_input *in, const wd_json *o, const wd_map *names)
{
    wd_indicator i = wd_kb_feed_indicator(in);
    i.source = source_of(o, names, i.source);
    i.note = wd_json_text(o, "name");
    i.note = i.note.len > 0 ? i.note : wd_json_text(o, "description");
    (void) wd_time_parse(wd_json_text(o, "created"), &i.date);
    (void) wd_time_parse(wd_json_text(o, "valid_from"), &i.first);
    (void) wd_time_parse(wd_json_text(o, "valid_until"), &i.last);
    bool benign = list_has(wd_json_get(o, "indicator_types"), "benign") ||
                  list_has(wd_json_get(o, "labels"), "benign");
    if (benign) {
        i.role = WD_ROLE_DECOY;
        i.safety = WD_SAFETY_NEVER;
    }
    return i;
}

static wd_status take_values(wd_kb_input *in, const wd_json *o, const wd_map *names, uint64_t at)
{
    wd_stix_value *values = NULL;
    size_t n = 0;
    wd_err why = {0};
    wd_slice pattern = wd_json_text(o, "pattern");
    wd_status s = wd_stix_pattern(pattern, in->scratch, &values, &n, &why);
    if (s == WD_E_NOMEM) {
        return wd_nomem(in->err, "stix");
    }
    if (s != WD_OK) {
        return wd_kb_refuse(in, WD_KB_OFFSET(at), pattern, "the pattern cannot be read: %s",
                            why.text);
    }
    wd_indicator proto = proto_of(in, o, names);
    for (size_t k = 0; k < n; k++) {
        if (!values[k].supported) {
            WD_TRY(wd_kb_refuse(in, WD_KB_OFFSET(at), values[k].text,
                                "this comparison is not supported; the rest of the pattern is "
                                "used"));
            continue;
        }
        wd_indicator i = proto;
        i.type = values[k].type;
        i.value = values[k].value;
        i.name = values[k].file_name;
        if (values[k].joined) {
            i.note = WD_S("one part of a pattern that joins several values with AND");
        }
        WD_TRY(wd_kb_take(in, &i, WD_KB_OFFSET(at), NULL));
    }
    return WD_OK;
}

/* Observables on their own ("seen somewhere") are not indicators, and are named once per kind. */
static bool is_observable(wd_slice type)
{
    static const char *const types[] = {"domain-name", "ipv4-addr",  "ipv6-addr",    "url",
                                        "file",        "email-addr", "observed-data"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (wd_slice_eq(type, wd_slice_str(types[i]))) {
            return true;
        }
    }
    return false;
}

static wd_status take_object(wd_kb_input *in, const wd_json *o, uint64_t offset, void *ctx)
{
    const wd_map *names = ctx;
    wd_slice type = wd_json_text(o, "type");
    wd_slice id = wd_json_text(o, "id");
    if (is_observable(type)) {
        return wd_kb_refuse(in, WD_KB_OFFSET(offset), id,
                            "an observable alone is no indicator; wrap it in one with a pattern");
    }
    if (!wd_slice_eq(type, WD_S("indicator"))) {
        return WD_OK;
    }
    if (wd_json_is(wd_json_get(o, "revoked"), WD_JSON_TRUE)) {
        return wd_kb_refuse(in, WD_KB_OFFSET(offset), id, "revoked by its source");
    }
    wd_slice language = wd_json_text(o, "pattern_type");
    if (language.len > 0 && !wd_slice_eq_nocase(language, WD_S("stix"))) {
        return wd_kb_refuse(in, WD_KB_OFFSET(offset), id,
                            "the pattern is written in '%.*s'; give such rules with --yara or "
                            "--sigma",
                            (int) (language.len < 40 ? language.len : 40),
                            (const char *) language.ptr);
    }
    return take_values(in, o, names, offset);
}

wd_status wd_kb_import_stix(wd_kb_input *in)
{
    wd_map names = {.arena = in->kb->arena};
    WD_TRY(each_object(in, note_identity, &names, true));
    return each_object(in, take_object, &names, false);
}

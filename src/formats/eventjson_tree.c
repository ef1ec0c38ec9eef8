#include <string.h>

#include "core/clock.h"
#include "formats/eventjson_priv.h"

enum { MAX_LEVELS = 32, GUID_LEN = 36 };

typedef enum section { SYSTEM, CONTENT, RENDER } section;

/* One element: its tag, what it holds, and the attributes that may stand beside it. */
typedef struct element {
    section in;
    wd_slice tag;
    const wd_json *v;
    const wd_json *attributes; /* "X_attributes", may be NULL */
    unsigned level;
} element;

static bool is_guid(wd_slice s)
{
    if (s.len != GUID_LEN) {
        return false;
    }
    for (size_t i = 0; i < GUID_LEN; i++) {
        uint8_t c = wd_lower(s.ptr[i]);
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !wd_is_digit(c) && (c < 'a' || c > 'f')) {
            return false;
        }
    }
    return true;
}

/* evtx_dump writes GUIDs bare and in capitals; Windows in braces and small. */
static wd_slice as_windows_prints(wd_event_build *b, wd_slice s)
{
    if (!is_guid(s)) {
        return s;
    }
    uint8_t *p = wd_arena_alloc(b->scratch, GUID_LEN + 2);
    if (p == NULL) {
        return s;
    }
    p[0] = '{';
    for (size_t i = 0; i < GUID_LEN; i++) {
        p[i + 1] = wd_lower(s.ptr[i]);
    }
    p[GUID_LEN + 1] = '}';
    return wd_slice_of(p, GUID_LEN + 2);
}

static bool is_text_member(const wd_json *v)
{
    return wd_slice_eq(v->key, WD_S("#text"));
}

static bool is_attribute_member(const wd_json *v)
{
    return wd_slice_eq(v->key, WD_S("#attributes")) || wd_slice_starts(v->key, WD_S("@"));
}

static bool is_namespace(wd_slice name)
{
    return wd_slice_eq(name, WD_S("xmlns")) || wd_slice_starts(name, WD_S("xmlns:"));
}

static bool takes_label(const element *e, wd_slice attribute)
{
    return e->in == CONTENT && wd_slice_eq(attribute, WD_S("Name")) &&
           (wd_slice_eq(e->tag, WD_S("Data")) || wd_slice_eq(e->tag, WD_S("ComplexData")));
}

static void add_attribute(wd_event_build *b, const element *e, wd_slice name, const wd_json *v)
{
    wd_slice value = wd_json_scalar(v);
    if (value.len == 0 || is_namespace(name) || takes_label(e, name) ||
        wd_slice_eq(e->tag, WD_S("EventData"))) {
        return;
    }
    wd_slice parts[] = {e->in == RENDER ? WD_S("RenderingInfo_") : WD_S(""), e->tag, WD_S("_"),
                        name};
    wd_slice full = wd_event_build_join(b, parts, 4);
    if (wd_slice_eq(full, WD_S("TimeCreated_SystemTime")) && wd_eventjson_set_time(b, value)) {
        return;
    }
    wd_event_build_add(b, full, as_windows_prints(b, value));
}

static void add_attributes(wd_event_build *b, const element *e, wd_slice *label)
{
    const wd_json *sets[] = {e->attributes, wd_json_get(e->v, "#attributes"), e->v};
    for (size_t i = 0; i < 3; i++) {
        bool at_form = i == 2;
        if (!wd_json_is(sets[i], WD_JSON_OBJECT)) {
            continue;
        }
        WD_JSON_EACH (v, sets[i]) {
            if (at_form && !wd_slice_starts(v->key, WD_S("@"))) {
                continue;
            }
            wd_slice name = wd_slice_sub(v->key, at_form ? 1 : 0, v->key.len);
            if (takes_label(e, name)) {
                *label = wd_json_scalar(v);
            }
            add_attribute(b, e, name, v);
        }
    }
}

static void add_leaf(wd_event_build *b, const element *e, wd_slice label, const wd_json *v)
{
    wd_slice name = label.len > 0 ? label : e->tag;
    if (label.len == 0 && e->in == RENDER) {
        name = wd_event_build_join(b, (wd_slice[]){WD_S("RenderingInfo_"), e->tag}, 2);
    }
    wd_event_build_add(b, name, as_windows_prints(b, wd_json_scalar(v)));
}

static void add_texts(wd_event_build *b, const element *e, wd_slice label, const wd_json *v)
{
    if (!wd_json_is(v, WD_JSON_ARRAY)) {
        add_leaf(b, e, label, v);
        return;
    }
    WD_JSON_EACH (item, v) {
        add_leaf(b, e, label, item);
    }
}

static void add_element(wd_event_build *b, const element *e);

static wd_slice without_suffix(wd_slice s, wd_slice suffix)
{
    return wd_slice_sub(s, 0, s.len - suffix.len);
}

/* The attributes that stand beside a member as "NAME_attributes". */
static const wd_json *beside(const wd_json *parent, wd_slice name)
{
    WD_JSON_EACH (v, parent) {
        if (v->key.len == name.len + 11 && wd_slice_starts(v->key, name) &&
            wd_slice_ends(v->key, WD_S("_attributes"))) {
            return v;
        }
    }
    return NULL;
}

static void add_children(wd_event_build *b, const wd_json *parent, section in, unsigned level)
{
    WD_JSON_EACH (v, parent) {
        if (is_text_member(v) || is_attribute_member(v)) {
            continue;
        }
        element e = {in, v->key, v, NULL, level};
        if (wd_slice_ends(v->key, WD_S("_attributes")) && v->type == WD_JSON_OBJECT) {
            static const wd_json none = {.type = WD_JSON_NULL, .span = 1};
            e.tag = without_suffix(v->key, WD_S("_attributes"));
            bool alone = true;
            WD_JSON_EACH (sibling, parent) {
                alone = alone && !wd_slice_eq(sibling->key, e.tag);
            }
            e.v = &none;
            e.attributes = v;
            if (alone) {
                add_element(b, &e);
            }
            continue;
        }
        e.attributes = beside(parent, v->key);
        add_element(b, &e);
    }
}

static void add_object(wd_event_build *b, const element *e)
{
    wd_slice label = {0};
    size_t inner = 0;
    add_attributes(b, e, &label);
    const wd_json *text = wd_json_get(e->v, "#text");
    WD_JSON_EACH (v, e->v) {
        inner += !is_text_member(v) && !is_attribute_member(v);
    }
    if (text != NULL) {
        add_texts(b, e, label, text);
    } else if (inner == 0 && label.len > 0) {
        add_leaf(b, e, label, NULL);
    }
    add_children(b, e->v, e->in, e->level + 1);
}

static void add_element(wd_event_build *b, const element *e)
{
    wd_slice label = {0};
    if (e->level >= MAX_LEVELS) {
        b->cut = true;
        return;
    }
    switch (e->v->type) {
    case WD_JSON_OBJECT: add_object(b, e); return;
    case WD_JSON_ARRAY:
        WD_JSON_EACH (item, e->v) {
            element one = {e->in, e->tag, item, e->attributes, e->level + 1};
            add_element(b, &one);
        }
        return;
    case WD_JSON_NULL:
        add_attributes(b, e, &label);
        if (e->in == CONTENT && e->attributes == NULL && !wd_slice_eq(e->tag, WD_S("EventData"))) {
            add_leaf(b, e, label, e->v);
        }
        return;
    case WD_JSON_FALSE:
    case WD_JSON_TRUE:
    case WD_JSON_NUMBER:
    case WD_JSON_STRING:
        add_attributes(b, e, &label);
        add_leaf(b, e, label, e->v);
        return;
    }
}

void wd_eventjson_content(wd_event_build *b, const wd_json *content)
{
    if (wd_json_is(content, WD_JSON_OBJECT)) {
        add_children(b, content, CONTENT, 0);
    }
}

bool wd_eventjson_set_time(wd_event_build *b, wd_slice s)
{
    wd_time t = WD_NO_TIME;
    char *text = wd_arena_alloc(b->scratch, WD_TIME_TEXT);
    if (text == NULL || s.len == 0 || (!wd_time_parse(s, &t) && !wd_time_from_epoch_text(s, &t))) {
        return false;
    }
    wd_event_build_default(b, "TimeCreated_SystemTime", wd_slice_str(wd_time_format_full(t, text)));
    return true;
}

bool wd_eventjson_tree(wd_event_build *b, const wd_json *event)
{
    const wd_json *system = wd_json_get(event, "System");
    if (!wd_json_is(system, WD_JSON_OBJECT)) {
        return false;
    }
    add_children(b, system, SYSTEM, 0);
    WD_JSON_EACH (v, event) {
        if (v == system || is_attribute_member(v) || wd_slice_ends(v->key, WD_S("_attributes"))) {
            continue;
        }
        bool render = wd_slice_eq(v->key, WD_S("RenderingInfo"));
        element e = {render ? RENDER : CONTENT, v->key, v, NULL, 0};
        add_element(b, &e);
    }
    return true;
}

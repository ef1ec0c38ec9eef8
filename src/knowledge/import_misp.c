#include "core/json.h"
#include "core/limits.h"
#include "knowledge/kb_priv.h"

/*
 * MISP events as JSON: {"Event": {...}}, {"response": [{"Event": ...}]} or a list of them, with
 * attributes in the event and in its objects. Attributes that the source does not mean for
 * detection (to_ids false) are counted and left out.
 */

typedef struct event {
    wd_slice source;
    wd_time date;
} event;

/* "filename|sha256" and "domain|ip" hold two values; the type names tell which is which. */
typedef struct half {
    wd_slice type;
    wd_slice value;
} half;

static bool is_port(wd_slice type)
{
    return wd_slice_eq(type, WD_S("port"));
}

static wd_status take_half(wd_kb_input *in, half h, wd_indicator i, bool *known)
{
    if (!wd_kb_type_word(h.type, &i.type)) {
        return WD_OK;
    }
    *known = true;
    i.value = h.value;
    return wd_kb_take(in, &i, WD_KB_OFFSET(WD_NO_OFFSET), NULL);
}

static wd_status take_value(wd_kb_input *in, wd_slice type, wd_slice value, wd_indicator i)
{
    half first = {type, value};
    half second = {{0}, {0}};
    size_t bar = wd_slice_find_byte(type, '|');
    size_t split = wd_slice_find_byte(value, '|');
    bool known = false;
    if (bar != SIZE_MAX && split != SIZE_MAX) {
        first = (half){wd_slice_sub(type, 0, bar), wd_slice_sub(value, 0, split)};
        second = (half){wd_slice_sub(type, bar + 1, type.len),
                        wd_slice_sub(value, split + 1, value.len)};
    }
    if (wd_slice_eq(first.type, WD_S("filename")) && second.value.len > 0) {
        i.name = first.value;
        return take_half(in, second, i, &known);
    }
    WD_TRY(take_half(in, first, i, &known));
    if (second.value.len > 0 && !is_port(second.type)) {
        WD_TRY(take_half(in, second, i, &known));
    }
    return known ? WD_OK
                 : wd_kb_refuse(in, WD_KB_OFFSET(WD_NO_OFFSET), value,
                                "attributes of type '%.*s' are not used",
                                (int) (type.len < 60 ? type.len : 60), (const char *) type.ptr);
}

static wd_status take_attribute(wd_kb_input *in, const wd_json *a, const event *e, size_t *context)
{
    wd_indicator i = wd_kb_feed_indicator(in);
    i.source = e->source.len > 0 ? e->source : i.source;
    i.date = e->date;
    wd_time t = WD_NO_TIME;
    if (wd_time_from_epoch_text(wd_json_scalar(wd_json_get(a, "timestamp")), &t)) {
        i.date = t;
    }
    (void) wd_time_parse(wd_json_text(a, "first_seen"), &i.first);
    (void) wd_time_parse(wd_json_text(a, "last_seen"), &i.last);
    i.note = wd_json_text(a, "comment");
    i.note = i.note.len > 0 ? i.note : wd_json_text(a, "category");
    if (wd_json_is(wd_json_get(a, "to_ids"), WD_JSON_FALSE)) {
        (*context)++;
        return WD_OK;
    }
    return take_value(in, wd_json_text(a, "type"), wd_json_text(a, "value"), i);
}

static wd_status take_attributes(wd_kb_input *in, const wd_json *holder, const event *e,
                                 size_t *context)
{
    const wd_json *list = wd_json_get(holder, "Attribute");
    if (wd_json_is(list, WD_JSON_ARRAY)) {
        WD_JSON_EACH (a, list) {
            WD_TRY(take_attribute(in, a, e, context));
        }
    }
    return WD_OK;
}

static wd_status take_event(wd_kb_input *in, const wd_json *v)
{
    event e = {wd_json_text(wd_json_get(v, "Orgc"), "name"), WD_NO_TIME};
    size_t context = 0;
    (void) wd_time_parse(wd_json_text(v, "date"), &e.date);
    WD_TRY(take_attributes(in, v, &e, &context));
    const wd_json *objects = wd_json_get(v, "Object");
    if (wd_json_is(objects, WD_JSON_ARRAY)) {
        WD_JSON_EACH (o, objects) {
            WD_TRY(take_attributes(in, o, &e, &context));
        }
    }
    if (context == 0) {
        return WD_OK;
    }
    return wd_kb_refuse(in, WD_KB_OFFSET(WD_NO_OFFSET), wd_json_text(v, "info"),
                        "%zu attributes are context by their source (to_ids false) and not used",
                        context);
}

static wd_status take_any(wd_kb_input *in, const wd_json *v)
{
    const wd_json *inner = wd_json_get(v, "Event");
    return take_event(in, inner != NULL ? inner : v);
}

static wd_status take_root(wd_kb_input *in, const wd_json *root)
{
    const wd_json *list = wd_json_get(root, "response");
    list = list != NULL ? list : root;
    if (wd_json_get(root, "values") != NULL) {
        return wd_kb_refuse(in, WD_KB_OFFSET(0), wd_json_text(root, "name"),
                            "a MISP galaxy holds names of actors, not indicators");
    }
    if (!wd_json_is(list, WD_JSON_ARRAY)) {
        return take_any(in, root);
    }
    WD_JSON_EACH (v, list) {
        WD_TRY(take_any(in, v));
    }
    return WD_OK;
}

wd_status wd_kb_import_misp(wd_kb_input *in)
{
    wd_json_doc doc = {0};
    if (in->bytes.len > WD_MAX_KB_EVENT) {
        return wd_fail(in->err, WD_E_LIMIT, WD_NO_OFFSET, "misp",
                       "larger than %u MiB; export events one by one", WD_MAX_KB_EVENT >> 20);
    }
    wd_status s = wd_json_parse(&doc, in->bytes, in->scratch, 0, in->err);
    s = s == WD_OK ? take_root(in, &doc.nodes[0]) : s;
    wd_json_doc_free(&doc);
    return s;
}

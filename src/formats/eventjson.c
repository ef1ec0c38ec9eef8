#include "formats/eventjson.h"

#include <string.h>

#include "core/limits.h"
#include "formats/eventjson_priv.h"

typedef struct reader {
    wd_event_build b;
    wd_json_doc doc;
    wd_json_doc inner;
    wd_slice in;
    uint64_t base;
} reader;

/* The object that is the event itself, out of what exporters put around it. */
static const wd_json *unwrapped(const wd_json *v)
{
    static const char *const around[] = {"result", "_source", "document/data", "document"};
    for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
        const wd_json *inner = wd_json_path(v, around[i]);
        if (wd_json_is(inner, WD_JSON_OBJECT)) {
            return inner;
        }
    }
    return v;
}

static bool take_record(reader *r, const wd_json *v)
{
    const wd_json *root = unwrapped(v);
    const wd_json *event = wd_json_get(root, "Event");
    wd_event_build *b = &r->b;
    b->n = 0;
    if (wd_eventjson_tree(b, event != NULL ? event : root)) {
        return wd_event_build_get(b, "EventID").len > 0;
    }
    b->n = 0;
    if (wd_eventjson_beats(b, root)) {
        return true;
    }
    b->n = 0;
    return wd_eventjson_flat(b, root, &r->inner);
}

/* Arrays of records inside one document. */
static const wd_json *record_list(const wd_json *root)
{
    static const char *const names[] = {"hits/hits", "events", "Events", "records",
                                        "Records",   "rows",   "value",  "results"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const wd_json *list = wd_json_path(root, names[i]);
        if (wd_json_is(list, WD_JSON_ARRAY)) {
            return list;
        }
    }
    return NULL;
}

static wd_status take_text(reader *r, wd_span span)
{
    const wd_json *root = r->doc.nodes;
    if (take_record(r, root)) {
        return wd_event_build_give(&r->b, span, WD_NO_TIME);
    }
    const wd_json *list = record_list(root);
    if (list == NULL) {
        return wd_event_build_fail(&r->b, span, "an object that is no event");
    }
    WD_JSON_EACH (v, list) {
        r->b.cut = false;
        if (take_record(r, v)) {
            WD_TRY(wd_event_build_give(&r->b, span, WD_NO_TIME));
        } else {
            WD_TRY(wd_event_build_fail(&r->b, span, "a list member that is no event"));
        }
    }
    return WD_OK;
}

/* Moves to the next opening brace that begins a text; false at the end. */
static bool next_object(wd_slice in, size_t *pos)
{
    while (*pos < in.len) {
        uint8_t c = in.ptr[*pos];
        if (c == '{') {
            return true;
        }
        if (wd_is_space(c) || c == ',' || c == '[' || c == ']' || c >= 0x80) {
            (*pos)++;
            continue;
        }
        const uint8_t *eol = memchr(in.ptr + *pos, '\n', in.len - *pos);
        *pos = eol == NULL ? in.len : (size_t) (eol - in.ptr) + 1;
    }
    return false;
}

static wd_status read_all(reader *r)
{
    size_t pos = 0;
    while (next_object(r->in, &pos)) {
        wd_slice rest = wd_slice_sub(r->in, pos, WD_MAX_LINE);
        size_t used = 0;
        wd_event_build_start(&r->b);
        wd_status status = wd_json_parse_prefix(&r->doc, rest, r->b.scratch, 0, &used, NULL);
        if (status != WD_OK) {
            const uint8_t *eol = memchr(rest.ptr, '\n', rest.len);
            size_t len = eol == NULL ? rest.len : (size_t) (eol - rest.ptr) + 1;
            WD_TRY(wd_event_build_fail(&r->b, (wd_span){r->base + pos, len, 0},
                                       "text that is no JSON"));
            pos += len;
            continue;
        }
        WD_TRY(take_text(r, (wd_span){r->base + pos, used, 0}));
        pos += used;
    }
    return WD_OK;
}

wd_status wd_eventjson_read(wd_slice file, uint64_t base, wd_arena *arena,
                            const wd_event_sink *sink, wd_event_stats *stats, wd_err *err)
{
    reader r = {.in = file, .base = base};
    WD_TRY(wd_event_build_init(&r.b, arena, sink, stats, err));
    wd_status status = read_all(&r);
    wd_event_build_clear(&r.b);
    wd_json_doc_free(&r.doc);
    wd_json_doc_free(&r.inner);
    if (status == WD_OK && stats->records == 0) {
        return wd_fail(err, WD_E_MALFORMED, base, "eventjson", "no event in this text");
    }
    return status;
}

#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/text.h"

typedef struct reader {
    wd_json_doc *doc;
    wd_slice in;
    size_t pos;
    wd_arena *arena;
    uint64_t base;
    wd_err *err;
} reader;

void wd_json_doc_free(wd_json_doc *doc)
{
    free(doc->nodes);
    *doc = (wd_json_doc){0};
}

static wd_status bad(reader *r, const char *what)
{
    wd_status code = r->pos >= r->in.len ? WD_E_TRUNCATED : WD_E_MALFORMED;
    return wd_fail(r->err, code, r->base + r->pos, "json", "%s", what);
}

static void skip_space(reader *r)
{
    while (r->pos < r->in.len) {
        uint8_t c = r->in.ptr[r->pos];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            return;
        }
        r->pos++;
    }
}

static wd_status new_node(reader *r, size_t *index)
{
    wd_json_doc *d = r->doc;
    if (d->n == d->cap) {
        size_t cap = d->cap == 0 ? 64 : d->cap * 2;
        wd_json *nodes = cap > UINT32_MAX ? NULL : reallocarray(d->nodes, cap, sizeof *nodes);
        if (nodes == NULL) {
            return wd_nomem(r->err, "json");
        }
        d->nodes = nodes;
        d->cap = cap;
    }
    *index = d->n++;
    d->nodes[*index] = (wd_json){.span = 1};
    return WD_OK;
}

static bool hex4(reader *r, uint32_t *out)
{
    uint64_t v = 0;
    if (r->in.len - r->pos < 4 || !wd_slice_hex_to_u64(wd_slice_sub(r->in, r->pos, 4), &v) ||
        r->in.ptr[r->pos + 1] == 'x' || r->in.ptr[r->pos + 1] == 'X') {
        return false;
    }
    r->pos += 4;
    *out = (uint32_t) v;
    return true;
}

static size_t put_utf8(uint8_t *out, uint32_t cp)
{
    uint8_t bytes[8];
    wd_buf b = {bytes, 0, sizeof bytes, false};
    wd_utf8_add(&b, cp);
    memcpy(out, bytes, b.len);
    return b.len;
}

/* At the backslash. Writes at most four bytes for the six (or twelve) it reads. */
static wd_status unescape_one(reader *r, uint8_t *out, size_t *len)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    r->pos++;
    if (r->pos >= r->in.len) {
        return bad(r, "string ends inside an escape");
    }
    uint8_t c = r->in.ptr[r->pos++];
    const char *hit = c == 0 ? NULL : strchr(from, c);
    if (hit != NULL) {
        out[(*len)++] = (uint8_t) to[hit - from];
        return WD_OK;
    }
    uint32_t cp = 0;
    if (c != 'u' || !hex4(r, &cp)) {
        return bad(r, "unknown escape in a string");
    }
    if (cp >= 0xd800 && cp < 0xdc00 &&
        wd_slice_starts(wd_slice_sub(r->in, r->pos, 2), WD_S("\\u"))) {
        size_t back = r->pos;
        uint32_t low = 0;
        r->pos += 2;
        if (hex4(r, &low) && low >= 0xdc00 && low < 0xe000) {
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
        } else {
            r->pos = back;
        }
    }
    *len += put_utf8(out + *len, cp);
    return WD_OK;
}

static wd_status read_escaped(reader *r, size_t start, wd_slice *out)
{
    size_t end = r->pos;
    while (end < r->in.len && r->in.ptr[end] != '"') {
        end += r->in.ptr[end] == '\\' ? 2 : 1;
    }
    if (end >= r->in.len) {
        r->pos = r->in.len;
        return bad(r, "string has no closing quote");
    }
    uint8_t *text = wd_arena_alloc(r->arena, end - start);
    if (text == NULL) {
        return wd_nomem(r->err, "json");
    }
    size_t len = r->pos - start;
    memcpy(text, r->in.ptr + start, len);
    while (r->pos < end) {
        if (r->in.ptr[r->pos] == '\\') {
            WD_TRY(unescape_one(r, text, &len));
        } else {
            text[len++] = r->in.ptr[r->pos++];
        }
    }
    r->pos = end + 1;
    *out = wd_slice_of(text, len);
    return WD_OK;
}

/* At the opening quote. Control characters inside are let through: real exports carry them. */
static wd_status read_string(reader *r, wd_slice *out)
{
    size_t start = ++r->pos;
    const uint8_t *p = r->in.ptr;
    size_t pos = start;
    while (pos < r->in.len && p[pos] != '"' && p[pos] != '\\') {
        pos++;
    }
    r->pos = pos;
    if (pos < r->in.len && p[pos] == '"') {
        *out = wd_slice_of(p + start, pos - start);
        r->pos++;
        return WD_OK;
    }
    return read_escaped(r, start, out);
}

static wd_status read_number(reader *r, wd_slice *out)
{
    size_t start = r->pos;
    while (r->pos < r->in.len) {
        uint8_t c = r->in.ptr[r->pos];
        if (!wd_is_digit(c) && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E') {
            break;
        }
        r->pos++;
    }
    *out = wd_slice_sub(r->in, start, r->pos - start);
    double ignored = 0;
    if (!wd_slice_to_double(*out, &ignored)) {
        r->pos = start;
        return bad(r, "not a JSON value");
    }
    return WD_OK;
}

static wd_status read_word(reader *r, const char *word, wd_json_type type, wd_json *node)
{
    wd_slice w = wd_slice_str(word);
    if (!wd_slice_starts(wd_slice_sub(r->in, r->pos, r->in.len), w)) {
        return bad(r, "not a JSON value");
    }
    r->pos += w.len;
    node->type = type;
    return WD_OK;
}

static wd_status read_value(reader *r, unsigned depth, size_t *index);

static wd_status read_key(reader *r, wd_slice *key)
{
    skip_space(r);
    if (r->pos >= r->in.len || r->in.ptr[r->pos] != '"') {
        return bad(r, "expected a member name in quotes");
    }
    WD_TRY(read_string(r, key));
    skip_space(r);
    if (r->pos >= r->in.len || r->in.ptr[r->pos] != ':') {
        return bad(r, "expected ':' after a member name");
    }
    r->pos++;
    return WD_OK;
}

static wd_status read_container(reader *r, unsigned depth, size_t self)
{
    bool object = r->in.ptr[r->pos] == '{';
    uint8_t close = object ? '}' : ']';
    if (depth >= WD_MAX_JSON_DEPTH) {
        return wd_fail(r->err, WD_E_LIMIT, r->base + r->pos, "json", "nested deeper than %u levels",
                       WD_MAX_JSON_DEPTH);
    }
    r->doc->nodes[self].type = object ? WD_JSON_OBJECT : WD_JSON_ARRAY;
    r->pos++;
    skip_space(r);
    if (r->pos < r->in.len && r->in.ptr[r->pos] == close) {
        r->pos++;
        return WD_OK;
    }
    uint32_t n = 0;
    for (;;) {
        wd_slice key = {0};
        if (object) {
            WD_TRY(read_key(r, &key));
        }
        size_t child = 0;
        WD_TRY(read_value(r, depth + 1, &child));
        r->doc->nodes[child].key = key;
        n++;
        skip_space(r);
        if (r->pos >= r->in.len) {
            return bad(r, object ? "object is not closed" : "array is not closed");
        }
        uint8_t c = r->in.ptr[r->pos];
        if (c != ',' && c != close) {
            return bad(r, "expected ',' or the end of the container");
        }
        r->pos++;
        if (c == close) {
            break;
        }
    }
    r->doc->nodes[self].n = n;
    r->doc->nodes[self].span = (uint32_t) (r->doc->n - self);
    return WD_OK;
}

static wd_status read_value(reader *r, unsigned depth, size_t *index)
{
    skip_space(r);
    if (r->pos >= r->in.len) {
        return bad(r, "a value is missing");
    }
    WD_TRY(new_node(r, index));
    wd_json *node = &r->doc->nodes[*index];
    switch (r->in.ptr[r->pos]) {
    case '{':
    case '[': return read_container(r, depth, *index);
    case '"': node->type = WD_JSON_STRING; return read_string(r, &node->text);
    case 't': return read_word(r, "true", WD_JSON_TRUE, node);
    case 'f': return read_word(r, "false", WD_JSON_FALSE, node);
    case 'n': return read_word(r, "null", WD_JSON_NULL, node);
    default: node->type = WD_JSON_NUMBER; return read_number(r, &node->text);
    }
}

wd_status wd_json_parse_prefix(wd_json_doc *doc, wd_slice text, wd_arena *arena, uint64_t base,
                               size_t *used, wd_err *err)
{
    reader r = {doc, text, 0, arena, base, err};
    size_t root = 0;
    doc->n = 0;
    WD_TRY(read_value(&r, 0, &root));
    *used = r.pos;
    return WD_OK;
}

wd_status wd_json_parse(wd_json_doc *doc, wd_slice text, wd_arena *arena, uint64_t base,
                        wd_err *err)
{
    size_t used = 0;
    WD_TRY(wd_json_parse_prefix(doc, text, arena, base, &used, err));
    reader r = {doc, text, used, arena, base, err};
    skip_space(&r);
    if (r.pos != text.len) {
        return wd_fail(err, WD_E_MALFORMED, base + r.pos, "json",
                       "text after the end of the value");
    }
    return WD_OK;
}

const wd_json *wd_json_first(const wd_json *parent)
{
    return parent != NULL && parent->n > 0 ? parent + 1 : NULL;
}

const wd_json *wd_json_next(const wd_json *parent, const wd_json *child)
{
    const wd_json *next = child + child->span;
    return next < parent + parent->span ? next : NULL;
}

static const wd_json *get(const wd_json *object, wd_slice key)
{
    if (object == NULL || object->type != WD_JSON_OBJECT) {
        return NULL;
    }
    WD_JSON_EACH (child, object) {
        if (wd_slice_eq(child->key, key)) {
            return child;
        }
    }
    return NULL;
}

const wd_json *wd_json_get(const wd_json *object, const char *key)
{
    return get(object, wd_slice_str(key));
}

const wd_json *wd_json_path(const wd_json *object, const char *path)
{
    wd_slice rest = wd_slice_str(path);
    wd_slice key;
    while (object != NULL && wd_slice_split(&rest, '/', &key)) {
        object = get(object, key);
    }
    return object;
}

bool wd_json_is(const wd_json *v, wd_json_type type)
{
    return v != NULL && v->type == type;
}

wd_slice wd_json_text(const wd_json *object, const char *key)
{
    const wd_json *v = wd_json_get(object, key);
    return wd_json_is(v, WD_JSON_STRING) ? v->text : (wd_slice){0};
}

wd_slice wd_json_scalar(const wd_json *v)
{
    if (v == NULL) {
        return (wd_slice){0};
    }
    switch (v->type) {
    case WD_JSON_STRING:
    case WD_JSON_NUMBER: return v->text;
    case WD_JSON_TRUE: return WD_S("true");
    case WD_JSON_FALSE: return WD_S("false");
    case WD_JSON_NULL:
    case WD_JSON_ARRAY:
    case WD_JSON_OBJECT: break;
    }
    return (wd_slice){0};
}

bool wd_json_to_u64(const wd_json *v, uint64_t *out)
{
    return wd_json_is(v, WD_JSON_NUMBER) && wd_slice_to_u64(v->text, out);
}

bool wd_json_to_double(const wd_json *v, double *out)
{
    return wd_json_is(v, WD_JSON_NUMBER) && wd_slice_to_double(v->text, out);
}

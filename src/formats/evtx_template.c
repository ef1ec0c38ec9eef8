#include "formats/evtx_template.h"

#include <string.h>

#include "core/text.h"
#include "formats/evtx_raw.h"

enum { MAX_DEPTH = 64, MAX_NAME_UNITS = 1024 };

typedef struct compiler {
    wd_cursor c; /* over the chunk, cut at the fragment's end */
    wd_slice chunk;
    wd_arena *arena;
    wd_evtx_template *t;
    const char *why;
    size_t start;
    size_t stretch; /* where the bytes since the last mark begin */
    size_t cap_ops;
    size_t n_parts;
    size_t cap_parts;
    size_t cap_marks;
    bool definition;
} compiler;

static wd_status bad(compiler *k, const char *why)
{
    k->why = why;
    return WD_E_MALFORMED;
}

static wd_status nomem(compiler *k)
{
    k->why = "memory limit reached";
    return WD_E_NOMEM;
}

static wd_status mark(compiler *k, wd_slice name)
{
    if (!k->definition) {
        return WD_OK;
    }
    wd_evtx_template *t = k->t;
    if (WD_ROOM(k->arena, t->marks, t->n_marks, k->cap_marks) != WD_OK) {
        return nomem(k);
    }
    t->marks[t->n_marks++] = (wd_evtx_mark){(uint32_t) (k->stretch - k->start),
                                            (uint32_t) (k->c.pos - k->stretch), name};
    return WD_OK;
}

static wd_status skip_size(compiler *k)
{
    WD_TRY(mark(k, (wd_slice){0}));
    wd_skip(&k->c, 4);
    k->stretch = k->c.pos;
    return WD_OK;
}

static uint32_t name_hash(wd_slice units)
{
    uint32_t h = 0;
    for (size_t i = 0; i + 1 < units.len; i += 2) {
        h = h * 65599U + ((uint32_t) units.ptr[i] | (uint32_t) units.ptr[i + 1] << 8);
    }
    return h & 0xffff;
}

/* The units of a name structure at an offset of the chunk; false when it does not fit. */
static bool name_at(wd_slice chunk, uint64_t at, uint16_t *hash, wd_slice *units)
{
    bool ok = true;
    *hash = wd_peek_u16le(chunk, at + 4, &ok);
    size_t n = wd_peek_u16le(chunk, at + 6, &ok);
    if (!ok || n > MAX_NAME_UNITS || chunk.len - (at + WD_EVTX_NAME_HEAD) < n * 2) {
        return false;
    }
    *units = wd_slice_of(chunk.ptr + at + WD_EVTX_NAME_HEAD, n * 2);
    return true;
}

static wd_status take_name(compiler *k, wd_slice *name)
{
    size_t before = k->c.pos;
    uint64_t at = wd_u32le(&k->c);
    bool inline_here = !k->c.failed && at == k->c.pos;
    uint16_t hash = 0;
    wd_slice units = {0};
    if (k->c.failed || !name_at(k->chunk, at, &hash, &units) || units.len == 0) {
        return bad(k, "a name lies outside the chunk");
    }
    k->t->names_ok = k->t->names_ok && name_hash(units) == hash;
    if (inline_here) {
        wd_skip(&k->c, WD_EVTX_NAME_HEAD + units.len + 2);
    }
    *name = wd_utf16le_to_utf8(k->arena, units);
    wd_slice kept = k->definition ? wd_arena_copy(k->arena, units) : (wd_slice){0};
    if (name->ptr == NULL || (k->definition && kept.ptr == NULL)) {
        return nomem(k);
    }
    size_t after = k->c.pos;
    k->c.pos = before;
    WD_TRY(mark(k, kept));
    k->c.pos = after;
    k->stretch = after;
    return WD_OK;
}

static wd_status add_part(compiler *k, wd_evtx_part part)
{
    if (WD_ROOM(k->arena, k->t->parts, k->n_parts, k->cap_parts) != WD_OK) {
        return nomem(k);
    }
    k->t->parts[k->n_parts++] = part;
    return WD_OK;
}

static wd_status add_op(compiler *k, wd_evtx_op op)
{
    if (WD_ROOM(k->arena, k->t->ops, k->t->n_ops, k->cap_ops) != WD_OK) {
        return nomem(k);
    }
    k->t->ops[k->t->n_ops++] = op;
    return WD_OK;
}

static wd_status text_part(compiler *k, wd_slice units)
{
    wd_slice text = wd_utf16le_to_utf8(k->arena, units);
    return text.ptr == NULL ? nomem(k) : add_part(k, (wd_evtx_part){text, WD_EVTX_NO_SLOT, false});
}

static wd_slice entity_text(wd_slice name)
{
    static const struct {
        const char *name;
        const char *text;
    } known[] = {{"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wd_slice_eq(name, wd_slice_str(known[i].name))) {
            return wd_slice_str(known[i].text);
        }
    }
    return name;
}

/* A token that adds text or a slot to a value; the token byte is already taken. */
static wd_status value_part(compiler *k, unsigned token)
{
    wd_slice name = {0};
    wd_evtx_part slot = {.optional = token == WD_EVTX_TOKEN_OPTIONAL_SLOT};
    switch (token) {
    case WD_EVTX_TOKEN_VALUE:
        if (wd_u8(&k->c) != WD_EVTX_UTF16) {
            return bad(k, "a literal value is not text");
        }
        return text_part(k, wd_take(&k->c, (size_t) wd_u16le(&k->c) * 2));
    case WD_EVTX_TOKEN_CDATA: return text_part(k, wd_take(&k->c, (size_t) wd_u16le(&k->c) * 2));
    case WD_EVTX_TOKEN_CHAR: return text_part(k, wd_take(&k->c, 2));
    case WD_EVTX_TOKEN_ENTITY:
        WD_TRY(take_name(k, &name));
        return add_part(k, (wd_evtx_part){entity_text(name), WD_EVTX_NO_SLOT, false});
    default:
        slot.slot = wd_u16le(&k->c);
        wd_skip(&k->c, 1); /* declared type: the descriptor of the record decides */
        return add_part(k, slot);
    }
}

static bool is_value_token(unsigned token)
{
    return token == WD_EVTX_TOKEN_VALUE || token == WD_EVTX_TOKEN_CDATA ||
           token == WD_EVTX_TOKEN_CHAR || token == WD_EVTX_TOKEN_ENTITY ||
           token == WD_EVTX_TOKEN_SLOT || token == WD_EVTX_TOKEN_OPTIONAL_SLOT;
}

static unsigned peek_token(const compiler *k)
{
    if (k->c.failed || wd_cursor_left(&k->c) == 0) {
        return UINT32_MAX;
    }
    return k->c.data.ptr[k->c.pos] & ~(unsigned) WD_EVTX_TOKEN_MORE;
}

/* One text out of parts that are all text. */
static wd_status join_parts(compiler *k, size_t first, size_t n, wd_slice *out)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        len += k->t->parts[first + i].text.len;
    }
    uint8_t *p = wd_arena_alloc(k->arena, len);
    if (p == NULL) {
        return nomem(k);
    }
    *out = wd_slice_of(p, len);
    for (size_t i = 0; i < n; i++) {
        wd_slice text = k->t->parts[first + i].text;
        if (text.len > 0) {
            memcpy(p, text.ptr, text.len);
            p += text.len;
        }
    }
    return WD_OK;
}

/* The parts since `first` as what an operation takes its value from. */
static wd_status set_value(compiler *k, size_t first, wd_evtx_op *op)
{
    size_t n = k->n_parts - first;
    const wd_evtx_part *parts = n > 0 ? k->t->parts + first : NULL;
    size_t slots = 0;
    for (size_t i = 0; i < n; i++) {
        slots += parts[i].slot != WD_EVTX_NO_SLOT;
    }
    op->slot = WD_EVTX_NO_SLOT;
    if (slots == 0) {
        op->kind = WD_EVTX_OP_TEXT;
        WD_TRY(join_parts(k, first, n, &op->text));
    } else if (n == 1) {
        op->kind = WD_EVTX_OP_SLOT;
        op->slot = parts[0].slot;
        op->optional = parts[0].optional;
    } else {
        op->kind = WD_EVTX_OP_MIXED;
        op->first = (uint32_t) first;
        op->n = (uint32_t) n;
        return WD_OK; /* the parts stay */
    }
    k->n_parts = first;
    return WD_OK;
}

static bool is_namespace(wd_slice name)
{
    return wd_slice_eq(name, WD_S("xmlns")) || wd_slice_starts(name, WD_S("xmlns:"));
}

typedef struct element {
    wd_slice tag;
    wd_evtx_section section; /* of what is below it */
    wd_slice label;          /* Data: the value of its Name */
    uint32_t label_slot;
    bool labelled;
    bool has_children;
    bool has_attributes;
    size_t first_op;
    size_t end_attributes;
} element;

static wd_evtx_section section_below(wd_evtx_section section, wd_slice tag)
{
    if (section == WD_EVTX_TOP && wd_slice_eq(tag, WD_S("Event"))) {
        return WD_EVTX_EVENT;
    }
    if (section != WD_EVTX_TOP && section != WD_EVTX_EVENT) {
        return section;
    }
    if (wd_slice_eq(tag, WD_S("System"))) {
        return WD_EVTX_SYSTEM;
    }
    return wd_slice_eq(tag, WD_S("RenderingInfo")) ? WD_EVTX_RENDER : WD_EVTX_CONTENT;
}

static bool takes_label(const element *e, wd_slice attribute)
{
    return e->section == WD_EVTX_CONTENT && wd_slice_eq(attribute, WD_S("Name")) &&
           (wd_slice_eq(e->tag, WD_S("Data")) || wd_slice_eq(e->tag, WD_S("ComplexData")));
}

static wd_status attribute(compiler *k, element *e)
{
    wd_slice name = {0};
    wd_skip(&k->c, 1);
    WD_TRY(take_name(k, &name));
    size_t first = k->n_parts;
    while (is_value_token(peek_token(k))) {
        unsigned token = wd_u8(&k->c) & ~(unsigned) WD_EVTX_TOKEN_MORE;
        WD_TRY(value_part(k, token));
    }
    wd_evtx_op op = {.guard = WD_EVTX_NO_SLOT, .name_slot = WD_EVTX_NO_SLOT, .attribute = true};
    WD_TRY(set_value(k, first, &op));
    if (is_namespace(name) || wd_slice_eq(e->tag, WD_S("EventData"))) {
        return WD_OK; /* no content of the event */
    }
    if (takes_label(e, name) && op.kind != WD_EVTX_OP_MIXED) {
        e->labelled = op.kind == WD_EVTX_OP_SLOT || op.text.len > 0;
        e->label = op.text;
        e->label_slot = op.slot;
        return WD_OK;
    }
    bool render = e->section == WD_EVTX_RENDER;
    op.name =
        wd_arena_printf(k->arena, "%s%.*s_%.*s", render ? "RenderingInfo_" : "", (int) e->tag.len,
                        (const char *) e->tag.ptr, (int) name.len, (const char *) name.ptr);
    return op.name.ptr == NULL ? nomem(k) : add_op(k, op);
}

/* Slots between child elements can only hold further elements. */
static wd_status splice_parts(compiler *k, const element *e, size_t first)
{
    size_t end = k->n_parts;
    for (size_t i = first; i < end; i++) {
        wd_evtx_op op = {.kind = WD_EVTX_OP_SPLICE,
                         .slot = k->t->parts[i].slot,
                         .guard = WD_EVTX_NO_SLOT,
                         .name_slot = WD_EVTX_NO_SLOT,
                         .section = (uint8_t) e->section};
        if (op.slot != WD_EVTX_NO_SLOT) {
            WD_TRY(add_op(k, op));
        }
    }
    k->n_parts = first;
    return WD_OK;
}

static wd_status leaf(compiler *k, const element *e, size_t first, bool bare)
{
    bool container = e->section != WD_EVTX_CONTENT || wd_slice_eq(e->tag, WD_S("EventData"));
    if (bare && (container || (e->has_attributes && !e->labelled))) {
        return WD_OK; /* it says nothing, or its attributes say everything */
    }
    wd_evtx_op op = {.guard = WD_EVTX_NO_SLOT,
                     .name_slot = WD_EVTX_NO_SLOT,
                     .name = e->tag,
                     .section = (uint8_t) e->section};
    WD_TRY(set_value(k, first, &op));
    if (bare) {
        op.kind = WD_EVTX_OP_BARE;
    }
    if (e->labelled) {
        op.name = e->label;
        op.name_slot = e->label_slot;
    } else if (e->section == WD_EVTX_RENDER) {
        op.name = wd_arena_printf(k->arena, "RenderingInfo_%.*s", (int) e->tag.len,
                                  (const char *) e->tag.ptr);
        if (op.name.ptr == NULL) {
            return nomem(k);
        }
    }
    if (op.kind == WD_EVTX_OP_SLOT && op.optional) {
        for (size_t i = e->first_op; i < e->end_attributes; i++) {
            k->t->ops[i].guard = op.slot;
        }
    }
    return add_op(k, op);
}

static wd_status instance(compiler *k, wd_evtx_section section)
{
    wd_evtx_op op = {.kind = WD_EVTX_OP_INSTANCE,
                     .slot = WD_EVTX_NO_SLOT,
                     .guard = WD_EVTX_NO_SLOT,
                     .name_slot = WD_EVTX_NO_SLOT,
                     .first = (uint32_t) k->c.pos,
                     .section = (uint8_t) section};
    if (k->definition) {
        return bad(k, "a template holds an instance of another");
    }
    wd_skip(&k->c, WD_EVTX_INSTANCE_HEAD - 4);
    uint64_t at = wd_u32le(&k->c);
    if (at == k->c.pos) {
        wd_evtx_template inner = {0};
        wd_evtx_fragment f = {k->chunk, k->c.pos + WD_EVTX_DEFINITION_HEAD, k->c.data.len, section,
                              true};
        size_t used = 0;
        WD_TRY(wd_evtx_compile(&f, k->arena, &inner, &used, &k->why));
        wd_skip(&k->c, WD_EVTX_DEFINITION_HEAD + used);
    }
    uint64_t n = wd_u32le(&k->c);
    if (k->c.failed || n > wd_cursor_left(&k->c) / 4) {
        return bad(k, "value count past the record");
    }
    size_t values = 0;
    for (uint64_t i = 0; i < n; i++) {
        values += wd_u16le(&k->c);
        wd_skip(&k->c, 2);
    }
    wd_skip(&k->c, values);
    return add_op(k, op);
}

static wd_status other_token(compiler *k, unsigned token)
{
    wd_slice name = {0};
    switch (token) {
    case WD_EVTX_TOKEN_PI_TARGET: wd_skip(&k->c, 1); return take_name(k, &name);
    case WD_EVTX_TOKEN_PI_DATA:
        wd_skip(&k->c, 1);
        wd_skip(&k->c, (size_t) wd_u16le(&k->c) * 2);
        return WD_OK;
    case WD_EVTX_TOKEN_FRAGMENT: wd_skip(&k->c, 4); return WD_OK;
    default: return bad(k, "unknown token");
    }
}

static wd_status take_element(compiler *k, wd_evtx_section section, unsigned depth);

/* One token of an element's content that is not its end. */
static wd_status content_token(compiler *k, element *e, size_t first, unsigned depth)
{
    unsigned token = peek_token(k);
    if (is_value_token(token)) {
        wd_skip(&k->c, 1);
        WD_TRY(value_part(k, token));
        return e->has_children ? splice_parts(k, e, first) : WD_OK;
    }
    if (token != WD_EVTX_TOKEN_ELEMENT && token != WD_EVTX_TOKEN_INSTANCE) {
        return other_token(k, token);
    }
    if (!e->has_children) {
        WD_TRY(splice_parts(k, e, first));
        e->has_children = true;
    }
    return token == WD_EVTX_TOKEN_ELEMENT ? take_element(k, e->section, depth + 1)
                                          : instance(k, e->section);
}

static wd_status content(compiler *k, element *e, unsigned depth)
{
    size_t first = k->n_parts;
    while (peek_token(k) != WD_EVTX_TOKEN_END) {
        WD_TRY(content_token(k, e, first, depth));
        if (k->c.failed) {
            return bad(k, "an element is not closed");
        }
    }
    wd_skip(&k->c, 1);
    return e->has_children ? WD_OK : leaf(k, e, first, k->n_parts == first);
}

static wd_status take_element(compiler *k, wd_evtx_section section, unsigned depth)
{
    if (depth >= MAX_DEPTH) {
        k->why = "elements are nested too deeply";
        return WD_E_LIMIT;
    }
    bool attributes = (wd_u8(&k->c) & WD_EVTX_TOKEN_MORE) != 0;
    if (k->definition) {
        wd_skip(&k->c, 2);
    }
    element e = {.first_op = k->t->n_ops, .label_slot = WD_EVTX_NO_SLOT};
    WD_TRY(skip_size(k));
    WD_TRY(take_name(k, &e.tag));
    e.section = section_below(section, e.tag);
    e.has_attributes = attributes;
    if (attributes) {
        WD_TRY(skip_size(k));
        while (peek_token(k) == WD_EVTX_TOKEN_ATTRIBUTE) {
            WD_TRY(attribute(k, &e));
        }
    }
    e.end_attributes = k->t->n_ops;
    unsigned close = wd_u8(&k->c);
    if (!k->c.failed && close == WD_EVTX_TOKEN_CLOSE_EMPTY) {
        return leaf(k, &e, k->n_parts, true);
    }
    if (k->c.failed || close != WD_EVTX_TOKEN_CLOSE_START) {
        return bad(k, "a start tag is not closed");
    }
    return content(k, &e, depth);
}

static wd_status take_fragment(compiler *k, wd_evtx_section section)
{
    bool any = false;
    while (!k->c.failed && wd_cursor_left(&k->c) > 0) {
        unsigned token = peek_token(k);
        if (token == WD_EVTX_TOKEN_EOF) {
            wd_skip(&k->c, 1);
            break;
        }
        any = any || token == WD_EVTX_TOKEN_ELEMENT || token == WD_EVTX_TOKEN_INSTANCE;
        if (token == WD_EVTX_TOKEN_ELEMENT) {
            WD_TRY(take_element(k, section, 0));
        } else if (token == WD_EVTX_TOKEN_INSTANCE) {
            WD_TRY(instance(k, section));
        } else {
            WD_TRY(other_token(k, token));
        }
    }
    if (k->c.failed) {
        return bad(k, "the fragment ends inside a token");
    }
    return any ? WD_OK : bad(k, "the fragment holds no element");
}

static void find_routes(wd_evtx_template *t)
{
    static const char *const names[WD_EVTX_ROUTES] = {
        "Provider_Name", "EventID", "TimeCreated_SystemTime",
        "EventRecordID", "Channel", "Computer"};
    for (int r = 0; r < WD_EVTX_ROUTES; r++) {
        t->route[r] = -1;
        for (size_t i = 0; i < t->n_ops && t->route[r] < 0; i++) {
            const wd_evtx_op *op = &t->ops[i];
            if (op->name_slot == WD_EVTX_NO_SLOT && op->kind <= WD_EVTX_OP_MIXED &&
                wd_slice_eq(op->name, wd_slice_str(names[r]))) {
                t->route[r] = (int32_t) i;
            }
        }
    }
}

wd_status wd_evtx_compile(const wd_evtx_fragment *src, wd_arena *arena, wd_evtx_template *out,
                          size_t *used, const char **why)
{
    *out = (wd_evtx_template){.names_ok = true, .section = src->section};
    size_t end = src->end < src->chunk.len ? src->end : src->chunk.len;
    compiler k = {.c = wd_cursor_of(wd_slice_sub(src->chunk, 0, end), 0),
                  .chunk = src->chunk,
                  .arena = arena,
                  .t = out,
                  .why = "",
                  .start = src->pos,
                  .stretch = src->pos,
                  .definition = src->definition};
    wd_seek(&k.c, src->pos);
    wd_status status = k.c.failed ? bad(&k, "outside the chunk") : take_fragment(&k, src->section);
    *used = k.c.pos > src->pos ? k.c.pos - src->pos : 0;
    if (status != WD_OK) {
        *why = k.why;
        return status;
    }
    if (src->definition) {
        out->body = wd_arena_copy(arena, wd_slice_sub(src->chunk, src->pos, *used));
        out->tail = (uint32_t) (k.stretch - src->pos);
        if (out->body.ptr == NULL) {
            *why = "memory limit reached";
            return WD_E_NOMEM;
        }
    }
    find_routes(out);
    return WD_OK;
}

static bool same_bytes(wd_slice chunk, size_t pos, wd_slice want)
{
    return pos <= chunk.len && chunk.len - pos >= want.len &&
           memcmp(chunk.ptr + pos, want.ptr, want.len) == 0;
}

bool wd_evtx_same(const wd_evtx_template *t, wd_slice chunk, size_t pos, size_t *used)
{
    size_t p = pos;
    for (size_t i = 0; i < t->n_marks; i++) {
        const wd_evtx_mark *m = &t->marks[i];
        if (!same_bytes(chunk, p, wd_slice_of(t->body.ptr + m->at, m->len))) {
            return false;
        }
        p += m->len;
        bool ok = true;
        uint32_t at = wd_peek_u32le(chunk, p, &ok);
        p += 4;
        if (!ok) {
            return false;
        }
        if (m->name.ptr == NULL) {
            continue;
        }
        uint16_t hash = 0;
        wd_slice units = {0};
        if (!name_at(chunk, at, &hash, &units) || !wd_slice_eq(units, m->name) ||
            (t->names_ok && name_hash(units) != hash)) {
            return false;
        }
        if (at == p) {
            p += WD_EVTX_NAME_HEAD + units.len + 2;
        }
    }
    wd_slice tail = wd_slice_of(t->body.ptr + t->tail, t->body.len - t->tail);
    if (!same_bytes(chunk, p, tail)) {
        return false;
    }
    *used = p + tail.len - pos;
    return true;
}

#include <string.h>

#include "core/limits.h"
#include "formats/evtx_priv.h"
#include "formats/evtx_raw.h"

enum { MAX_LEVELS = 32 }; /* templates in values in templates; honest logs have 3 */

/* A template with the values of one use. */
typedef struct use {
    const wd_evtx_template *t;
    const wd_evtx_value *values;
    size_t n_values;
} use;

static wd_status bad(wd_evtx_reader *r, const char *why)
{
    r->why = why;
    return WD_E_MALFORMED;
}

void wd_evtx_enter_chunk(wd_evtx_reader *r, wd_slice chunk, uint64_t at)
{
    wd_arena_reset(r->chunk_arena);
    r->chunk = chunk;
    r->chunk_at = at;
    r->generation++;
    r->compiled = 0;
}

/* A chunk of small records that each name another template must not cost a compilation each. */
static wd_status compile(wd_evtx_reader *r, const wd_evtx_fragment *f, wd_arena *arena,
                         wd_evtx_template *out, size_t *used)
{
    if (r->compiled > WD_MAX_EVTX_COMPILED) {
        r->why = "more templates than a chunk can hold";
        return WD_E_LIMIT;
    }
    wd_status status = wd_evtx_compile(f, arena, out, used, &r->why);
    r->compiled += *used;
    return status;
}

/* --- which template ------------------------------------------------------------------------- */

static wd_evtx_cached compile_here(wd_evtx_reader *r, uint32_t at, wd_evtx_section section)
{
    wd_evtx_cached entry = {.generation = r->generation, .at = at, .section = section};
    wd_evtx_fragment f = {r->chunk, (size_t) at + WD_EVTX_DEFINITION_HEAD, r->chunk.len, section,
                          true};
    if (f.pos >= r->chunk.len) {
        entry.why = "its template lies outside the chunk";
        return entry;
    }
    const uint8_t *guid = r->chunk.ptr + at + 4;
    size_t used = 0;
    entry.t = wd_evtx_store_same(r->store, &f, guid, &used);
    if (entry.t == NULL) {
        wd_evtx_template *t = WD_NEW(r->chunk_arena, wd_evtx_template);
        if (t == NULL) {
            entry.why = "memory limit reached";
        } else if (compile(r, &f, r->chunk_arena, t, &used) != WD_OK) {
            entry.why = r->why;
        } else {
            memcpy(t->guid, guid, sizeof t->guid);
            wd_evtx_template *kept = wd_evtx_store_add(r->store, &f, guid);
            entry.t = kept != NULL ? kept : t;
        }
    }
    entry.used = (uint32_t) used;
    return entry;
}

static wd_evtx_cached *definition_at(wd_evtx_reader *r, uint32_t at, wd_evtx_section section)
{
    uint32_t h = (at * UINT32_C(2654435761)) >> 16 ^ (uint32_t) section;
    wd_evtx_cached *e = &r->cache[h % WD_EVTX_CACHE];
    if (e->generation != r->generation || e->at != at || e->section != section) {
        *e = compile_here(r, at, section);
    }
    return e;
}

static bool identified(const wd_evtx_template *t, uint32_t id)
{
    bool ok = true;
    return wd_peek_u32le(wd_slice_of(t->guid, sizeof t->guid), 0, &ok) == id;
}

/* Whether the bytes at `at` begin like a definition with this identifier. */
static bool defines(const wd_evtx_reader *r, size_t at, uint32_t id)
{
    bool ok = true;
    return wd_peek_u32le(r->chunk, at + 4, &ok) == id && ok;
}

/* The head of a template instance; c stands behind it and behind an inline definition afterwards.
 */
static wd_status pick_template(wd_evtx_reader *r, wd_cursor *c, wd_evtx_section section,
                               const wd_evtx_template **out)
{
    wd_skip(c, 2);
    uint32_t id = wd_u32le(c);
    uint32_t at = wd_u32le(c);
    if (c->failed) {
        return bad(r, "cut inside a template instance");
    }
    bool here = at == c->pos;
    if (!here && (at < WD_EVTX_RECORDS || at >= r->chunk.len) && defines(r, c->pos, id)) {
        at = (uint32_t) c->pos; /* the offset is damaged, the definition is not */
        here = true;
    }
    wd_evtx_cached *d = definition_at(r, at, section);
    if (here) {
        bool ok = true;
        uint32_t declared = wd_peek_u32le(r->chunk, (uint64_t) at + 20, &ok);
        wd_skip(c, WD_EVTX_DEFINITION_HEAD);
        wd_skip(c, d->t != NULL ? d->used : declared);
    }
    bool named = d->t != NULL && identified(d->t, id);
    bool enough = d->t != NULL && (r->proof == WD_EVTX_TRUST || named);
    *out = d->t;
    if (!named || !d->t->names_ok) {
        const wd_evtx_template *lent = wd_evtx_store_lend(r->store, id, section);
        bool borrow = lent != NULL && (!enough || r->proof != WD_EVTX_TRUST);
        *out = borrow ? lent : enough && r->proof != WD_EVTX_PROVED ? d->t : NULL;
        r->borrowed |= borrow;
    }
    if (*out != NULL && *out == d->t && (!named || !d->t->names_ok)) {
        r->foreign |= !d->reported;
        d->reported = true;
    }
    if (*out == NULL) {
        return bad(r, d->t == NULL ? d->why : "its template cannot be proved");
    }
    return WD_OK;
}

static wd_status take_values(wd_evtx_reader *r, wd_cursor *c, use *u)
{
    uint64_t n = wd_u32le(c);
    if (c->failed || n > wd_cursor_left(c) / 4) {
        return bad(r, "value count past the record");
    }
    wd_cursor data = *c;
    wd_skip(&data, (size_t) n * 4);
    wd_evtx_value *v = WD_ARRAY(r->record_arena, (size_t) n, wd_evtx_value);
    if (v == NULL) {
        return bad(r, "too many values");
    }
    for (uint64_t i = 0; i < n; i++) {
        size_t len = wd_u16le(c);
        v[i].type = wd_u8(c);
        wd_skip(c, 1);
        v[i].raw = wd_take(&data, len);
    }
    if (data.failed) {
        return bad(r, "a value is longer than the record");
    }
    u->values = v;
    u->n_values = (size_t) n;
    *c = data;
    return WD_OK;
}

/* --- fields --------------------------------------------------------------------------------- */

static void add_field(wd_evtx_reader *r, wd_slice name, size_t text_from)
{
    if (r->text.full || r->n_fields == WD_MAX_EVENT_FIELDS) {
        r->cut = true;
        return;
    }
    wd_slice value = wd_slice_of(r->text.ptr + text_from, r->text.len - text_from);
    r->fields[r->n_fields++] = (wd_field){name, value};
}

static const wd_evtx_value *value_of(const use *u, uint32_t slot)
{
    static const wd_evtx_value null = {.type = WD_EVTX_NULL};
    return slot < u->n_values ? &u->values[slot] : &null;
}

static void add_text(wd_evtx_reader *r, const wd_evtx_value *v)
{
    if ((v->type & WD_EVTX_ARRAY) == 0) {
        r->unknown_value |= !wd_evtx_add_value(&r->text, v->type, v->raw);
        return;
    }
    wd_slice rest = v->raw;
    wd_slice item;
    uint8_t type = v->type & (uint8_t) ~WD_EVTX_ARRAY;
    for (bool first = true; wd_evtx_next_item(type, &rest, &item); first = false) {
        wd_evtx_add(&r->text, first ? WD_S("") : WD_S(" "));
        r->unknown_value |= !wd_evtx_add_value(&r->text, type, item);
    }
}

static wd_slice name_of(wd_evtx_reader *r, const use *u, const wd_evtx_op *op)
{
    if (op->name_slot == WD_EVTX_NO_SLOT) {
        return op->name;
    }
    size_t from = r->text.len;
    add_text(r, value_of(u, op->name_slot));
    return wd_slice_of(r->text.ptr + from, r->text.len - from);
}

/* An array repeats its element once per item. */
static void array_fields(wd_evtx_reader *r, wd_slice name, const wd_evtx_value *v)
{
    wd_slice rest = v->raw;
    wd_slice item = {0};
    uint8_t type = v->type & (uint8_t) ~WD_EVTX_ARRAY;
    bool any = false;
    if (type == v->type) {
        item = rest; /* one value */
        rest = (wd_slice){0};
        any = true;
    } else {
        any = wd_evtx_next_item(type, &rest, &item);
    }
    do {
        size_t from = r->text.len;
        r->unknown_value |= any && !wd_evtx_add_value(&r->text, type, item);
        add_field(r, name, from);
    } while (any && !r->cut && wd_evtx_next_item(type, &rest, &item));
}

static wd_status run_fragment(wd_evtx_reader *r, wd_cursor *c, wd_evtx_section section,
                              unsigned depth);

static wd_cursor cursor_over(const wd_evtx_reader *r, wd_slice part)
{
    size_t from = (size_t) (part.ptr - r->chunk.ptr);
    wd_cursor c = wd_cursor_of(wd_slice_sub(r->chunk, 0, from + part.len), 0);
    wd_seek(&c, from);
    return c;
}

static wd_status splice(wd_evtx_reader *r, const wd_evtx_op *op, const wd_evtx_value *v,
                        unsigned depth)
{
    if (v->raw.len == 0) {
        return WD_OK;
    }
    wd_cursor c = cursor_over(r, v->raw);
    return run_fragment(r, &c, (wd_evtx_section) op->section, depth + 1);
}

static wd_status slot_field(wd_evtx_reader *r, const use *u, const wd_evtx_op *op, unsigned depth)
{
    const wd_evtx_value *v = value_of(u, op->slot);
    if (v->type == WD_EVTX_BINXML) {
        return splice(r, op, v, depth);
    }
    if (op->optional && v->type == WD_EVTX_NULL) {
        return WD_OK;
    }
    wd_slice name = name_of(r, u, op);
    if ((v->type & WD_EVTX_ARRAY) != 0 && !op->attribute) {
        array_fields(r, name, v);
        return WD_OK;
    }
    size_t from = r->text.len;
    add_text(r, v);
    if (!op->attribute || r->text.len > from) {
        add_field(r, name, from);
    }
    return WD_OK;
}

static void mixed_field(wd_evtx_reader *r, const use *u, const wd_evtx_op *op)
{
    wd_slice name = name_of(r, u, op);
    size_t from = r->text.len;
    for (uint32_t i = 0; i < op->n; i++) {
        const wd_evtx_part *part = &u->t->parts[op->first + i];
        if (part->slot == WD_EVTX_NO_SLOT) {
            wd_evtx_add(&r->text, part->text);
        } else {
            add_text(r, value_of(u, part->slot));
        }
    }
    if (!op->attribute || r->text.len > from) {
        add_field(r, name, from);
    }
}

static void text_field(wd_evtx_reader *r, const use *u, const wd_evtx_op *op)
{
    if (op->attribute && op->text.len == 0) {
        return;
    }
    wd_slice name = name_of(r, u, op);
    if (r->n_fields == WD_MAX_EVENT_FIELDS) {
        r->cut = true;
        return;
    }
    r->fields[r->n_fields++] = (wd_field){name, op->text};
}

static wd_status run_instance(wd_evtx_reader *r, wd_cursor *c, wd_evtx_section section,
                              unsigned depth);

static wd_status run_op(wd_evtx_reader *r, const use *u, const wd_evtx_op *op, unsigned depth)
{
    if (op->guard != WD_EVTX_NO_SLOT && value_of(u, op->guard)->type == WD_EVTX_NULL) {
        return WD_OK;
    }
    switch ((wd_evtx_op_kind) op->kind) {
    case WD_EVTX_OP_TEXT: text_field(r, u, op); return WD_OK;
    case WD_EVTX_OP_SLOT: return slot_field(r, u, op, depth);
    case WD_EVTX_OP_MIXED: mixed_field(r, u, op); return WD_OK;
    case WD_EVTX_OP_SPLICE: {
        const wd_evtx_value *v = value_of(u, op->slot);
        return v->type == WD_EVTX_BINXML ? splice(r, op, v, depth) : WD_OK;
    }
    case WD_EVTX_OP_INSTANCE: {
        wd_cursor c = cursor_over(r, wd_slice_sub(r->chunk, op->first, r->chunk.len));
        return run_instance(r, &c, (wd_evtx_section) op->section, depth + 1);
    }
    case WD_EVTX_OP_BARE: text_field(r, u, op); return WD_OK;
    }
    return WD_OK;
}

static wd_status run_use(wd_evtx_reader *r, const use *u, unsigned depth)
{
    for (size_t i = 0; i < u->t->n_ops && !r->cut; i++) {
        WD_TRY(run_op(r, u, &u->t->ops[i], depth));
    }
    return WD_OK;
}

/* The values of a template that is lost for good: given without names, like unnamed Data. They
 * must fill their place to the byte. */
static wd_status run_nameless(wd_evtx_reader *r, wd_cursor *c)
{
    use u = {0};
    wd_skip(c, WD_EVTX_INSTANCE_HEAD);
    WD_TRY(take_values(r, c, &u));
    if (wd_cursor_left(c) > 1) {
        return bad(r, "the values of a lost template do not fill their place");
    }
    for (size_t i = 0; i < u.n_values && !r->cut; i++) {
        if (u.values[i].type == WD_EVTX_BINXML) {
            continue;
        }
        array_fields(r, WD_S("Data"), &u.values[i]);
    }
    r->nameless = true;
    return WD_OK;
}

static wd_status run_instance(wd_evtx_reader *r, wd_cursor *c, wd_evtx_section section,
                              unsigned depth)
{
    if (depth >= MAX_LEVELS || r->n_instances++ >= WD_MAX_EVTX_INSTANCES) {
        return bad(r, "templates are nested too deeply");
    }
    use u = {0};
    wd_cursor start = *c;
    wd_status status = pick_template(r, c, section, &u.t);
    if (status != WD_OK && depth > 0 && r->last_chance) {
        *c = start;
        return run_nameless(r, c);
    }
    WD_TRY(status);
    WD_TRY(take_values(r, c, &u));
    WD_TRY(run_use(r, &u, depth));
    return WD_OK;
}

/* Elements that stand in the record itself, without a template. */
static wd_status run_direct(wd_evtx_reader *r, wd_cursor *c, wd_evtx_section section,
                            unsigned depth)
{
    if (depth >= MAX_LEVELS || r->n_instances++ >= WD_MAX_EVTX_INSTANCES) {
        return bad(r, "elements are nested too deeply");
    }
    wd_evtx_template t;
    wd_evtx_fragment f = {r->chunk, c->pos, c->data.len, section, false};
    size_t used = 0;
    WD_TRY(compile(r, &f, r->record_arena, &t, &used));
    if (!t.names_ok) {
        r->foreign = true;
        if (r->proof == WD_EVTX_PROVED) {
            return bad(r, "its names cannot be proved");
        }
    }
    wd_skip(c, used);
    use u = {&t, NULL, 0};
    return run_use(r, &u, depth);
}

static unsigned token_at(const wd_cursor *c)
{
    return wd_cursor_left(c) == 0 ? UINT32_MAX
                                  : c->data.ptr[c->pos] & ~(unsigned) WD_EVTX_TOKEN_MORE;
}

static wd_status run_fragment(wd_evtx_reader *r, wd_cursor *c, wd_evtx_section section,
                              unsigned depth)
{
    if (token_at(c) == WD_EVTX_TOKEN_FRAGMENT) {
        wd_skip(c, 4);
    }
    if (token_at(c) != WD_EVTX_TOKEN_INSTANCE) {
        return run_direct(r, c, section, depth);
    }
    WD_TRY(run_instance(r, c, section, depth));
    if (token_at(c) == WD_EVTX_TOKEN_EOF) {
        wd_skip(c, 1);
    }
    return WD_OK;
}

/* --- routing -------------------------------------------------------------------------------- */

static wd_slice routed_text(wd_evtx_reader *r, const use *u, wd_evtx_route route, bool *ok)
{
    int32_t i = u->t->route[route];
    if (i < 0 || u->t->ops[i].kind > WD_EVTX_OP_SLOT) {
        *ok = false;
        return (wd_slice){0};
    }
    const wd_evtx_op *op = &u->t->ops[i];
    if (op->kind == WD_EVTX_OP_TEXT) {
        return op->text;
    }
    size_t from = r->text.len;
    add_text(r, value_of(u, op->slot));
    return wd_slice_of(r->text.ptr + from, r->text.len - from);
}

static wd_time routed_time(wd_evtx_reader *r, const use *u)
{
    bool ok = true;
    int32_t i = u->t->route[WD_EVTX_ROUTE_TIME];
    wd_time t = WD_NO_TIME;
    if (i >= 0 && u->t->ops[i].kind == WD_EVTX_OP_SLOT) {
        const wd_evtx_value *v = value_of(u, u->t->ops[i].slot);
        if (v->type == WD_EVTX_FILETIME && v->raw.len == 8) {
            return wd_time_from_filetime(wd_peek_u64le(v->raw, 0, &ok));
        }
    }
    wd_slice text = routed_text(r, u, WD_EVTX_ROUTE_TIME, &ok);
    return ok && wd_time_parse(text, &t) ? t : WD_NO_TIME;
}

static void route_use(wd_evtx_reader *r, const use *u, wd_evtx_routed *out)
{
    bool ok = true;
    bool ignored = true;
    uint64_t id = 0;
    out->channel = routed_text(r, u, WD_EVTX_ROUTE_CHANNEL, &ok);
    ok = ok && wd_slice_to_u64(routed_text(r, u, WD_EVTX_ROUTE_EVENT_ID, &ok), &id);
    out->event_id = (uint32_t) id;
    out->host = routed_text(r, u, WD_EVTX_ROUTE_COMPUTER, &ok);
    out->provider = routed_text(r, u, WD_EVTX_ROUTE_PROVIDER, &ignored);
    out->record_id = 0;
    ok = ok && wd_slice_to_u64(routed_text(r, u, WD_EVTX_ROUTE_RECORD_ID, &ok), &out->record_id);
    out->time = routed_time(r, u);
    out->complete = ok;
}

static wd_slice field(const wd_evtx_reader *r, const char *name)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        if (wd_slice_eq(r->fields[i].name, wd_slice_str(name))) {
            return r->fields[i].value;
        }
    }
    return (wd_slice){0};
}

static void route_fields(const wd_evtx_reader *r, wd_evtx_routed *out)
{
    uint64_t id = 0;
    wd_time t = WD_NO_TIME;
    (void) wd_slice_to_u64(field(r, "EventID"), &id);
    *out = (wd_evtx_routed){.provider = field(r, "Provider_Name"),
                            .channel = field(r, "Channel"),
                            .host = field(r, "Computer"),
                            .event_id = (uint32_t) id,
                            .time = WD_NO_TIME};
    (void) wd_slice_to_u64(field(r, "EventRecordID"), &out->record_id);
    if (wd_time_parse(field(r, "TimeCreated_SystemTime"), &t)) {
        out->time = t;
    }
}

static bool wants(const wd_evtx_reader *r, const wd_evtx_routed *routed)
{
    return r->sink->want == NULL || r->sink->want(r->sink->ctx, routed->channel, routed->event_id);
}

wd_status wd_evtx_take_body(wd_evtx_reader *r, size_t pos, size_t end, wd_evtx_routed *routed,
                            bool *wanted, size_t *after)
{
    wd_cursor c = wd_cursor_of(wd_slice_sub(r->chunk, 0, end), 0);
    wd_seek(&c, pos);
    *wanted = true;
    if (token_at(&c) == WD_EVTX_TOKEN_FRAGMENT) {
        wd_skip(&c, 4);
    }
    if (token_at(&c) == WD_EVTX_TOKEN_INSTANCE) {
        use u = {0};
        WD_TRY(pick_template(r, &c, WD_EVTX_TOP, &u.t));
        WD_TRY(take_values(r, &c, &u));
        *after = c.pos + (token_at(&c) == WD_EVTX_TOKEN_EOF);
        route_use(r, &u, routed);
        *wanted = !routed->complete || wants(r, routed);
        if (!*wanted) {
            return WD_OK;
        }
        /* With System proved, an unreadable content costs only itself. */
        wd_status status = run_use(r, &u, 0);
        r->partial =
            status != WD_OK && routed->complete && (r->proof == WD_EVTX_TRUST || r->last_chance);
        if (status != WD_OK && !r->partial) {
            return status;
        }
    } else {
        WD_TRY(run_direct(r, &c, WD_EVTX_TOP, 0));
        routed->complete = false;
        *after = c.pos;
    }
    if (!routed->complete) {
        route_fields(r, routed);
        *wanted = wants(r, routed);
    }
    return WD_OK;
}

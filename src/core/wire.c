#include "core/wire.h"

#include <string.h>

#include "core/cursor.h"
#include "core/limits.h"

const char *wd_item_status_name(wd_item_status s)
{
    static const char *const names[WD_ITEM_STATUSES] = {"examined", "partial", "other",
                                                        "unreadable", "duplicate"};
    return names[s];
}

static void put_number(wd_buf *out, uint64_t v, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        wd_buf_byte(out, (uint8_t) (v >> (8 * i)));
    }
}

static void put_slice(wd_buf *out, wd_slice s)
{
    s = wd_slice_sub(s, 0, WD_MAX_WIRE_RECORD / 4);
    put_number(out, s.len, 4);
    wd_buf_add(out, s);
}

/* Longest start of `s` that fits into `room` and does not end inside a UTF-8 sequence. */
static wd_slice cut_text(wd_slice s, size_t room)
{
    while (room > 0 && (s.ptr[room] & 0xc0) == 0x80) {
        room--;
    }
    return wd_slice_sub(s, 0, room);
}

/* A string of at most WD_MAX_ATTR bytes, cut with a mark when it is longer. */
static void put_text(wd_buf *out, wd_slice s)
{
    static const char mark[] = " [cut]";
    if (s.len <= WD_MAX_ATTR) {
        put_slice(out, s);
        return;
    }
    s = cut_text(s, WD_MAX_ATTR - (sizeof mark - 1));
    put_number(out, s.len + sizeof mark - 1, 4);
    wd_buf_add(out, s);
    wd_buf_str(out, mark);
}

/* Words separated by blanks, whole words only. */
static void put_list(wd_buf *out, wd_slice s)
{
    if (s.len > WD_MAX_ATTR) {
        size_t blank = wd_slice_rfind_byte(wd_slice_sub(s, 0, WD_MAX_ATTR + 1), ' ');
        s = wd_slice_sub(s, 0, blank == SIZE_MAX ? 0 : blank);
    }
    put_slice(out, s);
}

static size_t begin(wd_buf *out, wd_wire_type type)
{
    size_t start = out->len;
    put_number(out, 0, 4);
    put_number(out, (uint64_t) type, 1);
    return start;
}

static void end(wd_buf *out, size_t start)
{
    if (out->failed) {
        return;
    }
    size_t len = out->len - start - 4;
    for (size_t i = 0; i < 4; i++) {
        out->ptr[start + i] = (uint8_t) (len >> (8 * i));
    }
}

static void put_span(wd_buf *out, const wd_span *s)
{
    put_number(out, s->offset, 8);
    put_number(out, s->len, 8);
    put_number(out, s->record, 8);
}

static void put_report(wd_buf *out, wd_wire_type type, const wd_item_report *item)
{
    size_t start = begin(out, type);
    put_number(out, item->member, 4);
    put_number(out, item->parent, 4);
    put_number(out, item->depth, 4);
    put_text(out, item->name);
    put_number(out, item->size, 8);
    put_number(out, item->hashed ? 1 : 0, 1);
    wd_buf_add(out, wd_slice_of(item->sha256, sizeof item->sha256));
    put_text(out, item->kind);
    put_number(out, (uint64_t) item->status, 1);
    put_text(out, item->why);
    end(out, start);
}

void wd_wire_put_item(wd_buf *out, const wd_item_report *item)
{
    put_report(out, WD_WIRE_ITEM, item);
}

void wd_wire_put_open(wd_buf *out, const wd_item_report *item)
{
    put_report(out, WD_WIRE_OPEN, item);
}

void wd_wire_put_obs(wd_buf *out, uint32_t member, const wd_obs *obs)
{
    size_t start = begin(out, WD_WIRE_OBSERVATION);
    put_number(out, member, 4);
    put_number(out, (uint64_t) obs->kind, 1);
    put_span(out, &obs->span);
    put_number(out, (uint64_t) obs->time, 8);
    put_number(out, (uint64_t) obs->time_end, 8);
    put_number(out, obs->count, 8);
    put_number(out, obs->n_attrs, 1);
    for (size_t i = 0; i < obs->n_attrs; i++) {
        wd_key key = obs->attrs[i].key;
        put_number(out, (uint64_t) key, 1);
        if (key == WD_K_TIMES || key == WD_K_ANSWERS || key == WD_K_ADDRESSES) {
            put_list(out, obs->attrs[i].value);
        } else {
            put_text(out, obs->attrs[i].value);
        }
    }
    end(out, start);
}

void wd_wire_put_finding(wd_buf *out, uint32_t member, const wd_finding *f)
{
    const wd_slice texts[] = {f->rule,       f->rule_id, f->title,   f->sentence, f->benign,
                              f->techniques, f->host,    f->subject, f->excerpt,  f->campaign};
    size_t start = begin(out, WD_WIRE_FINDING);
    put_number(out, member, 4);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put_text(out, texts[i]);
    }
    put_number(out, (uint64_t) f->severity, 1);
    put_number(out, (uint64_t) f->basis, 1);
    put_number(out, (uint64_t) f->tier + 1, 1);
    put_number(out, (uint64_t) f->time, 8);
    put_span(out, &f->span);
    end(out, start);
}

void wd_wire_put_output(wd_buf *out, wd_slice bytes)
{
    while (bytes.len > 0) {
        wd_slice part = wd_slice_sub(bytes, 0, WD_MAX_WIRE_RECORD / 4);
        size_t start = begin(out, WD_WIRE_OUTPUT);
        put_slice(out, part);
        end(out, start);
        bytes = wd_slice_sub(bytes, part.len, bytes.len);
    }
}

void wd_wire_put_progress(wd_buf *out, uint64_t bytes)
{
    size_t start = begin(out, WD_WIRE_PROGRESS);
    put_number(out, bytes, 8);
    end(out, start);
}

void wd_wire_put_done(wd_buf *out)
{
    end(out, begin(out, WD_WIRE_DONE));
}

static wd_slice take_slice(wd_cursor *c)
{
    uint32_t len = wd_u32le(c);
    return wd_take(c, len);
}

/* A string that put_text or put_list can have written. */
static wd_slice take_text(wd_cursor *c)
{
    wd_slice s = take_slice(c);
    if (s.len > WD_MAX_ATTR) {
        c->failed = true;
    }
    return s;
}

/* A number that must lie below `bound`; the cursor fails otherwise. */
static unsigned take_enum(wd_cursor *c, unsigned bound)
{
    unsigned v = wd_u8(c);
    if (v >= bound) {
        c->failed = true;
        return 0;
    }
    return v;
}

static wd_span take_span(wd_cursor *c)
{
    wd_span s = {0};
    s.offset = wd_u64le(c);
    s.len = wd_u64le(c);
    s.record = wd_u64le(c);
    return s;
}

static void take_item(wd_cursor *c, wd_item_report *item)
{
    item->member = wd_u32le(c);
    item->parent = wd_u32le(c);
    item->depth = wd_u32le(c);
    item->name = take_text(c);
    item->size = wd_u64le(c);
    item->hashed = take_enum(c, 2) == 1;
    wd_slice digest = wd_take(c, sizeof item->sha256);
    if (digest.len == sizeof item->sha256) {
        memcpy(item->sha256, digest.ptr, digest.len);
    }
    item->kind = take_text(c);
    item->status = (wd_item_status) take_enum(c, WD_ITEM_STATUSES);
    item->why = take_text(c);
}

static void take_obs(wd_cursor *c, wd_wire_record *out)
{
    out->member = wd_u32le(c);
    out->obs.kind = (wd_obs_kind) take_enum(c, WD_OBS_KINDS);
    out->obs.span = take_span(c);
    out->obs.time = (wd_time) wd_u64le(c);
    out->obs.time_end = (wd_time) wd_u64le(c);
    out->obs.count = wd_u64le(c);
    out->obs.n_attrs = take_enum(c, WD_KEYS + 1);
    bool seen[WD_KEYS] = {false};
    for (size_t i = 0; i < out->obs.n_attrs; i++) {
        wd_key key = (wd_key) take_enum(c, WD_KEYS);
        c->failed = c->failed || seen[key];
        seen[key] = true;
        out->obs.attrs[i] = (wd_attr){key, take_text(c)};
    }
}

static void take_finding(wd_cursor *c, wd_wire_record *out)
{
    wd_finding *f = &out->finding;
    wd_slice *const texts[] = {&f->rule,    &f->rule_id,    &f->title, &f->sentence,
                               &f->benign,  &f->techniques, &f->host,  &f->subject,
                               &f->excerpt, &f->campaign};
    out->member = wd_u32le(c);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = take_text(c);
    }
    f->severity = (wd_severity) take_enum(c, WD_CRITICAL + 1);
    f->basis = (wd_basis) take_enum(c, WD_INFERRED + 1);
    f->tier = (int) take_enum(c, 8) - 1;
    f->time = (wd_time) wd_u64le(c);
    f->span = take_span(c);
}

wd_status wd_wire_take(wd_slice in, wd_wire_record *out, size_t *used, wd_err *err)
{
    wd_cursor head = wd_cursor_of(in, 0);
    uint32_t len = wd_u32le(&head);
    *used = 0;
    if (head.failed) {
        return WD_OK;
    }
    if (len == 0 || len > WD_MAX_WIRE_RECORD) {
        return wd_fail(err, WD_E_LIMIT, 0, "wire", "a worker's answer claims %u bytes", len);
    }
    if (wd_cursor_left(&head) < len) {
        return WD_OK;
    }
    wd_cursor c = wd_cursor_of(wd_take(&head, len), 4);
    memset(out, 0, sizeof *out);
    out->type = (wd_wire_type) take_enum(&c, WD_WIRE_TYPES);
    switch (out->type) {
    case WD_WIRE_OPEN:
    case WD_WIRE_ITEM: take_item(&c, &out->item); break;
    case WD_WIRE_OBSERVATION: take_obs(&c, out); break;
    case WD_WIRE_FINDING: take_finding(&c, out); break;
    case WD_WIRE_OUTPUT: out->output = take_slice(&c); break;
    case WD_WIRE_PROGRESS: out->progress = wd_u64le(&c); break;
    case WD_WIRE_DONE: break;
    case WD_WIRE_TYPES:
    default: c.failed = true; break;
    }
    if (c.failed || wd_cursor_left(&c) != 0) {
        return wd_fail(err, WD_E_MALFORMED, wd_cursor_at(&c), "wire",
                       "a worker's answer of type %u does not decode", (unsigned) out->type);
    }
    *used = 4 + (size_t) len;
    return WD_OK;
}

#include "formats/eventxml.h"

#include <string.h>

#include "core/buf.h"
#include "core/limits.h"
#include "core/text.h"

enum { MAX_DEPTH = 64 };

/* Where in an event an element stands; the same sections as in the binary form. */
typedef enum section { TOP, EVENT, SYSTEM, CONTENT, RENDER } section;

typedef struct open_element {
    wd_slice tag;
    section below;
    wd_slice label; /* value of Name of a Data element */
    size_t text_from;
    bool labelled;
    bool has_attributes;
    bool has_children;
} open_element;

typedef struct reader {
    wd_event_build *b;
    wd_slice in;
    size_t pos;
    uint8_t *text; /* of the elements that are open, one behind the other */
    size_t text_len;
    open_element stack[MAX_DEPTH];
    size_t depth;
} reader;

static bool is_name_byte(uint8_t c)
{
    return wd_is_alpha(c) || wd_is_digit(c) || c == '_' || c == ':' || c == '-' || c == '.' ||
           c >= 0x80;
}

static wd_slice take_name(reader *r)
{
    size_t from = r->pos;
    while (r->pos < r->in.len && is_name_byte(r->in.ptr[r->pos])) {
        r->pos++;
    }
    return wd_slice_sub(r->in, from, r->pos - from);
}

static void skip_space(reader *r)
{
    while (r->pos < r->in.len && wd_is_space(r->in.ptr[r->pos])) {
        r->pos++;
    }
}

static bool at(const reader *r, wd_slice what)
{
    return wd_slice_starts(wd_slice_sub(r->in, r->pos, what.len), what);
}

/* Moves behind the next `what`; false when there is none. */
static bool skip_past(reader *r, wd_slice what)
{
    size_t hit = wd_slice_find(wd_slice_sub(r->in, r->pos, r->in.len), what);
    if (hit == SIZE_MAX) {
        r->pos = r->in.len;
        return false;
    }
    r->pos += hit + what.len;
    return true;
}

/* A reference at `s` (behind the ampersand, up to the semicolon) as text; never longer than it. */
static size_t put_reference(wd_slice name, uint8_t *out)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wd_slice_eq(name, wd_slice_str(known[i].name))) {
            out[0] = (uint8_t) known[i].c;
            return 1;
        }
    }
    uint64_t cp = 0;
    bool hex = name.len > 2 && (name.ptr[1] == 'x' || name.ptr[1] == 'X');
    if (name.len < 2 || name.ptr[0] != '#' ||
        !(hex ? wd_slice_hex_to_u64(wd_slice_sub(name, 2, name.len), &cp)
              : wd_slice_to_u64(wd_slice_sub(name, 1, name.len), &cp)) ||
        cp > 0x10ffff) {
        return 0;
    }
    uint8_t bytes[8];
    wd_buf b = {bytes, 0, sizeof bytes, false};
    wd_utf8_add(&b, (uint32_t) cp);
    memcpy(out, bytes, b.len);
    return b.len;
}

/* Unescapes `raw` to `out`, which has room for as many bytes; gives how many. A reference of at
 * least three bytes (&#1;) becomes at most as many. */
static size_t unescape(wd_slice raw, uint8_t *out)
{
    size_t n = 0;
    size_t i = 0;
    while (i < raw.len) {
        const uint8_t *amp = memchr(raw.ptr + i, '&', raw.len - i);
        size_t plain = amp == NULL ? raw.len - i : (size_t) (amp - raw.ptr) - i;
        memcpy(out + n, raw.ptr + i, plain);
        n += plain;
        i += plain;
        if (amp == NULL) {
            break;
        }
        size_t end = wd_slice_find_byte(wd_slice_sub(raw, i, 12), ';');
        size_t put =
            end == SIZE_MAX ? 0 : put_reference(wd_slice_sub(raw, i + 1, end - 1), out + n);
        if (put == 0) {
            out[n++] = raw.ptr[i++];
            continue;
        }
        n += put;
        i += end + 1;
    }
    return n;
}

static wd_slice unescaped(reader *r, wd_slice raw)
{
    if (raw.len == 0 || memchr(raw.ptr, '&', raw.len) == NULL) {
        return raw;
    }
    uint8_t *p = wd_arena_alloc(r->b->scratch, raw.len);
    if (p == NULL) {
        r->b->cut = true;
        return raw;
    }
    return wd_slice_of(p, unescape(raw, p));
}

static section section_below(section s, wd_slice tag)
{
    if (s == TOP && wd_slice_eq(tag, WD_S("Event"))) {
        return EVENT;
    }
    if (s != TOP && s != EVENT) {
        return s;
    }
    if (wd_slice_eq(tag, WD_S("System"))) {
        return SYSTEM;
    }
    return wd_slice_eq(tag, WD_S("RenderingInfo")) ? RENDER : CONTENT;
}

static wd_slice joined(reader *r, section in, wd_slice tag, wd_slice name)
{
    wd_slice parts[] = {in == RENDER ? WD_S("RenderingInfo_") : WD_S(""), tag,
                        name.len > 0 ? WD_S("_") : WD_S(""), name};
    return wd_event_build_join(r->b, parts, 4);
}

/* Sysmon for Linux writes UserId where Windows writes UserID. */
static wd_slice same_spelling(wd_slice name)
{
    return wd_slice_eq(name, WD_S("Security_UserId")) ? WD_S("Security_UserID") : name;
}

static void add_attribute(reader *r, open_element *e, wd_slice name, wd_slice value)
{
    e->has_attributes = true;
    if (wd_slice_eq(name, WD_S("xmlns")) || wd_slice_starts(name, WD_S("xmlns:")) ||
        wd_slice_starts(name, WD_S("xml:")) || wd_slice_eq(e->tag, WD_S("EventData"))) {
        return;
    }
    if (e->below == CONTENT && wd_slice_eq(name, WD_S("Name")) &&
        (wd_slice_eq(e->tag, WD_S("Data")) || wd_slice_eq(e->tag, WD_S("ComplexData")))) {
        e->label = value;
        e->labelled = value.len > 0;
        return;
    }
    if (value.len > 0) {
        wd_event_build_add(r->b, same_spelling(joined(r, e->below, e->tag, name)), value);
    }
}

/* Attributes up to the end of the tag; false when the tag is broken. */
static bool take_attributes(reader *r, open_element *e, bool *empty)
{
    for (;;) {
        skip_space(r);
        *empty = at(r, WD_S("/>"));
        if (*empty || at(r, WD_S(">"))) {
            r->pos += *empty ? 2 : 1;
            return true;
        }
        wd_slice name = take_name(r);
        skip_space(r);
        if (name.len == 0 || !at(r, WD_S("="))) {
            return false;
        }
        r->pos++;
        skip_space(r);
        uint8_t quote = r->pos < r->in.len ? r->in.ptr[r->pos] : 0;
        if (quote != '"' && quote != '\'') {
            return false;
        }
        size_t from = ++r->pos;
        const uint8_t *end = memchr(r->in.ptr + from, quote, r->in.len - from);
        if (end == NULL) {
            return false;
        }
        r->pos = (size_t) (end - r->in.ptr) + 1;
        add_attribute(r, e, name, unescaped(r, wd_slice_sub(r->in, from, r->pos - 1 - from)));
    }
}

/* The field of an element that held no others. `bare`: written as one empty tag. */
static void leaf(reader *r, const open_element *e, wd_slice text, bool bare)
{
    bool container = e->below != CONTENT || wd_slice_eq(e->tag, WD_S("EventData"));
    if (!e->labelled && wd_slice_find_byte(text, '\n') != SIZE_MAX &&
        wd_slice_trim(text).len == 0) {
        text.len = 0; /* layout between tags */
    }
    if (text.len == 0 && !e->labelled && (container || (bare && e->has_attributes))) {
        return;
    }
    wd_slice name = e->labelled          ? e->label
                    : e->below == RENDER ? joined(r, RENDER, e->tag, (wd_slice){0})
                                         : e->tag;
    wd_event_build_add(r->b, name, text);
}

static bool open_tag(reader *r)
{
    r->pos++;
    if (r->depth == MAX_DEPTH) {
        return false;
    }
    section outer = r->depth == 0 ? TOP : r->stack[r->depth - 1].below;
    open_element e = {.tag = take_name(r), .text_from = r->text_len};
    e.below = section_below(outer, e.tag);
    bool empty = false;
    if (e.tag.len == 0 || !take_attributes(r, &e, &empty)) {
        return false;
    }
    if (r->depth > 0) {
        r->stack[r->depth - 1].has_children = true;
    }
    if (empty) {
        leaf(r, &e, (wd_slice){0}, true);
    } else {
        r->stack[r->depth++] = e;
    }
    return true;
}

static bool close_tag(reader *r)
{
    r->pos += 2;
    wd_slice tag = take_name(r);
    if (r->depth == 0 || !wd_slice_eq(tag, r->stack[r->depth - 1].tag) ||
        !skip_past(r, WD_S(">"))) {
        return false;
    }
    const open_element *e = &r->stack[--r->depth];
    if (!e->has_children) {
        leaf(r, e, wd_slice_of(r->text + e->text_from, r->text_len - e->text_from), false);
        return true; /* the text stays where it is: the field points to it */
    }
    return true;
}

static void add_text(reader *r, wd_slice raw, bool plain)
{
    if (r->depth == 0 || r->stack[r->depth - 1].has_children || raw.len == 0) {
        return;
    }
    if (plain) {
        memcpy(r->text + r->text_len, raw.ptr, raw.len);
        r->text_len += raw.len;
    } else {
        r->text_len += unescape(raw, r->text + r->text_len);
    }
}

static bool take_piece(reader *r)
{
    if (at(r, WD_S("<![CDATA["))) {
        r->pos += 9;
        size_t from = r->pos;
        bool closed = skip_past(r, WD_S("]]>"));
        add_text(r, wd_slice_sub(r->in, from, r->pos - from - (closed ? 3 : 0)), true);
        return closed;
    }
    if (at(r, WD_S("<!--"))) {
        return skip_past(r, WD_S("-->"));
    }
    if (at(r, WD_S("<?"))) {
        return skip_past(r, WD_S("?>"));
    }
    if (at(r, WD_S("</"))) {
        return close_tag(r);
    }
    if (at(r, WD_S("<"))) {
        return open_tag(r);
    }
    size_t from = r->pos;
    size_t hit = wd_slice_find_byte(wd_slice_sub(r->in, from, r->in.len), '<');
    r->pos = hit == SIZE_MAX ? r->in.len : from + hit;
    add_text(r, wd_slice_sub(r->in, from, r->pos - from), false);
    return true;
}

bool wd_eventxml_add(wd_event_build *b, wd_slice xml, size_t *used)
{
    reader r = {.b = b, .in = xml};
    r.text = wd_arena_alloc(b->scratch, xml.len);
    *used = 0;
    if (r.text == NULL) {
        b->cut = true;
        return false;
    }
    bool ok = true;
    bool begun = false;
    while (ok && r.pos < xml.len && !(begun && r.depth == 0)) {
        ok = take_piece(&r);
        begun = begun || r.depth > 0;
    }
    *used = r.pos;
    if (ok && begun && r.depth == 0) {
        return true;
    }
    if (r.depth > 0 && !r.stack[r.depth - 1].has_children) {
        const open_element *e = &r.stack[r.depth - 1]; /* half a command line is worth having */
        leaf(&r, e, wd_slice_of(r.text + e->text_from, r.text_len - e->text_from), false);
    }
    b->cut = true;
    return false;
}

/* Where the next Event element begins, from `from` on; SIZE_MAX when there is none. */
static size_t find_event(wd_slice in, size_t from)
{
    while (from < in.len) {
        size_t hit = wd_slice_find(wd_slice_sub(in, from, in.len), WD_S("<Event"));
        if (hit == SIZE_MAX) {
            return SIZE_MAX;
        }
        from += hit;
        uint8_t next = from + 6 < in.len ? in.ptr[from + 6] : 0;
        if (next == '>' || wd_is_space(next)) {
            return from;
        }
        from += 6;
    }
    return SIZE_MAX;
}

/* The end of an event at the latest: the next one's beginning, or the longest record. */
static wd_slice event_text(wd_slice in, size_t from)
{
    size_t next = find_event(in, from + 6);
    size_t len = (next == SIZE_MAX ? in.len : next) - from;
    return wd_slice_sub(in, from, len < WD_MAX_LINE ? len : WD_MAX_LINE);
}

static wd_status read_events(wd_event_build *b, wd_slice in, uint64_t base, unsigned unit)
{
    size_t pos = find_event(in, 0);
    while (pos != SIZE_MAX) {
        size_t used = 0;
        wd_slice text = event_text(in, pos);
        wd_event_build_start(b);
        bool whole = wd_eventxml_add(b, text, &used);
        wd_span span = {base + pos * unit, (whole ? used : text.len) * unit, 0};
        bool any = wd_event_build_get(b, "EventID").len > 0;
        WD_TRY(any ? wd_event_build_give(b, span, WD_NO_TIME)
                   : wd_event_build_fail(b, span, "an Event element is broken"));
        pos = find_event(in, pos + (used > 6 ? used : 6));
    }
    return WD_OK;
}

wd_status wd_eventxml_read(wd_slice file, uint64_t base, wd_arena *arena, const wd_event_sink *sink,
                           wd_event_stats *stats, wd_err *err)
{
    wd_event_build b;
    bool wide = wd_slice_starts(file, wd_slice_of("\xff\xfe", 2));
    wd_slice text = wide ? wd_utf16le_to_utf8(arena, wd_slice_sub(file, 2, file.len)) : file;
    if (wide && text.ptr == NULL) {
        return wd_nomem(err, "eventxml");
    }
    WD_TRY(wd_event_build_init(&b, arena, sink, stats, err));
    /* In UTF-16 a place in the converted text is only near the one in the file. */
    wd_status status = read_events(&b, text, base, wide ? 2 : 1);
    wd_event_build_clear(&b);
    if (status == WD_OK && stats->records == 0) {
        return wd_fail(err, WD_E_MALFORMED, base, "eventxml", "no event in this text");
    }
    return status;
}

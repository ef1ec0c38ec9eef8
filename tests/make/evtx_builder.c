#include "make/evtx_builder.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "core/hash.h"
#include "core/text.h"

enum {
    FILE_HEADER = 4096,
    CHUNK = 65536,
    CHUNK_HEADER = 512,
    STRING_HEADS = 128,
    N_STRING_HEADS = 64,
    TEMPLATE_HEADS = 384,
    N_TEMPLATE_HEADS = 32,
    MAX_KNOWN = 1024
};

#define FILETIME_TO_UNIX INT64_C(116444736000000000)
#define EVENT_XMLNS "http://schemas.microsoft.com/win/2004/08/events/event"

/* A name or template that this chunk already holds. */
typedef struct known {
    uint64_t key;
    uint32_t offset;
} known;

typedef struct chunk_state {
    size_t pos;
    size_t last_record;
    uint64_t first_id;
    uint64_t last_id;
    uint64_t first_number;
    size_t n_names;
    size_t n_templates;
} chunk_state;

struct wd_evtx_builder {
    wd_buf file;
    uint8_t bytes[CHUNK];
    chunk_state at;
    known names[MAX_KNOWN];
    known templates[MAX_KNOWN];
    uint64_t next_number;
    uint64_t next_id;
    bool overflow; /* the record in hand does not fit into this chunk */
    bool failed;
};

static void put(wd_evtx_builder *b, const void *p, size_t len)
{
    if (b->overflow || len > CHUNK - b->at.pos) {
        b->overflow = true;
        return;
    }
    memcpy(b->bytes + b->at.pos, p, len);
    b->at.pos += len;
}

static void put_u8(wd_evtx_builder *b, unsigned v)
{
    uint8_t byte = (uint8_t) v;
    put(b, &byte, 1);
}

static void put_le(wd_evtx_builder *b, uint64_t v, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        put_u8(b, (unsigned) (v >> (8 * i)) & 0xffU);
    }
}

static void set_le(uint8_t *at, uint64_t v, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        at[i] = (uint8_t) (v >> (8 * i));
    }
}

static uint64_t get_le(const uint8_t *at, size_t len)
{
    uint64_t v = 0;
    for (size_t i = len; i > 0; i--) {
        v = v << 8 | at[i - 1];
    }
    return v;
}

/* Fills in a size that was left open at `mark`: the bytes from behind it to here. */
static void close_size(wd_evtx_builder *b, size_t mark)
{
    if (!b->overflow) {
        set_le(b->bytes + mark, b->at.pos - mark - 4, 4);
    }
}

static size_t open_size(wd_evtx_builder *b)
{
    size_t mark = b->at.pos;
    put_le(b, 0, 4);
    return mark;
}

static void put_unit(wd_evtx_builder *b, uint32_t unit, uint32_t *hash, size_t *units)
{
    put_le(b, unit, 2);
    *hash = *hash * 65599U + unit;
    (*units)++;
}

/* UTF-16LE of a UTF-8 text; gives the number of units and the name hash of MS-EVEN6. */
static size_t put_utf16(wd_evtx_builder *b, const char *text, uint32_t *hash)
{
    wd_slice s = wd_slice_str(text);
    size_t units = 0;
    *hash = 0;
    while (s.len > 0) {
        uint32_t cp = 0;
        size_t n = wd_utf8_next(s, &cp);
        if (n == 0) {
            n = 1;
            cp = 0xfffd;
        }
        s = wd_slice_sub(s, n, s.len);
        if (cp >= 0x10000) {
            put_unit(b, 0xd800 + ((cp - 0x10000) >> 10), hash, &units);
            cp = 0xdc00 + ((cp - 0x10000) & 0x3ff);
        }
        put_unit(b, cp, hash, &units);
    }
    return units;
}

static const known *find_known(const known *list, size_t n, uint64_t key)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].key == key) {
            return &list[i];
        }
    }
    return NULL;
}

static void remember(wd_evtx_builder *b, known *list, size_t *n, known item)
{
    if (*n == MAX_KNOWN) {
        b->overflow = true;
        return;
    }
    list[(*n)++] = item;
}

/* Offset of a name; the name itself follows when the chunk does not hold it yet. */
static void put_name(wd_evtx_builder *b, const char *name)
{
    uint64_t key = wd_slice_hash(wd_slice_str(name));
    const known *k = find_known(b->names, b->at.n_names, key);
    if (k != NULL) {
        put_le(b, k->offset, 4);
        return;
    }
    size_t here = b->at.pos + 4;
    put_le(b, here, 4);
    put_le(b, 0, 8);
    uint32_t hash = 0;
    size_t units = put_utf16(b, name, &hash);
    put_le(b, 0, 2);
    if (b->overflow) {
        return;
    }
    uint8_t *head = b->bytes + STRING_HEADS + (hash & 0xffff) % N_STRING_HEADS * 4;
    memcpy(b->bytes + here, head, 4);
    set_le(b->bytes + here + 4, hash & 0xffff, 2);
    set_le(b->bytes + here + 6, units, 2);
    set_le(head, here, 4);
    remember(b, b->names, &b->at.n_names, (known){key, (uint32_t) here});
}

static size_t open_element(wd_evtx_builder *b, const char *tag, bool attributes)
{
    put_u8(b, attributes ? 0x41 : 0x01);
    put_le(b, 0xffff, 2);
    size_t mark = open_size(b);
    put_name(b, tag);
    return mark;
}

static void end_element(wd_evtx_builder *b, size_t mark)
{
    put_u8(b, 0x04);
    close_size(b, mark);
}

static void text_value(wd_evtx_builder *b, const char *text)
{
    put_u8(b, 0x05);
    put_u8(b, 0x01);
    size_t at = b->at.pos;
    put_le(b, 0, 2);
    uint32_t hash = 0;
    size_t units = put_utf16(b, text, &hash);
    if (!b->overflow) {
        set_le(b->bytes + at, units, 2);
    }
}

static void substitution(wd_evtx_builder *b, unsigned index, unsigned type)
{
    put_u8(b, 0x0e);
    put_le(b, index, 2);
    put_u8(b, type);
}

static void attribute(wd_evtx_builder *b, const char *name, const char *text, bool more)
{
    put_u8(b, more ? 0x46 : 0x06);
    put_name(b, name);
    text_value(b, text);
}

static void attribute_slot(wd_evtx_builder *b, const char *name, unsigned index, unsigned type)
{
    put_u8(b, 0x06);
    put_name(b, name);
    substitution(b, index, type);
}

static void slot_element(wd_evtx_builder *b, const char *tag, unsigned index, unsigned type)
{
    size_t mark = open_element(b, tag, false);
    put_u8(b, 0x02);
    substitution(b, index, type);
    end_element(b, mark);
}

static void text_element(wd_evtx_builder *b, const char *tag, const char *text)
{
    size_t mark = open_element(b, tag, false);
    put_u8(b, 0x02);
    text_value(b, text);
    end_element(b, mark);
}

static void fragment_header(wd_evtx_builder *b)
{
    put(b, "\x0f\x01\x01", 4);
}

/* The values of a System template, in the order of its slots. */
enum {
    SLOT_LEVEL,
    SLOT_TASK,
    SLOT_EVENT_ID,
    SLOT_KEYWORDS,
    SLOT_TIME,
    SLOT_RECORD_ID,
    SLOT_PROCESS,
    SLOT_CONTENT,
    N_SLOTS
};

static void provider_element(wd_evtx_builder *b, const wd_evtx_build_record *r)
{
    size_t mark = open_element(b, "Provider", true);
    size_t list = open_size(b);
    attribute(b, "Name", r->provider, r->provider_guid != NULL);
    if (r->provider_guid != NULL) {
        attribute(b, "Guid", r->provider_guid, false);
    }
    close_size(b, list);
    put_u8(b, 0x03);
    close_size(b, mark);
}

static void empty_with_slot(wd_evtx_builder *b, const char *tag, const char *name, unsigned slot,
                            unsigned type)
{
    size_t mark = open_element(b, tag, true);
    size_t list = open_size(b);
    attribute_slot(b, name, slot, type);
    close_size(b, list);
    put_u8(b, 0x03);
    close_size(b, mark);
}

static void system_body(wd_evtx_builder *b, const wd_evtx_build_record *r)
{
    size_t event = open_element(b, "Event", true);
    size_t list = open_size(b);
    attribute(b, "xmlns", EVENT_XMLNS, false);
    close_size(b, list);
    put_u8(b, 0x02);
    size_t sys = open_element(b, "System", false);
    put_u8(b, 0x02);
    provider_element(b, r);
    slot_element(b, "EventID", SLOT_EVENT_ID, 0x06);
    slot_element(b, "Level", SLOT_LEVEL, 0x04);
    slot_element(b, "Task", SLOT_TASK, 0x06);
    slot_element(b, "Keywords", SLOT_KEYWORDS, 0x15);
    empty_with_slot(b, "TimeCreated", "SystemTime", SLOT_TIME, 0x11);
    slot_element(b, "EventRecordID", SLOT_RECORD_ID, 0x0a);
    empty_with_slot(b, "Execution", "ProcessID", SLOT_PROCESS, 0x08);
    text_element(b, "Channel", r->channel);
    text_element(b, "Computer", r->computer);
    end_element(b, sys);
    substitution(b, SLOT_CONTENT, 0x21);
    end_element(b, event);
}

static void data_element(wd_evtx_builder *b, const char *name, unsigned index)
{
    size_t mark = open_element(b, "Data", name != NULL);
    if (name != NULL) {
        size_t list = open_size(b);
        attribute(b, "Name", name, false);
        close_size(b, list);
    }
    put_u8(b, 0x02);
    substitution(b, index, 0x01);
    end_element(b, mark);
}

static void content_body(wd_evtx_builder *b, const wd_evtx_build_record *r)
{
    bool user = r->user_data != NULL;
    size_t outer = open_element(b, user ? "UserData" : "EventData", false);
    put_u8(b, 0x02);
    size_t inner = 0;
    if (user) {
        inner = open_element(b, r->user_data, false);
        put_u8(b, 0x02);
    }
    for (size_t i = 0; i < r->n_fields; i++) {
        if (user) {
            slot_element(b, r->fields[i].name, (unsigned) i, 0x01);
        } else {
            data_element(b, r->fields[i].name, (unsigned) i);
        }
    }
    if (user) {
        end_element(b, inner);
    }
    end_element(b, outer);
}

/* Identity of a layout: everything that its template holds as text. */
static void layout_guid(const wd_evtx_build_record *r, bool content, uint8_t guid[WD_SHA256_LEN])
{
    wd_buf text = {0};
    wd_buf_str(&text, content ? "content" : "system");
    if (content) {
        wd_buf_str(&text, r->user_data != NULL ? r->user_data : "-");
        for (size_t i = 0; i < r->n_fields; i++) {
            wd_buf_byte(&text, '\n');
            wd_buf_str(&text, r->fields[i].name != NULL ? r->fields[i].name : "-");
        }
    } else {
        wd_buf_printf(&text, "%s\n%s\n%s\n%s", r->provider,
                      r->provider_guid != NULL ? r->provider_guid : "-", r->channel, r->computer);
    }
    if (text.failed || !wd_hash(WD_SHA256, wd_buf_slice(&text), guid)) {
        memset(guid, 0, WD_SHA256_LEN);
    }
    wd_buf_free(&text);
}

/* Template instance up to its values: the definition follows when the chunk does not hold it. */
static void template_instance(wd_evtx_builder *b, const wd_evtx_build_record *r, bool content)
{
    uint8_t guid[WD_SHA256_LEN] = {0};
    layout_guid(r, content, guid);
    uint64_t key = get_le(guid, 8);
    const known *k = find_known(b->templates, b->at.n_templates, key);
    put_u8(b, 0x0c);
    put_u8(b, 1);
    put(b, guid, 4);
    if (k != NULL) {
        put_le(b, k->offset, 4);
        return;
    }
    size_t here = b->at.pos + 4;
    put_le(b, here, 4);
    uint8_t *head = b->bytes + TEMPLATE_HEADS + get_le(guid, 4) % N_TEMPLATE_HEADS * 4;
    put(b, head, 4);
    put(b, guid, 16);
    size_t mark = open_size(b);
    fragment_header(b);
    (content ? content_body : system_body)(b, r);
    put_u8(b, 0x00);
    close_size(b, mark);
    if (!b->overflow) {
        set_le(head, here, 4);
        remember(b, b->templates, &b->at.n_templates, (known){key, (uint32_t) here});
    }
}

static void describe(wd_evtx_builder *b, size_t len, unsigned type)
{
    if (len > UINT16_MAX) {
        b->overflow = true;
    }
    put_le(b, len, 2);
    put_u8(b, type);
    put_u8(b, 0);
}

/* Data elements: values are described first, so their lengths are filled in afterwards. */
static void content_values(wd_evtx_builder *b, const wd_evtx_build_record *r)
{
    put_le(b, r->n_fields, 4);
    size_t table = b->at.pos;
    for (size_t i = 0; i < r->n_fields; i++) {
        const wd_evtx_build_field *f = &r->fields[i];
        describe(b, f->raw.len, f->type == 0 && f->value != NULL ? 0x01 : f->type);
    }
    for (size_t i = 0; i < r->n_fields; i++) {
        if (r->fields[i].type != 0 || r->fields[i].value == NULL) {
            put(b, r->fields[i].raw.ptr, r->fields[i].raw.len);
            continue;
        }
        uint32_t hash = 0;
        size_t units = put_utf16(b, r->fields[i].value, &hash);
        if (units * 2 > UINT16_MAX) {
            b->overflow = true;
        }
        if (!b->overflow) {
            set_le(b->bytes + table + 4 * i, units * 2, 2);
        }
    }
}

static uint64_t filetime(wd_time t)
{
    return t == WD_NO_TIME ? 0 : (uint64_t) (t + FILETIME_TO_UNIX);
}

static void system_values(wd_evtx_builder *b, const wd_evtx_build_record *r)
{
    put_le(b, N_SLOTS, 4);
    describe(b, 1, 0x04);
    describe(b, 2, 0x06);
    describe(b, 2, 0x06);
    describe(b, 8, 0x15);
    describe(b, 8, 0x11);
    describe(b, 8, 0x0a);
    describe(b, 4, 0x08);
    size_t content_size = b->at.pos;
    describe(b, 0, 0x21);
    put_le(b, 4, 1);
    put_le(b, r->event_id, 2);
    put_le(b, r->event_id, 2);
    put_le(b, UINT64_C(0x8000000000000000), 8);
    put_le(b, filetime(r->time), 8);
    put_le(b, r->record_id, 8);
    put_le(b, r->process_id, 4);
    size_t start = b->at.pos;
    fragment_header(b);
    template_instance(b, r, true);
    content_values(b, r);
    put_u8(b, 0x00);
    if (b->at.pos - start > UINT16_MAX) {
        b->overflow = true;
    }
    if (!b->overflow) {
        set_le(b->bytes + content_size, b->at.pos - start, 2);
    }
}

static void put_record(wd_evtx_builder *b, const wd_evtx_build_record *r)
{
    size_t start = b->at.pos;
    put(b, "**\0", 4);
    put_le(b, 0, 4);
    put_le(b, r->record_id, 8);
    put_le(b, filetime(r->time), 8);
    fragment_header(b);
    template_instance(b, r, false);
    system_values(b, r);
    put_u8(b, 0x00);
    while (!b->overflow && (b->at.pos - start + 4) % 8 != 0) {
        put_u8(b, 0x00);
    }
    size_t size = b->at.pos - start + 4;
    put_le(b, size, 4);
    if (!b->overflow) {
        set_le(b->bytes + start + 4, size, 4);
        b->at.last_record = start;
        b->at.last_id = r->record_id;
    }
}

static void begin_chunk(wd_evtx_builder *b)
{
    memset(b->bytes, 0, CHUNK);
    memcpy(b->bytes, "ElfChnk", 8);
    b->at = (chunk_state){.pos = CHUNK_HEADER, .first_number = b->next_number};
}

void wd_evtx_seal_chunk(uint8_t *chunk)
{
    uint64_t free_at = get_le(chunk + 48, 4);
    size_t end = free_at >= CHUNK_HEADER && free_at <= CHUNK ? (size_t) free_at : CHUNK;
    uLong data = crc32(0, chunk + CHUNK_HEADER, (uInt) (end - CHUNK_HEADER));
    set_le(chunk + 52, data, 4);
    uLong head = crc32(0, chunk, 120);
    set_le(chunk + 124, crc32(head, chunk + 128, 384), 4);
}

void wd_evtx_builder_next_chunk(wd_evtx_builder *b)
{
    if (b->at.last_record == 0) {
        return;
    }
    set_le(b->bytes + 8, b->at.first_number, 8);
    set_le(b->bytes + 16, b->next_number - 1, 8);
    set_le(b->bytes + 24, b->at.first_id, 8);
    set_le(b->bytes + 32, b->at.last_id, 8);
    set_le(b->bytes + 40, 128, 4);
    set_le(b->bytes + 44, b->at.last_record, 4);
    set_le(b->bytes + 48, b->at.pos, 4);
    wd_evtx_seal_chunk(b->bytes);
    wd_buf_add(&b->file, wd_slice_of(b->bytes, CHUNK));
    begin_chunk(b);
}

wd_evtx_builder *wd_evtx_builder_new(void)
{
    wd_evtx_builder *b = calloc(1, sizeof *b);
    if (b != NULL) {
        b->next_number = 1;
        wd_buf_fill(&b->file, 0, FILE_HEADER);
        begin_chunk(b);
    }
    return b;
}

void wd_evtx_builder_free(wd_evtx_builder *b)
{
    if (b != NULL) {
        wd_buf_free(&b->file);
        free(b);
    }
}

/* One attempt; on overflow the chunk is as before. */
static bool try_record(wd_evtx_builder *b, const wd_evtx_build_record *r)
{
    chunk_state before = b->at;
    uint8_t heads[CHUNK_HEADER];
    memcpy(heads, b->bytes, sizeof heads);
    b->overflow = false;
    put_record(b, r);
    if (!b->overflow) {
        return true;
    }
    memcpy(b->bytes, heads, sizeof heads);
    memset(b->bytes + before.pos, 0, CHUNK - before.pos);
    b->at = before;
    return false;
}

bool wd_evtx_builder_add(wd_evtx_builder *b, const wd_evtx_build_record *r)
{
    if (!b->failed && !try_record(b, r)) {
        wd_evtx_builder_next_chunk(b);
        b->failed = !try_record(b, r);
    }
    if (b->failed) {
        return false;
    }
    if (b->at.first_id == 0) {
        b->at.first_id = r->record_id;
    }
    b->next_number++;
    b->next_id = r->record_id + 1;
    return true;
}

wd_slice wd_evtx_builder_finish(wd_evtx_builder *b)
{
    wd_evtx_builder_next_chunk(b);
    if (b->failed || b->file.failed) {
        return (wd_slice){0};
    }
    uint8_t *h = b->file.ptr;
    size_t chunks = (b->file.len - FILE_HEADER) / CHUNK;
    memcpy(h, "ElfFile", 8);
    set_le(h + 16, chunks == 0 ? 0 : chunks - 1, 8);
    set_le(h + 24, b->next_id, 8);
    set_le(h + 32, 128, 4);
    set_le(h + 36, 1, 2);
    set_le(h + 38, 3, 2);
    set_le(h + 40, FILE_HEADER, 2);
    set_le(h + 42, chunks, 2);
    set_le(h + 124, crc32(0, h, 120), 4);
    return wd_buf_slice(&b->file);
}

#include "formats/pe_resources.h"

#include "core/limits.h"
#include "core/text.h"

#define COMPONENT "pe_resources"
#define LEVELS 3

/* Where a walk stands: one level, with what the levels above said. */
typedef struct walk {
    const wd_pe *pe;
    wd_cursor root; /* from the start of the resource directory to the end of its section */
    wd_arena *arena;
    wd_notes *notes;
    wd_pe_resources *out;
    size_t cap;
    uint32_t visits; /* entries may point back up: a budget ends every loop */
} walk;

static wd_status add_leaf(walk *w, const wd_pe_resource *path, uint32_t offset)
{
    wd_cursor c = w->root;
    wd_seek(&c, offset);
    uint32_t rva = wd_u32le(&c);
    uint32_t len = wd_u32le(&c);
    if (c.failed) {
        wd_note_damage(w->notes, w->root.base, 0, "resource entry outside its section");
        return WD_OK;
    }
    wd_pe_resource leaf = *path;
    wd_cursor content = wd_pe_cursor(w->pe, rva);
    leaf.at = wd_cursor_at(&content);
    leaf.content = wd_slice_sub(content.data, 0, len);
    if (content.failed || leaf.content.len < len) {
        wd_note_damage(w->notes, leaf.at, len, "resource of %u bytes, of which %zu are in the file",
                       len, leaf.content.len);
    }
    if (WD_ROOM(w->arena, w->out->items, w->out->n, w->cap) != WD_OK) {
        return WD_E_NOMEM;
    }
    w->out->items[w->out->n++] = leaf;
    return WD_OK;
}

/* The name of an entry: a number, or for types a counted UTF-16 text. */
static void name_entry(const walk *w, unsigned level, uint32_t id, wd_pe_resource *path)
{
    wd_slice text = {0};
    if ((id & 0x80000000U) != 0) {
        wd_cursor c = w->root;
        wd_seek(&c, id & 0x7FFFFFFFU);
        text = wd_take(&c, 2 * (size_t) wd_u16le(&c));
        id = 0;
    }
    if (level == 0) {
        path->type = id;
        path->type_name = text;
    } else if (level == 1) {
        path->id = id;
    } else {
        path->language = id;
    }
}

static wd_status walk_directory(walk *w, uint32_t offset, unsigned level, wd_pe_resource path)
{
    wd_cursor c = w->root;
    wd_seek(&c, offset);
    wd_skip(&c, 12);
    uint32_t n = wd_u16le(&c);
    n += wd_u16le(&c);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = wd_u32le(&c);
        uint32_t to = wd_u32le(&c);
        if (c.failed) {
            wd_note_damage(w->notes, wd_cursor_at(&c), 0, "resource directory cut off");
            return WD_OK;
        }
        if (++w->visits > WD_MAX_PE_RESOURCES) {
            wd_note_limit(w->notes, wd_cursor_at(&c), "more than %u resources",
                          WD_MAX_PE_RESOURCES);
            return WD_OK;
        }
        name_entry(w, level, id, &path);
        wd_status status = WD_OK;
        if ((to & 0x80000000U) == 0) {
            status = add_leaf(w, &path, to);
        } else if (level + 1 < LEVELS) {
            status = walk_directory(w, to & 0x7FFFFFFFU, level + 1, path);
        } else {
            wd_note_damage(w->notes, wd_cursor_at(&c), 0, "resource tree deeper than %d", LEVELS);
        }
        if (status != WD_OK || w->visits > WD_MAX_PE_RESOURCES) {
            return status;
        }
    }
    return WD_OK;
}

wd_status wd_pe_read_resources(const wd_pe *pe, wd_arena *arena, wd_notes *notes,
                               wd_pe_resources *out, wd_err *err)
{
    wd_pe_resources resources = {0};
    wd_pe_dir dir = pe->dirs[WD_PE_DIR_RESOURCE];
    if (dir.rva != 0 && dir.len != 0) {
        walk w = {.pe = pe, .arena = arena, .notes = notes, .out = &resources};
        w.root = wd_pe_cursor(pe, dir.rva);
        if (w.root.failed) {
            wd_note_damage(notes, pe->header_at, 0, "resources at RVA 0x%x are not in the file",
                           dir.rva);
        } else if (walk_directory(&w, 0, 0, (wd_pe_resource){0}) != WD_OK) {
            return wd_nomem(err, COMPONENT);
        }
    }
    *out = resources;
    return WD_OK;
}

/* --- version information -----------------------------------------------------------------------
 */

/* One block: key and value, and a cursor over its children. */
typedef struct block {
    wd_slice key; /* UTF-16LE */
    wd_slice value;
    wd_cursor children;
} block;

static void align4(wd_cursor *c)
{
    size_t pad = (4 - c->pos % 4) % 4;
    wd_skip(c, pad < wd_cursor_left(c) ? pad : wd_cursor_left(c));
}

/* UTF-16 text up to its zero; the cursor moves behind the zero. */
static wd_slice take_wide(wd_cursor *c)
{
    size_t start = c->pos;
    while (wd_cursor_left(c) >= 2) {
        if (wd_u16le(c) == 0) {
            return wd_slice_sub(c->data, start, c->pos - 2 - start);
        }
    }
    return wd_slice_sub(c->data, start, c->pos - start);
}

/* Positions are aligned from the start of the resource, so `c` is the cursor over all of it. */
static bool take_block(wd_cursor *c, block *out)
{
    align4(c);
    size_t start = c->pos;
    uint16_t len = wd_u16le(c);
    uint16_t value_len = wd_u16le(c);
    uint16_t text = wd_u16le(c);
    if (c->failed || len < 6) {
        return false;
    }
    size_t end = start + len < c->data.len ? start + len : c->data.len;
    wd_cursor in = *c;
    in.data = wd_slice_sub(c->data, 0, end);
    out->key = take_wide(&in);
    align4(&in);
    /* Compilers disagree whether the length of a text counts bytes or characters: read to its zero.
     */
    size_t value_at = in.pos;
    if (text == 1) {
        out->value = value_len == 0 ? WD_EMPTY : take_wide(&in);
        /* Children follow only where there is no value, as in the containers. */
    } else {
        out->value = wd_slice_sub(in.data, value_at, value_len);
        wd_skip(&in, out->value.len);
    }
    out->children = in;
    c->pos = end;
    return true;
}

static bool key_is(wd_slice key, const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0'; i++) {
        if (2 * i + 1 >= key.len || wd_lower(key.ptr[2 * i]) != wd_lower((uint8_t) name[i]) ||
            key.ptr[2 * i + 1] != 0) {
            return false;
        }
    }
    return key.len == 2 * i;
}

static void take_string(wd_pe_version *v, const block *b, wd_arena *arena)
{
    const struct {
        const char *key;
        wd_slice *into;
    } known[] = {
        {"ProductName", &v->product},
        {"CompanyName", &v->company},
        {"FileDescription", &v->description},
        {"OriginalFilename", &v->original_name},
        {"InternalName", &v->internal_name},
        {"FileVersion", &v->file_version},
        {"ProductVersion", &v->product_version},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].into->len == 0 && key_is(b->key, known[i].key)) {
            *known[i].into =
                wd_slice_trim(wd_utf16le_to_utf8(arena, wd_slice_sub(b->value, 0, WD_MAX_ATTR)));
        }
    }
}

static void take_tables(wd_pe_version *v, wd_cursor c, wd_arena *arena)
{
    block table;
    block string;
    while (take_block(&c, &table)) {
        while (take_block(&table.children, &string)) {
            take_string(v, &string, arena);
        }
    }
}

void wd_pe_read_version(const wd_pe_resources *resources, wd_arena *arena, wd_notes *notes,
                        wd_pe_version *out)
{
    wd_pe_version v = {0};
    const wd_pe_resource *found = NULL;
    for (size_t i = 0; i < resources->n && found == NULL; i++) {
        if (resources->items[i].type == WD_PE_RT_VERSION && resources->items[i].content.len > 0) {
            found = &resources->items[i];
        }
    }
    if (found != NULL) {
        block root;
        block child;
        wd_cursor c = wd_cursor_of(found->content, found->at);
        if (!take_block(&c, &root) || !key_is(root.key, "VS_VERSION_INFO")) {
            wd_note_damage(notes, found->at, found->content.len,
                           "version resource of no known form");
        } else {
            bool ok = true;
            v.present = true;
            for (size_t i = 0; i < 4; i++) { /* dwFileVersionMS and LS at 8 */
                v.fixed[i ^ 1] = wd_peek_u16le(root.value, 8 + 2 * i, &ok);
            }
            while (take_block(&root.children, &child)) {
                if (key_is(child.key, "StringFileInfo")) {
                    take_tables(&v, child.children, arena);
                }
            }
        }
    }
    *out = v;
}

#include "formats/pe_imports.h"

#include <stdio.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/limits.h"
#include "formats/pe_ordinals.h"

#define COMPONENT "pe_imports"
#define MAX_NAME 512

/* The functions of one library, from its lookup table. */
static wd_status read_thunks(const wd_pe *pe, uint64_t table_rva, wd_pe_library *lib, size_t *total,
                             wd_arena *arena)
{
    size_t cap = 0;
    uint64_t by_ordinal = pe->plus ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
    wd_cursor c = wd_pe_cursor(pe, table_rva);
    while (*total < WD_MAX_PE_IMPORTS) {
        uint64_t v = pe->plus ? wd_u64le(&c) : wd_u32le(&c);
        if (c.failed || v == 0) {
            break;
        }
        wd_pe_import imp = {0};
        if ((v & by_ordinal) != 0) {
            imp.ordinal = (uint16_t) v;
        } else {
            imp.name = wd_pe_text(pe, (v & 0x7FFFFFFF) + 2, MAX_NAME);
        }
        if (WD_ROOM(arena, lib->imports, lib->n, cap) != WD_OK) {
            return WD_E_NOMEM;
        }
        lib->imports[lib->n++] = imp;
        (*total)++;
    }
    return WD_OK;
}

/* A descriptor of either table, reduced to what is needed. */
typedef struct descriptor {
    uint64_t name;
    uint64_t table;     /* names of functions */
    uint64_t alternate; /* address table, which holds the names too until it is bound */
} descriptor;

static descriptor read_descriptor(const wd_pe *pe, wd_cursor *c, bool delayed)
{
    descriptor d = {0};
    if (!delayed) {
        d.table = wd_u32le(c);
        wd_skip(c, 8);
        d.name = wd_u32le(c);
        d.alternate = wd_u32le(c);
        return d;
    }
    uint32_t attributes = wd_u32le(c);
    /* Visual C++ 6 wrote addresses instead of RVAs. */
    uint64_t base = (attributes & 1) != 0 ? 0 : pe->image_base;
    d.name = wd_u32le(c);
    wd_skip(c, 4);
    d.alternate = wd_u32le(c);
    d.table = wd_u32le(c);
    wd_skip(c, 12);
    if (d.name >= base && d.table >= base && d.name != 0) {
        d.name -= base;
        d.table -= base;
    }
    return d;
}

static wd_status read_table(const wd_pe *pe, bool delayed, wd_arena *arena, wd_notes *notes,
                            wd_pe_imports *out, size_t *cap)
{
    wd_pe_dir dir = pe->dirs[delayed ? WD_PE_DIR_DELAY_IMPORT : WD_PE_DIR_IMPORT];
    if (dir.rva == 0) {
        return WD_OK;
    }
    wd_cursor c = wd_pe_cursor(pe, dir.rva);
    if (c.failed) {
        wd_note_damage(notes, pe->header_at, 0, "%simport table at RVA 0x%x is not in the file",
                       delayed ? "delay " : "", dir.rva);
        return WD_OK;
    }
    for (;;) {
        uint64_t at = wd_cursor_at(&c);
        descriptor d = read_descriptor(pe, &c, delayed);
        if (c.failed || d.name == 0) {
            break;
        }
        wd_pe_library lib = {.name = wd_pe_text(pe, d.name, MAX_NAME), .delayed = delayed};
        if (lib.name.len == 0) {
            wd_note_damage(notes, at, 20, "import descriptor without a readable library name");
            break;
        }
        if (out->n >= WD_MAX_PE_LIBRARIES) {
            wd_note_limit(notes, at, "more than %u imported libraries", WD_MAX_PE_LIBRARIES);
            break;
        }
        uint64_t table = d.table != 0 ? d.table : d.alternate;
        if (read_thunks(pe, table, &lib, &out->n_functions, arena) != WD_OK ||
            WD_ROOM(arena, out->libraries, out->n, *cap) != WD_OK) {
            return WD_E_NOMEM;
        }
        out->libraries[out->n++] = lib;
    }
    if (c.failed) {
        wd_note_damage(notes, wd_cursor_at(&c), 0, "import table without an end");
    }
    return WD_OK;
}

wd_status wd_pe_read_imports(const wd_pe *pe, wd_arena *arena, wd_notes *notes, wd_pe_imports *out,
                             wd_err *err)
{
    wd_pe_imports imports = {0};
    size_t cap = 0;
    if (read_table(pe, false, arena, notes, &imports, &cap) != WD_OK ||
        read_table(pe, true, arena, notes, &imports, &cap) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    if (imports.n_functions >= WD_MAX_PE_IMPORTS) {
        wd_note_limit(notes, pe->header_at, "more than %u imported functions", WD_MAX_PE_IMPORTS);
    }
    *out = imports;
    return WD_OK;
}

/* --- exports -----------------------------------------------------------------------------------
 */

/* The three tables of an export directory. */
typedef struct export_tables {
    uint32_t base;
    uint32_t n_functions;
    uint32_t n_names;
    wd_cursor functions;
    wd_cursor names;
    wd_cursor ordinals;
} export_tables;

static wd_status read_functions(const wd_pe *pe, export_tables *t, wd_arena *arena, wd_notes *notes,
                                wd_pe_exports *out)
{
    wd_pe_dir dir = pe->dirs[WD_PE_DIR_EXPORT];
    /* The count is from the file, the memory must not be: at most what the table can hold. */
    size_t room = t->functions.failed ? 0 : wd_cursor_left(&t->functions) / 4;
    size_t n = t->n_functions < room ? t->n_functions : room;
    if (n < t->n_functions) {
        wd_note_damage(notes, pe->header_at, 0, "%u exported functions announced, room for %zu",
                       t->n_functions, n);
    }
    n = n < WD_MAX_PE_EXPORTS ? n : WD_MAX_PE_EXPORTS;
    out->items = WD_ARRAY(arena, n, wd_pe_export);
    if (out->items == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        wd_pe_export *e = &out->items[out->n++];
        e->ordinal = t->base + (uint32_t) i;
        e->rva = wd_u32le(&t->functions);
        if (e->rva >= dir.rva && e->rva - dir.rva < dir.len) {
            e->forwarder = wd_pe_text(pe, e->rva, MAX_NAME);
            out->n_forwarders++;
        }
    }
    return WD_OK;
}

static void read_names(const wd_pe *pe, export_tables *t, wd_pe_exports *out)
{
    for (uint32_t i = 0; i < t->n_names && i < WD_MAX_PE_EXPORTS; i++) {
        uint32_t name = wd_u32le(&t->names);
        uint16_t which = wd_u16le(&t->ordinals);
        if (t->names.failed || t->ordinals.failed) {
            return;
        }
        if (which < out->n && out->items[which].name.len == 0) {
            out->items[which].name = wd_pe_text(pe, name, MAX_NAME);
        }
    }
}

wd_status wd_pe_read_exports(const wd_pe *pe, wd_arena *arena, wd_notes *notes, wd_pe_exports *out,
                             wd_err *err)
{
    wd_pe_exports exports = {0};
    wd_pe_dir dir = pe->dirs[WD_PE_DIR_EXPORT];
    if (dir.rva == 0 || dir.len == 0) {
        *out = exports;
        return WD_OK;
    }
    wd_cursor c = wd_pe_cursor(pe, dir.rva);
    export_tables t = {0};
    wd_skip(&c, 12);
    uint32_t module = wd_u32le(&c);
    t.base = wd_u32le(&c);
    t.n_functions = wd_u32le(&c);
    t.n_names = wd_u32le(&c);
    uint32_t functions = wd_u32le(&c);
    uint32_t names = wd_u32le(&c);
    uint32_t ordinals = wd_u32le(&c);
    if (c.failed) {
        wd_note_damage(notes, pe->header_at, 0, "export directory at RVA 0x%x is not in the file",
                       dir.rva);
        *out = exports;
        return WD_OK;
    }
    exports.present = true;
    exports.module = wd_pe_text(pe, module, MAX_NAME);
    t.functions = wd_pe_cursor(pe, functions);
    t.names = wd_pe_cursor(pe, names);
    t.ordinals = wd_pe_cursor(pe, ordinals);
    if (read_functions(pe, &t, arena, notes, &exports) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    read_names(pe, &t, &exports);
    *out = exports;
    return WD_OK;
}

/* --- import hash -------------------------------------------------------------------------------
 */

static wd_slice without_extension(wd_slice library)
{
    static const char *const extensions[] = {".dll", ".ocx", ".sys"};
    for (size_t i = 0; i < 3; i++) {
        if (wd_slice_ends_nocase(library, wd_slice_str(extensions[i]))) {
            return wd_slice_sub(library, 0, library.len - 4);
        }
    }
    return library;
}

static bool hash_lower(wd_hasher *h, wd_slice s)
{
    uint8_t lower[MAX_NAME];
    size_t n = s.len < sizeof lower ? s.len : sizeof lower;
    for (size_t i = 0; i < n; i++) {
        lower[i] = wd_lower(s.ptr[i]);
    }
    return wd_hasher_add(h, wd_slice_of(lower, n));
}

static bool hash_import(wd_hasher *h, wd_slice library, const wd_pe_import *imp, bool first)
{
    char text[16];
    wd_slice name = imp->name;
    if (name.len == 0) {
        name = wd_pe_ordinal_name(library, imp->ordinal);
    }
    if (name.len == 0) {
        (void) snprintf(text, sizeof text, "ord%u", imp->ordinal);
        name = wd_slice_str(text);
    }
    return (first || wd_hasher_add(h, WD_S(","))) && hash_lower(h, without_extension(library)) &&
           wd_hasher_add(h, WD_S(".")) && hash_lower(h, name);
}

bool wd_pe_imphash(const wd_pe_imports *imports, char hex[static 33])
{
    wd_hasher *h = wd_hasher_new(WD_MD5);
    uint8_t md[16];
    bool first = true;
    bool ok = h != NULL;
    for (size_t i = 0; ok && i < imports->n; i++) {
        const wd_pe_library *lib = &imports->libraries[i];
        for (size_t k = 0; ok && !lib->delayed && k < lib->n; k++) {
            ok = hash_import(h, lib->name, &lib->imports[k], first);
            first = false;
        }
    }
    ok = ok && !first && wd_hasher_end(h, md);
    wd_hasher_free(h);
    if (ok) {
        wd_hex(md, sizeof md, hex);
    }
    return ok;
}

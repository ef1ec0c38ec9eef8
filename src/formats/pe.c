#include "formats/pe.h"

#include <string.h>

#include "core/limits.h"

#define COMPONENT "pe"

static void read_dirs(wd_pe *pe, wd_cursor *c, wd_notes *notes)
{
    if (pe->n_dirs > WD_PE_DIRS) {
        wd_note_damage(notes, wd_cursor_at(c) - 4, 4, "%u data directories where 16 exist",
                       pe->n_dirs);
    }
    for (uint32_t i = 0; i < pe->n_dirs && i < WD_PE_DIRS; i++) {
        if (i == WD_PE_DIR_SECURITY && wd_cursor_left(c) >= 8) {
            pe->security_at = wd_cursor_at(c);
        }
        pe->dirs[i].rva = wd_u32le(c);
        pe->dirs[i].len = wd_u32le(c);
    }
}

static wd_status read_optional_header(wd_pe *pe, wd_cursor *c, wd_notes *notes, wd_err *err)
{
    uint16_t magic = wd_u16le(c);
    if (!c->failed && magic != 0x10B && magic != 0x20B) {
        return wd_fail(err, WD_E_MALFORMED, wd_cursor_at(c) - 2, COMPONENT,
                       "optional header magic 0x%x", magic);
    }
    pe->plus = magic == 0x20B;
    wd_skip(c, 14); /* linker version, sizes of code and data */
    pe->entry_rva = wd_u32le(c);
    wd_skip(c, pe->plus ? 4 : 8); /* base of code, and of data */
    pe->image_base = pe->plus ? wd_u64le(c) : wd_u32le(c);
    pe->section_align = wd_u32le(c);
    pe->file_align = wd_u32le(c);
    wd_skip(c, 16); /* versions */
    pe->image_size = wd_u32le(c);
    pe->headers_len = wd_u32le(c);
    pe->checksum_at = wd_cursor_at(c);
    pe->checksum = wd_u32le(c);
    pe->subsystem = wd_u16le(c);
    pe->dll_characteristics = wd_u16le(c);
    wd_skip(c, pe->plus ? 36 : 20); /* stack, heap, loader flags */
    pe->n_dirs = wd_u32le(c);
    if (c->failed) {
        return wd_fail(err, WD_E_TRUNCATED, wd_cursor_at(c), COMPONENT,
                       "the file ends inside the optional header");
    }
    read_dirs(pe, c, notes);
    return WD_OK;
}

static void check_section(const wd_pe *pe, const wd_pe_section *s, uint64_t header_at,
                          wd_notes *notes)
{
    uint64_t end = (uint64_t) s->raw_at + s->raw_len;
    if (s->raw_len > 0 && s->raw_at != 0 && end > pe->data.len) {
        wd_note_damage(notes, header_at, 40,
                       "section data up to 0x%llx where the file ends at 0x%zx",
                       (unsigned long long) end, pe->data.len);
    }
}

static wd_status read_sections(wd_pe *pe, wd_cursor *c, size_t n, wd_arena *arena, wd_notes *notes)
{
    if (n > WD_MAX_PE_SECTIONS) {
        wd_note_limit(notes, wd_cursor_at(c), "%zu sections, of which %u are read", n,
                      WD_MAX_PE_SECTIONS);
        n = WD_MAX_PE_SECTIONS;
    }
    pe->sections = WD_ARRAY(arena, n, wd_pe_section);
    if (pe->sections == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t at = wd_cursor_at(c);
        wd_pe_section s = {.name = wd_take(c, 8)};
        while (s.name.len > 0 && s.name.ptr[s.name.len - 1] == 0) {
            s.name.len--;
        }
        s.virtual_size = wd_u32le(c);
        s.rva = wd_u32le(c);
        s.raw_len = wd_u32le(c);
        s.raw_at = wd_u32le(c);
        wd_skip(c, 12);
        s.flags = wd_u32le(c);
        if (c->failed) {
            wd_note_damage(notes, at, 0, "the file ends inside the section table");
            return WD_OK;
        }
        check_section(pe, &s, at, notes);
        pe->sections[pe->n_sections++] = s;
    }
    return WD_OK;
}

wd_status wd_pe_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_pe *out, wd_err *err)
{
    wd_pe pe = {.data = data};
    wd_cursor c = wd_cursor_of(data, 0);
    if (wd_u16le(&c) != 0x5A4D) {
        return wd_fail(err, WD_E_MALFORMED, 0, COMPONENT, "no MZ at the start");
    }
    wd_seek(&c, 0x3C);
    pe.header_at = wd_u32le(&c);
    wd_seek(&c, pe.header_at);
    uint32_t magic = wd_u32le(&c);
    if (c.failed) {
        return wd_fail(err, WD_E_TRUNCATED, wd_cursor_at(&c), COMPONENT,
                       "the file ends before its PE header");
    }
    if (magic != 0x4550) {
        return wd_fail(err, WD_E_MALFORMED, pe.header_at, COMPONENT, "no PE header where MZ says");
    }
    pe.machine = wd_u16le(&c);
    size_t n_sections = wd_u16le(&c);
    pe.timestamp = wd_u32le(&c);
    wd_skip(&c, 8);
    size_t optional_len = wd_u16le(&c);
    pe.characteristics = wd_u16le(&c);
    size_t optional_at = c.pos;
    WD_TRY(read_optional_header(&pe, &c, notes, err));
    wd_cursor table = wd_cursor_of(data, 0);
    wd_seek(&table, optional_at + optional_len);
    if (read_sections(&pe, &table, n_sections, arena, notes) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    *out = pe;
    return WD_OK;
}

/* Bytes of a section that are in the file and in memory. */
static uint64_t mapped_len(const wd_pe *pe, const wd_pe_section *s)
{
    uint64_t len =
        s->virtual_size != 0 && s->virtual_size < s->raw_len ? s->virtual_size : s->raw_len;
    uint64_t in_file = s->raw_at < pe->data.len ? pe->data.len - s->raw_at : 0;
    return len < in_file ? len : in_file;
}

bool wd_pe_offset(const wd_pe *pe, uint64_t rva, uint64_t *offset, uint64_t *avail)
{
    for (size_t i = 0; i < pe->n_sections; i++) {
        const wd_pe_section *s = &pe->sections[i];
        uint64_t len = mapped_len(pe, s);
        if (rva >= s->rva && rva - s->rva < len) {
            *offset = s->raw_at + (rva - s->rva);
            *avail = len - (rva - s->rva);
            return true;
        }
    }
    uint64_t headers = pe->headers_len < pe->data.len ? pe->headers_len : pe->data.len;
    if (rva < headers) {
        *offset = rva;
        *avail = headers - rva;
        return true;
    }
    return false;
}

wd_cursor wd_pe_cursor(const wd_pe *pe, uint64_t rva)
{
    uint64_t offset = 0;
    uint64_t avail = 0;
    wd_cursor whole = wd_cursor_of(pe->data, 0);
    if (!wd_pe_offset(pe, rva, &offset, &avail)) {
        whole.failed = true;
        return whole;
    }
    return wd_cursor_sub(&whole, offset, avail);
}

wd_slice wd_pe_text(const wd_pe *pe, uint64_t rva, size_t most)
{
    wd_cursor c = wd_pe_cursor(pe, rva);
    if (c.failed) {
        return (wd_slice){0};
    }
    wd_slice s = wd_slice_sub(c.data, 0, most + 1);
    size_t end = wd_slice_find_byte(s, 0);
    return end == SIZE_MAX ? WD_EMPTY : wd_slice_sub(s, 0, end);
}

const wd_pe_section *wd_pe_section_of(const wd_pe *pe, uint64_t rva)
{
    for (size_t i = 0; i < pe->n_sections; i++) {
        const wd_pe_section *s = &pe->sections[i];
        uint64_t len = s->virtual_size != 0 ? s->virtual_size : s->raw_len;
        if (rva >= s->rva && rva - s->rva < len) {
            return s;
        }
    }
    return NULL;
}

uint64_t wd_pe_end_of_sections(const wd_pe *pe)
{
    uint64_t end = pe->headers_len;
    for (size_t i = 0; i < pe->n_sections; i++) {
        const wd_pe_section *s = &pe->sections[i];
        uint64_t section_end = (uint64_t) s->raw_at + s->raw_len;
        if (s->raw_len > 0 && section_end > end) {
            end = section_end;
        }
    }
    return end < pe->data.len ? end : pe->data.len;
}

const char *wd_pe_machine_name(uint16_t machine)
{
    switch (machine) {
    case 0x14C: return "x86";
    case 0x8664: return "x64";
    case 0xAA64: return "arm64";
    case 0xA641: return "arm64ec";
    case 0x1C0:
    case 0x1C4: return "arm";
    case 0x200: return "ia64";
    case 0xEBC: return "efi-bytecode";
    case 0x5032: return "riscv32";
    case 0x5064: return "riscv64";
    default: return "other";
    }
}

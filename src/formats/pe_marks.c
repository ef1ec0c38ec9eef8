#include "formats/pe_marks.h"

#include "core/hash.h"
#include "core/limits.h"

#define COMPONENT "pe_marks"

static uint64_t take_address(const wd_pe *pe, wd_cursor *c)
{
    return pe->plus ? wd_u64le(c) : wd_u32le(c);
}

static wd_status read_tls(const wd_pe *pe, wd_arena *arena, wd_notes *notes, wd_pe_marks *m)
{
    wd_pe_dir dir = pe->dirs[WD_PE_DIR_TLS];
    if (dir.rva == 0) {
        return WD_OK;
    }
    wd_cursor c = wd_pe_cursor(pe, dir.rva);
    for (int i = 0; i < 3; i++) {
        (void) take_address(pe, &c);
    }
    uint64_t list = take_address(pe, &c);
    if (c.failed) {
        wd_note_damage(notes, pe->header_at, 0, "TLS directory at RVA 0x%x is not in the file",
                       dir.rva);
        return WD_OK;
    }
    if (list < pe->image_base) {
        return WD_OK;
    }
    c = wd_pe_cursor(pe, list - pe->image_base);
    size_t cap = 0;
    while (m->n_tls_callbacks < WD_MAX_PE_MARKS) {
        uint64_t callback = take_address(pe, &c);
        if (c.failed || callback < pe->image_base) {
            break;
        }
        if (WD_ROOM(arena, m->tls_callbacks, m->n_tls_callbacks, cap) != WD_OK) {
            return WD_E_NOMEM;
        }
        m->tls_callbacks[m->n_tls_callbacks++] = (uint32_t) (callback - pe->image_base);
    }
    return WD_OK;
}

static void read_codeview(const wd_pe *pe, uint32_t at, uint32_t len, wd_pe_marks *m)
{
    wd_cursor whole = wd_cursor_of(pe->data, 0);
    wd_cursor c = wd_cursor_sub(&whole, at, len);
    if (wd_u32le(&c) != 0x53445352) { /* "RSDS" */
        return;
    }
    wd_skip(&c, 20);
    if (!c.failed) {
        wd_slice path = wd_slice_sub(c.data, c.pos, WD_MAX_ATTR);
        size_t end = wd_slice_find_byte(path, 0);
        m->pdb = wd_slice_sub(path, 0, end);
    }
}

static void read_debug(const wd_pe *pe, wd_notes *notes, wd_pe_marks *m)
{
    wd_pe_dir dir = pe->dirs[WD_PE_DIR_DEBUG];
    if (dir.rva == 0) {
        return;
    }
    wd_cursor c = wd_pe_cursor(pe, dir.rva);
    if (c.failed) {
        wd_note_damage(notes, pe->header_at, 0, "debug directory at RVA 0x%x is not in the file",
                       dir.rva);
        return;
    }
    for (uint32_t i = 0; i < dir.len / 28 && i < WD_MAX_PE_MARKS; i++) {
        wd_skip(&c, 12);
        uint32_t type = wd_u32le(&c);
        uint32_t len = wd_u32le(&c);
        wd_skip(&c, 4);
        uint32_t at = wd_u32le(&c);
        if (c.failed) {
            return;
        }
        m->repro = m->repro || type == 16;
        if (type == 2 && m->pdb.len == 0) {
            read_codeview(pe, at, len, m);
        }
    }
}

/* Looks for "Rich" before the PE header and goes back to "DanS" under the key that follows. */
static wd_status read_rich(const wd_pe *pe, wd_arena *arena, wd_pe_marks *m)
{
    wd_slice stub = wd_slice_sub(pe->data, 0, pe->header_at);
    size_t rich = stub.len > 0x40 ? wd_slice_find(wd_slice_sub(stub, 0x40, stub.len), WD_S("Rich"))
                                  : SIZE_MAX;
    bool ok = true;
    if (rich == SIZE_MAX) {
        return WD_OK;
    }
    rich += 0x40;
    uint32_t key = wd_peek_u32le(stub, rich + 4, &ok);
    size_t start = rich;
    while (ok && start >= 0x44 && rich - start < 8 * (size_t) WD_MAX_PE_MARKS) {
        start -= 4;
        if ((wd_peek_u32le(stub, start, &ok) ^ key) == 0x536E6144) { /* "DanS" */
            size_t len = rich - start;
            uint8_t *clear = WD_ARRAY(arena, len, uint8_t);
            if (clear == NULL) {
                return WD_E_NOMEM;
            }
            for (size_t i = 0; i < len; i++) {
                clear[i] = stub.ptr[start + i] ^ (uint8_t) (key >> (8 * (i % 4)));
            }
            m->rich_at = start;
            m->rich = wd_hash(WD_MD5, wd_slice_of(clear, len), m->rich_hash);
            return WD_OK;
        }
    }
    return WD_OK;
}

wd_status wd_pe_read_marks(const wd_pe *pe, const wd_cert_table *table, wd_arena *arena,
                           wd_notes *notes, wd_pe_marks *out, wd_err *err)
{
    wd_pe_marks m = {0};
    if (read_tls(pe, arena, notes, &m) != WD_OK || read_rich(pe, arena, &m) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    read_debug(pe, notes, &m);
    uint64_t end = table->present ? table->at : pe->data.len;
    m.overlay_at = wd_pe_end_of_sections(pe);
    m.overlay_len = end > m.overlay_at ? end - m.overlay_at : 0;
    *out = m;
    return WD_OK;
}

uint32_t wd_pe_checksum(const wd_pe *pe)
{
    uint64_t sum = 0;
    const uint8_t *p = pe->data.ptr;
    size_t n = pe->data.len;
    size_t even = n & ~(size_t) 1;
    for (size_t i = 0; i < even; i += 2) {
        sum += (uint64_t) p[i] | (uint64_t) p[i + 1] << 8;
    }
    if (even != n) {
        sum += p[even];
    }
    /* The field itself counts as zero; it starts at an even offset in every honest file. */
    for (unsigned i = 0; i < 4; i++) {
        uint64_t at = pe->checksum_at + i;
        sum -= at < n ? (uint64_t) p[at] << (at % 2 == 0 ? 0 : 8) : 0;
    }
    while (sum >> 16 != 0) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (uint32_t) (sum + n);
}

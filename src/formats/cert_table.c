#include "formats/cert_table.h"

#include "core/limits.h"

#define COMPONENT "cert_table"
#define HEADER 8U

/* What follows does not look like an entry: the rest belongs to nobody. */
static bool is_entry(const wd_cert_entry *e, uint64_t left)
{
    return e->len >= HEADER && e->len <= left && (e->revision == 0x0200 || e->revision == 0x0100);
}

static wd_status add_entry(wd_cert_table *t, size_t *cap, wd_cert_entry e, wd_arena *arena,
                           wd_err *err)
{
    if (WD_ROOM(arena, t->entries, t->n, *cap) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    t->entries[t->n++] = e;
    return WD_OK;
}

static wd_status walk(wd_cert_table *t, wd_cursor c, wd_arena *arena, wd_notes *notes, wd_err *err)
{
    size_t cap = 0;
    while (wd_cursor_left(&c) >= HEADER) {
        wd_cert_entry e = {.at = wd_cursor_at(&c)};
        uint64_t left = wd_cursor_left(&c);
        e.len = wd_u32le(&c);
        e.revision = wd_u16le(&c);
        e.type = wd_u16le(&c);
        if (!is_entry(&e, left)) {
            return WD_OK;
        }
        if (t->n >= WD_MAX_CERT_ENTRIES) {
            wd_note_limit(notes, e.at, "more than %u certificate entries", WD_MAX_CERT_ENTRIES);
            return WD_OK;
        }
        e.body = wd_take(&c, e.len - HEADER);
        uint64_t pad = (8 - e.len % 8) % 8;
        wd_skip(&c, pad < wd_cursor_left(&c) ? pad : wd_cursor_left(&c));
        e.padded_to = wd_cursor_at(&c);
        t->rest_at = e.padded_to;
        WD_TRY(add_entry(t, &cap, e, arena, err));
    }
    return WD_OK;
}

wd_status wd_cert_table_read(const wd_pe *pe, wd_arena *arena, wd_notes *notes, wd_cert_table *out,
                             wd_err *err)
{
    wd_cert_table t = {0};
    wd_pe_dir dir = pe->dirs[WD_PE_DIR_SECURITY];
    if (pe->security_at == 0 || dir.rva == 0 || dir.len == 0) {
        *out = t;
        return WD_OK;
    }
    t.present = true;
    t.at = dir.rva;
    t.inside = (uint64_t) dir.rva + dir.len <= pe->data.len;
    if (!t.inside) {
        wd_note_damage(notes, pe->security_at, 8,
                       "certificate table 0x%x + %u bytes goes past the end of the file", dir.rva,
                       dir.len);
    }
    if (dir.rva >= pe->data.len) {
        t.at = t.end = t.rest_at = pe->data.len;
        *out = t;
        return WD_OK;
    }
    t.end = t.inside ? (uint64_t) dir.rva + dir.len : pe->data.len;
    t.rest_at = t.at;
    t.ends_file = t.end == pe->data.len;
    wd_cursor whole = wd_cursor_of(pe->data, 0);
    WD_TRY(walk(&t, wd_cursor_sub(&whole, t.at, t.end - t.at), arena, notes, err));
    t.sums_up = t.inside && t.n > 0 && t.rest_at == t.end;
    *out = t;
    return WD_OK;
}

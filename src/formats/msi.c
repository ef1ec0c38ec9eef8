#include "formats/msi.h"

#include "core/limits.h"
#include "core/text.h"

#define COMPONENT "msi"

/* --- names -------------------------------------------------------------------------------------
 */

static uint8_t packed_char(uint32_t v)
{
    static const char alphabet[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    return (uint8_t) alphabet[v & 63];
}

static wd_slice decode_name(wd_arena *arena, wd_slice raw)
{
    wd_buf out = {0};
    for (size_t i = 0; i + 1 < raw.len; i += 2) {
        uint32_t c = (uint32_t) raw.ptr[i] | (uint32_t) raw.ptr[i + 1] << 8;
        if (c >= 0x3800 && c < 0x4800) {
            wd_buf_byte(&out, packed_char(c - 0x3800));
            wd_buf_byte(&out, packed_char((c - 0x3800) >> 6));
        } else if (c >= 0x4800 && c < 0x4840) {
            wd_buf_byte(&out, packed_char(c - 0x4800));
        } else if (c == 0x4840) {
            wd_buf_byte(&out, '!');
        } else {
            wd_utf8_add(&out, c);
        }
    }
    wd_slice copy = out.failed ? WD_EMPTY : wd_arena_copy(arena, wd_buf_slice(&out));
    wd_buf_free(&out);
    return copy;
}

size_t wd_msi_find(const wd_msi *msi, wd_slice name)
{
    for (size_t i = 1; i < msi->cfb.n; i++) {
        const wd_cfb_entry *e = &msi->cfb.entries[i];
        if (e->type == WD_CFB_STREAM && e->parent == 0 && wd_slice_eq(msi->names[i], name)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* --- strings -----------------------------------------------------------------------------------
 */

static wd_status stream_of(const wd_msi *msi, wd_slice name, wd_arena *arena, wd_slice *out)
{
    bool whole = false;
    size_t i = wd_msi_find(msi, name);
    *out = (wd_slice){0};
    return i == SIZE_MAX ? WD_OK
                         : wd_cfb_stream(&msi->cfb, &msi->cfb.entries[i], arena, out, &whole);
}

static wd_status read_strings(wd_msi *msi, wd_arena *arena, wd_notes *notes)
{
    wd_slice pool;
    wd_slice data;
    WD_TRY(stream_of(msi, WD_S("!_StringPool"), arena, &pool));
    WD_TRY(stream_of(msi, WD_S("!_StringData"), arena, &data));
    size_t n = pool.len / 4;
    if (n > WD_MAX_MSI_STRINGS) {
        wd_note_limit(notes, 0, "%zu strings, of which %u are read", n, WD_MAX_MSI_STRINGS);
        n = WD_MAX_MSI_STRINGS;
    }
    msi->ref_len = 2;
    msi->is_package = n > 0;
    msi->strings = WD_ARRAY(arena, n + 1, wd_slice);
    if (msi->strings == NULL) {
        return WD_E_NOMEM;
    }
    wd_cursor c = wd_cursor_of(pool, 0);
    wd_cursor text = wd_cursor_of(data, 0);
    wd_skip(&c, 2);
    msi->ref_len = (wd_u16le(&c) & 0x8000) != 0 ? 3 : 2;
    size_t next = 1; /* string 0 is null */
    while (wd_cursor_left(&c) >= 4 && next <= n) {
        size_t len = wd_u16le(&c);
        uint16_t refs = wd_u16le(&c);
        if (len == 0 && refs != 0) {
            len = wd_u16le(&c); /* long string: the low half of its length comes next */
            len |= (size_t) refs << 16;
            wd_skip(&c, 2);
        }
        msi->strings[next++] = wd_take(&text, len);
    }
    msi->n_strings = next;
    if (text.failed) {
        wd_note_damage(notes, 0, 0, "string data is shorter than its pool says");
    }
    return WD_OK;
}

wd_status wd_msi_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_msi *out, wd_err *err)
{
    wd_msi msi = {0};
    WD_TRY(wd_cfb_read(data, arena, notes, &msi.cfb, err));
    msi.names = WD_ARRAY(arena, msi.cfb.n, wd_slice);
    if (msi.names == NULL) {
        return wd_nomem(err, COMPONENT);
    }
    for (size_t i = 0; i < msi.cfb.n; i++) {
        msi.names[i] = decode_name(arena, msi.cfb.entries[i].raw_name);
    }
    if (read_strings(&msi, arena, notes) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    *out = msi;
    return WD_OK;
}

/* --- tables ------------------------------------------------------------------------------------
 */

static wd_slice string_of(const wd_msi *msi, uint32_t number)
{
    return number < msi->n_strings ? msi->strings[number] : (wd_slice){0};
}

static uint32_t take_width(wd_cursor *c, unsigned width)
{
    uint32_t low = width >= 2 ? wd_u16le(c) : 0;
    return width == 3   ? low | (uint32_t) wd_u8(c) << 16
           : width == 4 ? low | (uint32_t) wd_u16le(c) << 16
                        : low;
}

#define MAX_COLUMNS 64
#define TYPE_TEXT 0x0800U

/* Width in bytes of each column of a table, from _Columns; 0 when the table is not there. */
static size_t column_widths(const wd_msi *msi, wd_slice columns, wd_slice table,
                            unsigned widths[static MAX_COLUMNS])
{
    /* _Columns itself: Table (reference), Number (2 bytes), Name (reference), Type (2 bytes). */
    size_t row = 2 * (size_t) msi->ref_len + 4;
    size_t rows = columns.len / row;
    size_t n = 0;
    wd_cursor tables = wd_cursor_of(columns, 0);
    wd_cursor numbers = wd_cursor_of(columns, 0);
    wd_cursor types = wd_cursor_of(columns, 0);
    wd_seek(&numbers, rows * msi->ref_len);
    wd_seek(&types, rows * (2 * (size_t) msi->ref_len + 2));
    for (size_t i = 0; i < rows; i++) {
        uint32_t name = take_width(&tables, msi->ref_len);
        uint32_t number = wd_u16le(&numbers) ^ 0x8000U;
        uint32_t type = wd_u16le(&types) ^ 0x8000U;
        if (wd_slice_eq(string_of(msi, name), table) && number >= 1 && number <= MAX_COLUMNS) {
            bool text = (type & TYPE_TEXT) != 0;
            widths[number - 1] = text ? msi->ref_len : (type & 0xFF) == 4 ? 4 : 2;
            n = number > n ? number : n;
        }
    }
    return n;
}

wd_status wd_msi_read_table(const wd_msi *msi, const char *name, wd_arena *arena, wd_notes *notes,
                            wd_msi_table *out)
{
    wd_msi_table t = {.name = wd_slice_str(name)};
    wd_slice columns;
    wd_slice rows;
    unsigned widths[MAX_COLUMNS] = {0};
    *out = t;
    wd_slice stream = wd_arena_printf(arena, "!%s", name);
    if (stream.ptr == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(stream_of(msi, WD_S("!_Columns"), arena, &columns));
    WD_TRY(stream_of(msi, stream, arena, &rows));
    t.n_columns = column_widths(msi, columns, t.name, widths);
    size_t row = 0;
    for (size_t i = 0; i < t.n_columns; i++) {
        row += widths[i];
    }
    if (row == 0 || rows.len == 0) {
        return WD_OK;
    }
    t.n_rows = rows.len / row;
    if (t.n_rows > WD_MAX_MSI_ROWS) {
        wd_note_limit(notes, 0, "%zu rows in table %s, of which %u are read", t.n_rows, name,
                      WD_MAX_MSI_ROWS);
        t.n_rows = WD_MAX_MSI_ROWS;
    }
    t.cells = WD_ARRAY(arena, t.n_rows * t.n_columns, uint32_t);
    if (t.cells == NULL) {
        return WD_E_NOMEM;
    }
    size_t all = rows.len / row;
    size_t at = 0;
    for (size_t column = 0; column < t.n_columns; column++) {
        wd_cursor c = wd_cursor_of(rows, 0);
        wd_seek(&c, at);
        for (size_t i = 0; i < t.n_rows; i++) {
            t.cells[i * t.n_columns + column] = take_width(&c, widths[column]);
        }
        at += all * widths[column];
    }
    *out = t;
    return WD_OK;
}

wd_slice wd_msi_text(const wd_msi *msi, const wd_msi_table *t, size_t row, size_t column)
{
    if (row >= t->n_rows || column >= t->n_columns) {
        return (wd_slice){0};
    }
    return string_of(msi, t->cells[row * t->n_columns + column]);
}

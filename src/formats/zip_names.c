#include "formats/zip_names.h"

#include <stdlib.h>

#include "core/cursor.h"
#include "core/limits.h"

enum { END_LEN = 22, MAX_COMMENT = 65535, ENTRY_LEN = 46, LOCATOR_LEN = 20, END64_LEN = 56 };

/* Place of the end record; SIZE_MAX when there is none. */
static size_t find_end(wd_slice zip)
{
    if (zip.len < END_LEN) {
        return SIZE_MAX;
    }
    size_t first = zip.len > END_LEN + MAX_COMMENT ? zip.len - END_LEN - MAX_COMMENT : 0;
    for (size_t at = zip.len - END_LEN + 1; at-- > first;) {
        if (wd_slice_eq(wd_slice_sub(zip, at, 4), WD_S("PK\5\6"))) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* The bytes of the central directory; empty when it cannot be found. */
static wd_slice find_directory(wd_slice zip)
{
    bool ok = true;
    size_t end = find_end(zip);
    if (end == SIZE_MAX) {
        return (wd_slice){0};
    }
    uint64_t len = wd_peek_u32le(zip, end + 12, &ok);
    if (end >= LOCATOR_LEN + END64_LEN &&
        wd_slice_eq(wd_slice_sub(zip, end - LOCATOR_LEN, 4), WD_S("PK\6\7")) &&
        wd_slice_eq(wd_slice_sub(zip, end - LOCATOR_LEN - END64_LEN, 4), WD_S("PK\6\6"))) {
        end -= LOCATOR_LEN + END64_LEN;
        len = wd_peek_u64le(zip, end + 40, &ok);
    }
    return ok && len <= end ? wd_slice_sub(zip, end - (size_t) len, (size_t) len) : (wd_slice){0};
}

/* The place in a zip64 extra field (id 1), behind the sizes that are there only when needed. */
static uint64_t place_in_extra(wd_slice extra, bool skip_size, bool skip_packed)
{
    wd_cursor c = wd_cursor_of(extra, 0);
    while (!c.failed && wd_cursor_left(&c) >= 4) {
        uint16_t id = wd_u16le(&c);
        wd_slice body = wd_take(&c, wd_u16le(&c));
        if (id == 1) {
            wd_cursor b = wd_cursor_of(body, 0);
            wd_skip(&b, (skip_size ? 8U : 0U) + (skip_packed ? 8U : 0U));
            return wd_u64le(&b);
        }
    }
    return 0;
}

static bool take_entry(wd_cursor *c, wd_zip_name *out)
{
    wd_cursor e = wd_cursor_of(wd_take(c, ENTRY_LEN), 0);
    if (!wd_slice_eq(wd_take(&e, 4), WD_S("PK\1\2"))) {
        return false;
    }
    wd_seek(&e, 20);
    uint32_t packed = wd_u32le(&e);
    out->size = wd_u32le(&e);
    size_t name = wd_u16le(&e);
    size_t extra = wd_u16le(&e);
    size_t comment = wd_u16le(&e);
    wd_seek(&e, 42);
    out->place = wd_u32le(&e);
    out->name = wd_take(c, name);
    wd_slice more = wd_take(c, extra);
    wd_skip(c, comment);
    if (out->place == UINT32_MAX) {
        out->place = place_in_extra(more, out->size == UINT32_MAX, packed == UINT32_MAX);
    }
    return !c->failed && !e.failed;
}

/* By place; the first of the directory wins, as with libarchive. */
static int by_place(const void *a, const void *b)
{
    const wd_zip_name *x = a;
    const wd_zip_name *y = b;
    if (x->place != y->place) {
        return x->place < y->place ? -1 : 1;
    }
    return (x->name.ptr > y->name.ptr) - (x->name.ptr < y->name.ptr);
}

wd_status wd_zip_names(wd_slice zip, wd_arena *arena, wd_zip_name **out, size_t *n)
{
    wd_zip_name *list = NULL;
    size_t used = 0;
    size_t cap = 0;
    size_t kept = 0;
    wd_zip_name entry;
    wd_cursor c = wd_cursor_of(find_directory(zip), 0);
    *n = 0;
    while (used < WD_MAX_MEMBERS && take_entry(&c, &entry)) {
        WD_TRY(WD_ROOM(arena, list, used, cap));
        list[used++] = entry;
    }
    if (used == 0) {
        return WD_OK;
    }
    wd_sort(list, used, sizeof *list, by_place);
    for (size_t i = 0; i < used; i++) {
        if (kept == 0 || list[kept - 1].place != list[i].place) {
            list[kept++] = list[i];
        }
    }
    *out = list;
    *n = kept;
    return WD_OK;
}

bool wd_zip_name_fits(wd_slice name, wd_slice other)
{
    size_t end = wd_slice_find_byte(name, 0);
    name = wd_slice_sub(name, 0, end == SIZE_MAX ? name.len : end);
    bool ascii = true;
    for (size_t i = 0; i < name.len; i++) {
        ascii = ascii && name.ptr[i] < 0x80;
    }
    if (!ascii) {
        return true; /* any conversion may have happened */
    }
    if (name.len != other.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i] == '\\' ? '/' : name.ptr[i];
        if (c != other.ptr[i] && name.ptr[i] != other.ptr[i]) {
            return false;
        }
    }
    return true;
}

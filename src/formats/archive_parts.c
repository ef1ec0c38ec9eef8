#include "formats/archive_parts.h"

#include "core/cursor.h"

/* One header of an rpm; the cursor ends behind it. */
static void skip_rpm_header(wd_cursor *c)
{
    uint32_t magic = wd_u32be(c);
    wd_skip(c, 4);
    uint32_t entries = wd_u32be(c);
    uint32_t bytes = wd_u32be(c);
    if (magic != 0x8eade801 || entries > UINT32_MAX / 16) {
        c->failed = true;
        return;
    }
    wd_skip(c, (size_t) entries * 16);
    wd_skip(c, bytes);
}

size_t wd_rpm_payload(wd_slice rpm)
{
    wd_cursor c = wd_cursor_of(rpm, 0);
    wd_skip(&c, 96);
    skip_rpm_header(&c);
    wd_skip(&c, (8 - c.pos % 8) % 8);
    skip_rpm_header(&c);
    return c.failed ? 0 : c.pos;
}

static wd_slice gzip_name(wd_slice data)
{
    enum { EXTRA = 4, NAME = 8 };
    wd_cursor c = wd_cursor_of(data, 0);
    wd_skip(&c, 3);
    uint8_t flags = wd_u8(&c);
    wd_skip(&c, 6);
    if ((flags & EXTRA) != 0) {
        wd_skip(&c, wd_u16le(&c));
    }
    if (c.failed || (flags & NAME) == 0) {
        return (wd_slice){0};
    }
    wd_slice rest = wd_slice_sub(data, c.pos, 65536);
    size_t end = wd_slice_find_byte(rest, 0);
    return end == SIZE_MAX ? WD_EMPTY : wd_slice_sub(rest, 0, end);
}

wd_slice wd_compressed_name(wd_kind kind, wd_slice data, wd_slice container)
{
    static const char *const suffixes[] = {".gz", ".xz", ".zst", ".bz2", ".zstd", ".z"};
    wd_slice name = kind == WD_KIND_GZIP ? gzip_name(data) : (wd_slice){0};
    if (name.len > 0) {
        return name;
    }
    container = wd_path_base(container);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        wd_slice suffix = wd_slice_str(suffixes[i]);
        if (container.len > suffix.len && wd_slice_ends_nocase(container, suffix)) {
            return wd_slice_sub(container, 0, container.len - suffix.len);
        }
    }
    return container.len > 0 ? container : WD_S("content");
}

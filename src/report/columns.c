#include "report/columns.h"

#include "core/text.h"

static size_t char_columns(uint32_t cp)
{
    bool combining = (cp >= 0x300 && cp < 0x370) || (cp >= 0x1ab0 && cp < 0x1b00) ||
                     (cp >= 0x20d0 && cp < 0x2100) || (cp >= 0xfe00 && cp < 0xfe10) ||
                     (cp >= 0xfe20 && cp < 0xfe30);
    if (combining) {
        return 0;
    }
    bool wide = (cp >= 0x1100 && cp < 0x1160) || (cp >= 0x2e80 && cp < 0xa4d0) ||
                (cp >= 0xac00 && cp < 0xd7b0) || (cp >= 0xf900 && cp < 0xfb00) ||
                (cp >= 0xfe30 && cp < 0xfe70) || (cp >= 0xff00 && cp < 0xff61) ||
                (cp >= 0xffe0 && cp < 0xffe7) || (cp >= 0x1f300 && cp < 0x1fb00) ||
                (cp >= 0x20000 && cp < 0x40000);
    return wide ? 2 : 1;
}

/* Takes one character off the front: its bytes, its columns in `*columns`. */
static size_t step(wd_slice s, size_t *columns)
{
    uint32_t cp = 0;
    size_t n = wd_utf8_next(s, &cp);
    *columns = n == 0 ? 1 : char_columns(cp);
    return n == 0 ? 1 : n;
}

size_t wd_columns(wd_slice s)
{
    size_t total = 0;
    for (size_t i = 0; i < s.len;) {
        size_t columns = 0;
        i += step(wd_slice_sub(s, i, s.len), &columns);
        total += columns;
    }
    return total;
}

wd_slice wd_columns_cut(wd_slice s, size_t width)
{
    size_t total = 0;
    for (size_t i = 0; i < s.len;) {
        size_t columns = 0;
        size_t n = step(wd_slice_sub(s, i, s.len), &columns);
        if (total + columns > width) {
            return wd_slice_sub(s, 0, i);
        }
        total += columns;
        i += n;
    }
    return s;
}

/* The front of `s` that fits, ended at a blank where one stands in its second half. */
static wd_slice cut_at_word(wd_slice s, size_t width)
{
    wd_slice part = wd_columns_cut(s, width);
    if (part.len == s.len || s.ptr[part.len] == ' ') {
        return part;
    }
    size_t blank = wd_slice_rfind_byte(part, ' ');
    if (blank != SIZE_MAX && blank >= part.len / 2) {
        return wd_slice_sub(part, 0, blank);
    }
    return part;
}

void wd_columns_fit(wd_buf *out, wd_slice s, size_t width)
{
    s = wd_slice_trim(s);
    if (wd_columns(s) <= width) {
        wd_buf_add(out, s);
    } else if (width < 4) {
        wd_buf_add(out, wd_columns_cut(s, width));
    } else {
        wd_buf_add(out, wd_slice_trim(cut_at_word(s, width - 3)));
        wd_buf_str(out, "...");
    }
}

size_t wd_columns_wrap(wd_buf *out, wd_slice s, size_t width, size_t max_lines)
{
    size_t lines = 0;
    s = wd_slice_trim(s);
    while (s.len > 0 && lines < max_lines) {
        if (lines + 1 == max_lines || wd_columns(s) <= width) {
            wd_columns_fit(out, s, width);
            s.len = 0;
        } else {
            wd_slice part = cut_at_word(s, width);
            size_t blank = wd_slice_rfind_byte(part, ' ');
            if (part.len < s.len && s.ptr[part.len] != ' ' && blank != SIZE_MAX) {
                part = wd_slice_sub(part, 0, blank);
            }
            if (part.len == 0) {
                size_t columns = 0; /* one character wider than the line */
                part = wd_slice_sub(s, 0, step(s, &columns));
            }
            wd_buf_add(out, wd_slice_trim(part));
            s = wd_slice_trim(wd_slice_sub(s, part.len, s.len));
        }
        wd_buf_byte(out, '\n');
        lines++;
    }
    return lines;
}

#include "core/text.h"

#include <math.h>
#include <string.h>

size_t wd_utf8_next(wd_slice s, uint32_t *cp)
{
    if (s.len == 0) {
        return 0;
    }
    uint8_t c = s.ptr[0];
    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    size_t n =
        c >= 0xf0 && c <= 0xf4 ? 4 : (c >= 0xe0 && c < 0xf0 ? 3 : (c >= 0xc2 && c < 0xe0 ? 2 : 0));
    if (n == 0 || s.len < n) {
        return 0;
    }
    uint32_t v = c & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s.ptr[i] & 0xc0U) != 0x80U) {
            return 0;
        }
        v = v << 6 | (s.ptr[i] & 0x3fU);
    }
    bool overlong = (n == 3 && v < 0x800) || (n == 4 && v < 0x10000);
    if (overlong || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) {
        return 0;
    }
    *cp = v;
    return n;
}

bool wd_utf8_valid(wd_slice s)
{
    uint32_t cp = 0;
    for (size_t i = 0; i < s.len;) {
        size_t n = wd_utf8_next(wd_slice_sub(s, i, s.len), &cp);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}

static size_t utf8_encode(uint32_t cp, uint8_t out[static 4])
{
    if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000)) {
        cp = 0xfffd;
    }
    if (cp < 0x80) {
        out[0] = (uint8_t) cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (uint8_t) (0xc0U | cp >> 6);
        out[1] = (uint8_t) (0x80U | (cp & 0x3fU));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (uint8_t) (0xe0U | cp >> 12);
        out[1] = (uint8_t) (0x80U | (cp >> 6 & 0x3fU));
        out[2] = (uint8_t) (0x80U | (cp & 0x3fU));
        return 3;
    }
    out[0] = (uint8_t) (0xf0U | cp >> 18);
    out[1] = (uint8_t) (0x80U | (cp >> 12 & 0x3fU));
    out[2] = (uint8_t) (0x80U | (cp >> 6 & 0x3fU));
    out[3] = (uint8_t) (0x80U | (cp & 0x3fU));
    return 4;
}

void wd_utf8_add(wd_buf *out, uint32_t cp)
{
    uint8_t bytes[4];
    wd_buf_add(out, wd_slice_of(bytes, utf8_encode(cp, bytes)));
}

wd_slice wd_utf16le_to_utf8(wd_arena *a, wd_slice s)
{
    size_t units = s.len / 2;
    /* One unit gives at most three bytes; a pair of surrogates four. */
    uint8_t *out = wd_arena_array(a, units + 1, 3);
    if (out == NULL) {
        return (wd_slice){0};
    }
    size_t len = 0;
    for (size_t i = 0; i < units; i++) {
        uint32_t u = (uint32_t) s.ptr[2 * i] | (uint32_t) s.ptr[2 * i + 1] << 8;
        if (u < 0x80) {
            out[len++] = (uint8_t) u;
            continue;
        }
        if (u >= 0xd800 && u < 0xdc00 && i + 1 < units) {
            uint32_t low = (uint32_t) s.ptr[2 * i + 2] | (uint32_t) s.ptr[2 * i + 3] << 8;
            if (low >= 0xdc00 && low < 0xe000) {
                u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
                i++;
            }
        }
        uint8_t bytes[4];
        size_t n = utf8_encode(u, bytes);
        memcpy(out + len, bytes, n);
        len += n;
    }
    return wd_slice_of(out, len);
}

/* Code points that change how the rest of a line is shown, or that cannot be seen at all. */
static bool misleading(uint32_t cp)
{
    return (cp >= 0x80 && cp < 0xa0) || (cp >= 0x200b && cp <= 0x200f) ||
           (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
           cp == 0x061c || cp == 0x00ad || (cp >= 0xfff9 && cp <= 0xfffb) ||
           (cp >= 0xe0000 && cp <= 0xe007f);
}

typedef void (*add_char)(wd_buf *out, uint32_t cp, wd_slice bytes);

static void each_char(wd_buf *out, wd_slice s, add_char add)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = 0xfffd;
        size_t n = wd_utf8_next(wd_slice_of(s.ptr + i, s.len - i), &cp);
        if (n == 0) {
            add(out, 0xfffd, WD_S("\xef\xbf\xbd"));
            i++;
        } else {
            add(out, cp, wd_slice_of(s.ptr + i, n));
            i += n;
        }
    }
}

static void add_visible(wd_buf *out, uint32_t cp, wd_slice bytes)
{
    if (cp == '\n') {
        wd_buf_str(out, "\\n");
    } else if (cp == '\t') {
        wd_buf_str(out, "\\t");
    } else if (cp == '\r') {
        wd_buf_str(out, "\\r");
    } else if (cp < 0x20 || cp == 0x7f) {
        wd_buf_printf(out, "\\x%02x", cp);
    } else if (misleading(cp)) {
        wd_buf_printf(out, "\\u{%x}", cp);
    } else {
        wd_buf_add(out, bytes);
    }
}

void wd_text_terminal(wd_buf *out, wd_slice s)
{
    each_char(out, s, add_visible);
}

static void add_html(wd_buf *out, uint32_t cp, wd_slice bytes)
{
    switch (cp) {
    case '&': wd_buf_str(out, "&amp;"); break;
    case '<': wd_buf_str(out, "&lt;"); break;
    case '>': wd_buf_str(out, "&gt;"); break;
    case '"': wd_buf_str(out, "&quot;"); break;
    case '\'': wd_buf_str(out, "&#39;"); break;
    case '\n': wd_buf_byte(out, '\n'); break;
    case '\t': wd_buf_byte(out, '\t'); break;
    default: add_visible(out, cp, bytes); break;
    }
}

void wd_text_html(wd_buf *out, wd_slice s)
{
    each_char(out, s, add_html);
}

static void add_json(wd_buf *out, uint32_t cp, wd_slice bytes)
{
    switch (cp) {
    case '"': wd_buf_str(out, "\\\""); break;
    case '\\': wd_buf_str(out, "\\\\"); break;
    case '\n': wd_buf_str(out, "\\n"); break;
    case '\r': wd_buf_str(out, "\\r"); break;
    case '\t': wd_buf_str(out, "\\t"); break;
    default:
        if (cp < 0x20 || cp == 0x7f || cp == 0x2028 || cp == 0x2029) {
            wd_buf_printf(out, "\\u%04x", cp);
        } else {
            wd_buf_add(out, bytes);
        }
        break;
    }
}

static bool is_plain_json(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Nearly all of a log is plain ASCII: whole stretches of it are copied. */
void wd_text_json(wd_buf *out, wd_slice s)
{
    size_t i = 0;
    while (i < s.len) {
        size_t end = i;
        while (end < s.len && is_plain_json(s.ptr[end])) {
            end++;
        }
        wd_buf_add(out, wd_slice_of(s.ptr + i, end - i));
        size_t odd = end;
        while (odd < s.len && !is_plain_json(s.ptr[odd])) {
            odd++;
        }
        each_char(out, wd_slice_of(s.ptr + end, odd - end), add_json);
        i = odd;
    }
}

static void add_csv(wd_buf *out, uint32_t cp, wd_slice bytes)
{
    if (cp == '"') {
        wd_buf_str(out, "\"\"");
    } else if (cp == 0) {
        wd_buf_str(out, "\\x00");
    } else {
        wd_buf_add(out, bytes);
    }
}

void wd_text_csv(wd_buf *out, wd_slice s)
{
    bool formula = s.len > 0 && memchr("=+-@\t\r", s.ptr[0], 6) != NULL;
    bool quote = formula;
    for (size_t i = 0; i < s.len && !quote; i++) {
        quote = memchr(",\"\r\n;", s.ptr[i], 5) != NULL;
    }
    if (quote) {
        wd_buf_byte(out, '"');
    }
    if (formula) {
        wd_buf_byte(out, '\'');
    }
    each_char(out, s, add_csv);
    if (quote) {
        wd_buf_byte(out, '"');
    }
}

void wd_text_defang(wd_buf *out, wd_slice s)
{
    if (wd_slice_starts_nocase(s, WD_S("http"))) {
        wd_buf_str(out, "hxxp");
        s = wd_slice_sub(s, 4, s.len);
    }
    while (s.len > 0) {
        size_t dot = wd_slice_find_byte(s, '.');
        wd_text_terminal(out, wd_slice_sub(s, 0, dot));
        if (dot == SIZE_MAX) {
            return;
        }
        wd_buf_str(out, "[.]");
        s = wd_slice_sub(s, dot + 1, s.len);
    }
}

void wd_text_hexdump(wd_buf *out, wd_slice s, uint64_t base)
{
    for (size_t i = 0; i < s.len; i += 16) {
        wd_slice row = wd_slice_sub(s, i, 16);
        unsigned long long at = base + i;
        wd_buf_printf(out, "%08llx ", at);
        for (size_t j = 0; j < 16; j++) {
            if (j < row.len) {
                wd_buf_printf(out, " %02x", row.ptr[j]);
            } else {
                wd_buf_str(out, "   ");
            }
        }
        wd_buf_str(out, "  ");
        for (size_t j = 0; j < row.len; j++) {
            bool printable = row.ptr[j] >= 0x20 && row.ptr[j] < 0x7f;
            wd_buf_byte(out, printable ? row.ptr[j] : '.');
        }
        wd_buf_byte(out, '\n');
    }
}

double wd_entropy(wd_slice s)
{
    /* Four tables, so that runs of one byte do not wait for their own increment. */
    uint64_t count[4][256] = {{0}};
    size_t i = 0;
    for (; i + 4 <= s.len; i += 4) {
        count[0][s.ptr[i]]++;
        count[1][s.ptr[i + 1]]++;
        count[2][s.ptr[i + 2]]++;
        count[3][s.ptr[i + 3]]++;
    }
    for (; i < s.len; i++) {
        count[0][s.ptr[i]]++;
    }
    double h = 0;
    for (size_t b = 0; b < 256; b++) {
        uint64_t n = count[0][b] + count[1][b] + count[2][b] + count[3][b];
        if (n > 0) {
            double p = (double) n / (double) s.len;
            h -= p * log2(p);
        }
    }
    return h;
}

static uint8_t glob_byte(uint8_t c, bool path)
{
    return path && c == '\\' ? '/' : wd_lower(c);
}

static bool glob(wd_slice pattern, wd_slice text, bool path)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t star_text = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.len && (pattern.ptr[p] == '?' || glob_byte(pattern.ptr[p], path) ==
                                                                    glob_byte(text.ptr[t], path))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

bool wd_glob_nocase(wd_slice pattern, wd_slice text)
{
    return glob(pattern, text, false);
}

bool wd_glob_path(wd_slice pattern, wd_slice path)
{
    return glob(pattern, path, true);
}

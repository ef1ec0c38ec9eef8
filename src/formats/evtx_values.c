#include "formats/evtx_values.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/cursor.h"
#include "core/text.h"
#include "formats/evtx_raw.h"

#define FILETIME_TO_UNIX INT64_C(116444736000000000)

static uint8_t *room(wd_evtx_text *out, size_t len)
{
    if (out->cap - out->len < len) {
        out->full = true;
        return NULL;
    }
    return out->ptr + out->len;
}

void wd_evtx_add(wd_evtx_text *out, wd_slice s)
{
    uint8_t *p = room(out, s.len);
    if (p != NULL && s.len > 0) {
        memcpy(p, s.ptr, s.len);
        out->len += s.len;
    }
}

static uint32_t unit_at(wd_slice units, size_t i)
{
    return i + 1 < units.len ? (uint32_t) units.ptr[i] | (uint32_t) units.ptr[i + 1] << 8 : 0;
}

static size_t put_code_point(uint8_t *p, uint32_t cp)
{
    uint8_t bytes[8];
    wd_buf b = {bytes, 0, sizeof bytes, false};
    wd_utf8_add(&b, cp);
    memcpy(p, bytes, b.len);
    return b.len;
}

/* Four ASCII units at a time; stops at the first that is not. */
static size_t copy_ascii(uint8_t *p, wd_slice units)
{
    size_t i = 0;
    while (i + 8 <= units.len) {
        uint64_t four = 0;
        memcpy(&four, units.ptr + i, 8);
        if ((four & UINT64_C(0xff80ff80ff80ff80)) != 0) {
            break;
        }
        four = (four | four >> 8) & UINT64_C(0x0000ffff0000ffff);
        uint32_t packed = (uint32_t) (four | four >> 16);
        memcpy(p + i / 2, &packed, 4);
        i += 8;
    }
    while (i + 2 <= units.len && unit_at(units, i) < 0x80) {
        p[i / 2] = units.ptr[i];
        i += 2;
    }
    return i;
}

void wd_evtx_add_utf16(wd_evtx_text *out, wd_slice units)
{
    units.len &= ~(size_t) 1;
    uint8_t *p = room(out, units.len / 2 * 3);
    if (p == NULL) {
        return;
    }
    size_t n = 0;
    size_t i = 0;
    while (i < units.len) {
        size_t plain = copy_ascii(p + n, wd_slice_of(units.ptr + i, units.len - i));
        n += plain / 2;
        i += plain;
        if (i >= units.len) {
            break;
        }
        uint32_t cp = unit_at(units, i);
        uint32_t low = unit_at(units, i + 2);
        i += 2;
        if (cp >= 0xd800 && cp < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        }
        n += put_code_point(p + n, cp);
    }
    out->len += n;
}

static void add_decimal(wd_evtx_text *out, uint64_t v, bool negative)
{
    uint8_t digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t) ('0' + v % 10);
        v /= 10;
    } while (v != 0);
    if (negative) {
        digits[--at] = '-';
    }
    wd_evtx_add(out, wd_slice_of(digits + at, sizeof digits - at));
}

static void add_hex_number(wd_evtx_text *out, uint64_t v)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t) hex[v & 15];
        v >>= 4;
    } while (v != 0);
    digits[--at] = 'x';
    digits[--at] = '0';
    wd_evtx_add(out, wd_slice_of(digits + at, sizeof digits - at));
}

static void add_hex_bytes(wd_evtx_text *out, wd_slice raw, const char *hex)
{
    uint8_t *p = room(out, raw.len * 2);
    for (size_t i = 0; p != NULL && i < raw.len; i++) {
        p[2 * i] = (uint8_t) hex[raw.ptr[i] >> 4];
        p[2 * i + 1] = (uint8_t) hex[raw.ptr[i] & 15];
    }
    out->len += p != NULL ? raw.len * 2 : 0;
}

static uint64_t little(wd_slice raw)
{
    uint64_t v = 0;
    for (size_t i = raw.len < 8 ? raw.len : 8; i > 0; i--) {
        v = v << 8 | raw.ptr[i - 1];
    }
    return v;
}

static void add_signed(wd_evtx_text *out, wd_slice raw)
{
    unsigned shift = 64 - 8 * (unsigned) raw.len;
    int64_t v = (int64_t) (little(raw) << shift) >> shift;
    add_decimal(out, v < 0 ? -(uint64_t) v : (uint64_t) v, v < 0);
}

static void add_guid(wd_evtx_text *out, wd_slice g)
{
    static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char hex[] = "0123456789abcdef";
    uint8_t text[38];
    size_t at = 0;
    text[at++] = '{';
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[at++] = '-';
        }
        text[at++] = (uint8_t) hex[g.ptr[order[i]] >> 4];
        text[at++] = (uint8_t) hex[g.ptr[order[i]] & 15];
    }
    text[at++] = '}';
    wd_evtx_add(out, wd_slice_of(text, at));
}

/* MS-DTYP 2.4.2.2: revision, count, 6 bytes of authority big-endian, count x u32. */
static bool add_sid(wd_evtx_text *out, wd_slice s)
{
    if (s.len < 8 || s.len < 8 + 4 * (size_t) s.ptr[1]) {
        return false;
    }
    wd_cursor c = wd_cursor_of(s, 0);
    wd_evtx_add(out, WD_S("S-"));
    add_decimal(out, wd_u8(&c), false);
    size_t n = wd_u8(&c);
    uint64_t authority = (uint64_t) wd_u16be(&c) << 32;
    authority |= wd_u32be(&c);
    wd_evtx_add(out, WD_S("-"));
    add_decimal(out, authority, false);
    for (size_t i = 0; i < n; i++) {
        wd_evtx_add(out, WD_S("-"));
        add_decimal(out, wd_u32le(&c), false);
    }
    return true;
}

static void add_filetime(wd_evtx_text *out, uint64_t filetime)
{
    char text[WD_TIME_TEXT];
    int64_t ticks = filetime > INT64_MAX ? INT64_MAX : (int64_t) filetime;
    wd_evtx_add(out, wd_slice_str(wd_time_format_full(ticks - FILETIME_TO_UNIX, text)));
}

/* MS-DTYP 2.3.13: year, month, weekday, day, hour, minute, second, millisecond. */
static void add_systemtime(wd_evtx_text *out, wd_slice raw)
{
    wd_cursor c = wd_cursor_of(raw, 0);
    unsigned v[8];
    for (size_t i = 0; i < 8; i++) {
        v[i] = wd_u16le(&c);
    }
    char text[64];
    int n = snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", v[0], v[1], v[3],
                     v[4], v[5], v[6], v[7]);
    wd_evtx_add(out, wd_slice_of(text, (size_t) n));
}

static void add_real(wd_evtx_text *out, wd_slice raw)
{
    double d = 0;
    float f = 0;
    char text[40];
    if (raw.len == 4) {
        memcpy(&f, raw.ptr, 4);
        d = (double) f;
    } else {
        memcpy(&d, raw.ptr, 8);
    }
    int n = snprintf(text, sizeof text, "%.*g", raw.len == 4 ? 9 : 17, d);
    for (int i = 0; i < n; i++) {
        text[i] = text[i] == ',' ? '.' : text[i];
    }
    wd_evtx_add(out, wd_slice_of(text, (size_t) n));
}

/* Windows-1252 is what such strings are in practice; bytes above ASCII as Latin-1. */
static void add_ansi(wd_evtx_text *out, wd_slice raw)
{
    uint8_t *p = room(out, raw.len * 2);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < raw.len; i++) {
        n += put_code_point(p + n, raw.ptr[i]);
    }
    out->len += n;
}

static wd_slice without_end_zeros(wd_slice s, size_t unit)
{
    while (s.len >= unit && s.ptr[s.len - 1] == 0 && s.ptr[s.len - unit] == 0) {
        s.len -= unit;
    }
    return s;
}

/* Bytes of an item of a fixed-size type, 0 for the others. */
static size_t fixed_size(uint8_t type)
{
    static const uint8_t sizes[] = {
        [WD_EVTX_I8] = 1,    [WD_EVTX_U8] = 1,       [WD_EVTX_I16] = 2,         [WD_EVTX_U16] = 2,
        [WD_EVTX_I32] = 4,   [WD_EVTX_U32] = 4,      [WD_EVTX_I64] = 8,         [WD_EVTX_U64] = 8,
        [WD_EVTX_FLOAT] = 4, [WD_EVTX_DOUBLE] = 8,   [WD_EVTX_BOOL] = 4,        [WD_EVTX_GUID] = 16,
        [WD_EVTX_SIZE] = 8,  [WD_EVTX_FILETIME] = 8, [WD_EVTX_SYSTEMTIME] = 16, [WD_EVTX_HEX32] = 4,
        [WD_EVTX_HEX64] = 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

static bool is_flexible(uint8_t type)
{
    return type == WD_EVTX_SIZE || type == WD_EVTX_BOOL || type == WD_EVTX_HEX32 ||
           type == WD_EVTX_HEX64;
}

static bool add_fixed(wd_evtx_text *out, uint8_t type, wd_slice raw)
{
    switch (type) {
    case WD_EVTX_I8:
    case WD_EVTX_I16:
    case WD_EVTX_I32:
    case WD_EVTX_I64: add_signed(out, raw); return true;
    case WD_EVTX_U8:
    case WD_EVTX_U16:
    case WD_EVTX_U32:
    case WD_EVTX_U64: add_decimal(out, little(raw), false); return true;
    case WD_EVTX_FLOAT:
    case WD_EVTX_DOUBLE: add_real(out, raw); return true;
    case WD_EVTX_BOOL:
        wd_evtx_add(out, little(raw) != 0 ? WD_S("true") : WD_S("false"));
        return true;
    case WD_EVTX_GUID: add_guid(out, raw); return true;
    case WD_EVTX_FILETIME: add_filetime(out, little(raw)); return true;
    case WD_EVTX_SYSTEMTIME: add_systemtime(out, raw); return true;
    default: add_hex_number(out, little(raw)); return true;
    }
}

bool wd_evtx_add_value(wd_evtx_text *out, uint8_t type, wd_slice raw)
{
    static const char upper[] = "0123456789ABCDEF";
    size_t fixed = fixed_size(type);
    if (fixed > 0) {
        if (raw.len == fixed || (is_flexible(type) && raw.len >= 1 && raw.len <= 8)) {
            return add_fixed(out, type, raw);
        }
        if (raw.len > fixed && type <= WD_EVTX_U64) {
            (void) add_fixed(out, type, wd_slice_sub(raw, 0, fixed));
            return false;
        }
        add_hex_bytes(out, raw, upper);
        return raw.len == 0;
    }
    switch (type) {
    case WD_EVTX_NULL: return true;
    case WD_EVTX_UTF16: wd_evtx_add_utf16(out, without_end_zeros(raw, 2)); return true;
    case WD_EVTX_ANSI: add_ansi(out, without_end_zeros(raw, 1)); return true;
    case WD_EVTX_SID:
        if (add_sid(out, raw)) {
            return true;
        }
        break;
    case WD_EVTX_BINARY: add_hex_bytes(out, raw, upper); return true;
    default: break;
    }
    add_hex_bytes(out, raw, upper);
    return false;
}

static size_t find_zero_unit(wd_slice s)
{
    size_t i = 0;
    while (i + 1 < s.len && (s.ptr[i] != 0 || s.ptr[i + 1] != 0)) {
        i += 2;
    }
    return i + 1 < s.len ? i : s.len;
}

bool wd_evtx_next_item(uint8_t type, wd_slice *rest, wd_slice *item)
{
    if (rest->len == 0) {
        return false;
    }
    size_t len = rest->len;
    size_t step = rest->len;
    if (type == WD_EVTX_UTF16) {
        len = find_zero_unit(*rest);
        step = len + 2 <= rest->len ? len + 2 : rest->len;
    } else if (type == WD_EVTX_ANSI) {
        len = wd_slice_find_byte(*rest, 0);
        len = len == SIZE_MAX ? rest->len : len;
        step = len + 1 <= rest->len ? len + 1 : rest->len;
    } else if (type == WD_EVTX_SID) {
        step = rest->len >= 8 ? 8 + 4 * (size_t) rest->ptr[1] : rest->len;
        len = step = step < rest->len ? step : rest->len;
    } else if (fixed_size(type) > 0) {
        len = step = fixed_size(type) < rest->len ? fixed_size(type) : rest->len;
    }
    *item = wd_slice_sub(*rest, 0, len);
    *rest = wd_slice_sub(*rest, step, rest->len);
    return true;
}

#include "core/slice.h"

#include <stdlib.h>
#include <string.h>

wd_slice wd_slice_str(const char *s)
{
    return s == NULL ? WD_EMPTY : wd_slice_of(s, strlen(s));
}

bool wd_slice_eq(wd_slice a, wd_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool equal_folded(const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (wd_lower(a[i]) != wd_lower(b[i])) {
            return false;
        }
    }
    return true;
}

bool wd_slice_eq_nocase(wd_slice a, wd_slice b)
{
    return a.len == b.len && equal_folded(a.ptr, b.ptr, a.len);
}

int wd_slice_cmp(wd_slice a, wd_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);
    if (c != 0) {
        return c;
    }
    return a.len < b.len ? -1 : (a.len > b.len ? 1 : 0);
}

bool wd_slice_starts(wd_slice s, wd_slice prefix)
{
    return s.len >= prefix.len && wd_slice_eq(wd_slice_sub(s, 0, prefix.len), prefix);
}

bool wd_slice_ends(wd_slice s, wd_slice suffix)
{
    return s.len >= suffix.len &&
           wd_slice_eq(wd_slice_sub(s, s.len - suffix.len, suffix.len), suffix);
}

bool wd_slice_starts_nocase(wd_slice s, wd_slice prefix)
{
    return s.len >= prefix.len && equal_folded(s.ptr, prefix.ptr, prefix.len);
}

bool wd_slice_ends_nocase(wd_slice s, wd_slice suffix)
{
    return s.len >= suffix.len &&
           equal_folded(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len);
}

size_t wd_slice_find(wd_slice s, wd_slice needle)
{
    if (needle.len == 0) {
        return 0;
    }
    if (s.len < needle.len) {
        return SIZE_MAX;
    }
    const uint8_t *hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return hit == NULL ? SIZE_MAX : (size_t) (hit - s.ptr);
}

size_t wd_slice_find_nocase(wd_slice s, wd_slice needle)
{
    if (needle.len == 0) {
        return 0;
    }
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        if (wd_lower(s.ptr[i]) == wd_lower(needle.ptr[0]) &&
            equal_folded(s.ptr + i, needle.ptr, needle.len)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t wd_slice_find_byte(wd_slice s, uint8_t byte)
{
    if (s.len == 0) {
        return SIZE_MAX;
    }
    const uint8_t *hit = memchr(s.ptr, byte, s.len);
    return hit == NULL ? SIZE_MAX : (size_t) (hit - s.ptr);
}

size_t wd_slice_rfind_byte(wd_slice s, uint8_t byte)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == byte) {
            return i - 1;
        }
    }
    return SIZE_MAX;
}

wd_slice wd_slice_sub(wd_slice s, size_t from, size_t len)
{
    if (from >= s.len) {
        return (wd_slice){0};
    }
    size_t left = s.len - from;
    return wd_slice_of(s.ptr + from, len < left ? len : left);
}

wd_slice wd_slice_trim(wd_slice s)
{
    while (s.len > 0 && wd_is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && wd_is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool wd_slice_split(wd_slice *rest, uint8_t sep, wd_slice *piece)
{
    if (rest->ptr == NULL) {
        return false;
    }
    size_t at = wd_slice_find_byte(*rest, sep);
    if (at == SIZE_MAX) {
        *piece = *rest;
        *rest = (wd_slice){0};
    } else {
        *piece = wd_slice_of(rest->ptr, at);
        *rest = wd_slice_of(rest->ptr + at + 1, rest->len - at - 1);
    }
    return true;
}

bool wd_slice_line(wd_slice *rest, wd_slice *line)
{
    if (rest->len == 0 || !wd_slice_split(rest, '\n', line)) {
        return false;
    }
    if (line->len > 0 && line->ptr[line->len - 1] == '\r') {
        line->len--;
    }
    return true;
}

bool wd_slice_to_u64(wd_slice s, uint64_t *out)
{
    uint64_t v = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (!wd_is_digit(s.ptr[i]) || __builtin_mul_overflow(v, 10U, &v) ||
            __builtin_add_overflow(v, (uint64_t) (s.ptr[i] - '0'), &v)) {
            return false;
        }
    }
    *out = v;
    return true;
}

bool wd_slice_to_i64(wd_slice s, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t v = 0;
    if (!wd_slice_to_u64(wd_slice_sub(s, negative ? 1 : 0, s.len), &v)) {
        return false;
    }
    if (v > (uint64_t) INT64_MAX) {
        return false;
    }
    *out = negative ? -(int64_t) v : (int64_t) v;
    return true;
}

bool wd_slice_hex_to_u64(wd_slice s, uint64_t *out)
{
    if (wd_slice_starts_nocase(s, WD_S("0x"))) {
        s = wd_slice_sub(s, 2, s.len);
    }
    if (s.len == 0 || s.len > 16) {
        return false;
    }
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = wd_lower(s.ptr[i]);
        unsigned digit = 0;
        if (wd_is_digit(c)) {
            digit = (unsigned) (c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (unsigned) (c - 'a') + 10U;
        } else {
            return false;
        }
        v = (v << 4) | digit;
    }
    *out = v;
    return true;
}

bool wd_slice_to_double(wd_slice s, double *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    size_t i = negative ? 1 : 0;
    double v = 0;
    size_t digits = 0;
    for (; i < s.len && wd_is_digit(s.ptr[i]); i++, digits++) {
        v = v * 10 + (s.ptr[i] - '0');
    }
    if (i < s.len && s.ptr[i] == '.') {
        uint64_t fraction = 0;
        double scale = 1;
        for (i++; i < s.len && wd_is_digit(s.ptr[i]); i++, digits++) {
            if (scale < 1e17) { /* further digits are below a double's precision */
                fraction = fraction * 10 + (uint64_t) (s.ptr[i] - '0');
                scale *= 10;
            }
        }
        v += (double) fraction / scale;
    }
    if (digits == 0) {
        return false;
    }
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        int64_t e = 0;
        wd_slice exponent = wd_slice_sub(s, i + 1, s.len);
        if (exponent.len > 0 && exponent.ptr[0] == '+') {
            exponent = wd_slice_sub(exponent, 1, exponent.len);
        }
        if (!wd_slice_to_i64(exponent, &e) || e > 400 || e < -400) {
            return false;
        }
        for (; e > 0; e--) {
            v *= 10;
        }
        for (; e < 0; e++) {
            v /= 10;
        }
        i = s.len;
    }
    if (i != s.len) {
        return false;
    }
    *out = negative ? -v : v;
    return true;
}

wd_slice wd_path_base(wd_slice path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.ptr[i - 1] == '/' || path.ptr[i - 1] == '\\') {
            return wd_slice_of(path.ptr + i, path.len - i);
        }
    }
    return path;
}

uint64_t wd_slice_hash(wd_slice s)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ s.ptr[i]) * 0x100000001b3U;
    }
    return h;
}

void wd_sort(void *list, size_t n, size_t size, int (*order)(const void *, const void *))
{
    if (n > 1) {
        qsort(list, n, size, order);
    }
}

int wd_slice_qsort(const void *a, const void *b)
{
    return wd_slice_cmp(*(const wd_slice *) a, *(const wd_slice *) b);
}

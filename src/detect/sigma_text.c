#include <string.h>

#include "core/text.h"
#include "detect/sigma_priv.h"

wd_status wd_sigma_tokens_add(wd_arena *a, wd_sigma_tokens *t, wd_sigma_token token)
{
    WD_TRY(WD_ROOM(a, t->list, t->n, t->cap));
    t->list[t->n++] = token;
    return WD_OK;
}

/* A backslash escapes a wildcard and itself; before anything else it is itself. */
static bool escapes(uint8_t next, bool keep_percent)
{
    return next == '*' || next == '?' || next == '\\' || (next == '%' && keep_percent);
}

wd_status wd_sigma_tokenize(wd_arena *a, wd_slice text, bool keep_percent, wd_sigma_tokens *out)
{
    wd_sigma_tokens t = {WD_ARRAY(a, text.len + 1, wd_sigma_token), 0, text.len + 1};
    if (t.list == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        wd_sigma_token token = c;
        if (c == '\\' && i + 1 < text.len && escapes(text.ptr[i + 1], keep_percent)) {
            token = text.ptr[++i];
            token = token == '%' ? WD_TOKEN_PERCENT : token;
        } else if (c == '*') {
            token = WD_TOKEN_STAR;
        } else if (c == '?') {
            token = WD_TOKEN_ONE;
        }
        t.list[t.n++] = token;
    }
    *out = t;
    return WD_OK;
}

bool wd_sigma_tokens_plain(wd_arena *a, const wd_sigma_tokens *t, wd_slice *out)
{
    uint8_t *p = wd_arena_alloc(a, t->n);
    for (size_t i = 0; i < t->n; i++) {
        if (p == NULL || t->list[i] > 0xff) {
            return false;
        }
        p[i] = (uint8_t) t->list[i];
    }
    *out = wd_slice_of(p, t->n);
    return p != NULL;
}

static bool is_word(wd_sigma_token t)
{
    return t < 0x100 && (wd_is_alpha((uint8_t) t) || wd_is_digit((uint8_t) t) || t == '_' ||
                         t >= 0x80); /* letters of other scripts */
}

/* Length of a dash in any of its forms at `i`: one byte, or the three of U+2013, 2014, 2015. */
static size_t dash_at(const wd_sigma_tokens *t, size_t i)
{
    if (t->list[i] == '-' || t->list[i] == '/') {
        return 1;
    }
    bool long_form = t->n - i >= 3 && t->list[i] == 0xe2 && t->list[i + 1] == 0x80 &&
                     t->list[i + 2] >= 0x93 && t->list[i + 2] <= 0x95;
    return long_form ? 3 : 0;
}

void wd_sigma_windash(wd_sigma_tokens *t)
{
    size_t n = 0;
    bool after_word = false;
    for (size_t i = 0; i < t->n;) {
        size_t len = dash_at(t, i);
        bool before_word = len > 0 && i + len < t->n && is_word(t->list[i + len]);
        if (len > 0 && !after_word && before_word) {
            t->list[n++] = WD_TOKEN_DASH;
            after_word = false;
            i += len;
        } else {
            after_word = len == 0 && is_word(t->list[i]);
            for (size_t end = i + (len == 0 ? 1 : len); i < end; i++) {
                t->list[n++] = t->list[i];
            }
        }
    }
    t->n = n;
}

wd_slice wd_sigma_base64(wd_arena *a, wd_slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t *p = wd_arena_array(a, bytes.len / 3 + 1, 4);
    if (p == NULL) {
        return (wd_slice){0};
    }
    size_t n = 0;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t v = (uint32_t) bytes.ptr[i] << 16;
        v |= left > 1 ? (uint32_t) bytes.ptr[i + 1] << 8 : 0;
        v |= left > 2 ? bytes.ptr[i + 2] : 0;
        p[n++] = (uint8_t) digits[v >> 18];
        p[n++] = (uint8_t) digits[v >> 12 & 63];
        p[n++] = left > 1 ? (uint8_t) digits[v >> 6 & 63] : '=';
        p[n++] = left > 2 ? (uint8_t) digits[v & 63] : '=';
    }
    return wd_slice_of(p, n);
}

wd_slice wd_sigma_base64_offset(wd_arena *a, wd_slice bytes, unsigned shift)
{
    uint8_t *padded = wd_arena_alloc(a, bytes.len + shift);
    if (padded == NULL) {
        return (wd_slice){0};
    }
    memset(padded, ' ', shift);
    if (bytes.len > 0) {
        memcpy(padded + shift, bytes.ptr, bytes.len);
    }
    wd_slice whole = wd_sigma_base64(a, wd_slice_of(padded, bytes.len + shift));
    /* A digit holds six bits: those that share bits with a neighbour are cut. */
    static const size_t front[] = {0, 2, 3};
    static const size_t back[] = {0, 3, 2};
    size_t cut = front[shift] + back[(bytes.len + shift) % 3];
    return whole.len < cut ? WD_EMPTY : wd_slice_sub(whole, front[shift], whole.len - cut);
}

static size_t put_unit(uint8_t *out, uint32_t unit, wd_sigma_utf16 form)
{
    bool big = form == WD_UTF16_BE;
    out[0] = (uint8_t) (big ? unit >> 8 : unit);
    out[1] = (uint8_t) (big ? unit : unit >> 8);
    return 2;
}

wd_slice wd_sigma_to_utf16(wd_arena *a, wd_slice utf8, wd_sigma_utf16 form)
{
    uint8_t *p = wd_arena_array(a, utf8.len + 1, 2);
    if (p == NULL) {
        return (wd_slice){0};
    }
    size_t n = form == WD_UTF16_BOM ? put_unit(p, 0xfeff, form) : 0;
    for (size_t i = 0; i < utf8.len;) {
        uint32_t cp = utf8.ptr[i];
        size_t len = wd_utf8_next(wd_slice_of(utf8.ptr + i, utf8.len - i), &cp);
        i += len == 0 ? 1 : len;
        if (cp >= 0x10000) {
            n += put_unit(p + n, 0xd800 + ((cp - 0x10000) >> 10), form);
            cp = 0xdc00 + ((cp - 0x10000) & 0x3ff);
        }
        n += put_unit(p + n, cp, form);
    }
    return wd_slice_of(p, n);
}

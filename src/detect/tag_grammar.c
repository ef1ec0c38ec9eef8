#include "detect/tag_grammar.h"

#include "core/cursor.h"
#include "formats/der.h"

/* Longest honest values seen are URLs and GUIDs; anything longer may be a payload in disguise. */
#define MAX_OMAHA 8192
#define MAX_MOZILLA 1024
#define MAX_KEY 40
#define MAX_VALUE 400
#define MAX_OPAQUE 96 /* characters of the base64 alphabet without a break */
#define MAX_BLOB_TEXT 256
#define MAX_CERT 4096
#define MAX_CERT_FIELD 600 /* one primitive of a certificate: an RSA key of 4096 bits is 526 */

static bool is_zero(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_key_char(uint8_t c)
{
    return wd_is_alpha(c) || wd_is_digit(c) || c == '_' || c == '-' || c == '.';
}

static bool is_value_char(uint8_t c)
{
    static const wd_slice allowed = {(const uint8_t *) "-%{}/.,:;@_*+~!'()$ |", 21};
    return wd_is_alpha(c) || wd_is_digit(c) || wd_slice_find_byte(allowed, c) != SIZE_MAX;
}

/* A value may hold names, numbers, GUIDs and addresses, but no long run without a break. */
static bool is_value(wd_slice s)
{
    size_t opaque = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (!is_value_char(c)) {
            return false;
        }
        opaque = wd_is_alpha(c) || wd_is_digit(c) || c == '+' || c == '/' ? opaque + 1 : 0;
        if (opaque > MAX_OPAQUE) {
            return false;
        }
    }
    return s.len <= MAX_VALUE;
}

/* key=value&key=value; the empty text is the placeholder that the server fills in. */
static bool is_query(wd_slice s)
{
    wd_slice pair;
    while (wd_slice_split(&s, '&', &pair)) {
        size_t equals = wd_slice_find_byte(pair, '=');
        wd_slice key = wd_slice_sub(pair, 0, equals);
        if (equals == SIZE_MAX || key.len == 0 || key.len > MAX_KEY ||
            !is_value(wd_slice_sub(pair, equals + 1, pair.len))) {
            return false;
        }
        for (size_t i = 0; i < key.len; i++) {
            if (!is_key_char(key.ptr[i])) {
                return false;
            }
        }
    }
    return true;
}

/* Up to 7 zeros may stand in front: tools start the tag on a multiple of 8. */
static wd_slice skip_padding(wd_slice run)
{
    size_t i = 0;
    while (i < run.len && i < 7 && run.ptr[i] == 0) {
        i++;
    }
    return wd_slice_sub(run, i, run.len);
}

static bool is_omaha(wd_slice run)
{
    wd_slice magic = WD_S("Gact2.0Omaha");
    if (!wd_slice_starts(run, magic)) {
        return false;
    }
    wd_cursor c = wd_cursor_of(run, 0);
    wd_skip(&c, magic.len);
    size_t len = wd_u16be(&c);
    wd_slice text = wd_take(&c, len);
    wd_slice rest = wd_slice_sub(run, c.pos, run.len);
    return !c.failed && len <= MAX_OMAHA && rest.len <= MAX_OMAHA + 8 && is_zero(rest) &&
           is_query(text);
}

/* Takes the ASCII of UTF-16LE text up to the first zero; false when it is anything else. */
static bool narrow(wd_slice wide, uint8_t *out, size_t cap, size_t *n, wd_slice *rest)
{
    size_t i = 0;
    *n = 0;
    while (i + 1 < wide.len && wide.ptr[i] != 0) {
        if (wide.ptr[i + 1] != 0 || wide.ptr[i] >= 0x7F || *n == cap) {
            return false;
        }
        out[(*n)++] = wide.ptr[i];
        i += 2;
    }
    *rest = wd_slice_sub(wide, i, wide.len);
    return true;
}

static const char *wide_tag(wd_slice run)
{
    uint8_t text[MAX_VALUE * 4];
    size_t n = 0;
    wd_slice rest;
    if (!narrow(run, text, sizeof text, &n, &rest) || !is_zero(rest) || rest.len > MAX_OMAHA) {
        return NULL;
    }
    wd_slice s = wd_slice_of(text, n);
    if (s.len >= 24 && wd_slice_starts(s, WD_S("Gact2.0Omaha")) &&
        wd_slice_ends(s, WD_S("ahamO0.2tcaG"))) {
        return is_query(wd_slice_sub(s, 12, s.len - 24)) ? "omaha-wide" : NULL;
    }
    if (s.len >= 14 && wd_slice_starts(s, WD_S("MSEDGE_")) && wd_slice_ends(s, WD_S("_EGDESM"))) {
        return is_value(wd_slice_sub(s, 7, s.len - 14)) ? "edge" : NULL;
    }
    return NULL;
}

static bool is_mozilla(wd_slice run)
{
    wd_slice magic = WD_S("__MOZCUSTOM__:");
    if (!wd_slice_starts(run, magic) || run.len > MAX_MOZILLA + 8) {
        return false;
    }
    wd_slice s = wd_slice_sub(run, magic.len, run.len);
    while (s.len > 0 && (s.ptr[s.len - 1] == 0 || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    /* The whole query is percent-encoded once more: '=' and '&' stand as %3D and %26. */
    return s.len == 0 || is_query(s) || (is_value(s) && wd_slice_find(s, WD_S("%3D")) != SIZE_MAX);
}

static bool is_signing_blob(wd_slice run)
{
    wd_slice begin = WD_S("---BEGIN_BLOB---");
    wd_slice end = WD_S("---END_BLOB---");
    while (run.len > 0 && run.ptr[run.len - 1] == 0) {
        run.len--;
    }
    if (run.len > 2048 || !wd_slice_starts(run, begin) || !wd_slice_ends(run, end) ||
        run.len < begin.len + end.len) {
        return false;
    }
    wd_slice text = wd_slice_sub(run, begin.len, run.len - begin.len - end.len);
    text = skip_padding(text);
    size_t zero = wd_slice_find_byte(text, 0);
    wd_slice rest = zero == SIZE_MAX ? WD_EMPTY : wd_slice_sub(text, zero, text.len);
    text = wd_slice_sub(text, 0, zero);
    return is_zero(rest) && text.len <= MAX_BLOB_TEXT && (is_query(text) || is_value(text));
}

const char *wd_tag_of(wd_slice run)
{
    run = skip_padding(run);
    if (is_omaha(run)) {
        return "omaha";
    }
    if (is_mozilla(run)) {
        return "mozilla";
    }
    if (is_signing_blob(run)) {
        return "signing-blob";
    }
    return wide_tag(run);
}

/* Walks a certificate; every primitive is short, or a tag (`*tag` then names it). */
static bool walk_certificate(wd_cursor c, unsigned depth, const char **tag)
{
    wd_der e;
    while (wd_der_next(&c, &e)) {
        bool ok = true;
        if ((e.tag & 0x20) != 0) {
            ok = depth < 16 && walk_certificate(wd_der_inside(&e), depth + 1, tag);
        } else if (e.body.len > MAX_CERT_FIELD ||
                   (e.tag == WD_DER_OCTET_STRING && wd_tag_of(e.body) != NULL)) {
            const char *found = wd_tag_of(e.body);
            ok = found != NULL && *tag == NULL;
            *tag = found;
        }
        if (!ok) {
            return false;
        }
    }
    return !c.failed;
}

const char *wd_tag_of_certificate(wd_slice der)
{
    const char *tag = NULL;
    if (!walk_certificate(wd_cursor_of(der, 0), 0, &tag)) {
        return NULL;
    }
    return tag != NULL ? tag : der.len <= MAX_CERT ? "certificate" : NULL;
}

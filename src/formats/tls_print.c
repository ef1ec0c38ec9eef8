#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "formats/tls.h"

/*
 * JA4: a_b_c with
 *   a  't' (TCP) or 'q' (QUIC), version ("13", "12", ... "00"), 'd' with server name or 'i'
 * without, two digits of cipher and two of extension count (GREASE left out, at most 99), first and
 * last character of the first ALPN name ("00" without; hexadecimal of first and last byte when one
 *      of them is not alphanumeric)
 *   b  first 12 hexadecimal digits of SHA-256 over the sorted ciphers, 4 digits each, with commas
 *   c  the same over the sorted extensions without server name and ALPN, then '_' and the signature
 *      algorithms in order; zeros when the list is empty
 */

/* Text that grows in a fixed buffer; what does not fit is left out, lists being bounded. */
struct text {
    char bytes[WD_TLS_MAX_LIST * 6 * 4];
    size_t len;
};

static void add_number(struct text *t, unsigned v, bool hex, char between)
{
    char digits[8];
    int n = snprintf(digits, sizeof digits, hex ? "%04x" : "%u", v);
    if (n < 0 || t->len + (size_t) n + 1 > sizeof t->bytes) {
        return;
    }
    if (between != 0) {
        t->bytes[t->len++] = between;
    }
    memcpy(t->bytes + t->len, digits, (size_t) n);
    t->len += (size_t) n;
}

static void add_byte(struct text *t, char c)
{
    if (t->len < sizeof t->bytes) {
        t->bytes[t->len++] = c;
    }
}

static void add_list(struct text *t, const uint16_t *list, size_t n)
{
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        if (!wd_tls_is_grease(list[i])) {
            add_number(t, list[i], false, first ? 0 : '-');
            first = false;
        }
    }
}

wd_slice wd_tls_ja3(const wd_tls_hello *h, char out[static 33])
{
    struct text t;
    uint8_t digest[16];
    t.len = 0;
    add_number(&t, h->legacy_version, false, 0);
    add_byte(&t, ',');
    add_list(&t, h->ciphers, h->n_ciphers);
    add_byte(&t, ',');
    add_list(&t, h->extensions, h->n_extensions);
    if (!h->server) {
        add_byte(&t, ',');
        add_list(&t, h->groups, h->n_groups);
        add_byte(&t, ',');
        for (size_t i = 0; i < h->points.len; i++) {
            add_number(&t, h->points.ptr[i], false, i == 0 ? 0 : '-');
        }
    }
    if (!wd_hash(WD_MD5, wd_slice_of(t.bytes, t.len), digest)) {
        return (wd_slice){0};
    }
    return wd_slice_of(wd_hex(digest, sizeof digest, out), 32);
}

wd_slice wd_tls_alpn_text(const wd_tls_hello *h, char out[static WD_TLS_TEXT])
{
    size_t len = 0;
    for (size_t at = 0; at < h->alpn.len;) {
        wd_slice name = wd_slice_sub(h->alpn, at + 1, h->alpn.ptr[at]);
        at += 1 + (size_t) h->alpn.ptr[at];
        if (name.len == 0 || len + name.len + 1 > WD_TLS_TEXT) {
            continue;
        }
        if (len > 0) {
            out[len++] = '|';
        }
        memcpy(out + len, name.ptr, name.len);
        len += name.len;
    }
    return wd_slice_of(out, len);
}

static int by_number(const void *a, const void *b)
{
    return (int) *(const uint16_t *) a - (int) *(const uint16_t *) b;
}

/* Appends '_' and 12 digits of the hash of the text, zeros for nothing. */
static char *put_hash(char *p, const struct text *t, bool empty)
{
    uint8_t digest[WD_SHA256_LEN];
    char hex[WD_HEX_MAX] = "000000000000";
    if (!empty && wd_hash(WD_SHA256, wd_slice_of(t->bytes, t->len), digest)) {
        (void) wd_hex(digest, sizeof digest, hex);
    }
    *p++ = '_';
    memcpy(p, hex, 12);
    return p + 12;
}

static const char *version_digits(uint16_t version)
{
    switch (version) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    case 0x0002: return "s2";
    default: return "00";
    }
}

static bool alphanumeric(uint8_t c)
{
    return wd_is_digit(c) || wd_is_alpha(c);
}

static void alpn_ends(const wd_tls_hello *h, char out[static 2])
{
    static const char digits[] = "0123456789abcdef";
    out[0] = out[1] = '0';
    wd_slice first = h->alpn.len > 0 ? wd_slice_sub(h->alpn, 1, h->alpn.ptr[0]) : (wd_slice){0};
    if (first.len == 0) {
        return;
    }
    uint8_t a = first.ptr[0];
    uint8_t z = first.ptr[first.len - 1];
    bool plain = alphanumeric(a) && alphanumeric(z);
    out[0] = plain ? (char) a : digits[a >> 4];
    out[1] = plain ? (char) z : digits[z & 15];
}

/* Sorted numbers without GREASE, and without server name and ALPN when those are skipped. */
static size_t sorted(const uint16_t *list, size_t n, bool skip, uint16_t *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!wd_tls_is_grease(list[i]) && !(skip && (list[i] == 0 || list[i] == 16))) {
            out[kept++] = list[i];
        }
    }
    // cppcheck-suppress uninitvar ; the first `kept` are written above
    wd_sort(out, kept, sizeof out[0], by_number);
    return kept;
}

static void add_hex_list(struct text *t, const uint16_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add_number(t, list[i], true, i == 0 ? 0 : ',');
    }
}

wd_slice wd_tls_ja4(const wd_tls_hello *h, bool quic, char out[static 40])
{
    uint16_t list[WD_TLS_MAX_LIST];
    struct text t;
    size_t n_ciphers = sorted(h->ciphers, h->n_ciphers, false, list);
    t.len = 0;
    add_hex_list(&t, list, n_ciphers);
    size_t n_all = 0;
    bool has_name = false;
    for (size_t i = 0; i < h->n_extensions; i++) {
        n_all += wd_tls_is_grease(h->extensions[i]) ? 0 : 1;
        has_name = has_name || h->extensions[i] == 0;
    }
    char ends[2];
    alpn_ends(h, ends);
    char *p = out;
    p += snprintf(p, 16, "%c%s%c%02u%02u%c%c", quic ? 'q' : 't', version_digits(h->version),
                  has_name ? 'd' : 'i', (unsigned) (n_ciphers > 99 ? 99 : n_ciphers),
                  (unsigned) (n_all > 99 ? 99 : n_all), ends[0], ends[1]);
    p = put_hash(p, &t, n_ciphers == 0);
    size_t n = sorted(h->extensions, h->n_extensions, true, list);
    t.len = 0;
    add_hex_list(&t, list, n);
    for (size_t i = 0; i < h->n_signatures; i++) {
        if (!wd_tls_is_grease(h->signatures[i])) {
            add_number(&t, h->signatures[i], true, i == 0 ? '_' : ',');
        }
    }
    p = put_hash(p, &t, n == 0);
    *p = 0;
    return wd_slice_of(out, (size_t) (p - out));
}

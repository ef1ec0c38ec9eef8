#include "formats/net_addr.h"

#include <string.h>

static char *put_decimal(char *p, unsigned v)
{
    if (v >= 100) {
        *p++ = (char) ('0' + v / 100);
    }
    if (v >= 10) {
        *p++ = (char) ('0' + v / 10 % 10);
    }
    *p++ = (char) ('0' + v % 10);
    return p;
}

static char *put_hex(char *p, unsigned v)
{
    static const char digits[] = "0123456789abcdef";
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned d = v >> shift & 15;
        if (d != 0 || started || shift == 0) {
            *p++ = digits[d];
            started = true;
        }
    }
    return p;
}

static char *put_quad(char *p, const uint8_t *b)
{
    for (int i = 0; i < 4; i++) {
        if (i > 0) {
            *p++ = '.';
        }
        p = put_decimal(p, b[i]);
    }
    return p;
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952, 4.2). */
static int zero_run(const unsigned g[8], int *len)
{
    int best = -1;
    *len = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && g[i + n] == 0) {
            n++;
        }
        if (n > *len) {
            best = i;
            *len = n;
        }
        i += n;
    }
    return best;
}

static char *put_v6(char *p, const uint8_t *b)
{
    unsigned g[8];
    for (int i = 0; i < 8; i++) {
        g[i] = (unsigned) b[2 * i] << 8 | b[2 * i + 1];
    }
    int run_len;
    int run = zero_run(g, &run_len);
    if (run == 0 && (run_len == 5 && g[5] == 0xffff)) {
        memcpy(p, "::ffff:", 7);
        return put_quad(p + 7, b + 12);
    }
    for (int i = 0; i < 8;) {
        if (i == run) {
            *p++ = ':';
            i += run_len;
            if (i == 8) {
                *p++ = ':';
            }
            continue;
        }
        if (i > 0) {
            *p++ = ':';
        }
        p = put_hex(p, g[i++]);
    }
    return p;
}

wd_slice wd_net_addr_text(const uint8_t *bytes, size_t len, char out[static WD_NET_ADDR_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    char *p = out;
    if (len == 4) {
        p = put_quad(p, bytes);
    } else if (len == 16) {
        p = put_v6(p, bytes);
    } else if (len == 6) {
        for (int i = 0; i < 6; i++) {
            *p++ = digits[bytes[i] >> 4];
            *p++ = digits[bytes[i] & 15];
            *p++ = ':';
        }
        p--;
    }
    return wd_slice_of(out, (size_t) (p - out));
}

static bool parse_quad(wd_slice s, uint8_t out[static 4])
{
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        unsigned v = 0;
        size_t digits = 0;
        while (at < s.len && wd_is_digit(s.ptr[at]) && digits < 3) {
            v = v * 10 + (s.ptr[at++] - '0');
            digits++;
        }
        if (digits == 0 || v > 255) {
            return false;
        }
        out[i] = (uint8_t) v;
        if (i < 3 && (at >= s.len || s.ptr[at++] != '.')) {
            return false;
        }
    }
    return at == s.len;
}

static int hex_digit(uint8_t c)
{
    if (wd_is_digit(c)) {
        return c - '0';
    }
    c = wd_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes groups up to "::" or the end into `g`; false on a syntax error. */
static bool parse_groups(wd_slice s, uint16_t g[static 8], int *n)
{
    *n = 0;
    wd_slice rest = s;
    wd_slice piece;
    if (s.len == 0) {
        return true;
    }
    if (s.ptr[s.len - 1] == ':') {
        return false;
    }
    while (wd_slice_split(&rest, ':', &piece)) {
        uint8_t quad[4];
        if (rest.len == 0 && wd_slice_find_byte(piece, '.') != SIZE_MAX) {
            if (*n > 6 || !parse_quad(piece, quad)) {
                return false;
            }
            g[(*n)++] = (uint16_t) (quad[0] << 8 | quad[1]);
            g[(*n)++] = (uint16_t) (quad[2] << 8 | quad[3]);
            return true;
        }
        if (*n >= 8 || piece.len == 0 || piece.len > 4) {
            return false;
        }
        unsigned v = 0;
        for (size_t i = 0; i < piece.len; i++) {
            int d = hex_digit(piece.ptr[i]);
            if (d < 0) {
                return false;
            }
            v = v << 4 | (unsigned) d;
        }
        g[(*n)++] = (uint16_t) v;
    }
    return true;
}

static bool parse_v6(wd_slice s, uint8_t out[static 16])
{
    uint16_t left[8] = {0};
    uint16_t right[8] = {0};
    int n_left;
    int n_right = 0;
    size_t gap = wd_slice_find(s, WD_S("::"));
    if (gap == SIZE_MAX) {
        if (!parse_groups(s, left, &n_left) || n_left != 8) {
            return false;
        }
    } else if (!parse_groups(wd_slice_sub(s, 0, gap), left, &n_left) ||
               !parse_groups(wd_slice_sub(s, gap + 2, SIZE_MAX), right, &n_right) ||
               n_left + n_right > 7) {
        return false;
    }
    for (int i = 0; i < 8; i++) {
        uint16_t v = i < n_left ? left[i] : 0;
        if (gap != SIZE_MAX && i >= 8 - n_right) {
            v = right[i - (8 - n_right)];
        }
        out[2 * i] = (uint8_t) (v >> 8);
        out[2 * i + 1] = (uint8_t) v;
    }
    return true;
}

bool wd_net_addr_parse(wd_slice s, wd_ip *out)
{
    *out = (wd_ip){0};
    if (parse_quad(s, out->bytes)) {
        out->len = 4;
        return true;
    }
    if (s.len >= 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']') {
        s = wd_slice_sub(s, 1, s.len - 2);
    }
    size_t zone = wd_slice_find_byte(s, '%');
    s = wd_slice_sub(s, 0, zone);
    if (wd_slice_find_byte(s, ':') == SIZE_MAX || !parse_v6(s, out->bytes)) {
        *out = (wd_ip){0};
        return false;
    }
    out->len = 16;
    return true;
}

wd_slice wd_net_addr_canonical(wd_slice s, char out[static WD_NET_ADDR_TEXT])
{
    wd_ip ip;
    if (wd_slice_find_byte(s, ':') == SIZE_MAX || !wd_net_addr_parse(s, &ip)) {
        return s;
    }
    return wd_net_addr_text(ip.bytes, ip.len, out);
}

static bool v4_is_local(const uint8_t *b)
{
    return b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224 ||
           (b[0] == 100 && (b[1] & 0xc0) == 64) || (b[0] == 169 && b[1] == 254) ||
           (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168);
}

bool wd_net_addr_is_local(wd_slice s)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t zero[15] = {0};
    wd_ip ip;
    if (!wd_net_addr_parse(s, &ip)) {
        return false;
    }
    const uint8_t *b = ip.bytes;
    if (ip.len == 4) {
        return v4_is_local(b);
    }
    if (memcmp(b, mapped, sizeof mapped) == 0) {
        return v4_is_local(b + 12);
    }
    return b[0] == 0xff || (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) ||
           (memcmp(b, zero, 15) == 0 && b[15] <= 1);
}

#include "knowledge/indicator.h"

#include <arpa/inet.h>
#include <string.h>

static const char *const type_names[WD_IND_TYPES] = {
    [WD_IND_SHA256] = "sha256",
    [WD_IND_SHA1] = "sha1",
    [WD_IND_MD5] = "md5",
    [WD_IND_DOMAIN] = "domain",
    [WD_IND_URL] = "url",
    [WD_IND_IP] = "ip",
    [WD_IND_FILE] = "file",
    [WD_IND_CERT] = "cert_serial",
    [WD_IND_SIGNER] = "signer",
    [WD_IND_REGISTRY] = "registry",
    [WD_IND_JA3] = "ja3",
    [WD_IND_JA4] = "ja4",
    [WD_IND_USER_AGENT] = "user_agent",
    [WD_IND_EMAIL] = "email",
    [WD_IND_COOKIE] = "cookie",
    [WD_IND_MUTEX] = "mutex",
    [WD_IND_IMPHASH] = "imphash",
};

static const struct {
    const char *name;
    const char *words;
} roles[WD_ROLES] = {
    [WD_ROLE_UNKNOWN] = {"unknown", "reported as bad, role unknown"},
    [WD_ROLE_ALTERED_FILE] = {"altered_file", "altered file"},
    [WD_ROLE_INSTALLER] = {"installer", "altered installer"},
    [WD_ROLE_LOADER] = {"loader", "loader"},
    [WD_ROLE_STEALER] = {"stealer", "stealer"},
    [WD_ROLE_BACKDOOR] = {"backdoor", "backdoor"},
    [WD_ROLE_DOWNLOADER] = {"downloader", "downloader"},
    [WD_ROLE_C2] = {"c2", "command and control"},
    [WD_ROLE_DEAD_DROP] = {"dead_drop", "dead drop"},
    [WD_ROLE_DELIVERY] = {"delivery", "place of delivery"},
    [WD_ROLE_REGISTRANT] = {"registrant", "registrant of attack infrastructure"},
    [WD_ROLE_RELATED] = {"related", "related operation"},
    [WD_ROLE_TOOL] = {"tool", "tool that was used"},
    [WD_ROLE_GENUINE] = {"genuine", "genuine companion"},
    [WD_ROLE_DECOY] = {"decoy", "decoy"},
    [WD_ROLE_VENDOR_SITE] = {"vendor_site", "the vendor's own site"},
    [WD_ROLE_SHARED_HOST] = {"shared_host", "shared service"},
    [WD_ROLE_VICTIM] = {"victim", "victim"},
};

static const char *const safety_names[] = {"block", "watch", "never"};

const char *wd_ind_type_name(wd_ind_type t)
{
    return type_names[t];
}

const char *wd_role_name(wd_role r)
{
    return roles[r].name;
}

const char *wd_role_words(wd_role r)
{
    return roles[r].words;
}

const char *wd_safety_name(wd_safety s)
{
    return safety_names[s];
}

bool wd_ind_type_parse(wd_slice s, wd_ind_type *out)
{
    for (int i = 0; i < WD_IND_TYPES; i++) {
        if (wd_slice_eq(s, wd_slice_str(type_names[i]))) {
            *out = (wd_ind_type) i;
            return true;
        }
    }
    return false;
}

bool wd_role_parse(wd_slice s, wd_role *out)
{
    for (int i = 0; i < WD_ROLES; i++) {
        if (wd_slice_eq_nocase(s, wd_slice_str(roles[i].name)) ||
            wd_slice_eq_nocase(s, wd_slice_str(roles[i].words))) {
            *out = (wd_role) i;
            return true;
        }
    }
    return false;
}

bool wd_safety_parse(wd_slice s, wd_safety *out)
{
    for (int i = 0; i < 3; i++) {
        if (wd_slice_eq_nocase(s, wd_slice_str(safety_names[i]))) {
            *out = (wd_safety) i;
            return true;
        }
    }
    return false;
}

bool wd_role_hostile(wd_role r)
{
    return r >= WD_ROLE_ALTERED_FILE && r <= WD_ROLE_DELIVERY;
}

bool wd_role_harmless(wd_role r)
{
    return r >= WD_ROLE_GENUINE && r < WD_ROLES;
}

static int preference(const wd_indicator *i)
{
    if (wd_role_harmless(i->role)) {
        return 0;
    }
    return wd_role_hostile(i->role) ? 2 : 1;
}

static bool is_better(const wd_indicator *a, const wd_indicator *b)
{
    if (preference(a) != preference(b)) {
        return preference(a) > preference(b);
    }
    if (a->tier != b->tier) {
        return a->tier > b->tier;
    }
    return a->date != b->date && a->date != WD_NO_TIME &&
           (b->date == WD_NO_TIME || a->date < b->date);
}

const wd_indicator *wd_match_best(const wd_match *m)
{
    const wd_indicator *best = NULL;
    for (size_t i = 0; i < m->n; i++) {
        if (best == NULL || is_better(&m->list[i], best)) {
            best = &m->list[i];
        }
    }
    return best;
}

/* --- values --------------------------------------------------------------------------------- */

/* "[.]", "(.)", "[dot]", "[:]", "[@]" and the like give their plain character. */
static size_t fanged(wd_slice s, uint8_t *out)
{
    static const struct {
        const char *from;
        uint8_t to;
    } forms[] = {{"[.]", '.'}, {"(.)", '.'}, {"{.}", '.'},  {"[dot]", '.'}, {"(dot)", '.'},
                 {"[:]", ':'}, {"[@]", '@'}, {"[at]", '@'}, {"(at)", '@'},  {"\\.", '.'}};
    uint8_t c = s.len == 0 ? 0 : s.ptr[0];
    if (c != '[' && c != '(' && c != '{' && c != '\\') {
        return 0;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        wd_slice from = wd_slice_str(forms[i].from);
        if (wd_slice_starts_nocase(s, from)) {
            *out = forms[i].to;
            return from.len;
        }
    }
    return 0;
}

/* Writes at most s.len bytes to `out`. */
static wd_slice refang(wd_slice s, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len;) {
        uint8_t plain = 0;
        size_t used = fanged(wd_slice_sub(s, i, s.len), &plain);
        out[n++] = used == 0 ? s.ptr[i] : plain;
        i += used == 0 ? 1 : used;
    }
    if (n >= 4 && (out[0] | 0x20) == 'h' && (out[1] == 'x' || out[1] == 'X') &&
        (out[2] == 'x' || out[2] == 'X') && (out[3] | 0x20) == 'p') {
        out[1] = 't';
        out[2] = 't';
    }
    return wd_slice_of(out, n);
}

static void lower_in_place(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = wd_lower(p[i]);
    }
}

static bool is_hex(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = wd_lower(s.ptr[i]);
        if (!wd_is_digit(c) && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_name_byte(uint8_t c)
{
    return wd_is_alpha(c) || wd_is_digit(c) || c == '-' || c == '_' || c >= 0x80;
}

/* At least two labels, none empty or too long, the last not a number. */
static bool is_domain(wd_slice s)
{
    size_t label = 0;
    size_t labels = 0;
    bool numeric = true;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '.') {
            if (label == 0 || label > 63) {
                return false;
            }
            labels++;
            label = 0;
            numeric = true;
        } else if (is_name_byte(s.ptr[i])) {
            numeric = numeric && wd_is_digit(s.ptr[i]);
            label++;
        } else {
            return false;
        }
    }
    return labels > 0 && label > 0 && label <= 63 && !numeric && s.len <= 253;
}

/* Canonical text of an address with an optional prefix length. */
static bool canonical_ip(wd_slice s, char out[static 64])
{
    char text[64];
    uint8_t bytes[16];
    uint64_t bits = UINT64_MAX;
    size_t slash = wd_slice_find_byte(s, '/');
    wd_slice address = wd_slice_sub(s, 0, slash);
    if (address.len == 0 || address.len >= sizeof text ||
        (slash != SIZE_MAX && !wd_slice_to_u64(wd_slice_sub(s, slash + 1, s.len), &bits))) {
        return false;
    }
    memcpy(text, address.ptr, address.len);
    text[address.len] = '\0';
    int family = wd_slice_find_byte(address, ':') == SIZE_MAX ? AF_INET : AF_INET6;
    unsigned width = family == AF_INET ? 32 : 128;
    if (inet_pton(family, text, bytes) != 1 || (slash != SIZE_MAX && bits > width)) {
        return false;
    }
    for (unsigned i = 0; slash != SIZE_MAX && i < width; i++) {
        if (i >= bits) {
            bytes[i / 8] &= (uint8_t) ~(0x80U >> (i % 8));
        }
    }
    if (inet_ntop(family, bytes, out, 48) == NULL) {
        return false;
    }
    size_t n = strlen(out);
    if (slash != SIZE_MAX && bits != width) {
        out[n++] = '/';
        if (bits >= 100) {
            out[n++] = (char) ('0' + bits / 100);
        }
        if (bits >= 10) {
            out[n++] = (char) ('0' + bits / 10 % 10);
        }
        out[n++] = (char) ('0' + bits % 10);
        out[n] = '\0';
    }
    return true;
}

static wd_slice without_scheme(wd_slice url)
{
    size_t at = wd_slice_find(url, WD_S("://"));
    return at == SIZE_MAX || at > 10 ? url : wd_slice_sub(url, at + 3, url.len);
}

static size_t hash_hex_len(wd_ind_type type)
{
    switch (type) {
    case WD_IND_SHA256: return 64;
    case WD_IND_SHA1: return 40;
    case WD_IND_MD5:
    case WD_IND_IMPHASH:
    case WD_IND_JA3: return 32;
    case WD_IND_DOMAIN:
    case WD_IND_URL:
    case WD_IND_IP:
    case WD_IND_FILE:
    case WD_IND_CERT:
    case WD_IND_SIGNER:
    case WD_IND_REGISTRY:
    case WD_IND_JA4:
    case WD_IND_USER_AGENT:
    case WD_IND_EMAIL:
    case WD_IND_COOKIE:
    case WD_IND_MUTEX:
    case WD_IND_TYPES: break;
    }
    return 0;
}

static wd_status wrong(wd_err *err, const char *why)
{
    return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "indicator", "%s", why);
}

static wd_status normal_domain(wd_slice *v, uint8_t *bytes, wd_err *err)
{
    if (wd_slice_starts(*v, WD_S("*."))) {
        *v = wd_slice_sub(*v, 2, v->len);
        bytes += 2;
    }
    if (v->len > 0 && v->ptr[v->len - 1] == '.') {
        v->len--;
    }
    lower_in_place(bytes, v->len);
    return is_domain(*v) ? WD_OK : wrong(err, "not a domain name; give it as name.example");
}

static wd_status normal_url(wd_slice *v, uint8_t *bytes, wd_err *err)
{
    wd_slice rest = without_scheme(*v);
    bytes += v->len - rest.len;
    size_t host = 0;
    while (host < rest.len && rest.ptr[host] != '/' && rest.ptr[host] != '?') {
        host++;
    }
    lower_in_place(bytes, host);
    *v = rest;
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] <= ' ') {
            return wrong(err, "not a URL; give it as host.example/path without blanks");
        }
    }
    return host == 0 ? wrong(err, "a URL without a host; give it as host.example/path") : WD_OK;
}

static wd_status normal_serial(wd_slice *v, uint8_t *bytes, wd_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < v->len; i++) {
        if (v->ptr[i] != ':' && v->ptr[i] != ' ') {
            bytes[n++] = wd_lower(v->ptr[i]);
        }
    }
    *v = wd_slice_of(bytes, n);
    if (wd_slice_starts(*v, WD_S("0x"))) {
        *v = wd_slice_sub(*v, 2, n);
    }
    while (v->len > 1 && v->ptr[0] == '0') {
        *v = wd_slice_sub(*v, 1, v->len);
    }
    return is_hex(*v) ? WD_OK : wrong(err, "a serial number is given in hexadecimal");
}

static wd_status normal_ip(wd_slice *v, wd_arena *arena, wd_err *err)
{
    char text[64];
    if (!canonical_ip(*v, text)) {
        return wrong(err, "not an IPv4 or IPv6 address or prefix");
    }
    *v = wd_arena_copy(arena, wd_slice_str(text));
    return v->ptr == NULL ? wd_nomem(err, "indicator") : WD_OK;
}

static wd_status normal_hash(wd_ind_type type, wd_slice *v, uint8_t *bytes, wd_err *err)
{
    size_t want = hash_hex_len(type);
    lower_in_place(bytes, v->len);
    if (v->len == want && is_hex(*v)) {
        return WD_OK;
    }
    return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "indicator",
                   "a %s has %zu hexadecimal digits, this has %zu characters",
                   wd_ind_type_name(type), want, v->len);
}

static wd_status normal_email(wd_slice *v, uint8_t *bytes, wd_err *err)
{
    lower_in_place(bytes, v->len);
    size_t at = wd_slice_find_byte(*v, '@');
    bool ok = at != SIZE_MAX && at > 0 && is_domain(wd_slice_sub(*v, at + 1, v->len));
    return ok ? WD_OK : wrong(err, "not an e-mail address");
}

wd_status wd_indicator_normalise(wd_ind_type type, wd_slice raw, wd_arena *arena, wd_slice *out,
                                 wd_err *err)
{
    raw = wd_slice_trim(raw);
    uint8_t *bytes = wd_arena_alloc(arena, raw.len + 1);
    if (bytes == NULL) {
        return wd_nomem(err, "indicator");
    }
    bool network =
        type == WD_IND_DOMAIN || type == WD_IND_URL || type == WD_IND_IP || type == WD_IND_EMAIL;
    wd_slice v = wd_slice_of(bytes, raw.len);
    if (network) {
        v = refang(raw, bytes);
    } else if (raw.len > 0) {
        memcpy(bytes, raw.ptr, raw.len);
    }
    wd_status s = v.len == 0 ? wrong(err, "the value is empty") : WD_OK;
    if (s == WD_OK && hash_hex_len(type) != 0) {
        s = normal_hash(type, &v, bytes, err);
    } else if (s == WD_OK && type == WD_IND_DOMAIN) {
        s = normal_domain(&v, bytes, err);
    } else if (s == WD_OK && type == WD_IND_URL) {
        s = normal_url(&v, bytes, err);
    } else if (s == WD_OK && type == WD_IND_IP) {
        s = normal_ip(&v, arena, err);
    } else if (s == WD_OK && type == WD_IND_CERT) {
        s = normal_serial(&v, bytes, err);
    } else if (s == WD_OK && type == WD_IND_EMAIL) {
        s = normal_email(&v, bytes, err);
    } else if (s == WD_OK && type == WD_IND_FILE) {
        lower_in_place(bytes, v.len);
    }
    if (s == WD_OK) {
        *out = v;
    }
    return s;
}

bool wd_indicator_guess(wd_slice raw, wd_ind_type *out)
{
    uint8_t room[2048];
    char ip[64];
    raw = wd_slice_trim(raw);
    if (raw.len == 0 || raw.len > sizeof room) {
        return false;
    }
    wd_slice v = refang(raw, room);
    if (is_hex(v) && (v.len == 64 || v.len == 40 || v.len == 32)) {
        *out = v.len == 64 ? WD_IND_SHA256 : v.len == 40 ? WD_IND_SHA1 : WD_IND_MD5;
        return true;
    }
    if (canonical_ip(v, ip)) {
        *out = WD_IND_IP;
        return true;
    }
    size_t at = wd_slice_find_byte(v, '@');
    if (at != SIZE_MAX && at > 0 && is_domain(wd_slice_sub(v, at + 1, v.len))) {
        *out = WD_IND_EMAIL;
        return true;
    }
    wd_slice name = wd_slice_starts(v, WD_S("*.")) ? wd_slice_sub(v, 2, v.len) : v;
    if (name.len > 1 && name.ptr[name.len - 1] == '.') {
        name.len--;
    }
    if (is_domain(name)) {
        *out = WD_IND_DOMAIN;
        return true;
    }
    wd_slice rest = without_scheme(v);
    size_t slash = wd_slice_find_byte(rest, '/');
    wd_slice host = wd_slice_sub(rest, 0, slash);
    size_t colon = wd_slice_find_byte(host, ':');
    host = wd_slice_sub(host, 0, colon);
    bool blank = wd_slice_find_byte(v, ' ') != SIZE_MAX;
    if (!blank && (rest.len < v.len || slash != SIZE_MAX) &&
        (is_domain(host) || canonical_ip(host, ip))) {
        *out = WD_IND_URL;
        return true;
    }
    return false;
}

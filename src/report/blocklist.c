#include "report/blocklist.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/map.h"
#include "report/view.h"

#define MAX_NAME 253U
#define MAX_LABEL 63U

/* How long a value is believed after it was last seen: addresses change hands soonest. */
#define DAYS_ADDRESS 90
#define DAYS_URL 180
#define DAYS_NAME 365

static bool is_label(wd_slice label)
{
    if (label.len == 0 || label.len > MAX_LABEL || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.ptr[i];
        if (!wd_is_alpha(c) && !wd_is_digit(c) && c != '-' && c != '_') {
            return false;
        }
    }
    return true;
}

static bool is_number(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!wd_is_digit(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_domain(wd_slice s)
{
    wd_slice rest = s;
    wd_slice label = {0};
    size_t labels = 0;
    while (wd_slice_split(&rest, '.', &label)) {
        if (!is_label(label)) {
            return false;
        }
        labels++;
    }
    return labels >= 2 && s.len <= MAX_NAME && s.ptr[s.len - 1] != '.' && !is_number(label);
}

static wd_slice domain(wd_slice value, wd_arena *arena)
{
    if (wd_slice_starts(value, WD_S("*."))) {
        value = wd_slice_sub(value, 2, value.len);
    }
    if (value.len > 1 && value.ptr[value.len - 1] == '.') {
        value.len--;
    }
    return is_domain(value) ? wd_arena_lower(arena, value) : (wd_slice){0};
}

static wd_slice address(int family, wd_slice value, unsigned *prefix, wd_arena *arena)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    unsigned most = family == AF_INET ? 32 : 128;
    unsigned least = family == AF_INET ? 8 : 16; /* nothing wider can be meant */
    wd_slice host = value;
    uint64_t bits = most;
    size_t slash = wd_slice_find_byte(value, '/');
    if (slash != SIZE_MAX) {
        host = wd_slice_sub(value, 0, slash);
        if (!wd_slice_to_u64(wd_slice_sub(value, slash + 1, value.len), &bits)) {
            return (wd_slice){0};
        }
    }
    if (bits < least || bits > most || host.len == 0 || host.len >= sizeof text ||
        memchr(host.ptr, 0, host.len) != NULL) {
        return (wd_slice){0};
    }
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    if (inet_pton(family, text, bytes) != 1) {
        return (wd_slice){0};
    }
    for (unsigned i = 0; i < most; i++) { /* host bits below the prefix are cleared */
        if (i >= bits) {
            bytes[i / 8] = (uint8_t) (bytes[i / 8] & ~(0x80U >> (i % 8)));
        }
    }
    *prefix = (unsigned) bits;
    return inet_ntop(family, bytes, text, sizeof text) == NULL
               ? WD_EMPTY
               : wd_arena_copy(arena, wd_slice_str(text));
}

static bool is_url_byte(uint8_t c)
{
    return c > 0x20 && c < 0x7f && memchr("\"'\\`;|<>{}*$", c, 12) == NULL;
}

/* "https://Host:443/Path" becomes "host/Path"; the path keeps its case. */
static wd_slice url(wd_slice value, wd_arena *arena)
{
    size_t scheme = wd_slice_find(value, WD_S("://"));
    if (scheme != SIZE_MAX) {
        value = wd_slice_sub(value, scheme + 3, value.len);
    }
    size_t slash = wd_slice_find_byte(value, '/');
    if (slash == SIZE_MAX) {
        return (wd_slice){0}; /* a host is no URL; blocking it as one would block too much */
    }
    wd_slice host = wd_slice_sub(value, 0, slash);
    wd_slice path = wd_slice_sub(value, slash, value.len);
    size_t colon = wd_slice_find_byte(host, ':');
    host = colon == SIZE_MAX ? host : wd_slice_sub(host, 0, colon);
    unsigned prefix = 0;
    wd_slice name = domain(host, arena);
    name = name.ptr == NULL ? address(AF_INET, host, &prefix, arena) : name;
    for (size_t i = 0; i < path.len; i++) {
        if (!is_url_byte(path.ptr[i])) {
            return (wd_slice){0};
        }
    }
    if (name.ptr == NULL || path.len < 2 || path.len > 2000) {
        return (wd_slice){0};
    }
    return wd_arena_printf(arena, "%.*s%.*s", (int) name.len, (const char *) name.ptr,
                           (int) path.len, (const char *) path.ptr);
}

static wd_slice digest(wd_slice value, size_t digits, wd_arena *arena)
{
    if (value.len != digits) {
        return (wd_slice){0};
    }
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = wd_lower(value.ptr[i]);
        if (!wd_is_digit(c) && (c < 'a' || c > 'f')) {
            return (wd_slice){0};
        }
    }
    return wd_arena_lower(arena, value);
}

wd_slice wd_block_canonical(wd_block_kind kind, wd_slice value, unsigned *prefix, wd_arena *arena)
{
    switch (kind) {
    case WD_BLOCK_DOMAIN: return domain(value, arena);
    case WD_BLOCK_IPV4: return address(AF_INET, value, prefix, arena);
    case WD_BLOCK_IPV6: return address(AF_INET6, value, prefix, arena);
    case WD_BLOCK_URL: return url(value, arena);
    case WD_BLOCK_SHA256: return digest(value, 64, arena);
    case WD_BLOCK_SHA1: return digest(value, 40, arena);
    case WD_BLOCK_MD5: return digest(value, 32, arena);
    case WD_BLOCK_OTHER: break;
    }
    return (wd_slice){0};
}

const char *wd_block_kind_name(wd_block_kind kind)
{
    static const char *const names[] = {"domain", "ipv4", "ipv6", "url",
                                        "sha256", "sha1", "md5",  "other"};
    return names[kind];
}

static wd_block_kind kind_of(wd_slice type, wd_slice value)
{
    static const struct {
        const char *type;
        wd_block_kind kind;
    } kinds[] = {
        {"domain", WD_BLOCK_DOMAIN}, {"hostname", WD_BLOCK_DOMAIN}, {"fqdn", WD_BLOCK_DOMAIN},
        {"ipv4", WD_BLOCK_IPV4},     {"ipv6", WD_BLOCK_IPV6},       {"url", WD_BLOCK_URL},
        {"sha256", WD_BLOCK_SHA256}, {"sha1", WD_BLOCK_SHA1},       {"md5", WD_BLOCK_MD5}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (wd_slice_eq_nocase(type, wd_slice_str(kinds[i].type))) {
            return kinds[i].kind;
        }
    }
    if (wd_slice_starts_nocase(type, WD_S("ip")) || wd_slice_eq_nocase(type, WD_S("address"))) {
        return wd_slice_find_byte(value, ':') == SIZE_MAX ? WD_BLOCK_IPV4 : WD_BLOCK_IPV6;
    }
    return WD_BLOCK_OTHER;
}

static wd_time expiry(wd_block_kind kind, const wd_json *json)
{
    wd_time stated = wd_view_time(json, "expires");
    wd_time seen = wd_view_time(json, "date");
    if (stated != WD_NO_TIME || seen == WD_NO_TIME) {
        return stated;
    }
    switch (kind) {
    case WD_BLOCK_DOMAIN: return seen + DAYS_NAME * WD_TICKS_PER_DAY;
    case WD_BLOCK_IPV4:
    case WD_BLOCK_IPV6: return seen + DAYS_ADDRESS * WD_TICKS_PER_DAY;
    case WD_BLOCK_URL: return seen + DAYS_URL * WD_TICKS_PER_DAY;
    case WD_BLOCK_SHA256:
    case WD_BLOCK_SHA1:
    case WD_BLOCK_MD5:
    case WD_BLOCK_OTHER: break;
    }
    return WD_NO_TIME;
}

/* Addresses that belong to the reader's own network or to no host at all. */
static bool is_internal(const wd_block_entry *e)
{
    static const struct {
        const char *net;
        wd_block_kind kind;
        unsigned bits;
    } nets[] = {{"0.0.0.0", WD_BLOCK_IPV4, 8},      {"10.0.0.0", WD_BLOCK_IPV4, 8},
                {"100.64.0.0", WD_BLOCK_IPV4, 10},  {"127.0.0.0", WD_BLOCK_IPV4, 8},
                {"169.254.0.0", WD_BLOCK_IPV4, 16}, {"172.16.0.0", WD_BLOCK_IPV4, 12},
                {"192.168.0.0", WD_BLOCK_IPV4, 16}, {"224.0.0.0", WD_BLOCK_IPV4, 3},
                {"::", WD_BLOCK_IPV6, 127},         {"fe80::", WD_BLOCK_IPV6, 10},
                {"fc00::", WD_BLOCK_IPV6, 7},       {"ff00::", WD_BLOCK_IPV6, 8}};
    uint8_t have[16] = {0};
    char text[INET6_ADDRSTRLEN];
    if ((e->kind != WD_BLOCK_IPV4 && e->kind != WD_BLOCK_IPV6) || e->value.len == 0 ||
        e->value.len >= sizeof text) {
        return false;
    }
    memcpy(text, e->value.ptr, e->value.len);
    text[e->value.len] = '\0';
    int family = e->kind == WD_BLOCK_IPV4 ? AF_INET : AF_INET6;
    bool known = inet_pton(family, text, have) == 1;
    for (size_t i = 0; known && i < sizeof nets / sizeof nets[0]; i++) {
        uint8_t net[16] = {0};
        size_t whole = nets[i].bits / 8;
        uint8_t mask = (uint8_t) (0xff00U >> (nets[i].bits % 8));
        if (nets[i].kind == e->kind && inet_pton(family, nets[i].net, net) == 1 &&
            memcmp(net, have, whole) == 0 && ((net[whole] ^ have[whole]) & mask) == 0) {
            return true;
        }
    }
    return false;
}

/* Why an entry may not be blocked; empty when it may. */
static wd_slice why_held(const wd_block_entry *e, const wd_json *json)
{
    wd_slice why = wd_json_text(json, "why");
    if (e->kind == WD_BLOCK_OTHER) {
        return WD_S("no list takes this type");
    }
    if (is_internal(e)) {
        return WD_S("an address inside networks or for special use");
    }
    if (wd_view_is(json, "block_safety", "block")) {
        return (wd_slice){0};
    }
    if (wd_view_is(json, "block_safety", "watch")) {
        return why.len > 0 ? why : WD_S("watch only: blocking may cost honest use");
    }
    return why.len > 0 ? why : WD_S("never block: harmless or shared by many");
}

static bool same_or_below(wd_slice name, wd_slice domain_name)
{
    size_t n = domain_name.len;
    return wd_slice_ends_nocase(name, domain_name) &&
           (name.len == n || name.ptr[name.len - n - 1] == '.');
}

static uint64_t hits_of(const wd_block_entry *e, const wd_json *report)
{
    uint64_t hits = 0;
    WD_JSON_EACH (contact, wd_json_get(report, "contacts")) {
        bool agrees = false;
        if (e->kind == WD_BLOCK_DOMAIN) {
            agrees = same_or_below(wd_json_text(contact, "name"), e->value);
        } else if (e->kind == WD_BLOCK_IPV4 || e->kind == WD_BLOCK_IPV6) {
            agrees = wd_slice_eq(wd_json_text(contact, "dst"), e->value);
        } else if (e->kind == WD_BLOCK_URL) {
            wd_slice u = wd_json_text(contact, "url");
            agrees = u.len > 0 && wd_slice_find_nocase(u, e->value) != SIZE_MAX;
        }
        hits += agrees ? wd_view_u64(contact, "count", 1) : 0;
    }
    return hits;
}

static wd_status add(wd_blocklist *b, wd_map *seen, const wd_json *json, wd_err *err)
{
    wd_slice value = wd_slice_trim(wd_json_text(json, "value"));
    wd_block_entry e = {.kind = kind_of(wd_json_text(json, "type"), value), .json = json};
    wd_arena *arena = seen->arena;
    e.value = wd_block_canonical(e.kind, value, &e.prefix, arena);
    e.held = why_held(&e, json);
    if (e.value.ptr == NULL) {
        e.held = e.kind == WD_BLOCK_OTHER ? e.held : WD_S("not a plain value of its type");
        e.kind = WD_BLOCK_OTHER;
        e.value = value;
    }
    e.listed = e.held.len == 0;
    e.evidence = wd_json_scalar(wd_json_first(wd_json_get(json, "evidence")));
    e.expires = expiry(e.kind, json);
    bool added = false;
    wd_slice key = wd_arena_printf(arena, "%u/%u ", (unsigned) e.kind, e.prefix);
    wd_buf joined = {0};
    wd_buf_add(&joined, key);
    wd_buf_add(&joined, e.value);
    key = wd_arena_copy(arena, wd_buf_slice(&joined));
    wd_buf_free(&joined);
    uintptr_t *slot = key.ptr == NULL ? NULL : wd_map_put(seen, key, &added);
    if (slot == NULL) {
        return wd_nomem(err, "report.blocklist");
    }
    if (!added) { /* the more careful of two statements about one value counts */
        wd_block_entry *first = &b->list[*slot];
        first->held = first->listed && !e.listed ? e.held : first->held;
        first->listed = first->listed && e.listed;
        return WD_OK;
    }
    *slot = b->n;
    WD_TRY(WD_ROOM(arena, b->list, b->n, b->cap));
    b->list[b->n++] = e;
    return WD_OK;
}

wd_status wd_blocklist_load(wd_blocklist *out, const wd_json *report, wd_arena *arena, wd_err *err)
{
    *out = (wd_blocklist){0};
    wd_map seen = {.arena = arena};
    WD_JSON_EACH (json, wd_json_get(report, "indicators")) {
        wd_status status = add(out, &seen, json, err);
        if (status != WD_OK) {
            return status == WD_E_NOMEM ? wd_nomem(err, "report.blocklist") : status;
        }
    }
    for (size_t i = 0; i < out->n; i++) {
        out->list[i].hits = hits_of(&out->list[i], report);
    }
    return WD_OK;
}

bool wd_blocklist_any(const wd_blocklist *b, wd_block_kind kind, bool listed)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->list[i].kind == kind && (b->list[i].listed || !listed)) {
            return true;
        }
    }
    return false;
}

#include <arpa/inet.h>
#include <string.h>

#include "core/limits.h"
#include "core/text.h"
#include "knowledge/kb_priv.h"

/*
 * One table for all look-ups. The hash of a key is taken from its end to its start, cut at dots, so
 * that one pass over a name yields the hash of each parent on the way. Two bits of a filter say for
 * most names that nobody speaks of them, without leaving the cache. Groups stand sorted by hash;
 * the highest bits give the place where to look, and within it a binary search keeps a list made to
 * collide from costing more than a logarithm.
 */

typedef struct hasher {
    uint64_t h;
    uint64_t word; /* bytes since the last cut, at most eight */
    unsigned n;
} hasher;

static inline hasher hash_start(wd_ind_type type)
{
    return (hasher){((uint64_t) type + 1) * UINT64_C(0x9e3779b97f4a7c15), 0, 0};
}

static inline void hash_cut(hasher *s)
{
    uint64_t x = (s->h ^ s->word) * UINT64_C(0xd6e8feb86659fd93);
    s->h = x ^ (x >> 32);
    s->word = 0;
    s->n = 0;
}

/* Bytes come from the end of the key to its start. */
static inline void hash_byte(hasher *s, uint8_t c)
{
    s->word = (s->word << 8) | wd_lower(c);
    if (++s->n == 8 || c == '.') {
        hash_cut(s);
    }
}

static inline uint64_t hash_end(hasher s)
{
    hash_cut(&s);
    s.h *= UINT64_C(0x9e3779b97f4a7c15);
    return s.h ^ (s.h >> 29);
}

uint64_t wd_kb_hash(wd_ind_type type, wd_slice key)
{
    hasher s = hash_start(type);
    for (size_t i = key.len; i > 0; i--) {
        hash_byte(&s, key.ptr[i - 1]);
    }
    return hash_end(s);
}

/* The two places of a hash in the filter. */
static inline uint64_t filter_bit(const wd_kb_index *x, uint64_t hash, unsigned which)
{
    return (hash >> (which * 26)) & x->filter_mask;
}

void wd_kb_filter_add(wd_kb_index *x, uint64_t hash)
{
    for (unsigned i = 0; i < 2; i++) {
        uint64_t bit = filter_bit(x, hash, i);
        x->filter[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}

static inline bool may_be_there(const wd_kb_index *x, uint64_t hash)
{
    uint64_t a = filter_bit(x, hash, 0);
    uint64_t b = filter_bit(x, hash, 1);
    return x->n > 0 && (x->filter[a / 64] >> (a % 64) & x->filter[b / 64] >> (b % 64) & 1) != 0;
}

int wd_kb_key_cmp(wd_slice a, wd_slice b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int d = (int) wd_lower(a.ptr[i]) - (int) wd_lower(b.ptr[i]);
        if (d != 0) {
            return d;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int group_key_cmp(const wd_kb_group *g, uint64_t hash, wd_ind_type type, wd_slice key)
{
    if (g->hash != hash) {
        return g->hash < hash ? -1 : 1;
    }
    if (g->type != type) {
        return g->type < type ? -1 : 1;
    }
    return wd_kb_key_cmp(g->key, key);
}

/* First group with the key; index->n when there is none. */
static size_t find_group(const wd_kb_index *x, uint64_t hash, wd_ind_type type, wd_slice key)
{
    if (!may_be_there(x, hash)) {
        return x->n;
    }
    size_t bucket = (size_t) (hash >> (64 - x->bits));
    size_t low = x->start[bucket];
    size_t high = x->start[bucket + 1];
    size_t end = high;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (group_key_cmp(&x->groups[mid], hash, type, key) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < end && group_key_cmp(&x->groups[low], hash, type, key) == 0 ? low : x->n;
}

static wd_match match_of(const wd_knowledge *kb, const wd_kb_group *g)
{
    return (wd_match){&kb->indicators[g->first], g->n, g->safety, g->conflict, false};
}

static size_t add_match(const wd_knowledge *kb, size_t group, wd_match *out, size_t cap, size_t n)
{
    if (group < kb->index.n && n < cap) {
        out[n++] = match_of(kb, &kb->index.groups[group]);
    }
    return n;
}

/* --- look-ups ------------------------------------------------------------------------------- */

wd_match wd_knowledge_match_exact(const wd_knowledge *kb, wd_ind_type type, wd_slice value)
{
    size_t g = find_group(&kb->index, wd_kb_hash(type, value), type, value);
    return g < kb->index.n ? match_of(kb, &kb->index.groups[g]) : (wd_match){0};
}

wd_match wd_knowledge_match_hash(const wd_knowledge *kb, wd_slice hex)
{
    switch (hex.len) {
    case 64: return wd_knowledge_match_exact(kb, WD_IND_SHA256, hex);
    case 40: return wd_knowledge_match_exact(kb, WD_IND_SHA1, hex);
    case 32: return wd_knowledge_match_exact(kb, WD_IND_MD5, hex);
    default: return (wd_match){0};
    }
}

wd_match wd_knowledge_match_sha256(const wd_knowledge *kb, const uint8_t sha256[static 32])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t hex[64];
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = (uint8_t) digits[sha256[i] >> 4];
        hex[2 * i + 1] = (uint8_t) digits[sha256[i] & 15];
    }
    return wd_knowledge_match_exact(kb, WD_IND_SHA256, wd_slice_of(hex, sizeof hex));
}

/* Entries that are exact stay only for the whole name. */
static wd_match without_exact(wd_match m)
{
    while (m.n > 0 && m.list[0].exact) {
        m.list++;
        m.n--;
    }
    return m;
}

size_t wd_knowledge_match_name(const wd_knowledge *kb, wd_slice name, wd_match *out, size_t cap)
{
    if (name.len > 0 && name.ptr[name.len - 1] == '.') {
        name.len--;
    }
    hasher h = hash_start(WD_IND_DOMAIN);
    size_t n = 0;
    bool dotted = false;         /* no entry has a single label */
    size_t found[WD_KB_MATCHES]; /* from the shortest parent to the name itself */
    for (size_t i = name.len; i > 0; i--) {
        hash_byte(&h, name.ptr[i - 1]);
        dotted = dotted || name.ptr[i - 1] == '.';
        if (!dotted || (i > 1 && name.ptr[i - 2] != '.')) {
            continue;
        }
        wd_slice key = wd_slice_sub(name, i - 1, name.len);
        size_t g = find_group(&kb->index, hash_end(h), WD_IND_DOMAIN, key);
        if (g < kb->index.n) {
            found[n < WD_KB_MATCHES ? n : WD_KB_MATCHES - 1] = g;
            n = n < WD_KB_MATCHES ? n + 1 : n;
        }
    }
    size_t filled = 0;
    while (n > 0 && filled < cap) {
        const wd_kb_group *g = &kb->index.groups[found[--n]];
        wd_match m = match_of(kb, g);
        m = g->key.len == name.len ? m : without_exact(m);
        if (m.n > 0) {
            out[filled++] = m;
        }
    }
    return filled;
}

wd_slice wd_url_host(wd_slice url)
{
    size_t at = wd_slice_find(url, WD_S("://"));
    wd_slice s = at == SIZE_MAX || at > 10 ? url : wd_slice_sub(url, at + 3, url.len);
    size_t end = 0;
    while (end < s.len && s.ptr[end] != '/' && s.ptr[end] != '?' && s.ptr[end] != '#') {
        end++;
    }
    s = wd_slice_sub(s, 0, end);
    size_t user = wd_slice_rfind_byte(s, '@');
    s = user == SIZE_MAX ? s : wd_slice_sub(s, user + 1, s.len);
    if (s.len > 0 && s.ptr[0] == '[') {
        size_t close = wd_slice_find_byte(s, ']');
        return close == SIZE_MAX ? s : wd_slice_sub(s, 1, close - 1);
    }
    return wd_slice_sub(s, 0, wd_slice_find_byte(s, ':'));
}

/* What follows the host, from '/' or '?', without the fragment; "/" when there is nothing. */
static wd_slice url_path(wd_slice url)
{
    size_t at = wd_slice_find(url, WD_S("://"));
    wd_slice s = at == SIZE_MAX || at > 10 ? url : wd_slice_sub(url, at + 3, url.len);
    size_t from = 0;
    while (from < s.len && s.ptr[from] != '/' && s.ptr[from] != '?' && s.ptr[from] != '#') {
        from++;
    }
    s = wd_slice_sub(s, from, s.len);
    s = wd_slice_sub(s, 0, wd_slice_find_byte(s, '#'));
    return s.len == 0 ? WD_S("/") : s;
}

static bool path_agrees(wd_slice glob, wd_slice path)
{
    wd_slice plain = wd_slice_sub(path, 0, wd_slice_find_byte(path, '?'));
    return wd_glob_nocase(glob, path) || (plain.len < path.len && wd_glob_nocase(glob, plain));
}

static bool url_agrees(wd_slice pattern, wd_slice host, wd_slice path)
{
    wd_slice pattern_host = wd_url_host(pattern);
    return wd_glob_nocase(pattern_host, host) && path_agrees(url_path(pattern), path);
}

size_t wd_knowledge_match_url(const wd_knowledge *kb, wd_slice url, wd_match *out, size_t cap)
{
    wd_slice host = wd_url_host(url);
    wd_slice path = url_path(url);
    const wd_kb_index *x = &kb->index;
    hasher h = hash_start(WD_IND_URL);
    size_t n = 0;
    for (size_t i = host.len; i > 0; i--) {
        hash_byte(&h, host.ptr[i - 1]);
        if (i > 1 && host.ptr[i - 2] != '.') {
            continue;
        }
        wd_slice key = wd_slice_sub(host, i - 1, host.len);
        size_t g = find_group(x, hash_end(h), WD_IND_URL, key);
        for (; g < x->n && group_key_cmp(&x->groups[g], hash_end(h), WD_IND_URL, key) == 0; g++) {
            if (url_agrees(kb->indicators[x->groups[g].first].value, host, path)) {
                n = add_match(kb, g, out, cap, n);
            }
        }
    }
    return n;
}

/* Address as bytes; 4 or 16, 0 when it is none. */
static unsigned ip_bytes(wd_slice ip, uint8_t bytes[static 16])
{
    char text[64];
    if (ip.len == 0 || ip.len >= sizeof text) {
        return 0;
    }
    memcpy(text, ip.ptr, ip.len);
    text[ip.len] = '\0';
    bool v4 = wd_slice_find_byte(ip, ':') == SIZE_MAX;
    return inet_pton(v4 ? AF_INET : AF_INET6, text, bytes) != 1 ? 0 : v4 ? 4 : 16;
}

static size_t find_ip(const wd_knowledge *kb, const uint8_t *bytes, unsigned width, unsigned bits)
{
    uint8_t masked[16] = {0};
    char text[64];
    memcpy(masked, bytes, bits / 8);
    if (bits % 8 != 0) {
        masked[bits / 8] = (uint8_t) (bytes[bits / 8] & (0xff00U >> (bits % 8)));
    }
    if (inet_ntop(width == 4 ? AF_INET : AF_INET6, masked, text, 48) == NULL) {
        return kb->index.n;
    }
    size_t n = strlen(text);
    if (bits < width * 8) {
        text[n++] = '/';
        unsigned div = bits >= 100 ? 100 : bits >= 10 ? 10 : 1;
        for (; div > 0; div /= 10) {
            text[n++] = (char) ('0' + bits / div % 10);
        }
    }
    wd_slice key = wd_slice_of(text, n);
    return find_group(&kb->index, wd_kb_hash(WD_IND_IP, key), WD_IND_IP, key);
}

size_t wd_knowledge_match_ip(const wd_knowledge *kb, wd_slice ip, wd_match *out, size_t cap)
{
    uint8_t bytes[16];
    unsigned width = ip_bytes(ip, bytes);
    size_t n = 0;
    for (unsigned bits = width * 8; width != 0; bits--) {
        bool there =
            bits == width * 8 || (width == 4 ? kb->index.prefix4[bits] : kb->index.prefix6[bits]);
        if (there) {
            n = add_match(kb, find_ip(kb, bytes, width, bits), out, cap, n);
        }
        if (bits == 0) {
            break;
        }
    }
    return n;
}

static size_t add_file_groups(const wd_knowledge *kb, wd_slice key, wd_slice name, wd_match *out,
                              size_t cap, size_t n)
{
    const wd_kb_index *x = &kb->index;
    uint64_t hash = wd_kb_hash(WD_IND_FILE, key);
    size_t g = find_group(x, hash, WD_IND_FILE, key);
    for (; g < x->n && group_key_cmp(&x->groups[g], hash, WD_IND_FILE, key) == 0; g++) {
        wd_slice glob = kb->indicators[x->groups[g].first].value;
        bool whole = wd_path_base(glob).len < glob.len;
        if (n < cap && wd_glob_path(glob, whole ? name : wd_path_base(name))) {
            out[n] = match_of(kb, &x->groups[g]);
            out[n++].name_only = true;
        }
    }
    return n;
}

size_t wd_knowledge_match_file(const wd_knowledge *kb, wd_slice name,
                               const wd_slice hashes[static 3], wd_match *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < 3 && n < cap; i++) {
        out[n] = wd_knowledge_match_hash(kb, hashes[i]);
        n += out[n].n > 0 ? 1 : 0;
    }
    if (name.len == 0) {
        return n;
    }
    n = add_file_groups(kb, wd_path_base(name), name, out, cap, n);
    for (size_t i = 0; i < kb->index.file_globs.n; i++) {
        n = add_file_groups(kb, kb->index.file_globs.list[i], name, out, cap, n);
    }
    return n;
}

bool wd_knowledge_is_shared_host(const wd_knowledge *kb, wd_slice name)
{
    wd_match m[WD_KB_MATCHES];
    size_t n = wd_knowledge_match_name(kb, name, m, WD_KB_MATCHES);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m[i].n; k++) {
            if (m[i].list[k].role == WD_ROLE_SHARED_HOST) {
                return true;
            }
        }
    }
    return false;
}

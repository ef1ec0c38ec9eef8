#include "detect/lookalike.h"

#include <math.h>
#include <string.h>

#include "core/text.h"
#include "formats/net_addr.h"

#define MAX_LABEL 63U
/* Shorter words are part of too many others. */
#define LEAST_INSIDE 6U
#define LEAST_TYPO 6U

/* Words that services put in their names; with a brand's word they make a name sound official. */
static const char *const service_words[] = {
    "account",  "accounts",  "addon",   "addons",   "admin",     "agent",   "analytics",
    "api",      "app",       "apps",    "assets",   "auth",      "backup",  "beta",
    "blob",     "box",       "cache",   "cdn",      "center",    "centre",  "cert",
    "check",    "client",    "cloud",   "clouds",   "code",      "com",     "config",
    "connect",  "container", "content", "core",     "corp",      "data",    "deploy",
    "dev",      "device",    "dns",     "download", "downloads", "drive",   "edge",
    "feed",     "file",      "files",   "gateway",  "global",    "help",    "host",
    "hosting",  "hub",       "id",      "image",    "images",    "inc",     "info",
    "install",  "internal",  "lab",     "labs",     "live",      "log",     "login",
    "logon",    "logs",      "mail",    "manage",   "media",     "meet",    "ms",
    "my",       "net",       "network", "node",     "notify",    "online",  "package",
    "pay",      "patch",     "phone",   "platform", "portal",    "pro",     "proxy",
    "push",     "release",   "remote",  "repo",     "report",    "s",       "secure",
    "security", "server",    "servers", "service",  "services",  "setup",   "share",
    "shop",     "sign",      "signin",  "site",     "source",    "sources", "static",
    "stats",    "status",    "storage", "store",    "stream",    "support", "sync",
    "system",   "systems",   "team",    "tech",     "telemetry", "test",    "tool",
    "tools",    "track",     "update",  "updater",  "updates",   "upgrade", "user",
    "verify",   "video",     "vpn",     "web",      "work",      "world",
};

/* Second levels under which countries let people register. */
static const char *const second_levels[] = {"co", "com", "net", "org", "gov", "edu", "ac",
                                            "go", "ne",  "or",  "gob", "nom", "in",  "ltd"};

static bool is_one_of(wd_slice s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (wd_slice_eq(s, wd_slice_str(list[i]))) {
            return true;
        }
    }
    return false;
}

wd_slice wd_name_registered(wd_slice name)
{
    wd_ip ip;
    if (wd_net_addr_parse(name, &ip)) {
        return name;
    }
    size_t last = wd_slice_rfind_byte(name, '.');
    if (last == SIZE_MAX) {
        return name;
    }
    size_t second = wd_slice_rfind_byte(wd_slice_sub(name, 0, last), '.');
    if (second == SIZE_MAX) {
        return name;
    }
    wd_slice middle = wd_slice_sub(name, second + 1, last - second - 1);
    bool country = name.len - last - 1 == 2;
    if (country &&
        is_one_of(middle, second_levels, sizeof second_levels / sizeof second_levels[0])) {
        size_t third = wd_slice_rfind_byte(wd_slice_sub(name, 0, second), '.');
        return third == SIZE_MAX ? name : wd_slice_sub(name, third + 1, SIZE_MAX);
    }
    return wd_slice_sub(name, second + 1, SIZE_MAX);
}

bool wd_one_edit_apart(wd_slice a, wd_slice b)
{
    if (a.len > b.len) {
        wd_slice t = a;
        a = b;
        b = t;
    }
    if (b.len - a.len > 1) {
        return false;
    }
    size_t i = 0;
    while (i < a.len && a.ptr[i] == b.ptr[i]) {
        i++;
    }
    wd_slice rest_a = wd_slice_sub(a, i, SIZE_MAX);
    wd_slice rest_b = wd_slice_sub(b, i, SIZE_MAX);
    if (a.len < b.len) {
        return wd_slice_eq(rest_a, wd_slice_sub(rest_b, 1, SIZE_MAX));
    }
    if (rest_a.len == 0) {
        return false;
    }
    if (wd_slice_eq(wd_slice_sub(rest_a, 1, SIZE_MAX), wd_slice_sub(rest_b, 1, SIZE_MAX))) {
        return true;
    }
    return rest_a.len >= 2 && rest_a.ptr[0] == rest_b.ptr[1] && rest_a.ptr[1] == rest_b.ptr[0] &&
           wd_slice_eq(wd_slice_sub(rest_a, 2, SIZE_MAX), wd_slice_sub(rest_b, 2, SIZE_MAX));
}

/* The label with characters that look alike made one: 0 o, 1 l i, 3 e, 5 s, rn m, vv w. */
static wd_slice skeleton(wd_slice s, uint8_t out[static MAX_LABEL])
{
    size_t n = 0;
    for (size_t i = 0; i < s.len && n < MAX_LABEL; i++) {
        uint8_t c = s.ptr[i];
        uint8_t next = i + 1 < s.len ? s.ptr[i + 1] : 0;
        if ((c == 'r' && next == 'n') || (c == 'v' && next == 'v')) {
            out[n++] = c == 'r' ? 'm' : 'w';
            i++;
            continue;
        }
        switch (c) {
        case '0': c = 'o'; break;
        case '1':
        case 'i':
        case '|': c = 'l'; break;
        case '3': c = 'e'; break;
        case '4': c = 'a'; break;
        case '5': c = 's'; break;
        case '7': c = 't'; break;
        default: break;
        }
        out[n++] = c;
    }
    return wd_slice_of(out, n);
}

/* Whether the text is nothing but words of services, digits and hyphens. */
static bool only_service_words(wd_slice s)
{
    bool reach[MAX_LABEL + 1] = {true};
    s.len = s.len > MAX_LABEL ? MAX_LABEL : s.len;
    for (size_t i = 0; i < s.len; i++) {
        if (!reach[i]) {
            continue;
        }
        if (s.ptr[i] == '-' || wd_is_digit(s.ptr[i])) {
            reach[i + 1] = true;
        }
        for (size_t k = 0; k < sizeof service_words / sizeof service_words[0]; k++) {
            wd_slice w = wd_slice_str(service_words[k]);
            if (wd_slice_starts(wd_slice_sub(s, i, SIZE_MAX), w)) {
                reach[i + w.len] = true;
            }
        }
    }
    return reach[s.len];
}

static bool is_letter_at(wd_slice s, size_t i)
{
    return i < s.len && wd_is_alpha(s.ptr[i]);
}

/* How a brand's word stands in a label. */
static wd_lookalike_kind in_label(wd_slice label, wd_slice word)
{
    size_t at = wd_slice_find(label, word);
    if (at == SIZE_MAX) {
        return WD_LOOKALIKE_NONE;
    }
    wd_slice before = wd_slice_sub(label, 0, at);
    wd_slice behind = wd_slice_sub(label, at + word.len, SIZE_MAX);
    bool apart = (at == 0 || !is_letter_at(label, at - 1)) && !is_letter_at(label, at + word.len);
    if (apart || (only_service_words(before) && only_service_words(behind))) {
        return WD_LOOKALIKE_COMBINED;
    }
    return word.len >= LEAST_INSIDE ? WD_LOOKALIKE_INSIDE : WD_LOOKALIKE_NONE;
}

/* One of the parts between hyphens and digits is almost the word. */
static wd_lookalike_kind nearly(wd_slice label, wd_slice word)
{
    uint8_t of_label[MAX_LABEL];
    uint8_t of_word[MAX_LABEL];
    wd_slice rest = label;
    wd_slice part;
    wd_slice bare_word = skeleton(word, of_word);
    while (wd_slice_split(&rest, '-', &part)) {
        if (word.len >= 5 && !wd_slice_eq(part, word) &&
            wd_slice_eq(skeleton(part, of_label), bare_word)) {
            return WD_LOOKALIKE_HOMOGLYPH;
        }
        bool plural = part.len == word.len + 1 && part.ptr[word.len] == 's';
        bool service =
            is_one_of(part, service_words, sizeof service_words / sizeof service_words[0]);
        if (word.len >= LEAST_TYPO && !plural && !service && wd_one_edit_apart(part, word)) {
            return WD_LOOKALIKE_TYPO;
        }
    }
    return WD_LOOKALIKE_NONE;
}

static bool is_own(const wd_brand *b, wd_slice name)
{
    for (size_t i = 0; i < b->domains.n; i++) {
        wd_slice d = b->domains.list[i];
        if (wd_slice_eq_nocase(name, d) ||
            (name.len > d.len && name.ptr[name.len - d.len - 1] == '.' &&
             wd_slice_ends_nocase(name, d))) {
            return true;
        }
    }
    return false;
}

/* "login.brand.com.other.example": a whole domain of the brand, then something else. */
static bool in_front(const wd_brand *b, wd_slice name)
{
    for (size_t i = 0; i < b->domains.n; i++) {
        wd_slice d = b->domains.list[i];
        size_t at = wd_slice_find_nocase(name, d);
        if (at != SIZE_MAX && at + d.len < name.len && name.ptr[at + d.len] == '.' &&
            (at == 0 || name.ptr[at - 1] == '.')) {
            return true;
        }
    }
    return false;
}

static wd_lookalike_kind against(const wd_brand *b, wd_slice name, wd_slice label)
{
    wd_lookalike_kind kind = in_label(label, b->word);
    if (kind == WD_LOOKALIKE_NONE) {
        kind = nearly(label, b->word);
    }
    return in_front(b, name) ? WD_LOOKALIKE_SUBDOMAIN : kind;
}

wd_lookalike wd_lookalike_of(const wd_knowledge *kb, wd_slice name)
{
    wd_lookalike best = {WD_LOOKALIKE_NONE, NULL};
    wd_slice registered = wd_name_registered(name);
    wd_slice label = wd_slice_sub(registered, 0, wd_slice_find_byte(registered, '.'));
    size_t n = kb == NULL ? 0 : wd_knowledge_brands(kb);
    for (size_t i = 0; i < n; i++) {
        const wd_brand *b = wd_knowledge_brand(kb, i);
        if (is_own(b, name)) {
            return (wd_lookalike){WD_LOOKALIKE_OWN, b};
        }
    }
    for (size_t i = 0; i < n && label.len > 0 && label.len < registered.len; i++) {
        const wd_brand *b = wd_knowledge_brand(kb, i);
        wd_lookalike_kind kind = against(b, name, label);
        bool longer = kind == best.kind && best.brand != NULL && b->word.len > best.brand->word.len;
        if (kind > best.kind || longer) {
            best = (wd_lookalike){kind, b};
        }
    }
    return best;
}

/* Without a word of services at its end: "edgecastcdn" is one that can be spoken. */
static wd_slice without_service_word(wd_slice label)
{
    for (size_t k = 0; k < sizeof service_words / sizeof service_words[0]; k++) {
        wd_slice w = wd_slice_str(service_words[k]);
        if (w.len >= 3 && label.len > w.len && wd_slice_ends(label, w)) {
            return wd_slice_sub(label, 0, label.len - w.len);
        }
    }
    return label;
}

bool wd_name_looks_generated(wd_slice label)
{
    label = without_service_word(label);
    size_t vowels = 0;
    size_t letters = 0;
    size_t turns = 0;
    size_t run = 0;
    size_t longest = 0;
    if (label.len < 10 || wd_slice_find_byte(label, '-') != SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = wd_lower(label.ptr[i]);
        bool letter = wd_is_alpha(c);
        bool vowel = letter && memchr("aeiouy", c, 6) != NULL;
        letters += letter;
        vowels += vowel;
        run = letter && !vowel ? run + 1 : 0;
        longest = run > longest ? run : longest;
        turns += i > 0 && letter != wd_is_alpha(label.ptr[i - 1]);
    }
    double share = letters == 0 ? 0 : (double) vowels / (double) letters;
    return (longest >= 5 && share < 0.3) || turns >= 5 ||
           (label.len >= 16 && wd_entropy(label) > 3.6 && share < 0.25);
}

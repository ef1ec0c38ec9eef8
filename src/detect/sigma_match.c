#include <arpa/inet.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "detect/sigma_priv.h"

static bool equal_at(const uint8_t *a, const uint8_t *b, size_t n)
{
    return n == 0 || memcmp(a, b, n) == 0;
}

bool wd_sigma_match_text(wd_sigma_test test, wd_slice pattern, wd_slice value)
{
    if (pattern.len > value.len) {
        return false;
    }
    switch (test) {
    case WD_TEST_EQUALS:
        return pattern.len == value.len && equal_at(pattern.ptr, value.ptr, pattern.len);
    case WD_TEST_STARTS: return equal_at(pattern.ptr, value.ptr, pattern.len);
    case WD_TEST_ENDS:
        return equal_at(pattern.ptr, value.ptr + (value.len - pattern.len), pattern.len);
    case WD_TEST_CONTAINS:
        return pattern.len == 0 || memmem(value.ptr, value.len, pattern.ptr, pattern.len) != NULL;
    case WD_TEST_GLOB:
    case WD_TEST_REGEX:
    case WD_TEST_CIDR:
    case WD_TEST_NUMBER:
    case WD_TEST_TIME: return false;
    }
    return false;
}

static size_t char_len(wd_slice s, size_t at)
{
    uint32_t cp = 0;
    size_t n = s.ptr[at] < 0x80 ? 1 : wd_utf8_next(wd_slice_of(s.ptr + at, s.len - at), &cp);
    return n == 0 ? 1 : n;
}

/* Bytes of `s` at `at` that `token` takes; 0 when it does not match there. */
static size_t token_takes(wd_sigma_token token, wd_slice s, size_t at)
{
    if (token == WD_TOKEN_ONE) {
        return char_len(s, at);
    }
    if (token == WD_TOKEN_DASH) {
        const uint8_t *p = s.ptr + at;
        if (*p == '-' || *p == '/') {
            return 1;
        }
        bool long_form =
            s.len - at >= 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x93 && p[2] <= 0x95;
        return long_form ? 3 : 0;
    }
    return token == s.ptr[at] ? 1 : 0;
}

/* Going back to the last star only is enough, so the time is at most length times length. */
static bool match_glob(const wd_sigma_tokens *glob, wd_slice s)
{
    size_t g = 0;
    size_t at = 0;
    size_t star = SIZE_MAX;
    size_t star_at = 0;
    while (at < s.len) {
        size_t taken = 0;
        if (g < glob->n && glob->list[g] == WD_TOKEN_STAR) {
            star = g++;
            star_at = at;
            continue;
        }
        if (g < glob->n && (taken = token_takes(glob->list[g], s, at)) > 0) {
            g++;
            at += taken;
        } else if (star != SIZE_MAX) {
            star_at += char_len(s, star_at);
            g = star + 1;
            at = star_at;
        } else {
            return false;
        }
    }
    while (g < glob->n && glob->list[g] == WD_TOKEN_STAR) {
        g++;
    }
    return g == glob->n;
}

bool wd_sigma_compare(wd_sigma_cmp cmp, double a, double b)
{
    switch (cmp) {
    case WD_CMP_EQ: return !(a < b) && !(a > b);
    case WD_CMP_LT: return a < b;
    case WD_CMP_LTE: return a <= b;
    case WD_CMP_GT: return a > b;
    case WD_CMP_GTE: return a >= b;
    }
    return false;
}

static bool number_of(wd_slice s, double *out)
{
    uint64_t hex = 0;
    s = wd_slice_trim(s);
    if (wd_slice_starts_nocase(s, WD_S("0x")) && wd_slice_hex_to_u64(s, &hex)) {
        *out = (double) hex;
        return true;
    }
    return wd_slice_to_double(s, out);
}

/* Days since 1970-01-01 to year, month, day; the algorithm of H. Hinnant's civil_from_days. */
static void civil_of(int64_t days, int64_t out[static 3])
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    out[2] = doy - (153 * mp + 2) / 5 + 1;
    out[1] = mp < 10 ? mp + 3 : mp - 9;
    out[0] = yoe + era * 400 + (out[1] <= 2 ? 1 : 0);
}

static int64_t days_of_year_start(int64_t year)
{
    return wd_time_civil((int) year, 1, 1, 0, 0, 0, 0) / WD_TICKS_PER_DAY;
}

/* The week that holds the Thursday of this day's week counts from the year of that Thursday. */
static int64_t iso_week(int64_t days)
{
    int64_t weekday = ((days + 3) % 7 + 7) % 7; /* Monday 0; 1970-01-01 was a Thursday */
    int64_t thursday = days - weekday + 3;
    int64_t civil[3];
    civil_of(thursday, civil);
    return (thursday - days_of_year_start(civil[0])) / 7 + 1;
}

static int64_t part_of(wd_time t, wd_sigma_part_of_time part)
{
    int64_t days = t / WD_TICKS_PER_DAY - (t % WD_TICKS_PER_DAY < 0 ? 1 : 0);
    int64_t seconds = (t - days * WD_TICKS_PER_DAY) / WD_TICKS_PER_SECOND;
    int64_t civil[3];
    civil_of(days, civil);
    switch (part) {
    case WD_PART_MINUTE: return seconds / 60 % 60;
    case WD_PART_HOUR: return seconds / 3600;
    case WD_PART_DAY: return civil[2];
    case WD_PART_WEEK: return iso_week(days);
    case WD_PART_MONTH: return civil[1];
    case WD_PART_YEAR: return civil[0];
    case WD_PART_NONE: break;
    }
    return 0;
}

bool wd_sigma_net_parse(wd_slice text, wd_sigma_net *out)
{
    char name[64];
    size_t slash = wd_slice_find_byte(text, '/');
    wd_slice address = slash == SIZE_MAX ? text : wd_slice_sub(text, 0, slash);
    uint64_t bits = 128;
    if (address.len >= sizeof name || address.len == 0) {
        return false;
    }
    memcpy(name, address.ptr, address.len);
    name[address.len] = '\0';
    wd_sigma_net net = {{0}, 128};
    bool v4 = memchr(name, ':', address.len) == NULL;
    if (v4) {
        net.address[10] = net.address[11] = 0xff;
    }
    if (inet_pton(v4 ? AF_INET : AF_INET6, name, net.address + (v4 ? 12 : 0)) != 1) {
        return false;
    }
    if (slash != SIZE_MAX && (!wd_slice_to_u64(wd_slice_sub(text, slash + 1, text.len), &bits) ||
                              bits > (v4 ? 32 : 128))) {
        return false;
    }
    net.bits = (uint8_t) (slash == SIZE_MAX ? 128 : bits + (v4 ? 96 : 0));
    *out = net;
    return true;
}

bool wd_sigma_net_has(const wd_sigma_net *net, wd_slice address)
{
    wd_sigma_net a;
    size_t zone = wd_slice_find_byte(address, '%'); /* fe80::1%12 */
    if (wd_slice_find_byte(address, '/') != SIZE_MAX ||
        !wd_sigma_net_parse(wd_slice_sub(address, 0, zone), &a)) {
        return false;
    }
    size_t whole = net->bits / 8U;
    unsigned rest = net->bits % 8U;
    if (!equal_at(net->address, a.address, whole)) {
        return false;
    }
    return rest == 0 || (net->address[whole] ^ a.address[whole]) >> (8 - rest) == 0;
}

static size_t times(wd_slice s, uint8_t byte)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n += s.ptr[i] == byte ? 1U : 0U;
    }
    return n;
}

static bool may_match(const wd_sigma_pattern *p, const wd_sigma_value *v)
{
    if (p->must_times > 0 && times(v->folded, p->must_byte) < p->must_times) {
        return false;
    }
    for (size_t i = 0; i < p->n_must; i++) {
        if (wd_needle_in(&p->must[i], v->folded)) {
            return true;
        }
    }
    return p->n_must == 0;
}

bool wd_sigma_match(const wd_sigma_pattern *p, const wd_sigma_value *v, wd_regex_run *regex)
{
    wd_slice text = p->cased ? v->raw : v->folded;
    double number = 0;
    wd_time time = 0;
    switch (p->test) {
    case WD_TEST_EQUALS:
    case WD_TEST_STARTS:
    case WD_TEST_ENDS: return wd_sigma_match_text(p->test, p->text, text);
    case WD_TEST_CONTAINS: return wd_needle_in(&p->needle, text);
    case WD_TEST_GLOB: return may_match(p, v) && match_glob(&p->glob, text);
    case WD_TEST_REGEX: return may_match(p, v) && wd_regex_search(p->regex, regex, v->raw);
    case WD_TEST_CIDR: return wd_sigma_net_has(&p->net, v->raw);
    case WD_TEST_NUMBER:
        return number_of(v->raw, &number) && wd_sigma_compare(p->cmp, number, p->number);
    case WD_TEST_TIME:
        return wd_time_parse(v->raw, &time) &&
               wd_sigma_compare(p->cmp, (double) part_of(time, p->part), p->number);
    }
    return false;
}

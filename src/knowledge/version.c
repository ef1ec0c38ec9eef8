#include "knowledge/campaign.h"

/* A version is a run of numbers and words; everything else separates. */
typedef struct part {
    bool end;
    bool number;
    wd_slice text; /* digits without leading zeros, or letters */
} part;

static part next_part(wd_slice *rest)
{
    size_t i = 0;
    while (i < rest->len && !wd_is_digit(rest->ptr[i]) && !wd_is_alpha(rest->ptr[i])) {
        i++;
    }
    if (i == rest->len) {
        rest->len = 0;
        return (part){.end = true};
    }
    bool number = wd_is_digit(rest->ptr[i]);
    size_t from = i;
    while (i < rest->len && (number ? wd_is_digit(rest->ptr[i]) : wd_is_alpha(rest->ptr[i]))) {
        i++;
    }
    part p = {false, number, wd_slice_sub(*rest, from, i - from)};
    *rest = wd_slice_sub(*rest, i, rest->len);
    while (number && p.text.len > 1 && p.text.ptr[0] == '0') {
        p.text = wd_slice_sub(p.text, 1, p.text.len);
    }
    return p;
}

static bool is_zero(part p)
{
    return p.number && p.text.len == 1 && p.text.ptr[0] == '0';
}

static bool is_before_release(wd_slice word)
{
    static const char *const words[] = {"alpha", "beta", "rc", "pre", "dev", "preview", "a", "b"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (wd_slice_eq_nocase(word, wd_slice_str(words[i]))) {
            return true;
        }
    }
    return false;
}

/* Rank of what a part is, in the order pre-release word < nothing < other word < number. */
static int part_rank(part p)
{
    if (p.end) {
        return 1;
    }
    if (p.number) {
        return 3;
    }
    return is_before_release(p.text) ? 0 : 2;
}

static int words_cmp(wd_slice a, wd_slice b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int d = (int) wd_lower(a.ptr[i]) - (int) wd_lower(b.ptr[i]);
        if (d != 0) {
            return d;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int parts_cmp(part a, part b)
{
    if (a.number && b.number) {
        if (a.text.len != b.text.len) {
            return a.text.len < b.text.len ? -1 : 1;
        }
        return wd_slice_cmp(a.text, b.text);
    }
    int ra = part_rank(a);
    int rb = part_rank(b);
    if (ra != rb) {
        return ra < rb ? -1 : 1;
    }
    return a.end ? 0 : words_cmp(a.text, b.text);
}

int wd_version_cmp(wd_slice a, wd_slice b)
{
    for (;;) {
        part pa = next_part(&a);
        part pb = next_part(&b);
        if (pa.end && pb.end) {
            return 0;
        }
        /* "2.0" is "2": missing numbers are zeros. */
        if ((pa.end && is_zero(pb)) || (pb.end && is_zero(pa))) {
            continue;
        }
        int d = parts_cmp(pa, pb);
        if (d != 0) {
            return d < 0 ? -1 : 1;
        }
    }
}

static bool has_number(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (wd_is_digit(s.ptr[i])) {
            return true;
        }
    }
    return false;
}

bool wd_version_in(wd_slice spec, wd_slice version)
{
    if (!has_number(version)) {
        return false;
    }
    size_t dots = wd_slice_find(spec, WD_S(".."));
    if (dots == SIZE_MAX) {
        return has_number(spec) && wd_version_cmp(spec, version) == 0;
    }
    wd_slice from = wd_slice_trim(wd_slice_sub(spec, 0, dots));
    wd_slice to = wd_slice_trim(wd_slice_sub(spec, dots + 2, spec.len));
    return (from.len == 0 || wd_version_cmp(from, version) <= 0) &&
           (to.len == 0 || wd_version_cmp(version, to) <= 0);
}

const char *wd_version_state_name(wd_version_state s)
{
    static const char *const names[] = {
        [WD_VERSION_NOT_PRODUCT] = "not the product",
        [WD_VERSION_UNKNOWN] = "unknown",
        [WD_VERSION_UNLISTED] = "unlisted",
        [WD_VERSION_OTHER] = "other",
        [WD_VERSION_FIXED] = "fixed",
        [WD_VERSION_AFFECTED] = "affected",
    };
    return names[s];
}

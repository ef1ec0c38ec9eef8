#include <stdio.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/limits.h"
#include "knowledge/attack.h"

/* Without scheme and "www."; an address inside an archive's address is taken out. */
static wd_slice bare(wd_slice url)
{
    wd_slice s = wd_slice_trim(url);
    for (unsigned layer = 0; layer < 4; layer++) {
        size_t scheme = wd_slice_find(wd_slice_sub(s, 0, 8), WD_S(":/"));
        s = scheme == SIZE_MAX ? s : wd_slice_sub(s, scheme + 1, s.len);
        while (s.len > 0 && s.ptr[0] == '/') { /* archives write "https:/" too */
            s = wd_slice_sub(s, 1, s.len);
        }
        s = wd_slice_starts_nocase(s, WD_S("www.")) ? wd_slice_sub(s, 4, s.len) : s;
        if (!wd_slice_starts_nocase(s, WD_S("web.archive.org/web/"))) {
            break;
        }
        wd_slice inner = wd_slice_sub(s, 20, s.len);
        size_t slash = wd_slice_find_byte(inner, '/');
        if (slash == SIZE_MAX) {
            break;
        }
        s = wd_slice_sub(inner, slash + 1, inner.len);
    }
    return s;
}

static wd_slice until(wd_slice s, uint8_t byte)
{
    size_t at = wd_slice_find_byte(s, byte);
    return at == SIZE_MAX ? s : wd_slice_sub(s, 0, at);
}

static wd_slice without_slashes(wd_slice s)
{
    while (s.len > 0 && s.ptr[s.len - 1] == '/') {
        s.len--;
    }
    return s;
}

static bool is_tracking(wd_slice parameter)
{
    static const char *const starts[] = {"utm_", "_ga", "fbclid", "gclid", "mc_", "source=", "hs"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (wd_slice_starts_nocase(parameter, wd_slice_str(starts[i]))) {
            return true;
        }
    }
    return parameter.len == 0;
}

static void add_lower(wd_buf *out, wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        wd_buf_byte(out, wd_lower(s.ptr[i]));
    }
}

static void add_query(wd_buf *out, wd_slice query)
{
    uint8_t before = '?';
    wd_slice piece;
    while (wd_slice_split(&query, '&', &piece)) {
        if (!is_tracking(piece)) {
            wd_buf_byte(out, before);
            add_lower(out, piece);
            before = '&';
        }
    }
}

bool wd_report_key(wd_slice url, char out[static 12])
{
    wd_slice s = until(bare(url), '#');
    wd_slice whole = until(s, '?');
    wd_slice host = until(until(whole, '/'), ':');
    wd_slice rest = wd_slice_sub(whole, until(whole, '/').len, whole.len);
    uint8_t digest[WD_SHA256_LEN];
    char hex[WD_HEX_MAX];
    wd_buf text = {0};
    add_lower(&text, host);
    add_lower(&text, without_slashes(rest));
    if (whole.len < s.len) {
        add_query(&text, wd_slice_sub(s, whole.len + 1, s.len));
    }
    bool ok = host.len > 0 && !text.failed && wd_hash(WD_SHA256, wd_buf_slice(&text), digest);
    if (ok) {
        (void) snprintf(out, 12, "R%.10s", wd_hex(digest, sizeof digest, hex));
    }
    wd_buf_free(&text);
    return ok;
}

wd_slice wd_report_host(wd_slice url, wd_arena *arena)
{
    wd_slice s = until(until(until(until(bare(url), '#'), '?'), '/'), ':');
    return wd_arena_lower(arena, wd_slice_sub(s, 0, 253));
}

static unsigned month_of(wd_slice s)
{
    static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                         "jul", "aug", "sep", "oct", "nov", "dec"};
    for (unsigned i = 0; i < 12; i++) {
        if (wd_slice_starts_nocase(s, wd_slice_str(months[i]))) {
            return i + 1;
        }
    }
    return 0;
}

/* "2021, May 26": the text after the parenthesis. */
static bool date_at(wd_slice s, char out[static 11])
{
    uint64_t year = 0;
    uint64_t day = 0;
    if (s.len < 5 || !wd_slice_to_u64(wd_slice_sub(s, 0, 4), &year) || year < 1990 || year > 2100 ||
        (s.ptr[4] != ')' && s.ptr[4] != ',')) {
        return false;
    }
    (void) snprintf(out, 11, "%04u", (unsigned) year);
    wd_slice rest = wd_slice_trim(wd_slice_sub(until(wd_slice_sub(s, 0, 32), ')'), 5, 32));
    unsigned month = month_of(rest);
    if (month == 0) {
        return true;
    }
    (void) snprintf(out, 11, "%04u-%02u", (unsigned) year, month);
    size_t blank = wd_slice_find_byte(rest, ' ');
    wd_slice number = blank == SIZE_MAX ? WD_EMPTY : wd_slice_sub(rest, blank + 1, 2);
    if (number.len == 2 && !wd_is_digit(number.ptr[1])) {
        number.len = 1;
    }
    if (wd_slice_to_u64(number, &day) && day >= 1 && day <= 31) {
        (void) snprintf(out, 11, "%04u-%02u-%02u", (unsigned) year % 10000, month,
                        (unsigned) day % 100);
    }
    return true;
}

const char *wd_citation_date(wd_slice citation, char out[static 11])
{
    out[0] = 0;
    for (size_t i = 0; i < citation.len; i++) {
        if (citation.ptr[i] == '(' && date_at(wd_slice_sub(citation, i + 1, 64), out)) {
            break;
        }
    }
    return out;
}

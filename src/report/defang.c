#include "report/defang.h"

/* Labels of one dotted run that are looked at; longer runs are broken unseen. */
#define MAX_LABELS 12U

static bool name_byte(uint8_t c)
{
    return wd_is_alpha(c) || wd_is_digit(c) || c == '-' || c == '_' || c >= 0x80;
}

/* The host of a URL, or the text itself. */
static wd_slice host_of(wd_slice s)
{
    size_t scheme = wd_slice_find(s, WD_S("://"));
    if (scheme != SIZE_MAX) {
        s = wd_slice_sub(s, scheme + 3, s.len);
    }
    size_t end = 0;
    while (end < s.len && s.ptr[end] != '/' && s.ptr[end] != '?' && s.ptr[end] != '#') {
        end++;
    }
    s = wd_slice_sub(s, 0, end);
    size_t at = wd_slice_rfind_byte(s, '@');
    if (at != SIZE_MAX) {
        s = wd_slice_sub(s, at + 1, s.len);
    }
    size_t colon = wd_slice_find_byte(s, ':');
    bool ipv6 = colon != SIZE_MAX && wd_slice_rfind_byte(s, ':') != colon;
    return ipv6 || colon == SIZE_MAX ? s : wd_slice_sub(s, 0, colon);
}

static wd_status add_name(wd_defanger *d, wd_slice text, wd_arena *arena, wd_err *err)
{
    wd_slice host = host_of(wd_slice_trim(text));
    if (host.len > 0 && host.ptr[host.len - 1] == '.') {
        host.len--;
    }
    if (wd_slice_find_byte(host, '.') == SIZE_MAX) {
        return WD_OK; /* a plain word; breaking those would ruin the prose */
    }
    wd_slice key = wd_arena_lower(arena, host);
    uintptr_t *slot = key.ptr == NULL ? NULL : wd_map_put(&d->names, key, NULL);
    if (slot == NULL) {
        return wd_nomem(err, "report.defang");
    }
    *slot = 1;
    return WD_OK;
}

static bool is_network_type(wd_slice type)
{
    static const char *const types[] = {"domain", "hostname", "fqdn", "host",     "ip",  "ipv4",
                                        "ipv6",   "address",  "url",  "address4", "uri", "email"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (wd_slice_starts_nocase(type, wd_slice_str(types[i]))) {
            return true;
        }
    }
    return false;
}

wd_status wd_defanger_init(wd_defanger *d, const wd_json *report, wd_arena *arena, wd_err *err)
{
    *d = (wd_defanger){.names = {.arena = arena}};
    WD_JSON_EACH (indicator, wd_json_get(report, "indicators")) {
        if (is_network_type(wd_json_text(indicator, "type"))) {
            WD_TRY(add_name(d, wd_json_text(indicator, "value"), arena, err));
        }
    }
    WD_JSON_EACH (contact, wd_json_get(report, "contacts")) {
        WD_TRY(add_name(d, wd_json_text(contact, "name"), arena, err));
        WD_TRY(add_name(d, wd_json_text(contact, "dst"), arena, err));
    }
    return WD_OK;
}

static void add_broken(wd_slice name, wd_buf *out)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '.') {
            wd_buf_str(out, "[.]");
        } else {
            wd_buf_byte(out, name.ptr[i]);
        }
    }
}

/* Whether some run of labels inside `run` is a known name. */
static bool holds_known(const wd_defanger *d, wd_slice run)
{
    size_t starts[MAX_LABELS + 1];
    size_t n = 0;
    starts[n++] = 0;
    for (size_t i = 0; i < run.len; i++) {
        if (run.ptr[i] == '.' && n == MAX_LABELS) {
            return true;
        }
        if (run.ptr[i] == '.') {
            starts[n++] = i + 1;
        }
    }
    starts[n] = run.len + 1;
    for (size_t from = 0; from < n; from++) {
        for (size_t to = from + 1; to < n; to++) {
            wd_slice part = wd_slice_sub(run, starts[from], starts[to + 1] - 1 - starts[from]);
            if (wd_map_find(&d->names, part) != NULL) {
                return true;
            }
        }
    }
    return false;
}

static bool known(const wd_defanger *d, wd_slice run)
{
    uint8_t lower[256];
    if (run.len > sizeof lower) {
        return true; /* no host name is this long: break it, nothing is lost */
    }
    for (size_t i = 0; i < run.len; i++) {
        lower[i] = wd_lower(run.ptr[i]);
    }
    return wd_slice_find_byte(run, '.') != SIZE_MAX && holds_known(d, wd_slice_of(lower, run.len));
}

/* Length of the run of dotted labels at the front of `s`. */
static size_t dotted_run(wd_slice s)
{
    size_t n = 0;
    while (n < s.len && (name_byte(s.ptr[n]) || (s.ptr[n] == '.' && n > 0))) {
        n++;
    }
    while (n > 0 && s.ptr[n - 1] == '.') {
        n--; /* the full stop of a sentence */
    }
    return n;
}

/* "http" directly in front of a broken name was added to `out` already: make it "hxxp". */
static void break_scheme(wd_buf *out)
{
    wd_slice s = wd_buf_slice(out);
    size_t scheme = wd_slice_ends_nocase(s, WD_S("https://"))  ? 8
                    : wd_slice_ends_nocase(s, WD_S("http://")) ? 7
                                                               : 0;
    if (scheme > 0) {
        out->ptr[out->len - scheme + 1] = 'x';
        out->ptr[out->len - scheme + 2] = 'x';
    }
}

void wd_defang(const wd_defanger *d, wd_slice text, wd_buf *out)
{
    if (d->names.n == 0 || wd_slice_find_byte(text, '.') == SIZE_MAX) {
        wd_buf_add(out, text);
        return;
    }
    for (size_t i = 0; i < text.len;) {
        wd_slice rest = wd_slice_sub(text, i, text.len);
        size_t run = dotted_run(rest);
        if (run == 0) {
            wd_buf_byte(out, text.ptr[i++]);
            continue;
        }
        wd_slice name = wd_slice_sub(rest, 0, run);
        if (known(d, name)) {
            break_scheme(out);
            add_broken(name, out);
        } else {
            wd_buf_add(out, name);
        }
        i += run;
    }
}

void wd_defang_value(wd_slice type, wd_slice value, wd_buf *out)
{
    if (!is_network_type(type)) {
        wd_buf_add(out, value);
        return;
    }
    if (wd_slice_starts_nocase(value, WD_S("http"))) {
        wd_buf_str(out, "hxxp");
        value = wd_slice_sub(value, 4, value.len);
    }
    wd_slice host = host_of(value);
    size_t from = (size_t) (host.ptr == NULL ? 0 : host.ptr - value.ptr);
    wd_buf_add(out, wd_slice_sub(value, 0, from));
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.ptr[i];
        if (c == '.' || c == ':' || c == '@') {
            wd_buf_printf(out, "[%c]", c);
        } else {
            wd_buf_byte(out, c);
        }
    }
    wd_buf_add(out, wd_slice_sub(value, from + host.len, value.len));
}

#include "report/view.h"

#include <stdio.h>

size_t wd_view_count(const wd_json *list)
{
    bool container = wd_json_is(list, WD_JSON_ARRAY) || wd_json_is(list, WD_JSON_OBJECT);
    return container ? list->n : 0;
}

uint64_t wd_view_u64(const wd_json *object, const char *key, uint64_t otherwise)
{
    uint64_t v = 0;
    return wd_json_to_u64(wd_json_get(object, key), &v) ? v : otherwise;
}

bool wd_view_double(const wd_json *object, const char *key, double *out)
{
    return wd_json_to_double(wd_json_get(object, key), out);
}

wd_time wd_view_time(const wd_json *object, const char *key)
{
    wd_time t = WD_NO_TIME;
    return wd_time_parse(wd_json_text(object, key), &t) ? t : WD_NO_TIME;
}

const char *wd_view_minute(const wd_json *object, const char *key, char out[static WD_TIME_TEXT])
{
    wd_time_format_seconds(wd_view_time(object, key), out);
    if (out[0] != '\0') {
        out[10] = ' ';
        out[16] = 'Z';
        out[17] = '\0';
    }
    return out;
}

bool wd_view_true(const wd_json *object, const char *key)
{
    return wd_json_is(wd_json_get(object, key), WD_JSON_TRUE);
}

bool wd_view_is(const wd_json *object, const char *key, const char *text)
{
    return wd_slice_eq(wd_json_text(object, key), wd_slice_str(text));
}

bool wd_view_has(const wd_json *list, wd_slice text)
{
    WD_JSON_EACH (v, list) {
        if (wd_json_is(v, WD_JSON_STRING) && wd_slice_eq(v->text, text)) {
            return true;
        }
    }
    return false;
}

wd_slice wd_view_either(const wd_json *object, const char *key, const char *other)
{
    wd_slice s = wd_json_text(object, key);
    return s.len > 0 ? s : wd_json_text(object, other);
}

bool wd_view_is_report(const wd_json *report)
{
    return wd_json_is(report, WD_JSON_OBJECT) &&
           wd_slice_starts(wd_json_text(report, "schema"), WD_S("whodunit.report/1"));
}

static wd_time later(wd_time a, wd_time b)
{
    return a > b ? a : b;
}

wd_time wd_view_as_of(const wd_json *report)
{
    wd_time t = wd_view_time(report, "as_of");
    if (t != WD_NO_TIME) {
        return t;
    }
    WD_JSON_EACH (row, wd_json_get(report, "timeline")) {
        t = later(t, later(wd_view_time(row, "time"), wd_view_time(row, "time_end")));
    }
    WD_JSON_EACH (finding, wd_json_get(report, "findings")) {
        t = later(t, wd_view_time(finding, "time"));
    }
    WD_JSON_EACH (contact, wd_json_get(report, "contacts")) {
        t = later(t, wd_view_time(contact, "last"));
    }
    return t;
}

const char *wd_view_tlp(wd_slice tlp)
{
    static const char *const known[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
    if (wd_slice_starts_nocase(tlp, WD_S("tlp:"))) {
        tlp = wd_slice_sub(tlp, 4, tlp.len);
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wd_slice_eq_nocase(tlp, wd_slice_str(known[i]))) {
            return known[i];
        }
    }
    return "AMBER";
}

wd_slice wd_view_case_name(const wd_json *report)
{
    wd_slice name = wd_json_text(report, "case_name");
    return name.len > 0 ? name : WD_S("unnamed");
}

static bool percent(const wd_json *likelihood, const char *key, double *out)
{
    if (!wd_view_double(likelihood, key, out)) {
        return false;
    }
    return *out >= 0 && *out <= 100;
}

void wd_view_likelihood(wd_buf *out, const wd_json *likelihood, bool capital)
{
    wd_slice word = wd_json_text(likelihood, "word");
    if (word.len == 0) {
        return;
    }
    uint8_t first = word.ptr[0];
    wd_buf_byte(out, capital && first >= 'a' && first <= 'z' ? (uint8_t) (first - 32) : first);
    wd_buf_add(out, wd_slice_sub(word, 1, word.len));
    double low = 0;
    double high = 0;
    if (percent(likelihood, "low", &low) && percent(likelihood, "high", &high) && low <= high) {
        double scale = high <= 1 ? 100 : 1;
        wd_buf_printf(out, " (%.0f-%.0f %%)", low * scale, high * scale);
    }
}

void wd_view_grouped(wd_buf *out, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long) n);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            wd_buf_byte(out, ',');
        }
        wd_buf_byte(out, (uint8_t) digits[i]);
    }
}

void wd_view_bytes(wd_buf *out, uint64_t n)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
    if (n < 1000) {
        wd_buf_printf(out, "%llu bytes", (unsigned long long) n);
        return;
    }
    size_t unit = 0;
    uint64_t tenths = n / 100; /* of the unit; whole numbers, so that no locale interferes */
    while (tenths >= 10000 && unit + 1 < sizeof units / sizeof units[0]) {
        tenths /= 1000;
        unit++;
    }
    if (tenths >= 1000) {
        wd_buf_printf(out, "%llu %s", (unsigned long long) (tenths / 10), units[unit]);
    } else {
        wd_buf_printf(out, "%llu.%llu %s", (unsigned long long) (tenths / 10),
                      (unsigned long long) (tenths % 10), units[unit]);
    }
}

void wd_view_plural(wd_buf *out, uint64_t n, const char *one, const char *many)
{
    wd_view_grouped(out, n);
    wd_buf_printf(out, " %s", n == 1 ? one : many);
}

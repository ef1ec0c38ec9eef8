#include "formats/zeek_priv.h"

#include <stdio.h>
#include <string.h>

#include "core/limits.h"

#define MAX_COLUMNS 256U

/* The rules that header lines set. */
struct table {
    uint8_t separator;
    uint8_t set_separator;
    wd_slice empty;
    wd_slice unset;
    wd_zeek_field columns[MAX_COLUMNS];
    size_t n_columns; /* 0: no #fields yet */
    wd_buf text;      /* unescaped values of the current row */
};

void wd_zeek_bad_row(wd_zeek_reader *r, wd_span span)
{
    if (r->totals->bad++ == 0) {
        r->first_bad = span;
    }
}

static int hex_digit(uint8_t c)
{
    uint8_t l = wd_lower(c);
    return wd_is_digit(c) ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

wd_slice wd_zeek_unescape(wd_slice s, bool backslash, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (c == '\\' && s.len - i >= 4 && s.ptr[i + 1] == 'x' && hex_digit(s.ptr[i + 2]) >= 0 &&
            hex_digit(s.ptr[i + 3]) >= 0) {
            c = (uint8_t) (hex_digit(s.ptr[i + 2]) << 4 | hex_digit(s.ptr[i + 3]));
            i += 3;
        } else if (backslash && c == '\\' && s.len - i >= 2 && s.ptr[i + 1] == '\\') {
            i++;
        }
        out[n++] = c;
    }
    return wd_slice_of(out, n);
}

static void set_columns(struct table *t, wd_slice rest)
{
    wd_slice name;
    t->n_columns = 0;
    while (t->n_columns < MAX_COLUMNS && wd_slice_split(&rest, t->separator, &name)) {
        t->columns[t->n_columns++] = wd_zeek_field_of(name);
    }
}

static void header_line(struct table *t, wd_slice line)
{
    wd_slice rest = line;
    wd_slice key;
    uint64_t byte;
    if (wd_slice_starts(line, WD_S("#separator "))) {
        wd_slice value = wd_slice_sub(line, 11, SIZE_MAX);
        if (wd_slice_starts(value, WD_S("\\x")) &&
            wd_slice_hex_to_u64(wd_slice_sub(value, 2, SIZE_MAX), &byte) && byte <= 0xff) {
            t->separator = (uint8_t) byte;
        } else if (value.len == 1) {
            t->separator = value.ptr[0];
        }
        return;
    }
    if (!wd_slice_split(&rest, t->separator, &key)) {
        return;
    }
    if (wd_slice_eq(key, WD_S("#set_separator")) && rest.len == 1) {
        t->set_separator = rest.ptr[0];
    } else if (wd_slice_eq(key, WD_S("#empty_field"))) {
        t->empty = rest;
    } else if (wd_slice_eq(key, WD_S("#unset_field"))) {
        t->unset = rest;
    } else if (wd_slice_eq(key, WD_S("#fields"))) {
        set_columns(t, rest);
    }
}

/* The text buffer has room for the whole line, so that slices into it stay where they are. */
static wd_slice plain(struct table *t, wd_slice v)
{
    if (v.len == 0 || memchr(v.ptr, '\\', v.len) == NULL || t->text.cap - t->text.len < v.len) {
        return v;
    }
    wd_slice s = wd_zeek_unescape(v, true, t->text.ptr + t->text.len);
    t->text.len += s.len;
    return s;
}

static void take_answers(struct table *t, wd_slice set, wd_zeek_row *row)
{
    wd_slice piece;
    while (row->n_answers < WD_ZEEK_MAX_ANSWERS && wd_slice_split(&set, t->set_separator, &piece)) {
        row->answers[row->n_answers++] = plain(t, piece);
    }
}

static void take_value(struct table *t, wd_zeek_row *row, wd_zeek_field field, wd_slice v)
{
    if (wd_slice_eq(v, t->unset)) {
        return;
    }
    row->has_host = row->has_host || field == WD_ZEEK_HOST;
    if (wd_slice_eq(v, t->empty)) {
        return;
    }
    if (field == WD_ZEEK_ANSWERS) {
        take_answers(t, v, row);
    } else {
        row->v[field] = plain(t, v);
    }
}

/* Splits a line into the columns; false when their number is not that of the header. */
static bool take_row(struct table *t, wd_slice line, wd_zeek_row *row)
{
    const uint8_t *at = line.ptr;
    const uint8_t *end = line.ptr + line.len;
    memset(row->v, 0, sizeof row->v);
    row->n_answers = 0;
    row->has_host = false;
    for (size_t i = 0; i < t->n_columns; i++) {
        const uint8_t *stop = at;
        while (stop < end && *stop != t->separator) {
            stop++;
        }
        if (t->columns[i] != WD_ZEEK_NONE) {
            take_value(t, row, t->columns[i], wd_slice_of(at, (size_t) (stop - at)));
        }
        if (i + 1 == t->n_columns) {
            return stop == end;
        }
        if (stop == end) {
            return false;
        }
        at = stop + 1;
    }
    return false;
}

static wd_status data_line(wd_zeek_reader *r, struct table *t, wd_slice line, wd_span span)
{
    bool good = false;
    r->row.span = span;
    wd_buf_clear(&t->text);
    if (t->text.cap < line.len) {
        wd_buf_fill(&t->text, 0, line.len);
        wd_buf_clear(&t->text);
    }
    if (line.len <= WD_MAX_LINE && t->n_columns > 0 && take_row(t, line, &r->row)) {
        WD_TRY(wd_zeek_give_row(&r->row, r->sink, r->totals, &good));
    }
    if (good) {
        r->totals->records++;
    } else {
        wd_zeek_bad_row(r, span);
    }
    return t->text.failed ? WD_E_NOMEM : WD_OK;
}

static wd_status read_tsv(wd_zeek_reader *r, wd_slice data)
{
    struct table t = {
        .separator = '\t', .set_separator = ',', .empty = WD_S("(empty)"), .unset = WD_S("-")};
    wd_slice rest = data;
    wd_slice line;
    wd_status s = WD_OK;
    while (s == WD_OK && wd_slice_line(&rest, &line)) {
        r->line++;
        if (line.len == 0) {
            continue;
        }
        if (line.ptr[0] == '#') {
            header_line(&t, line);
            continue;
        }
        wd_span span = {(uint64_t) (line.ptr - data.ptr), line.len, r->line};
        s = data_line(r, &t, line, span);
    }
    wd_buf_free(&t.text);
    return s;
}

wd_status wd_zeek_facts(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                        wd_net_totals *totals, wd_err *err)
{
    char text[120];
    *totals = (wd_net_totals){.first = WD_NO_TIME, .last = WD_NO_TIME};
    wd_zeek_reader *r = WD_NEW(arena, wd_zeek_reader);
    if (r == NULL) {
        return wd_nomem(err, "zeek");
    }
    *r = (wd_zeek_reader){.arena = arena, .sink = sink, .totals = totals};
    bool json = wd_slice_starts(wd_slice_trim(wd_slice_sub(data, 0, 64)), WD_S("{"));
    WD_TRY(json ? wd_zeek_read_json(r, data, err) : read_tsv(r, data));
    totals->bytes = data.len;
    if (totals->bad > 0 && sink->damage != NULL) {
        (void) snprintf(text, sizeof text,
                        "%llu of %llu lines could not be read as rows; the first is line %llu",
                        (unsigned long long) totals->bad,
                        (unsigned long long) (totals->bad + totals->records),
                        (unsigned long long) r->first_bad.record);
        WD_TRY(sink->damage(sink->ctx, r->first_bad, wd_slice_str(text)));
    }
    if (totals->records == 0 && totals->bad > 0) {
        return wd_fail(err, WD_E_MALFORMED, r->first_bad.offset, "zeek",
                       "no line reads as a row of a Zeek log");
    }
    return WD_OK;
}

bool wd_zeek_looks(wd_slice head)
{
    static const char *const starts[] = {"#separator ", "#fields\t", "#path\t", "#set_separator\t"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        if (wd_slice_starts(head, wd_slice_str(starts[i]))) {
            return true;
        }
    }
    wd_slice line = wd_slice_sub(head, 0, wd_slice_find_byte(head, '\n'));
    if (!wd_slice_starts(wd_slice_trim(line), WD_S("{")) ||
        wd_slice_find(line, WD_S("\"event_type\"")) != SIZE_MAX) {
        return false;
    }
    bool ends = wd_slice_find(line, WD_S("\"id.orig_h\"")) != SIZE_MAX ||
                wd_slice_find(line, WD_S("\"id_orig_h\"")) != SIZE_MAX ||
                wd_slice_find(line, WD_S("\"tx_hosts\"")) != SIZE_MAX;
    return wd_slice_find(line, WD_S("\"ts\"")) != SIZE_MAX &&
           (ends || wd_slice_find(line, WD_S("\"_path\"")) != SIZE_MAX);
}

#include "core/csv.h"

static size_t fields_of(wd_slice line, uint8_t separator)
{
    size_t n = 1;
    bool quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        quoted = line.ptr[i] == '"' ? !quoted : quoted;
        n += !quoted && line.ptr[i] == separator ? 1 : 0;
    }
    return n;
}

wd_csv wd_csv_of(wd_slice in)
{
    static const uint8_t candidates[] = {',', ';', '\t', '|'};
    wd_csv csv = {in, 0, 1, ','};
    if (wd_slice_starts(in, WD_S("\xef\xbb\xbf"))) {
        csv.pos = 3;
    }
    wd_slice rest = wd_slice_sub(in, csv.pos, in.len);
    wd_slice line = {0};
    wd_slice_line(&rest, &line);
    for (size_t i = 1; i < sizeof candidates; i++) {
        if (fields_of(line, candidates[i]) > fields_of(line, csv.separator)) {
            csv.separator = candidates[i];
        }
    }
    return csv;
}

static bool at_end(const wd_csv *c)
{
    return c->pos >= c->in.len;
}

static uint8_t here(const wd_csv *c)
{
    return c->in.ptr[c->pos];
}

/* After the opening quote; stops behind the closing one. */
static wd_slice quoted_field(wd_csv *c, wd_arena *arena, wd_csv_row *row)
{
    size_t from = c->pos;
    size_t doubled = 0;
    while (!at_end(c)) {
        if (here(c) == '"' && c->pos + 1 < c->in.len && c->in.ptr[c->pos + 1] == '"') {
            doubled++;
            c->pos++;
        } else if (here(c) == '"') {
            break;
        }
        c->line += here(c) == '\n' ? 1 : 0;
        c->pos++;
    }
    wd_slice raw = wd_slice_sub(c->in, from, c->pos - from);
    row->cut = row->cut || at_end(c);
    c->pos += at_end(c) ? 0 : 1;
    if (doubled == 0) {
        return raw;
    }
    uint8_t *plain = wd_arena_alloc(arena, raw.len);
    size_t n = 0;
    for (size_t i = 0; plain != NULL && i < raw.len; i++) {
        plain[n++] = raw.ptr[i];
        i += raw.ptr[i] == '"' ? 1 : 0;
    }
    return wd_slice_of(plain, n);
}

static wd_slice next_field(wd_csv *c, wd_arena *arena, wd_csv_row *row)
{
    while (!at_end(c) && here(c) == ' ') {
        c->pos++;
    }
    wd_slice quoted = {0};
    if (!at_end(c) && here(c) == '"') {
        c->pos++;
        quoted = quoted_field(c, arena, row);
    }
    size_t from = c->pos;
    while (!at_end(c) && here(c) != c->separator && here(c) != '\n') {
        c->pos++;
    }
    wd_slice plain = wd_slice_trim(wd_slice_sub(c->in, from, c->pos - from));
    return quoted.ptr != NULL ? wd_slice_trim(quoted) : plain;
}

static bool is_empty(const wd_csv_row *row)
{
    return row->n == 1 && row->fields[0].len == 0;
}

bool wd_csv_next(wd_csv *c, wd_arena *arena, wd_csv_row *row)
{
    while (!at_end(c)) {
        row->n = 0;
        row->cut = false;
        row->line = c->line;
        row->offset = c->pos;
        for (bool more = true; more;) {
            wd_slice field = next_field(c, arena, row);
            if (row->n < WD_CSV_FIELDS) {
                row->fields[row->n++] = field;
            } else {
                row->cut = true;
            }
            more = !at_end(c) && here(c) == c->separator;
            c->pos += at_end(c) ? 0 : 1;
        }
        c->line++;
        if (!is_empty(row)) {
            return true;
        }
    }
    return false;
}

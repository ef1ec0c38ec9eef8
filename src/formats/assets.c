#include "formats/assets.h"

#include "core/clock.h"
#include "core/csv.h"

static const char component[] = "assets";

static const char *const columns[WD_ASSET_COLUMNS] = {
    [WD_ASSET_HOST] = "host",           [WD_ASSET_ADDRESSES] = "addresses",
    [WD_ASSET_COUNTRY] = "country",     [WD_ASSET_SECTOR] = "sector",
    [WD_ASSET_SITE] = "site",           [WD_ASSET_ROLE] = "role",
    [WD_ASSET_PRODUCT] = "product",     [WD_ASSET_VERSION] = "version",
    [WD_ASSET_INSTALLED] = "installed", [WD_ASSET_CONTAINED] = "contained",
    [WD_ASSET_REMOVED] = "removed",
};

/* Where each column stands in this list; SIZE_MAX when it has none. */
typedef struct layout {
    size_t at[WD_ASSET_COLUMNS];
    size_t n;
} layout;

typedef struct reader {
    wd_csv csv;
    wd_csv_row row;
    layout layout;
    wd_arena *arena;
    const wd_assets_sink *sink;
} reader;

static bool next_row(reader *r)
{
    while (wd_csv_next(&r->csv, r->arena, &r->row)) {
        if (r->row.n > 0 && !wd_slice_starts(r->row.fields[0], WD_S("#"))) {
            return true;
        }
    }
    return false;
}

static bool read_header(reader *r)
{
    for (size_t c = 0; c < WD_ASSET_COLUMNS; c++) {
        r->layout.at[c] = SIZE_MAX;
    }
    if (!next_row(r)) {
        return false;
    }
    r->layout.n = r->row.n;
    for (size_t i = 0; i < r->row.n; i++) {
        for (size_t c = 0; c < WD_ASSET_COLUMNS; c++) {
            bool same = wd_slice_eq_nocase(r->row.fields[i], wd_slice_str(columns[c]));
            if (same && r->layout.at[c] == SIZE_MAX) {
                r->layout.at[c] = i;
            }
        }
    }
    return r->layout.at[WD_ASSET_HOST] != SIZE_MAX;
}

static wd_status bad(reader *r, wd_slice text)
{
    return text.ptr == NULL ? WD_E_NOMEM
                            : r->sink->bad(r->sink->ctx, r->row.offset, r->row.line, text);
}

static bool is_country(wd_slice s)
{
    return s.len == 2 && wd_is_alpha(s.ptr[0]) && wd_is_alpha(s.ptr[1]);
}

static bool holds(wd_asset_column c, wd_slice value)
{
    wd_time t;
    if (c == WD_ASSET_COUNTRY) {
        return is_country(value);
    }
    return c < WD_ASSET_INSTALLED || wd_time_parse(value, &t);
}

/* Takes out values that are not what their column holds, and says so. */
static wd_status check_values(reader *r, wd_asset *a)
{
    for (size_t c = 0; c < WD_ASSET_COLUMNS; c++) {
        wd_slice v = a->values[c];
        if (v.len == 0 || holds((wd_asset_column) c, v)) {
            continue;
        }
        a->values[c] = (wd_slice){0};
        int shown = v.len > 60 ? 60 : (int) v.len;
        WD_TRY(bad(r, wd_arena_printf(r->arena, "line %u: %s \"%.*s\" is no %s", r->row.line,
                                      columns[c], shown, (const char *) v.ptr,
                                      c == WD_ASSET_COUNTRY ? "two-letter code" : "ISO time")));
    }
    return WD_OK;
}

static wd_status give_row(reader *r)
{
    wd_asset a = {.offset = r->row.offset, .line = r->row.line};
    a.len = r->csv.pos > a.offset ? r->csv.pos - a.offset : 0;
    for (size_t c = 0; c < WD_ASSET_COLUMNS; c++) {
        size_t at = r->layout.at[c];
        a.values[c] = at < r->row.n ? r->row.fields[at] : (wd_slice){0};
    }
    if (r->row.cut) {
        WD_TRY(bad(r, wd_arena_printf(r->arena,
                                      "line %u: a quote that never closes, or too many "
                                      "columns",
                                      r->row.line)));
    } else if (r->row.n != r->layout.n) {
        WD_TRY(bad(r, wd_arena_printf(r->arena, "line %u: %zu columns where the header has %zu",
                                      r->row.line, r->row.n, r->layout.n)));
    }
    if (a.values[WD_ASSET_HOST].len == 0) {
        return bad(r, wd_arena_printf(r->arena, "line %u: no host name; left out", r->row.line));
    }
    WD_TRY(check_values(r, &a));
    return r->sink->asset(r->sink->ctx, &a);
}

wd_status wd_assets_read(wd_slice data, wd_arena *arena, const wd_assets_sink *sink, wd_err *err)
{
    reader *r = WD_NEW(arena, reader);
    if (r == NULL) {
        return wd_nomem(err, component);
    }
    r->csv = wd_csv_of(data);
    r->arena = arena;
    r->sink = sink;
    if (!read_header(r)) {
        return wd_fail(err, WD_E_MALFORMED, 0, component, "no header line with a host column");
    }
    while (next_row(r)) {
        wd_status s = give_row(r);
        if (s != WD_OK) {
            return s == WD_E_NOMEM ? wd_nomem(err, component) : s;
        }
    }
    return WD_OK;
}

#include "core/csv.h"
#include "knowledge/kb_priv.h"

/*
 * Separated values with or without a line of column names. Names that are understood: a column for
 * the value ("value", "indicator", "ioc") with one for the type, or a column whose name is a type
 * ("domain", "sha256", "dest_ip"); role, safety, source, date, first, last, tier, campaign, name,
 * note. Without names, each field that reads as a hash, name, address or URL is taken.
 */

typedef enum column {
    COL_OTHER,
    COL_VALUE,
    COL_TYPE,
    COL_ROLE,
    COL_SAFETY,
    COL_SOURCE,
    COL_DATE,
    COL_FIRST,
    COL_LAST,
    COL_TIER,
    COL_CAMPAIGN,
    COL_NAME,
    COL_NOTE,
    COL_TYPED /* the name of the column is the type of its values */
} column;

static const struct {
    const char *word;
    column col;
} column_words[] = {
    {"value", COL_VALUE},
    {"indicator", COL_VALUE},
    {"ioc", COL_VALUE},
    {"data", COL_VALUE},
    {"indicator_value", COL_VALUE},
    {"observable", COL_VALUE},
    {"type", COL_TYPE},
    {"indicator_type", COL_TYPE},
    {"ioc_type", COL_TYPE},
    {"kind", COL_TYPE},
    {"entity_type", COL_TYPE},
    {"role", COL_ROLE},
    {"threat_type", COL_ROLE},
    {"block_safety", COL_SAFETY},
    {"safety", COL_SAFETY},
    {"source", COL_SOURCE},
    {"publisher", COL_SOURCE},
    {"feed", COL_SOURCE},
    {"date", COL_DATE},
    {"published", COL_DATE},
    {"created", COL_DATE},
    {"first", COL_FIRST},
    {"first_seen", COL_FIRST},
    {"first_seen_utc", COL_FIRST},
    {"last", COL_LAST},
    {"last_seen", COL_LAST},
    {"tier", COL_TIER},
    {"campaign", COL_CAMPAIGN},
    {"note", COL_NOTE},
    {"notes", COL_NOTE},
    {"comment", COL_NOTE},
    {"description", COL_NOTE},
    {"malware_file", COL_NAME},
    {"file", COL_NAME},
    {"filename", COL_NAME},
    {"file_name", COL_NAME},
};

typedef struct layout {
    column cols[WD_CSV_FIELDS];
    wd_ind_type types[WD_CSV_FIELDS];
    bool has_value; /* a value column, or typed columns */
} layout;

static column column_of(wd_slice word, wd_ind_type *type)
{
    for (size_t i = 0; i < sizeof column_words / sizeof column_words[0]; i++) {
        if (wd_slice_eq_nocase(word, wd_slice_str(column_words[i].word))) {
            return column_words[i].col;
        }
    }
    return wd_kb_type_word(word, type) ? COL_TYPED : COL_OTHER;
}

/* With a value column, a column such as "host" only describes and is left alone. */
static void read_layout(const wd_csv_row *row, layout *out)
{
    bool has_value = false;
    bool has_typed = false;
    for (size_t i = 0; i < row->n; i++) {
        wd_slice word = row->fields[i];
        word = word.len > 0 && word.ptr[0] == '#' ? wd_slice_sub(word, 1, word.len) : word;
        out->cols[i] = column_of(wd_slice_trim(word), &out->types[i]);
        has_value = has_value || out->cols[i] == COL_VALUE;
        has_typed = has_typed || out->cols[i] == COL_TYPED;
    }
    out->has_value = has_value || has_typed;
    for (size_t i = 0; has_value && i < row->n; i++) {
        out->cols[i] = out->cols[i] == COL_TYPED ? COL_OTHER : out->cols[i];
    }
}

bool wd_kb_looks_like_csv(wd_slice bytes)
{
    wd_arena *arena = wd_arena_new(1U << 16);
    if (arena == NULL) {
        return false;
    }
    wd_csv csv = wd_csv_of(wd_slice_sub(bytes, 0, 8192));
    wd_csv_row row;
    layout l = {0};
    bool yes = false;
    wd_ind_type type;
    for (int i = 0; i < 20 && !yes && wd_csv_next(&csv, arena, &row); i++) {
        read_layout(&row, &l);
        yes = l.has_value;
        for (size_t k = 0; k < row.n && !yes && row.n > 1; k++) {
            yes = wd_indicator_guess(row.fields[k], &type);
        }
    }
    wd_arena_free(arena);
    return yes;
}

/* Applies the describing columns; the first that cannot be read is refused and left out. */
static wd_status describe(wd_kb_input *in, const layout *l, const wd_csv_row *row, wd_indicator *i)
{
    bool safety_said = false;
    for (size_t k = 0; k < row->n; k++) {
        wd_slice s = row->fields[k];
        uint64_t tier = 0;
        bool ok = true;
        if (s.len == 0) {
            continue;
        }
        switch (l->cols[k]) {
        case COL_TYPE: ok = wd_kb_type_word(s, &i->type) || wd_ind_type_parse(s, &i->type); break;
        case COL_ROLE: (void) wd_kb_role_word(s, &i->role); break;
        case COL_SAFETY: ok = safety_said = wd_safety_parse(s, &i->safety); break;
        case COL_SOURCE: i->source = s; break;
        case COL_DATE: ok = wd_time_parse(s, &i->date); break;
        case COL_FIRST: ok = wd_time_parse(s, &i->first); break;
        case COL_LAST: ok = wd_time_parse(s, &i->last); break;
        case COL_TIER:
            ok = wd_slice_to_u64(s, &tier) && tier < WD_TIERS;
            i->tier = ok ? (int) tier : -1;
            break;
        case COL_CAMPAIGN: i->campaign = s; break;
        case COL_NAME: i->name = s; break;
        case COL_NOTE: i->note = s; break;
        case COL_OTHER:
        case COL_VALUE:
        case COL_TYPED: break;
        }
        if (!ok) {
            WD_TRY(wd_kb_refuse(in, WD_KB_LINE(row->line), s,
                                "column %zu cannot be read and is left out of this entry", k + 1));
        }
    }
    wd_kb_default_safety(i, safety_said);
    return WD_OK;
}

static wd_status take_row(wd_kb_input *in, const layout *l, const wd_csv_row *row)
{
    wd_indicator proto = wd_kb_feed_indicator(in);
    bool any = false;
    proto.type = WD_IND_TYPES;
    WD_TRY(describe(in, l, row, &proto));
    for (size_t k = 0; k < row->n; k++) {
        wd_indicator i = proto;
        bool wanted = l->cols[k] == COL_VALUE || l->cols[k] == COL_TYPED ||
                      (!l->has_value && l->cols[k] == COL_OTHER);
        i.value = row->fields[k];
        if (!wanted || i.value.len == 0) {
            continue;
        }
        i.type = l->cols[k] == COL_TYPED ? l->types[k] : proto.type;
        if (i.type == WD_IND_TYPES && !wd_indicator_guess(i.value, &i.type)) {
            continue;
        }
        any = true;
        WD_TRY(wd_kb_take(in, &i, WD_KB_LINE(row->line), NULL));
    }
    return any ? WD_OK
               : wd_kb_refuse(in, WD_KB_LINE(row->line), row->fields[0],
                              "no value of a known type in this row");
}

static bool is_comment_row(const wd_csv_row *row)
{
    return row->fields[0].len > 0 && row->fields[0].ptr[0] == '#';
}

wd_status wd_kb_import_csv(wd_kb_input *in)
{
    wd_csv csv = wd_csv_of(in->bytes);
    wd_csv_row row;
    layout l = {0};
    bool started = false;
    while (wd_csv_next(&csv, in->scratch, &row)) {
        if (!started) {
            read_layout(&row, &l);
            started = l.has_value || !is_comment_row(&row);
            if (l.has_value || is_comment_row(&row)) {
                continue;
            }
        }
        if (is_comment_row(&row)) {
            continue;
        }
        if (row.cut) {
            WD_TRY(wd_kb_refuse(in, WD_KB_LINE(row.line), row.fields[0],
                                "a quote that does not close, or more than %d columns",
                                WD_CSV_FIELDS));
            continue;
        }
        WD_TRY(take_row(in, &l, &row));
        wd_arena_reset(in->scratch);
    }
    return WD_OK;
}

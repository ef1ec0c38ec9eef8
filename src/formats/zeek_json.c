#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "formats/zeek_priv.h"

/* Members of one row whose fields are remembered. */
#define MAX_MEMBERS 128U

/*
 * Rows of one log name the same members in the same order, so the field found for the n-th member
 * of the row before is tried first.
 */
struct shape {
    struct {
        uint8_t key[32];
        size_t len;
        wd_zeek_field field;
    } members[MAX_MEMBERS];
};

static wd_zeek_field field_at(struct shape *s, size_t i, wd_slice key)
{
    if (i >= MAX_MEMBERS || key.len == 0 || key.len > sizeof s->members[i].key) {
        return wd_zeek_field_of(key);
    }
    if (s->members[i].len != key.len || memcmp(s->members[i].key, key.ptr, key.len) != 0) {
        memcpy(s->members[i].key, key.ptr, key.len);
        s->members[i].len = key.len;
        s->members[i].field = wd_zeek_field_of(key);
    }
    return s->members[i].field;
}

/* Text of a value; bytes that are no UTF-8 stand as \xNN in it, as in TSV. */
static wd_slice text_of(wd_arena *scratch, const wd_json *v)
{
    wd_slice s = wd_json_scalar(v);
    if (v == NULL || v->type != WD_JSON_STRING || wd_slice_find(s, WD_S("\\x")) == SIZE_MAX) {
        return s;
    }
    uint8_t *room = wd_arena_alloc(scratch, s.len);
    return room == NULL ? s : wd_zeek_unescape(s, false, room);
}

static wd_slice first_text(wd_arena *scratch, const wd_json *v)
{
    return text_of(scratch, wd_json_is(v, WD_JSON_ARRAY) ? wd_json_first(v) : v);
}

static void take_object(wd_zeek_reader *r, struct shape *s, wd_arena *scratch, const wd_json *root)
{
    wd_zeek_row *row = &r->row;
    size_t i = 0;
    WD_JSON_EACH (member, root) {
        wd_zeek_field field = field_at(s, i++, member->key);
        if (field == WD_ZEEK_NONE || member->type == WD_JSON_NULL) {
            continue;
        }
        if (field == WD_ZEEK_ANSWERS && member->type == WD_JSON_ARRAY) {
            WD_JSON_EACH (answer, member) {
                if (row->n_answers < WD_ZEEK_MAX_ANSWERS) {
                    row->answers[row->n_answers++] = text_of(scratch, answer);
                }
            }
            continue;
        }
        row->has_host = row->has_host || field == WD_ZEEK_HOST;
        row->v[field] = first_text(scratch, member);
    }
}

static wd_status one_line(wd_zeek_reader *r, wd_json_doc *doc, struct shape *s, wd_arena *scratch,
                          wd_slice line)
{
    bool good = false;
    r->row = (wd_zeek_row){.span = r->row.span};
    if (line.len <= WD_MAX_LINE &&
        wd_json_parse(doc, line, scratch, r->row.span.offset, NULL) == WD_OK &&
        wd_json_is(doc->nodes, WD_JSON_OBJECT)) {
        take_object(r, s, scratch, doc->nodes);
        WD_TRY(wd_zeek_give_row(&r->row, r->sink, r->totals, &good));
    }
    if (good) {
        r->totals->records++;
    } else {
        wd_zeek_bad_row(r, r->row.span);
    }
    return WD_OK;
}

wd_status wd_zeek_read_json(wd_zeek_reader *r, wd_slice data, wd_err *err)
{
    wd_json_doc doc = {0};
    wd_slice rest = data;
    wd_slice line;
    wd_status status = WD_OK;
    struct shape *s = WD_NEW(r->arena, struct shape);
    wd_arena *scratch = wd_arena_new(WD_MAX_LINE * 4UL);
    if (s == NULL || scratch == NULL) {
        wd_arena_free(scratch);
        return wd_nomem(err, "zeek");
    }
    while (status == WD_OK && wd_slice_line(&rest, &line)) {
        r->line++;
        if (wd_slice_trim(line).len == 0) {
            continue;
        }
        r->row.span = (wd_span){(uint64_t) (line.ptr - data.ptr), line.len, r->line};
        status = one_line(r, &doc, s, scratch, line);
        wd_arena_reset(scratch);
    }
    wd_arena_free(scratch);
    wd_json_doc_free(&doc);
    return status;
}

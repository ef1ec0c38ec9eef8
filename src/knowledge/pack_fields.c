#include "knowledge/pack_fields.h"

#include <string.h>

#include "core/limits.h"

bool wd_pf_time(wd_slice s, bool end, wd_time *out)
{
    wd_time t = WD_NO_TIME;
    if (!wd_time_parse(s, &t) || t == WD_NO_TIME) {
        return false;
    }
    *out = end && s.len == 10 ? t + WD_TICKS_PER_DAY - 1 : t;
    return true;
}

wd_status wd_pf_texts(wd_kb_input *in, const wd_json *v, wd_slices *out)
{
    bool one = !wd_json_is(v, WD_JSON_ARRAY);
    size_t n = one ? 1 : v->n;
    *out = (wd_slices){WD_ARRAY(in->kb->arena, n, wd_slice), 0};
    if (out->list == NULL) {
        return wd_nomem(in->err, "knowledge");
    }
    if (one) {
        out->list[0] = wd_json_scalar(v);
        out->n = out->list[0].len > 0 ? 1 : 0;
        return WD_OK;
    }
    WD_JSON_EACH (item, v) {
        wd_slice s = wd_json_scalar(item);
        if (s.len > 0) {
            out->list[out->n++] = s;
        }
    }
    return WD_OK;
}

static bool read_tier(wd_slice s, int *out)
{
    uint64_t n = 0;
    if (!wd_slice_to_u64(wd_slice_trim(s), &n) || n >= WD_TIERS) {
        return false;
    }
    *out = (int) n;
    return true;
}

static bool read_tier_range(wd_slice s, int out[2])
{
    size_t dots = wd_slice_find(s, WD_S(".."));
    if (dots == SIZE_MAX) {
        return read_tier(s, &out[0]) && read_tier(s, &out[1]);
    }
    return read_tier(wd_slice_sub(s, 0, dots), &out[0]) &&
           read_tier(wd_slice_sub(s, dots + 2, s.len), &out[1]) && out[0] <= out[1];
}

static bool read_obs_kind(wd_slice s, wd_obs_kind *out)
{
    for (int k = 0; k < WD_OBS_KINDS; k++) {
        if (wd_slice_eq(s, wd_slice_str(wd_obs_kind_name((wd_obs_kind) k)))) {
            *out = (wd_obs_kind) k;
            return true;
        }
    }
    return false;
}

static bool read_basis(wd_slice s, wd_basis *out)
{
    for (int b = WD_SEEN; b <= WD_INFERRED; b++) {
        if (wd_slice_eq(s, wd_slice_str(wd_basis_name((wd_basis) b)))) {
            *out = (wd_basis) b;
            return true;
        }
    }
    return false;
}

static bool read_uint(wd_slice s, unsigned *out)
{
    uint64_t n = 0;
    if (!wd_slice_to_u64(s, &n) || n > UINT32_MAX) {
        return false;
    }
    *out = (unsigned) n;
    return true;
}

/* What a scalar field wants, for the sentence of a refusal. */
static const char *wanted(wd_pf_kind k)
{
    static const char *const words[] = {
        [WD_PF_TEXT] = "a text",
        [WD_PF_TEXTS] = "a list of texts",
        [WD_PF_TIME] = "a date such as 2023-03-30",
        [WD_PF_TIME_END] = "a date such as 2023-03-30",
        [WD_PF_U64] = "a whole number",
        [WD_PF_UINT] = "a whole number",
        [WD_PF_BOOL] = "true or false",
        [WD_PF_TIER] = "a tier from 0 to 6",
        [WD_PF_TIER_RANGE] = "a tier or a range such as 4..6",
        [WD_PF_SEVERITY] = "info, low, medium, high or critical",
        [WD_PF_BASIS] = "seen, likely or inferred",
        [WD_PF_OBS_KIND] = "a kind of observation such as image_load",
        [WD_PF_LIST] = "a list of mappings",
        [WD_PF_SPECIAL] = "another value",
    };
    return words[k];
}

static bool read_scalar(wd_pf_kind kind, const wd_json *v, void *at)
{
    wd_slice s = wd_json_scalar(v);
    switch (kind) {
    case WD_PF_TEXT:
        if (s.len > 0) {
            memcpy(at, &s, sizeof s);
        }
        return s.len > 0;
    case WD_PF_TIME: return wd_pf_time(s, false, at);
    case WD_PF_TIME_END: return wd_pf_time(s, true, at);
    case WD_PF_U64: return wd_slice_to_u64(s, at);
    case WD_PF_UINT: return read_uint(s, at);
    case WD_PF_BOOL:
        *(bool *) at = wd_json_is(v, WD_JSON_TRUE);
        return *(bool *) at || wd_json_is(v, WD_JSON_FALSE);
    case WD_PF_TIER: return read_tier(s, at);
    case WD_PF_TIER_RANGE: return read_tier_range(s, at);
    case WD_PF_SEVERITY: return wd_severity_parse(s, at);
    case WD_PF_BASIS: return read_basis(s, at);
    case WD_PF_OBS_KIND: return read_obs_kind(s, at);
    case WD_PF_TEXTS:
    case WD_PF_LIST:
    case WD_PF_SPECIAL: break;
    }
    return false;
}

/* A list field is a pointer with its count behind it. */
typedef struct list_place {
    void *list;
    size_t n;
} list_place;

static wd_status read_list(wd_kb_input *in, const wd_pf_field *f, const wd_json *v, uint8_t *at)
{
    list_place place = {0};
    if (v->n > WD_MAX_PACK_LIST) {
        return wd_kb_refuse(in, WD_KB_LINE(v->line), v->key, "more than %u entries in '%s'",
                            WD_MAX_PACK_LIST, f->key);
    }
    uint8_t *items = wd_arena_array(in->kb->arena, v->n, f->items->size);
    if (items == NULL) {
        return wd_nomem(in->err, "knowledge");
    }
    place.list = items;
    WD_JSON_EACH (item, v) {
        bool ok = false;
        void *slot = items + place.n * f->items->size;
        memset(slot, 0, f->items->size);
        WD_TRY(wd_pf_read(in, f->items, item, slot, &ok));
        place.n += ok ? 1 : 0;
    }
    memcpy(at, &place, sizeof place);
    return WD_OK;
}

static wd_status read_field(wd_kb_input *in, const wd_pf_table *table, const wd_pf_field *f,
                            const wd_json *v, uint8_t *base)
{
    if (f->kind == WD_PF_SPECIAL) {
        return f->special == NULL ? WD_OK : f->special(in, v, base);
    }
    if (f->kind == WD_PF_TEXTS) {
        return wd_pf_texts(in, v, (wd_slices *) (void *) (base + f->at));
    }
    if (f->kind == WD_PF_LIST && wd_json_is(v, WD_JSON_ARRAY)) {
        return read_list(in, f, v, base + f->at);
    }
    if (f->kind != WD_PF_LIST && read_scalar(f->kind, v, base + f->at)) {
        return WD_OK;
    }
    return wd_kb_refuse(in, WD_KB_LINE(v->line), v->key, "'%s' of the %s must be %s", f->key,
                        table->what, wanted(f->kind));
}

static const wd_pf_field *find_field(const wd_pf_table *table, wd_slice key)
{
    for (size_t i = 0; i < table->n; i++) {
        if (wd_slice_eq(key, wd_slice_str(table->fields[i].key))) {
            return &table->fields[i];
        }
    }
    return NULL;
}

/* Required fields are texts, lists of texts or times that start out as zero or no time. */
static bool is_missing(const wd_pf_field *f, const wd_json *v)
{
    const wd_json *m = f->required ? wd_json_get(v, f->key) : NULL;
    return f->required && (m == NULL || wd_json_is(m, WD_JSON_NULL));
}

wd_status wd_pf_read(wd_kb_input *in, const wd_pf_table *table, const wd_json *v, void *base,
                     bool *ok)
{
    *ok = false;
    if (!wd_json_is(v, WD_JSON_OBJECT)) {
        return wd_kb_refuse(in, WD_KB_LINE(v->line), v->text, "a %s must be a mapping",
                            table->what);
    }
    if (table->init != NULL) {
        table->init(base);
    }
    size_t refused_before = in->file->refused;
    size_t unknown = 0;
    WD_JSON_EACH (member, v) {
        const wd_pf_field *f = find_field(table, member->key);
        if (f == NULL) {
            unknown++;
            WD_TRY(wd_kb_refuse(in, WD_KB_LINE(member->line), member->key,
                                "no such key in a %s; see knowledge/README.md", table->what));
            continue;
        }
        WD_TRY(read_field(in, table, f, member, base));
    }
    bool bad_value = in->file->refused > refused_before + unknown;
    for (size_t i = 0; i < table->n; i++) {
        if (is_missing(&table->fields[i], v)) {
            return wd_kb_refuse(in, WD_KB_LINE(v->line), wd_slice_str(table->what),
                                "a %s needs '%s'", table->what, table->fields[i].key);
        }
    }
    const char *wrong = table->check == NULL ? NULL : table->check(base);
    if (wrong != NULL) {
        return wd_kb_refuse(in, WD_KB_LINE(v->line), wd_slice_str(table->what), "%s", wrong);
    }
    /* Lists inside count their own refusals; the campaign stays whatever they lost. */
    *ok = !bad_value || table == &wd_pf_campaign;
    return WD_OK;
}

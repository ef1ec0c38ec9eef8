#include <stdlib.h>

#include "core/limits.h"
#include "knowledge/kb_priv.h"

/* --- order ---------------------------------------------------------------------------------- */

static int int_cmp(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int indicator_cmp(const void *pa, const void *pb)
{
    const wd_indicator *a = pa;
    const wd_indicator *b = pb;
    int d = int_cmp(a->type, b->type);
    d = d != 0 ? d : wd_slice_cmp(a->value, b->value);
    d = d != 0 ? d : int_cmp(b->exact, a->exact); /* exact entries in front, see without_exact */
    d = d != 0 ? d : wd_slice_cmp(a->campaign, b->campaign);
    d = d != 0 ? d : int_cmp(a->role, b->role);
    d = d != 0 ? d : wd_slice_cmp(a->source, b->source);
    d = d != 0 ? d : int_cmp(a->date, b->date);
    d = d != 0 ? d : wd_slice_cmp(a->origin, b->origin);
    d = d != 0 ? d : int_cmp(a->line, b->line);
    return d != 0 ? d : int_cmp(a->ordinal, b->ordinal);
}

static bool is_repeat(const wd_indicator *a, const wd_indicator *b)
{
    return a->type == b->type && a->role == b->role && a->exact == b->exact && a->date == b->date &&
           a->safety == b->safety && wd_slice_eq(a->value, b->value) &&
           wd_slice_eq(a->campaign, b->campaign) && wd_slice_eq(a->source, b->source);
}

static void sort_indicators(wd_knowledge *kb)
{
    if (kb->n_indicators == 0) {
        return;
    }
    wd_sort(kb->indicators, kb->n_indicators, sizeof *kb->indicators, indicator_cmp);
    size_t n = 1;
    for (size_t i = 1; i < kb->n_indicators; i++) {
        if (!is_repeat(&kb->indicators[n - 1], &kb->indicators[i])) {
            kb->indicators[n++] = kb->indicators[i];
        }
    }
    kb->n_indicators = n;
    for (size_t i = 0; i < n; i++) {
        kb->indicators[i].ordinal = (uint32_t) i;
    }
}

/* --- groups --------------------------------------------------------------------------------- */

static wd_slice key_of(const wd_indicator *i)
{
    if (i->type == WD_IND_URL) {
        wd_slice host = wd_url_host(i->value);
        return wd_slice_starts(host, WD_S("*.")) ? wd_slice_sub(host, 2, host.len) : host;
    }
    return i->type == WD_IND_FILE ? wd_path_base(i->value) : i->value;
}

static wd_kb_group group_of(const wd_knowledge *kb, size_t first)
{
    const wd_indicator *list = &kb->indicators[first];
    wd_kb_group g = {0};
    bool hostile = false;
    bool harmless = false;
    size_t n = 0;
    for (; first + n < kb->n_indicators && list[n].type == list[0].type &&
           wd_slice_eq(list[n].value, list[0].value);
         n++) {
        /* A feed that names no role says "bad" all the same. */
        hostile = hostile || wd_role_hostile(list[n].role) || list[n].role == WD_ROLE_UNKNOWN;
        harmless = harmless || wd_role_harmless(list[n].role);
        g.safety = list[n].safety > g.safety ? list[n].safety : g.safety;
    }
    g.key = key_of(list);
    g.type = list[0].type;
    g.hash = wd_kb_hash(g.type, g.key);
    g.first = (uint32_t) first;
    g.n = (uint32_t) n;
    g.conflict = hostile && harmless;
    return g;
}

static int group_cmp(const void *pa, const void *pb)
{
    const wd_kb_group *a = pa;
    const wd_kb_group *b = pb;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    int d = int_cmp(a->type, b->type);
    d = d != 0 ? d : wd_kb_key_cmp(a->key, b->key);
    return d != 0 ? d : int_cmp(a->first, b->first);
}

static void note_prefix(wd_kb_index *x, wd_slice value)
{
    size_t slash = wd_slice_find_byte(value, '/');
    uint64_t bits = 0;
    if (slash == SIZE_MAX || !wd_slice_to_u64(wd_slice_sub(value, slash + 1, value.len), &bits)) {
        return;
    }
    bool v6 = wd_slice_find_byte(value, ':') != SIZE_MAX;
    if (v6 && bits <= 128) {
        x->prefix6[bits] = true;
    } else if (!v6 && bits <= 32) {
        x->prefix4[bits] = true;
    }
}

static wd_status build_groups(wd_knowledge *kb, wd_err *err)
{
    wd_kb_index *x = &kb->index;
    size_t n = 0;
    for (size_t i = 0; i < kb->n_indicators; i += group_of(kb, i).n) {
        n++;
    }
    x->groups = WD_ARRAY(kb->arena, n, wd_kb_group);
    if (x->groups == NULL) {
        return wd_nomem(err, "knowledge");
    }
    for (size_t i = 0; i < kb->n_indicators; i += x->groups[x->n - 1].n) {
        x->groups[x->n++] = group_of(kb, i);
        if (kb->indicators[i].type == WD_IND_IP) {
            note_prefix(x, kb->indicators[i].value);
        }
    }
    wd_sort(x->groups, x->n, sizeof *x->groups, group_cmp);
    return WD_OK;
}

/* Four places per group keep most misses at one load. */
static wd_status build_directory(wd_knowledge *kb, wd_err *err)
{
    wd_kb_index *x = &kb->index;
    x->bits = 4;
    while (((size_t) 1 << x->bits) < x->n * 4) {
        x->bits++;
    }
    size_t places = (size_t) 1 << x->bits;
    x->start = WD_ARRAY(kb->arena, places + 1, uint32_t);
    if (x->start == NULL) {
        return wd_nomem(err, "knowledge");
    }
    size_t g = 0;
    for (size_t p = 0; p <= places; p++) {
        while (g < x->n && (x->groups[g].hash >> (64 - x->bits)) < p) {
            g++;
        }
        x->start[p] = (uint32_t) g;
    }
    return WD_OK;
}

static wd_status build_filter(wd_knowledge *kb, wd_err *err)
{
    wd_kb_index *x = &kb->index;
    uint64_t bits = 64;
    while (bits < (uint64_t) x->n * 16 && bits < (UINT64_C(1) << 26)) {
        bits *= 2;
    }
    x->filter = WD_ARRAY(kb->arena, (size_t) (bits / 64), uint64_t);
    x->filter_mask = bits - 1;
    if (x->filter == NULL) {
        return wd_nomem(err, "knowledge");
    }
    for (size_t i = 0; i < x->n; i++) {
        wd_kb_filter_add(x, x->groups[i].hash);
    }
    return WD_OK;
}

static bool has_wildcard(wd_slice s)
{
    return wd_slice_find_byte(s, '*') != SIZE_MAX || wd_slice_find_byte(s, '?') != SIZE_MAX;
}

static wd_status collect_file_globs(wd_knowledge *kb, wd_err *err)
{
    wd_kb_index *x = &kb->index;
    size_t cap = 0;
    wd_slices *l = &x->file_globs;
    for (size_t i = 0; i < x->n; i++) {
        wd_slice key = x->groups[i].key;
        if (x->groups[i].type != WD_IND_FILE || !has_wildcard(key) ||
            (i > 0 && wd_slice_eq(key, x->groups[i - 1].key))) {
            continue;
        }
        if (l->n >= WD_MAX_FILE_GLOBS) {
            return wd_fail(err, WD_E_LIMIT, WD_NO_OFFSET, "knowledge",
                           "more than %u file names with wildcards; give plain names",
                           WD_MAX_FILE_GLOBS);
        }
        WD_TRY(WD_ROOM(kb->arena, l->list, l->n, cap));
        l->list[l->n++] = key;
    }
    return WD_OK;
}

wd_status wd_kb_index_build(wd_knowledge *kb, wd_err *err)
{
    sort_indicators(kb);
    WD_TRY(build_groups(kb, err));
    WD_TRY(build_directory(kb, err));
    WD_TRY(build_filter(kb, err));
    return collect_file_globs(kb, err);
}

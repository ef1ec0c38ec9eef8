#include "report/document.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Indicators that the evidence holds: every published one that some record or file meets, with all
 * that is said of it (conflicts side by side, never merged), and the files that this case itself
 * shows to be altered.
 */

typedef struct met {
    const char *type;
    wd_slice value;
    wd_slice role;
    const char *safety;
    wd_slice source;
    wd_time date;
    wd_slice note;
    wd_slice campaign;
    bool conflict;
    wd_refs refs;
} met;

typedef struct collector {
    const wd_model *m;
    met *list;
    size_t n, cap;
    wd_map by_key; /* type, value, source -> index + 1 */
    wd_map looked; /* names already looked up that nobody speaks of */
} collector;

enum { MOST_REFS = 8 };

static wd_status add(collector *c, const met *one, wd_ref ref)
{
    wd_arena *arena = c->m->arena;
    wd_slice key = wd_arena_printf(arena, "%s %.*s %.*s %.*s", one->type, WD_ARG(one->value),
                                   WD_ARG(one->source), WD_ARG(one->role));
    uintptr_t *slot = key.ptr == NULL ? NULL : wd_map_put(&c->by_key, key, NULL);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    if (*slot == 0) {
        WD_TRY(WD_ROOM(arena, c->list, c->n, c->cap));
        c->list[c->n++] = *one;
        *slot = c->n;
    }
    met *kept = &c->list[*slot - 1];
    return kept->refs.n < MOST_REFS ? wd_refs_add(arena, &kept->refs, ref) : WD_OK;
}

static wd_status add_match(collector *c, const wd_match *match, wd_ref ref)
{
    for (size_t i = 0; i < match->n && !match->name_only; i++) {
        const wd_indicator *ind = &match->list[i];
        met one = {.type = wd_ind_type_name(ind->type),
                   .value = ind->value,
                   .role = wd_slice_str(wd_role_words(ind->role)),
                   .safety = wd_safety_name(match->safety),
                   .source = ind->source,
                   .date = ind->date,
                   .note = ind->note,
                   .campaign = ind->campaign,
                   .conflict = match->conflict};
        WD_TRY(add(c, &one, ref));
    }
    return WD_OK;
}

static wd_status look_up(collector *c, wd_slice value, wd_ref ref,
                         size_t (*match)(const wd_knowledge *, wd_slice, wd_match *, size_t))
{
    wd_match hits[WD_KB_MATCHES];
    if (value.len == 0 || wd_map_find(&c->looked, value) != NULL) {
        return WD_OK;
    }
    size_t n = match(c->m->knowledge, value, hits, WD_KB_MATCHES);
    for (size_t i = 0; i < n; i++) {
        WD_TRY(add_match(c, &hits[i], ref));
    }
    if (n == 0) {
        wd_slice kept = wd_arena_copy(c->m->arena, value);
        if (kept.ptr == NULL || wd_map_put(&c->looked, kept, NULL) == NULL) {
            return WD_E_NOMEM;
        }
    }
    return WD_OK;
}

static wd_status traffic_row(void *ctx, const wd_case_obs *row)
{
    collector *c = ctx;
    wd_ref ref = {'E', row->item};
    WD_TRY(look_up(c, wd_obs_get(&row->obs, WD_K_NAME), ref, wd_knowledge_match_name));
    WD_TRY(look_up(c, wd_obs_get(&row->obs, WD_K_DST), ref, wd_knowledge_match_ip));
    return look_up(c, wd_obs_get(&row->obs, WD_K_URL), ref, wd_knowledge_match_url);
}

static wd_status file_row(void *ctx, const wd_case_obs *row)
{
    static const wd_key keys[] = {WD_K_SHA256, WD_K_SHA1, WD_K_MD5};
    collector *c = ctx;
    for (size_t i = 0; i < 3; i++) {
        wd_slice hash = wd_obs_get(&row->obs, keys[i]);
        wd_match match = {0};
        if (hash.len > 0) {
            match = wd_knowledge_match_hash(c->m->knowledge, hash);
        }
        WD_TRY(add_match(c, &match, (wd_ref){'E', row->item}));
    }
    return WD_OK;
}

static wd_status own_files(collector *c)
{
    for (size_t i = 0; i < c->m->n_findings; i++) {
        const wd_case_finding *f = &c->m->findings[i];
        const wd_case_item *item = wd_model_item(c->m, f->item);
        if (!wd_finding_is_structural(f) || f->finding.severity < WD_HIGH || item == NULL ||
            item->sha256.len == 0) {
            continue;
        }
        met one = {.type = "sha256",
                   .value = item->sha256,
                   .role = WD_S("altered file"),
                   .safety = "block",
                   .source = WD_S("this case"),
                   .date = WD_NO_TIME,
                   .note = wd_path_base(item->path)};
        WD_TRY(add(c, &one, (wd_ref){'F', f->number}));
    }
    return WD_OK;
}

static int by_value(const void *x, const void *y)
{
    const met *a = x;
    const met *b = y;
    int c = wd_slice_cmp(wd_slice_str(a->type), wd_slice_str(b->type));
    c = c != 0 ? c : wd_slice_cmp(a->value, b->value);
    c = c != 0 ? c : wd_slice_cmp(a->source, b->source);
    return c != 0 ? c : wd_slice_cmp(a->role, b->role);
}

static wd_status collect(collector *c, wd_err *err)
{
    uint32_t traffic = 1U << WD_OBS_CONTACT | 1U << WD_OBS_LOOKUP | 1U << WD_OBS_REQUEST;
    uint32_t files = 1U << WD_OBS_FILE | 1U << WD_OBS_PROCESS | 1U << WD_OBS_IMAGE_LOAD |
                     1U << WD_OBS_FILE_WRITE;
    WD_TRY(wd_case_each_obs(c->m->cs, traffic, traffic_row, c, err));
    WD_TRY(wd_case_each_obs(c->m->cs, files, file_row, c, err));
    return own_files(c);
}

wd_status wd_document_indicators(wd_jw *w, const wd_model *m, wd_err *err)
{
    collector c = {.m = m, .by_key.arena = m->arena, .looked.arena = m->arena};
    wd_status s = collect(&c, err);
    if (s != WD_OK) {
        return wd_fail(err, s, WD_NO_OFFSET, "report.indicators",
                       "the indicators do not fit in memory");
    }
    if (c.n > 1) {
        wd_sort(c.list, c.n, sizeof *c.list, by_value);
    }
    wd_jw_key(w, "indicators");
    wd_jw_array(w);
    for (size_t i = 0; i < c.n; i++) {
        char id[24];
        char date[WD_TIME_TEXT];
        snprintf(id, sizeof id, "I-%03zu", i + 1);
        wd_time_format_seconds(c.list[i].date, date);
        wd_jw_object(w);
        wd_jw_member_str(w, "id", id);
        wd_jw_member_str(w, "type", c.list[i].type);
        wd_jw_member_slice(w, "value", c.list[i].value);
        wd_jw_member_slice(w, "role", c.list[i].role);
        wd_jw_member_str(w, "block_safety", c.list[i].safety);
        wd_jw_member_slice(w, "source", c.list[i].source);
        wd_jw_member_slice(w, "date", wd_slice_sub(wd_slice_str(date), 0, 10));
        wd_jw_member_slice(w, "why", c.list[i].note);
        wd_jw_member_slice(w, "campaign", c.list[i].campaign);
        wd_jw_member_bool(w, "conflict", c.list[i].conflict);
        wd_document_refs(w, "evidence", &c.list[i].refs);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
    return WD_OK;
}

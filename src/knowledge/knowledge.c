#include "knowledge/knowledge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/limits.h"
#include "knowledge/kb_priv.h"

wd_knowledge *wd_knowledge_new(wd_arena *arena)
{
    wd_knowledge *kb = WD_NEW(arena, wd_knowledge);
    if (kb != NULL) {
        kb->arena = arena;
        kb->interned.arena = arena;
    }
    return kb;
}

wd_slice wd_kb_intern(wd_knowledge *kb, wd_slice s)
{
    if (s.len == 0) {
        return WD_S("");
    }
    const uintptr_t *known = wd_map_find(&kb->interned, s);
    if (known != NULL) {
        return wd_slice_of((const void *) *known, s.len);
    }
    wd_slice copy = wd_arena_copy(kb->arena, s);
    if (copy.ptr == NULL) {
        return copy;
    }
    uintptr_t *slot = wd_map_put(&kb->interned, copy, NULL);
    if (slot == NULL) {
        return (wd_slice){0};
    }
    *slot = (uintptr_t) copy.ptr;
    return copy;
}

wd_status wd_kb_refuse(wd_kb_input *in, wd_kb_place place, wd_slice what, const char *fmt, ...)
{
    wd_knowledge *kb = in->kb;
    char text[WD_ERR_TEXT];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    in->file->refused++;
    kb->total_refused++;
    if (n < 0 || kb->n_refused >= WD_MAX_KB_REFUSED) {
        return WD_OK;
    }
    if (WD_ROOM(kb->arena, kb->refused, kb->n_refused, kb->cap_refused) != WD_OK) {
        return wd_nomem(in->err, "knowledge");
    }
    wd_refused *r = &kb->refused[kb->n_refused];
    *r = (wd_refused){in->name, place.line, place.offset, {0}, {0}};
    r->what = wd_arena_copy(kb->arena, wd_slice_sub(what, 0, 120));
    r->why = wd_arena_copy(kb->arena, wd_slice_str(text));
    if (r->what.ptr == NULL || r->why.ptr == NULL) {
        return wd_nomem(in->err, "knowledge");
    }
    kb->n_refused++;
    return WD_OK;
}

wd_indicator wd_kb_feed_indicator(const wd_kb_input *in)
{
    return (wd_indicator){.role = WD_ROLE_UNKNOWN,
                          .safety = WD_SAFETY_WATCH,
                          .tier = -1,
                          .source = wd_path_base(in->name),
                          .date = WD_NO_TIME,
                          .first = WD_NO_TIME,
                          .last = WD_NO_TIME};
}

/* A role that only harmless things have must never reach a block list, whatever the entry says. */
static bool is_safe_enough(const wd_indicator *i)
{
    return !(wd_role_harmless(i->role) && i->role != WD_ROLE_GENUINE &&
             i->safety == WD_SAFETY_BLOCK);
}

static bool host_wildcard_inside(const wd_indicator *i)
{
    if (i->type != WD_IND_URL) {
        return false;
    }
    wd_slice host = wd_url_host(i->value);
    host = wd_slice_starts(host, WD_S("*.")) ? wd_slice_sub(host, 2, host.len) : host;
    return host.len == 0 || wd_slice_find_byte(host, '*') != SIZE_MAX;
}

static wd_status keep(wd_kb_input *in, wd_indicator i)
{
    wd_knowledge *kb = in->kb;
    wd_slice *texts[] = {&i.value, &i.source, &i.name, &i.note, &i.campaign};
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        *texts[k] = wd_kb_intern(kb, *texts[k]);
        if (texts[k]->ptr == NULL) {
            return wd_nomem(in->err, "knowledge");
        }
    }
    i.origin = in->name;
    if (kb->n_indicators >= WD_MAX_INDICATORS) {
        return wd_fail(in->err, WD_E_LIMIT, WD_NO_OFFSET, "knowledge", "more than %u indicators",
                       WD_MAX_INDICATORS);
    }
    if (WD_ROOM(kb->arena, kb->indicators, kb->n_indicators, kb->cap_indicators) != WD_OK) {
        return wd_nomem(in->err, "knowledge");
    }
    i.ordinal = (uint32_t) kb->n_indicators;
    kb->indicators[kb->n_indicators++] = i;
    in->file->taken++;
    return WD_OK;
}

wd_status wd_kb_take(wd_kb_input *in, const wd_indicator *proto, wd_kb_place place, bool *taken)
{
    wd_indicator i = *proto;
    wd_err why = {0};
    bool ok = false;
    wd_status s = wd_indicator_normalise(i.type, proto->value, in->scratch, &i.value, &why);
    if (s == WD_E_NOMEM) {
        return wd_nomem(in->err, "knowledge");
    }
    if (s != WD_OK) {
        s = wd_kb_refuse(in, place, proto->value, "%s", why.text);
    } else if (!is_safe_enough(&i)) {
        s = wd_kb_refuse(in, place, proto->value, "a %s must not be marked 'block'; write 'never'",
                         wd_role_words(i.role));
    } else if (host_wildcard_inside(&i)) {
        s = wd_kb_refuse(in, place, proto->value,
                         "a * in the host of a URL is allowed only as its first label");
    } else {
        i.line = place.line;
        s = keep(in, i);
        ok = s == WD_OK;
    }
    if (taken != NULL) {
        *taken = ok;
    }
    return s;
}

/* --- what is there -------------------------------------------------------------------------- */

size_t wd_knowledge_campaigns(const wd_knowledge *kb)
{
    return kb->n_campaigns;
}

const wd_campaign *wd_knowledge_campaign(const wd_knowledge *kb, size_t i)
{
    return kb->campaigns[i];
}

const wd_campaign *wd_knowledge_find_campaign(const wd_knowledge *kb, wd_slice id)
{
    for (size_t i = 0; i < kb->n_campaigns; i++) {
        if (wd_slice_eq_nocase(kb->campaigns[i]->id, id)) {
            return kb->campaigns[i];
        }
    }
    for (size_t i = 0; i < kb->n_campaigns; i++) {
        const wd_slices *names = &kb->campaigns[i]->aliases;
        for (size_t k = 0; k < names->n; k++) {
            if (wd_slice_eq_nocase(names->list[k], id)) {
                return kb->campaigns[i];
            }
        }
    }
    return NULL;
}

size_t wd_knowledge_indicators(const wd_knowledge *kb)
{
    return kb->n_indicators;
}

const wd_indicator *wd_knowledge_indicator(const wd_knowledge *kb, size_t i)
{
    return &kb->indicators[i];
}

size_t wd_knowledge_files(const wd_knowledge *kb)
{
    return kb->n_files;
}

const wd_kb_file *wd_knowledge_file(const wd_knowledge *kb, size_t i)
{
    return &kb->files[i];
}

wd_time wd_knowledge_as_of(const wd_knowledge *kb)
{
    wd_time newest = WD_NO_TIME;
    for (size_t i = 0; i < kb->n_campaigns; i++) {
        newest = kb->campaigns[i]->as_of > newest ? kb->campaigns[i]->as_of : newest;
    }
    return newest;
}

size_t wd_knowledge_refused_total(const wd_knowledge *kb)
{
    return kb->total_refused;
}

size_t wd_knowledge_refused(const wd_knowledge *kb)
{
    return kb->n_refused;
}

const wd_refused *wd_knowledge_refusal(const wd_knowledge *kb, size_t i)
{
    return &kb->refused[i];
}

size_t wd_knowledge_brands(const wd_knowledge *kb)
{
    return kb->n_brands;
}

const wd_brand *wd_knowledge_brand(const wd_knowledge *kb, size_t i)
{
    return &kb->brands[i];
}

/* --- lists of programs and modules ---------------------------------------------------------- */

static wd_status add_all(wd_knowledge *kb, wd_slices *to, size_t *cap, const wd_slices *from)
{
    for (size_t i = 0; i < from->n; i++) {
        WD_TRY(WD_ROOM(kb->arena, to->list, to->n, *cap));
        to->list[to->n++] = from->list[i];
    }
    return WD_OK;
}

static int nocase_cmp(const void *a, const void *b)
{
    const wd_slice *x = a;
    const wd_slice *y = b;
    int d = wd_kb_key_cmp(*x, *y);
    return d != 0 ? d : wd_slice_cmp(*x, *y);
}

static void sort_unique(wd_slices *l)
{
    if (l->n == 0) {
        return;
    }
    wd_sort(l->list, l->n, sizeof *l->list, nocase_cmp);
    size_t n = 1;
    for (size_t i = 1; i < l->n; i++) {
        if (!wd_slice_eq_nocase(l->list[n - 1], l->list[i])) {
            l->list[n++] = l->list[i];
        }
    }
    l->n = n;
}

static wd_status build_lists(wd_knowledge *kb)
{
    size_t cap_programs = 0;
    size_t cap_modules = 0;
    for (size_t c = 0; c < kb->n_campaigns; c++) {
        const wd_campaign *cp = kb->campaigns[c];
        for (size_t p = 0; p < cp->n_products; p++) {
            WD_TRY(add_all(kb, &kb->programs, &cap_programs, &cp->products[p].programs));
            WD_TRY(add_all(kb, &kb->modules, &cap_modules, &cp->products[p].modules));
        }
    }
    sort_unique(&kb->programs);
    sort_unique(&kb->modules);
    return WD_OK;
}

bool wd_knowledge_list(const wd_knowledge *kb, wd_slice name, wd_slices *out)
{
    if (wd_slice_eq_nocase(name, WD_S("suspect_program"))) {
        *out = kb->programs;
    } else if (wd_slice_eq_nocase(name, WD_S("suspect_module"))) {
        *out = kb->modules;
    } else {
        return false;
    }
    return true;
}

/* --- adding and finishing ------------------------------------------------------------------- */

static int campaign_cmp(const void *a, const void *b)
{
    const wd_campaign *const *x = a;
    const wd_campaign *const *y = b;
    return wd_slice_cmp((*x)->id, (*y)->id);
}

static int brand_cmp(const void *a, const void *b)
{
    const wd_brand *x = a;
    const wd_brand *y = b;
    return wd_slice_cmp(x->word, y->word);
}

static int file_cmp(const void *a, const void *b)
{
    const wd_kb_file *x = a;
    const wd_kb_file *y = b;
    int d = wd_slice_cmp(x->name, y->name);
    return d != 0 ? d : wd_slice_cmp(x->sha256, y->sha256);
}

/* The genuine companions of each campaign, where its proofs look for them. */
static wd_status collect_genuine(wd_knowledge *kb, wd_campaign *c)
{
    size_t cap = 0;
    for (size_t i = 0; i < kb->n_indicators; i++) {
        const wd_indicator *x = &kb->indicators[i];
        if (x->role == WD_ROLE_GENUINE && x->type == WD_IND_SHA256 &&
            wd_slice_eq(x->campaign, c->id)) {
            WD_TRY(WD_ROOM(kb->arena, c->genuine.list, c->genuine.n, cap));
            c->genuine.list[c->genuine.n++] = x->value;
        }
    }
    return WD_OK;
}

wd_status wd_knowledge_finish(wd_knowledge *kb, wd_err *err)
{
    if (kb->n_campaigns > 0) {
        wd_sort(kb->campaigns, kb->n_campaigns, sizeof *kb->campaigns, campaign_cmp);
    }
    if (kb->n_brands > 0) {
        wd_sort(kb->brands, kb->n_brands, sizeof *kb->brands, brand_cmp);
    }
    if (kb->n_files > 0) {
        wd_sort(kb->files, kb->n_files, sizeof *kb->files, file_cmp);
    }
    wd_status s = wd_kb_index_build(kb, err);
    for (size_t c = 0; s == WD_OK && c < kb->n_campaigns; c++) {
        s = collect_genuine(kb, kb->campaigns[c]);
    }
    s = s == WD_OK ? build_lists(kb) : s;
    kb->finished = s == WD_OK;
    return s == WD_E_NOMEM ? wd_nomem(err, "knowledge") : s;
}

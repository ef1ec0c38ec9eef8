#ifndef WD_FUZZ_FUZZ_KNOWLEDGE_H
#define WD_FUZZ_FUZZ_KNOWLEDGE_H

#include <stdlib.h>
#include <string.h>

#include "knowledge/knowledge.h"

/* Every indicator must be found again by its own value, and its slices be readable. */
static inline void fuzz_find_again(const wd_knowledge *kb, const wd_indicator *i)
{
    wd_match m[WD_KB_MATCHES];
    if (i->type == WD_IND_DOMAIN && wd_knowledge_match_name(kb, i->value, m, WD_KB_MATCHES) == 0) {
        abort();
    }
    if (i->type == WD_IND_IP && wd_slice_find_byte(i->value, '/') == SIZE_MAX &&
        wd_knowledge_match_ip(kb, i->value, m, WD_KB_MATCHES) == 0) {
        abort();
    }
    if (i->type <= WD_IND_MD5 && wd_knowledge_match_hash(kb, i->value).n == 0) {
        abort();
    }
    (void) wd_knowledge_match_url(kb, i->value, m, WD_KB_MATCHES);
    wd_slice none[3] = {{0}, {0}, {0}};
    (void) wd_knowledge_match_file(kb, i->value, none, m, WD_KB_MATCHES);
    if (wd_slice_hash(i->source) + wd_slice_hash(i->note) + wd_slice_hash(i->name) == 1) {
        abort(); /* reads them; never taken in earnest */
    }
}

/* Proofs, versions and markers of a pack against an observation made of the pack's own words. */
static inline void fuzz_campaign(const wd_knowledge *kb, const wd_campaign *c)
{
    wd_time t = 0;
    wd_obs o = wd_obs_of(WD_OBS_PROCESS, (wd_span){0, 0, 0}, 0);
    wd_obs_set(&o, WD_K_PROCESS, c->title);
    wd_obs_set(&o, WD_K_PATH, c->summary);
    for (size_t i = 0; i < c->n_proofs; i++) {
        o.kind = c->proofs[i].kind;
        (void) wd_proof_matches(c, &c->proofs[i], &o);
    }
    for (size_t i = 0; i < c->n_products; i++) {
        const wd_product *p = &c->products[i];
        wd_product_query q = {p->name, c->title, p->affected.n > 0 ? p->affected.list[0] : p->note,
                              p->platform, c};
        (void) wd_knowledge_version(kb, &q);
    }
    for (size_t i = 0; i < c->n_markers; i++) {
        (void) wd_marker_time(&c->markers[i], c->title, &t);
    }
}

static inline void fuzz_knowledge(wd_slice bytes)
{
    wd_arena *arena = wd_arena_new(64U << 20);
    wd_knowledge *kb = arena == NULL ? NULL : wd_knowledge_new(arena);
    if (kb != NULL && wd_knowledge_add(kb, WD_S("input"), bytes, NULL) != WD_E_NOMEM &&
        wd_knowledge_finish(kb, NULL) == WD_OK) {
        for (size_t i = 0; i < wd_knowledge_indicators(kb); i++) {
            fuzz_find_again(kb, wd_knowledge_indicator(kb, i));
        }
        for (size_t i = 0; i < wd_knowledge_campaigns(kb); i++) {
            fuzz_campaign(kb, wd_knowledge_campaign(kb, i));
        }
    }
    wd_arena_free(arena);
}

#endif

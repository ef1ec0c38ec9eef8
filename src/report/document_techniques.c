#include "report/document.h"

#include <stdlib.h>

#include "knowledge/techniques.h"

/*
 * Names of the ATT&CK techniques that the findings and the path carry, and of the tactics they
 * belong to, so that the report explains itself.
 */

typedef struct used {
    wd_slice *ids;
    size_t n, cap;
    wd_map seen;
    wd_arena *arena;
} used;

static wd_status note(used *u, wd_slice ids)
{
    wd_slice id;
    while (wd_slice_split(&ids, ' ', &id)) {
        bool added = false;
        if (id.len == 0) {
            continue;
        }
        if (wd_map_put(&u->seen, id, &added) == NULL) {
            return WD_E_NOMEM;
        }
        if (added) {
            WD_TRY(WD_ROOM(u->arena, u->ids, u->n, u->cap));
            u->ids[u->n++] = id;
        }
    }
    return WD_OK;
}

static bool in_tactic(const wd_technique_name *t, wd_slice tactic)
{
    wd_slice rest = t->tactics;
    wd_slice one;
    while (wd_slice_split(&rest, '|', &one)) {
        if (wd_slice_eq(one, tactic)) {
            return true;
        }
    }
    return false;
}

static void techniques(wd_jw *w, const wd_knowledge *kb, const used *u)
{
    wd_jw_key(w, "techniques");
    wd_jw_array(w);
    for (size_t i = 0; i < u->n; i++) {
        const wd_technique_name *t = wd_knowledge_technique(kb, u->ids[i]);
        if (t == NULL) {
            continue;
        }
        wd_jw_object(w);
        wd_jw_member_slice(w, "id", t->id);
        wd_jw_member_slice(w, "name", t->name);
        wd_jw_key(w, "tactics");
        wd_jw_array(w);
        wd_slice rest = t->tactics;
        wd_slice one;
        while (wd_slice_split(&rest, '|', &one)) {
            wd_jw_slice(w, one);
        }
        wd_jw_array_end(w);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

static void tactics(wd_jw *w, const wd_knowledge *kb, const used *u)
{
    wd_jw_key(w, "tactics");
    wd_jw_array(w);
    for (size_t i = 0; i < wd_knowledge_tactics(kb); i++) {
        const wd_tactic_name *tactic = wd_knowledge_tactic(kb, i);
        bool any = false;
        for (size_t j = 0; j < u->n && !any; j++) {
            const wd_technique_name *t = wd_knowledge_technique(kb, u->ids[j]);
            any = t != NULL && in_tactic(t, tactic->short_name);
        }
        if (any) {
            wd_jw_object(w);
            wd_jw_member_slice(w, "id", tactic->short_name);
            wd_jw_member_slice(w, "attack_id", tactic->id);
            wd_jw_member_slice(w, "name", tactic->name);
            wd_jw_object_end(w);
        }
    }
    wd_jw_array_end(w);
}

wd_status wd_document_techniques(wd_jw *w, const wd_model *m, wd_err *err)
{
    used u = {.arena = m->arena, .seen = {.arena = m->arena}};
    wd_status s = WD_OK;
    for (size_t i = 0; s == WD_OK && i < m->n_findings; i++) {
        s = note(&u, m->findings[i].finding.techniques);
    }
    for (size_t i = 0; s == WD_OK && i < m->roster.n; i++) {
        for (size_t j = 0; s == WD_OK && j < m->hosts[i].n_proofs; j++) {
            s = note(&u, m->hosts[i].proofs[j].technique);
        }
    }
    if (s != WD_OK) {
        return wd_nomem(err, "report");
    }
    if (u.n > 0) {
        wd_sort(u.ids, u.n, sizeof *u.ids, wd_slice_qsort);
    }
    techniques(w, m->knowledge, &u);
    tactics(w, m->knowledge, &u);
    return WD_OK;
}

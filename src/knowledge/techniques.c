#include "knowledge/techniques.h"

#include "knowledge/kb_priv.h"

#define MAX_FIELDS 5U

/* Splits a line at tabs; fields that are not there stay empty. */
static size_t fields(wd_slice line, wd_slice out[static MAX_FIELDS])
{
    size_t n = 0;
    for (size_t i = 0; i < MAX_FIELDS; i++) {
        out[i] = (wd_slice){0};
    }
    while (n < MAX_FIELDS && wd_slice_split(&line, '\t', &out[n])) {
        n++;
    }
    return n;
}

static wd_status add_tactic(wd_kb_input *in, const wd_slice f[static MAX_FIELDS])
{
    wd_knowledge *kb = in->kb;
    WD_TRY(WD_ROOM(kb->arena, kb->tactics, kb->n_tactics, kb->cap_tactics));
    wd_tactic_name t = {wd_kb_intern(kb, f[1]), wd_kb_intern(kb, f[2]), wd_kb_intern(kb, f[3])};
    if (t.short_name.ptr == NULL || t.id.ptr == NULL || t.name.ptr == NULL) {
        return WD_E_NOMEM;
    }
    kb->tactics[kb->n_tactics++] = t;
    in->file->taken++;
    return WD_OK;
}

static wd_status add_technique(wd_kb_input *in, const wd_slice f[static MAX_FIELDS])
{
    wd_knowledge *kb = in->kb;
    WD_TRY(WD_ROOM(kb->arena, kb->techniques, kb->n_techniques, kb->cap_techniques));
    wd_technique_name t = {wd_kb_intern(kb, f[1]), wd_kb_intern(kb, f[2]), wd_kb_intern(kb, f[3])};
    bool added = false;
    kb->technique_ids.arena = kb->arena;
    uintptr_t *slot = t.id.ptr == NULL || t.name.ptr == NULL || t.tactics.ptr == NULL
                          ? NULL
                          : wd_map_put(&kb->technique_ids, t.id, &added);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    if (added) {
        *slot = kb->n_techniques;
        kb->techniques[kb->n_techniques++] = t;
        in->file->taken++;
    }
    return WD_OK;
}

wd_status wd_kb_read_techniques(wd_kb_input *in)
{
    wd_slice rest = in->bytes;
    wd_slice line;
    wd_slice f[MAX_FIELDS];
    wd_status s = WD_OK;
    for (uint32_t number = 1; s == WD_OK && wd_slice_line(&rest, &line); number++) {
        size_t n = fields(line, f);
        if (number == 1) {
            in->kb->attack_version = wd_kb_intern(in->kb, f[2]);
        } else if (n == 4 && wd_slice_eq(f[0], WD_S("tactic"))) {
            s = add_tactic(in, f);
        } else if (n == 4 && wd_slice_eq(f[0], WD_S("technique"))) {
            s = add_technique(in, f);
        } else if (line.len > 0 && line.ptr[0] != '#') {
            s = wd_kb_refuse(in, WD_KB_LINE(number), line,
                             "this is neither a tactic nor a technique with four fields");
        }
    }
    return s == WD_E_NOMEM ? wd_nomem(in->err, "knowledge") : s;
}

wd_slice wd_knowledge_attack_version(const wd_knowledge *kb)
{
    return kb->attack_version;
}

size_t wd_knowledge_tactics(const wd_knowledge *kb)
{
    return kb->n_tactics;
}

const wd_tactic_name *wd_knowledge_tactic(const wd_knowledge *kb, size_t i)
{
    return &kb->tactics[i];
}

const wd_technique_name *wd_knowledge_technique(const wd_knowledge *kb, wd_slice id)
{
    const uintptr_t *slot = kb->n_techniques == 0 ? NULL : wd_map_find(&kb->technique_ids, id);
    return slot == NULL ? NULL : &kb->techniques[*slot];
}

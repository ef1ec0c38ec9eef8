#include <stdlib.h>

#include "knowledge/attack_priv.h"

#define NAME "attack"

void wd_facts_field(wd_buf *out, wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        wd_buf_byte(out, c < ' ' || c == 0x7f || c == '|' ? (uint8_t) ' ' : c);
    }
}

static void field(wd_buf *out, wd_slice s)
{
    wd_buf_byte(out, '\t');
    wd_facts_field(out, s);
}

static const wd_attack_object *object_of(const wd_attack *a, wd_slice stix)
{
    const uintptr_t *slot = wd_map_find(&a->by_stix, stix);
    return slot == NULL ? NULL : &a->objects[*slot - 1];
}

/* The living object that an id stands for: revoked-by is followed, at most eight steps, since it
 * may be cyclic. NULL when there is none. */
static const wd_attack_object *living(const wd_attack *a, const wd_map *successors, wd_slice stix)
{
    for (unsigned step = 0; step < 8; step++) {
        const wd_attack_object *o = object_of(a, stix);
        if (o == NULL || o->deprecated) {
            return NULL;
        }
        if (!o->revoked) {
            return o;
        }
        const uintptr_t *slot = wd_map_find(successors, stix);
        if (slot == NULL) {
            return NULL;
        }
        stix = a->edges[*slot - 1].to;
    }
    return NULL;
}

/* Maps a revoked object to its revoked-by relation, a campaign to its chain of attributions. */
static wd_status note_successors(wd_attack *a, wd_map *successors)
{
    for (size_t i = 0; i < a->n_edges; i++) {
        wd_attack_edge *e = &a->edges[i];
        if (e->type != WD_ATTACK_USES) {
            uintptr_t *slot = wd_map_put(successors, e->from, NULL);
            if (slot == NULL) {
                return WD_E_NOMEM;
            }
            e->next = e->type == WD_ATTACK_BY ? *slot : 0;
            *slot = i + 1;
        }
    }
    return WD_OK;
}

/* --- order ---------------------------------------------------------------------------------- */

static int by_id(const void *x, const void *y)
{
    const wd_attack_object *a = x;
    const wd_attack_object *b = y;
    int c = wd_slice_cmp(a->id, b->id);
    return c != 0 ? c : wd_slice_cmp(a->stix, b->stix);
}

static int by_ends(const void *x, const void *y)
{
    const wd_attack_edge *a = x;
    const wd_attack_edge *b = y;
    int c = wd_slice_cmp(a->user, b->user);
    c = c != 0 ? c : wd_slice_cmp(a->used, b->used);
    return c != 0 ? c : wd_slice_cmp(a->id, b->id);
}

static int by_key(const void *x, const void *y)
{
    return wd_slice_cmp(((const wd_attack_report *) x)->key, ((const wd_attack_report *) y)->key);
}

/* --- lines ---------------------------------------------------------------------------------- */

/* Actors that a campaign is attributed to, joined by '|', in order of id. */
static wd_status write_attribution(const wd_attack *a, const wd_map *successors,
                                   const wd_attack_object *campaign, wd_buf *out)
{
    wd_slice ids[8] = {{0}};
    size_t n = 0;
    const uintptr_t *slot = wd_map_find(successors, campaign->stix);
    for (size_t i = slot == NULL ? 0 : *slot; i != 0; i = a->edges[i - 1].next) {
        const wd_attack_edge *e = &a->edges[i - 1];
        const wd_attack_object *actor =
            e->type == WD_ATTACK_BY ? living(a, successors, e->to) : NULL;
        if (actor != NULL && actor->type == WD_ATTACK_ACTOR && n < 8) {
            ids[n++] = actor->id;
        }
    }
    wd_sort(ids, n, sizeof *ids, wd_slice_qsort);
    wd_buf_byte(out, '\t');
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            wd_buf_byte(out, '|');
        }
        wd_buf_add(out, ids[i]);
    }
    return WD_OK;
}

static wd_status write_object(wd_attack *a, const wd_map *successors, const wd_attack_object *o,
                              wd_buf *out)
{
    static const char *const words[] = {"technique", "software", "actor", "campaign"};
    wd_compiled *n = a->stats;
    size_t *counts[] = {&n->techniques, &n->software, &n->actors, &n->campaigns};
    (*counts[o->type])++;
    wd_buf_str(out, words[o->type]);
    field(out, o->id);
    if (o->type == WD_ATTACK_SOFTWARE) {
        field(out, o->kind);
    }
    field(out, o->name);
    if (o->type == WD_ATTACK_SOFTWARE) {
        wd_buf_byte(out, '\t');
        wd_buf_add(out, o->aliases);
    }
    if (o->type == WD_ATTACK_CAMPAIGN) {
        field(out, o->first);
        field(out, o->last);
        WD_TRY(write_attribution(a, successors, o, out));
    }
    wd_buf_byte(out, '\n');
    return WD_OK;
}

/* `sorted` is a copy of the objects in order of id; `type` one of them. */
static wd_status write_objects(wd_attack *a, const wd_map *successors,
                               const wd_attack_object *sorted, wd_buf *out)
{
    for (int type = WD_ATTACK_TECHNIQUE; type <= WD_ATTACK_CAMPAIGN; type++) {
        wd_slice last = {0};
        for (size_t i = 0; i < a->n_objects; i++) {
            const wd_attack_object *o = &sorted[i];
            if ((int) o->type == type && !o->revoked && !o->deprecated &&
                !wd_slice_eq(o->id, last)) {
                WD_TRY(write_object(a, successors, o, out));
                last = o->id;
            }
        }
    }
    return WD_OK;
}

static void write_moved(wd_attack *a, const wd_map *successors, const wd_attack_object *sorted,
                        wd_buf *out)
{
    for (size_t i = 0; i < a->n_objects; i++) {
        const wd_attack_object *o = &sorted[i];
        if (!o->revoked && !o->deprecated) {
            continue;
        }
        const wd_attack_object *now = living(a, successors, o->stix);
        if (now != NULL && (now->type != o->type || wd_slice_eq(now->id, o->id))) {
            continue;
        }
        wd_buf_str(out, "moved");
        field(out, o->id);
        field(out, now == NULL ? WD_EMPTY : now->id);
        wd_buf_byte(out, '\n');
        a->stats->moved++;
    }
}

/* Relationship id without its "relationship--". */
static wd_slice short_id(wd_slice id)
{
    size_t cut = wd_slice_find(id, WD_S("--"));
    return cut == SIZE_MAX ? id : wd_slice_sub(id, cut + 2, id.len);
}

/* Finds the living ends of uses; drops what has none. */
static void resolve_uses(wd_attack *a, const wd_map *successors)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n_edges; i++) {
        wd_attack_edge e = a->edges[i];
        if (e.type != WD_ATTACK_USES) {
            continue;
        }
        const wd_attack_object *user = living(a, successors, e.from);
        const wd_attack_object *used = living(a, successors, e.to);
        if (user == NULL || used == NULL || user->type == WD_ATTACK_TECHNIQUE ||
            used->type == WD_ATTACK_ACTOR || used->type == WD_ATTACK_CAMPAIGN ||
            short_id(e.id).len == 0) {
            a->stats->left_out++;
            continue;
        }
        e.user = user->id;
        e.used = used->id;
        for (size_t k = 0; k < e.n_reports; k++) {
            a->reports[e.reports[k]].cited = true;
        }
        a->edges[n++] = e;
    }
    a->n_edges = n;
    if (n > 0) {
        wd_sort(a->edges, n, sizeof *a->edges, by_ends);
    }
}

static int number_order(const void *x, const void *y)
{
    return wd_slice_cmp(*(const wd_slice *) x, *(const wd_slice *) y);
}

static void write_uses(wd_attack *a, wd_buf *out)
{
    wd_slice keys[64];
    for (size_t i = 0; i < a->n_edges; i++) {
        const wd_attack_edge *e = &a->edges[i];
        size_t n = 0;
        for (size_t k = 0; k < e->n_reports && n < 64; k++) {
            keys[n++] = a->reports[e->reports[k]].key;
        }
        wd_sort(keys, n, sizeof *keys, number_order);
        wd_buf_str(out, "uses");
        field(out, short_id(e->id));
        field(out, e->user);
        field(out, e->used);
        wd_buf_byte(out, '\t');
        for (size_t k = 0; k < n; k++) {
            if (k > 0 && wd_slice_eq(keys[k], keys[k - 1])) {
                continue;
            }
            if (k > 0) {
                wd_buf_byte(out, ',');
            }
            wd_buf_add(out, keys[k]);
        }
        wd_buf_byte(out, '\n');
        a->stats->uses++;
    }
}

static wd_status write_reports(wd_attack *a, wd_buf *out)
{
    wd_attack_report *sorted = WD_ARRAY(a->arena, a->n_reports + 1, wd_attack_report);
    if (sorted == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < a->n_reports; i++) {
        sorted[i] = a->reports[i];
    }
    wd_sort(sorted, a->n_reports, sizeof *sorted, by_key);
    for (size_t i = 0; i < a->n_reports; i++) {
        wd_attack_report *r = &sorted[i];
        if (!r->cited) {
            continue;
        }
        wd_buf_str(out, "report");
        field(out, r->key);
        field(out, r->date);
        field(out, r->host);
        if (r->n_names > 0) {
            wd_sort(r->names, r->n_names, sizeof *r->names, wd_slice_qsort);
        }
        for (size_t k = 0; k < r->n_names; k++) {
            wd_buf_byte(out, k == 0 ? '\t' : '|');
            wd_facts_field(out, r->names[k]);
        }
        wd_buf_byte(out, '\n');
        a->stats->reports++;
    }
    return WD_OK;
}

static int alias_order(const void *x, const void *y)
{
    const wd_attack_alias *a = x;
    const wd_attack_alias *b = y;
    int c = wd_slice_cmp(a->actor, b->actor);
    return c != 0 ? c : wd_slice_cmp(a->name, b->name);
}

/* An alias in ATT&CK is a label that a cited publisher uses; how far it reaches is not said, so the
 * weakest relation stands. */
static void write_labels(wd_attack *a, wd_buf *out)
{
    for (size_t i = 0; i < a->n_aliases; i++) {
        const wd_attack_object *o = object_of(a, a->aliases[i].actor);
        a->aliases[i].actor = o == NULL ? WD_EMPTY : o->id;
    }
    if (a->n_aliases > 0) {
        wd_sort(a->aliases, a->n_aliases, sizeof *a->aliases, alias_order);
    }
    for (size_t i = 0; i < a->n_aliases; i++) {
        const wd_attack_alias *l = &a->aliases[i];
        const uintptr_t *slot = wd_map_find(&a->by_source, l->source);
        const wd_attack_report *r = slot == NULL ? NULL : &a->reports[*slot - 1];
        wd_buf_str(out, "label");
        field(out, l->name);
        field(out, l->actor);
        field(out, WD_S("overlap"));
        field(out, r == NULL ? WD_S("MITRE") : r->host);
        field(out, r == NULL ? WD_EMPTY : r->date);
        field(out, (wd_slice){0});
        field(out, l->source);
        wd_buf_byte(out, '\n');
        a->stats->labels++;
    }
}

static wd_status write_all(wd_attack *a, wd_slice version, wd_buf *out)
{
    wd_map successors = {.arena = a->arena};
    wd_attack_object *sorted = WD_ARRAY(a->arena, a->n_objects + 1, wd_attack_object);
    if (sorted == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < a->n_objects; i++) {
        sorted[i] = a->objects[i];
    }
    wd_sort(sorted, a->n_objects, sizeof *sorted, by_id);
    WD_TRY(note_successors(a, &successors));
    wd_buf_str(out, "whodunit.actors/1");
    field(out, WD_S("MITRE ATT&CK Enterprise"));
    field(out, version.len > 0 ? version : a->version);
    field(out, a->newest);
    field(out, WD_S("(c) The MITRE Corporation. This work is reproduced and distributed with the "
                    "permission of The MITRE Corporation."));
    wd_buf_byte(out, '\n');
    WD_TRY(write_objects(a, &successors, sorted, out));
    write_moved(a, &successors, sorted, out);
    resolve_uses(a, &successors);
    WD_TRY(write_reports(a, out));
    write_uses(a, out);
    write_labels(a, out);
    return WD_OK;
}

wd_status wd_attack_write(wd_attack *a, wd_slice version, wd_buf *out)
{
    wd_status s = write_all(a, version, out);
    if (s == WD_OK && (a->stats->techniques == 0 || a->stats->actors == 0)) {
        return wd_fail(a->err, WD_E_MALFORMED, WD_NO_OFFSET, NAME,
                       "the bundle holds no ATT&CK techniques or no groups; nothing was imported");
    }
    return s == WD_OK ? WD_OK : wd_nomem(a->err, NAME);
}

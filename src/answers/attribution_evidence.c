#include "answers/attribution_evidence.h"

#include "answers/attribution_priv.h"
#include "core/json.h"

#define NAME "evidence"

static const wd_evidence_class classes[] = {
    {"key_reuse", "same private key", 4.0, 4.0, 0.1, "high"},
    {"certificate", "same signing certificate", 4.0, 4.0, 0.1, "high"},
    {"sample", "same file", 3.0, 4.0, 0.1, "high"},
    {"infrastructure", "same server or name", 3.0, 4.0, 0.1, "high"},
    {"co_occurrence", "seen beside it on a victim", 3.0, 4.0, 0.2, "high"},
    {"code", "shared functions that are not public", 2.5, 4.0, 0.2, "medium"},
    {"config", "same configuration format", 1.2, 2.0, 0.5, "medium"},
    {"toolchain", "same build environment", 0.7, 2.0, 0.5, "low"},
    {"victim", "fits the choice of victims", 0.4, 2.0, 0.8, "low"},
    {"style", "naming and registration habits", 0.1, 2.0, 0.8, "none"},
    {"public_tool", "a tool that anybody has", 0, 2.0, 0, "none"},
    {"working_hours", "hours of work", 0, 2.0, 0, "none"},
    {"metadata", "time zones and compile stamps", 0, 2.0, 0, "none"},
};

const wd_evidence_class *wd_evidence_class_at(size_t i)
{
    return i < sizeof classes / sizeof *classes ? &classes[i] : NULL;
}

const wd_evidence_class *wd_evidence_class_of(wd_slice name)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (wd_slice_eq(name, wd_slice_str(classes[i].name))) {
            return &classes[i];
        }
    }
    return NULL;
}

bool wd_grade_reliability(wd_slice grade, double *out)
{
    static const double source[] = {1, 0.8, 0.6, 0.4, 0.2, 0.3};
    static const double information[] = {1, 0.9, 0.6, 0.4, 0.1, 0.4};
    if (grade.len != 2 || grade.ptr[0] < 'A' || grade.ptr[0] > 'F' || grade.ptr[1] < '1' ||
        grade.ptr[1] > '6') {
        return false;
    }
    *out = source[grade.ptr[0] - 'A'] * information[grade.ptr[1] - '1'];
    return true;
}

bool wd_grade_is_good(wd_slice grade)
{
    return grade.len == 2 && (grade.ptr[0] == 'A' || grade.ptr[0] == 'B') &&
           (grade.ptr[1] == '1' || grade.ptr[1] == '2');
}

/* --- reading -------------------------------------------------------------------------------- */

typedef struct reader {
    const wd_actors *facts;
    wd_arena *arena;
    size_t line;
    uint64_t offset;
    wd_err *err;
} reader;

static wd_status refuse(const reader *r, const char *what, wd_slice value, const char *wants)
{
    return wd_fail(r->err, WD_E_MALFORMED, r->offset, NAME, "line %zu: %s '%.*s'; give %s", r->line,
                   what, (int) (value.len < 40 ? value.len : 40), (const char *) value.ptr, wants);
}

static wd_status take(const reader *r, const wd_json *o, wd_evidence *out)
{
    wd_slice target = wd_json_text(o, "target");
    wd_slice class = wd_json_text(o, "class");
    double unused = 0;
    *out = (wd_evidence){.id = wd_arena_copy(r->arena, wd_json_text(o, "id")),
                         .text = wd_arena_copy(r->arena, wd_json_text(o, "text")),
                         .grade = wd_arena_copy(r->arena, wd_json_text(o, "grade")),
                         .publisher = wd_arena_copy(r->arena, wd_json_text(o, "publisher")),
                         .basis = wd_arena_copy(r->arena, wd_json_text(o, "basis")),
                         .class = wd_evidence_class_of(class),
                         .target = wd_actors_find(r->facts, target)};
    if (out->class == NULL) {
        return refuse(
            r, "no class of evidence is called", class,
            "key_reuse, certificate, sample, infrastructure, co_occurrence, code, config, "
            "toolchain, victim, style, public_tool, working_hours or metadata");
    }
    if (!wd_grade_reliability(out->grade, &unused)) {
        return refuse(r, "no grade", out->grade, "A to F and 1 to 6, such as B2");
    }
    if (target.len > 0 &&
        (out->target.kind == WD_FACT_NONE || out->target.kind == WD_FACT_TECHNIQUE ||
         out->target.kind == WD_FACT_CAMPAIGN)) {
        return refuse(r, "unknown target", target, "an actor, umbrella or software id");
    }
    return WD_OK;
}

wd_status wd_evidence_read(const wd_actors *facts, wd_slice text, wd_arena *arena,
                           wd_evidence **list, size_t *n, wd_err *err)
{
    reader r = {.facts = facts, .arena = arena, .err = err};
    wd_json_doc doc = {0};
    wd_slice rest = text;
    wd_slice line;
    size_t cap = *n;
    wd_status s = WD_OK;
    while (s == WD_OK && wd_slice_line(&rest, &line)) {
        r.line++;
        r.offset = (uint64_t) (line.ptr - text.ptr);
        if (wd_slice_trim(line).len == 0) {
            continue;
        }
        s = wd_json_parse(&doc, line, arena, r.offset, err);
        s = s == WD_OK ? WD_ROOM(arena, *list, *n, cap) : s;
        s = s == WD_OK ? take(&r, &doc.nodes[0], &(*list)[*n]) : s;
        *n += s == WD_OK;
    }
    wd_json_doc_free(&doc);
    return s == WD_E_NOMEM ? wd_nomem(err, NAME) : s;
}

/* --- weighing ------------------------------------------------------------------------------- */

static bool is_target(const wd_attr_counts *c, const wd_evidence *e, uint32_t g)
{
    const wd_actor *a = &c->base->facts->actors[g];
    switch (e->target.kind) {
    case WD_FACT_ACTOR: return e->target.index == g;
    case WD_FACT_UMBRELLA: return a->umbrella == e->target.index;
    case WD_FACT_SOFTWARE: return wd_attr_support(c, g, e->target) > 0;
    case WD_FACT_NONE:
    case WD_FACT_TECHNIQUE:
    case WD_FACT_CAMPAIGN: break;
    }
    return false;
}

/* Others of a target's umbrella are helped by the class's share, others of its state by half. */
static double share_of(const wd_attr_counts *c, const wd_evidence *e, const bool *target,
                       uint32_t g)
{
    const wd_attr_base *b = c->base;
    const wd_actor *a = &b->facts->actors[g];
    double share = 0;
    for (size_t t = 0; t < b->n_actors; t++) {
        if (!target[t]) {
            continue;
        }
        const wd_actor *x = &b->facts->actors[t];
        if (a->umbrella != WD_NO_UMBRELLA && x->umbrella == a->umbrella) {
            return e->class->shared;
        }
        if (b->nexus[t] != WD_NO_NEXUS && b->nexus[t] == b->nexus[g]) {
            share = e->class->shared / 2;
        }
    }
    return share;
}

static bool same_ground(const wd_evidence *a, const wd_evidence *b)
{
    return a->class == b->class && a->target.kind == b->target.kind &&
           a->target.index == b->target.index && a->basis.len > 0 &&
           wd_slice_eq(a->basis, b->basis);
}

static double weight_of(const wd_evidence *e)
{
    double r = 0;
    double v = wd_grade_reliability(e->grade, &r) ? e->class->strength * r : 0;
    return v > e->class->cap ? e->class->cap : v;
}

/* Publishers that looked at the same thing are one witness: the strongest statement counts, the
 * first one of equals. */
static bool is_outweighed(const wd_evidence *list, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++) {
        bool more = weight_of(&list[k]) > weight_of(&list[i]);
        bool equal = weight_of(&list[k]) >= weight_of(&list[i]);
        if (k != i && same_ground(&list[i], &list[k]) &&
            (more || (equal && (wd_slice_cmp(list[k].id, list[i].id) < 0 ||
                                (k < i && wd_slice_eq(list[k].id, list[i].id)))))) {
            return true;
        }
    }
    return false;
}

wd_status wd_evidence_weigh(const wd_attr_counts *c, wd_evidence *list, size_t n, wd_arena *arena)
{
    size_t n_actors = c->base->n_actors;
    bool *target = WD_ARRAY(arena, n_actors, bool);
    if (target == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        wd_evidence *e = &list[i];
        double weight = is_outweighed(list, n, i) ? 0 : weight_of(e);
        e->lr = WD_ARRAY(arena, n_actors, double);
        if (e->lr == NULL) {
            return WD_E_NOMEM;
        }
        for (uint32_t g = 0; g < n_actors; g++) {
            target[g] = is_target(c, e, g);
        }
        for (uint32_t g = 0; g < n_actors; g++) {
            e->lr[g] = weight * (target[g] ? 1 : share_of(c, e, target, g));
        }
    }
    return WD_OK;
}

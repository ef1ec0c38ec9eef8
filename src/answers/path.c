#include "answers/answers.h"

#include <stdlib.h>

/*
 * Question 2: how did it get in and spread? Steps in lanes: what files show about the build,
 * deliveries from the inventories, then what each host's records prove. A step that the story needs
 * and no record shows is `inferred`.
 */

enum { STEPS_PER_HOST = 4, MOST_STEPS = 60 };

static wd_status add_step(wd_answers *a, const wd_model *m, const wd_step *step)
{
    if (a->n_steps >= MOST_STEPS) {
        return WD_OK;
    }
    if (step->title.ptr == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(WD_ROOM(m->arena, a->steps, a->n_steps, a->cap_steps));
    a->steps[a->n_steps++] = *step;
    return WD_OK;
}

static wd_status build_steps(wd_answers *a, const wd_model *m, wd_refs *refs)
{
    size_t shown = 0;
    for (size_t i = 0; i < m->n_findings && shown < 5; i++) {
        const wd_case_finding *f = &m->findings[i];
        if (!wd_finding_is_structural(f) || f->finding.severity < WD_HIGH) {
            continue;
        }
        const wd_case_item *item = wd_model_item(m, f->item);
        wd_step step = {
            .lane = WD_S("Vendor and build"),
            .title = wd_arena_printf(m->arena, "%.*s: %.*s",
                                     WD_ARG(item == NULL ? WD_EMPTY : wd_path_base(item->path)),
                                     WD_ARG(f->finding.title)),
            .technique = f->finding.techniques,
            .time = WD_NO_TIME,
            .basis = f->finding.basis};
        WD_TRY(wd_refs_add(m->arena, &step.refs, (wd_ref){'F', f->number}));
        WD_TRY(wd_refs_add(m->arena, refs, (wd_ref){'F', f->number}));
        WD_TRY(add_step(a, m, &step));
        shown++;
    }
    return WD_OK;
}

static wd_status delivery_steps(wd_answers *a, const wd_model *m, size_t *installed)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        const wd_host_state *h = &m->hosts[i];
        if (h->tier < 1 || h->host->installed == WD_NO_TIME) {
            continue;
        }
        wd_step step = {.lane = h->host->name,
                        .title =
                            wd_arena_printf(m->arena, "installs %.*s %.*s",
                                            WD_ARG(h->host->product), WD_ARG(h->host->version)),
                        .technique = WD_S("T1195.002"),
                        .time = h->host->installed,
                        .basis = WD_SEEN};
        WD_TRY(wd_refs_add(m->arena, &step.refs, h->listed_by));
        WD_TRY(add_step(a, m, &step));
        (*installed)++;
    }
    return WD_OK;
}

static wd_status host_steps(wd_answers *a, const wd_model *m)
{
    for (size_t i = 0; i < m->roster.n; i++) {
        const wd_host_state *h = &m->hosts[i];
        int last = 1;
        size_t shown = 0;
        for (size_t p = 0; p < h->n_proofs && shown < STEPS_PER_HOST; p++) {
            const wd_tier_proof *proof = &h->proofs[p];
            if (proof->tier <= last) {
                continue;
            }
            wd_step step = {.lane = h->host->name,
                            .title = proof->sentence,
                            .technique = proof->technique,
                            .time = proof->time,
                            .basis = proof->basis};
            WD_TRY(wd_refs_add(m->arena, &step.refs, proof->ref));
            WD_TRY(add_step(a, m, &step));
            last = proof->tier;
            shown++;
        }
    }
    return WD_OK;
}

static int by_time(const void *x, const void *y)
{
    const wd_step *a = x;
    const wd_step *b = y;
    if (a->time != b->time) {
        return a->time < b->time ? -1 : 1;
    }
    int lane = wd_slice_cmp(a->lane, b->lane);
    return lane != 0 ? lane : wd_slice_cmp(a->title, b->title);
}

/* Lateral movement techniques (ATT&CK tactic TA0008) on any host of ours. */
static const wd_case_finding *lateral(const wd_model *m)
{
    static const char *const ids[] = {"T1021", "T1210", "T1534", "T1550",
                                      "T1563", "T1570", "T1080"};
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_case_finding *f = &m->findings[i];
        const wd_host_state *h = wd_model_host_of(m, f);
        for (size_t k = 0; h != NULL && h->tier >= 4 && k < sizeof ids / sizeof ids[0]; k++) {
            if (wd_slice_find(f->finding.techniques, wd_slice_str(ids[k])) != SIZE_MAX) {
                return f;
            }
        }
    }
    return NULL;
}

static wd_slice altered_files(const wd_model *m, bool *seen)
{
    *seen = false;
    for (size_t i = 0; i < m->n_findings; i++) {
        const wd_case_finding *f = &m->findings[i];
        const wd_case_item *item = wd_model_item(m, f->item);
        if (wd_finding_is_structural(f) && f->finding.severity >= WD_HIGH && item != NULL) {
            *seen = true;
            return wd_path_base(item->path);
        }
    }
    return (wd_slice){0};
}

wd_status wd_answer_path(wd_answers *a, const wd_model *m)
{
    size_t installed = 0;
    bool package = false;
    wd_slice file = altered_files(m, &package);
    WD_TRY(build_steps(a, m, &a->path.refs));
    WD_TRY(delivery_steps(a, m, &installed));
    WD_TRY(host_steps(a, m));
    if (a->n_steps > 1) {
        wd_sort(a->steps, a->n_steps, sizeof *a->steps, by_time);
    }
    const wd_case_finding *spread = lateral(m);
    const char *onward = spread != NULL ? "signs of spread" : "no spread seen";
    if (m->at_tier[1] > 0 && package) {
        a->path.sentence = wd_arena_printf(
            m->arena, "Vendor's update: %.*s was altered; %zu hosts installed it; %s.",
            WD_ARG(file), m->at_tier[1], onward);
        a->path.likelihood = wd_likelihood_of(0.90);
    } else if (m->at_tier[1] > 0) {
        a->path.sentence =
            wd_arena_printf(m->arena,
                            "With the vendor's own update: %zu hosts have an affected version; the "
                            "package itself is not in evidence; %s.",
                            m->at_tier[1], onward);
        a->path.likelihood = wd_likelihood_of(0.70);
        WD_TRY(wd_texts_add(
            m->arena, &a->path.limited,
            WD_S("Would settle it: the installer that was shipped, for its altered bytes")));
    } else if (package) {
        a->path.sentence = wd_arena_printf(
            m->arena,
            "%.*s was altered after signing; which hosts installed it is not in evidence.",
            WD_ARG(file));
        WD_TRY(wd_texts_add(
            m->arena, &a->path.limited,
            WD_S("Would settle it: an asset list with product, version and install time")));
    } else {
        a->path.sentence =
            WD_S("Cannot tell: no altered package and no affected installation is in evidence.");
        WD_TRY(wd_texts_add(
            m->arena, &a->path.limited,
            WD_S("Would settle it: the vendor package as installed, and an asset list")));
    }
    if (spread != NULL) {
        WD_TRY(wd_refs_add(m->arena, &a->path.refs, (wd_ref){'F', spread->number}));
    } else {
        size_t covered = 0;
        for (size_t i = 0; i < m->roster.n; i++) {
            covered += m->hosts[i].tier >= 4 && m->hosts[i].events == WD_COVER_PRESENT ? 1 : 0;
        }
        if (covered < m->at_tier[4]) {
            WD_TRY(wd_texts_add(m->arena, &a->path.limited,
                                wd_arena_printf(m->arena,
                                                "Cannot tell about movement from %zu compromised "
                                                "hosts: their host records do not cover the time",
                                                m->at_tier[4] - covered)));
        }
    }
    a->path.confidence = package && m->at_tier[1] > 0 ? "high" : "moderate";
    return a->path.sentence.ptr == NULL ? WD_E_NOMEM : WD_OK;
}

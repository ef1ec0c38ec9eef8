#include <stdio.h>
#include <string.h>

#include "core/map.h"
#include "report/stix.h"
#include "report/view.h"

/*
 * The case in MITRE's two formats.
 *
 *   navigator    ATT&CK Navigator layer 4.5. `versions.attack` is a string; a Navigator without
 * that version refuses the layer, so it can be left out. No `tactic`: the names of tactics changed
 * with ATT&CK 19. A parent technique needs showSubtechniques, otherwise its scored sub-techniques
 * stay folded away. attack-flow  Attack Flow 2.0.0, a STIX bundle with one flow, an action per step
 * of the path, an asset per place. `effect_refs` must not be empty: it is left out.
 */

#define FLOW_EXTENSION "extension-definition--fb9c968a-745b-4ade-9b25-c324172197f4"
#define FLOW_AUTHOR "identity--d673f8cb-c168-42da-8ed4-0cb26725f86c"

/* --- Navigator ------------------------------------------------------------------------------ */

static unsigned score_of(wd_slice severity)
{
    static const char *const words[] = {"info", "low", "medium", "high", "critical"};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (wd_slice_eq(severity, wd_slice_str(words[i]))) {
            return i * 25;
        }
    }
    return 0;
}

/* Worst severity of the findings with a technique; `about` gets their titles and ids. */
static unsigned technique_score(wd_export_job *job, wd_slice id, wd_buf *about)
{
    unsigned score = 0;
    WD_JSON_EACH (f, wd_json_get(job->report, "findings")) {
        if (!wd_view_has(wd_json_get(f, "techniques"), id)) {
            continue;
        }
        unsigned s = score_of(wd_json_text(f, "severity"));
        score = s > score ? s : score;
        if (about->len < 2000) {
            wd_buf_str(about, about->len > 0 ? "; " : "");
            wd_buf_add(about, wd_json_text(f, "title"));
            wd_buf_str(about, " (");
            wd_buf_add(about, wd_json_text(f, "basis"));
            wd_buf_str(about, ", ");
            wd_buf_add(about, wd_json_text(f, "id"));
            wd_buf_byte(about, ')');
        }
    }
    return score;
}

static void layer_technique(wd_export_job *job, wd_jw *w, wd_slice id, bool scored)
{
    wd_buf about = {0};
    unsigned score = technique_score(job, id, &about);
    wd_jw_object(w);
    wd_jw_member_slice(w, "techniqueID", id);
    if (scored) {
        wd_jw_member_u64(w, "score", score);
        wd_jw_member_slice(w, "comment", wd_buf_slice(&about));
    }
    wd_jw_member_bool(w, "enabled", true);
    wd_jw_member_bool(w, "showSubtechniques", id.len == 5);
    wd_jw_object_end(w);
    wd_buf_free(&about);
}

/* Every technique once, and a parent for each sub-technique that has none of its own. */
static wd_status layer_techniques(wd_export_job *job, wd_jw *w)
{
    wd_map done = {.arena = job->arena};
    for (int parents = 0; parents < 2; parents++) {
        WD_JSON_EACH (f, wd_json_get(job->report, "findings")) {
            WD_JSON_EACH (v, wd_json_get(f, "techniques")) {
                wd_slice id = wd_json_scalar(v);
                bool added = false;
                if (!wd_stix_is_technique(id)) {
                    continue;
                }
                id = parents == 1 ? wd_slice_sub(id, 0, 5) : id;
                if (wd_map_put(&done, id, &added) == NULL) {
                    return WD_E_NOMEM;
                }
                if (added) {
                    layer_technique(job, w, id, parents == 0);
                }
            }
        }
    }
    return WD_OK;
}

static void layer_head(wd_export_job *job, wd_jw *w)
{
    wd_slice attack = wd_json_text(wd_json_get(job->report, "knowledge"), "attack");
    attack = wd_slice_sub(attack, 0, wd_slice_find_byte(attack, '.')); /* "18.1" is told as "18" */
    wd_buf name = {0};
    wd_buf_str(&name, "whodunit: ");
    wd_buf_add(&name, wd_view_case_name(job->report));
    wd_jw_member_slice(w, "name", wd_buf_slice(&name));
    wd_jw_key(w, "versions");
    wd_jw_object(w);
    if (!job->options->any_attack_version) {
        wd_jw_member_slice(w, "attack", attack.len > 0 ? attack : WD_S("18"));
    }
    wd_jw_member_str(w, "navigator", "4.9.0");
    wd_jw_member_str(w, "layer", "4.5");
    wd_jw_object_end(w);
    wd_jw_member_str(w, "domain", "enterprise-attack");
    wd_buf_clear(&name);
    wd_buf_printf(&name, "TLP:%s. ", job->tlp);
    wd_buf_add(&name, wd_json_text(job->report, "verdict_sentence"));
    wd_jw_member_slice(w, "description", wd_buf_slice(&name));
    wd_jw_member_u64(w, "sorting", 3);
    wd_buf_free(&name);
}

static void layer_legend(wd_jw *w)
{
    static const char *const colors[] = {"#f3f5f7", "#f0c25f", "#a1122c"};
    static const char *const items[][2] = {{"score 100: critical", "#a1122c"},
                                           {"score 50: medium", "#f0c25f"},
                                           {"score 0: information", "#f3f5f7"}};
    wd_jw_key(w, "gradient");
    wd_jw_object(w);
    wd_jw_key(w, "colors");
    wd_jw_array(w);
    for (size_t i = 0; i < 3; i++) {
        wd_jw_str(w, colors[i]);
    }
    wd_jw_array_end(w);
    wd_jw_member_u64(w, "minValue", 0);
    wd_jw_member_u64(w, "maxValue", 100);
    wd_jw_object_end(w);
    wd_jw_key(w, "legendItems");
    wd_jw_array(w);
    for (size_t i = 0; i < 3; i++) {
        wd_jw_object(w);
        wd_jw_member_str(w, "label", items[i][0]);
        wd_jw_member_str(w, "color", items[i][1]);
        wd_jw_object_end(w);
    }
    wd_jw_array_end(w);
}

wd_status wd_export_navigator(wd_export_job *job, wd_err *err)
{
    wd_jw w = wd_jw_init(job->out, 1);
    wd_jw_object(&w);
    layer_head(job, &w);
    wd_jw_key(&w, "techniques");
    wd_jw_array(&w);
    wd_status status = layer_techniques(job, &w);
    wd_jw_array_end(&w);
    layer_legend(&w);
    wd_jw_member_bool(&w, "selectTechniquesAcrossTactics", true);
    wd_jw_member_bool(&w, "selectSubtechniquesWithParent", false);
    wd_jw_object_end(&w);
    wd_buf_byte(job->out, '\n');
    return status == WD_OK ? WD_OK : wd_nomem(err, "report.navigator");
}

/* --- Attack Flow ---------------------------------------------------------------------------- */

static void flow_extension(wd_stix *s)
{
    wd_jw_key(&s->w, "extensions");
    wd_jw_object(&s->w);
    wd_jw_key(&s->w, FLOW_EXTENSION);
    wd_jw_object(&s->w);
    wd_jw_member_str(&s->w, "extension_type", "new-sdo");
    wd_jw_object_end(&s->w);
    wd_jw_object_end(&s->w);
}

/* The definition of the extension and its author, as their makers publish them. */
static void flow_definition(wd_stix *s)
{
    wd_jw *w = &s->w;
    wd_jw_object(w);
    wd_jw_member_str(w, "type", "extension-definition");
    wd_jw_member_str(w, "id", FLOW_EXTENSION);
    wd_jw_member_str(w, "spec_version", "2.1");
    wd_jw_member_str(w, "name", "Attack Flow");
    wd_jw_member_str(w, "created", "2022-08-02T19:34:35.143Z");
    wd_jw_member_str(w, "modified", "2022-08-02T19:34:35.143Z");
    wd_jw_member_str(w, "created_by_ref", FLOW_AUTHOR);
    wd_jw_member_str(w, "schema",
                     "https://center-for-threat-informed-defense.github.io/"
                     "attack-flow/stix/attack-flow-schema-2.0.0.json");
    wd_jw_member_str(w, "version", "2.0.0");
    wd_stix_ref_list(s, "extension_types", "new-sdo");
    wd_stix_ref_list(s, "object_marking_refs", s->marking);
    wd_jw_object_end(w);
    wd_jw_object(w);
    wd_jw_member_str(w, "type", "identity");
    wd_jw_member_str(w, "spec_version", "2.1");
    wd_jw_member_str(w, "id", FLOW_AUTHOR);
    wd_jw_member_str(w, "created_by_ref", FLOW_AUTHOR);
    wd_jw_member_str(w, "created", "2022-08-02T19:34:35.143Z");
    wd_jw_member_str(w, "modified", "2022-08-02T19:34:35.143Z");
    wd_jw_member_str(w, "name", "MITRE Center for Threat-Informed Defense");
    wd_jw_member_str(w, "identity_class", "organization");
    wd_stix_ref_list(s, "object_marking_refs", s->marking);
    wd_jw_object_end(w);
}

static void action_id(wd_stix *s, size_t index, char id[static WD_STIX_ID])
{
    char name[40];
    snprintf(name, sizeof name, "step %zu", index);
    wd_stix_id(s, "attack-action", wd_slice_str(name), false, id);
}

static void asset_id(wd_stix *s, const wd_json *step, char id[static WD_STIX_ID])
{
    wd_stix_id(s, "attack-asset", wd_json_text(step, "lane"), false, id);
}

static void action(wd_stix *s, const wd_json *step, size_t index, bool last)
{
    char id[WD_STIX_ID];
    char next[WD_STIX_ID];
    char time[WD_STIX_TIME];
    wd_jw *w = &s->w;
    wd_slice technique = wd_json_text(step, "technique");
    action_id(s, index, id);
    wd_stix_object(s, "attack-action", id);
    flow_extension(s);
    wd_slice title = wd_json_text(step, "title");
    wd_jw_member_slice(w, "name", title.len > 0 ? title : WD_S("step"));
    if (wd_stix_is_technique(technique)) {
        wd_jw_member_slice(w, "technique_id", technique);
    }
    wd_buf about = {0};
    wd_buf_str(&about, "Basis: ");
    wd_buf_add(&about, wd_json_text(step, "basis"));
    wd_jw_member_slice(w, "description", wd_buf_slice(&about));
    wd_buf_free(&about);
    if (wd_view_time(step, "time") != WD_NO_TIME) {
        wd_jw_member_str(w, "execution_start", wd_stix_time(s, wd_view_time(step, "time"), time));
    }
    if (wd_json_text(step, "lane").len > 0) {
        asset_id(s, step, next);
        wd_stix_ref_list(s, "asset_refs", next);
    }
    if (!last) {
        action_id(s, index + 1, next);
        wd_stix_ref_list(s, "effect_refs", next);
    }
    wd_jw_object_end(w);
}

static void assets(wd_stix *s, const wd_json *steps)
{
    wd_map done = {.arena = s->job->arena};
    WD_JSON_EACH (step, steps) {
        char id[WD_STIX_ID];
        bool added = false;
        wd_slice lane = wd_json_text(step, "lane");
        if (lane.len == 0) {
            continue;
        }
        if (wd_map_put(&done, lane, &added) == NULL) {
            s->status = WD_E_NOMEM;
            return;
        }
        if (added) {
            asset_id(s, step, id);
            wd_stix_object(s, "attack-asset", id);
            flow_extension(s);
            wd_jw_member_slice(&s->w, "name", lane);
            wd_jw_object_end(&s->w);
        }
    }
}

/* A flow must begin somewhere: a case without steps gets one that says so. */
static void no_steps(wd_stix *s)
{
    char id[WD_STIX_ID];
    action_id(s, 0, id);
    wd_stix_object(s, "attack-action", id);
    flow_extension(s);
    wd_jw_member_str(&s->w, "name", "No step was found in the evidence");
    wd_jw_object_end(&s->w);
}

static void flow(wd_stix *s)
{
    char id[WD_STIX_ID];
    char start[WD_STIX_ID];
    wd_stix_object(s, "attack-flow", wd_stix_id(s, "attack-flow", WD_S("flow"), false, id));
    flow_extension(s);
    wd_jw_member_slice(&s->w, "name", wd_view_case_name(s->job->report));
    wd_jw_member_slice(&s->w, "description", wd_json_text(s->job->report, "verdict_sentence"));
    wd_jw_member_str(&s->w, "scope", "incident");
    action_id(s, 0, start);
    wd_stix_ref_list(s, "start_refs", start);
    wd_jw_object_end(&s->w);
}

wd_status wd_export_attack_flow(wd_export_job *job, wd_err *err)
{
    wd_stix s;
    const wd_json *steps = wd_json_path(job->report, "path/steps");
    size_t n = wd_view_count(steps);
    size_t i = 0;
    wd_stix_bundle(&s, job, "attack-flow");
    flow_definition(&s);
    flow(&s);
    WD_JSON_EACH (step, steps) {
        action(&s, step, i, i + 1 == n);
        i++;
    }
    if (n == 0) {
        no_steps(&s);
    }
    assets(&s, steps);
    return wd_stix_bundle_end(&s, err);
}

#include "report/stix.h"

#include <stdio.h>
#include <string.h>

#include "report/uuid.h"
#include "report/view.h"

/* TLP 2.0 as OASIS publishes it: fixed ids, one extension. */
#define TLP_EXTENSION "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

static const struct {
    const char *word;
    const char *name;
    const char *id;
} markings[] = {
    {"CLEAR", "clear", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"},
    {"GREEN", "green", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"},
    {"AMBER", "amber", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"},
    {"AMBER+STRICT", "amber+strict", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"},
    {"RED", "red", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"},
};

#define MARKINGS (sizeof markings / sizeof markings[0])

const char *wd_stix_time(const wd_stix *s, wd_time t, char out[static WD_STIX_TIME])
{
    char full[WD_TIME_TEXT];
    t = t == WD_NO_TIME ? s->job->as_of : t;
    t = t == WD_NO_TIME ? 0 : t;
    wd_time_format_full(t, full);
    snprintf(out, WD_STIX_TIME, "%.23sZ", full); /* milliseconds */
    return out;
}

static void marking(wd_stix *s, size_t i)
{
    s->marking = markings[i].id;
    wd_jw *w = &s->w;
    char name[40];
    snprintf(name, sizeof name, "TLP:%s", markings[i].word);
    wd_jw_object(w);
    wd_jw_member_str(w, "type", "marking-definition");
    wd_jw_member_str(w, "spec_version", "2.1");
    wd_jw_member_str(w, "id", markings[i].id);
    wd_jw_member_str(w, "created", "2022-10-01T00:00:00.000Z");
    wd_jw_member_str(w, "name", name);
    wd_jw_key(w, "extensions");
    wd_jw_object(w);
    wd_jw_key(w, TLP_EXTENSION);
    wd_jw_object(w);
    wd_jw_member_str(w, "extension_type", "property-extension");
    wd_jw_member_str(w, "tlp_2_0", markings[i].name);
    wd_jw_object_end(w);
    wd_jw_object_end(w);
    wd_jw_object_end(w);
}

static void identity(wd_stix *s)
{
    wd_stix_id(s, "identity", WD_S("whodunit"), true, s->identity);
    wd_jw *w = &s->w;
    wd_jw_object(w);
    wd_jw_member_str(w, "type", "identity");
    wd_jw_member_str(w, "spec_version", "2.1");
    wd_jw_member_str(w, "id", s->identity);
    wd_jw_member_str(w, "created", "2022-10-01T00:00:00.000Z");
    wd_jw_member_str(w, "modified", "2022-10-01T00:00:00.000Z");
    wd_stix_ref_list(s, "object_marking_refs", s->marking);
    wd_jw_member_str(w, "name", "whodunit");
    wd_jw_member_str(w, "description", "Rules over evidence; no person has confirmed this.");
    wd_jw_member_str(w, "identity_class", "system");
    wd_jw_object_end(w);
}

void wd_stix_bundle(wd_stix *s, wd_export_job *job, const char *what)
{
    *s = (wd_stix){.job = job, .w = wd_jw_init(job->out, 1), .status = WD_OK};
    char id[WD_STIX_ID];
    wd_stix_time(s, WD_NO_TIME, s->now);
    wd_jw_object(&s->w);
    wd_jw_member_str(&s->w, "type", "bundle");
    wd_jw_member_str(&s->w, "id", wd_stix_id(s, "bundle", wd_slice_str(what), false, id));
    wd_jw_key(&s->w, "objects");
    wd_jw_array(&s->w);
    size_t at = 2;
    for (size_t i = 0; i < MARKINGS; i++) {
        at = strcmp(markings[i].word, job->tlp) == 0 ? i : at;
    }
    marking(s, at);
    identity(s);
}

wd_status wd_stix_bundle_end(wd_stix *s, wd_err *err)
{
    wd_jw_array_end(&s->w);
    wd_jw_object_end(&s->w);
    wd_buf_byte(s->job->out, '\n');
    return s->status == WD_OK ? WD_OK : wd_nomem(err, "report.stix");
}

const char *wd_stix_id(const wd_stix *s, const char *type, wd_slice name, bool anywhere,
                       char out[static WD_STIX_ID])
{
    char uuid[WD_UUID_TEXT];
    wd_buf key = {0};
    wd_buf_printf(&key, "%s:", type);
    if (!anywhere) { /* two cases may say different things of one name */
        wd_buf_add(&key, wd_view_case_name(s->job->report));
        wd_buf_byte(&key, 0x1f);
    }
    wd_buf_add(&key, name);
    snprintf(out, WD_STIX_ID, "%s--%s", type, wd_uuid5(wd_uuid_whodunit, wd_buf_slice(&key), uuid));
    wd_buf_free(&key);
    return out;
}

const char *wd_stix_sco_id(const char *type, wd_slice canonical, char out[static WD_STIX_ID])
{
    char uuid[WD_UUID_TEXT];
    snprintf(out, WD_STIX_ID, "%s--%s", type, wd_uuid5(wd_uuid_stix_sco, canonical, uuid));
    return out;
}

static void remember(wd_stix *s, const char *id)
{
    wd_status room = WD_ROOM(s->job->arena, s->ids, s->n_ids, s->cap_ids);
    if (room != WD_OK) {
        s->status = room;
        return;
    }
    memcpy(s->ids[s->n_ids++], id, strlen(id) + 1);
}

void wd_stix_object(wd_stix *s, const char *type, const char *id)
{
    wd_jw *w = &s->w;
    remember(s, id);
    wd_jw_object(w);
    wd_jw_member_str(w, "type", type);
    wd_jw_member_str(w, "spec_version", "2.1");
    wd_jw_member_str(w, "id", id);
    wd_jw_member_str(w, "created_by_ref", s->identity);
    wd_jw_member_str(w, "created", s->now);
    wd_jw_member_str(w, "modified", s->now);
    wd_stix_ref_list(s, "object_marking_refs", s->marking);
}

void wd_stix_sco(wd_stix *s, const char *type, const char *id)
{
    wd_jw *w = &s->w;
    remember(s, id);
    wd_jw_object(w);
    wd_jw_member_str(w, "type", type);
    wd_jw_member_str(w, "spec_version", "2.1");
    wd_jw_member_str(w, "id", id);
    wd_stix_ref_list(s, "object_marking_refs", s->marking);
}

void wd_stix_ref_list(wd_stix *s, const char *key, const char *id)
{
    wd_jw_key(&s->w, key);
    wd_jw_array(&s->w);
    wd_jw_str(&s->w, id);
    wd_jw_array_end(&s->w);
}

void wd_stix_relation(wd_stix *s, const char *source, const char *kind, const char *target,
                      unsigned confidence)
{
    char id[WD_STIX_ID];
    char name[3 * WD_STIX_ID];
    snprintf(name, sizeof name, "%s %s %s", source, kind, target);
    wd_stix_object(s, "relationship", wd_stix_id(s, "relationship", wd_slice_str(name), false, id));
    wd_jw_member_str(&s->w, "relationship_type", kind);
    wd_jw_member_str(&s->w, "source_ref", source);
    wd_jw_member_str(&s->w, "target_ref", target);
    if (confidence > 0) {
        wd_jw_member_u64(&s->w, "confidence", confidence);
    }
    wd_jw_object_end(&s->w);
}

unsigned wd_stix_confidence(wd_slice word)
{
    static const struct {
        const char *word;
        unsigned value;
    } scale[] = {{"almost no chance", 5}, {"very unlikely", 15}, {"unlikely", 30},
                 {"roughly even", 50},    {"likely", 70},        {"very likely", 85},
                 {"almost certain", 95}};
    for (size_t i = 0; i < sizeof scale / sizeof scale[0]; i++) {
        if (wd_slice_eq_nocase(word, wd_slice_str(scale[i].word))) {
            return scale[i].value;
        }
    }
    return 0;
}

bool wd_stix_is_likely(wd_slice word)
{
    return wd_stix_confidence(word) >= 70;
}

static bool names_an_actor(wd_slice id)
{
    static const char *const not_actors[] = {"unknown", "copy-cat", "copycat", "copy_cat",
                                             "other",   "none",     "null"};
    for (size_t i = 0; i < sizeof not_actors / sizeof not_actors[0]; i++) {
        if (wd_slice_eq_nocase(id, wd_slice_str(not_actors[i]))) {
            return false;
        }
    }
    return id.len > 0;
}

const wd_json *wd_stix_leading(const wd_json *report)
{
    const wd_json *best = NULL;
    double most = -1;
    WD_JSON_EACH (level, wd_json_path(report, "attribution/levels")) {
        if (!wd_view_is(level, "level", "cluster")) {
            continue;
        }
        WD_JSON_EACH (h, wd_json_get(level, "hypotheses")) {
            double p = 0;
            if (wd_view_double(h, "p", &p) && p > most) {
                most = p;
                best = h;
            }
        }
    }
    bool named = best != NULL && names_an_actor(wd_json_text(best, "id")) &&
                 wd_stix_is_likely(wd_json_text(best, "word"));
    return named ? best : NULL;
}

bool wd_stix_is_technique(wd_slice id)
{
    if ((id.len != 5 && id.len != 9) || id.ptr[0] != 'T') {
        return false;
    }
    for (size_t i = 1; i < id.len; i++) {
        if (i == 5 ? id.ptr[i] != '.' : !wd_is_digit(id.ptr[i])) {
            return false;
        }
    }
    return true;
}

void wd_stix_technique_ref(wd_stix *s, wd_slice id)
{
    char url[80];
    wd_slice main = wd_slice_sub(id, 0, 5);
    wd_slice sub = wd_slice_sub(id, 6, 3);
    snprintf(url, sizeof url, "https://attack.mitre.org/techniques/%.5s%s%.*s",
             (const char *) main.ptr, sub.len > 0 ? "/" : "", (int) sub.len,
             (const char *) (sub.len > 0 ? sub.ptr : id.ptr));
    wd_jw_key(&s->w, "external_references");
    wd_jw_array(&s->w);
    wd_jw_object(&s->w);
    wd_jw_member_str(&s->w, "source_name", "mitre-attack");
    wd_jw_member_slice(&s->w, "external_id", id);
    wd_jw_member_str(&s->w, "url", url);
    wd_jw_object_end(&s->w);
    wd_jw_array_end(&s->w);
}

const wd_json *wd_stix_technique(const wd_json *report, wd_slice id)
{
    WD_JSON_EACH (t, wd_json_get(report, "techniques")) {
        if (wd_slice_eq(wd_json_text(t, "id"), id)) {
            return t;
        }
    }
    return NULL;
}

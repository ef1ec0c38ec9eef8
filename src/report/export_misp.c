#include "report/export_job.h"
#include "report/stix.h"
#include "report/uuid.h"
#include "report/view.h"

/*
 * MISP event, core format (draft-20 of November 2025, the "2.4" event): numbers are strings,
 * booleans are booleans, `info` is one line of at most 256 characters, type and category of an
 * attribute are a legal pair. Nothing is published and nothing is distributed beyond the own
 * organisation (distribution 0); only what may be blocked gets to_ids.
 */

#define MAX_INFO 250U

typedef struct pair {
    const char *type;
    const char *category;
} pair;

static pair pair_of(const wd_block_entry *e)
{
    switch (e->kind) {
    case WD_BLOCK_DOMAIN: return (pair){"domain", "Network activity"};
    case WD_BLOCK_IPV4:
    case WD_BLOCK_IPV6: return (pair){"ip-dst", "Network activity"};
    case WD_BLOCK_URL: return (pair){"url", "Network activity"};
    case WD_BLOCK_SHA256: return (pair){"sha256", "Payload delivery"};
    case WD_BLOCK_SHA1: return (pair){"sha1", "Payload delivery"};
    case WD_BLOCK_MD5: return (pair){"md5", "Payload delivery"};
    case WD_BLOCK_OTHER: break;
    }
    return (pair){"text", "Other"};
}

static void uuid_member(wd_jw *w, const char *what, wd_slice name)
{
    char id[WD_UUID_TEXT];
    wd_buf key = {0};
    wd_buf_printf(&key, "misp:%s:", what);
    wd_buf_add(&key, name);
    wd_jw_member_str(w, "uuid", wd_uuid5(wd_uuid_whodunit, wd_buf_slice(&key), id));
    wd_buf_free(&key);
}

static void seconds_member(wd_jw *w, const char *key, wd_time t)
{
    wd_buf text = {0};
    wd_buf_printf(&text, "%lld", t == WD_NO_TIME ? 0LL : (long long) (t / WD_TICKS_PER_SECOND));
    wd_jw_member_slice(w, key, wd_buf_slice(&text));
    wd_buf_free(&text);
}

/* One line, valid UTF-8, at most `max` bytes of it. */
static void line_member(wd_jw *w, const char *key, wd_slice text, size_t max)
{
    wd_buf line = {0};
    for (size_t i = 0; i < text.len && line.len < max; i++) {
        bool plain = text.ptr[i] >= 0x20 && text.ptr[i] != 0x7f;
        wd_buf_byte(&line, plain ? text.ptr[i] : ' ');
    }
    wd_jw_member_slice(w, key, wd_buf_slice(&line));
    wd_buf_free(&line);
}

static void attribute(wd_export_job *job, wd_jw *w, const wd_block_entry *e)
{
    pair p = pair_of(e);
    wd_buf value = {0};
    wd_buf comment = {0};
    wd_buf_add(&value, e->value);
    if (e->prefix > 0 && e->prefix < (e->kind == WD_BLOCK_IPV4 ? 32U : 128U)) {
        wd_buf_printf(&value, "/%u", e->prefix);
    }
    if (e->kind == WD_BLOCK_URL) {
        wd_buf_clear(&value);
        wd_buf_str(&value, "https://");
        wd_buf_add(&value, e->value);
    }
    wd_buf_add(&comment, wd_json_text(e->json, "role"));
    wd_buf_str(&comment, e->evidence.len > 0 ? ", evidence " : "");
    wd_buf_add(&comment, e->evidence);
    wd_buf_str(&comment, e->listed ? "" : ", do not block: ");
    wd_buf_add(&comment, e->held);
    wd_jw_object(w);
    uuid_member(w, p.type, wd_buf_slice(&value));
    wd_jw_member_str(w, "type", p.type);
    wd_jw_member_str(w, "category", p.category);
    wd_jw_member_bool(w, "to_ids", e->listed);
    wd_jw_member_slice(w, "value", wd_buf_slice(&value));
    wd_jw_member_str(w, "distribution", "0");
    seconds_member(w, "timestamp", job->as_of);
    line_member(w, "comment", wd_buf_slice(&comment), 1000);
    wd_jw_member_bool(w, "deleted", false);
    wd_jw_member_bool(w, "disable_correlation", !e->listed);
    wd_jw_object_end(w);
    wd_buf_free(&value);
    wd_buf_free(&comment);
}

static void tag(wd_jw *w, wd_slice name)
{
    wd_jw_object(w);
    wd_jw_member_slice(w, "name", name);
    wd_jw_object_end(w);
}

static void tags(wd_export_job *job, wd_jw *w)
{
    wd_buf name = {0};
    wd_jw_key(w, "Tag");
    wd_jw_array(w);
    wd_buf_str(&name, "tlp:");
    for (const char *c = job->tlp; *c != '\0'; c++) {
        wd_buf_byte(&name, wd_lower((uint8_t) *c));
    }
    tag(w, wd_buf_slice(&name));
    WD_JSON_EACH (t, wd_json_get(job->report, "techniques")) {
        wd_slice id = wd_json_text(t, "id");
        wd_slice title = wd_json_text(t, "name");
        if (!wd_stix_is_technique(id) || wd_slice_find_byte(title, '"') != SIZE_MAX) {
            continue;
        }
        wd_buf_clear(&name);
        wd_buf_str(&name, "misp-galaxy:mitre-attack-pattern=\"");
        wd_buf_add(&name, title);
        wd_buf_str(&name, " - ");
        wd_buf_add(&name, id);
        wd_buf_byte(&name, '"');
        tag(w, wd_buf_slice(&name));
    }
    wd_jw_array_end(w);
    wd_buf_free(&name);
}

static const char *threat_level(const wd_json *report)
{
    if (wd_view_is(report, "verdict", "AFFECTED")) {
        return "1"; /* high */
    }
    return wd_view_is(report, "verdict", "EXPOSED") ? "2" : "4";
}

wd_status wd_export_misp(wd_export_job *job, wd_err *err)
{
    (void) err;
    char time[WD_TIME_TEXT];
    wd_buf info = {0};
    wd_jw w = wd_jw_init(job->out, 1);
    wd_buf_add(&info, wd_view_case_name(job->report));
    wd_buf_str(&info, ": ");
    wd_buf_add(&info, wd_view_either(job->report, "headline", "verdict_sentence"));
    wd_jw_object(&w);
    wd_jw_key(&w, "Event");
    wd_jw_object(&w);
    uuid_member(&w, "event", wd_view_case_name(job->report));
    line_member(&w, "info", wd_buf_slice(&info), MAX_INFO);
    wd_time_format_seconds(job->as_of == WD_NO_TIME ? 0 : job->as_of, time);
    wd_jw_member_slice(&w, "date", wd_slice_of(time, 10));
    wd_jw_member_str(&w, "threat_level_id", threat_level(job->report));
    wd_jw_member_str(&w, "analysis", "1");
    wd_jw_member_str(&w, "distribution", "0");
    wd_jw_member_bool(&w, "published", false);
    seconds_member(&w, "timestamp", job->as_of);
    wd_jw_member_str(&w, "publish_timestamp", "0");
    wd_jw_key(&w, "Orgc");
    wd_jw_object(&w);
    uuid_member(&w, "organisation", WD_S("whodunit"));
    wd_jw_member_str(&w, "name", "whodunit");
    wd_jw_member_str(&w, "id", "0");
    wd_jw_object_end(&w);
    tags(job, &w);
    wd_jw_key(&w, "Attribute");
    wd_jw_array(&w);
    for (size_t i = 0; i < job->blocks.n; i++) {
        if (job->blocks.list[i].value.len > 0) {
            attribute(job, &w, &job->blocks.list[i]);
        }
    }
    wd_jw_array_end(&w);
    wd_jw_object_end(&w);
    wd_jw_object_end(&w);
    wd_buf_byte(job->out, '\n');
    wd_buf_free(&info);
    return WD_OK;
}

#include "core/hash.h"
#include "core/map.h"
#include "report/export_job.h"
#include "report/view.h"

/*
 * SARIF 2.1.0 (OASIS standard, 2020): one run, a result per finding, a rule per rule id, an
 * artifact per evidence item. Members of archives are artifacts with parentIndex whose path is that
 * inside their parent. Lengths and offsets past 2^31 are left out of their usual places: readers
 * built on the common .NET library drop the whole run without a word. Fingerprints are digests of
 * what stays the same when the finding is met again, so that two runs can be compared.
 */

typedef struct sarif {
    wd_export_job *job;
    wd_jw w;
    wd_map rules; /* rule -> index + 1 */
    wd_map items; /* path -> index + 1 */
    wd_status status;
} sarif;

static const struct {
    const char *severity;
    const char *level;
    const char *score; /* of properties.security-severity, 0.0 to 10.0 */
} levels[] = {{"critical", "error", "9.5"},
              {"high", "error", "8.0"},
              {"medium", "warning", "5.5"},
              {"low", "note", "3.0"},
              {"info", "none", "0.0"}};

static size_t level_of(const wd_json *finding)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (wd_view_is(finding, "severity", levels[i].severity)) {
            return i;
        }
    }
    return 4;
}

/* A path as relative URI reference: RFC 3986 unreserved characters and '/', the rest by percent. */
static void uri(wd_buf *out, wd_slice path)
{
    for (size_t i = 0; i < path.len; i++) {
        uint8_t c = path.ptr[i];
        bool plain = wd_is_alpha(c) || wd_is_digit(c) || c == '-' || c == '.' || c == '_' ||
                     c == '~' || c == '/';
        if (plain) {
            wd_buf_byte(out, c);
        } else {
            wd_buf_printf(out, "%%%02X", c);
        }
    }
}

/* The last member of "a.zip > b/c.dll", empty when the item is a file of its own. */
static wd_slice member_of(wd_slice path)
{
    wd_slice member = {0};
    for (size_t at; (at = wd_slice_find(path, WD_S(" > "))) != SIZE_MAX;) {
        path = wd_slice_sub(path, at + 3, path.len);
        member = path;
    }
    return member;
}

static void location_members(sarif *s, wd_slice path)
{
    wd_buf text = {0};
    wd_slice member = member_of(path);
    wd_slice shown = member.len > 0 ? member : path;
    while (shown.len > 0 && shown.ptr[0] == '/') {
        shown = wd_slice_sub(shown, 1, shown.len); /* a leading slash would defeat the base */
    }
    uri(&text, shown);
    wd_jw_member_slice(&s->w, "uri", wd_buf_slice(&text));
    if (member.len == 0) {
        wd_jw_member_str(&s->w, "uriBaseId", "EVIDENCE");
    }
    wd_buf_free(&text);
}

static void text_member(sarif *s, const char *key, wd_slice text)
{
    wd_jw_key(&s->w, key);
    wd_jw_object(&s->w);
    wd_jw_member_slice(&s->w, "text", text.len > 0 ? text : WD_S("(no text)"));
    wd_jw_object_end(&s->w);
}

/* A number for `key`, counted from 0; `*added` tells whether it is new. */
static size_t number(sarif *s, wd_map *map, wd_slice key, bool *added)
{
    uintptr_t *slot = wd_map_put(map, key, added);
    if (slot == NULL) {
        s->status = WD_E_NOMEM;
        return 0;
    }
    if (*added) {
        *slot = map->n;
    }
    return *slot - 1;
}

static wd_slice rule_of(const wd_json *finding)
{
    wd_slice rule = wd_json_text(finding, "rule");
    return rule.len > 0 ? rule : WD_S("unnamed");
}

static void rules(sarif *s)
{
    wd_jw_key(&s->w, "rules");
    wd_jw_array(&s->w);
    WD_JSON_EACH (f, wd_json_get(s->job->report, "findings")) {
        bool added = false;
        number(s, &s->rules, rule_of(f), &added);
        if (!added) {
            continue;
        }
        size_t level = level_of(f);
        wd_jw_object(&s->w);
        wd_jw_member_slice(&s->w, "id", rule_of(f));
        text_member(s, "shortDescription", wd_json_text(f, "title"));
        wd_jw_key(&s->w, "defaultConfiguration");
        wd_jw_object(&s->w);
        wd_jw_member_str(&s->w, "level", levels[level].level);
        wd_jw_object_end(&s->w);
        wd_jw_key(&s->w, "properties");
        wd_jw_object(&s->w);
        wd_jw_member_str(&s->w, "security-severity", levels[level].score);
        wd_jw_key(&s->w, "tags");
        wd_jw_array(&s->w);
        wd_jw_str(&s->w, "security");
        WD_JSON_EACH (id, wd_json_get(f, "techniques")) {
            wd_jw_slice(&s->w, wd_json_scalar(id));
        }
        wd_jw_array_end(&s->w);
        wd_jw_object_end(&s->w);
        wd_jw_object_end(&s->w);
    }
    wd_jw_array_end(&s->w);
}

static void driver(sarif *s)
{
    const wd_json *tool = wd_json_get(s->job->report, "tool");
    wd_slice version = wd_json_text(tool, "version");
    wd_jw_key(&s->w, "tool");
    wd_jw_object(&s->w);
    wd_jw_key(&s->w, "driver");
    wd_jw_object(&s->w);
    wd_jw_member_str(&s->w, "name", "whodunit");
    wd_jw_member_slice(&s->w, "semanticVersion", version.len > 0 ? version : WD_S("0.0.0"));
    rules(s);
    wd_jw_object_end(&s->w);
    wd_jw_object_end(&s->w);
}

/* The index of the container of a member among the artifacts, -1 when it has none there. */
static int64_t parent_of(const sarif *s, wd_slice path)
{
    wd_slice member = member_of(path);
    if (member.len == 0) {
        return -1;
    }
    const uintptr_t *slot =
        wd_map_find(&s->items, wd_slice_sub(path, 0, path.len - member.len - 3));
    return slot == NULL ? -1 : (int64_t) *slot - 1;
}

static void artifacts(sarif *s)
{
    wd_jw_key(&s->w, "artifacts");
    wd_jw_array(&s->w);
    WD_JSON_EACH (item, wd_json_get(s->job->report, "evidence")) {
        bool added = false;
        wd_slice path = wd_json_text(item, "path");
        number(s, &s->items, path, &added);
        if (!added) {
            continue;
        }
        wd_jw_object(&s->w);
        wd_jw_key(&s->w, "location");
        wd_jw_object(&s->w);
        location_members(s, path);
        wd_jw_object_end(&s->w);
        int64_t parent = parent_of(s, path);
        if (parent >= 0) {
            wd_jw_key(&s->w, "parentIndex");
            wd_jw_i64(&s->w, parent);
        }
        if (wd_view_u64(item, "size", 0) <= INT32_MAX) {
            wd_jw_member_u64(&s->w, "length", wd_view_u64(item, "size", 0));
        }
        if (wd_json_text(item, "sha256").len == 64) {
            wd_jw_key(&s->w, "hashes");
            wd_jw_object(&s->w);
            wd_jw_member_slice(&s->w, "sha-256", wd_json_text(item, "sha256"));
            wd_jw_object_end(&s->w);
        }
        wd_jw_object_end(&s->w);
    }
    wd_jw_array_end(&s->w);
}

static void region(sarif *s, const wd_json *evidence)
{
    if (!wd_json_is(wd_json_get(evidence, "offset"), WD_JSON_NUMBER)) {
        return;
    }
    uint64_t offset = wd_view_u64(evidence, "offset", 0);
    if (offset > INT32_MAX) {
        wd_jw_key(&s->w, "properties");
        wd_jw_object(&s->w);
        wd_jw_member_u64(&s->w, "byteOffset", offset);
        wd_jw_object_end(&s->w);
        return;
    }
    wd_jw_key(&s->w, "region");
    wd_jw_object(&s->w);
    wd_jw_member_u64(&s->w, "byteOffset", offset);
    uint64_t len = wd_view_u64(evidence, "length", 0);
    if (len > 0 && len <= INT32_MAX) {
        wd_jw_member_u64(&s->w, "byteLength", len);
    }
    wd_jw_object_end(&s->w);
}

static void locations(sarif *s, const wd_json *finding)
{
    wd_jw_key(&s->w, "locations");
    wd_jw_array(&s->w);
    WD_JSON_EACH (e, wd_json_get(finding, "evidence")) {
        wd_slice path = wd_json_text(e, "item");
        const uintptr_t *index = wd_map_find(&s->items, path);
        if (path.len == 0) {
            continue;
        }
        wd_jw_object(&s->w);
        wd_jw_key(&s->w, "physicalLocation");
        wd_jw_object(&s->w);
        wd_jw_key(&s->w, "artifactLocation");
        wd_jw_object(&s->w);
        location_members(s, path);
        if (index != NULL) {
            wd_jw_member_u64(&s->w, "index", *index - 1);
        }
        wd_jw_object_end(&s->w);
        region(s, e);
        wd_jw_object_end(&s->w);
        wd_jw_object_end(&s->w);
    }
    wd_jw_array_end(&s->w);
}

/* The finding's own, else a digest of rule, host, title and first item: not of ids or offsets,
 * which move between runs over more evidence. */
static void fingerprint(sarif *s, const wd_json *finding)
{
    wd_slice own = wd_json_text(finding, "fingerprint");
    uint8_t digest[32];
    char hex[65] = "";
    wd_buf text = {0};
    const wd_json *first = wd_json_first(wd_json_get(finding, "evidence"));
    wd_slice parts[] = {rule_of(finding), wd_json_text(finding, "host"),
                        wd_json_text(finding, "title"), wd_json_text(first, "item")};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        wd_buf_add(&text, parts[i]);
        wd_buf_byte(&text, 0x1f);
    }
    if (wd_hash(WD_SHA256, wd_buf_slice(&text), digest)) {
        wd_hex(digest, 16, hex);
    }
    wd_buf_free(&text);
    wd_jw_key(&s->w, "partialFingerprints");
    wd_jw_object(&s->w);
    wd_jw_member_slice(&s->w, "whodunit/v1", own.len > 0 ? own : wd_slice_str(hex));
    wd_jw_object_end(&s->w);
}

static void result(sarif *s, const wd_json *f)
{
    bool added = false;
    size_t level = level_of(f);
    size_t rule = number(s, &s->rules, rule_of(f), &added);
    wd_jw_object(&s->w);
    wd_jw_member_slice(&s->w, "ruleId", rule_of(f));
    wd_jw_member_u64(&s->w, "ruleIndex", rule);
    wd_jw_member_str(&s->w, "kind", level == 4 ? "informational" : "fail");
    wd_jw_member_str(&s->w, "level", levels[level].level);
    text_member(s, "message", wd_view_either(f, "sentence", "title"));
    locations(s, f);
    fingerprint(s, f);
    wd_jw_key(&s->w, "properties");
    wd_jw_object(&s->w);
    wd_jw_member_slice(&s->w, "id", wd_json_text(f, "id"));
    wd_jw_member_slice(&s->w, "basis", wd_json_text(f, "basis"));
    wd_jw_member_slice(&s->w, "host", wd_json_text(f, "host"));
    wd_jw_object_end(&s->w);
    wd_jw_object_end(&s->w);
}

static void bases(sarif *s)
{
    wd_jw_key(&s->w, "originalUriBaseIds");
    wd_jw_object(&s->w);
    wd_jw_key(&s->w, "EVIDENCE");
    wd_jw_object(&s->w);
    text_member(s, "description", WD_S("The folder that the evidence was named from."));
    wd_jw_object_end(&s->w);
    wd_jw_object_end(&s->w);
}

wd_status wd_export_sarif(wd_export_job *job, wd_err *err)
{
    sarif s = {.job = job,
               .w = wd_jw_init(job->out, 1),
               .rules = {.arena = job->arena},
               .items = {.arena = job->arena}};
    wd_jw_object(&s.w);
    wd_jw_member_str(&s.w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    wd_jw_member_str(&s.w, "version", "2.1.0");
    wd_jw_key(&s.w, "runs");
    wd_jw_array(&s.w);
    wd_jw_object(&s.w);
    driver(&s);
    bases(&s);
    artifacts(&s);
    wd_jw_key(&s.w, "results");
    wd_jw_array(&s.w);
    WD_JSON_EACH (f, wd_json_get(job->report, "findings")) {
        result(&s, f);
    }
    wd_jw_array_end(&s.w);
    wd_jw_member_str(&s.w, "columnKind", "unicodeCodePoints");
    wd_jw_key(&s.w, "properties");
    wd_jw_object(&s.w);
    wd_jw_member_str(&s.w, "tlp", job->tlp);
    wd_jw_object_end(&s.w);
    wd_jw_object_end(&s.w);
    wd_jw_array_end(&s.w);
    wd_jw_object_end(&s.w);
    wd_buf_byte(job->out, '\n');
    return s.status == WD_OK ? WD_OK : wd_nomem(err, "report.sarif");
}

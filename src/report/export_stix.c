#include <stdio.h>
#include <string.h>

#include "core/map.h"
#include "report/stix.h"
#include "report/view.h"

/*
 * STIX 2.1 bundle: the case as a grouping of suspicious activity, what happened as campaign,
 * observed data, sightings, techniques and infrastructure. Only a leading hypothesis that is
 * "likely" or stronger becomes an attributed-to relationship; all hypotheses stand in one note, so
 * that no importer turns a guess into a fact.
 */

typedef struct bundle {
    wd_stix s;
    const wd_json *report;
    char campaign[WD_STIX_ID]; /* "" when the verdict tells of none */
    char infrastructure[WD_STIX_ID];
    wd_map written; /* ids of cyber-observables on the way */
} bundle;

static bool has_campaign(const wd_json *report)
{
    return wd_view_is(report, "verdict", "AFFECTED") || wd_view_is(report, "verdict", "EXPOSED");
}

static void campaign(bundle *b)
{
    if (!has_campaign(b->report)) {
        return;
    }
    wd_jw *w = &b->s.w;
    wd_slice name = wd_json_text(b->report, "headline");
    wd_stix_id(&b->s, "campaign", WD_S("campaign"), false, b->campaign);
    wd_stix_object(&b->s, "campaign", b->campaign);
    wd_jw_member_slice(w, "name", name.len > 0 ? name : wd_view_case_name(b->report));
    wd_slice sentence = wd_json_text(b->report, "verdict_sentence");
    if (sentence.len > 0) {
        wd_jw_member_slice(w, "description", sentence);
    }
    wd_jw_object_end(w);
}

/* --- techniques ----------------------------------------------------------------------------- */

static bool first_use(bundle *b, wd_slice key)
{
    bool added = false;
    wd_slice kept = wd_arena_copy(b->written.arena, key);
    if (kept.ptr == NULL || wd_map_put(&b->written, kept, &added) == NULL) {
        b->s.status = WD_E_NOMEM;
        return false;
    }
    return added;
}

static void technique(bundle *b, wd_slice id)
{
    if (!wd_stix_is_technique(id) || !first_use(b, id)) {
        return;
    }
    char stix_id[WD_STIX_ID];
    wd_slice name = wd_json_text(wd_stix_technique(b->report, id), "name");
    wd_stix_object(&b->s, "attack-pattern", wd_stix_id(&b->s, "attack-pattern", id, true, stix_id));
    wd_jw_member_slice(&b->s.w, "name", name.len > 0 ? name : id);
    wd_stix_technique_ref(&b->s, id);
    wd_jw_object_end(&b->s.w);
    if (b->campaign[0] != '\0') {
        wd_stix_relation(&b->s, b->campaign, "uses", stix_id, 0);
    }
}

static void techniques(bundle *b)
{
    WD_JSON_EACH (finding, wd_json_get(b->report, "findings")) {
        WD_JSON_EACH (id, wd_json_get(finding, "techniques")) {
            technique(b, wd_json_scalar(id));
        }
    }
}

/* --- observables and indicators ------------------------------------------------------------- */

static const char *sco_type(wd_block_kind kind)
{
    switch (kind) {
    case WD_BLOCK_DOMAIN: return "domain-name";
    case WD_BLOCK_IPV4: return "ipv4-addr";
    case WD_BLOCK_IPV6: return "ipv6-addr";
    case WD_BLOCK_URL: return "url";
    case WD_BLOCK_SHA256:
    case WD_BLOCK_SHA1:
    case WD_BLOCK_MD5:
    case WD_BLOCK_OTHER: break;
    }
    return "file";
}

static const char *hash_name(wd_block_kind kind)
{
    return kind == WD_BLOCK_SHA256 ? "SHA-256" : kind == WD_BLOCK_SHA1 ? "SHA-1" : "MD5";
}

/* The value as STIX writes it: addresses with a prefix, URLs with their scheme. */
static void stix_value(wd_buf *out, const wd_block_entry *e)
{
    if (e->kind == WD_BLOCK_URL) {
        bool plain = wd_slice_starts_nocase(wd_json_text(e->json, "value"), WD_S("http://"));
        wd_buf_str(out, plain ? "http://" : "https://");
    }
    wd_buf_add(out, e->value);
    if (e->prefix > 0 && e->prefix < (e->kind == WD_BLOCK_IPV4 ? 32U : 128U)) {
        wd_buf_printf(out, "/%u", e->prefix);
    }
}

/* Writes the observable of an entry unless it is there; `id` gets its id. */
static void observable(bundle *b, const wd_block_entry *e, char id[static WD_STIX_ID])
{
    wd_buf value = {0};
    wd_buf canonical = {0};
    wd_jw c = wd_jw_init(&canonical, 0);
    stix_value(&value, e);
    bool file = strcmp(sco_type(e->kind), "file") == 0;
    wd_jw_object(&c);
    if (file) {
        wd_jw_key(&c, "hashes");
        wd_jw_object(&c);
        wd_jw_member_slice(&c, hash_name(e->kind), e->value);
        wd_jw_object_end(&c);
    } else {
        wd_jw_member_slice(&c, "value", wd_buf_slice(&value));
    }
    wd_jw_object_end(&c);
    wd_stix_sco_id(sco_type(e->kind), wd_buf_slice(&canonical), id);
    if (first_use(b, wd_slice_str(id))) {
        wd_jw *w = &b->s.w;
        wd_stix_sco(&b->s, sco_type(e->kind), id);
        if (file) {
            wd_jw_key(w, "hashes");
            wd_jw_object(w);
            wd_jw_member_slice(w, hash_name(e->kind), e->value);
            wd_jw_object_end(w);
        } else {
            wd_jw_member_slice(w, "value", wd_buf_slice(&value));
        }
        wd_jw_object_end(w);
    }
    wd_buf_free(&value);
    wd_buf_free(&canonical);
}

/* Values have been checked to hold neither quote nor backslash. */
static void pattern(wd_buf *out, const wd_block_entry *e)
{
    if (strcmp(sco_type(e->kind), "file") == 0) {
        wd_buf_printf(out, "[file:hashes.'%s' = '", hash_name(e->kind));
        wd_buf_add(out, e->value);
        wd_buf_str(out, "']");
    } else if (e->kind == WD_BLOCK_URL) {
        for (int tls = 0; tls < 2; tls++) {
            wd_buf_printf(out, "%surl:value = 'http%s://", tls == 0 ? "[" : " OR ",
                          tls == 0 ? "" : "s");
            wd_buf_add(out, e->value);
            wd_buf_str(out, "'");
        }
        wd_buf_byte(out, ']');
    } else {
        wd_buf_printf(out, "[%s:value = '", sco_type(e->kind));
        stix_value(out, e);
        wd_buf_str(out, "']");
    }
}

static void indicator_id(bundle *b, const wd_block_entry *e, char id[static WD_STIX_ID])
{
    wd_buf text = {0};
    pattern(&text, e);
    wd_stix_id(&b->s, "indicator", wd_buf_slice(&text), true, id);
    wd_buf_free(&text);
}

static void indicator_body(bundle *b, const wd_block_entry *e)
{
    char time[WD_STIX_TIME];
    wd_jw *w = &b->s.w;
    wd_buf text = {0};
    pattern(&text, e);
    wd_jw_member_slice(w, "name", e->value);
    wd_buf about = {0};
    wd_buf_str(&about, "Role: ");
    wd_buf_add(&about, wd_json_text(e->json, "role"));
    if (!e->listed) {
        wd_buf_str(&about, ". Watch only, do not block: ");
        wd_buf_add(&about, e->held);
    }
    wd_jw_member_slice(w, "description", wd_buf_slice(&about));
    wd_jw_key(w, "indicator_types");
    wd_jw_array(w);
    wd_jw_str(w, e->listed ? "malicious-activity" : "anomalous-activity");
    wd_jw_array_end(w);
    wd_jw_member_slice(w, "pattern", wd_buf_slice(&text));
    wd_jw_member_str(w, "pattern_type", "stix");
    wd_time from = wd_view_time(e->json, "date");
    from = from == WD_NO_TIME ? b->s.job->as_of : from;
    wd_jw_member_str(w, "valid_from", wd_stix_time(&b->s, from, time));
    if (e->expires != WD_NO_TIME && e->expires > from) {
        wd_jw_member_str(w, "valid_until", wd_stix_time(&b->s, e->expires, time));
    }
    wd_buf_free(&text);
    wd_buf_free(&about);
}

static void indicators(bundle *b)
{
    for (size_t i = 0; i < b->s.job->blocks.n; i++) {
        const wd_block_entry *e = &b->s.job->blocks.list[i];
        bool watch = wd_view_is(e->json, "block_safety", "watch");
        if (e->kind == WD_BLOCK_OTHER || (!e->listed && !watch)) {
            continue; /* what must never be blocked is no indicator to anybody else */
        }
        char id[WD_STIX_ID];
        char sco[WD_STIX_ID];
        indicator_id(b, e, id);
        observable(b, e, sco);
        wd_stix_object(&b->s, "indicator", id);
        indicator_body(b, e);
        wd_jw_object_end(&b->s.w);
        if (b->campaign[0] != '\0') {
            wd_stix_relation(&b->s, id, "indicates", b->campaign, 0);
        }
        bool network = e->kind < WD_BLOCK_SHA256;
        if (b->infrastructure[0] != '\0' && network && e->listed) {
            wd_stix_relation(&b->s, b->infrastructure, "consists-of", sco, 0);
        }
    }
}

static void infrastructure(bundle *b)
{
    bool any = false;
    for (size_t i = 0; i < b->s.job->blocks.n; i++) {
        const wd_block_entry *e = &b->s.job->blocks.list[i];
        any = any || (e->listed && e->kind < WD_BLOCK_SHA256);
    }
    if (!any || b->campaign[0] == '\0') {
        return;
    }
    wd_stix_id(&b->s, "infrastructure", WD_S("infrastructure"), false, b->infrastructure);
    wd_stix_object(&b->s, "infrastructure", b->infrastructure);
    wd_jw_member_str(&b->s.w, "name", "Network infrastructure of the campaign");
    wd_jw_key(&b->s.w, "infrastructure_types");
    wd_jw_array(&b->s.w);
    wd_jw_str(&b->s.w, "command-and-control");
    wd_jw_array_end(&b->s.w);
    wd_jw_object_end(&b->s.w);
    wd_stix_relation(&b->s, b->campaign, "uses", b->infrastructure, 0);
}

/* --- what was seen -------------------------------------------------------------------------- */

/* The entry that a contact agrees with, by name first. */
static const wd_block_entry *entry_of(const bundle *b, const wd_json *contact)
{
    const wd_blocklist *list = &b->s.job->blocks;
    for (int by_address = 0; by_address < 2; by_address++) {
        wd_slice want = wd_json_text(contact, by_address == 1 ? "dst" : "name");
        for (size_t i = 0; i < list->n && want.len > 0; i++) {
            const wd_block_entry *e = &list->list[i];
            if (e->kind < WD_BLOCK_URL && wd_slice_eq_nocase(e->value, want)) {
                return e;
            }
        }
    }
    return NULL;
}

static void protocols(wd_jw *w, wd_slice proto)
{
    bool udp = wd_slice_eq(proto, WD_S("udp")) || wd_slice_eq(proto, WD_S("dns")) ||
               wd_slice_eq(proto, WD_S("quic"));
    wd_jw_key(w, "protocols");
    wd_jw_array(w);
    wd_jw_str(w, udp ? "udp" : "tcp");
    if (wd_slice_eq(proto, WD_S("tls")) || wd_slice_eq(proto, WD_S("http")) ||
        wd_slice_eq(proto, WD_S("dns")) || wd_slice_eq(proto, WD_S("quic"))) {
        wd_jw_slice(w, proto);
    }
    wd_jw_array_end(w);
}

static void traffic_members(wd_jw *w, const wd_json *contact, const char *target)
{
    uint64_t port = wd_view_u64(contact, "port", 0);
    if (port > 0 && port < 65536) { /* in the order of canonical JSON */
        wd_jw_member_u64(w, "dst_port", port);
    }
    wd_jw_member_str(w, "dst_ref", target);
    protocols(w, wd_json_text(contact, "proto"));
}

static void traffic(bundle *b, const wd_json *contact, const char *target,
                    char id[static WD_STIX_ID])
{
    wd_buf canonical = {0};
    wd_jw c = wd_jw_init(&canonical, 0);
    wd_jw_object(&c);
    traffic_members(&c, contact, target);
    wd_jw_object_end(&c);
    wd_stix_sco_id("network-traffic", wd_buf_slice(&canonical), id);
    wd_buf_free(&canonical);
    if (first_use(b, wd_slice_str(id))) {
        wd_stix_sco(&b->s, "network-traffic", id);
        traffic_members(&b->s.w, contact, target);
        wd_jw_object_end(&b->s.w);
    }
}

static void times(bundle *b, const wd_json *contact, const char *first, const char *last)
{
    char text[WD_STIX_TIME];
    wd_time from = wd_view_time(contact, "first");
    wd_time to = wd_view_time(contact, "last");
    to = to == WD_NO_TIME || to < from ? from : to;
    wd_jw_member_str(&b->s.w, first, wd_stix_time(&b->s, from, text));
    wd_jw_member_str(&b->s.w, last, wd_stix_time(&b->s, to, text));
}

static uint64_t bounded_count(const wd_json *contact)
{
    uint64_t n = wd_view_u64(contact, "count", 1);
    return n < 1 ? 1 : n > 999999999 ? 999999999 : n;
}

static void contact_seen(bundle *b, const wd_json *contact)
{
    const wd_block_entry *e = entry_of(b, contact);
    char sco[WD_STIX_ID];
    char flow[WD_STIX_ID];
    char id[WD_STIX_ID];
    char target[WD_STIX_ID];
    if (e == NULL || (!e->listed && !wd_view_is(e->json, "block_safety", "watch"))) {
        return;
    }
    observable(b, e, sco);
    traffic(b, contact, sco, flow);
    wd_buf key = {0};
    wd_buf_add(&key, wd_json_text(contact, "src"));
    wd_buf_byte(&key, ' ');
    wd_buf_str(&key, flow);
    wd_stix_object(&b->s, "observed-data",
                   wd_stix_id(&b->s, "observed-data", wd_buf_slice(&key), false, id));
    times(b, contact, "first_observed", "last_observed");
    wd_jw_member_u64(&b->s.w, "number_observed", bounded_count(contact));
    wd_stix_ref_list(&b->s, "object_refs", flow);
    wd_jw_object_end(&b->s.w);

    char sighting[WD_STIX_ID];
    indicator_id(b, e, target);
    wd_stix_object(&b->s, "sighting",
                   wd_stix_id(&b->s, "sighting", wd_buf_slice(&key), false, sighting));
    times(b, contact, "first_seen", "last_seen");
    wd_jw_member_u64(&b->s.w, "count", bounded_count(contact));
    wd_jw_member_str(&b->s.w, "sighting_of_ref", target);
    wd_stix_ref_list(&b->s, "observed_data_refs", id);
    wd_jw_object_end(&b->s.w);
    wd_buf_free(&key);
}

/* --- victims, actors, actions --------------------------------------------------------------- */

static bool is_country(wd_slice c)
{
    return c.len == 2 && wd_is_alpha(c.ptr[0]) && wd_is_alpha(c.ptr[1]);
}

static void places(bundle *b)
{
    WD_JSON_EACH (host, wd_json_get(b->report, "hosts")) {
        char id[WD_STIX_ID];
        wd_slice country = wd_json_text(host, "country");
        bool touched =
            wd_view_is(host, "word", "compromised") || wd_view_is(host, "word", "infected");
        if (!touched || !is_country(country) || !first_use(b, country)) {
            continue;
        }
        wd_stix_object(&b->s, "location", wd_stix_id(&b->s, "location", country, true, id));
        wd_jw_member_slice(&b->s.w, "name", country);
        wd_jw_member_slice(&b->s.w, "country", country);
        wd_jw_object_end(&b->s.w);
        if (b->campaign[0] != '\0') {
            wd_stix_relation(&b->s, b->campaign, "targets", id, 0);
        }
    }
}

static void actor(bundle *b)
{
    const wd_json *h = wd_stix_leading(b->report);
    char id[WD_STIX_ID];
    if (h == NULL || b->campaign[0] == '\0') {
        return;
    }
    wd_slice name = wd_view_either(h, "name", "id");
    wd_stix_object(&b->s, "intrusion-set", wd_stix_id(&b->s, "intrusion-set", name, true, id));
    wd_jw_member_slice(&b->s.w, "name", name);
    wd_jw_object_end(&b->s.w);
    wd_stix_relation(&b->s, b->campaign, "attributed-to", id,
                     wd_stix_confidence(wd_json_text(h, "word")));
}

static void hypotheses(const bundle *b, wd_buf *out)
{
    WD_JSON_EACH (level, wd_json_path(b->report, "attribution/levels")) {
        wd_buf_str(out, "\nLevel ");
        wd_buf_add(out, wd_json_text(level, "level"));
        wd_buf_byte(out, ':');
        WD_JSON_EACH (h, wd_json_get(level, "hypotheses")) {
            double p = 0;
            wd_buf_byte(out, ' ');
            wd_buf_add(out, wd_view_either(h, "name", "id"));
            if (wd_view_double(h, "p", &p) && p >= 0 && p <= 1) {
                wd_buf_printf(out, " %.0f %%", p * 100);
            }
            wd_buf_str(out, " (");
            wd_buf_add(out, wd_json_text(h, "word"));
            wd_buf_str(out, ");");
        }
    }
}

static void note(bundle *b, const char *subject)
{
    static const char *const keys[] = {"hit", "path", "deeds", "who", "now"};
    char id[WD_STIX_ID];
    wd_buf text = {0};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const wd_json *answer = wd_json_get(wd_json_get(b->report, "answers"), keys[i]);
        wd_buf_add(&text, wd_json_text(answer, "sentence"));
        wd_buf_byte(&text, ' ');
        wd_view_likelihood(&text, wd_json_get(answer, "likelihood"), true);
        wd_buf_byte(&text, '\n');
    }
    wd_buf_str(&text, "Hypotheses about the actor, none of them a fact:");
    hypotheses(b, &text);
    wd_stix_object(&b->s, "note", wd_stix_id(&b->s, "note", WD_S("answers"), false, id));
    wd_jw_member_str(&b->s.w, "abstract", "The five answers, and all hypotheses about the actor");
    wd_jw_member_slice(&b->s.w, "content", wd_buf_slice(&text));
    wd_stix_ref_list(&b->s, "object_refs", subject);
    wd_jw_object_end(&b->s.w);
    wd_buf_free(&text);
}

static void actions(bundle *b)
{
    WD_JSON_EACH (action, wd_json_get(b->report, "actions")) {
        char id[WD_STIX_ID];
        wd_slice text = wd_json_text(action, "text");
        if (text.len == 0 || !first_use(b, text)) {
            continue;
        }
        wd_stix_object(&b->s, "course-of-action",
                       wd_stix_id(&b->s, "course-of-action", text, false, id));
        wd_jw_member_slice(&b->s.w, "name", text);
        if (wd_json_text(action, "why").len > 0) {
            wd_jw_member_slice(&b->s.w, "description", wd_json_text(action, "why"));
        }
        wd_jw_object_end(&b->s.w);
    }
}

static void grouping(bundle *b)
{
    char id[WD_STIX_ID];
    size_t n = b->s.n_ids;
    wd_stix_object(&b->s, "grouping", wd_stix_id(&b->s, "grouping", WD_S("case"), false, id));
    wd_jw_member_slice(&b->s.w, "name", wd_view_case_name(b->report));
    wd_jw_member_slice(&b->s.w, "description", wd_json_text(b->report, "verdict_sentence"));
    wd_jw_member_str(&b->s.w, "context", "suspicious-activity");
    wd_jw_key(&b->s.w, "object_refs");
    wd_jw_array(&b->s.w);
    for (size_t i = 0; i < n; i++) {
        wd_jw_str(&b->s.w, b->s.ids[i]);
    }
    wd_jw_array_end(&b->s.w);
    wd_jw_object_end(&b->s.w);
}

wd_status wd_export_stix(wd_export_job *job, wd_err *err)
{
    bundle b = {.report = job->report, .written = {.arena = job->arena}};
    wd_stix_bundle(&b.s, job, "bundle");
    campaign(&b);
    techniques(&b);
    infrastructure(&b);
    indicators(&b);
    WD_JSON_EACH (contact, wd_json_get(job->report, "contacts")) {
        contact_seen(&b, contact);
    }
    places(&b);
    actor(&b);
    actions(&b);
    note(&b, b.campaign[0] != '\0' ? b.campaign : b.s.identity);
    grouping(&b);
    return wd_stix_bundle_end(&b.s, err);
}

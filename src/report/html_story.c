#include "report/page.h"
#include "report/view.h"

/*
 * The findings three times: as a narrative in the order of tactics, one by one with the record
 * behind each, and as a small ATT&CK matrix. Names of tactics and techniques come with the report.
 */

#define MAX_FINDINGS 500U
#define MAX_STORY 10U /* lines of one tactic; the rest is among the findings */
#define STORY_HOSTS 6U
#define STORY_IDS 4U

static const wd_json *technique_of(wd_page *p, wd_slice id)
{
    const uintptr_t *slot = wd_map_find(&p->techniques, id);
    return slot == NULL ? NULL : (const wd_json *) *slot;
}

/* Whether a finding carries a technique of the tactic; an empty tactic asks for findings whose
 * techniques the report knows nothing of. */
static bool belongs(wd_page *p, const wd_json *finding, wd_slice tactic)
{
    bool known = false;
    WD_JSON_EACH (id, wd_json_get(finding, "techniques")) {
        const wd_json *tactics = wd_json_get(technique_of(p, wd_json_scalar(id)), "tactics");
        known = known || wd_view_count(tactics) > 0;
        if (tactic.len > 0 && wd_view_has(tactics, tactic)) {
            return true;
        }
    }
    return tactic.len == 0 && !known;
}

static bool tells_something(const wd_json *finding)
{
    return !wd_view_is(finding, "severity", "info");
}

/* Findings that say the same of several hosts, or several times, are one line. */
typedef struct telling {
    wd_slice text;
    const wd_json *first;
    wd_slice hosts[STORY_HOSTS];
    size_t n_hosts; /* all of them; the list holds the first ones */
    wd_slice ids[STORY_IDS];
    size_t n;
} telling;

static void tell(telling *t, const wd_json *finding)
{
    wd_slice host = wd_json_text(finding, "host");
    bool known = host.len == 0;
    for (size_t i = 0; i < t->n_hosts && i < STORY_HOSTS; i++) {
        known = known || wd_slice_eq(t->hosts[i], host);
    }
    if (!known && t->n_hosts < STORY_HOSTS) {
        t->hosts[t->n_hosts] = host;
    }
    t->n_hosts += known ? 0 : 1;
    if (t->n < STORY_IDS) {
        t->ids[t->n] = wd_json_text(finding, "id");
    }
    t->n++;
}

static void sentence(wd_page *p, const telling *t)
{
    wd_page_raw(p, "<li>");
    for (size_t i = 0; i < t->n_hosts && i < STORY_HOSTS; i++) {
        wd_page_raw(p, i == 0 ? "<strong>" : ", ");
        wd_page_text(p, t->hosts[i]);
    }
    if (t->n_hosts > STORY_HOSTS) {
        wd_page_raw(p, " and more");
    }
    wd_page_raw(p, t->n_hosts > 0 ? "</strong>: " : "");
    wd_page_text(p, t->text);
    WD_JSON_EACH (id, wd_json_get(t->first, "techniques")) {
        wd_page_raw(p, " ");
        wd_page_technique(p, wd_json_scalar(id));
    }
    wd_page_raw(p, " ");
    wd_page_badge(p, wd_json_text(t->first, "basis"));
    for (size_t i = 0; i < t->n && i < STORY_IDS; i++) {
        wd_page_raw(p, " ");
        wd_page_id(p, t->ids[i]);
    }
    if (t->n > STORY_IDS) {
        wd_page_rawf(p, " <span class=\"mute\">+%zu</span>", t->n - STORY_IDS);
    }
    wd_page_raw(p, "</li>\n");
}

/* The lines of one tactic; gives how many findings found no room. */
static size_t gather(wd_page *p, wd_slice id, telling lines[static MAX_STORY], size_t *n)
{
    size_t left = 0;
    WD_JSON_EACH (finding, wd_json_get(p->report, "findings")) {
        if (!tells_something(finding) || !belongs(p, finding, id)) {
            continue;
        }
        wd_slice text = wd_view_either(finding, "sentence", "title");
        size_t i = 0;
        while (i < *n && !wd_slice_eq(lines[i].text, text)) {
            i++;
        }
        if (i == MAX_STORY) {
            left++;
            continue;
        }
        if (i == *n) {
            lines[(*n)++] = (telling){.text = text, .first = finding};
        }
        tell(&lines[i], finding);
    }
    return left;
}

static void tactic(wd_page *p, wd_slice id, wd_slice name)
{
    telling lines[MAX_STORY];
    size_t n = 0;
    size_t left = gather(p, id, lines, &n);
    if (n == 0) {
        return;
    }
    wd_page_raw(p, "<h3>");
    wd_page_text(p, name);
    wd_page_raw(p, "</h3><ul>\n");
    for (size_t i = 0; i < n; i++) {
        sentence(p, &lines[i]);
    }
    if (left > 0) {
        wd_page_rawf(p, "<li class=\"mute\">and %zu more among the findings</li>", left);
    }
    wd_page_raw(p, "</ul>\n");
}

/* How it came to the vendor is known from others; this evidence does not show it. */
static void published(wd_page *p)
{
    if (wd_json_text(p->report, "published_story").len > 0) {
        wd_page_raw(p, "<h3>As published, not shown by this evidence</h3><p>");
        wd_page_member(p, p->report, "published_story");
        wd_page_raw(p, "</p>\n");
    }
}

void wd_page_story(wd_page *p)
{
    wd_page_section(p, "story", "What happened, by tactic");
    published(p);
    if (wd_view_count(wd_json_get(p->report, "findings")) == 0) {
        wd_page_nothing(p, "No finding, so no story.");
    } else {
        WD_JSON_EACH (t, wd_json_get(p->report, "tactics")) {
            tactic(p, wd_json_text(t, "id"), wd_view_either(t, "name", "id"));
        }
        tactic(p, (wd_slice){0}, WD_S("Without a tactic"));
    }
    wd_page_section_end(p);
}

static void place(wd_page *p, const wd_json *evidence)
{
    WD_JSON_EACH (e, evidence) {
        wd_page_raw(p, "<div class=\"at\"><span class=\"file\">");
        wd_page_member(p, e, "item");
        wd_page_raw(p, "</span>");
        if (wd_json_is(wd_json_get(e, "record"), WD_JSON_NUMBER)) {
            wd_page_raw(p, " record ");
            wd_page_member(p, e, "record");
        } else if (wd_json_is(wd_json_get(e, "offset"), WD_JSON_NUMBER)) {
            wd_page_rawf(p, " offset 0x%llx", (unsigned long long) wd_view_u64(e, "offset", 0));
        }
        if (wd_json_text(e, "sha256").len > 0) {
            wd_page_raw(p, " <span class=\"mute\">sha256 ");
            wd_page_cut(p, wd_json_text(e, "sha256"), 17);
            wd_page_raw(p, "</span>");
        }
        wd_page_raw(p, "</div>");
    }
}

static void one_finding(wd_page *p, const wd_json *f)
{
    wd_page_raw(p, "<tr");
    wd_page_anchor(p, wd_json_text(f, "id"));
    wd_page_raw(p, "><th scope=\"row\" class=\"nobr\">");
    wd_page_member(p, f, "id");
    wd_page_raw(p, "</th><td>");
    wd_page_badge(p, wd_json_text(f, "severity"));
    wd_page_raw(p, " ");
    wd_page_badge(p, wd_json_text(f, "basis"));
    wd_page_raw(p, "</td><td class=\"text\"><strong>");
    wd_page_member(p, f, "title");
    wd_page_raw(p, "</strong><br>");
    wd_page_member(p, f, "sentence");
    if (wd_json_text(f, "benign").len > 0) {
        wd_page_raw(p, "<br><span class=\"mute\">Why not harmless: ");
        wd_page_member(p, f, "benign");
        wd_page_raw(p, "</span>");
    }
    place(p, wd_json_get(f, "evidence"));
    wd_page_raw(p, "<div class=\"mute\">Rule ");
    wd_page_member(p, f, "rule");
    WD_JSON_EACH (id, wd_json_get(f, "techniques")) {
        wd_page_raw(p, " ");
        wd_page_technique(p, wd_json_scalar(id));
    }
    wd_page_raw(p, "</div></td><td>");
    wd_page_host(p, wd_json_text(f, "host"));
    wd_page_raw(p, "</td><td>");
    wd_page_time(p, f, "time");
    wd_page_raw(p, "</td></tr>\n");
}

void wd_page_findings(wd_page *p)
{
    static const char *const headers[] = {"Id",   "Weight", "What was found, and where",
                                          "Host", "Time",   NULL};
    static const char *const order[] = {"critical", "high", "medium", "low", "info"};
    const wd_json *list = wd_json_get(p->report, "findings");
    size_t n = 0;
    wd_page_section(p, "findings", "Findings");
    if (wd_view_count(list) == 0) {
        wd_page_nothing(p, "No rule found anything.");
        wd_page_section_end(p);
        return;
    }
    wd_page_table(p, "|Findings, gravest first", headers);
    for (size_t s = 0; s < sizeof order / sizeof order[0]; s++) {
        WD_JSON_EACH (f, list) {
            if (wd_view_is(f, "severity", order[s]) && n < MAX_FINDINGS) {
                one_finding(p, f);
                n++;
            }
        }
    }
    wd_page_table_end(p);
    if (n < wd_view_count(list)) {
        wd_page_rawf(p,
                     "<p class=\"note\">Shown: %zu of %zu findings; report.json and the case "
                     "hold them all.</p>\n",
                     n, wd_view_count(list));
    }
    wd_page_section_end(p);
}

/* How often a technique was found, and the best basis. */
static size_t uses(wd_page *p, wd_slice id, wd_slice *basis)
{
    size_t n = 0;
    WD_JSON_EACH (f, wd_json_get(p->report, "findings")) {
        if (!wd_view_has(wd_json_get(f, "techniques"), id)) {
            continue;
        }
        wd_slice b = wd_json_text(f, "basis");
        bool better = basis->len == 0 || wd_slice_eq(b, WD_S("seen")) ||
                      wd_slice_eq(*basis, WD_S("inferred"));
        *basis = better ? b : *basis;
        n++;
    }
    return n;
}

static void cell(wd_page *p, const wd_json *technique)
{
    wd_slice basis = {0};
    size_t n = uses(p, wd_json_text(technique, "id"), &basis);
    if (n == 0) {
        return;
    }
    wd_page_raw(p, "<li class=\"");
    wd_page_raw(p, wd_slice_eq(basis, WD_S("seen"))     ? "seen"
                   : wd_slice_eq(basis, WD_S("likely")) ? "likely"
                                                        : "inferred");
    wd_page_raw(p, "\"><span class=\"tid\">");
    wd_page_member(p, technique, "id");
    wd_page_rawf(p, "</span> <span class=\"times\">\xc3\x97%zu</span><br>", n);
    wd_page_member(p, technique, "name");
    wd_page_raw(p, "</li>\n");
}

void wd_page_attack(wd_page *p)
{
    const wd_json *tactics = wd_json_get(p->report, "tactics");
    const wd_json *techniques = wd_json_get(p->report, "techniques");
    wd_page_section(p, "attack", "ATT&amp;CK techniques");
    if (wd_view_count(tactics) == 0 || wd_view_count(techniques) == 0) {
        wd_page_nothing(p, "No technique of the knowledge base was found.");
        wd_page_section_end(p);
        return;
    }
    wd_page_wide(p, "Techniques by tactic");
    wd_page_raw(p, "<div class=\"mitre\">\n");
    WD_JSON_EACH (t, tactics) {
        wd_page_raw(p, "<div><h3>");
        wd_page_text(p, wd_view_either(t, "name", "id"));
        wd_page_raw(p, "</h3><ul>\n");
        WD_JSON_EACH (technique, techniques) {
            if (wd_view_has(wd_json_get(technique, "tactics"), wd_json_text(t, "id"))) {
                cell(p, technique);
            }
        }
        wd_page_raw(p, "</ul></div>\n");
    }
    wd_page_raw(p, "</div>\n");
    wd_page_wide_end(p);
    wd_page_section_end(p);
}

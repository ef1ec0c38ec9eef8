#include "report/page.h"
#include "report/view.h"

/*
 * What the answers rest on: the coverage ledger, every evidence item with its digest, how to get
 * the same result again, and the words.
 */

#define MAX_ITEMS 1000U

static void period(wd_page *p, const wd_json *row)
{
    if (wd_view_time(row, "first") == WD_NO_TIME && wd_view_time(row, "last") == WD_NO_TIME) {
        wd_page_raw(p, "<span class=\"mute\">none</span>");
        return;
    }
    wd_page_time(p, row, "first");
    wd_page_raw(p, "<br>to ");
    wd_page_time(p, row, "last");
}

static void ledger(wd_page *p, const wd_json *list)
{
    static const char *const headers[] = {"Host",    "Question", "Source", "From, to",
                                          "Records", "State",    "Why",    NULL};
    wd_page_table(p, "Coverage by host, question and source", headers);
    WD_JSON_EACH (row, list) {
        wd_page_raw(p, "<tr><td>");
        wd_slice host = wd_json_text(row, "host");
        wd_page_host(p, host.len > 0 ? host : WD_S("all"));
        wd_page_raw(p, "</td><td>");
        wd_page_member(p, row, "question");
        wd_page_raw(p, "</td><td>");
        wd_page_member(p, row, "source");
        wd_page_raw(p, "</td><td>");
        period(p, row);
        wd_page_raw(p, "</td><td class=\"num\">");
        wd_page_number(p, wd_view_u64(row, "records", 0));
        wd_page_raw(p, "</td><td>");
        wd_page_badge(p, wd_json_text(row, "state"));
        wd_page_raw(p, "</td><td class=\"text\">");
        wd_page_member(p, row, "why");
        wd_page_raw(p, "</td></tr>\n");
    }
    wd_page_table_end(p);
}

static void not_read(wd_page *p, const wd_json *list)
{
    if (wd_view_count(list) == 0) {
        return;
    }
    wd_page_raw(p, "<h3>Not read</h3><ul>\n");
    WD_JSON_EACH (item, list) {
        wd_page_raw(p, "<li><span class=\"file\">");
        wd_page_member(p, item, "path");
        wd_page_raw(p, "</span>: ");
        wd_page_member(p, item, "why");
        wd_page_raw(p, "</li>\n");
    }
    wd_page_raw(p, "</ul>\n");
}

void wd_page_coverage(wd_page *p)
{
    const wd_json *list = wd_json_get(p->report, "coverage");
    wd_page_section(p, "coverage", "Coverage: what this does and does not see");
    wd_page_raw(p,
                "<p class=\"note\">A missing record is not a negative. Where a source is absent, "
                "the answer it would feed is limited.</p>\n");
    if (wd_view_count(list) == 0) {
        wd_page_nothing(p, "No source of records was found in the evidence.");
    } else {
        ledger(p, list);
    }
    not_read(p, wd_json_get(p->report, "not_read"));
    wd_page_section_end(p);
}

static void one_item(wd_page *p, const wd_json *e)
{
    wd_page_raw(p, "<tr");
    wd_page_anchor(p, wd_json_text(e, "id"));
    wd_page_raw(p, "><th scope=\"row\" class=\"nobr\">");
    wd_page_member(p, e, "id");
    wd_page_raw(p, "</th><td class=\"file\">");
    wd_page_member(p, e, "path");
    wd_page_raw(p, "</td><td>");
    wd_page_member(p, e, "kind");
    wd_page_raw(p, "</td><td class=\"num nobr\">");
    wd_page_number(p, wd_view_u64(e, "size", 0));
    wd_page_raw(p, "</td><td class=\"hash\">");
    wd_page_member(p, e, "sha256");
    wd_page_raw(p, "</td><td>");
    wd_page_words(p, wd_json_text(e, "status"));
    if (wd_json_text(e, "why").len > 0) {
        wd_page_raw(p, "<br><span class=\"mute\">");
        wd_page_member(p, e, "why");
        wd_page_raw(p, "</span>");
    }
    wd_page_raw(p, "</td></tr>\n");
}

void wd_page_evidence(wd_page *p)
{
    static const char *const headers[] = {"Id", "Path", "Kind", "Bytes", "SHA-256", "Status", NULL};
    const wd_json *list = wd_json_get(p->report, "evidence");
    size_t n = 0;
    wd_page_section(p, "evidence", "Evidence and custody");
    if (wd_view_count(list) == 0) {
        wd_page_nothing(p, "No evidence item.");
        wd_page_section_end(p);
        return;
    }
    wd_page_raw(p, "<p class=\"note\">Every item was hashed before it was read and never written "
                   "to. <code>custody.json</code> holds when and by whom.</p>\n");
    wd_page_table(p, "|Evidence items", headers);
    WD_JSON_EACH (e, list) {
        if (n++ < MAX_ITEMS) {
            one_item(p, e);
        }
    }
    wd_page_table_end(p);
    if (n > MAX_ITEMS) {
        wd_page_rawf(p,
                     "<p class=\"note\">Shown: %u of %zu items; report.json holds them all.</p>\n",
                     MAX_ITEMS, n);
    }
    wd_page_section_end(p);
}

static void packs(wd_page *p, const wd_json *list)
{
    WD_JSON_EACH (pack, list) {
        wd_page_raw(p, "<li>");
        wd_page_text(p, wd_view_either(pack, "title", "id"));
        wd_page_raw(p, " <span class=\"mute\">");
        wd_page_member(p, pack, "id");
        wd_page_raw(p, ", ");
        wd_page_text(p, wd_slice_sub(wd_json_text(pack, "date"), 0, 10));
        wd_page_raw(p, "</span></li>\n");
    }
}

/* What protected the machine that read hostile files: a sentence, or the members of the object. */
static void sandbox(wd_page *p, const wd_json *box)
{
    if (wd_json_text(box, "sentence").len > 0) {
        wd_page_member(p, box, "sentence");
        return;
    }
    size_t n = 0;
    WD_JSON_EACH (v, box) {
        wd_page_raw(p, n++ > 0 ? ", " : "");
        wd_page_words(p, v->key);
        wd_page_raw(p, ": ");
        wd_page_text(p, wd_json_scalar(v));
    }
    wd_page_raw(p, n == 0 ? "not recorded" : "");
}

void wd_page_method(wd_page *p)
{
    const wd_json *kb = wd_json_get(p->report, "knowledge");
    wd_page_section(p, "method", "Method, and how to get the same result");
    wd_page_raw(p, "<dl class=\"facts\"><div><dt>Program</dt><dd>");
    wd_page_member(p, wd_json_get(p->report, "tool"), "name");
    wd_page_raw(p, " ");
    wd_page_member(p, wd_json_get(p->report, "tool"), "version");
    wd_page_raw(p, "</dd></div><div><dt>Knowledge</dt><dd>");
    wd_page_member(p, kb, "version");
    if (wd_view_count(wd_json_get(kb, "packs")) > 0) {
        wd_page_raw(p, "<ul>");
        packs(p, wd_json_get(kb, "packs"));
        wd_page_raw(p, "</ul>");
    }
    wd_page_raw(p, "</dd></div><div><dt>Protection while reading</dt><dd>");
    sandbox(p, wd_json_get(p->report, "sandbox"));
    wd_page_raw(p, "</dd></div><div><dt>Reproduce</dt><dd><code class=\"line\">");
    wd_page_member(p, p->report, "reproduce");
    wd_page_raw(p,
                "</code></dd></div></dl>\n"
                "<p>Rules turn records into findings; findings and campaign packs are weighed into "
                "the five answers. No sample was run and no address was contacted. The same "
                "evidence, program and knowledge give the same bytes.</p>\n");
    wd_page_section_end(p);
}

void wd_page_glossary(wd_page *p)
{
    static const char *const words[][2] = {
        {"AFFECTED", "a host ran the implant or met the attacker"},
        {"EXPOSED", "the altered release is here; no record shows that it ran"},
        {"INCONCLUSIVE", "evidence that the answer needs is missing"},
        {"NO EVIDENCE FOUND", "the given evidence shows nothing; it is no proof of absence"},
        {"compromised", "contact with the attacker or an action of theirs is recorded"},
        {"infected", "the implant ran or was written; no contact is recorded"},
        {"exposed", "the bad version is present"},
        {"nothing found", "the named sources show nothing"},
        {"not examined", "no record of the host was given"},
        {"seen", "a direct record"},
        {"likely (basis)", "a rule over records"},
        {"inferred", "the story needs it; there is no record"},
        {"almost no chance", "1-5 %"},
        {"very unlikely", "5-20 %"},
        {"unlikely", "20-45 %"},
        {"roughly even", "45-55 %"},
        {"likely", "55-80 %"},
        {"very likely", "80-95 %"},
        {"almost certain", "95-99 %"},
        {"analytic confidence", "how good the sources are: low, moderate, high"},
        {"block, watch, never", "whether blocking the indicator is safe for honest use"},
        {"TLP", "Traffic Light Protocol 2.0: with whom this may be shared"},
    };
    wd_page_section(p, "glossary", "Glossary");
    wd_page_raw(p, "<dl class=\"words\">\n");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        wd_page_rawf(p, "<div><dt>%s</dt><dd>%s</dd></div>\n", words[i][0], words[i][1]);
    }
    wd_page_raw(p, "</dl>\n");
    wd_page_section_end(p);
}

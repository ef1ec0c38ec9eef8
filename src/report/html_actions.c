#include "report/page.h"
#include "report/view.h"

/* What to do, in order, with owner and proof of done; and the indicators that it works with. */

static void names(wd_page *p, const wd_json *list)
{
    size_t n = 0;
    WD_JSON_EACH (v, list) {
        wd_page_raw(p, n++ > 0 ? ", " : "");
        wd_page_text(p, wd_json_scalar(v));
    }
}

static void pair(wd_page *p, const wd_json *action, const char *key, const char *label)
{
    if (wd_json_text(action, key).len > 0) {
        wd_page_rawf(p, "<div><dt>%s</dt><dd>", label);
        wd_page_member(p, action, key);
        wd_page_raw(p, "</dd></div>");
    }
}

static void one_action(wd_page *p, const wd_json *action)
{
    wd_page_raw(p, "<li><p class=\"do\">");
    wd_page_member(p, action, "text");
    wd_page_raw(p, "</p><dl>");
    pair(p, action, "when", "When");
    pair(p, action, "why", "Why");
    pair(p, action, "owner", "Owner");
    pair(p, action, "proof", "Proof of done");
    pair(p, action, "caution", "Caution");
    if (wd_view_count(wd_json_get(action, "hosts")) > 0) {
        wd_page_raw(p, "<div><dt>Hosts</dt><dd>");
        names(p, wd_json_get(action, "hosts"));
        wd_page_raw(p, "</dd></div>");
    }
    if (wd_view_count(wd_json_get(action, "evidence")) > 0) {
        wd_page_raw(p, "<div><dt>Evidence</dt><dd>");
        wd_page_ids(p, wd_json_get(action, "evidence"), 8);
        wd_page_raw(p, "</dd></div>");
    }
    wd_page_raw(p, "</dl></li>\n");
}

void wd_page_actions(wd_page *p)
{
    const wd_json *actions = wd_json_get(p->report, "actions");
    wd_page_section(p, "actions", "Actions");
    if (wd_view_count(actions) == 0) {
        wd_page_nothing(p, "Nothing to do follows from the evidence.");
    } else {
        wd_page_raw(p, "<ol class=\"actions\">\n");
        WD_JSON_EACH (action, actions) {
            one_action(p, action);
        }
        wd_page_raw(p, "</ol>\n");
    }
    wd_page_section_end(p);
}

static void one_indicator(wd_page *p, const wd_json *i)
{
    wd_page_raw(p, "<tr");
    wd_page_anchor(p, wd_json_text(i, "id"));
    wd_page_raw(p, "><td class=\"value\">");
    wd_page_value(p, wd_json_text(i, "type"), wd_json_text(i, "value"));
    wd_page_raw(p, "</td><td>");
    wd_page_words(p, wd_json_text(i, "type"));
    wd_page_raw(p, "</td><td>");
    wd_page_words(p, wd_json_text(i, "role"));
    wd_page_raw(p, "</td><td>");
    wd_page_badge(p, wd_json_text(i, "block_safety"));
    if (wd_json_text(i, "why").len > 0) {
        wd_page_raw(p, " <span class=\"mute\">");
        wd_page_member(p, i, "why");
        wd_page_raw(p, "</span>");
    }
    wd_page_raw(p, "</td><td>");
    wd_page_member(p, i, "source");
    wd_page_raw(p, "<br><span class=\"mute nobr\">");
    wd_page_text(p, wd_slice_sub(wd_json_text(i, "date"), 0, 10));
    wd_page_raw(p, "</span></td><td>");
    wd_page_ids(p, wd_json_get(i, "evidence"), 4);
    wd_page_raw(p, "</td></tr>\n");
}

static bool is_computed(const wd_json *i)
{
    static const char *const types[] = {"sha256", "sha1", "md5", "imphash", "ja3", "ja4", "cert"};
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        if (wd_view_is(i, "type", types[t])) {
            return true;
        }
    }
    return false;
}

static void group(wd_page *p, const wd_json *list, bool computed)
{
    static const char *const headers[] = {"Value, defanged", "Type",    "Role", "Block?",
                                          "Source",          "Seen in", NULL};
    size_t n = 0;
    WD_JSON_EACH (i, list) {
        n += is_computed(i) == computed ? 1U : 0U;
    }
    if (n == 0) {
        return;
    }
    wd_page_rawf(p, "<h3>%s</h3>\n",
                 computed ? "Computed: digests and fingerprints"
                          : "Atomic: names, addresses, paths");
    wd_page_table(p, computed ? "|Computed indicators" : "|Atomic indicators", headers);
    WD_JSON_EACH (i, list) {
        if (is_computed(i) == computed) {
            one_indicator(p, i);
        }
    }
    wd_page_table_end(p);
}

void wd_page_indicators(wd_page *p)
{
    const wd_json *list = wd_json_get(p->report, "indicators");
    wd_page_section(p, "indicators", "Indicators");
    if (wd_view_count(list) == 0) {
        wd_page_nothing(p, "No indicator was met in the evidence.");
    } else {
        wd_page_raw(p,
                    "<p class=\"note\">Shown broken so that nothing can be clicked; the files in "
                    "<code>block/</code> hold them raw. Only those marked <em>block</em> are on "
                    "a list.</p>\n");
        group(p, list, false);
        group(p, list, true);
    }
    wd_page_section_end(p);
}

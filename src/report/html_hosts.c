#include "report/page.h"
#include "report/view.h"

/*
 * One row per host: its word, how far the attack came there, what proves it, and what cannot be
 * told together with the record that would settle it.
 */

static void proofs(wd_page *p, const wd_json *host)
{
    const wd_json *list = wd_json_get(host, "proof");
    if (wd_view_count(list) > 0) {
        wd_page_raw(p, "<ul>");
        WD_JSON_EACH (proof, list) {
            wd_page_raw(p, "<li>");
            wd_page_member(p, proof, "sentence");
            wd_page_raw(p, " ");
            wd_page_ids(p, wd_json_get(proof, "evidence"), 6);
            wd_page_raw(p, "</li>");
        }
        wd_page_raw(p, "</ul>");
    }
    WD_JSON_EACH (open, wd_json_get(host, "cannot_tell")) {
        wd_page_raw(p, "<p class=\"limit\"><strong>Cannot tell:</strong> ");
        wd_page_member(p, open, "question");
        wd_page_raw(p, " ");
        wd_page_member(p, open, "why");
        if (wd_json_text(open, "settle").len > 0) {
            wd_page_raw(p, " <em>Would settle it:</em> ");
            wd_page_member(p, open, "settle");
        }
        wd_page_raw(p, "</p>");
    }
}

static void list_of(wd_page *p, const wd_json *list)
{
    size_t n = 0;
    WD_JSON_EACH (v, list) {
        wd_page_raw(p, n++ > 0 ? ", " : "");
        wd_page_text(p, wd_json_scalar(v));
    }
    wd_page_raw(p, n == 0 ? "none" : "");
}

static void where(wd_page *p, const wd_json *host)
{
    static const char *const keys[] = {"country", "sector", "site"};
    size_t n = 0;
    wd_page_raw(p, "<span class=\"mute\">");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (wd_json_text(host, keys[i]).len > 0) {
            wd_page_raw(p, n++ > 0 ? " \xc2\xb7 " : "");
            wd_page_member(p, host, keys[i]);
        }
    }
    wd_page_raw(p, "</span>");
}

static void row(wd_page *p, const wd_json *host)
{
    wd_page_raw(p, "<tr><th scope=\"row\">");
    wd_page_member(p, host, "name");
    wd_page_raw(p, "<br>");
    where(p, host);
    wd_page_raw(p, "</th><td>");
    wd_page_badge(p, wd_json_text(host, "word"));
    wd_page_raw(p, "</td><td class=\"num\">");
    wd_page_member(p, host, "tier");
    wd_page_raw(p, " <span class=\"mute\">");
    wd_page_member(p, host, "tier_basis");
    wd_page_raw(p, "</span></td><td>");
    wd_page_member(p, host, "version");
    if (wd_json_text(host, "installed").len > 0) {
        wd_page_raw(p, "<br><span class=\"mute nobr\">from ");
        wd_page_time(p, host, "installed");
        wd_page_raw(p, "</span>");
    }
    if (wd_json_text(host, "contained").len > 0) {
        wd_page_raw(p, "<br><span class=\"mute nobr\">to ");
        wd_page_time(p, host, "contained");
        wd_page_raw(p, "</span>");
    }
    wd_page_raw(p, "</td><td class=\"text\">");
    proofs(p, host);
    wd_page_raw(p, "<p class=\"mute\">Sources: ");
    list_of(p, wd_json_get(host, "sources"));
    wd_page_raw(p, "</p></td></tr>\n");
}

void wd_page_hosts(wd_page *p)
{
    static const char *const headers[] = {"Host",
                                          "Word",
                                          "Tier",
                                          "Version, installed to contained",
                                          "What shows it, and what is open",
                                          NULL};
    const wd_json *hosts = wd_json_get(p->report, "hosts");
    wd_page_section(p, "hosts", "Hosts");
    if (wd_view_count(hosts) == 0) {
        wd_page_nothing(p, "The evidence names no host.");
    } else {
        wd_page_table(p, "|Hosts", headers);
        WD_JSON_EACH (host, hosts) {
            row(p, host);
        }
        wd_page_table_end(p);
        wd_page_raw(p, "<p class=\"note\">Tiers: 0 not exposed, 1 installed, 2 ran past the delay, "
                       "3 fetched the next stage, 4 beaconed, 5 profiled, 6 chosen.</p>\n");
    }
    wd_page_section_end(p);
}

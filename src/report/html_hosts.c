#include "report/page.h"
#include "report/view.h"

/* Lines of proof shown for one host. */
#define MAX_PROOFS 8U

/*
 * One row per host, the worst first: its word, how far the attack came there, what proves it, and
 * what cannot be told together with the record that would settle it.
 */

/* Proofs that say the same in a row are one line with all their ids. */
static void proofs(wd_page *p, const wd_json *host)
{
    const wd_json *list = wd_json_get(host, "proof");
    wd_slice before = {0};
    size_t lines = 0;
    size_t more = 0;
    WD_JSON_EACH (proof, list) {
        wd_slice text = wd_json_text(proof, "sentence");
        bool again = lines > 0 && wd_slice_eq(text, before);
        if (!again && lines == MAX_PROOFS) {
            more++;
            continue;
        }
        if (!again) {
            wd_page_raw(p, lines++ == 0 ? "<ul><li>" : "</li><li>");
            wd_page_text(p, text);
        }
        wd_page_raw(p, " ");
        wd_page_ids(p, wd_json_get(proof, "evidence"), 4);
        before = text;
    }
    wd_page_raw(p, lines > 0 ? "</li>" : "");
    if (more > 0) {
        wd_page_rawf(p, "<li class=\"mute\">and %zu more, see the findings</li>", more);
    }
    wd_page_raw(p, lines > 0 ? "</ul>" : "");
}

static void open_questions(wd_page *p, const wd_json *host)
{
    WD_JSON_EACH (open, wd_json_get(host, "cannot_tell")) {
        wd_page_raw(p, "<p class=\"limit\"><strong>Cannot tell (");
        wd_page_member(p, open, "question");
        wd_page_raw(p, "):</strong> ");
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
    wd_page_host(p, wd_json_text(host, "name"));
    wd_page_raw(p, "<br>");
    where(p, host);
    wd_page_raw(p, "</th><td>");
    wd_page_badge(p, wd_json_text(host, "word"));
    wd_page_raw(p, "</td><td class=\"num\"><span class=\"narrow\">Tier </span>");
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
    open_questions(p, host);
    wd_page_raw(p, "<p class=\"mute\">Sources: ");
    list_of(p, wd_json_get(host, "sources"));
    wd_page_raw(p, "</p></td></tr>\n");
}

/* By word, then by tier, then in the order of the report. */
static void rows(wd_page *p, const wd_json *hosts)
{
    static const char *const words[] = {"compromised", "infected", "exposed", "not examined",
                                        "nothing found"};
    enum { WORDS = sizeof words / sizeof words[0], TIERS = 7 };
    for (size_t pass = 0; pass < (WORDS + 1) * TIERS; pass++) {
        size_t word = pass / TIERS;
        uint64_t tier = TIERS - 1 - pass % TIERS;
        WD_JSON_EACH (host, hosts) {
            size_t is = 0;
            while (is < WORDS && !wd_view_is(host, "word", words[is])) {
                is++;
            }
            uint64_t its = wd_view_u64(host, "tier", 0);
            its = its >= TIERS ? TIERS - 1 : its;
            if (is == word && its == tier) {
                row(p, host);
            }
        }
    }
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
        rows(p, hosts);
        wd_page_table_end(p);
        wd_page_raw(p, "<p class=\"note\">Tiers: 0 not exposed, 1 installed, 2 ran past the delay, "
                       "3 fetched the next stage, 4 beaconed, 5 profiled, 6 chosen.</p>\n");
    }
    wd_page_section_end(p);
}

#include "report/html.h"

#include <openssl/evp.h>

#include "core/hash.h"
#include "report/page.h"
#include "report/view.h"

/* The page from top to bottom. `nav` is the word in the bar of links, NULL for none there. */
static const struct {
    const char *id;
    const char *nav;
    void (*render)(wd_page *p);
} sections[] = {
    {"answers", NULL, wd_page_first},
    {"path", "Path", wd_page_path},
    {"hosts", "Hosts", wd_page_hosts},
    {"timeline", "Timeline", wd_page_timeline},
    {"countries", "Countries", wd_page_countries},
    {"attribution", "Attribution", wd_page_attribution},
    {"actions", "Actions", wd_page_actions},
    {"indicators", "Indicators", wd_page_indicators},
    {"story", "Story", wd_page_story},
    {"findings", "Findings", wd_page_findings},
    {"attack", "ATT&amp;CK", wd_page_attack},
    {"coverage", "Coverage", wd_page_coverage},
    {"evidence", "Evidence", wd_page_evidence},
    {"method", "Method", wd_page_method},
    {"glossary", "Glossary", wd_page_glossary},
};

#define SECTIONS (sizeof sections / sizeof sections[0])

const char *wd_report_html_section(size_t index)
{
    return index < SECTIONS ? sections[index].id : NULL;
}

static void style_sheet(wd_buf *out)
{
    for (size_t i = 0; wd_page_css[i] != NULL; i++) {
        wd_buf_str(out, wd_page_css[i]);
    }
}

/* The only thing the page may load is its own style sheet, named by its hash. */
static wd_status head(wd_page *p, wd_err *err)
{
    uint8_t digest[32];
    unsigned char base64[64];
    wd_buf css = {0};
    style_sheet(&css);
    bool hashed = !css.failed && wd_hash(WD_SHA256, wd_buf_slice(&css), digest);
    wd_buf_free(&css);
    if (!hashed) {
        return wd_fail(err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "report.html", "no SHA-256");
    }
    EVP_EncodeBlock(base64, digest, (int) sizeof digest);
    wd_page_raw(p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    wd_page_rawf(p,
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
                 (const char *) base64);
    wd_page_raw(p, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    wd_page_cut(p, wd_json_text(p->report, "verdict"), 20);
    wd_page_raw(p, " \xc2\xb7 ");
    wd_page_cut(p, wd_view_case_name(p->report), 40);
    wd_page_raw(p, "</title>\n<style>");
    style_sheet(p->out);
    wd_page_raw(p, "</style>\n</head>\n");
    return WD_OK;
}

static void marking(wd_page *p)
{
    const char *tlp = wd_view_tlp(wd_json_text(p->report, "tlp"));
    const char *class = tlp[0] == 'C'   ? "clear"
                        : tlp[0] == 'G' ? "green"
                        : tlp[0] == 'R' ? "red"
                                        : "amber";
    wd_page_rawf(
        p,
        "<header class=\"tlp %s\"><strong>TLP:%s</strong><span>indicators defanged \xc2\xb7 "
        "all times UTC \xc2\xb7 offline file, loads nothing</span></header>\n",
        class, tlp);
}

static void title(wd_page *p)
{
    wd_slice name = wd_json_text(p->report, "case_name");
    wd_slice headline = wd_json_text(p->report, "headline");
    wd_page_raw(p, "<h1>");
    wd_page_raw(p, name.len > 0 || headline.len == 0 ? "Case " : "");
    wd_page_text(p, name.len > 0 || headline.len == 0 ? wd_view_case_name(p->report) : headline);
    if (headline.len > 0 && name.len > 0) {
        wd_page_raw(p, " <span class=\"sub\">");
        wd_page_text(p, headline);
        wd_page_raw(p, "</span>");
    }
    wd_page_raw(p, "</h1>\n");
}

void wd_page_nav(wd_page *p)
{
    wd_page_raw(p, "<nav aria-label=\"Sections\" tabindex=\"0\">");
    for (size_t i = 0; i < SECTIONS; i++) {
        if (sections[i].nav != NULL) {
            wd_page_rawf(p, "<a href=\"#%s\">%s</a>\n", sections[i].id, sections[i].nav);
        }
    }
    wd_page_raw(p, "</nav>\n");
}

static void foot(wd_page *p)
{
    wd_page_raw(p, "<footer>whodunit ");
    wd_page_member(p, wd_json_get(p->report, "tool"), "version");
    wd_page_raw(p, " \xc2\xb7 knowledge ");
    wd_page_member(p, wd_json_get(p->report, "knowledge"), "version");
    wd_page_rawf(p, " \xc2\xb7 TLP:%s</footer>\n", wd_view_tlp(wd_json_text(p->report, "tlp")));
}

static wd_status page(wd_page *p, wd_err *err)
{
    WD_TRY(head(p, err));
    wd_page_raw(p, "<body>\n<a class=\"skip\" href=\"#answers\">To the answers</a>\n");
    marking(p);
    wd_page_raw(p, "<div class=\"page\">\n");
    wd_page_raw(p, "<main>\n");
    title(p);
    for (size_t i = 0; i < SECTIONS; i++) {
        sections[i].render(p);
    }
    wd_page_raw(p, "</main>\n");
    foot(p);
    wd_page_raw(p, "</div>\n</body>\n</html>\n");
    return p->out->failed || p->scratch.failed ? wd_nomem(err, "report.html") : WD_OK;
}

wd_status wd_report_html(const wd_json *report, const wd_html_options *options, wd_buf *out,
                         wd_err *err)
{
    static const wd_html_options usual = {0};
    if (!wd_view_is_report(report)) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "report.html",
                       "this is no report document of schema whodunit.report/1");
    }
    wd_page p = {.out = out, .options = options == NULL ? &usual : options};
    wd_status status = wd_page_init(&p, report, err);
    if (status == WD_OK) {
        status = page(&p, err);
    }
    wd_page_clear(&p);
    return status;
}

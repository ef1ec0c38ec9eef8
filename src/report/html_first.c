#include "report/page.h"
#include "report/view.h"

/*
 * The first screen: the verdict bar and one card per question. Order by decision value; each card
 * carries its own likelihood, confidence, limits and evidence.
 */

#define CARD_IDS 4U     /* evidence ids on a card; the rest is counted */
#define CARD_LIMITS 2U  /* reasons why an answer is limited */
#define CARD_ACTIONS 6U /* things to do on the last card */
#define CARD_HOSTS 4U   /* named behind an action */
#define HEADLINE 110U   /* bytes up to which the first sentence stands out alone */
#define TOO_SHORT 24U   /* "Yes." alone is no headline */

static void verdict_class(wd_page *p, wd_slice word)
{
    if (wd_slice_eq(word, WD_S("AFFECTED"))) {
        wd_page_raw(p, "affected");
    } else if (wd_slice_eq(word, WD_S("EXPOSED"))) {
        wd_page_raw(p, "exposed");
    } else {
        wd_page_raw(p, "unclear");
    }
}

static void what_was_read(wd_page *p)
{
    const wd_json *summary = wd_json_get(p->report, "summary");
    uint64_t unread =
        wd_view_u64(summary, "not_read", wd_view_count(wd_json_get(p->report, "not_read")));
    wd_page_raw(p, "<p class=\"read\">Read ");
    wd_view_plural(p->out, wd_view_u64(summary, "items", 0), "item", "items");
    wd_page_raw(p, ", ");
    wd_view_bytes(p->out, wd_view_u64(summary, "bytes", 0));
    wd_page_raw(p, " \xc2\xb7 Not read: ");
    wd_page_number(p, unread);
    wd_page_raw(p, " \xc2\xb7 <a href=\"#coverage\">what this does not cover</a></p>");
}

static void verdict_bar(wd_page *p)
{
    wd_slice word = wd_json_text(p->report, "verdict");
    wd_page_raw(p, "<div class=\"verdict ");
    verdict_class(p, word);
    wd_page_raw(p, "\"><p class=\"word\">");
    wd_page_text(p, word.len > 0 ? word : WD_S("INCONCLUSIVE"));
    wd_page_raw(p, "</p><div><p class=\"say\">");
    wd_page_text(p, wd_view_either(p->report, "verdict_sentence", "headline"));
    wd_page_raw(p, "</p>");
    what_was_read(p);
    wd_page_raw(p, "</div></div>\n");
}

/* The first sentence when it is short enough for a headline, else nothing. */
static wd_slice headline_of(wd_slice text)
{
    size_t len = 0;
    while (len < text.len && len < TOO_SHORT) {
        size_t stop = wd_slice_find(wd_slice_sub(text, len, text.len), WD_S(". "));
        len = stop == SIZE_MAX ? text.len : len + stop + 2;
    }
    return len <= HEADLINE ? wd_slice_sub(text, 0, len) : (wd_slice){0};
}

static void sentences(wd_page *p, const wd_json *answer)
{
    wd_slice text = wd_json_text(answer, "sentence");
    if (text.len == 0) {
        text = WD_S("Cannot tell.");
    }
    wd_slice head = headline_of(text);
    wd_slice rest = wd_slice_trim(wd_slice_sub(text, head.len, text.len));
    if (head.len > 0) {
        wd_page_raw(p, "<p class=\"head\">");
        wd_page_text(p, head);
        wd_page_raw(p, "</p>");
    }
    if (rest.len > 0) {
        wd_page_raw(p, head.len > 0 ? "<p>" : "<p class=\"lead\">");
        wd_page_text(p, rest);
        wd_page_raw(p, "</p>");
    }
}

static void bullets(wd_page *p, const wd_json *list)
{
    if (wd_view_count(list) == 0) {
        return;
    }
    wd_page_raw(p, "<ul>");
    WD_JSON_EACH (line, list) {
        wd_page_raw(p, "<li>");
        wd_page_text(p, wd_json_scalar(line));
        wd_page_raw(p, "</li>");
    }
    wd_page_raw(p, "</ul>");
}

static void limits(wd_page *p, const wd_json *list)
{
    size_t n = wd_view_count(list);
    size_t i = 0;
    if (n == 0) {
        return;
    }
    wd_page_raw(p, "<div class=\"limit\"><p>Limited because</p><ul>");
    WD_JSON_EACH (why, list) {
        if (i++ == CARD_LIMITS) {
            wd_page_rawf(p, "<li><a href=\"#hosts\">%zu more by host</a></li>", n - CARD_LIMITS);
            break;
        }
        wd_page_raw(p, "<li>");
        wd_page_text(p, wd_json_scalar(why));
        wd_page_raw(p, "</li>");
    }
    wd_page_raw(p, "</ul></div>");
}

/* Likelihood and confidence are two lines, never one sentence. */
static void certainty(wd_page *p, const wd_json *answer)
{
    wd_page_raw(p, "<dl class=\"sure\">");
    if (wd_json_text(wd_json_get(answer, "likelihood"), "word").len > 0) {
        wd_page_raw(p, "<div><dt>Likelihood</dt><dd>");
        wd_page_likelihood(p, wd_json_get(answer, "likelihood"));
        wd_page_raw(p, "</dd></div>");
    }
    if (wd_json_text(answer, "confidence").len > 0) {
        wd_page_raw(p, "<div><dt>Analytic confidence</dt><dd>");
        wd_page_member(p, answer, "confidence");
        wd_page_raw(p, "</dd></div>");
    }
    if (wd_view_count(wd_json_get(answer, "evidence")) > 0) {
        wd_page_raw(p, "<div><dt>Evidence</dt><dd>");
        wd_page_ids(p, wd_json_get(answer, "evidence"), CARD_IDS);
        wd_page_raw(p, "</dd></div>");
    }
    wd_page_raw(p, "</dl>");
}

static void card(wd_page *p, unsigned number, const char *key, const char *question)
{
    const wd_json *answer = wd_json_get(wd_json_get(p->report, "answers"), key);
    wd_page_rawf(p, "<article class=\"card c%u\" aria-labelledby=\"q%u\">", number, number);
    wd_page_rawf(p, "<h3 id=\"q%u\"><span class=\"n\">%u</span> %s</h3>", number, number, question);
    sentences(p, answer);
    bullets(p, wd_json_get(answer, "bullets"));
    limits(p, wd_json_get(answer, "limited_because"));
    certainty(p, answer);
    wd_page_raw(p, "</article>\n");
}

static void which_hosts(wd_page *p, const wd_json *list)
{
    size_t n = 0;
    WD_JSON_EACH (host, list) {
        if (n == CARD_HOSTS) {
            wd_page_rawf(p, " +%zu", wd_view_count(list) - CARD_HOSTS);
            break;
        }
        wd_page_raw(p, n++ == 0 ? " <span class=\"mute\">" : ", ");
        wd_page_text(p, wd_json_scalar(host));
    }
    wd_page_raw(p, n > 0 ? "</span>" : "");
}

static void first_actions(wd_page *p, const wd_json *list)
{
    size_t n = 0;
    wd_page_raw(p, "<ol>");
    WD_JSON_EACH (action, list) {
        if (n++ == CARD_ACTIONS) {
            break;
        }
        wd_page_raw(p, "<li>");
        wd_page_member(p, action, "text");
        which_hosts(p, wd_json_get(action, "hosts"));
        wd_page_raw(p, "</li>");
    }
    wd_page_raw(p, "</ol><p class=\"more\"><a href=\"#actions\">");
    wd_view_plural(p->out, wd_view_count(list), "step", "steps in all");
    wd_page_raw(p, ", with owner and proof of done</a></p>");
}

static void action_card(wd_page *p)
{
    const wd_json *actions = wd_json_get(p->report, "actions");
    const wd_json *answer = wd_json_get(wd_json_get(p->report, "answers"), "now");
    wd_page_raw(p, "<article class=\"card c5\" aria-labelledby=\"q5\"><h3 id=\"q5\">"
                   "<span class=\"n\">5</span> What now?</h3>");
    if (wd_view_count(actions) > 0) {
        first_actions(p, actions);
    } else {
        sentences(p, answer);
    }
    limits(p, wd_json_get(answer, "limited_because"));
    wd_page_raw(p, "</article>\n");
}

void wd_page_first(wd_page *p)
{
    verdict_bar(p);
    wd_page_nav(p);
    wd_page_raw(p, "<section id=\"answers\" aria-labelledby=\"h-answers\">\n"
                   "<h2 id=\"h-answers\" class=\"sr\">The five answers</h2>\n"
                   "<div class=\"cards\">\n");
    card(p, 1, "hit", "Was I hit?");
    card(p, 2, "path", "How did it get in and spread?");
    card(p, 3, "deeds", "What did it do?");
    card(p, 4, "who", "Who did it, and how sure?");
    action_card(p);
    wd_page_raw(p, "</div>\n");
    wd_page_section_end(p);
}

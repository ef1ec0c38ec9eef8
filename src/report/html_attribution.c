#include "report/page.h"

#include <stdlib.h>

#include "report/view.h"

/*
 * Attribution by competing hypotheses: three levels with their own probabilities, then the matrix
 * of evidence against hypotheses, most diagnostic row first, and what would change it. Public
 * claims stand apart; they are not evidence.
 */

#define MAX_HYPOTHESES 10U
#define MAX_ROWS 60U
#define STRONG 0.7 /* log10 of the likelihood ratio: about 5 to 1 */
#define WEAK 0.15  /* about 1.4 to 1 */

static void bar(wd_page *p, double share)
{
    int wide = (int) (share * 160);
    wd_page_rawf(p,
                 "<svg class=\"share\" viewBox=\"0 0 160 10\" width=\"160\" height=\"10\" "
                 "aria-hidden=\"true\"><rect class=\"rest\" width=\"160\" height=\"10\" rx=\"3\"/>"
                 "<rect class=\"h1\" width=\"%d\" height=\"10\" rx=\"3\"/></svg>",
                 wide < 2 ? 2 : wide);
}

static void hypothesis(wd_page *p, const wd_json *level, const wd_json *h, bool first)
{
    double share = 0;
    bool has = wd_view_double(h, "p", &share) && share >= 0 && share <= 1;
    if (first) {
        wd_page_raw(p, "<tr><th scope=\"row\">");
        wd_page_words(p, wd_json_text(level, "level"));
        wd_page_raw(p, "</th><td>");
    } else {
        wd_page_raw(p, "<tr><td></td><td>");
    }
    wd_page_text(p, wd_view_either(h, "name", "id"));
    WD_JSON_EACH (alias, wd_json_get(h, "aliases")) {
        wd_page_raw(p, " <span class=\"mute\">(");
        wd_slice relation = wd_json_text(alias, "relation");
        wd_page_text(p, relation);
        wd_page_raw(p, relation.len > 0 ? ": " : "");
        wd_page_text(p, alias->type == WD_JSON_STRING ? alias->text : wd_json_text(alias, "name"));
        if (wd_json_text(alias, "who").len > 0) {
            wd_page_raw(p, ", says ");
            wd_page_member(p, alias, "who");
            wd_page_raw(p, " ");
            wd_page_text(p, wd_slice_sub(wd_json_text(alias, "date"), 0, 10));
        }
        wd_page_raw(p, ")</span>");
    }
    wd_page_raw(p, "</td><td class=\"nobr\">");
    if (has) {
        bar(p, share);
        wd_page_rawf(p, " %.0f %%", share * 100);
    }
    wd_page_raw(p, "</td><td>");
    wd_page_member(p, h, "word");
    wd_page_raw(p, "</td></tr>\n");
}

static void levels(wd_page *p, const wd_json *list)
{
    static const char *const headers[] = {"Level", "Hypothesis", "Probability", "Word", NULL};
    wd_page_table(p, "Hypotheses at three levels", headers);
    WD_JSON_EACH (level, list) {
        bool first = true;
        WD_JSON_EACH (h, wd_json_get(level, "hypotheses")) {
            hypothesis(p, level, h, first);
            first = false;
        }
    }
    wd_page_table_end(p);
}

typedef struct matrix {
    wd_page *p;
    wd_slice ids[MAX_HYPOTHESES];
    size_t n;
    struct {
        const wd_json *json;
        double spread; /* highest less lowest: how much the row tells apart */
        size_t order;
    } rows[MAX_ROWS];
    size_t n_rows;
} matrix;

static void add_hypothesis(matrix *m, wd_slice id)
{
    for (size_t i = 0; i < m->n; i++) {
        if (wd_slice_eq(m->ids[i], id)) {
            return;
        }
    }
    if (m->n < MAX_HYPOTHESES) {
        m->ids[m->n++] = id;
    }
}

static void collect(matrix *m, const wd_json *evidence)
{
    WD_JSON_EACH (row, evidence) {
        double low = 1e9;
        double high = -1e9;
        WD_JSON_EACH (lr, wd_json_get(row, "lr")) {
            double v = 0;
            add_hypothesis(m, lr->key);
            if (wd_json_to_double(lr, &v)) {
                low = v < low ? v : low;
                high = v > high ? v : high;
            }
        }
        if (m->n_rows < MAX_ROWS) {
            m->rows[m->n_rows].json = row;
            m->rows[m->n_rows].order = m->n_rows;
            m->rows[m->n_rows].spread = high > low ? high - low : 0;
            m->n_rows++;
        }
    }
}

static void sort_rows(matrix *m)
{
    for (size_t i = 1; i < m->n_rows; i++) { /* few rows, stable */
        for (size_t j = i; j > 0 && m->rows[j].spread > m->rows[j - 1].spread; j--) {
            __typeof__(m->rows[0]) swap = m->rows[j];
            m->rows[j] = m->rows[j - 1];
            m->rows[j - 1] = swap;
        }
    }
}

/* Name of a hypothesis by the id that the evidence uses. */
static wd_slice name_of(const wd_json *levels, wd_slice id)
{
    WD_JSON_EACH (level, levels) {
        WD_JSON_EACH (h, wd_json_get(level, "hypotheses")) {
            if (wd_slice_eq(wd_json_text(h, "id"), id)) {
                return wd_view_either(h, "name", "id");
            }
        }
    }
    return id;
}

static void mark(wd_page *p, const wd_json *lr)
{
    static const struct {
        const char *sign;
        const char *words;
        const char *class;
    } marks[] = {{"++", "strongly for", "for2"},
                 {"+", "for", "for1"},
                 {"o", "neutral", "even"},
                 {"\xe2\x88\x92", "against", "not1"},
                 {"\xe2\x88\x92\xe2\x88\x92", "strongly against", "not2"}};
    double v = 0;
    if (!wd_json_to_double(lr, &v)) {
        wd_page_raw(p, "<td class=\"cell even\"><span class=\"sr\">not rated</span></td>");
        return;
    }
    size_t i = v >= STRONG ? 0 : v >= WEAK ? 1 : v > -WEAK ? 2 : v > -STRONG ? 3 : 4;
    wd_page_rawf(p,
                 "<td class=\"cell %s\"><span aria-hidden=\"true\">%s</span>"
                 "<span class=\"sr\">%s</span></td>",
                 marks[i].class, marks[i].sign, marks[i].words);
}

static wd_slice key_text(wd_slice key, char *out, size_t size)
{
    size_t n = key.len < size - 1 ? key.len : size - 1;
    for (size_t i = 0; i < n; i++) {
        out[i] = (char) key.ptr[i];
    }
    out[n] = '\0';
    return wd_slice_of(out, n);
}

static const wd_json *ratio(const wd_json *row, wd_slice id)
{
    char key[128];
    return wd_slice_eq(key_text(id, key, sizeof key), id) ? wd_json_get(wd_json_get(row, "lr"), key)
                                                          : NULL;
}

static void sums(matrix *m)
{
    wd_page_raw(m->p, "<tr class=\"sum\"><th scope=\"row\" colspan=\"2\">Sum (log10 of the "
                      "ratios)</th>");
    for (size_t i = 0; i < m->n; i++) {
        double sum = 0;
        for (size_t j = 0; j < m->n_rows; j++) {
            double v = 0;
            sum += wd_json_to_double(ratio(m->rows[j].json, m->ids[i]), &v) ? v : 0;
        }
        wd_page_rawf(m->p, "<td class=\"cell\">%+.1f</td>", sum);
    }
    wd_page_raw(m->p, "<td></td></tr>\n");
}

static void show_matrix(matrix *m, const wd_json *list)
{
    wd_page *p = m->p;
    wd_page_wide(p, "Evidence against hypotheses");
    wd_page_raw(p, "<table class=\"matrix\"><caption>Evidence against hypotheses, most telling "
                   "first</caption><thead><tr><th scope=\"col\">Evidence</th>"
                   "<th scope=\"col\">Grade</th>");
    for (size_t i = 0; i < m->n; i++) {
        wd_page_raw(p, "<th scope=\"col\">");
        wd_page_text(p, name_of(list, m->ids[i]));
        wd_page_raw(p, "</th>");
    }
    wd_page_raw(p, "<th scope=\"col\">From</th></tr></thead>\n<tbody>\n");
    for (size_t j = 0; j < m->n_rows; j++) {
        const wd_json *row = m->rows[j].json;
        wd_page_raw(p, "<tr");
        wd_page_anchor(p, wd_json_text(row, "id"));
        wd_page_raw(p, "><th scope=\"row\" class=\"text\">");
        wd_page_member(p, row, "text");
        wd_page_raw(p, "</th><td>");
        wd_page_member(p, row, "grade");
        wd_page_raw(p, "</td>");
        for (size_t i = 0; i < m->n; i++) {
            mark(p, ratio(row, m->ids[i]));
        }
        wd_page_raw(p, "<td>");
        wd_page_ids(p, wd_json_get(row, "evidence"), 4);
        wd_page_raw(p, "</td></tr>\n");
    }
    sums(m);
    wd_page_raw(p, "</tbody></table>\n");
    wd_page_wide_end(p);
}

/* Strings, or objects with `text` and perhaps `hypothesis`. */
static void lines(wd_page *p, const char *title, const wd_json *list, const wd_json *levels)
{
    if (wd_view_count(list) == 0) {
        return;
    }
    wd_page_rawf(p, "<h3>%s</h3><ul>", title);
    WD_JSON_EACH (v, list) {
        wd_slice id = wd_json_text(v, "hypothesis");
        wd_page_raw(p, "<li>");
        if (id.len > 0) {
            wd_page_text(p, name_of(levels, id));
            wd_page_raw(p, ": ");
        }
        wd_page_text(p, v->type == WD_JSON_STRING ? v->text : wd_json_text(v, "text"));
        wd_page_raw(p, "</li>");
    }
    wd_page_raw(p, "</ul>\n");
}

static void claims(wd_page *p, const wd_json *list)
{
    if (wd_view_count(list) == 0) {
        return;
    }
    wd_page_raw(p, "<h3>What others have said (not counted as evidence)</h3><ul>");
    WD_JSON_EACH (claim, list) {
        wd_page_raw(p, "<li>");
        wd_page_text(p, wd_view_either(claim, "who", "publisher"));
        wd_page_raw(p, " ");
        wd_page_text(p, wd_slice_sub(wd_json_text(claim, "date"), 0, 10));
        wd_page_raw(p, ": ");
        wd_page_text(p, wd_view_either(claim, "says", "name"));
        wd_page_raw(p, wd_json_text(claim, "wording").len > 0 ? ", " : "");
        wd_page_member(p, claim, "wording");
        wd_page_raw(p, "</li>");
    }
    wd_page_raw(p, "</ul>\n");
}

void wd_page_attribution(wd_page *p)
{
    const wd_json *who = wd_json_get(p->report, "attribution");
    const wd_json *list = wd_json_get(who, "levels");
    wd_page_section(p, "attribution", "Attribution");
    if (wd_view_count(list) == 0) {
        wd_page_nothing(p, "Unattributed: the evidence does not tell actors apart. This is a "
                           "normal result.");
    } else {
        matrix m = {.p = p};
        levels(p, list);
        collect(&m, wd_json_get(who, "evidence"));
        sort_rows(&m);
        if (m.n_rows > 0) {
            show_matrix(&m, list);
        }
    }
    lines(p, "Against", wd_json_get(who, "against"), list);
    lines(p, "What would change this", wd_json_get(who, "would_change"), list);
    claims(p, wd_json_get(who, "claims"));
    wd_page_section_end(p);
}

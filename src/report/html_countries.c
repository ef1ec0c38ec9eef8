#include "report/page.h"
#include "report/view.h"

/*
 * Where it spread: tables of hosts by country and sector with the base they are measured on, the
 * funnel from installed to chosen, and whether the choice of victims was aimed. A table has the
 * columns that its first row names.
 */

static void plain_table(wd_page *p, const char *caption, const wd_json *rows)
{
    if (wd_view_count(rows) == 0) {
        return;
    }
    wd_page_wide(p, caption);
    wd_page_rawf(p, "<table class=\"slim\"><caption>%s</caption><thead><tr>", caption);
    WD_JSON_EACH (cell, wd_json_first(rows)) {
        wd_page_raw(p, "<th scope=\"col\">");
        wd_page_words(p, cell->key);
        wd_page_raw(p, "</th>");
    }
    wd_page_raw(p, "</tr></thead>\n<tbody>\n");
    WD_JSON_EACH (row, rows) {
        wd_page_raw(p, "<tr>");
        WD_JSON_EACH (cell, row) {
            wd_page_raw(p, cell->type == WD_JSON_NUMBER ? "<td class=\"num\">" : "<td>");
            if (wd_slice_eq(cell->key, WD_S("country"))) {
                wd_page_country(p, wd_json_scalar(cell));
            } else {
                wd_page_text(p, wd_json_scalar(cell));
            }
            wd_page_raw(p, "</td>");
        }
        wd_page_raw(p, "</tr>\n");
    }
    wd_page_raw(p, "</tbody></table>\n");
    wd_page_wide_end(p);
}

/* How many: `hosts`, else the first number of a row. */
static double amount(const wd_json *row)
{
    double n = 0;
    if (wd_view_double(row, "hosts", &n) && n >= 0 && n < 1e9) {
        return n;
    }
    WD_JSON_EACH (cell, row) {
        if (wd_json_to_double(cell, &n) && n >= 0 && n < 1e9) {
            return n;
        }
    }
    return 0;
}

static wd_slice label(const wd_json *row)
{
    WD_JSON_EACH (cell, row) {
        if (cell->type == WD_JSON_STRING) {
            return cell->text;
        }
    }
    return (wd_slice){0};
}

static void funnel(wd_page *p, const wd_json *stages)
{
    double most = 0;
    size_t n = 0;
    WD_JSON_EACH (stage, stages) {
        most = amount(stage) > most ? amount(stage) : most;
    }
    if (most <= 0) {
        return;
    }
    wd_page_rawf(p,
                 "<h3>Funnel</h3><svg class=\"funnel\" viewBox=\"0 0 600 %zu\" role=\"img\" "
                 "aria-labelledby=\"t-funnel\"><title id=\"t-funnel\">Hosts at each stage</title>",
                 wd_view_count(stages) * 26 + 4);
    WD_JSON_EACH (stage, stages) {
        size_t y = n++ * 26;
        int wide = (int) (amount(stage) * 340 / most);
        wd_page_rawf(p, "<text class=\"fl\" x=\"190\" y=\"%zu\">", y + 17);
        wd_page_cut(p, label(stage), 24);
        wd_page_rawf(p,
                     "</text><rect class=\"h1\" x=\"200\" y=\"%zu\" width=\"%d\" height=\"18\" "
                     "rx=\"3\"/><text class=\"fn\" x=\"%d\" y=\"%zu\">%.0f</text>\n",
                     y + 4, wide < 2 ? 2 : wide, 208 + (wide < 2 ? 2 : wide), y + 17,
                     amount(stage));
    }
    wd_page_raw(p, "</svg>\n");
}

static void aimed(wd_page *p, const wd_json *test)
{
    if (wd_view_count(test) == 0) {
        return;
    }
    wd_page_raw(p, "<p>Were the chosen victims picked at random? Test: ");
    wd_page_member(p, test, "test");
    wd_page_raw(p, ", p = ");
    wd_page_member(p, test, "p");
    if (wd_json_get(test, "ratio") != NULL &&
        !wd_json_is(wd_json_get(test, "ratio"), WD_JSON_NULL)) {
        wd_page_raw(p, ", odds ratio ");
        wd_page_member(p, test, "ratio");
        wd_page_raw(p, " (interval ");
        wd_page_member(p, test, "low");
        wd_page_raw(p, " to ");
        wd_page_member(p, test, "high");
        wd_page_raw(p, ")");
    }
    wd_page_raw(p, ".</p>\n");
}

void wd_page_countries(wd_page *p)
{
    const wd_json *spread = wd_json_get(p->report, "spread");
    wd_page_section(p, "countries", "Countries and sectors");
    wd_page_map(p);
    if (wd_view_count(spread) == 0) {
        wd_page_nothing(
            p, "No table: no host has a known country or sector; an asset list would say.");
        wd_page_section_end(p);
        return;
    }
    if (wd_json_text(spread, "base").len > 0) {
        wd_page_raw(p, "<p>Measured on ");
        wd_page_member(p, spread, "base");
        wd_page_raw(p, ".</p>\n");
    }
    wd_page_raw(p, "<div class=\"pair\">\n<div>\n");
    plain_table(p, "Hosts by country", wd_json_get(spread, "by_country"));
    wd_page_raw(p, "</div>\n<div>\n");
    plain_table(p, "Hosts by sector", wd_json_get(spread, "by_sector"));
    wd_page_raw(p, "</div>\n</div>\n");
    funnel(p, wd_json_get(spread, "funnel"));
    aimed(p, wd_json_get(spread, "aimed"));
    wd_page_section_end(p);
}

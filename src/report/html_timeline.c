#include "report/page.h"

#include "core/limits.h"
#include "report/view.h"

/*
 * Timeline: a histogram of all rows over the whole time, then the rows with a line wherever more
 * than a day passes without a record. Rows beyond the limit are counted, never dropped in silence.
 */

#define BARS 120U
#define CHART_W 1060
#define CHART_H 72

typedef struct histogram {
    wd_time first;
    wd_time last;
    uint64_t all[BARS];
    uint64_t grave[BARS]; /* severity high and critical */
    uint64_t highest;
} histogram;

static bool is_grave(const wd_json *row)
{
    return wd_view_is(row, "severity", "high") || wd_view_is(row, "severity", "critical");
}

static bool measure(histogram *h, const wd_json *rows)
{
    h->first = INT64_MAX;
    h->last = WD_NO_TIME;
    WD_JSON_EACH (row, rows) {
        wd_time t = wd_view_time(row, "time");
        if (t != WD_NO_TIME) {
            h->first = t < h->first ? t : h->first;
            h->last = t > h->last ? t : h->last;
        }
    }
    if (h->last == WD_NO_TIME || h->last <= h->first) {
        return false;
    }
    wd_time width = (h->last - h->first) / (wd_time) BARS + 1;
    WD_JSON_EACH (row, rows) {
        wd_time t = wd_view_time(row, "time");
        if (t == WD_NO_TIME) {
            continue;
        }
        size_t bar = (size_t) ((t - h->first) / width);
        uint64_t *cell = is_grave(row) ? &h->grave[bar] : &h->all[bar];
        *cell += 1;
        uint64_t sum = h->grave[bar] + h->all[bar];
        h->highest = sum > h->highest ? sum : h->highest;
    }
    return true;
}

static int scaled(uint64_t n, uint64_t highest)
{
    int tall = (int) (n * CHART_H / highest);
    return n > 0 && tall < 3 ? 3 : tall; /* a single record must be visible */
}

static void chart(wd_page *p, const wd_json *rows)
{
    histogram h = {0};
    if (!measure(&h, rows)) {
        return;
    }
    char first[WD_TIME_TEXT];
    char last[WD_TIME_TEXT];
    wd_page_rawf(p,
                 "<svg class=\"histogram\" viewBox=\"0 0 %d %d\" role=\"img\" "
                 "aria-labelledby=\"t-hist\"><title id=\"t-hist\">Rows over time from %.10s to "
                 "%.10s</title>\n",
                 CHART_W, CHART_H + 20, wd_time_format_seconds(h.first, first),
                 wd_time_format_seconds(h.last, last));
    int step = CHART_W / (int) BARS;
    for (size_t i = 0; i < BARS; i++) {
        int grave = scaled(h.grave[i], h.highest);
        int other = scaled(h.all[i], h.highest);
        int x = (int) i * CHART_W / (int) BARS;
        if (other > 0) {
            wd_page_rawf(p, "<rect class=\"h0\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", x,
                         CHART_H - grave - other, step - 1, other);
        }
        if (grave > 0) {
            wd_page_rawf(p, "<rect class=\"h1\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", x,
                         CHART_H - grave, step - 1, grave);
        }
    }
    wd_page_rawf(p,
                 "<line class=\"tick\" x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
                 "<text class=\"date\" x=\"0\" y=\"%d\">%.10s</text>"
                 "<text class=\"date end\" x=\"%d\" y=\"%d\">%.10s</text></svg>\n",
                 CHART_H, CHART_W, CHART_H, CHART_H + 16, first, CHART_W, CHART_H + 16, last);
    wd_page_raw(p, "<p class=\"note\"><span class=\"key h1\"></span> severity high or critical "
                   "<span class=\"key h0\"></span> other rows</p>\n");
}

static void gap(wd_page *p, wd_time from, wd_time to)
{
    int64_t days = from == WD_NO_TIME ? 0 : (to - from) / WD_TICKS_PER_DAY;
    if (days < 1) {
        return;
    }
    wd_page_rawf(p, "<tr class=\"gap\"><td colspan=\"6\">%lld %s without a row</td></tr>\n",
                 (long long) days, days == 1 ? "day" : "days");
}

static void row(wd_page *p, const wd_json *row)
{
    wd_page_raw(p, "<tr><td>");
    wd_page_time(p, row, "time");
    wd_time end = wd_view_time(row, "time_end");
    if (end != WD_NO_TIME && end != wd_view_time(row, "time")) {
        wd_page_raw(p, "<br><span class=\"mute\">to ");
        wd_page_time(p, row, "time_end");
        wd_page_raw(p, "</span>");
    }
    wd_page_raw(p, "</td><td>");
    wd_page_host(p, wd_json_text(row, "host"));
    wd_page_raw(p, "</td><td class=\"text\">");
    wd_page_member(p, row, "text");
    uint64_t count = wd_view_u64(row, "count", 1);
    if (count > 1) {
        wd_page_raw(p, " <span class=\"times\">\xc3\x97");
        wd_page_number(p, count);
        wd_page_raw(p, "</span>");
    }
    wd_page_raw(p, "</td><td>");
    wd_page_badge(p, wd_json_text(row, "severity"));
    wd_page_raw(p, "</td><td>");
    wd_page_badge(p, wd_json_text(row, "basis"));
    wd_page_raw(p, "</td><td>");
    wd_page_ids(p, wd_json_get(row, "evidence"), 4);
    wd_page_raw(p, "</td></tr>\n");
}

static void rows_table(wd_page *p, const wd_json *rows, size_t max)
{
    static const char *const headers[] = {
        "Time (UTC)", "Host", "What happened", "Severity", "Basis", "Evidence", NULL};
    size_t n = 0;
    wd_time before = WD_NO_TIME;
    wd_page_table(p, "Timeline", headers);
    WD_JSON_EACH (r, rows) {
        if (n++ == max) {
            break;
        }
        wd_time t = wd_view_time(r, "time");
        if (t != WD_NO_TIME) {
            gap(p, before, t);
            wd_time end = wd_view_time(r, "time_end");
            before = t > before ? t : before;
            before = end > before ? end : before;
        }
        row(p, r);
    }
    wd_page_table_end(p);
}

void wd_page_timeline(wd_page *p)
{
    const wd_json *rows = wd_json_get(p->report, "timeline");
    size_t max = p->options->max_timeline > 0 ? p->options->max_timeline : WD_MAX_REPORT_TIMELINE;
    size_t given = wd_view_count(rows);
    uint64_t total = wd_view_u64(p->report, "timeline_total", given);
    wd_page_section(p, "timeline", "Timeline");
    if (given == 0) {
        wd_page_nothing(p, "No row: nothing in the evidence has a time and a meaning here.");
    } else {
        chart(p, rows);
        if (total > given || given > max) {
            wd_page_raw(p, "<p class=\"note\">Shown: ");
            wd_page_number(p, given > max ? max : given);
            wd_page_raw(p, " of ");
            wd_page_number(p, total);
            wd_page_raw(p, " rows; the case holds them all.</p>\n");
        }
        rows_table(p, rows, max);
    }
    wd_page_section_end(p);
}

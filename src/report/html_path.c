#include "report/page.h"

#include <stdlib.h>

#include "report/columns.h"
#include "report/view.h"

/*
 * How it got in: lanes by actor, boxes in order of time, drawn as SVG without a layout library.
 * Horizontal places are spaced by rank, so that weeks of silence do not push the page apart; where
 * more than a day passes, the axis says so. The same steps stand below as a table.
 */

#define MAX_STEPS 60U /* further ones are in the table */
#define MAX_LANES 14U /* the last one takes what is left */
#define BOX_W 172
#define BOX_H 54
#define BOX_COLUMNS 23U /* of a wide font at 11.5 pixels */
#define LANE_H 72
#define AXIS_H 34
#define LABEL_W 122
#define STEP_DX 44 /* from one box to the next in another lane */
#define GAP_DX 14  /* between boxes of one lane */
#define DATE_W 84  /* room of a date on the axis */
#define MIN_W 1060

typedef struct step {
    const wd_json *json;
    wd_time time;
    size_t order;
    size_t lane;
    size_t times; /* steps of one kind, one behind the other, drawn as one */
    int x;
} step;

typedef struct drawing {
    wd_page *p;
    step steps[MAX_STEPS];
    size_t n;
    wd_slice lanes[MAX_LANES];
    size_t n_lanes;
    int width;
    int height;
} drawing;

static int by_time(const void *a, const void *b)
{
    const step *x = a;
    const step *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

/* The lane of a name; the last of `max` lanes takes all that find no room. */
static size_t lane_of(drawing *d, wd_slice name, size_t max)
{
    for (size_t i = 0; i < d->n_lanes; i++) {
        if (wd_slice_eq(d->lanes[i], name)) {
            return i;
        }
    }
    if (d->n_lanes >= max) {
        return max - 1;
    }
    bool full = d->n_lanes + 1 == max && max < MAX_LANES;
    d->lanes[d->n_lanes] = full ? WD_S("further hosts") : name;
    return d->n_lanes++;
}

static bool is_attacker(wd_slice lane)
{
    return wd_slice_starts_nocase(lane, WD_S("attacker"));
}

/* Lanes in order of their first step, the attacker's own last. */
static void assign_lanes(drawing *d)
{
    for (int attacker = 0; attacker < 2; attacker++) {
        for (size_t i = 0; i < d->n; i++) {
            wd_slice lane = wd_json_text(d->steps[i].json, "lane");
            if (is_attacker(lane) == (attacker == 1)) {
                d->steps[i].lane = lane_of(d, lane, MAX_LANES - (attacker == 1 ? 0U : 1U));
            }
        }
    }
}

static bool alike(const step *a, const step *b)
{
    static const char *const keys[] = {"technique", "basis"};
    bool day = a->time / WD_TICKS_PER_DAY == b->time / WD_TICKS_PER_DAY;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        day = day && wd_slice_eq(wd_json_text(a->json, keys[i]), wd_json_text(b->json, keys[i]));
    }
    return day && a->lane == b->lane && wd_json_text(a->json, "technique").len > 0;
}

/* Steps alike in technique, basis, place and day become one box with their number. */
static void fold(drawing *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        size_t at = n;
        while (at > 0 && d->steps[at - 1].lane != d->steps[i].lane) {
            at--;
        }
        if (at > 0 && alike(&d->steps[at - 1], &d->steps[i])) {
            d->steps[at - 1].times++;
        } else {
            d->steps[n++] = d->steps[i];
        }
    }
    d->n = n;
}

static void place(drawing *d)
{
    int end[MAX_LANES];
    int last = LABEL_W + 8 - STEP_DX;
    for (size_t i = 0; i < MAX_LANES; i++) {
        end[i] = LABEL_W + 8;
    }
    for (size_t i = 0; i < d->n; i++) {
        step *s = &d->steps[i];
        bool same = i > 0 && s->time == d->steps[i - 1].time;
        int x = same ? last : last + STEP_DX;
        s->x = x > end[s->lane] ? x : end[s->lane];
        end[s->lane] = s->x + BOX_W + GAP_DX;
        last = s->x;
        d->width = s->x + BOX_W + 12 > d->width ? s->x + BOX_W + 12 : d->width;
    }
    if (d->width < MIN_W && d->n > 1) { /* spread over the page */
        int from = LABEL_W + 8;
        int span = d->width - BOX_W - 12 - from;
        int room = MIN_W - BOX_W - 12 - from;
        for (size_t i = 0; i < d->n && span > 0; i++) {
            d->steps[i].x = from + (d->steps[i].x - from) * room / span;
        }
        d->width = MIN_W;
    }
    d->height = AXIS_H + (int) d->n_lanes * LANE_H;
}

static int lane_y(size_t lane)
{
    return AXIS_H + (int) lane * LANE_H;
}

static void draw_lanes(drawing *d)
{
    for (size_t i = 0; i < d->n_lanes; i++) {
        wd_page_rawf(d->p,
                     "<rect class=\"lane%zu\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
                     "<text class=\"lname\" x=\"10\" y=\"%d\">",
                     i % 2, lane_y(i), d->width, LANE_H, lane_y(i) + LANE_H / 2 + 4);
        wd_page_cut(d->p, d->lanes[i].len > 0 ? d->lanes[i] : WD_S("unknown"), 16);
        wd_page_raw(d->p, "</text>\n");
    }
}

/* Dates where a new day begins, and how many days were left out before it. */
static void draw_axis(drawing *d)
{
    int free_from = 0;
    int64_t day = INT64_MIN;
    for (size_t i = 0; i < d->n; i++) {
        const step *s = &d->steps[i];
        int64_t today = s->time == WD_NO_TIME ? day : s->time / WD_TICKS_PER_DAY;
        if (today == day || s->x < free_from) {
            day = s->x < free_from ? day : today;
            continue;
        }
        char text[WD_TIME_TEXT];
        wd_time_format_seconds(s->time, text);
        wd_page_rawf(d->p,
                     "<line class=\"tick\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
                     "<text class=\"date\" x=\"%d\" y=\"14\">%.10s</text>\n",
                     s->x, AXIS_H - 8, s->x, d->height, s->x, text);
        bool follows = i > 0 && d->steps[i - 1].time != WD_NO_TIME;
        int64_t before = follows ? d->steps[i - 1].time / WD_TICKS_PER_DAY : today;
        if (today - before > 1) {
            wd_page_rawf(d->p, "<text class=\"skipped\" x=\"%d\" y=\"27\">%lld days later</text>\n",
                         s->x, (long long) (today - before));
        }
        day = today;
        free_from = s->x + DATE_W;
    }
}

static bool is_host(const drawing *d, size_t lane)
{
    WD_JSON_EACH (host, wd_json_get(d->p->report, "hosts")) {
        if (wd_slice_eq(wd_json_text(host, "name"), d->lanes[lane])) {
            return true;
        }
    }
    return false;
}

/*
 * Where the line into a step comes from: the step before in its lane; for the first step of a host
 * the last one on the way to it (vendor, delivery); else the step before in time.
 */
static const step *origin(const drawing *d, size_t at)
{
    const step *way = NULL;
    for (size_t i = at; i > 0; i--) {
        const step *s = &d->steps[i - 1];
        if (s->lane == d->steps[at].lane) {
            return s;
        }
        bool on_the_way = !is_host(d, s->lane) && !is_attacker(d->lanes[s->lane]);
        way = way == NULL && on_the_way ? s : way;
    }
    return way != NULL && is_host(d, d->steps[at].lane) ? way : &d->steps[at - 1];
}

static void draw_line(drawing *d, size_t at)
{
    const step *to = &d->steps[at];
    const step *from = origin(d, at);
    int y1 = lane_y(from->lane) + LANE_H / 2;
    int y2 = lane_y(to->lane) + LANE_H / 2;
    int x1 = from->x + BOX_W;
    int x2 = to->x;
    if (y1 != y2) { /* leave by the edge that faces the other lane */
        x1 = from->x + BOX_W / 4;
        y1 += y1 < y2 ? BOX_H / 2 : -BOX_H / 2;
    }
    int reach = (x2 - x1) / 2;
    if (y1 == y2) {
        wd_page_rawf(d->p, "<path class=\"edge\" d=\"M%d %dL%d %d\"/>\n", x1, y1, x2, y2);
    } else {
        wd_page_rawf(d->p, "<path class=\"edge\" d=\"M%d %dC%d %d %d %d %d %d\"/>\n", x1, y1, x1,
                     y2, x2 - reach, y2, x2, y2);
    }
    wd_page_rawf(d->p, "<path class=\"tip\" d=\"M%d %dl-7 -4v8z\"/>\n", x2, y2);
}

static const char *border(const wd_json *json)
{
    if (wd_view_is(json, "basis", "seen")) {
        return "seen";
    }
    return wd_view_is(json, "basis", "likely") ? "likely" : "inferred";
}

/* The title in at most two lines; SVG does not break lines by itself. */
static void box_text(drawing *d, const step *s, int y)
{
    wd_buf broken = {0};
    wd_buf lines = {0};
    wd_defang(&d->p->names, wd_json_text(s->json, "title"), &broken);
    size_t n = wd_columns_wrap(&lines, wd_buf_slice(&broken), BOX_COLUMNS, 2);
    wd_slice rest = wd_buf_slice(&lines);
    wd_slice line;
    for (int at = y + (n > 1 ? 16 : 23); wd_slice_line(&rest, &line); at += 14) {
        wd_page_rawf(d->p, "<text class=\"bt\" x=\"%d\" y=\"%d\">", s->x + 9, at);
        wd_page_text(d->p, line);
        wd_page_raw(d->p, "</text>");
    }
    wd_buf_free(&broken);
    wd_buf_free(&lines);
}

static void draw_box(drawing *d, const step *s)
{
    wd_page *p = d->p;
    int y = lane_y(s->lane) + (LANE_H - BOX_H) / 2;
    wd_page_raw(p, "<g><title>");
    wd_page_member(p, s->json, "title");
    wd_page_raw(p, " (");
    wd_page_member(p, s->json, "lane");
    wd_page_raw(p, ", ");
    wd_page_member(p, s->json, "basis");
    wd_page_rawf(p,
                 ")</title><rect class=\"box %s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                 "rx=\"5\"/>",
                 border(s->json), s->x, y, BOX_W, BOX_H);
    box_text(d, s, y);
    wd_page_rawf(p, "<text class=\"bs\" x=\"%d\" y=\"%d\">", s->x + 9, y + BOX_H - 8);
    if (wd_json_text(s->json, "technique").len > 0) {
        wd_page_cut(p, wd_json_text(s->json, "technique"), 11);
        wd_page_raw(p, " \xc2\xb7 ");
    }
    wd_page_cut(p, wd_json_text(s->json, "basis"), 10);
    if (s->times > 1) {
        wd_page_rawf(p, " \xc2\xb7 \xc3\x97%zu", s->times);
    }
    wd_page_raw(p, "</text></g>\n");
}

static void draw(drawing *d)
{
    wd_page_wide(d->p, "Path by host and time, drawing");
    wd_page_rawf(d->p,
                 "<svg class=\"path\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                 "role=\"img\" aria-labelledby=\"t-path\"><title id=\"t-path\">Steps of the attack "
                 "by host and time; the table below says the same</title>\n",
                 d->width, d->height, d->width, d->height);
    draw_lanes(d);
    draw_axis(d);
    for (size_t i = 1; i < d->n; i++) {
        draw_line(d, i);
    }
    for (size_t i = 0; i < d->n; i++) {
        draw_box(d, &d->steps[i]);
    }
    wd_page_raw(d->p, "</svg>\n");
    wd_page_wide_end(d->p);
    wd_page_raw(d->p, "<p class=\"note\"><span class=\"key seen\"></span> seen in a record "
                      "<span class=\"key likely\"></span> likely, a rule over records "
                      "<span class=\"key inferred\"></span> inferred, the story needs it. Lines "
                      "follow the order of time.</p>\n");
}

static void table(wd_page *p, const wd_json *steps)
{
    static const char *const headers[] = {"#",         "Time",  "Where",    "Step",
                                          "Technique", "Basis", "Evidence", NULL};
    wd_page_raw(p, "<details><summary>The same steps as a table</summary>\n");
    wd_page_table(p, "Steps of the attack", headers);
    WD_JSON_EACH (s, steps) {
        wd_page_raw(p, "<tr><td class=\"num\">");
        wd_page_member(p, s, "n");
        wd_page_raw(p, "</td><td>");
        wd_page_time(p, s, "time");
        wd_page_raw(p, "</td><td>");
        wd_page_member(p, s, "lane");
        wd_page_raw(p, "</td><td>");
        wd_page_member(p, s, "title");
        wd_page_raw(p, "</td><td>");
        wd_page_technique(p, wd_json_text(s, "technique"));
        wd_page_raw(p, "</td><td>");
        wd_page_badge(p, wd_json_text(s, "basis"));
        wd_page_raw(p, "</td><td>");
        wd_page_ids(p, wd_json_get(s, "evidence"), 8);
        wd_page_raw(p, "</td></tr>\n");
    }
    wd_page_table_end(p);
    wd_page_raw(p, "</details>\n");
}

void wd_page_path(wd_page *p)
{
    const wd_json *steps = wd_json_path(p->report, "path/steps");
    wd_page_section(p, "path", "How it got in: path by host and time");
    drawing d = {.p = p};
    WD_JSON_EACH (s, steps) {
        if (d.n < MAX_STEPS) {
            d.steps[d.n] = (step){s, wd_view_time(s, "time"), d.n, 0, 1, 0};
            d.n++;
        }
    }
    if (d.n == 0) {
        wd_page_nothing(p, "The records show no path.");
    } else {
        wd_sort(d.steps, d.n, sizeof d.steps[0], by_time);
        assign_lanes(&d);
        fold(&d);
        place(&d);
        draw(&d);
        if (wd_view_count(steps) > MAX_STEPS) {
            wd_page_rawf(p, "<p class=\"note\">%u of %zu steps are drawn.</p>\n", MAX_STEPS,
                         wd_view_count(steps));
        }
        table(p, steps);
    }
    wd_page_section_end(p);
}

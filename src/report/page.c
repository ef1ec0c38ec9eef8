#include "report/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "report/columns.h"
#include "report/view.h"

#define SHORT_NAME 20U
#define PAGE_ARENA ((size_t) 256 << 20) /* maps of ids and names of the largest report */

static wd_status register_ids(wd_page *p, const wd_json *list, wd_err *err)
{
    WD_JSON_EACH (row, list) {
        wd_slice id = wd_json_text(row, "id");
        uintptr_t *slot = id.len == 0 ? NULL : wd_map_put(&p->anchors, id, NULL);
        if (id.len > 0 && slot == NULL) {
            return wd_nomem(err, "report.html");
        }
        if (slot != NULL) {
            *slot = 1;
        }
    }
    return WD_OK;
}

static wd_status register_techniques(wd_page *p, wd_err *err)
{
    WD_JSON_EACH (technique, wd_json_get(p->report, "techniques")) {
        uintptr_t *slot = wd_map_put(&p->techniques, wd_json_text(technique, "id"), NULL);
        if (slot == NULL) {
            return wd_nomem(err, "report.html");
        }
        *slot = (uintptr_t) technique;
    }
    return WD_OK;
}

wd_status wd_page_init(wd_page *p, const wd_json *report, wd_err *err)
{
    p->report = report;
    p->arena = wd_arena_new(PAGE_ARENA);
    if (p->arena == NULL) {
        return wd_nomem(err, "report.html");
    }
    p->anchors.arena = p->arena;
    p->techniques.arena = p->arena;
    WD_TRY(wd_defanger_init(&p->names, report, p->arena, err));
    WD_TRY(register_ids(p, wd_json_get(report, "evidence"), err));
    WD_TRY(register_ids(p, wd_json_get(report, "findings"), err));
    WD_TRY(register_ids(p, wd_json_get(report, "indicators"), err));
    WD_TRY(register_ids(p, wd_json_path(report, "attribution/evidence"), err));
    return register_techniques(p, err);
}

void wd_page_clear(wd_page *p)
{
    wd_buf_free(&p->scratch);
    wd_arena_free(p->arena);
}

void wd_page_raw(wd_page *p, const char *markup)
{
    wd_buf_str(p->out, markup);
}

void wd_page_rawf(wd_page *p, const char *markup, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, markup);
    int n = vsnprintf(text, sizeof text, markup, ap);
    va_end(ap);
    if (n < 0 || (size_t) n >= sizeof text) {
        p->out->failed = true;
        return;
    }
    wd_buf_str(p->out, text);
}

void wd_page_text(wd_page *p, wd_slice text)
{
    wd_buf_clear(&p->scratch);
    wd_defang(&p->names, text, &p->scratch);
    wd_text_html(p->out, wd_buf_slice(&p->scratch));
}

void wd_page_member(wd_page *p, const wd_json *object, const char *key)
{
    wd_page_text(p, wd_json_scalar(wd_json_get(object, key)));
}

void wd_page_value(wd_page *p, wd_slice type, wd_slice value)
{
    wd_buf_clear(&p->scratch);
    wd_defang_value(type, value, &p->scratch);
    wd_text_html(p->out, wd_buf_slice(&p->scratch));
}

void wd_page_cut(wd_page *p, wd_slice text, size_t columns)
{
    wd_buf cut = {0};
    wd_buf_clear(&p->scratch);
    wd_defang(&p->names, text, &p->scratch);
    wd_slice all = wd_buf_slice(&p->scratch);
    if (wd_columns(all) > columns) {
        wd_buf_add(&cut, wd_slice_trim(wd_columns_cut(all, columns - 1)));
        wd_buf_str(&cut, "\xe2\x80\xa6");
        all = wd_buf_slice(&cut);
    }
    wd_text_html(p->out, all);
    wd_buf_free(&cut);
}

void wd_page_host(wd_page *p, wd_slice name)
{
    wd_page_raw(p, name.len <= SHORT_NAME ? "<span class=\"nobr\">" : "<span>");
    wd_page_text(p, name);
    wd_page_raw(p, "</span>");
}

void wd_page_words(wd_page *p, wd_slice name)
{
    for (wd_slice word; wd_slice_split(&name, '_', &word);) {
        wd_page_text(p, word);
        wd_page_raw(p, name.len > 0 ? " " : "");
    }
}

void wd_page_time(wd_page *p, const wd_json *object, const char *key)
{
    char minute[WD_TIME_TEXT];
    char full[WD_TIME_TEXT];
    wd_time t = wd_view_time(object, key);
    if (t == WD_NO_TIME) {
        wd_page_raw(p, "<span class=\"mute\">\xe2\x80\x93</span>");
        return;
    }
    wd_page_rawf(p, "<time datetime=\"%s\">%s</time>", wd_time_format_seconds(t, full),
                 wd_view_minute(object, key, minute));
}

void wd_page_number(wd_page *p, uint64_t n)
{
    wd_view_grouped(p->out, n);
}

/* Whether an id may stand in an attribute and a link as it is. */
static bool is_plain_id(wd_slice id)
{
    for (size_t i = 0; i < id.len; i++) {
        uint8_t c = id.ptr[i];
        if (!wd_is_alpha(c) && !wd_is_digit(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return id.len > 0 && id.len <= 40 && wd_is_alpha(id.ptr[0]);
}

void wd_page_id(wd_page *p, wd_slice id)
{
    if (!is_plain_id(id) || wd_map_find(&p->anchors, id) == NULL) {
        wd_page_text(p, id);
        return;
    }
    wd_page_raw(p, "<a class=\"id\" href=\"#");
    wd_page_text(p, id);
    wd_page_raw(p, "\">");
    wd_page_text(p, id);
    wd_page_raw(p, "</a>");
}

void wd_page_ids(wd_page *p, const wd_json *list, size_t max)
{
    size_t n = 0;
    WD_JSON_EACH (v, list) {
        wd_slice id = wd_json_is(v, WD_JSON_OBJECT) ? wd_json_text(v, "id") : wd_json_scalar(v);
        if (max > 0 && n == max) {
            wd_page_rawf(p, " <span class=\"mute\">+%zu</span>", wd_view_count(list) - max);
            return;
        }
        if (id.len == 0) {
            continue;
        }
        wd_page_raw(p, n++ > 0 ? " " : "");
        wd_page_id(p, id);
    }
}

void wd_page_anchor(wd_page *p, wd_slice id)
{
    uintptr_t *slot = wd_map_find(&p->anchors, id);
    if (slot == NULL || *slot != 1 || !is_plain_id(id)) {
        return;
    }
    *slot = 2;
    wd_page_raw(p, " id=\"");
    wd_page_text(p, id);
    wd_page_raw(p, "\"");
}

void wd_page_technique(wd_page *p, wd_slice id)
{
    if (id.len == 0) {
        return;
    }
    const uintptr_t *slot = wd_map_find(&p->techniques, id);
    wd_page_raw(p, "<span class=\"tech\"");
    if (slot != NULL) {
        wd_page_raw(p, " title=\"");
        wd_page_member(p, (const wd_json *) *slot, "name");
        wd_page_raw(p, "\"");
    }
    wd_page_raw(p, ">");
    wd_page_text(p, id);
    wd_page_raw(p, "</span>");
}

void wd_page_badge(wd_page *p, wd_slice word)
{
    static const char *const classes[][2] = {
        {"seen", "b-seen"},
        {"likely", "b-likely"},
        {"inferred", "b-inferred"},
        {"critical", "s4"},
        {"high", "s3"},
        {"medium", "s2"},
        {"low", "s1"},
        {"info", "s0"},
        {"compromised", "s4"},
        {"infected", "s3"},
        {"exposed", "s2"},
        {"nothing found", "s0"},
        {"not examined", "b-unknown"},
        {"block", "s4"},
        {"watch", "s2"},
        {"never", "s0"},
        {"present", "s0"},
        {"partial", "s2"},
        {"absent", "b-unknown"},
    };
    const char *class = "";
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (wd_slice_eq(word, wd_slice_str(classes[i][0]))) {
            class = classes[i][1];
        }
    }
    if (word.len > 0) {
        wd_page_rawf(p, "<span class=\"badge %s\">", class);
        wd_page_text(p, word);
        wd_page_raw(p, "</span>");
    }
}

bool wd_page_likelihood(wd_page *p, const wd_json *likelihood)
{
    wd_buf words = {0};
    wd_view_likelihood(&words, likelihood, true);
    bool any = words.len > 0;
    wd_page_text(p, wd_buf_slice(&words));
    wd_buf_free(&words);
    return any;
}

void wd_page_section(wd_page *p, const char *id, const char *title)
{
    wd_page_rawf(p, "<section id=\"%s\" aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">%s</h2>\n", id,
                 id, id, title);
}

void wd_page_section_end(wd_page *p)
{
    wd_page_raw(p, "</section>\n");
}

void wd_page_nothing(wd_page *p, const char *sentence)
{
    wd_page_rawf(p, "<p class=\"mute\">%s</p>\n", sentence);
}

void wd_page_wide(wd_page *p, const char *label)
{
    wd_page_rawf(p, "<div class=\"wide\" role=\"group\" aria-label=\"%s\" tabindex=\"0\">\n",
                 label);
}

void wd_page_wide_end(wd_page *p)
{
    wd_page_raw(p, "</div>\n");
}

void wd_page_table(wd_page *p, const char *caption, const char *const *headers)
{
    bool stack = caption[0] == '|';
    caption += stack ? 1 : 0;
    wd_page_wide(p, caption);
    wd_page_rawf(p, "<table%s><caption class=\"sr\">%s</caption>\n<thead><tr>",
                 stack ? " class=\"stack\"" : "", caption);
    for (size_t i = 0; headers[i] != NULL; i++) {
        wd_page_rawf(p, "<th scope=\"col\">%s</th>", headers[i]);
    }
    wd_page_raw(p, "</tr></thead>\n<tbody>\n");
}

void wd_page_table_end(wd_page *p)
{
    wd_page_raw(p, "</tbody></table>\n");
    wd_page_wide_end(p);
}

#include "core/json.h"

#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/text.h"

wd_jw wd_jw_init(wd_buf *out, unsigned indent)
{
    return (wd_jw){out, indent, 0, false, false};
}

static void new_line(wd_jw *w)
{
    if (w->indent > 0 && w->depth > 0) {
        wd_buf_byte(w->out, '\n');
        wd_buf_fill(w->out, ' ', (size_t) w->indent * w->depth);
    }
}

static void before_value(wd_jw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->need_comma) {
        wd_buf_byte(w->out, ',');
    }
    new_line(w);
}

static void open(wd_jw *w, uint8_t bracket)
{
    before_value(w);
    wd_buf_byte(w->out, bracket);
    w->depth++;
    w->need_comma = false;
}

static void close(wd_jw *w, uint8_t bracket)
{
    bool empty = !w->need_comma;
    w->depth--;
    if (!empty && w->indent > 0) {
        wd_buf_byte(w->out, '\n');
        wd_buf_fill(w->out, ' ', (size_t) w->indent * w->depth);
    }
    wd_buf_byte(w->out, bracket);
    w->need_comma = true;
}

void wd_jw_object(wd_jw *w)
{
    open(w, '{');
}

void wd_jw_object_end(wd_jw *w)
{
    close(w, '}');
}

void wd_jw_array(wd_jw *w)
{
    open(w, '[');
}

void wd_jw_array_end(wd_jw *w)
{
    close(w, ']');
}

static void raw_value(wd_jw *w, const char *text)
{
    before_value(w);
    wd_buf_str(w->out, text);
    w->need_comma = true;
}

void wd_jw_key_slice(wd_jw *w, wd_slice key)
{
    before_value(w);
    wd_buf_byte(w->out, '"');
    wd_text_json(w->out, key);
    wd_buf_str(w->out, w->indent > 0 ? "\": " : "\":");
    w->need_comma = true;
    w->after_key = true;
}

void wd_jw_key(wd_jw *w, const char *key)
{
    wd_jw_key_slice(w, wd_slice_str(key));
}

void wd_jw_slice(wd_jw *w, wd_slice s)
{
    before_value(w);
    wd_buf_byte(w->out, '"');
    wd_text_json(w->out, s);
    wd_buf_byte(w->out, '"');
    w->need_comma = true;
}

void wd_jw_str(wd_jw *w, const char *s)
{
    if (s == NULL) {
        wd_jw_null(w);
    } else {
        wd_jw_slice(w, wd_slice_str(s));
    }
}

void wd_jw_u64(wd_jw *w, uint64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long) v);
    raw_value(w, text);
}

void wd_jw_i64(wd_jw *w, int64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long) v);
    raw_value(w, text);
}

void wd_jw_double(wd_jw *w, double v, unsigned decimals)
{
    if (!isfinite(v) || fabs(v) > 1e15) {
        wd_jw_null(w);
        return;
    }
    char text[64];
    int n = snprintf(text, sizeof text, "%.*f", (int) (decimals > 12 ? 12 : decimals), v);
    for (int i = 0; i < n; i++) {
        if (text[i] == ',') { /* the point of the process locale */
            text[i] = '.';
        }
    }
    if (decimals > 0) {
        while (text[n - 1] == '0') {
            n--;
        }
        n -= text[n - 1] == '.' ? 1 : 0;
        text[n] = '\0';
    }
    raw_value(w, text[0] == '-' && text[1] == '0' && text[2] == '\0' ? "0" : text);
}

void wd_jw_number(wd_jw *w, wd_slice text)
{
    before_value(w);
    wd_buf_add(w->out, text);
    w->need_comma = true;
}

void wd_jw_bool(wd_jw *w, bool v)
{
    raw_value(w, v ? "true" : "false");
}

void wd_jw_null(wd_jw *w)
{
    raw_value(w, "null");
}

void wd_jw_member_slice(wd_jw *w, const char *key, wd_slice v)
{
    wd_jw_key(w, key);
    wd_jw_slice(w, v);
}

void wd_jw_member_str(wd_jw *w, const char *key, const char *v)
{
    wd_jw_key(w, key);
    wd_jw_str(w, v);
}

void wd_jw_member_u64(wd_jw *w, const char *key, uint64_t v)
{
    wd_jw_key(w, key);
    wd_jw_u64(w, v);
}

void wd_jw_member_bool(wd_jw *w, const char *key, bool v)
{
    wd_jw_key(w, key);
    wd_jw_bool(w, v);
}

void wd_jw_member_double(wd_jw *w, const char *key, double v, unsigned decimals)
{
    wd_jw_key(w, key);
    wd_jw_double(w, v, decimals);
}

void wd_jw_member_time(wd_jw *w, const char *key, int64_t t)
{
    char text[WD_TIME_TEXT];
    wd_jw_key(w, key);
    wd_jw_str(w, t == WD_NO_TIME ? NULL : wd_time_format(t, text));
}

void wd_jw_value(wd_jw *w, const wd_json *v)
{
    if (v == NULL || v->type == WD_JSON_NULL) {
        wd_jw_null(w);
    } else if (v->type == WD_JSON_TRUE || v->type == WD_JSON_FALSE) {
        wd_jw_bool(w, v->type == WD_JSON_TRUE);
    } else if (v->type == WD_JSON_STRING) {
        wd_jw_slice(w, v->text);
    } else if (v->type == WD_JSON_NUMBER) {
        before_value(w);
        wd_buf_add(w->out, v->text);
        w->need_comma = true;
    } else {
        bool object = v->type == WD_JSON_OBJECT;
        open(w, object ? '{' : '[');
        WD_JSON_EACH (child, v) {
            if (object) {
                wd_jw_key_slice(w, child->key);
            }
            wd_jw_value(w, child);
        }
        close(w, object ? '}' : ']');
    }
}

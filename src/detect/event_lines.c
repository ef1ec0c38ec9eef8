#include "detect/event_lines.h"

#include "core/json.h"

void wd_event_record_line(wd_buf *out, wd_slice item, const wd_event *e)
{
    wd_jw w = wd_jw_init(out, 0);
    wd_jw_object(&w);
    wd_jw_member_slice(&w, "item", item);
    wd_jw_member_u64(&w, "offset", e->span.offset);
    wd_jw_member_u64(&w, "record_id", e->span.record);
    wd_jw_member_time(&w, "time", e->time);
    wd_jw_member_slice(&w, "channel", e->channel);
    wd_jw_member_u64(&w, "event_id", e->event_id);
    wd_jw_member_slice(&w, "host", e->host);
    wd_jw_member_bool(&w, "recovered", e->recovered);
    wd_jw_key(&w, "fields");
    wd_jw_array(&w);
    for (size_t i = 0; i < e->n_fields; i++) {
        wd_jw_array(&w);
        wd_jw_slice(&w, e->fields[i].name);
        wd_jw_slice(&w, e->fields[i].value);
        wd_jw_array_end(&w);
    }
    wd_jw_array_end(&w);
    wd_jw_object_end(&w);
    wd_buf_byte(out, '\n');
}

static void put_words(wd_jw *w, wd_slice words)
{
    wd_slice word;
    wd_jw_array(w);
    while (wd_slice_split(&words, ' ', &word)) {
        if (word.len > 0) {
            wd_jw_slice(w, word);
        }
    }
    wd_jw_array_end(w);
}

static bool is_first_of_name(const wd_event *e, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (wd_slice_eq(e->fields[i].name, e->fields[at].name)) {
            return false;
        }
    }
    return true;
}

/* A name that repeats has all its values in a list, where it stands first. */
static void put_field(wd_jw *w, const wd_event *e, size_t at)
{
    size_t n = 0;
    for (size_t i = at; i < e->n_fields; i++) {
        n += wd_slice_eq(e->fields[i].name, e->fields[at].name);
    }
    wd_jw_key_slice(w, e->fields[at].name);
    if (n == 1) {
        wd_jw_slice(w, e->fields[at].value);
        return;
    }
    wd_jw_array(w);
    for (size_t i = at; i < e->n_fields; i++) {
        if (wd_slice_eq(e->fields[i].name, e->fields[at].name)) {
            wd_jw_slice(w, e->fields[i].value);
        }
    }
    wd_jw_array_end(w);
}

void wd_event_hit_line(wd_buf *out, wd_slice item, const wd_sigma_rule *rule, const wd_event *e)
{
    wd_jw w = wd_jw_init(out, 0);
    wd_jw_object(&w);
    wd_jw_member_slice(&w, "rule", rule->rule);
    wd_jw_key(&w, "rule_id");
    if (rule->id.len > 0) {
        wd_jw_slice(&w, rule->id);
    } else {
        wd_jw_null(&w);
    }
    wd_jw_member_slice(&w, "title", rule->title);
    wd_jw_member_slice(&w, "level", rule->level);
    wd_jw_key(&w, "techniques");
    put_words(&w, rule->techniques);
    wd_jw_member_time(&w, "time", e->time);
    wd_jw_member_slice(&w, "host", e->host);
    wd_jw_member_slice(&w, "channel", e->channel);
    wd_jw_member_u64(&w, "event_id", e->event_id);
    wd_jw_member_u64(&w, "record_id", e->span.record);
    wd_jw_member_slice(&w, "item", item);
    wd_jw_member_u64(&w, "offset", e->span.offset);
    wd_jw_member_bool(&w, "recovered", e->recovered);
    wd_jw_key(&w, "fields");
    wd_jw_object(&w);
    for (size_t i = 0; i < e->n_fields; i++) {
        if (is_first_of_name(e, i)) {
            put_field(&w, e, i);
        }
    }
    wd_jw_object_end(&w);
    wd_jw_object_end(&w);
    wd_buf_byte(out, '\n');
}

#include "detect/sigma_feed.h"

#include "core/text.h"

struct wd_sigma_feed {
    wd_sigma_feed_to to;
    wd_sigma_run *run;
    wd_buf line;
};

wd_status wd_sigma_feed_new(wd_sigma_feed **out, const wd_sigma_feed_to *to, wd_err *err)
{
    wd_sigma_feed *feed = WD_NEW(to->arena, wd_sigma_feed);
    if (feed == NULL) {
        return wd_nomem(err, "sigma");
    }
    feed->to = *to;
    if (to->engine->sigma != NULL) {
        WD_TRY(wd_sigma_run_new(&feed->run, to->engine->sigma, err));
    }
    *out = feed;
    return WD_OK;
}

void wd_sigma_feed_free(wd_sigma_feed *feed)
{
    if (feed != NULL) {
        wd_sigma_run_free(feed->run);
        wd_buf_free(&feed->line);
    }
}

/* --- lines ----------------------------------------------------------------------------------- */

void wd_sigma_rule_members(wd_jw *w, const wd_sigma_rule *rule)
{
    wd_slice rest = rule->techniques;
    wd_slice one = {0};
    wd_jw_member_slice(w, "rule", rule->rule);
    wd_jw_key(w, "rule_id");
    if (rule->id.len > 0) {
        wd_jw_slice(w, rule->id);
    } else {
        wd_jw_null(w);
    }
    wd_jw_member_slice(w, "title", rule->title);
    wd_jw_member_slice(w, "level", rule->level);
    wd_jw_key(w, "techniques");
    wd_jw_array(w);
    while (wd_slice_split(&rest, ' ', &one)) {
        wd_jw_slice(w, one);
    }
    wd_jw_array_end(w);
}

static bool is_repeated(const wd_event *e, size_t at, bool *first)
{
    bool again = false;
    *first = true;
    for (size_t i = 0; i < e->n_fields; i++) {
        if (i != at && wd_slice_eq(e->fields[i].name, e->fields[at].name)) {
            again = true;
            *first = *first && i > at;
        }
    }
    return again;
}

/* An object of the fields; a name that repeats becomes a list. */
static void field_members(wd_jw *w, const wd_event *e)
{
    wd_jw_key(w, "fields");
    wd_jw_object(w);
    for (size_t i = 0; i < e->n_fields; i++) {
        bool first = true;
        bool again = is_repeated(e, i, &first);
        if (!first) {
            continue;
        }
        wd_jw_key_slice(w, e->fields[i].name);
        if (!again) {
            wd_jw_slice(w, e->fields[i].value);
            continue;
        }
        wd_jw_array(w);
        for (size_t k = i; k < e->n_fields; k++) {
            if (wd_slice_eq(e->fields[k].name, e->fields[i].name)) {
                wd_jw_slice(w, e->fields[k].value);
            }
        }
        wd_jw_array_end(w);
    }
    wd_jw_object_end(w);
}

static wd_status tell_line(wd_sigma_feed *feed, const wd_sigma_rule *rule, const wd_event *e)
{
    wd_buf_clear(&feed->line);
    wd_jw w = wd_jw_init(&feed->line, 0);
    wd_jw_object(&w);
    wd_sigma_rule_members(&w, rule);
    wd_jw_member_time(&w, "time", e->time);
    wd_jw_member_slice(&w, "host", e->host);
    wd_jw_member_slice(&w, "channel", e->channel);
    wd_jw_member_u64(&w, "event_id", e->event_id);
    wd_jw_member_u64(&w, "record_id", e->span.record);
    wd_jw_member_slice(&w, "item", feed->to.item->path);
    wd_jw_member_u64(&w, "offset", e->span.offset);
    wd_jw_member_bool(&w, "recovered", e->recovered);
    field_members(&w, e);
    wd_jw_object_end(&w);
    wd_buf_byte(&feed->line, '\n');
    if (feed->line.failed) {
        return WD_E_NOMEM;
    }
    return feed->to.sink->output(feed->to.sink->ctx, wd_buf_slice(&feed->line));
}

/* --- events ---------------------------------------------------------------------------------- */

static wd_status on_hit(void *ctx, const wd_sigma_rule *rule, const wd_event *e)
{
    wd_sigma_feed *feed = ctx;
    wd_finding f = wd_sigma_finding(rule, e);
    WD_TRY(feed->to.engine->stream == WD_STREAM_HITS ? tell_line(feed, rule, e) : WD_OK);
    return feed->to.sink->finding(feed->to.sink->ctx, &f);
}

static wd_status on_part(void *ctx, const wd_sigma_part *part)
{
    wd_sigma_feed *feed = ctx;
    wd_obs o = wd_sigma_part_obs(feed->to.engine->sigma, part);
    return feed->to.sink->observation(feed->to.sink->ctx, &o);
}

static bool in_time(const wd_engine *engine, wd_time t)
{
    bool early = engine->since != WD_NO_TIME && t != WD_NO_TIME && t < engine->since;
    bool late = engine->until != WD_NO_TIME && t != WD_NO_TIME && t > engine->until;
    return !early && !late;
}

wd_status wd_sigma_feed_event(wd_sigma_feed *feed, const wd_event *e)
{
    if (feed->run == NULL || !in_time(feed->to.engine, e->time)) {
        return WD_OK;
    }
    wd_sigma_hits hits = {feed, on_hit, on_part};
    return wd_sigma_event(feed->run, e, &hits);
}

wd_status wd_sigma_feed_end(wd_sigma_feed *feed)
{
    uint64_t given_up = feed->run == NULL ? 0 : wd_sigma_run_stats(feed->run).regex_limits;
    if (given_up == 0) {
        return WD_OK;
    }
    wd_obs o = wd_obs_of(WD_OBS_LIMIT, (wd_span){WD_NO_OFFSET, 0, 0}, WD_NO_TIME);
    o.count = given_up;
    wd_obs_set(&o, WD_K_TEXT,
               wd_arena_printf(feed->to.arena,
                               "%llu searches for a rule's regular expression were given up; "
                               "the rule may have hit there",
                               (unsigned long long) given_up));
    return feed->to.sink->observation(feed->to.sink->ctx, &o);
}

/* --- parts ----------------------------------------------------------------------------------- */

wd_obs wd_sigma_part_obs(const wd_sigma *s, const wd_sigma_part *part)
{
    const wd_sigma_rule *rule = wd_sigma_rule_at(s, part->rule);
    wd_obs o = wd_obs_of(WD_OBS_RULE_PART, part->span, part->time);
    wd_obs_set(&o, WD_K_HOST, part->host);
    wd_obs_set(&o, WD_K_NAME, rule->rule);
    wd_obs_set(&o, WD_K_PATH, rule->id);
    wd_obs_set(&o, WD_K_VALUE, part->values);
    return o;
}

/* Rules are ordered by id; those without one come first. */
static size_t first_with(const wd_sigma *s, wd_slice id)
{
    size_t low = 0;
    for (size_t high = wd_sigma_count(s); low < high;) {
        size_t middle = low + (high - low) / 2;
        if (wd_slice_cmp(wd_sigma_rule_at(s, middle)->id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool wd_sigma_part_of_obs(const wd_sigma *s, const wd_obs *o, wd_sigma_part *out)
{
    wd_slice id = wd_obs_get(o, WD_K_PATH);
    wd_slice name = wd_obs_get(o, WD_K_NAME);
    for (size_t i = first_with(s, id); i < wd_sigma_count(s); i++) {
        const wd_sigma_rule *rule = wd_sigma_rule_at(s, i);
        if (!wd_slice_eq(rule->id, id)) {
            return false;
        }
        if (wd_slice_eq(rule->rule, name)) {
            *out = (wd_sigma_part){.rule = rule->index,
                                   .time = o->time,
                                   .span = o->span,
                                   .host = wd_obs_get(o, WD_K_HOST),
                                   .values = wd_obs_get(o, WD_K_VALUE)};
            return wd_sigma_part_sound(out);
        }
    }
    return false;
}

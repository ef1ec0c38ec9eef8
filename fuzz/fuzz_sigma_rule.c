/* Sigma rules, which people download from anywhere: YAML, conditions, modifiers, wildcards, regular
 * expressions, filters, correlations. What loads is then run over two small events and judged, and
 * trying every rule must find no less than the search for literals did. Input is one rule file. */
#include <stdlib.h>

#include "detect/sigma_priv.h"
#include "fuzz.h"

typedef struct seen {
    uint64_t sum;
    wd_sigma_part parts[64];
    size_t n_parts;
    wd_arena *arena;
} seen;

static wd_status on_hit(void *ctx, const wd_sigma_rule *rule, const wd_event *e)
{
    (void) e;
    ((seen *) ctx)->sum = ((seen *) ctx)->sum * 31 + rule->index + 1;
    return WD_OK;
}

static wd_status on_part(void *ctx, const wd_sigma_part *part)
{
    seen *s = ctx;
    if (s->n_parts < 64) {
        s->parts[s->n_parts] = *part;
        s->parts[s->n_parts].host = wd_arena_copy(s->arena, part->host);
        s->parts[s->n_parts++].values = wd_arena_copy(s->arena, part->values);
    }
    return WD_OK;
}

static void run_events(const wd_sigma *s, seen *out)
{
    wd_field fields[] = {
        {WD_S("EventID"), WD_S("1")},
        {WD_S("Image"), WD_S("C:\\Windows\\System32\\cmd.exe")},
        {WD_S("CommandLine"),
         WD_S("cmd /c \"whoami -all\" \xc3\xa4 10.1.2.3 aaaaaaaaaaaaaaaaaaaaa")},
        {WD_S("Data"), WD_S("one")},
        {WD_S("Data"), WD_S("two 2023-03-29T01:02:03Z")},
        {WD_S("User"), WD_S("")},
    };
    wd_event events[] = {
        {.channel = WD_S("Microsoft-Windows-Sysmon/Operational"),
         .event_id = 1,
         .time = 10,
         .host = WD_S("h"),
         .fields = fields,
         .n_fields = 6},
        {.channel = WD_S("Security"),
         .event_id = 4688,
         .time = 20,
         .fields = fields,
         .n_fields = 3},
    };
    wd_sigma_run *run = NULL;
    if (wd_sigma_run_new(&run, s, NULL) != WD_OK) {
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        wd_sigma_hits hits = {out, on_hit, on_part};
        if (wd_sigma_event(run, &events[i % 2], &hits) != WD_OK) {
            abort();
        }
    }
    wd_sigma_run_free(run);
}

static void make_slow(wd_sigma *s)
{
    for (size_t i = 0; i < s->n_rules; i++) {
        s->programs[i].anchored = false;
        s->programs[i].any_id = true;
        s->programs[i].solo = WD_SIGMA_NONE;
    }
    for (size_t i = 0; i < s->triggers.n; i++) {
        s->triggers.list[i].n_rules = 0;
    }
    for (size_t i = 0; i < s->items.n; i++) {
        s->items.list[i].trigger = WD_SIGMA_NONE;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char values[] = "cmd.exe";
    wd_slice list[] = {WD_S("whoami"), wd_slice_str(values)};
    wd_sigma_list lists[] = {{WD_S("suspect_program"), list, 2, {0}},
                             {WD_S("empty"), NULL, 0, WD_S("nothing")}};
    wd_sigma_source source = {"input.yml", false, wd_slice_of(data, size)};
    wd_sigma_options options = {.sources = &source, .n_sources = 1, .lists = lists, .n_lists = 2};
    wd_arena *arena = wd_arena_new(256U << 20);
    wd_sigma *s = NULL;
    if (size > 0 && arena != NULL && wd_sigma_load(&s, &options, arena, NULL) == WD_OK) {
        seen quick = {.arena = arena};
        seen slow = {.arena = arena};
        wd_sigma_alert *alerts = NULL;
        size_t n = 0;
        run_events(s, &quick);
        if (wd_sigma_judge(s, quick.parts, quick.n_parts, arena, &alerts, &n) == WD_OK) {
            for (size_t i = 0; i < n; i++) {
                if (alerts[i].n_parts == 0 || alerts[i].first > alerts[i].last) {
                    abort();
                }
            }
        }
        make_slow(s);
        run_events(s, &slow);
        if (quick.sum != slow.sum) {
            abort();
        }
    }
    wd_sigma_free(s);
    wd_arena_free(arena);
    return 0;
}

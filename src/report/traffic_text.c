#include "core/text.h"
#include "report/traffic.h"

/* For people: findings, what most ought to be explained, and what the sensors did not see. */

enum { SHOWN = 15 };

static wd_status text_finding(void *ctx, const wd_case_finding *row)
{
    wd_buf *out = ctx;
    wd_buf_printf(out, "%-8s ", wd_severity_name(row->finding.severity));
    wd_text_terminal(out, row->finding.host);
    wd_buf_str(out, row->finding.host.len > 0 ? "  " : "");
    wd_text_terminal(out, row->finding.title);
    wd_buf_str(out, "\n         ");
    wd_text_terminal(out, row->finding.sentence);
    wd_buf_byte(out, '\n');
    return WD_OK;
}

static wd_status text_gaps(void *ctx, const wd_case_obs *row)
{
    wd_buf *out = ctx;
    wd_slice text = wd_obs_get(&row->obs, WD_K_TEXT);
    if (text.len > 0 && wd_slice_eq(wd_obs_get(&row->obs, WD_K_SENSOR), WD_S("network"))) {
        wd_buf_str(out, "  ");
        wd_text_terminal(out, wd_obs_get(&row->obs, WD_K_CHANNEL));
        wd_buf_str(out, ": ");
        wd_text_terminal(out, text);
        wd_buf_byte(out, '\n');
    }
    return WD_OK;
}

static void destination(wd_buf *out, const wd_destination *d)
{
    char first[WD_TIME_TEXT];
    wd_buf_printf(out, "  %5.1f  ", d->score);
    wd_text_defang(out, d->name);
    wd_buf_printf(out, "  %zu host%s, since %s\n", d->hosts, d->hosts == 1 ? "" : "s",
                  wd_time_format_seconds(d->first, first));
    for (unsigned against = 0; against < 2; against++) {
        bool told = false;
        for (size_t i = 0; i < d->shared.n; i++) {
            if ((d->shared.list[i].weight < 0) == (against == 1)) {
                wd_buf_str(out, told           ? "; "
                                : against == 1 ? "         against: "
                                               : "         for: ");
                wd_text_terminal(out, d->shared.list[i].text);
                told = true;
            }
        }
        wd_buf_str(out, told ? "\n" : "");
    }
}

wd_status wd_traffic_text(wd_case *cs, const wd_knowledge *knowledge, wd_arena *arena, wd_buf *out,
                          wd_err *err)
{
    wd_world world;
    wd_judgement j;
    WD_TRY(wd_case_world(cs, knowledge, arena, &world, err));
    WD_TRY(wd_judge(&world, arena, &j, err));
    WD_TRY(wd_case_each_finding(cs, text_finding, out, err));
    wd_buf_printf(out, "%zu contacts of %zu hosts; %zu pairs have enough moments for a timer\n",
                  world.n_contacts, j.hosts, j.tested);
    if (j.n_destinations > 0) {
        wd_buf_str(out, "What most ought to be explained (above 4: reported):\n");
    }
    for (size_t i = 0; i < j.n_destinations && i < SHOWN && j.destinations[i].score > 0; i++) {
        destination(out, &j.destinations[i]);
    }
    wd_buf gaps = {0};
    WD_TRY(wd_case_each_obs(cs, 1U << WD_OBS_COVERAGE, text_gaps, &gaps, err));
    if (gaps.len > 0) {
        wd_buf_str(out, "Not seen:\n");
        wd_buf_add(out, wd_buf_slice(&gaps));
    }
    wd_buf_free(&gaps);
    return out->failed ? wd_nomem(err, "traffic") : WD_OK;
}

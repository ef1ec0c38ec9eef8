#include "detect/log_findings.h"

#include "detect/event_values.h"

static wd_status emit(const wd_sink *sink, const wd_finding *f)
{
    if (f->sentence.ptr == NULL) {
        return WD_E_NOMEM;
    }
    return sink->finding == NULL ? WD_OK : sink->finding(sink->ctx, f);
}

static wd_finding of_log(const wd_evtx_stats *s, uint64_t offset, uint64_t record, wd_time time)
{
    return (wd_finding){.host = s->sources.n > 0 ? s->sources.list[0].host : (wd_slice){0},
                        .subject = s->sources.n > 0 ? s->sources.list[0].channel : (wd_slice){0},
                        .techniques = WD_S("T1070.001"),
                        .tier = -1,
                        .time = time,
                        .span = {offset, 0, record}};
}

/* At most 200 bytes of a name, for a sentence; never a null pointer. */
static wd_slice told(wd_slice name)
{
    return name.len > 0 ? wd_slice_sub(name, 0, 200) : WD_S("");
}

static wd_status cleared(const wd_event *e, wd_arena *scratch, const wd_sink *sink)
{
    bool security = wd_slice_eq_nocase(e->channel, WD_S("Security"));
    wd_slice user = told(wd_event_get(e, "SubjectUserName"));
    wd_slice log = told(security ? WD_S("Security") : wd_event_cleared_log(e));
    wd_finding f = {.rule = WD_S("log.cleared"),
                    .title = WD_S("Event log cleared"),
                    .benign = WD_S("an administrator may have emptied it; earlier records are gone "
                                   "either way"),
                    .techniques = WD_S("T1070.001"),
                    .host = e->host,
                    .subject = log,
                    .severity = WD_MEDIUM,
                    .basis = WD_SEEN,
                    .tier = -1,
                    .time = e->time,
                    .span = e->span};
    f.sentence = wd_arena_printf(scratch, "%s%.*s was cleared%s%.*s.",
                                 log.len > 0 ? "The log " : "An event log", (int) log.len,
                                 (const char *) log.ptr, user.len > 0 ? " by " : "", (int) user.len,
                                 (const char *) user.ptr);
    return emit(sink, &f);
}

static wd_status tampering(const wd_event *e, wd_arena *scratch, const wd_sink *sink)
{
    wd_slice image = wd_event_get(e, "Image");
    wd_finding f = {.rule = WD_S("process.tampering"),
                    .title = WD_S("Process image changed after its start"),
                    .benign = WD_S("some browsers and installers replace their own image"),
                    .techniques = WD_S("T1055.012"),
                    .host = e->host,
                    .subject = image,
                    .severity = WD_MEDIUM,
                    .basis = WD_LIKELY,
                    .tier = -1,
                    .time = e->time,
                    .span = e->span};
    wd_slice name = told(wd_path_base(image));
    f.sentence = wd_arena_printf(scratch, "The image of %.*s was changed after it was started.",
                                 (int) name.len, (const char *) name.ptr);
    return emit(sink, &f);
}

static bool is_sysmon(const wd_event *e)
{
    return wd_slice_eq_nocase(e->channel, WD_S("Microsoft-Windows-Sysmon/Operational"));
}

wd_status wd_log_finding(const wd_event *e, wd_arena *scratch, const wd_sink *sink)
{
    bool eventlog = wd_slice_eq_nocase(e->provider, WD_S("Microsoft-Windows-Eventlog"));
    if (eventlog && ((e->event_id == 1102 && wd_slice_eq_nocase(e->channel, WD_S("Security"))) ||
                     (e->event_id == 104 && wd_slice_eq_nocase(e->channel, WD_S("System"))))) {
        return cleared(e, scratch, sink);
    }
    return e->event_id == 25 && is_sysmon(e) ? tampering(e, scratch, sink) : WD_OK;
}

static wd_status gap(const wd_evtx_stats *s, const wd_evtx_gap *g, wd_arena *arena,
                     const wd_sink *sink)
{
    wd_finding f = of_log(s, g->offset, g->next, g->t_next);
    bool damaged = s->failed > 0 || s->recovered > s->hidden;
    f.rule = WD_S("log.record_gap");
    f.title = WD_S("Records are missing inside an event log");
    f.sentence = wd_arena_printf(arena, "%llu records are missing between %llu and %llu.",
                                 (unsigned long long) (g->next - g->after - 1),
                                 (unsigned long long) g->after, (unsigned long long) g->next);
    f.benign = damaged
                   ? WD_S("the file is damaged, which may be all there is to it")
                   : WD_S("Windows numbers records without a hole, and the file is not damaged");
    f.severity = damaged ? WD_LOW : WD_MEDIUM;
    f.basis = WD_LIKELY;
    return emit(sink, &f);
}

static wd_status hidden(const wd_evtx_stats *s, wd_arena *arena, const wd_sink *sink)
{
    wd_finding f = of_log(s, WD_NO_OFFSET, 0, WD_NO_TIME);
    f.rule = WD_S("log.hidden_record");
    f.title = WD_S("Record hidden inside another");
    f.sentence = wd_arena_printf(
        arena, "%llu records stand inside the one before; readers do not show them.",
        (unsigned long long) s->hidden);
    f.benign = WD_S("Windows never writes records into each other");
    f.severity = WD_HIGH;
    f.basis = WD_SEEN;
    return emit(sink, &f);
}

static wd_status clock_back(const wd_evtx_stats *s, const wd_evtx_jump *j, wd_arena *arena,
                            const wd_sink *sink)
{
    char before[WD_TIME_TEXT];
    char after[WD_TIME_TEXT];
    wd_finding f = of_log(s, j->offset, j->id, j->after);
    f.rule = WD_S("log.clock");
    f.title = WD_S("Clock moved back");
    f.sentence = wd_arena_printf(arena, "The clock moved back from %s to %s.",
                                 wd_time_format_seconds(j->before, before),
                                 wd_time_format_seconds(j->after, after));
    f.benign = WD_S("a start without battery or a resumed virtual machine does the same");
    f.techniques = WD_S("T1070.006");
    f.severity = WD_LOW;
    f.basis = WD_LIKELY;
    return emit(sink, &f);
}

static wd_status silence(const wd_evtx_stats *s, const wd_evtx_jump *j, wd_arena *arena,
                         const wd_sink *sink)
{
    char before[WD_TIME_TEXT];
    char after[WD_TIME_TEXT];
    wd_finding f = of_log(s, j->offset, j->id, j->after);
    f.rule = WD_S("log.silence");
    f.title = WD_S("No records for a long time");
    f.sentence = wd_arena_printf(arena, "Nothing was written from %s to %s.",
                                 wd_time_format_seconds(j->before, before),
                                 wd_time_format_seconds(j->after, after));
    f.benign = WD_S("the machine may have been off");
    f.techniques = (wd_slice){0};
    f.severity = WD_INFO;
    f.basis = WD_SEEN;
    return emit(sink, &f);
}

/* Records of a log stand this far apart on the average; 0 when that says nothing. */
static wd_time usual_distance(const wd_evtx_stats *s)
{
    wd_time first = WD_NO_TIME;
    wd_time last = WD_NO_TIME;
    for (size_t i = 0; i < s->sources.n; i++) {
        const wd_event_source *src = &s->sources.list[i];
        if (src->first != WD_NO_TIME) {
            first = first == WD_NO_TIME || src->first < first ? src->first : first;
            last = src->last > last ? src->last : last;
        }
    }
    return s->allocated < 1000 || last <= first ? 0 : (last - first) / (wd_time) s->allocated;
}

wd_status wd_log_findings(const wd_evtx_stats *stats, wd_arena *arena, const wd_sink *sink)
{
    wd_time usual = usual_distance(stats);
    if (stats->hidden > 0) {
        WD_TRY(hidden(stats, arena, sink));
    }
    for (size_t i = 0; i < stats->n_gaps; i++) {
        WD_TRY(gap(stats, &stats->gaps[i], arena, sink));
    }
    for (size_t i = 0; i < stats->n_jumps && !stats->renumbered; i++) {
        WD_TRY(clock_back(stats, &stats->jumps[i], arena, sink));
    }
    for (size_t i = 0; i < stats->n_silences && !stats->renumbered && usual > 0; i++) {
        const wd_evtx_jump *j = &stats->silences[i];
        if ((j->after - j->before) / 100 > usual) {
            WD_TRY(silence(stats, j, arena, sink));
        }
    }
    return WD_OK;
}

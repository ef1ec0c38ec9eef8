#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/limits.h"
#include "formats/evtx_priv.h"
#include "formats/evtx_raw.h"

/* Writing is buffered by the system, so neighbours may be swapped by seconds. */
#define CLOCK_TOLERANCE (INT64_C(120) * WD_TICKS_PER_SECOND)

static uint64_t absolute(const wd_evtx_reader *r, size_t pos)
{
    return r->base + r->chunk_at + pos;
}

wd_status wd_evtx_damage(wd_evtx_reader *r, wd_evtx_place p, const char *fmt, ...)
{
    if (r->sink->damage == NULL || r->n_damage > WD_MAX_EVTX_DAMAGE) {
        return WD_OK;
    }
    char text[WD_ERR_TEXT];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (r->n_damage++ == WD_MAX_EVTX_DAMAGE) {
        snprintf(text, sizeof text, "further damage of this log is not listed");
    }
    wd_span span = {absolute(r, p.pos), p.size, p.id};
    return r->sink->damage(r->sink->ctx, span, wd_slice_str(text));
}

/* Times of two records that follow each other: the clock moved back, or a day without any. */
static wd_status note_jump(wd_evtx_reader *r, const wd_evtx_place *p, wd_time time)
{
    wd_evtx_stats *s = r->stats;
    bool follows = r->previous_id != 0 && p->id == r->previous_id + 1;
    wd_evtx_jump jump = {p->id, absolute(r, p->pos), r->previous_time, time};
    r->previous_id = p->id;
    r->previous_time = time;
    if (!follows || time == WD_NO_TIME || jump.before == WD_NO_TIME) {
        return WD_OK;
    }
    wd_status status = WD_OK;
    if (time < jump.before - CLOCK_TOLERANCE && s->n_jumps < WD_MAX_EVTX_GAPS) {
        status = WD_ROOM(r->arena, s->jumps, s->n_jumps, r->cap_jumps);
        if (status == WD_OK) {
            s->jumps[s->n_jumps++] = jump;
        }
    } else if (time - WD_TICKS_PER_DAY > jump.before && s->n_silences < WD_MAX_EVTX_GAPS) {
        status = WD_ROOM(r->arena, s->silences, s->n_silences, r->cap_silences);
        if (status == WD_OK) {
            s->silences[s->n_silences++] = jump;
        }
    }
    return status == WD_OK ? WD_OK : wd_nomem(r->err, "evtx");
}

static wd_status report_doubts(wd_evtx_reader *r, const wd_evtx_place *p)
{
    if (r->cut) {
        WD_TRY(wd_evtx_damage(r, *p, "record %llu holds more fields or text than is read; cut",
                              (unsigned long long) p->id));
    }
    if (p->recovered) {
        return WD_OK; /* slack is broken by nature; what was proved is given */
    }
    if (r->partial) {
        WD_TRY(wd_evtx_damage(r, *p, "record %llu: only its System part can be read: %s",
                              (unsigned long long) p->id, r->why));
    }
    if (r->foreign) {
        WD_TRY(wd_evtx_damage(r, *p,
                              "record %llu: identifier or names of its template do not check",
                              (unsigned long long) p->id));
    }
    if (r->unknown_value) {
        WD_TRY(wd_evtx_damage(r, *p,
                              "record %llu: a value of unknown type or wrong size, given as bytes",
                              (unsigned long long) p->id));
    }
    return WD_OK;
}

static void start_record(wd_evtx_reader *r, const wd_evtx_place *p)
{
    if (wd_arena_used(r->record_arena) > 0) {
        wd_arena_reset(r->record_arena);
    }
    r->n_fields = 0;
    r->n_instances = 0;
    r->text.len = 0;
    r->text.full = false;
    r->proof = p->proof;
    r->borrowed = r->foreign = r->partial = r->nameless = r->cut = r->unknown_value = false;
    r->why = "";
}

wd_status wd_evtx_give_record(wd_evtx_reader *r, const wd_evtx_place *p, size_t *after)
{
    wd_evtx_routed routed = {.time = WD_NO_TIME};
    bool wanted = false;
    start_record(r, p);
    if (wd_evtx_take_body(r, p->pos + WD_EVTX_RECORD_HEAD, p->pos + p->size - 4, &routed, &wanted,
                          after) != WD_OK) {
        return WD_E_MALFORMED;
    }
    wd_time time = routed.time != WD_NO_TIME ? routed.time : p->written;
    uint64_t record = routed.record_id != 0 ? routed.record_id : p->id;
    *(p->recovered ? &r->stats->recovered : &r->stats->allocated) += 1;
    r->stats->nameless += r->nameless || r->partial;
    wd_event e = {.span = {absolute(r, p->pos), p->size, record},
                  .time = time,
                  .channel = routed.channel,
                  .provider = routed.provider,
                  .host = routed.host,
                  .event_id = routed.event_id,
                  .recovered = p->recovered,
                  .fields = r->fields,
                  .n_fields = r->n_fields};
    if (wd_event_sources_count(&r->stats->sources, &e) != WD_OK) {
        return wd_nomem(r->err, "evtx");
    }
    if (!p->recovered) {
        r->stats->renumbered |= record != p->id;
        WD_TRY(note_jump(r, p, time));
    }
    WD_TRY(report_doubts(r, p));
    return wanted ? r->sink->event(r->sink->ctx, &e) : WD_OK;
}

wd_status wd_evtx_note_id(wd_evtx_reader *r, const wd_evtx_place *p)
{
    wd_evtx_stats *s = r->stats;
    if (p->id < s->first_id || s->first_id == 0) {
        s->first_id = p->id;
    }
    s->last_id = p->id > s->last_id ? p->id : s->last_id;
    wd_evtx_run *run = r->n_runs > 0 ? &r->runs[r->n_runs - 1] : NULL;
    if (run != NULL && p->id == run->last + 1) {
        run->last = p->id;
        run->t_last = p->written;
        return WD_OK;
    }
    if (r->n_runs == WD_MAX_EVTX_RUNS) {
        return WD_OK;
    }
    if (WD_ROOM(r->own, r->runs, r->n_runs, r->cap_runs) != WD_OK) {
        return wd_nomem(r->err, "evtx");
    }
    r->runs[r->n_runs++] = (wd_evtx_run){p->id, p->id, absolute(r, p->pos), p->written, p->written};
    return WD_OK;
}

static int run_order(const void *a, const void *b)
{
    const wd_evtx_run *x = a;
    const wd_evtx_run *y = b;
    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

wd_status wd_evtx_find_gaps(wd_evtx_reader *r)
{
    wd_evtx_stats *s = r->stats;
    if (r->n_runs == 0 || r->n_runs == WD_MAX_EVTX_RUNS) {
        return WD_OK; /* with runs left out every hole would be in doubt */
    }
    wd_sort(r->runs, r->n_runs, sizeof *r->runs, run_order);
    const wd_evtx_run *top = &r->runs[0];
    for (size_t i = 1; i < r->n_runs; i++) {
        const wd_evtx_run *run = &r->runs[i];
        if (run->first > top->last && run->first - top->last > 1 && s->n_gaps < WD_MAX_EVTX_GAPS) {
            if (WD_ROOM(r->arena, s->gaps, s->n_gaps, r->cap_gaps) != WD_OK) {
                return wd_nomem(r->err, "evtx");
            }
            s->gaps[s->n_gaps++] =
                (wd_evtx_gap){top->last, run->first, run->offset, top->t_last, run->t_first};
        }
        top = run->last > top->last ? run : top;
    }
    return WD_OK;
}

#ifndef WD_DETECT_HOST_LOGS_H
#define WD_DETECT_HOST_LOGS_H

#include "core/arena.h"
#include "detect/engine.h"

/*
 * Logs of hosts to observations: one entry point per kind of item, all of one shape.
 *
 * Each reads the whole item and hands to `sink`: what its records say as observations
 * (detect/event_facts.h), one WD_OBS_COVERAGE per host and channel (sensor "events"), WD_OBS_DAMAGE
 * where the log contradicts its format, findings about the log itself (ids or times missing, hidden
 * records), and findings of rules. With engine->stream == WD_STREAM_RECORDS the lines of
 * `events --records` go through sink->output instead.
 *
 * Damage ends nothing: what came before and after is given.
 * Fails: WD_E_MALFORMED or WD_E_TRUNCATED when the item holds not one record of this kind,
 * WD_E_NOMEM, or what the sink answered.
 */

WD_MUST_USE wd_status wd_detect_evtx(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                                     const wd_sink *sink, wd_err *err);
WD_MUST_USE wd_status wd_detect_eventjson(const wd_engine *engine, const wd_item *item,
                                          wd_arena *arena, const wd_sink *sink, wd_err *err);
WD_MUST_USE wd_status wd_detect_eventxml(const wd_engine *engine, const wd_item *item,
                                         wd_arena *arena, const wd_sink *sink, wd_err *err);
WD_MUST_USE wd_status wd_detect_auditd(const wd_engine *engine, const wd_item *item,
                                       wd_arena *arena, const wd_sink *sink, wd_err *err);

#endif

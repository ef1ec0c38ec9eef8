#ifndef WD_DETECT_NETWORK_H
#define WD_DETECT_NETWORK_H

#include "core/arena.h"
#include "core/err.h"
#include "detect/engine.h"

/*
 * Network evidence to observations: one entry point per kind of item, all of one shape.
 *
 * Each reads the whole item, sums its facts and hands to `sink`: WD_OBS_LOOKUP, WD_OBS_CONTACT,
 * WD_OBS_REQUEST, one WD_OBS_COVERAGE per sensor (kind "network"), and WD_OBS_DAMAGE or
 * WD_OBS_LIMIT where something was wrong or cut. With engine->stream == WD_STREAM_FACTS the lines
 * of `traffic --facts` go through sink->output.
 *
 * Damage ends nothing: what came before (and after, where the format lets one find it) is given.
 * Fails: WD_E_MALFORMED when the item is not of this kind at all, WD_E_NOMEM, or what the sink
 * answered.
 */

WD_MUST_USE wd_status wd_detect_capture(const wd_engine *engine, const wd_item *item,
                                        wd_arena *arena, const wd_sink *sink, wd_err *err);
WD_MUST_USE wd_status wd_detect_zeek(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                                     const wd_sink *sink, wd_err *err);
WD_MUST_USE wd_status wd_detect_eve(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                                    const wd_sink *sink, wd_err *err);
WD_MUST_USE wd_status wd_detect_dnslog(const wd_engine *engine, const wd_item *item,
                                       wd_arena *arena, const wd_sink *sink, wd_err *err);
WD_MUST_USE wd_status wd_detect_proxylog(const wd_engine *engine, const wd_item *item,
                                         wd_arena *arena, const wd_sink *sink, wd_err *err);

#endif

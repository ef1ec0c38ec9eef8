#ifndef WD_DETECT_INVENTORY_H
#define WD_DETECT_INVENTORY_H

#include "detect/engine.h"

/**
 * Asset list to observations: one WD_OBS_ASSET a machine (host, addresses, country, sector, site,
 * role, product, version, installed, contained, removed; time and time_end from installed to
 * contained or removed), its line number as record, WD_OBS_DAMAGE for each row that is not as it
 * should be, and one WD_OBS_COVERAGE of the sensor "inventory" that counts the machines.
 * Fails: WD_E_MALFORMED when the item is no asset list, WD_E_NOMEM, or what the sink answered.
 */
WD_MUST_USE wd_status wd_detect_assets(const wd_engine *engine, const wd_item *item,
                                       wd_arena *arena, const wd_sink *sink, wd_err *err);

#endif

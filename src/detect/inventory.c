#include "detect/inventory.h"

#include "core/limits.h"
#include "formats/assets.h"

typedef struct inventory {
    const wd_sink *sink;
    uint64_t machines;
    uint64_t bad_rows;
} inventory;

static const wd_key keys[WD_ASSET_COLUMNS] = {
    [WD_ASSET_HOST] = WD_K_HOST,           [WD_ASSET_ADDRESSES] = WD_K_ADDRESSES,
    [WD_ASSET_COUNTRY] = WD_K_COUNTRY,     [WD_ASSET_SECTOR] = WD_K_SECTOR,
    [WD_ASSET_SITE] = WD_K_SITE,           [WD_ASSET_ROLE] = WD_K_ROLE,
    [WD_ASSET_PRODUCT] = WD_K_PRODUCT,     [WD_ASSET_VERSION] = WD_K_VERSION,
    [WD_ASSET_INSTALLED] = WD_K_INSTALLED, [WD_ASSET_CONTAINED] = WD_K_CONTAINED,
    [WD_ASSET_REMOVED] = WD_K_REMOVED,
};

static wd_time time_of(const wd_asset *a, wd_asset_column c)
{
    wd_time t;
    return wd_time_parse(a->values[c], &t) ? t : WD_NO_TIME;
}

static wd_status asset(void *ctx, const wd_asset *a)
{
    inventory *inv = ctx;
    wd_obs o = wd_obs_of(WD_OBS_ASSET, (wd_span){a->offset, a->len, a->line},
                         time_of(a, WD_ASSET_INSTALLED));
    wd_time end = time_of(a, WD_ASSET_CONTAINED);
    end = end == WD_NO_TIME ? time_of(a, WD_ASSET_REMOVED) : end;
    o.time_end = end == WD_NO_TIME ? o.time : end;
    for (size_t c = 0; c < WD_ASSET_COLUMNS; c++) {
        wd_obs_set(&o, keys[c], a->values[c]);
    }
    inv->machines++;
    return inv->sink->observation(inv->sink->ctx, &o);
}

static wd_status bad(void *ctx, uint64_t offset, uint32_t line, wd_slice text)
{
    inventory *inv = ctx;
    if (inv->bad_rows++ >= WD_MAX_FINDINGS_PER_RULE) {
        return WD_OK;
    }
    wd_obs o = wd_obs_of(WD_OBS_DAMAGE, (wd_span){offset, 0, line}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_TEXT, text);
    return inv->sink->observation(inv->sink->ctx, &o);
}

static wd_status tell_sum(const inventory *inv, wd_arena *arena, wd_err *err)
{
    if (inv->bad_rows > WD_MAX_FINDINGS_PER_RULE) {
        wd_obs o = wd_obs_of(WD_OBS_LIMIT, (wd_span){WD_NO_OFFSET, 0, 0}, WD_NO_TIME);
        o.count = inv->bad_rows - WD_MAX_FINDINGS_PER_RULE;
        wd_slice text = wd_arena_printf(arena, "%llu more rows are not as they should be",
                                        (unsigned long long) o.count);
        if (text.ptr == NULL) {
            return wd_nomem(err, "inventory");
        }
        wd_obs_set(&o, WD_K_TEXT, text);
        WD_TRY(inv->sink->observation(inv->sink->ctx, &o));
    }
    if (inv->machines == 0) {
        return WD_OK;
    }
    wd_obs o = wd_obs_of(WD_OBS_COVERAGE, (wd_span){0, 0, 0}, WD_NO_TIME);
    o.count = inv->machines;
    wd_obs_set(&o, WD_K_SENSOR, WD_S("inventory"));
    return inv->sink->observation(inv->sink->ctx, &o);
}

wd_status wd_detect_assets(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                           const wd_sink *sink, wd_err *err)
{
    (void) engine;
    inventory inv = {.sink = sink};
    const wd_assets_sink to = {.ctx = &inv, .asset = asset, .bad = bad};
    WD_TRY(wd_assets_read(item->data, arena, &to, err));
    return tell_sum(&inv, arena, err);
}

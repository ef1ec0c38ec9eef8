#ifndef WD_FORMATS_ASSETS_H
#define WD_FORMATS_ASSETS_H

#include "core/arena.h"

/*
 * Asset list: what an organisation knows of its machines, as CSV with a header line.
 *
 *   host        name of the machine; the only column that must be there
 *   addresses   separated by blanks
 *   country     ISO 3166 alpha-2
 *   sector, site, role, product, version   free text
 *   installed, contained, removed          ISO 8601; empty when not known
 *
 * Columns in any order; others are ignored. Lines that begin with # are comments.
 */
typedef enum wd_asset_column {
    WD_ASSET_HOST,
    WD_ASSET_ADDRESSES,
    WD_ASSET_COUNTRY,
    WD_ASSET_SECTOR,
    WD_ASSET_SITE,
    WD_ASSET_ROLE,
    WD_ASSET_PRODUCT,
    WD_ASSET_VERSION,
    WD_ASSET_INSTALLED,
    WD_ASSET_CONTAINED,
    WD_ASSET_REMOVED,
    WD_ASSET_COLUMNS
} wd_asset_column;

/** One machine. A value that is not what its column holds (a time that is none) is left empty. */
typedef struct wd_asset {
    wd_slice values[WD_ASSET_COLUMNS];
    uint64_t offset; /* of the row in the item */
    uint64_t len;
    uint32_t line;
} wd_asset;

typedef struct wd_assets_sink {
    void *ctx;
    wd_status (*asset)(void *ctx, const wd_asset *a);
    /** A row or value that is not as it should be, in words that name the line. */
    wd_status (*bad)(void *ctx, uint64_t offset, uint32_t line, wd_slice text);
} wd_assets_sink;

/**
 * Reads the whole list. Strings are borrowed from `data` or in `arena`.
 * Fails: WD_E_MALFORMED when there is no header line with a host column; WD_E_NOMEM; what the sink
 * returned.
 */
WD_MUST_USE wd_status wd_assets_read(wd_slice data, wd_arena *arena, const wd_assets_sink *sink,
                                     wd_err *err);

#endif

#ifndef WD_REPORT_DEFANG_H
#define WD_REPORT_DEFANG_H

#include "core/json.h"
#include "core/map.h"

/*
 * People must be able to click and paste without reaching an attacker. A defanger knows every
 * network name and address of a report (indicators and contacts) and breaks them wherever they
 * occur in prose, paths or quoted records: "c2.example" becomes "c2[.]example", "https:" in front
 * of one becomes "hxxps:". Files for machines never go through here.
 */
typedef struct wd_defanger {
    wd_map names; /* lower-case host names and addresses */
} wd_defanger;

/** Collects the names of a report; the map and its keys live in `arena`. WD_E_NOMEM. */
WD_MUST_USE wd_status wd_defanger_init(wd_defanger *d, const wd_json *report, wd_arena *arena,
                                       wd_err *err);

/** Adds `text` with every known name broken; otherwise unchanged and not escaped for any sink. */
void wd_defang(const wd_defanger *d, wd_slice text, wd_buf *out);

/** Adds one value that is an indicator as a whole: every dot and colon of an address, name or URL's
 * host is broken whether known or not. */
void wd_defang_value(wd_slice type, wd_slice value, wd_buf *out);

#endif

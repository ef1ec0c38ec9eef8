#ifndef WD_FORMATS_SNIFF_TEXT_H
#define WD_FORMATS_SNIFF_TEXT_H

#include "formats/sniff.h"

/** Kind of bytes that no magic number names: JSON, XML, CSV and log lines, else text or other.
 * `head` is the beginning of the item, at most WD_MAX_SNIFF bytes. */
wd_kind wd_sniff_text(wd_slice head);

/** True when the header line of a CSV names an asset list: host, and one of addresses, product or
 * version. Columns in any order, quoted or not. */
bool wd_assets_looks(wd_slice head);

#endif

#ifndef WD_FORMATS_ARCHIVE_PARTS_H
#define WD_FORMATS_ARCHIVE_PARTS_H

/* Between archive.c and archive_parts.c: what is read without libarchive. */

#include "core/arena.h"
#include "formats/sniff.h"

/** Payload of an rpm: where it begins; 0 when the headers do not hold. */
size_t wd_rpm_payload(wd_slice rpm);
/** Name that a gzip carries in its header, or the container's name without its suffix. The result
 * borrows from either. */
wd_slice wd_compressed_name(wd_kind kind, wd_slice data, wd_slice container);

#endif

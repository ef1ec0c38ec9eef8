#ifndef WD_REPORT_UUID_H
#define WD_REPORT_UUID_H

#include "core/slice.h"

/*
 * Name-based identifiers, UUID version 5 (RFC 9562, section 5.5): SHA-1 over 16 bytes of a
 * namespace and a name, so that the same content has the same id on every machine.
 */

#define WD_UUID_TEXT 37

/** Of this program's exports. A constant drawn once; changing it changes every id ever given. */
extern const uint8_t wd_uuid_whodunit[16];
/** Of STIX cyber-observable objects (STIX 2.1, section 2.9); not to be used for anything else. */
extern const uint8_t wd_uuid_stix_sco[16];

/** Lower-case text of the id with its NUL; returns `out`. The nil id when SHA-1 is refused. */
const char *wd_uuid5(const uint8_t space[static 16], wd_slice name, char out[static WD_UUID_TEXT]);

#endif

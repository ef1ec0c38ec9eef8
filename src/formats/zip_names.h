#ifndef WD_FORMATS_ZIP_NAMES_H
#define WD_FORMATS_ZIP_NAMES_H

#include "core/arena.h"

/*
 * Names of a zip as its central directory holds them, byte for byte. libarchive expands the
 * members, but its names end at a NUL, turn '\' into '/' and are lost when they are not valid in
 * their declared character set; such a name is a clue.
 *
 *   end      50 4b 05 06 in the last 65,557 bytes; u16 entries at 10, u32 length of the directory
 *            at 12; the directory ends where this begins (or at the zip64 end, 50 4b 06 06)
 *   entry    50 4b 01 02; u32 size at 24, u16 lengths of name, extra, comment at 28, 30, 32; u32
 *            place of the local header at 42; name at 46
 *            (PKWARE APPNOTE 6.3.9, sections 4.3.12 to 4.3.16)
 */
typedef struct wd_zip_name {
    uint64_t place; /* of the local header; zip64 ones from the extra field */
    wd_slice name;  /* borrowed from the zip */
    uint32_t size;  /* of the member; 0xffffffff: see zip64 */
} wd_zip_name;

/** All names in order of place, one for each place: the order in which libarchive gives members.
 * `*n` is 0 when there is no directory that can be read. WD_E_NOMEM on the arena's limit. */
WD_MUST_USE wd_status wd_zip_names(wd_slice zip, wd_arena *arena, wd_zip_name **out, size_t *n);

/** True when `other` is what libarchive makes of `name`. */
bool wd_zip_name_fits(wd_slice name, wd_slice other);

#endif

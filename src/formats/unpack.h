#ifndef WD_FORMATS_UNPACK_H
#define WD_FORMATS_UNPACK_H

#include "formats/sniff.h"

/*
 * Bytes behind gzip (RFC 1952), xz, zstd (RFC 8878) or bzip2, as a stream. libarchive has filters
 * for these as well, but drops up to 64 KiB in front of a damaged place; here all that could be had
 * is given before the damage is told. Several streams behind each other count as one, as with the
 * programs of these names.
 */
typedef struct wd_unpack wd_unpack;

/** NULL when memory ran out or the kind is none of the four. `packed` is borrowed. */
wd_unpack *wd_unpack_new(wd_kind kind, wd_slice packed);
void wd_unpack_free(wd_unpack *u); /* NULL is fine */

/** Up to `len` bytes into `to`; 0 only at the end or the damage. */
size_t wd_unpack_read(wd_unpack *u, uint8_t *to, size_t len);
/** Packed bytes used so far. */
size_t wd_unpack_used(const wd_unpack *u);
/** After the last byte: what is wrong, in plain words; NULL when the data ended as it should. */
const char *wd_unpack_damage(const wd_unpack *u);

#endif

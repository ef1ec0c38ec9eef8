#ifndef WD_CORE_FOLD_H
#define WD_CORE_FOLD_H

#include "core/slice.h"

/*
 * Case folding for comparing text without case: Unicode simple lower case for the Latin, Greek,
 * Cyrillic and Armenian scripts, Roman numerals, circled and full-width letters, as far as upper
 * and lower case take the same number of UTF-8 bytes. Positions in folded text are therefore
 * positions in the original, and no other letter ever becomes an ASCII one. Bytes that are not
 * UTF-8 stay as they are.
 */

/** Writes the folded form of `in` to `out`, which has room for in.len bytes; may be in place. */
void wd_fold(uint8_t *out, wd_slice in);

/** Folded form of one code point. */
uint32_t wd_fold_char(uint32_t cp);

#endif

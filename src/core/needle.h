#ifndef WD_CORE_NEEDLE_H
#define WD_CORE_NEEDLE_H

#include "core/slice.h"

/**
 * A byte string to be searched for often, in short texts: prepared once, it is found by looking for
 * its two rarest bytes at their distance, sixteen places at a time where the processor can.
 * Compares bytes as they are. Start with wd_needle_of; the text is borrowed.
 */
typedef struct wd_needle {
    wd_slice text;
    uint32_t rare;   /* place of its rarest byte */
    uint32_t second; /* place of another rare one */
} wd_needle;

wd_needle wd_needle_of(wd_slice text);
/** True when `hay` holds the needle; the empty one is in everything. */
bool wd_needle_in(const wd_needle *needle, wd_slice hay);

#endif

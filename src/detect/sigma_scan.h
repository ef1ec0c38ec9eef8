#ifndef WD_DETECT_SIGMA_SCAN_H
#define WD_DETECT_SIGMA_SCAN_H

#include "core/arena.h"

/*
 * Searches a value for many literals at once. Of each literal one run of four bytes, the rarest
 * that it has, stands in a bit map of hashes; every place of the value costs one look at the map,
 * and only where the bit is set the literals with that run are compared in full. Literals of three
 * bytes have a map of their own. Literals that cannot stand in plain ASCII text may also be given
 * as WD_SCAN_HIGH: they are reported for every text that is not plain.
 *
 * The text is folded and stands between WD_SCAN_START and WD_SCAN_END, so that "begins with" and
 * "ends with" are literals too. A scanner of literals that are all long needs to look at every
 * n-th place only (`stride`): then n runs of each literal are in the map.
 */
#define WD_SCAN_START 0x01
#define WD_SCAN_END 0x02
#define WD_SCAN_MIN 3U /* bytes of a literal, its marks included */

typedef enum wd_scan_use {
    WD_SCAN_UNUSABLE, /* too short */
    WD_SCAN_EXACT,    /* reported where it occurs */
    WD_SCAN_HIGH      /* reported where any byte is 0x80 or more */
} wd_scan_use;

/** How a folded literal with its marks can be searched for. */
wd_scan_use wd_scan_use_of(wd_slice text);

typedef struct wd_scan_literal {
    wd_slice text;   /* folded, with its marks; of a usable kind */
    uint32_t report; /* given when the literal occurs */
} wd_scan_literal;

typedef struct wd_sigma_scanner wd_sigma_scanner;

/** A scanner over `n` literals (texts borrowed), in `arena`; NULL when memory ran out. */
wd_sigma_scanner *wd_scan_new(wd_arena *arena, wd_arena *scratch, const wd_scan_literal *literals,
                              size_t n);

/** Receives the reports of a search, each as often as its literals occur. */
typedef struct wd_scan_hits {
    void *ctx;
    void (*hit)(void *ctx, uint32_t report);
} wd_scan_hits;

/** Searches folded text with its marks around it. */
void wd_scan_text(const wd_sigma_scanner *s, wd_slice marked, const wd_scan_hits *hits);

/** True when raw (not folded) text without marks may hold a literal without marks: a quick test
 * before folding. */
bool wd_scan_maybe(const wd_sigma_scanner *s, wd_slice raw);

/** Text that stands in nearly every host log, with a guess in percent of the values that hold it;
 * false past the end. For choosing among literals. */
bool wd_scan_common(size_t index, wd_slice *text, unsigned *percent);

/** Guess of the share of values that hold the folded literal. */
float wd_scan_likely(wd_slice literal);

#endif

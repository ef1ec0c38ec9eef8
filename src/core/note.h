#ifndef WD_CORE_NOTE_H
#define WD_CORE_NOTE_H

#include "core/arena.h"

/*
 * Damage is evidence: a reader that can go on writes down what was wrong and where, and returns
 * what it got. Notes become WD_OBS_DAMAGE and WD_OBS_LIMIT observations.
 */
typedef struct wd_note {
    uint64_t offset; /* absolute in the item */
    uint64_t len;    /* bytes concerned, 0 when it is one place */
    wd_slice text;   /* one line: what was expected, what was found */
    bool limit;      /* a bound of core/limits.h was reached */
} wd_note;

/** Notes of one item, in order. Start at {0} with `arena` set. At most WD_MAX_NOTES are kept, the
 * rest is counted. */
typedef struct wd_notes {
    wd_arena *arena;
    wd_note *items;
    size_t n;
    size_t cap;
    size_t dropped;
} wd_notes;

/** Adds a note; memory that runs out loses the note, never the reading. NULL `notes` is fine. */
void wd_note_damage(wd_notes *notes, uint64_t offset, uint64_t len, const char *fmt, ...)
    WD_PRINTF(4, 5);
/** The same for a bound that was reached. */
void wd_note_limit(wd_notes *notes, uint64_t offset, const char *fmt, ...) WD_PRINTF(3, 4);

#endif

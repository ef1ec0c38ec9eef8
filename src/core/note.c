#include "core/note.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/limits.h"

#define NOTE_TEXT 200

WD_PRINTF(3, 0)
static void add(wd_notes *notes, wd_note note, const char *fmt, va_list args)
{
    if (notes == NULL) {
        return;
    }
    if (notes->n >= WD_MAX_NOTES || WD_ROOM(notes->arena, notes->items, notes->n, notes->cap)) {
        notes->dropped++;
        return;
    }
    char text[NOTE_TEXT];
    int len = vsnprintf(text, sizeof text, fmt, args);
    size_t used = len < 0 ? 0 : (size_t) len < sizeof text ? (size_t) len : sizeof text - 1;
    note.text = wd_arena_copy(notes->arena, wd_slice_of(text, used));
    if (note.text.ptr == NULL) {
        notes->dropped++;
        return;
    }
    notes->items[notes->n++] = note;
}

void wd_note_damage(wd_notes *notes, uint64_t offset, uint64_t len, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(notes, (wd_note){.offset = offset, .len = len}, fmt, args);
    va_end(args);
}

void wd_note_limit(wd_notes *notes, uint64_t offset, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(notes, (wd_note){.offset = offset, .limit = true}, fmt, args);
    va_end(args);
}

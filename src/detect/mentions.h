#ifndef WD_DETECT_MENTIONS_H
#define WD_DETECT_MENTIONS_H

#include "core/arena.h"

/**
 * File names of programs, libraries and data among the strings of a binary, ASCII and UTF-16LE,
 * each once in order of first occurrence, separated by blanks: what it may open. Names only, no
 * paths; at most WD_MAX_MENTIONS, longer lists are cut. ptr NULL when memory ran out.
 */
wd_slice wd_mentions_of(wd_slice data, wd_arena *arena);

#endif

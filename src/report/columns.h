#ifndef WD_REPORT_COLUMNS_H
#define WD_REPORT_COLUMNS_H

#include "core/buf.h"

/*
 * Text in columns of a terminal. Input has been through wd_text_terminal: valid UTF-8 without
 * control characters. East Asian wide characters take two columns, combining marks none; the table
 * is a few ranges and independent of the locale.
 */

/** Columns that `s` takes. */
size_t wd_columns(wd_slice s);
/** Longest front of `s` of at most `width` columns; never cuts a character. */
wd_slice wd_columns_cut(wd_slice s, size_t width);
/** Adds `s` in at most `width` columns, with "..." at the end when it had to be cut at a word. */
void wd_columns_fit(wd_buf *out, wd_slice s, size_t width);
/**
 * Breaks `s` at blanks into lines of at most `width` columns, each ended by LF, at most `max_lines`
 * (the last one then ends with "..."). Words wider than a line are cut. Returns the number of
 * lines.
 */
size_t wd_columns_wrap(wd_buf *out, wd_slice s, size_t width, size_t max_lines);

#endif

#ifndef WD_CORE_PROGRESS_H
#define WD_CORE_PROGRESS_H

#include "core/buf.h"

/*
 * One line on a terminal that says how far the work is, by bytes: " 42 %  1.3 of 3.1 GB  118 of
 * 4,585 items  20 to 45 s left". The time left is a range between the mean rate since the start and
 * the rate of the last seconds, and is not shown before there is something to judge by. Nothing at
 * all is written when the stream is not a terminal.
 */
typedef struct wd_progress {
    int fd; /* -1: silent */
    unsigned columns;
    uint64_t total_bytes;
    uint64_t total_items;
    uint64_t bytes;
    uint64_t items;
    int64_t start_ns;
    int64_t drawn_ns;
    int64_t mark_ns; /* start of the window that the recent rate is taken over */
    uint64_t mark_bytes;
    double recent; /* bytes a second over the last window, 0 when not known */
    bool shown;
} wd_progress;

/** Silent unless `fd` is a terminal. */
wd_progress wd_progress_begin(int fd, uint64_t total_bytes, uint64_t total_items);
/** Sets how much is done in all and draws when a fifth of a second has passed since the last time.
 */
void wd_progress_set(wd_progress *p, uint64_t bytes, uint64_t items);
/** Wipes the line, so that what follows starts clean. */
void wd_progress_end(wd_progress *p);

/** The line as text, for `elapsed_ns` since the start. Pure. */
void wd_progress_line(const wd_progress *p, int64_t elapsed_ns, wd_buf *out);

#endif

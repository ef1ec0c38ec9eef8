#ifndef WD_FORMATS_LOG_TIME_H
#define WD_FORMATS_LOG_TIME_H

#include "core/clock.h"

/*
 * Times as text logs write them at the start of a line or inside. Each takes its form off the front
 * of `*rest` (with the blanks behind) and gives the moment; false, with `*rest` unchanged, when it
 * is not there. Forms without zone are read as UTC.
 */

/** "2023-03-01T12:00:00.123+01:00" or "2023-03-01 12:00:00,123". */
bool wd_log_time_iso(wd_slice *rest, wd_time *out);
/** "01-Mar-2023 12:00:00.123" (BIND). */
bool wd_log_time_bind(wd_slice *rest, wd_time *out);
/** "Mar  1 12:00:00", "Mar 1 2023 12:00:00": WD_NO_TIME without a year. */
bool wd_log_time_syslog(wd_slice *rest, wd_time *out);
/** "10/Oct/2000:13:55:36 -0700" (web servers). */
bool wd_log_time_web(wd_slice *rest, wd_time *out);
/** "3/1/2023 12:00:00 PM" or "1/3/2023 12:00:00"; `day_first` says which. */
bool wd_log_time_windows(wd_slice *rest, bool day_first, wd_time *out);

#endif

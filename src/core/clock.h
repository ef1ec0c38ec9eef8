#ifndef WD_CORE_CLOCK_H
#define WD_CORE_CLOCK_H

#include "core/buf.h"
#include "core/slice.h"

/**
 * A moment in UTC as ticks of 100 ns since 1970-01-01T00:00:00Z (range about +-29,000 years), the
 * resolution of FILETIME. WD_NO_TIME says "not known" and sorts before everything.
 */
typedef int64_t wd_time;

#define WD_NO_TIME INT64_MIN
#define WD_TICKS_PER_SECOND INT64_C(10000000)
#define WD_TICKS_PER_DAY (INT64_C(86400) * WD_TICKS_PER_SECOND)
#define WD_TIME_TEXT 40

/** From a Windows FILETIME (100 ns since 1601); 0 and values past year 9999 give WD_NO_TIME. */
wd_time wd_time_from_filetime(uint64_t filetime);
wd_time wd_time_from_unix(int64_t seconds, int64_t nanoseconds);
/** From seconds with a fraction, as Zeek writes them ("1679900000.123456"). False on anything else.
 */
bool wd_time_from_epoch_text(wd_slice s, wd_time *out);
/**
 * ISO 8601 / RFC 3339: date, 'T' or space, time with optional fraction (any length), optional zone
 * (Z, +hh:mm, +hhmm, +hh); a date alone is midnight. No zone is read as UTC. False on anything
 * else.
 */
bool wd_time_parse(wd_slice s, wd_time *out);
/** Civil date to ticks; fields out of range give WD_NO_TIME. Proleptic Gregorian. */
wd_time wd_time_civil(int year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                      unsigned second, uint32_t ticks);

/** "2023-03-29T11:10:00Z", with the fraction only when there is one (trailing zeros dropped). ""
 * for WD_NO_TIME. */
const char *wd_time_format(wd_time t, char out[static WD_TIME_TEXT]);
/** Seven fraction digits always, as Windows prints SystemTime. */
const char *wd_time_format_full(wd_time t, char out[static WD_TIME_TEXT]);
/** Whole seconds, for people. */
const char *wd_time_format_seconds(wd_time t, char out[static WD_TIME_TEXT]);

#endif

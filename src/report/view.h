#ifndef WD_REPORT_VIEW_H
#define WD_REPORT_VIEW_H

#include "core/clock.h"
#include "core/json.h"

/*
 * Reading the report document without trusting it: any part may be missing or of another type, and
 * then counts as empty. What every renderer and export needs to ask stands here once.
 */

/** Children of a container, 0 for anything else (NULL too). */
size_t wd_view_count(const wd_json *list);
/** Number member, `otherwise` when absent or not a whole number. */
uint64_t wd_view_u64(const wd_json *object, const char *key, uint64_t otherwise);
/** Number member; false when absent. */
bool wd_view_double(const wd_json *object, const char *key, double *out);
/** Time member; WD_NO_TIME when absent or no time. */
wd_time wd_view_time(const wd_json *object, const char *key);
/** Time member as text of whole minutes, "2023-03-22 09:12Z"; "" when absent. */
const char *wd_view_minute(const wd_json *object, const char *key, char out[static WD_TIME_TEXT]);
bool wd_view_true(const wd_json *object, const char *key);
/** Whether a member is this text. */
bool wd_view_is(const wd_json *object, const char *key, const char *text);
/** Whether a list of strings holds `text`. */
bool wd_view_has(const wd_json *list, wd_slice text);
/** First of two string members that is not empty. */
wd_slice wd_view_either(const wd_json *object, const char *key, const char *other);

/** Whether the root is a report document this program can read. */
bool wd_view_is_report(const wd_json *report);
/** The moment the report speaks of: its own `as_of`, else the latest time in its timeline,
 * findings and contacts, else WD_NO_TIME. Stands for the wall clock, so that output repeats. */
wd_time wd_view_as_of(const wd_json *report);
/** The marking in capitals without "TLP:", e.g. "AMBER+STRICT"; "AMBER" when the report has none
 * or one that TLP 2.0 does not know. */
const char *wd_view_tlp(wd_slice tlp);
/** Name of the case for people and file names: `case_name`, else "case". */
wd_slice wd_view_case_name(const wd_json *report);

/** "Likely (55-80 %)" of an object {word, low, high}; ranges may be given as 0..1 or 0..100.
 * Nothing when there is no word. `capital` raises the first letter. */
void wd_view_likelihood(wd_buf *out, const wd_json *likelihood, bool capital);
/** 1284 as "1,284". */
void wd_view_grouped(wd_buf *out, uint64_t n);
/** 9771000000 as "9.8 GB" (powers of 1000). */
void wd_view_bytes(wd_buf *out, uint64_t n);
/** "1 host" or "3 hosts". */
void wd_view_plural(wd_buf *out, uint64_t n, const char *one, const char *many);

#endif

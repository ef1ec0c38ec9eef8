#ifndef WD_FORMATS_EVENTJSON_PRIV_H
#define WD_FORMATS_EVENTJSON_PRIV_H

#include "core/json.h"
#include "formats/event_build.h"

/* The layouts of formats/eventjson.h: each adds the fields of one record. False when `v` is not an
 * event of that layout. */

/** {"System": ..., "EventData": ...}: what stands below "Event". */
bool wd_eventjson_tree(wd_event_build *b, const wd_json *event);
/** An object that holds "winlog", or the older form with "event_data" and "event_id". */
bool wd_eventjson_beats(wd_event_build *b, const wd_json *root);
/** Any other object with an event id or a whole XML event in it. `inner` is for JSON inside JSON.
 */
bool wd_eventjson_flat(wd_event_build *b, const wd_json *root, wd_json_doc *inner);

/** Members of EventData or UserData: named values, repeated for arrays, descended for objects. */
void wd_eventjson_content(wd_event_build *b, const wd_json *content);
/** The moment in `s` as TimeCreated_SystemTime, in the form Windows prints; false when it is none.
 */
bool wd_eventjson_set_time(wd_event_build *b, wd_slice s);

#endif

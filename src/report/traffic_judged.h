#ifndef WD_REPORT_TRAFFIC_JUDGED_H
#define WD_REPORT_TRAFFIC_JUDGED_H

#include "core/json.h"
#include "detect/conviction.h"

/** Members "contacts" (each with its "beacon" and the reasons for and against) and "destinations"
 * of the document of `traffic --json`. */
void wd_traffic_judged(wd_jw *w, const wd_world *world, const wd_judgement *j);

#endif

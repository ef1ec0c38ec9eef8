#ifndef WD_REPORT_ATTRIBUTION_JSON_H
#define WD_REPORT_ATTRIBUTION_JSON_H

#include "answers/attribution_judge.h"
#include "core/json.h"

/** Members of the attribution object: mode, sentence, confidence, levels, evidence (decibans / 10
 * as log10), against, would_change and more. The object itself is the caller's. */
void wd_attribution_json(wd_jw *w, const wd_judgement *j);
/** The same for a terminal of 80 columns. */
void wd_attribution_text(wd_buf *out, const wd_judgement *j);
/** One line. */
void wd_attribution_line(wd_buf *out, const wd_judgement *j);

#endif

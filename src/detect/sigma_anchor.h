#ifndef WD_DETECT_SIGMA_ANCHOR_H
#define WD_DETECT_SIGMA_ANCHOR_H

#include "detect/sigma_priv.h"

/** Chooses the triggers of all programs and builds the scanners. After all rules are compiled. */
WD_MUST_USE wd_status wd_sigma_anchor(wd_sigma_build *b);

/** A literal that occurs, folded and with marks, in every value that the pattern matches; too
 * short or empty when none is known. In `a`. */
wd_slice wd_sigma_literal_of(wd_arena *a, const wd_sigma_pattern *p);

/** The same of a regular expression: its longest run of plain characters outside of alternatives.
 */
wd_slice wd_sigma_regex_literal(wd_arena *a, wd_slice expression);

#endif

#ifndef WD_DETECT_SIGMA_ANCHOR_H
#define WD_DETECT_SIGMA_ANCHOR_H

#include "detect/sigma_priv.h"

/** Chooses the triggers of all programs and builds the scanners. After all rules are compiled. */
WD_MUST_USE wd_status wd_sigma_anchor(wd_sigma_build *b);

#endif

#ifndef WD_ANSWERS_EXPOSURE_H
#define WD_ANSWERS_EXPOSURE_H

#include "answers/model.h"

/** Product and version of every host, from inventories and from programs that records name. */
WD_MUST_USE wd_status wd_exposure_versions(wd_model *m, wd_err *err);

/** Tier, word, window and open questions of every host. After wd_exposure_versions. */
WD_MUST_USE wd_status wd_exposure_tiers(wd_model *m, wd_err *err);

#endif

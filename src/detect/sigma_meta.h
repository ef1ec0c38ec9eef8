#ifndef WD_DETECT_SIGMA_META_H
#define WD_DETECT_SIGMA_META_H

#include "detect/sigma_priv.h"

/**
 * Everything of a rule but its logic. Strings are copied into `arena`; `path` is borrowed.
 * Fails: WD_E_MALFORMED with the reason for a rule without title or with an unknown level.
 */
WD_MUST_USE wd_status wd_sigma_meta_read(const wd_json *rule, wd_slice path, wd_arena *arena,
                                         wd_sigma_rule *out, wd_err *err);

/** Scalars of a list, or the one scalar, joined by `glue`. */
wd_slice wd_sigma_join(const wd_json *v, const char *glue, wd_arena *arena);

#endif

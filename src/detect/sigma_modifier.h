#ifndef WD_DETECT_SIGMA_MODIFIER_H
#define WD_DETECT_SIGMA_MODIFIER_H

#include "detect/sigma_priv.h"

/*
 * `field|modifier|...` read into what it asks for. Modifiers that change the text (windash, base64,
 * base64offset, wide and its kin, expand) act in the order in which they stand; those that say how
 * to compare hold for the whole item.
 */
enum { WD_SIGMA_MAX_STEPS = 8 };

typedef enum wd_sigma_step {
    WD_STEP_WINDASH,
    WD_STEP_BASE64,
    WD_STEP_BASE64OFFSET,
    WD_STEP_LE,
    WD_STEP_BE,
    WD_STEP_BOM,
    WD_STEP_EXPAND
} wd_sigma_step;

typedef enum wd_sigma_by {
    WD_BY_VALUE,
    WD_BY_REGEX,
    WD_BY_CIDR,
    WD_BY_NUMBER,
    WD_BY_FIELD,
    WD_BY_EXISTENCE
} wd_sigma_by;

typedef struct wd_sigma_spec {
    wd_sigma_by by;
    wd_sigma_test position; /* EQUALS, STARTS, ENDS, CONTAINS */
    wd_sigma_cmp cmp;
    wd_sigma_part_of_time part;
    wd_regex_flags flags;
    bool all;
    bool cased;
    bool neq;
    bool expand;
    bool spreads; /* some step makes several texts of one */
    wd_sigma_step steps[WD_SIGMA_MAX_STEPS];
    size_t n_steps;
} wd_sigma_spec;

/** Fails with WD_E_UNSUPPORTED for a modifier that is unknown or does not fit. */
WD_MUST_USE wd_status wd_sigma_spec_parse(wd_slice key, wd_slice *field, wd_sigma_spec *out,
                                          wd_err *err);
/** Refuses with `what` and the text in quotes. */
wd_status wd_sigma_refuse(wd_err *err, const char *what, wd_slice text);

#endif

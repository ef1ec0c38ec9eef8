#ifndef WD_DETECT_SIGMA_PART_H
#define WD_DETECT_SIGMA_PART_H

#include "detect/sigma_priv.h"

/*
 * Values of a part: for each field that correlations need of the rule, in the order of its `keep`
 * list:
 *
 *   u8  0 absent, 1 present
 *   u32 length, little-endian, then that many bytes: only when present
 */

/** Where values come from; false when the event lacks the field. */
typedef struct wd_sigma_fields {
    void *ctx;
    bool (*value)(void *ctx, uint32_t field, wd_slice *value);
} wd_sigma_fields;

/** Encodes the values that `program` keeps, each cut at WD_MAX_PART_VALUE, in `arena`. */
WD_MUST_USE wd_status wd_sigma_part_values(const wd_sigma_program *program,
                                           const wd_sigma_fields *fields, wd_arena *arena,
                                           wd_slice *out);

/** Takes the next value off `*values`: false at the end or when the bytes are wrong. An absent
 * value has a NULL pointer, an empty one has not. */
bool wd_sigma_part_next(wd_slice *values, wd_slice *value);

#endif

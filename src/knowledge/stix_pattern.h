#ifndef WD_KNOWLEDGE_STIX_PATTERN_H
#define WD_KNOWLEDGE_STIX_PATTERN_H

#include "knowledge/indicator.h"

/*
 * STIX 2.1 patterns (OASIS STIX 2.1, part 9), as far as they name values:
 *
 *   [domain-name:value = 'a.example' OR url:value LIKE 'http://b.example/%'] AND
 *   [file:hashes.'SHA-256' IN ('...', '...') AND file:name = 'x.dll']
 *
 * Comparisons for equality, IN, LIKE (on names and URLs) and ISSUBSET (on addresses) give values;
 * everything else is handed out as unsupported, with its text.
 */

typedef struct wd_stix_value {
    bool supported;
    wd_ind_type type;
    wd_slice value;
    wd_slice text;      /* the comparison as written, for refusals */
    wd_slice file_name; /* of a hash: the name that the same observation asks for */
    bool joined;        /* AND or FOLLOWEDBY joins it with another value */
} wd_stix_value;

/**
 * The values of a pattern, in order, in `arena`. Fails: WD_E_MALFORMED with base 0 offsets when the
 * text is no pattern (a bracket or quote that does not close, a comparison without a value).
 */
WD_MUST_USE wd_status wd_stix_pattern(wd_slice pattern, wd_arena *arena, wd_stix_value **out,
                                      size_t *n, wd_err *err);

#endif

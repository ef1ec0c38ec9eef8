#ifndef WD_DETECT_SIGMA_SHAPE_H
#define WD_DETECT_SIGMA_SHAPE_H

#include "detect/sigma_priv.h"

/*
 * Records of one kind have the same names in the same order. What follows from channel, id and
 * names alone is worked out once for each such layout: which log sources it belongs to, where each
 * field of the rules stands, which rules are tried always.
 */
typedef struct wd_sigma_watch {
    uint32_t field;
    uint32_t at; /* index into the event's fields */
} wd_sigma_watch;

typedef struct wd_sigma_shape {
    struct wd_sigma_shape *next;
    uint64_t hash;
    wd_slice channel;
    wd_slice provider; /* only when there is no channel */
    uint32_t event_id;
    size_t n_names;
    const wd_slice *names;
    bool routed;             /* belongs to some log source */
    bool many_ids;           /* holds another event: EventID occurs twice */
    const uint64_t *classes; /* set */
    const uint16_t *first; /* per field of the rules: index of its first value, plus 1; 0: absent */
    const uint16_t *more;  /* per field of the event: index of the next value of the same, plus 1 */
    const wd_sigma_watch *watch; /* values to search for triggers */
    size_t n_watch;
    const uint32_t *always; /* rules tried on each such event, sorted */
    size_t n_always;
    const uint32_t *keywords; /* classes whose keywords are searched for */
    size_t n_keywords;
} wd_sigma_shape;

typedef struct wd_sigma_shapes wd_sigma_shapes;

wd_sigma_shapes *wd_sigma_shapes_new(const wd_sigma *s, wd_arena *arena); /* NULL: no memory */
void wd_sigma_shapes_free(wd_sigma_shapes *shapes);                       /* NULL is fine */
/** The shape of an event; lives until the next call. NULL when memory ran out. */
const wd_sigma_shape *wd_sigma_shape_of(wd_sigma_shapes *shapes, const wd_event *e);

#endif

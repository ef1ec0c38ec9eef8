#ifndef WD_DETECT_SIGMA_MEMO_H
#define WD_DETECT_SIGMA_MEMO_H

#include "detect/sigma_priv.h"

/*
 * Values of fields that were seen before, with what is known of them: the triggers that fire on
 * them and the items judged so far. Hosts repeat themselves, so most values of most events are
 * here. Bounded: the memo is emptied between events when it is full, and nothing but speed depends
 * on it.
 */
typedef struct wd_sigma_seen {
    struct wd_sigma_seen *next;
    uint64_t hash;
    uint32_t field;
    uint32_t n_triggers;
    wd_sigma_value value;
    const uint32_t *triggers; /* in the order in which they were found, each once */
    uint64_t *judged; /* a bit for each item and rule of the field alone: known; again: true */
    uint64_t clean;   /* numbers of keyword searches that find nothing in it */
} wd_sigma_seen;

typedef struct wd_sigma_memo wd_sigma_memo;

/** A memo whose fixed part is in `arena`; NULL when memory ran out. */
wd_sigma_memo *wd_sigma_memo_new(const wd_sigma *s, wd_arena *arena);
void wd_sigma_memo_free(wd_sigma_memo *m); /* NULL is fine */

/** To be called before each event: makes room when the memo is full. All wd_sigma_seen go then. */
void wd_sigma_memo_tidy(wd_sigma_memo *m);

/** The value of a field, looked at for the first time when it is new; NULL when memory ran out. */
wd_sigma_seen *wd_sigma_memo_get(wd_sigma_memo *m, uint32_t field, wd_slice raw);

/** Whether an item of that field is true of the value; `*failed` is set when memory ran out. */
bool wd_sigma_memo_judge(wd_sigma_memo *m, wd_sigma_seen *seen, const wd_sigma_item *item,
                         wd_regex_run *regex, bool *failed);

/** What a rule that looks at this field alone makes of the value; `*known` tells whether it was
 * kept already. And keeping it. */
bool wd_sigma_memo_recall(const wd_sigma_memo *m, const wd_sigma_seen *seen, uint32_t bit,
                          bool *known);
void wd_sigma_memo_keep(wd_sigma_memo *m, wd_sigma_seen *seen, uint32_t bit, bool outcome,
                        bool *failed);

/** Memory that lives until the next tidy. */
wd_arena *wd_sigma_memo_arena(wd_sigma_memo *m);

#endif

#ifndef WD_DETECT_SIGMA_FEED_H
#define WD_DETECT_SIGMA_FEED_H

#include "core/json.h"
#include "detect/engine.h"
#include "detect/sigma.h"

/*
 * Rules over the events of one item: hits become findings, and lines of `events --jsonl` when that
 * is the mode; what correlations need becomes WD_OBS_RULE_PART observations, which the case puts
 * together when all items are read.
 */
typedef struct wd_sigma_feed wd_sigma_feed;

/** Where the events of an item go. All borrowed for the life of the feed. */
typedef struct wd_sigma_feed_to {
    const wd_engine *engine; /* engine->sigma may be NULL: then the feed does nothing */
    const wd_item *item;
    const wd_sink *sink;
    wd_arena *arena; /* for what a finding needs while it is told */
} wd_sigma_feed_to;

WD_MUST_USE wd_status wd_sigma_feed_new(wd_sigma_feed **out, const wd_sigma_feed_to *to,
                                        wd_err *err);
/** One event; events outside of engine->since and until are left alone. */
WD_MUST_USE wd_status wd_sigma_feed_event(wd_sigma_feed *feed, const wd_event *e);
/** Tells the limits that were reached. */
WD_MUST_USE wd_status wd_sigma_feed_end(wd_sigma_feed *feed);
void wd_sigma_feed_free(wd_sigma_feed *feed); /* NULL is fine */

/** A part as an observation and back; strings borrowed. `rule` is found again by id and name; false
 * when it is not loaded or the observation is not sound. */
wd_obs wd_sigma_part_obs(const wd_sigma *s, const wd_sigma_part *part);
bool wd_sigma_part_of_obs(const wd_sigma *s, const wd_obs *o, wd_sigma_part *out);

/** Members that the lines of hits and of correlations share: rule to level and techniques. */
void wd_sigma_rule_members(wd_jw *w, const wd_sigma_rule *rule);

#endif

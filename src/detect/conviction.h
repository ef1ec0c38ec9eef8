#ifndef WD_DETECT_CONVICTION_H
#define WD_DETECT_CONVICTION_H

#include "detect/beacon.h"
#include "knowledge/knowledge.h"

/*
 * Which contacts ought to be explained. A timer alone convicts nobody: the better a test for
 * timers, the more update checks stand at its top. So reasons for and against are weighed one by
 * one, each with its weight in plain sight; a contact is convicted when they add up to
 * WD_CONVICTED.
 *
 * Reasons concern the pair of a source and a name (timer, user agent, length), or the name for all
 * who contact it (how many do, since when, what it looks like, what comes just before it).
 */

#define WD_CONVICTED 4.0
#define WD_CONVICTED_SURELY 6.0
#define WD_MAX_REASONS 14U

typedef struct wd_reason {
    wd_slice text;
    double weight; /* negative: against */
} wd_reason;

typedef struct wd_reasons {
    wd_reason list[WD_MAX_REASONS];
    size_t n;
    double sum;
} wd_reasons;

/** A request sum as observations give it. */
typedef struct wd_request {
    wd_slice src;
    wd_slice name;
    wd_slice dst;
    wd_slice user_agent;
    uint64_t count;
} wd_request;

/** When the product under suspicion came onto a host. */
typedef struct wd_installed {
    wd_slice src; /* address or name as contacts have it */
    wd_time time;
} wd_installed;

/** Everything that the judgement rests on. Borrowed. */
typedef struct wd_world {
    const wd_contact *contacts; /* merged */
    size_t n_contacts;
    const wd_lookup *lookups;
    size_t n_lookups;
    const wd_request *requests;
    size_t n_requests;
    const wd_installed *installed;
    size_t n_installed;
    const wd_knowledge *knowledge; /* NULL: no brands, no shared hosts */
    wd_time first;                 /* what the sensors cover */
    wd_time last;
} wd_world;

/** One source and one name. Same index as its contact. */
typedef struct wd_judged {
    const wd_contact *contact;
    wd_beacon beacon;
    wd_reasons own;
    double weight;      /* own and those of the name */
    double false_share; /* expected share of wrong ones among all pairs at least this regular */
    size_t destination;
    bool convicted;
} wd_judged;

/** A name (or address without one) and all who contact it. */
typedef struct wd_destination {
    wd_slice name;
    size_t hosts; /* sources that contact it */
    size_t inner; /* those of them that are ours */
    wd_time first;
    wd_time last;
    double regularity; /* scores summed over hosts */
    double timers;     /* share of hosts with a timer, of those with enough to tell */
    wd_reasons shared;
    double weight;
    double score; /* for ordering */
    double p;
    size_t best; /* judged contact that speaks for it */
    bool convicted;
} wd_destination;

typedef struct wd_judgement {
    wd_judged *list; /* as the contacts, then one for each name that was only looked up */
    size_t n;
    wd_contact *only_looked_up;
    size_t n_only_looked_up;
    wd_destination *destinations; /* by score, then name */
    size_t n_destinations;
    size_t hosts;  /* sources that are ours */
    size_t tested; /* pairs with enough moments for a statement */
} wd_judgement;

/** Pure; in `arena`. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_judge(const wd_world *world, wd_arena *arena, wd_judgement *out,
                               wd_err *err);

/** Hands each conviction to `each` as a finding, worst first, with the item that shows it. */
typedef wd_status wd_conviction_sink(void *ctx, uint64_t item, const wd_finding *f);
WD_MUST_USE wd_status wd_judge_findings(const wd_judgement *j, wd_arena *arena,
                                        wd_conviction_sink *each, void *ctx);

#endif

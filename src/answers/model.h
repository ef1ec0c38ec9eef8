#ifndef WD_ANSWERS_MODEL_H
#define WD_ANSWERS_MODEL_H

#include "case/contacts.h"
#include "answers/attribution.h"
#include "case/roster.h"
#include "case/store.h"
#include "knowledge/knowledge.h"

/*
 * What the five answers are made from: the settled case read back once, every host with the tier
 * that records prove for it, and what cannot be told. Everything lives in one arena.
 *
 * Tier of a host (DESIGN section 2): 0 not exposed, 1 installed, 2 ran past the delay, 3 fetched
 * the next stage, 4 beaconed, 5 profiled, 6 chosen. Tiers are never interpolated: the highest one
 * that a record proves counts, and the ones below it that no record shows are said to be inferred.
 */

#define WD_TIER_MAX 6

/** Ids as the report prints them: F-<number> or E-<number>. */
typedef struct wd_ref {
    char letter; /* 'F' or 'E' */
    uint64_t number;
} wd_ref;

typedef struct wd_refs {
    wd_ref *list;
    size_t n, cap;
} wd_refs;

typedef struct wd_tier_proof {
    int tier;
    wd_basis basis;
    wd_time time;
    wd_slice sentence;
    wd_slice technique;
    wd_ref ref;
} wd_tier_proof;

typedef enum wd_cover { WD_COVER_ABSENT, WD_COVER_PARTIAL, WD_COVER_PRESENT } wd_cover;

/** What cannot be told about a host, why, and which record would settle it. */
typedef struct wd_open_question {
    wd_slice question; /* "hit", "deeds" */
    wd_slice what;     /* "contact with attacker servers" */
    wd_slice sensor;   /* whose records are missing: "network", "host" */
    wd_cover cover;
    wd_slice why; /* the whole sentence */
    wd_slice settle;
} wd_open_question;

typedef enum wd_host_word {
    WD_HOST_NOT_EXAMINED,
    WD_HOST_NOTHING_FOUND,
    WD_HOST_EXPOSED,
    WD_HOST_INFECTED,
    WD_HOST_COMPROMISED
} wd_host_word;

typedef struct wd_host_state {
    const wd_host *host;
    wd_version_verdict version;
    int tier;
    wd_basis tier_basis;
    wd_host_word word;
    wd_tier_proof *proofs; /* by tier, then time */
    size_t n_proofs, cap_proofs;
    wd_open_question *open;
    size_t n_open, cap_open;
    /* The time in which the implant could have acted on this host; WD_NO_TIME when there is none.
     */
    wd_time window_first, window_last;
    bool late_seen;               /* a proof that only counts after the delay was found */
    bool delay_cannot_have_ended; /* contained or removed before the shortest sleep was over */
    wd_cover network, events;     /* how well the window is covered */
    wd_ref listed_by;             /* the item that names the host */
    uint64_t worst_untiered;      /* findings of severity high or above that prove no tier */
} wd_host_state;

/** A file of the implant, found in the evidence, whose content names the moment at which it would
 * wake. */
typedef struct wd_marker_file {
    const wd_campaign *campaign;
    wd_slice name;
    wd_time target;
    uint64_t item;
} wd_marker_file;

typedef struct wd_model {
    wd_arena *arena;
    wd_case *cs;
    const wd_knowledge *knowledge;
    const wd_attr_base *actors; /* set by the caller; NULL: `who` names nobody */
    wd_roster roster;
    wd_host_state *hosts;      /* same order as roster.hosts */
    wd_case_finding *findings; /* by number */
    size_t n_findings, cap_findings;
    wd_case_item *items; /* by number */
    size_t n_items, cap_items;
    wd_contact_list contacts; /* merged over all items */
    wd_marker_file *markers;
    size_t n_markers, cap_markers;
    const wd_campaign *campaign; /* the pack that the case agrees with best; NULL when none does */
    wd_refs campaign_refs;       /* why */
    size_t with_word[WD_HOST_COMPROMISED + 1];
    size_t at_tier[WD_TIER_MAX + 1]; /* hosts whose tier is at least this */
    wd_time last_record;             /* newest record of any source */
} wd_model;

/** Reads the settled case (findings numbered) and works out every host's state. */
WD_MUST_USE wd_status wd_model_load(wd_model *out, wd_case *cs, const wd_knowledge *kb,
                                    wd_arena *arena, wd_err *err);

/** Adds a reference unless it is there already. */
WD_MUST_USE wd_status wd_refs_add(wd_arena *arena, wd_refs *refs, wd_ref ref);
/** Host state that a finding is about; NULL when it is about no host of ours. */
wd_host_state *wd_model_host_of(const wd_model *m, const wd_case_finding *f);
/** Item by the number of its E- id; NULL when there is none. */
const wd_case_item *wd_model_item(const wd_model *m, uint64_t number);
/** True for findings about files themselves (packages, signatures), not about what a host did. */
bool wd_finding_is_structural(const wd_case_finding *f);

const char *wd_host_word_name(wd_host_word w);
const char *wd_cover_name(wd_cover c);
const char *wd_tier_name(int tier);

#endif

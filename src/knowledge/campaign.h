#ifndef WD_KNOWLEDGE_CAMPAIGN_H
#define WD_KNOWLEDGE_CAMPAIGN_H

#include "core/vocab.h"

/*
 * A campaign pack as its readers see it: what is publicly known of one supply-chain attack, as
 * plain structs. Files and keys: knowledge/README.md. Empty slices and zero counts mean that the
 * pack says nothing about it. Everything lives as long as the knowledge it was loaded into.
 */

#define WD_TIERS 7 /* exposure of a host, 0 .. 6 */

typedef struct wd_slices {
    wd_slice *list;
    size_t n;
} wd_slices;

/** A product whose update was altered, for one platform. */
typedef struct wd_product {
    wd_slice name;
    wd_slices aliases; /* as inventories write it */
    wd_slice vendor;
    wd_slice platform;  /* "windows", "macos", "linux", "any" */
    wd_slices affected; /* versions, or ranges "a..b" with both ends included */
    wd_slices fixed;
    bool affected_complete;  /* the list of affected versions is said to be complete */
    wd_slices programs;      /* base names of its programs */
    wd_slices modules;       /* base names of the files that were altered */
    wd_slices install_paths; /* globs, '/' and '\' equal */
    wd_slices signers;
    wd_slice note;
} wd_product;

/** A file that the implant leaves and whose content dates something. */
typedef struct wd_marker {
    wd_slice name;     /* base name */
    wd_slice paths;    /* glob for where it lies, may be empty */
    wd_slice encoding; /* "unix64le", "unix32le", "unix64be", "filetime", "unix_text", "iso_text" */
    wd_slice meaning;
    uint64_t size; /* exact size in bytes, 0 when any */
} wd_marker;

/** A place on a shared service from which the implant fetched. The host is never to be blocked; the
 * place itself is an indicator too. */
typedef struct wd_dead_drop {
    wd_slice host;
    wd_slice path; /* glob */
    wd_time first;
    wd_time last;
    wd_slice source;
    wd_time date;
    wd_slice note;
} wd_dead_drop;

/**
 * One condition of a proof: attribute `key` agrees with one of the globs (ASCII case ignored).
 * Keys that hold paths are compared by base name unless the glob holds a separator; there '/' and
 * '\' are equal. `any` may hold "@program", "@module", "@genuine": the product's programs and
 * altered modules, and the hashes of genuine companions.
 */
typedef struct wd_condition {
    wd_key key;
    bool negate; /* must not agree; a record without the attribute passes */
    wd_slices any;
} wd_condition;

/** Which single record shows that a host reached a tier. Evaluated by wd_proof_matches. */
typedef struct wd_proof {
    wd_slice id; /* begins with the id of the campaign */
    int tier;
    wd_obs_kind kind;
    bool after_delay; /* counts only when at least the shortest delay after installation */
    wd_condition *where;
    size_t n_where;
    wd_slice title;
    wd_slice benign; /* why the innocent reading does not hold */
    wd_slice techniques;
    wd_severity severity;
    wd_basis basis;
} wd_proof;

/** What a tier means in this campaign and what was at stake there. */
typedef struct wd_tier {
    bool present;
    wd_slice means;
    wd_slice proof;     /* which record proves it, in words */
    wd_slice absence;   /* which record would show that it did not come to this */
    wd_slice in_reach;  /* data or money within reach of the attacker */
    wd_slice taken;     /* what is publicly known to have been taken */
    wd_slice not_taken; /* what is known not to have been taken, or was never shown */
} wd_tier;

/** "Which record would settle it", for one question and the tiers it is about. */
typedef struct wd_settle {
    wd_slice question; /* "hit", "path", "deeds", "who", "now" */
    int tier_from;
    int tier_to;
    wd_slice sensor; /* "events", "network", "inventory", "files", "memory" */
    wd_slices kinds; /* names of wd_obs_kind that would do */
    wd_slice record; /* the sentence */
} wd_settle;

/** What a publisher said. A claim is never evidence. */
typedef struct wd_claim {
    wd_slice publisher;
    wd_time date;
    wd_slice name;    /* the actor as they call it; empty when they named none */
    wd_slice level;   /* "state", "umbrella", "cluster", "none" */
    wd_slice wording; /* of confidence, in their words */
    wd_slice basis;   /* the evidence they gave */
    wd_slice quality; /* "read", "reported": whether the publisher's own page was read */
} wd_claim;

typedef struct wd_action {
    wd_slice id;
    unsigned order;
    int tier_from; /* for hosts of these tiers */
    int tier_to;
    wd_slice when; /* "now", "24 h", "7 d" */
    wd_slice text;
    wd_slice owner;
    wd_slice done;    /* proof that it is done */
    wd_slice caution; /* side effect to know before */
} wd_action;

typedef struct wd_user_agent {
    wd_slice value;
    wd_slice platform; /* the implant's, when it contradicts the text */
    wd_slice note;
} wd_user_agent;

typedef struct wd_technique {
    wd_slice id;
    wd_slice name;
    wd_slice note;
} wd_technique;

typedef struct wd_campaign {
    wd_slice id;
    wd_slice title;
    wd_slice summary;
    wd_slices aliases;
    wd_slice parent;       /* id of the pack that this attack followed from */
    wd_slice completeness; /* "full", "partial", "sketch" */
    wd_slice gaps;         /* what the pack does not hold */
    wd_time as_of;         /* newest statement that went into it */
    wd_time first;         /* window in which the implant could act */
    wd_time last;
    bool has_delay;
    uint64_t delay_min; /* seconds from installation to the first outside contact */
    uint64_t delay_max;
    wd_slice delay_source;
    wd_slice attack_version; /* of the technique ids */
    wd_slice story;          /* how it came to the vendor, one paragraph */
    wd_product *products;
    size_t n_products;
    wd_marker *markers;
    size_t n_markers;
    wd_dead_drop *drops;
    size_t n_drops;
    wd_tier tiers[WD_TIERS];
    wd_proof *proofs;
    size_t n_proofs;
    wd_settle *settles;
    size_t n_settles;
    wd_claim *claims;
    size_t n_claims;
    wd_action *actions;
    size_t n_actions;
    wd_user_agent *user_agents;
    size_t n_user_agents;
    wd_technique *techniques;
    size_t n_techniques;
    wd_slices look_alikes; /* notes on how the names were chosen */
    wd_slices related;     /* software and actor names as free text */
    wd_slices references;
    wd_slice origin;   /* file */
    wd_slices genuine; /* sha256 of genuine companions, from the indicators; for "@genuine" */
} wd_campaign;

typedef enum wd_version_state {
    WD_VERSION_NOT_PRODUCT, /* no pack knows the product */
    WD_VERSION_UNKNOWN,     /* the product, but no version was given or it cannot be read */
    WD_VERSION_UNLISTED, /* neither affected nor fixed, and the list is not said to be complete */
    WD_VERSION_OTHER,    /* not affected: the list of affected versions is complete */
    WD_VERSION_FIXED,
    WD_VERSION_AFFECTED
} wd_version_state;

/** Compares two version texts by their numbers ("18.12.407" < "18.12.416", "2.0" = "2"); letters
 * after numbers sort behind ("2019.4 HF5" > "2019.4") except alpha, beta, rc, pre, dev. */
int wd_version_cmp(wd_slice a, wd_slice b);
/** Whether `version` is `spec`, or lies within it when it is a range "a..b". */
bool wd_version_in(wd_slice spec, wd_slice version);
const char *wd_version_state_name(wd_version_state s);

/** Whether the observation agrees with the proof; `after_delay` is the caller's to test. */
bool wd_proof_matches(const wd_campaign *c, const wd_proof *p, const wd_obs *o);
/** Whether `path` (or a bare name) is one of the product's programs. */
bool wd_product_is_program(const wd_product *p, wd_slice path);
/** The moment that a marker file names; false when the bytes are not in its encoding. */
bool wd_marker_time(const wd_marker *m, wd_slice bytes, wd_time *out);

#endif

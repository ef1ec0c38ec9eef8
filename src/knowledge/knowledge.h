#ifndef WD_KNOWLEDGE_KNOWLEDGE_H
#define WD_KNOWLEDGE_KNOWLEDGE_H

#include "knowledge/campaign.h"
#include "knowledge/indicator.h"

/**
 * What the program knows of past attacks: campaign packs, indicators with their roles, names of
 * well-known brands. Loaded before the workers are forked, never changed afterwards, so that all of
 * them share one copy. Everything that it hands out lives as long as the arena it was loaded into.
 */
typedef struct wd_knowledge wd_knowledge;

/** Where knowledge comes from. Either part may be absent. */
typedef struct wd_knowledge_config {
    const char *dir; /* shipped folder: campaigns/?*.yaml, brands.yaml, attack.tsv; NULL for none */
    const char *const *files; /* --intel and --kb: packs, STIX, MISP, CSV, plain lists */
    size_t n_files;
} wd_knowledge_config;

/**
 * Loads all of it. A bad entry is refused by name, listed (wd_knowledge_refused), and the rest
 * stays. Files are told apart by content, not by name.
 *
 * Fails: WD_E_IO or WD_E_NOT_FOUND when a file given by the user cannot be read, WD_E_MALFORMED
 * when such a file holds nothing usable, WD_E_LIMIT, WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_knowledge_load(wd_knowledge **out, const wd_knowledge_config *config,
                                        wd_arena *arena, wd_err *err);

/** The same in steps, for bytes that are in memory: new, add ..., finish. Nothing can be looked up
 * before wd_knowledge_finish, nothing added after it. `bytes` need not outlive the call. */
wd_knowledge *wd_knowledge_new(wd_arena *arena); /* NULL when memory ran out */
WD_MUST_USE wd_status wd_knowledge_add(wd_knowledge *kb, wd_slice name, wd_slice bytes,
                                       wd_err *err);
WD_MUST_USE wd_status wd_knowledge_finish(wd_knowledge *kb, wd_err *err);

/* --- what is there ------------------------------------------------------------------------- */

/** In order of id. */
size_t wd_knowledge_campaigns(const wd_knowledge *kb);
const wd_campaign *wd_knowledge_campaign(const wd_knowledge *kb, size_t i);
/** By id or alias (ASCII case ignored); NULL when there is none. */
const wd_campaign *wd_knowledge_find_campaign(const wd_knowledge *kb, wd_slice id);

/** Sorted by type, value, campaign, source: one order whatever the order of loading. */
size_t wd_knowledge_indicators(const wd_knowledge *kb);
const wd_indicator *wd_knowledge_indicator(const wd_knowledge *kb, size_t i);

/** A file that was loaded, for "kb show" and the line that says how to reproduce a report. */
typedef struct wd_kb_file {
    wd_slice name;
    wd_slice kind;   /* "campaign", "brands", "attack", "stix", "misp", "csv", "plain" */
    wd_slice sha256; /* hexadecimal */
    size_t taken;    /* entries in use */
    size_t refused;
} wd_kb_file;
size_t wd_knowledge_files(const wd_knowledge *kb);
const wd_kb_file *wd_knowledge_file(const wd_knowledge *kb, size_t i);
/** Newest date of any pack: "as of". */
wd_time wd_knowledge_as_of(const wd_knowledge *kb);

/** An entry that was not taken, and what to do about it. At most WD_MAX_KB_REFUSED are kept; the
 * count goes on. */
typedef struct wd_refused {
    wd_slice file;
    uint32_t line; /* 0 when the format has none; then `offset` or `what` says where */
    uint64_t offset;
    wd_slice what; /* the entry, shortened */
    wd_slice why;  /* sentence: what is wrong and what to do */
} wd_refused;
size_t wd_knowledge_refused_total(const wd_knowledge *kb);
size_t wd_knowledge_refused(const wd_knowledge *kb);
const wd_refused *wd_knowledge_refusal(const wd_knowledge *kb, size_t i);

/* --- look-ups: no allocation, thread-compatible ---------------------------------------------- */

#define WD_KB_MATCHES 16 /* room that a caller should give to the functions that fill a list */

/** Hexadecimal SHA-256, SHA-1 or MD5 in either case. n = 0 when nobody speaks of it. */
wd_match wd_knowledge_match_hash(const wd_knowledge *kb, wd_slice hex);
wd_match wd_knowledge_match_sha256(const wd_knowledge *kb, const uint8_t sha256[static 32]);
/** The name itself and, for entries that are not `exact`, every parent: sub.c2.example meets
 * c2.example, notc2.example does not. Most specific first; gives the number filled in. */
size_t wd_knowledge_match_name(const wd_knowledge *kb, wd_slice name, wd_match *out, size_t cap);
/** URL entries whose host and path agree; the host alone never does. With or without scheme. */
size_t wd_knowledge_match_url(const wd_knowledge *kb, wd_slice url, wd_match *out, size_t cap);
/** Address in text form, single entries first, then prefixes, longest first. */
size_t wd_knowledge_match_ip(const wd_knowledge *kb, wd_slice ip, wd_match *out, size_t cap);
/** Hashes of a file (any may be empty) and its name. A match by name alone has `name_only` set and
 * is worth no score. */
size_t wd_knowledge_match_file(const wd_knowledge *kb, wd_slice name,
                               const wd_slice hashes[static 3], wd_match *out, size_t cap);
/** Values that are compared as a whole: certificate serials, signers, JA3, JA4, user agents,
 * addresses of e-mail, cookies, named objects, import hashes. */
wd_match wd_knowledge_match_exact(const wd_knowledge *kb, wd_ind_type type, wd_slice value);

/** Host part of a URL, without user, port and brackets. Borrowed. */
wd_slice wd_url_host(wd_slice url);

/* --- products and versions -------------------------------------------------------------------- */

typedef struct wd_version_verdict {
    wd_version_state state;
    const wd_campaign *campaign; /* NULL for WD_VERSION_NOT_PRODUCT */
    const wd_product *product;
} wd_version_verdict;

/**
 * What the packs say of a product in a version. `product` is a name as an inventory writes it, or
 * empty; `path` a program or its folder, or empty; `platform` "windows" or so, or empty for any.
 * Worst state first when several packs know the product: call with `campaign` for one of them.
 */
typedef struct wd_product_query {
    wd_slice product;
    wd_slice path;
    wd_slice version;
    wd_slice platform;
    const wd_campaign *campaign; /* NULL for all */
} wd_product_query;
wd_version_verdict wd_knowledge_version(const wd_knowledge *kb, const wd_product_query *query);

/* --- lists --------------------------------------------------------------------------------------
 */

/** Values for a placeholder of Sigma rules, sorted, without duplicates: "suspect_program" (base
 * names of programs of all products), "suspect_module" (base names of altered files). False when
 * no list has the name. */
bool wd_knowledge_list(const wd_knowledge *kb, wd_slice name, wd_slices *out);

/** A brand that attackers imitate in names, with the domains that are really its own. */
typedef struct wd_brand {
    wd_slice word;     /* lower case, "azure" */
    wd_slice owner;    /* "Microsoft" */
    wd_slices domains; /* registrable domains that may carry the word */
} wd_brand;
size_t wd_knowledge_brands(const wd_knowledge *kb);
const wd_brand *wd_knowledge_brand(const wd_knowledge *kb, size_t i);
/** Hosts that everybody uses and that anybody can put content on; suffix-aware. */
bool wd_knowledge_is_shared_host(const wd_knowledge *kb, wd_slice name);

#endif

#ifndef WD_KNOWLEDGE_KB_PRIV_H
#define WD_KNOWLEDGE_KB_PRIV_H

#include "core/map.h"
#include "knowledge/knowledge.h"
#include "knowledge/techniques.h"

/* What the files of this layer share; nobody else includes it. */

/** All statements on one value, found by the hash of the key that look-ups use. */
typedef struct wd_kb_group {
    uint64_t hash;
    wd_slice key; /* the value, or the host of a URL, or the base name of a file */
    uint32_t first;
    uint32_t n;
    wd_ind_type type;
    wd_safety safety;
    bool conflict;
} wd_kb_group;

/** Groups sorted by hash; `start` cuts them by the highest bits of the hash. */
typedef struct wd_kb_index {
    wd_kb_group *groups;
    size_t n;
    uint32_t *start; /* 2^bits + 1 */
    unsigned bits;
    uint64_t *filter; /* 16 bits a group, two of them set */
    uint64_t filter_mask;
    wd_slices file_globs; /* keys of file entries with a wildcard in the base name */
    bool prefix4[33];     /* lengths of address prefixes that occur */
    bool prefix6[129];
} wd_kb_index;

struct wd_knowledge {
    wd_arena *arena;
    wd_campaign **campaigns;
    size_t n_campaigns;
    size_t cap_campaigns;
    wd_indicator *indicators;
    size_t n_indicators;
    size_t cap_indicators;
    wd_brand *brands;
    size_t n_brands;
    size_t cap_brands;
    wd_kb_file *files;
    size_t n_files;
    size_t cap_files;
    wd_refused *refused;
    size_t n_refused;
    size_t cap_refused;
    size_t total_refused;
    wd_tactic_name *tactics; /* in the order of the matrix */
    size_t n_tactics;
    size_t cap_tactics;
    wd_technique_name *techniques;
    size_t n_techniques;
    size_t cap_techniques;
    wd_map technique_ids; /* id -> index */
    wd_slice attack_version;
    wd_map interned;
    wd_kb_index index;
    wd_slices programs; /* the two placeholder lists */
    wd_slices modules;
    bool finished;
};

/** What an importer works on: one file. */
typedef struct wd_kb_input {
    wd_knowledge *kb;
    wd_slice name; /* interned */
    wd_slice bytes;
    wd_arena *scratch; /* freed after the file */
    wd_kb_file *file;  /* its counts */
    wd_err *err;
} wd_kb_input;

/** A place for a refusal: line, or offset when it has no lines. */
typedef struct wd_kb_place {
    uint32_t line;
    uint64_t offset;
} wd_kb_place;
#define WD_KB_LINE(l) ((wd_kb_place){(l), WD_NO_OFFSET})
#define WD_KB_OFFSET(o) ((wd_kb_place){0, (o)})

/** Copy of `s` that lives with the knowledge, one for equal strings; ptr NULL when memory ran out.
 */
wd_slice wd_kb_intern(wd_knowledge *kb, wd_slice s);
/** Lists an entry that was not taken. Fails only without memory. */
wd_status wd_kb_refuse(wd_kb_input *in, wd_kb_place place, wd_slice what, const char *fmt, ...)
    WD_PRINTF(4, 5);
/**
 * Takes one indicator: normalises the value, interns all slices, fills origin and counts. A value
 * that cannot be of its type is refused (still WD_OK; `*taken` false, may be NULL).
 */
wd_status wd_kb_take(wd_kb_input *in, const wd_indicator *proto, wd_kb_place place, bool *taken);
/** Role, safety, tier and window of an indicator that a feed does not describe. */
wd_indicator wd_kb_feed_indicator(const wd_kb_input *in);

/* One reader per kind of file. Each refuses entries by name and fails only when memory or a limit
 * ends, or (packs, JSON) when the file as a whole cannot be read. */
wd_status wd_kb_read_pack(wd_kb_input *in);
wd_status wd_kb_read_brands(wd_kb_input *in);
wd_status wd_kb_read_techniques(wd_kb_input *in);
wd_status wd_kb_import_stix(wd_kb_input *in);
wd_status wd_kb_import_misp(wd_kb_input *in);
wd_status wd_kb_import_csv(wd_kb_input *in);
wd_status wd_kb_import_plain(wd_kb_input *in);
/** Whether the first line names columns, or holds several fields of which one is an indicator. */
bool wd_kb_looks_like_csv(wd_slice bytes);
/** Type from the words that feeds use ("FileHash-SHA256", "hostname", "ip-dst"). */
bool wd_kb_type_word(wd_slice word, wd_ind_type *out);
/** Role from the words that feeds use; false when it is none of them. */
bool wd_kb_role_word(wd_slice word, wd_role *out);
/** A harmless role is never blocked, whatever the feed's entry leaves open or says. */
void wd_kb_default_safety(wd_indicator *i, bool said);

/** Hash and order of keys as the index uses them, ASCII case folded. */
uint64_t wd_kb_hash(wd_ind_type type, wd_slice key);
int wd_kb_key_cmp(wd_slice a, wd_slice b);
void wd_kb_filter_add(wd_kb_index *x, uint64_t hash);
/** Sorts the indicators, drops exact repeats, builds the index. */
wd_status wd_kb_index_build(wd_knowledge *kb, wd_err *err);

#endif

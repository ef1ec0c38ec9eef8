#ifndef WD_DETECT_SIGMA_PRIV_H
#define WD_DETECT_SIGMA_PRIV_H

#include "core/json.h"
#include "core/map.h"
#include "core/needle.h"
#include "detect/sigma.h"
#include "detect/sigma_regex.h"

/*
 * Inside of the rule engine.
 *
 *   rule file  -> document (YAML nodes)                      sigma_files.c, sigma_load.c
 *   detection  -> Boolean nodes over items                   sigma_condition.c, sigma_detection.c
 *   item       =  field + list of patterns, shared by rules  sigma_value.c, sigma_item.c
 *   log source -> class: which events reach the rule         sigma_route.c
 *   program    -> trigger: literals of which one must occur  sigma_anchor.c, sigma_scan.c
 *   event      -> shape (layout of its fields), values (seen before or not), candidates, hits
 *                                                            sigma_shape.c, sigma_memo.c,
 * sigma_run.c
 */

#define WD_SIGMA_NONE UINT32_MAX
#define WD_SIGMA_ANY 0U /* field id of keywords: every value of the event */

/* One character of a Sigma value: a byte, or one of these. */
typedef uint16_t wd_sigma_token;
enum {
    WD_TOKEN_STAR = 256, /* any run of characters */
    WD_TOKEN_ONE,        /* exactly one character */
    WD_TOKEN_DASH,       /* - / en dash, em dash, horizontal bar */
    WD_TOKEN_PERCENT     /* while placeholders are expanded: a sign that is none */
};

typedef struct wd_sigma_tokens {
    wd_sigma_token *list;
    size_t n;
    size_t cap;
} wd_sigma_tokens;

typedef enum wd_sigma_test {
    WD_TEST_EQUALS,
    WD_TEST_STARTS,
    WD_TEST_ENDS,
    WD_TEST_CONTAINS,
    WD_TEST_GLOB,
    WD_TEST_REGEX,
    WD_TEST_CIDR,
    WD_TEST_NUMBER, /* lt, lte, gt, gte */
    WD_TEST_TIME    /* minute, hour, ... of a time, compared */
} wd_sigma_test;

typedef enum wd_sigma_cmp { WD_CMP_EQ, WD_CMP_LT, WD_CMP_LTE, WD_CMP_GT, WD_CMP_GTE } wd_sigma_cmp;

typedef enum wd_sigma_part_of_time {
    WD_PART_NONE,
    WD_PART_MINUTE,
    WD_PART_HOUR,
    WD_PART_DAY,
    WD_PART_WEEK, /* ISO 8601 */
    WD_PART_MONTH,
    WD_PART_YEAR
} wd_sigma_part_of_time;

typedef struct wd_sigma_net {
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint8_t bits;        /* of 128 */
} wd_sigma_net;

typedef struct wd_sigma_pattern {
    wd_sigma_test test;
    wd_sigma_cmp cmp;
    wd_sigma_part_of_time part;
    bool cased;            /* compare the text as written, not folded */
    wd_slice text;         /* literal tests: folded unless cased; WD_TEST_REGEX: the expression */
    wd_needle needle;      /* WD_TEST_CONTAINS: the text */
    const wd_needle *must; /* GLOB, REGEX: one of these stands in the folded value */
    size_t n_must;         /* 0: nothing is known */
    uint32_t must_times;   /* and this byte stands in it so often; 0: nothing is known */
    uint8_t must_byte;
    wd_sigma_tokens glob;  /* WD_TEST_GLOB */
    double number;         /* WD_TEST_NUMBER, WD_TEST_TIME */
    wd_sigma_net net;      /* WD_TEST_CIDR */
    const wd_regex *regex; /* WD_TEST_REGEX */
} wd_sigma_pattern;

typedef enum wd_sigma_item_kind {
    WD_SIGMA_ITEM_VALUES,
    WD_SIGMA_ITEM_EXISTS,  /* the field is there at all */
    WD_SIGMA_ITEM_FIELDREF /* compares with another field */
} wd_sigma_item_kind;

/** One test of one field. Equal items of different rules are one item, so it is judged once a
 * value. */
typedef struct wd_sigma_item {
    wd_sigma_item_kind kind;
    uint32_t field;
    uint32_t local; /* number among the items of its field */
    bool all;       /* every pattern must match, else any */
    wd_sigma_pattern *patterns;
    size_t n;
    const wd_map *set; /* many exact values: look the folded value up instead of comparing */
    uint32_t trigger;  /* literal search decides the item: true exactly when this trigger fires */
    uint32_t other;    /* FIELDREF: field compared with */
    wd_sigma_test relation; /* FIELDREF: how */
    bool cased;
} wd_sigma_item;

typedef enum wd_sigma_op {
    WD_NODE_AND,
    WD_NODE_OR,
    WD_NODE_NOT,
    WD_NODE_AT_LEAST, /* `need` of the children */
    WD_NODE_ITEM
} wd_sigma_op;

typedef struct wd_sigma_node {
    wd_sigma_op op;
    uint32_t first; /* ITEM: index of the item; else index into kids of the first child */
    uint32_t n;     /* children */
    uint32_t need;
    float p;    /* guesses that order children: how often it is true, */
    float cost; /* and how long it takes to know */
} wd_sigma_node;

/** Events of one channel that belong to a log source. */
typedef struct wd_sigma_route {
    wd_slice channel; /* empty: any channel of the product */
    wd_slice provider;
    const uint32_t *ids; /* none: all */
    size_t n_ids;
    uint32_t needs;        /* field that must be there, or WD_SIGMA_NONE */
    const uint32_t *alias; /* pairs: field of rules, field of the event that stands in for it */
    size_t n_alias;
} wd_sigma_route;

/** A log source of rules: all rules with the same product, category and service. */
typedef struct wd_sigma_class {
    wd_slice product;
    wd_slice category;
    wd_slice service;
    const wd_sigma_route *routes;
    size_t n_routes;
    uint32_t condition; /* node that every event must meet as well, or WD_SIGMA_NONE */
    bool known;         /* the log source table has it */
} wd_sigma_class;

typedef struct wd_sigma_program {
    uint32_t root;
    uint32_t cls;
    bool anchored; /* tried only when one of its triggers fires */
    bool any_id;
    const uint32_t *ids; /* unless any_id, the only event ids it can match, sorted */
    size_t n_ids;
    uint32_t solo;        /* the one field that it looks at, or WD_SIGMA_NONE */
    uint32_t solo_bit;    /* where its outcome is kept with a value of that field */
    bool correlated;      /* its hits are parts of correlations */
    const uint32_t *keep; /* fields that these need */
    size_t n_keep;
} wd_sigma_program;

/** Something whose literals are searched for: when one of them occurs, the item is true and the
 * rules are candidates. */
typedef struct wd_sigma_trigger {
    uint32_t item;         /* WD_SIGMA_NONE when a literal is only necessary, not sufficient */
    const uint32_t *rules; /* sorted */
    size_t n_rules;
} wd_sigma_trigger;

typedef struct wd_sigma_scanner wd_sigma_scanner;         /* sigma_scan.h */
typedef struct wd_sigma_correlation wd_sigma_correlation; /* sigma_correlation.h */

typedef struct wd_sigma_field {
    wd_slice name; /* lower case, no blanks */
    uint32_t n_items;
    const wd_sigma_scanner *scanner; /* NULL when no trigger looks at it */
    const uint64_t *classes;         /* set of classes with triggers on it */
} wd_sigma_field;

/** Growing arrays in the arena. */
#define WD_SIGMA_LIST(type) \
    struct {                \
        type *list;         \
        size_t n;           \
        size_t cap;         \
    }

struct wd_sigma {
    wd_arena *arena;
    wd_sigma_rule *rules;
    wd_sigma_program *programs; /* of detection rules; the others have root WD_SIGMA_NONE */
    size_t n_rules;
    WD_SIGMA_LIST(wd_sigma_field) fields;
    wd_map field_ids;
    WD_SIGMA_LIST(wd_sigma_item) items;
    WD_SIGMA_LIST(wd_sigma_node) nodes;
    WD_SIGMA_LIST(uint32_t) kids;
    WD_SIGMA_LIST(wd_sigma_class) classes;
    WD_SIGMA_LIST(wd_sigma_trigger) triggers;
    WD_SIGMA_LIST(wd_sigma_refusal) refusals;
    WD_SIGMA_LIST(wd_regex *) regexes;
    const wd_sigma_scanner **keywords;  /* one per class, NULL when it has no keyword triggers */
    uint32_t *keyword_numbers;          /* of these scanners */
    size_t class_words;                 /* uint64_t of a set of classes */
    uint32_t event_id;                  /* field "EventID" */
    wd_sigma_correlation *correlations; /* a correlation stands behind those that it uses */
    size_t n_correlations;
    const struct wd_sigma_sources *sources; /* the log source table */
};

/** State of compiling; `scratch` is gone afterwards. */
typedef struct wd_sigma_build {
    wd_sigma *s;
    wd_arena *arena;
    wd_arena *scratch;
    const wd_sigma_options *options;
    wd_map item_ids; /* canonical form of an item -> index */
    wd_buf key;
    size_t kids_limit;      /* bound of s->kids.n for the rule at hand */
    const uint32_t *doc_of; /* document of each rule, when the rules are numbered */
} wd_sigma_build;

/* --- sigma_field.c ------------------------------------------------------------------------- */

/** Name as fields are compared: lower case, no blanks. In `a`. */
wd_slice wd_sigma_field_key(wd_arena *a, wd_slice name);
/** Id of a field, new when it has none yet. */
WD_MUST_USE wd_status wd_sigma_field_id(wd_sigma *s, wd_slice name, uint32_t *id);
/** True when the program may match an event of this id. */
bool wd_sigma_allows(const wd_sigma_program *p, uint32_t event_id);
/** Id of a field that some rule uses, else WD_SIGMA_NONE. `key` as wd_sigma_field_key gives it. */
uint32_t wd_sigma_field_find(const wd_sigma *s, wd_slice key);

/* --- sigma_text.c: values of rules --------------------------------------------------------- */

/** Wildcards and escapes of a Sigma string. */
WD_MUST_USE wd_status wd_sigma_tokenize(wd_arena *a, wd_slice text, bool keep_percent,
                                        wd_sigma_tokens *out);
WD_MUST_USE wd_status wd_sigma_tokens_add(wd_arena *a, wd_sigma_tokens *t, wd_sigma_token token);
/** True when there is no wildcard; `*out` then holds the bytes. */
bool wd_sigma_tokens_plain(wd_arena *a, const wd_sigma_tokens *t, wd_slice *out);
/** The windash modifier: dashes that begin an option take any form. */
void wd_sigma_windash(wd_sigma_tokens *t);
/** Standard base64 of bytes, padded. */
wd_slice wd_sigma_base64(wd_arena *a, wd_slice bytes);
/** The part of the base64 text that does not depend on what stands around `bytes`, which begins at
 * a position of remainder `shift` modulo 3. */
wd_slice wd_sigma_base64_offset(wd_arena *a, wd_slice bytes, unsigned shift);
typedef enum wd_sigma_utf16 { WD_UTF16_LE, WD_UTF16_BE, WD_UTF16_BOM } wd_sigma_utf16;
wd_slice wd_sigma_to_utf16(wd_arena *a, wd_slice utf8, wd_sigma_utf16 form);

/* --- sigma_match.c: a pattern and a value -------------------------------------------------- */

/** What a value offers to patterns: as written and folded, same length. */
typedef struct wd_sigma_value {
    wd_slice raw;
    wd_slice folded;
} wd_sigma_value;

bool wd_sigma_match(const wd_sigma_pattern *p, const wd_sigma_value *v, wd_regex_run *regex);
/** A literal test other than CONTAINS through the needle; for texts that are not prepared. */
bool wd_sigma_match_text(wd_sigma_test test, wd_slice pattern, wd_slice value);
bool wd_sigma_compare(wd_sigma_cmp cmp, double a, double b);
/** "10.0.0.0/8" or an address; false when it is neither. */
bool wd_sigma_net_parse(wd_slice text, wd_sigma_net *out);
bool wd_sigma_net_has(const wd_sigma_net *net, wd_slice address);

/* --- sigma_value.c, sigma_item.c ------------------------------------------------------------ */

/**
 * `field|modifier|...: value` as a node. Fails with the reason in `err`: WD_E_NOT_FOUND when only a
 * value list is empty (the rule is inactive), anything else refuses the rule.
 */
WD_MUST_USE wd_status wd_sigma_field_node(wd_sigma_build *b, wd_slice key, const wd_json *value,
                                          uint32_t *node, wd_err *err);
/** A keyword (or list of them with `all`) as a node over all values of the event. */
WD_MUST_USE wd_status wd_sigma_keyword_node(wd_sigma_build *b, const wd_json *value, uint32_t *node,
                                            wd_err *err);
/** Index of an item equal to `item`, added when there is none. */
WD_MUST_USE wd_status wd_sigma_item_intern(wd_sigma_build *b, const wd_sigma_item *item,
                                           uint32_t *index);

/* --- sigma_node.c --------------------------------------------------------------------------- */

WD_MUST_USE wd_status wd_sigma_node_item(wd_sigma_build *b, uint32_t item, uint32_t *node);
/** A leaf that is not an item: conditions of correlations number their rules so. */
WD_MUST_USE wd_status wd_sigma_node_leaf(wd_sigma_build *b, uint32_t number, uint32_t *node);
/** AND, OR, NOT (one child) or AT_LEAST over `kids`; a single child of AND and OR is itself. */
WD_MUST_USE wd_status wd_sigma_node_of(wd_sigma_build *b, wd_sigma_node form, const uint32_t *kids,
                                       uint32_t *node);
/** A list of nodes while it is being built. */
typedef WD_SIGMA_LIST(uint32_t) wd_sigma_nodes;
WD_MUST_USE wd_status wd_sigma_nodes_add(wd_sigma_build *b, wd_sigma_nodes *list, uint32_t node);
WD_MUST_USE wd_status wd_sigma_nodes_join(wd_sigma_build *b, wd_sigma_op op,
                                          const wd_sigma_nodes *list, uint32_t *node);

/* --- sigma_detection.c, sigma_condition.c --------------------------------------------------- */

/** A whole `detection` or `filter` mapping with its condition as a node. */
WD_MUST_USE wd_status wd_sigma_detection_node(wd_sigma_build *b, const wd_json *detection,
                                              uint32_t *node, wd_err *err);
/** One search identifier as a node. */
WD_MUST_USE wd_status wd_sigma_selection_node(wd_sigma_build *b, const wd_json *selection,
                                              uint32_t *node, wd_err *err);

/** What a condition refers to; `resolve` gives the node of a name. */
typedef struct wd_sigma_names {
    void *ctx;
    const wd_slice *names;
    size_t n;
    wd_status (*resolve)(void *ctx, size_t name, uint32_t *node, wd_err *err);
} wd_sigma_names;
WD_MUST_USE wd_status wd_sigma_condition_node(wd_sigma_build *b, wd_slice text,
                                              const wd_sigma_names *names, uint32_t *node,
                                              wd_err *err);

#endif

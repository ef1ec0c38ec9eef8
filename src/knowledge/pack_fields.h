#ifndef WD_KNOWLEDGE_PACK_FIELDS_H
#define WD_KNOWLEDGE_PACK_FIELDS_H

#include "core/json.h"
#include "knowledge/kb_priv.h"

/*
 * Mappings of a pack are read into structs by tables: key, kind, place in the struct. A key that no
 * table knows is refused by name, so that a slip of the pen does not pass as silence.
 */

typedef enum wd_pf_kind {
    WD_PF_TEXT,
    WD_PF_TEXTS, /* a list of scalars, or one scalar */
    WD_PF_TIME,
    WD_PF_TIME_END, /* a date alone is the end of that day */
    WD_PF_U64,
    WD_PF_UINT,
    WD_PF_BOOL,
    WD_PF_TIER,       /* one number 0..6, into an int */
    WD_PF_TIER_RANGE, /* "3" or "4..6", into two ints that follow each other */
    WD_PF_SEVERITY,
    WD_PF_BASIS,
    WD_PF_OBS_KIND,
    WD_PF_LIST,   /* a list of mappings; pointer and count stand side by side */
    WD_PF_SPECIAL /* `special` reads it */
} wd_pf_kind;

struct wd_pf_table;

typedef struct wd_pf_field {
    const char *key;
    wd_pf_kind kind;
    size_t at;
    bool required;
    const struct wd_pf_table *items; /* of a list */
    wd_status (*special)(wd_kb_input *in, const wd_json *v, void *base);
} wd_pf_field;

typedef struct wd_pf_table {
    const char *what; /* "action", for refusals */
    size_t size;
    const wd_pf_field *fields;
    size_t n;
    void (*init)(void *base);               /* may be NULL */
    const char *(*check)(const void *base); /* NULL, or what is wrong; may be NULL */
} wd_pf_table;

/**
 * Fills `base` from the mapping `v`. Bad values and unknown keys are refused one by one; `*ok` is
 * false when a required field is missing or wrong. Texts are borrowed from the parsed file.
 */
wd_status wd_pf_read(wd_kb_input *in, const wd_pf_table *table, const wd_json *v, void *base,
                     bool *ok);
/** A scalar, or each scalar of a list. */
wd_status wd_pf_texts(wd_kb_input *in, const wd_json *v, wd_slices *out);
/** Date or time; with `end`, a date alone is its last moment. */
bool wd_pf_time(wd_slice s, bool end, wd_time *out);

extern const wd_pf_table wd_pf_campaign;

#endif

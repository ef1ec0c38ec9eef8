#ifndef WD_KNOWLEDGE_ATTACK_PRIV_H
#define WD_KNOWLEDGE_ATTACK_PRIV_H

#include "core/json.h"
#include "core/map.h"
#include "knowledge/attack.h"

/* Between import_attack.c (reads objects) and attack_write.c (resolves and writes them). */

typedef enum wd_attack_type {
    WD_ATTACK_TECHNIQUE,
    WD_ATTACK_SOFTWARE,
    WD_ATTACK_ACTOR,
    WD_ATTACK_CAMPAIGN
} wd_attack_type;

typedef struct wd_attack_object {
    wd_attack_type type;
    wd_slice stix, id, name, kind, aliases, first, last;
    bool revoked, deprecated;
} wd_attack_object;

typedef struct wd_attack_report {
    wd_slice key, date, host;
    wd_slice *names;
    size_t n_names, cap_names;
    bool cited;
} wd_attack_report;

typedef enum wd_attack_relation {
    WD_ATTACK_USES,
    WD_ATTACK_BY,
    WD_ATTACK_REVOKED
} wd_attack_relation;

typedef struct wd_attack_edge {
    wd_attack_relation type;
    wd_slice id, from, to;
    uint32_t *reports;
    size_t n_reports, cap_reports;
    wd_slice user, used; /* filled in when resolved */
    size_t next;         /* attributions of one campaign: index + 1, 0 ends */
} wd_attack_edge;

typedef struct wd_attack_alias {
    wd_slice actor; /* STIX id */
    wd_slice name;
    wd_slice source; /* citation name, may be empty */
} wd_attack_alias;

typedef struct wd_attack {
    wd_arena *arena;
    wd_attack_object *objects;
    size_t n_objects, cap_objects;
    wd_attack_report *reports;
    size_t n_reports, cap_reports;
    wd_attack_edge *edges;
    size_t n_edges, cap_edges;
    wd_attack_alias *aliases;
    size_t n_aliases, cap_aliases;
    wd_map by_stix;   /* STIX id -> object + 1 */
    wd_map by_key;    /* report key -> report + 1 */
    wd_map by_source; /* citation name -> report + 1 */
    wd_slice version; /* of the collection object, else empty */
    wd_slice newest;  /* newest `modified` */
    wd_compiled *stats;
    wd_err *err;
} wd_attack;

/** Resolves, sorts and writes. */
wd_status wd_attack_write(wd_attack *a, wd_slice version, wd_buf *out);
/** A field of a line: tabs, bars, commas of lists and control characters become blanks. */
void wd_facts_field(wd_buf *out, wd_slice s);

#endif

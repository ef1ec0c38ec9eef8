#ifndef WD_KNOWLEDGE_ACTORS_H
#define WD_KNOWLEDGE_ACTORS_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/map.h"

/*
 * Facts about actors: who is recorded as using what, and which public report says so. Held as text,
 * one fact a line, fields separated by tabs, '#' starts a comment:
 *
 *   whodunit.actors/1  source  version  date  notice      first line of a file
 *   technique  id  name
 *   software   id  malware|tool  name  alias|alias
 *   actor      id  name
 *   campaign   id  name  first  last  actor|actor
 *   moved      old-id  new-id               renumbered; an empty new id: withdrawn
 *   report     key  date  host  source-name|source-name
 *   uses       relationship-id  user-id  used-id  key,key    user: actor, campaign or software
 *   nexus      actor-id  state  basis       ISO 3166 code, or CRIME
 *   umbrella   id  name  state
 *   member     actor-id  umbrella-id  publisher  date
 *   label      name  target-id  relation  publisher  date  until  source
 *   publisher  host  name
 *   state      code  name
 *
 * `key` names a report: R and ten digits of the SHA-256 of its address without scheme, "www.",
 * port, archive wrapper, fragment and tracking parameters. `relation` is equal, subset, superset or
 * overlap: what the label covers, seen from the target. Several files add up; a fact that is there
 * already changes nothing. Dates are YYYY, YYYY-MM or YYYY-MM-DD, empty when not known.
 */

typedef enum wd_fact_kind {
    WD_FACT_NONE,
    WD_FACT_TECHNIQUE,
    WD_FACT_SOFTWARE,
    WD_FACT_ACTOR,
    WD_FACT_CAMPAIGN,
    WD_FACT_UMBRELLA
} wd_fact_kind;

/** What an id stands for; `index` is into the list of its kind. */
typedef struct wd_fact_ref {
    wd_fact_kind kind;
    uint32_t index;
} wd_fact_ref;

typedef struct wd_fact {
    wd_slice id;
    wd_slice name;
    wd_slice aliases; /* software: separated by '|' */
    wd_slice kind;    /* software: "malware" or "tool" */
} wd_fact;

#define WD_NO_UMBRELLA UINT32_MAX

typedef struct wd_actor {
    wd_slice id;
    wd_slice name;
    wd_slice nexus; /* "KP", "CRIME"; empty when not known */
    wd_slice nexus_basis;
    uint32_t umbrella;
    wd_slice umbrella_publisher;
    wd_slice umbrella_date;
} wd_actor;

typedef struct wd_fact_campaign {
    wd_slice id;
    wd_slice name;
    wd_slice first;
    wd_slice last;
    uint32_t *actors;
    size_t n_actors;
} wd_fact_campaign;

typedef struct wd_fact_report {
    wd_slice key;
    wd_slice date;
    wd_slice host;    /* of its publisher */
    wd_slice sources; /* citation names separated by '|' */
    wd_slice publisher;
} wd_fact_report;

/** One recorded use, with the reports that support it (none: the record stands uncited). */
typedef struct wd_use {
    wd_slice relation;
    wd_fact_ref user;
    wd_fact_ref used;
    uint32_t *reports;
    uint32_t n_reports;
} wd_use;

/** A name that a publisher uses from a date on. Labels are claims: they are shown, never followed.
 */
typedef struct wd_label {
    wd_slice name;
    wd_fact_ref target;
    wd_slice relation;
    wd_slice publisher;
    wd_slice date;
    wd_slice until; /* the publisher redefined it then; empty when it stands */
    wd_slice source;
} wd_label;

typedef struct wd_umbrella {
    wd_slice id;
    wd_slice name;
    wd_slice nexus;
} wd_umbrella;

typedef struct wd_actors_file {
    wd_slice name;
    wd_slice source;
    wd_slice version;
    wd_slice date;
    wd_slice notice;
    size_t facts;
} wd_actors_file;

typedef struct wd_actors {
    wd_arena *arena;
    wd_fact *techniques;
    size_t n_techniques, cap_techniques;
    wd_fact *software;
    size_t n_software, cap_software;
    wd_actor *actors;
    size_t n_actors, cap_actors;
    wd_fact_campaign *campaigns;
    size_t n_campaigns, cap_campaigns;
    wd_fact_report *reports;
    size_t n_reports, cap_reports;
    wd_use *uses;
    size_t n_uses, cap_uses;
    wd_label *labels;
    size_t n_labels, cap_labels;
    wd_umbrella *umbrellas;
    size_t n_umbrellas, cap_umbrellas;
    wd_actors_file *files;
    size_t n_files, cap_files;
    wd_map ids;        /* id -> kind and index */
    wd_map moved;      /* old id -> wd_slice* of the new one */
    wd_map sources;    /* report key and source name -> report index + 1 */
    wd_map publishers; /* host -> wd_slice* */
    wd_map states;     /* code -> wd_slice* */
} wd_actors;

/** An empty base in `arena`; NULL when memory ran out. */
wd_actors *wd_actors_new(wd_arena *arena);
/**
 * Adds the facts of one file. `text` must live as long as the base: strings are borrowed from it.
 * A line that makes no sense, or names an id that no earlier line introduced, ends it with
 * WD_E_MALFORMED and the line number; then the base must not be used.
 */
WD_MUST_USE wd_status wd_actors_add(wd_actors *a, wd_slice name, wd_slice text, wd_err *err);
/** Reads every ?*.facts of `dir` in order of name. WD_E_NOT_FOUND when there is none. */
WD_MUST_USE wd_status wd_actors_load(wd_actors **out, const char *dir, wd_arena *arena,
                                     wd_err *err);

/** What an id stands for, renumbered ids followed (at most eight steps: they may be cyclic).
 * Kind WD_FACT_NONE when nothing is known by it. */
wd_fact_ref wd_actors_find(const wd_actors *a, wd_slice id);
/** True when the id was withdrawn without a successor. */
bool wd_actors_withdrawn(const wd_actors *a, wd_slice id);
/** Software whose name or alias is `name` (ASCII case ignored); WD_FACT_NONE when none or several.
 */
wd_fact_ref wd_actors_software_named(const wd_actors *a, wd_slice name);
/** "North Korea" for KP; the code itself when no file names it. */
wd_slice wd_actors_state_name(const wd_actors *a, wd_slice code);
/** Report by key or citation name; SIZE_MAX when not known. */
size_t wd_actors_report(const wd_actors *a, wd_slice key);
wd_slice wd_actors_id(const wd_actors *a, wd_fact_ref r);
wd_slice wd_actors_name(const wd_actors *a, wd_fact_ref r);

#endif

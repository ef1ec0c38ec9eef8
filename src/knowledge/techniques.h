#ifndef WD_KNOWLEDGE_TECHNIQUES_H
#define WD_KNOWLEDGE_TECHNIQUES_H

#include "knowledge/knowledge.h"

/*
 * Names of ATT&CK tactics and techniques, for people. The file (knowledge/attack.tsv, made by
 * tools/make_attack.py) has one entry a line, fields separated by tabs:
 *
 *   whodunit.attack/1  source  version  date  notice      first line
 *   tactic     short-name  id  name                       in the order of the matrix
 *   technique  id  name  short-name|short-name
 *
 * ATT&CK renames tactics and renumbers techniques between versions: an id that is not here is shown
 * without a name.
 */

typedef struct wd_tactic_name {
    wd_slice short_name; /* "initial-access" */
    wd_slice id;         /* "TA0001" */
    wd_slice name;
} wd_tactic_name;

typedef struct wd_technique_name {
    wd_slice id; /* "T1195.002" */
    wd_slice name;
    wd_slice tactics; /* short names separated by '|' */
} wd_technique_name;

/** Version of the names, "18.1"; empty when none were loaded. */
wd_slice wd_knowledge_attack_version(const wd_knowledge *kb);
/** In the order of the matrix. */
size_t wd_knowledge_tactics(const wd_knowledge *kb);
const wd_tactic_name *wd_knowledge_tactic(const wd_knowledge *kb, size_t i);
/** By id; NULL when it has no name here. */
const wd_technique_name *wd_knowledge_technique(const wd_knowledge *kb, wd_slice id);

#endif

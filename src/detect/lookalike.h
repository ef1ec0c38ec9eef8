#ifndef WD_DETECT_LOOKALIKE_H
#define WD_DETECT_LOOKALIKE_H

#include "knowledge/knowledge.h"

/*
 * Names that want to be taken for others: a brand's word in a domain that is not the brand's. The
 * brands and their domains are data (knowledge/brands.yaml).
 */

typedef enum wd_lookalike_kind {
    WD_LOOKALIKE_NONE,
    WD_LOOKALIKE_OWN,       /* the brand's own domain */
    WD_LOOKALIKE_INSIDE,    /* the word somewhere inside a longer one; may be chance */
    WD_LOOKALIKE_COMBINED,  /* the word joined with words of services: brand-storage, brandcloud */
    WD_LOOKALIKE_TYPO,      /* one letter away */
    WD_LOOKALIKE_HOMOGLYPH, /* other characters that look the same */
    WD_LOOKALIKE_SUBDOMAIN  /* the brand's whole domain in front of another */
} wd_lookalike_kind;

typedef struct wd_lookalike {
    wd_lookalike_kind kind;
    const wd_brand *brand; /* NULL when kind is NONE */
} wd_lookalike;

/** What a host name looks like; the worst reading. */
wd_lookalike wd_lookalike_of(const wd_knowledge *kb, wd_slice name);

/** The part of a host name that somebody registered: its last two labels, three below the common
 * second levels of countries ("co.uk"). Borrowed. Addresses stay whole. */
wd_slice wd_name_registered(wd_slice name);

/** One insertion, deletion, exchange or swap of neighbours away from each other, and not equal. */
bool wd_one_edit_apart(wd_slice a, wd_slice b);

/** Whether a label reads as made by a machine: long, few vowels or many turns between letters and
 * digits, nothing that can be spoken. */
bool wd_name_looks_generated(wd_slice label);

#endif

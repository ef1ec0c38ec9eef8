#ifndef WD_ANSWERS_ATTRIBUTION_PRIV_H
#define WD_ANSWERS_ATTRIBUTION_PRIV_H

#include "answers/attribution.h"

/* Between attribution.c (counts and scores) and attribution_base.c (the index they run over). */

#define WD_NO_NEXUS UINT32_MAX

/** "user uses used" and the distinct reports that say so. */
typedef struct wd_attr_cell {
    uint32_t user;
    uint32_t used;
    uint32_t *reports;
    uint32_t n_reports;
    bool uncited; /* some record of it cites nobody: it stands whatever is held out */
} wd_attr_cell;

/** Cells by what is used: those of `i` are start[i] .. start[i + 1]. */
typedef struct wd_attr_cells {
    wd_attr_cell *cells;
    uint32_t *start;
    size_t n;
} wd_attr_cells;

struct wd_attr_base {
    const wd_actors *facts;
    wd_arena *arena;
    size_t n_actors, n_techniques, n_software;
    wd_attr_cells by_technique;       /* actor uses technique */
    wd_attr_cells by_software;        /* actor uses software */
    wd_attr_cells software_technique; /* software uses technique */
    uint32_t **reports_of;            /* distinct reports of an actor */
    uint32_t *n_reports_of;
    uint32_t *nexus; /* of an actor, into nexus_names */
    wd_slice *nexus_names;
    size_t n_nexus;
};

struct wd_attr_counts {
    const wd_attr_base *base;
    const uint8_t *ignored;
    uint32_t absent;
    bool strict;         /* nothing is lent within umbrellas */
    uint32_t *technique; /* c, by cell */
    uint32_t *software;  /* s, by cell */
    uint32_t *total;     /* C[g] */
    uint32_t *software_total;
    uint32_t *reports; /* N[g] */
    uint32_t *listed;  /* of b[t] */
    uint32_t *users;   /* of a[m] */
    double *nexus_total;
    uint64_t all_listed, all_uses;
    double *row, *nexus_row; /* room for one technique */
    uint8_t *mark;
};

#endif

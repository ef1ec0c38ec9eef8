#ifndef WD_ANSWERS_SPREAD_H
#define WD_ANSWERS_SPREAD_H

#include "answers/model.h"

/** One row of a table of hosts by country or sector. Counts are of listed hosts: the base is stated
 * beside it. */
typedef struct wd_spread_row {
    wd_slice name; /* "" for hosts that name none */
    size_t hosts, installed, beaconed, chosen;
} wd_spread_row;

/**
 * Is the choice of victims random or aimed? Of N exposed hosts, K lie in the sector; of n chosen, k
 * do. One-sided Fisher exact test (hypergeometric tail), for the sector with the smallest p, times
 * the number of sectors tried (Bonferroni). `ratio` is the conditional maximum-likelihood odds
 * ratio with its exact 95 % interval (Cornfield); `high` is INFINITY when no chosen host lies
 * elsewhere. Source: A. Agresti, Categorical Data Analysis, 3rd ed., sections 3.5 and 16.6.
 */
typedef struct wd_aimed {
    bool tested; /* false: too few chosen or one sector only; `why` says so */
    wd_slice sector;
    size_t k, n, K, N, sectors;
    double p, ratio, low, high;
    const char *why;
} wd_aimed;

typedef struct wd_spread {
    size_t base; /* hosts in asset lists */
    wd_spread_row *countries;
    size_t n_countries, cap_countries;
    wd_spread_row *sectors;
    size_t n_sectors, cap_sectors;
    size_t unmapped; /* listed hosts without a country */
    size_t funnel[WD_TIER_MAX + 1];
    wd_aimed aimed;
} wd_spread;

WD_MUST_USE wd_status wd_spread_make(wd_spread *out, const wd_model *m);

/** Fisher's exact test as described at wd_aimed. k of n chosen and K of N exposed in the group; k
 * <= n, K <= N, n <= N. */
void wd_fisher(size_t k, size_t n, size_t K, size_t N, double *p, double *ratio, double *low,
               double *high);

#endif

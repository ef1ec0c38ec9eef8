#ifndef WD_REPORT_WORLD_H
#define WD_REPORT_WORLD_H

#include <stddef.h>

/*
 * Outlines of countries for the map, generated from world.tsv by embed_world.awk; see
 * tools/make_world.py for where they come from. Equal Earth projection on WD_WORLD_WIDTH by
 * WD_WORLD_HEIGHT pixels.
 */

#define WD_WORLD_WIDTH 960
#define WD_WORLD_HEIGHT 416

typedef struct wd_country {
    const char *code; /* ISO 3166-1 alpha-2, "-" when it has none */
    const char *name;
    int x; /* a place inside it, for a mark */
    int y;
    const char *path; /* SVG path, "" when it is too small to draw */
} wd_country;

extern const wd_country wd_countries[];
extern const size_t wd_n_countries;

#endif

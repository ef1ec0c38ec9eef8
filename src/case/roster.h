#ifndef WD_CASE_ROSTER_H
#define WD_CASE_ROSTER_H

#include "case/store.h"
#include "core/map.h"

/*
 * The hosts of a case: those of the asset lists, those that event records name, and internal
 * addresses that sensors saw and no asset list claims. One host per machine: an address or a fully
 * qualified name that belongs to a listed host is that host.
 */

/** One source of records about a host, and the time it covers. */
typedef struct wd_coverage {
    wd_slice source; /* channel of a log, or path of a sensor's file */
    wd_slice sensor; /* "events", "network", "inventory" */
    wd_time first;
    wd_time last;
    uint64_t records;
    uint64_t item; /* number of the evidence item */
} wd_coverage;

typedef struct wd_host {
    wd_slice name;
    wd_slice addresses; /* blank separated, as listed */
    wd_slice country, sector, site, role, product, version;
    wd_time installed, contained, removed;
    bool listed;   /* stands in an asset list */
    uint64_t item; /* of that list; else of the first record */
    uint64_t record;
    uint64_t offset;
    wd_coverage *coverage;
    size_t n_coverage, cap_coverage;
} wd_host;

typedef struct wd_roster {
    wd_arena *arena;
    wd_host *hosts; /* sorted by name */
    size_t n, cap;
    wd_map by_name;    /* lower-case name or first label -> index + 1; 0 when two hosts share it */
    wd_map by_address; /* -> index + 1 */
    size_t addresses_left_out; /* internal addresses beyond WD_MAX_UNLISTED_HOSTS */
} wd_roster;

/** Builds the roster from a settled case. Everything is in `arena`. */
WD_MUST_USE wd_status wd_roster_load(wd_roster *out, wd_case *cs, wd_arena *arena, wd_err *err);

/** Host of a name or address as records give it; NULL when it is none of ours. */
wd_host *wd_roster_find(const wd_roster *r, wd_slice name_or_address);

/** Private, link-local, unique-local and carrier-grade addresses (RFC 1918, 3927, 4193, 4291,
 * 6598). */
bool wd_address_is_internal(wd_slice address);

#endif

#ifndef WD_TESTS_MAKE_EX_BASE_H
#define WD_TESTS_MAKE_EX_BASE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"

/*
 * What all parts of the example maker need: memory that ends the program when it is out, a seeded
 * generator instead of chance, times from text, rows sorted by time, and whole files written at
 * once. The same options give the same bytes on every machine: no clock, no environment.
 */

/** Ends the program with one line on stderr. */
_Noreturn void ex_die(const char *fmt, ...) WD_PRINTF(1, 2);

/** Seeded generator (splitmix64, Vigna 2015). Not for secrets. */
typedef struct ex_rng {
    uint64_t state;
} ex_rng;

/** Each part seeds with its own label, so a change of one part leaves the others as they are. */
ex_rng ex_rng_of(const char *label);
uint64_t ex_rng_next(ex_rng *r);
/** 0 .. n - 1; n > 0. */
uint64_t ex_below(ex_rng *r, uint64_t n);
/** low .. high, both included. */
uint64_t ex_between(ex_rng *r, uint64_t low, uint64_t high);

/** ISO text to ticks; ends the program on a wrong literal. "" gives WD_NO_TIME. */
wd_time ex_time(const char *iso);
wd_time ex_plus(wd_time t, double seconds);
#define EX_MINUTE 60.0
#define EX_HOUR 3600.0
#define EX_DAY 86400.0
/** "2023-03-13 09:42:10.000": the UtcTime of Sysmon. In `arena`. */
const char *ex_sysmon_time(wd_arena *arena, wd_time t);
/** "1678700530.000000": Zeek's time. In `arena`. */
const char *ex_epoch(wd_arena *arena, wd_time t);

/** printf into the arena; never NULL. */
const char *ex_fmt(wd_arena *arena, const char *fmt, ...) WD_PRINTF(2, 3);
/** Zeroed memory; never NULL. */
void *ex_alloc(wd_arena *arena, size_t size);
#define EX_NEW(arena, type) ((type *) ex_alloc((arena), sizeof(type)))
/** SHA-256 of a text in upper-case hexadecimal: stands for the hash of a file that does not exist.
 */
const char *ex_hash_of(wd_arena *arena, const char *text);

/** A thing with its moment. */
typedef struct ex_row {
    wd_time at;
    size_t order; /* of adding, so that equal moments keep theirs */
    const void *what;
} ex_row;

typedef struct ex_rows {
    ex_row *rows;
    size_t n, cap;
} ex_rows;

void ex_rows_add(ex_rows *list, wd_arena *arena, wd_time at, const void *what);
void ex_rows_sort(ex_rows *list);

/** Writes `folder/name`, making the folders in `name`; ends the program when that fails. */
void ex_write(const char *folder, const char *name, wd_slice bytes);
void ex_write_buf(const char *folder, const char *name, wd_buf *b);

#endif

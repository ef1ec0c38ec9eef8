#ifndef WD_DETECT_COVERAGE_MAP_H
#define WD_DETECT_COVERAGE_MAP_H

#include "formats/cert_table.h"
#include "formats/pe_digest.h"

/*
 * Which byte of a signed file is covered by what. Every byte falls into one of:
 *
 *   hashed     inside the runs that the signed digest is taken of
 *   field      CheckSum and the security directory: four and eight bytes with a meaning of their
 * own signature  an element of a signature that is signed itself, vouches for itself
 * (certificates), or has a fixed form uncovered  all the rest: somebody could have put it there
 * after signing
 */
typedef enum wd_cover {
    WD_COVER_HASHED,
    WD_COVER_FIELD,
    WD_COVER_SIGNATURE,
    WD_COVER_NONE
} wd_cover;

typedef enum wd_uncovered_kind {
    WD_UNCOVERED_PADDING,    /* zeros only */
    WD_UNCOVERED_TAG,        /* follows the grammar of a known tag throughout */
    WD_UNCOVERED_UNEXPLAINED /* anything else */
} wd_uncovered_kind;

/** Where uncovered bytes lie; the names are those of WD_K_UNCOVERED_WHERE. */
typedef enum wd_uncovered_where {
    WD_WHERE_ENTRY,        /* "certificate entry": behind the signature in its own entry */
    WD_WHERE_SECOND_ENTRY, /* "second entry": an entry that is no signature of this file */
    WD_WHERE_TABLE,        /* "certificate table": inside the directory, in no entry */
    WD_WHERE_AFTER_TABLE,  /* "after table" */
    WD_WHERE_ATTRIBUTE,    /* "unsigned attribute" */
    WD_WHERE_CERTIFICATE,  /* "unrelated certificate" */
    WD_WHERE_SIGNATURE,    /* "inside signature": anywhere else in its DER */
    WD_WHERE_GAP,          /* "between sections": in the file, in neither section nor digest */
    WD_WHERE_PAST_END,     /* "after last sector" of a compound file */
    WD_WHERE_FREE,         /* "free sectors" of a compound file: in no stream */
    WD_WHERE_SLACK         /* "sector slack": behind the end of a stream in its last sector */
} wd_uncovered_where;

typedef struct wd_uncovered {
    uint64_t at;
    uint64_t len;
    double entropy;
    wd_uncovered_kind kind;
    wd_uncovered_where where;
    const char *tag; /* name of the grammar, when kind is a tag */
    wd_slice bytes;  /* borrowed from the item */
} wd_uncovered;

typedef struct wd_cover_run {
    uint64_t at;
    uint64_t len;
    wd_cover cover;
} wd_cover_run;

typedef struct wd_coverage {
    wd_uncovered *runs; /* in order of place */
    size_t n;
    size_t cap;
    uint64_t bytes;         /* sum over all runs */
    wd_uncovered_kind kind; /* the worst */
    size_t largest;         /* index of the largest run */
    wd_cover_run *map;      /* the whole file, in order, without gaps or overlaps */
    size_t n_map;
    size_t cap_map;
} wd_coverage;

/** What is known of a PE file when its coverage is worked out. */
typedef struct wd_signed_pe {
    const wd_pe *pe;
    const wd_cert_table *table;
    const wd_authenticode_set *signatures;
    const bool *matches;  /* per signature: its digest is that of the file */
    const wd_run *hashed; /* runs of the reading that matched */
    size_t n_hashed;
} wd_signed_pe;

/** The map of a file that has a certificate table. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_coverage_of(const wd_signed_pe *file, wd_arena *arena, wd_coverage *out,
                                     wd_err *err);

/** Adds a run: zeros are padding, tags are recognised. `bytes` are those at `at`. For other formats
 * too. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_coverage_add(wd_coverage *c, wd_arena *arena, uint64_t at, wd_slice bytes,
                                      wd_uncovered_where where);

/** Adds what nobody claims inside the signature that starts at `sig->at`; `bytes` are its DER. For
 * signatures that stand outside a certificate table. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_coverage_add_unclaimed(wd_coverage *c, wd_arena *arena,
                                                const wd_authenticode_set *set,
                                                const wd_authenticode *sig, wd_slice bytes);

const char *wd_uncovered_kind_name(wd_uncovered_kind k);
const char *wd_uncovered_where_name(wd_uncovered_where w);

#endif

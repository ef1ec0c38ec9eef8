#ifndef WD_DETECT_SIGNATURE_FACTS_H
#define WD_DETECT_SIGNATURE_FACTS_H

#include "detect/coverage_map.h"
#include "detect/emit.h"

/*
 * What is known of the signature of one file, whatever its format: the part that observations,
 * findings and scan lines share.
 */

typedef enum wd_digest_state {
    WD_DIGEST_NONE,
    WD_DIGEST_MATCH,
    WD_DIGEST_MISMATCH
} wd_digest_state;

typedef struct wd_signature_facts {
    bool present; /* the file announces a signature */
    uint64_t at;  /* where it stands; WD_NO_OFFSET when absent */
    uint64_t len;
    const wd_authenticode *primary; /* the one that the system looks at; NULL when unreadable */
    wd_digest_state digest;
    wd_slice digest_name;  /* "sha256" */
    wd_slice authentihash; /* hexadecimal, computed here */
    bool windows_default;  /* the system's own reading, were the chain trusted */
    bool windows_strict;   /* ... with EnableCertPaddingCheck */
    wd_slice why;          /* when windows_default is false: the reason, in plain words */
    wd_coverage coverage;
    wd_slice sha256; /* of the item, hexadecimal */
} wd_signature_facts;

/** "md5" to "sha512"; lives for ever. */
wd_slice wd_digest_name(wd_hash_kind kind);
/** WD_OBS_SIGNATURE. */
WD_MUST_USE wd_status wd_observe_signature(const wd_emit *e, const wd_signature_facts *f);
/** One WD_OBS_UNCOVERED a run. */
WD_MUST_USE wd_status wd_observe_uncovered(const wd_emit *e, const wd_coverage *c);
/** Findings for runs above padding. */
WD_MUST_USE wd_status wd_find_uncovered(const wd_emit *e, const wd_signature_facts *f);
/** A digest that does not match, a signature that does not verify or cannot be read. `matches` says
 * for each signature of the set whether its digest is that of the file. */
WD_MUST_USE wd_status wd_find_bad_signatures(const wd_emit *e, const wd_signature_facts *f,
                                             const wd_authenticode_set *set, const bool *matches);

#endif

#ifndef WD_FORMATS_CERTIFICATE_H
#define WD_FORMATS_CERTIFICATE_H

#include "core/arena.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/note.h"
#include "formats/der.h"

/*
 * X.509 certificates (RFC 5280) as they lie in a signature. Names, times and keys are read by
 * OpenSSL's d2i_X509 from a slice of known length; what this adds is the place in the item and a
 * chain that is built from the certificates at hand, without network, files or clock.
 */

typedef struct wd_cert {
    uint64_t at; /* absolute offset */
    wd_slice der;
    wd_slice subject_der; /* Name, for matching */
    wd_slice issuer_der;
    wd_slice serial_der; /* content of the INTEGER */
    wd_slice subject;    /* common name, else organisation, else unit */
    wd_slice issuer;
    wd_slice organization;
    wd_slice identity; /* durable identity of a short-lived certificate (dotted OID), or empty */
    uint8_t sha256[WD_SHA256_LEN];
    wd_time not_before;
    wd_time not_after;
    bool has_usage;    /* has an extended key usage extension at all */
    bool code_signing; /* ... which says so */
    bool time_stamping;
    bool lifetime_signing; /* a timestamp does not extend its validity */
    bool self_issued;
    bool used;            /* part of a chain that a signature of this file hangs on */
    bool vouched;         /* its own signature was made by another certificate here that is used */
    struct x509_st *x509; /* freed by wd_cert_set_free */
} wd_cert;

/** Certificates of a whole file: nested signatures and timestamps often lean on each other's.
 * Start at {0} with `arena` set. */
typedef struct wd_cert_set {
    wd_arena *arena;
    wd_cert *items;
    size_t n;
    size_t cap;
} wd_cert_set;

typedef enum wd_trust {
    WD_TRUST_NONE,         /* no signature, or one without a usable certificate */
    WD_TRUST_NOT_ANCHORED, /* neutral: the chain does not end in a certificate known here */
    WD_TRUST_ANCHORED      /* the chain reaches a known root or issuing authority */
} wd_trust;

/**
 * Fingerprints (SHA-256) of certificates that a chain may end in, sorted. Borrowed for ever by the
 * engine; built-in ones come from wd_anchors_builtin().
 */
typedef struct wd_anchors {
    const uint8_t (*sha256)[WD_SHA256_LEN];
    size_t n;
} wd_anchors;

wd_anchors wd_anchors_builtin(void);
bool wd_anchors_have(const wd_anchors *a, const uint8_t sha256[WD_SHA256_LEN]);

/**
 * Adds a certificate; an equal one is added again, as its place in the file differs. One that
 * OpenSSL does not read is a note, not a failure. Fails: WD_E_NOMEM.
 */
WD_MUST_USE wd_status wd_cert_add(wd_cert_set *set, const wd_der *e, wd_notes *notes, wd_err *err);
void wd_cert_set_free(wd_cert_set *set);

/** By issuer name and serial, as a SignerInfo names it; SIZE_MAX when absent. */
size_t wd_cert_find(const wd_cert_set *set, wd_slice issuer_der, wd_slice serial_der);

/** What following a chain showed. */
typedef struct wd_chain {
    wd_trust trust;
    bool altered; /* a certificate was not signed by the issuer it names, though that one is here */
} wd_chain;

/**
 * Follows the chain from `leaf` through the set by names and signatures, marks its certificates as
 * used, and says whether it reaches an anchor with every certificate valid at `when` (WD_NO_TIME:
 * times are not checked).
 */
wd_chain wd_cert_chain(wd_cert_set *set, size_t leaf, const wd_anchors *anchors, wd_time when);

/** Marks certificates that no chain uses but that a used one has signed. Call when all chains are
 * known. */
void wd_cert_vouch(wd_cert_set *set);

/** Checks `signature` over a digest of `kind` with the certificate's key. */
bool wd_cert_verify(const wd_cert *cert, wd_hash_kind kind, wd_slice digest, wd_slice signature);

#endif

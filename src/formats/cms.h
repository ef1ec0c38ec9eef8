#ifndef WD_FORMATS_CMS_H
#define WD_FORMATS_CMS_H

#include "core/arena.h"
#include "core/note.h"
#include "formats/certificate.h"
#include "formats/der.h"

/*
 * Signed messages (PKCS#7, RFC 2315; CMS, RFC 5652):
 *
 *   ContentInfo  SEQUENCE { OID signedData, [0] {
 *     SignedData SEQUENCE { version, SET digestAlgorithms,
 *       SEQUENCE { OID content type, [0] { content } },
 *       [0] certificates, [1] crls, SET OF SignerInfo } } }
 *   SignerInfo   SEQUENCE { version, SEQUENCE { issuer, serial }, digestAlgorithm,
 *       [0] signed attributes, signatureAlgorithm, OCTET STRING signature, [1] unsigned attributes
 * }
 *
 * Read by an own walker and not by d2i_PKCS7, because the question is which byte is accounted for,
 * and a decoder keeps no places. Every element that is understood is claimed; what nobody claims is
 * covered by no signature (detect/coverage_map.h).
 */

/** Spans that are accounted for; unsorted, may overlap. Start at {0} with `arena` set. */
typedef struct wd_claims {
    wd_arena *arena;
    struct wd_claim {
        uint64_t at;
        uint64_t len;
    } * items;
    size_t n;
    size_t cap;
    bool failed; /* memory ran out: the map is not complete */
} wd_claims;

void wd_claim(wd_claims *claims, uint64_t at, uint64_t len);
/** Tag and length of an element, not its content. */
void wd_claim_head(wd_claims *claims, const wd_der *e);
void wd_claim_all(wd_claims *claims, const wd_der *e);

typedef struct wd_cms_attr {
    wd_slice oid;
    wd_der whole;
    wd_der value; /* the first one */
    size_t n_values;
} wd_cms_attr;

typedef struct wd_cms_signer {
    wd_der whole;
    wd_slice issuer_der;
    wd_slice serial_der;
    bool digest_known;
    wd_hash_kind digest;
    wd_der signed_attrs; /* whole.len 0 when absent */
    wd_cms_attr *attrs;
    size_t n_attrs;
    wd_slice signature;
    wd_cms_attr *unsigned_attrs;
    size_t n_unsigned;
} wd_cms_signer;

typedef struct wd_cms {
    wd_der whole;          /* ContentInfo */
    wd_slice content_type; /* OID */
    wd_der content;        /* the element inside [0]; whole.len 0 when absent */
    wd_cms_signer *signers;
    size_t n_signers;
} wd_cms;

/** What a reading needs; shared by all messages of one file. */
typedef struct wd_cms_reader {
    wd_arena *arena;
    wd_claims *claims;
    wd_cert_set *certs; /* certificates of the message are added here */
    wd_notes *notes;
} wd_cms_reader;

/** Reads the message at the front of `c` and moves behind it. Borrows from the cursor's data.
 * Fails: WD_E_MALFORMED with the place, WD_E_NOMEM. */
WD_MUST_USE wd_status wd_cms_read(const wd_cms_reader *r, wd_cursor *c, wd_cms *out, wd_err *err);
/** Reads a lone SignerInfo, as an old countersignature is one. */
WD_MUST_USE wd_status wd_cms_read_signer(const wd_cms_reader *r, const wd_der *e,
                                         wd_cms_signer *out, wd_err *err);

/** First attribute of that type, NULL when absent. */
const wd_cms_attr *wd_cms_attr_find(const wd_cms_attr *attrs, size_t n, wd_slice oid);
/** Digest algorithm by OID; false when it is none that is known here. */
bool wd_cms_digest_kind(wd_slice oid, wd_hash_kind *out);

typedef struct wd_cms_verdict {
    size_t cert;       /* the signer's certificate, SIZE_MAX when it is not there */
    bool content_ok;   /* the signed message digest is that of the content */
    bool signature_ok; /* the key of the certificate made the signature */
} wd_cms_verdict;

/** Checks a signer over `content`: the bytes that the message digest is taken of. */
wd_cms_verdict wd_cms_verify(const wd_cms_signer *s, wd_slice content, const wd_cert_set *certs);

#endif

#ifndef WD_FORMATS_AUTHENTICODE_H
#define WD_FORMATS_AUTHENTICODE_H

#include "formats/cms.h"

/*
 * Authenticode: a signed message (formats/cms.h) whose content is
 *
 *   SpcIndirectDataContent SEQUENCE {
 *     SEQUENCE { OID kind of subject, value },            PE: SpcPeImageData, MSI: SpcSipInfo
 *     SEQUENCE { digest algorithm, OCTET STRING digest }  of the file, see formats/pe_digest.h
 *   }
 *
 * The message digest is over the content of that SEQUENCE, without its tag and length. Unsigned
 * attributes of the signer hold a countersignature (PKCS#9) or a timestamp token (RFC 3161), and
 * further signatures of the same file ("nested", 1.3.6.1.4.1.311.2.4.1).
 * Source: Microsoft, "Windows Authenticode Portable Executable Signature Format", 2008.
 */

typedef enum wd_stamp_kind { WD_STAMP_NONE, WD_STAMP_PKCS9, WD_STAMP_RFC3161 } wd_stamp_kind;

/** When the signature existed, by the word of a third party. */
typedef struct wd_stamp {
    wd_stamp_kind kind;
    wd_time time; /* WD_NO_TIME when it says none */
    bool valid;   /* made over this signature, by the key of its certificate */
    wd_slice signer;
    wd_trust trust;
} wd_stamp;

/** One signature. Slices are in the reader's arena or borrowed from the item. */
typedef struct wd_authenticode {
    uint64_t at;    /* of the ContentInfo */
    uint64_t len;   /* of its DER */
    unsigned depth; /* 0: directly in the file; 1: nested in that one */
    wd_slice subject_oid;
    bool digest_known;
    wd_hash_kind digest;
    wd_slice signed_digest; /* of the file, as signed */
    wd_slice page_hash_oid; /* empty when there are no page hashes */
    wd_slice page_hashes;   /* u32 file offset and digest each */
    uint64_t page_hashes_at;
    wd_slice program;
    wd_slice url;
    bool signature_ok; /* the certificate's key signed the attributes, they name this content */
    wd_slice why;      /* why not, in plain words */
    wd_slice signer;
    wd_slice organization;
    wd_slice issuer;
    wd_slice identity;
    wd_slice serial; /* hexadecimal */
    uint8_t cert_sha256[WD_SHA256_LEN];
    wd_time claimed_time; /* signingTime attribute: the signer's own word */
    wd_stamp stamp;
    wd_trust trust;
    wd_cms cms;
} wd_authenticode;

/** All signatures of a file, outer before nested, in order of their place. Start at {0} with
 * `arena` set; end with wd_authenticode_free. */
typedef struct wd_authenticode_set {
    wd_arena *arena;
    wd_authenticode *items;
    size_t n;
    size_t cap;
    wd_cert_set certs;
    wd_claims claims;
} wd_authenticode_set;

/**
 * Reads the signature at the front of `blob` (at absolute offset `at`), with all nested ones.
 * `*used` gets the length of its DER: what follows in `blob` is residue.
 * Fails: WD_E_MALFORMED, WD_E_NOMEM; then nothing of it was added but notes.
 */
WD_MUST_USE wd_status wd_authenticode_read(wd_authenticode_set *set, wd_slice blob, uint64_t at,
                                           wd_notes *notes, size_t *used, wd_err *err);
/**
 * Verifies everything that was read: keys, attributes, timestamps, chains. Once, after the last
 * read. Whether the signed digest is that of the file is for the caller to say.
 */
WD_MUST_USE wd_status wd_authenticode_finish(wd_authenticode_set *set, const wd_anchors *anchors,
                                             wd_notes *notes, wd_err *err);
void wd_authenticode_free(wd_authenticode_set *set);

const char *wd_trust_name(wd_trust t);

#endif

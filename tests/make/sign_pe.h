#ifndef WD_TESTS_MAKE_SIGN_PE_H
#define WD_TESTS_MAKE_SIGN_PE_H

#include "make/test_ca.h"

/*
 * Signs portable executables as Windows does (Authenticode), written apart from the code under
 * test, and alters signed files in the ways that leave the signed digest as it was. Same input,
 * same bytes out.
 */

typedef enum make_stamp { MAKE_STAMP_RFC3161, MAKE_STAMP_PKCS9, MAKE_STAMP_NONE } make_stamp;

/** Start at {0}: SHA-256, RFC 3161 timestamp of 2023-03-01T12:00:00Z. */
typedef struct make_sign_options {
    int64_t signed_at;   /* seconds since 1970; 0 for the default */
    const char *program; /* SpcSpOpusInfo */
    make_stamp stamp;
    bool sha1;            /* SHA-1 digest and signature, as old files have */
    bool nested;          /* a second, SHA-256, signature inside the first */
    bool page_hashes;     /* SHA-256 page hashes */
    const char *attr_oid; /* one more unsigned attribute ... */
    wd_slice attr_value;  /* ... with this value, itself DER */
    const X509 *extra_cert;
} make_sign_options;

/** Replaces any certificate table by one entry with a new signature. False when something failed.
 */
bool make_sign_pe(wd_buf *file, const make_signer *signer, const make_sign_options *options);
/** Only the PKCS#7 blob, for a digest made elsewhere (MSI): `spc_data` is the DER of the
 * SpcAttributeTypeAndOptionalValue. */
bool make_pkcs7(wd_buf *out, const make_signer *signer, const make_sign_options *options,
                wd_slice spc_data, wd_slice digest);

/** What an edit did: where its bytes stand now. */
typedef struct make_edit {
    size_t offset;
    size_t len;
} make_edit;

/** Bytes appended inside the last entry; dwLength and directory grow with them. `align` pads with
 * zeros to 8. */
make_edit make_grow_entry(wd_buf *file, wd_slice bytes);
/** The same bytes, but only the directory size grows. */
make_edit make_grow_directory(wd_buf *file, wd_slice bytes);
/** A further entry of a type (0x0EF1 and the like) holding the bytes. */
make_edit make_add_entry(wd_buf *file, uint16_t type, wd_slice bytes);
/** Bytes after the table. */
make_edit make_append(wd_buf *file, wd_slice bytes);
/** Sets the last padding byte of the entry; len 0 when the signature leaves no padding. */
make_edit make_poke_padding(wd_buf *file, uint8_t byte);

/** Place and size of the certificate table by the data directory. */
size_t make_table_at(const wd_buf *file, size_t *len);
/** Authenticode digest by the linear rule, 32 bytes (20 for SHA-1). */
void make_authentihash(const wd_buf *file, bool sha1, uint8_t *out);

#endif

#ifndef WD_TESTS_MAKE_TEST_CA_H
#define WD_TESTS_MAKE_TEST_CA_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/buf.h"

/*
 * A certification authority that exists only for tests. Keys are worked out from their names (RSA
 * 2048, primes found from SHA-256 of name and counter), serials and dates are fixed, RSA PKCS#1
 * v1.5 needs no chance: the same name gives the same key, certificate and signature everywhere, and
 * no key file has to be kept. Nobody may trust these keys: everyone can compute them.
 */
typedef struct make_identity {
    EVP_PKEY *key;
    X509 *cert;
} make_identity;

/** Somebody who signs: own certificate, its root, and a time-stamping service under the same root.
 */
typedef struct make_signer {
    make_identity root; /* "Inert Test Root CA" */
    make_identity leaf; /* the publisher */
    make_identity tsa;  /* "Inert Test Time Stamping" */
} make_signer;

/** `publisher` is the common name and organisation of the leaf. NULL when the library refuses. */
make_signer *make_signer_new(const char *publisher);
void make_signer_free(make_signer *s);

/** DER of a certificate, appended. */
void make_put_cert(wd_buf *out, const X509 *cert);
/** RSA PKCS#1 v1.5 signature over `data` with SHA-256 (or SHA-1), appended. */
void make_put_rsa_signature(wd_buf *out, EVP_PKEY *key, wd_slice data, bool sha1);
/** A self-signed certificate that belongs to nobody and carries `payload` in a private extension.
 */
X509 *make_dummy_cert(const make_signer *s, const char *extension_oid, wd_slice payload);

#endif

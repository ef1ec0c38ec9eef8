#include "make/test_ca.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "make/pe_builder.h"

#define PRIME_BYTES 128
#define NOT_BEFORE INT64_C(1609459200) /* 2021-01-01 */
#define NOT_AFTER INT64_C(2082758400)  /* 2036-01-01 */

/* The first prime at or after the number that name, index and counter hash to. */
static BIGNUM *find_prime(const char *name, unsigned index, BN_CTX *ctx)
{
    uint8_t bytes[PRIME_BYTES];
    for (unsigned block = 0; block < PRIME_BYTES / SHA256_DIGEST_LENGTH; block++) {
        wd_buf seed = {0};
        wd_buf_printf(&seed, "whodunit test key %s %u %u", name, index, block);
        SHA256(seed.ptr, seed.len, bytes + block * SHA256_DIGEST_LENGTH);
        wd_buf_free(&seed);
    }
    bytes[0] |= 0xC0;
    bytes[PRIME_BYTES - 1] |= 1;
    BIGNUM *p = BN_bin2bn(bytes, PRIME_BYTES, NULL);
    while (p != NULL && (BN_mod_word(p, 65537) == 1 || BN_check_prime(p, ctx, NULL) != 1)) {
        BN_add_word(p, 2);
    }
    return p;
}

static EVP_PKEY *key_from(BIGNUM *n, BIGNUM *e, BIGNUM *d)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_D, d);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    return key;
}

static EVP_PKEY *make_key(const char *name)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *p = find_prime(name, 0, ctx);
    BIGNUM *q = find_prime(name, 1, ctx);
    BIGNUM *n = BN_new();
    BIGNUM *e = BN_new();
    BIGNUM *phi = BN_new();
    BN_mul(n, p, q, ctx);
    BN_set_word(e, 65537);
    BN_sub_word(p, 1);
    BN_sub_word(q, 1);
    BN_mul(phi, p, q, ctx);
    BIGNUM *d = BN_mod_inverse(NULL, e, phi, ctx);
    EVP_PKEY *key = key_from(n, e, d);
    BN_free(p);
    BN_free(q);
    BN_free(n);
    BN_free(e);
    BN_free(phi);
    BN_free(d);
    BN_CTX_free(ctx);
    return key;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (ext != NULL) {
        X509_add_ext(cert, ext, -1);
        X509_EXTENSION_free(ext);
    }
}

static X509 *new_cert(EVP_PKEY *key, const char *cn, const char *org)
{
    X509 *cert = X509_new();
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256((const uint8_t *) cn, strlen(cn), digest);
    digest[0] &= 0x7F;
    BIGNUM *serial = BN_bin2bn(digest, 16, NULL);
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert));
    BN_free(serial);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_TIME_set(X509_getm_notBefore(cert), NOT_BEFORE);
    ASN1_TIME_set(X509_getm_notAfter(cert), NOT_AFTER);
    X509_set_pubkey(cert, key);
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const uint8_t *) "ZZ", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *) org, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *) cn, -1, -1, 0);
    return cert;
}

static make_identity make_root(void)
{
    const char *name = "Inert Test Root CA";
    make_identity id = {.key = make_key(name)};
    id.cert = new_cert(id.key, name, "Inert Test Material");
    X509_set_issuer_name(id.cert, X509_get_subject_name(id.cert));
    add_extension(id.cert, id.cert, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(id.cert, id.cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    X509_sign(id.cert, id.key, EVP_sha256());
    return id;
}

static make_identity make_leaf(const make_identity *root, const char *name, const char *usage)
{
    make_identity id = {.key = make_key(name)};
    id.cert = new_cert(id.key, name, name);
    X509_set_issuer_name(id.cert, X509_get_subject_name(root->cert));
    add_extension(id.cert, root->cert, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(id.cert, root->cert, NID_key_usage, "critical,digitalSignature");
    add_extension(id.cert, root->cert, NID_ext_key_usage, usage);
    X509_sign(id.cert, root->key, EVP_sha256());
    return id;
}

make_signer *make_signer_new(const char *publisher)
{
    make_signer *s = calloc(1, sizeof *s);
    if (s != NULL) {
        s->root = make_root();
        s->leaf = make_leaf(&s->root, publisher, "codeSigning");
        s->tsa = make_leaf(&s->root, "Inert Test Time Stamping", "critical,timeStamping");
    }
    return s;
}

void make_signer_free(make_signer *s)
{
    if (s == NULL) {
        return;
    }
    make_identity *all[] = {&s->root, &s->leaf, &s->tsa};
    for (size_t i = 0; i < 3; i++) {
        EVP_PKEY_free(all[i]->key);
        X509_free(all[i]->cert);
    }
    free(s);
}

void make_put_cert(wd_buf *out, const X509 *cert)
{
    uint8_t *der = NULL;
    int len = i2d_X509(cert, &der);
    if (len > 0) {
        wd_buf_add(out, wd_slice_of(der, (size_t) len));
    }
    OPENSSL_free(der);
}

void make_put_rsa_signature(wd_buf *out, EVP_PKEY *key, wd_slice data, bool sha1)
{
    uint8_t sig[512];
    size_t len = sizeof sig;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (EVP_DigestSignInit(ctx, NULL, sha1 ? EVP_sha1() : EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(ctx, sig, &len, data.ptr, data.len) == 1) {
        wd_buf_add(out, wd_slice_of(sig, len));
    }
    EVP_MD_CTX_free(ctx);
}

X509 *make_dummy_cert(const make_signer *s, const char *extension_oid, wd_slice payload)
{
    X509 *cert = new_cert(s->tsa.key, "Dummy Certificate", "Inert Test Material");
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *oid = OBJ_txt2obj(extension_oid, 1);
    ASN1_OCTET_STRING_set(value, payload.ptr, (int) payload.len);
    X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
    X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    ASN1_OBJECT_free(oid);
    ASN1_OCTET_STRING_free(value);
    X509_sign(cert, s->tsa.key, EVP_sha256());
    return cert;
}

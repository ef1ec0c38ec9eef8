#include "formats/certificate.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "formats/oid.h"

#define COMPONENT "certificate"
#define MAX_CHAIN 10

static wd_slice name_part(wd_arena *arena, const X509_NAME *name, int nid)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0) {
        return (wd_slice){0};
    }
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    wd_slice copy = len <= 0 ? WD_EMPTY : wd_arena_copy(arena, wd_slice_of(utf8, (size_t) len));
    OPENSSL_free(utf8);
    return copy;
}

/* Boot loaders and test certificates sometimes have no common name. */
static wd_slice display_name(wd_arena *arena, const X509_NAME *name)
{
    static const int parts[] = {NID_commonName, NID_organizationName, NID_organizationalUnitName};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        wd_slice s = name_part(arena, name, parts[i]);
        if (s.len > 0) {
            return s;
        }
    }
    return (wd_slice){0};
}

static wd_time to_time(const ASN1_TIME *t)
{
    struct tm tm;
    if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1) {
        return WD_NO_TIME;
    }
    return wd_time_civil(tm.tm_year + 1900, (unsigned) tm.tm_mon + 1, (unsigned) tm.tm_mday,
                         (unsigned) tm.tm_hour, (unsigned) tm.tm_min, (unsigned) tm.tm_sec, 0);
}

static wd_slice oid_bytes(const ASN1_OBJECT *o)
{
    return wd_slice_of(OBJ_get0_data(o), OBJ_length(o));
}

static void read_usages(wd_cert *cert, wd_arena *arena)
{
    EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(cert->x509, NID_ext_key_usage, NULL, NULL);
    cert->has_usage = eku != NULL;
    for (int i = 0; i < sk_ASN1_OBJECT_num(eku); i++) {
        wd_slice oid = oid_bytes(sk_ASN1_OBJECT_value(eku, i));
        cert->code_signing = cert->code_signing || wd_slice_eq(oid, WD_OID_EKU_CODE_SIGNING);
        cert->time_stamping = cert->time_stamping || wd_slice_eq(oid, WD_OID_EKU_TIME_STAMPING);
        cert->lifetime_signing =
            cert->lifetime_signing || wd_slice_eq(oid, WD_OID_MS_LIFETIME_SIGNING);
        /* The durable identity has four numbers; 1.3.6.1.4.1.311.97.1.0 only says "public trust".
         */
        wd_slice prefix = WD_OID_MS_IDENTITY_PREFIX;
        if (wd_slice_starts(oid, prefix) && oid.len > prefix.len + 4) {
            char text[128];
            wd_der_oid_text(oid, text, sizeof text);
            cert->identity = wd_arena_copy(arena, wd_slice_str(text));
        }
    }
    EXTENDED_KEY_USAGE_free(eku);
}

/* Spans of issuer, subject and serial inside the certificate, found in the DER itself so that they
 * compare bytewise with a SignerInfo. */
static void read_spans(wd_cert *cert)
{
    wd_cursor c = wd_cursor_of(cert->der, cert->at);
    wd_der e;
    wd_der ignored;
    if (!wd_der_take(&c, WD_DER_SEQUENCE, &e)) {
        return;
    }
    c = wd_der_inside(&e);
    if (!wd_der_take(&c, WD_DER_SEQUENCE, &e)) {
        return;
    }
    c = wd_der_inside(&e);
    (void) wd_der_take_if(&c, WD_DER_CONTEXT_OF(0), &ignored);
    if (wd_der_take(&c, WD_DER_INTEGER, &e)) {
        cert->serial_der = e.body;
    }
    wd_der_take(&c, WD_DER_SEQUENCE, &ignored);
    if (wd_der_take(&c, WD_DER_SEQUENCE, &e)) {
        cert->issuer_der = e.whole;
    }
    wd_der_take(&c, WD_DER_SEQUENCE, &ignored);
    if (wd_der_take(&c, WD_DER_SEQUENCE, &e)) {
        cert->subject_der = e.whole;
    }
}

wd_status wd_cert_add(wd_cert_set *set, const wd_der *e, wd_notes *notes, wd_err *err)
{
    if (set->n >= WD_MAX_CERTS) {
        wd_note_limit(notes, e->at, "more than %u certificates", WD_MAX_CERTS);
        return WD_OK;
    }
    if (e->whole.len > WD_MAX_CERT_BYTES) {
        wd_note_limit(notes, e->at, "certificate of %zu bytes is not read", e->whole.len);
        return WD_OK;
    }
    if (WD_ROOM(set->arena, set->items, set->n, set->cap) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    wd_cert cert = {.at = e->at, .der = e->whole};
    const unsigned char *p = e->whole.ptr;
    cert.x509 = d2i_X509(NULL, &p, (long) e->whole.len);
    if (cert.x509 == NULL || p != e->whole.ptr + e->whole.len) {
        wd_note_damage(notes, e->at, e->whole.len, "certificate that cannot be read");
        X509_free(cert.x509);
        return WD_OK;
    }
    read_spans(&cert);
    cert.subject = display_name(set->arena, X509_get_subject_name(cert.x509));
    cert.issuer = display_name(set->arena, X509_get_issuer_name(cert.x509));
    cert.organization =
        name_part(set->arena, X509_get_subject_name(cert.x509), NID_organizationName);
    cert.not_before = to_time(X509_get0_notBefore(cert.x509));
    cert.not_after = to_time(X509_get0_notAfter(cert.x509));
    cert.self_issued = wd_slice_eq(cert.subject_der, cert.issuer_der);
    read_usages(&cert, set->arena);
    (void) wd_hash(WD_SHA256, cert.der, cert.sha256);
    set->items[set->n++] = cert;
    return WD_OK;
}

void wd_cert_set_free(wd_cert_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        X509_free(set->items[i].x509);
        set->items[i].x509 = NULL;
    }
    set->n = 0;
}

size_t wd_cert_find(const wd_cert_set *set, wd_slice issuer_der, wd_slice serial_der)
{
    for (size_t i = 0; i < set->n; i++) {
        if (wd_slice_eq(set->items[i].serial_der, serial_der) &&
            wd_slice_eq(set->items[i].issuer_der, issuer_der)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Only RSA and EC keys on named curves: what code signing uses, and bounded in cost. */
static EVP_PKEY *usable_key(const wd_cert *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(cert->x509);
    int id = key == NULL ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key);
    return id == EVP_PKEY_RSA || id == EVP_PKEY_EC ? key : NULL;
}

typedef enum issued { ISSUED_BY_OTHER, ISSUED_NO, ISSUED_YES, ISSUED_UNKNOWN } issued;

/* Whether `issuer` signed `cert`: by another name, no, yes, or with an algorithm that is not known.
 */
static issued issued_by(const wd_cert *cert, const wd_cert *issuer)
{
    EVP_PKEY *key = usable_key(issuer);
    if (!wd_slice_eq(cert->issuer_der, issuer->subject_der)) {
        return ISSUED_BY_OTHER;
    }
    int ok = key == NULL ? -1 : X509_verify(cert->x509, key);
    return ok == 1 ? ISSUED_YES : ok == 0 ? ISSUED_NO : ISSUED_UNKNOWN;
}

static bool may_issue(const wd_cert *cert)
{
    /* X509_check_ca also accepts the version 1 roots of the nineties. */
    return X509_check_ca(cert->x509) > 0;
}

static bool valid_at(const wd_cert *cert, wd_time when)
{
    return when == WD_NO_TIME || (cert->not_before <= when && when <= cert->not_after);
}

/* The certificate names the key of its issuer (authority key identifier), and a certificate here
 * has that key and that name. */
static bool names_key_here(const wd_cert_set *set, const wd_cert *cert)
{
    const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(cert->x509);
    for (size_t i = 0; i < set->n; i++) {
        const wd_cert *other = &set->items[i];
        const ASN1_OCTET_STRING *key = X509_get0_subject_key_id(other->x509);
        bool named = wd_slice_eq(cert->issuer_der, other->subject_der);
        if (named && (wanted == NULL || key == NULL || ASN1_OCTET_STRING_cmp(wanted, key) == 0)) {
            return true;
        }
    }
    return false;
}

/* The certificate that signed this one; `*altered` is set when only certificates of the issuer's
 * name are there that did not. */
static size_t find_issuer(const wd_cert_set *set, size_t of, bool *altered)
{
    const wd_cert *cert = &set->items[of];
    bool denied = false;
    bool unknown = false;
    for (size_t i = 0; i < set->n; i++) {
        issued answer = i != of && may_issue(&set->items[i]) ? issued_by(cert, &set->items[i])
                                                             : ISSUED_BY_OTHER;
        if (answer == ISSUED_YES) {
            return i;
        }
        denied = denied || answer == ISSUED_NO;
        unknown = unknown || answer == ISSUED_UNKNOWN;
    }
    /* An authority may have several keys under one name, and the right one may be left out: only a
     * key that the certificate names as its issuer's counts. */
    *altered = *altered || (denied && !unknown && names_key_here(set, cert));
    return SIZE_MAX;
}

/* Equal copies of a certificate elsewhere in the file are as used as the one that was found. */
static void mark_used(wd_cert_set *set, size_t which)
{
    for (size_t i = 0; i < set->n; i++) {
        if (memcmp(set->items[i].sha256, set->items[which].sha256, WD_SHA256_LEN) == 0) {
            set->items[i].used = true;
        }
    }
}

wd_chain wd_cert_chain(wd_cert_set *set, size_t leaf, const wd_anchors *anchors, wd_time when)
{
    wd_chain chain = {WD_TRUST_NONE, false};
    if (leaf >= set->n) {
        return chain;
    }
    bool anchored = false;
    bool valid = true;
    size_t at = leaf;
    for (unsigned step = 0; step < MAX_CHAIN && at != SIZE_MAX; step++) {
        const wd_cert *cert = &set->items[at];
        if (cert->self_issued && issued_by(cert, cert) == ISSUED_NO) {
            chain.altered = true; /* its bytes are vouched for by nobody: not marked as used */
            break;
        }
        mark_used(set, at);
        /* An anchor vouches by itself, whatever its own dates say. */
        anchored = anchored || wd_anchors_have(anchors, cert->sha256);
        valid = valid && (anchored || valid_at(cert, when));
        at = cert->self_issued ? SIZE_MAX : find_issuer(set, at, &chain.altered);
    }
    bool good = anchored && valid && !chain.altered;
    chain.trust = good ? WD_TRUST_ANCHORED : WD_TRUST_NOT_ANCHORED;
    return chain;
}

void wd_cert_vouch(wd_cert_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        wd_cert *cert = &set->items[i];
        for (size_t k = 0; k < set->n && !cert->used && !cert->vouched; k++) {
            cert->vouched = k != i && set->items[k].used && may_issue(&set->items[k]) &&
                            issued_by(cert, &set->items[k]) == ISSUED_YES;
        }
    }
}

static const EVP_MD *md_of(wd_hash_kind kind)
{
    switch (kind) {
    case WD_MD5: return EVP_md5();
    case WD_SHA1: return EVP_sha1();
    case WD_SHA256: return EVP_sha256();
    case WD_SHA384: return EVP_sha384();
    case WD_SHA512: return EVP_sha512();
    }
    return NULL;
}

bool wd_cert_verify(const wd_cert *cert, wd_hash_kind kind, wd_slice digest, wd_slice signature)
{
    EVP_PKEY *key = usable_key(cert);
    EVP_PKEY_CTX *ctx = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
    bool ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
              (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
               EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
              EVP_PKEY_CTX_set_signature_md(ctx, md_of(kind)) == 1 &&
              EVP_PKEY_verify(ctx, signature.ptr, signature.len, digest.ptr, digest.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

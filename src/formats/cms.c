#include "formats/cms.h"

#include "core/limits.h"
#include "formats/oid.h"

#define COMPONENT "signature"
/* Numbers, identifiers and names of honest messages stay far below; longer ones hide something. */
#define MAX_VERSION 5
#define MAX_OID 16
#define MAX_SIGNER_ID 1024
#define MAX_ATTRIBUTE_CERT 1024
#define MAX_TREE_DEPTH 16
#define MAX_TREE_LEAF 64
#define MAX_TREE_SIGNATURE 513

void wd_claim(wd_claims *claims, uint64_t at, uint64_t len)
{
    if (len == 0) {
        return;
    }
    if (WD_ROOM(claims->arena, claims->items, claims->n, claims->cap) != WD_OK) {
        claims->failed = true;
        return;
    }
    claims->items[claims->n++] = (struct wd_claim){at, len};
}

void wd_claim_head(wd_claims *claims, const wd_der *e)
{
    wd_claim(claims, e->at, e->whole.len - e->body.len);
}

void wd_claim_all(wd_claims *claims, const wd_der *e)
{
    wd_claim(claims, e->at, e->whole.len);
}

static wd_status malformed(const wd_cursor *c, const char *what, wd_err *err)
{
    return wd_fail(err, WD_E_MALFORMED, wd_cursor_at(c), COMPONENT, "%s expected", what);
}

/* Claims an element that says something fixed, as long as it is not longer than honest ones are. */
static void claim_short(const wd_cms_reader *r, const wd_der *e, size_t most)
{
    if (e->body.len <= most) {
        wd_claim_all(r->claims, e);
    }
}

static void claim_version(const wd_cms_reader *r, const wd_der *e)
{
    uint64_t version = 0;
    if (e->body.len == 1 && wd_der_to_u64(e, &version) && version <= MAX_VERSION) {
        wd_claim_all(r->claims, e);
    }
}

static void note_length(const wd_cms_reader *r, const wd_der *e)
{
    if (e->not_minimal) {
        wd_note_damage(r->notes, e->at, 0, "length written longer than DER allows");
    }
}

/* Digests, and the signature algorithms of PKCS#1 and X9.62: others are noted by staying unclaimed.
 */
static bool is_known_algorithm(wd_slice oid)
{
    wd_hash_kind kind;
    /* The last number of those in use is at most 14 (sha512WithRSAEncryption is 13). */
    bool small = oid.len > 0 && oid.ptr[oid.len - 1] <= 14;
    bool rsa = small && oid.len == 9 && wd_slice_starts(oid, WD_OID_PKCS1_PREFIX);
    bool ec = small && oid.len <= 8 && wd_slice_starts(oid, WD_OID_X962_PREFIX);
    return rsa || ec || wd_cms_digest_kind(oid, &kind);
}

/* AlgorithmIdentifier: SEQUENCE { OID, parameters }; parameters other than NULL stay unclaimed. */
static bool read_algorithm(const wd_cms_reader *r, wd_cursor *c, wd_slice *oid)
{
    wd_der seq;
    wd_der e;
    if (!wd_der_take(c, WD_DER_SEQUENCE, &seq)) {
        return false;
    }
    wd_claim_head(r->claims, &seq);
    wd_cursor in = wd_der_inside(&seq);
    if (!wd_der_take(&in, WD_DER_OID, &e)) {
        return false;
    }
    *oid = e.body;
    if (is_known_algorithm(e.body)) {
        wd_claim_all(r->claims, &e);
    }
    if (wd_der_take_if(&in, WD_DER_NULL, &e)) {
        claim_short(r, &e, 0);
    }
    return true;
}

bool wd_cms_digest_kind(wd_slice oid, wd_hash_kind *out)
{
    const struct {
        wd_slice oid;
        wd_hash_kind kind;
    } known[] = {{WD_OID_SHA256, WD_SHA256},
                 {WD_OID_SHA1, WD_SHA1},
                 {WD_OID_SHA384, WD_SHA384},
                 {WD_OID_SHA512, WD_SHA512},
                 {WD_OID_MD5, WD_MD5}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (wd_slice_eq(oid, known[i].oid)) {
            *out = known[i].kind;
            return true;
        }
    }
    return false;
}

/* SET OF SEQUENCE { OID, SET OF value }; `set` is the [0] or [1] around them. */
static wd_status read_attrs(const wd_cms_reader *r, const wd_der *set, wd_cms_attr **out, size_t *n,
                            wd_err *err)
{
    size_t cap = 0;
    wd_cursor c = wd_der_inside(set);
    wd_der seq;
    while (wd_der_take_if(&c, WD_DER_SEQUENCE, &seq)) {
        wd_cms_attr attr = {.whole = seq};
        wd_cursor in = wd_der_inside(&seq);
        wd_der oid;
        wd_der values;
        if (!wd_der_take(&in, WD_DER_OID, &oid) || !wd_der_take(&in, WD_DER_SET, &values)) {
            return malformed(&in, "attribute with type and values", err);
        }
        if (*n >= WD_MAX_CMS_LIST) {
            wd_note_limit(r->notes, seq.at, "more than %u attributes", WD_MAX_CMS_LIST);
            return WD_OK;
        }
        attr.oid = oid.body;
        wd_cursor v = wd_der_inside(&values);
        wd_der value;
        while (wd_der_next(&v, &value)) {
            if (attr.n_values++ == 0) {
                attr.value = value;
            }
        }
        if (WD_ROOM(r->arena, *out, *n, cap) != WD_OK) {
            return wd_nomem(err, COMPONENT);
        }
        (*out)[(*n)++] = attr;
    }
    return WD_OK;
}

/* IssuerAndSerialNumber; a [0] subjectKeyIdentifier instead is not used by code signatures. */
static wd_status read_signer_id(const wd_cms_reader *r, wd_cursor *c, wd_cms_signer *s, wd_err *err)
{
    wd_der sid;
    wd_der e;
    if (!wd_der_take(c, WD_DER_SEQUENCE, &sid)) {
        return malformed(c, "issuer and serial number", err);
    }
    wd_cursor in = wd_der_inside(&sid);
    if (!wd_der_take(&in, WD_DER_SEQUENCE, &e)) {
        return malformed(&in, "issuer name", err);
    }
    s->issuer_der = e.whole;
    if (!wd_der_take(&in, WD_DER_INTEGER, &e)) {
        return malformed(&in, "serial number", err);
    }
    s->serial_der = e.body;
    if (wd_cursor_left(&in) == 0) {
        claim_short(r, &sid, MAX_SIGNER_ID);
    }
    return WD_OK;
}

wd_status wd_cms_read_signer(const wd_cms_reader *r, const wd_der *e, wd_cms_signer *out,
                             wd_err *err)
{
    wd_cms_signer s = {.whole = *e};
    wd_cursor c = wd_der_inside(e);
    wd_der version;
    wd_der signature;
    wd_der set;
    wd_slice oid = {0};
    wd_claim_head(r->claims, e);
    if (!wd_der_take(&c, WD_DER_INTEGER, &version)) {
        return malformed(&c, "version of the signer", err);
    }
    claim_version(r, &version);
    WD_TRY(read_signer_id(r, &c, &s, err));
    if (!read_algorithm(r, &c, &oid)) {
        return malformed(&c, "digest algorithm of the signer", err);
    }
    s.digest_known = wd_cms_digest_kind(oid, &s.digest);
    if (wd_der_take_if(&c, WD_DER_CONTEXT_OF(0), &s.signed_attrs)) {
        wd_claim_all(r->claims, &s.signed_attrs);
        WD_TRY(read_attrs(r, &s.signed_attrs, &s.attrs, &s.n_attrs, err));
    }
    if (!read_algorithm(r, &c, &oid) || !wd_der_take(&c, WD_DER_OCTET_STRING, &signature)) {
        return malformed(&c, "signature of the signer", err);
    }
    wd_claim_all(r->claims, &signature);
    s.signature = signature.body;
    if (wd_der_take_if(&c, WD_DER_CONTEXT_OF(1), &set)) {
        wd_claim_head(r->claims, &set);
        WD_TRY(read_attrs(r, &set, &s.unsigned_attrs, &s.n_unsigned, err));
    }
    *out = s;
    return WD_OK;
}

static wd_status read_content(const wd_cms_reader *r, wd_cursor *c, wd_cms *out, wd_err *err)
{
    wd_der encap;
    wd_der oid;
    wd_der wrap;
    if (!wd_der_take(c, WD_DER_SEQUENCE, &encap)) {
        return malformed(c, "encapsulated content", err);
    }
    wd_cursor in = wd_der_inside(&encap);
    if (!wd_der_take(&in, WD_DER_OID, &oid)) {
        return malformed(&in, "content type", err);
    }
    out->content_type = oid.body;
    wd_claim_head(r->claims, &encap);
    claim_short(r, &oid, MAX_OID);
    if (!wd_der_take_if(&in, WD_DER_CONTEXT_OF(0), &wrap)) {
        return WD_OK;
    }
    wd_claim_head(r->claims, &wrap);
    wd_cursor inner = wd_der_inside(&wrap);
    if (!wd_der_next(&inner, &out->content)) {
        return malformed(&inner, "content", err);
    }
    wd_claim_all(r->claims, &out->content);
    return WD_OK;
}

/* Every element is DER, nothing primitive is longer than honest attribute certificates have it. */
static bool is_small_tree(wd_cursor c, unsigned depth)
{
    wd_der e;
    bool ok = depth < MAX_TREE_DEPTH;
    while (ok && wd_der_next(&c, &e)) {
        size_t most = e.tag == WD_DER_BIT_STRING ? MAX_TREE_SIGNATURE : MAX_TREE_LEAF;
        ok = (e.tag & 0x20) != 0 ? is_small_tree(wd_der_inside(&e), depth + 1) : e.body.len <= most;
    }
    return ok && !c.failed;
}

/*
 * Timestamp services of Microsoft add the attribute certificate of their clock ([1]; seen are 700
 * to 740 bytes). It is signed by the clock's own key, which is nowhere to be had, so only its shape
 * can be checked: small, DER throughout, no room for more than a few hundred bytes.
 */
static void claim_attribute_cert(const wd_cms_reader *r, const wd_der *e)
{
    if ((e->tag == WD_DER_CONTEXT_OF(1) || e->tag == WD_DER_CONTEXT_OF(2)) &&
        e->whole.len <= MAX_ATTRIBUTE_CERT && is_small_tree(wd_der_inside(e), 0)) {
        wd_claim_all(r->claims, e);
    }
}

/* The set mixes certificates with attribute certificates in timestamps. */
static wd_status read_certs(const wd_cms_reader *r, const wd_der *set, wd_err *err)
{
    wd_cursor c = wd_der_inside(set);
    wd_der e;
    wd_claim_head(r->claims, set);
    while (wd_der_next(&c, &e)) {
        if (e.tag == WD_DER_SEQUENCE) {
            WD_TRY(wd_cert_add(r->certs, &e, r->notes, err));
        } else {
            claim_attribute_cert(r, &e);
        }
    }
    return WD_OK;
}

static wd_status read_signers(const wd_cms_reader *r, wd_cursor *c, wd_cms *out, wd_err *err)
{
    wd_der set;
    wd_der e;
    size_t cap = 0;
    if (!wd_der_take(c, WD_DER_SET, &set)) {
        return malformed(c, "set of signers", err);
    }
    wd_claim_head(r->claims, &set);
    wd_cursor in = wd_der_inside(&set);
    while (wd_der_take_if(&in, WD_DER_SEQUENCE, &e) && out->n_signers < WD_MAX_CMS_LIST) {
        wd_cms_signer s;
        WD_TRY(wd_cms_read_signer(r, &e, &s, err));
        if (WD_ROOM(r->arena, out->signers, out->n_signers, cap) != WD_OK) {
            return wd_nomem(err, COMPONENT);
        }
        out->signers[out->n_signers++] = s;
    }
    return WD_OK;
}

static wd_status read_signed_data(const wd_cms_reader *r, const wd_der *data, wd_cms *out,
                                  wd_err *err)
{
    wd_cursor c = wd_der_inside(data);
    wd_der e;
    wd_slice oid;
    wd_claim_head(r->claims, data);
    if (!wd_der_take(&c, WD_DER_INTEGER, &e)) {
        return malformed(&c, "version", err);
    }
    claim_version(r, &e);
    if (!wd_der_take(&c, WD_DER_SET, &e)) {
        return malformed(&c, "digest algorithms", err);
    }
    wd_claim_head(r->claims, &e);
    wd_cursor algorithms = wd_der_inside(&e);
    while (wd_cursor_left(&algorithms) > 0 && read_algorithm(r, &algorithms, &oid)) {
    }
    WD_TRY(read_content(r, &c, out, err));
    if (wd_der_take_if(&c, WD_DER_CONTEXT_OF(0), &e)) {
        WD_TRY(read_certs(r, &e, err));
    }
    (void) wd_der_take_if(&c, WD_DER_CONTEXT_OF(1), &e); /* revocation lists stay unclaimed */
    return read_signers(r, &c, out, err);
}

wd_status wd_cms_read(const wd_cms_reader *r, wd_cursor *c, wd_cms *out, wd_err *err)
{
    wd_cms cms = {0};
    wd_der oid;
    wd_der wrap;
    wd_der data;
    wd_cursor at = *c;
    if (!wd_der_take(&at, WD_DER_SEQUENCE, &cms.whole)) {
        return malformed(c, "signed message", err);
    }
    wd_cursor in = wd_der_inside(&cms.whole);
    if (!wd_der_take(&in, WD_DER_OID, &oid) || !wd_der_is_oid(oid.body, WD_OID_SIGNED_DATA)) {
        return malformed(&in, "type signedData", err);
    }
    if (!wd_der_take(&in, WD_DER_CONTEXT_OF(0), &wrap)) {
        return malformed(&in, "content of the signed message", err);
    }
    wd_cursor inner = wd_der_inside(&wrap);
    if (!wd_der_take(&inner, WD_DER_SEQUENCE, &data)) {
        return malformed(&inner, "signed data", err);
    }
    note_length(r, &cms.whole);
    note_length(r, &wrap);
    wd_claim_head(r->claims, &cms.whole);
    wd_claim_all(r->claims, &oid);
    wd_claim_head(r->claims, &wrap);
    WD_TRY(read_signed_data(r, &data, &cms, err));
    *c = at;
    *out = cms;
    return WD_OK;
}

const wd_cms_attr *wd_cms_attr_find(const wd_cms_attr *attrs, size_t n, wd_slice oid)
{
    for (size_t i = 0; i < n; i++) {
        if (wd_slice_eq(attrs[i].oid, oid)) {
            return &attrs[i];
        }
    }
    return NULL;
}

/* The signature is over the attributes as a SET: their own tag is [0]. */
static bool hash_attrs(const wd_cms_signer *s, uint8_t *out)
{
    wd_hasher *h = wd_hasher_new(s->digest);
    static const uint8_t set_tag = WD_DER_SET;
    wd_slice rest = wd_slice_sub(s->signed_attrs.whole, 1, s->signed_attrs.whole.len);
    bool ok = h != NULL && wd_hasher_add(h, wd_slice_of(&set_tag, 1)) && wd_hasher_add(h, rest) &&
              wd_hasher_end(h, out);
    wd_hasher_free(h);
    return ok;
}

wd_cms_verdict wd_cms_verify(const wd_cms_signer *s, wd_slice content, const wd_cert_set *certs)
{
    wd_cms_verdict v = {.cert = wd_cert_find(certs, s->issuer_der, s->serial_der)};
    uint8_t digest[64];
    if (!s->digest_known || !wd_hash(s->digest, content, digest)) {
        return v;
    }
    wd_slice md = wd_slice_of(digest, wd_hash_len(s->digest));
    v.content_ok = true;
    if (s->signed_attrs.whole.len > 0) {
        const wd_cms_attr *a = wd_cms_attr_find(s->attrs, s->n_attrs, WD_OID_MESSAGE_DIGEST);
        v.content_ok = a != NULL && a->n_values == 1 && a->value.tag == WD_DER_OCTET_STRING &&
                       wd_slice_eq(a->value.body, md);
        if (!hash_attrs(s, digest)) {
            return v;
        }
    }
    v.signature_ok =
        v.cert != SIZE_MAX && wd_cert_verify(&certs->items[v.cert], s->digest, md, s->signature);
    return v;
}

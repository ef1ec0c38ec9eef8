#include "formats/authenticode.h"

#include "core/limits.h"
#include "core/text.h"
#include "formats/oid.h"
#include "formats/spc.h"

#define COMPONENT "authenticode"
/* The largest in honest chains has some 2,200 bytes. */
#define MAX_USED_CERT 4096

const char *wd_trust_name(wd_trust t)
{
    static const char *const names[] = {"none", "not_anchored", "anchored"};
    return names[t];
}

void wd_authenticode_free(wd_authenticode_set *set)
{
    wd_cert_set_free(&set->certs);
}

static wd_cms_reader reader_of(wd_authenticode_set *set, wd_notes *notes)
{
    set->certs.arena = set->arena;
    set->claims.arena = set->arena;
    return (wd_cms_reader){set->arena, &set->claims, &set->certs, notes};
}

static wd_status add_signature(wd_authenticode_set *set, wd_cursor *c, unsigned depth,
                               wd_notes *notes, wd_err *err);

/* Further signatures of the same file hide in the unsigned attributes of the first. */
static wd_status add_nested(wd_authenticode_set *set, const wd_cms_signer *signer, unsigned depth,
                            wd_notes *notes, wd_err *err)
{
    for (size_t i = 0; i < signer->n_unsigned; i++) {
        const wd_cms_attr *a = &signer->unsigned_attrs[i];
        if (!wd_slice_eq(a->oid, WD_OID_SPC_NESTED) || a->n_values == 0) {
            continue;
        }
        if (depth + 1 >= WD_MAX_SIGNATURE_DEPTH || set->n >= WD_MAX_SIGNATURES) {
            wd_note_limit(notes, a->whole.at, "signatures nested deeper than %u are not read",
                          WD_MAX_SIGNATURE_DEPTH);
            return WD_OK;
        }
        wd_spc_claim_attr(&set->claims, a);
        wd_cursor c = wd_cursor_of(a->value.whole, a->value.at);
        while (wd_cursor_left(&c) > 0) {
            wd_err inner = {0};
            wd_status status = add_signature(set, &c, depth + 1, notes, &inner);
            if (status == WD_E_NOMEM) {
                return wd_nomem(err, COMPONENT);
            }
            if (status != WD_OK) {
                wd_note_damage(notes, a->value.at, a->value.whole.len,
                               "nested signature cannot be read: %s", inner.text);
                break;
            }
        }
    }
    return WD_OK;
}

static wd_status add_signature(wd_authenticode_set *set, wd_cursor *c, unsigned depth,
                               wd_notes *notes, wd_err *err)
{
    wd_cms_reader r = reader_of(set, notes);
    wd_authenticode sig = {
        .depth = depth, .claimed_time = WD_NO_TIME, .stamp = {.time = WD_NO_TIME}};
    WD_TRY(wd_cms_read(&r, c, &sig.cms, err));
    sig.at = sig.cms.whole.at;
    sig.len = sig.cms.whole.whole.len;
    if (sig.cms.n_signers == 0) {
        return wd_fail(err, WD_E_MALFORMED, sig.at, COMPONENT, "signature without a signer");
    }
    if (sig.cms.n_signers > 1) {
        wd_note_damage(notes, sig.at, sig.len, "%zu signers where Authenticode has one",
                       sig.cms.n_signers);
    }
    WD_TRY(wd_spc_read_content(&sig, notes, err));
    wd_spc_read_attrs(&sig, set->arena, notes);
    if (WD_ROOM(set->arena, set->items, set->n, set->cap) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    set->items[set->n++] = sig;
    return add_nested(set, &sig.cms.signers[0], depth, notes, err);
}

wd_status wd_authenticode_read(wd_authenticode_set *set, wd_slice blob, uint64_t at,
                               wd_notes *notes, size_t *used, wd_err *err)
{
    wd_cursor c = wd_cursor_of(blob, at);
    size_t claims = set->claims.n;
    size_t before = set->n;
    wd_status status = add_signature(set, &c, 0, notes, err);
    if (status != WD_OK) {
        set->claims.n = claims;
        set->n = before;
        return status;
    }
    *used = c.pos;
    return WD_OK;
}

/* --- verification ------------------------------------------------------------------------------
 */

static void take_certificate(wd_authenticode *sig, const wd_cert *cert, wd_arena *arena)
{
    sig->signer = cert->subject;
    sig->issuer = cert->issuer;
    sig->organization = cert->organization;
    sig->identity = cert->identity;
    char hex[2 * 64 + 1];
    wd_slice serial = wd_slice_sub(cert->serial_der, 0, 64);
    sig->serial = wd_arena_copy(arena, wd_slice_str(wd_hex(serial.ptr, serial.len, hex)));
    for (size_t i = 0; i < WD_SHA256_LEN; i++) {
        sig->cert_sha256[i] = cert->sha256[i];
    }
}

static void follow_chain(wd_authenticode_set *set, wd_authenticode *sig, size_t leaf,
                         const wd_anchors *anchors)
{
    wd_time when = sig->stamp.valid ? sig->stamp.time : WD_NO_TIME;
    wd_chain chain = wd_cert_chain(&set->certs, leaf, anchors, when);
    const wd_cert *cert = &set->certs.items[leaf];
    sig->trust = cert->code_signing || !cert->has_usage ? chain.trust : WD_TRUST_NOT_ANCHORED;
    if (chain.altered && sig->why.len == 0) {
        sig->why = WD_S("a certificate was not signed by the issuer that it names");
        sig->signature_ok = false;
    }
}

static void verify(wd_authenticode_set *set, wd_authenticode *sig, const wd_anchors *anchors)
{
    const wd_cms_signer *signer = &sig->cms.signers[0];
    wd_cms_verdict v = wd_cms_verify(signer, sig->cms.content.body, &set->certs);
    const wd_cms_attr *type = wd_cms_attr_find(signer->attrs, signer->n_attrs, WD_OID_CONTENT_TYPE);
    bool type_ok = type != NULL && wd_slice_eq(type->value.body, sig->cms.content_type);
    sig->signature_ok = v.content_ok && v.signature_ok && type_ok && sig->cms.n_signers == 1;
    if (v.cert == SIZE_MAX) {
        sig->why = WD_S("the signer's certificate is not in the file");
        return;
    }
    take_certificate(sig, &set->certs.items[v.cert], set->arena);
    if (!v.content_ok) {
        sig->why = WD_S("the signed message digest is not that of the content");
    } else if (!v.signature_ok) {
        sig->why = WD_S("the signature was not made with the certificate's key");
    } else if (!type_ok) {
        sig->why = WD_S("the signed attributes do not name the content type");
    } else if (sig->cms.n_signers != 1) {
        sig->why = WD_S("more than one signer");
    }
    follow_chain(set, sig, v.cert, anchors);
}

/* Certificates that a chain uses, or that such a one has signed, hide nothing: their bytes are
 * under the signature of their issuer. */
static void claim_certificates(wd_authenticode_set *set)
{
    wd_cert_vouch(&set->certs);
    for (size_t i = 0; i < set->certs.n; i++) {
        const wd_cert *cert = &set->certs.items[i];
        /* Nothing in the file vouches for the top of a chain, so it gets no room to hide in. */
        if ((cert->used && cert->der.len <= MAX_USED_CERT) || cert->vouched) {
            wd_claim(&set->claims, cert->at, cert->der.len);
        }
    }
}

wd_status wd_authenticode_finish(wd_authenticode_set *set, const wd_anchors *anchors,
                                 wd_notes *notes, wd_err *err)
{
    wd_cms_reader r = reader_of(set, notes);
    /* Timestamps first: they may bring certificates, and the time to verify at. */
    for (size_t i = 0; i < set->n; i++) {
        WD_TRY(wd_spc_read_stamp(&r, &set->items[i], anchors, err));
    }
    for (size_t i = 0; i < set->n; i++) {
        verify(set, &set->items[i], anchors);
    }
    claim_certificates(set);
    return set->claims.failed ? wd_nomem(err, COMPONENT) : WD_OK;
}

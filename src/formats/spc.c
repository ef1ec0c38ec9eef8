#include "formats/spc.h"

#include "core/limits.h"
#include "core/text.h"
#include "formats/oid.h"

#define COMPONENT "authenticode"
/* TSTInfo of honest services has some 330 bytes. */
#define MAX_TST_INFO 1024
#define MAX_OID 16

/* Class id of the serialized page hashes, SPC_SERIALIZED_OBJECT. */
static const uint8_t page_hash_class[16] = {0xA6, 0xB5, 0x86, 0xD5, 0xB4, 0xA1, 0x24, 0x66,
                                            0xAE, 0x05, 0xA2, 0x17, 0xDA, 0x8E, 0x60, 0xD6};

void wd_spc_claim_attr(wd_claims *claims, const wd_cms_attr *a)
{
    /* SEQUENCE and OID up to the first value. */
    if (a->n_values > 0 && a->value.at > a->whole.at) {
        wd_claim(claims, a->whole.at, a->value.at - a->whole.at);
    }
}

static bool two_digits(wd_cursor *c, unsigned *out)
{
    uint8_t high = wd_u8(c);
    uint8_t low = wd_u8(c);
    *out = (unsigned) (high - '0') * 10 + (unsigned) (low - '0');
    return !c->failed && wd_is_digit(high) && wd_is_digit(low);
}

wd_time wd_spc_time(const wd_der *e)
{
    unsigned part[7] = {0}; /* century, year, month, day, hour, minute, second */
    wd_cursor c = wd_der_inside(e);
    bool general = e->tag == WD_DER_GENERALIZED_TIME;
    if (!general && e->tag != WD_DER_UTC_TIME) {
        return WD_NO_TIME;
    }
    for (size_t i = general ? 0 : 1; i < 7; i++) {
        if (!two_digits(&c, &part[i])) {
            return WD_NO_TIME;
        }
    }
    if (!general) {
        part[0] = part[1] < 50 ? 20 : 19;
    }
    uint32_t ticks = 0;
    uint32_t scale = WD_TICKS_PER_SECOND / 10;
    uint8_t next = wd_u8(&c);
    while (next == '.' || (wd_is_digit(next) && scale > 0)) {
        if (next != '.') {
            ticks += (uint32_t) (next - '0') * scale;
            scale /= 10;
        }
        next = wd_u8(&c);
    }
    return wd_time_civil((int) (part[0] * 100 + part[1]), part[2], part[3], part[4], part[5],
                         part[6], ticks);
}

/* SpcPeImageData SEQUENCE { flags, [0] { [1] moniker { class id, serialized data } } } */
static void read_page_hashes(wd_authenticode *sig, wd_cursor c)
{
    wd_der e;
    (void) wd_der_take_if(&c, WD_DER_BIT_STRING, &e);
    if (!wd_der_take_if(&c, WD_DER_CONTEXT_OF(0), &e)) {
        return;
    }
    c = wd_der_inside(&e);
    if (!wd_der_take_if(&c, WD_DER_CONTEXT_OF(1), &e)) {
        return;
    }
    c = wd_der_inside(&e);
    if (!wd_der_take(&c, WD_DER_OCTET_STRING, &e) ||
        !wd_slice_eq(e.body, wd_slice_of(page_hash_class, sizeof page_hash_class)) ||
        !wd_der_take(&c, WD_DER_OCTET_STRING, &e)) {
        return;
    }
    c = wd_der_inside(&e);
    wd_der oid;
    wd_der hashes;
    if (!wd_der_take(&c, WD_DER_SET, &e)) {
        return;
    }
    c = wd_der_inside(&e);
    if (!wd_der_take(&c, WD_DER_SEQUENCE, &e)) {
        return;
    }
    c = wd_der_inside(&e);
    if (!wd_der_take(&c, WD_DER_OID, &oid) || !wd_der_take(&c, WD_DER_SET, &e)) {
        return;
    }
    c = wd_der_inside(&e);
    if (wd_der_take(&c, WD_DER_OCTET_STRING, &hashes)) {
        sig->page_hash_oid = oid.body;
        sig->page_hashes = hashes.body;
        sig->page_hashes_at = wd_der_body_at(&hashes);
    }
}

wd_status wd_spc_read_content(wd_authenticode *sig, wd_notes *notes, wd_err *err)
{
    wd_der data;
    wd_der info;
    wd_der algorithm;
    wd_der e;
    if (!wd_slice_eq(sig->cms.content_type, WD_OID_SPC_INDIRECT_DATA) ||
        sig->cms.content.tag != WD_DER_SEQUENCE) {
        return wd_fail(err, WD_E_MALFORMED, sig->at, COMPONENT,
                       "the signed content is not the digest of a file");
    }
    wd_cursor c = wd_der_inside(&sig->cms.content);
    if (!wd_der_take(&c, WD_DER_SEQUENCE, &data) || !wd_der_take(&c, WD_DER_SEQUENCE, &info)) {
        return wd_fail(err, WD_E_MALFORMED, wd_cursor_at(&c), COMPONENT,
                       "subject and digest expected");
    }
    wd_cursor in = wd_der_inside(&data);
    if (wd_der_take(&in, WD_DER_OID, &e)) {
        sig->subject_oid = e.body;
        if (wd_der_take_if(&in, WD_DER_SEQUENCE, &e)) {
            read_page_hashes(sig, wd_der_inside(&e));
        }
    }
    in = wd_der_inside(&info);
    if (!wd_der_take(&in, WD_DER_SEQUENCE, &algorithm) ||
        !wd_der_take(&in, WD_DER_OCTET_STRING, &e)) {
        return wd_fail(err, WD_E_MALFORMED, wd_cursor_at(&in), COMPONENT, "file digest expected");
    }
    sig->signed_digest = e.body;
    in = wd_der_inside(&algorithm);
    sig->digest_known = wd_der_take(&in, WD_DER_OID, &e) &&
                        wd_cms_digest_kind(e.body, &sig->digest) &&
                        wd_hash_len(sig->digest) == sig->signed_digest.len;
    if (!sig->digest_known) {
        wd_note_damage(notes, algorithm.at, algorithm.whole.len, "unknown digest algorithm");
    }
    return WD_OK;
}

/* SpcString: [0] BMPString or [1] IA5String; SpcLink: [0] URL. */
static wd_slice read_spc_text(const wd_der *e, wd_arena *arena)
{
    if (e->tag == WD_DER_CONTEXT(0)) {
        /* Big-endian UTF-16: swapped for the reader of little-endian text. */
        size_t len = e->body.len & ~(size_t) 1;
        uint8_t *swapped = WD_ARRAY(arena, len + 1, uint8_t);
        for (size_t i = 0; swapped != NULL && i < len; i++) {
            swapped[i] = e->body.ptr[i ^ 1];
        }
        return swapped == NULL ? WD_EMPTY : wd_utf16le_to_utf8(arena, wd_slice_of(swapped, len));
    }
    return e->body;
}

static void read_opus(wd_authenticode *sig, const wd_cms_attr *a, wd_arena *arena)
{
    wd_cursor c = wd_der_inside(&a->value);
    wd_der wrap;
    wd_der e;
    if (wd_der_take_if(&c, WD_DER_CONTEXT_OF(0), &wrap)) {
        wd_cursor in = wd_der_inside(&wrap);
        if (wd_der_next(&in, &e)) {
            sig->program = read_spc_text(&e, arena);
        }
    }
    if (wd_der_take_if(&c, WD_DER_CONTEXT_OF(1), &wrap)) {
        wd_cursor in = wd_der_inside(&wrap);
        if (wd_der_take_if(&in, WD_DER_CONTEXT(0), &e)) {
            sig->url = e.body;
        }
    }
}

void wd_spc_read_attrs(wd_authenticode *sig, wd_arena *arena, wd_notes *notes)
{
    const wd_cms_signer *s = &sig->cms.signers[0];
    const wd_cms_attr *opus = wd_cms_attr_find(s->attrs, s->n_attrs, WD_OID_SPC_OPUS_INFO);
    const wd_cms_attr *time = wd_cms_attr_find(s->attrs, s->n_attrs, WD_OID_SIGNING_TIME);
    if (opus != NULL && opus->value.tag == WD_DER_SEQUENCE) {
        read_opus(sig, opus, arena);
    }
    if (time != NULL && time->n_values > 0) {
        sig->claimed_time = wd_spc_time(&time->value);
        if (sig->claimed_time == WD_NO_TIME) {
            wd_note_damage(notes, time->value.at, 0, "signing time that is no time");
        }
    }
}

/* --- timestamps --------------------------------------------------------------------------------
 */

/* TSTInfo SEQUENCE { version, policy, { algorithm, imprint }, serial, GeneralizedTime, ... } */
static bool read_tst_info(const wd_der *content, wd_slice stamped, wd_time *time)
{
    wd_cursor c = wd_der_inside(content);
    wd_der seq;
    wd_der e;
    wd_der imprint;
    wd_hash_kind kind;
    if (!wd_der_take(&c, WD_DER_SEQUENCE, &seq)) {
        return false;
    }
    c = wd_der_inside(&seq);
    wd_der_take(&c, WD_DER_INTEGER, &e);
    wd_der_take(&c, WD_DER_OID, &e);
    if (!wd_der_take(&c, WD_DER_SEQUENCE, &imprint) || !wd_der_take(&c, WD_DER_INTEGER, &e) ||
        !wd_der_take(&c, WD_DER_GENERALIZED_TIME, &e)) {
        return false;
    }
    *time = wd_spc_time(&e);
    c = wd_der_inside(&imprint);
    wd_der algorithm;
    if (!wd_der_take(&c, WD_DER_SEQUENCE, &algorithm) ||
        !wd_der_take(&c, WD_DER_OCTET_STRING, &imprint)) {
        return false;
    }
    c = wd_der_inside(&algorithm);
    uint8_t digest[64];
    return wd_der_take(&c, WD_DER_OID, &e) && wd_cms_digest_kind(e.body, &kind) &&
           wd_hash(kind, stamped, digest) &&
           wd_slice_eq(imprint.body, wd_slice_of(digest, wd_hash_len(kind)));
}

static void finish_stamp(const wd_cms_reader *r, wd_stamp *stamp, wd_cms_verdict v,
                         const wd_anchors *anchors)
{
    stamp->valid = stamp->valid && v.content_ok && v.signature_ok;
    if (v.cert == SIZE_MAX) {
        return;
    }
    const wd_cert *cert = &r->certs->items[v.cert];
    stamp->signer = cert->subject;
    /* A countersignature is made once and never renewed: its own time is the time to check at. */
    wd_chain chain = wd_cert_chain(r->certs, v.cert, anchors, stamp->time);
    stamp->trust = chain.trust;
    stamp->valid = stamp->valid && !chain.altered && (cert->time_stamping || !cert->has_usage);
}

static wd_status read_token(const wd_cms_reader *r, const wd_authenticode *sig,
                            const wd_cms_attr *a, const wd_anchors *anchors, wd_stamp *out,
                            wd_err *err)
{
    wd_cms token;
    wd_err inner = {0};
    wd_cursor c = wd_cursor_of(a->value.whole, a->value.at);
    size_t claims = r->claims->n;
    wd_status status = wd_cms_read(r, &c, &token, &inner);
    if (status == WD_E_NOMEM) {
        return wd_nomem(err, COMPONENT);
    }
    if (status != WD_OK || token.n_signers != 1 || token.content.tag != WD_DER_OCTET_STRING ||
        token.content.whole.len > MAX_TST_INFO) {
        r->claims->n = claims;
        wd_note_damage(r->notes, a->value.at, a->value.whole.len, "timestamp that cannot be read");
        return WD_OK;
    }
    wd_stamp stamp = {.kind = WD_STAMP_RFC3161, .time = WD_NO_TIME};
    stamp.valid = wd_slice_eq(token.content_type, WD_OID_TST_INFO) &&
                  read_tst_info(&token.content, sig->cms.signers[0].signature, &stamp.time);
    finish_stamp(r, &stamp, wd_cms_verify(&token.signers[0], token.content.body, r->certs),
                 anchors);
    wd_spc_claim_attr(r->claims, a);
    *out = stamp;
    return WD_OK;
}

static wd_status read_countersignature(const wd_cms_reader *r, const wd_authenticode *sig,
                                       const wd_cms_attr *a, const wd_anchors *anchors,
                                       wd_stamp *out, wd_err *err)
{
    wd_cms_signer s;
    wd_err inner = {0};
    size_t claims = r->claims->n;
    wd_status status = a->value.tag != WD_DER_SEQUENCE
                           ? WD_E_MALFORMED
                           : wd_cms_read_signer(r, &a->value, &s, &inner);
    if (status == WD_E_NOMEM) {
        return wd_nomem(err, COMPONENT);
    }
    if (status != WD_OK) {
        r->claims->n = claims;
        wd_note_damage(r->notes, a->value.at, a->value.whole.len,
                       "countersignature that cannot be read");
        return WD_OK;
    }
    wd_stamp stamp = {.kind = WD_STAMP_PKCS9, .time = WD_NO_TIME, .valid = true};
    const wd_cms_attr *time = wd_cms_attr_find(s.attrs, s.n_attrs, WD_OID_SIGNING_TIME);
    if (time != NULL && time->n_values > 0) {
        stamp.time = wd_spc_time(&time->value);
    }
    finish_stamp(r, &stamp, wd_cms_verify(&s, sig->cms.signers[0].signature, r->certs), anchors);
    wd_spc_claim_attr(r->claims, a);
    *out = stamp;
    return WD_OK;
}

/* Claims what is known of an attribute that nobody reads: what is left is its content. */
static void claim_frame(wd_claims *claims, const wd_cms_attr *a)
{
    if (a->n_values > 0 && a->oid.len <= MAX_OID) {
        wd_spc_claim_attr(claims, a);
        wd_claim_head(claims, &a->value);
    }
}

wd_status wd_spc_read_stamp(const wd_cms_reader *r, wd_authenticode *sig, const wd_anchors *anchors,
                            wd_err *err)
{
    const wd_cms_signer *s = &sig->cms.signers[0];
    for (size_t i = 0; i < s->n_unsigned; i++) {
        const wd_cms_attr *a = &s->unsigned_attrs[i];
        wd_stamp stamp = {.time = WD_NO_TIME};
        if (a->n_values > 0 && (wd_slice_eq(a->oid, WD_OID_SPC_RFC3161) ||
                                wd_slice_eq(a->oid, WD_OID_TIMESTAMP_TOKEN))) {
            WD_TRY(read_token(r, sig, a, anchors, &stamp, err));
        } else if (a->n_values > 0 && wd_slice_eq(a->oid, WD_OID_COUNTERSIGNATURE)) {
            WD_TRY(read_countersignature(r, sig, a, anchors, &stamp, err));
        } else if (!wd_slice_eq(a->oid, WD_OID_SPC_NESTED)) {
            claim_frame(r->claims, a);
        }
        if (stamp.kind != WD_STAMP_NONE && !sig->stamp.valid) {
            sig->stamp = stamp;
        }
    }
    return WD_OK;
}

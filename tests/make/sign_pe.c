#include "make/sign_pe.h"

#include <openssl/sha.h>
#include <string.h>

#include "make/der_writer.h"
#include "make/pe_builder.h"

#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_CONTENT_TYPE "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define OID_SIGNING_TIME "1.2.840.113549.1.9.5"
#define OID_COUNTERSIGNATURE "1.2.840.113549.1.9.6"
#define OID_TST_INFO "1.2.840.113549.1.9.16.1.4"
#define OID_SPC_INDIRECT "1.3.6.1.4.1.311.2.1.4"
#define OID_SPC_STATEMENT "1.3.6.1.4.1.311.2.1.11"
#define OID_SPC_OPUS "1.3.6.1.4.1.311.2.1.12"
#define OID_SPC_PE_IMAGE "1.3.6.1.4.1.311.2.1.15"
#define OID_SPC_INDIVIDUAL "1.3.6.1.4.1.311.2.1.21"
#define OID_SPC_NESTED "1.3.6.1.4.1.311.2.4.1"
#define OID_SPC_RFC3161 "1.3.6.1.4.1.311.3.3.1"
#define OID_SPC_PAGE_HASH_SHA256 "1.3.6.1.4.1.311.2.3.2"
#define OID_RSA "1.2.840.113549.1.1.1"
#define OID_SHA1 "1.3.14.3.2.26"
#define OID_SHA256 "2.16.840.1.101.3.4.2.1"

#define DEFAULT_TIME INT64_C(1677672000) /* 2023-03-01T12:00:00Z */
#define PAGE 4096U

/* What a SignerInfo is made from. */
typedef struct signer_info {
    const make_identity *id;
    const char *content_type;
    wd_slice content; /* that the message digest is over */
    int64_t signing_time;
    const char *program;
    bool authenticode;
    bool sha1;
} signer_info;

static void put_digest(wd_buf *out, wd_slice data, bool sha1)
{
    uint8_t md[SHA256_DIGEST_LENGTH];
    if (sha1) {
        SHA1(data.ptr, data.len, md);
    } else {
        SHA256(data.ptr, data.len, md);
    }
    der_put(out, 0x04, wd_slice_of(md, sha1 ? 20 : 32));
}

static const char *digest_oid(bool sha1)
{
    return sha1 ? OID_SHA1 : OID_SHA256;
}

/* Opens an attribute and its value set; closed by end_attr. */
static void begin_attr(wd_buf *b, const char *oid, size_t at[2])
{
    at[0] = der_open(b);
    der_oid(b, oid);
    at[1] = der_open(b);
}

static void end_attr(wd_buf *b, const size_t at[2])
{
    der_close(b, at[1], 0x31);
    der_close(b, at[0], 0x30);
}

static void put_opus(wd_buf *b, const char *program)
{
    size_t at[2];
    begin_attr(b, OID_SPC_OPUS, at);
    size_t seq = der_open(b);
    if (program != NULL) {
        size_t name = der_open(b);
        der_bmp(b, 0x80, program);
        der_close(b, name, 0xA0);
    }
    der_close(b, seq, 0x30);
    end_attr(b, at);
}

static void put_signed_attrs(wd_buf *b, const signer_info *si, uint8_t tag)
{
    size_t set = der_open(b);
    size_t at[2];
    begin_attr(b, OID_CONTENT_TYPE, at);
    der_oid(b, si->content_type);
    end_attr(b, at);
    begin_attr(b, OID_MESSAGE_DIGEST, at);
    put_digest(b, si->content, si->sha1);
    end_attr(b, at);
    if (si->signing_time != 0) {
        begin_attr(b, OID_SIGNING_TIME, at);
        der_time(b, 0x17, si->signing_time);
        end_attr(b, at);
    }
    if (si->authenticode) {
        put_opus(b, si->program);
        begin_attr(b, OID_SPC_STATEMENT, at);
        size_t seq = der_open(b);
        der_oid(b, OID_SPC_INDIVIDUAL);
        der_close(b, seq, 0x30);
        end_attr(b, at);
    }
    der_close_set(b, set, tag);
}

/* SignerInfo without its outer tag and without unsigned attributes; gives the raw signature too. */
static void put_signer_info(wd_buf *b, const signer_info *si, wd_buf *signature)
{
    der_int(b, 1);
    size_t sid = der_open(b);
    uint8_t *der = NULL;
    int len = i2d_X509_NAME(X509_get_issuer_name(si->id->cert), &der);
    wd_buf_add(b, wd_slice_of(der, len > 0 ? (size_t) len : 0));
    OPENSSL_free(der);
    der = NULL;
    len = i2d_ASN1_INTEGER(X509_get0_serialNumber(si->id->cert), &der);
    wd_buf_add(b, wd_slice_of(der, len > 0 ? (size_t) len : 0));
    OPENSSL_free(der);
    der_close(b, sid, 0x30);
    der_algorithm(b, digest_oid(si->sha1));
    wd_buf signed_set = {0};
    put_signed_attrs(&signed_set, si, 0x31);
    put_signed_attrs(b, si, 0xA0);
    der_algorithm(b, OID_RSA);
    wd_buf_clear(signature);
    make_put_rsa_signature(signature, si->id->key, wd_buf_slice(&signed_set), si->sha1);
    wd_buf_free(&signed_set);
    der_put(b, 0x04, wd_buf_slice(signature));
}

/* TSTInfo of RFC 3161 over the signature it stamps. */
static void put_tst_info(wd_buf *b, wd_slice stamped, int64_t when)
{
    size_t seq = der_open(b);
    der_int(b, 1);
    der_oid(b, "1.3.6.1.4.1.99999.1");
    size_t imprint = der_open(b);
    der_algorithm(b, OID_SHA256);
    put_digest(b, stamped, false);
    der_close(b, imprint, 0x30);
    der_int(b, 4711);
    der_time(b, 0x18, when);
    der_close(b, seq, 0x30);
}

static void put_rfc3161(wd_buf *b, const make_signer *s, wd_slice stamped, int64_t when)
{
    wd_buf tst = {0};
    wd_buf unused = {0};
    put_tst_info(&tst, stamped, when);
    size_t at[2];
    begin_attr(b, OID_SPC_RFC3161, at);
    size_t info = der_open(b);
    der_oid(b, OID_SIGNED_DATA);
    size_t explicit = der_open(b);
    size_t data = der_open(b);
    der_int(b, 3);
    size_t algs = der_open(b);
    der_algorithm(b, OID_SHA256);
    der_close(b, algs, 0x31);
    size_t encap = der_open(b);
    der_oid(b, OID_TST_INFO);
    size_t content = der_open(b);
    der_put(b, 0x04, wd_buf_slice(&tst));
    der_close(b, content, 0xA0);
    der_close(b, encap, 0x30);
    size_t certs = der_open(b);
    make_put_cert(b, s->tsa.cert);
    der_close(b, certs, 0xA0);
    size_t set = der_open(b);
    size_t one = der_open(b);
    signer_info si = {.id = &s->tsa, .content_type = OID_TST_INFO, .content = wd_buf_slice(&tst)};
    put_signer_info(b, &si, &unused);
    der_close(b, one, 0x30);
    der_close(b, set, 0x31);
    der_close(b, data, 0x30);
    der_close(b, explicit, 0xA0);
    der_close(b, info, 0x30);
    end_attr(b, at);
    wd_buf_free(&tst);
    wd_buf_free(&unused);
}

static void put_countersignature(wd_buf *b, const make_signer *s, wd_slice stamped, int64_t when)
{
    wd_buf unused = {0};
    size_t at[2];
    begin_attr(b, OID_COUNTERSIGNATURE, at);
    size_t one = der_open(b);
    signer_info si = {.id = &s->tsa,
                      .content_type = OID_DATA,
                      .content = stamped,
                      .signing_time = when,
                      .sha1 = true};
    put_signer_info(b, &si, &unused);
    der_close(b, one, 0x30);
    end_attr(b, at);
    wd_buf_free(&unused);
}

static void put_unsigned_attrs(wd_buf *b, const make_signer *s, const make_sign_options *o,
                               wd_slice signature, wd_slice nested)
{
    int64_t when = o->signed_at != 0 ? o->signed_at : DEFAULT_TIME;
    size_t set = der_open(b);
    size_t at[2];
    if (o->stamp == MAKE_STAMP_RFC3161) {
        put_rfc3161(b, s, signature, when);
    } else if (o->stamp == MAKE_STAMP_PKCS9) {
        put_countersignature(b, s, signature, when);
    }
    if (nested.len > 0) {
        begin_attr(b, OID_SPC_NESTED, at);
        wd_buf_add(b, nested);
        end_attr(b, at);
    }
    if (o->attr_oid != NULL) {
        begin_attr(b, o->attr_oid, at);
        wd_buf_add(b, o->attr_value);
        end_attr(b, at);
    }
    if (b->len > set) {
        der_close_set(b, set, 0xA1);
    }
}

/* Content of SpcIndirectDataContent, without its tag and length: that is what is hashed. */
static void put_indirect(wd_buf *b, wd_slice spc_data, wd_slice digest)
{
    wd_buf_add(b, spc_data);
    size_t info = der_open(b);
    der_algorithm(b, digest.len == 20 ? OID_SHA1 : OID_SHA256);
    der_put(b, 0x04, digest);
    der_close(b, info, 0x30);
}

static void put_certs(wd_buf *b, const make_signer *s, const make_sign_options *o)
{
    size_t certs = der_open(b);
    make_put_cert(b, s->leaf.cert);
    make_put_cert(b, s->root.cert);
    if (o->stamp == MAKE_STAMP_PKCS9) {
        make_put_cert(b, s->tsa.cert);
    }
    if (o->extra_cert != NULL) {
        make_put_cert(b, o->extra_cert);
    }
    der_close(b, certs, 0xA0);
}

/* One SignedData; `nested` goes into the unsigned attributes. */
static void put_signed_data(wd_buf *b, const make_signer *s, const make_sign_options *o,
                            wd_slice content, wd_slice nested)
{
    wd_buf signature = {0};
    size_t info = der_open(b);
    der_oid(b, OID_SIGNED_DATA);
    size_t explicit = der_open(b);
    size_t data = der_open(b);
    der_int(b, 1);
    size_t algs = der_open(b);
    der_algorithm(b, digest_oid(o->sha1));
    der_close(b, algs, 0x31);
    size_t encap = der_open(b);
    der_oid(b, OID_SPC_INDIRECT);
    size_t wrap = der_open(b);
    der_put(b, 0x30, content);
    der_close(b, wrap, 0xA0);
    der_close(b, encap, 0x30);
    put_certs(b, s, o);
    size_t set = der_open(b);
    size_t one = der_open(b);
    signer_info si = {.id = &s->leaf,
                      .content_type = OID_SPC_INDIRECT,
                      .content = content,
                      .program = o->program,
                      .authenticode = true,
                      .sha1 = o->sha1};
    put_signer_info(b, &si, &signature);
    put_unsigned_attrs(b, s, o, wd_buf_slice(&signature), nested);
    der_close(b, one, 0x30);
    der_close(b, set, 0x31);
    der_close(b, data, 0x30);
    der_close(b, explicit, 0xA0);
    der_close(b, info, 0x30);
    wd_buf_free(&signature);
}

bool make_pkcs7(wd_buf *out, const make_signer *signer, const make_sign_options *options,
                wd_slice spc_data, wd_slice digest)
{
    wd_buf content = {0};
    put_indirect(&content, spc_data, digest);
    put_signed_data(out, signer, options, wd_buf_slice(&content), (wd_slice){0});
    bool ok = !content.failed && !out->failed;
    wd_buf_free(&content);
    return ok;
}

/* --- portable executables -------------------------------------------------------------------- */

static uint32_t u32_at(const wd_buf *b, size_t at)
{
    return at + 4 > b->len ? 0
                           : (uint32_t) b->ptr[at] | (uint32_t) b->ptr[at + 1] << 8 |
                                 (uint32_t) b->ptr[at + 2] << 16 | (uint32_t) b->ptr[at + 3] << 24;
}

static size_t pe_at(const wd_buf *file)
{
    return u32_at(file, 0x3C);
}

static size_t security_dir_at(const wd_buf *file)
{
    size_t pe = pe_at(file);
    bool plus = (u32_at(file, pe + 0x18) & 0xFFFF) == 0x20B;
    return pe + (plus ? 0xA8 : 0x98);
}

size_t make_table_at(const wd_buf *file, size_t *len)
{
    size_t dir = security_dir_at(file);
    if (len != NULL) {
        *len = u32_at(file, dir + 4);
    }
    return u32_at(file, dir);
}

void make_authentihash(const wd_buf *file, bool sha1, uint8_t *out)
{
    size_t sum = pe_at(file) + 0x58;
    size_t dir = security_dir_at(file);
    size_t table = make_table_at(file, NULL);
    size_t end = table == 0 ? file->len : table;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_DigestInit_ex(ctx, sha1 ? EVP_sha1() : EVP_sha256(), NULL);
    EVP_DigestUpdate(ctx, file->ptr, sum);
    EVP_DigestUpdate(ctx, file->ptr + sum + 4, dir - sum - 4);
    EVP_DigestUpdate(ctx, file->ptr + dir + 8, end - dir - 8);
    EVP_DigestFinal_ex(ctx, out, NULL);
    EVP_MD_CTX_free(ctx);
}

static void put_page(wd_buf *b, const wd_buf *file, size_t at, size_t len)
{
    uint8_t md[SHA256_DIGEST_LENGTH];
    uint8_t page[PAGE] = {0};
    size_t used = 0;
    size_t sum = pe_at(file) + 0x58;
    size_t dir = security_dir_at(file);
    for (size_t i = at; i < at + len && i < file->len; i++) {
        bool excluded = (i >= sum && i < sum + 4) || (i >= dir && i < dir + 8);
        if (!excluded) {
            page[used++] = file->ptr[i];
        }
    }
    /* The excluded fields shorten the first page; all pages are hashed at full size less those. */
    SHA256(page, at == 0 ? PAGE - 12 : PAGE, md);
    make_u32(b, (uint32_t) at);
    wd_buf_add(b, wd_slice_of(md, sizeof md));
}

static void put_page_hashes(wd_buf *b, const wd_buf *file)
{
    size_t pe = pe_at(file);
    size_t table = pe + 24 + (u32_at(file, pe + 20) & 0xFFFF);
    size_t n = u32_at(file, pe + 6) & 0xFFFF;
    size_t end = 0;
    put_page(b, file, 0, u32_at(file, pe + 0x54));
    for (size_t i = 0; i < n; i++) {
        size_t raw = u32_at(file, table + 40 * i + 16);
        size_t at = u32_at(file, table + 40 * i + 20);
        for (size_t page = 0; page < raw; page += PAGE) {
            put_page(b, file, at + page, raw - page < PAGE ? raw - page : PAGE);
        }
        end = at + raw;
    }
    make_u32(b, (uint32_t) end);
    wd_buf_fill(b, 0, 32);
}

/* SpcPeImageData.file: page hashes as a moniker, or the customary empty link. */
static void put_pe_image_file(wd_buf *b, const wd_buf *file, bool page_hashes)
{
    static const uint8_t class_id[16] = {0xA6, 0xB5, 0x86, 0xD5, 0xB4, 0xA1, 0x24, 0x66,
                                         0xAE, 0x05, 0xA2, 0x17, 0xDA, 0x8E, 0x60, 0xD6};
    size_t link = der_open(b);
    if (!page_hashes) {
        size_t two = der_open(b);
        der_bmp(b, 0x80, "<<<Obsolete>>>");
        der_close(b, two, 0xA2);
        der_close(b, link, 0xA0);
        return;
    }
    size_t moniker = der_open(b);
    der_put(b, 0x04, wd_slice_of(class_id, sizeof class_id));
    size_t serialized = der_open(b);
    size_t set = der_open(b);
    size_t attr = der_open(b);
    der_oid(b, OID_SPC_PAGE_HASH_SHA256);
    size_t values = der_open(b);
    size_t hashes = der_open(b);
    put_page_hashes(b, file);
    der_close(b, hashes, 0x04);
    der_close(b, values, 0x31);
    der_close(b, attr, 0x30);
    der_close(b, set, 0x31);
    der_close(b, serialized, 0x04);
    der_close(b, moniker, 0xA1);
    der_close(b, link, 0xA0);
}

static void put_pe_image_data(wd_buf *b, const wd_buf *file, bool page_hashes)
{
    size_t seq = der_open(b);
    der_oid(b, OID_SPC_PE_IMAGE);
    size_t value = der_open(b);
    der_put(b, 0x03, wd_slice_of("\x01\x00", 1)); /* empty flags */
    put_pe_image_file(b, file, page_hashes);
    der_close(b, value, 0x30);
    der_close(b, seq, 0x30);
}

static void put_pe_signature(wd_buf *out, const wd_buf *file, const make_signer *signer,
                             const make_sign_options *o)
{
    uint8_t md[SHA256_DIGEST_LENGTH];
    wd_buf nested = {0};
    wd_buf content = {0};
    if (o->nested) {
        make_sign_options inner = *o;
        inner.nested = false;
        inner.sha1 = false;
        inner.attr_oid = NULL;
        inner.extra_cert = NULL;
        put_pe_signature(&nested, file, signer, &inner);
    }
    make_authentihash(file, o->sha1, md);
    wd_buf spc = {0};
    put_pe_image_data(&spc, file, o->page_hashes);
    put_indirect(&content, wd_buf_slice(&spc), wd_slice_of(md, o->sha1 ? 20 : 32));
    put_signed_data(out, signer, o, wd_buf_slice(&content), wd_buf_slice(&nested));
    wd_buf_free(&spc);
    wd_buf_free(&content);
    wd_buf_free(&nested);
}

static void put_entry(wd_buf *file, uint16_t type, wd_slice blob)
{
    size_t padded = (blob.len + 7) / 8 * 8;
    make_u32(file, (uint32_t) (8 + padded));
    make_u16(file, 0x0200);
    make_u16(file, type);
    wd_buf_add(file, blob);
    wd_buf_fill(file, 0, padded - blob.len);
}

bool make_sign_pe(wd_buf *file, const make_signer *signer, const make_sign_options *options)
{
    size_t dir = security_dir_at(file);
    size_t table = make_table_at(file, NULL);
    if (table != 0) {
        file->len = table;
        make_poke_u32(file, dir, 0);
        make_poke_u32(file, dir + 4, 0);
    }
    make_align(file, 8);
    wd_buf blob = {0};
    put_pe_signature(&blob, file, signer, options);
    size_t at = file->len;
    put_entry(file, 2, wd_buf_slice(&blob));
    make_poke_u32(file, dir, (uint32_t) at);
    make_poke_u32(file, dir + 4, (uint32_t) (file->len - at));
    make_pe_fix_checksum(file);
    bool ok = !blob.failed && !file->failed;
    wd_buf_free(&blob);
    return ok;
}

/* --- edits that the digest does not see --------------------------------------------------------
 */

static void grow_directory(wd_buf *file, size_t by)
{
    size_t len = 0;
    (void) make_table_at(file, &len);
    make_poke_u32(file, security_dir_at(file) + 4, (uint32_t) (len + by));
    make_pe_fix_checksum(file);
}

make_edit make_append(wd_buf *file, wd_slice bytes)
{
    make_edit e = {file->len, bytes.len};
    wd_buf_add(file, bytes);
    make_pe_fix_checksum(file);
    return e;
}

make_edit make_grow_directory(wd_buf *file, wd_slice bytes)
{
    make_edit e = {file->len, bytes.len};
    wd_buf_add(file, bytes);
    make_align(file, 8);
    grow_directory(file, file->len - e.offset);
    return e;
}

make_edit make_grow_entry(wd_buf *file, wd_slice bytes)
{
    size_t len = 0;
    size_t entry = make_table_at(file, &len);
    size_t end = entry + len;
    while (entry + (u32_at(file, entry) + 7) / 8 * 8 < end && u32_at(file, entry) >= 8) {
        entry += (u32_at(file, entry) + 7) / 8 * 8;
    }
    make_edit e = make_grow_directory(file, bytes);
    make_poke_u32(file, entry, (uint32_t) (file->len - entry));
    make_pe_fix_checksum(file);
    return e;
}

make_edit make_add_entry(wd_buf *file, uint16_t type, wd_slice bytes)
{
    make_edit e = {file->len + 8, bytes.len};
    size_t before = file->len;
    put_entry(file, type, bytes);
    grow_directory(file, file->len - before);
    return e;
}

make_edit make_poke_padding(wd_buf *file, uint8_t byte)
{
    size_t len = 0;
    size_t at = make_table_at(file, &len) + len;
    if (at == 0 || at > file->len || file->ptr[at - 1] != 0) {
        return (make_edit){0};
    }
    file->ptr[at - 1] = byte;
    make_pe_fix_checksum(file);
    return (make_edit){at - 1, 1};
}

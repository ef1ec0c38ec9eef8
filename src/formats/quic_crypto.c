#include <string.h>

#include <openssl/evp.h>

#include "core/hash.h"
#include "formats/quic.h"

#define HMAC_BLOCK 64

static EVP_CIPHER *ecb; /* both set once, before any worker exists */
static EVP_CIPHER *gcm;

wd_status wd_quic_init(wd_err *err)
{
    WD_TRY(wd_hash_init(err));
    if (ecb == NULL) {
        ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
    }
    if (gcm == NULL) {
        gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    }
    return ecb != NULL && gcm != NULL ? WD_OK
                                      : wd_fail(err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "quic",
                                                "the cryptographic library offers no AES-128");
}

struct salt {
    uint32_t first; /* versions first..last */
    uint32_t last;
    bool second; /* labels of version 2 */
    uint8_t bytes[20];
};

/* RFC 9001 (5.2), RFC 9369 (3.3.1), draft-ietf-quic-tls-22, -23 and -29, and for T050 and T051 the
 * constants of Chromium's net/quic. */
static const struct salt salts[] = {
    {1, 1, false, {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                   0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}},
    {0x6b3343cf, 0x6b3343cf, true, {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                                    0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9}},
    {0xff020000, 0xff020000, true, {0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
                                    0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3}},
    {0xff000016, 0xff000016, false, {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
                                     0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a}},
    {0xfaceb001, 0xfaceb001, false, {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
                                     0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a}},
    {0xff000017, 0xff00001c, false, {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                                     0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02}},
    {0xfaceb002, 0xfaceb002, false, {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                                     0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02}},
    {0xff00001d, 0xff000020, false, {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                                     0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99}},
    {0xff000021, 0xff000022, false, {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                     0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}},
    {0x54303530, 0x54303530, false, {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
                                     0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10}},
    {0x54303531, 0x54303531, false, {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
                                     0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d}},
};

static bool hash_two(const uint8_t pad[HMAC_BLOCK], wd_slice data, uint8_t out[WD_SHA256_LEN])
{
    wd_hasher *h = wd_hasher_new(WD_SHA256);
    bool ok = h != NULL && wd_hasher_add(h, wd_slice_of(pad, HMAC_BLOCK)) &&
              wd_hasher_add(h, data) && wd_hasher_end(h, out);
    wd_hasher_free(h);
    return ok;
}

/* HMAC-SHA256 (RFC 2104); keys here never exceed a block. */
static bool hmac(wd_slice key, wd_slice data, uint8_t out[WD_SHA256_LEN])
{
    uint8_t inner[HMAC_BLOCK];
    uint8_t outer[HMAC_BLOCK];
    uint8_t first[WD_SHA256_LEN];
    for (size_t i = 0; i < HMAC_BLOCK; i++) {
        uint8_t k = i < key.len ? key.ptr[i] : 0;
        inner[i] = k ^ 0x36;
        outer[i] = k ^ 0x5c;
    }
    return hash_two(inner, data, first) && hash_two(outer, wd_slice_of(first, sizeof first), out);
}

/* HKDF-Expand-Label (RFC 8446, 7.1) with an empty context, up to one hash long. */
static bool expand(const uint8_t secret[WD_SHA256_LEN], const char *label, uint8_t *out, size_t len)
{
    uint8_t info[64];
    uint8_t block[WD_SHA256_LEN];
    size_t n = strlen(label);
    info[0] = 0;
    info[1] = (uint8_t) len;
    info[2] = (uint8_t) (6 + n);
    memcpy(info + 3, "tls13 ", 6);
    memcpy(info + 9, label, n);
    info[9 + n] = 0;
    info[10 + n] = 1; /* the counter of HKDF-Expand */
    if (!hmac(wd_slice_of(secret, WD_SHA256_LEN), wd_slice_of(info, 11 + n), block)) {
        return false;
    }
    memcpy(out, block, len);
    return true;
}

bool wd_quic_derive(uint32_t version, wd_slice dcid, bool server, wd_quic_keys *out)
{
    uint8_t initial[WD_SHA256_LEN];
    uint8_t side[WD_SHA256_LEN];
    const struct salt *s = NULL;
    version = wd_quic_greased(version) ? 0xff00001d : version;
    for (size_t i = 0; i < sizeof salts / sizeof salts[0] && s == NULL; i++) {
        s = version >= salts[i].first && version <= salts[i].last ? &salts[i] : NULL;
    }
    return s != NULL && hmac(wd_slice_of(s->bytes, sizeof s->bytes), dcid, initial) &&
           expand(initial, server ? "server in" : "client in", side, sizeof side) &&
           expand(side, s->second ? "quicv2 key" : "quic key", out->key, sizeof out->key) &&
           expand(side, s->second ? "quicv2 iv" : "quic iv", out->iv, sizeof out->iv) &&
           expand(side, s->second ? "quicv2 hp" : "quic hp", out->mask, sizeof out->mask);
}

static bool header_mask(const wd_quic_keys *keys, const uint8_t *sample, uint8_t out[16])
{
    int n = 0;
    uint8_t block[32];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx != NULL && EVP_EncryptInit_ex2(ctx, ecb, keys->mask, NULL, NULL) == 1 &&
              EVP_EncryptUpdate(ctx, block, &n, sample, 16) == 1 && n == 16;
    EVP_CIPHER_CTX_free(ctx);
    memcpy(out, block, ok ? 16 : 0);
    return ok;
}

static bool decrypt(const wd_quic_keys *keys, const uint8_t nonce[12], wd_slice header,
                    wd_slice sealed, uint8_t *out)
{
    int n = 0;
    uint8_t tag[16];
    size_t len = sealed.len - sizeof tag;
    memcpy(tag, sealed.ptr + len, sizeof tag);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx != NULL && EVP_DecryptInit_ex2(ctx, gcm, keys->key, nonce, NULL) == 1 &&
              EVP_DecryptUpdate(ctx, NULL, &n, header.ptr, (int) header.len) == 1 &&
              EVP_DecryptUpdate(ctx, out, &n, sealed.ptr, (int) len) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
              EVP_DecryptFinal_ex(ctx, out + n, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

bool wd_quic_open(const wd_quic_keys *keys, const wd_quic_packet *packet, uint8_t *scratch,
                  wd_slice *plain)
{
    uint8_t mask[16];
    uint8_t nonce[12];
    wd_slice b = packet->bytes;
    size_t at = packet->number_at;
    /* Number of up to 4 bytes, then the sample of 16 (RFC 9001, 5.4.2). */
    if (at == 0 || b.len < at + 20 || b.len > 65535 || wd_quic_init(NULL) != WD_OK ||
        !header_mask(keys, b.ptr + at + 4, mask)) {
        return false;
    }
    memcpy(scratch, b.ptr, b.len);
    scratch[0] = (uint8_t) (scratch[0] ^ (mask[0] & 0x0f));
    size_t number_len = (size_t) (scratch[0] & 3) + 1;
    size_t head_len = at + number_len;
    if (b.len < head_len + 16) {
        return false;
    }
    memcpy(nonce, keys->iv, sizeof nonce);
    for (size_t i = 0; i < number_len; i++) {
        scratch[at + i] = (uint8_t) (scratch[at + i] ^ mask[1 + i]);
        /* The first packets of a connection have numbers that need no expansion. */
        nonce[12 - number_len + i] = (uint8_t) (nonce[12 - number_len + i] ^ scratch[at + i]);
    }
    if (!decrypt(keys, nonce, wd_slice_of(scratch, head_len), wd_slice_sub(b, head_len, SIZE_MAX),
                 scratch + head_len)) {
        return false;
    }
    *plain = wd_slice_of(scratch + head_len, b.len - head_len - 16);
    return true;
}

#include "core/hash.h"

#include <openssl/evp.h>

/* Fetched once: EVP_sha256() and friends look the provider up anew at each use. */
static const struct {
    const char *name;
    size_t len;
} kinds[] = {
    [WD_MD5] = {"MD5", 16},       [WD_SHA1] = {"SHA1", 20},     [WD_SHA256] = {"SHA256", 32},
    [WD_SHA384] = {"SHA384", 48}, [WD_SHA512] = {"SHA512", 64},
};

static EVP_MD *fetched[sizeof kinds / sizeof kinds[0]]; /* set once, before any worker exists */

wd_status wd_hash_init(wd_err *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (fetched[i] == NULL) {
            fetched[i] = EVP_MD_fetch(NULL, kinds[i].name, NULL);
        }
        if (fetched[i] == NULL && i == WD_SHA256) {
            return wd_fail(err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "hash",
                           "the cryptographic library offers no SHA-256");
        }
    }
    return WD_OK;
}

size_t wd_hash_len(wd_hash_kind kind)
{
    return kinds[kind].len;
}

bool wd_hash(wd_hash_kind kind, wd_slice data, uint8_t *out)
{
    if (fetched[kind] == NULL && wd_hash_init(NULL) != WD_OK) {
        return false;
    }
    return fetched[kind] != NULL &&
           EVP_Digest(data.ptr, data.len, out, NULL, fetched[kind], NULL) == 1;
}

wd_hasher *wd_hasher_new(wd_hash_kind kind)
{
    if (fetched[kind] == NULL && wd_hash_init(NULL) != WD_OK) {
        return NULL;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx != NULL &&
        (fetched[kind] == NULL || EVP_DigestInit_ex2(ctx, fetched[kind], NULL) != 1)) {
        EVP_MD_CTX_free(ctx);
        ctx = NULL;
    }
    return (wd_hasher *) ctx;
}

bool wd_hasher_add(wd_hasher *h, wd_slice data)
{
    return EVP_DigestUpdate((EVP_MD_CTX *) h, data.ptr, data.len) == 1;
}

bool wd_hasher_end(wd_hasher *h, uint8_t *out)
{
    return EVP_DigestFinal_ex((EVP_MD_CTX *) h, out, NULL) == 1;
}

void wd_hasher_free(wd_hasher *h)
{
    EVP_MD_CTX_free((EVP_MD_CTX *) h);
}

char *wd_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

static int hex_digit(uint8_t c)
{
    c = wd_lower(c);
    return wd_is_digit(c) ? c - '0' : (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

bool wd_unhex(wd_slice text, uint8_t *out, size_t len)
{
    if (text.len != len * 2) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text.ptr[2 * i]);
        int low = hex_digit(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t) (high << 4 | low);
    }
    return true;
}

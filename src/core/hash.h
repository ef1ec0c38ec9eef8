#ifndef WD_CORE_HASH_H
#define WD_CORE_HASH_H

#include "core/err.h"
#include "core/slice.h"

#define WD_SHA256_LEN 32
#define WD_HEX_MAX 129 /* SHA-512 in hexadecimal and a NUL */

typedef enum wd_hash_kind { WD_MD5, WD_SHA1, WD_SHA256, WD_SHA384, WD_SHA512 } wd_hash_kind;

/** Must run once in the process before a sandbox is entered: the library reads its configuration
 * then. */
wd_status wd_hash_init(wd_err *err);

/** Bytes of the digest of a kind. */
size_t wd_hash_len(wd_hash_kind kind);

/** Digest of one run of bytes into `out` (at least wd_hash_len(kind)). False when the library
 * refuses. */
bool wd_hash(wd_hash_kind kind, wd_slice data, uint8_t *out);

/** Digest over several runs fed in order. */
typedef struct wd_hasher wd_hasher;
wd_hasher *wd_hasher_new(wd_hash_kind kind); /* NULL when the library refuses */
bool wd_hasher_add(wd_hasher *h, wd_slice data);
bool wd_hasher_end(wd_hasher *h, uint8_t *out);
void wd_hasher_free(wd_hasher *h); /* NULL is fine */

/** Lower-case hexadecimal into `out` (2 * len + 1 bytes); returns `out`. */
char *wd_hex(const uint8_t *bytes, size_t len, char *out);
/** Hexadecimal text to bytes; false when a digit or the length is wrong. */
bool wd_unhex(wd_slice text, uint8_t *out, size_t len);

#endif

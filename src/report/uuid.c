#include "report/uuid.h"

#include <string.h>

#include "core/hash.h"

/* 6b6f1c52-8f0e-5d0a-9a6d-2c6f9f0f4e1b */
const uint8_t wd_uuid_whodunit[16] = {0x6b, 0x6f, 0x1c, 0x52, 0x8f, 0x0e, 0x5d, 0x0a,
                                      0x9a, 0x6d, 0x2c, 0x6f, 0x9f, 0x0f, 0x4e, 0x1b};
/* 00abedb4-aa42-466c-9c01-fed23315a9b7 */
const uint8_t wd_uuid_stix_sco[16] = {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
                                      0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};

const char *wd_uuid5(const uint8_t space[static 16], wd_slice name, char out[static WD_UUID_TEXT])
{
    uint8_t digest[20] = {0};
    wd_hasher *h = wd_hasher_new(WD_SHA1);
    if (h != NULL) {
        bool ok = wd_hasher_add(h, wd_slice_of(space, 16)) && wd_hasher_add(h, name) &&
                  wd_hasher_end(h, digest);
        if (!ok) {
            memset(digest, 0, sizeof digest);
        }
        wd_hasher_free(h);
    }
    digest[6] = (uint8_t) ((digest[6] & 0x0fU) | 0x50U);
    digest[8] = (uint8_t) ((digest[8] & 0x3fU) | 0x80U);
    char hex[33];
    wd_hex(digest, 16, hex);
    static const uint8_t groups[] = {8, 4, 4, 4, 12};
    size_t from = 0;
    size_t to = 0;
    for (size_t i = 0; i < sizeof groups; i++) {
        if (i > 0) {
            out[to++] = '-';
        }
        memcpy(out + to, hex + from, groups[i]);
        from += groups[i];
        to += groups[i];
    }
    out[to] = '\0';
    return out;
}

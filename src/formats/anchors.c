#include <stdlib.h>
#include <string.h>

#include "formats/certificate.h"

/*
 * Fingerprints of roots and issuing authorities of code signing, as they occur in signatures of
 * public packages (list and recipe: script/corpus). A chain that ends elsewhere is "not anchored
 * here", which is neutral: the table states what is known, not what is good.
 */
static const uint8_t builtin[][WD_SHA256_LEN] = {
#include "formats/anchors.inc"
};

wd_anchors wd_anchors_builtin(void)
{
    return (wd_anchors){builtin, sizeof builtin / sizeof builtin[0]};
}

static int by_bytes(const void *key, const void *entry)
{
    return memcmp(key, entry, WD_SHA256_LEN);
}

bool wd_anchors_have(const wd_anchors *a, const uint8_t sha256[WD_SHA256_LEN])
{
    return a != NULL && a->n > 0 &&
           bsearch(sha256, a->sha256, a->n, WD_SHA256_LEN, by_bytes) != NULL;
}

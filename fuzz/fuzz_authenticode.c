/*
 * The bare signature (PKCS#7 / CMS) as it stands in PE and MSI files, without the file around it,
 * so that the fuzzer reaches attributes, timestamps, nested signatures and certificates at once.
 * Claims must lie inside the signature.
 */
#include <stdlib.h>

#include "core/hash.h"
#include "formats/authenticode.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new((size_t) 256 << 20);
    if (arena == NULL || wd_hash_init(NULL) != WD_OK) {
        abort();
    }
    wd_notes notes = {.arena = arena};
    wd_authenticode_set set = {.arena = arena};
    wd_anchors anchors = wd_anchors_builtin();
    size_t used = 0;
    if (wd_authenticode_read(&set, wd_slice_of(data, size), 0, &notes, &used, NULL) == WD_OK) {
        if (used > size || wd_authenticode_finish(&set, &anchors, &notes, NULL) != WD_OK) {
            abort();
        }
        for (size_t i = 0; i < set.claims.n; i++) {
            if (set.claims.items[i].at + set.claims.items[i].len > used) {
                abort();
            }
        }
    }
    wd_authenticode_free(&set);
    wd_arena_free(arena);
    return 0;
}

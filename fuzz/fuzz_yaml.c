/* YAML of rules and campaign packs, which people download from anywhere. Input is one stream of
 * documents. */
#include <stdlib.h>

#include "core/yaml.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new(16U << 20);
    wd_json_doc doc = {0};
    size_t *roots = NULL;
    size_t n = 0;
    if (arena != NULL &&
        wd_yaml_parse(&doc, wd_slice_of(data, size), arena, &roots, &n, NULL) == WD_OK) {
        for (size_t i = 0; i < n; i++) {
            if (roots[i] + doc.nodes[roots[i]].span > doc.n) {
                abort();
            }
        }
    }
    wd_json_doc_free(&doc);
    wd_arena_free(arena);
    return 0;
}

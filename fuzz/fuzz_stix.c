/* STIX bundles given with --intel: the object walker, and the first line of the input again as a
 * bare pattern, so that the pattern grammar is reached without JSON around it. */
#include "fuzz.h"
#include "fuzz_knowledge.h"
#include "knowledge/stix_pattern.h"

static void fuzz_pattern(wd_slice text)
{
    wd_arena *arena = wd_arena_new(16U << 20);
    wd_stix_value *values = NULL;
    size_t n = 0;
    if (arena != NULL && wd_stix_pattern(text, arena, &values, &n, NULL) == WD_OK) {
        for (size_t i = 0; i < n; i++) {
            if (values[i].text.len > text.len || values[i].value.len > text.len) {
                abort();
            }
        }
    }
    wd_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_slice rest = wd_slice_of(data, size);
    wd_slice line = {0};
    fuzz_knowledge(rest);
    if (wd_slice_line(&rest, &line)) {
        fuzz_pattern(line);
    }
    return 0;
}

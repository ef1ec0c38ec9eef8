/* ATT&CK bundles and facts about actors, which people download or get from others. Input: a bundle;
 * what it compiles to must load. When it is no bundle it is read as facts itself. */
#include <stdlib.h>

#include "core/hash.h"
#include "fuzz.h"
#include "knowledge/actors.h"
#include "knowledge/attack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new(16U << 20);
    wd_actors *facts = arena == NULL ? NULL : wd_actors_new(arena);
    wd_slice in = wd_slice_of(data, size);
    wd_buf out = {0};
    wd_compiled n;
    wd_err err = {0};
    if (facts != NULL && wd_attack_compile(in, WD_S("1"), &out, &n, &err) == WD_OK) {
        wd_err again = {0};
        if (wd_actors_add(facts, WD_S("out"), wd_buf_slice(&out), &again) == WD_E_MALFORMED) {
            abort();
        }
    } else if (facts != NULL) {
        wd_err again = {0};
        if (out.len != 0) {
            abort();
        }
        (void) !wd_actors_add(facts, WD_S("in"), in, &again);
    }
    wd_buf_free(&out);
    wd_arena_free(arena);
    return 0;
}

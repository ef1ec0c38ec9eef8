/* Campaign packs and brand lists (YAML), which people download from anywhere and give with --kb.
 * The input is one file; whatever is taken from it is then looked up again. */
#include "fuzz.h"
#include "fuzz_knowledge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The kind is told by this line; without it the bytes would go to another reader. */
    static const char head[] = "schema: whodunit.campaign/1\n";
    uint8_t text[1U << 16];
    if (size > sizeof text - sizeof head) {
        return 0;
    }
    memcpy(text, head, sizeof head - 1);
    if (size > 0) {
        memcpy(text + sizeof head - 1, data, size);
    }
    fuzz_knowledge(wd_slice_of(data, size));
    fuzz_knowledge(wd_slice_of(text, size + sizeof head - 1));
    return 0;
}

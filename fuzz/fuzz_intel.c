/* Plain lists, separated values and MISP events given with --intel: feeds that anybody publishes.
 * The kind is told by content, as for users. */
#include "fuzz.h"
#include "fuzz_knowledge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_knowledge(wd_slice_of(data, size));
    return 0;
}

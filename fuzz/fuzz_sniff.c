/*
 * The first bytes of every file and member, whatever they are: decides which reader gets the rest.
 * The answer must be one of the kinds and must not depend on bytes behind the head.
 */
#include <stdlib.h>

#include "formats/sniff.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_slice in = wd_slice_of(data, size);
    wd_slice name = wd_slice_sub(in, 0, size == 0 ? 0 : in.ptr[0] % 8);
    wd_kind kind = wd_sniff(name, in);
    wd_kind back = WD_KIND_COUNT;
    if (!wd_kind_parse(wd_slice_str(wd_kind_name(kind)), &back) || back != kind ||
        (kind == WD_KIND_EMPTY) != (size == 0)) {
        abort();
    }
    return 0;
}

/*
 * Answers of a worker that hostile evidence has taken over: the coordinator must never trust them.
 * Input is what the socket delivers. What decodes must point inside the input.
 */
#include <stdlib.h>

#include "core/wire.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_slice in = wd_slice_of(data, size);
    wd_wire_record record;
    size_t used = 0;
    while (wd_wire_take(in, &record, &used, NULL) == WD_OK && used > 0) {
        if (record.type == WD_WIRE_OUTPUT && record.output.len > 0 &&
            (record.output.ptr < data || record.output.ptr + record.output.len > data + size)) {
            abort();
        }
        in = wd_slice_sub(in, used, in.len);
    }
    return 0;
}

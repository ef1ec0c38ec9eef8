/*
 * Suricata EVE lines, whose strings come from the other side. Input is a whole log.
 */
#include "formats/eve.h"
#include "fuzz_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    net_run(wd_eve_facts, data, size);
    return 0;
}

/*
 * Zeek logs, TSV and JSON: names, hosts and agents in them come from the other side. Input is a
 * whole log.
 */
#include "formats/zeek.h"
#include "fuzz_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    net_run(wd_zeek_facts, data, size);
    return 0;
}

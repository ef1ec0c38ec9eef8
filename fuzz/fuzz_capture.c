/*
 * Captures (pcap, pcapng) that anybody on the network may have shaped: records, link layers,
 * tunnels, fragments, TCP order and every protocol head above it. Input is a whole file.
 */
#include "formats/capture_facts.h"
#include "fuzz_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    net_run(wd_capture_facts, data, size);
    return 0;
}

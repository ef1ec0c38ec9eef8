/*
 * Text logs of name servers and proxies; clients choose the names and addresses in them. Input is a
 * whole log, read as both kinds.
 */
#include "formats/log_lines.h"
#include "fuzz_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    net_run(wd_dnslog_facts, data, size);
    net_run(wd_proxylog_facts, data, size);
    (void) wd_dnslog_looks(wd_slice_of(data, size));
    (void) wd_proxylog_looks(wd_slice_of(data, size));
    return 0;
}

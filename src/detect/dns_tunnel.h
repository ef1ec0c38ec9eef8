#ifndef WD_DETECT_DNS_TUNNEL_H
#define WD_DETECT_DNS_TUNNEL_H

#include "detect/conviction.h"

/**
 * Data carried in names: one source that asks for many different names below one registered domain,
 * long and of the spread that encoded bytes have, hardly ever twice. Each becomes a finding with
 * the numbers that speak for it. Domains of brands and of services that everybody uses are left
 * out, and so are reverse look-ups. Fails: WD_E_NOMEM, what `each` answers.
 */
WD_MUST_USE wd_status wd_dns_tunnels(const wd_world *world, wd_arena *arena,
                                     wd_conviction_sink *each, void *ctx);

#endif

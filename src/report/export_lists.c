#include "report/export_job.h"
#include "report/view.h"

/*
 * Lists for resolvers, firewalls and sensors. A value is only ever printed in the spelling that
 * report/blocklist.h checked; everything else stands in comments.
 *
 *   nft    nftables 1.0: one table, reloaded as a whole. Only address literals are printed, because
 *          nft would look a name up. A set without elements must have no `elements` line.
 *   rpz    draft-vixie-dnsop-dns-rpz-00: QNAME triggers relative to the zone, apex and wildcard to
 *          NXDOMAIN (CNAME .); addresses as rpz-ip triggers, prefix and bytes reversed.
 *   hosts  name to 0.0.0.0; cannot do wildcards.
 *   zeek   Intel framework: tab-separated, `-` is unset, URLs without scheme.
 */

/* Owner and zone name share 255 octets; this leaves room for the longest usual zone name. */
#define MAX_OWNER 200U

typedef void (*line_fn)(wd_export_job *job, const wd_block_entry *e);

/* All entries of the kinds in order: the listed ones through `line`, the others as comments. */
static void each(wd_export_job *job, unsigned kinds, const char *mark, line_fn line)
{
    for (size_t i = 0; i < job->blocks.n; i++) {
        const wd_block_entry *e = &job->blocks.list[i];
        if (!wd_export_takes(e, kinds)) {
            continue;
        }
        if (e->listed) {
            line(job, e);
        } else {
            wd_export_held(job, mark, e);
        }
    }
}

static void value(wd_export_job *job, const wd_block_entry *e)
{
    wd_buf_add(job->out, e->value);
}

/* --- nftables ------------------------------------------------------------------------------- */

static void nft_element(wd_export_job *job, const wd_block_entry *e)
{
    wd_buf_str(job->out, "            ");
    value(job, e);
    if (e->prefix < (e->kind == WD_BLOCK_IPV4 ? 32U : 128U)) {
        wd_buf_printf(job->out, "/%u", e->prefix);
    }
    wd_buf_str(job->out, ", # ");
    wd_export_trace(job, e);
    wd_buf_byte(job->out, '\n');
}

static void nft_set(wd_export_job *job, const char *name, const char *type, wd_block_kind kind)
{
    wd_buf_printf(job->out,
                  "    set %s {\n        type %s\n        flags interval\n        auto-merge\n",
                  name, type);
    if (wd_blocklist_any(&job->blocks, kind, true)) {
        wd_buf_str(job->out, "        elements = {\n");
        each(job, WD_KIND(kind), "            # ", nft_element);
        wd_buf_str(job->out, "        }\n");
    } else {
        each(job, WD_KIND(kind), "        # ", nft_element);
    }
    wd_buf_str(job->out, "    }\n");
}

wd_status wd_export_nft(wd_export_job *job, wd_err *err)
{
    static const char *const hooks[] = {"output", "forward"};
    (void) err;
    wd_export_head(job, "# ",
                   "nftables ruleset; load with: nft -f FILE, remove with: "
                   "nft delete table inet whodunit",
                   WD_KIND(WD_BLOCK_IPV4) | WD_KIND(WD_BLOCK_IPV6));
    wd_buf_str(job->out, "table inet whodunit\ndelete table inet whodunit\n"
                         "table inet whodunit {\n");
    nft_set(job, "block4", "ipv4_addr", WD_BLOCK_IPV4);
    nft_set(job, "block6", "ipv6_addr", WD_BLOCK_IPV6);
    for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
        wd_buf_printf(job->out,
                      "    chain stop_%s {\n"
                      "        type filter hook %s priority filter; policy accept;\n"
                      "        ip daddr @block4 counter reject\n"
                      "        ip6 daddr @block6 counter reject\n    }\n",
                      hooks[i], hooks[i]);
    }
    wd_buf_str(job->out, "}\n");
    return WD_OK;
}

/* --- response policy zone ------------------------------------------------------------------- */

static void rpz_name(wd_export_job *job, const wd_block_entry *e)
{
    if (e->value.len > MAX_OWNER) {
        wd_export_held(job, "; ", e);
        return;
    }
    for (int wild = 0; wild < 2; wild++) {
        wd_buf_str(job->out, wild == 1 ? "*." : "");
        value(job, e);
        wd_buf_str(job->out, " CNAME . ; ");
        wd_export_trace(job, e);
        wd_buf_byte(job->out, '\n');
    }
}

/* 192.0.2.1/32 as 32.1.2.0.192.rpz-ip */
static void rpz_ipv4(wd_export_job *job, const wd_block_entry *e)
{
    wd_slice parts[4];
    wd_slice rest = e->value;
    for (size_t i = 0; i < 4 && wd_slice_split(&rest, '.', &parts[i]); i++) {
    }
    wd_buf_printf(job->out, "%u", e->prefix);
    for (size_t i = 4; i > 0; i--) {
        wd_buf_byte(job->out, '.');
        wd_buf_add(job->out, parts[i - 1]);
    }
    wd_buf_str(job->out, ".rpz-ip CNAME . ; ");
    wd_export_trace(job, e);
    wd_buf_byte(job->out, '\n');
}

/* 2001:db8::1/128 as 128.1.zz.db8.2001.rpz-ip: "zz" stands for the run of zeros. */
static void rpz_ipv6(wd_export_job *job, const wd_block_entry *e)
{
    wd_slice parts[9];
    size_t n = 0;
    wd_slice rest = e->value;
    wd_slice part;
    while (n < 9 && wd_slice_split(&rest, ':', &part)) {
        bool edge = part.len == 0 && n > 0 && wd_slice_eq(parts[n - 1], WD_S("zz"));
        if (!edge) {
            parts[n++] = part.len == 0 ? WD_S("zz") : part;
        }
    }
    if (wd_slice_find_byte(e->value, '.') != SIZE_MAX) {
        wd_export_held(job, "; ", e); /* an embedded IPv4 address has no spelling here */
        return;
    }
    wd_buf_printf(job->out, "%u", e->prefix);
    for (size_t i = n; i > 0; i--) {
        wd_buf_byte(job->out, '.');
        wd_buf_add(job->out, parts[i - 1]);
    }
    wd_buf_str(job->out, ".rpz-ip CNAME . ; ");
    wd_export_trace(job, e);
    wd_buf_byte(job->out, '\n');
}

wd_status wd_export_rpz(wd_export_job *job, wd_err *err)
{
    (void) err;
    wd_export_head(job, "; ", "DNS response policy zone, answers NXDOMAIN", WD_KINDS_NET);
    /* The serial must grow with each edition: seconds of the time the report speaks of. */
    int64_t serial = job->as_of == WD_NO_TIME ? 1 : job->as_of / WD_TICKS_PER_SECOND;
    wd_buf_printf(job->out,
                  "$TTL 300\n@ IN SOA localhost. hostmaster.localhost. (%lld 3600 600 604800 300)\n"
                  "@ IN NS localhost.\n",
                  (long long) (serial > 0 && serial < INT64_C(4294967295) ? serial : 1));
    each(job, WD_KIND(WD_BLOCK_DOMAIN), "; ", rpz_name);
    each(job, WD_KIND(WD_BLOCK_IPV4), "; ", rpz_ipv4);
    each(job, WD_KIND(WD_BLOCK_IPV6), "; ", rpz_ipv6);
    return WD_OK;
}

/* --- hosts ---------------------------------------------------------------------------------- */

static void hosts_line(wd_export_job *job, const wd_block_entry *e)
{
    wd_buf_str(job->out, "0.0.0.0 ");
    value(job, e);
    wd_buf_str(job->out, " # ");
    wd_export_trace(job, e);
    wd_buf_byte(job->out, '\n');
}

wd_status wd_export_hosts(wd_export_job *job, wd_err *err)
{
    (void) err;
    wd_export_head(job, "# ", "hosts file; names only, cannot match names below a listed one",
                   WD_KIND(WD_BLOCK_DOMAIN));
    each(job, WD_KIND(WD_BLOCK_DOMAIN), "# ", hosts_line);
    return WD_OK;
}

/* --- Zeek ----------------------------------------------------------------------------------- */

static const char *zeek_type(wd_block_kind kind)
{
    switch (kind) {
    case WD_BLOCK_DOMAIN: return "Intel::DOMAIN";
    case WD_BLOCK_IPV4:
    case WD_BLOCK_IPV6: return "Intel::ADDR";
    case WD_BLOCK_URL: return "Intel::URL";
    case WD_BLOCK_SHA256:
    case WD_BLOCK_SHA1:
    case WD_BLOCK_MD5:
    case WD_BLOCK_OTHER: break;
    }
    return "Intel::FILE_HASH";
}

static void zeek_line(wd_export_job *job, const wd_block_entry *e)
{
    bool subnet = e->prefix > 0 && e->prefix < (e->kind == WD_BLOCK_IPV4 ? 32U : 128U);
    value(job, e);
    if (subnet) {
        wd_buf_printf(job->out, "/%u", e->prefix);
    }
    wd_buf_printf(job->out, "\t%s\twhodunit\t", subnet ? "Intel::SUBNET" : zeek_type(e->kind));
    wd_export_comment(job->out, wd_json_text(e->json, "role"), 40);
    wd_buf_str(job->out, " ");
    wd_export_trace(job, e);
    wd_buf_printf(job->out, " TLP:%s\n", job->tlp);
}

wd_status wd_export_zeek_intel(wd_export_job *job, wd_err *err)
{
    unsigned kinds = WD_KINDS_NET | WD_KIND(WD_BLOCK_URL) | WD_KIND(WD_BLOCK_SHA256) |
                     WD_KIND(WD_BLOCK_SHA1) | WD_KIND(WD_BLOCK_MD5);
    (void) err;
    wd_buf_str(job->out, "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n");
    wd_export_head(job, "# ", "Zeek intelligence file; replace it by renaming, never by rewriting",
                   kinds);
    each(job, kinds, "# ", zeek_line);
    return WD_OK;
}

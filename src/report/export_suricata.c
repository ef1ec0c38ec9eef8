#include "report/export_job.h"
#include "report/view.h"

/*
 * Suricata 7 rules. Names match themselves and what is below them through dotprefix and endswith,
 * in DNS queries, TLS SNI and HTTP hosts; `match subdomain` of data sets is ignored by Suricata 7
 * without a word and is therefore not used. Rule numbers count up from the local range in the order
 * of the report.
 */

#define FIRST_SID 1000001U

typedef struct rules {
    wd_export_job *job;
    uint32_t sid;
} rules;

/* Words of an option: letters, digits, '-', '_', '.' and blanks; whatever else becomes '_'. */
static void word(wd_buf *out, wd_slice s, bool blanks)
{
    for (size_t i = 0; i < s.len && i < 60; i++) {
        uint8_t c = s.ptr[i];
        bool plain =
            wd_is_alpha(c) || wd_is_digit(c) || c == '-' || c == '.' || (c == ' ' && blanks);
        wd_buf_byte(out, plain ? c : '_');
    }
}

/* Body of a content option: what is not plain is written as hexadecimal. */
static void content(wd_buf *out, wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (wd_is_alpha(c) || wd_is_digit(c) || c == '-' || c == '.' || c == '/' || c == '_') {
            wd_buf_byte(out, c);
        } else {
            wd_buf_printf(out, "|%02x|", c);
        }
    }
}

/* Up to the opening of the options, with the message. */
static void begin(rules *r, const char *header, const char *what, const wd_block_entry *e)
{
    wd_buf *out = r->job->out;
    wd_buf_printf(out, "alert %s (msg:\"whodunit %s ", header, what);
    word(out, wd_json_text(e->json, "role"), true);
    wd_buf_byte(out, ' ');
    word(out, e->value, false);
    wd_buf_str(out, "\"; ");
}

static void end(rules *r, const wd_block_entry *e)
{
    char time[WD_TIME_TEXT];
    wd_buf *out = r->job->out;
    wd_buf_str(out, "classtype:trojan-activity; metadata:evidence ");
    word(out, e->evidence.len > 0 ? e->evidence : WD_S("none"), false);
    wd_buf_str(out, ", tlp ");
    word(out, wd_slice_str(r->job->tlp), false);
    if (e->expires != WD_NO_TIME) {
        wd_buf_printf(out, ", until %.10s", wd_time_format_seconds(e->expires, time));
    }
    wd_buf_printf(out, "; sid:%u; rev:1;)\n", r->sid++);
}

static void name_rules(rules *r, const wd_block_entry *e)
{
    static const struct {
        const char *header;
        const char *what;
        const char *buffer;
    } where[] = {{"dns any any -> any any", "DNS", "dns.query"},
                 {"tls any any -> any any", "TLS", "tls.sni"},
                 {"http any any -> any any", "HTTP", "http.host"}};
    for (size_t i = 0; i < sizeof where / sizeof where[0]; i++) {
        begin(r, where[i].header, where[i].what, e);
        wd_buf_printf(r->job->out, "%s; dotprefix; content:\".", where[i].buffer);
        content(r->job->out, e->value);
        /* http.host is lower-case already and takes no nocase */
        wd_buf_str(r->job->out, i == 2 ? "\"; endswith; " : "\"; nocase; endswith; ");
        end(r, e);
    }
}

static void address_rule(rules *r, const wd_block_entry *e)
{
    wd_buf *out = r->job->out;
    wd_buf header = {0};
    wd_buf_str(&header, "ip any any -> ");
    wd_buf_add(&header, e->value);
    if (e->prefix < (e->kind == WD_BLOCK_IPV4 ? 32U : 128U)) {
        wd_buf_printf(&header, "/%u", e->prefix);
    }
    wd_buf_str(&header, " any");
    wd_buf_byte(&header, 0);
    out->failed = out->failed || header.failed;
    begin(r, header.failed ? "ip any any -> 192.0.2.1 any" : (const char *) header.ptr, "address",
          e);
    end(r, e);
    wd_buf_free(&header);
}

static void url_rule(rules *r, const wd_block_entry *e)
{
    size_t slash = wd_slice_find_byte(e->value, '/');
    begin(r, "http any any -> any any", "URL", e);
    wd_buf_str(r->job->out, "http.host; content:\"");
    content(r->job->out, wd_slice_sub(e->value, 0, slash));
    wd_buf_printf(r->job->out, "\"; bsize:%zu; http.uri; content:\"", slash);
    content(r->job->out, wd_slice_sub(e->value, slash, e->value.len));
    wd_buf_str(r->job->out, "\"; startswith; ");
    end(r, e);
}

wd_status wd_export_suricata(wd_export_job *job, wd_err *err)
{
    (void) err;
    unsigned kinds = WD_KINDS_NET | WD_KIND(WD_BLOCK_URL);
    uint32_t first = job->options->suricata_sid;
    rules r = {job, first > 0 ? first : FIRST_SID};
    wd_export_head(job, "# ", "Suricata 7 rules", kinds);
    for (size_t i = 0; i < job->blocks.n; i++) {
        const wd_block_entry *e = &job->blocks.list[i];
        if (!wd_export_takes(e, kinds)) {
            continue;
        }
        if (!e->listed) {
            wd_export_held(job, "# ", e);
        } else if (e->kind == WD_BLOCK_DOMAIN) {
            name_rules(&r, e);
        } else if (e->kind == WD_BLOCK_URL) {
            url_rule(&r, e);
        } else {
            address_rule(&r, e);
        }
    }
    return WD_OK;
}

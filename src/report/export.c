#include "report/export.h"

#include <string.h>

#include "core/text.h"
#include "report/columns.h"
#include "report/export_job.h"
#include "report/html.h"
#include "report/view.h"

#define JOB_ARENA ((size_t) 512 << 20)

static const struct {
    wd_export_format format;
    wd_status (*write)(wd_export_job *job, wd_err *err);
} formats[] = {
    {{"html", "report.html", "the report as one page"}, wd_export_html},
    {{"json", "report.json", "the report document"}, wd_export_json},
    {{"csv", "export/findings.csv", "findings as a table"}, wd_export_csv},
    {{"stix", "export/bundle.stix.json", "STIX 2.1 bundle"}, wd_export_stix},
    {{"navigator", "export/navigator.json", "ATT&CK Navigator layer 4.5"}, wd_export_navigator},
    {{"attack-flow", "export/attack-flow.json", "Attack Flow 2.0.0"}, wd_export_attack_flow},
    {{"misp", "export/misp.json", "MISP event"}, wd_export_misp},
    {{"sarif", "export/findings.sarif", "SARIF 2.1.0 log"}, wd_export_sarif},
    {{"timesketch", "export/timesketch.jsonl", "Timesketch timeline"}, wd_export_timesketch},
    {{"suricata", "block/whodunit.rules", "Suricata rules"}, wd_export_suricata},
    {{"nft", "block/whodunit.nft", "nftables ruleset"}, wd_export_nft},
    {{"rpz", "block/whodunit.rpz", "DNS response policy zone"}, wd_export_rpz},
    {{"hosts", "block/whodunit.hosts", "hosts file"}, wd_export_hosts},
    {{"zeek-intel", "block/whodunit.intel", "Zeek intelligence file"}, wd_export_zeek_intel},
    {{"sigma", "block/whodunit.sigma.yml", "Sigma rules"}, wd_export_sigma},
    {{"yara", "block/whodunit.yar", "YARA rules"}, wd_export_yara},
};

#define FORMATS (sizeof formats / sizeof formats[0])

const wd_export_format *wd_export_format_at(size_t index)
{
    return index < FORMATS ? &formats[index].format : NULL;
}

void wd_export_comment(wd_buf *out, wd_slice text, size_t columns)
{
    wd_buf safe = {0};
    wd_text_terminal(&safe, wd_slice_trim(text));
    wd_slice all = wd_buf_slice(&safe);
    for (size_t i = 0; i < all.len && i < columns; i++) {
        uint8_t c = all.ptr[i];
        wd_buf_byte(out, c >= 0x20 && c < 0x7f ? c : '?');
    }
    wd_buf_free(&safe);
}

bool wd_export_takes(const wd_block_entry *e, unsigned kinds)
{
    return (kinds & WD_KIND(e->kind)) != 0;
}

void wd_export_head(wd_export_job *job, const char *mark, const char *what, unsigned kinds)
{
    size_t listed = 0;
    size_t held = 0;
    size_t met = 0;
    for (size_t i = 0; i < job->blocks.n; i++) {
        const wd_block_entry *e = &job->blocks.list[i];
        if (wd_export_takes(e, kinds)) {
            listed += e->listed ? 1U : 0U;
            held += e->listed ? 0U : 1U;
            met += e->listed && e->hits > 0 ? 1U : 0U;
        }
    }
    char time[WD_TIME_TEXT];
    wd_buf *out = job->out;
    wd_buf_printf(out, "%swhodunit ", mark);
    wd_export_comment(out, wd_json_text(wd_json_get(job->report, "tool"), "version"), 20);
    wd_buf_printf(out, ": %s\n%scase ", what, mark);
    wd_export_comment(out, wd_view_case_name(job->report), 60);
    wd_buf_printf(out, ", TLP:%s, as of %s\n", job->tlp, wd_time_format_seconds(job->as_of, time));
    wd_buf_printf(out, "%s%zu listed, %zu held back (commented out with the reason)\n", mark,
                  listed, held);
    if ((kinds & WD_KINDS_NET) != 0) {
        wd_buf_printf(out, "%sin this case: %zu of %zu met by its connections and look-ups\n", mark,
                      met, listed);
    }
}

void wd_export_trace(wd_export_job *job, const wd_block_entry *e)
{
    char time[WD_TIME_TEXT];
    wd_buf *out = job->out;
    wd_export_comment(out, e->evidence.len > 0 ? e->evidence : WD_S("no evidence id"), 24);
    if (e->expires != WD_NO_TIME) {
        wd_buf_printf(out, ", until %.10s", wd_time_format_seconds(e->expires, time));
    }
    if (e->hits > 0) {
        wd_buf_printf(out, ", %llu hits", (unsigned long long) e->hits);
    }
}

void wd_export_held(wd_export_job *job, const char *mark, const wd_block_entry *e)
{
    wd_buf_str(job->out, mark);
    wd_export_comment(job->out, e->value, 200);
    if (e->prefix > 0 && e->prefix < (e->kind == WD_BLOCK_IPV4 ? 32U : 128U)) {
        wd_buf_printf(job->out, "/%u", e->prefix);
    }
    wd_buf_str(job->out, "  held back: ");
    wd_export_comment(job->out, e->held, 120);
    wd_buf_str(job->out, " (");
    wd_export_trace(job, e);
    wd_buf_str(job->out, ")\n");
}

wd_status wd_export_html(wd_export_job *job, wd_err *err)
{
    return wd_report_html(job->report, NULL, job->out, err);
}

static void write_node(wd_jw *w, const wd_json *v)
{
    switch (v->type) {
    case WD_JSON_OBJECT:
        wd_jw_object(w);
        WD_JSON_EACH (child, v) {
            wd_jw_key_slice(w, child->key);
            write_node(w, child);
        }
        wd_jw_object_end(w);
        break;
    case WD_JSON_ARRAY:
        wd_jw_array(w);
        WD_JSON_EACH (child, v) {
            write_node(w, child);
        }
        wd_jw_array_end(w);
        break;
    case WD_JSON_STRING: wd_jw_slice(w, v->text); break;
    case WD_JSON_NUMBER: wd_jw_number(w, v->text); break;
    case WD_JSON_TRUE: wd_jw_bool(w, true); break;
    case WD_JSON_FALSE: wd_jw_bool(w, false); break;
    case WD_JSON_NULL: wd_jw_null(w); break;
    }
}

wd_status wd_export_json(wd_export_job *job, wd_err *err)
{
    (void) err;
    wd_jw w = wd_jw_init(job->out, 2);
    write_node(&w, job->report);
    wd_buf_byte(job->out, '\n');
    return WD_OK;
}

static wd_status run(size_t index, wd_export_job *job, wd_err *err)
{
    WD_TRY(wd_blocklist_load(&job->blocks, job->report, job->arena, err));
    wd_status status = formats[index].write(job, err);
    return status == WD_OK && job->out->failed ? wd_nomem(err, "report.export") : status;
}

wd_status wd_export(const char *format, const wd_json *report, const wd_export_options *options,
                    wd_buf *out, wd_err *err)
{
    static const wd_export_options usual = {0};
    if (!wd_view_is_report(report)) {
        return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "report.export",
                       "this is no report document of schema whodunit.report/1");
    }
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i].format.name, format) != 0) {
            continue;
        }
        wd_export_job job = {.report = report,
                             .options = options == NULL ? &usual : options,
                             .arena = wd_arena_new(JOB_ARENA),
                             .out = out,
                             .as_of = wd_view_as_of(report)};
        wd_slice tlp = job.options->tlp;
        job.tlp = wd_view_tlp(tlp.len > 0 ? tlp : wd_json_text(report, "tlp"));
        wd_status status = job.arena == NULL ? wd_nomem(err, "report.export") : run(i, &job, err);
        wd_arena_free(job.arena);
        return status;
    }
    return wd_fail(err, WD_E_USAGE, WD_NO_OFFSET, "report.export", "unknown export format: %s",
                   format);
}

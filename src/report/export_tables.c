#include "core/text.h"
#include "report/defang.h"
#include "report/export_job.h"
#include "report/view.h"

/*
 * Tables for people and timelines for tools.
 *
 *   csv         RFC 4180 with CRLF, one row per finding; fields that a spreadsheet would take for a
 *               formula get an apostrophe. Names of attackers are defanged: people open this file.
 *   timesketch  one JSON object a line with `message`, `datetime` and `timestamp_desc`; the field
 *               limit of its search index is 32,766 bytes.
 */

#define MAX_FIELD 30000U

static void csv_field(wd_export_job *job, const wd_defanger *names, wd_slice text, const char *end)
{
    wd_buf broken = {0};
    wd_defang(names, text, &broken);
    wd_text_csv(job->out, wd_buf_slice(&broken));
    wd_buf_str(job->out, end);
    wd_buf_free(&broken);
}

/* Items and places of a finding in one field: "path @0x10; path #42". */
static void places(wd_buf *out, const wd_json *evidence)
{
    size_t n = 0;
    WD_JSON_EACH (e, evidence) {
        wd_buf_str(out, n++ > 0 ? "; " : "");
        wd_buf_add(out, wd_json_text(e, "item"));
        if (wd_json_is(wd_json_get(e, "record"), WD_JSON_NUMBER)) {
            wd_buf_printf(out, " #%llu", (unsigned long long) wd_view_u64(e, "record", 0));
        } else if (wd_json_is(wd_json_get(e, "offset"), WD_JSON_NUMBER)) {
            wd_buf_printf(out, " @0x%llx", (unsigned long long) wd_view_u64(e, "offset", 0));
        }
    }
}

static void joined(wd_buf *out, const wd_json *list)
{
    size_t n = 0;
    WD_JSON_EACH (v, list) {
        wd_buf_str(out, n++ > 0 ? " " : "");
        wd_buf_add(out, wd_json_scalar(v));
    }
}

wd_status wd_export_csv(wd_export_job *job, wd_err *err)
{
    static const char *const keys[] = {"id",   "severity", "basis", "host",
                                       "time", "rule",     "title", "sentence"};
    wd_defanger names;
    WD_TRY(wd_defanger_init(&names, job->report, job->arena, err));
    wd_buf_str(job->out,
               "id,severity,basis,host,time,rule,title,sentence,techniques,where,tlp\r\n");
    WD_JSON_EACH (finding, wd_json_get(job->report, "findings")) {
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
            csv_field(job, &names, wd_json_text(finding, keys[i]), ",");
        }
        wd_buf text = {0};
        joined(&text, wd_json_get(finding, "techniques"));
        csv_field(job, &names, wd_buf_slice(&text), ",");
        wd_buf_clear(&text);
        places(&text, wd_json_get(finding, "evidence"));
        csv_field(job, &names, wd_buf_slice(&text), ",");
        wd_buf_free(&text);
        wd_buf_printf(job->out, "TLP:%s\r\n", job->tlp);
    }
    return WD_OK;
}

static wd_slice cut(wd_slice s)
{
    return wd_slice_sub(s, 0, MAX_FIELD);
}

static void sketch_line(wd_export_job *job, const wd_json *row, const char *key, const char *what)
{
    wd_time t = wd_view_time(row, key);
    wd_buf ids = {0};
    joined(&ids, wd_json_get(row, "evidence"));
    wd_slice text = wd_json_text(row, "text");
    wd_jw w = wd_jw_init(job->out, 0);
    wd_jw_object(&w);
    wd_jw_member_slice(&w, "message", cut(text.len > 0 ? text : WD_S("(no text)")));
    wd_jw_member_time(&w, "datetime", t);
    wd_jw_member_str(&w, "timestamp_desc", what);
    wd_jw_member_slice(&w, "hostname", cut(wd_json_text(row, "host")));
    wd_jw_member_slice(&w, "data_type", WD_S("whodunit:timeline"));
    wd_jw_member_slice(&w, "kind", cut(wd_json_text(row, "kind")));
    wd_jw_member_slice(&w, "severity", cut(wd_json_text(row, "severity")));
    wd_jw_member_slice(&w, "basis", cut(wd_json_text(row, "basis")));
    wd_jw_member_u64(&w, "count", wd_view_u64(row, "count", 1));
    wd_jw_member_slice(&w, "evidence", cut(wd_buf_slice(&ids)));
    wd_jw_member_str(&w, "tlp", job->tlp);
    wd_jw_object_end(&w);
    wd_buf_byte(job->out, '\n');
    wd_buf_free(&ids);
}

wd_status wd_export_timesketch(wd_export_job *job, wd_err *err)
{
    (void) err;
    WD_JSON_EACH (row, wd_json_get(job->report, "timeline")) {
        wd_time first = wd_view_time(row, "time");
        wd_time last = wd_view_time(row, "time_end");
        if (first == WD_NO_TIME) {
            continue; /* a row without a time has no place on a timeline */
        }
        bool span = last != WD_NO_TIME && last != first;
        sketch_line(job, row, "time", span ? "First seen" : "Event time");
        if (span) {
            sketch_line(job, row, "time_end", "Last seen");
        }
    }
    return WD_OK;
}

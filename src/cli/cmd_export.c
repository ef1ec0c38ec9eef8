#include <stdio.h>

#include "cli/case_files.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "core/limits.h"
#include "report/export.h"
#include "report/html.h"

static void list_formats(FILE *to)
{
    fputs("formats:", to);
    for (size_t i = 0; wd_export_format_at(i) != NULL; i++) {
        fprintf(to, " %s", wd_export_format_at(i)->name);
    }
    fputc('\n', to);
}

static wd_status render(const char *format, const wd_json *report, wd_slice text, wd_slice tlp,
                        wd_buf *out, wd_err *err)
{
    wd_slice name = wd_slice_str(format);
    if (wd_slice_eq(name, WD_S("json"))) {
        wd_buf_add(out, text);
        return WD_OK;
    }
    if (wd_slice_eq(name, WD_S("html"))) {
        return wd_report_html(report, NULL, out, err);
    }
    wd_export_options options = {.tlp = tlp};
    return wd_export(format, report, &options, out, err);
}

int wd_cmd_export(const wd_options *o)
{
    wd_err err = {0};
    wd_buf text = {0};
    wd_buf out = {0};
    wd_json_doc doc = {0};
    if (o->words.n == 1) {
        list_formats(stdout);
        return WD_EXIT_NOTHING;
    }
    if (o->words.n != 2) {
        fputs("whodunit: export wants a case folder and a format\n", stderr);
        list_formats(stderr);
        return WD_EXIT_USAGE;
    }
    wd_arena *arena = wd_arena_new(WD_CASE_ARENA);
    wd_status s =
        arena == NULL ? WD_E_NOMEM : wd_case_report(o->words.list[0], &text, &doc, arena, &err);
    if (s == WD_OK) {
        s = render(o->words.list[1], doc.nodes, wd_buf_slice(&text),
                   o->tlp_given ? wd_slice_str(o->tlp) : (wd_slice){0}, &out, &err);
    }
    if (s == WD_OK) {
        fwrite(out.ptr, 1, out.len, stdout);
    } else {
        wd_session_complain("cannot export", o->words.list[0], &err);
    }
    wd_buf_free(&out);
    wd_buf_free(&text);
    wd_json_doc_free(&doc);
    wd_arena_free(arena);
    return s == WD_OK ? WD_EXIT_NOTHING : wd_session_exit(s);
}

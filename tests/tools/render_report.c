/*
 * render_report FORMAT REPORT.json : the report document in one format to standard output, for
 * tests that hand the result to other programs. FORMAT is "terminal", "colour", "quiet" or one of
 * the export formats.
 */
#include <stdio.h>
#include <string.h>

#include "report/export.h"
#include "report/terminal.h"

static bool read_all(const char *path, wd_buf *out)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        perror(path);
        return false;
    }
    char chunk[65536];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, in)) > 0;) {
        wd_buf_add(out, wd_slice_of(chunk, n));
    }
    fclose(in);
    return true;
}

static wd_status render(const char *format, const wd_json *report, wd_buf *out, wd_err *err)
{
    wd_report_style style = {.case_dir = WD_S("CASE"), .colour = strcmp(format, "colour") == 0};
    if (strcmp(format, "quiet") == 0) {
        wd_report_terminal_line(report, out);
        return WD_OK;
    }
    if (style.colour || strcmp(format, "terminal") == 0) {
        wd_report_terminal(report, &style, out);
        return WD_OK;
    }
    return wd_export(format, report, NULL, out, err);
}

int main(int argc, char **argv)
{
    wd_buf text = {0};
    wd_buf out = {0};
    wd_json_doc doc = {0};
    wd_err err = {0};
    wd_arena *arena = wd_arena_new((size_t) 1 << 30);
    if (argc != 3 || arena == NULL || !read_all(argv[2], &text)) {
        fputs("usage: render_report FORMAT REPORT.json\n", stderr);
        return 2;
    }
    wd_status status = wd_json_parse(&doc, wd_buf_slice(&text), arena, 0, &err);
    if (status == WD_OK) {
        status = render(argv[1], doc.nodes, &out, &err);
    }
    if (status != WD_OK) {
        fprintf(stderr, "render_report: %s: %s\n", err.component, err.text);
    }
    fwrite(out.ptr, 1, out.len, stdout);
    wd_buf_free(&text);
    wd_buf_free(&out);
    wd_json_doc_free(&doc);
    wd_arena_free(arena);
    return status == WD_OK ? 0 : 1;
}

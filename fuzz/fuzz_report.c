/*
 * Reaches every renderer and export: the report document through the terminal summary, the page and
 * all formats of wd_export. Such bytes come from a case folder that somebody handed over
 * (`whodunit export CASE FORMAT`, `serve`), and from evidence whose strings stand in the report.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "report/export.h"
#include "report/terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_arena *arena = wd_arena_new(64U << 20);
    wd_json_doc doc = {0};
    wd_buf out = {0};
    if (arena != NULL && wd_json_parse(&doc, wd_slice_of(data, size), arena, 0, NULL) == WD_OK) {
        wd_report_style style = {.case_dir = WD_S("case"), .colour = size % 2 == 0};
        wd_report_terminal(doc.nodes, &style, &out);
        wd_report_terminal_line(doc.nodes, &out);
        for (size_t i = 0; wd_export_format_at(i) != NULL; i++) {
            wd_buf_clear(&out);
            if (wd_export(wd_export_format_at(i)->name, doc.nodes, NULL, &out, NULL) ==
                WD_E_USAGE) {
                abort(); /* a listed format is always known */
            }
        }
    }
    wd_buf_free(&out);
    wd_json_doc_free(&doc);
    wd_arena_free(arena);
    return 0;
}

#include "detect/binaries.h"

#include "detect/pe_finders.h"

wd_status wd_detect_pe(const wd_engine *engine, const wd_item *item, wd_arena *arena,
                       const wd_sink *sink, wd_err *err)
{
    (void) engine;
    wd_emit e = {.item = item, .arena = arena, .sink = sink, .err = err};
    wd_anchors anchors = wd_anchors_builtin();
    wd_pe_view view;
    wd_err failure = {0};
    wd_status status = wd_pe_view_read(&view, item, &anchors, arena, &failure);
    if (status == WD_OK) {
        status = wd_pe_observe(&e, &view);
        if (status == WD_OK) {
            status = wd_pe_find_signature(&e, &view);
        }
    } else {
        status = wd_emit_failure(&e, status, &failure);
    }
    wd_pe_view_free(&view);
    return status;
}

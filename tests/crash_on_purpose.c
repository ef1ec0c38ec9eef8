/*
 * Linked into test programs with --wrap=wd_examine_kind: a file that begins with one of these words
 * makes its reader misbehave, as a hostile file might. The program itself knows nothing of it.
 */
#include <signal.h>
#include <stdlib.h>

#include "detect/examine_priv.h"

wd_status __real_wd_examine_kind(wd_frame *f);
wd_status __wrap_wd_examine_kind(wd_frame *f);

wd_status __wrap_wd_examine_kind(wd_frame *f)
{
    if (wd_slice_starts(f->item.data, WD_S("CRASH ON PURPOSE"))) {
        raise(SIGSEGV);
        abort();
    }
    if (wd_slice_starts(f->item.data, WD_S("HANG ON PURPOSE"))) {
        for (volatile unsigned long i = 0;; i++) {
        }
    }
    if (wd_slice_starts(f->item.data, WD_S("LEAVE ON PURPOSE"))) {
        _Exit(3);
    }
    if (wd_slice_starts(f->item.data, WD_S("EXHAUST ON PURPOSE"))) {
        return wd_arena_alloc(f->arena, WD_ITEM_ARENA + 1) == NULL ? WD_E_NOMEM : WD_OK;
    }
    return __real_wd_examine_kind(f);
}

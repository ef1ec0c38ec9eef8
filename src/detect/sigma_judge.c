#include "detect/sigma_priv.h"
wd_status wd_sigma_judge(const wd_sigma *s, const wd_sigma_part *parts, size_t n, wd_arena *arena,
                         wd_sigma_alert **out, size_t *n_out)
{
    (void) s;
    (void) parts;
    (void) n;
    (void) arena;
    *out = NULL;
    *n_out = 0;
    return WD_OK;
}

#ifndef WD_CORE_ERR_H
#define WD_CORE_ERR_H

#include <stdint.h>

#include "core/status.h"

#define WD_NO_OFFSET UINT64_MAX
#define WD_ERR_TEXT 240
#define WD_ERR_COMPONENT 32

/**
 * What failed, where in the item, and in which component. Passed in by the caller, never global;
 * may be NULL wherever a function takes one. The first failure wins: later ones do not overwrite
 * it. Start at {0}.
 */
typedef struct wd_err {
    wd_status code;
    uint64_t offset; /* absolute in the item, WD_NO_OFFSET when it has no place */
    char component[WD_ERR_COMPONENT];
    char text[WD_ERR_TEXT]; /* one line, plain words; bytes from evidence are escaped by the printer
                             */
} wd_err;

/** Records a failure (unless one is already there) and returns `code`, so a check is one line. */
wd_status wd_fail(wd_err *err, wd_status code, uint64_t offset, const char *component,
                  const char *fmt, ...) WD_PRINTF(5, 6);

/** Forgets a failure that was dealt with. */
void wd_err_clear(wd_err *err);

/** Returns from the calling function when `expr` is not WD_OK. */
#define WD_TRY(expr)                       \
    do {                                   \
        wd_status wd_try_status_ = (expr); \
        if (wd_try_status_ != WD_OK) {     \
            return wd_try_status_;         \
        }                                  \
    } while (0)

#endif

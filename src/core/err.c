#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

wd_status wd_fail(wd_err *err, wd_status code, uint64_t offset, const char *component,
                  const char *fmt, ...)
{
    if (err == NULL || err->code != WD_OK) {
        return code;
    }
    err->code = code;
    err->offset = offset;
    snprintf(err->component, sizeof err->component, "%s", component);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return code;
}

void wd_err_clear(wd_err *err)
{
    if (err != NULL) {
        memset(err, 0, sizeof *err);
    }
}

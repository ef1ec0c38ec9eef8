#include "core/status.h"

const char *wd_status_name(wd_status s)
{
    switch (s) {
    case WD_OK: return "ok";
    case WD_E_NOMEM: return "out of memory";
    case WD_E_IO: return "input/output error";
    case WD_E_TRUNCATED: return "truncated";
    case WD_E_MALFORMED: return "malformed";
    case WD_E_LIMIT: return "limit reached";
    case WD_E_UNSUPPORTED: return "unsupported";
    case WD_E_DENIED: return "denied";
    case WD_E_NOT_FOUND: return "not found";
    case WD_E_USAGE: return "usage";
    case WD_E_CORRUPT_CASE: return "corrupt case";
    }
    return "unknown status";
}

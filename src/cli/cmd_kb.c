#include "cli/commands.h"
#include "cli/session.h"

int wd_cmd_kb(const wd_options *o)
{
    (void) o;
    return WD_EXIT_USAGE;
}

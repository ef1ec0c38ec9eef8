#ifndef WD_CLI_COMMANDS_H
#define WD_CLI_COMMANDS_H

#include "cli/options.h"

/* One function per command, one file each; the result is the exit code. */
int wd_cmd_investigate(const wd_options *o);
int wd_cmd_scan(const wd_options *o);
int wd_cmd_events(const wd_options *o);
int wd_cmd_traffic(const wd_options *o);
int wd_cmd_explain(const wd_options *o);
int wd_cmd_export(const wd_options *o);
int wd_cmd_demo(const wd_options *o);
int wd_cmd_doctor(const wd_options *o);
int wd_cmd_who(const wd_options *o);
int wd_cmd_kb(const wd_options *o);
int wd_cmd_version(const wd_options *o);

#endif

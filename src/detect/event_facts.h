#ifndef WD_DETECT_EVENT_FACTS_H
#define WD_DETECT_EVENT_FACTS_H

#include "core/map.h"
#include "detect/engine.h"
#include "formats/event_sources.h"

/*
 * What single records of host logs say, as observations. Which record says what is a table,
 * detect/event_fact_table.c: Sysmon on Windows and Linux, Security, System, PowerShell and Linux
 * audit records. Values of "-" are taken as absent.
 *
 *   process      one for each start; PROCESS, COMMAND, PARENT, ids, USER, hashes, file version
 *   image_load, lookup, contact
 *                summed per host, program, object: count, first and last moment, for contacts and
 *                look-ups the moments themselves (WD_K_TIMES); place and process id of the first
 *   file_write, registry, logon, service, log_cleared
 *                one for each record; TEXT says what was done where the kind alone does not
 *   script       one for each script block, put together from its parts
 *   coverage     one for each host and channel, sensor "events"
 *
 * Hashes of "SHA256=..,MD5=.." are split; GUIDs that identify processes are small and in braces,
 * whatever the log wrote; IPv4 addresses in IPv6 form are plain.
 */
typedef struct wd_event_facts wd_event_facts;

/** `arena` is that of the item; sums and parts of scripts live there until the end. NULL when
 * memory is out. */
wd_event_facts *wd_event_facts_new(wd_arena *arena, const wd_sink *sink);
void wd_event_facts_free(wd_event_facts *f); /* NULL is fine */

/** True when records of this channel and id say something here. Channel names without case. */
bool wd_event_facts_wants(wd_slice channel, uint32_t event_id);
/** Takes one record. Fails with what the sink answered, or WD_E_NOMEM. */
WD_MUST_USE wd_status wd_event_facts_add(wd_event_facts *f, const wd_event *e);
/** Gives the sums, what is left of scripts, and the coverage of `sources`. */
WD_MUST_USE wd_status wd_event_facts_end(wd_event_facts *f, const wd_event_sources *sources);

#endif

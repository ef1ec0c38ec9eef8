#ifndef WD_FORMATS_AUDITD_H
#define WD_FORMATS_AUDITD_H

#include "formats/event_build.h"

/*
 * Linux audit log (auditd, also as the kernel writes it to syslog):
 *
 *   [node=HOST ]type=TYPE msg=audit(SECONDS.MSEC:SERIAL): key=value ...[0x1d KEY=value ...]
 *
 * Lines with the same node, time and serial are one event, though lines of others may stand between
 * them; an event ends with EOE, when the log has moved on by two seconds (as ausearch has it), or
 * when too many are open. Values: quoted as they stand, unquoted ones of the keys that the audit
 * system encodes as hexadecimal decoded, 'msg' of user-space records taken apart, names that an
 * enriched log adds behind 0x1d under their capital names. Source: audit-userspace, "AUDIT EVENT
 * PARSING" and its README.
 *
 * An event gives, in this order: Provider_Name and Channel "auditd", Computer (node), EventID
 * (number of its first record type; 1309, EXECVE, whenever a program was started), EventRecordID
 * (serial), TimeCreated_SystemTime; all keys of all records as they are, "type" once a record; then
 * what process and network records of other systems call the same things, where it is known:
 *
 *   Image CommandLine CurrentDirectory ProcessId ParentProcessId ParentImage User
 *   DestinationIp DestinationPort Initiated TargetFilename (a PATH that was created)
 *
 * ParentImage comes from the start of that process id earlier in the same log.
 */

/**
 * Reads all events of a file. Borrowing and `stats` as in formats/event_build.h.
 * Fails: WD_E_MALFORMED when there is not one record; WD_E_NOMEM; whatever the sink returns.
 */
WD_MUST_USE wd_status wd_auditd_read(wd_slice file, uint64_t base, wd_arena *arena,
                                     const wd_event_sink *sink, wd_event_stats *stats, wd_err *err);

#define WD_AUDITD_EXECVE 1309U
#define WD_AUDITD_SOCKADDR 1306U
#define WD_AUDITD_PATH 1302U
#define WD_AUDITD_USER_LOGIN 1112U

#endif

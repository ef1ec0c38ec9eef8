#ifndef WD_FORMATS_AUDITD_PRIV_H
#define WD_FORMATS_AUDITD_PRIV_H

#include "core/slice.h"
#include "formats/event_build.h"

/** The fixed front of a line. */
typedef struct wd_audit_head {
    wd_slice node;
    wd_slice type;
    uint64_t seconds;
    uint64_t millis;
    uint64_t serial;
    wd_slice rest; /* the keys and values */
} wd_audit_head;

/** False when the line is no audit record. Borrowed from the line. */
bool wd_audit_head_of(wd_slice line, wd_audit_head *out);
/** Number of a record type by name; 0 when it is not known here. */
uint32_t wd_audit_type_number(wd_slice type);
/** Name of a record type by number; the empty slice when it is not known here. */
wd_slice wd_audit_type_name(uint32_t number);

/** Takes one key=value off the front of a record; false at its end. The value is as written,
 * without quotes; `quoted` says whether it had some. */
bool wd_audit_pair(wd_slice *rest, wd_slice *key, wd_slice *value, bool *quoted);
/** The value with hexadecimal undone when its key is one that the audit system encodes. */
wd_slice wd_audit_decoded(wd_arena *arena, wd_slice type, wd_slice key, wd_slice value);

/** What is known of one event from its records while they are added. */
typedef struct wd_audit_facts {
    wd_slice exe;
    wd_slice comm;
    wd_slice cwd;
    wd_slice proctitle;
    wd_slice pid;
    wd_slice ppid;
    wd_slice uid;
    wd_slice arch;
    wd_slice syscall;
    wd_slice user; /* name of the uid in enriched logs */
    wd_slice address;
    wd_slice port;
    wd_slice created;   /* name of a PATH record with nametype CREATE */
    wd_slice path_name; /* of the PATH record in hand */
    wd_slice *argv;
    size_t argc;
    size_t cap;
    bool executed; /* an EXECVE record */
    bool failed;   /* the call did not succeed */
} wd_audit_facts;

/** Adds the keys of one record to the event and to `facts`. */
void wd_audit_add_record(wd_event_build *b, wd_audit_facts *facts, const wd_audit_head *head);
/** Adds the fields that other systems have; `parent` may be empty. */
void wd_audit_add_names(wd_event_build *b, const wd_audit_facts *facts, wd_slice parent);

#endif

#ifndef WD_TESTS_MAKE_EX_HOSTLOG_H
#define WD_TESTS_MAKE_EX_HOSTLOG_H

#include "core/vocab.h"
#include "make/ex_world.h"

/*
 * Records of a host's own logs with the providers, field names and order of the real ones: Sysmon
 * 15 (schema 4.90), Security 4624 and 4688, System 7036 and 7040. Each call adds one record at its
 * moment, unless nothing was collected then; ex_hostlog_write sorts, numbers and writes them as
 * EVTX or as the JSON lines that evtx_dump prints.
 */

/** A program file as its version resource and signature describe it. "%U" in `image` stands for
 * the person's folder name. */
typedef struct ex_program {
    const char *image;
    const char *version;
    const char *description;
    const char *product;
    const char *company;
    const char *original;
    const char *signer; /* NULL: not signed */
    const char *sha256; /* upper case; NULL: made up from path and version */
} ex_program;

/** A running process. */
typedef struct ex_process {
    const ex_program *program;
    const char *image;
    const char *command;
    const char *guid;
    const char *user;
    unsigned id;
} ex_process;

/** Sysmon 1. `parent` may be NULL (explorer.exe is assumed then); in the arena of the world. */
ex_process *ex_hostlog_start(ex_host *h, wd_time at, const ex_program *p, const char *arguments,
                             const ex_process *parent);
/** A process that ran before the log began, by its program: no record, and the same every time. */
ex_process *ex_hostlog_running(ex_host *h, const ex_program *p);
/** Sysmon 22 */
void ex_hostlog_query(ex_host *h, wd_time at, const ex_process *p, const char *name);
/** Sysmon 3 */
void ex_hostlog_connect(ex_host *h, wd_time at, const ex_process *p, const char *name);
/** Sysmon 7 */
void ex_hostlog_load(ex_host *h, wd_time at, const ex_process *p, const ex_program *module);
/** Sysmon 11; "%U" as above */
void ex_hostlog_create(ex_host *h, wd_time at, const ex_process *p, const char *path);
/** Security 4624 of the person at the console */
void ex_hostlog_logon(ex_host *h, wd_time at);
/** Security 4688, the same start that Sysmon logs */
void ex_hostlog_audit(ex_host *h, wd_time at, const ex_process *p, const ex_process *parent);
/** System 7036 (`state` "running", "stopped") and 7040 (start type, from `before` to `state`) */
void ex_hostlog_service(ex_host *h, wd_time at, const char *service, const char *before,
                        const char *state);

/** hosts/<name>/... */
void ex_hostlog_write(ex_host *h);

typedef enum ex_channel { EX_SYSMON, EX_SECURITY, EX_SYSTEM, EX_CHANNELS } ex_channel;

/** One record, ready to be written. */
typedef struct ex_event {
    ex_channel channel;
    uint32_t id;
    wd_time at;
    uint64_t number; /* EventRecordID */
    wd_field *fields;
    size_t n;
} ex_event;

/** What the System part of a record says for a channel. */
typedef struct ex_channel_facts {
    const char *channel, *provider, *guid, *file;
    uint64_t first_number;
    unsigned process_id;
} ex_channel_facts;
const ex_channel_facts *ex_channel_of(ex_channel c);

/** The two shapes; `events` are of one channel, sorted and numbered. */
void ex_hostlog_evtx(const ex_host *h, const ex_rows *events, wd_buf *out);
void ex_hostlog_json(const ex_host *h, const ex_rows *events, wd_buf *out);

#endif

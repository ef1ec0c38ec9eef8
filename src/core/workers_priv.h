#ifndef WD_CORE_WORKERS_PRIV_H
#define WD_CORE_WORKERS_PRIV_H

/* Between workers.c, worker_members.c and worker_child.c. */

#include <sys/types.h>

#include "core/limits.h"
#include "core/workers.h"

/*
 * The first bytes of a worker:
 *   0  u8   wd_status of getting ready; not 0: text says why, the worker ends
 *   1  u8   bits: 0 built, 1 landlock, 2 seccomp, 3 seccomp kills, 4 rlimits, 5 address space,
 *           6 private process, 7 dies with parent
 *   2  u16  Landlock ABI
 *   4  u64  address_bytes
 *  12  text, NUL-padded
 */
enum { WD_WORKER_HELLO = 256, WD_WORKER_HELLO_TEXT = 12 };

/* Exit code of a worker that ran out of memory: the member it was at is lost, as with a crash. */
enum { WD_WORKER_NO_MEMORY = 42 };

/** Why a worker is gone, from its wait status, in plain words. `shrank`: its item is shorter than
 * it was; `cpu_seconds`: what it was allowed. */
void wd_worker_explain(int status, bool shrank, unsigned cpu_seconds, char *out, size_t size);

/* Fixed part of a job on the wire. */
enum { WD_WORKER_JOB = 24 };

void wd_worker_put_hello(wd_buf *out, const wd_sandbox_state *state, const wd_err *err);
/** False when the worker could not get ready; `err` then says why. */
bool wd_worker_take_hello(wd_slice hello, wd_sandbox_state *state, wd_err *err);

/** Sends a job with its descriptor. WD_E_IO when the worker is gone, WD_E_NOMEM. */
wd_status wd_worker_send_job(int to, const wd_job *job);

/** Life of a worker process: gets ready, enters the ring, examines until the socket closes. */
_Noreturn void wd_worker_live(const wd_pool_options *o, int socket_fd, int parent);

/** A member whose examination began and has not ended. Heap strings. */
typedef struct wd_open_member {
    wd_item_report item; /* strings in `text` */
    wd_buf text;
    bool told; /* something beyond its identity was handed on */
} wd_open_member;

/** Bookkeeping of one job's members: every member ends once, whatever the worker says. */
typedef struct wd_members {
    wd_open_member open[WD_MAX_ARCHIVE_DEPTH + 2]; /* from the item inwards */
    size_t n_open;
    wd_buf ended;  /* a bit per member */
    uint32_t next; /* one past the highest number seen */
    bool any;
} wd_members;

void wd_members_clear(wd_members *m);
/** These check what a worker says against what it said before; false: it makes no sense. */
bool wd_members_open(wd_members *m, const wd_item_report *item);
bool wd_members_end(wd_members *m, const wd_item_report *item);
/** True when the member is open; notes that it was told about. */
bool wd_members_tell(wd_members *m, uint32_t member, wd_wire_type type, wd_obs_kind kind);
/** The innermost open member, NULL when there is none. */
wd_open_member *wd_members_last(wd_members *m);

#endif

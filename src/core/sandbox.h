#ifndef WD_CORE_SANDBOX_H
#define WD_CORE_SANDBOX_H

#include "core/buf.h"
#include "core/err.h"

/*
 * The ring around a worker that parses hostile bytes. Four layers, each of which alone stops most
 * of what a taken-over parser could want:
 *
 *   Landlock   every right that the running kernel can handle is handled and no rule grants any
 *              (ABI asked at run time; ABI 1 files, 4 TCP, 5 device ioctl, 6 abstract sockets and
 *              signals)
 *   seccomp    the table in sandbox_seccomp.c: memory, the one socket, time, exit; all else ends
 *              the process
 *   rlimits    no file growth, no core file, few descriptors, bounded address space and CPU time
 *   process    not dumpable, no new privileges, dies with its parent
 *
 * Whatever a kernel or build cannot give is left out and *said*: wd_sandbox_state goes into
 * `doctor`, custody and every report.
 */

typedef enum wd_sandbox_violation {
    WD_SANDBOX_DEFAULT, /* kill, or errno in a build of type `debug` */
    WD_SANDBOX_KILL,    /* the forbidden call ends the process with SIGSYS */
    WD_SANDBOX_ERRNO    /* the forbidden call fails with EPERM: names the call while developing */
} wd_sandbox_violation;

typedef struct wd_sandbox_options {
    int socket_fd;          /* the one descriptor answers may be written to; -1: none */
    uint64_t address_space; /* bytes beyond what is mapped on entry; 0: WD_WORKER_AS */
    wd_sandbox_violation violation;
} wd_sandbox_options;

/** What was in force. All zero: nothing. */
typedef struct wd_sandbox_state {
    bool built;           /* compiled in (meson option `sandbox`) */
    bool landlock;        /* in force */
    bool seccomp;         /* in force */
    bool seccomp_kills;   /* else forbidden calls fail with EPERM */
    bool rlimits;         /* FSIZE, CORE, NOFILE */
    bool address_space;   /* RLIMIT_AS; not with AddressSanitizer */
    bool private_process; /* not dumpable, no new privileges */
    bool dies_with_parent;
    uint32_t landlock_abi;  /* of the kernel; 0: it has none */
    uint64_t address_bytes; /* the RLIMIT_AS that was set */
} wd_sandbox_state;

/**
 * Puts the calling process into the ring, for good. Call it in the worker after everything that
 * needs files (locale, hash library, rules) was loaded. `parent` is the process id that must still
 * be the parent. A layer that the kernel does not offer is left out and shows in `out`.
 * Fails: WD_E_IO when a layer that is there refuses; WD_E_DENIED when the parent is gone.
 */
WD_MUST_USE wd_status wd_sandbox_enter(const wd_sandbox_options *o, int parent,
                                       wd_sandbox_state *out, wd_err *err);

/** What a worker would get here: asks a child process that enters the ring and ends. */
WD_MUST_USE wd_status wd_sandbox_probe(wd_sandbox_state *out, wd_err *err);

/** True when files, network and processes are all closed off. */
bool wd_sandbox_complete(const wd_sandbox_state *s);

/** One plain line: "Landlock ABI 7, seccomp (kill), limits, private process" or "NO SANDBOX: ...".
 */
void wd_sandbox_describe(const wd_sandbox_state *s, wd_buf *out);

#endif

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/sandbox_priv.h"

#if defined(WD_SANDBOX) && WD_SANDBOX

#include <seccomp.h>

/*
 * Every system call a worker may make, each with its reason. What is not here ends the process (or
 * fails with EPERM in a build of type `debug`). A call is added when a test shows that it is
 * needed, never on suspicion.
 */
typedef enum condition {
    ALWAYS,
    ON_THE_SOCKET,  /* first argument is the worker's one socket */
    NOT_EXECUTABLE, /* third argument without PROT_EXEC */
    OWN_PROCESS     /* first argument is the worker itself */
} condition;

typedef struct allowed {
    int call;
    condition when;
    const char *why;
} allowed;

static const allowed table[] = {
    {SCMP_SYS(recvmsg), ON_THE_SOCKET, "the next item"},
    {SCMP_SYS(sendto), ON_THE_SOCKET, "answers"},
    {SCMP_SYS(close), ALWAYS, "the item's descriptor, once it is mapped"},
    {SCMP_SYS(mmap), NOT_EXECUTABLE, "the item, and large allocations"},
    {SCMP_SYS(mprotect), NOT_EXECUTABLE, "malloc grows its arenas"},
    {SCMP_SYS(munmap), ALWAYS, "gives them back"},
    {SCMP_SYS(mremap), ALWAYS, "realloc of large blocks"},
    {SCMP_SYS(madvise), ALWAYS, "free gives pages back"},
    {SCMP_SYS(brk), ALWAYS, "malloc"},
    {SCMP_SYS(futex), ALWAYS, "locks in libraries that are built for threads"},
    {SCMP_SYS(getrandom), ALWAYS, "malloc and libcrypto seed themselves"},
    {SCMP_SYS(getpid), ALWAYS, "libcrypto asks whether it was forked; abort"},
    {SCMP_SYS(gettid), ALWAYS, "abort"},
    {SCMP_SYS(tgkill), OWN_PROCESS, "abort"},
    {SCMP_SYS(rt_sigprocmask), ALWAYS, "abort"},
    {SCMP_SYS(rt_sigaction), ALWAYS, "abort"},
    {SCMP_SYS(rt_sigreturn), ALWAYS, "the kernel's own return from a signal"},
    {SCMP_SYS(restart_syscall), ALWAYS, "a call that was stopped and continued"},
    {SCMP_SYS(clock_gettime), ALWAYS, "where the vDSO has no clock (some virtual machines)"},
    {SCMP_SYS(gettimeofday), ALWAYS, "likewise"},
    {SCMP_SYS(sysinfo), ALWAYS, "qsort asks for the size of memory"},
    {SCMP_SYS(exit), ALWAYS, "the end"},
    {SCMP_SYS(exit_group), ALWAYS, "the end"},
};

static int allow(scmp_filter_ctx ctx, const allowed *a, int socket_fd)
{
    switch (a->when) {
    case ON_THE_SOCKET:
        return socket_fd < 0 ? 0
                             : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, a->call, 1,
                                                SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t) socket_fd));
    case NOT_EXECUTABLE:
        return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, a->call, 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    case OWN_PROCESS:
        return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, a->call, 1,
                                SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t) getpid()));
    case ALWAYS: break;
    }
    return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, a->call, 0);
}

/* Executable memory is refused, not punished: a regular expression library that cannot compile to
 * machine code goes on with its interpreter. */
static int refuse_executable_memory(scmp_filter_ctx ctx)
{
    const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), calls[i], 1,
                                 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

int wd_seccomp_load(int socket_fd, bool kill)
{
    scmp_filter_ctx ctx = seccomp_init(kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
    if (ctx == NULL) {
        return -ENOMEM;
    }
    int r = kill ? refuse_executable_memory(ctx) : 0;
    for (size_t i = 0; r == 0 && i < sizeof table / sizeof table[0]; i++) {
        r = allow(ctx, &table[i], socket_fd);
    }
    r = r == 0 ? seccomp_load(ctx) : r;
    seccomp_release(ctx);
    return r;
}

#else

int wd_seccomp_load(int socket_fd, bool kill)
{
    (void) socket_fd;
    (void) kill;
    return -ENOSYS;
}

#endif

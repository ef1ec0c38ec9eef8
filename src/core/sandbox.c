#include "core/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/sandbox_priv.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
/* The sanitizers' runtimes need calls and address space that the ring takes away. */
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if defined(WD_SANDBOX) && WD_SANDBOX
#define BUILT true
#else
#define BUILT false
#endif

static const char component[] = "sandbox";

static bool limit(__rlimit_resource_t what, rlim_t value)
{
    const struct rlimit r = {value, value};
    return setrlimit(what, &r) == 0;
}

/* Bytes of address space in use; 0 when /proc is not there. */
static uint64_t address_space_now(void)
{
    char text[64] = {0};
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    wd_slice rest = wd_slice_of(text, n > 0 ? (size_t) n : 0);
    wd_slice first = {0};
    uint64_t pages = 0;
    if (!wd_slice_split(&rest, ' ', &first) || !wd_slice_to_u64(first, &pages)) {
        return 0;
    }
    return pages * (uint64_t) sysconf(_SC_PAGESIZE);
}

/* Only the soft bound is set: the coordinator moves it for an item that is larger than usual. The
 * worker itself has no call to do so. */
static bool limit_address_space(uint64_t more, wd_sandbox_state *out)
{
    struct rlimit r;
    uint64_t used = SANITIZED ? 0 : address_space_now();
    if (used == 0) {
        return true; /* not bounded; the state says so */
    }
    if (getrlimit(RLIMIT_AS, &r) != 0) {
        return false;
    }
    rlim_t wanted = used + (more == 0 ? WD_WORKER_AS : more);
    r.rlim_cur = r.rlim_max != RLIM_INFINITY && wanted > r.rlim_max ? r.rlim_max : wanted;
    if (setrlimit(RLIMIT_AS, &r) != 0) {
        return false;
    }
    out->address_space = true;
    out->address_bytes = r.rlim_cur;
    return true;
}

static wd_status enter_process(int parent, wd_sandbox_state *out, wd_err *err)
{
    out->dies_with_parent = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
    if (getppid() != parent) {
        return wd_fail(err, WD_E_DENIED, WD_NO_OFFSET, component, "the coordinator has gone");
    }
    out->private_process =
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!out->private_process || !out->dies_with_parent) {
        return wd_fail(err, WD_E_IO, WD_NO_OFFSET, component, "prctl: %s", strerror(errno));
    }
    return WD_OK;
}

static bool kills(wd_sandbox_violation v)
{
#if defined(WD_SANDBOX_DEVELOPMENT) && WD_SANDBOX_DEVELOPMENT
    return v == WD_SANDBOX_KILL;
#else
    return v != WD_SANDBOX_ERRNO;
#endif
}

static wd_status enter_landlock(wd_sandbox_state *out, wd_err *err)
{
    out->landlock_abi = wd_landlock_abi();
    if (!BUILT || out->landlock_abi == 0) {
        return WD_OK;
    }
    out->landlock = wd_landlock_deny_all(out->landlock_abi);
    return out->landlock ? WD_OK
                         : wd_fail(err, WD_E_IO, WD_NO_OFFSET, component, "Landlock ABI %u: %s",
                                   out->landlock_abi, strerror(errno));
}

static wd_status enter_limits(wd_sandbox_state *out, wd_err *err)
{
    out->rlimits = limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CORE, 0) &&
                   limit(RLIMIT_NOFILE, WD_WORKER_DESCRIPTORS);
    return out->rlimits
               ? WD_OK
               : wd_fail(err, WD_E_IO, WD_NO_OFFSET, component, "setrlimit: %s", strerror(errno));
}

static wd_status enter_seccomp(const wd_sandbox_options *o, wd_sandbox_state *out, wd_err *err)
{
    if (!BUILT || SANITIZED) {
        return WD_OK;
    }
    int r = wd_seccomp_load(o->socket_fd, kills(o->violation));
    out->seccomp = r == 0;
    out->seccomp_kills = r == 0 && kills(o->violation);
    /* A kernel without seccomp says EINVAL; the ring goes on without it and says so. */
    if (r != 0 && r != -EINVAL && r != -ENOSYS) {
        return wd_fail(err, WD_E_IO, WD_NO_OFFSET, component, "seccomp: %s", strerror(-r));
    }
    return WD_OK;
}

wd_status wd_sandbox_enter(const wd_sandbox_options *o, int parent, wd_sandbox_state *out,
                           wd_err *err)
{
    *out = (wd_sandbox_state){.built = BUILT};
    WD_TRY(enter_process(parent, out, err));
    /* Needs /proc, so it comes before Landlock; the bound on descriptors comes after it. */
    if (!limit_address_space(o->address_space, out)) {
        return wd_fail(err, WD_E_IO, WD_NO_OFFSET, component, "RLIMIT_AS: %s", strerror(errno));
    }
    WD_TRY(enter_landlock(out, err));
    WD_TRY(enter_limits(out, err));
    return enter_seccomp(o, out, err);
}

/* Inside the ring nothing can be written any more, so the exit code carries the answer. */
static int probe_child(int parent)
{
    wd_sandbox_state s;
    const wd_sandbox_options o = {.socket_fd = -1, .violation = WD_SANDBOX_ERRNO};
    if (wd_sandbox_enter(&o, parent, &s, NULL) != WD_OK) {
        return 128;
    }
    return (s.landlock ? 1 : 0) | (s.seccomp ? 2 : 0) | (s.rlimits ? 4 : 0) |
           (s.address_space ? 8 : 0) | (s.private_process ? 16 : 0) | (s.dies_with_parent ? 32 : 0);
}

wd_status wd_sandbox_probe(wd_sandbox_state *out, wd_err *err)
{
    int parent = getpid();
    int status = 0;
    *out = (wd_sandbox_state){.built = BUILT, .landlock_abi = wd_landlock_abi()};
    pid_t pid = fork();
    if (pid == 0) {
        _exit(probe_child(parent));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return wd_fail(err, WD_E_IO, WD_NO_OFFSET, component, "fork: %s", strerror(errno));
    }
    unsigned got = WIFEXITED(status) ? (unsigned) WEXITSTATUS(status) : 128;
    if (got >= 128) {
        return wd_fail(err, WD_E_IO, WD_NO_OFFSET, component, "a process cannot enter the ring");
    }
    out->landlock = (got & 1) != 0;
    out->seccomp = (got & 2) != 0;
    out->seccomp_kills = out->seccomp && kills(WD_SANDBOX_DEFAULT);
    out->rlimits = (got & 4) != 0;
    out->address_space = (got & 8) != 0;
    out->private_process = (got & 16) != 0;
    out->dies_with_parent = (got & 32) != 0;
    return WD_OK;
}

bool wd_sandbox_complete(const wd_sandbox_state *s)
{
    return s->landlock && s->seccomp && s->rlimits && s->private_process;
}

void wd_sandbox_describe(const wd_sandbox_state *s, wd_buf *out)
{
    if (!s->landlock && !s->seccomp) {
        wd_buf_str(out, s->built ? "NO SANDBOX: neither Landlock nor seccomp is in force"
                                 : "NO SANDBOX: this build was made without it");
    } else if (s->landlock) {
        wd_buf_printf(out, "Landlock ABI %u", s->landlock_abi);
    } else {
        wd_buf_str(out, "no Landlock (the kernel has none)");
    }
    if (s->seccomp) {
        wd_buf_printf(out, ", seccomp allowlist (%s)", s->seccomp_kills ? "kill" : "errno");
    } else if (s->landlock) {
        wd_buf_str(out, SANITIZED ? ", no seccomp (sanitizer build)" : ", no seccomp");
    }
    wd_buf_str(out, s->rlimits ? ", resource limits" : ", NO resource limits");
    wd_buf_str(out, s->address_space ? ", bounded memory" : ", unbounded memory");
    wd_buf_str(out, s->private_process ? ", private process" : "");
}

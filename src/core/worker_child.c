#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/cursor.h"
#include "core/workers_priv.h"

/* Sanitizers report on standard error; otherwise hostile bytes must not reach a terminal. */
#if defined(__SANITIZE_ADDRESS__)
#define KEEP_STDERR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define KEEP_STDERR 1
#endif
#endif
#ifndef KEEP_STDERR
#define KEEP_STDERR 0
#endif

/* Where the socket stands in every worker; the filter names it. */
enum { SOCKET = 3, FIRST_OTHER = 4 };

wd_status wd_outbox_flush(wd_outbox *out, size_t keep)
{
    out->failed = out->failed || out->buf.failed;
    if (out->failed) {
        return out->buf.failed ? WD_E_NOMEM : WD_E_IO;
    }
    if (out->send == NULL || out->buf.len <= keep) {
        return WD_OK;
    }
    wd_status s = out->send(out->ctx, wd_buf_slice(&out->buf));
    out->failed = s != WD_OK;
    wd_buf_clear(&out->buf);
    return s;
}

static wd_status send_all(void *ctx, wd_slice bytes)
{
    (void) ctx;
    while (bytes.len > 0) {
        ssize_t n = send(SOCKET, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return WD_E_IO;
        }
        bytes = wd_slice_sub(bytes, (size_t) n, bytes.len);
    }
    return WD_OK;
}

/* Exactly `len` bytes, and the descriptor that came with the first of them. False at the end. */
static bool receive(void *to, size_t len, int *fd)
{
    size_t got = 0;
    while (got < len) {
        union {
            struct cmsghdr align;
            char space[CMSG_SPACE(sizeof(int))];
        } control = {0};
        struct iovec part = {(char *) to + got, len - got};
        struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
        if (fd != NULL && got == 0) {
            msg.msg_control = control.space;
            msg.msg_controllen = sizeof control.space;
        }
        ssize_t n = recvmsg(SOCKET, &msg, MSG_CMSG_CLOEXEC);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        if (fd != NULL && c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            memcpy(fd, CMSG_DATA(c), sizeof *fd);
        }
        got += (size_t) n;
    }
    return true;
}

void wd_worker_put_hello(wd_buf *out, const wd_sandbox_state *s, const wd_err *err)
{
    const bool bits[] = {s->built,   s->landlock,      s->seccomp,         s->seccomp_kills,
                         s->rlimits, s->address_space, s->private_process, s->dies_with_parent};
    uint8_t hello[WD_WORKER_HELLO] = {(uint8_t) err->code};
    for (size_t i = 0; i < sizeof bits; i++) {
        hello[1] = (uint8_t) (hello[1] | (bits[i] ? 1U << i : 0U));
    }
    hello[2] = (uint8_t) s->landlock_abi;
    hello[3] = (uint8_t) (s->landlock_abi >> 8);
    for (size_t i = 0; i < 8; i++) {
        hello[4 + i] = (uint8_t) (s->address_bytes >> (8 * i));
    }
    size_t len = strnlen(err->text, sizeof err->text);
    _Static_assert(WD_WORKER_HELLO_TEXT + sizeof err->text < WD_WORKER_HELLO, "it fits");
    memcpy(hello + WD_WORKER_HELLO_TEXT, err->text, len);
    wd_buf_add(out, wd_slice_of(hello, sizeof hello));
}

bool wd_worker_take_hello(wd_slice hello, wd_sandbox_state *s, wd_err *err)
{
    wd_cursor c = wd_cursor_of(hello, 0);
    uint8_t code = wd_u8(&c);
    uint8_t bits = wd_u8(&c);
    *s = (wd_sandbox_state){
        .built = (bits & 1) != 0,
        .landlock = (bits & 2) != 0,
        .seccomp = (bits & 4) != 0,
        .seccomp_kills = (bits & 8) != 0,
        .rlimits = (bits & 16) != 0,
        .address_space = (bits & 32) != 0,
        .private_process = (bits & 64) != 0,
        .dies_with_parent = (bits & 128) != 0,
    };
    s->landlock_abi = wd_u16le(&c);
    s->address_bytes = wd_u64le(&c);
    wd_slice text = wd_take(&c, wd_cursor_left(&c));
    if (code != WD_OK || c.failed) {
        size_t len = text.len == 0 ? 0 : strnlen((const char *) text.ptr, text.len);
        wd_fail(err, WD_E_IO, WD_NO_OFFSET, "workers", "a worker could not start: %.*s", (int) len,
                (const char *) text.ptr);
        return false;
    }
    return true;
}

/* Nothing of the coordinator may be reached from here: no descriptor but the socket, no terminal.
 */
static void leave_parent(int socket_fd)
{
    const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGPIPE};
    const int reset[] = {SIGTERM, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2, SIGSEGV,
                         SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP, SIGSYS};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        signal(ignored[i], SIG_IGN);
    }
    for (size_t i = 0; i < sizeof reset / sizeof reset[0]; i++) {
        signal(reset[i], SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    int moved = fcntl(socket_fd, F_DUPFD_CLOEXEC, FIRST_OTHER); /* out of the way of 0 to 3 */
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < SOCKET && nowhere >= 0; fd++) {
        if (fd < STDERR_FILENO || !KEEP_STDERR) {
            dup2(nowhere, fd);
        }
    }
    if (moved < 0 || dup2(moved, SOCKET) != SOCKET ||
        syscall(SYS_close_range, (unsigned) FIRST_OTHER, ~0U, 0U) != 0) {
        _exit(1);
    }
}

static wd_status get_ready(const wd_pool_options *o, int parent, wd_sandbox_state *state,
                           wd_err *err)
{
    if (o->prepare != NULL) {
        WD_TRY(o->prepare(o->ctx, err));
    }
    if (o->no_sandbox) {
        state->dies_with_parent = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
        return WD_OK;
    }
    const wd_sandbox_options ring = {.socket_fd = SOCKET, .violation = o->violation};
    return wd_sandbox_enter(&ring, parent, state, err);
}

static void put_unreadable(wd_outbox *out, const wd_job *job, const char *why)
{
    wd_item_report item = {.name = wd_path_base(job->path),
                           .size = job->size,
                           .kind = WD_S("other"),
                           .status = WD_ITEM_UNREADABLE,
                           .why = wd_slice_str(why)};
    wd_wire_put_item(&out->buf, &item);
}

static void do_job(const wd_pool_options *o, const wd_job *job, wd_outbox *out)
{
    void *map = NULL;
    if (job->size > 0) {
        map = mmap(NULL, job->size, PROT_READ, MAP_PRIVATE, job->fd, 0);
    }
    close(job->fd);
    if (map == MAP_FAILED) {
        put_unreadable(out, job,
                       errno == ENOMEM ? "too large for the address space of a worker"
                                       : "the file cannot be mapped into memory");
    } else {
        wd_status s = o->examine(o->ctx, job, wd_slice_of(map, job->size), out);
        if (s != WD_OK) {
            _exit(s == WD_E_NOMEM ? WD_WORKER_NO_MEMORY : 1);
        }
    }
    wd_wire_put_progress(&out->buf, job->size);
    wd_wire_put_done(&out->buf);
    wd_status s = wd_outbox_flush(out, 0);
    if (s != WD_OK) {
        _exit(s == WD_E_NOMEM ? WD_WORKER_NO_MEMORY : 1);
    }
    if (map != NULL && map != MAP_FAILED) {
        munmap(map, job->size);
    }
}

/* The next job; false when the coordinator closed the socket. */
static bool next_job(wd_job *job, wd_buf *text, wd_job_skip *skips)
{
    uint8_t head[WD_WORKER_JOB];
    int fd = -1;
    if (!receive(head, sizeof head, &fd) || fd < 0) {
        return false;
    }
    wd_cursor c = wd_cursor_of(wd_slice_of(head, sizeof head), 0);
    *job = (wd_job){.ordinal = wd_u64le(&c), .fd = fd, .skips = skips};
    job->size = wd_u64le(&c);
    job->n_skips = wd_u32le(&c);
    size_t len = wd_u32le(&c);
    wd_buf_clear(text);
    wd_buf_fill(text, 0, len + 1);
    if (job->n_skips > WD_ITEM_RESTARTS || text->failed) {
        return false;
    }
    for (size_t i = 0; i < job->n_skips; i++) {
        uint8_t pair[8];
        if (!receive(pair, sizeof pair, NULL)) {
            return false;
        }
        wd_cursor p = wd_cursor_of(wd_slice_of(pair, sizeof pair), 0);
        skips[i].member = wd_u32le(&p);
        skips[i].next = wd_u32le(&p);
    }
    job->path = wd_slice_of(text->ptr, len);
    return receive(text->ptr, len, NULL);
}

_Noreturn void wd_worker_live(const wd_pool_options *o, int socket_fd, int parent)
{
    wd_sandbox_state state = {0};
    wd_err err = {0};
    wd_outbox out = {.send = send_all};
    wd_buf path = {0};
    wd_job_skip skips[WD_ITEM_RESTARTS];
    wd_job job;
    leave_parent(socket_fd);
    bool ready = get_ready(o, parent, &state, &err) == WD_OK;
    wd_worker_put_hello(&out.buf, &state, &err);
    if (wd_outbox_flush(&out, 0) != WD_OK || !ready) {
        _exit(1);
    }
    while (next_job(&job, &path, skips)) {
        do_job(o, &job, &out);
    }
    _exit(0);
}

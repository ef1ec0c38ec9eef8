#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/workers_priv.h"

static void put_number(uint8_t *to, uint64_t v, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        to[i] = (uint8_t) (v >> (8 * i));
    }
}

static void put_job(wd_buf *out, const wd_job *job)
{
    uint8_t head[WD_WORKER_JOB];
    put_number(head, job->ordinal, 8);
    put_number(head + 8, job->size, 8);
    put_number(head + 16, job->n_skips, 4);
    put_number(head + 20, job->path.len, 4);
    wd_buf_add(out, wd_slice_of(head, sizeof head));
    for (size_t i = 0; i < job->n_skips; i++) {
        uint8_t pair[8];
        put_number(pair, job->skips[i].member, 4);
        put_number(pair + 4, job->skips[i].next, 4);
        wd_buf_add(out, wd_slice_of(pair, sizeof pair));
    }
    wd_buf_add(out, job->path);
}

/* Sends all of it, the descriptor with the first byte. False when the worker is gone. */
static bool send_job(int to, wd_slice bytes, int fd)
{
    union {
        struct cmsghdr align;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    bool with_fd = true;
    while (bytes.len > 0) {
        struct iovec part = {(void *) (uintptr_t) bytes.ptr, bytes.len};
        struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
        if (with_fd) {
            msg.msg_control = control.space;
            msg.msg_controllen = sizeof control.space;
            struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
            *c = (struct cmsghdr){
                .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
            memcpy(CMSG_DATA(c), &fd, sizeof fd);
        }
        ssize_t n = sendmsg(to, &msg, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        with_fd = false;
        bytes = wd_slice_sub(bytes, (size_t) n, bytes.len);
    }
    return true;
}

wd_status wd_worker_send_job(int to, const wd_job *job)
{
    wd_buf message = {0};
    put_job(&message, job);
    wd_status s = message.failed ? WD_E_NOMEM : WD_OK;
    if (s == WD_OK && !send_job(to, wd_buf_slice(&message), job->fd)) {
        s = WD_E_IO;
    }
    wd_buf_free(&message);
    return s;
}

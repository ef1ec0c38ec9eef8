#include "core/workers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/workers_priv.h"

enum {
    TICK_MS = 250,
    READ_CHUNK = 1 << 16,
    READS_PER_TURN = 16 /* then the others get their turn */
};

#define NS_PER_SECOND INT64_C(1000000000)
#define NO_PROCESS (-1)

static const char component[] = "workers";

/* One place for a worker: the process may be replaced while the job stays. */
typedef struct slot {
    pid_t pid; /* NO_PROCESS */
    int fd;
    bool ready; /* its hello was read */
    wd_sandbox_state ring;
    wd_buf in; /* bytes not decoded yet, from `in_pos` */
    size_t in_pos;
    bool busy;
    bool undelivered; /* the worker was gone before it could take the job */
    wd_job job;
    wd_buf path;
    struct stat before; /* of the item, when it was opened */
    wd_members members;
    wd_job_skip skips[WD_ITEM_RESTARTS];
    wd_job_end end;
    unsigned cpu_seconds;      /* bound for one member */
    unsigned cpu_item_seconds; /* ... for the item with all of them */
    int64_t alive_ns;          /* when it last answered or used processor time */
    int64_t cpu_ns;            /* processor time of the process when it last used some */
    int64_t cpu_start_ns;      /* ... when it got the job */
    int64_t cpu_renewed_ns;    /* ... when its bound was set */
    int64_t cpu_spent_ns;      /* by earlier workers on this job */
    uint64_t answered;         /* bytes of answers to this job */
} slot;

typedef struct pool {
    const wd_pool_options *o;
    const wd_pool_calls *calls;
    slot *slots;
    unsigned n_slots;
    bool no_more;
    bool any_ring;
    wd_sandbox_state ring; /* the weakest seen */
    wd_err *err;
} pool;

unsigned wd_pool_default_workers(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : (unsigned) n;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

/* Processor time a process has used; 0 when it is gone. */
static int64_t cpu_ns(pid_t pid)
{
    clockid_t id;
    struct timespec t;
    if (clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &t) != 0) {
        return 0;
    }
    return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

/* --- processes ------------------------------------------------------------------------------ */

static wd_status spawn(pool *p, slot *s)
{
    int ends[2];
    int parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return wd_fail(p->err, WD_E_IO, WD_NO_OFFSET, component, "socketpair: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        wd_worker_live(p->o, ends[1], parent);
    }
    int why = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return wd_fail(p->err, WD_E_IO, WD_NO_OFFSET, component, "fork: %s", strerror(why));
    }
    s->pid = pid;
    s->fd = ends[0];
    s->ready = false;
    s->cpu_start_ns = 0;
    s->in_pos = 0;
    wd_buf_clear(&s->in);
    return WD_OK;
}

/* Ends the process and gives its wait status. One that has closed its socket by dying keeps the
 * status it died with; one that closed it to make us wait does not get its way. */
static int reap(slot *s)
{
    int status = 0;
    struct rusage used = {0};
    if (s->pid == NO_PROCESS) {
        return 0;
    }
    close(s->fd);
    kill(s->pid, SIGKILL);
    while (wait4(s->pid, &status, 0, &used) < 0 && errno == EINTR) {
    }
    s->cpu_spent_ns += (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * NS_PER_SECOND +
                       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000 - s->cpu_start_ns;
    s->pid = NO_PROCESS;
    s->fd = -1;
    return status;
}

/* --- giving out work ------------------------------------------------------------------------ */

static int64_t cpu_bound_ns(const slot *s)
{
    return (int64_t) s->cpu_item_seconds * NS_PER_SECOND;
}

/* Processor time for the next member: what one may take, or what the item has left. */
static void renew_cpu(slot *s)
{
    struct rlimit r;
    int64_t now = cpu_ns(s->pid);
    int64_t left = cpu_bound_ns(s) - s->cpu_spent_ns - (now - s->cpu_start_ns);
    int64_t more = (int64_t) s->cpu_seconds * NS_PER_SECOND;
    more = left < more ? left : more;
    more = more < 0 ? 0 : more;
    s->cpu_renewed_ns = now;
    if (prlimit(s->pid, RLIMIT_CPU, NULL, &r) == 0) {
        r.rlim_cur = (rlim_t) ((now + more) / NS_PER_SECOND) + 1;
        prlimit(s->pid, RLIMIT_CPU, &r, NULL);
    }
}

/* Bounds for this job: address space and processor time, both from now on. */
static void set_bounds(const pool *p, slot *s)
{
    struct rlimit r;
    uint64_t extra = s->job.size / WD_ITEM_CPU_BYTES_PER_SECOND;
    s->cpu_seconds =
        p->o->cpu_seconds != 0 ? p->o->cpu_seconds : WD_ITEM_CPU_SECONDS + (unsigned) extra;
    s->cpu_item_seconds =
        p->o->cpu_item_seconds != 0 ? p->o->cpu_item_seconds : s->cpu_seconds * WD_ITEM_CPU_MEMBERS;
    s->cpu_ns = cpu_ns(s->pid);
    s->cpu_start_ns = s->cpu_ns;
    s->alive_ns = now_ns();
    renew_cpu(s);
    if (s->ring.address_space && prlimit(s->pid, RLIMIT_AS, NULL, &r) == 0) {
        rlim_t wanted = s->ring.address_bytes + s->job.size;
        r.rlim_cur = r.rlim_max != RLIM_INFINITY && wanted > r.rlim_max ? r.rlim_max : wanted;
        prlimit(s->pid, RLIMIT_AS, &r, NULL);
    }
}

/* Gives the slot's job to its worker. A worker that is gone shows when it is read from. */
static wd_status hand_out(pool *p, slot *s)
{
    set_bounds(p, s);
    wd_status status = wd_worker_send_job(s->fd, &s->job);
    s->undelivered = status == WD_E_IO;
    return status == WD_E_NOMEM ? wd_nomem(p->err, component) : WD_OK;
}

/* Takes the next job for an idle slot, starting its worker when it has none. */
static wd_status take_job(pool *p, slot *s)
{
    wd_job job = {.fd = -1};
    wd_status status = p->calls->next(p->calls->ctx, &job);
    if (status == WD_E_NOT_FOUND) {
        p->no_more = true;
        return WD_OK;
    }
    WD_TRY(status);
    s->busy = true;
    s->job = job;
    wd_buf_clear(&s->path);
    wd_buf_add(&s->path, job.path);
    s->job.path = wd_buf_slice(&s->path);
    s->job.skips = s->skips;
    s->job.n_skips = 0;
    s->end = (wd_job_end){.whole = true};
    s->answered = 0;
    s->cpu_spent_ns = 0;
    s->cpu_start_ns = 0;
    wd_members_clear(&s->members);
    if (s->path.failed || fstat(job.fd, &s->before) != 0) {
        return wd_fail(p->err, WD_E_IO, WD_NO_OFFSET, component, "fstat: %s", strerror(errno));
    }
    if (s->pid == NO_PROCESS) {
        return spawn(p, s); /* the job follows its hello */
    }
    return hand_out(p, s);
}

static wd_status finish_job(pool *p, slot *s)
{
    close(s->job.fd);
    s->job.fd = -1;
    s->busy = false;
    return p->calls->ended == NULL ? WD_OK
                                   : p->calls->ended(p->calls->ctx, s->job.ordinal, &s->end);
}

/* --- answers -------------------------------------------------------------------------------- */

static bool changed(const slot *s)
{
    struct stat after;
    return fstat(s->job.fd, &after) != 0 || after.st_size != s->before.st_size ||
           after.st_mtim.tv_sec != s->before.st_mtim.tv_sec ||
           after.st_mtim.tv_nsec != s->before.st_mtim.tv_nsec;
}

static wd_status hand_on_item(pool *p, slot *s, wd_wire_record *r)
{
    if (r->item.member == 0 && changed(s) && r->item.status != WD_ITEM_UNREADABLE) {
        r->item.status = WD_ITEM_PARTIAL;
        r->item.why = WD_S("the file changed while it was read");
    }
    return p->calls->record(p->calls->ctx, s->job.ordinal, r);
}

/* One record of a busy worker. WD_E_MALFORMED when it makes no sense. */
static wd_status take_record(pool *p, slot *s, wd_wire_record *r)
{
    bool sane = true;
    switch (r->type) {
    case WD_WIRE_OPEN: return wd_members_open(&s->members, &r->item) ? WD_OK : WD_E_MALFORMED;
    case WD_WIRE_ITEM:
        if (cpu_ns(s->pid) - s->cpu_renewed_ns > NS_PER_SECOND) {
            renew_cpu(s);
        }
        return wd_members_end(&s->members, &r->item) ? hand_on_item(p, s, r) : WD_E_MALFORMED;
    case WD_WIRE_OBSERVATION:
    case WD_WIRE_FINDING:
        sane = wd_members_tell(&s->members, r->member, r->type, r->obs.kind);
        break;
    case WD_WIRE_DONE:
        return s->members.any && s->members.n_open == 0 ? finish_job(p, s) : WD_E_MALFORMED;
    case WD_WIRE_OUTPUT:
    case WD_WIRE_PROGRESS: break;
    case WD_WIRE_TYPES: sane = false; break;
    }
    return sane ? p->calls->record(p->calls->ctx, s->job.ordinal, r) : WD_E_MALFORMED;
}

static void weaken(wd_sandbox_state *all, const wd_sandbox_state *one)
{
    all->landlock = all->landlock && one->landlock;
    all->seccomp = all->seccomp && one->seccomp;
    all->seccomp_kills = all->seccomp_kills && one->seccomp_kills;
    all->rlimits = all->rlimits && one->rlimits;
    all->address_space = all->address_space && one->address_space;
    all->private_process = all->private_process && one->private_process;
    all->dies_with_parent = all->dies_with_parent && one->dies_with_parent;
}

static wd_status take_hello(pool *p, slot *s)
{
    wd_slice bytes = wd_slice_of(s->in.ptr, WD_WORKER_HELLO);
    if (!wd_worker_take_hello(bytes, &s->ring, p->err)) {
        return WD_E_IO;
    }
    if (!p->any_ring) {
        p->ring = s->ring;
        p->any_ring = true;
    }
    weaken(&p->ring, &s->ring);
    if (p->o->require_sandbox && !wd_sandbox_complete(&s->ring)) {
        return wd_fail(p->err, WD_E_DENIED, WD_NO_OFFSET, component,
                       "the sandbox is not complete here, and it was required");
    }
    s->in_pos = WD_WORKER_HELLO;
    s->ready = true;
    return s->busy ? hand_out(p, s) : WD_OK;
}

/* Decodes what has come. `*garbled` is set when the worker is not to be believed any more. */
static wd_status decode(pool *p, slot *s, bool *garbled)
{
    if (!s->ready && s->in.len >= WD_WORKER_HELLO) {
        WD_TRY(take_hello(p, s));
    }
    while (s->ready) {
        wd_wire_record r;
        size_t used = 0;
        wd_slice rest = wd_slice_sub(wd_buf_slice(&s->in), s->in_pos, s->in.len);
        wd_status status = wd_wire_take(rest, &r, &used, NULL);
        if (status == WD_OK && used == 0) {
            break;
        }
        status = status == WD_OK && s->busy ? take_record(p, s, &r) : WD_E_MALFORMED;
        *garbled = status == WD_E_MALFORMED;
        if (status != WD_OK) {
            return *garbled ? WD_OK : status;
        }
        s->in_pos += used;
    }
    /* Keep only what waits for more. */
    wd_slice rest = wd_slice_sub(wd_buf_slice(&s->in), s->in_pos, s->in.len);
    if (s->in_pos > 0) {
        if (rest.len > 0) {
            memmove(s->in.ptr, rest.ptr, rest.len);
        }
        s->in.len = rest.len;
        s->in_pos = 0;
    }
    return WD_OK;
}

/* --- losses --------------------------------------------------------------------------------- */

static bool shrank(const slot *s)
{
    struct stat now;
    return fstat(s->job.fd, &now) == 0 && now.st_size < s->before.st_size;
}

/* Ends the innermost open member in the worker's place. */
static wd_status end_open_member(pool *p, slot *s, const char *why)
{
    wd_wire_record r = {.type = WD_WIRE_ITEM};
    wd_open_member *o = wd_members_last(&s->members);
    if (o != NULL) {
        r.item = o->item;
        r.item.status = o->told ? WD_ITEM_PARTIAL : WD_ITEM_UNREADABLE;
    } else {
        r.item = (wd_item_report){.name = wd_path_base(s->job.path),
                                  .size = s->job.size,
                                  .kind = WD_S("other"),
                                  .status = WD_ITEM_UNREADABLE};
    }
    r.item.why = wd_slice_str(why);
    if (!wd_members_end(&s->members, &r.item)) {
        return WD_OK; /* member 0 had ended already: only DONE is missing */
    }
    return p->calls->record(p->calls->ctx, s->job.ordinal, &r);
}

/* The worker of a busy slot is gone: ends the member it was at, takes the rest up again. */
static wd_status lose(pool *p, slot *s, const char *why)
{
    wd_open_member *o = wd_members_last(&s->members);
    uint32_t member = o == NULL ? 0 : o->item.member;
    s->end.whole = false;
    s->end.restarts++;
    snprintf(s->end.why, sizeof s->end.why, "%s", why);
    WD_TRY(end_open_member(p, s, why));
    const char *over = s->end.restarts >= WD_ITEM_RESTARTS
                           ? "too many members stopped their reader; given up"
                       : s->cpu_spent_ns >= cpu_bound_ns(s)
                           ? "takes more processor time than one item may; given up"
                           : NULL;
    while (over != NULL && wd_members_last(&s->members) != NULL) {
        WD_TRY(end_open_member(p, s, over));
    }
    if (wd_members_last(&s->members) == NULL) {
        return finish_job(p, s);
    }
    s->skips[s->job.n_skips++] = (wd_job_skip){member, s->members.next};
    return spawn(p, s);
}

/* The worker is gone (`why` NULL: the system knows how) or is to go. */
static wd_status bury(pool *p, slot *s, const char *why)
{
    char text[160];
    bool was_ready = s->ready;
    int status = reap(s);
    if (why == NULL) {
        wd_worker_explain(status, s->busy && shrank(s), s->cpu_seconds, text, sizeof text);
        why = text;
    }
    if (!was_ready) {
        return wd_fail(p->err, WD_E_IO, WD_NO_OFFSET, component, "a worker did not start: %s", why);
    }
    if (s->busy && s->undelivered && ++s->end.restarts < WD_ITEM_RESTARTS) {
        return spawn(p, s); /* it was idle when it went: not this item's fault */
    }
    return s->busy ? lose(p, s, why) : WD_OK;
}

/* Reads and decodes what the worker has sent. */
static wd_status serve(pool *p, slot *s)
{
    for (size_t i = 0; i < READS_PER_TURN; i++) {
        uint8_t chunk[READ_CHUNK];
        bool garbled = false;
        ssize_t n = recv(s->fd, chunk, sizeof chunk, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return WD_OK;
        }
        if (n <= 0) {
            return bury(p, s, NULL);
        }
        s->alive_ns = now_ns();
        s->answered += (uint64_t) n;
        if (s->answered > WD_MAX_ITEM_ANSWERS) {
            return bury(p, s, "answers without end");
        }
        wd_buf_add(&s->in, wd_slice_of(chunk, (size_t) n));
        if (s->in.failed) {
            return wd_nomem(p->err, component);
        }
        WD_TRY(decode(p, s, &garbled));
        if (garbled) {
            return bury(p, s, "the reader's answers make no sense");
        }
    }
    return WD_OK;
}

/* A worker that neither answers nor computes is hanging; one that computes meets RLIMIT_CPU. */
static wd_status watch(pool *p, slot *s)
{
    unsigned bound = p->o->silent_seconds != 0 ? p->o->silent_seconds : WD_ITEM_SILENT_SECONDS;
    int64_t now = now_ns();
    int64_t cpu = cpu_ns(s->pid);
    if (cpu - s->cpu_ns > NS_PER_SECOND / 100) {
        s->cpu_ns = cpu;
        s->alive_ns = now;
    }
    if (now - s->alive_ns <= (int64_t) bound * NS_PER_SECOND) {
        return WD_OK;
    }
    char why[80];
    snprintf(why, sizeof why, "no answer for %u s", bound);
    return bury(p, s, why);
}

/* --- the run -------------------------------------------------------------------------------- */

static wd_status give_out(pool *p, bool *busy)
{
    *busy = false;
    for (unsigned i = 0; i < p->n_slots; i++) {
        slot *s = &p->slots[i];
        if (!s->busy && !p->no_more) {
            WD_TRY(take_job(p, s));
        }
        *busy = *busy || s->busy;
    }
    return WD_OK;
}

static wd_status turn(pool *p)
{
    struct pollfd fds[WD_MAX_WORKERS];
    for (unsigned i = 0; i < p->n_slots; i++) {
        /* poll leaves out negative descriptors */
        fds[i] = (struct pollfd){.fd = p->slots[i].busy ? p->slots[i].fd : -1, .events = POLLIN};
    }
    int ready = poll(fds, p->n_slots, TICK_MS);
    if (ready < 0 && errno != EINTR) {
        return wd_fail(p->err, WD_E_IO, WD_NO_OFFSET, component, "poll: %s", strerror(errno));
    }
    for (unsigned i = 0; i < p->n_slots; i++) {
        slot *s = &p->slots[i];
        if (ready > 0 && fds[i].revents != 0) {
            WD_TRY(serve(p, s));
        } else if (s->busy && s->ready) {
            WD_TRY(watch(p, s));
        }
    }
    return p->calls->tick == NULL ? WD_OK : p->calls->tick(p->calls->ctx);
}

static wd_status run(pool *p)
{
    bool busy = true;
    while (busy) {
        WD_TRY(give_out(p, &busy));
        if (busy) {
            WD_TRY(turn(p));
        }
    }
    return WD_OK;
}

static void release(pool *p)
{
    for (unsigned i = 0; i < p->n_slots; i++) {
        slot *s = &p->slots[i];
        (void) reap(s);
        if (s->busy && s->job.fd >= 0) {
            close(s->job.fd);
        }
        wd_buf_free(&s->in);
        wd_buf_free(&s->path);
        wd_members_clear(&s->members);
    }
}

wd_status wd_pool_run(const wd_pool_options *o, const wd_pool_calls *calls, wd_sandbox_state *state,
                      wd_err *err)
{
    unsigned n = o->n_workers == 0 ? wd_pool_default_workers() : o->n_workers;
    pool p = {.o = o, .calls = calls, .err = err};
    wd_arena *arena = wd_arena_new(1U << 24);
    p.n_slots = n > WD_MAX_WORKERS ? WD_MAX_WORKERS : n;
    p.slots = arena == NULL ? NULL : WD_ARRAY(arena, p.n_slots, slot);
    if (p.slots == NULL) {
        wd_arena_free(arena);
        return wd_nomem(err, component);
    }
    for (unsigned i = 0; i < p.n_slots; i++) {
        p.slots[i].pid = NO_PROCESS;
        p.slots[i].fd = -1;
        p.slots[i].job.fd = -1;
    }
    wd_status status = run(&p);
    release(&p);
    wd_arena_free(arena);
    if (status == WD_OK && state != NULL && !p.any_ring && !o->no_sandbox) {
        return wd_sandbox_probe(state, err); /* there was no job */
    }
    if (state != NULL) {
        *state = p.ring;
    }
    return status;
}

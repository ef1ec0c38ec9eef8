#include "pool_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "core/sandbox.h"

/* What the item asks for is tried inside a worker; the errno of it goes back as output. */
static int attempt(wd_slice what)
{
    char path[] = "/bin/true";
    char *const argv[] = {path, NULL};
    errno = 0;
    if (wd_slice_eq(what, WD_S("open"))) {
        return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : errno;
    }
    if (wd_slice_eq(what, WD_S("create"))) {
        return open("/tmp/whodunit-must-not-exist", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0
                   ? 0
                   : errno;
    }
    if (wd_slice_eq(what, WD_S("socket"))) {
        return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
    }
    if (wd_slice_eq(what, WD_S("exec"))) {
        execv(path, argv);
        return errno;
    }
    if (wd_slice_eq(what, WD_S("fork"))) {
        pid_t pid = fork();
        if (pid == 0) {
            _exit(0);
        }
        return pid > 0 ? 0 : errno;
    }
    if (wd_slice_eq(what, WD_S("ptrace"))) {
        return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
    }
    if (wd_slice_eq(what, WD_S("rlimit"))) {
        const struct rlimit r = {RLIM_INFINITY, RLIM_INFINITY};
        return setrlimit(RLIMIT_FSIZE, &r) == 0 ? 0 : errno;
    }
    if (wd_slice_eq(what, WD_S("executable"))) {
        void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                       -1, 0);
        return p != MAP_FAILED ? 0 : errno;
    }
    return 0; /* "nothing" */
}

static wd_status examine(const void *ctx, const wd_job *job, wd_slice data, wd_outbox *out)
{
    (void) ctx;
    char text[32];
    wd_item_report item = {.name = job->path, .size = data.len, .kind = WD_S("text")};
    wd_wire_put_open(&out->buf, &item);
    wd_outbox_flush(out, 0);
    snprintf(text, sizeof text, "%d", attempt(data));
    wd_wire_put_output(&out->buf, wd_slice_str(text));
    wd_wire_put_item(&out->buf, &item);
    return WD_OK;
}

static const char *const forbidden[] = {"open", "create", "socket", "exec",
                                        "fork", "ptrace", "rlimit"};
enum { N_FORBIDDEN = sizeof forbidden / sizeof forbidden[0] };

static pool_fixture *new_fixture(wd_sandbox_violation v)
{
    pool_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->options = (wd_pool_options){.n_workers = 2, .examine = examine, .violation = v};
    pool_add(f, "nothing", WD_S("nothing"));
    for (size_t i = 0; i < N_FORBIDDEN; i++) {
        pool_add(f, forbidden[i], wd_slice_str(forbidden[i]));
    }
    return f;
}

/* Landlock alone has to stop these; the others need seccomp, which sanitizer builds lack. */
static bool expected_to_fail(const pool_fixture *f, size_t i)
{
    const char *name = f->names[i];
    bool files =
        strcmp(name, "open") == 0 || strcmp(name, "create") == 0 || strcmp(name, "exec") == 0;
    return f->state.seccomp || (files && f->state.landlock);
}

static void forbidden_calls_fail_in_a_worker(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(WD_SANDBOX_ERRNO);
    assert_int_equal(pool_run(f), WD_OK);
    assert_string_equal(f->results[0].output, "0");
    unsigned checked = 0;
    for (size_t i = 1; i < f->n_items; i++) {
        if (expected_to_fail(f, i)) {
            int got = atoi(f->results[i].output);
            assert_true(got == EPERM || got == EACCES);
            assert_true(f->results[i].end.whole);
            checked++;
        }
    }
    if (!f->state.landlock && !f->state.seccomp) {
        free(f);
        SKIP_CASE("neither kernel nor build has a sandbox");
    }
    assert_true(checked > 0);
    free(f);
}

static void forbidden_calls_end_the_worker_in_a_release(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(WD_SANDBOX_KILL);
    assert_int_equal(pool_run(f), WD_OK);
    if (!f->state.seccomp) {
        free(f);
        SKIP_CASE("no seccomp in this build");
    }
    assert_true(f->state.seccomp_kills);
    for (size_t i = 1; i < f->n_items; i++) {
        assert_int_equal(f->results[i].n_members, 1);
        assert_int_equal(f->results[i].members[0].status, WD_ITEM_UNREADABLE);
        assert_non_null(strstr(f->results[i].members[0].why, "SIGSYS"));
        assert_false(f->results[i].end.whole);
    }
    assert_int_equal(f->results[0].members[0].status, WD_ITEM_EXAMINED);
    free(f);
}

static void executable_memory_is_refused_but_not_punished(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(WD_SANDBOX_KILL);
    f->n_items = 0;
    pool_add(f, "executable", WD_S("executable"));
    assert_int_equal(pool_run(f), WD_OK);
    if (!f->state.seccomp) {
        free(f);
        SKIP_CASE("no seccomp in this build");
    }
    assert_int_equal(atoi(f->results[0].output), EACCES);
    free(f);
}

static void the_probe_says_what_workers_get(void **state)
{
    (void) state;
    wd_sandbox_state probed = {0};
    pool_fixture *f = new_fixture(WD_SANDBOX_DEFAULT);
    f->n_items = 1;
    assert_int_equal(wd_sandbox_probe(&probed, NULL), WD_OK);
    assert_int_equal(pool_run(f), WD_OK);
    assert_int_equal(probed.landlock_abi, f->state.landlock_abi);
    assert_int_equal(probed.landlock, f->state.landlock);
    assert_int_equal(probed.seccomp, f->state.seccomp);
    assert_int_equal(probed.seccomp_kills, f->state.seccomp_kills);
    assert_int_equal(probed.rlimits, f->state.rlimits);
    assert_int_equal(probed.address_space, f->state.address_space);
    assert_int_equal(probed.private_process, f->state.private_process);
    assert_true(f->state.rlimits && f->state.private_process && f->state.dies_with_parent);
    free(f);
}

static void a_missing_sandbox_is_said_in_capitals(void **state)
{
    (void) state;
    wd_buf b = {0};
    const wd_sandbox_state none = {.built = false};
    wd_sandbox_describe(&none, &b);
    assert_true(wd_slice_starts(wd_buf_slice(&b), WD_S("NO SANDBOX")));
    wd_buf_clear(&b);
    const wd_sandbox_state full = {.built = true,
                                   .landlock = true,
                                   .landlock_abi = 7,
                                   .seccomp = true,
                                   .seccomp_kills = true,
                                   .rlimits = true,
                                   .address_space = true,
                                   .private_process = true};
    wd_sandbox_describe(&full, &b);
    assert_slice(wd_buf_slice(&b), "Landlock ABI 7, seccomp allowlist (kill), resource limits, "
                                   "bounded memory, private process");
    assert_true(wd_sandbox_complete(&full));
    assert_false(wd_sandbox_complete(&none));
    wd_buf_free(&b);
}

static void a_required_sandbox_that_is_not_complete_stops_the_run(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(WD_SANDBOX_DEFAULT);
    f->n_items = 1;
    f->options.require_sandbox = true;
    f->options.no_sandbox = true;
    assert_int_equal(pool_run(f), WD_E_DENIED);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forbidden_calls_fail_in_a_worker),
        cmocka_unit_test(forbidden_calls_end_the_worker_in_a_release),
        cmocka_unit_test(executable_memory_is_refused_but_not_punished),
        cmocka_unit_test(the_probe_says_what_workers_get),
        cmocka_unit_test(a_missing_sandbox_is_said_in_capitals),
        cmocka_unit_test(a_required_sandbox_that_is_not_complete_stops_the_run),
    };
    return RUN(tests);
}

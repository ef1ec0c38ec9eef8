#include "pool_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "core/workers_priv.h"

/*
 * Items here are scripts of one letter a member: 'g' good, 'b' busy, 'c' crash, 'h' hang that
 * sleeps, 's' spin, 'x' ends without an answer, '!' answers nonsense, '(' opens a container and ')'
 * closes it. The item itself is a container around its letters.
 */

static void nap(void)
{
    /* The only blocking call that the ring leaves: waiting for a message that never comes. */
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
    while (recvmsg(3, &msg, 0) < 0 && errno == EINTR) {
    }
}

typedef struct walk {
    const wd_job *job;
    wd_outbox *out;
    uint32_t next;
    size_t skipped; /* skips that lie behind */
    bool end_of[16];
} walk;

static bool silent(const walk *w)
{
    return w->skipped < w->job->n_skips;
}

static void misbehave(uint8_t letter, wd_outbox *out)
{
    if (letter == 'c') {
        raise(SIGSEGV);
        abort();
    } else if (letter == 'h') {
        nap();
    } else if (letter == 's') {
        for (volatile unsigned long i = 0;; i++) {
        }
    } else if (letter == 'b') {
        clock_t until = clock() + CLOCKS_PER_SEC / 2;
        while (clock() < until) {
        }
    } else if (letter == 'x') {
        _exit(3);
    } else if (letter == '!') {
        wd_buf_str(&out->buf, "nonsense that is no record at all");
        wd_outbox_flush(out, 0);
    }
}

static size_t walk_member(walk *w, wd_slice script, size_t at, uint32_t parent, uint32_t depth)
{
    uint32_t number = w->next++;
    uint8_t letter = depth == 0 ? '(' : script.ptr[at];
    wd_item_report item = {.member = number,
                           .parent = parent,
                           .depth = depth,
                           .name = wd_slice_sub(script, at, 1),
                           .size = 1,
                           .kind = WD_S("text")};
    if (silent(w) && w->job->skips[w->skipped].member == number) {
        w->next = w->job->skips[w->skipped].next;
        w->skipped++;
        if (!silent(w)) {
            memset(w->end_of, true, depth); /* containers that were open then */
        }
        return at + 1;
    }
    bool tell = !silent(w);
    if (tell) {
        wd_wire_put_open(&w->out->buf, &item);
        wd_outbox_flush(w->out, 0);
        misbehave(letter, w->out);
    }
    at += depth == 0 ? 0 : 1;
    if (letter == '(') {
        while (at < script.len && script.ptr[at] != ')') {
            at = walk_member(w, script, at, number, depth + 1);
        }
        at++;
    }
    if (tell || w->end_of[depth]) {
        w->end_of[depth] = false;
        wd_wire_put_item(&w->out->buf, &item);
    }
    return at;
}

static wd_status examine(const void *ctx, const wd_job *job, wd_slice data, wd_outbox *out)
{
    (void) ctx;
    walk w = {.job = job, .out = out};
    walk_member(&w, data, 0, 0, 0);
    return WD_OK;
}

static pool_fixture *new_fixture(unsigned n_workers)
{
    pool_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->options = (wd_pool_options){
        .n_workers = n_workers, .examine = examine, .cpu_seconds = 1, .silent_seconds = 1};
    return f;
}

static void every_item_is_examined_once_whatever_the_number_of_workers(void **state)
{
    (void) state;
    for (unsigned n = 1; n <= 5; n += 2) {
        pool_fixture *f = new_fixture(n);
        for (size_t i = 0; i < POOL_ITEMS; i++) {
            pool_add(f, "item", WD_S("gg"));
        }
        assert_int_equal(pool_run(f), WD_OK);
        for (size_t i = 0; i < POOL_ITEMS; i++) {
            assert_int_equal(f->results[i].n_members, 3);
            assert_true(f->results[i].end.whole);
        }
        free(f);
    }
}

static void no_jobs_are_fine(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(2);
    assert_int_equal(pool_run(f), WD_OK);
    assert_true(f->state.rlimits);
    free(f);
}

static void a_crash_costs_one_member_and_is_named(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(2);
    pool_add(f, "a", WD_S("gg"));
    pool_add(f, "b", WD_S("gcg"));
    pool_add(f, "c", WD_S("g"));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[1];
    assert_int_equal(r->n_members, 4);
    assert_int_equal(r->members[0].status, WD_ITEM_EXAMINED);
    assert_int_equal(r->members[1].status, WD_ITEM_EXAMINED);
    assert_int_equal(r->members[2].status, WD_ITEM_UNREADABLE);
    assert_string_equal(r->members[2].why, "the reader crashed (SIGSEGV)");
    assert_int_equal(r->members[3].status, WD_ITEM_EXAMINED);
    assert_false(r->end.whole);
    assert_int_equal(r->end.restarts, 1);
    assert_true(f->results[0].end.whole && f->results[2].end.whole);
    free(f);
}

static void crashes_inside_nested_containers_cost_only_themselves(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(1);
    /* numbers: ( 1, g 2, ( 3, c 4, g 5, c 6, g 7, g 8 */
    pool_add(f, "nest", WD_S("(g(cg)c)gg"));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[0];
    const wd_item_status want[] = {WD_ITEM_EXAMINED,   WD_ITEM_EXAMINED,   WD_ITEM_EXAMINED,
                                   WD_ITEM_EXAMINED,   WD_ITEM_UNREADABLE, WD_ITEM_EXAMINED,
                                   WD_ITEM_UNREADABLE, WD_ITEM_EXAMINED,   WD_ITEM_EXAMINED};
    assert_int_equal(r->n_members, 9);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(r->members[i].status, want[i]);
    }
    assert_int_equal(r->members[5].parent, 3);
    assert_int_equal(r->end.restarts, 2);
    free(f);
}

static void an_item_that_costs_too_many_workers_is_given_up(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(1);
    pool_add(f, "many", WD_S("ccccccccccccccccccccg"));
    pool_add(f, "next", WD_S("g"));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[0];
    assert_int_equal(r->end.restarts, WD_ITEM_RESTARTS);
    assert_int_equal(r->n_members, WD_ITEM_RESTARTS + 1);
    assert_int_equal(r->members[0].status, WD_ITEM_UNREADABLE);
    assert_non_null(strstr(r->members[0].why, "given up"));
    assert_true(f->results[1].end.whole);
    free(f);
}

static void a_hang_costs_one_member_and_is_named(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(2);
    pool_add(f, "sleeps", WD_S("hg"));
    pool_add(f, "spins", WD_S("sg"));
    assert_int_equal(pool_run(f), WD_OK);
    assert_string_equal(f->results[0].members[1].why, "no answer for 1 s");
    assert_int_equal(f->results[0].members[2].status, WD_ITEM_EXAMINED);
    assert_string_equal(f->results[1].members[1].why, "no end after 1 s of processor time");
    assert_int_equal(f->results[1].members[2].status, WD_ITEM_EXAMINED);
    free(f);
}

static void processor_time_is_given_to_each_member_and_bounded_for_the_item(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(1);
    f->options.cpu_item_seconds = 3;
    pool_add(f, "busy", WD_S("bbb"));        /* 0.5 s each: more than one member may take */
    pool_add(f, "endless", WD_S("ssssssg")); /* 1 s each: more than the item may take */
    assert_int_equal(pool_run(f), WD_OK);
    assert_true(f->results[0].end.whole);
    const pool_result *r = &f->results[1];
    assert_int_equal(r->members[0].status, WD_ITEM_UNREADABLE);
    assert_non_null(strstr(r->members[0].why, "given up"));
    assert_true(r->n_members < 7);
    free(f);
}

static bool says(const char *script)
{
    /* Letters of a worker: 'o' opens the next member inside the last, 'e' ends it, 'E' ends the
     * outermost, 't' tells of the innermost, 'T' of one that is not open, 'd' ends one twice. */
    wd_members m = {0};
    uint32_t next = 0;
    bool sane = true;
    for (const char *c = script; *c != '\0' && sane; c++) {
        wd_open_member *last = wd_members_last(&m);
        wd_item_report item = last == NULL ? (wd_item_report){0} : last->item;
        if (*c == 'o') {
            uint32_t depth = last == NULL ? 0 : item.depth + 1;
            item = (wd_item_report){.member = next++, .parent = item.member, .depth = depth};
            sane = wd_members_open(&m, &item);
        } else if (*c == 'e') {
            sane = wd_members_end(&m, &item);
        } else if (*c == 'E') {
            item = m.open[0].item;
            sane = wd_members_end(&m, &item);
        } else if (*c == 'd') {
            sane = wd_members_end(&m, &item) && wd_members_end(&m, &item);
        } else {
            uint32_t member = *c == 't' ? item.member : 77;
            sane = wd_members_tell(&m, member, WD_WIRE_FINDING, WD_OBS_FILE);
        }
    }
    wd_members_clear(&m);
    return sane;
}

static void answers_that_contradict_each_other_are_not_believed(void **state)
{
    (void) state;
    assert_true(says("ote"));
    assert_true(says("ootetotee"));
    assert_true(says("oooooooooeeeeeeeee")); /* as deep as archives are opened */
    assert_false(says("ooooooooooooo"));     /* deeper */
    assert_false(says("oT"));
    assert_false(says("ood"));
    assert_false(says("ooE"));
    assert_false(says("oee"));
    assert_false(says("oeo")); /* a second outermost item */
}

static void numbers_out_of_bounds_are_not_believed(void **state)
{
    (void) state;
    wd_members m = {0};
    wd_item_report item = {.member = 0};
    assert_true(wd_members_open(&m, &item));
    item = (wd_item_report){.member = WD_MAX_MEMBERS + 1, .depth = 1};
    assert_false(wd_members_open(&m, &item));
    assert_false(wd_members_end(&m, &item));
    item = (wd_item_report){.member = 1, .parent = 5, .depth = 1};
    assert_false(wd_members_end(&m, &item));
    item = (wd_item_report){.member = 1, .parent = 0, .depth = WD_MAX_ARCHIVE_DEPTH + 2};
    assert_false(wd_members_end(&m, &item));
    item.depth = 1;
    assert_true(wd_members_end(&m, &item));
    wd_members_clear(&m);
}

/* Runs a pool whose only worker spins, and says the worker's number through `to`. */
static wd_status tell_pid(const void *ctx, const wd_job *job, wd_slice data, wd_outbox *out)
{
    char text[16];
    snprintf(text, sizeof text, "%d", getpid());
    wd_wire_put_output(&out->buf, wd_slice_str(text));
    wd_outbox_flush(out, 0);
    return examine(ctx, job, data, out);
}

static wd_status pass_on(void *ctx, uint64_t ordinal, const wd_wire_record *r)
{
    (void) ordinal;
    const int *to = ctx;
    return r->type != WD_WIRE_OUTPUT ||
                   write(*to, r->output.ptr, r->output.len) == (ssize_t) r->output.len
               ? WD_OK
               : WD_E_IO;
}

static wd_status one_job(void *ctx, wd_job *job)
{
    (void) ctx;
    *job = (wd_job){.path = WD_S("x"), .fd = pool_memfd(WD_S("s")), .size = 1};
    return WD_OK;
}

static void workers_die_with_their_coordinator(void **state)
{
    (void) state;
    int ends[2];
    char text[16] = {0};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    pid_t coordinator = fork();
    if (coordinator == 0) {
        const wd_pool_options o = {.n_workers = 1, .examine = tell_pid, .cpu_seconds = 60};
        const wd_pool_calls calls = {.ctx = &ends[1], .next = one_job, .record = pass_on};
        _exit(wd_pool_run(&o, &calls, NULL, NULL) == WD_OK ? 0 : 1);
    }
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    pid_t worker = atoi(text);
    assert_true(worker > 0 && kill(worker, 0) == 0);
    kill(coordinator, SIGKILL);
    assert_int_equal(waitpid(coordinator, NULL, 0), coordinator);
    assert_int_equal(waitpid(worker, NULL, 0), worker); /* would wait for ever if it lived on */
    close(ends[0]);
    close(ends[1]);
}

static void a_worker_that_lies_or_leaves_costs_one_member(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(1);
    pool_add(f, "leaves", WD_S("xg"));
    pool_add(f, "lies", WD_S("!g"));
    assert_int_equal(pool_run(f), WD_OK);
    assert_non_null(strstr(f->results[0].members[1].why, "without an answer (exit 3)"));
    assert_non_null(strstr(f->results[1].members[1].why, "make no sense"));
    assert_int_equal(f->results[1].members[2].status, WD_ITEM_EXAMINED);
    free(f);
}

static int open_shrinking(pool_fixture *f, size_t item)
{
    char path[] = "/tmp/wd-shrink-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(ftruncate(fd, (off_t) f->items[item].len), 0);
    return fd;
}

/* Reads its item after the file has been cut under it; the descriptor is shared with the test. */
static wd_status examine_slowly(const void *ctx, const wd_job *job, wd_slice data, wd_outbox *out)
{
    (void) ctx;
    wd_item_report item = {.name = job->path, .size = data.len, .kind = WD_S("text")};
    unsigned sum = 0;
    for (unsigned long i = 0; i < 4000000000UL; i++) {
        sum += ((const volatile uint8_t *) data.ptr)[i * 4096 % data.len];
    }
    item.size = sum;
    wd_wire_put_item(&out->buf, &item);
    return WD_OK;
}

static wd_status cut_it(void *ctx)
{
    /* The pool holds the only descriptor above the fixture's own; found by its size. */
    (void) ctx;
    for (int fd = 3; fd < 64; fd++) {
        struct stat st;
        if (fstat(fd, &st) == 0 && st.st_size == 1 << 20) {
            assert_int_equal(ftruncate(fd, 0), 0);
        }
    }
    return WD_OK;
}

static void a_file_that_shrinks_is_said_to(void **state)
{
    (void) state;
    static const uint8_t zeros[1 << 20];
    pool_fixture *f = new_fixture(1);
    f->options.examine = examine_slowly;
    f->options.cpu_seconds = 30;
    f->make_fd = open_shrinking;
    pool_add(f, "shrinks", wd_slice_of(zeros, sizeof zeros));
    const wd_pool_calls calls = {
        .ctx = f, .next = pool_next, .record = pool_record, .ended = pool_ended, .tick = cut_it};
    assert_int_equal(wd_pool_run(&f->options, &calls, &f->state, &f->err), WD_OK);
    assert_int_equal(f->results[0].members[0].status, WD_ITEM_UNREADABLE);
    assert_non_null(strstr(f->results[0].members[0].why, "shrank while it was read"));
    free(f);
}

static wd_status stop_at_once(void *ctx, uint64_t ordinal, const wd_wire_record *r)
{
    (void) ctx;
    (void) ordinal;
    (void) r;
    return WD_E_CORRUPT_CASE;
}

static void a_receiver_that_refuses_stops_the_run_and_leaves_no_process(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(3);
    for (size_t i = 0; i < 8; i++) {
        pool_add(f, "item", WD_S("ggg"));
    }
    const wd_pool_calls calls = {.ctx = f, .next = pool_next, .record = stop_at_once};
    assert_int_equal(wd_pool_run(&f->options, &calls, NULL, NULL), WD_E_CORRUPT_CASE);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    free(f);
}

static wd_status fail_to_prepare(const void *ctx, wd_err *err)
{
    (void) ctx;
    return wd_fail(err, WD_E_UNSUPPORTED, WD_NO_OFFSET, "test", "no hash library");
}

static void a_worker_that_cannot_start_is_an_error_with_its_reason(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture(2);
    f->options.prepare = fail_to_prepare;
    pool_add(f, "item", WD_S("g"));
    assert_int_equal(pool_run(f), WD_E_IO);
    assert_non_null(strstr(f->err.text, "no hash library"));
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_examined_once_whatever_the_number_of_workers),
        cmocka_unit_test(no_jobs_are_fine),
        cmocka_unit_test(a_crash_costs_one_member_and_is_named),
        cmocka_unit_test(crashes_inside_nested_containers_cost_only_themselves),
        cmocka_unit_test(an_item_that_costs_too_many_workers_is_given_up),
        cmocka_unit_test(a_hang_costs_one_member_and_is_named),
        cmocka_unit_test(processor_time_is_given_to_each_member_and_bounded_for_the_item),
        cmocka_unit_test(answers_that_contradict_each_other_are_not_believed),
        cmocka_unit_test(numbers_out_of_bounds_are_not_believed),
        cmocka_unit_test(workers_die_with_their_coordinator),
        cmocka_unit_test(a_worker_that_lies_or_leaves_costs_one_member),
        cmocka_unit_test(a_file_that_shrinks_is_said_to),
        cmocka_unit_test(a_receiver_that_refuses_stops_the_run_and_leaves_no_process),
        cmocka_unit_test(a_worker_that_cannot_start_is_an_error_with_its_reason),
    };
    return RUN(tests);
}

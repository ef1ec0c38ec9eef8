#include "temp_folder.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "case/intake.h"

/* Everything that comes out, as text: "path=content;" for files, then "!path: why;". */
typedef struct listing {
    char text[16384];
    size_t count;
    uint64_t bytes;
    wd_status status;
    wd_err err;
} listing;

static void add(listing *l, wd_slice path, const char *between, wd_slice after)
{
    size_t at = strlen(l->text);
    int n = snprintf(l->text + at, sizeof l->text - at, "%s%.*s%s%.*s;",
                     between[0] == ':' ? "!" : "", (int) path.len, (const char *) path.ptr, between,
                     (int) after.len, (const char *) after.ptr);
    assert_true(n >= 0 && (size_t) n < sizeof l->text - at);
}

static void collect(listing *l, wd_intake *in)
{
    wd_job job;
    size_t n = 0;
    uint64_t last = 0;
    while (wd_intake_next(in, &job) == WD_OK) {
        char content[64];
        ssize_t got = read(job.fd, content, sizeof content);
        assert_true(got >= 0);
        assert_int_equal(job.size, got);
        add(l, job.path, "=", wd_slice_of(content, (size_t) got));
        assert_true(job.ordinal >= last);
        assert_true(wd_slice_eq(wd_intake_path(in, job.ordinal), job.path));
        last = job.ordinal;
        close(job.fd);
    }
    const wd_not_read *missing = wd_intake_not_read(in, &n);
    for (size_t i = 0; i < n; i++) {
        add(l, missing[i].path, ": ", missing[i].why);
    }
}

static listing *list(const char *const *paths, size_t n, const char *exclude)
{
    listing *l = calloc(1, sizeof *l);
    wd_arena *arena = wd_arena_new(1U << 26);
    wd_intake *in = NULL;
    const wd_intake_options o = {.paths = paths, .n_paths = n, .exclude = exclude};
    assert_true(l != NULL && arena != NULL);
    l->status = wd_intake_open(&in, &o, arena, &l->err);
    if (l->status == WD_OK) {
        l->count = wd_intake_count(in);
        l->bytes = wd_intake_bytes(in);
        collect(l, in);
        wd_intake_close(in);
    }
    wd_arena_free(arena);
    return l;
}

static char top[TEMP_PATH];
static char before[TEMP_PATH];

/* Every case works inside its own folder, so that paths are short and known. */
static int set_up(void **state)
{
    (void) state;
    assert_non_null(getcwd(before, sizeof before));
    temp_make(top);
    return chdir(top);
}

static int tear_down(void **state)
{
    (void) state;
    int r = chdir(before);
    temp_remove(top);
    return r;
}

static void assert_listing(const char *const *paths, size_t n, const char *want)
{
    listing *l = list(paths, n, NULL);
    assert_int_equal(l->status, WD_OK);
    assert_string_equal(l->text, want);
    free(l);
}

#define LIST(want, ...)                                                 \
    do {                                                                \
        const char *const paths_[] = {__VA_ARGS__};                     \
        assert_listing(paths_, sizeof paths_ / sizeof paths_[0], want); \
    } while (0)

static void files_come_in_order_of_path_whatever_the_order_of_arguments(void **state)
{
    (void) state;
    temp_folder(top, "b");
    temp_folder(top, "a");
    temp_file(top, "b/2", WD_S("two"));
    temp_file(top, "b/1", WD_S("one"));
    temp_file(top, "a/z", WD_S("z"));
    temp_file(top, "c", WD_S(""));
    const char *want = "a/z=z;b/1=one;b/2=two;c=;";
    LIST(want, "a", "b", "c");
    LIST(want, "c", "b", "a");
    LIST(want, ".");
    LIST(want, "./b//", "c", "a/");
    LIST(want, "b", "b/1", "c", ".", "a");
}

static void counts_are_known_before_anything_is_opened(void **state)
{
    (void) state;
    temp_file(top, "1", WD_S("abc"));
    temp_file(top, "2", WD_S("defgh"));
    const char *const paths[] = {"."};
    listing *l = list(paths, 1, NULL);
    assert_int_equal(l->count, 2);
    assert_int_equal(l->bytes, 8);
    free(l);
}

static void a_missing_path_is_named(void **state)
{
    (void) state;
    const char *const paths[] = {"no-such"};
    listing *l = list(paths, 1, NULL);
    assert_int_equal(l->status, WD_E_NOT_FOUND);
    assert_string_equal(l->err.text, "no-such: no such file or folder");
    free(l);
}

static void an_empty_folder_is_fine(void **state)
{
    (void) state;
    LIST("", ".");
}

static void symbolic_links_are_listed_and_not_followed(void **state)
{
    (void) state;
    temp_folder(top, "d");
    temp_file(top, "d/f", WD_S("x"));
    temp_link(top, "d/loop", "..");
    temp_link(top, "d/out", "/etc/passwd");
    temp_link(top, "d/self", "self");
    LIST("d/f=x;!d/loop: symbolic link, not followed (to ..);"
         "!d/out: symbolic link, not followed (to /etc/passwd);"
         "!d/self: symbolic link, not followed (to self);",
         "d");
}

static void a_link_that_a_person_named_is_followed(void **state)
{
    (void) state;
    temp_folder(top, "real");
    temp_file(top, "real/f", WD_S("x"));
    temp_link(top, "alias", "real");
    LIST("alias/f=x;", "alias");
}

static void pipes_sockets_and_devices_are_refused_without_opening(void **state)
{
    (void) state;
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "s"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(mkfifo("p", 0644), 0);
    assert_int_equal(bind(fd, (struct sockaddr *) &a, sizeof a), 0);
    /* Opening the pipe would wait for ever for a writer. */
    LIST("!p: named pipe, not opened;!s: socket, not opened;", ".");
    LIST("!/dev/null: device, not opened;!p: named pipe, not opened;", "p", "/dev/null");
    close(fd);
}

static void names_may_hold_any_byte(void **state)
{
    (void) state;
    temp_file(top, "\xff\xfe", WD_S("1"));
    temp_file(top, "a\nb", WD_S("2"));
    temp_file(top, "\x1b[31m", WD_S("3"));
    temp_file(top, "back\\slash", WD_S("4"));
    temp_file(top, "-o", WD_S("5"));
    LIST("\x1b[31m=3;-o=5;a\nb=2;back\\slash=4;\xff\xfe=1;", ".");
}

static void the_longest_names_are_read(void **state)
{
    (void) state;
    char name[256];
    char want[300];
    memset(name, 'n', 255);
    name[255] = '\0';
    temp_file(top, name, WD_S("long"));
    snprintf(want, sizeof want, "%s=long;", name);
    LIST(want, ".");
}

static void paths_longer_than_the_system_takes_are_read(void **state)
{
    (void) state;
    char name[201];
    memset(name, 'd', 200);
    name[200] = '\0';
    for (unsigned i = 0; i < 30; i++) { /* 6,000 bytes: more than PATH_MAX */
        assert_int_equal(mkdir(name, 0755), 0);
        assert_int_equal(chdir(name), 0);
    }
    temp_file(".", "deep", WD_S("x"));
    assert_int_equal(chdir(top), 0);
    const char *const paths[] = {"."};
    listing *l = list(paths, 1, NULL);
    assert_int_equal(l->status, WD_OK);
    assert_int_equal(l->count, 1);
    assert_non_null(strstr(l->text, "/deep=x;"));
    free(l);
    for (unsigned i = 0; i < 30; i++) { /* nftw cannot remove it in one go */
        assert_int_equal(chdir(name), 0);
    }
    unlink("deep");
    for (unsigned i = 0; i < 30; i++) {
        assert_int_equal(chdir(".."), 0);
        rmdir(name);
    }
}

static void a_tree_that_is_too_deep_is_cut_and_said(void **state)
{
    (void) state;
    char path[TEMP_PATH] = "x";
    for (unsigned i = 0; i < 70; i++) {
        temp_folder(top, path);
        strcat(path, "/x");
    }
    const char *const paths[] = {"."};
    listing *l = list(paths, 1, NULL);
    assert_int_equal(l->status, WD_OK);
    assert_non_null(strstr(l->text, "folder nested too deep, not entered"));
    free(l);
}

static void the_case_folder_is_left_out(void **state)
{
    (void) state;
    temp_folder(top, "case");
    temp_file(top, "case/case.db", WD_S("x"));
    temp_file(top, "f", WD_S("y"));
    const char *const paths[] = {"."};
    listing *l = list(paths, 1, "case");
    assert_string_equal(l->text, "f=y;");
    free(l);
}

static void a_file_that_goes_away_before_it_is_opened_is_accounted_for(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(1U << 20);
    wd_intake *in = NULL;
    wd_job job;
    size_t n = 0;
    const char *const paths[] = {"."};
    const wd_intake_options o = {.paths = paths, .n_paths = 1};
    temp_folder(top, "d");
    temp_file(top, "d/gone", WD_S("x"));
    temp_file(top, "link", WD_S("x"));
    temp_file(top, "pipe", WD_S("x"));
    temp_file(top, "stays", WD_S("x"));
    assert_int_equal(wd_intake_open(&in, &o, arena, NULL), WD_OK);
    unlink("d/gone");
    unlink("link");
    temp_link(top, "link", "/etc/passwd");
    unlink("pipe");
    assert_int_equal(mkfifo("pipe", 0644), 0);
    assert_int_equal(wd_intake_next(in, &job), WD_OK);
    assert_slice(job.path, "stays");
    assert_int_equal(job.ordinal, 3);
    close(job.fd);
    assert_int_equal(wd_intake_next(in, &job), WD_E_NOT_FOUND);
    const wd_not_read *missing = wd_intake_not_read(in, &n);
    assert_int_equal(n, 3);
    assert_slice(missing[0].why, "no longer there");
    assert_slice(missing[1].why, "turned into a symbolic link");
    assert_slice(missing[2].why, "no longer a file");
    wd_intake_close(in);
    wd_arena_free(arena);
}

/* As somebody whom permissions bind; the exit code says how it went. */
static int look_as_nobody(void)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 2;
    }
    const char *const paths[] = {"."};
    listing *l = list(paths, 1, NULL);
    int ok = l->status == WD_OK && strcmp(l->text, "open=y;!locked: folder: permission denied;"
                                                   "!secret: permission denied;") == 0;
    if (!ok) {
        fprintf(stderr, "# got: %s\n", l->text);
    }
    free(l);
    return ok ? 0 : 1;
}

static void what_may_not_be_read_is_listed(void **state)
{
    (void) state;
    int status = 0;
    temp_file(top, "secret", WD_S("x"));
    temp_file(top, "open", WD_S("y"));
    temp_folder(top, "locked");
    assert_int_equal(chmod("secret", 0), 0);
    assert_int_equal(chmod("locked", 0), 0);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(look_as_nobody());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(chmod("locked", 0755), 0);
    assert_int_equal(status, 0);
}

static void nothing_is_left_open(void **state)
{
    (void) state;
    temp_folder(top, "d");
    temp_file(top, "d/f", WD_S("x"));
    int first = dup(0);
    LIST("d/f=x;", ".");
    int second = dup(0);
    assert_int_equal(second, first + 1);
    close(first);
    close(second);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(files_come_in_order_of_path_whatever_the_order_of_arguments),
        IN_FOLDER(counts_are_known_before_anything_is_opened),
        IN_FOLDER(a_missing_path_is_named),
        IN_FOLDER(an_empty_folder_is_fine),
        IN_FOLDER(symbolic_links_are_listed_and_not_followed),
        IN_FOLDER(a_link_that_a_person_named_is_followed),
        IN_FOLDER(pipes_sockets_and_devices_are_refused_without_opening),
        IN_FOLDER(names_may_hold_any_byte),
        IN_FOLDER(the_longest_names_are_read),
        IN_FOLDER(paths_longer_than_the_system_takes_are_read),
        IN_FOLDER(a_tree_that_is_too_deep_is_cut_and_said),
        IN_FOLDER(the_case_folder_is_left_out),
        IN_FOLDER(a_file_that_goes_away_before_it_is_opened_is_accounted_for),
        IN_FOLDER(what_may_not_be_read_is_listed),
        IN_FOLDER(nothing_is_left_open),
    };
    return RUN(tests);
}

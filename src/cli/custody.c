#include "cli/custody.h"

#include <pwd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cli/case_files.h"
#include "cli/resources.h"

wd_time wd_custody_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return wd_time_from_unix(ts.tv_sec, ts.tv_nsec);
}

typedef struct lists {
    wd_jw *json;
    wd_buf *sums;
} lists;

/* sha256sum marks a name that holds a backslash or line feed with a leading backslash and escapes
 * both. */
static void add_sum(wd_buf *out, wd_slice hash, wd_slice path)
{
    bool escape =
        wd_slice_find_byte(path, '\n') != SIZE_MAX || wd_slice_find_byte(path, '\\') != SIZE_MAX;
    wd_buf_str(out, escape ? "\\" : "");
    wd_buf_add(out, hash);
    wd_buf_str(out, "  ");
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '\n') {
            wd_buf_str(out, "\\n");
        } else if (path.ptr[i] == '\\') {
            wd_buf_str(out, "\\\\");
        } else {
            wd_buf_byte(out, path.ptr[i]);
        }
    }
    wd_buf_byte(out, '\n');
}

static wd_status one_item(void *ctx, const wd_case_item *item)
{
    lists *l = ctx;
    if (item->member != 0 || item->sha256.len == 0) {
        return WD_OK;
    }
    wd_jw_object(l->json);
    wd_jw_member_slice(l->json, "path", item->path);
    wd_jw_member_u64(l->json, "size", item->size);
    wd_jw_member_slice(l->json, "sha256", item->sha256);
    wd_jw_object_end(l->json);
    add_sum(l->sums, item->sha256, item->path);
    return WD_OK;
}

static void run_facts(wd_jw *w, const wd_custody *c)
{
    struct utsname machine = {0};
    const struct passwd *user = getpwuid(geteuid());
    uname(&machine);
    wd_jw_member_str(w, "schema", "whodunit.custody/1");
    wd_jw_member_str(w, "tool", "whodunit");
    wd_jw_member_str(w, "version", wd_version());
    wd_jw_member_str(w, "case", c->case_dir);
    wd_jw_member_time(w, "started", c->started);
    wd_jw_member_time(w, "ended", c->ended);
    wd_jw_member_str(w, "user", user == NULL ? "" : user->pw_name);
    wd_jw_member_str(w, "machine", machine.nodename);
    wd_jw_member_str(w, "kernel", machine.release);
    wd_jw_member_u64(w, "jobs", c->jobs);
    wd_jw_member_u64(w, "workers_lost", c->stats->workers_lost);
    wd_buf sandbox = {0};
    wd_sandbox_describe(&c->stats->sandbox, &sandbox);
    wd_jw_member_slice(w, "sandbox", wd_buf_slice(&sandbox));
    wd_buf_free(&sandbox);
    wd_jw_key(w, "arguments");
    wd_jw_array(w);
    for (size_t i = 0; i < c->n_evidence; i++) {
        wd_jw_str(w, c->evidence[i]);
    }
    wd_jw_array_end(w);
}

wd_status wd_custody_write(const wd_custody *c, wd_err *err)
{
    wd_buf json = {0};
    wd_buf sums = {0};
    wd_jw w = wd_jw_init(&json, 1);
    lists l = {&w, &sums};
    wd_jw_object(&w);
    run_facts(&w, c);
    wd_jw_key(&w, "evidence");
    wd_jw_array(&w);
    wd_status s = wd_case_each_item(c->cs, one_item, &l, err);
    wd_jw_array_end(&w);
    wd_jw_object_end(&w);
    wd_buf_byte(&json, '\n');
    if (s == WD_OK && (json.failed || sums.failed)) {
        s = wd_nomem(err, "custody");
    }
    if (s == WD_OK) {
        s = wd_case_file_write(c->case_dir, "custody.json", wd_buf_slice(&json), err);
    }
    if (s == WD_OK) {
        s = wd_case_file_write(c->case_dir, "evidence.sha256", wd_buf_slice(&sums), err);
    }
    wd_buf_free(&json);
    wd_buf_free(&sums);
    return s;
}

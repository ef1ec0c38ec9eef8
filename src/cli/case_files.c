#include "cli/case_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static wd_status failed(wd_err *err, const char *path)
{
    return wd_fail(err, errno == ENOENT ? WD_E_NOT_FOUND : WD_E_IO, WD_NO_OFFSET, "case", "%s: %s",
                   path, strerror(errno));
}

/* Folders inside the case that a name needs: "block/whodunit.nft". */
static wd_status make_parent(const char *path, wd_err *err)
{
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash != NULL) {
        *slash = '\0';
        if (mkdir(parent, 0777) != 0 && errno != EEXIST) {
            return failed(err, parent);
        }
    }
    return WD_OK;
}

wd_status wd_case_file_write(const char *dir, const char *name, wd_slice bytes, wd_err *err)
{
    char path[PATH_MAX];
    char temporary[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int) sizeof path ||
        snprintf(temporary, sizeof temporary, "%s/%s.part", dir, name) >= (int) sizeof temporary) {
        return wd_fail(err, WD_E_USAGE, WD_NO_OFFSET, "case",
                       "the name of the case folder is too long");
    }
    WD_TRY(make_parent(path, err));
    FILE *f = fopen(temporary, "wbe");
    if (f == NULL) {
        return failed(err, temporary);
    }
    bool ok = bytes.len == 0 || fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
    ok = fclose(f) == 0 && ok;
    if (!ok || rename(temporary, path) != 0) {
        wd_status s = failed(err, path);
        unlink(temporary);
        return s;
    }
    return WD_OK;
}

wd_status wd_case_file_read(const char *dir, const char *name, wd_buf *out, wd_err *err)
{
    char path[PATH_MAX];
    uint8_t part[65536];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        return failed(err, path);
    }
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        wd_buf_add(out, wd_slice_of(part, n));
    }
    bool bad = ferror(f) != 0;
    fclose(f);
    if (bad) {
        return failed(err, path);
    }
    return out->failed ? wd_nomem(err, "case") : WD_OK;
}

wd_status wd_case_report(const char *dir, wd_buf *text, wd_json_doc *doc, wd_arena *arena,
                         wd_err *err)
{
    wd_status s = wd_case_file_read(dir, "report.json", text, err);
    if (s == WD_E_NOT_FOUND) {
        wd_err_clear(err);
        return wd_fail(err, s, WD_NO_OFFSET, "case",
                       "there is no report.json; name a folder that investigate made");
    }
    return s == WD_OK ? wd_json_parse(doc, wd_buf_slice(text), arena, 0, err) : s;
}

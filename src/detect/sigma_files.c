#include "detect/sigma_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"

typedef struct walk {
    wd_arena *arena;
    wd_sigma_file_list *out;
    bool builtin;
    wd_slice text;
    wd_err *err;
} walk;

static wd_status io_error(wd_err *err, wd_slice path, const char *what)
{
    return wd_fail(err, WD_E_IO, WD_NO_OFFSET, "sigma", "%s %.*s: %s", what, (int) path.len,
                   (const char *) path.ptr, strerror(errno));
}

static bool is_rule_name(wd_slice name)
{
    return wd_slice_ends_nocase(name, WD_S(".yml")) || wd_slice_ends_nocase(name, WD_S(".yaml"));
}

static wd_status add_file(walk *w, wd_slice path)
{
    WD_TRY(WD_ROOM(w->arena, w->out->list, w->out->n, w->out->cap));
    w->out->list[w->out->n++] = (wd_sigma_file){path, w->builtin, w->text};
    return WD_OK;
}

static wd_status walk_folder(walk *w, wd_slice path, unsigned depth);

static wd_status walk_entry(walk *w, wd_slice folder, const struct dirent *d, unsigned depth)
{
    wd_slice path = wd_arena_printf(w->arena, "%s/%s", (const char *) folder.ptr, d->d_name);
    struct stat st;
    if (path.ptr == NULL) {
        return wd_nomem(w->err, "sigma");
    }
    unsigned char type = d->d_type;
    if (type == DT_UNKNOWN) {
        if (lstat((const char *) path.ptr, &st) != 0) {
            return io_error(w->err, path, "cannot look at");
        }
        type = S_ISDIR(st.st_mode) ? DT_DIR : (S_ISREG(st.st_mode) ? DT_REG : DT_UNKNOWN);
    }
    if (type == DT_DIR) {
        return walk_folder(w, path, depth + 1);
    }
    return type == DT_REG && is_rule_name(path) ? add_file(w, path) : WD_OK;
}

static wd_status walk_folder(walk *w, wd_slice path, unsigned depth)
{
    if (depth > WD_MAX_RULE_DEPTH) {
        return wd_fail(w->err, WD_E_LIMIT, WD_NO_OFFSET, "sigma", "folders nested deeper than %u",
                       WD_MAX_RULE_DEPTH);
    }
    DIR *dir = opendir((const char *) path.ptr);
    if (dir == NULL) {
        return io_error(w->err, path, "cannot open");
    }
    wd_status s = WD_OK;
    for (struct dirent *d = readdir(dir); d != NULL && s == WD_OK; d = readdir(dir)) {
        if (d->d_name[0] != '.') {
            s = walk_entry(w, path, d, depth);
        }
    }
    closedir(dir);
    return s;
}

static int by_path(const void *a, const void *b)
{
    return wd_slice_cmp(((const wd_sigma_file *) a)->path, ((const wd_sigma_file *) b)->path);
}

wd_status wd_sigma_files_list(const wd_sigma_source *source, wd_arena *arena,
                              wd_sigma_file_list *out, wd_err *err)
{
    struct stat st;
    size_t before = out->n;
    walk w = {arena, out, source->builtin, source->text, err};
    wd_slice path =
        wd_slice_of(wd_arena_str(arena, wd_slice_str(source->path)), strlen(source->path));
    if (path.ptr == NULL) {
        return wd_nomem(err, "sigma");
    }
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path = wd_arena_copy(arena, wd_slice_sub(path, 0, path.len - 1));
    }
    if (source->text.len > 0) {
        return add_file(&w, path);
    }
    if (stat(source->path, &st) != 0) {
        return io_error(err, path, "cannot open");
    }
    WD_TRY(S_ISDIR(st.st_mode) ? walk_folder(&w, path, 0) : add_file(&w, path));
    if (out->n > before) {
        wd_sort(out->list + before, out->n - before, sizeof *out->list, by_path);
    }
    return WD_OK;
}

static wd_status read_all(int fd, uint8_t *p, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, p + done, size - done);
        if (n <= 0) {
            return WD_E_IO;
        }
        done += (size_t) n;
    }
    return WD_OK;
}

wd_status wd_sigma_file_read(wd_slice path, wd_arena *arena, wd_slice *out, wd_err *err)
{
    struct stat st;
    int fd = open((const char *) path.ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return io_error(err, path, "cannot open");
    }
    wd_status s = WD_OK;
    uint8_t *p = NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        s = wd_fail(err, WD_E_IO, WD_NO_OFFSET, "sigma", "not a regular file");
    } else if (st.st_size < 0 || (uint64_t) st.st_size > WD_MAX_RULE_FILE) {
        s = wd_fail(err, WD_E_LIMIT, WD_NO_OFFSET, "sigma", "larger than %u bytes",
                    WD_MAX_RULE_FILE);
    } else if ((p = wd_arena_alloc(arena, (size_t) st.st_size)) == NULL) {
        s = wd_nomem(err, "sigma");
    } else if (read_all(fd, p, (size_t) st.st_size) != WD_OK) {
        s = io_error(err, path, "cannot read");
    }
    close(fd);
    if (s == WD_OK) {
        *out = wd_slice_of(p, (size_t) st.st_size);
    }
    return s;
}

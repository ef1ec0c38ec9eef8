#include "case/intake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"

static const char component[] = "intake";

/* What a person named. */
typedef struct root {
    int fd;         /* of the folder; -1 when the path is a file */
    wd_slice path;  /* as given, "./", "//" and trailing "/" taken out */
    const char *at; /* as given, for opening */
} root;

typedef struct entry {
    wd_slice path; /* for people; NUL-terminated behind */
    uint32_t root;
    uint32_t relative; /* where in `path` the part below the root begins; 0 for the root itself */
    uint64_t size;
} entry;

struct wd_intake {
    wd_arena *arena;
    root *roots;
    size_t n_roots;
    entry *entries;
    size_t n_entries, cap_entries;
    wd_not_read *missing;
    size_t n_missing, cap_missing;
    bool missing_sorted;
    size_t next;
    uint64_t bytes;
    bool excludes;
    dev_t exclude_dev;
    ino_t exclude_ino;
    int folder_fd; /* of the folder opened last, -1: none; files of one folder follow each other */
    uint32_t folder_root;
    wd_slice folder; /* its path */
};

/* A folder while it is walked. */
typedef struct place {
    int fd;
    uint32_t root;
    unsigned depth;
    wd_slice path;
} place;

static const char *reason(int code)
{
    switch (code) {
    case EACCES:
    case EPERM: return "permission denied";
    case ENOENT: return "no longer there";
    case ELOOP: return "turned into a symbolic link";
    case EIO: return "the device reported an error";
    case EMFILE:
    case ENFILE: return "too many open files";
    default: return strerror(code);
    }
}

static wd_status add_missing(wd_intake *in, wd_slice path, wd_slice why)
{
    wd_status s = WD_ROOM(in->arena, in->missing, in->n_missing, in->cap_missing);
    if (s == WD_OK) {
        in->missing[in->n_missing++] = (wd_not_read){path, why};
        in->missing_sorted = false;
    }
    return s;
}

static wd_slice join(wd_intake *in, wd_slice folder, wd_slice name)
{
    bool slash = folder.len > 0 && folder.ptr[folder.len - 1] != '/';
    uint8_t *p = wd_arena_alloc(in->arena, folder.len + name.len + 2);
    if (p == NULL) {
        return (wd_slice){0};
    }
    size_t at = folder.len;
    if (at > 0) {
        memcpy(p, folder.ptr, at);
    }
    if (slash) {
        p[at++] = '/';
    }
    memcpy(p + at, name.ptr, name.len);
    return wd_slice_of(p, at + name.len);
}

/* "./a//b/" is "a/b"; "." is nothing; ".." stays, it may lead through a link. */
static wd_slice plain_path(wd_arena *arena, wd_slice given)
{
    uint8_t *p = wd_arena_alloc(arena, given.len + 2);
    size_t len = 0;
    wd_slice rest = given;
    wd_slice part;
    if (p == NULL) {
        return (wd_slice){0};
    }
    if (wd_slice_starts(given, WD_S("/"))) {
        p[len++] = '/';
    }
    while (wd_slice_split(&rest, '/', &part)) {
        if (part.len == 0 || wd_slice_eq(part, WD_S("."))) {
            continue;
        }
        if (len > 0 && p[len - 1] != '/') {
            p[len++] = '/';
        }
        memcpy(p + len, part.ptr, part.len);
        len += part.len;
    }
    return wd_slice_of(p, len);
}

static wd_status add_file(wd_intake *in, wd_slice path, uint32_t from, const struct stat *st)
{
    wd_slice top = in->roots[from].path;
    size_t relative = 0;
    if (in->roots[from].fd >= 0) {
        relative = top.len + (top.len > 0 && top.ptr[top.len - 1] != '/' ? 1 : 0);
    }
    if (in->n_entries >= WD_MAX_ITEMS) {
        return WD_E_LIMIT;
    }
    wd_status s = WD_ROOM(in->arena, in->entries, in->n_entries, in->cap_entries);
    if (s == WD_OK) {
        in->entries[in->n_entries++] =
            (entry){path, from, (uint32_t) relative, (uint64_t) st->st_size};
    }
    return s;
}

/* What is neither a file nor a folder, in words; NULL for those two. */
static const char *refusal(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
    case S_IFDIR: return NULL;
    case S_IFLNK: return "symbolic link, not followed";
    case S_IFIFO: return "named pipe, not opened";
    case S_IFSOCK: return "socket, not opened";
    case S_IFCHR:
    case S_IFBLK: return "device, not opened";
    default: return "not a file or folder, not opened";
    }
}

static wd_status refuse(wd_intake *in, const place *p, const char *name, wd_slice path,
                        const struct stat *st)
{
    char target[1024];
    const char *why = refusal(st->st_mode);
    if (!S_ISLNK(st->st_mode)) {
        return add_missing(in, path, wd_slice_str(why));
    }
    ssize_t n = readlinkat(p->fd, name, target, sizeof target);
    wd_buf text = {0};
    wd_buf_printf(&text, "%s (to ", why);
    wd_buf_add(&text, wd_slice_of(target, n > 0 ? (size_t) n : 0));
    wd_buf_byte(&text, ')');
    wd_slice copy = wd_arena_copy(in->arena, wd_buf_slice(&text));
    wd_buf_free(&text);
    return copy.ptr == NULL ? WD_E_NOMEM : add_missing(in, path, copy);
}

static wd_status walk(wd_intake *in, const place *p);

static wd_status enter(wd_intake *in, const place *p, const char *name, wd_slice path,
                       const struct stat *st)
{
    if (in->excludes && st->st_dev == in->exclude_dev && st->st_ino == in->exclude_ino) {
        return WD_OK;
    }
    if (p->depth >= WD_MAX_TREE_DEPTH) {
        return add_missing(in, path, WD_S("folder nested too deep, not entered"));
    }
    place below = {.root = p->root, .depth = p->depth + 1, .path = path};
    below.fd = openat(p->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below.fd < 0) {
        return add_missing(in, path, wd_arena_printf(in->arena, "folder: %s", reason(errno)));
    }
    wd_status s = walk(in, &below);
    close(below.fd);
    return s;
}

static wd_status visit(wd_intake *in, const place *p, const char *name)
{
    struct stat st;
    wd_slice path = join(in, p->path, wd_slice_str(name));
    if (path.ptr == NULL) {
        return WD_E_NOMEM;
    }
    if (fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return add_missing(in, path, wd_slice_str(reason(errno)));
    }
    if (S_ISREG(st.st_mode)) {
        return add_file(in, path, p->root, &st);
    }
    return S_ISDIR(st.st_mode) ? enter(in, p, name, path, &st) : refuse(in, p, name, path, &st);
}

/* Every entry of the folder, in the order of the file system; sorting comes later. */
static wd_status walk(wd_intake *in, const place *p)
{
    int copy = fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    if (d == NULL) {
        int why = errno;
        if (copy >= 0) {
            close(copy);
        }
        return add_missing(in, p->path, wd_slice_str(reason(why)));
    }
    wd_status s = WD_OK;
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (e == NULL) {
            break;
        }
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            s = visit(in, p, e->d_name);
        }
        if (s != WD_OK) {
            break;
        }
    }
    if (s == WD_OK && errno != 0) {
        s = add_missing(
            in, p->path,
            wd_arena_printf(in->arena, "folder not listed to its end: %s", reason(errno)));
    }
    closedir(d);
    return s;
}

static wd_status add_root(wd_intake *in, const char *given, wd_err *err)
{
    struct stat st;
    uint32_t index = (uint32_t) in->n_roots;
    root *r = &in->roots[in->n_roots];
    *r = (root){.fd = -1, .at = given, .path = plain_path(in->arena, wd_slice_str(given))};
    if (r->path.ptr == NULL) {
        return wd_nomem(err, component);
    }
    if (stat(given, &st) != 0) {
        wd_status code = errno == ENOENT || errno == ENOTDIR ? WD_E_NOT_FOUND : WD_E_DENIED;
        return wd_fail(err, code, WD_NO_OFFSET, component, "%s: %s", given,
                       code == WD_E_NOT_FOUND ? "no such file or folder" : reason(errno));
    }
    in->n_roots++;
    if (S_ISREG(st.st_mode)) {
        return add_file(in, r->path, index, &st);
    }
    if (!S_ISDIR(st.st_mode)) {
        return add_missing(in, r->path, wd_slice_str(refusal(st.st_mode)));
    }
    r->fd = open(given, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->fd < 0) {
        return wd_fail(err, WD_E_DENIED, WD_NO_OFFSET, component, "%s: %s", given, reason(errno));
    }
    const place top = {.fd = r->fd, .root = index, .path = r->path};
    return walk(in, &top);
}

static int by_path(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;
    int c = wd_slice_cmp(x->path, y->path);
    return c != 0 ? c : (x->root > y->root) - (x->root < y->root);
}

static int missing_by_path(const void *a, const void *b)
{
    const wd_not_read *x = a;
    const wd_not_read *y = b;
    int c = wd_slice_cmp(x->path, y->path);
    return c != 0 ? c : wd_slice_cmp(x->why, y->why);
}

/* Order by path; what is under two of the named paths is there once. */
static void put_in_order(wd_intake *in)
{
    size_t kept = 0;
    if (in->n_entries > 0) {
        wd_sort(in->entries, in->n_entries, sizeof *in->entries, by_path);
    }
    for (size_t i = 0; i < in->n_entries; i++) {
        if (kept == 0 || !wd_slice_eq(in->entries[kept - 1].path, in->entries[i].path)) {
            in->entries[kept++] = in->entries[i];
            in->bytes += in->entries[i].size;
        }
    }
    in->n_entries = kept;
}

wd_status wd_intake_open(wd_intake **out, const wd_intake_options *o, wd_arena *arena, wd_err *err)
{
    struct stat st;
    wd_status s = WD_OK;
    wd_intake *in = WD_NEW(arena, wd_intake);
    if (in == NULL) {
        return wd_nomem(err, component);
    }
    in->arena = arena;
    in->folder_fd = -1;
    in->roots = WD_ARRAY(arena, o->n_paths, root);
    if (in->roots == NULL) {
        return wd_nomem(err, component);
    }
    if (o->exclude != NULL && stat(o->exclude, &st) == 0) {
        in->excludes = true;
        in->exclude_dev = st.st_dev;
        in->exclude_ino = st.st_ino;
    }
    for (size_t i = 0; i < o->n_paths && s == WD_OK; i++) {
        s = add_root(in, o->paths[i], err);
    }
    if (s != WD_OK) {
        wd_intake_close(in);
        if (s == WD_E_NOMEM) {
            return wd_nomem(err, component);
        }
        return wd_fail(err, s, WD_NO_OFFSET, component, "more than %u files", WD_MAX_ITEMS);
    }
    put_in_order(in);
    *out = in;
    return WD_OK;
}

void wd_intake_close(wd_intake *in)
{
    if (in == NULL) {
        return;
    }
    for (size_t i = 0; i < in->n_roots; i++) {
        if (in->roots[i].fd >= 0) {
            close(in->roots[i].fd);
        }
    }
    if (in->folder_fd >= 0) {
        close(in->folder_fd);
    }
    in->n_roots = 0;
    in->folder_fd = -1;
}

size_t wd_intake_count(const wd_intake *in)
{
    return in->n_entries;
}

uint64_t wd_intake_bytes(const wd_intake *in)
{
    return in->bytes;
}

wd_slice wd_intake_path(const wd_intake *in, uint64_t ordinal)
{
    return ordinal < in->n_entries ? in->entries[ordinal].path : (wd_slice){0};
}

/* --- opening -------------------------------------------------------------------------------- */

/* The folder below its root, each step without following a link; -1 with errno. */
static int open_folder(const root *r, wd_slice relative)
{
    int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
    wd_slice part;
    while (fd >= 0 && relative.len > 0 && wd_slice_split(&relative, '/', &part)) {
        char name[NAME_MAX + 1];
        if (part.len > NAME_MAX) {
            close(fd);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, part.ptr, part.len);
        name[part.len] = '\0';
        int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int why = errno;
        close(fd);
        fd = below;
        errno = why;
    }
    return fd;
}

/* Descriptor of the folder that holds the entry; kept open for the next one. */
static int folder_of(wd_intake *in, const entry *e)
{
    size_t slash = wd_slice_rfind_byte(e->path, '/');
    size_t end = slash == SIZE_MAX || slash < e->relative ? e->relative : slash;
    wd_slice folder = wd_slice_sub(e->path, 0, end);
    if (in->folder_fd >= 0 && in->folder_root == e->root && wd_slice_eq(in->folder, folder)) {
        return in->folder_fd;
    }
    if (in->folder_fd >= 0) {
        close(in->folder_fd);
    }
    in->folder = folder;
    in->folder_root = e->root;
    in->folder_fd = open_folder(&in->roots[e->root], wd_slice_sub(folder, e->relative, folder.len));
    return in->folder_fd;
}

static int open_entry(wd_intake *in, const entry *e)
{
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const root *r = &in->roots[e->root];
    int at = AT_FDCWD;
    int more = 0;
    const char *name = r->at;
    if (r->fd >= 0) {
        at = folder_of(in, e);
        if (at < 0) {
            return -1;
        }
        size_t slash = wd_slice_rfind_byte(e->path, '/');
        name = (const char *) e->path.ptr + (slash == SIZE_MAX ? 0 : slash + 1);
        more = O_NOFOLLOW;
    }
    int fd = openat(at, name, flags | more | O_NOATIME);
    if (fd < 0 && errno == EPERM) {
        fd = openat(at, name, flags | more); /* only the owner may leave the access time alone */
    }
    return fd;
}

wd_status wd_intake_next(void *ctx, wd_job *job)
{
    wd_intake *in = ctx;
    while (in->next < in->n_entries) {
        struct stat st;
        const entry *e = &in->entries[in->next++];
        int fd = open_entry(in, e);
        if (fd < 0 || fstat(fd, &st) != 0) {
            WD_TRY(add_missing(in, e->path, wd_slice_str(reason(errno))));
            continue;
        }
        if (!S_ISREG(st.st_mode)) {
            close(fd);
            WD_TRY(add_missing(in, e->path, WD_S("no longer a file")));
            continue;
        }
        *job = (wd_job){
            .ordinal = in->next - 1, .path = e->path, .fd = fd, .size = (uint64_t) st.st_size};
        return WD_OK;
    }
    return WD_E_NOT_FOUND;
}

const wd_not_read *wd_intake_not_read(wd_intake *in, size_t *n)
{
    size_t kept = 0;
    if (!in->missing_sorted && in->n_missing > 0) {
        wd_sort(in->missing, in->n_missing, sizeof *in->missing, missing_by_path);
        for (size_t i = 0; i < in->n_missing; i++) {
            if (kept == 0 || missing_by_path(&in->missing[kept - 1], &in->missing[i]) != 0) {
                in->missing[kept++] = in->missing[i];
            }
        }
        in->n_missing = kept;
        in->missing_sorted = true;
    }
    *n = in->n_missing;
    return in->missing;
}

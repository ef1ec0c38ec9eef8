#include "make/ex_base.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/hash.h"

_Noreturn void ex_die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fputs("make_example: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(4);
}

ex_rng ex_rng_of(const char *label)
{
    return (ex_rng){wd_slice_hash(wd_slice_str(label))};
}

uint64_t ex_rng_next(ex_rng *r)
{
    uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t ex_below(ex_rng *r, uint64_t n)
{
    return ex_rng_next(r) % n;
}

uint64_t ex_between(ex_rng *r, uint64_t low, uint64_t high)
{
    return low + ex_below(r, high - low + 1);
}

wd_time ex_time(const char *iso)
{
    wd_time t = WD_NO_TIME;

    if (iso[0] != '\0' && !wd_time_parse(wd_slice_str(iso), &t)) {
        ex_die("not a time: %s", iso);
    }
    return t;
}

wd_time ex_plus(wd_time t, double seconds)
{
    return t + 10 * (wd_time) llround(seconds * 1e6); /* whole microseconds */
}

const char *ex_sysmon_time(wd_arena *arena, wd_time t)
{
    char full[WD_TIME_TEXT];

    wd_time_format_full(t, full); /* 2023-03-13T09:42:10.1234567Z */
    full[10] = ' ';
    full[23] = '\0';
    return ex_fmt(arena, "%s", full);
}

const char *ex_epoch(wd_arena *arena, wd_time t)
{
    return ex_fmt(arena, "%lld.%06lld", (long long) (t / WD_TICKS_PER_SECOND),
                  (long long) (t % WD_TICKS_PER_SECOND / 10));
}

const char *ex_fmt(wd_arena *arena, const char *fmt, ...)
{
    va_list ap;
    char text[4096];

    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t) n >= sizeof text) {
        ex_die("text too long: %.60s", text);
    }
    char *copy = wd_arena_str(arena, wd_slice_of(text, (size_t) n));
    if (copy == NULL) {
        ex_die("out of memory");
    }
    return copy;
}

void *ex_alloc(wd_arena *arena, size_t size)
{
    void *p = wd_arena_alloc(arena, size);

    if (p == NULL) {
        ex_die("out of memory");
    }
    return p;
}

const char *ex_hash_of(wd_arena *arena, const char *text)
{
    uint8_t digest[32];
    char hex[WD_HEX_MAX];

    if (!wd_hash(WD_SHA256, wd_slice_str(text), digest)) {
        ex_die("no SHA-256");
    }
    wd_hex(digest, sizeof digest, hex);
    for (char *c = hex; *c != '\0'; c++) {
        *c = *c >= 'a' ? (char) (*c - 32) : *c;
    }
    return ex_fmt(arena, "%s", hex);
}

void ex_rows_add(ex_rows *list, wd_arena *arena, wd_time at, const void *what)
{
    if (WD_ROOM(arena, list->rows, list->n, list->cap) != WD_OK) {
        ex_die("out of memory");
    }
    list->rows[list->n] = (ex_row){at, list->n, what};
    list->n++;
}

static int compare_rows(const void *a, const void *b)
{
    const ex_row *x = a;
    const ex_row *y = b;

    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->order < y->order ? -1 : (x->order > y->order ? 1 : 0);
}

void ex_rows_sort(ex_rows *list)
{
    if (list->n > 1) {
        qsort(list->rows, list->n, sizeof list->rows[0], compare_rows);
    }
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            ex_die("cannot make the folder %s: %s", path, strerror(errno));
        }
        *slash = '/';
    }
}

void ex_write(const char *folder, const char *name, wd_slice bytes)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);

    if (n < 0 || (size_t) n >= sizeof path) {
        ex_die("path too long: %s", name);
    }
    make_folders(path);
    FILE *f = fopen(path, "wb");
    if (f == NULL) {
        ex_die("cannot write %s: %s", path, strerror(errno));
    }
    bool done = fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
    if (fclose(f) != 0 || !done) {
        ex_die("cannot write %s", path);
    }
}

void ex_write_buf(const char *folder, const char *name, wd_buf *b)
{
    if (b->failed) {
        ex_die("out of memory");
    }
    ex_write(folder, name, wd_buf_slice(b));
    wd_buf_free(b);
}

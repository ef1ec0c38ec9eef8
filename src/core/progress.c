#include "core/progress.h"

#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND INT64_C(1000000000)

enum { DRAW_EVERY_NS = 200000000, PLAIN_COLUMNS = 80 };

static const int64_t window_ns = 5 * NS_PER_SECOND;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_SECOND + t.tv_nsec;
}

wd_progress wd_progress_begin(int fd, uint64_t total_bytes, uint64_t total_items)
{
    struct winsize w = {0};
    wd_progress p = {.fd = isatty(fd) == 1 ? fd : -1,
                     .columns = PLAIN_COLUMNS,
                     .total_bytes = total_bytes,
                     .total_items = total_items};
    if (p.fd >= 0 && ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) {
        p.columns = w.ws_col;
    }
    p.start_ns = now_ns();
    p.mark_ns = p.start_ns;
    return p;
}

static void put_size(wd_buf *out, double bytes, double unit, const char *name)
{
    wd_buf_printf(out, "%.*f%s", unit > 1.0 ? 1 : 0, bytes / unit, name);
}

/* "1.3 of 3.1 GB": both in the unit of the larger. */
static void put_bytes(wd_buf *out, uint64_t done, uint64_t total)
{
    static const char *const names[] = {" B", " kB", " MB", " GB", " TB"};
    size_t i = 0;
    double unit = 1.0;
    while ((double) total >= unit * 1000.0 && i + 1 < sizeof names / sizeof names[0]) {
        unit *= 1000.0;
        i++;
    }
    put_size(out, (double) done, unit, "");
    wd_buf_str(out, " of ");
    put_size(out, (double) total, unit, names[i]);
}

static void put_range(wd_buf *out, double low, double high)
{
    const char *unit = high < 100.0 ? "s" : "min";
    double divide = high < 100.0 ? 1.0 : 60.0;
    uint64_t from = (uint64_t) (low / divide);
    uint64_t to = (uint64_t) (high / divide) + 1;
    if (from + 1 >= to) {
        wd_buf_printf(out, "  about %llu %s left", (unsigned long long) to, unit);
    } else {
        wd_buf_printf(out, "  %llu to %llu %s left", (unsigned long long) from,
                      (unsigned long long) to, unit);
    }
}

static void put_left(const wd_progress *p, double elapsed, wd_buf *out)
{
    double mean = (double) p->bytes / elapsed;
    double left = (double) (p->total_bytes - p->bytes);
    double fast = p->recent > mean ? p->recent : mean;
    double slow = p->recent > 0.0 && p->recent < mean ? p->recent : mean;
    if (slow <= 0.0 || left <= 0.0) {
        return;
    }
    /* Early on the rate says little: the range is widened by what is still unknown. */
    double doubt = 1.0 + 0.5 * left / (double) p->total_bytes;
    put_range(out, left / fast, left / slow * doubt);
}

void wd_progress_line(const wd_progress *p, int64_t elapsed_ns, wd_buf *out)
{
    double elapsed = (double) elapsed_ns / (double) NS_PER_SECOND;
    unsigned percent = p->total_bytes == 0
                           ? 100
                           : (unsigned) ((double) p->bytes * 100.0 / (double) p->total_bytes);
    wd_buf_printf(out, "%3u %%  ", percent);
    put_bytes(out, p->bytes, p->total_bytes);
    wd_buf_printf(out, "  %llu of %llu items", (unsigned long long) p->items,
                  (unsigned long long) p->total_items);
    if (elapsed >= 3.0 && p->bytes < p->total_bytes) {
        put_left(p, elapsed, out);
    }
}

static void update_rate(wd_progress *p, int64_t now)
{
    int64_t span = now - p->mark_ns;
    if (span >= window_ns) {
        p->recent = (double) (p->bytes - p->mark_bytes) * (double) NS_PER_SECOND / (double) span;
        p->mark_ns = now;
        p->mark_bytes = p->bytes;
    }
}

void wd_progress_set(wd_progress *p, uint64_t bytes, uint64_t items)
{
    p->bytes = bytes > p->total_bytes ? p->total_bytes : bytes;
    p->items = items;
    if (p->fd < 0) {
        return;
    }
    int64_t now = now_ns();
    if (p->mark_bytes > p->bytes) {
        p->mark_bytes = p->bytes;
    }
    update_rate(p, now);
    if (now - p->drawn_ns < DRAW_EVERY_NS) {
        return;
    }
    wd_buf line = {0};
    wd_buf_str(&line, "\r\x1b[K");
    size_t start = line.len;
    wd_progress_line(p, now - p->start_ns, &line);
    if (line.len - start >= p->columns) {
        line.len = start + p->columns - 1;
    }
    if (!line.failed && write(p->fd, line.ptr, line.len) > 0) {
        p->shown = true;
        p->drawn_ns = now;
    }
    wd_buf_free(&line);
}

void wd_progress_end(wd_progress *p)
{
    static const char wipe[] = "\r\x1b[K";
    if (p->fd >= 0 && p->shown && write(p->fd, wipe, sizeof wipe - 1) < 0) {
        p->fd = -1;
    }
    p->shown = false;
}

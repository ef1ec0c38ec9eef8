#include "core/buf.h"
#include "detect/traffic_sums_priv.h"

/* What a sensor did not see: "nothing seen" is only worth as much as the looking was. */

#define HOUR (3600 * WD_TICKS_PER_SECOND)

void wd_sums_seen(wd_traffic_sums *s, wd_time t)
{
    wd_seen *seen = &s->seen;
    if (t == WD_NO_TIME) {
        return;
    }
    int64_t hour = t / HOUR;
    if (!seen->any) {
        seen->any = true;
        seen->base = hour - WD_SUMS_HOURS / 2;
    }
    int64_t at = hour - seen->base;
    if (at >= 0 && at < WD_SUMS_HOURS) {
        seen->bits[at / 64] |= UINT64_C(1) << (at % 64);
    }
}

static bool has_hour(const wd_seen *seen, int64_t at)
{
    return (seen->bits[at / 64] >> (at % 64) & 1) != 0;
}

/* Hours without a record between the first and the last, and the longest run of them. */
static void add_gaps(const wd_seen *seen, wd_buf *out)
{
    char text[WD_TIME_TEXT];
    int64_t first = -1;
    int64_t last = -1;
    int64_t without = 0;
    int64_t longest = 0;
    int64_t longest_at = 0;
    for (int64_t h = 0; h < WD_SUMS_HOURS; h++) {
        if (seen->any && has_hour(seen, h)) {
            if (last >= 0 && h - last - 1 > longest) {
                longest = h - last - 1;
                longest_at = last + 1;
            }
            without += last >= 0 ? h - last - 1 : 0;
            first = first < 0 ? h : first;
            last = h;
        }
    }
    if (without > 0) {
        wd_buf_printf(out, "no record in %lld of %lld hours, the longest gap %lld hours from %s",
                      (long long) without, (long long) (last - first + 1), (long long) longest,
                      wd_time_format_seconds((longest_at + seen->base) * HOUR, text));
    }
}

wd_slice wd_sums_blindness(const wd_traffic_sums *s, const wd_net_totals *totals, wd_arena *arena)
{
    wd_buf out = {0};
    const wd_seen *seen = &s->seen;
    add_gaps(seen, &out);
    if (seen->hidden > 0) {
        wd_buf_printf(&out, "%s%llu of %llu hellos offer to hide the name (ECH)",
                      out.len > 0 ? "; " : "", (unsigned long long) seen->hidden,
                      (unsigned long long) seen->hellos);
    }
    if (seen->quic > 0) {
        wd_buf_printf(&out, "%s%llu of %llu encrypted connections are QUIC",
                      out.len > 0 ? "; " : "", (unsigned long long) seen->quic,
                      (unsigned long long) seen->hellos);
    }
    if (totals->bad > 0) {
        wd_buf_printf(&out, "%s%llu of %llu records are cut or unreadable", out.len > 0 ? "; " : "",
                      (unsigned long long) totals->bad,
                      (unsigned long long) (totals->records + totals->bad));
    }
    if (totals->cut > 0) {
        wd_buf_printf(&out, "%sthe capture kept only a part of %llu of %llu packets",
                      out.len > 0 ? "; " : "", (unsigned long long) totals->cut,
                      (unsigned long long) totals->records);
    }
    wd_slice text = out.len == 0 ? WD_EMPTY : wd_arena_copy(arena, wd_buf_slice(&out));
    wd_buf_free(&out);
    return text;
}

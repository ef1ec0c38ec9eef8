#include "formats/log_time.h"

static void skip_blanks(wd_slice *s)
{
    while (s->len > 0 && (s->ptr[0] == ' ' || s->ptr[0] == '\t')) {
        *s = wd_slice_sub(*s, 1, SIZE_MAX);
    }
}

/* At most `max` digits; false when there is none. */
static bool take_number(wd_slice *s, size_t max, unsigned *out)
{
    size_t n = 0;
    *out = 0;
    while (n < s->len && n < max && wd_is_digit(s->ptr[n])) {
        *out = *out * 10 + (unsigned) (s->ptr[n] - '0');
        n++;
    }
    *s = wd_slice_sub(*s, n, SIZE_MAX);
    return n > 0;
}

static bool take_byte(wd_slice *s, uint8_t byte)
{
    if (s->len == 0 || s->ptr[0] != byte) {
        return false;
    }
    *s = wd_slice_sub(*s, 1, SIZE_MAX);
    return true;
}

static bool take_month(wd_slice *s, unsigned *out)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (unsigned m = 0; m < 12; m++) {
        if (wd_slice_starts_nocase(*s, wd_slice_of(names + m * 3, 3))) {
            *s = wd_slice_sub(*s, 3, SIZE_MAX);
            *out = m + 1;
            return true;
        }
    }
    return false;
}

typedef struct moment {
    unsigned year, month, day, hour, minute, second;
    uint32_t ticks;
} moment;

/* "12:00:00" with an optional fraction of up to seven digits. */
static bool take_clock(wd_slice *s, moment *m)
{
    if (!take_number(s, 2, &m->hour) || !take_byte(s, ':') || !take_number(s, 2, &m->minute) ||
        !take_byte(s, ':') || !take_number(s, 2, &m->second)) {
        return false;
    }
    wd_slice look = *s;
    if (take_byte(&look, '.') || take_byte(&look, ',')) {
        uint32_t unit = 1000000;
        while (look.len > 0 && wd_is_digit(look.ptr[0])) {
            m->ticks += (uint32_t) (look.ptr[0] - '0') * unit;
            unit /= 10;
            look = wd_slice_sub(look, 1, SIZE_MAX);
            *s = look;
        }
    }
    return true;
}

static bool end(wd_slice *rest, wd_slice at, const moment *m, wd_time *out)
{
    *out = wd_time_civil((int) m->year, m->month, m->day, m->hour, m->minute, m->second, m->ticks);
    if (*out == WD_NO_TIME) {
        return false;
    }
    skip_blanks(&at);
    *rest = at;
    return true;
}

bool wd_log_time_iso(wd_slice *rest, wd_time *out)
{
    wd_slice s = *rest;
    size_t n = 0;
    if (s.len < 19 || s.ptr[4] != '-' || s.ptr[7] != '-' || s.ptr[13] != ':') {
        return false;
    }
    n = 19;
    while (n < s.len && s.ptr[n] != ' ' && s.ptr[n] != '\t' && s.ptr[n] != ',' && s.ptr[n] != ']') {
        n++;
    }
    if (!wd_time_parse(wd_slice_sub(s, 0, n), out)) {
        return false;
    }
    s = wd_slice_sub(s, n, SIZE_MAX);
    if (take_byte(&s, ',')) { /* a fraction behind a comma */
        unsigned ignored;
        (void) take_number(&s, 9, &ignored);
    }
    skip_blanks(&s);
    *rest = s;
    return true;
}

bool wd_log_time_bind(wd_slice *rest, wd_time *out)
{
    wd_slice s = *rest;
    moment m = {0};
    if (!take_number(&s, 2, &m.day) || !take_byte(&s, '-') || !take_month(&s, &m.month) ||
        !take_byte(&s, '-') || !take_number(&s, 4, &m.year) || !take_byte(&s, ' ') ||
        !take_clock(&s, &m)) {
        return false;
    }
    return end(rest, s, &m, out);
}

bool wd_log_time_syslog(wd_slice *rest, wd_time *out)
{
    wd_slice s = *rest;
    moment m = {0};
    if (!take_month(&s, &m.month)) {
        return false;
    }
    skip_blanks(&s);
    if (!take_number(&s, 2, &m.day) || !take_byte(&s, ' ')) {
        return false;
    }
    wd_slice look = s;
    if (take_number(&look, 4, &m.year) && m.year > 1900 && take_byte(&look, ' ')) {
        s = look;
    } else {
        m.year = 0;
    }
    if (!take_clock(&s, &m)) {
        return false;
    }
    if (m.year == 0) {
        skip_blanks(&s);
        *rest = s;
        *out = WD_NO_TIME;
        return true;
    }
    return end(rest, s, &m, out);
}

bool wd_log_time_web(wd_slice *rest, wd_time *out)
{
    wd_slice s = *rest;
    moment m = {0};
    unsigned zone = 0;
    if (!take_number(&s, 2, &m.day) || !take_byte(&s, '/') || !take_month(&s, &m.month) ||
        !take_byte(&s, '/') || !take_number(&s, 4, &m.year) || !take_byte(&s, ':') ||
        !take_clock(&s, &m)) {
        return false;
    }
    skip_blanks(&s);
    bool west = s.len > 0 && s.ptr[0] == '-';
    if ((take_byte(&s, '-') || take_byte(&s, '+')) && !take_number(&s, 4, &zone)) {
        return false;
    }
    if (!end(rest, s, &m, out)) {
        return false;
    }
    wd_time shift = (wd_time) (zone / 100 * 60 + zone % 100) * 60 * WD_TICKS_PER_SECOND;
    *out += west ? shift : -shift;
    return true;
}

bool wd_log_time_windows(wd_slice *rest, bool day_first, wd_time *out)
{
    wd_slice s = *rest;
    moment m = {0};
    unsigned first;
    unsigned second;
    if (!take_number(&s, 2, &first) || s.len == 0) {
        return false;
    }
    uint8_t sep = s.ptr[0];
    if ((sep != '/' && sep != '.' && sep != '-') || !take_byte(&s, sep) ||
        !take_number(&s, 2, &second) || !take_byte(&s, sep) || !take_number(&s, 4, &m.year) ||
        !take_byte(&s, ' ') || !take_clock(&s, &m)) {
        return false;
    }
    m.day = day_first || sep == '.' ? first : second;
    m.month = day_first || sep == '.' ? second : first;
    skip_blanks(&s);
    bool pm = wd_slice_starts_nocase(s, WD_S("PM "));
    if (pm || wd_slice_starts_nocase(s, WD_S("AM "))) {
        m.hour = m.hour % 12 + (pm ? 12 : 0);
        s = wd_slice_sub(s, 3, SIZE_MAX);
    }
    return end(rest, s, &m, out);
}

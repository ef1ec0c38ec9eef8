#include "core/clock.h"

#include <stdio.h>
#include <string.h>

#define FILETIME_TO_UNIX UINT64_C(116444736000000000) /* 1601-01-01 .. 1970-01-01 in 100 ns */
#define LAST_FILETIME UINT64_C(2650467744000000000)   /* 10000-01-01 */

/* Days from civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013. */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    unsigned yoe = (unsigned) (y - era * 400);
    unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t) doe - 719468;
}

static void civil_from_days(int64_t z, int64_t *y, unsigned *m, unsigned *d)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned) (z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = (int64_t) yoe + era * 400 + (*m <= 2);
}

wd_time wd_time_from_filetime(uint64_t filetime)
{
    if (filetime == 0 || filetime >= LAST_FILETIME) {
        return WD_NO_TIME;
    }
    return (wd_time) filetime - (wd_time) FILETIME_TO_UNIX;
}

wd_time wd_time_from_unix(int64_t seconds, int64_t nanoseconds)
{
    wd_time t = 0;
    if (__builtin_mul_overflow(seconds, WD_TICKS_PER_SECOND, &t) ||
        __builtin_add_overflow(t, nanoseconds / 100, &t)) {
        return WD_NO_TIME;
    }
    return t;
}

static bool days_in_range(unsigned year, unsigned month, unsigned day)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

wd_time wd_time_civil(int year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                      unsigned second, uint32_t ticks)
{
    if (year < 0 || year > 9999 || !days_in_range((unsigned) year, month, day) || hour > 24 ||
        minute > 59 || second > 60 || ticks >= WD_TICKS_PER_SECOND) {
        return WD_NO_TIME;
    }
    int64_t seconds = days_from_civil(year, month, day) * 86400 + (int64_t) hour * 3600 +
                      (int64_t) minute * 60 + (int64_t) second;
    return seconds * WD_TICKS_PER_SECOND + (wd_time) ticks;
}

/* Digits behind the point as ticks; further digits than seven are dropped. */
static uint32_t fraction_ticks(wd_slice digits)
{
    uint32_t ticks = 0;
    for (size_t i = 0; i < 7; i++) {
        ticks = ticks * 10 + (i < digits.len ? (uint32_t) (digits.ptr[i] - '0') : 0);
    }
    return ticks;
}

static wd_slice take_digits(wd_slice *s)
{
    size_t n = 0;
    while (n < s->len && wd_is_digit(s->ptr[n])) {
        n++;
    }
    wd_slice digits = wd_slice_sub(*s, 0, n);
    *s = wd_slice_sub(*s, n, s->len);
    return digits;
}

bool wd_time_from_epoch_text(wd_slice s, wd_time *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    wd_slice rest = wd_slice_sub(s, negative ? 1 : 0, s.len);
    uint64_t seconds = 0;
    if (!wd_slice_to_u64(take_digits(&rest), &seconds) || seconds > UINT64_C(253402300799)) {
        return false;
    }
    uint32_t ticks = 0;
    if (rest.len > 0) {
        if (rest.ptr[0] != '.') {
            return false;
        }
        rest = wd_slice_sub(rest, 1, rest.len);
        ticks = fraction_ticks(take_digits(&rest));
        if (rest.len > 0) {
            return false;
        }
    }
    wd_time t = (wd_time) seconds * WD_TICKS_PER_SECOND + (wd_time) ticks;
    *out = negative ? -t : t;
    return true;
}

static bool take_number(wd_slice *s, size_t digits, unsigned *out)
{
    uint64_t v = 0;
    if (s->len < digits || !wd_slice_to_u64(wd_slice_sub(*s, 0, digits), &v)) {
        return false;
    }
    *s = wd_slice_sub(*s, digits, s->len);
    *out = (unsigned) v;
    return true;
}

static bool take_byte(wd_slice *s, uint8_t byte)
{
    if (s->len == 0 || s->ptr[0] != byte) {
        return false;
    }
    *s = wd_slice_sub(*s, 1, s->len);
    return true;
}

static bool parse_zone(wd_slice s, int64_t *offset_seconds)
{
    *offset_seconds = 0;
    if (s.len == 0 || wd_slice_eq_nocase(s, WD_S("z")) || wd_slice_eq_nocase(s, WD_S(" utc"))) {
        return true;
    }
    bool minus = s.ptr[0] == '-';
    if (!minus && s.ptr[0] != '+') {
        return false;
    }
    s = wd_slice_sub(s, 1, s.len);
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!take_number(&s, 2, &hours)) {
        return false;
    }
    (void) take_byte(&s, ':');
    if (s.len > 0 && !take_number(&s, 2, &minutes)) {
        return false;
    }
    *offset_seconds = ((int64_t) hours * 60 + (int64_t) minutes) * 60 * (minus ? -1 : 1);
    return s.len == 0 && hours <= 15 && minutes <= 59;
}

bool wd_time_parse(wd_slice s, wd_time *out)
{
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    uint32_t ticks = 0;
    int64_t zone = 0;
    if (!take_number(&s, 4, &year) || !take_byte(&s, '-') || !take_number(&s, 2, &month) ||
        !take_byte(&s, '-') || !take_number(&s, 2, &day)) {
        return false;
    }
    if (s.len > 0) {
        if (!(take_byte(&s, 'T') || take_byte(&s, 't') || take_byte(&s, ' ')) ||
            !take_number(&s, 2, &hour) || !take_byte(&s, ':') || !take_number(&s, 2, &minute)) {
            return false;
        }
        if (take_byte(&s, ':') && !take_number(&s, 2, &second)) {
            return false;
        }
        if (take_byte(&s, '.') || take_byte(&s, ',')) {
            ticks = fraction_ticks(take_digits(&s));
        }
        if (!parse_zone(s, &zone)) {
            return false;
        }
    }
    wd_time t = wd_time_civil((int) year, month, day, hour, minute, second, ticks);
    if (t == WD_NO_TIME) {
        return false;
    }
    *out = t - zone * WD_TICKS_PER_SECOND;
    return true;
}

typedef struct parts {
    int64_t year;
    unsigned month, day, hour, minute, second;
    uint32_t ticks;
} parts;

static parts split(wd_time t)
{
    int64_t days = t / WD_TICKS_PER_DAY - (t % WD_TICKS_PER_DAY < 0 ? 1 : 0);
    int64_t rest = t - days * WD_TICKS_PER_DAY;
    parts p = {0};
    civil_from_days(days, &p.year, &p.month, &p.day);
    unsigned seconds = (unsigned) (rest / WD_TICKS_PER_SECOND);
    p.ticks = (uint32_t) (rest % WD_TICKS_PER_SECOND);
    p.hour = seconds / 3600;
    p.minute = seconds / 60 % 60;
    p.second = seconds % 60;
    return p;
}

/* `n` decimal digits of v. */
static char *put_digits(char *out, unsigned v, unsigned n)
{
    for (unsigned i = n; i > 0; i--) {
        out[i - 1] = (char) ('0' + v % 10);
        v /= 10;
    }
    return out + n;
}

/* Logs are full of times: digits are put one by one, printf only sees odd years. */
static int print_seconds(const parts *p, char *out)
{
    char *at = out;
    if (p->year >= 0 && p->year <= 9999) {
        at = put_digits(at, (unsigned) p->year, 4);
    } else {
        at += snprintf(out, 24, "%04lld", (long long) p->year);
    }
    const unsigned values[] = {p->month, p->day, p->hour, p->minute, p->second};
    for (size_t i = 0; i < 5; i++) {
        *at++ = "--T::"[i];
        at = put_digits(at, values[i], 2);
    }
    return (int) (at - out);
}

static void print_end(char *at, const char *digits, size_t n)
{
    memcpy(at, digits, n);
    at[n] = 'Z';
    at[n + 1] = '\0';
}

const char *wd_time_format_seconds(wd_time t, char out[static WD_TIME_TEXT])
{
    out[0] = '\0';
    if (t != WD_NO_TIME) {
        parts p = split(t);
        print_end(out + print_seconds(&p, out), "", 0);
    }
    return out;
}

const char *wd_time_format_full(wd_time t, char out[static WD_TIME_TEXT])
{
    out[0] = '\0';
    if (t != WD_NO_TIME) {
        parts p = split(t);
        char digits[8] = {'.'};
        put_digits(digits + 1, p.ticks, 7);
        print_end(out + print_seconds(&p, out), digits, 8);
    }
    return out;
}

const char *wd_time_format(wd_time t, char out[static WD_TIME_TEXT])
{
    out[0] = '\0';
    if (t == WD_NO_TIME) {
        return out;
    }
    parts p = split(t);
    char digits[8] = {'.'};
    size_t n = 0;
    if (p.ticks != 0) {
        put_digits(digits + 1, p.ticks, 7);
        for (n = 8; digits[n - 1] == '0'; n--) {
        }
    }
    print_end(out + print_seconds(&p, out), digits, n);
    return out;
}

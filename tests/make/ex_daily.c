#include "make/ex_product.h"

#include <string.h>

#define CHROME_AGENT                                                                    \
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " \
    "Chrome/111.0.0.0 Safari/537.36"

/* Servers that any office talks to; all of them are what they seem to be. */
static const char *const browsed[] = {
    "www.google.com",    "www.bing.com",     "en.wikipedia.org", "www.bbc.co.uk",
    "www.reuters.com",   "www.linkedin.com", "www.youtube.com",  "i.ytimg.com",
    "fonts.gstatic.com", "www.msn.com",      "www.deepl.com",    "stackoverflow.com",
    "www.booking.com",   "duckduckgo.com",   "cdn.jsdelivr.net", "www.openstreetmap.org",
    "www.dhl.com",       "www.heise.de",     "www.lemonde.fr",   "www.corriere.it",
};

static const char *const updates[] = {
    "settings-win.data.microsoft.com",
    "fe3cr.delivery.mp.microsoft.com",
    "v10.events.data.microsoft.com",
    "slscr.update.microsoft.com",
    "wdcp.microsoft.com",
};

static const char *const office[] = {
    "outlook.office365.com",
    "nexusrules.officeapps.live.com",
    "config.edge.skype.com",
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* One working day of a host. */
typedef struct day {
    ex_host *host;
    wd_time midnight;
    ex_rng rng;
    bool works; /* people are there */
} day;

static wd_time within(day *d, double from_hour, double to_hour)
{
    uint64_t from = (uint64_t) (from_hour * EX_HOUR * 1000);
    uint64_t to = (uint64_t) (to_hour * EX_HOUR * 1000);

    return ex_plus(d->midnight, (double) ex_between(&d->rng, from, to) / 1000);
}

static ex_visit tls_visit(day *d, wd_time at, const char *name, const char *client)
{
    return (ex_visit){.at = at,
                      .name = name,
                      .port = 443,
                      .ja3 = client,
                      .out = ex_between(&d->rng, 900, 5200),
                      .in = ex_between(&d->rng, 5000, 190000),
                      .seconds = (double) ex_between(&d->rng, 400, 61000) / 1000};
}

/* Windows asks for its lists of certificates over plain HTTP. */
static void certificate_list(ex_host *h, wd_time at, const ex_process *p)
{
    ex_visit v = {.at = at,
                  .name = "ctldl.windowsupdate.com",
                  .port = 80,
                  .uri = "/msdownload/update/v3/static/trustedr/en/disallowedcertstl.cab",
                  .agent = "Microsoft-CryptoAPI/10.0",
                  .mime = "application/vnd.ms-cab-compressed",
                  .out = 212,
                  .in = 7796,
                  .seconds = 0.214};

    ex_go(h, p, &v);
}

static void by_itself(day *d)
{
    ex_host *h = d->host;
    ex_process *services = ex_hostlog_running(h, ex_program_of(EX_SVCHOST));
    ex_process *defender = ex_hostlog_running(h, ex_program_of(EX_DEFENDER));
    wd_time at = within(d, 2.6, 5.4);

    ex_zeek_ntp(h, within(d, 10.0, 14.0));
    if (d->works && ex_below(&d->rng, 2) == 0) {
        return;
    }
    if (ex_below(&d->rng, 3) == 0) {
        certificate_list(h, at, services);
    } else {
        ex_visit v = tls_visit(d, at, updates[ex_below(&d->rng, COUNT(updates))], NULL);
        ex_go(h, services, &v);
    }
    if (ex_below(&d->rng, 3) == 0) {
        ex_visit v = tls_visit(d, within(d, 18.0, 23.5), "wdcp.microsoft.com", NULL);
        ex_go(h, defender, &v);
    }
}

static void browse(day *d, wd_time from)
{
    ex_host *h = d->host;
    bool edge = wd_slice_hash(wd_slice_str(h->name)) % 3 == 0;
    wd_time at = ex_plus(from, (double) ex_between(&d->rng, 60, 1500));
    ex_process *p = ex_hostlog_start(h, at, ex_program_of(edge ? EX_EDGE : EX_CHROME),
                                     "--profile-directory=Default", NULL);
    uint64_t pages = ex_between(&d->rng, 1, h->weekends ? 1 : 2);

    for (uint64_t i = 0; i < pages; i++) {
        at = ex_plus(at, (double) ex_between(&d->rng, 3, 7000));
        ex_visit v = tls_visit(d, at, browsed[ex_below(&d->rng, COUNT(browsed))], "chromium 111");
        ex_go(h, p, &v);
    }
    /* Everybody reads the vendor's site now and then: never a sign of anything. */
    if (ex_day_of(from) % 11 == wd_slice_hash(wd_slice_str(h->name)) % 4 + 1) {
        ex_visit v = tls_visit(d, ex_plus(at, 40), "www.3cx.com", "chromium 111");
        v.uri = h->inspected ? "/blog/event-trainings/" : NULL;
        v.agent = CHROME_AGENT;
        ex_go(h, p, &v);
    }
}

static void write_letters(day *d, wd_time from)
{
    ex_host *h = d->host;
    bool mail = ex_below(&d->rng, 2) == 0;
    wd_time at = ex_plus(from, (double) ex_between(&d->rng, 30, 9000));
    ex_process *p = mail ? ex_hostlog_start(h, at, ex_program_of(EX_OUTLOOK), "", NULL)
                         : ex_hostlog_start(h, at, ex_program_of(EX_EXCEL),
                                            "\"C:\\Users\\%U\\Documents\\Plan 2023.xlsx\"", NULL);
    ex_visit v = tls_visit(d, ex_plus(at, 2.3), office[mail ? 0 : 1 + ex_below(&d->rng, 2)], NULL);

    ex_go(h, p, &v);
}

static void one_day(day *d)
{
    ex_host *h = d->host;
    wd_time start = within(d, h->day_starts, h->day_starts + 0.6);

    by_itself(d);
    if (!d->works) {
        return;
    }
    ex_hostlog_logon(h, ex_plus(start, -70));
    if (ex_product_runs(h, start)) {
        ex_phone_start(h, start);
    }
    browse(d, start);
    if (!h->weekends && ex_below(&d->rng, 5) < 2) {
        write_letters(d, start);
    }
}

void ex_daily(ex_host *h)
{
    wd_time last = ex_time(EX_LAST_DAY);
    unsigned i = 0;

    if (!h->sensor && h->log == EX_LOG_NONE) {
        return;
    }
    for (wd_time t = ex_time(EX_FIRST_DAY); t < last; t += WD_TICKS_PER_DAY, i++) {
        unsigned weekday = (i + 2) % 7; /* 2023-03-01 was a Wednesday; 0 is Monday */
        day d = {h, t, ex_rng_of(ex_fmt(h->world->arena, "%s day %u", h->name, i)),
                 weekday < 5 || h->weekends};
        one_day(&d);
    }
    ex_phone_install(h);
}

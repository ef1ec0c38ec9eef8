#include "make/ex_files.h"
#include "make/ex_packets.h"

/*
 * One day of MAC-DES-05 as the mirror port of its site saw it: ordinary work, and from the middle
 * of the morning one of the names that the altered library for macOS carries.
 */

#define DAY "2023-03-27T07:10:00Z"
#define LAST "2023-03-27T16:40:00Z"
#define FIRST_CALL "2023-03-27T09:12:31Z"
#define SERVER "pbxphonenetwork.com"

static const uint16_t safari[] = {0x1301, 0x1302, 0x1303, 0xc02c, 0xc02b, 0xcca9,
                                  0xc030, 0xc02f, 0xcca8, 0xc00a, 0xc009};
static const uint16_t plain[] = {0x1302, 0x1303, 0x1301, 0xc030, 0xc02f, 0x009d, 0x009c, 0x002f};
static const ex_tls_client browser = {safari, sizeof safari / sizeof safari[0], true};
static const ex_tls_client library = {plain, sizeof plain / sizeof plain[0], false};

static const char *const visited[] = {
    "gateway.icloud.com", "www.figma.com",         "fonts.googleapis.com", "www.3cx.com",
    "www.nrc.nl",         "outlook.office365.com", "mesu.apple.com",       "www.behance.net",
};

static void visit(ex_capture *c, wd_time at, const char *name, const ex_tls_client *tls)
{
    const char *first = ex_address_of(c->arena, name, 0);
    ex_exchange x = {.at = ex_plus(at, 0.05),
                     .server = first,
                     .name = name,
                     .port = 443,
                     .out = ex_between(&c->rng, 140, 400),
                     .in = ex_between(&c->rng, 200, 1700),
                     .tls = tls};

    ex_capture_lookup(c, at, name, first, ex_address_of(c->arena, name, 1));
    ex_capture_exchange(c, &x);
}

static void ordinary_day(ex_capture *c)
{
    wd_time last = ex_time(LAST);
    size_t turn = 0;
    const char *captive = "captive.apple.com";
    wd_time at = ex_time(DAY);
    ex_exchange probe = {.at = ex_plus(at, 0.04),
                         .server = ex_address_of(c->arena, captive, 0),
                         .name = captive,
                         .port = 80,
                         .path = "/hotspot-detect.html",
                         .agent = "CaptiveNetworkSupport-443.80.1 wispr"};

    ex_capture_lookup(c, at, captive, probe.server, NULL);
    ex_capture_exchange(c, &probe);
    at = ex_plus(at, 95);
    visit(c, at, "pbx.nl.example", &library);
    for (at = ex_plus(at, 70); at < last;
         at = ex_plus(at, (double) ex_between(&c->rng, 700000, 3100000) / 1000)) {
        visit(c, at, visited[turn++ % (sizeof visited / sizeof visited[0])], &browser);
    }
}

static void calls(ex_capture *c)
{
    wd_time last = ex_time(LAST);

    for (wd_time at = ex_time(FIRST_CALL); at < last;
         at = ex_plus(at, (double) ex_between(&c->rng, 1800000, 3600000) / 1000)) {
        visit(c, at, SERVER, &library);
    }
}

void ex_write_capture(ex_world *w)
{
    const ex_host *h = ex_host_named(w, "MAC-DES-05");
    wd_buf out = {0};
    ex_capture c = {.arena = w->arena,
                    .rng = ex_rng_of("capture of site b"),
                    .next_id = 0x1c20,
                    .client = h->address,
                    .resolver = "10.30.0.2"};

    if (!ex_visible(h, ex_time(LAST))) {
        return; /* cut off before the capture was made */
    }
    ordinary_day(&c);
    if (!w->options.benign) {
        calls(&c);
    }
    ex_capture_finish(&c, &out);
    ex_write_buf(w->options.folder, "capture/site-b.pcap", &out);
}

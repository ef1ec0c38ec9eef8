#include "make/ex_files.h"
#include "make/ex_product.h"

#include <string.h>

/*
 * The attack, host by host, as far as records show it. Moments are counted from the installation,
 * so that the sleep of 7.0 to 27.8 days holds whatever the day of installation. No address in here
 * is ever contacted by anything; all bytes and servers are made up, the names are the published
 * ones.
 */

#define DROP "raw.githubusercontent.com"

/* The command servers of the icons that the story uses, as published. */
typedef struct server {
    const char *name;
    const char *path;
    unsigned icon;
} server;

static const server storage = {"msstorageazure.com", "/window", 1};
static const server akamai = {"akamaitechcloudservices.com", "/v2/storage", 10};
static const server pbxcloud = {"pbxcloudeservices.com", "/phonesystem", 9};
static const server addons = {"officeaddons.com", "/technologies", 6};
static const server azure = {"azuredeploystore.com", "/cloud/services", 4};

static wd_time after(const ex_host *h, double days)
{
    return ex_plus(h->t_installed, days * EX_DAY);
}

static const ex_process *phone_of(const ex_host *h, wd_time at)
{
    return h->log == EX_LOG_NONE ? NULL : ex_phone_at(h, at);
}

static void fetch_icon(ex_host *h, wd_time at, const server *s)
{
    wd_buf icon = {0};

    ex_make_icon(&icon, s->icon);
    ex_visit v = {.at = at,
                  .name = DROP,
                  .port = 443,
                  .uri = ex_fmt(h->world->arena, "/IconStorages/images/main/icon%u.ico", s->icon),
                  .agent = EX_PHONE_AGENT,
                  .mime = "image/x-icon",
                  .ja3 = "winhttp of the loader",
                  .out = 462,
                  .in = icon.len,
                  .seconds = 0.391};

    wd_buf_free(&icon);
    ex_go(h, phone_of(h, at), &v);
}

static void call_server(ex_host *h, wd_time at, const server *s, bool cached)
{
    ex_visit v = {.at = at,
                  .name = s->name,
                  .port = 443,
                  .ja3 = "winhttp of the loader",
                  .out = 720 + (uint64_t) (at / WD_TICKS_PER_SECOND % 37),
                  .in = 1450,
                  .seconds = 0.72,
                  .cached = cached};

    ex_go(h, phone_of(h, at), &v);
}

/* From hour `first` to hour `last` of each day; people switch the machine off at night. */
typedef struct hours {
    unsigned first, last;
} hours;

static bool up_at(wd_time at, hours up)
{
    unsigned hour = (unsigned) (at % WD_TICKS_PER_DAY / (WD_TICKS_PER_SECOND * 3600));
    unsigned weekday = (ex_day_of(at) + 2) % 7;

    return hour >= up.first && hour < up.last && (weekday < 5 || up.last == 24);
}

/* A call every 20 to 40 minutes until the host is isolated; the name is asked for once an hour. */
static void beacon(ex_host *h, wd_time from, const server *s, hours up)
{
    ex_rng rng = ex_rng_of(ex_fmt(h->world->arena, "beacon of %s", h->name));
    wd_time asked = WD_NO_TIME;

    for (wd_time at = from; at < h->t_end;
         at = ex_plus(at, (double) ex_between(&rng, 1200000, 2400000) / 1000)) {
        if (!up_at(at, up)) {
            continue;
        }
        bool cached = asked != WD_NO_TIME && at - asked < WD_TICKS_PER_SECOND * 3600;
        call_server(h, at, s, cached);
        asked = cached ? asked : at;
    }
}

/* The stealer: copies of the browsers' histories, then a larger answer to the server. */
static void profile(ex_host *h, wd_time at, const server *s)
{
    static const char *const copies[] = {
        "C:\\Users\\%U\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\History.old",
        "C:\\Users\\%U\\AppData\\Local\\Microsoft\\Edge\\User Data\\Default\\History.old",
        ("C:\\Users\\%U\\AppData\\Roaming\\Mozilla\\Firefox\\Profiles\\k3v1z0qa.default-release\\"
         "places.sqlite.old"),
    };
    const ex_process *phone = ex_phone_at(h, at);
    ex_visit upload = {.at = ex_plus(at, 11),
                       .name = s->name,
                       .port = 443,
                       .ja3 = "winhttp of the loader",
                       .out = 188430,
                       .in = 1620,
                       .seconds = 3.95,
                       .cached = true};

    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        ex_hostlog_create(h, ex_plus(at, 0.7 * (double) i), phone, copies[i]);
    }
    ex_hostlog_connect(h, ex_plus(at, 11.1), phone, s->name);
    ex_go(h, phone, &upload);
}

/* The library of the backdoor in the phone program. `sha256` NULL: in no public list. */
static void load_backdoor(ex_host *h, wd_time at, const char *sha256)
{
    ex_program *guard = EX_NEW(h->world->arena, ex_program);
    const ex_process *phone = ex_phone_at(h, at);

    *guard = (ex_program){EX_APP "guard64.dll", "-", "-", "-", "-", "-", NULL, sha256};
    ex_hostlog_create(h, at, phone, guard->image);
    ex_hostlog_load(h, ex_plus(at, 2.4), phone, guard);
}

/* A command shell below the phone program, then a look around. */
static void open_shell(ex_host *h, wd_time at)
{
    static const struct {
        ex_known program;
        const char *arguments;
    } looks[] = {{EX_WHOAMI, "/all"}, {EX_IPCONFIG, "/all"}, {EX_NET, "user /domain"}};
    const ex_process *phone = ex_phone_at(h, at);
    const ex_process *shell = ex_hostlog_start(h, at, ex_program_of(EX_CMD), "", phone);

    ex_hostlog_audit(h, at, shell, phone);
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        wd_time then = ex_plus(at, 20 + 33 * (double) i);
        const ex_process *child =
            ex_hostlog_start(h, then, ex_program_of(looks[i].program), looks[i].arguments, shell);
        ex_hostlog_audit(h, then, child, shell);
    }
}

/* The backdoor stays: a library that the IKEEXT service looks for in vain on a healthy host. */
static void settle(ex_host *h, wd_time at)
{
    static const ex_program loader = {
        "C:\\Windows\\System32\\wlbsctrl.dll", "-", "-", "-", "-", "-", NULL, NULL};
    static const char service[] = "IKE and AuthIP IPsec Keying Modules";
    const ex_process *phone = ex_phone_at(h, at);
    ex_process *services = ex_hostlog_running(h, ex_program_of(EX_SVCHOST));

    ex_hostlog_create(h, at, phone, loader.image);
    ex_hostlog_create(h, ex_plus(at, 3), phone,
                      "C:\\Windows\\System32\\config\\TxR\\"
                      "{7c2e40d1-5b0f-4b3e-9a66-2f1d8e0c9b57}.TxR.0.regtrans-ms");
    ex_hostlog_service(h, ex_plus(at, 41), service, "demand start", "auto start");
    ex_hostlog_service(h, ex_plus(at, 44), service, NULL, "stopped");
    ex_hostlog_service(h, ex_plus(at, 46), service, NULL, "running");
    ex_hostlog_load(h, ex_plus(at, 46.3), services, &loader);
}

static void chosen_hosts(ex_world *w)
{
    ex_host *h = ex_host_named(w, "WS-CRY-01");
    hours day = {2, 7};

    fetch_icon(h, after(h, 9.09), &storage);
    ex_hostlog_connect(h, ex_plus(after(h, 9.09), 41), ex_phone_at(h, after(h, 9.09)),
                       storage.name);
    beacon(h, ex_plus(after(h, 9.09), 40), &storage, day);
    profile(h, after(h, 10.14), &storage);
    load_backdoor(h, after(h, 13.06),
                  "BEB775AF5196F30E0EE021790A4978CA7A7AC2A7CF970A5A620FFEB89CC60B2C");
    open_shell(h, after(h, 13.07));
    settle(h, after(h, 13.11));

    h = ex_host_named(w, "WS-CRY-02");
    day = (hours){8, 14};
    fetch_icon(h, after(h, 11.2), &akamai);
    beacon(h, ex_plus(after(h, 11.2), 38), &akamai, day);
    load_backdoor(h, after(h, 18.05), NULL);
    open_shell(h, after(h, 18.06));
}

void ex_story(ex_world *w)
{
    if (w->options.benign) {
        return;
    }
    chosen_hosts(w);

    ex_host *h = ex_host_named(w, "WS-FIN-03");
    fetch_icon(h, after(h, 12.1), &pbxcloud);
    beacon(h, ex_plus(after(h, 12.1), 37), &pbxcloud, (hours){7, 17});
    profile(h, after(h, 13.2), &pbxcloud);

    h = ex_host_named(w, "WS-MFG-04");
    fetch_icon(h, after(h, 15.1), &addons);
    beacon(h, ex_plus(after(h, 15.1), 43), &addons, (hours){0, 24});

    h = ex_host_named(w, "WS-HEA-06");
    fetch_icon(h, after(h, 21.07), &azure);
}

static void developer(ex_host *h)
{
    static const char *const paths[] = {
        "/git-for-windows/build-extra/main/README.md",
        "/nodejs/node/main/CHANGELOG.md",
        "/example-org/handbook/main/static/favicon.ico",
        "/example-org/tools/main/install.sh",
    };
    static const ex_known tools[] = {EX_GIT, EX_CURL, EX_VSCODE, EX_CHROME};
    ex_rng rng = ex_rng_of("developer");

    for (unsigned day = 0; day < 31; day++) {
        wd_time morning = ex_plus(ex_time(EX_FIRST_DAY), day * EX_DAY + 8 * EX_HOUR);
        uint64_t looks = (day + 2) % 7 < 5 ? ex_between(&rng, 9, 13) : 0;
        for (uint64_t i = 0; i < looks; i++) {
            ex_known tool = tools[ex_below(&rng, 4)];
            ex_visit v = {.at = ex_plus(morning, (double) ex_between(&rng, 600, 32000)),
                          .name = DROP,
                          .port = 443,
                          .uri = paths[ex_below(&rng, 4)],
                          .agent = tool == EX_CURL ? "curl/7.83.1" : "git/2.39.2.windows.1",
                          .mime = "text/plain",
                          .ja3 = "openssl 3",
                          .out = ex_between(&rng, 300, 700),
                          .in = ex_between(&rng, 1200, 40000),
                          .seconds = 0.31};
            const ex_process *p = ex_hostlog_running(h, ex_program_of(tool));
            if (i % 3 != 0) {
                ex_hostlog_query(h, v.at, p, v.name); /* answered from the cache of the site */
            } else {
                ex_go(h, p, &v);
            }
        }
    }
}

static void scanner_user(ex_host *h)
{
    const ex_process *services = ex_hostlog_running(h, ex_program_of(EX_SVCHOST));

    for (unsigned day = 5; day < 30; day += 3) {
        wd_time at = ex_plus(ex_time(EX_FIRST_DAY), day * EX_DAY + 8.2 * EX_HOUR);
        const ex_process *p = ex_hostlog_start(h, at, ex_program_of(EX_COMODO), "--alertsUI", NULL);
        ex_hostlog_load(h, ex_plus(at, 0.2), p, ex_program_of(EX_COMODO_GUARD));
    }
    /* Every Windows has such files. */
    ex_hostlog_create(h, ex_time("2023-03-25T03:12:08Z"), services,
                      "C:\\Windows\\System32\\config\\TxR\\"
                      "{53b39e87-18c4-11ea-a811-000d3aa4692b}.TxR.0.regtrans-ms");
}

void ex_decoys(ex_world *w)
{
    developer(ex_host_named(w, "WS-DEV-11"));
    scanner_user(ex_host_named(w, "WS-AV-13"));

    /* The fixed version asks the vendor's own site for news. */
    ex_host *h = ex_host_named(w, "WS-ADM-12");
    if (h->t_installed != WD_NO_TIME && ex_visible(h, h->t_installed)) {
        wd_time at = ex_plus(h->t_installed > ex_time(EX_FIRST_DAY) ? h->t_installed
                                                                    : ex_time(EX_SENSOR_END),
                             2 * EX_HOUR);
        ex_hostlog_query(h, at, ex_phone_at(h, at), "www.3cx.com");
    }
}

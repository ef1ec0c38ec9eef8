#include "make/ex_world.h"

#include <string.h>

#define PHONE "3CX Desktop App"

/* Columns as in the struct, up to `log_from`. Names, people and addresses are made up. */
static const ex_host hosts[EX_HOSTS] = {
    {"WS-CRY-01", "EXAMPLE\\mei", "10.20.11.21", "SG", "cryptocurrency", "Singapore", "workstation",
     PHONE, "18.12.416", "2023-03-14T02:12:40Z", "2023-03-29T08:05:00Z", "", 1, EX_LOG_EVTX, true,
     true, false, "2023-03-06T00:00:00Z"},
    {"WS-CRY-02", "EXAMPLE\\reto", "10.20.12.22", "CH", "cryptocurrency", "Zug", "workstation",
     PHONE, "18.12.407", "2023-03-10T08:15:20Z", "2023-03-29T15:20:00Z", "", 7, EX_LOG_EVTX, true,
     false, false, "2023-03-06T00:00:00Z"},
    {"WS-FIN-03", "EXAMPLE\\anja", "10.20.13.23 10.20.13.73", "DE", "finance", "Frankfurt",
     "workstation", PHONE, "18.12.416", "2023-03-15T07:55:10Z", "2023-03-29T18:30:00Z", "", 7,
     EX_LOG_EVTX, true, false, false, "2023-03-06T00:00:00Z"},
    {"WS-MFG-04", "EXAMPLE\\paolo", "10.20.14.24", "IT", "manufacturing", "Torino", "workstation",
     PHONE, "18.12.416", "2023-03-13T10:20:30Z", "2023-03-30T07:30:00Z", "", 7, EX_LOG_NONE, true,
     false, false},
    {"MAC-DES-05", "femke", "10.30.5.25", "NL", "media", "Utrecht", "workstation", PHONE,
     "18.12.416", "2023-03-13T13:05:00Z", "2023-03-30T06:00:00Z", "", 7, EX_LOG_NONE, false, false,
     false},
    {"WS-HEA-06", "EXAMPLE\\lukas", "10.20.16.26", "AT", "health", "Graz", "workstation", PHONE,
     "18.12.407", "2023-03-08T11:30:00Z", "2023-03-29T14:12:00Z", "", 6, EX_LOG_NONE, true, true,
     false},
    {"WS-RET-07", "EXAMPLE\\claire", "10.20.17.27", "FR", "retail", "Lyon", "shop till", PHONE,
     "18.12.407", "2023-03-09T09:05:15Z", "2023-03-29T17:00:00Z", "", 8, EX_LOG_EVTX, true, false,
     true, "2023-03-06T00:00:00Z"},
    {"WS-PUB-08", "EXAMPLE\\grace", "10.20.18.28", "US", "public", "Dayton", "workstation", PHONE,
     "18.12.416", "2023-03-27T14:05:00Z", "2023-03-30T13:30:00Z", "", 13, EX_LOG_NONE, true, false,
     false},
    {"WS-PUB-09", "EXAMPLE\\owen", "10.20.19.29", "GB", "public", "Leeds", "workstation", PHONE,
     "18.12.416", "2023-03-21T10:02:00Z", "2023-03-27T09:40:00Z", "2023-03-27T09:40:00Z", 9,
     EX_LOG_NONE, true, false, false},
    {"WS-LOG-10", "EXAMPLE\\thabo", "10.40.10.30", "ZA", "logistics", "Durban", "workstation",
     PHONE, "18.12.407", "2023-03-07T08:00:00Z", "2023-03-30T09:00:00Z", "", 7, EX_LOG_NONE, false,
     false, false},
    {"WS-DEV-11", "EXAMPLE\\jonas", "10.20.21.31", "DE", "software", "Berlin", "developer", "", "",
     "", "", "", 8, EX_LOG_JSON, true, true, false, "2023-03-13T00:00:00Z"},
    {"WS-ADM-12", "EXAMPLE\\sara", "10.20.22.32", "IT", "services", "Torino", "administrator",
     PHONE, "18.12.425", "2023-04-05T09:00:00Z", "", "", 7, EX_LOG_EVTX, true, false, false,
     "2023-03-27T00:00:00Z"},
    {"WS-AV-13", "EXAMPLE\\daan", "10.20.23.33", "NL", "services", "Utrecht", "workstation", "", "",
     "", "", "", 8, EX_LOG_EVTX, true, false, false, "2023-03-23T00:00:00Z"},
    {"SRV-DB-14", "", "10.20.24.34", "DE", "finance", "Frankfurt", "server", "", "", "", "", "", 0,
     EX_LOG_NONE, false, false, false},
};

/* The version of the benign twin: older than every altered one on Windows and macOS. */
#define CLEAN_VERSION "18.11.1197"
#define CLEAN_SINCE "2023-01-16T08:00:00Z"
#define CUT_INSTALL_DAY "2023-03-14T00:00:00Z"

static void soothe(ex_host *h)
{
    if (h->installed[0] != '\0') {
        h->version = CLEAN_VERSION;
        h->installed = CLEAN_SINCE;
        h->contained = "";
        h->removed = "";
    }
}

/* The evidence `cut_days` after the install day, all installs moved to one day (the time of day
 * kept): one moment then cuts host logs and sensor alike, as it would for the firm itself. */
static void cut(ex_host *h)
{
    wd_time day = ex_time(CUT_INSTALL_DAY);

    h->t_cut = ex_plus(day, h->world->options.cut_days * EX_DAY);
    if (ex_time(h->installed) > ex_time(EX_SENSOR_END)) {
        h->product = h->version = h->installed = ""; /* bought when all was over */
    } else if (h->installed[0] != '\0') {
        h->installed = ex_fmt(h->world->arena, "%.10s%s", CUT_INSTALL_DAY, h->installed + 10);
    }
    h->contained = "";
    h->removed = "";
}

static void set_times(ex_host *h)
{
    wd_time last = ex_time(EX_LAST_DAY);

    h->t_cut = last;
    if (h->world->options.cut_days != 0) {
        cut(h);
    }
    h->t_installed = ex_time(h->installed);
    h->t_end = h->contained[0] != '\0' ? ex_time(h->contained) : last;
    h->t_gone = h->removed[0] != '\0' ? ex_time(h->removed) : h->t_end;
    if (h->removed[0] != '\0') {
        h->t_end = last; /* a host without the product stays on the network */
    }
}

ex_world *ex_world_new(wd_arena *arena, const ex_options *options)
{
    ex_world *w = EX_NEW(arena, ex_world);

    w->arena = arena;
    w->options = *options;
    w->uids = ex_rng_of("uids");
    for (size_t i = 0; i < EX_HOSTS; i++) {
        ex_host *h = &w->hosts[i];
        *h = hosts[i];
        h->world = w;
        h->audited = i == 0;
        if (options->benign) {
            soothe(h);
        }
        set_times(h);
        /* One firm has a domain, so its hosts print a full name, as most do in the field. */
        bool in_domain = strcmp(h->name, "WS-CRY-02") == 0;
        h->computer = in_domain ? ex_fmt(arena, "%s.zug.example", h->name) : h->name;
        h->machine = (uint32_t) wd_slice_hash(wd_slice_str(h->name));
        h->next_process = 0x40;
        h->next_port = 49700;
    }
    return w;
}

ex_host *ex_host_named(ex_world *w, const char *name)
{
    for (size_t i = 0; i < EX_HOSTS; i++) {
        if (strcmp(w->hosts[i].name, name) == 0) {
            return &w->hosts[i];
        }
    }
    ex_die("no host %s", name);
}

wd_time ex_sensor_end(const ex_world *w)
{
    wd_time end = ex_time(EX_SENSOR_END);

    return w->hosts[0].t_cut < end ? w->hosts[0].t_cut : end;
}

/* Names that the attackers of the example own: the published ones, at addresses that nobody has. */
static const char *const hostile[] = {
    "msstorageazure.com", "akamaitechcloudservices.com", "pbxcloudeservices.com",
    "officeaddons.com",   "pbxphonenetwork.com",         "azuredeploystore.com",
};

static bool in_firm(const char *name)
{
    return wd_slice_ends(wd_slice_str(name), WD_S(".example"));
}

const char *ex_address_of(wd_arena *arena, const char *name, unsigned which)
{
    uint64_t hash = wd_slice_hash(wd_slice_str(name));

    for (unsigned i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        if (strcmp(name, hostile[i]) == 0) {
            return which == 0 ? ex_fmt(arena, "203.0.113.%u", 17 + 23 * i) : NULL;
        }
    }
    if (in_firm(name)) {
        return which == 0 ? ex_fmt(arena, "10.20.0.%u", 10 + (unsigned) (hash % 40)) : NULL;
    }
    if (which == 0) {
        return ex_fmt(arena, "198.51.100.%u", 1 + (unsigned) (hash % 250));
    }
    return hash % 3 == 0 ? ex_fmt(arena, "192.0.2.%u", 1 + (unsigned) (hash / 3 % 250)) : NULL;
}

bool ex_visible(const ex_host *h, wd_time at)
{
    return at <= h->t_end && at <= h->t_cut;
}

bool ex_product_runs(const ex_host *h, wd_time at)
{
    return h->t_installed != WD_NO_TIME && at >= h->t_installed && at < h->t_gone;
}

void ex_write_assets(const ex_world *w)
{
    wd_buf b = {0};

    wd_buf_str(&b, "host,addresses,country,sector,site,role,product,version,installed,contained,"
                   "removed\n");
    for (size_t i = 0; i < EX_HOSTS; i++) {
        const ex_host *h = &w->hosts[i];
        wd_buf_printf(&b, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", h->name, h->address, h->country,
                      h->sector, h->site, h->role, h->product, h->version, h->installed,
                      h->contained, h->removed);
    }
    ex_write_buf(w->options.folder, "assets.csv", &b);
}

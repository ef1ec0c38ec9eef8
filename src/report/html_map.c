#include "report/page.h"

#include "report/view.h"
#include "report/world.h"

/*
 * Map of countries: where hosts of this case stand, by the worst word among them, and where the
 * attackers' servers are registered. The two meanings share neither colour nor shape. The tables
 * beside it hold the numbers; hosts without a country are counted, never guessed.
 */

enum { CALM, EXPOSED, AFFECTED, CLASSES };

typedef struct place {
    const wd_country *country;
    size_t hosts;
    size_t by_class[CLASSES];
} place;

#define MAX_PLACES 260U

typedef struct map {
    wd_page *p;
    place places[MAX_PLACES]; /* same order as wd_countries */
    size_t hosts;             /* with a country */
    size_t unmapped;
    size_t servers;
} map;

static size_t find(wd_slice code)
{
    for (size_t i = 0; i < wd_n_countries && i < MAX_PLACES; i++) {
        if (code.len == 2 && wd_slice_eq_nocase(code, wd_slice_str(wd_countries[i].code))) {
            return i;
        }
    }
    return SIZE_MAX;
}

void wd_page_country(wd_page *p, wd_slice code)
{
    size_t at = find(code);
    if (at != SIZE_MAX) {
        wd_page_raw(p, wd_countries[at].name);
        wd_page_raw(p, " ");
    }
    wd_page_raw(p, at != SIZE_MAX ? "<span class=\"mute\">" : "<span>");
    wd_page_text(p, code);
    wd_page_raw(p, "</span>");
}

static int class_of(const wd_json *host)
{
    if (wd_view_is(host, "word", "compromised") || wd_view_is(host, "word", "infected")) {
        return AFFECTED;
    }
    return wd_view_is(host, "word", "exposed") ? EXPOSED : CALM;
}

static void count_hosts(map *m)
{
    WD_JSON_EACH (host, wd_json_get(m->p->report, "hosts")) {
        size_t at = find(wd_json_text(host, "country"));
        if (at == SIZE_MAX) {
            m->unmapped++;
            continue;
        }
        m->places[at].country = &wd_countries[at];
        m->places[at].hosts++;
        m->places[at].by_class[class_of(host)]++;
        m->hosts++;
    }
}

static int worst(const place *at)
{
    return at->by_class[AFFECTED] > 0 ? AFFECTED : at->by_class[EXPOSED] > 0 ? EXPOSED : CALM;
}

static void title(wd_page *p, const place *at)
{
    wd_page_rawf(p, "<title>%s: %zu %s, %zu affected, %zu exposed</title>", at->country->name,
                 at->hosts, at->hosts == 1 ? "host" : "hosts", at->by_class[AFFECTED],
                 at->by_class[EXPOSED]);
}

static void land(map *m)
{
    wd_page_raw(m->p, "<path class=\"land\" d=\"");
    for (size_t i = 0; i < wd_n_countries && i < MAX_PLACES; i++) {
        if (m->places[i].hosts == 0) {
            wd_page_raw(m->p, wd_countries[i].path);
        }
    }
    wd_page_raw(m->p, "\"/>\n");
}

static void hosts(map *m)
{
    static const char *const classes[CLASSES] = {"calm", "exposed", "affected"};
    for (size_t i = 0; i < wd_n_countries && i < MAX_PLACES; i++) {
        const place *at = &m->places[i];
        if (at->hosts == 0) {
            continue;
        }
        if (at->country->path[0] != '\0') {
            wd_page_rawf(m->p, "<path class=\"m-%s\" d=\"", classes[worst(at)]);
            wd_page_raw(m->p, at->country->path);
            wd_page_raw(m->p, "\">");
            title(m->p, at);
            wd_page_raw(m->p, "</path>\n");
        } else {
            wd_page_rawf(m->p, "<circle class=\"m-%s\" cx=\"%d\" cy=\"%d\" r=\"5\">",
                         classes[worst(at)], at->country->x, at->country->y);
            title(m->p, at);
            wd_page_raw(m->p, "</circle>\n");
        }
    }
}

/* A diamond for each country in which a server of the attackers is registered. */
static void servers(map *m)
{
    size_t seen[MAX_PLACES] = {0};
    WD_JSON_EACH (contact, wd_json_get(m->p->report, "contacts")) {
        size_t at = find(wd_json_text(contact, "country"));
        bool theirs = wd_slice_eq_nocase(wd_json_text(contact, "role"), WD_S("c2")) ||
                      wd_view_true(contact, "hostile");
        if (at != SIZE_MAX && theirs) {
            seen[at]++;
            m->servers++;
        }
    }
    for (size_t i = 0; i < wd_n_countries && i < MAX_PLACES; i++) {
        if (seen[i] > 0) {
            const wd_country *c = &wd_countries[i];
            int aside = m->places[i].hosts > 0 ? 9 : 0; /* not on top of a dot */
            wd_page_rawf(m->p,
                         "<path class=\"server\" d=\"M%d %dl6 6-6 6-6-6z\"><title>%s: attacker "
                         "servers registered here, contacts: %zu</title></path>\n",
                         c->x + aside, c->y - 6 - aside, c->name, seen[i]);
        }
    }
}

static void legend(map *m)
{
    wd_page_raw(m->p, "<p class=\"note\"><span class=\"key m-affected\"></span> hosts compromised "
                      "or infected <span class=\"key m-exposed\"></span> exposed "
                      "<span class=\"key m-calm\"></span> hosts, nothing worse found");
    if (m->servers > 0) {
        wd_page_raw(m->p, " <span class=\"key server\"></span> attacker servers registered here");
    }
    wd_page_rawf(m->p,
                 ". Unmapped hosts: %zu. Outlines: Natural Earth, no position on "
                 "borders.</p>\n",
                 m->unmapped);
}

void wd_page_map(wd_page *p)
{
    map m = {.p = p};
    count_hosts(&m);
    if (m.hosts == 0) {
        wd_page_nothing(p, "No map: no host of this case has a known country.");
        return;
    }
    wd_page_rawf(p,
                 "<svg class=\"map\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t-map\">"
                 "<title id=\"t-map\">Countries of %zu hosts; the tables below hold the numbers"
                 "</title>\n",
                 WD_WORLD_WIDTH, WD_WORLD_HEIGHT, m.hosts);
    land(&m);
    hosts(&m);
    servers(&m);
    wd_page_raw(p, "</svg>\n");
    legend(&m);
}

#include <stdlib.h>

#include "detect/conviction_priv.h"
#include "formats/net_addr.h"

static bool is_ours(wd_slice src)
{
    wd_ip ip;
    return !wd_net_addr_parse(src, &ip) || wd_net_addr_is_local(src);
}

static wd_status source_of(wd_case_of *c, wd_map *by_name, wd_slice src, size_t *out)
{
    uintptr_t *at = wd_map_put(by_name, src, NULL);
    if (at == NULL) {
        return WD_E_NOMEM;
    }
    if (*at == 0) {
        WD_TRY(WD_ROOM(c->arena, c->sources, c->n_sources, c->cap_sources));
        c->sources[c->n_sources] = (wd_source){.name = src, .ours = is_ours(src)};
        *at = ++c->n_sources;
    }
    *out = *at - 1;
    return WD_OK;
}

static wd_status destination_of(wd_case_of *c, wd_map *by_name, wd_slice name, size_t *out)
{
    wd_judgement *j = c->j;
    uintptr_t *at = wd_map_put(by_name, name, NULL);
    if (at == NULL) {
        return WD_E_NOMEM;
    }
    if (*at == 0) {
        WD_TRY(WD_ROOM(c->arena, j->destinations, j->n_destinations, c->cap_destinations));
        j->destinations[j->n_destinations] = (wd_destination){.name = name, .first = INT64_MAX};
        *at = ++j->n_destinations;
    }
    *out = *at - 1;
    return WD_OK;
}

/* A name that a source looked up and never contacted as far as anybody saw. */
static wd_status take_lookups(wd_case_of *c)
{
    const wd_world *w = c->w;
    wd_map seen = {.arena = c->arena};
    wd_judgement *j = c->j;
    j->only_looked_up = WD_ARRAY(c->arena, w->n_lookups + 1, wd_contact);
    if (j->only_looked_up == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < w->n_contacts; i++) {
        wd_slice key =
            wd_arena_printf(c->arena, "%.*s %.*s", (int) w->contacts[i].src.len,
                            (const char *) w->contacts[i].src.ptr, (int) w->contacts[i].name.len,
                            (const char *) w->contacts[i].name.ptr);
        if (key.ptr == NULL || wd_map_put(&seen, key, NULL) == NULL) {
            return WD_E_NOMEM;
        }
    }
    for (size_t i = 0; i < w->n_lookups; i++) {
        const wd_lookup *l = &w->lookups[i];
        wd_slice key =
            wd_arena_printf(c->arena, "%.*s %.*s", (int) l->src.len, (const char *) l->src.ptr,
                            (int) l->name.len, (const char *) l->name.ptr);
        bool address = l->qtype == WD_DNS_A || l->qtype == WD_DNS_AAAA || l->qtype == WD_DNS_HTTPS;
        uintptr_t *at = key.ptr == NULL || !address ? NULL : wd_map_find(&seen, key);
        if (!address || at != NULL || l->n == 0) {
            continue;
        }
        if (key.ptr == NULL || wd_map_put(&seen, key, NULL) == NULL) {
            return WD_E_NOMEM;
        }
        wd_contact *o = &j->only_looked_up[j->n_only_looked_up++];
        *o = (wd_contact){.src = l->src,
                          .name = l->name,
                          .port = 0,
                          .layer = WD_CONTACT_DNS,
                          .transport = WD_NET_UDP,
                          .count = l->count,
                          .first = l->first,
                          .last = l->last,
                          .n = l->n,
                          .item = l->item,
                          .span = l->span};
        o->moments = WD_ARRAY(c->arena, l->n, wd_moment);
        if (o->moments == NULL) {
            return WD_E_NOMEM;
        }
        for (size_t k = 0; k < l->n; k++) {
            o->moments[k].time = l->times[k];
        }
    }
    return WD_OK;
}

static void add_hours(wd_source *s, const wd_contact *c)
{
    for (size_t i = 0; i < c->n; i++) {
        wd_time hour = c->moments[i].time / (3600 * WD_TICKS_PER_SECOND) % 24;
        s->hours |= 1U << (unsigned) (hour < 0 ? hour + 24 : hour);
    }
}

static int by_day(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a;
    int64_t y = *(const int64_t *) b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Days on which the sensors recorded anything. */
static wd_status list_days(wd_case_of *c)
{
    size_t cap = 0;
    for (size_t i = 0; i < c->j->n; i++) {
        const wd_contact *o = c->j->list[i].contact;
        int64_t last = INT64_MIN;
        for (size_t k = 0; k < o->n; k++) {
            int64_t day = o->moments[k].time / WD_TICKS_PER_DAY;
            if (day != last) {
                WD_TRY(WD_ROOM(c->arena, c->days, c->n_days, cap));
                c->days[c->n_days++] = last = day;
            }
        }
    }
    if (c->n_days > 1) {
        wd_sort(c->days, c->n_days, sizeof c->days[0], by_day);
    }
    size_t n = 0;
    for (size_t i = 0; i < c->n_days; i++) {
        if (n == 0 || c->days[n - 1] != c->days[i]) {
            c->days[n++] = c->days[i];
        }
    }
    c->n_days = n;
    return WD_OK;
}

size_t wd_judge_days_before(const wd_case_of *c, wd_time t, int64_t window)
{
    int64_t day = t / WD_TICKS_PER_DAY;
    size_t n = 0;
    for (size_t i = 0; i < c->n_days && c->days[i] < day; i++) {
        n += c->days[i] >= day - window;
    }
    return n;
}

static wd_status allot_members(wd_case_of *c)
{
    wd_judgement *j = c->j;
    size_t *counts = c->n_members = WD_ARRAY(c->arena, j->n_destinations + 1, size_t);
    c->members = WD_ARRAY(c->arena, j->n_destinations + 1, size_t *);
    c->is_shared = WD_ARRAY(c->arena, j->n_destinations + 1, bool);
    if (counts == NULL || c->members == NULL || c->is_shared == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < j->n; i++) {
        counts[j->list[i].destination]++;
        c->sources[c->source_of[i]].n_contacts++;
    }
    for (size_t d = 0; d < j->n_destinations; d++) {
        c->members[d] = WD_ARRAY(c->arena, counts[d], size_t);
        if (c->members[d] == NULL) {
            return WD_E_NOMEM;
        }
        counts[d] = 0;
        c->is_shared[d] = c->w->knowledge != NULL &&
                          wd_knowledge_is_shared_host(c->w->knowledge, j->destinations[d].name);
    }
    for (size_t s = 0; s < c->n_sources; s++) {
        c->sources[s].contacts = WD_ARRAY(c->arena, c->sources[s].n_contacts, size_t);
        c->sources[s].n_contacts = 0;
        if (c->sources[s].contacts == NULL) {
            return WD_E_NOMEM;
        }
    }
    for (size_t i = 0; i < j->n; i++) {
        size_t d = j->list[i].destination;
        wd_source *s = &c->sources[c->source_of[i]];
        c->members[d][counts[d]++] = i;
        s->contacts[s->n_contacts++] = i;
    }
    return WD_OK;
}

/* A source may contact a name on two ports: it is still one host. */
static wd_status count_hosts(wd_case_of *c)
{
    wd_judgement *j = c->j;
    size_t *last_source = WD_ARRAY(c->arena, j->n_destinations + 1, size_t);
    if (last_source == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t s = 0; s < c->n_sources; s++) {
        j->hosts += c->sources[s].ours;
        for (size_t k = 0; k < c->sources[s].n_contacts; k++) {
            size_t d = j->list[c->sources[s].contacts[k]].destination;
            bool first = last_source[d] != s + 1;
            j->destinations[d].hosts += first;
            j->destinations[d].inner += first && c->sources[s].ours;
            last_source[d] = s + 1;
        }
    }
    if (j->hosts == 0) { /* a sensor in front of a server sees no inner addresses */
        j->hosts = c->n_sources;
        for (size_t d = 0; d < j->n_destinations; d++) {
            j->destinations[d].inner = j->destinations[d].hosts;
        }
    }
    return WD_OK;
}

wd_status wd_judge_index(wd_case_of *c)
{
    wd_judgement *j = c->j;
    wd_map sources = {.arena = c->arena};
    wd_map names = {.arena = c->arena};
    WD_TRY(take_lookups(c));
    size_t n = c->w->n_contacts + j->n_only_looked_up;
    j->list = WD_ARRAY(c->arena, n + 1, wd_judged);
    c->source_of = WD_ARRAY(c->arena, n + 1, size_t);
    if (j->list == NULL || c->source_of == NULL) {
        return WD_E_NOMEM;
    }
    for (; j->n < n; j->n++) {
        size_t i = j->n;
        const wd_contact *o =
            i < c->w->n_contacts ? &c->w->contacts[i] : &j->only_looked_up[i - c->w->n_contacts];
        wd_judged *g = &j->list[i];
        g->contact = o;
        WD_TRY(source_of(c, &sources, o->src, &c->source_of[i]));
        WD_TRY(destination_of(c, &names, o->name.len > 0 ? o->name : o->dst, &g->destination));
        wd_destination *d = &j->destinations[g->destination];
        d->first = o->first < d->first ? o->first : d->first;
        d->last = o->last > d->last ? o->last : d->last;
        add_hours(&c->sources[c->source_of[i]], o);
    }
    WD_TRY(allot_members(c));
    WD_TRY(list_days(c));
    return count_hosts(c);
}

#include "case/roster.h"

#include <stdlib.h>

#include "core/limits.h"

static wd_slice kept(wd_roster *r, wd_slice s)
{
    return s.len == 0 ? s : wd_arena_copy(r->arena, s);
}

static bool octets(wd_slice s, unsigned out[static 4])
{
    wd_slice part;
    for (size_t i = 0; i < 4; i++) {
        uint64_t v = 0;
        if (!wd_slice_split(&s, '.', &part) || part.len > 3 || !wd_slice_to_u64(part, &v) ||
            v > 255) {
            return false;
        }
        out[i] = (unsigned) v;
    }
    return s.ptr == NULL;
}

bool wd_address_is_internal(wd_slice a)
{
    unsigned o[4];
    if (octets(a, o)) {
        return o[0] == 10 || (o[0] == 172 && o[1] >= 16 && o[1] <= 31) ||
               (o[0] == 192 && o[1] == 168) || (o[0] == 169 && o[1] == 254) ||
               (o[0] == 100 && o[1] >= 64 && o[1] <= 127);
    }
    return wd_slice_find_byte(a, ':') != SIZE_MAX &&
           (wd_slice_starts_nocase(a, WD_S("fc")) || wd_slice_starts_nocase(a, WD_S("fd")) ||
            wd_slice_starts_nocase(a, WD_S("fe8")) || wd_slice_starts_nocase(a, WD_S("fe9")) ||
            wd_slice_starts_nocase(a, WD_S("fea")) || wd_slice_starts_nocase(a, WD_S("feb")));
}

static wd_slice first_label(wd_slice name)
{
    return wd_slice_sub(name, 0, wd_slice_find_byte(name, '.'));
}

static wd_status index_name(wd_roster *r, wd_slice name, size_t index)
{
    bool added = false;
    uintptr_t *slot = wd_map_put(&r->by_name, name, &added);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    *slot = added || *slot == index + 1 ? index + 1 : 0;
    return WD_OK;
}

static wd_status index_addresses(wd_roster *r, const wd_host *h, size_t index)
{
    wd_slice rest = h->addresses;
    wd_slice one;
    while (wd_slice_split(&rest, ' ', &one)) {
        uintptr_t *slot = one.len == 0 ? NULL : wd_map_put(&r->by_address, one, NULL);
        if (one.len > 0 && slot == NULL) {
            return WD_E_NOMEM;
        }
        if (slot != NULL && *slot == 0) {
            *slot = index + 1;
        }
    }
    return WD_OK;
}

static wd_status add_host(wd_roster *r, const wd_host *h, wd_host **out)
{
    WD_TRY(WD_ROOM(r->arena, r->hosts, r->n, r->cap));
    size_t index = r->n++;
    r->hosts[index] = *h;
    wd_slice lower = wd_arena_lower(r->arena, h->name);
    if (lower.ptr == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(index_name(r, lower, index));
    unsigned ignored[4];
    if (first_label(lower).len < lower.len && !octets(lower, ignored)) {
        WD_TRY(index_name(r, first_label(lower), index));
    }
    WD_TRY(index_addresses(r, h, index));
    if (out != NULL) {
        *out = &r->hosts[index];
    }
    return WD_OK;
}

wd_host *wd_roster_find(const wd_roster *r, wd_slice s)
{
    uint8_t small[256];
    const uintptr_t *hit = wd_map_find(&r->by_address, s);
    if (hit == NULL && s.len > 0 && s.len <= sizeof small) {
        for (size_t i = 0; i < s.len; i++) {
            small[i] = wd_lower(s.ptr[i]);
        }
        wd_slice lower = wd_slice_of(small, s.len);
        unsigned ignored[4];
        hit = wd_map_find(&r->by_name, lower);
        if (hit == NULL && !octets(lower, ignored)) {
            hit = wd_map_find(&r->by_name, first_label(lower));
        }
    }
    return hit == NULL || *hit == 0 ? NULL : &r->hosts[*hit - 1];
}

static wd_time time_of(const wd_obs *o, wd_key key)
{
    wd_time t = WD_NO_TIME;
    (void) wd_time_parse(wd_obs_get(o, key), &t);
    return t;
}

typedef struct loader {
    wd_roster *r;
    wd_err *err;
    wd_coverage *sensors; /* network sources, by item */
    size_t n_sensors, cap_sensors;
    size_t unlisted;
    uint64_t last_item; /* of the last sensor that a host was seen in, to skip repeats quickly */
    wd_slice last_src;
} loader;

static wd_status asset_row(void *ctx, const wd_case_obs *row)
{
    loader *l = ctx;
    const wd_obs *o = &row->obs;
    wd_slice name = wd_obs_get(o, WD_K_HOST);
    wd_host *known = wd_roster_find(l->r, name);
    if (known != NULL && wd_slice_eq_nocase(known->name, name)) {
        return WD_OK; /* the first list that names a host wins; a second row changes nothing */
    }
    wd_host h = {
        .name = kept(l->r, name),
        .addresses = kept(l->r, wd_obs_get(o, WD_K_ADDRESSES)),
        .country = kept(l->r, wd_obs_get(o, WD_K_COUNTRY)),
        .sector = kept(l->r, wd_obs_get(o, WD_K_SECTOR)),
        .site = kept(l->r, wd_obs_get(o, WD_K_SITE)),
        .role = kept(l->r, wd_obs_get(o, WD_K_ROLE)),
        .product = kept(l->r, wd_obs_get(o, WD_K_PRODUCT)),
        .version = kept(l->r, wd_obs_get(o, WD_K_VERSION)),
        .installed = time_of(o, WD_K_INSTALLED),
        .contained = time_of(o, WD_K_CONTAINED),
        .removed = time_of(o, WD_K_REMOVED),
        .listed = true,
        .item = row->item,
        .record = o->span.record,
        .offset = o->span.offset,
    };
    return add_host(l->r, &h, NULL);
}

static wd_status unlisted_host(loader *l, wd_slice name, const wd_case_obs *row, wd_host **out)
{
    wd_host h = {.name = kept(l->r, name),
                 .installed = WD_NO_TIME,
                 .contained = WD_NO_TIME,
                 .removed = WD_NO_TIME,
                 .item = row->item,
                 .record = row->obs.span.record,
                 .offset = row->obs.span.offset};
    unsigned ignored[4];
    if (octets(name, ignored) || wd_slice_find_byte(name, ':') != SIZE_MAX) {
        h.addresses = h.name;
    }
    return add_host(l->r, &h, out);
}

static void widen(wd_coverage *c, wd_time first, wd_time last, uint64_t records)
{
    if (first != WD_NO_TIME && (c->first == WD_NO_TIME || first < c->first)) {
        c->first = first;
    }
    if (last > c->last) {
        c->last = last;
    }
    c->records += records;
}

static wd_status add_coverage(loader *l, wd_host *h, const wd_coverage *c)
{
    for (size_t i = 0; i < h->n_coverage; i++) {
        if (h->coverage[i].item == c->item && wd_slice_eq(h->coverage[i].source, c->source)) {
            widen(&h->coverage[i], c->first, c->last, c->records);
            return WD_OK;
        }
    }
    WD_TRY(WD_ROOM(l->r->arena, h->coverage, h->n_coverage, h->cap_coverage));
    h->coverage[h->n_coverage] = *c;
    h->coverage[h->n_coverage++].source = kept(l->r, c->source);
    return WD_OK;
}

static wd_status coverage_row(void *ctx, const wd_case_obs *row)
{
    loader *l = ctx;
    const wd_obs *o = &row->obs;
    wd_slice host = wd_obs_get(o, WD_K_HOST);
    wd_coverage c = {.source = wd_obs_get(o, WD_K_CHANNEL),
                     .sensor = kept(l->r, wd_obs_get(o, WD_K_SENSOR)),
                     .first = o->time,
                     .last = o->time_end,
                     .records = o->count,
                     .item = row->item};
    if (host.len > 0) {
        wd_host *h = wd_roster_find(l->r, host);
        if (h == NULL) {
            WD_TRY(unlisted_host(l, host, row, &h));
        }
        return add_coverage(l, h, &c);
    }
    WD_TRY(WD_ROOM(l->r->arena, l->sensors, l->n_sensors, l->cap_sensors));
    c.source = kept(l->r, c.source);
    l->sensors[l->n_sensors++] = c;
    return WD_OK;
}

/* A sensor covers a host when it saw the host at all: its silence about others proves nothing. */
static wd_status seen_by_sensor(void *ctx, const wd_case_obs *row)
{
    loader *l = ctx;
    wd_slice src = wd_obs_get(&row->obs, WD_K_SRC);
    if (src.len == 0 || (row->item == l->last_item && wd_slice_eq(src, l->last_src))) {
        return WD_OK;
    }
    wd_host *h = wd_roster_find(l->r, src);
    if (h == NULL) {
        if (!wd_address_is_internal(src)) {
            return WD_OK;
        }
        if (l->unlisted >= WD_MAX_UNLISTED_HOSTS) {
            l->r->addresses_left_out++;
            return WD_OK;
        }
        l->unlisted++;
        WD_TRY(unlisted_host(l, src, row, &h));
    }
    for (size_t i = 0; i < l->n_sensors; i++) {
        if (l->sensors[i].item == row->item) {
            wd_coverage c = l->sensors[i];
            WD_TRY(add_coverage(l, h, &c));
        }
    }
    l->last_item = row->item;
    l->last_src = kept(l->r, src);
    return WD_OK;
}

static int by_name(const void *a, const void *b)
{
    return wd_slice_cmp(((const wd_host *) a)->name, ((const wd_host *) b)->name);
}

static wd_status sort_hosts(wd_roster *r)
{
    wd_host *sorted = r->hosts;
    size_t n = r->n;
    if (n > 1) {
        wd_sort(sorted, n, sizeof *sorted, by_name);
    }
    *r = (wd_roster){.arena = r->arena,
                     .by_name.arena = r->arena,
                     .by_address.arena = r->arena,
                     .addresses_left_out = r->addresses_left_out};
    for (size_t i = 0; i < n; i++) {
        WD_TRY(add_host(r, &sorted[i], NULL));
    }
    return WD_OK;
}

wd_status wd_roster_load(wd_roster *out, wd_case *cs, wd_arena *arena, wd_err *err)
{
    *out = (wd_roster){.arena = arena, .by_name.arena = arena, .by_address.arena = arena};
    loader l = {.r = out, .err = err};
    WD_TRY(wd_case_each_obs(cs, 1U << WD_OBS_ASSET, asset_row, &l, err));
    WD_TRY(wd_case_each_obs(cs, 1U << WD_OBS_COVERAGE, coverage_row, &l, err));
    uint32_t traffic = 1U << WD_OBS_CONTACT | 1U << WD_OBS_LOOKUP | 1U << WD_OBS_REQUEST;
    WD_TRY(wd_case_each_obs(cs, traffic, seen_by_sensor, &l, err));
    wd_status s = sort_hosts(out);
    return s == WD_OK ? WD_OK
                      : wd_fail(err, s, WD_NO_OFFSET, "roster",
                                "the list of hosts does not fit in memory");
}

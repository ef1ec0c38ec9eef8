#include <stdlib.h>
#include <string.h>

#include "detect/traffic_sums_priv.h"

/* Moments of one request observation, so that the list stays under the bound of an attribute. */
#define TIMES_PER_OBS 2000U

static wd_status join(wd_traffic_sums *s, wd_arena *arena, const uint32_t *ids, size_t n,
                      wd_slice *out)
{
    wd_buf b = {0};
    for (size_t i = 0; i < n && ids[i] != 0; i++) {
        if (b.len > 0) {
            wd_buf_byte(&b, ' ');
        }
        wd_buf_add(&b, wd_sums_text(s, ids[i]));
    }
    *out = b.len == 0 ? WD_EMPTY : wd_arena_copy(arena, wd_buf_slice(&b));
    wd_status r = b.failed || (b.len > 0 && out->ptr == NULL) ? WD_E_NOMEM : WD_OK;
    wd_buf_free(&b);
    return r;
}

static wd_status contact_of(wd_traffic_sums *s, wd_arena *arena, const wd_piece *p, wd_contact *c)
{
    wd_piece_key key;
    memcpy(&key, p->entry.key, sizeof key);
    *c = (wd_contact){.src = wd_sums_text(s, key.src),
                      .name = wd_sums_text(s, key.name),
                      .dst = wd_sums_text(s, key.dst),
                      .user_agent = wd_sums_text(s, p->user_agent),
                      .port = key.port,
                      .transport = key.transport,
                      .layer = key.layer,
                      .count = p->count,
                      .span = p->span};
    WD_TRY(join(s, arena, p->ja3, WD_SUMS_PRINTS, &c->ja3));
    WD_TRY(join(s, arena, p->ja4, WD_SUMS_PRINTS, &c->ja4));
    c->moments = WD_ARRAY(arena, p->n, wd_moment);
    if (c->moments == NULL) {
        return WD_E_NOMEM;
    }
    for (const wd_node *node = p->moments; node != NULL; node = node->next) {
        c->moments[c->n++] = node->m;
    }
    return WD_OK;
}

static int by_moment(const void *a, const void *b)
{
    const wd_moment *x = a;
    const wd_moment *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->flow < y->flow ? -1 : x->flow > y->flow ? 1 : 0;
}

/* A log that holds only connections, or only names, has nothing to join: its pieces are handed on
 * as they are. */
static wd_status give_apart(wd_traffic_sums *s, wd_contact *contacts)
{
    for (size_t i = 0; i < s->pieces.n; i++) {
        wd_contact *c = &contacts[i];
        if (c->n > 1) {
            wd_sort(c->moments, c->n, sizeof c->moments[0], by_moment);
        }
        WD_TRY(wd_contact_give(c, s->arena, s->sink));
    }
    return WD_OK;
}

static wd_status give_joined(wd_traffic_sums *s, const wd_contact *contacts,
                             const wd_lookup *lookups)
{
    wd_contacts_in in = {contacts, s->pieces.n, lookups, s->lookups.n, true};
    wd_contact_list merged;
    WD_TRY(wd_contacts_merge(&in, s->arena, &merged, NULL));
    for (size_t i = 0; i < merged.n; i++) {
        WD_TRY(wd_contact_give(&merged.list[i], s->arena, s->sink));
    }
    return WD_OK;
}

static int by_time(const void *a, const void *b)
{
    wd_time x = *(const wd_time *) a;
    wd_time y = *(const wd_time *) b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static wd_status times_of(wd_arena *arena, const wd_node *node, size_t n, wd_time **out)
{
    wd_time *times = WD_ARRAY(arena, n, wd_time);
    if (times == NULL) {
        return WD_E_NOMEM;
    }
    size_t i = 0;
    for (; node != NULL; node = node->next) {
        times[i++] = node->m.time;
    }
    if (n > 1) {
        wd_sort(times, n, sizeof times[0], by_time);
    }
    *out = times;
    return WD_OK;
}

static wd_status lookup_of(wd_traffic_sums *s, wd_arena *arena, const wd_lookup_sum *sum,
                           wd_lookup *l)
{
    wd_lookup_key key;
    memcpy(&key, sum->entry.key, sizeof key);
    *l = (wd_lookup){.src = wd_sums_text(s, key.src),
                     .name = wd_sums_text(s, key.name),
                     .qtype = (uint16_t) key.qtype,
                     .count = sum->count,
                     .first = sum->first,
                     .last = sum->last,
                     .n = sum->n,
                     .span = sum->span};
    WD_TRY(join(s, arena, sum->answers, sum->n_answers, &l->answers));
    return times_of(arena, sum->times, sum->n, &l->times);
}

static wd_slice number(wd_arena *arena, uint64_t v)
{
    return wd_arena_printf(arena, "%llu", (unsigned long long) v);
}

static wd_status give_request_part(wd_traffic_sums *s, wd_arena *arena, const wd_request_sum *r,
                                   const wd_time *times, size_t n)
{
    wd_request_key key;
    wd_buf text = {0};
    memcpy(&key, r->entry.key, sizeof key);
    for (size_t i = 0; i < n; i++) {
        wd_buf_printf(&text, "%s%lld", i > 0 ? " " : "", (long long) times[i]);
    }
    bool whole = n == r->n;
    wd_obs o = wd_obs_of(WD_OBS_REQUEST, r->span, times[0]);
    o.time_end = whole ? r->last : times[n - 1];
    o.count = whole ? r->count : n;
    wd_obs_set(&o, WD_K_SRC, wd_sums_text(s, key.src));
    wd_obs_set(&o, WD_K_DST, wd_sums_text(s, key.dst));
    wd_obs_set(&o, WD_K_NAME, wd_sums_text(s, r->name));
    wd_obs_set(&o, WD_K_PORT, number(arena, key.port));
    wd_obs_set(&o, WD_K_PROTO, WD_S("http"));
    wd_obs_set(&o, WD_K_URL, wd_sums_text(s, key.url));
    wd_obs_set(&o, WD_K_METHOD, wd_sums_text(s, key.method));
    wd_obs_set(&o, WD_K_USER_AGENT, wd_sums_text(s, key.user_agent));
    wd_obs_set(&o, WD_K_USER, wd_sums_text(s, r->user));
    wd_obs_set(&o, WD_K_BYTES_OUT, number(arena, r->bytes_out));
    wd_obs_set(&o, WD_K_BYTES_IN, number(arena, r->bytes_in));
    wd_obs_set(&o, WD_K_FILE_KIND, wd_sums_text(s, r->content_type));
    if (r->status != 0) {
        wd_obs_set(&o, WD_K_VALUE, number(arena, r->status));
    }
    wd_obs_set(&o, WD_K_TIMES, wd_buf_slice(&text));
    wd_status st = text.failed ? WD_E_NOMEM : s->sink->observation(s->sink->ctx, &o);
    wd_buf_free(&text);
    return st;
}

static wd_status give_requests(wd_traffic_sums *s)
{
    for (size_t i = 0; i < s->requests.n; i++) {
        const wd_request_sum *r = (const wd_request_sum *) s->requests.list[i];
        wd_time *times;
        WD_TRY(times_of(s->arena, r->times, r->n, &times));
        for (size_t from = 0; from < r->n; from += TIMES_PER_OBS) {
            size_t n = r->n - from < TIMES_PER_OBS ? r->n - from : TIMES_PER_OBS;
            WD_TRY(give_request_part(s, s->arena, r, times + from, n));
        }
    }
    return WD_OK;
}

wd_status wd_sums_give(wd_traffic_sums *s)
{
    wd_arena *arena = s->arena;
    wd_contact *contacts = WD_ARRAY(arena, s->pieces.n + 1, wd_contact);
    wd_lookup *lookups = WD_ARRAY(arena, s->lookups.n + 1, wd_lookup);
    if (contacts == NULL || lookups == NULL) {
        return WD_E_NOMEM;
    }
    bool bytes = false;
    bool names = s->lookups.n > 0;
    for (size_t i = 0; i < s->pieces.n; i++) {
        WD_TRY(contact_of(s, arena, (const wd_piece *) s->pieces.list[i], &contacts[i]));
        bytes = bytes || contacts[i].layer <= WD_CONTACT_DNS;
        names = names || contacts[i].layer > WD_CONTACT_DNS;
    }
    bool joined = bytes && names;
    for (size_t i = 0; i < s->lookups.n; i++) {
        WD_TRY(lookup_of(s, arena, (const wd_lookup_sum *) s->lookups.list[i], &lookups[i]));
    }
    for (size_t i = 0; i < s->lookups.n; i++) {
        WD_TRY(wd_lookup_give(&lookups[i], arena, s->sink));
    }
    WD_TRY(joined ? give_joined(s, contacts, lookups) : give_apart(s, contacts));
    return give_requests(s);
}

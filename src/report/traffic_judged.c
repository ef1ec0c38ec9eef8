#include "report/traffic_judged.h"

static void reasons(wd_jw *w, const char *key, const wd_reasons *r, bool for_it)
{
    wd_jw_key(w, key);
    wd_jw_array(w);
    for (size_t i = 0; i < r->n; i++) {
        if ((r->list[i].weight > 0) == for_it) {
            wd_jw_slice(w, r->list[i].text);
        }
    }
    wd_jw_array_end(w);
}

static void beacon(wd_jw *w, const wd_judged *g)
{
    const wd_beacon *b = &g->beacon;
    wd_jw_key(w, "beacon");
    wd_jw_object(w);
    wd_jw_member_bool(w, "too_few", b->too_few);
    wd_jw_key(w, "score");
    b->too_few ? wd_jw_null(w) : wd_jw_double(w, b->score, 3);
    wd_jw_key(w, "p");
    b->too_few ? wd_jw_null(w) : wd_jw_double(w, b->p, 6);
    wd_jw_member_u64(w, "n", b->too_few ? g->contact->n : b->n);
    if (!b->too_few) {
        wd_jw_member_double(w, "interval", b->interval, 3);
        wd_jw_member_double(w, "jitter", b->jitter, 4);
        wd_jw_member_double(w, "missed", b->missed, 4);
        wd_jw_member_double(w, "false_share", g->false_share, 6);
        wd_jw_member_bool(w, "phase", b->phase);
        wd_jw_member_bool(w, "one_size", b->size_stream);
        wd_jw_member_bool(w, "bursts", b->bursts);
        if (b->changed) {
            wd_jw_member_double(w, "interval_before", b->before, 3);
        }
    }
    wd_jw_key(w, "reasons");
    wd_jw_array(w);
    if (b->too_few) {
        wd_jw_str(w, "too few observations");
    }
    for (size_t i = 0; i < g->own.n; i++) {
        wd_jw_slice(w, g->own.list[i].text);
    }
    wd_jw_array_end(w);
    wd_jw_object_end(w);
}

static void contact(wd_jw *w, const wd_judged *g)
{
    const wd_contact *c = g->contact;
    wd_jw_object(w);
    wd_jw_member_slice(w, "src", c->src);
    wd_jw_member_slice(w, "dst", c->dst);
    wd_jw_member_slice(w, "name", c->name);
    wd_jw_member_u64(w, "port", c->port);
    wd_jw_member_slice(w, "proto", wd_contact_proto(c));
    wd_jw_member_u64(w, "count", c->count);
    wd_jw_member_u64(w, "bytes_out", c->bytes_out);
    wd_jw_member_u64(w, "bytes_in", c->bytes_in);
    wd_jw_member_time(w, "first", c->first);
    wd_jw_member_time(w, "last", c->last);
    beacon(w, g);
    wd_jw_member_double(w, "weight", g->weight, 2);
    wd_jw_object_end(w);
}

static void destination(wd_jw *w, const wd_destination *d)
{
    wd_jw_object(w);
    wd_jw_member_slice(w, "name", d->name);
    wd_jw_member_u64(w, "hosts", d->hosts);
    wd_jw_member_double(w, "score", d->score, 3);
    wd_jw_member_double(w, "p", d->p, 4);
    wd_jw_member_double(w, "timers", d->timers, 3);
    wd_jw_member_double(w, "regularity", d->regularity, 1);
    wd_jw_member_time(w, "first", d->first);
    wd_jw_member_time(w, "last", d->last);
    wd_jw_member_bool(w, "convicted", d->convicted);
    reasons(w, "for", &d->shared, true);
    reasons(w, "against", &d->shared, false);
    wd_jw_object_end(w);
}

void wd_traffic_judged(wd_jw *w, const wd_world *world, const wd_judgement *j)
{
    wd_jw_key(w, "contacts");
    wd_jw_array(w);
    for (size_t i = 0; i < world->n_contacts; i++) { /* judged contacts come in the same order */
        contact(w, &j->list[i]);
    }
    wd_jw_array_end(w);
    wd_jw_member_u64(w, "hosts", j->hosts);
    wd_jw_member_u64(w, "pairs_tested", j->tested);
    wd_jw_key(w, "destinations");
    wd_jw_array(w);
    for (size_t i = 0; i < j->n_destinations; i++) {
        destination(w, &j->destinations[i]);
    }
    wd_jw_array_end(w);
}

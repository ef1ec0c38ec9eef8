#ifndef WD_FUZZ_FUZZ_NET_H
#define WD_FUZZ_FUZZ_NET_H

#include "core/arena.h"
#include "formats/net_sink.h"
#include "fuzz.h"

/* A receiver of facts that reads every byte it is handed, so that a slice outside the input is
 * seen by the sanitizers. */

static uint64_t net_sum; /* keeps the reads alive */

static inline void net_touch(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        net_sum += s.ptr[i];
    }
}

static inline void net_touch_base(const wd_net_base *at)
{
    net_touch(at->src);
    net_touch(at->dst);
    net_touch(at->uid);
    net_touch(at->sensor);
}

static inline wd_status net_flow(void *ctx, const wd_net_flow *f)
{
    (void) ctx;
    net_touch_base(&f->at);
    net_touch(f->service);
    return WD_OK;
}

static inline wd_status net_dns(void *ctx, const wd_net_dns *d)
{
    (void) ctx;
    net_touch_base(&d->at);
    net_touch(d->name);
    for (size_t i = 0; i < d->n_answers; i++) {
        net_touch(d->answers[i].name);
        net_touch(d->answers[i].value);
    }
    return WD_OK;
}

static inline wd_status net_tls(void *ctx, const wd_net_tls *t)
{
    (void) ctx;
    net_touch_base(&t->at);
    net_touch(t->sni);
    net_touch(t->alpn);
    net_touch(t->ja3);
    net_touch(t->ja4);
    return WD_OK;
}

static inline wd_status net_http(void *ctx, const wd_net_http *h)
{
    (void) ctx;
    net_touch_base(&h->at);
    net_touch(h->method);
    net_touch(h->host);
    net_touch(h->uri);
    net_touch(h->user_agent);
    net_touch(h->referer);
    net_touch(h->content_type);
    net_touch(h->user);
    return WD_OK;
}

static inline wd_status net_file(void *ctx, const wd_net_file *f)
{
    (void) ctx;
    net_touch_base(&f->at);
    net_touch(f->name);
    net_touch(f->mime);
    net_touch(f->sha256);
    return WD_OK;
}

static inline wd_status net_note(void *ctx, wd_span span, wd_slice text)
{
    (void) ctx;
    (void) span;
    net_touch(text);
    return WD_OK;
}

typedef wd_status net_reader(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                             wd_net_totals *totals, wd_err *err);

static inline void net_run(net_reader *read, const uint8_t *data, size_t size)
{
    wd_net_totals totals;
    wd_err err = {0};
    wd_net_sink sink = {NULL, net_flow, net_dns, net_tls, net_http, net_file, net_note, net_note};
    wd_arena *arena = wd_arena_new(256U << 20);
    if (arena != NULL) {
        (void) read(wd_slice_of(data, size), arena, &sink, &totals, &err);
        wd_arena_free(arena);
    }
}

#endif

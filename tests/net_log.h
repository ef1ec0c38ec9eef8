#ifndef WD_TESTS_NET_LOG_H
#define WD_TESTS_NET_LOG_H

#include "core/buf.h"
#include "formats/net_sink.h"
#include "testing.h"

/* A receiver of facts that writes each as a short line, so that a test compares text. */

typedef struct net_log {
    wd_buf lines;
    unsigned damage;
    unsigned limits;
} net_log;

#define NET_ARG(s) (int) (s).len, (const char *) (s).ptr

static inline void net_log_ends(net_log *l, const char *what, const wd_net_base *at)
{
    wd_buf_printf(&l->lines, "%s %.*s:%u>%.*s:%u", what, NET_ARG(at->src), at->sport,
                  NET_ARG(at->dst), at->dport);
}

static inline wd_status net_log_flow(void *ctx, const wd_net_flow *f)
{
    net_log *l = (net_log *) ctx;
    net_log_ends(l, "flow", &f->at);
    wd_buf_printf(&l->lines, " %llu/%llu %.*s%s\n", (unsigned long long) f->bytes_out,
                  (unsigned long long) f->bytes_in, NET_ARG(f->service), f->open ? " open" : "");
    return WD_OK;
}

static inline wd_status net_log_dns(void *ctx, const wd_net_dns *d)
{
    net_log *l = (net_log *) ctx;
    net_log_ends(l, d->response ? "answer" : "query", &d->at);
    wd_buf_printf(&l->lines, " %.*s %u", NET_ARG(d->name), d->qtype);
    for (size_t i = 0; i < d->n_answers; i++) {
        wd_buf_printf(&l->lines, " %.*s", NET_ARG(d->answers[i].value));
    }
    wd_buf_str(&l->lines, d->family == WD_NET_MDNS ? " mdns\n" : "\n");
    return WD_OK;
}

static inline wd_status net_log_tls(void *ctx, const wd_net_tls *t)
{
    net_log *l = (net_log *) ctx;
    if (t->hello == WD_NET_HELLO_NONE) {
        return WD_OK;
    }
    net_log_ends(l, t->hello == WD_NET_HELLO_CLIENT ? "hello" : "server", &t->at);
    wd_buf_printf(&l->lines, " %.*s %.*s %.*s%s\n", NET_ARG(t->sni), NET_ARG(t->alpn),
                  NET_ARG(t->ja4), t->quic ? " quic" : "");
    return WD_OK;
}

static inline wd_status net_log_http(void *ctx, const wd_net_http *h)
{
    net_log *l = (net_log *) ctx;
    net_log_ends(l, h->method.len > 0 ? "request" : "response", &h->at);
    wd_buf_printf(&l->lines, " %.*s %.*s %.*s [%.*s] %u %llu\n", NET_ARG(h->method),
                  NET_ARG(h->host), NET_ARG(h->uri), NET_ARG(h->user_agent), h->status,
                  (unsigned long long) h->bytes_in);
    return WD_OK;
}

static inline wd_status net_log_damage(void *ctx, wd_span span, wd_slice text)
{
    (void) span;
    (void) text;
    ((net_log *) ctx)->damage++;
    return WD_OK;
}

static inline wd_status net_log_limit(void *ctx, wd_span span, wd_slice text)
{
    (void) span;
    (void) text;
    ((net_log *) ctx)->limits++;
    return WD_OK;
}

static inline wd_net_sink net_log_sink(net_log *l)
{
    return (wd_net_sink){.ctx = l,
                         .flow = net_log_flow,
                         .dns = net_log_dns,
                         .tls = net_log_tls,
                         .http = net_log_http,
                         .damage = net_log_damage,
                         .limit = net_log_limit};
}

static inline const char *net_log_text(net_log *l)
{
    wd_buf_byte(&l->lines, 0);
    l->lines.len--;
    return (const char *) l->lines.ptr;
}

#endif

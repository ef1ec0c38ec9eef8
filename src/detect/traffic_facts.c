#include "detect/traffic_facts.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/json.h"
#include "core/map.h"

typedef struct fact {
    wd_slice key; /* kind, TAB, value */
    uint64_t count;
} fact;

struct wd_traffic_facts {
    wd_arena *arena;
    wd_map map; /* key to index + 1 */
    wd_buf key;
    fact *list;
    size_t n;
    size_t cap;
};

wd_traffic_facts *wd_traffic_facts_new(wd_arena *arena)
{
    wd_traffic_facts *f = WD_NEW(arena, wd_traffic_facts);
    if (f != NULL) {
        f->arena = f->map.arena = arena;
    }
    return f;
}

static void add_value(wd_buf *out, wd_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        if (c >= 0x20 && c < 0x7f) {
            wd_buf_byte(out, c);
        } else {
            wd_buf_printf(out, "\\%03o", c);
        }
    }
}

static wd_status count(wd_traffic_facts *f, const char *kind, wd_slice value)
{
    if (value.len == 0) {
        return WD_OK;
    }
    wd_buf_clear(&f->key);
    wd_buf_str(&f->key, kind);
    wd_buf_byte(&f->key, '\t');
    add_value(&f->key, value);
    if (f->key.failed) {
        return WD_E_NOMEM;
    }
    uintptr_t *at = wd_map_find(&f->map, wd_buf_slice(&f->key));
    if (at == NULL) {
        wd_slice key = wd_arena_copy(f->arena, wd_buf_slice(&f->key));
        WD_TRY(WD_ROOM(f->arena, f->list, f->n, f->cap));
        if (key.ptr == NULL || (at = wd_map_put(&f->map, key, NULL)) == NULL) {
            return WD_E_NOMEM;
        }
        f->list[f->n++] = (fact){key, 0};
        *at = f->n;
    }
    f->list[*at - 1].count++;
    return WD_OK;
}

static wd_status count_number(wd_traffic_facts *f, const char *kind, const char *format,
                              unsigned value)
{
    char text[16];
    (void) snprintf(text, sizeof text, format[0] == 'x' ? "0x%08x" : "%u", value);
    return count(f, kind, wd_slice_str(text));
}

static wd_slice shown_name(wd_slice name)
{
    return wd_slice_eq(name, WD_S(".")) ? WD_S("<Root>") : name;
}

static wd_status on_dns(void *ctx, const wd_net_dns *d)
{
    wd_traffic_facts *f = ctx;
    if (d->family != WD_NET_DNS) {
        return WD_OK;
    }
    if (!d->response && d->name.len > 0) {
        WD_TRY(count(f, "dns_query", shown_name(d->name)));
        WD_TRY(count_number(f, "dns_qtype", "u", d->qtype));
    }
    for (size_t i = 0; i < d->n_answers; i++) {
        const wd_net_answer *a = &d->answers[i];
        if (a->type == WD_DNS_A || a->type == WD_DNS_AAAA) {
            WD_TRY(count(f, a->type == WD_DNS_A ? "dns_a" : "dns_aaaa", a->value));
        } else if (a->type == WD_DNS_CNAME) {
            WD_TRY(count(f, "dns_cname", shown_name(a->value)));
        }
    }
    return WD_OK;
}

static wd_status on_tls(void *ctx, const wd_net_tls *t)
{
    wd_traffic_facts *f = ctx;
    switch (t->hello) {
    case WD_NET_HELLO_NONE:
        return t->quic ? count_number(f, "quic_version", "x", t->quic_version) : WD_OK;
    case WD_NET_HELLO_SERVER: return count(f, t->quic ? "quic_ja3s" : "tls_ja3s", t->ja3);
    case WD_NET_HELLO_CLIENT: break;
    }
    WD_TRY(count(f, t->quic ? "quic_sni" : "tls_sni", t->sni));
    WD_TRY(count(f, t->quic ? "quic_ja3" : "tls_ja3", t->ja3));
    return count(f, "tls_client_alpn", t->alpn);
}

static wd_status on_http(void *ctx, const wd_net_http *h)
{
    wd_traffic_facts *f = ctx;
    WD_TRY(count(f, "http_method", h->method));
    WD_TRY(count(f, "http_host", h->host));
    return count(f, "http_ua", h->user_agent);
}

wd_net_sink wd_traffic_facts_sink(wd_traffic_facts *f)
{
    return (wd_net_sink){.ctx = f, .dns = on_dns, .tls = on_tls, .http = on_http};
}

static int by_key(const void *a, const void *b)
{
    return wd_slice_cmp(((const fact *) a)->key, ((const fact *) b)->key);
}

wd_status wd_traffic_facts_write(wd_traffic_facts *f, wd_slice item, const wd_sink *sink,
                                 wd_err *err)
{
    wd_buf line = {0};
    wd_status s = WD_OK;
    wd_buf_free(&f->key);
    if (f->n > 1) {
        wd_sort(f->list, f->n, sizeof f->list[0], by_key);
    }
    for (size_t i = 0; sink != NULL && i < f->n && s == WD_OK; i++) {
        wd_slice value = f->list[i].key;
        wd_slice kind;
        (void) wd_slice_split(&value, '\t', &kind);
        wd_buf_clear(&line);
        wd_jw w = wd_jw_init(&line, 0);
        wd_jw_object(&w);
        wd_jw_member_slice(&w, "item", item);
        wd_jw_member_slice(&w, "kind", kind);
        wd_jw_member_slice(&w, "value", value);
        wd_jw_member_u64(&w, "count", f->list[i].count);
        wd_jw_object_end(&w);
        wd_buf_byte(&line, '\n');
        s = line.failed ? wd_nomem(err, "facts") : sink->output(sink->ctx, wd_buf_slice(&line));
    }
    wd_buf_free(&line);
    return s;
}

#include "formats/tls.h"

#include <string.h>

#include "core/cursor.h"

enum {
    EXT_SERVER_NAME = 0,
    EXT_GROUPS = 10,
    EXT_POINTS = 11,
    EXT_SIGNATURES = 13,
    EXT_ALPN = 16,
    EXT_VERSIONS = 43,
    EXT_ECH = 0xfe0d,
    EXT_ESNI = 0xffce
};

static void take_list(wd_slice bytes, uint16_t *list, size_t *n)
{
    wd_cursor c = wd_cursor_of(bytes, 0);
    *n = 0;
    while (wd_cursor_left(&c) >= 2 && *n < WD_TLS_MAX_LIST) {
        list[(*n)++] = wd_u16be(&c);
    }
}

/* server_name: u16 list length, then u8 type (0 = host), u16 length, name. */
static wd_slice host_name(wd_slice data)
{
    wd_cursor c = wd_cursor_of(data, 0);
    wd_skip(&c, 2);
    while (!c.failed && wd_cursor_left(&c) >= 3) {
        uint8_t type = wd_u8(&c);
        wd_slice name = wd_take(&c, wd_u16be(&c));
        if (!c.failed && type == 0) {
            return name;
        }
    }
    return (wd_slice){0};
}

/* A body with a length before it; what stands behind is ignored. */
static wd_slice counted(wd_slice data, bool wide)
{
    wd_cursor c = wd_cursor_of(data, 0);
    size_t n = wide ? wd_u16be(&c) : wd_u8(&c);
    return wd_take(&c, n);
}

static void best_version(wd_slice list, wd_tls_hello *h)
{
    wd_cursor c = wd_cursor_of(list, 0);
    uint16_t best = 0;
    while (wd_cursor_left(&c) >= 2) {
        uint16_t v = wd_u16be(&c);
        if (!wd_tls_is_grease(v) && v > best && (v >> 8) != 0x7f) {
            best = v;
        } else if ((v >> 8) == 0x7f && best < 0x0304) { /* a draft of 1.3 */
            best = 0x0304;
        }
    }
    h->version = best != 0 ? best : h->version;
}

static void extension(wd_tls_hello *h, uint16_t type, wd_slice data)
{
    switch (type) {
    case EXT_SERVER_NAME:
        if (!h->server) {
            h->sni = host_name(data);
        }
        break;
    case EXT_GROUPS: take_list(counted(data, true), h->groups, &h->n_groups); break;
    case EXT_POINTS: h->points = counted(data, false); break;
    case EXT_SIGNATURES: take_list(counted(data, true), h->signatures, &h->n_signatures); break;
    case EXT_ALPN: h->alpn = counted(data, true); break;
    case EXT_VERSIONS: best_version(h->server ? data : counted(data, false), h); break;
    case EXT_ECH:
    case EXT_ESNI: h->ech = true; break;
    default: break;
    }
}

static bool take_extensions(wd_cursor *c, wd_tls_hello *h)
{
    if (wd_cursor_left(c) == 0) {
        return true; /* hellos before RFC 3546 have none */
    }
    wd_slice all = wd_take(c, wd_u16be(c));
    wd_cursor e = wd_cursor_of(all, 0);
    while (!c->failed && wd_cursor_left(&e) >= 4) {
        uint16_t type = wd_u16be(&e);
        wd_slice data = wd_take(&e, wd_u16be(&e));
        if (e.failed) {
            return false;
        }
        if (h->n_extensions < WD_TLS_MAX_LIST) {
            h->extensions[h->n_extensions++] = type;
        }
        extension(h, type, data);
    }
    return !c->failed;
}

bool wd_tls_hello_parse(wd_slice message, wd_tls_hello *out)
{
    wd_cursor c = wd_cursor_of(message, 0);
    uint8_t type = wd_u8(&c);
    size_t len = (size_t) wd_u8(&c) << 16;
    len |= wd_u16be(&c);
    if (c.failed || (type != 1 && type != 2) || len != wd_cursor_left(&c)) {
        return false;
    }
    out->server = type == 2;
    out->ech = false;
    out->n_ciphers = out->n_extensions = out->n_groups = out->n_signatures = 0;
    out->sni = out->points = out->alpn = (wd_slice){0};
    out->legacy_version = wd_u16be(&c);
    out->version = (out->legacy_version >> 8) == 0x7f ? 0x0304 : out->legacy_version;
    wd_skip(&c, 32);
    /* Servers of the drafts up to 21 of version 1.3 send neither session id nor compression. */
    bool draft =
        out->server && ((out->legacy_version >> 8) == 0x7f || out->legacy_version == 0x0304);
    if (!draft) {
        size_t session = wd_u8(&c);
        wd_skip(&c, session);
        if (session > 32) {
            return false;
        }
    }
    if (out->server) {
        out->ciphers[out->n_ciphers++] = wd_u16be(&c);
        wd_skip(&c, draft ? 0 : 1);
    } else {
        wd_slice ciphers = wd_take(&c, wd_u16be(&c));
        take_list(ciphers, out->ciphers, &out->n_ciphers);
        wd_skip(&c, wd_u8(&c));
        if (ciphers.len == 0) {
            return false;
        }
    }
    uint8_t major = (uint8_t) (out->legacy_version >> 8);
    return !c.failed && (major == 3 || major == 0x7f) && take_extensions(&c, out);
}

bool wd_tls_looks_sslv2(wd_slice data)
{
    return data.len >= 5 && (data.ptr[0] & 0x80) != 0 && data.ptr[2] == 1 &&
           (data.ptr[3] == 3 || (data.ptr[3] == 0 && data.ptr[4] == 2));
}

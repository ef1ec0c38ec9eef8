#include <string.h>

#include "core/limits.h"
#include "formats/packet_priv.h"

#define DEFRAG_MAX 65536U
#define DEFRAG_UNITS (DEFRAG_MAX / 8)
/* RFC 8200 gives a datagram 60 seconds to arrive. */
#define DEFRAG_SECONDS 60

/* A datagram in parts. `have` marks the 8-byte units that arrived; the first to arrive wins. */
struct part {
    uint8_t src[16];
    uint8_t dst[16];
    uint32_t id;
    uint8_t proto;
    uint8_t addr_len;
    bool used;
    wd_time first;
    uint64_t tick;  /* when it was last touched, for replacing the oldest */
    uint32_t total; /* length, 0 until the last part came */
    uint32_t got;   /* units */
    uint32_t len;   /* highest byte that came */
    uint8_t *bytes;
    uint8_t have[DEFRAG_UNITS / 8];
};

struct wd_packet_decoder {
    wd_arena *arena;
    uint64_t tick;
    struct part *parts[WD_MAX_DEFRAG];
};

wd_packet_decoder *wd_packet_decoder_new(wd_arena *arena)
{
    wd_packet_decoder *d = WD_NEW(arena, wd_packet_decoder);
    if (d != NULL) {
        d->arena = arena;
    }
    return d;
}

static bool same(const struct part *p, const wd_packet *k, uint32_t id)
{
    return p->used && p->id == id && p->proto == k->ip_proto && p->addr_len == k->addr_len &&
           memcmp(p->src, k->src, 16) == 0 && memcmp(p->dst, k->dst, 16) == 0;
}

static struct part *new_part(wd_packet_decoder *d, size_t slot)
{
    struct part *p = d->parts[slot];
    if (p == NULL) {
        p = WD_NEW(d->arena, struct part);
        if (p == NULL || (p->bytes = wd_arena_alloc(d->arena, DEFRAG_MAX)) == NULL) {
            return NULL;
        }
        d->parts[slot] = p;
    }
    return p;
}

static struct part *part_of(wd_packet_decoder *d, const wd_walk *w, uint32_t id)
{
    size_t slot = 0;
    for (size_t i = 0; i < WD_MAX_DEFRAG; i++) {
        struct part *p = d->parts[i];
        if (p != NULL && same(p, &w->cur, id)) {
            if (w->time == WD_NO_TIME || p->first == WD_NO_TIME ||
                w->time - p->first <= DEFRAG_SECONDS * WD_TICKS_PER_SECOND) {
                return p;
            }
            p->used = false;
        }
        const struct part *best = d->parts[slot];
        if (best != NULL && best->used && (p == NULL || !p->used || p->tick < best->tick)) {
            slot = i;
        }
    }
    struct part *p = new_part(d, slot);
    if (p != NULL) {
        uint8_t *bytes = p->bytes;
        *p = (struct part){.id = id,
                           .proto = w->cur.ip_proto,
                           .addr_len = w->cur.addr_len,
                           .used = true,
                           .first = w->time,
                           .bytes = bytes};
        memcpy(p->src, w->cur.src, 16);
        memcpy(p->dst, w->cur.dst, 16);
    }
    return p;
}

static void put_units(struct part *p, uint32_t offset, wd_slice data)
{
    for (uint32_t at = 0; at < data.len; at += 8) {
        uint32_t unit = (offset + at) / 8;
        uint8_t bit = (uint8_t) (1U << (unit & 7));
        if ((p->have[unit / 8] & bit) != 0) {
            continue;
        }
        size_t n = data.len - at < 8 ? data.len - at : 8;
        memcpy(p->bytes + offset + at, data.ptr + at, n);
        p->have[unit / 8] |= bit;
        p->got++;
    }
}

bool wd_defrag_add(wd_packet_decoder *d, const wd_walk *w, uint32_t id, uint32_t offset, bool more,
                   wd_slice *out)
{
    wd_slice data = wd_slice_sub(w->c.data, w->c.pos, SIZE_MAX);
    /* Only the last part may have an odd length, and an empty one can complete nothing. */
    if (data.len == 0 || offset + data.len > DEFRAG_MAX || (more && (data.len & 7) != 0)) {
        return false;
    }
    struct part *p = part_of(d, w, id);
    if (p == NULL) {
        return false;
    }
    p->tick = ++d->tick;
    if (!more && p->total == 0) {
        p->total = offset + (uint32_t) data.len;
    }
    put_units(p, offset, data);
    p->len = offset + (uint32_t) data.len > p->len ? offset + (uint32_t) data.len : p->len;
    if (p->total == 0 || p->len > p->total || p->got < (p->total + 7) / 8) {
        return false;
    }
    *out = wd_slice_of(p->bytes, p->total);
    p->used = false;
    return true;
}

static wd_layer l4(wd_walk *w, uint8_t proto)
{
    w->type = proto;
    w->cur.ip_proto = proto;
    return WD_LAYER_L4;
}

/* Limits the cursor to the declared length; a capture may hold less, or padding behind. */
static void clip(wd_walk *w, size_t len)
{
    size_t left = wd_cursor_left(&w->c);
    w->cur.declared = (uint32_t) len;
    if (len < left) {
        w->c.data.len = w->c.pos + len;
    }
}

static wd_layer walk_v4(wd_walk *w)
{
    wd_cursor *c = &w->c;
    size_t start = c->pos;
    uint8_t first = wd_u8(c);
    size_t header = (size_t) (first & 15) * 4;
    wd_skip(c, 1);
    uint32_t total = wd_u16be(c);
    uint32_t id = wd_u16be(c);
    uint16_t fragment = wd_u16be(c);
    wd_skip(c, 1);
    uint8_t proto = wd_u8(c);
    wd_skip(c, 2);
    wd_slice src = wd_take(c, 4);
    wd_slice dst = wd_take(c, 4);
    if (c->failed || header < 20) {
        return WD_LAYER_END;
    }
    wd_skip(c, header - 20);
    memset(w->cur.src, 0, 16);
    memset(w->cur.dst, 0, 16);
    memcpy(w->cur.src, src.ptr, 4);
    memcpy(w->cur.dst, dst.ptr, 4);
    w->cur.addr_len = 4;
    w->cur.ip_proto = proto;
    if (c->failed || (total != 0 && total < header)) {
        return WD_LAYER_END;
    }
    /* Length 0 is what segmentation offload leaves in captures taken on the sending host. */
    clip(w, total == 0 ? c->data.len - start - header : total - header);
    if ((fragment & 0x3fff) != 0) {
        wd_slice whole;
        if (!wd_defrag_add(w->decoder, w, id, (uint32_t) (fragment & 0x1fff) * 8,
                           (fragment & 0x2000) != 0, &whole)) {
            return WD_LAYER_END;
        }
        w->c = wd_cursor_of(whole, 0);
        w->cur.declared = (uint32_t) whole.len;
    }
    return l4(w, proto);
}

/* Steps over one extension header; false when it is the transport, an end, or incomplete. */
static bool extension(wd_walk *w, uint8_t *next)
{
    wd_cursor *c = &w->c;
    size_t before = c->pos;
    uint8_t kind = *next;
    if (kind == 44) {
        *next = wd_u8(c);
        wd_skip(c, 1);
        uint16_t field = wd_u16be(c);
        uint32_t id = wd_u32be(c);
        w->cur.declared -= w->cur.declared < 8 ? w->cur.declared : 8;
        if (c->failed || (field & 0xfff9) == 0) {
            return !c->failed;
        }
        wd_slice whole;
        w->cur.ip_proto = *next;
        if (!wd_defrag_add(w->decoder, w, id, field & 0xfff8, (field & 1) != 0, &whole)) {
            c->failed = true;
            return false;
        }
        *c = wd_cursor_of(whole, 0);
        w->cur.declared = (uint32_t) whole.len;
        return true;
    }
    if (kind != 0 && kind != 43 && kind != 60 && kind != 51 && kind != 135 && kind != 139 &&
        kind != 140) {
        return false;
    }
    *next = wd_u8(c);
    size_t len = wd_u8(c);
    wd_skip(c, kind == 51 ? (len + 2) * 4 - 2 : (len + 1) * 8 - 2);
    size_t taken = c->pos - before;
    w->cur.declared -= w->cur.declared < taken ? w->cur.declared : (uint32_t) taken;
    return !c->failed;
}

static wd_layer walk_v6(wd_walk *w)
{
    wd_cursor *c = &w->c;
    wd_skip(c, 4);
    size_t len = wd_u16be(c);
    uint8_t next = wd_u8(c);
    wd_skip(c, 1);
    wd_slice src = wd_take(c, 16);
    wd_slice dst = wd_take(c, 16);
    if (c->failed) {
        return WD_LAYER_END;
    }
    memcpy(w->cur.src, src.ptr, 16);
    memcpy(w->cur.dst, dst.ptr, 16);
    w->cur.addr_len = 16;
    clip(w, len == 0 ? wd_cursor_left(c) : len);
    for (unsigned i = 0; i < WD_MAX_PACKET_LAYERS && extension(w, &next); i++) {
    }
    return c->failed ? WD_LAYER_END : l4(w, next);
}

wd_layer wd_walk_ip(wd_walk *w)
{
    if (wd_cursor_left(&w->c) == 0) {
        return WD_LAYER_END;
    }
    switch (w->c.data.ptr[w->c.pos] >> 4) {
    case 4: return walk_v4(w);
    case 6: return walk_v6(w);
    default: return WD_LAYER_END;
    }
}

/* The transport at the cursor is complete: it is the answer unless something lies deeper. */
static void commit(wd_walk *w, wd_net_transport transport, size_t header)
{
    w->cur.transport = transport;
    w->cur.declared -= w->cur.declared < header ? w->cur.declared : (uint32_t) header;
    w->cur.payload = wd_slice_sub(w->c.data, w->c.pos, SIZE_MAX);
    *w->out = w->cur;
    w->found = true;
}

static wd_layer walk_tcp(wd_walk *w)
{
    wd_cursor *c = &w->c;
    w->cur.sport = wd_u16be(c);
    w->cur.dport = wd_u16be(c);
    w->cur.seq = wd_u32be(c);
    wd_skip(c, 4);
    size_t header = (size_t) (wd_u8(c) >> 4) * 4;
    w->cur.tcp_flags = wd_u8(c);
    wd_skip(c, 6);
    if (c->failed || header < 20) {
        return WD_LAYER_END;
    }
    size_t options = header - 20;
    if (options > wd_cursor_left(c)) { /* options cut by the capture: the header still counts */
        options = wd_cursor_left(c);
    }
    wd_skip(c, options);
    commit(w, WD_NET_TCP, header);
    return WD_LAYER_END;
}

static wd_layer walk_udp(wd_walk *w)
{
    wd_cursor *c = &w->c;
    w->cur.sport = wd_u16be(c);
    w->cur.dport = wd_u16be(c);
    size_t len = wd_u16be(c);
    wd_skip(c, 2);
    if (c->failed) {
        return WD_LAYER_END;
    }
    if (len >= 8) {
        uint32_t whole = w->cur.declared;
        clip(w, len - 8);
        w->cur.declared = (uint32_t) len < whole ? (uint32_t) len : whole;
    }
    commit(w, WD_NET_UDP, 8);
    return wd_walk_udp_tunnel(w);
}

wd_layer wd_walk_l4(wd_walk *w)
{
    switch (w->type) {
    case 6: return walk_tcp(w);
    case 17:
    case 136: return walk_udp(w);
    case 4:
    case 41: return WD_LAYER_IP;
    case 47: return WD_LAYER_GRE;
    case 97: wd_skip(&w->c, 2); return WD_LAYER_ETHERNET; /* EtherIP, RFC 3378 */
    case 137: return WD_LAYER_MPLS;
    case 1:
    case 58:
        w->cur.sport = wd_u8(&w->c);
        w->cur.dport = wd_u8(&w->c);
        wd_skip(&w->c, 2);
        if (!w->c.failed) {
            commit(w, WD_NET_ICMP, 4);
        }
        return WD_LAYER_END;
    default:
        w->cur.sport = 0;
        w->cur.dport = 0;
        commit(w, WD_NET_OTHER, 0);
        return WD_LAYER_END;
    }
}

#include "formats/packet_priv.h"

/*
 * GRE (RFC 2784, 2890; version 1 is PPTP, RFC 2637): u16 flags (0x8000 checksum, 0x4000 routing,
 * 0x2000 key, 0x1000 sequence, 0x0080 acknowledgement in version 1, low 3 bits version), u16
 * protocol, then the fields the flags name, 4 bytes each.
 *
 * ERSPAN inside: 88be without sequence number is type I (the frame follows), with it type II (8
 * bytes); 22eb is type III (12 bytes, 8 more when its lowest bit is set).
 */
wd_layer wd_walk_gre(wd_walk *w)
{
    wd_cursor *c = &w->c;
    uint16_t flags = wd_u16be(c);
    uint16_t proto = wd_u16be(c);
    if ((flags & 0x4000) != 0) {
        return WD_LAYER_END;
    }
    wd_skip(c, (flags & 0x8000) != 0 ? 4 : 0);
    wd_skip(c, (flags & 0x2000) != 0 ? 4 : 0);
    wd_skip(c, (flags & 0x1000) != 0 ? 4 : 0);
    wd_skip(c, (flags & 7) == 1 && (flags & 0x80) != 0 ? 4 : 0);
    switch (proto) {
    case 0x88be: wd_skip(c, (flags & 0x1000) != 0 ? 8 : 0); return WD_LAYER_ETHERNET;
    case 0x22eb: {
        wd_slice head = wd_take(c, 12);
        wd_skip(c, head.len == 12 && (head.ptr[11] & 1) != 0 ? 8 : 0);
        return WD_LAYER_ETHERNET;
    }
    case 0x9000: return WD_LAYER_80211; /* Aruba access points number their queues from 0x8200 */
    default: break;
    }
    if (proto >= 0x8200 && proto <= 0x82ff) {
        return WD_LAYER_80211;
    }
    w->type = proto;
    return proto < 0x600 ? WD_LAYER_END : WD_LAYER_ETHERTYPE;
}

/* VXLAN (RFC 7348): flags with the I bit, 3 reserved, 3 bytes network id, 1 reserved; a frame. The
 * generic extension (draft-ietf-nvo3-vxlan-gpe, port 4790) names the protocol in byte 3. */
static wd_layer vxlan(wd_walk *w, bool generic)
{
    wd_slice head = wd_take(&w->c, 8);
    if (head.len < 8 || (head.ptr[0] & 0x08) == 0) {
        return WD_LAYER_END;
    }
    if (!generic || (head.ptr[0] & 0x04) == 0) {
        return WD_LAYER_ETHERNET;
    }
    switch (head.ptr[3]) {
    case 1:
    case 2: return WD_LAYER_IP;
    case 3: return WD_LAYER_ETHERNET;
    case 5: return WD_LAYER_MPLS;
    default: return WD_LAYER_END;
    }
}

/* Geneve (RFC 8926): version and option length in words, flags, u16 protocol, 3 bytes id, 1
 * reserved, options. */
static wd_layer geneve(wd_walk *w)
{
    uint8_t first = wd_u8(&w->c);
    wd_skip(&w->c, 1);
    w->type = wd_u16be(&w->c);
    wd_skip(&w->c, 4);
    wd_skip(&w->c, (size_t) (first & 0x3f) * 4);
    return (first >> 6) != 0 || w->c.failed ? WD_LAYER_END : WD_LAYER_ETHERTYPE;
}

/* GTP-U (3GPP TS 29.281): flags (version 1 in the top bits, 0x10 protocol type, 7 = optional
 * fields), message type 255, u16 length, u32 tunnel; with any of the low flags 4 more bytes, and
 * extension headers (length in words first, next type last). */
static wd_layer gtp_u(wd_walk *w)
{
    uint8_t flags = wd_u8(&w->c);
    uint8_t message = wd_u8(&w->c);
    wd_skip(&w->c, 6);
    if ((flags >> 5) != 1 || (flags & 0x10) == 0 || message != 255) {
        return WD_LAYER_END;
    }
    if ((flags & 7) != 0) {
        wd_skip(&w->c, 3);
        uint8_t next = wd_u8(&w->c);
        while (next != 0 && (flags & 4) != 0 && !w->c.failed) {
            size_t words = wd_u8(&w->c);
            wd_slice body = wd_take(&w->c, words == 0 ? SIZE_MAX : words * 4 - 1);
            next = body.len > 0 ? body.ptr[body.len - 1] : 0;
        }
    }
    return w->c.failed ? WD_LAYER_END : WD_LAYER_IP;
}

/* Teredo (RFC 4380): optional authentication (00 01, id and value lengths, nonce) and origin (00
 * 00) headers, then IPv6. */
static wd_layer teredo(wd_walk *w)
{
    for (unsigned i = 0; i < 2; i++) {
        wd_cursor look = w->c;
        uint16_t mark = wd_u16be(&look);
        if (mark == 1) {
            size_t id = wd_u8(&look);
            size_t value = wd_u8(&look);
            wd_skip(&look, id + value + 9);
        } else if (mark == 0) {
            wd_skip(&look, 6);
        } else {
            break;
        }
        w->c = look;
    }
    if (w->c.failed || wd_cursor_left(&w->c) < 40 || w->c.data.ptr[w->c.pos] >> 4 != 6) {
        return WD_LAYER_END;
    }
    return WD_LAYER_IP;
}

/* L2TP (RFC 2661): flags (0x8000 control, 0x4000 length, 0x0800 sequence, 0x0200 offset, version
 * 2), tunnel and session ids; PPP. */
static wd_layer l2tp(wd_walk *w)
{
    uint16_t flags = wd_u16be(&w->c);
    if ((flags & 0x8000) != 0 || (flags & 15) != 2) {
        return WD_LAYER_END;
    }
    wd_skip(&w->c, (flags & 0x4000) != 0 ? 6 : 4);
    wd_skip(&w->c, (flags & 0x0800) != 0 ? 4 : 0);
    if ((flags & 0x0200) != 0) {
        wd_skip(&w->c, wd_u16be(&w->c));
    }
    return w->c.failed ? WD_LAYER_END : WD_LAYER_PPP;
}

/* CAPWAP data (RFC 5415): preamble 0, header length in words in the top 5 bits, T bit = native
 * frame (802.11, or as the binding says), F bit = fragment. */
static wd_layer capwap(wd_walk *w)
{
    size_t start = w->c.pos;
    uint8_t preamble = wd_u8(&w->c);
    uint8_t header = wd_u8(&w->c) >> 3;
    wd_skip(&w->c, 1);
    uint8_t flags = wd_u8(&w->c);
    if (preamble != 0 || header < 2 || (flags & 0x80) != 0) {
        return WD_LAYER_END;
    }
    bool native = (w->c.failed ? 0 : w->c.data.ptr[start + 2] & 1) != 0;
    wd_seek(&w->c, start + (size_t) header * 4);
    return native ? WD_LAYER_80211_SWAPPED : WD_LAYER_ETHERNET;
}

wd_layer wd_walk_udp_tunnel(wd_walk *w)
{
    switch (w->cur.dport) {
    case 4789:
    case 8472: return vxlan(w, false);
    case 4790: return vxlan(w, true);
    case 6081: return geneve(w);
    case 2152: return gtp_u(w);
    case 1701: return l2tp(w);
    case 5247: return capwap(w);
    case 6635: return WD_LAYER_MPLS;
    case 4754: return WD_LAYER_GRE;
    case 3544: return teredo(w);
    default: break;
    }
    switch (w->cur.sport) {
    case 2152: return gtp_u(w);
    case 3544: return teredo(w);
    case 5247: return capwap(w);
    case 6081: return geneve(w);
    default: return WD_LAYER_END;
    }
}

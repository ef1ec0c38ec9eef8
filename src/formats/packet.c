#include "formats/packet.h"

#include "core/limits.h"
#include "formats/packet_priv.h"

static wd_layer ethertype(wd_walk *w, uint32_t type)
{
    w->type = type;
    return WD_LAYER_ETHERTYPE;
}

static wd_layer walk_ethernet(wd_walk *w)
{
    wd_skip(&w->c, 12);
    uint16_t type = wd_u16be(&w->c);
    return type < 0x600 ? WD_LAYER_LLC : ethertype(w, type);
}

/* 802.2: SNAP names an Ethernet type; 0x06 and 0x42 (IP, spanning tree) are not met with names. */
static wd_layer walk_llc(wd_walk *w)
{
    uint8_t dsap = wd_u8(&w->c);
    uint8_t ssap = wd_u8(&w->c);
    uint8_t control = wd_u8(&w->c);
    if (dsap == 0x06 && ssap == 0x06) {
        return WD_LAYER_IP;
    }
    if (dsap != 0xaa || ssap != 0xaa || control != 3) {
        return WD_LAYER_END;
    }
    wd_skip(&w->c, 3);
    return ethertype(w, wd_u16be(&w->c));
}

static wd_layer walk_ethertype(wd_walk *w)
{
    switch (w->type) {
    case WD_ETHERTYPE_IPV4:
    case WD_ETHERTYPE_IPV6: return WD_LAYER_IP;
    case 0x8100: /* VLAN, provider bridge, and two older numbers of the same */
    case 0x88a8:
    case 0x9100:
    case 0x9200:
        wd_skip(&w->c, 2);
        w->type = wd_u16be(&w->c);
        return w->type < 0x600 ? WD_LAYER_LLC : WD_LAYER_ETHERTYPE;
    case 0x88e7: /* provider backbone bridge: tag, then a whole frame */
        wd_skip(&w->c, 4);
        return WD_LAYER_ETHERNET;
    case 0x8847:
    case 0x8848: return WD_LAYER_MPLS;
    case 0x8864: wd_skip(&w->c, 6); return WD_LAYER_PPP;
    case WD_ETHERTYPE_BRIDGED: return WD_LAYER_ETHERNET;
    case 0x880b: return WD_LAYER_PPP;
    default: return WD_LAYER_END;
    }
}

/* Labels up to the bottom of the stack; what follows is guessed by its first nibble, and a zero
 * nibble is an Ethernet pseudo-wire with its control word (RFC 4385). */
static wd_layer walk_mpls(wd_walk *w)
{
    uint32_t label;
    do {
        label = wd_u32be(&w->c);
    } while (!w->c.failed && (label & 0x100) == 0);
    if (w->c.failed || wd_cursor_left(&w->c) == 0) {
        return WD_LAYER_END;
    }
    uint8_t nibble = w->c.data.ptr[w->c.pos] >> 4;
    if (nibble == 4 || nibble == 6) {
        return WD_LAYER_IP;
    }
    if (nibble == 0) {
        wd_skip(&w->c, 4);
    }
    return WD_LAYER_ETHERNET;
}

/* PPP with or without address and control bytes; the protocol may be one byte (RFC 1661). */
static wd_layer walk_ppp(wd_walk *w)
{
    wd_cursor look = w->c;
    if (wd_u16be(&look) == 0xff03) {
        w->c = look;
    }
    uint32_t proto = wd_u8(&w->c);
    if ((proto & 1) == 0) {
        proto = proto << 8 | wd_u8(&w->c);
    }
    switch (proto) {
    case 0x21:
    case 0x57: return WD_LAYER_IP;
    case 0x281: return WD_LAYER_MPLS;
    default: return WD_LAYER_END;
    }
}

static wd_layer walk_hdlc(wd_walk *w)
{
    wd_cursor look = w->c;
    uint16_t first = wd_u16be(&look);
    if (first == 0xff03) {
        return WD_LAYER_PPP;
    }
    wd_skip(&w->c, 2);
    return ethertype(w, wd_u16be(&w->c));
}

/* The address family is in the byte order of the writer's machine; 2 is IPv4 everywhere, IPv6 is
 * 10, 23, 24, 28 or 30: the nibble of the header says it better. */
static wd_layer walk_null(wd_walk *w)
{
    wd_skip(&w->c, 4);
    return WD_LAYER_IP;
}

static wd_layer walk_sll(wd_walk *w)
{
    wd_skip(&w->c, 2);
    uint16_t device = wd_u16be(&w->c);
    wd_skip(&w->c, 10);
    uint16_t proto = wd_u16be(&w->c);
    if (device == 778) { /* ARPHRD_IPGRE: the protocol field is that of GRE */
        return ethertype(w, proto);
    }
    return proto == 4 || proto == 1 ? WD_LAYER_LLC : ethertype(w, proto);
}

static wd_layer walk_sll2(wd_walk *w)
{
    uint16_t proto = wd_u16be(&w->c);
    wd_skip(&w->c, 18);
    return proto == 4 || proto == 1 ? WD_LAYER_LLC : ethertype(w, proto);
}

/* Data frames only (IEEE 802.11, 9.2.4): three or four addresses, QoS and HT control when present;
 * protected frames cannot be read. An A-MSDU is read for its first member. */
static wd_layer walk_80211(wd_walk *w, bool may_be_swapped)
{
    uint8_t fc = wd_u8(&w->c);
    uint8_t flags = wd_u8(&w->c);
    if (may_be_swapped && (fc & 0x0f) != 0x08 && (flags & 0x0f) == 0x08) {
        uint8_t swap = fc;
        fc = flags;
        flags = swap;
    }
    bool qos = (fc & 0x80) != 0;
    if ((fc & 0x0c) != 0x08 || (fc & 0x40) != 0 || (flags & 0x40) != 0) {
        return WD_LAYER_END;
    }
    wd_skip(&w->c, 22);
    wd_skip(&w->c, (flags & 3) == 3 ? 6 : 0);
    bool aggregate = false;
    if (qos) {
        aggregate = (wd_u8(&w->c) & 0x80) != 0;
        wd_skip(&w->c, 1);
        wd_skip(&w->c, (flags & 0x80) != 0 ? 4 : 0);
    }
    wd_skip(&w->c, aggregate ? 14 : 0);
    return WD_LAYER_LLC;
}

static wd_layer first_layer(wd_walk *w, uint32_t link)
{
    switch (link) {
    case WD_LINK_ETHERNET: return WD_LAYER_ETHERNET;
    case WD_LINK_NULL:
    case WD_LINK_LOOP: return WD_LAYER_NULL;
    case WD_LINK_PPP_WITH_DIR: wd_skip(&w->c, 1); return WD_LAYER_PPP;
    case WD_LINK_PPP: return WD_LAYER_PPP;
    case WD_LINK_PPP_ETHER: wd_skip(&w->c, 6); return WD_LAYER_PPP;
    case WD_LINK_PPP_HDLC:
    case WD_LINK_C_HDLC: return WD_LAYER_HDLC;
    case WD_LINK_RAW:
    case WD_LINK_RAW_12:
    case WD_LINK_RAW_14:
    case WD_LINK_IPV4:
    case WD_LINK_IPV6: return WD_LAYER_IP;
    case WD_LINK_SLL: return WD_LAYER_SLL;
    case WD_LINK_SLL2: return WD_LAYER_SLL2;
    case WD_LINK_MPLS: return WD_LAYER_MPLS;
    case WD_LINK_80211: return WD_LAYER_80211;
    case WD_LINK_PRISM: wd_skip(&w->c, 144); return WD_LAYER_80211;
    case WD_LINK_AVS: wd_skip(&w->c, 64); return WD_LAYER_80211;
    case WD_LINK_RADIOTAP: {
        wd_cursor look = w->c;
        wd_skip(&look, 2);
        wd_skip(&w->c, wd_u16le(&look));
        return WD_LAYER_80211;
    }
    default: return WD_LAYER_END;
    }
}

static wd_layer step(wd_walk *w, wd_layer layer)
{
    switch (layer) {
    case WD_LAYER_END: return WD_LAYER_END;
    case WD_LAYER_ETHERNET: return walk_ethernet(w);
    case WD_LAYER_ETHERTYPE: return walk_ethertype(w);
    case WD_LAYER_PPP: return walk_ppp(w);
    case WD_LAYER_HDLC: return walk_hdlc(w);
    case WD_LAYER_NULL: return walk_null(w);
    case WD_LAYER_SLL: return walk_sll(w);
    case WD_LAYER_SLL2: return walk_sll2(w);
    case WD_LAYER_80211: return walk_80211(w, false);
    case WD_LAYER_80211_SWAPPED: return walk_80211(w, true);
    case WD_LAYER_LLC: return walk_llc(w);
    case WD_LAYER_IP: return wd_walk_ip(w);
    case WD_LAYER_MPLS: return walk_mpls(w);
    case WD_LAYER_L4: return wd_walk_l4(w);
    case WD_LAYER_GRE: return wd_walk_gre(w);
    }
    return WD_LAYER_END;
}

bool wd_packet_decode(wd_packet_decoder *d, const wd_capture_packet *in, wd_packet *out)
{
    wd_walk w = {.c = wd_cursor_of(in->data, 0), .time = in->time, .out = out, .decoder = d};
    wd_layer layer = first_layer(&w, in->link);
    for (unsigned i = 0; i < WD_MAX_PACKET_LAYERS && layer != WD_LAYER_END && !w.c.failed; i++) {
        layer = step(&w, layer);
    }
    return w.found;
}

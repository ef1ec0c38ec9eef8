#ifndef WD_FORMATS_PACKET_PRIV_H
#define WD_FORMATS_PACKET_PRIV_H

#include "core/cursor.h"
#include "formats/packet.h"

/* Shared by packet.c (links), packet_ip.c and packet_tunnel.c. */

/** What the bytes at the cursor are. */
typedef enum wd_layer {
    WD_LAYER_END, /* nothing readable inside */
    WD_LAYER_ETHERNET,
    WD_LAYER_ETHERTYPE, /* walk.type says which */
    WD_LAYER_PPP,
    WD_LAYER_HDLC,
    WD_LAYER_NULL,
    WD_LAYER_SLL,
    WD_LAYER_SLL2,
    WD_LAYER_80211,
    WD_LAYER_80211_SWAPPED, /* or not: many controllers swap the bytes of frame control */
    WD_LAYER_LLC,
    WD_LAYER_IP, /* version by the first nibble */
    WD_LAYER_MPLS,
    WD_LAYER_L4, /* walk.type is the IP protocol number */
    WD_LAYER_GRE
} wd_layer;

typedef struct wd_walk {
    wd_cursor c;
    uint32_t type;
    wd_time time;
    wd_packet cur;  /* being read */
    wd_packet *out; /* innermost complete one */
    bool found;
    wd_packet_decoder *decoder;
} wd_walk;

enum { WD_ETHERTYPE_IPV4 = 0x0800, WD_ETHERTYPE_IPV6 = 0x86dd, WD_ETHERTYPE_BRIDGED = 0x6558 };

/** Each reads its header at walk->c and says what follows. */
wd_layer wd_walk_ip(wd_walk *w);
wd_layer wd_walk_l4(wd_walk *w);
wd_layer wd_walk_gre(wd_walk *w);
/** What a UDP payload at the cursor carries when its ports are those of a tunnel. */
wd_layer wd_walk_udp_tunnel(wd_walk *w);

/** Puts a fragment in; true when its datagram is complete, then `*out` is its payload. */
bool wd_defrag_add(wd_packet_decoder *d, const wd_walk *w, uint32_t id, uint32_t offset, bool more,
                   wd_slice *out);

#endif

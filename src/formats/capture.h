#ifndef WD_FORMATS_CAPTURE_H
#define WD_FORMATS_CAPTURE_H

#include "core/arena.h"
#include "core/clock.h"
#include "core/cursor.h"

/*
 * Packet captures over mapped bytes.
 *
 * pcap (https://www.tcpdump.org/manpages/pcap-savefile.5.html), in the byte order of the writer:
 *
 *    0  u32  magic: a1b2c3d4 microseconds, a1b23c4d nanoseconds, a1b2cd34 modified (8 more bytes in
 *            each record header)
 *    4  u16  major, u16 minor
 *    8  u32  zone, u32 accuracy: unused
 *   16  u32  longest record
 *   20  u32  link type (low 16 bits)
 *   then records: u32 seconds, u32 fraction, u32 captured length, u32 length on the wire, bytes
 *
 * pcapng (draft-ietf-opsawg-pcapng): blocks of u32 type, u32 length, body padded to 4, u32 length
 * again. Section header 0a0d0d0a (its body starts with 1a2b3c4d in the section's byte order),
 * interface description 1 (u16 link type, u16, u32 longest record, options: 9 time unit, 14 time
 * offset), packet 2, simple packet 3, enhanced packet 6. Others are skipped.
 */

/** Link types used here (https://www.tcpdump.org/linktypes.html). */
enum {
    WD_LINK_NULL = 0,
    WD_LINK_ETHERNET = 1,
    WD_LINK_PPP = 9,
    WD_LINK_PPP_HDLC = 50,
    WD_LINK_PPP_ETHER = 51,
    WD_LINK_RAW_12 = 12,
    WD_LINK_RAW_14 = 14,
    WD_LINK_RAW = 101,
    WD_LINK_C_HDLC = 104,
    WD_LINK_80211 = 105,
    WD_LINK_LOOP = 108,
    WD_LINK_SLL = 113,
    WD_LINK_PRISM = 119,
    WD_LINK_RADIOTAP = 127,
    WD_LINK_AVS = 163,
    WD_LINK_PPP_WITH_DIR = 204,
    WD_LINK_MPLS = 219,
    WD_LINK_IPV4 = 228,
    WD_LINK_IPV6 = 229,
    WD_LINK_SLL2 = 276
};

typedef struct wd_capture_packet {
    uint64_t number; /* from 1 */
    uint64_t offset; /* of the record header, in the item */
    uint64_t data_at;
    wd_time time; /* WD_NO_TIME in simple packet blocks */
    uint32_t link;
    uint32_t wire_len;
    wd_slice data; /* borrowed from the capture's bytes */
} wd_capture_packet;

struct wd_capture_if;

/** A capture being read. `damage` is a sentence, at `damage_at`, once reading stopped early. */
typedef struct wd_capture {
    wd_cursor c;
    wd_arena *arena;
    uint64_t number;
    const char *damage;
    uint64_t damage_at;
    bool is_ng;
    bool swapped; /* big-endian */
    bool nano;
    bool modified;
    uint32_t link;
    struct wd_capture_if *ifs; /* pcapng: interfaces of the section */
    size_t n_ifs;
    size_t cap_ifs;
} wd_capture;

/**
 * Reads the header. Borrows `data`; the arena holds the interface table.
 * Fails: WD_E_MALFORMED when the magic is none of the above, WD_E_TRUNCATED when the header is cut.
 */
WD_MUST_USE wd_status wd_capture_open(wd_capture *cap, wd_slice data, wd_arena *arena, wd_err *err);

/**
 * The next packet; false at the end and at damage (cap->damage tells them apart). A last record
 * that is cut short by the end of the file is given as far as it goes, with `damage` set.
 */
bool wd_capture_next(wd_capture *cap, wd_capture_packet *out);

#endif

#ifndef WD_FORMATS_QUIC_H
#define WD_FORMATS_QUIC_H

#include "core/cursor.h"
#include "core/err.h"

/*
 * QUIC packets with a long header (RFC 8999, 9000, 9369), big-endian, as far as the hello needs:
 *
 *   u8 form: 0x80 long, 0x40 fixed, 0x30 type; u32 version; u8 + destination id; u8 + source id
 *   Initial: variable length + token; variable length of the rest; packet number; payload
 *
 * Initial packets are protected with keys that anyone can derive from the client's first
 * destination id and a salt of the version (RFC 9001, 5.2): this is no secret of the connection.
 * Inside are CRYPTO frames (type 6: offset, length, data) that hold the TLS hello in any order.
 *
 * Known: versions 1 and 2, drafts 22 to 34, the mvfst drafts, Google's T050 and T051 with TLS, Q050
 * by its header only.
 */

#define WD_QUIC_MAX_CID 20U
/* A hello with post-quantum key shares has 2 KiB; the largest seen 5. */
#define WD_QUIC_MAX_HELLO 16384U

typedef struct wd_quic_packet {
    uint32_t version; /* 0 is version negotiation */
    bool initial;
    wd_slice dcid;
    wd_slice scid;
    wd_slice bytes;   /* the whole packet, from its first byte */
    size_t number_at; /* position of the packet number in it, 0 when the packet is no Initial */
} wd_quic_packet;

/** Takes the next long-header packet of a datagram; false when there is none or it is malformed.
 */
bool wd_quic_take(wd_cursor *datagram, wd_quic_packet *out);
/** Whether the version is one that this reader knows (so that the bytes are surely QUIC). */
bool wd_quic_known(uint32_t version);
/** Versions that RFC 9000 (15) reserves to force negotiation: those who send them use the keys of
 * draft 29. */
bool wd_quic_greased(uint32_t version);

typedef struct wd_quic_keys {
    uint8_t key[16];
    uint8_t iv[12];
    uint8_t mask[16]; /* header protection */
} wd_quic_keys;

/** Must run once in the process before a sandbox is entered, as wd_hash_init. */
wd_status wd_quic_init(wd_err *err);

/** Initial keys of one side; false for versions whose salt is not known. */
bool wd_quic_derive(uint32_t version, wd_slice dcid, bool server, wd_quic_keys *out);
/** Removes the protection of an Initial packet into `scratch` (at least packet->bytes.len bytes).
 * False when it does not authenticate. */
bool wd_quic_open(const wd_quic_keys *keys, const wd_quic_packet *packet, uint8_t *scratch,
                  wd_slice *plain);

/** CRYPTO data of one side put together. Start at {0}. */
typedef struct wd_quic_hello {
    size_t ready; /* bytes from the start without a hole */
    uint8_t have[WD_QUIC_MAX_HELLO / 8];
    uint8_t bytes[WD_QUIC_MAX_HELLO];
} wd_quic_hello;

/** Adds the CRYPTO frames of a payload; Google's T050 and T051 number their frames otherwise. */
void wd_quic_collect(uint32_t version, wd_slice plain, wd_quic_hello *hello);
/** The whole first message once it has come; the empty slice before. */
wd_slice wd_quic_message(const wd_quic_hello *hello);

#endif

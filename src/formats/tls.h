#ifndef WD_FORMATS_TLS_H
#define WD_FORMATS_TLS_H

#include "core/slice.h"

/*
 * TLS hello messages (RFC 8446, 4.1; RFC 5246, 7.4.1), big-endian, without their record headers:
 *
 *   u8 type (1 client, 2 server), u24 length, u16 version, 32 bytes random, u8 + session id
 *   client: u16 + cipher suites (u16 each), u8 + compression methods
 *   server: u16 cipher suite, u8 compression method
 *   u16 + extensions: u16 type, u16 length, data
 *
 * JA3 (github.com/salesforce/ja3): MD5 of "version,ciphers,extensions,groups,point formats" in
 * decimal, joined by '-', values of RFC 8701 (GREASE) left out. JA3S: "version,cipher,extensions".
 * JA4 (BSD-3 part of github.com/FoxIO-LLC/ja4, technical_details/JA4.md): see tls_print.c.
 */

#define WD_TLS_MAX_LIST 512U
#define WD_TLS_TEXT 2048U

/** A hello, read; strings borrow from the message. Large: keep one and parse into it again. */
typedef struct wd_tls_hello {
    bool server;
    bool ech;
    uint16_t legacy_version;
    uint16_t version; /* highest of supported_versions, else the legacy field */
    wd_slice sni;
    uint16_t ciphers[WD_TLS_MAX_LIST];
    size_t n_ciphers;
    uint16_t extensions[WD_TLS_MAX_LIST];
    size_t n_extensions;
    uint16_t groups[WD_TLS_MAX_LIST];
    size_t n_groups;
    uint16_t signatures[WD_TLS_MAX_LIST];
    size_t n_signatures;
    wd_slice points; /* one byte each */
    wd_slice alpn;   /* as sent: u8 length, name, ... */
} wd_tls_hello;

/** Parses a whole message, its four header bytes included; false when it is not a hello. */
bool wd_tls_hello_parse(wd_slice message, wd_tls_hello *out);

/** True for values that RFC 8701 reserves. */
static inline bool wd_tls_is_grease(uint16_t v)
{
    return (v & 0x0f0f) == 0x0a0a && (v >> 8) == (v & 0xff);
}

/** ALPN names joined by '|' into `out`; cut at its size. */
wd_slice wd_tls_alpn_text(const wd_tls_hello *h, char out[static WD_TLS_TEXT]);
/** JA3 of a client hello, JA3S of a server hello: 32 hexadecimal digits. */
wd_slice wd_tls_ja3(const wd_tls_hello *h, char out[static 33]);
/** JA4 of a client hello: 36 characters. */
wd_slice wd_tls_ja4(const wd_tls_hello *h, bool quic, char out[static 40]);

/** SSL 2.0 client hello (draft-hickman-netscape-ssl-00): u16 0x8000 + length, u8 1, version. */
bool wd_tls_looks_sslv2(wd_slice data);

#endif

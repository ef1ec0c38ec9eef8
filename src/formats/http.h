#ifndef WD_FORMATS_HTTP_H
#define WD_FORMATS_HTTP_H

#include "core/slice.h"

/*
 * Heads of HTTP/1 messages (RFC 9112): a request line "METHOD target HTTP/1.x" or a status line
 * "HTTP/1.x code words", header lines "Name: value", an empty line. LF alone ends a line too. SSDP
 * is the same in a datagram. Bodies are only measured.
 */

typedef enum wd_http_kind { WD_HTTP_NONE, WD_HTTP_REQUEST, WD_HTTP_RESPONSE } wd_http_kind;

/** How long the body is. */
typedef enum wd_http_body {
    WD_HTTP_BODY_NONE,
    WD_HTTP_BODY_LENGTH,
    WD_HTTP_BODY_CHUNKED,
    WD_HTTP_BODY_TO_END /* a response without a length */
} wd_http_body;

/** A head, read; everything borrowed from the bytes. */
typedef struct wd_http_head {
    wd_http_kind kind;
    size_t len; /* bytes up to and with the empty line */
    wd_slice method;
    wd_slice target;
    uint16_t status;
    bool has_host;
    bool upgrade; /* Upgrade header */
    wd_slice host;
    wd_slice user_agent;
    wd_slice referer;
    wd_slice content_type;
    wd_http_body body; /* by the headers; a response to HEAD or CONNECT has none all the same */
    uint64_t body_len;
} wd_http_head;

/** Whether the bytes start like a request or a status line; `*more` when too few to tell. */
wd_http_kind wd_http_looks(wd_slice data, bool *more);

/**
 * Parses a head that starts at the first byte. False when the empty line has not come yet; with
 * `end_of_data` the head is taken as far as it goes.
 */
bool wd_http_parse(wd_slice data, bool end_of_data, wd_http_head *out);

#endif

#ifndef WD_FORMATS_ZEEK_PRIV_H
#define WD_FORMATS_ZEEK_PRIV_H

#include "core/buf.h"
#include "formats/net_addr.h"
#include "formats/zeek.h"

/* Shared by zeek.c (lines of TSV), zeek_json.c and zeek_rows.c (what a row says). */

/** Fields that facts need, of all logs; see the names in zeek_rows.c. */
typedef enum wd_zeek_field {
    WD_ZEEK_NONE,
    WD_ZEEK_TS,
    WD_ZEEK_UID,
    WD_ZEEK_ORIG_H,
    WD_ZEEK_ORIG_P,
    WD_ZEEK_RESP_H,
    WD_ZEEK_RESP_P,
    WD_ZEEK_PROTO,
    WD_ZEEK_SERVICE,
    WD_ZEEK_DURATION,
    WD_ZEEK_ORIG_BYTES,
    WD_ZEEK_RESP_BYTES,
    WD_ZEEK_CONN_STATE,
    WD_ZEEK_ORIG_PKTS,
    WD_ZEEK_RESP_PKTS,
    WD_ZEEK_QUERY,
    WD_ZEEK_QTYPE,
    WD_ZEEK_QTYPE_NAME,
    WD_ZEEK_RCODE,
    WD_ZEEK_ANSWERS,
    WD_ZEEK_METHOD,
    WD_ZEEK_HOST,
    WD_ZEEK_URI,
    WD_ZEEK_REFERRER,
    WD_ZEEK_USER_AGENT,
    WD_ZEEK_STATUS,
    WD_ZEEK_REQUEST_LEN,
    WD_ZEEK_RESPONSE_LEN,
    WD_ZEEK_USERNAME,
    WD_ZEEK_RESP_MIME,
    WD_ZEEK_SERVER_NAME,
    WD_ZEEK_JA3,
    WD_ZEEK_JA3S,
    WD_ZEEK_JA4,
    WD_ZEEK_VERSION,
    WD_ZEEK_CIPHER,
    WD_ZEEK_NEXT_PROTOCOL,
    WD_ZEEK_ESTABLISHED,
    WD_ZEEK_NODE,
    WD_ZEEK_FUID,
    WD_ZEEK_FILENAME,
    WD_ZEEK_MIME,
    WD_ZEEK_MD5,
    WD_ZEEK_SHA1,
    WD_ZEEK_SHA256,
    WD_ZEEK_SEEN_BYTES,
    WD_ZEEK_TX_HOSTS,
    WD_ZEEK_RX_HOSTS,
    WD_ZEEK_CONN_UIDS,
    WD_ZEEK_FIELDS
} wd_zeek_field;

wd_zeek_field wd_zeek_field_of(wd_slice name);

/** Answers of one row that are kept. */
#define WD_ZEEK_MAX_ANSWERS 64U

/** One row; values are text as facts carry it, empty when unset. */
typedef struct wd_zeek_row {
    wd_slice v[WD_ZEEK_FIELDS];
    wd_slice answers[WD_ZEEK_MAX_ANSWERS];
    size_t n_answers;
    wd_span span;
    bool has_host; /* the field was there, perhaps empty */
} wd_zeek_row;

/** Hands a row on as facts; `*good` is cleared when it has no time or contradicts itself. */
wd_status wd_zeek_give_row(const wd_zeek_row *row, const wd_net_sink *sink, wd_net_totals *totals,
                           bool *good);

typedef struct wd_zeek_reader {
    wd_arena *arena;
    const wd_net_sink *sink;
    wd_net_totals *totals;
    wd_zeek_row row;
    wd_span first_bad;
    uint64_t line;
} wd_zeek_reader;

wd_status wd_zeek_read_json(wd_zeek_reader *r, wd_slice data, wd_err *err);

/** \xNN to the byte, and with `backslash` \\ to one, into `out` (at least s.len bytes). */
wd_slice wd_zeek_unescape(wd_slice s, bool backslash, uint8_t *out);

/** Counts a row that could not be read. */
void wd_zeek_bad_row(wd_zeek_reader *r, wd_span span);

#endif

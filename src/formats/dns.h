#ifndef WD_FORMATS_DNS_H
#define WD_FORMATS_DNS_H

#include "core/limits.h"
#include "formats/net_sink.h"

/*
 * A DNS message (RFC 1035, 4.1), big-endian:
 *
 *    0  u16  id
 *    2  u16  flags: 0x8000 response, 0x7800 operation, 0x000f response code
 *    4  u16  questions, u16 answers, u16 authority records, u16 additional records
 *   12       questions: name, u16 type, u16 class
 *            records: name, u16 type, u16 class, u32 seconds to live, u16 length, data
 *
 * A name is labels of a length byte (at most 63) and bytes, ended by 0, or by a pointer (two bytes,
 * top bits 11) to an earlier place. mDNS (RFC 6762) and LLMNR (RFC 4795) share the format.
 */

#define WD_DNS_MAX_QUESTIONS 64U
#define WD_DNS_TEXT (96U << 10)
/* Labels are shown with dots between, so 255 bytes of name are at most 255 of text. */
#define WD_DNS_MAX_NAME 255U

typedef struct wd_dns_question {
    wd_slice name;
    uint16_t type;
} wd_dns_question;

/** One message; large, so keep one and parse into it again and again. Strings are in `text`. */
typedef struct wd_dns {
    uint16_t id;
    uint16_t flags;
    bool response;
    bool complete; /* every section was readable */
    bool cut;      /* more questions, answers or text than are kept */
    size_t used;   /* bytes of the message read */
    wd_dns_question questions[WD_DNS_MAX_QUESTIONS];
    size_t n_questions;
    wd_net_answer answers[WD_MAX_DNS_ANSWERS];
    size_t n_answers;
    size_t text_len;
    uint8_t text[WD_DNS_TEXT];
} wd_dns;

/**
 * Reads as far as the message goes; false when not even the header and the first question (where
 * one is announced) can be read. TXT strings are joined; data of types that no fact needs is empty.
 */
bool wd_dns_parse(wd_slice message, wd_dns *out);

/** Whether bytes on any port are a DNS message: everything consistent, nothing left over. */
bool wd_dns_is_sure(wd_slice message, wd_dns *scratch);

/** Name of a record type such as "AAAA" in `out`, "TYPE123" for others; and back, 0 when unknown.
 */
const char *wd_dns_type_name(uint16_t type, char out[static 16]);
uint16_t wd_dns_type_parse(wd_slice name);

#endif

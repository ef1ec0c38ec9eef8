#ifndef WD_FORMATS_DER_H
#define WD_FORMATS_DER_H

#include "core/cursor.h"

/*
 * DER, the Distinguished Encoding Rules (ITU-T X.690): elements of
 *
 *   1+  tag: class (2 bits), constructed (1), number (5; 31 = more octets follow)
 *   1+  length: 0..127 as it is; 0x81..0x84 = so many octets follow; 0x80 = indefinite (BER only)
 *   n   content
 *
 * Every element keeps its place in the item, because the product is which byte is covered by what.
 * Indefinite lengths and tags above 30 are not read: signatures use neither.
 */
typedef struct wd_der {
    uint8_t tag;    /* the tag octet with class and constructed bit: 0x30 SEQUENCE, 0xA0 [0] ... */
    uint64_t at;    /* absolute offset of the tag */
    wd_slice whole; /* tag, length and content */
    wd_slice body;  /* content */
    bool not_minimal; /* the length could be written shorter: BER, not DER */
} wd_der;

#define WD_DER_INTEGER 0x02
#define WD_DER_BIT_STRING 0x03
#define WD_DER_OCTET_STRING 0x04
#define WD_DER_NULL 0x05
#define WD_DER_OID 0x06
#define WD_DER_UTC_TIME 0x17
#define WD_DER_GENERALIZED_TIME 0x18
#define WD_DER_SEQUENCE 0x30
#define WD_DER_SET 0x31
#define WD_DER_CONTEXT(n) (0x80 | (n))    /* [n] primitive */
#define WD_DER_CONTEXT_OF(n) (0xA0 | (n)) /* [n] constructed */

/** Takes the next element. False at the end, and with c->failed set where the bytes are not DER. */
bool wd_der_next(wd_cursor *c, wd_der *out);
/** Takes the next element, which must have this tag; anything else fails the cursor. */
bool wd_der_take(wd_cursor *c, uint8_t tag, wd_der *out);
/** Takes the next element when it has this tag; false and unmoved otherwise. */
bool wd_der_take_if(wd_cursor *c, uint8_t tag, wd_der *out);
/** Cursor over the content, with absolute offsets. */
wd_cursor wd_der_inside(const wd_der *e);
/** Absolute offset of the content. */
static inline uint64_t wd_der_body_at(const wd_der *e)
{
    return e->at + (e->whole.len - e->body.len);
}

/** The element as an OID whose content is `oid` (one of WD_OID_*). */
static inline bool wd_der_is_oid(wd_slice body, wd_slice oid)
{
    return wd_slice_eq(body, oid);
}
/** Small unsigned INTEGER; false when negative, longer than 8 octets or empty. */
bool wd_der_to_u64(const wd_der *e, uint64_t *out);
/** "1.2.840.113549" into `out`, always NUL-terminated, cut with "..." when it does not fit. */
void wd_der_oid_text(wd_slice body, char *out, size_t cap);

#endif

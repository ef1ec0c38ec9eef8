#ifndef WD_TESTS_MAKE_DER_WRITER_H
#define WD_TESTS_MAKE_DER_WRITER_H

#include "core/buf.h"

/*
 * Writes DER from the inside out: a container is opened, filled and closed, and closing puts the
 * length in front. Independent of the readers under test.
 *
 *   size_t seq = der_open(b);  der_int(b, 1);  ...  der_close(b, seq, 0x30);
 */
size_t der_open(const wd_buf *b);
void der_close(wd_buf *b, size_t opened, uint8_t tag);
void der_put(wd_buf *b, uint8_t tag, wd_slice content);
void der_int(wd_buf *b, uint64_t v);
void der_null(wd_buf *b);
/** "1.2.840.113549.1.7.2" */
void der_oid(wd_buf *b, const char *dotted);
/** AlgorithmIdentifier with NULL parameters. */
void der_algorithm(wd_buf *b, const char *dotted);
/** Puts the elements of a SET OF (everything since `opened`) into DER order and closes it. */
void der_close_set(wd_buf *b, size_t opened, uint8_t tag);
/** GeneralizedTime (0x18) or UTCTime (0x17) from seconds since 1970. */
void der_time(wd_buf *b, uint8_t tag, int64_t unix_seconds);
/** BMPString content in a tag of choice, from ASCII. */
void der_bmp(wd_buf *b, uint8_t tag, const char *text);

#endif

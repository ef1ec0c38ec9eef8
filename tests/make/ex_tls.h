#ifndef WD_TESTS_MAKE_EX_TLS_H
#define WD_TESTS_MAKE_EX_TLS_H

#include "make/ex_packets.h"

/* TLS 1.3 records (RFC 8446): the hellos are real, all encrypted records are noise. */

/** ClientHello with the server's name. */
void ex_tls_hello(wd_buf *out, ex_rng *rng, const ex_tls_client *client, const char *name);
/** ServerHello, ChangeCipherSpec and the encrypted rest of the server's flight. */
void ex_tls_answer(wd_buf *out, ex_rng *rng);
/** The client's ChangeCipherSpec and encrypted Finished. */
void ex_tls_finish(wd_buf *out, ex_rng *rng);
/** `len` bytes of application data in records. */
void ex_tls_data(wd_buf *out, ex_rng *rng, size_t len);

#endif

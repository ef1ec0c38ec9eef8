/*
 * QUIC datagrams from anybody. The first byte of the input chooses: a datagram that is taken apart
 * and tried with the keys of its own id, or the plain payload of an Initial as it is after the
 * protection is off (fuzzing cannot get through the seal).
 */
#include <stdlib.h>
#include <string.h>

#include "formats/quic.h"
#include "formats/tls.h"
#include "fuzz.h"

static wd_quic_hello hello;
static wd_tls_hello parsed;
static uint8_t scratch[65536];

static void datagram(wd_slice data)
{
    wd_cursor c = wd_cursor_of(data, 0);
    wd_quic_packet q;
    while (wd_cursor_left(&c) > 0 && wd_quic_take(&c, &q)) {
        wd_quic_keys keys;
        wd_slice plain;
        if (q.initial && q.dcid.len > 0 && wd_quic_derive(q.version, q.dcid, false, &keys) &&
            wd_quic_open(&keys, &q, scratch, &plain)) {
            wd_quic_collect(q.version, plain, &hello);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    wd_slice rest = wd_slice_of(data + 1, size - 1);
    memset(&hello, 0, sizeof hello);
    if ((data[0] & 1) == 0) {
        datagram(rest);
        return 0;
    }
    wd_quic_collect((data[0] & 2) != 0 ? 0x54303530 : 1, rest, &hello);
    wd_slice message = wd_quic_message(&hello);
    if (message.len > WD_QUIC_MAX_HELLO) {
        abort();
    }
    (void) wd_tls_hello_parse(message, &parsed);
    return 0;
}

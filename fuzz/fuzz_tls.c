/*
 * TLS hellos, which any client or server may send. Input is one handshake message with its header;
 * what parses must print within its bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/tls.h"
#include "fuzz.h"

static wd_tls_hello hello;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[WD_TLS_TEXT];
    char ja3[33];
    char ja4[40];
    if (wd_tls_hello_parse(wd_slice_of(data, size), &hello)) {
        if (wd_tls_alpn_text(&hello, text).len > sizeof text || wd_tls_ja3(&hello, ja3).len != 32 ||
            wd_tls_ja4(&hello, false, ja4).len != 36) {
            abort();
        }
    }
    return 0;
}

/*
 * DNS messages, which any client or server of the network may send. Input is one message; what is
 * read must lie in the message's own text, and names must not exceed their bound.
 */
#include <stdlib.h>

#include "formats/dns.h"
#include "fuzz.h"

static wd_dns message;

static void check(wd_slice s)
{
    if (s.len > WD_DNS_TEXT) {
        abort();
    }
    for (size_t i = 0; i < s.len; i++) {
        message.id = (uint16_t) (message.id + s.ptr[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_slice s = wd_slice_of(data, size);
    (void) wd_dns_is_sure(s, &message);
    if (wd_dns_parse(s, &message)) {
        if (message.used > size) {
            abort();
        }
        for (size_t i = 0; i < message.n_questions; i++) {
            check(message.questions[i].name);
        }
        for (size_t i = 0; i < message.n_answers; i++) {
            check(message.answers[i].name);
            check(message.answers[i].value);
        }
    }
    return 0;
}

/*
 * Heads of HTTP messages from anybody. Input is what a stream holds from the start of a head; all
 * parts must lie inside it.
 */
#include <stdlib.h>

#include "formats/http.h"
#include "fuzz.h"

static void inside(wd_slice s, const uint8_t *data, size_t size)
{
    if (s.len > 0 && (s.ptr < data || s.len > size || s.ptr + s.len > data + size)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wd_http_head h;
    bool more;
    (void) wd_http_looks(wd_slice_of(data, size), &more);
    for (int end = 0; end < 2; end++) {
        if (wd_http_parse(wd_slice_of(data, size), end == 1, &h)) {
            inside(h.method, data, size);
            inside(h.target, data, size);
            inside(h.host, data, size);
            inside(h.user_agent, data, size);
            inside(h.referer, data, size);
            inside(h.content_type, data, size);
            if (h.len > size) {
                abort();
            }
        }
    }
    return 0;
}

#include "core/needle.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* How common bytes are in paths, command lines and scripts: letters and figures of English first.
 */
static unsigned commonness(uint8_t c)
{
    static const char order[] = "etaoinsrlcdmup\\ .-hgf0:w123/bvykxz\"jq_45678;9=,()'";
    const char *at = c == '\0' ? NULL : strchr(order, (char) c);
    return at == NULL ? 0 : (unsigned) (sizeof order - (size_t) (at - order));
}

wd_needle wd_needle_of(wd_slice text)
{
    wd_needle n = {.text = text};
    for (uint32_t i = 1; i < text.len && i < 256; i++) {
        if (commonness(text.ptr[i]) < commonness(text.ptr[n.rare])) {
            n.rare = i;
        }
    }
    n.second = n.rare == 0 && text.len > 1 ? 1 : 0;
    for (uint32_t i = 1; i < text.len && i < 256; i++) {
        if (i != n.rare && commonness(text.ptr[i]) < commonness(text.ptr[n.second])) {
            n.second = i;
        }
    }
    return n;
}

#if defined(__SSE2__)

static __m128i load(const uint8_t *p)
{
    __m128i v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Places 0 to 15 of `at` where both rare bytes stand, one bit each. */
static unsigned both_rare(const wd_needle *n, const uint8_t *at)
{
    __m128i a = _mm_set1_epi8((char) n->text.ptr[n->rare]);
    __m128i b = _mm_set1_epi8((char) n->text.ptr[n->second]);
    __m128i x = _mm_cmpeq_epi8(load(at + n->rare), a);
    __m128i y = _mm_cmpeq_epi8(load(at + n->second), b);
    return (unsigned) _mm_movemask_epi8(_mm_and_si128(x, y));
}

static bool one_of(const wd_needle *n, const uint8_t *at, unsigned places)
{
    for (; places != 0; places &= places - 1) {
        unsigned i = (unsigned) __builtin_ctz(places);
        if (memcmp(at + i, n->text.ptr, n->text.len) == 0) {
            return true;
        }
    }
    return false;
}

bool wd_needle_in(const wd_needle *n, wd_slice hay)
{
    size_t len = n->text.len;
    if (len > hay.len || len == 0) {
        return len == 0;
    }
    size_t places = hay.len - len + 1;
    if (places < 16) {
        return memmem(hay.ptr, hay.len, n->text.ptr, len) != NULL;
    }
    size_t i = 0;
    for (; i + 16 <= places; i += 16) {
        unsigned found = both_rare(n, hay.ptr + i);
        if (found != 0 && one_of(n, hay.ptr + i, found)) {
            return true;
        }
    }
    const uint8_t *last = hay.ptr + (places - 16); /* looks at some places again */
    return i < places && one_of(n, last, both_rare(n, last));
}

#else

bool wd_needle_in(const wd_needle *n, wd_slice hay)
{
    return n->text.len == 0 || wd_slice_find(hay, n->text) != SIZE_MAX;
}

#endif

#include "core/fold.h"

#include <string.h>

#include "core/text.h"

/* Upper case letters: `first` to `last` in steps of `step`, each `add` below its lower case. From
 * UnicodeData.txt, field 13 (simple lower case mapping). */
static const struct {
    uint32_t first;
    uint32_t last;
    uint32_t step;
    int32_t add;
} ranges[] = {
    {0xc0, 0xd6, 1, 32},       {0xd8, 0xde, 1, 32},     {0x100, 0x12e, 2, 1},
    {0x132, 0x136, 2, 1},      {0x139, 0x147, 2, 1},    {0x14a, 0x176, 2, 1},
    {0x178, 0x178, 1, -121},   {0x179, 0x17d, 2, 1},    {0x1cd, 0x1db, 2, 1},
    {0x1de, 0x1ee, 2, 1},      {0x1f8, 0x21e, 2, 1},    {0x222, 0x232, 2, 1},
    {0x386, 0x386, 1, 38},     {0x388, 0x38a, 1, 37},   {0x38c, 0x38c, 1, 64},
    {0x38e, 0x38f, 1, 63},     {0x391, 0x3a1, 1, 32},   {0x3a3, 0x3ab, 1, 32},
    {0x400, 0x40f, 1, 80},     {0x410, 0x42f, 1, 32},   {0x460, 0x480, 2, 1},
    {0x48a, 0x4be, 2, 1},      {0x4c1, 0x4cd, 2, 1},    {0x4d0, 0x52e, 2, 1},
    {0x531, 0x556, 1, 48},     {0x1e00, 0x1e94, 2, 1},  {0x1ea0, 0x1efe, 2, 1},
    {0x2160, 0x216f, 1, 16},   {0x24b6, 0x24cf, 1, 26}, {0xff21, 0xff3a, 1, 32},
    {0x10400, 0x10427, 1, 40},
};

uint32_t wd_fold_char(uint32_t cp)
{
    if (cp < 0x80) {
        return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
    }
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && cp >= ranges[i].first; i++) {
        if (cp <= ranges[i].last && (cp - ranges[i].first) % ranges[i].step == 0) {
            return (uint32_t) ((int64_t) cp + ranges[i].add);
        }
    }
    return cp;
}

/* Writes `cp` over a sequence of the same length. */
static void put(uint8_t *out, uint32_t cp, size_t len)
{
    for (size_t i = len; i-- > 1; cp >>= 6) {
        out[i] = (uint8_t) (0x80U | (cp & 0x3fU));
    }
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (uint8_t) (lead[len] | cp);
}

static void fold_rest(uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t cp = 0;
        size_t n = text[i] < 0x80 ? 1 : wd_utf8_next(wd_slice_of(text + i, len - i), &cp);
        if (n > 1) {
            uint32_t folded = wd_fold_char(cp);
            if (folded != cp) {
                put(text + i, folded, n);
            }
        }
        i += n == 0 ? 1 : n;
    }
}

/* Eight letters at a time: a byte that is an ASCII capital gets its bit 5 set. */
static uint64_t fold_eight(uint64_t v)
{
    const uint64_t ones = 0x0101010101010101U;
    uint64_t low = v & (ones * 0x7f);
    uint64_t from_a = low + ones * (0x80 - 'A');
    uint64_t past_z = low + ones * (0x7f - 'Z');
    uint64_t capital = (from_a ^ past_z) & ~v & (ones * 0x80);
    return v | capital >> 2;
}

void wd_fold(uint8_t *out, wd_slice in)
{
    uint64_t any = 0;
    size_t i = 0;
    for (; i + 8 <= in.len; i += 8) {
        uint64_t v;
        memcpy(&v, in.ptr + i, sizeof v);
        any |= v;
        v = fold_eight(v);
        memcpy(out + i, &v, sizeof v);
    }
    for (; i < in.len; i++) {
        any |= in.ptr[i];
        out[i] = wd_lower(in.ptr[i]);
    }
    if ((any & 0x8080808080808080U) != 0) { /* the rare rest */
        fold_rest(out, in.len);
    }
}

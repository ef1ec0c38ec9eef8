#include "detect/sigma_scan.h"

#include <stdlib.h>
#include <string.h>

enum {
    MIN_BITS = 10, /* of the bit map */
    MAX_BITS = 19,
    MAX_STRIDE = 8
};

typedef struct literal {
    const uint8_t *text;
    uint32_t len;
    uint32_t first; /* into reports */
    uint32_t n;
} literal;

typedef struct entry {
    uint32_t gram;
    uint32_t literal;
    uint32_t offset; /* of the gram in the literal */
} entry;

struct wd_sigma_scanner {
    uint64_t *map;
    unsigned map_shift;
    uint32_t *heads; /* first entry of each bucket; one more than there are buckets */
    unsigned head_shift;
    entry *entries;
    literal *literals;
    uint32_t *reports;
    unsigned stride;
};

/* Letters lose their case by one OR; what else that merges is told apart by the comparison. */
static uint32_t load(const uint8_t *p)
{
    uint32_t g;
    memcpy(&g, p, sizeof g);
    return g | 0x20202020U;
}

static uint32_t hash(uint32_t gram)
{
    return gram * 0x9e3779b1U;
}

/* --- building -------------------------------------------------------------------------------- */

typedef struct builder {
    wd_arena *arena;
    wd_arena *scratch;
    wd_sigma_scanner *s;
    const wd_scan_literal **order; /* sorted by text */
    size_t n;
    size_t n_literals;
    uint16_t *counts; /* how many literals hold grams of a hash */
    unsigned count_shift;
    size_t n_entries;
} builder;

static int by_text(const void *a, const void *b)
{
    const wd_scan_literal *x = *(const wd_scan_literal *const *) a;
    const wd_scan_literal *y = *(const wd_scan_literal *const *) b;
    int c = wd_slice_cmp(x->text, y->text);
    return c != 0 ? c : (x->report < y->report ? -1 : (x->report > y->report ? 1 : 0));
}

/* Equal texts become one literal with several reports. */
static bool merge(builder *b, const wd_scan_literal *in)
{
    wd_sigma_scanner *s = b->s;
    b->order = WD_ARRAY(b->scratch, b->n, const wd_scan_literal *);
    s->literals = WD_ARRAY(b->arena, b->n, literal);
    s->reports = WD_ARRAY(b->arena, b->n, uint32_t);
    if (b->order == NULL || s->literals == NULL || s->reports == NULL) {
        return false;
    }
    for (size_t i = 0; i < b->n; i++) {
        b->order[i] = &in[i];
    }
    qsort(b->order, b->n, sizeof *b->order, by_text);
    for (size_t i = 0; i < b->n; i++) {
        wd_slice text = b->order[i]->text;
        literal *last = b->n_literals == 0 ? NULL : &s->literals[b->n_literals - 1];
        if (last == NULL || !wd_slice_eq(wd_slice_of(last->text, last->len), text)) {
            last = &s->literals[b->n_literals++];
            *last = (literal){text.ptr, (uint32_t) text.len, (uint32_t) i, 0};
        }
        s->reports[i] = b->order[i]->report;
        last->n++;
    }
    return true;
}

static unsigned bits_for(size_t n, unsigned factor)
{
    unsigned bits = MIN_BITS;
    while (bits < MAX_BITS && ((size_t) 1 << bits) < n * factor) {
        bits++;
    }
    return bits;
}

static void count(builder *b, wd_slice text, unsigned weight)
{
    for (size_t k = 0; k + WD_SCAN_GRAM <= text.len; k++) {
        uint16_t *c = &b->counts[hash(load(text.ptr + k)) >> b->count_shift];
        *c = (uint16_t) (*c + weight > UINT16_MAX ? UINT16_MAX : *c + weight);
    }
}

static bool count_grams(builder *b)
{
    unsigned bits = bits_for(b->n_literals, 64);
    b->count_shift = 32 - bits;
    b->counts = WD_ARRAY(b->scratch, (size_t) 1 << bits, uint16_t);
    wd_slice text = {0};
    unsigned percent = 0;
    for (size_t i = 0; b->counts != NULL && wd_scan_common(i, &text, &percent); i++) {
        count(b, text, 50 * percent);
    }
    for (size_t i = 0; b->counts != NULL && i < b->n_literals; i++) {
        count(b, wd_slice_of(b->s->literals[i].text, b->s->literals[i].len), 1);
    }
    return b->counts != NULL;
}

/* The place of the run of `stride` grams that other literals and common text share least. */
static uint32_t rarest(const builder *b, const literal *l)
{
    uint32_t best = 0;
    uint64_t least = UINT64_MAX;
    uint32_t last = l->len - WD_SCAN_GRAM - (b->s->stride - 1);
    last = last > 60 ? 60 : last; /* long hashes are random everywhere */
    for (uint32_t k = 0; k <= last; k++) {
        uint64_t cost = 0;
        for (uint32_t g = k; g < k + b->s->stride; g++) {
            cost += b->counts[hash(load(l->text + g)) >> b->count_shift];
        }
        if (cost < least) {
            least = cost;
            best = k;
        }
    }
    return best;
}

static bool allocate(builder *b)
{
    wd_sigma_scanner *s = b->s;
    b->n_entries = b->n_literals * s->stride;
    unsigned map_bits = bits_for(b->n_entries, 32);
    unsigned head_bits = bits_for(b->n_entries, 1);
    s->map_shift = 32 - map_bits;
    s->head_shift = 32 - head_bits;
    s->map = WD_ARRAY(b->arena, ((size_t) 1 << map_bits) / 64, uint64_t);
    s->heads = WD_ARRAY(b->arena, ((size_t) 1 << head_bits) + 1, uint32_t);
    s->entries = WD_ARRAY(b->arena, b->n_entries, entry);
    return s->map != NULL && s->heads != NULL && s->entries != NULL;
}

static bool place(builder *b)
{
    wd_sigma_scanner *s = b->s;
    uint32_t *at = WD_ARRAY(b->scratch, b->n_literals, uint32_t);
    if (at == NULL) {
        return false;
    }
    size_t buckets = (size_t) 1 << (32 - s->head_shift);
    for (uint32_t i = 0; i < b->n_literals; i++) {
        at[i] = rarest(b, &s->literals[i]);
        for (uint32_t k = at[i]; k < at[i] + s->stride; k++) {
            uint32_t h = hash(load(s->literals[i].text + k));
            s->map[h >> s->map_shift >> 6] |= UINT64_C(1) << (h >> s->map_shift & 63);
            s->heads[(h >> s->head_shift) + 1]++;
        }
    }
    for (size_t i = 0; i < buckets; i++) {
        s->heads[i + 1] += s->heads[i];
    }
    uint32_t *fill = WD_ARRAY(b->scratch, buckets, uint32_t);
    for (uint32_t i = 0; fill != NULL && i < b->n_literals; i++) {
        for (uint32_t k = at[i]; k < at[i] + s->stride; k++) {
            uint32_t gram = load(s->literals[i].text + k);
            uint32_t bucket = hash(gram) >> s->head_shift;
            s->entries[s->heads[bucket] + fill[bucket]++] = (entry){gram, i, k};
        }
    }
    return fill != NULL;
}

wd_sigma_scanner *wd_scan_new(wd_arena *arena, wd_arena *scratch, const wd_scan_literal *literals,
                              size_t n)
{
    builder b = {.arena = arena, .scratch = scratch, .s = WD_NEW(arena, wd_sigma_scanner), .n = n};
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        shortest = literals[i].text.len < shortest ? literals[i].text.len : shortest;
    }
    if (b.s == NULL || n == 0 || shortest < WD_SCAN_GRAM) {
        return NULL;
    }
    size_t stride = shortest - WD_SCAN_GRAM + 1;
    b.s->stride = stride > MAX_STRIDE ? MAX_STRIDE : (unsigned) stride;
    bool done = merge(&b, literals) && count_grams(&b) && allocate(&b) && place(&b);
    return done ? b.s : NULL;
}

/* --- searching ------------------------------------------------------------------------------- */

static bool in_map(const wd_sigma_scanner *s, uint32_t h)
{
    uint32_t bit = h >> s->map_shift;
    return (s->map[bit >> 6] >> (bit & 63) & 1) != 0;
}

static void report_all(const wd_sigma_scanner *s, const literal *l, const wd_scan_hits *hits)
{
    for (uint32_t i = 0; i < l->n; i++) {
        hits->hit(hits->ctx, s->reports[l->first + i]);
    }
}

static void compare_at(const wd_sigma_scanner *s, wd_slice text, size_t at,
                       const wd_scan_hits *hits)
{
    uint32_t gram = load(text.ptr + at);
    uint32_t bucket = hash(gram) >> s->head_shift;
    for (uint32_t e = s->heads[bucket]; e < s->heads[bucket + 1]; e++) {
        const entry *x = &s->entries[e];
        const literal *l = &s->literals[x->literal];
        if (x->gram == gram && x->offset <= at && l->len <= text.len - (at - x->offset) &&
            memcmp(text.ptr + (at - x->offset), l->text, l->len) == 0) {
            report_all(s, l, hits);
        }
    }
}

void wd_scan_text(const wd_sigma_scanner *s, wd_slice marked, const wd_scan_hits *hits)
{
    if (marked.len < WD_SCAN_GRAM) {
        return;
    }
    size_t last = marked.len - WD_SCAN_GRAM;
    for (size_t i = 0; i <= last; i += s->stride) {
        if (in_map(s, hash(load(marked.ptr + i)))) {
            compare_at(s, marked, i, hits);
        }
    }
}

/* Without folding the full comparison is not possible; equal grams must do. */
bool wd_scan_maybe(const wd_sigma_scanner *s, wd_slice raw)
{
    for (size_t i = 0; i + WD_SCAN_GRAM <= raw.len; i += s->stride) {
        uint32_t gram = load(raw.ptr + i);
        uint32_t h = hash(gram);
        if (!in_map(s, h)) {
            continue;
        }
        for (uint32_t e = s->heads[h >> s->head_shift]; e < s->heads[(h >> s->head_shift) + 1];
             e++) {
            if (s->entries[e].gram == gram) {
                return true;
            }
        }
    }
    return false;
}

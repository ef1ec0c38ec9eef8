#include "detect/sigma_scan.h"

#include <stdlib.h>
#include <string.h>

enum {
    MIN_BITS = 10, /* of a bit map */
    MAX_BITS = 19,
    MAX_STRIDE = 8,
    LONG_GRAM = 4,
    SHORT_GRAM = 3
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

/* Grams of one length. */
typedef struct table {
    uint64_t *map;
    unsigned map_shift;
    uint32_t *heads; /* first entry of each bucket; one more than there are buckets */
    unsigned head_shift;
    entry *entries;
    size_t n;
    size_t gram; /* bytes of one */
    unsigned stride;
    size_t shortest; /* literal */
} table;

struct wd_sigma_scanner {
    table long_ones;
    table short_ones;
    literal *literals;
    uint32_t *reports;
    const uint32_t *high; /* reports for text that is not plain ASCII */
    size_t n_high;
};

/* Letters lose their case by one OR; what else that merges is told apart by the comparison. */
static uint32_t load_long(const uint8_t *p)
{
    uint32_t g;
    memcpy(&g, p, sizeof g);
    return g | 0x20202020U;
}

static uint32_t load_short(const uint8_t *p)
{
    return (p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16) | 0x202020U;
}

static uint32_t load(const table *t, const uint8_t *p)
{
    return t->gram == LONG_GRAM ? load_long(p) : load_short(p);
}

static uint32_t hash(uint32_t gram)
{
    return gram * 0x9e3779b1U;
}

static bool has_high(wd_slice s)
{
    uint64_t any = 0;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t v;
        memcpy(&v, s.ptr + i, sizeof v);
        any |= v;
    }
    for (; i < s.len; i++) {
        any |= s.ptr[i];
    }
    return (any & 0x8080808080808080U) != 0;
}

wd_scan_use wd_scan_use_of(wd_slice text)
{
    if (text.len >= WD_SCAN_MIN) {
        return WD_SCAN_EXACT;
    }
    return has_high(text) ? WD_SCAN_HIGH : WD_SCAN_UNUSABLE;
}

/* --- building -------------------------------------------------------------------------------- */

typedef struct builder {
    wd_arena *arena;
    wd_arena *scratch;
    wd_sigma_scanner *s;
    const wd_scan_literal **order; /* sorted by text, the exact ones */
    size_t n;
    size_t n_literals;
    uint16_t *counts; /* how many literals hold grams of a hash */
    unsigned count_shift;
    uint32_t *places; /* per literal: where its grams begin */
} builder;

static int by_text(const void *a, const void *b)
{
    const wd_scan_literal *x = *(const wd_scan_literal *const *) a;
    const wd_scan_literal *y = *(const wd_scan_literal *const *) b;
    int c = wd_slice_cmp(x->text, y->text);
    return c != 0 ? c : (x->report < y->report ? -1 : (x->report > y->report ? 1 : 0));
}

static bool sort_out(builder *b, const wd_scan_literal *in, size_t n)
{
    uint32_t *high = WD_ARRAY(b->arena, n, uint32_t);
    b->order = WD_ARRAY(b->scratch, n, const wd_scan_literal *);
    if (high == NULL || b->order == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (wd_scan_use_of(in[i].text) == WD_SCAN_HIGH) {
            high[b->s->n_high++] = in[i].report;
        } else {
            b->order[b->n++] = &in[i];
        }
    }
    b->s->high = high;
    wd_sort(b->order, b->n, sizeof *b->order, by_text);
    return true;
}

/* Equal texts become one literal with several reports. */
static bool merge(builder *b)
{
    wd_sigma_scanner *s = b->s;
    s->literals = WD_ARRAY(b->arena, b->n, literal);
    s->reports = WD_ARRAY(b->arena, b->n, uint32_t);
    b->places = WD_ARRAY(b->scratch, b->n, uint32_t);
    if (s->literals == NULL || s->reports == NULL || b->places == NULL) {
        return false;
    }
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
    for (size_t k = 0; k + LONG_GRAM <= text.len; k++) {
        uint16_t *c = &b->counts[hash(load_long(text.ptr + k)) >> b->count_shift];
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
static uint32_t rarest(const builder *b, const literal *l, unsigned stride)
{
    uint32_t best = 0;
    uint64_t least = UINT64_MAX;
    uint32_t last = l->len - LONG_GRAM - (stride - 1);
    last = last > 60 ? 60 : last; /* long hashes are random everywhere */
    for (uint32_t k = 0; k <= last; k++) {
        uint64_t cost = 0;
        for (uint32_t g = k; g < k + stride; g++) {
            cost += b->counts[hash(load_long(l->text + g)) >> b->count_shift];
        }
        if (cost < least) {
            least = cost;
            best = k;
        }
    }
    return best;
}

static bool is_of(const table *t, const literal *l)
{
    return t->gram == LONG_GRAM ? l->len >= LONG_GRAM : l->len == SHORT_GRAM;
}

static void measure(builder *b, table *t, size_t gram)
{
    size_t shortest = SIZE_MAX;
    t->gram = gram;
    for (size_t i = 0; i < b->n_literals; i++) {
        const literal *l = &b->s->literals[i];
        t->n += is_of(t, l) ? 1U : 0U;
        shortest = is_of(t, l) && l->len < shortest ? l->len : shortest;
    }
    t->shortest = shortest;
    size_t stride = t->n == 0 ? 1 : shortest - gram + 1;
    t->stride = stride > MAX_STRIDE ? MAX_STRIDE : (unsigned) stride;
    t->n *= t->stride;
}

static bool allocate(builder *b, table *t)
{
    unsigned map_bits = bits_for(t->n, 32);
    unsigned head_bits = bits_for(t->n, 1);
    t->map_shift = 32 - map_bits;
    t->head_shift = 32 - head_bits;
    t->map = WD_ARRAY(b->arena, ((size_t) 1 << map_bits) / 64, uint64_t);
    t->heads = WD_ARRAY(b->arena, ((size_t) 1 << head_bits) + 1, uint32_t);
    t->entries = WD_ARRAY(b->arena, t->n, entry);
    return t->map != NULL && t->heads != NULL && t->entries != NULL;
}

static bool place(builder *b, table *t)
{
    size_t buckets = (size_t) 1 << (32 - t->head_shift);
    uint32_t *fill = WD_ARRAY(b->scratch, buckets, uint32_t);
    for (uint32_t i = 0; i < b->n_literals; i++) {
        const literal *l = &b->s->literals[i];
        b->places[i] = is_of(t, l) && t->gram == LONG_GRAM ? rarest(b, l, t->stride) : 0;
        for (uint32_t k = b->places[i]; k < b->places[i] + t->stride && is_of(t, l); k++) {
            uint32_t h = hash(load(t, l->text + k));
            t->map[h >> t->map_shift >> 6] |= UINT64_C(1) << (h >> t->map_shift & 63);
            t->heads[(h >> t->head_shift) + 1]++;
        }
    }
    for (size_t i = 0; i < buckets; i++) {
        t->heads[i + 1] += t->heads[i];
    }
    for (uint32_t i = 0; fill != NULL && i < b->n_literals; i++) {
        const literal *l = &b->s->literals[i];
        for (uint32_t k = b->places[i]; k < b->places[i] + t->stride && is_of(t, l); k++) {
            uint32_t gram = load(t, l->text + k);
            uint32_t bucket = hash(gram) >> t->head_shift;
            t->entries[t->heads[bucket] + fill[bucket]++] = (entry){gram, i, k};
        }
    }
    return fill != NULL;
}

static bool build_table(builder *b, table *t, size_t gram)
{
    measure(b, t, gram);
    return t->n == 0 || (allocate(b, t) && place(b, t));
}

wd_sigma_scanner *wd_scan_new(wd_arena *arena, wd_arena *scratch, const wd_scan_literal *literals,
                              size_t n)
{
    builder b = {.arena = arena, .scratch = scratch, .s = WD_NEW(arena, wd_sigma_scanner)};
    bool done = b.s != NULL && sort_out(&b, literals, n) && merge(&b) && count_grams(&b) &&
                build_table(&b, &b.s->long_ones, LONG_GRAM) &&
                build_table(&b, &b.s->short_ones, SHORT_GRAM);
    return done ? b.s : NULL;
}

/* --- searching ------------------------------------------------------------------------------- */

static bool in_map(const table *t, uint32_t h)
{
    uint32_t bit = h >> t->map_shift;
    return (t->map[bit >> 6] >> (bit & 63) & 1) != 0;
}

static void report_all(const wd_sigma_scanner *s, const literal *l, const wd_scan_hits *hits)
{
    for (uint32_t i = 0; i < l->n; i++) {
        hits->hit(hits->ctx, s->reports[l->first + i]);
    }
}

/* What is looked for, and where its reports go. */
typedef struct search {
    const wd_sigma_scanner *s;
    wd_slice text;
    const wd_scan_hits *hits;
} search;

static void compare_at(const search *x, const table *t, uint32_t gram, size_t at)
{
    uint32_t bucket = hash(gram) >> t->head_shift;
    for (uint32_t i = t->heads[bucket]; i < t->heads[bucket + 1]; i++) {
        const entry *e = &t->entries[i];
        const literal *l = &x->s->literals[e->literal];
        if (e->gram == gram && e->offset <= at && l->len <= x->text.len - (at - e->offset) &&
            memcmp(x->text.ptr + (at - e->offset), l->text, l->len) == 0) {
            report_all(x->s, l, x->hits);
        }
    }
}

void wd_scan_text(const wd_sigma_scanner *s, wd_slice marked, const wd_scan_hits *hits)
{
    search x = {s, marked, hits};
    const table *t = &s->long_ones;
    for (size_t i = 0; t->n > 0 && i + LONG_GRAM <= marked.len; i += t->stride) {
        uint32_t gram = load_long(marked.ptr + i);
        if (in_map(t, hash(gram))) {
            compare_at(&x, t, gram, i);
        }
    }
    t = &s->short_ones;
    for (size_t i = 0; t->n > 0 && i + SHORT_GRAM <= marked.len; i++) {
        uint32_t gram = load_short(marked.ptr + i);
        if (in_map(t, hash(gram))) {
            compare_at(&x, t, gram, i);
        }
    }
    if (s->n_high > 0 && has_high(marked)) {
        for (size_t i = 0; i < s->n_high; i++) {
            hits->hit(hits->ctx, s->high[i]);
        }
    }
}

static bool has_gram(const table *t, uint32_t gram)
{
    uint32_t bucket = hash(gram) >> t->head_shift;
    for (uint32_t i = t->heads[bucket]; i < t->heads[bucket + 1]; i++) {
        if (t->entries[i].gram == gram) {
            return true;
        }
    }
    return false;
}

/* Without folding the full comparison is not possible; equal grams must do. */
bool wd_scan_maybe(const wd_sigma_scanner *s, wd_slice raw)
{
    const table *t = &s->long_ones;
    size_t end = t->n > 0 && raw.len >= t->shortest ? raw.len - LONG_GRAM + 1 : 0;
    for (size_t i = 0; i < end; i += t->stride) {
        uint32_t gram = load_long(raw.ptr + i);
        if (in_map(t, hash(gram)) && has_gram(t, gram)) {
            return true;
        }
    }
    t = &s->short_ones;
    for (size_t i = 0; t->n > 0 && i + SHORT_GRAM <= raw.len; i++) {
        if (has_gram(t, load_short(raw.ptr + i))) {
            return true;
        }
    }
    return s->n_high > 0 && has_high(raw);
}

#include "detect/sigma_memo.h"

#include <string.h>

#include "core/fold.h"
#include "core/limits.h"
#include "detect/sigma_scan.h"

enum {
    HEAD_BITS = 16,
    MAX_CHAIN = 32 /* values made to collide must not make a list to walk */
};

/* What one event may need on top of a full memo: its values twice. */
#define EVENT_ROOM (UINT64_C(4) * WD_MAX_LINE)

struct wd_sigma_memo {
    const wd_sigma *s;
    wd_arena *arena;
    wd_sigma_seen **heads;
    uint32_t *found; /* triggers of the value at hand */
    uint32_t n_found;
    uint32_t *stamps; /* per trigger: the search that found it last */
    uint32_t search;
};

wd_sigma_memo *wd_sigma_memo_new(const wd_sigma *s, wd_arena *arena)
{
    wd_sigma_memo *m = WD_NEW(arena, wd_sigma_memo);
    if (m == NULL) {
        return NULL;
    }
    m->s = s;
    m->heads = WD_ARRAY(arena, (size_t) 1 << HEAD_BITS, wd_sigma_seen *);
    m->found = WD_ARRAY(arena, s->triggers.n, uint32_t);
    m->stamps = WD_ARRAY(arena, s->triggers.n, uint32_t);
    m->arena = wd_arena_new(WD_SIGMA_MEMO_BYTES + EVENT_ROOM);
    if (m->heads == NULL || m->found == NULL || m->stamps == NULL || m->arena == NULL) {
        wd_arena_free(m->arena);
        return NULL;
    }
    return m;
}

void wd_sigma_memo_free(wd_sigma_memo *m)
{
    if (m != NULL) {
        wd_arena_free(m->arena);
    }
}

void wd_sigma_memo_tidy(wd_sigma_memo *m)
{
    if (wd_arena_used(m->arena) > WD_SIGMA_MEMO_BYTES) {
        wd_arena_reset(m->arena);
        memset(m->heads, 0, sizeof *m->heads << HEAD_BITS);
    }
}

wd_arena *wd_sigma_memo_arena(wd_sigma_memo *m)
{
    return m->arena;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide p = (wide) a * b;
    return (uint64_t) p ^ (uint64_t) (p >> 64);
}

/* Eight bytes a step, after the construction of wyhash (public domain). */
static uint64_t hash_of(uint32_t field, wd_slice s)
{
    uint64_t h = (uint64_t) field * 0x9e3779b97f4a7c15U ^ s.len;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t v;
        memcpy(&v, s.ptr + i, sizeof v);
        h = mix(h ^ v, 0xa0761d6478bd642fU);
    }
    uint64_t last = 0;
    if (i < s.len) {
        memcpy(&last, s.ptr + i, s.len - i);
    }
    return mix(h ^ last, 0xe7037ed1a0b428dbU);
}

static void on_hit(void *ctx, uint32_t trigger)
{
    wd_sigma_memo *m = ctx;
    if (m->stamps[trigger] != m->search) {
        m->stamps[trigger] = m->search;
        m->found[m->n_found++] = trigger;
    }
}

static bool find_triggers(wd_sigma_memo *m, wd_sigma_seen *seen, wd_slice marked)
{
    const wd_sigma_scanner *scanner = m->s->fields.list[seen->field].scanner;
    if (scanner == NULL) {
        return true;
    }
    m->n_found = 0;
    if (++m->search == 0) {
        memset(m->stamps, 0, m->s->triggers.n * sizeof *m->stamps);
        m->search = 1;
    }
    wd_scan_text(scanner, marked, &(wd_scan_hits){m, on_hit});
    if (m->n_found == 0) {
        return true;
    }
    uint32_t *list = WD_ARRAY(m->arena, m->n_found, uint32_t);
    if (list == NULL) {
        return false;
    }
    memcpy(list, m->found, m->n_found * sizeof *list);
    seen->triggers = list;
    seen->n_triggers = m->n_found;
    return true;
}

/* One block: the record, the value as written, the folded value between its marks. */
static wd_sigma_seen *add(wd_sigma_memo *m, uint32_t field, wd_slice raw)
{
    if (raw.len > SIZE_MAX / 4) {
        return NULL;
    }
    uint8_t *p = wd_arena_alloc(m->arena, sizeof(wd_sigma_seen) + raw.len * 2 + 2);
    if (p == NULL) {
        return NULL;
    }
    wd_sigma_seen *seen = (void *) p;
    uint8_t *copy = p + sizeof *seen;
    uint8_t *folded = copy + raw.len + 1;
    if (raw.len > 0) {
        memcpy(copy, raw.ptr, raw.len);
        wd_fold(folded, raw);
    }
    folded[-1] = WD_SCAN_START;
    folded[raw.len] = WD_SCAN_END;
    seen->field = field;
    seen->value = (wd_sigma_value){wd_slice_of(copy, raw.len), wd_slice_of(folded, raw.len)};
    return find_triggers(m, seen, wd_slice_of(folded - 1, raw.len + 2)) ? seen : NULL;
}

wd_sigma_seen *wd_sigma_memo_get(wd_sigma_memo *m, uint32_t field, wd_slice raw)
{
    uint64_t hash = hash_of(field, raw);
    wd_sigma_seen **head = &m->heads[hash >> (64 - HEAD_BITS)];
    unsigned steps = 0;
    for (wd_sigma_seen *v = *head; v != NULL && steps < MAX_CHAIN; v = v->next, steps++) {
        if (v->hash == hash && v->field == field && wd_slice_eq(v->value.raw, raw)) {
            return v;
        }
    }
    wd_sigma_seen *seen = add(m, field, raw);
    if (seen != NULL) {
        seen->hash = hash;
        seen->next = *head;
        *head = seen;
    }
    return seen;
}

static bool match_item(const wd_sigma_item *item, const wd_sigma_value *v, wd_regex_run *regex)
{
    if (item->set != NULL) {
        return wd_map_find(item->set, v->folded) != NULL;
    }
    for (size_t i = 0; i < item->n; i++) {
        if (wd_sigma_match(&item->patterns[i], v, regex) != item->all) {
            return !item->all;
        }
    }
    return item->all;
}

static bool fired(const wd_sigma_seen *seen, uint32_t trigger)
{
    for (uint32_t i = 0; i < seen->n_triggers; i++) {
        if (seen->triggers[i] == trigger) {
            return true;
        }
    }
    return false;
}

static size_t words_of(const wd_sigma_memo *m, const wd_sigma_seen *seen)
{
    return (m->s->fields.list[seen->field].n_items + 63) / 64;
}

bool wd_sigma_memo_recall(const wd_sigma_memo *m, const wd_sigma_seen *seen, uint32_t bit,
                          bool *known)
{
    *known = seen->judged != NULL && (seen->judged[bit / 64] >> bit % 64 & 1) != 0;
    return *known && (seen->judged[bit / 64 + words_of(m, seen)] >> bit % 64 & 1) != 0;
}

void wd_sigma_memo_keep(wd_sigma_memo *m, wd_sigma_seen *seen, uint32_t bit, bool outcome,
                        bool *failed)
{
    size_t words = words_of(m, seen);
    if (seen->judged == NULL) {
        seen->judged = WD_ARRAY(m->arena, words * 2, uint64_t);
    }
    if (seen->judged == NULL) {
        *failed = true;
        return;
    }
    uint64_t mask = UINT64_C(1) << bit % 64;
    seen->judged[bit / 64] |= mask;
    seen->judged[bit / 64 + words] |= outcome ? mask : 0;
}

bool wd_sigma_memo_judge(wd_sigma_memo *m, wd_sigma_seen *seen, const wd_sigma_item *item,
                         wd_regex_run *regex, bool *failed)
{
    bool known = false;
    if (item->trigger != WD_SIGMA_NONE) {
        return fired(seen, item->trigger);
    }
    bool outcome = wd_sigma_memo_recall(m, seen, item->local, &known);
    if (!known) {
        outcome = match_item(item, &seen->value, regex);
        wd_sigma_memo_keep(m, seen, item->local, outcome, failed);
    }
    return outcome;
}

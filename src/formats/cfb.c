#include "formats/cfb.h"

#include <string.h>

#include "core/limits.h"

#define COMPONENT "cfb"
#define ENTRY 128U
#define MINI 64U
#define CUTOFF 4096U
#define HEADER 512U
#define MAX_REGULAR 0xFFFFFFFAU
#define END_OF_CHAIN 0xFFFFFFFEU

/* What the header says and the reading keeps at hand. */
typedef struct reader {
    wd_cfb *cfb;
    wd_arena *arena;
    wd_notes *notes;
    uint32_t first_dir;
    uint32_t first_mini_fat;
    uint32_t first_difat;
    uint32_t n_difat;
} reader;

static uint64_t sector_at(const wd_cfb *cfb, uint32_t n)
{
    return ((uint64_t) n + 1) * cfb->sector_len;
}

static wd_slice sector(const wd_cfb *cfb, uint32_t n)
{
    return wd_slice_sub(cfb->data, sector_at(cfb, n), cfb->sector_len);
}

static wd_status read_header(reader *r, wd_err *err)
{
    wd_cursor c = wd_cursor_of(r->cfb->data, 0);
    if (!wd_slice_eq(wd_take(&c, 8), WD_S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))) {
        return wd_fail(err, WD_E_MALFORMED, 0, COMPONENT, "no compound file");
    }
    wd_seek(&c, 0x1E);
    uint16_t shift = wd_u16le(&c);
    uint16_t mini_shift = wd_u16le(&c);
    wd_seek(&c, 0x30);
    r->first_dir = wd_u32le(&c);
    wd_seek(&c, 0x38);
    uint32_t cutoff = wd_u32le(&c);
    r->first_mini_fat = wd_u32le(&c);
    wd_skip(&c, 4);
    r->first_difat = wd_u32le(&c);
    r->n_difat = wd_u32le(&c);
    wd_seek(&c, HEADER);
    if (c.failed) {
        return wd_fail(err, WD_E_TRUNCATED, r->cfb->data.len, COMPONENT,
                       "the file ends in its header");
    }
    if ((shift != 9 && shift != 12) || mini_shift != 6 || cutoff != CUTOFF) {
        return wd_fail(err, WD_E_MALFORMED, 0x1E, COMPONENT,
                       "sector shift %u, mini sector shift %u, cutoff %u", shift, mini_shift,
                       cutoff);
    }
    r->cfb->sector_len = (size_t) 1 << shift;
    size_t sectors = r->cfb->data.len / r->cfb->sector_len;
    r->cfb->n_sectors = sectors > 0 ? sectors - 1 : 0;
    return WD_OK;
}

/* Takes sector `n` for its owner; false when it is outside the file or taken already. */
static bool own(reader *r, uint32_t n)
{
    if (n >= r->cfb->n_sectors || r->cfb->owner[n] != WD_CFB_UNOWNED) {
        return false;
    }
    r->cfb->owner[n] = WD_CFB_OWNED;
    return true;
}

/* Copies the entries of one FAT sector to their place. */
static bool take_fat_sector(reader *r, uint32_t n, size_t *filled)
{
    if (!own(r, n)) {
        return false;
    }
    wd_cursor c = wd_cursor_of(sector(r->cfb, n), 0);
    for (size_t i = 0; i < r->cfb->sector_len / 4; i++) {
        uint32_t next = wd_u32le(&c);
        if (*filled < r->cfb->n_sectors) {
            r->cfb->fat[(*filled)++] = next;
        }
    }
    return true;
}

static void read_fat(reader *r)
{
    size_t filled = 0;
    wd_cursor c = wd_cursor_of(r->cfb->data, 0);
    wd_seek(&c, 0x4C);
    for (size_t i = 0; i < 109; i++) {
        uint32_t n = wd_u32le(&c);
        if (n < MAX_REGULAR && !take_fat_sector(r, n, &filled)) {
            wd_note_damage(r->notes, 0x4C + 4 * i, 4, "FAT sector %u is outside or used twice", n);
        }
    }
    uint32_t at = r->first_difat;
    for (uint32_t i = 0; i < r->n_difat && at < MAX_REGULAR; i++) {
        if (!own(r, at)) {
            wd_note_damage(r->notes, 0x44, 4, "DIFAT sector %u is outside or used twice", at);
            return;
        }
        c = wd_cursor_of(sector(r->cfb, at), 0);
        for (size_t k = 0; k + 1 < r->cfb->sector_len / 4; k++) {
            uint32_t n = wd_u32le(&c);
            if (n < MAX_REGULAR && !take_fat_sector(r, n, &filled)) {
                wd_note_damage(r->notes, sector_at(r->cfb, at) + 4 * k, 4,
                               "FAT sector %u is outside or used twice", n);
            }
        }
        at = wd_u32le(&c);
    }
    for (; filled < r->cfb->n_sectors; filled++) {
        r->cfb->fat[filled] = WD_CFB_NONE;
    }
}

/* Sector numbers of a chain; each sector is taken once, so that a loop ends where it closes. */
static wd_status read_chain(reader *r, uint32_t start, uint32_t **out, size_t *n)
{
    size_t cap = 0;
    uint32_t at = start;
    while (at < MAX_REGULAR) {
        if (!own(r, at)) {
            wd_note_damage(r->notes, sector_at(r->cfb, at), 0,
                           "chain reaches sector %u, which is outside or used already", at);
            return WD_OK;
        }
        if (WD_ROOM(r->arena, *out, *n, cap) != WD_OK) {
            return WD_E_NOMEM;
        }
        (*out)[(*n)++] = at;
        at = r->cfb->fat[at];
    }
    return WD_OK;
}

/* The bytes of a chain, borrowed when its sectors follow each other in the file. */
static wd_status chain_bytes(const wd_cfb *cfb, const uint32_t *sectors, size_t n, wd_arena *arena,
                             wd_slice *out)
{
    bool straight = true;
    for (size_t i = 1; i < n && straight; i++) {
        straight = sectors[i] == sectors[i - 1] + 1;
    }
    if (n == 0) {
        *out = (wd_slice){0};
        return WD_OK;
    }
    if (straight) {
        *out = wd_slice_sub(cfb->data, sector_at(cfb, sectors[0]), n * cfb->sector_len);
        return WD_OK;
    }
    uint8_t *copy = wd_arena_array(arena, n, cfb->sector_len);
    if (copy == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        wd_slice s = sector(cfb, sectors[i]);
        memcpy(copy + i * cfb->sector_len, s.ptr, s.len);
    }
    *out = wd_slice_of(copy, n * cfb->sector_len);
    return WD_OK;
}

/* --- directory ---------------------------------------------------------------------------------
 */

/* Where an entry of the directory stream stands in the file. */
static uint64_t entry_at(const wd_cfb *cfb, const uint32_t *sectors, size_t index)
{
    size_t per_sector = cfb->sector_len / ENTRY;
    return sector_at(cfb, sectors[index / per_sector]) + index % per_sector * ENTRY;
}

static bool read_entry(const wd_cfb *cfb, wd_slice dir, const uint32_t *sectors, uint32_t index,
                       wd_cfb_entry *out)
{
    wd_slice record = wd_slice_sub(dir, (uint64_t) index * ENTRY, ENTRY);
    wd_cursor c = wd_cursor_of(record, 0);
    wd_seek(&c, 64);
    uint16_t name_len = wd_u16le(&c);
    uint8_t type = wd_u8(&c);
    wd_seek(&c, 116);
    uint32_t start = wd_u32le(&c);
    uint64_t size = wd_u64le(&c);
    if (c.failed || (type != WD_CFB_STORAGE && type != WD_CFB_STREAM && type != WD_CFB_ROOT)) {
        return false;
    }
    /* Version 3 leaves the upper half of the size to chance. */
    size = cfb->sector_len == 512 ? (uint32_t) size : size;
    size_t used = name_len >= 2 && name_len <= 64 ? (size_t) name_len - 2 : 0;
    *out = (wd_cfb_entry){.at = entry_at(cfb, sectors, index),
                          .raw_name = wd_slice_sub(record, 0, used),
                          .record = record,
                          .type = (wd_cfb_type) type,
                          .start = start,
                          .size = size};
    return true;
}

/* Walk over the tree of siblings and children without recursion: hostile trees are deep. */
typedef struct pending {
    uint32_t index;
    size_t parent;
} pending;

typedef struct tree {
    wd_slice dir;
    const uint32_t *sectors;
    uint8_t *seen; /* a directory entry each */
    size_t n;      /* entries in the directory stream */
    pending *stack;
    size_t depth;
    size_t cap;
} tree;

static wd_status push(reader *r, tree *t, uint32_t index, size_t parent)
{
    if (index >= t->n || t->seen[index] != 0) {
        if (index != WD_CFB_NONE) {
            wd_note_damage(r->notes, 0x30, 4, "directory entry %u is outside or used twice", index);
        }
        return WD_OK;
    }
    t->seen[index] = 1;
    if (WD_ROOM(r->arena, t->stack, t->depth, t->cap) != WD_OK) {
        return WD_E_NOMEM;
    }
    t->stack[t->depth++] = (pending){index, parent};
    return WD_OK;
}

static wd_status visit(reader *r, tree *t, pending p, size_t *cap)
{
    wd_cfb *cfb = r->cfb;
    wd_cfb_entry e;
    bool ok = true;
    if (!read_entry(cfb, t->dir, t->sectors, p.index, &e)) {
        wd_note_damage(r->notes, entry_at(cfb, t->sectors, p.index), ENTRY,
                       "directory entry of no known type");
        return WD_OK;
    }
    if (WD_ROOM(r->arena, cfb->entries, cfb->n, *cap) != WD_OK) {
        return WD_E_NOMEM;
    }
    size_t self = cfb->n;
    e.parent = p.parent;
    cfb->entries[cfb->n++] = e;
    bool root = p.index == 0;
    if (!root) {
        WD_TRY(push(r, t, wd_peek_u32le(e.record, 72, &ok), p.parent));
    }
    if (e.type != WD_CFB_STREAM) {
        WD_TRY(push(r, t, wd_peek_u32le(e.record, 76, &ok), self));
    }
    return root ? WD_OK : push(r, t, wd_peek_u32le(e.record, 68, &ok), p.parent);
}

static wd_status read_directory(reader *r, wd_err *err)
{
    uint32_t *sectors = NULL;
    size_t n = 0;
    size_t cap = 0;
    tree t = {0};
    if (read_chain(r, r->first_dir, &sectors, &n) != WD_OK ||
        chain_bytes(r->cfb, sectors, n, r->arena, &t.dir) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    t.sectors = sectors;
    t.n = t.dir.len / ENTRY;
    if (t.n > WD_MAX_CFB_ENTRIES) {
        wd_note_limit(r->notes, 0x30, "%zu directory entries, of which %u are read", t.n,
                      WD_MAX_CFB_ENTRIES);
        t.n = WD_MAX_CFB_ENTRIES;
    }
    t.seen = WD_ARRAY(r->arena, t.n, uint8_t);
    if (t.seen == NULL || push(r, &t, 0, 0) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    while (t.depth > 0) {
        if (visit(r, &t, t.stack[--t.depth], &cap) != WD_OK) {
            return wd_nomem(err, COMPONENT);
        }
    }
    if (r->cfb->n == 0 || r->cfb->entries[0].type != WD_CFB_ROOT) {
        return wd_fail(err, WD_E_MALFORMED, 0x30, COMPONENT, "no root in the directory");
    }
    return WD_OK;
}

/* --- streams -----------------------------------------------------------------------------------
 */

static wd_status read_mini(reader *r, wd_err *err)
{
    wd_cfb *cfb = r->cfb;
    uint32_t *sectors = NULL;
    size_t n = 0;
    wd_slice table;
    wd_slice content;
    if (read_chain(r, r->first_mini_fat, &sectors, &n) != WD_OK ||
        chain_bytes(cfb, sectors, n, r->arena, &table) != WD_OK ||
        read_chain(r, cfb->entries[0].start, &cfb->mini_sectors, &cfb->n_mini_sectors) != WD_OK ||
        chain_bytes(cfb, cfb->mini_sectors, cfb->n_mini_sectors, r->arena, &content) != WD_OK) {
        return wd_nomem(err, COMPONENT);
    }
    cfb->mini_stream = wd_slice_sub(content, 0, cfb->entries[0].size);
    size_t room = content.len / MINI;
    cfb->n_mini = table.len / 4 < room ? table.len / 4 : room;
    cfb->mini_fat = WD_ARRAY(r->arena, cfb->n_mini, uint32_t);
    cfb->mini_owner = WD_ARRAY(r->arena, cfb->n_mini, uint8_t);
    if (cfb->mini_fat == NULL || cfb->mini_owner == NULL) {
        return wd_nomem(err, COMPONENT);
    }
    wd_cursor c = wd_cursor_of(table, 0);
    for (size_t i = 0; i < cfb->n_mini; i++) {
        cfb->mini_fat[i] = wd_u32le(&c);
    }
    return WD_OK;
}

/* Marks the sectors of every stream as owned; a chain that is longer than its stream owns only what
 * the stream needs. */
static void own_streams(reader *r)
{
    wd_cfb *cfb = r->cfb;
    for (size_t i = 1; i < cfb->n; i++) {
        const wd_cfb_entry *e = &cfb->entries[i];
        if (e->type != WD_CFB_STREAM) {
            continue;
        }
        bool mini = e->size < CUTOFF;
        size_t unit = mini ? MINI : cfb->sector_len;
        uint64_t need = (e->size + unit - 1) / unit;
        size_t limit = mini ? cfb->n_mini : cfb->n_sectors;
        uint8_t *owner = mini ? cfb->mini_owner : cfb->owner;
        const uint32_t *next = mini ? cfb->mini_fat : cfb->fat;
        uint32_t at = e->start;
        for (uint64_t k = 0; k < need; k++) {
            if (at >= limit || owner[at] != WD_CFB_UNOWNED) {
                wd_note_damage(r->notes, e->at, ENTRY,
                               "stream of %llu bytes ends after %llu sectors or shares one",
                               (unsigned long long) e->size, (unsigned long long) k);
                break;
            }
            owner[at] = WD_CFB_OWNED;
            at = next[at];
        }
    }
}

wd_status wd_cfb_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_cfb *out, wd_err *err)
{
    wd_cfb cfb = {.data = data};
    reader r = {.cfb = &cfb, .arena = arena, .notes = notes};
    WD_TRY(read_header(&r, err));
    cfb.fat = WD_ARRAY(arena, cfb.n_sectors, uint32_t);
    cfb.owner = WD_ARRAY(arena, cfb.n_sectors, uint8_t);
    if (cfb.fat == NULL || cfb.owner == NULL) {
        return wd_nomem(err, COMPONENT);
    }
    read_fat(&r);
    WD_TRY(read_directory(&r, err));
    WD_TRY(read_mini(&r, err));
    own_streams(&r);
    *out = cfb;
    return WD_OK;
}

/* Offset in the file of a byte of the mini stream. */
static uint64_t mini_at(const wd_cfb *cfb, uint64_t offset)
{
    uint64_t which = offset / cfb->sector_len;
    return which < cfb->n_mini_sectors
               ? sector_at(cfb, cfb->mini_sectors[which]) + offset % cfb->sector_len
               : WD_NO_OFFSET;
}

uint64_t wd_cfb_stream_at(const wd_cfb *cfb, const wd_cfb_entry *e)
{
    if (e->size == 0) {
        return WD_NO_OFFSET;
    }
    if (e->size < CUTOFF) {
        return mini_at(cfb, (uint64_t) e->start * MINI);
    }
    return e->start < cfb->n_sectors ? sector_at(cfb, e->start) : WD_NO_OFFSET;
}

wd_status wd_cfb_stream(const wd_cfb *cfb, const wd_cfb_entry *e, wd_arena *arena, wd_slice *out,
                        bool *whole)
{
    bool mini = e->size < CUTOFF;
    size_t unit = mini ? MINI : cfb->sector_len;
    size_t limit = mini ? cfb->n_mini : cfb->n_sectors;
    const uint32_t *next = mini ? cfb->mini_fat : cfb->fat;
    uint64_t need = (e->size + unit - 1) / unit;
    *out = (wd_slice){0};
    *whole = e->size == 0;
    if (e->size == 0 || e->start >= limit || need > limit) {
        return WD_OK;
    }
    /* First pass: is it one straight run? Most streams of installers are. */
    uint32_t at = e->start;
    uint64_t straight = 1;
    while (straight < need && next[at] == at + 1 && at + 1 < limit) {
        at++;
        straight++;
    }
    wd_slice source = mini ? cfb->mini_stream : wd_slice_sub(cfb->data, cfb->sector_len, SIZE_MAX);
    if (straight == need) {
        *out = wd_slice_sub(source, (uint64_t) e->start * unit, e->size);
        *whole = out->len == e->size;
        return WD_OK;
    }
    uint8_t *copy = wd_arena_array(arena, (size_t) need, unit);
    if (copy == NULL) {
        return WD_E_NOMEM;
    }
    size_t have = 0;
    at = e->start;
    for (uint64_t k = 0; k < need && at < limit; k++) {
        wd_slice s = wd_slice_sub(source, (uint64_t) at * unit, unit);
        if (s.len == 0) {
            break;
        }
        memcpy(copy + have, s.ptr, s.len);
        have += s.len;
        at = next[at];
    }
    *out = wd_slice_of(copy, have < e->size ? have : (size_t) e->size);
    *whole = out->len == e->size;
    return WD_OK;
}

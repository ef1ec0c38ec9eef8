#include "formats/evtx.h"

#include <string.h>

#include "core/limits.h"
#include "formats/evtx_priv.h"
#include "formats/evtx_raw.h"

#define MAGIC_LEN 8U
#define TEXT_ROOM                                                                  \
    (1U << 20) /* a record is 64 KiB at most; text of it is rarely four times that \
                */
#define CHUNK_ARENA (8U << 20)
#define OWN_ARENA (WD_MAX_EVTX_TEMPLATES + (32U << 20))

static bool has_magic(wd_slice s, uint64_t at, const char *magic)
{
    return at <= s.len && s.len - at >= MAGIC_LEN && memcmp(s.ptr + at, magic, MAGIC_LEN) == 0;
}

static bool has_record(wd_slice s, uint64_t at)
{
    return at <= s.len && s.len - at >= WD_EVTX_RECORD_MIN &&
           memcmp(s.ptr + at, WD_EVTX_RECORD_MAGIC, 4) == 0;
}

bool wd_evtx_is(wd_slice head)
{
    return has_magic(head, 0, WD_EVTX_FILE_MAGIC) || has_magic(head, 0, WD_EVTX_CHUNK_MAGIC) ||
           has_magic(head, WD_EVTX_HEADER_LEN, WD_EVTX_CHUNK_MAGIC);
}

static bool prepare(wd_evtx_reader *r, const wd_evtx_input *in)
{
    r->own = wd_arena_new(OWN_ARENA);
    r->chunk_arena = wd_arena_new(CHUNK_ARENA);
    r->record_arena = wd_arena_new(CHUNK_ARENA);
    if (r->own == NULL || r->chunk_arena == NULL || r->record_arena == NULL) {
        return false;
    }
    r->cache = WD_ARRAY(r->own, WD_EVTX_CACHE, wd_evtx_cached);
    r->fields = WD_ARRAY(r->own, WD_MAX_EVENT_FIELDS, wd_field);
    r->text.ptr = WD_ARRAY(r->own, TEXT_ROOM, uint8_t);
    r->text.cap = TEXT_ROOM;
    r->store = in->store != NULL ? in->store : wd_evtx_store_new(r->own);
    return r->cache != NULL && r->fields != NULL && r->text.ptr != NULL && r->store != NULL;
}

static wd_status read_header(wd_evtx_reader *r, uint64_t *first)
{
    wd_evtx_place place = {.size = (uint32_t) WD_EVTX_HEADER_LEN};
    if (has_magic(r->file, 0, WD_EVTX_FILE_MAGIC)) {
        bool ok = true;
        uint32_t flags = wd_peek_u32le(r->file, WD_EVTX_HEADER_FLAGS, &ok);
        r->stats->dirty = ok && (flags & WD_EVTX_FLAG_DIRTY) != 0;
        *first = WD_EVTX_HEADER_LEN;
        return WD_OK;
    }
    *first = 0;
    place.size = r->file.len < place.size ? (uint32_t) r->file.len : place.size;
    return wd_evtx_damage(r, place, "no file header; chunks and records are searched");
}

/* A chunk on its place whose magic lost a byte or two. */
static bool is_bruised_chunk(wd_slice s, uint64_t at)
{
    bool ok = true;
    uint32_t head = wd_peek_u32le(s, at + 40, &ok);
    if (!ok || head != 128 || !has_record(s, at + WD_EVTX_RECORDS)) {
        return false;
    }
    unsigned right = 0;
    for (size_t i = 0; i < MAGIC_LEN; i++) {
        right += s.ptr[at + i] == (uint8_t) WD_EVTX_CHUNK_MAGIC[i];
    }
    return right >= MAGIC_LEN - 2;
}

/* Where the next chunk begins: at the magic, or on the grid that the chunks before are on. */
static uint64_t next_chunk(wd_slice s, uint64_t from, uint64_t grid)
{
    const uint8_t *hit = memmem(s.ptr + from, s.len - from, WD_EVTX_CHUNK_MAGIC, MAGIC_LEN);
    uint64_t magic = hit != NULL ? (uint64_t) (hit - s.ptr) : s.len;
    uint64_t at = from <= grid ? grid
                               : from + (WD_EVTX_CHUNK_LEN - (from - grid) % WD_EVTX_CHUNK_LEN) %
                                            WD_EVTX_CHUNK_LEN;
    for (; at < magic; at += WD_EVTX_CHUNK_LEN) {
        if (is_bruised_chunk(s, at)) {
            return at;
        }
    }
    return magic;
}

/* Chunks where they stand, and whatever is between them. */
static wd_status walk_file(wd_evtx_reader *r)
{
    uint64_t pos = 0;
    uint64_t grid = WD_EVTX_HEADER_LEN;
    WD_TRY(read_header(r, &pos));
    while (pos < r->file.len) {
        uint64_t chunk_at =
            has_magic(r->file, pos, WD_EVTX_CHUNK_MAGIC) ? pos : next_chunk(r->file, pos, grid);
        if (chunk_at > pos) {
            WD_TRY(wd_evtx_read_hole(r, pos, chunk_at, grid));
        }
        if (chunk_at < r->file.len) {
            WD_TRY(wd_evtx_read_chunk(
                r, wd_slice_sub(r->file, (size_t) chunk_at, WD_EVTX_CHUNK_LEN), chunk_at));
            grid = chunk_at;
        }
        pos = chunk_at + WD_EVTX_CHUNK_LEN;
    }
    WD_TRY(wd_evtx_read_waiting(r));
    return wd_evtx_find_gaps(r);
}

static wd_status finish(const wd_evtx_reader *r)
{
    const wd_evtx_stats *s = r->stats;
    if (s->chunks > 0 || s->recovered > 0 || s->rejected > 0) {
        return WD_OK;
    }
    if (has_magic(r->file, 0, WD_EVTX_FILE_MAGIC) && r->file.len >= WD_EVTX_HEADER_LEN) {
        return WD_OK; /* an empty log */
    }
    if (r->file.len < WD_EVTX_HEADER_LEN) {
        return wd_fail(r->err, WD_E_TRUNCATED, r->base + r->file.len, "evtx",
                       "the file ends inside the header of an event log");
    }
    return wd_fail(r->err, WD_E_MALFORMED, r->base, "evtx",
                   "no chunk and no record of an event log");
}

wd_status wd_evtx_read_with(const wd_evtx_input *in, wd_arena *arena, const wd_event_sink *sink,
                            wd_evtx_stats *stats, wd_err *err)
{
    wd_evtx_reader r = {.file = in->file,
                        .base = in->base,
                        .sink = sink,
                        .stats = stats,
                        .err = err,
                        .arena = arena,
                        .previous_time = WD_NO_TIME};
    *stats = (wd_evtx_stats){.sources = {.arena = arena}};
    wd_status status = prepare(&r, in) ? walk_file(&r) : wd_nomem(err, "evtx");
    if (status == WD_OK) {
        status = finish(&r);
    }
    wd_arena_free(r.record_arena);
    wd_arena_free(r.chunk_arena);
    wd_arena_free(r.own);
    return status;
}

wd_status wd_evtx_read(wd_slice file, uint64_t base, wd_arena *arena, const wd_event_sink *sink,
                       wd_evtx_stats *stats, wd_err *err)
{
    wd_evtx_input in = {file, base, NULL};
    return wd_evtx_read_with(&in, arena, sink, stats, err);
}

#include <string.h>

#include <zlib.h>

#include "core/limits.h"
#include "formats/evtx_priv.h"
#include "formats/evtx_raw.h"

#define MAGIC_LEN 4U

/* The header of a record: false unless magic, size and the copy of the size hold. */
static bool head_at(wd_slice chunk, size_t pos, wd_evtx_place *p)
{
    bool ok = true;
    if (pos > chunk.len || chunk.len - pos < WD_EVTX_RECORD_MIN ||
        memcmp(chunk.ptr + pos, WD_EVTX_RECORD_MAGIC, MAGIC_LEN) != 0) {
        return false;
    }
    uint32_t size = wd_peek_u32le(chunk, pos + 4, &ok);
    if (size < WD_EVTX_RECORD_MIN || size > chunk.len - pos) {
        return false;
    }
    *p = (wd_evtx_place){.pos = pos,
                         .size = size,
                         .id = wd_peek_u64le(chunk, pos + 8, &ok),
                         .written = wd_time_from_filetime(wd_peek_u64le(chunk, pos + 16, &ok))};
    return wd_peek_u32le(chunk, pos + size - 4, &ok) == size;
}

static size_t find_magic(wd_slice chunk, size_t from, size_t to)
{
    const uint8_t *hit = from < to && to <= chunk.len
                             ? memmem(chunk.ptr + from, to - from, WD_EVTX_RECORD_MAGIC, MAGIC_LEN)
                             : NULL;
    return hit == NULL ? SIZE_MAX : (size_t) (hit - chunk.ptr);
}

static wd_status wait_for_template(wd_evtx_reader *r, const wd_evtx_place *p)
{
    if (r->n_waiting == WD_MAX_EVTX_WAITING) {
        r->stats->rejected++;
        return WD_OK;
    }
    if (WD_ROOM(r->own, r->waiting, r->n_waiting, r->cap_waiting) != WD_OK) {
        return wd_nomem(r->err, "evtx");
    }
    r->waiting[r->n_waiting++] =
        (wd_evtx_waiting){r->chunk_at, (uint32_t) r->chunk.len, (uint32_t) p->pos, (int) p->proof};
    return WD_OK;
}

/* A record outside the chain: given when it can be proved, else kept for later. */
static wd_status recover(wd_evtx_reader *r, wd_evtx_place p, wd_evtx_proof proof)
{
    size_t after = 0;
    p.recovered = true;
    p.proof = proof;
    wd_status status = wd_evtx_give_record(r, &p, &after);
    return status == WD_E_MALFORMED ? wait_for_template(r, &p) : status;
}

/* Records in bytes that no chain counts. */
static wd_status search(wd_evtx_reader *r, size_t from, size_t to, wd_evtx_proof proof)
{
    size_t pos = from;
    while ((pos = find_magic(r->chunk, pos, to)) != SIZE_MAX) {
        wd_evtx_place p;
        if (!head_at(r->chunk, pos, &p) || p.size > to - pos) {
            pos += 1;
            continue;
        }
        WD_TRY(recover(r, p, proof));
        pos += p.size;
    }
    return WD_OK;
}

/* The log-editing trick: the size of a record is stretched over the one behind it. */
static wd_status look_inside(wd_evtx_reader *r, const wd_evtx_place *p, size_t after)
{
    size_t end = p->pos + p->size - 4;
    if (after >= end || end - after < WD_EVTX_RECORD_MIN - 4) {
        return WD_OK;
    }
    uint64_t before = r->stats->recovered;
    /* The stretched size was written over the hidden record's copy, so that is all it has. */
    size_t inner = find_magic(r->chunk, after, end);
    if (inner == SIZE_MAX) {
        return wd_evtx_damage(r, *p, "record %llu: %zu bytes behind its content",
                              (unsigned long long) p->id, end - after);
    }
    WD_TRY(search(r, after, end, WD_EVTX_IDENTIFIED));
    bool ok = true;
    uint32_t size = wd_peek_u32le(r->chunk, inner + 4, &ok);
    if (r->stats->recovered == before && size >= WD_EVTX_RECORD_MIN && size <= end + 4 - inner) {
        wd_evtx_place hidden = {
            .pos = inner,
            .size = size,
            .id = wd_peek_u64le(r->chunk, inner + 8, &ok),
            .written = wd_time_from_filetime(wd_peek_u64le(r->chunk, inner + 16, &ok))};
        WD_TRY(recover(r, hidden, WD_EVTX_IDENTIFIED));
    }
    uint64_t found = r->stats->recovered - before;
    r->stats->hidden += found;
    return wd_evtx_damage(r, *p, "record %llu is stretched over %llu record(s) hidden inside it",
                          (unsigned long long) p->id, (unsigned long long) (found > 0 ? found : 1));
}

static wd_status take_allocated(wd_evtx_reader *r, const wd_evtx_place *p)
{
    size_t after = SIZE_MAX;
    WD_TRY(wd_evtx_note_id(r, p));
    wd_status status = wd_evtx_give_record(r, p, &after);
    if (status == WD_E_MALFORMED) {
        r->stats->failed++;
        return wd_evtx_damage(r, *p, "record %llu cannot be read: %s", (unsigned long long) p->id,
                              r->why);
    }
    WD_TRY(status);
    return look_inside(r, p, after);
}

/* The last chunk of a log that was not closed has checksums of a moment before. */
static wd_status check_crc(wd_evtx_reader *r)
{
    wd_slice c = r->chunk;
    bool ok = true;
    uint32_t flags = wd_peek_u32le(c, WD_EVTX_CHUNK_FLAGS, &ok);
    uint32_t free_at = wd_peek_u32le(c, WD_EVTX_CHUNK_FREE, &ok);
    if (!ok || c.len < WD_EVTX_RECORDS || (flags & WD_EVTX_FLAG_NO_CRC) != 0) {
        return WD_OK;
    }
    wd_evtx_place whole = {.size = (uint32_t) c.len};
    uLong head = crc32(0, c.ptr, WD_EVTX_CHUNK_FLAGS);
    head = crc32(head, c.ptr + WD_EVTX_CHUNK_TABLES, WD_EVTX_RECORDS - WD_EVTX_CHUNK_TABLES);
    if (head != wd_peek_u32le(c, WD_EVTX_CHUNK_HEAD_CRC, &ok)) {
        WD_TRY(wd_evtx_damage(r, whole, "the header of this chunk does not have its checksum"));
    }
    if (free_at < WD_EVTX_RECORDS || free_at > WD_EVTX_CHUNK_LEN) {
        return wd_evtx_damage(r, whole, "the chunk says its free space begins at %u", free_at);
    }
    bool open = r->stats->dirty && r->chunk_at + c.len >= r->file.len;
    if (!open && free_at <= c.len &&
        crc32(0, c.ptr + WD_EVTX_RECORDS, free_at - WD_EVTX_RECORDS) !=
            wd_peek_u32le(c, WD_EVTX_CHUNK_DATA_CRC, &ok)) {
        return wd_evtx_damage(r, whole, "the records of this chunk do not have their checksum");
    }
    return WD_OK;
}

/* Walks the chain of allocated records; gives where it ends, and how far the chunk counts records
 * when the chain breaks before. */
static wd_status walk(wd_evtx_reader *r, size_t *end, size_t *counted)
{
    bool ok = true;
    wd_evtx_place p;
    size_t pos = WD_EVTX_RECORDS;
    uint32_t last = wd_peek_u32le(r->chunk, WD_EVTX_CHUNK_LAST, &ok);
    bool last_known = ok && last >= WD_EVTX_RECORDS && last < r->chunk.len;
    uint64_t previous = 0;
    while (head_at(r->chunk, pos, &p)) {
        if ((!last_known || pos > last) && previous != 0 && p.id != previous + 1) {
            break; /* nothing says where the chain ends but the ids themselves */
        }
        WD_TRY(take_allocated(r, &p));
        previous = p.id;
        pos += p.size;
        if (last_known && p.pos == last) {
            *end = pos;
            return WD_OK;
        }
    }
    *end = pos;
    wd_evtx_place here = {.pos = pos < r->chunk.len ? pos : r->chunk.len};
    if (r->chunk.len < WD_EVTX_CHUNK_LEN) {
        return wd_evtx_damage(r, here, "the file ends inside this chunk");
    }
    if (last_known && pos <= last) {
        *counted = head_at(r->chunk, last, &p) ? last + p.size : last;
        return wd_evtx_damage(r, here, "the chain of records breaks here; later ones are searched");
    }
    return last_known || last == 0
               ? WD_OK
               : wd_evtx_damage(r, here, "the chunk says its last record is at %u", last);
}

wd_status wd_evtx_read_chunk(wd_evtx_reader *r, wd_slice chunk, uint64_t at)
{
    size_t end = 0;
    size_t counted = 0;
    wd_evtx_enter_chunk(r, chunk, at);
    r->stats->chunks++;
    WD_TRY(check_crc(r));
    WD_TRY(walk(r, &end, &counted));
    WD_TRY(search(r, end, counted, WD_EVTX_IDENTIFIED));
    return search(r, counted > end ? counted : end, chunk.len, WD_EVTX_PROVED);
}

/* Where the chunk of a record begins, when the record holds its own template: the definition's
 * offset is its place. */
static bool infer_base(wd_slice file, uint64_t pos, uint64_t *base)
{
    bool ok = true;
    uint64_t at = pos + WD_EVTX_RECORD_HEAD + 4; /* behind the fragment header */
    uint32_t id = wd_peek_u32le(file, at + 2, &ok);
    uint32_t offset = wd_peek_u32le(file, at + 6, &ok);
    uint64_t definition = at + WD_EVTX_INSTANCE_HEAD;
    if (wd_peek_u32le(file, definition + 4, &ok) != id || !ok || offset < WD_EVTX_RECORDS ||
        offset >= WD_EVTX_CHUNK_LEN || offset > definition ||
        file.ptr[at] != WD_EVTX_TOKEN_INSTANCE) {
        return false;
    }
    *base = definition - offset;
    return true;
}

static void enter_base(wd_evtx_reader *r, uint64_t base)
{
    if (base != r->chunk_at || r->chunk.len == 0) {
        wd_evtx_enter_chunk(r, wd_slice_sub(r->file, (size_t) base, WD_EVTX_CHUNK_LEN), base);
    }
}

wd_status wd_evtx_read_hole(wd_evtx_reader *r, uint64_t from, uint64_t to, uint64_t grid)
{
    uint64_t pos = from;
    uint64_t base = from;
    r->chunk = (wd_slice){0};
    while ((pos = find_magic(r->file, (size_t) pos, (size_t) to)) != SIZE_MAX) {
        bool known = infer_base(r->file, pos, &base);
        if (!known && (pos < base || pos - base >= WD_EVTX_CHUNK_LEN || r->chunk.len == 0)) {
            base = pos < grid ? 0 : pos - (pos - grid) % WD_EVTX_CHUNK_LEN;
        }
        enter_base(r, base);
        wd_evtx_place p;
        if (!head_at(r->chunk, (size_t) (pos - base), &p)) {
            pos += 1;
            continue;
        }
        WD_TRY(recover(r, p, WD_EVTX_IDENTIFIED));
        pos += p.size;
    }
    return WD_OK;
}

wd_status wd_evtx_read_waiting(wd_evtx_reader *r)
{
    r->chunk = (wd_slice){0};
    r->last_chance = true;
    for (size_t i = 0; i < r->n_waiting; i++) {
        const wd_evtx_waiting *w = &r->waiting[i];
        wd_evtx_place p = {.pos = w->pos, .recovered = true, .proof = (wd_evtx_proof) w->proof};
        size_t after = 0;
        bool ok = true;
        enter_base(r, w->chunk_at);
        p.size = wd_peek_u32le(r->chunk, p.pos + 4, &ok);
        p.id = wd_peek_u64le(r->chunk, p.pos + 8, &ok);
        p.written = wd_time_from_filetime(wd_peek_u64le(r->chunk, p.pos + 16, &ok));
        wd_status status = wd_evtx_give_record(r, &p, &after);
        if (status == WD_E_MALFORMED) {
            r->stats->rejected++;
            continue;
        }
        WD_TRY(status);
    }
    return WD_OK;
}

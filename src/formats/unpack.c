#include "formats/unpack.h"

#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

/* What a step of a library came to. */
typedef enum outcome { WENT_ON, STREAM_ENDED, BROKEN } outcome;

/* Memory that an xz stream may ask for: its largest preset takes 65 MiB to unpack. */
#define XZ_MEMORY (UINT64_C(1) << 30)
/* The window of a zstd stream, as a power of two; the program's own bound without --ultra. */
#define ZSTD_WINDOW 27

struct wd_unpack {
    wd_kind kind;
    wd_slice in;
    size_t used;
    bool live; /* the library holds an open stream */
    bool ended;
    const char *damage;
    union {
        z_stream zlib;
        lzma_stream xz;
        bz_stream bzip2;
        ZSTD_DStream *zstd;
    } as;
};

/* At most what an unsigned int holds. */
static unsigned clamp(size_t n)
{
    return n > (1U << 30) ? 1U << 30 : (unsigned) n;
}

/* --- the four libraries, each: open, step, close --------------------------------------------- */

static bool open_stream(wd_unpack *u)
{
    memset(&u->as, 0, sizeof u->as);
    switch ((int) u->kind) {
    case WD_KIND_GZIP: u->live = inflateInit2(&u->as.zlib, 16 + MAX_WBITS) == Z_OK; break;
    case WD_KIND_XZ: u->live = lzma_stream_decoder(&u->as.xz, XZ_MEMORY, 0) == LZMA_OK; break;
    case WD_KIND_BZIP2: u->live = BZ2_bzDecompressInit(&u->as.bzip2, 0, 0) == BZ_OK; break;
    default:
        u->as.zstd = ZSTD_createDStream();
        u->live = u->as.zstd != NULL;
        if (u->live) {
            (void) ZSTD_DCtx_setParameter(u->as.zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW);
        }
        break;
    }
    return u->live;
}

static void close_stream(wd_unpack *u)
{
    if (!u->live) {
        return;
    }
    switch ((int) u->kind) {
    case WD_KIND_GZIP: inflateEnd(&u->as.zlib); break;
    case WD_KIND_XZ: lzma_end(&u->as.xz); break;
    case WD_KIND_BZIP2: BZ2_bzDecompressEnd(&u->as.bzip2); break;
    default: ZSTD_freeDStream(u->as.zstd); break;
    }
    u->live = false;
}

/* One call: what went in and came out is added to *in and *out. */
static outcome step_gzip(wd_unpack *u, wd_slice from, uint8_t *to, size_t len, size_t *out)
{
    z_stream *z = &u->as.zlib;
    unsigned avail = clamp(from.len);
    unsigned room = clamp(len);
    z->next_in = (Bytef *) (uintptr_t) from.ptr;
    z->avail_in = avail;
    z->next_out = to;
    z->avail_out = room;
    int r = inflate(z, Z_NO_FLUSH);
    u->used += avail - z->avail_in;
    *out = room - z->avail_out;
    return r == Z_STREAM_END ? STREAM_ENDED : (r == Z_OK || r == Z_BUF_ERROR ? WENT_ON : BROKEN);
}

static outcome step_xz(wd_unpack *u, wd_slice from, uint8_t *to, size_t len, size_t *out)
{
    lzma_stream *x = &u->as.xz;
    x->next_in = from.ptr;
    x->avail_in = from.len;
    x->next_out = to;
    x->avail_out = len;
    lzma_ret r = lzma_code(x, LZMA_RUN);
    u->used += from.len - x->avail_in;
    *out = len - x->avail_out;
    return r == LZMA_STREAM_END ? STREAM_ENDED
                                : (r == LZMA_OK || r == LZMA_BUF_ERROR ? WENT_ON : BROKEN);
}

static outcome step_bzip2(wd_unpack *u, wd_slice from, uint8_t *to, size_t len, size_t *out)
{
    bz_stream *b = &u->as.bzip2;
    unsigned avail = clamp(from.len);
    unsigned room = clamp(len);
    b->next_in = (char *) (uintptr_t) from.ptr;
    b->avail_in = avail;
    b->next_out = (char *) to;
    b->avail_out = room;
    int r = BZ2_bzDecompress(b);
    u->used += avail - b->avail_in;
    *out = room - b->avail_out;
    return r == BZ_STREAM_END ? STREAM_ENDED : (r == BZ_OK ? WENT_ON : BROKEN);
}

static outcome step_zstd(wd_unpack *u, wd_slice from, uint8_t *to, size_t len, size_t *out)
{
    ZSTD_inBuffer i = {from.ptr, from.len, 0};
    ZSTD_outBuffer o = {to, len, 0};
    size_t r = ZSTD_decompressStream(u->as.zstd, &o, &i);
    u->used += i.pos;
    *out = o.pos;
    if (ZSTD_isError(r)) {
        return BROKEN;
    }
    return r == 0 ? STREAM_ENDED : WENT_ON;
}

static outcome step(wd_unpack *u, uint8_t *to, size_t len, size_t *out)
{
    wd_slice from = wd_slice_sub(u->in, u->used, u->in.len);
    switch ((int) u->kind) {
    case WD_KIND_GZIP: return step_gzip(u, from, to, len, out);
    case WD_KIND_XZ: return step_xz(u, from, to, len, out);
    case WD_KIND_BZIP2: return step_bzip2(u, from, to, len, out);
    default: return step_zstd(u, from, to, len, out);
    }
}

/* --- streams behind each other ---------------------------------------------------------------- */

static bool all_zero(wd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != 0) {
            return false;
        }
    }
    return true;
}

/* A stream has ended: goes on with the next one of the same kind, or ends. */
static void next_stream(wd_unpack *u)
{
    wd_slice rest = wd_slice_sub(u->in, u->used, u->in.len);
    close_stream(u);
    if (rest.len > 0 && wd_sniff((wd_slice){0}, rest) == u->kind) {
        u->ended = !open_stream(u);
        u->damage = u->ended ? "no memory to unpack" : NULL;
        return;
    }
    u->ended = true;
    if (!all_zero(rest)) { /* tapes and disk images pad with zeros */
        u->damage = "more bytes behind the end of the compressed data";
    }
}

wd_unpack *wd_unpack_new(wd_kind kind, wd_slice packed)
{
    bool known =
        kind == WD_KIND_GZIP || kind == WD_KIND_XZ || kind == WD_KIND_ZSTD || kind == WD_KIND_BZIP2;
    wd_unpack *u = known ? calloc(1, sizeof *u) : NULL;
    if (u == NULL) {
        return NULL;
    }
    u->kind = kind;
    u->in = packed;
    if (!open_stream(u)) {
        free(u);
        return NULL;
    }
    return u;
}

void wd_unpack_free(wd_unpack *u)
{
    if (u != NULL) {
        close_stream(u);
        free(u);
    }
}

size_t wd_unpack_read(wd_unpack *u, uint8_t *to, size_t len)
{
    while (!u->ended && len > 0) {
        size_t before = u->used;
        size_t out = 0;
        outcome what = step(u, to, len, &out);
        if (what == STREAM_ENDED) {
            next_stream(u);
        } else if (what == BROKEN) {
            u->ended = true;
            u->damage = "the compressed data is damaged";
        } else if (out == 0 && u->used == before) {
            u->ended = true;
            u->damage = "the compressed data ends too early";
        }
        if (out > 0) {
            return out;
        }
    }
    return 0;
}

size_t wd_unpack_used(const wd_unpack *u)
{
    return u->used;
}

const char *wd_unpack_damage(const wd_unpack *u)
{
    return u->damage;
}

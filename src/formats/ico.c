#include "formats/ico.h"

#include <stdlib.h>

#include "core/limits.h"

#define COMPONENT "ico"
#define ENTRY 16U
#define HEADER 6U

/* Chunks are counted down in `budget`: many images may point at one picture of many chunks. */
static size_t png_len(wd_slice data, size_t *budget)
{
    if (!wd_slice_starts(data, WD_S("\x89PNG\r\n\x1a\n"))) {
        return 0;
    }
    wd_cursor c = wd_cursor_of(data, 0);
    wd_skip(&c, 8);
    for (; *budget > 0; --*budget) {
        uint32_t len = wd_u32be(&c);
        wd_slice type = wd_take(&c, 4);
        wd_skip(&c, len);
        wd_skip(&c, 4);
        if (c.failed) {
            return 0;
        }
        if (wd_slice_eq(type, WD_S("IEND"))) {
            return c.pos;
        }
    }
    return 0;
}

size_t wd_png_len(wd_slice data)
{
    size_t budget = WD_MAX_PNG_CHUNKS;
    return png_len(data, &budget);
}

/* A run of the file that an image takes. */
typedef struct extent {
    uint64_t at;
    uint64_t end;  /* by the directory */
    uint64_t used; /* by the image itself, where that can be told */
} extent;

static int by_place(const void *a, const void *b)
{
    const extent *x = a;
    const extent *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : (x->end < y->end ? -1 : x->end > y->end);
}

static void add_tail(wd_picture *p, uint64_t from, uint64_t to, bool inside)
{
    if (from < to) {
        p->tails[p->n_tails++] = (wd_tail){from, to - from, inside};
    }
}

/* Tails behind images, gaps between them, and what follows the last one. */
static void find_tails(wd_picture *p, const extent *images, size_t n, uint64_t size)
{
    uint64_t at = p->end;
    for (size_t i = 0; i < n; i++) {
        add_tail(p, at, images[i].at < size ? images[i].at : size, false);
        /* Images may share bytes; a tail is only told where no other image claims it. */
        bool shared = i + 1 < n && images[i + 1].at < images[i].end;
        if (!shared) {
            add_tail(p, images[i].used > at ? images[i].used : at, images[i].end, true);
        }
        at = images[i].end > at ? images[i].end : at;
    }
    add_tail(p, at, size, false);
    p->end = at;
}

static wd_status read_images(wd_slice data, wd_picture *p, extent *images, size_t *n,
                             wd_notes *notes)
{
    wd_cursor c = wd_cursor_of(data, 0);
    size_t budget = WD_MAX_PNG_CHUNKS;
    wd_skip(&c, HEADER);
    for (size_t i = 0; i < p->n_images; i++) {
        uint64_t entry_at = wd_cursor_at(&c);
        wd_skip(&c, 8);
        uint32_t len = wd_u32le(&c);
        uint32_t at = wd_u32le(&c);
        if (c.failed) {
            return WD_E_TRUNCATED;
        }
        extent e = {.at = at, .end = (uint64_t) at + len};
        if (e.end > data.len || len == 0) {
            wd_note_damage(notes, entry_at, ENTRY, "image %zu lies outside the file", i);
            continue;
        }
        size_t png = png_len(wd_slice_sub(data, at, len), &budget);
        p->n_png += png > 0;
        e.used = png > 0 ? at + png : e.end;
        images[(*n)++] = e;
    }
    if (budget == 0) {
        wd_note_limit(notes, 0, "more than %u chunks in the pictures", WD_MAX_PNG_CHUNKS);
    }
    return WD_OK;
}

wd_status wd_ico_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_picture *out, wd_err *err)
{
    wd_picture p = {0};
    wd_cursor c = wd_cursor_of(data, 0);
    uint16_t reserved = wd_u16le(&c);
    uint16_t type = wd_u16le(&c);
    p.n_images = wd_u16le(&c);
    if (c.failed) {
        return wd_fail(err, WD_E_TRUNCATED, data.len, COMPONENT, "the file ends in its header");
    }
    if (reserved != 0 || (type != 1 && type != 2) || p.n_images == 0) {
        return wd_fail(err, WD_E_MALFORMED, 0, COMPONENT, "no icon directory at the start");
    }
    extent *images = WD_ARRAY(arena, p.n_images, extent);
    p.tails = WD_ARRAY(arena, 2 * p.n_images + 1, wd_tail);
    if (images == NULL || p.tails == NULL) {
        return wd_nomem(err, COMPONENT);
    }
    size_t n = 0;
    p.end = HEADER + ENTRY * p.n_images;
    if (read_images(data, &p, images, &n, notes) != WD_OK) {
        return wd_fail(err, WD_E_TRUNCATED, data.len, COMPONENT, "the file ends in its directory");
    }
    if (n > 0) {
        wd_sort(images, n, sizeof *images, by_place);
        find_tails(&p, images, n, data.len);
    }
    *out = p;
    return WD_OK;
}

wd_status wd_png_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_picture *out, wd_err *err)
{
    wd_picture p = {.n_images = 1, .n_png = 1};
    if (!wd_slice_starts(data, WD_S("\x89PNG\r\n\x1a\n"))) {
        return wd_fail(err, WD_E_MALFORMED, 0, COMPONENT, "no PNG signature at the start");
    }
    p.end = wd_png_len(data);
    if (p.end == 0) {
        wd_note_damage(notes, data.len, 0, "the picture ends before its IEND");
        p.end = data.len;
    }
    p.tails = WD_ARRAY(arena, 1, wd_tail);
    if (p.tails == NULL) {
        return wd_nomem(err, COMPONENT);
    }
    add_tail(&p, p.end, data.len, false);
    *out = p;
    return WD_OK;
}

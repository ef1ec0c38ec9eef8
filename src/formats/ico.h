#ifndef WD_FORMATS_ICO_H
#define WD_FORMATS_ICO_H

#include "core/arena.h"
#include "core/cursor.h"
#include "core/note.h"

/*
 * Icons and PNG pictures: only as much as tells where they end.
 *
 *   ICO  0  2  0            6 + 16 i: u8 width, height, colours, 0; u16 planes, bits;
 *        2  2  1 (2 cursor)           u32 size, u32 offset of image i
 *        4  2  number of images
 *   An image is a whole PNG file, or a bitmap without its file header: u32 header size (40), u32
 * width, u32 height (twice that of the picture: a mask follows), u16 planes, u16 bits, u32
 * compression, ...
 *
 *   PNG  8   89 50 4E 47 0D 0A 1A 0A, then chunks: u32be length, 4 type, data, u32be CRC; the last
 * is IEND (ISO/IEC 15948)
 *
 * The directory gives the end of an icon exactly: the largest offset + size.
 */

/** A run of bytes that belongs to no image. */
typedef struct wd_tail {
    uint64_t at;
    uint64_t len;
    bool inside; /* within the size that the directory gives an image, but behind its PNG's IEND */
} wd_tail;

typedef struct wd_picture {
    size_t n_images;
    size_t n_png;
    uint64_t end;   /* first byte behind the last image */
    wd_tail *tails; /* in order of place; empty runs are left out */
    size_t n_tails;
} wd_picture;

/** Fails: WD_E_MALFORMED or WD_E_TRUNCATED when it is no icon, WD_E_NOMEM. Images that lie outside
 * the file are notes. */
WD_MUST_USE wd_status wd_ico_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_picture *out,
                                  wd_err *err);
/** The same for a lone PNG file. */
WD_MUST_USE wd_status wd_png_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_picture *out,
                                  wd_err *err);

/** Length of the PNG at the front of `data` up to the end of IEND; 0 when it is no PNG or does not
 * end. */
size_t wd_png_len(wd_slice data);

#endif

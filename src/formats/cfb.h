#ifndef WD_FORMATS_CFB_H
#define WD_FORMATS_CFB_H

#include "core/arena.h"
#include "core/clock.h"
#include "core/cursor.h"
#include "core/note.h"

/*
 * Compound files ([MS-CFB]), the container of MSI packages: a small file system in a file.
 *
 *   0x00  8   D0 CF 11 E0 A1 B1 1A E1
 *   0x1A  2   major version 3 (sectors of 512) or 4 (sectors of 4096)
 *   0x1E  2   sector shift; 0x20 mini sector shift (6)
 *   0x2C  4   number of FAT sectors;  0x30 first directory sector
 *   0x38  4   mini stream cutoff (4096)
 *   0x3C  4   first mini FAT sector, 0x40 their number;  0x44 first DIFAT sector, 0x48 their number
 *   0x4C  436 first 109 FAT sectors
 *   Sector n starts at (n + 1) << shift. The FAT gives for each sector the next one of its chain:
 *   FFFFFFFE end, FFFFFFFF free, FFFFFFFD FAT, FFFFFFFC DIFAT.
 *   Directory entry, 128 bytes: 0 name UTF-16 (64), 64 its length with zero, 66 type (1 storage, 2
 *   stream, 5 root), 68 left, 72 right, 76 child, 80 class id (16), 96 state, 100 created, 108
 * changed, 116 first sector, 120 size (8). Streams below the cutoff live in mini sectors of 64
 * bytes inside the root's own stream.
 *
 * A sector that no chain reaches is in the file but in no stream: nothing that opens the package,
 * and no signature over its streams, ever sees it.
 */

#define WD_CFB_NONE 0xFFFFFFFFU

typedef enum wd_cfb_type { WD_CFB_STORAGE = 1, WD_CFB_STREAM = 2, WD_CFB_ROOT = 5 } wd_cfb_type;

typedef struct wd_cfb_entry {
    uint64_t at;       /* of the directory entry */
    wd_slice raw_name; /* UTF-16LE without its zero */
    wd_slice record;   /* the 128 bytes */
    wd_cfb_type type;
    size_t parent; /* index of the storage it lies in; the root is its own */
    uint32_t start;
    uint64_t size;
} wd_cfb_entry;

/** Whom a sector belongs to. */
typedef enum wd_cfb_owner {
    WD_CFB_UNOWNED,
    WD_CFB_OWNED /* FAT, directory, mini stream or a stream */
} wd_cfb_owner;

typedef struct wd_cfb {
    wd_slice data;
    size_t sector_len;
    uint32_t *fat; /* one a sector that is in the file */
    size_t n_sectors;
    uint32_t *mini_fat;
    size_t n_mini;
    wd_slice mini_stream;   /* content of the root's stream; borrowed or in the arena */
    uint32_t *mini_sectors; /* sector numbers of the mini stream, for places */
    size_t n_mini_sectors;
    uint8_t *owner;        /* wd_cfb_owner a sector */
    uint8_t *mini_owner;   /* the same for mini sectors */
    wd_cfb_entry *entries; /* reachable ones, the root first, parents before children */
    size_t n;
} wd_cfb;

/** Reads tables and directory. Chains that loop, cross or leave the file are noted and cut. Fails:
 * WD_E_MALFORMED, WD_E_TRUNCATED, WD_E_NOMEM. */
WD_MUST_USE wd_status wd_cfb_read(wd_slice data, wd_arena *arena, wd_notes *notes, wd_cfb *out,
                                  wd_err *err);

/** Content of a stream: borrowed when its sectors follow each other, else a copy in the arena. A
 * cut chain gives what it reaches (`*whole` false). Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_cfb_stream(const wd_cfb *cfb, const wd_cfb_entry *e, wd_arena *arena,
                                    wd_slice *out, bool *whole);
/** File offset of the first byte of a stream; WD_NO_OFFSET when it has none. */
uint64_t wd_cfb_stream_at(const wd_cfb *cfb, const wd_cfb_entry *e);

/** A run of bytes that belongs to no stream and no table. */
typedef enum wd_cfb_gap_kind {
    WD_CFB_PAST_END,   /* behind the last whole sector, or behind what the FAT describes */
    WD_CFB_FREE,       /* sectors that no chain reaches */
    WD_CFB_MINI_FREE,  /* mini sectors that no chain reaches */
    WD_CFB_SLACK,      /* rest of the last sector of a stream */
    WD_CFB_HEADER_REST /* between the header's fields and the first sector */
} wd_cfb_gap_kind;

typedef struct wd_cfb_gap {
    uint64_t at;
    uint64_t len;
    wd_cfb_gap_kind kind;
} wd_cfb_gap;

/** All such runs, in order of place; neighbours of one kind joined. Fails: WD_E_NOMEM. */
WD_MUST_USE wd_status wd_cfb_gaps(const wd_cfb *cfb, wd_arena *arena, wd_cfb_gap **out, size_t *n);

#endif

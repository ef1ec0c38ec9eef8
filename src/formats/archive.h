#ifndef WD_FORMATS_ARCHIVE_H
#define WD_FORMATS_ARCHIVE_H

#include "core/buf.h"
#include "core/err.h"
#include "core/limits.h"
#include "formats/sniff.h"

/*
 * Members of containers, through libarchive, from memory to memory: zip (also encrypted with the
 * trade's password `infected`), tar, 7z, cab, ar (deb), cpio inside rpm, and single files behind
 * gzip, xz, zstd or bzip2. Nothing is written anywhere and no program is started: exactly one
 * filter and one format are switched on, by kind, never libarchive's own guessing, so that an
 * archive in an archive is a member and counts as depth.
 *
 *   rpm   96 bytes of lead; signature header, padded to 8; main header; payload. A header is
 *         8e ad e8 01, 4 reserved, u32be entries, u32be bytes of data, 16 bytes an entry, the data
 *         (rpm.org, "RPM V4 package format")
 *   gzip  10 bytes with flags at 3: 4 extra field, 8 name (RFC 1952)
 *
 * Names come out as found: absolute, with .., with any bytes, twice the same. They are text here
 * and never a path.
 */

/** What one top-level item may cost, through all levels of nesting. Start with
 * wd_archive_budget_full. */
typedef struct wd_archive_budget {
    uint64_t max_expanded; /* WD_MAX_EXPANDED */
    uint64_t max_member;   /* WD_MAX_MEMBER */
    uint32_t max_members;  /* WD_MAX_MEMBERS */
    uint64_t ratio_free;   /* WD_RATIO_FREE */
    uint64_t expanded;     /* bytes so far */
    uint32_t members;      /* entries so far, folders and links too */
} wd_archive_budget;

wd_archive_budget wd_archive_budget_full(void);

typedef enum wd_member_state {
    WD_MEMBER_WHOLE,
    WD_MEMBER_CUT,   /* damaged: `data` is what came before */
    WD_MEMBER_CLOSED /* no bytes: encrypted, over a limit, a method that is not known */
} wd_member_state;

typedef struct wd_member {
    wd_slice name; /* borrowed until the callback returns */
    wd_member_state state;
    uint64_t size; /* of `data`; of a closed member what the archive says, 0 when it does not */
    wd_slice data; /* borrowed until the callback returns */
    wd_slice why;  /* plain words unless whole */
} wd_member;

/** Receives the members in the order of the archive. A status other than WD_OK ends the reading. */
typedef struct wd_archive_sink {
    void *ctx;
    /** A file is about to be expanded. `*wanted` false leaves it out: `end` is not called. */
    wd_status (*begin)(void *ctx, wd_slice name, bool *wanted);
    wd_status (*end)(void *ctx, const wd_member *m);
    /** A link, device or other entry without bytes of its own; folders are not given. */
    wd_status (*mention)(void *ctx, wd_slice name, wd_slice what);
    /** A bound of core/limits.h was reached, or the archive contradicts its format. */
    wd_status (*limit)(void *ctx, wd_slice text);
    wd_status (*damage)(void *ctx, uint64_t offset, wd_slice text);
} wd_archive_sink;

/** Container to read. */
typedef struct wd_archive_input {
    wd_kind kind;  /* wd_kind_is_archive, or WD_KIND_MSI (formats/msi_members.h) */
    wd_slice name; /* for the name of a single compressed file that carries none */
    wd_slice data;
} wd_archive_input;

/** Before the sandbox, once in each process: character sets for names. */
void wd_archive_prepare(void);

/**
 * Reads the container to its end or the budget's. WD_OK also when it is damaged or a limit was
 * reached: the sink was told, and `*whole` is false. Fails: WD_E_UNSUPPORTED for a kind that is no
 * archive, WD_E_NOMEM, and what the sink returned.
 */
WD_MUST_USE wd_status wd_archive_read(const wd_archive_input *in, wd_archive_budget *budget,
                                      const wd_archive_sink *sink, bool *whole, wd_err *err);

#endif

#ifndef WD_TESTS_ARCHIVE_FIXTURE_H
#define WD_TESTS_ARCHIVE_FIXTURE_H

/* Archives made while a test runs, so that no binary blob has to be kept. */

#include <archive.h>
#include <archive_entry.h>

#include "core/buf.h"
#include "testing.h"

typedef struct made_entry {
    const char *name;
    wd_slice data;
    unsigned type;      /* AE_IFREG when 0 */
    const char *target; /* of a link */
} made_entry;

typedef struct made_archive {
    int (*format)(struct archive *);
    int (*filter)(struct archive *); /* NULL: none */
    const char *options;             /* NULL: none */
    const char *password;            /* NULL: none */
} made_archive;

static inline la_ssize_t made_write(struct archive *a, void *ctx, const void *bytes, size_t len)
{
    (void) a;
    wd_buf_add(ctx, wd_slice_of(bytes, len));
    return (la_ssize_t) len;
}

static inline void made_put(struct archive *a, const made_entry *m)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, m->name);
    archive_entry_set_filetype(e, m->type == 0 ? AE_IFREG : m->type);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, 1680000000, 0);
    archive_entry_set_size(e, (la_int64_t) m->data.len);
    if (m->type == AE_IFLNK) {
        archive_entry_set_symlink(e, m->target);
    } else if (m->target != NULL) {
        archive_entry_set_hardlink(e, m->target);
    }
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    if (m->data.len > 0) {
        assert_int_equal(archive_write_data(a, m->data.ptr, m->data.len), m->data.len);
    }
    archive_entry_free(e);
}

/* Adds the archive to `out`. */
static inline void made_build(const made_archive *how, const made_entry *entries, size_t n,
                              wd_buf *out)
{
    struct archive *a = archive_write_new();
    assert_int_equal(how->format(a), ARCHIVE_OK);
    if (how->filter != NULL) {
        assert_int_equal(how->filter(a), ARCHIVE_OK);
    }
    if (how->options != NULL) {
        assert_int_equal(archive_write_set_options(a, how->options), ARCHIVE_OK);
    }
    if (how->password != NULL) {
        assert_int_equal(archive_write_set_passphrase(a, how->password), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_set_bytes_in_last_block(a, 1), ARCHIVE_OK);
    assert_int_equal(archive_write_open(a, out, NULL, made_write, NULL), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        made_put(a, &entries[i]);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    assert_false(out->failed);
}

/* One file behind a filter: gzip, xz, zstd, bzip2. */
static inline void made_compress(int (*filter)(struct archive *), wd_slice data, wd_buf *out)
{
    const made_archive how = {.format = archive_write_set_format_raw, .filter = filter};
    const made_entry e = {.name = "data", .data = data};
    made_build(&how, &e, 1, out);
}

static inline void made_number(wd_buf *out, uint64_t v, size_t bytes, bool big)
{
    for (size_t i = 0; i < bytes; i++) {
        wd_buf_byte(out, (uint8_t) (v >> (8 * (big ? bytes - 1 - i : i))));
    }
}

/* A cabinet (MS-CAB) with one folder that is stored, and one file of at most 32 KiB. */
static inline void made_cab(const char *name, wd_slice data, wd_buf *out)
{
    size_t name_len = strlen(name) + 1;
    uint32_t files_at = 36 + 8;
    uint32_t data_at = files_at + 16 + (uint32_t) name_len;
    uint32_t total = data_at + 8 + (uint32_t) data.len;
    wd_buf_add(out, WD_S("MSCF\0\0\0\0"));
    made_number(out, total, 4, false);
    made_number(out, 0, 4, false);
    made_number(out, files_at, 4, false);
    made_number(out, 0, 4, false);
    made_number(out, 0x0103, 2, false);
    made_number(out, 1, 2, false); /* folders */
    made_number(out, 1, 2, false); /* files */
    made_number(out, 0, 2, false); /* flags */
    made_number(out, 0, 4, false); /* set id, number */
    made_number(out, data_at, 4, false);
    made_number(out, 1, 2, false); /* data blocks */
    made_number(out, 0, 2, false); /* stored */
    made_number(out, data.len, 4, false);
    made_number(out, 0, 4, false);
    made_number(out, 0, 2, false);      /* folder */
    made_number(out, 0x5678, 2, false); /* date */
    made_number(out, 0, 2, false);      /* time */
    made_number(out, 0x20, 2, false);
    wd_buf_add(out, wd_slice_of(name, name_len));
    made_number(out, 0, 4, false); /* no checksum */
    made_number(out, data.len, 2, false);
    made_number(out, data.len, 2, false);
    wd_buf_add(out, data);
}

static inline void made_rpm_header(wd_buf *out, size_t entries, size_t bytes)
{
    wd_buf_add(out, WD_S("\x8e\xad\xe8\x01\0\0\0\0"));
    made_number(out, entries, 4, true);
    made_number(out, bytes, 4, true);
    wd_buf_fill(out, 0, entries * 16 + bytes);
}

/* A package whose headers say nothing, with a cpio payload behind `filter`. */
static inline void made_rpm(int (*filter)(struct archive *), const made_entry *e, wd_buf *out)
{
    const made_archive how = {.format = archive_write_set_format_cpio_newc, .filter = filter};
    wd_buf_add(out, WD_S("\xed\xab\xee\xdb\3\0\0\0"));
    wd_buf_fill(out, 0, 96 - 8);
    made_rpm_header(out, 1, 3); /* padded: 96 + 16 + 16 + 3 is not a multiple of 8 */
    wd_buf_fill(out, 0, (8 - out->len % 8) % 8);
    made_rpm_header(out, 2, 5);
    made_build(&how, e, 1, out);
}

/* A zip inside a zip, `levels` deep in all, with `core` innermost. */
static inline void made_nest(unsigned levels, wd_slice core, wd_buf *out)
{
    const made_archive how = {.format = archive_write_set_format_zip};
    wd_buf inner = {0};
    wd_buf_add(&inner, core);
    for (unsigned i = 0; i < levels; i++) {
        const made_entry e = {.name = i == 0 ? "core.txt" : "inner.zip",
                              .data = wd_buf_slice(&inner)};
        wd_buf outer = {0};
        made_build(&how, &e, 1, &outer);
        wd_buf_free(&inner);
        inner = outer;
    }
    wd_buf_add(out, wd_buf_slice(&inner));
    wd_buf_free(&inner);
}

#endif

#include "formats/archive.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>
#include <stdio.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "formats/archive_parts.h"
#include "formats/zip_names.h"

enum {
    CHUNK = 1 << 16,
    PEEK = 1024,
    MAX_RETRIES = 16,
    NAMES_ARENA = 1 << 26 /* WD_MAX_MEMBERS names, grown by doubling */
};

static const char component[] = "archive";

/* One container while it is read. */
typedef struct reader {
    const wd_archive_input *in;
    wd_archive_budget *budget;
    const wd_archive_sink *sink;
    struct archive *a;
    wd_slice data;          /* what libarchive is given: the container, or the payload of an rpm */
    wd_slice name;          /* of the single file behind a filter */
    uint64_t base;          /* of `data` in the container */
    wd_buf bytes;           /* of the member at hand */
    wd_arena *arena;        /* for the names of a zip */
    wd_zip_name *zip_names; /* NULL: libarchive's are used */
    size_t n_zip_names;
    size_t entry; /* number of the entry at hand */
    bool whole;
    bool stop; /* a limit that ends the container */
    wd_err *err;
} reader;

wd_archive_budget wd_archive_budget_full(void)
{
    return (wd_archive_budget){.max_expanded = WD_MAX_EXPANDED,
                               .max_member = WD_MAX_MEMBER,
                               .max_members = WD_MAX_MEMBERS,
                               .ratio_free = WD_RATIO_FREE};
}

void wd_archive_prepare(void)
{
    /* libarchive gives names in the process's character set; any other but UTF-8 loses some. */
    (void) setlocale(LC_CTYPE, "C.UTF-8");
    /* It asks mktime about the times in zip entries, which opens /etc/localtime unless the zone is set and known. */
    (void) setenv("TZ", "UTC0", 1);
    tzset();
}

/* --- opening -------------------------------------------------------------------------------- */

static int filter_of(wd_kind kind)
{
    switch ((int) kind) {
    case WD_KIND_GZIP: return ARCHIVE_FILTER_GZIP;
    case WD_KIND_XZ: return ARCHIVE_FILTER_XZ;
    case WD_KIND_ZSTD: return ARCHIVE_FILTER_ZSTD;
    case WD_KIND_BZIP2: return ARCHIVE_FILTER_BZIP2;
    default: return ARCHIVE_FILTER_NONE;
    }
}

static int add_format(struct archive *a, wd_kind kind)
{
    switch ((int) kind) {
    case WD_KIND_ZIP: return archive_read_support_format_zip(a);
    case WD_KIND_TAR: return archive_read_support_format_tar(a);
    case WD_KIND_7Z: return archive_read_support_format_7zip(a);
    case WD_KIND_CAB: return archive_read_support_format_cab(a);
    case WD_KIND_DEB:
    case WD_KIND_AR: return archive_read_support_format_ar(a);
    case WD_KIND_RPM: return archive_read_support_format_cpio(a);
    default: (void) archive_read_support_format_raw(a); return archive_read_support_format_empty(a);
    }
}

/* A handle with one filter and one format on `data`; NULL when memory ran out. */
static struct archive *open_as(int filter, wd_kind format, wd_slice data)
{
    struct archive *a = archive_read_new();
    if (a == NULL) {
        return NULL;
    }
    if (filter != ARCHIVE_FILTER_NONE) {
        (void) archive_read_append_filter(a, filter);
    }
    (void) add_format(a, format);
    if (format == WD_KIND_ZIP) {
        (void) archive_read_add_passphrase(a, "infected");
    }
    /* A refusal shows again, with its words, when the first header is asked for. */
    (void) archive_read_open_memory(a, data.ptr, data.len);
    return a;
}

/* What a compressed file holds: a tar, or anything else (then it is a single file). */
static wd_kind kind_behind(int filter, wd_slice data)
{
    uint8_t head[PEEK];
    struct archive_entry *e = NULL;
    wd_kind kind = WD_KIND_OTHER;
    struct archive *a = open_as(filter, WD_KIND_OTHER, data);
    if (a != NULL && archive_read_next_header(a, &e) == ARCHIVE_OK) {
        la_ssize_t n = archive_read_data(a, head, sizeof head);
        kind = wd_sniff((wd_slice){0}, wd_slice_of(head, n > 0 ? (size_t) n : 0));
    }
    archive_read_free(a);
    return kind == WD_KIND_TAR ? WD_KIND_TAR : WD_KIND_OTHER;
}

static wd_status open_container(reader *r)
{
    wd_kind kind = r->in->kind;
    int filter = filter_of(kind);
    r->data = r->in->data;
    if (kind == WD_KIND_RPM) {
        r->base = wd_rpm_payload(r->data);
        r->data = wd_slice_sub(r->data, r->base, r->base == 0 ? 0 : r->data.len);
        filter = filter_of(wd_sniff((wd_slice){0}, r->data));
    } else if (filter != ARCHIVE_FILTER_NONE) {
        kind = kind_behind(filter, r->data);
        r->name = wd_compressed_name(r->in->kind, r->data, r->in->name);
    }
    if (kind == WD_KIND_ZIP) {
        r->arena = wd_arena_new(NAMES_ARENA);
        if (r->arena == NULL ||
            wd_zip_names(r->data, r->arena, &r->zip_names, &r->n_zip_names) != WD_OK) {
            return wd_nomem(r->err, component);
        }
    }
    r->a = open_as(filter, kind, r->data);
    return r->a == NULL ? wd_nomem(r->err, component) : WD_OK;
}

/* --- what is told ---------------------------------------------------------------------------- */

static wd_slice lib_words(struct archive *a)
{
    const char *text = archive_error_string(a);
    return wd_slice_str(text == NULL ? "the archive cannot be read" : text);
}

static wd_status tell_limit(reader *r, const char *text)
{
    r->whole = false;
    return r->sink->limit(r->sink->ctx, wd_slice_str(text));
}

static wd_status tell_damage(reader *r, wd_slice text)
{
    la_int64_t at = archive_filter_bytes(r->a, -1);
    r->whole = false;
    return r->sink->damage(r->sink->ctx, r->base + (at > 0 ? (uint64_t) at : 0), text);
}

/* --- one member ------------------------------------------------------------------------------ */

/* Why no more of this member may be expanded; NULL: go on. `consumed` are its packed bytes. */
static const char *over_budget(reader *r, uint64_t consumed)
{
    const wd_archive_budget *b = r->budget;
    if (b->expanded > b->max_expanded) {
        r->stop = true;
        return "the item expands to more than the bound in all; the rest was not opened";
    }
    if (r->bytes.len > b->max_member) {
        return "larger than the bound for one member; unpack it and give the file itself";
    }
    if (b->expanded > b->ratio_free && r->bytes.len > WD_MAX_RATIO * (consumed + 1)) {
        return "expands more than 200 times its packed size; not believed";
    }
    return NULL;
}

/* Expands the member into r->bytes. `*why` stays NULL when it came whole. */
static int expand(reader *r, const char **limit)
{
    uint8_t chunk[CHUNK];
    la_int64_t start = archive_filter_bytes(r->a, -1);
    for (;;) {
        la_ssize_t n = archive_read_data(r->a, chunk, sizeof chunk);
        if (n == 0) {
            return ARCHIVE_OK;
        }
        if (n < 0) {
            return (int) n;
        }
        wd_buf_add(&r->bytes, wd_slice_of(chunk, (size_t) n));
        r->budget->expanded += (uint64_t) n;
        la_int64_t packed = archive_filter_bytes(r->a, -1) - start;
        *limit = over_budget(r, packed > 0 ? (uint64_t) packed : 0);
        if (r->bytes.failed) {
            *limit = "does not fit into the memory of a reader";
        }
        if (*limit != NULL) {
            return ARCHIVE_OK;
        }
    }
}

/* Fills `m` after expand said `code`. */
static wd_status judge(reader *r, struct archive_entry *e, int code, wd_member *m)
{
    if (code >= ARCHIVE_WARN) {
        m->data = wd_buf_slice(&r->bytes);
        m->size = m->data.len;
        return WD_OK;
    }
    if (archive_entry_is_encrypted(e) != 0 && r->bytes.len == 0) {
        m->state = WD_MEMBER_CLOSED;
        m->why = WD_S("encrypted, and not with a password that is known here");
        return WD_OK;
    }
    m->why = lib_words(r->a);
    m->state = r->bytes.len == 0 ? WD_MEMBER_CLOSED : WD_MEMBER_CUT;
    if (r->bytes.len > 0) {
        m->data = wd_buf_slice(&r->bytes);
        m->size = m->data.len;
    }
    return tell_damage(r, m->why);
}

static wd_status give_file(reader *r, struct archive_entry *e, wd_slice name)
{
    wd_member m = {.name = name, .state = WD_MEMBER_WHOLE};
    const char *limit = NULL;
    bool wanted = true;
    int code = ARCHIVE_OK;
    WD_TRY(r->sink->begin(r->sink->ctx, name, &wanted));
    if (!wanted) {
        return WD_OK;
    }
    wd_buf_clear(&r->bytes);
    m.size = archive_entry_size_is_set(e) && archive_entry_size(e) > 0
                 ? (uint64_t) archive_entry_size(e)
                 : 0;
    if (m.size > r->budget->max_member) {
        limit = "larger than the bound for one member; unpack it and give the file itself";
    } else {
        code = expand(r, &limit);
    }
    if (limit != NULL) {
        m.state = WD_MEMBER_CLOSED;
        m.why = wd_slice_str(limit);
        wd_buf_free(&r->bytes);
        WD_TRY(tell_limit(r, limit));
    } else {
        WD_TRY(judge(r, e, code, &m));
    }
    WD_TRY(r->sink->end(r->sink->ctx, &m));
    if (r->bytes.cap > (size_t) CHUNK * 16) {
        wd_buf_free(&r->bytes); /* the next one is hardly as large */
    }
    return WD_OK;
}

static const char *what_it_is(struct archive_entry *e)
{
    if (archive_entry_hardlink(e) != NULL) {
        return "hard link, not followed";
    }
    switch (archive_entry_filetype(e)) {
    case AE_IFLNK: return "symbolic link, not followed";
    case AE_IFCHR:
    case AE_IFBLK: return "device, not made";
    case AE_IFIFO: return "named pipe, not made";
    case AE_IFSOCK: return "socket, not made";
    default: return NULL;
    }
}

/* The name as the zip's directory has it, when that is the entry at hand. */
static wd_slice raw_zip_name(reader *r, wd_slice name)
{
    if (r->entry < r->n_zip_names && wd_zip_name_fits(r->zip_names[r->entry].name, name)) {
        return r->zip_names[r->entry].name;
    }
    r->n_zip_names = 0; /* out of step: libarchive reads another list than the directory */
    return (wd_slice){0};
}

static wd_slice name_of(reader *r, struct archive_entry *e)
{
    if (archive_format(r->a) == ARCHIVE_FORMAT_RAW) {
        return r->name;
    }
    const char *name = archive_entry_pathname(e);
    name = name == NULL ? archive_entry_pathname_utf8(e) : name;
    wd_slice raw = raw_zip_name(r, wd_slice_str(name));
    if (raw.ptr != NULL) {
        return raw;
    }
    return name == NULL ? WD_S("(a name that cannot be read)") : wd_slice_str(name);
}

static wd_status check_name(reader *r, wd_slice name)
{
    return wd_slice_find_byte(name, 0) == SIZE_MAX
               ? WD_OK
               : tell_damage(r, WD_S("a member's name holds a NUL byte: other programs show and "
                                     "write another name"));
}

static wd_status give_entry(reader *r, struct archive_entry *e)
{
    const char *what = what_it_is(e);
    wd_slice name = name_of(r, e);
    r->entry++;
    if (r->budget->members >= r->budget->max_members) {
        r->stop = true;
        return tell_limit(r, "more members than the bound; the rest was not opened");
    }
    r->budget->members++;
    if (what != NULL) {
        return r->sink->mention(r->sink->ctx, name, wd_slice_str(what));
    }
    if (archive_entry_filetype(e) == AE_IFDIR) {
        return WD_OK;
    }
    WD_TRY(check_name(r, name));
    return give_file(r, e, name);
}

/* --- the container --------------------------------------------------------------------------- */

/* Why the next header cannot be had, when it is not the end. */
static wd_status give_up(reader *r)
{
    /* Asked before a format was found, libarchive 3.6 reads past its table of formats. */
    if (archive_format(r->a) != 0 && archive_read_has_encrypted_entries(r->a) == 1) {
        return tell_damage(r, WD_S("encrypted with its list of members; nothing can be listed"));
    }
    return tell_damage(r, lib_words(r->a));
}

static wd_status read_entries(reader *r)
{
    unsigned retries = 0;
    while (!r->stop) {
        struct archive_entry *e = NULL;
        int code = archive_read_next_header(r->a, &e);
        if (code == ARCHIVE_EOF) {
            return WD_OK;
        }
        if (code == ARCHIVE_RETRY && ++retries < MAX_RETRIES) {
            continue;
        }
        if (code < ARCHIVE_WARN) {
            return give_up(r);
        }
        WD_TRY(give_entry(r, e));
    }
    return WD_OK;
}

wd_status wd_archive_read(const wd_archive_input *in, wd_archive_budget *budget,
                          const wd_archive_sink *sink, bool *whole, wd_err *err)
{
    reader r = {.in = in, .budget = budget, .sink = sink, .whole = true, .err = err};
    if (!wd_kind_is_archive(in->kind)) {
        return wd_fail(err, WD_E_UNSUPPORTED, 0, component, "%s is no archive that is read here",
                       wd_kind_name(in->kind));
    }
    wd_status s = open_container(&r);
    if (s != WD_OK) {
        wd_arena_free(r.arena);
        return s;
    }
    s = in->kind == WD_KIND_RPM && r.base == 0
            ? tell_damage(&r, WD_S("the headers of the package do not hold"))
            : read_entries(&r);
    *whole = r.whole;
    wd_buf_free(&r.bytes);
    wd_arena_free(r.arena);
    archive_read_free(r.a);
    return s;
}

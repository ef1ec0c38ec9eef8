#include "formats/archive.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <archive.h>
#include <archive_entry.h>

#include "formats/archive_parts.h"
#include "formats/msi_members.h"
#include "formats/unpack.h"
#include "formats/zip_names.h"

enum {
    CHUNK = 1 << 16,
    PEEK = 1024,
    MAX_RETRIES = 16,
    TAR_BLOCK = 512,
    OWN_ARENA = 1 << 26 /* WD_MAX_MEMBERS names of a zip, grown by doubling */
};

static const char component[] = "archive";

/* One container while it is read. */
typedef struct reader {
    const wd_archive_input *in;
    wd_archive_budget *budget;
    const wd_archive_sink *sink;
    struct archive *a;
    wd_slice data;           /* what libarchive is given: the container, or the payload of an rpm */
    wd_unpack *unpack;       /* NULL: nothing is behind a filter */
    uint8_t *chunk;          /* of CHUNK bytes, what the filter gave last */
    uint8_t tail[TAR_BLOCK]; /* the last block that came through the filter */
    uint64_t base;           /* of `data` in the container */
    wd_buf bytes;            /* of the member at hand */
    wd_arena *arena;         /* names of a zip, the filter's buffer */
    wd_zip_name *zip_names;  /* NULL: libarchive's are used */
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
    /* It also makes moments of local times, which would look for a time zone file each time. */
    (void) setenv("TZ", "UTC0", 1);
    tzset();
}

/* --- opening -------------------------------------------------------------------------------- */

static bool is_packed(wd_kind kind)
{
    return kind == WD_KIND_GZIP || kind == WD_KIND_XZ || kind == WD_KIND_ZSTD ||
           kind == WD_KIND_BZIP2;
}

static int add_format(struct archive *a, wd_kind kind)
{
    switch ((int) kind) {
    case WD_KIND_ZIP: return archive_read_support_format_zip(a);
    case WD_KIND_7Z: return archive_read_support_format_7zip(a);
    case WD_KIND_CAB: return archive_read_support_format_cab(a);
    case WD_KIND_DEB:
    case WD_KIND_AR: return archive_read_support_format_ar(a);
    case WD_KIND_RPM: return archive_read_support_format_cpio(a);
    default: return archive_read_support_format_tar(a);
    }
}

/* What is behind the filter, for libarchive. */
static la_ssize_t on_read(struct archive *a, void *ctx, const void **bytes)
{
    (void) a;
    reader *r = ctx;
    size_t n = wd_unpack_read(r->unpack, r->chunk, CHUNK);
    if (n >= TAR_BLOCK) {
        memcpy(r->tail, r->chunk + n - TAR_BLOCK, TAR_BLOCK);
    }
    *bytes = r->chunk;
    return (la_ssize_t) n;
}

/* True when what is behind the filter is a tar; the stream is rewound. */
static wd_status peek(reader *r, wd_kind packed, bool *tar)
{
    size_t n = 0;
    size_t more = 1;
    r->unpack = wd_unpack_new(packed, r->data);
    r->chunk = wd_arena_alloc(r->arena, CHUNK);
    if (r->unpack == NULL || r->chunk == NULL) {
        return wd_nomem(r->err, component);
    }
    while (n < PEEK && more > 0) {
        more = wd_unpack_read(r->unpack, r->chunk + n, PEEK - n);
        n += more;
    }
    *tar = wd_sniff((wd_slice){0}, wd_slice_of(r->chunk, n)) == WD_KIND_TAR;
    wd_unpack_free(r->unpack);
    r->unpack = wd_unpack_new(packed, r->data);
    return r->unpack == NULL ? wd_nomem(r->err, component) : WD_OK;
}

/* A handle with exactly one format. A refusal shows again, with its words, when the first header
 * is asked for. */
static wd_status open_handle(reader *r, wd_kind format)
{
    r->a = archive_read_new();
    if (r->a == NULL) {
        return wd_nomem(r->err, component);
    }
    (void) add_format(r->a, format);
    if (format == WD_KIND_ZIP) {
        (void) archive_read_add_passphrase(r->a, "infected");
        WD_TRY(wd_zip_names(r->data, r->arena, &r->zip_names, &r->n_zip_names));
    }
    if (r->unpack != NULL) {
        (void) archive_read_open(r->a, r, NULL, on_read, NULL);
    } else {
        (void) archive_read_open_memory(r->a, r->data.ptr, r->data.len);
    }
    return WD_OK;
}

/* Leaves r->a NULL for a single compressed file. */
static wd_status open_container(reader *r)
{
    wd_kind kind = r->in->kind;
    r->data = r->in->data;
    if (kind == WD_KIND_RPM) {
        r->base = wd_rpm_payload(r->data);
        r->data = wd_slice_sub(r->data, r->base, r->base == 0 ? 0 : r->data.len);
        wd_kind packed = wd_sniff((wd_slice){0}, r->data);
        if (is_packed(packed)) {
            bool tar;
            WD_TRY(peek(r, packed, &tar));
        }
        return open_handle(r, kind);
    }
    if (is_packed(kind)) {
        bool tar = false;
        WD_TRY(peek(r, kind, &tar));
        return tar ? open_handle(r, WD_KIND_TAR) : WD_OK;
    }
    return open_handle(r, kind);
}

/* --- what is told ---------------------------------------------------------------------------- */

/* The words of whoever failed. */
static wd_slice reason(const reader *r)
{
    const char *text = r->unpack == NULL ? NULL : wd_unpack_damage(r->unpack);
    if (text == NULL && r->a != NULL) {
        text = archive_error_string(r->a);
    }
    return wd_slice_str(text == NULL ? "the archive cannot be read" : text);
}

static wd_status tell_limit(reader *r, const char *text)
{
    r->whole = false;
    return r->sink->limit(r->sink->ctx, wd_slice_str(text));
}

/* Bytes of the container that were read so far. */
static uint64_t packed_so_far(const reader *r)
{
    if (r->unpack != NULL) {
        return wd_unpack_used(r->unpack);
    }
    la_int64_t at = r->a == NULL ? 0 : archive_filter_bytes(r->a, -1);
    return at > 0 ? (uint64_t) at : 0;
}

static wd_status tell_damage(reader *r, wd_slice text)
{
    r->whole = false;
    return r->sink->damage(r->sink->ctx, r->base + packed_so_far(r), text);
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

/* The next bytes of the member; 0 at its end, below 0 at damage. */
static la_ssize_t next_bytes(reader *r, uint8_t *chunk)
{
    if (r->a != NULL) {
        return archive_read_data(r->a, chunk, CHUNK);
    }
    size_t n = wd_unpack_read(r->unpack, chunk, CHUNK);
    return n == 0 && wd_unpack_damage(r->unpack) != NULL ? ARCHIVE_FATAL : (la_ssize_t) n;
}

/* Expands the member into r->bytes. `*limit` stays NULL when no bound was reached. */
static int expand(reader *r, const char **limit)
{
    uint8_t chunk[CHUNK];
    uint64_t start = packed_so_far(r);
    for (;;) {
        la_ssize_t n = next_bytes(r, chunk);
        if (n <= 0) {
            return (int) n;
        }
        wd_buf_add(&r->bytes, wd_slice_of(chunk, (size_t) n));
        r->budget->expanded += (uint64_t) n;
        uint64_t now = packed_so_far(r);
        *limit = over_budget(r, now > start ? now - start : 0);
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
    if (e != NULL && archive_entry_is_encrypted(e) != 0 && r->bytes.len == 0) {
        m->state = WD_MEMBER_CLOSED;
        m->why = WD_S("encrypted, and not with a password that is known here");
        return WD_OK;
    }
    /* libarchive 3.6 goes on from a broken cabinet through a pointer that is not there. */
    r->stop = r->stop || r->in->kind == WD_KIND_CAB;
    m->why = reason(r);
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
    m.size = e != NULL && archive_entry_size_is_set(e) && archive_entry_size(e) > 0
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
    return tell_damage(r, reason(r));
}

/* A tar that was cut between two members looks whole to libarchive, but lacks its end mark. */
static wd_status check_end(reader *r)
{
    static const uint8_t zeros[TAR_BLOCK];
    if (r->unpack != NULL && wd_unpack_damage(r->unpack) != NULL) {
        return tell_damage(r, reason(r));
    }
    if ((archive_format(r->a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR) {
        return WD_OK;
    }
    wd_slice last = wd_slice_of(r->tail, TAR_BLOCK);
    if (r->unpack == NULL) {
        size_t whole = r->data.len - r->data.len % TAR_BLOCK;
        last = wd_slice_sub(r->data, whole < TAR_BLOCK ? 0 : whole - TAR_BLOCK, TAR_BLOCK);
    }
    return wd_slice_eq(last, wd_slice_of(zeros, sizeof zeros))
               ? WD_OK
               : tell_damage(r, WD_S("the tar has no end mark: it may have been cut off"));
}

/* A file of its own behind a filter. */
static wd_status read_single(reader *r)
{
    r->budget->members++;
    wd_slice name = wd_compressed_name(r->in->kind, r->data, r->in->name);
    WD_TRY(give_file(r, NULL, name));
    return WD_OK;
}

static wd_status read_entries(reader *r)
{
    unsigned retries = 0;
    while (!r->stop) {
        struct archive_entry *e = NULL;
        int code = archive_read_next_header(r->a, &e);
        if (code == ARCHIVE_EOF) {
            return check_end(r);
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

static wd_status read_container(reader *r)
{
    WD_TRY(open_container(r));
    if (r->in->kind == WD_KIND_RPM && r->base == 0) {
        return tell_damage(r, WD_S("the headers of the package do not hold"));
    }
    return r->a == NULL ? read_single(r) : read_entries(r);
}

wd_status wd_archive_read(const wd_archive_input *in, wd_archive_budget *budget,
                          const wd_archive_sink *sink, bool *whole, wd_err *err)
{
    reader r = {.in = in, .budget = budget, .sink = sink, .whole = true, .err = err};
    if (in->kind == WD_KIND_MSI) {
        return wd_msi_members(in, budget, sink, whole, err);
    }
    if (!wd_kind_is_archive(in->kind)) {
        return wd_fail(err, WD_E_UNSUPPORTED, 0, component, "%s is no archive that is read here",
                       wd_kind_name(in->kind));
    }
    r.arena = wd_arena_new(OWN_ARENA);
    wd_status s = r.arena == NULL ? wd_nomem(err, component) : read_container(&r);
    *whole = r.whole;
    if (r.a != NULL) {
        archive_read_free(r.a);
    }
    wd_unpack_free(r.unpack);
    wd_buf_free(&r.bytes);
    wd_arena_free(r.arena);
    return s;
}

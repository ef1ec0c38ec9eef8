#include "formats/msi_members.h"

#include "core/map.h"
#include "formats/msi.h"

#define COMPONENT "msi"
/* Tables, copies of scattered streams and names of one package. */
#define OWN_ARENA ((size_t) 1 << 30)

typedef struct reader {
    const wd_archive_input *in;
    wd_archive_budget *budget;
    const wd_archive_sink *sink;
    wd_arena *arena;
    wd_msi msi;
    wd_map paths;   /* key in the cabinet -> const wd_msi_file * */
    uint8_t *given; /* per directory entry: its bytes were given as files */
    bool *whole;
    wd_err *err;
} reader;

/* Between the cabinet and the real sink: puts the installed path in place of the key. */
static wd_slice path_of(const reader *r, wd_slice key)
{
    const uintptr_t *slot = wd_map_find(&r->paths, key);
    return slot == NULL ? key : ((const wd_msi_file *) *slot)->path;
}

static wd_status cab_begin(void *ctx, wd_slice name, bool *wanted)
{
    const reader *r = ctx;
    return r->sink->begin(r->sink->ctx, path_of(r, name), wanted);
}

static wd_status cab_end(void *ctx, const wd_member *m)
{
    const reader *r = ctx;
    wd_member renamed = *m;
    renamed.name = path_of(r, m->name);
    return r->sink->end(r->sink->ctx, &renamed);
}

static wd_status cab_mention(void *ctx, wd_slice name, wd_slice what)
{
    const reader *r = ctx;
    return r->sink->mention(r->sink->ctx, path_of(r, name), what);
}

static wd_status cab_limit(void *ctx, wd_slice text)
{
    const reader *r = ctx;
    return r->sink->limit(r->sink->ctx, text);
}

/* Offsets inside a cabinet mean nothing in the package: its own place is told. */
static wd_status cab_damage(void *ctx, uint64_t offset, wd_slice text)
{
    const reader *r = ctx;
    (void) offset;
    return r->sink->damage(r->sink->ctx, WD_NO_OFFSET, text);
}

static wd_status read_paths(reader *r)
{
    wd_msi_file *files = NULL;
    size_t n = 0;
    r->paths.arena = r->arena;
    WD_TRY(wd_msi_files(&r->msi, r->arena, NULL, &files, &n));
    for (size_t i = 0; i < n; i++) {
        uintptr_t *slot = wd_map_put(&r->paths, files[i].key, NULL);
        if (slot == NULL) {
            return WD_E_NOMEM;
        }
        *slot = (uintptr_t) &files[i];
    }
    return WD_OK;
}

static wd_status read_cabinet(reader *r, wd_slice name)
{
    size_t i = wd_msi_find(&r->msi, wd_slice_sub(name, 1, name.len));
    wd_slice content;
    bool whole = false;
    if (i == SIZE_MAX) {
        return r->sink->damage(r->sink->ctx, WD_NO_OFFSET,
                               WD_S("a cabinet that the tables name is not in the package"));
    }
    if (r->given[i] != 0) {
        return WD_OK; /* named twice: once is enough */
    }
    r->given[i] = 1;
    WD_TRY(wd_cfb_stream(&r->msi.cfb, &r->msi.cfb.entries[i], r->arena, &content, &whole));
    const wd_archive_sink sink = {r, cab_begin, cab_end, cab_mention, cab_limit, cab_damage};
    const wd_archive_input in = {WD_KIND_CAB, name, content};
    bool cab_whole = true;
    WD_TRY(wd_archive_read(&in, r->budget, &sink, &cab_whole, r->err));
    *r->whole = *r->whole && cab_whole && whole;
    return WD_OK;
}

/* Media(DiskId, LastSequence, DiskPrompt, Cabinet, ...): "#name" is a stream of the package. */
static wd_status read_media(reader *r)
{
    wd_msi_table media;
    WD_TRY(wd_msi_read_table(&r->msi, "Media", r->arena, NULL, &media));
    for (size_t i = 0; i < media.n_rows; i++) {
        wd_slice cabinet = wd_msi_text(&r->msi, &media, i, 3);
        if (cabinet.len > 1 && cabinet.ptr[0] == '#') {
            WD_TRY(read_cabinet(r, cabinet));
        } else if (cabinet.len > 0) {
            WD_TRY(r->sink->mention(r->sink->ctx, cabinet, WD_S("a cabinet outside the package")));
        }
    }
    return WD_OK;
}

static bool is_content(const reader *r, size_t i)
{
    const wd_cfb_entry *e = &r->msi.cfb.entries[i];
    wd_slice name = r->msi.names[i];
    return e->type == WD_CFB_STREAM && e->size > 0 && r->given[i] == 0 && name.len > 0 &&
           name.ptr[0] >= ' ' && name.ptr[0] != '!';
}

static wd_status give_stream(reader *r, size_t i)
{
    const wd_cfb_entry *e = &r->msi.cfb.entries[i];
    wd_member m = {.name = r->msi.names[i], .size = e->size};
    bool wanted = true;
    bool whole = false;
    if (r->budget->members >= r->budget->max_members ||
        r->budget->expanded > r->budget->max_expanded) {
        *r->whole = false;
        return r->sink->limit(r->sink->ctx, WD_S("more members than the bound"));
    }
    r->budget->members++;
    WD_TRY(r->sink->begin(r->sink->ctx, m.name, &wanted));
    if (!wanted) {
        return WD_OK;
    }
    if (e->size > r->budget->max_member) {
        m.state = WD_MEMBER_CLOSED;
        m.why = WD_S("larger than the bound for one member");
        *r->whole = false;
        return r->sink->end(r->sink->ctx, &m);
    }
    WD_TRY(wd_cfb_stream(&r->msi.cfb, e, r->arena, &m.data, &whole));
    m.size = m.data.len;
    m.state = whole ? WD_MEMBER_WHOLE : m.data.len > 0 ? WD_MEMBER_CUT : WD_MEMBER_CLOSED;
    m.why = whole ? WD_EMPTY : WD_S("its chain of sectors breaks off");
    r->budget->expanded += m.size;
    *r->whole = *r->whole && whole;
    return r->sink->end(r->sink->ctx, &m);
}

static wd_status read_members(reader *r)
{
    r->given = WD_ARRAY(r->arena, r->msi.cfb.n, uint8_t);
    if (r->given == NULL) {
        return WD_E_NOMEM;
    }
    WD_TRY(read_paths(r));
    WD_TRY(read_media(r));
    for (size_t i = 1; i < r->msi.cfb.n; i++) {
        if (is_content(r, i)) {
            WD_TRY(give_stream(r, i));
        }
    }
    return WD_OK;
}

wd_status wd_msi_members(const wd_archive_input *in, wd_archive_budget *budget,
                         const wd_archive_sink *sink, bool *whole, wd_err *err)
{
    wd_arena *arena = wd_arena_new(OWN_ARENA);
    reader r = {
        .in = in, .budget = budget, .sink = sink, .arena = arena, .whole = whole, .err = err};
    wd_err inner = {0};
    *whole = true;
    wd_status status = arena == NULL ? wd_nomem(err, COMPONENT)
                                     : wd_msi_read(in->data, arena, NULL, &r.msi, &inner);
    if (status == WD_OK) {
        status = read_members(&r);
    } else if (status == WD_E_MALFORMED || status == WD_E_TRUNCATED) {
        *whole = false;
        status = sink->damage(sink->ctx, inner.offset, wd_slice_str(inner.text));
    }
    wd_arena_free(arena);
    return status;
}

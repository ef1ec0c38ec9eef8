#include "detect/siblings.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/map.h"

#define COMPONENT "siblings"

typedef wd_status (*emit_fn)(void *ctx, size_t file, const wd_finding *f);

/* Files of one folder: indexes into the caller's array, in order of path. The maps make the work
 * linear in names: an archive may hold 100,000 libraries in one folder. */
typedef struct folder {
    const wd_sibling *files;
    const size_t *index;
    size_t n;
    wd_arena *arena;
    emit_fn emit;
    void *ctx;
    wd_map loaders; /* lower-case library name -> 1 + place of the first signed file importing it */
    wd_map carriers;      /* lower-case name of a signed file with unexplained bytes -> 1 + place */
    size_t first_carrier; /* 1 + place, 0 when there is none */
    size_t n_signed[2];   /* programs, libraries */
} folder;

wd_slice wd_sibling_folder(wd_slice path)
{
    size_t slash = wd_slice_rfind_byte(path, '/');
    size_t back = wd_slice_rfind_byte(path, '\\');
    size_t cut = slash == SIZE_MAX ? back : back == SIZE_MAX || slash > back ? slash : back;
    /* A member at the top of an archive lies in the archive, beside the archive's other members. */
    size_t mark = SIZE_MAX;
    wd_slice rest = path;
    for (size_t at = 0; (at = wd_slice_find(rest, WD_S(" > "))) != SIZE_MAX;) {
        mark = (mark == SIZE_MAX ? 0 : mark + 3) + at;
        rest = wd_slice_sub(path, mark + 3, path.len);
    }
    if (mark != SIZE_MAX && (cut == SIZE_MAX || cut < mark)) {
        return wd_slice_sub(path, 0, mark + 2);
    }
    return cut == SIZE_MAX ? WD_EMPTY : wd_slice_sub(path, 0, cut);
}

static wd_slice file_name(const wd_sibling *f)
{
    wd_slice folder_part = wd_sibling_folder(f->path);
    size_t skip = folder_part.len > 0 ? folder_part.len + 1 : 0;
    return wd_slice_sub(f->path, skip, f->path.len);
}

static const wd_sibling *at(const folder *d, size_t i)
{
    return &d->files[d->index[i]];
}

static wd_finding finding_of(const wd_sibling *f, const char *rule, wd_severity severity,
                             wd_slice sentence)
{
    return (wd_finding){.rule = wd_slice_str(rule),
                        .sentence = sentence,
                        .subject = file_name(f),
                        .severity = severity,
                        .basis = WD_LIKELY,
                        .tier = -1,
                        .time = WD_NO_TIME,
                        .span = {.offset = WD_NO_OFFSET}};
}

static int shown(wd_slice s)
{
    return (int) (s.len < 60 ? s.len : 60);
}

static wd_status emit(const folder *d, size_t i, const wd_finding *f)
{
    return f->sentence.ptr == NULL ? WD_E_NOMEM : d->emit(d->ctx, d->index[i], f);
}

static wd_status put_first(wd_map *map, wd_slice name, size_t place, wd_arena *arena)
{
    bool added = false;
    wd_slice lower = wd_arena_lower(arena, name);
    uintptr_t *slot = lower.ptr == NULL ? NULL : wd_map_put(map, lower, &added);
    if (slot == NULL) {
        return WD_E_NOMEM;
    }
    *slot = added ? place + 1 : *slot;
    return WD_OK;
}

static wd_status index_folder(folder *d)
{
    d->loaders.arena = d->carriers.arena = d->arena;
    for (size_t i = 0; i < d->n; i++) {
        const wd_sibling *f = at(d, i);
        wd_slice rest = f->imports;
        wd_slice name;
        if (!f->is_signed) {
            continue;
        }
        d->n_signed[f->library]++;
        while (wd_slice_split(&rest, ' ', &name)) {
            WD_TRY(put_first(&d->loaders, name, i, d->arena));
        }
        if (f->uncovered > 0) {
            WD_TRY(put_first(&d->carriers, file_name(f), i, d->arena));
            d->first_carrier = d->first_carrier == 0 ? i + 1 : d->first_carrier;
        }
    }
    return WD_OK;
}

/* What stands in a map under a name, ASCII case folded; NULL when nothing does. */
static const wd_sibling *look_up(const folder *d, const wd_map *map, wd_slice name)
{
    wd_slice lower = wd_arena_lower(d->arena, name);
    const uintptr_t *slot = lower.ptr == NULL ? NULL : wd_map_find(map, lower);
    return slot == NULL ? NULL : at(d, *slot - 1);
}

/* The signed program that takes this library from its own folder; NULL when there is none. */
static const wd_sibling *loader_of(const folder *d, const wd_sibling *library)
{
    return look_up(d, &d->loaders, file_name(library));
}

/* The neighbour with unexplained bytes; one that the library names comes first. */
static const wd_sibling *carrier_of(const folder *d, const wd_sibling *library, bool *named)
{
    const wd_slice lists[] = {library->mentions, library->imports};
    *named = false;
    if (d->first_carrier == 0) {
        return NULL;
    }
    for (size_t i = 0; i < 2; i++) {
        wd_slice rest = lists[i];
        wd_slice name;
        while (wd_slice_split(&rest, ' ', &name)) {
            const wd_sibling *found = look_up(d, &d->carriers, name);
            if (found != NULL) {
                *named = true;
                return found;
            }
        }
    }
    return at(d, d->first_carrier - 1);
}

/* The chain: signed program -> unsigned library -> signed neighbour with hidden bytes. */
static wd_status find_chain(const folder *d, size_t i, const wd_sibling *loader)
{
    const wd_sibling *lib = at(d, i);
    bool named = false;
    const wd_sibling *carrier = carrier_of(d, lib, &named);
    if (carrier == NULL) {
        return WD_OK;
    }
    wd_slice lib_name = file_name(lib);
    wd_slice carrier_name = file_name(carrier);
    wd_slice loader_name = loader == NULL ? WD_EMPTY : file_name(loader);
    wd_slice sentence =
        loader == NULL
            ? wd_arena_printf(d->arena,
                              "Unsigned %.*s %s %.*s, which carries %" PRIu64
                              " bytes that its signature does not cover.",
                              shown(lib_name), lib_name.ptr, named ? "names" : "lies beside",
                              shown(carrier_name), carrier_name.ptr, carrier->uncovered)
            : wd_arena_printf(d->arena,
                              "Signed %.*s loads unsigned %.*s, which %s %.*s, a signed file with "
                              "%" PRIu64 " uncovered bytes.",
                              shown(loader_name), loader_name.ptr, shown(lib_name), lib_name.ptr,
                              named ? "names" : "lies beside", shown(carrier_name),
                              carrier_name.ptr, carrier->uncovered);
    wd_severity severity = loader != NULL || named ? WD_CRITICAL : WD_HIGH;
    wd_finding f = finding_of(lib, "sideload.carrier-chain", severity, sentence);
    f.title = WD_S("Unsigned library beside a signed file with hidden data");
    f.benign = WD_S("Unsigned libraries are common, hidden bytes are rare; that both stand on one "
                    "path of execution is not chance.");
    f.techniques = WD_S("T1574.002 T1553.002 T1027.009 T1195.002");
    return emit(d, i, &f);
}

static wd_status find_unsigned_import(const folder *d, size_t i, const wd_sibling *loader)
{
    const wd_sibling *lib = at(d, i);
    wd_slice lib_name = file_name(lib);
    wd_slice loader_name = file_name(loader);
    wd_slice sentence = wd_arena_printf(
        d->arena, "Signed %.*s loads %.*s from its own folder; that library has no signature%s.",
        shown(loader_name), loader_name.ptr, shown(lib_name), lib_name.ptr,
        lib->version.len == 0 ? " and no version" : "");
    wd_severity severity = lib->version.len == 0 ? WD_MEDIUM : WD_LOW;
    wd_finding f = finding_of(lib, "sideload.unsigned-import", severity, sentence);
    f.title = WD_S("Signed program loads an unsigned library");
    f.benign = WD_S("Many vendors leave bundled open-source libraries unsigned, hence no more than "
                    "medium without further signs.");
    f.techniques = WD_S("T1574.002");
    return emit(d, i, &f);
}

static wd_status find_odd_one(const folder *d, size_t i)
{
    const wd_sibling *lib = at(d, i);
    size_t programs = d->n_signed[0];
    size_t libraries = d->n_signed[1];
    if (programs == 0 && libraries == 0) {
        return WD_OK;
    }
    wd_slice name = file_name(lib);
    wd_slice sentence = wd_arena_printf(
        d->arena, "%.*s has no signature%s beside %zu signed programs and %zu signed libraries.",
        shown(name), name.ptr, lib->version.len == 0 ? " and no version" : "", programs, libraries);
    wd_severity severity = lib->version.len == 0 && programs > 0 ? WD_LOW : WD_INFO;
    wd_finding f = finding_of(lib, "library.unsigned-beside-signed", severity, sentence);
    f.title = WD_S("Unsigned library beside signed files");
    f.benign = WD_S("Mixed folders are common; the finding only says where to look first.");
    f.techniques = WD_S("T1574.002");
    return emit(d, i, &f);
}

static wd_status find_in_folder(const folder *d)
{
    for (size_t i = 0; i < d->n; i++) {
        const wd_sibling *lib = at(d, i);
        if (!lib->library || lib->is_signed) {
            continue;
        }
        const wd_sibling *loader = loader_of(d, lib);
        WD_TRY(find_chain(d, i, loader));
        WD_TRY(loader != NULL ? find_unsigned_import(d, i, loader) : find_odd_one(d, i));
    }
    return WD_OK;
}

/* Sorting by folder first keeps files of one folder together whatever lies between them by path. */
typedef struct key {
    wd_slice folder;
    wd_slice path;
    size_t index;
} key;

static int by_folder(const void *a, const void *b)
{
    const key *x = a;
    const key *y = b;
    int order = wd_slice_cmp(x->folder, y->folder);
    order = order != 0 ? order : wd_slice_cmp(x->path, y->path);
    return order != 0 ? order : (x->index < y->index ? -1 : x->index > y->index);
}

wd_status wd_detect_siblings(const wd_sibling *files, size_t n, wd_arena *arena,
                             wd_status (*emit_one)(void *ctx, size_t file, const wd_finding *f),
                             void *ctx)
{
    key *keys = WD_ARRAY(arena, n, key);
    size_t *index = WD_ARRAY(arena, n, size_t);
    if (keys == NULL || index == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        keys[i] = (key){wd_sibling_folder(files[i].path), files[i].path, i};
    }
    if (n > 0) {
        wd_sort(keys, n, sizeof *keys, by_folder);
    }
    for (size_t i = 0; i < n; i++) {
        index[i] = keys[i].index;
    }
    for (size_t from = 0, to = 0; from < n; from = to) {
        while (to < n && wd_slice_eq(keys[to].folder, keys[from].folder)) {
            to++;
        }
        folder d = {.files = files,
                    .index = index + from,
                    .n = to - from,
                    .arena = arena,
                    .emit = emit_one,
                    .ctx = ctx};
        WD_TRY(index_folder(&d));
        WD_TRY(find_in_folder(&d));
    }
    return WD_OK;
}

void wd_sibling_add_obs(wd_sibling *file, const wd_obs *obs)
{
    if (obs->kind == WD_OBS_FILE) {
        const struct {
            wd_slice *into;
            wd_key key;
        } parts[] = {{&file->path, WD_K_PATH},       {&file->sha256, WD_K_SHA256},
                     {&file->product, WD_K_PRODUCT}, {&file->version, WD_K_VERSION},
                     {&file->imports, WD_K_IMPORTS}, {&file->mentions, WD_K_MENTIONS}};
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            if (parts[i].into->len == 0) {
                *parts[i].into = wd_obs_get(obs, parts[i].key);
            }
        }
        file->library = file->library || wd_slice_eq(wd_obs_get(obs, WD_K_ROLE), WD_S("library"));
    } else if (obs->kind == WD_OBS_SIGNATURE) {
        file->signer = wd_obs_get(obs, WD_K_SIGNER);
        file->is_signed = wd_slice_eq(wd_obs_get(obs, WD_K_SIGNED), WD_S("true"));
        file->intact = wd_slice_eq(wd_obs_get(obs, WD_K_DIGEST), WD_S("match"));
    } else if (obs->kind == WD_OBS_UNCOVERED &&
               wd_slice_eq(wd_obs_get(obs, WD_K_UNCOVERED_KIND), WD_S("unexplained"))) {
        file->uncovered_at = file->uncovered == 0 ? obs->span.offset : file->uncovered_at;
        file->uncovered += obs->span.len;
    }
}

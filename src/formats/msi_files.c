#include "core/limits.h"
#include "core/map.h"
#include "formats/msi.h"

#define MAX_DEPTH 32

/* Columns, counted from 0: Component(Component, ComponentId, Directory_, ...);
 * Directory(Directory, Directory_Parent, DefaultDir); File(File, Component_, FileName, ...). */
typedef struct lookup {
    const wd_msi *msi;
    wd_msi_table directories;
    wd_map by_directory; /* key -> 1 + row */
    wd_arena *arena;
} lookup;

/* "short|long" gives long; of "target:source" the target. */
static wd_slice long_name(wd_slice s)
{
    size_t colon = wd_slice_find_byte(s, ':');
    s = wd_slice_sub(s, 0, colon);
    size_t bar = wd_slice_find_byte(s, '|');
    return bar == SIZE_MAX ? s : wd_slice_sub(s, bar + 1, s.len);
}

static wd_status index_rows(wd_map *map, const wd_msi *msi, const wd_msi_table *t)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        bool added = false;
        uintptr_t *slot = wd_map_put(map, wd_msi_text(msi, t, i, 0), &added);
        if (slot == NULL) {
            return WD_E_NOMEM;
        }
        *slot = added ? i + 1 : *slot;
    }
    return WD_OK;
}

/* Path of a directory, from the root down; properties such as TARGETDIR and "." add nothing. */
static wd_slice directory_path(const lookup *l, wd_slice key, wd_slice file)
{
    wd_slice parts[MAX_DEPTH];
    size_t n = 0;
    while (n < MAX_DEPTH) {
        const uintptr_t *row = wd_map_find(&l->by_directory, key);
        if (row == NULL) {
            break;
        }
        wd_slice name = long_name(wd_msi_text(l->msi, &l->directories, *row - 1, 2));
        wd_slice parent = wd_msi_text(l->msi, &l->directories, *row - 1, 1);
        if (!wd_slice_eq(name, WD_S(".")) && !wd_slice_eq(name, WD_S("SourceDir")) &&
            name.len > 0) {
            parts[n++] = name;
        }
        if (parent.len == 0 || wd_slice_eq(parent, key)) {
            break;
        }
        key = parent;
    }
    wd_buf path = {0};
    while (n > 0) {
        wd_buf_add(&path, parts[--n]);
        wd_buf_byte(&path, '/');
    }
    wd_buf_add(&path, file);
    wd_slice copy = path.failed ? WD_EMPTY : wd_arena_copy(l->arena, wd_buf_slice(&path));
    wd_buf_free(&path);
    return copy;
}

wd_status wd_msi_files(const wd_msi *msi, wd_arena *arena, wd_notes *notes, wd_msi_file **out,
                       size_t *n)
{
    wd_msi_table files;
    wd_msi_table components;
    lookup l = {.msi = msi, .by_directory = {.arena = arena}, .arena = arena};
    wd_map by_component = {.arena = arena};
    *n = 0;
    WD_TRY(wd_msi_read_table(msi, "File", arena, notes, &files));
    WD_TRY(wd_msi_read_table(msi, "Component", arena, notes, &components));
    WD_TRY(wd_msi_read_table(msi, "Directory", arena, notes, &l.directories));
    WD_TRY(index_rows(&l.by_directory, msi, &l.directories));
    WD_TRY(index_rows(&by_component, msi, &components));
    *out = WD_ARRAY(arena, files.n_rows, wd_msi_file);
    if (*out == NULL) {
        return WD_E_NOMEM;
    }
    for (size_t i = 0; i < files.n_rows; i++) {
        const uintptr_t *row = wd_map_find(&by_component, wd_msi_text(msi, &files, i, 1));
        wd_slice directory = row == NULL ? WD_EMPTY : wd_msi_text(msi, &components, *row - 1, 2);
        wd_msi_file f = {.key = wd_msi_text(msi, &files, i, 0)};
        f.path = directory_path(&l, directory, long_name(wd_msi_text(msi, &files, i, 2)));
        if (f.path.ptr == NULL) {
            return WD_E_NOMEM;
        }
        (*out)[(*n)++] = f;
    }
    return WD_OK;
}

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/limits.h"
#include "knowledge/kb_priv.h"

/* --- kind by content ------------------------------------------------------------------------ */

typedef struct kind {
    const char *name;
    wd_status (*read)(wd_kb_input *in);
} kind;

/* Text before the first byte that is neither white space nor part of a byte order mark. */
static wd_slice without_lead(wd_slice s)
{
    s = wd_slice_starts(s, WD_S("\xef\xbb\xbf")) ? wd_slice_sub(s, 3, s.len) : s;
    return wd_slice_trim(s);
}

/* Whether a `schema:` line of our own stands near the start. */
static bool has_schema(wd_slice bytes, const char *schema)
{
    wd_slice rest = wd_slice_sub(bytes, 0, 8192);
    wd_slice line;
    while (wd_slice_line(&rest, &line)) {
        if (wd_slice_starts(line, WD_S("schema:")) &&
            wd_slice_eq(wd_slice_trim(wd_slice_sub(line, 7, line.len)), wd_slice_str(schema))) {
            return true;
        }
    }
    return false;
}

static bool is_printable_text(wd_slice s)
{
    s = wd_slice_sub(s, 0, 4096);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < ' ' && !wd_is_space(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

static kind kind_of(wd_slice bytes)
{
    wd_slice s = without_lead(bytes);
    if (has_schema(bytes, "whodunit.campaign/1")) {
        return (kind){"campaign", wd_kb_read_pack};
    }
    if (has_schema(bytes, "whodunit.brands/1")) {
        return (kind){"brands", wd_kb_read_brands};
    }
    if (wd_slice_starts(s, WD_S("whodunit.attack/1\t"))) {
        return (kind){"attack", wd_kb_read_techniques};
    }
    if (s.len > 0 && (s.ptr[0] == '{' || s.ptr[0] == '[')) {
        bool stix = wd_slice_find(s, WD_S("\"bundle\"")) != SIZE_MAX ||
                    wd_slice_find(s, WD_S("\"spec_version\"")) != SIZE_MAX;
        return stix ? (kind){"stix", wd_kb_import_stix} : (kind){"misp", wd_kb_import_misp};
    }
    if (s.len == 0 || !is_printable_text(s)) {
        return (kind){"unknown", NULL};
    }
    return wd_kb_looks_like_csv(bytes) ? (kind){"csv", wd_kb_import_csv}
                                       : (kind){"plain", wd_kb_import_plain};
}

static wd_status file_entry(wd_knowledge *kb, wd_slice name, wd_slice bytes, const char *kind_name)
{
    uint8_t digest[WD_SHA256_LEN];
    char hex[WD_HEX_MAX];
    WD_TRY(WD_ROOM(kb->arena, kb->files, kb->n_files, kb->cap_files));
    wd_kb_file *f = &kb->files[kb->n_files];
    *f = (wd_kb_file){.name = wd_kb_intern(kb, name), .kind = wd_slice_str(kind_name)};
    if (wd_hash(WD_SHA256, bytes, digest)) {
        f->sha256 = wd_arena_copy(kb->arena, wd_slice_str(wd_hex(digest, sizeof digest, hex)));
    }
    if (f->name.ptr == NULL) {
        return WD_E_NOMEM;
    }
    kb->n_files++;
    return WD_OK;
}

wd_status wd_knowledge_add(wd_knowledge *kb, wd_slice name, wd_slice bytes, wd_err *err)
{
    if (kb->finished) {
        return wd_fail(err, WD_E_USAGE, WD_NO_OFFSET, "knowledge", "already finished");
    }
    kind k = kind_of(bytes);
    if (k.read == NULL) {
        return wd_fail(err, WD_E_MALFORMED, 0, "knowledge",
                       "%.*s is empty or no text: give a campaign pack, STIX, MISP, CSV or a "
                       "plain list",
                       (int) name.len, (const char *) name.ptr);
    }
    if (file_entry(kb, name, bytes, k.name) != WD_OK) {
        return wd_nomem(err, "knowledge");
    }
    wd_arena *scratch = wd_arena_new((size_t) WD_MAX_KB_FILE * 4);
    if (scratch == NULL) {
        return wd_nomem(err, "knowledge");
    }
    wd_kb_input in = {kb,      kb->files[kb->n_files - 1].name, bytes,
                      scratch, &kb->files[kb->n_files - 1],     err};
    wd_status s = k.read(&in);
    wd_arena_free(scratch);
    return s;
}

/* --- files ---------------------------------------------------------------------------------- */

static wd_status read_file(const char *path, wd_buf *out, wd_err *err)
{
    struct stat st;
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        return wd_fail(err, errno == ENOENT ? WD_E_NOT_FOUND : WD_E_IO, WD_NO_OFFSET, "knowledge",
                       "cannot open %s: %s", path, strerror(errno));
    }
    wd_status s = WD_OK;
    if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
        s = wd_fail(err, WD_E_IO, WD_NO_OFFSET, "knowledge", "%s is not a file", path);
    } else if ((uint64_t) st.st_size > WD_MAX_KB_FILE) {
        s = wd_fail(err, WD_E_LIMIT, WD_NO_OFFSET, "knowledge", "%s is larger than %llu MiB", path,
                    (unsigned long long) (WD_MAX_KB_FILE >> 20));
    }
    uint8_t piece[65536];
    size_t n = 0;
    while (s == WD_OK && (n = fread(piece, 1, sizeof piece, f)) > 0) {
        wd_buf_add(out, wd_slice_of(piece, n));
    }
    if (s == WD_OK && (ferror(f) || out->failed)) {
        s = wd_fail(err, WD_E_IO, WD_NO_OFFSET, "knowledge", "cannot read %s", path);
    }
    fclose(f);
    return s;
}

/* Reports name knowledge by `name`, so that they do not depend on where it lay. */
static wd_status add_file(wd_knowledge *kb, const char *path, wd_slice name, wd_err *err)
{
    wd_buf bytes = {0};
    wd_status s = read_file(path, &bytes, err);
    if (s == WD_OK) {
        s = wd_knowledge_add(kb, name, wd_buf_slice(&bytes), err);
    }
    wd_buf_free(&bytes);
    return s;
}

/* A file of the user's that gives nothing is a mistake worth stopping for. */
static wd_status add_user_file(wd_knowledge *kb, const char *path, wd_err *err)
{
    wd_err own = {0};
    size_t first_refusal = kb->n_refused;
    wd_status s = add_file(kb, path, wd_path_base(wd_slice_str(path)), &own);
    if (s != WD_OK) {
        bool named = strstr(own.text, path) != NULL;
        return wd_fail(err, s, own.offset, "knowledge", "%s%s%s", named ? "" : path,
                       named ? "" : ": ", own.text);
    }
    const wd_kb_file *f = &kb->files[kb->n_files - 1];
    if (f->taken > 0) {
        return WD_OK;
    }
    const char *why = first_refusal < kb->n_refused
                          ? (const char *) kb->refused[first_refusal].why.ptr
                          : "no entry was found";
    return wd_fail(err, WD_E_MALFORMED, WD_NO_OFFSET, "knowledge",
                   "%s (read as %.*s) holds nothing usable: %s", path, (int) f->kind.len,
                   (const char *) f->kind.ptr, why);
}

static bool is_pack_name(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

static wd_status list_packs(const char *dir, wd_arena *arena, wd_slices *out, wd_err *err)
{
    DIR *d = opendir(dir);
    if (d == NULL) {
        return wd_fail(err, errno == ENOENT ? WD_E_NOT_FOUND : WD_E_IO, WD_NO_OFFSET, "knowledge",
                       "cannot read the folder %s: %s", dir, strerror(errno));
    }
    size_t cap = 0;
    wd_status s = WD_OK;
    const struct dirent *e = NULL;
    while (s == WD_OK && (e = readdir(d)) != NULL) {
        if (!is_pack_name(e->d_name)) {
            continue;
        }
        wd_slice path = wd_arena_printf(arena, "%s/%s", dir, e->d_name);
        s = path.ptr == NULL ? wd_nomem(err, "knowledge") : WD_ROOM(arena, out->list, out->n, cap);
        if (s == WD_OK) {
            out->list[out->n++] = path;
        }
    }
    closedir(d);
    if (out->n > 0) {
        wd_sort(out->list, out->n, sizeof *out->list, wd_slice_qsort);
    }
    return s;
}

/* A shipped file that cannot be read at all is listed and the rest stays. */
static wd_status add_shipped(wd_knowledge *kb, const char *path, size_t dir_len, wd_err *err)
{
    wd_err own = {0};
    wd_slice name = wd_slice_sub(wd_slice_str(path), dir_len + 1, SIZE_MAX);
    wd_status s = add_file(kb, path, name, &own);
    if (s == WD_OK || s == WD_E_NOMEM) {
        return s == WD_OK ? WD_OK : wd_nomem(err, "knowledge");
    }
    wd_kb_file none = {0};
    wd_kb_input in = {kb, wd_kb_intern(kb, name), {0}, kb->arena, &none, err};
    return wd_kb_refuse(&in, WD_KB_OFFSET(own.offset), name, "%s", own.text);
}

static wd_status load_dir(wd_knowledge *kb, const char *dir, wd_err *err)
{
    wd_slices packs = {0};
    wd_slice campaigns = wd_arena_printf(kb->arena, "%s/campaigns", dir);
    wd_slice brands = wd_arena_printf(kb->arena, "%s/brands.yaml", dir);
    wd_slice attack = wd_arena_printf(kb->arena, "%s/attack.tsv", dir);
    if (campaigns.ptr == NULL || brands.ptr == NULL || attack.ptr == NULL) {
        return wd_nomem(err, "knowledge");
    }
    WD_TRY(list_packs((const char *) campaigns.ptr, kb->arena, &packs, err));
    for (size_t i = 0; i < packs.n; i++) {
        WD_TRY(add_shipped(kb, (const char *) packs.list[i].ptr, strlen(dir), err));
    }
    WD_TRY(add_shipped(kb, (const char *) brands.ptr, strlen(dir), err));
    return access((const char *) attack.ptr, R_OK) != 0 /* names are a convenience */
               ? WD_OK
               : add_shipped(kb, (const char *) attack.ptr, strlen(dir), err);
}

wd_status wd_knowledge_load(wd_knowledge **out, const wd_knowledge_config *config, wd_arena *arena,
                            wd_err *err)
{
    wd_knowledge *kb = wd_knowledge_new(arena);
    if (kb == NULL) {
        return wd_nomem(err, "knowledge");
    }
    if (config->dir != NULL) {
        WD_TRY(load_dir(kb, config->dir, err));
    }
    for (size_t i = 0; i < config->n_files; i++) {
        WD_TRY(add_user_file(kb, config->files[i], err));
    }
    WD_TRY(wd_knowledge_finish(kb, err));
    *out = kb;
    return WD_OK;
}

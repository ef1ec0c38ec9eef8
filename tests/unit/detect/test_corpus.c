/*
 * Genuine programs of public packages (script/corpus): every digest and signer of the shared table
 * must come out, and nothing genuine may be called hidden or high. Files above 64 MB are left out
 * unless WD_CORPUS_ALL is set. Skips when the packages are not there.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "core/map.h"
#include "detect/binaries.h"

#define MOST (UINT64_C(64) << 20)

/* One genuine file as it was seen here, by SHA-256. */
typedef struct genuine {
    char signer[256];
    char issuer[256];
    char algorithm[16];
    char authentihash[WD_HEX_MAX];
    bool clean; /* digest matches, both verdicts valid, nothing uncovered above padding */
} genuine;

/* nftw takes no context: the state of this one walk. */
static struct {
    wd_arena *arena;
    wd_map by_sha256;
    size_t pe;
    size_t other;
    size_t high;
    size_t above_padding;
    uint64_t bytes;
} walk;

static void keep(char *out, size_t cap, wd_slice s)
{
    snprintf(out, cap, "%.*s", (int) s.len, (const char *) s.ptr);
}

static void remember(const capture *c, wd_slice hex)
{
    const wd_obs *o = must_obs(c, WD_OBS_SIGNATURE);
    genuine *g = WD_NEW(walk.arena, genuine);
    uintptr_t *slot = wd_map_put(&walk.by_sha256, wd_arena_copy(walk.arena, hex), NULL);
    if (g == NULL || slot == NULL) {
        abort();
    }
    keep(g->signer, sizeof g->signer, wd_obs_get(o, WD_K_SIGNER));
    keep(g->issuer, sizeof g->issuer, wd_obs_get(o, WD_K_ISSUER));
    keep(g->algorithm, sizeof g->algorithm, wd_obs_get(o, WD_K_ALGORITHM));
    keep(g->authentihash, sizeof g->authentihash, wd_obs_get(o, WD_K_AUTHENTIHASH));
    g->clean = wd_slice_eq(wd_obs_get(o, WD_K_DIGEST), WD_S("match")) &&
               wd_slice_eq(wd_obs_get(o, WD_K_WINDOWS_DEFAULT), WD_S("valid")) &&
               wd_slice_eq(wd_obs_get(o, WD_K_WINDOWS_STRICT), WD_S("valid"));
    for (size_t i = 0; i < c->n_obs; i++) {
        if (c->obs[i].kind == WD_OBS_UNCOVERED &&
            !wd_slice_eq(wd_obs_get(&c->obs[i], WD_K_UNCOVERED_KIND), WD_S("padding"))) {
            g->clean = false;
            walk.above_padding++;
        }
    }
    *slot = (uintptr_t) g;
}

static void examine(const char *path, wd_slice data)
{
    capture *c = capture_new();
    wd_engine engine = {0};
    wd_err err = {0};
    capture_reset(c);
    wd_item item = capture_item(c, path, data);
    wd_status status = WD_OK;
    bool pe = wd_slice_starts(data, WD_S("MZ"));
    if (pe) {
        status = wd_detect_pe(&engine, &item, c->arena, &c->sink, &err);
    } else {
        status = wd_detect_icon(&engine, &item, c->arena, &c->sink, &err);
    }
    assert_int_equal(status, WD_OK);
    size_t high = captured_at_least(c, WD_HIGH);
    if (high > 0) {
        print_message("# high on a genuine file: %s: %.*s\n", path,
                      (int) c->findings[0].sentence.len,
                      (const char *) c->findings[0].sentence.ptr);
    }
    walk.high += high;
    walk.bytes += data.len;
    walk.pe += pe;
    walk.other += !pe;
    if (pe && captured_obs(c, WD_OBS_SIGNATURE) != NULL) {
        char hex[2 * WD_SHA256_LEN + 1];
        remember(c, wd_slice_str(wd_hex(c->sha256, WD_SHA256_LEN, hex)));
    }
    capture_free(c);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void) ftw;
    uint64_t size = (uint64_t) st->st_size;
    bool small = size <= MOST || getenv("WD_CORPUS_ALL") != NULL;
    if (type != FTW_F || size < 64 || !small || strstr(path, "/archives/") != NULL) {
        return 0;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p != MAP_FAILED) {
        wd_slice data = wd_slice_of(p, size);
        bool icon = wd_slice_starts(data, WD_S("\x89PNG")) ||
                    (wd_slice_starts(data, WD_S("\0\0\1\0")) && strstr(path, ".ico") != NULL);
        if (wd_slice_starts(data, WD_S("MZ")) || icon) {
            examine(path, data);
        }
        munmap(p, size);
    }
    if (fd >= 0) {
        close(fd);
    }
    return 0;
}

static bool walk_corpus(void)
{
    char dir[4096];
    const char *own = getenv("WD_CORPUS");
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (own != NULL) {
        snprintf(dir, sizeof dir, "%s", own);
    } else if (cache != NULL) {
        snprintf(dir, sizeof dir, "%s/whodunit/corpus", cache);
    } else {
        snprintf(dir, sizeof dir, "%s/.cache/whodunit/corpus", home == NULL ? "" : home);
    }
    walk.arena = wd_arena_new((size_t) 256 << 20);
    walk.by_sha256.arena = walk.arena;
    return walk.arena != NULL && nftw(dir, visit, 16, FTW_PHYS) == 0 && walk.pe > 0;
}

/* Columns: package path size sha256 signer issuer signer_digest unsigned_attrs authentihash entries
 */
static bool agrees(wd_slice line, size_t *compared)
{
    wd_slice column[10] = {0};
    for (size_t i = 0; i < 10 && wd_slice_split(&line, '\t', &column[i]); i++) {
    }
    const uintptr_t *slot = wd_map_find(&walk.by_sha256, column[3]);
    if (slot == NULL) {
        return true; /* not fetched, or too large for the quick run */
    }
    const genuine *g = (const genuine *) *slot;
    ++*compared;
    bool ok = g->clean && wd_slice_eq(column[4], wd_slice_str(g->signer)) &&
              wd_slice_eq(column[5], wd_slice_str(g->issuer)) &&
              wd_slice_eq(column[6], wd_slice_str(g->algorithm)) &&
              wd_slice_eq(column[8], wd_slice_str(g->authentihash));
    if (!ok) {
        print_message("# differs from the table: %.*s\n", (int) column[1].len,
                      (const char *) column[1].ptr);
    }
    return ok;
}

static FILE *open_table(void)
{
    char path[4096];
    const char *shared = getenv("WD_SHARED_DATA");
    const char *root = getenv("WD_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s%s/binary/signed-pe.tsv",
             shared != NULL ? shared : (root == NULL ? "." : root),
             shared != NULL ? "" : "/../shared/data");
    return fopen(path, "r");
}

static void genuine_files_agree_with_the_table(void **state)
{
    (void) state;
    FILE *f = open_table();
    assert_non_null(f);
    if (f == NULL) {
        return;
    }
    char line[8192];
    size_t compared = 0;
    size_t bad = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        bad += !agrees(wd_slice_trim(wd_slice_str(line)), &compared);
    }
    fclose(f);
    print_message("# %zu files compared with the table\n", compared);
    assert_int_equal(bad, 0);
    assert_true(compared > 0);
}

static void no_genuine_file_is_called_hidden_or_high(void **state)
{
    (void) state;
    print_message("# %zu programs, %zu pictures, %zu MB\n", walk.pe, walk.other,
                  (size_t) (walk.bytes >> 20));
    assert_int_equal(walk.high, 0);
    assert_int_equal(walk.above_padding, 0);
}

int main(void)
{
    const struct CMUnitTest with_table[] = {
        cmocka_unit_test(genuine_files_agree_with_the_table),
        cmocka_unit_test(no_genuine_file_is_called_hidden_or_high),
    };
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(no_genuine_file_is_called_hidden_or_high),
    };
    if (!walk_corpus()) {
        printf("1..0 # SKIP no packages here; script/corpus fetches them\n");
        wd_arena_free(walk.arena);
        return 0;
    }
    FILE *table = open_table();
    int failed = table != NULL ? RUN(with_table) : RUN(alone);
    if (table != NULL) {
        fclose(table);
    }
    wd_arena_free(walk.arena);
    return failed;
}

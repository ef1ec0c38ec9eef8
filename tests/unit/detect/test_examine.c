#include "archive_fixture.h"
#include "pool_fixture.h"

#include <glob.h>

#include "core/hash.h"
#include "detect/examine.h"
#include "formats/archive.h"

/* Items go the whole way: coordinator, worker in its ring, answers back. */
static const wd_engine engine = {.since = WD_NO_TIME, .until = WD_NO_TIME};

static pool_fixture *new_fixture(void)
{
    pool_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->options = (wd_pool_options){.n_workers = 2,
                                   .prepare = wd_examine_prepare,
                                   .examine = wd_examine,
                                   .ctx = &engine,
                                   .cpu_seconds = 20};
    return f;
}

static void end_fixture(pool_fixture *f)
{
    free(f);
}

static int gz(struct archive *a)
{
    return archive_write_add_filter_gzip(a);
}
static int xz(struct archive *a)
{
    return archive_write_add_filter_xz(a);
}
static int zst(struct archive *a)
{
    return archive_write_add_filter_zstd(a);
}
static int bz(struct archive *a)
{
    return archive_write_add_filter_bzip2(a);
}

static const made_entry words = {.name = "readme.txt", .data = {(const uint8_t *) "words\n", 6}};

static void assert_member(const pool_result *r, uint32_t n, const char *name, const char *kind,
                          wd_item_status status)
{
    assert_string_equal(r->members[n].name, name);
    assert_string_equal(r->members[n].kind, kind);
    if (r->members[n].status != status) {
        fail_msg("%s is %s: %s", name, wd_item_status_name(r->members[n].status),
                 r->members[n].why);
    }
}

static void every_kind_of_container_is_opened_inside_the_sandbox(void **state)
{
    (void) state;
    enum { N = 16 };
    wd_buf b[N] = {{0}};
    size_t n = 0;
    const made_archive hows[] = {
        {.format = archive_write_set_format_zip},
        {.format = archive_write_set_format_zip, .options = "zip:compression=store"},
        {.format = archive_write_set_format_zip,
         .options = "zip:encryption=aes256",
         .password = "infected"},
        {.format = archive_write_set_format_zip,
         .options = "zip:encryption=traditional",
         .password = "infected"},
        {.format = archive_write_set_format_7zip},
        {.format = archive_write_set_format_7zip, .options = "7zip:compression=ppmd"},
        {.format = archive_write_set_format_7zip, .options = "7zip:compression=bzip2"},
        {.format = archive_write_set_format_pax, .filter = gz},
        {.format = archive_write_set_format_pax, .filter = xz},
        {.format = archive_write_set_format_gnutar, .filter = zst},
        {.format = archive_write_set_format_gnutar, .filter = bz},
        {.format = archive_write_set_format_ar_bsd},
    };
    const made_entry odd = {.name = "\xd0\xb6.txt", .data = {(const uint8_t *) "words\n", 6}};
    for (; n < sizeof hows / sizeof hows[0]; n++) {
        made_build(&hows[n], n == 4 || n == 7 ? &odd : &words, 1, &b[n]);
    }
    made_cab("readme.txt", words.data, &b[n++]);
    made_rpm(zst, &words, &b[n++]);
    made_compress(gz, words.data, &b[n++]);
    pool_fixture *f = new_fixture();
    for (size_t i = 0; i < n; i++) {
        pool_add(f, "dir/item", wd_buf_slice(&b[i]));
    }
    assert_int_equal(pool_run(f), WD_OK);
    for (size_t i = 0; i < n; i++) {
        const pool_result *r = &f->results[i];
        if (!r->end.whole || r->n_members != 2) {
            fail_msg("container %zu: %s %s", i, r->end.why, r->members[0].why);
        }
        assert_int_equal(r->members[0].status, WD_ITEM_EXAMINED);
        assert_int_equal(r->members[1].status, WD_ITEM_OTHER);
        assert_string_equal(r->members[1].kind, "text");
        assert_int_equal(r->members[1].size, 6);
        assert_true(r->members[0].hashed && r->members[1].hashed);
        assert_int_equal(r->observations[WD_OBS_FILE], 2);
        wd_buf_free(&b[i]);
    }
    end_fixture(f);
}

static void members_are_numbered_in_order_of_discovery(void **state)
{
    (void) state;
    wd_buf inner = {0};
    wd_buf outer = {0};
    const made_archive how = {.format = archive_write_set_format_zip};
    const made_entry in[] = {{.name = "1", .data = {(const uint8_t *) "one", 3}},
                             {.name = "2", .data = {(const uint8_t *) "two", 3}}};
    made_build(&how, in, 2, &inner);
    const made_entry out[] = {{.name = "a", .data = {(const uint8_t *) "aaa", 3}},
                              {.name = "in.zip", .data = wd_buf_slice(&inner)},
                              {.name = "link", .type = AE_IFLNK, .target = "a"},
                              {.name = "z", .data = {(const uint8_t *) "zzz", 3}}};
    const made_archive tar = {.format = archive_write_set_format_pax};
    made_build(&tar, out, 4, &outer);
    pool_fixture *f = new_fixture();
    pool_add(f, "x.tar", wd_buf_slice(&outer));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[0];
    assert_int_equal(r->n_members, 7);
    assert_member(r, 0, "x.tar", "tar", WD_ITEM_EXAMINED);
    assert_member(r, 1, "a", "text", WD_ITEM_OTHER);
    assert_member(r, 2, "in.zip", "zip", WD_ITEM_EXAMINED);
    assert_member(r, 3, "1", "text", WD_ITEM_OTHER);
    assert_member(r, 4, "2", "text", WD_ITEM_OTHER);
    assert_member(r, 5, "link", "other", WD_ITEM_OTHER);
    assert_member(r, 6, "z", "text", WD_ITEM_OTHER);
    assert_int_equal(r->members[4].parent, 2);
    assert_int_equal(r->members[6].parent, 0);
    wd_buf_free(&inner);
    wd_buf_free(&outer);
    end_fixture(f);
}

static void an_asset_list_becomes_observations(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture();
    pool_add(f, "assets.csv", WD_S("host,product,version\nWS-1,App,1\nWS-2,App,2\n,App,3\n"));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[0];
    assert_member(r, 0, "assets.csv", "assets", WD_ITEM_PARTIAL);
    assert_int_equal(r->observations[WD_OBS_ASSET], 2);
    assert_int_equal(r->observations[WD_OBS_COVERAGE], 1);
    assert_int_equal(r->observations[WD_OBS_DAMAGE], 1);
    assert_string_equal(r->members[0].why, "line 4: no host name; left out");
    end_fixture(f);
}

static void what_is_no_evidence_is_accounted_for(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture();
    pool_add(f, "empty", WD_S(""));
    pool_add(f, "noise", WD_S("\1\2\3\4\5"));
    pool_add(f, "x.rar", WD_S("Rar!\x1a\x07\1\0"));
    assert_int_equal(pool_run(f), WD_OK);
    assert_member(&f->results[0], 0, "empty", "empty", WD_ITEM_OTHER);
    assert_member(&f->results[1], 0, "noise", "other", WD_ITEM_OTHER);
    assert_member(&f->results[2], 0, "x.rar", "rar", WD_ITEM_UNREADABLE);
    assert_non_null(strstr(f->results[2].members[0].why, "unpack it and give the folder"));
    end_fixture(f);
}

static void the_same_bytes_are_examined_once(void **state)
{
    (void) state;
    const made_entry twice[] = {
        {.name = "a.csv", .data = {(const uint8_t *) "host,version\nA,1\n", 17}},
        {.name = "b.csv", .data = {(const uint8_t *) "host,version\nA,1\n", 17}}};
    const made_archive how = {.format = archive_write_set_format_pax};
    wd_buf b = {0};
    made_build(&how, twice, 2, &b);
    pool_fixture *f = new_fixture();
    pool_add(f, "x.tar", wd_buf_slice(&b));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[0];
    assert_member(r, 1, "a.csv", "assets", WD_ITEM_EXAMINED);
    assert_member(r, 2, "b.csv", "assets", WD_ITEM_DUPLICATE);
    assert_int_equal(r->observations[WD_OBS_ASSET], 1);
    assert_int_equal(r->observations[WD_OBS_FILE], 3);
    wd_buf_free(&b);
    end_fixture(f);
}

static void a_zip_nested_fifty_deep_is_opened_to_the_bound_and_said(void **state)
{
    (void) state;
    wd_buf b = {0};
    made_nest(50, WD_S("core"), &b);
    pool_fixture *f = new_fixture();
    pool_add(f, "nest.zip", wd_buf_slice(&b));
    pool_add(f, "after", WD_S("text"));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[0];
    assert_int_equal(r->n_members, WD_MAX_ARCHIVE_DEPTH + 1);
    assert_int_equal(r->members[WD_MAX_ARCHIVE_DEPTH].status, WD_ITEM_UNREADABLE);
    assert_int_equal(r->observations[WD_OBS_LIMIT], 1);
    assert_non_null(strstr(r->texts, "nested deeper than the bound"));
    assert_true(r->end.whole);
    assert_int_equal(f->results[1].members[0].status, WD_ITEM_OTHER);
    wd_buf_free(&b);
    end_fixture(f);
}

/* 10 GiB of zeros: one stream of 64 MiB, 160 times; gzip counts that as one file. */
static void make_ten_gigabytes(wd_buf *out)
{
    wd_buf zeros = {0};
    wd_buf stream = {0};
    wd_buf_fill(&zeros, 0, (size_t) 64 << 20);
    made_compress(gz, wd_buf_slice(&zeros), &stream);
    wd_buf_free(&zeros);
    for (unsigned i = 0; i < 160; i++) {
        wd_buf_add(out, wd_buf_slice(&stream));
    }
    wd_buf_free(&stream);
}

static void ten_gigabytes_of_zeros_are_not_expanded(void **state)
{
    (void) state;
    wd_buf b = {0};
    make_ten_gigabytes(&b);
    assert_true(b.len > (5U << 20));
    pool_fixture *f = new_fixture();
    pool_add(f, "zeros.gz", wd_buf_slice(&b));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[0];
    assert_true(r->end.whole);
    assert_member(r, 0, "zeros.gz", "gzip", WD_ITEM_PARTIAL);
    assert_member(r, 1, "zeros", "other", WD_ITEM_UNREADABLE);
    assert_non_null(strstr(r->members[1].why, "200 times"));
    assert_int_equal(r->observations[WD_OBS_LIMIT], 1);
    wd_buf_free(&b);
    end_fixture(f);
}

static void a_damaged_container_is_partial_and_one_of_nothing_unreadable(void **state)
{
    (void) state;
    const made_archive how = {.format = archive_write_set_format_ustar};
    const made_entry two[] = {words, {.name = "second", .data = {(const uint8_t *) "more", 4}}};
    wd_buf b = {0};
    made_build(&how, two, 2, &b);
    pool_fixture *f = new_fixture();
    pool_add(f, "cut.tar", wd_slice_sub(wd_buf_slice(&b), 0, 1024 + 600));
    pool_add(f, "nothing.7z", WD_S("7z\xbc\xaf\x27\x1c\0\4 and then nothing that holds"));
    pool_add(f, "cut.gz", WD_S("\x1f\x8b\x08\0\0\0"));
    assert_int_equal(pool_run(f), WD_OK);
    assert_member(&f->results[0], 0, "cut.tar", "tar", WD_ITEM_PARTIAL);
    assert_member(&f->results[0], 1, "readme.txt", "text", WD_ITEM_OTHER);
    assert_member(&f->results[1], 0, "nothing.7z", "7z", WD_ITEM_UNREADABLE);
    assert_true(f->results[1].members[0].why[0] != '\0');
    assert_member(&f->results[2], 0, "cut.gz", "gzip", WD_ITEM_PARTIAL);
    assert_member(&f->results[2], 1, "cut", "other", WD_ITEM_UNREADABLE);
    wd_buf_free(&b);
    end_fixture(f);
}

static void readers_that_misbehave_cost_one_member_each(void **state)
{
    (void) state;
    const made_entry bad[] = {
        {.name = "good1", .data = {(const uint8_t *) "one", 3}},
        {.name = "crash", .data = {(const uint8_t *) "CRASH ON PURPOSE", 16}},
        {.name = "hang", .data = {(const uint8_t *) "HANG ON PURPOSE", 15}},
        {.name = "leave", .data = {(const uint8_t *) "LEAVE ON PURPOSE", 16}},
        {.name = "exhaust", .data = {(const uint8_t *) "EXHAUST ON PURPOSE", 18}},
        {.name = "good2", .data = {(const uint8_t *) "two", 3}},
    };
    const made_archive how = {.format = archive_write_set_format_zip};
    wd_buf b = {0};
    made_build(&how, bad, 6, &b);
    pool_fixture *f = new_fixture();
    f->options.cpu_seconds = 1;
    pool_add(f, "x.zip", wd_buf_slice(&b));
    pool_add(f, "crash", WD_S("CRASH ON PURPOSE"));
    pool_add(f, "after", WD_S("text"));
    assert_int_equal(pool_run(f), WD_OK);
    const pool_result *r = &f->results[0];
    assert_int_equal(r->n_members, 7);
    assert_member(r, 0, "x.zip", "zip", WD_ITEM_EXAMINED);
    assert_member(r, 1, "good1", "text", WD_ITEM_OTHER);
    assert_member(r, 2, "crash", "text", WD_ITEM_UNREADABLE);
    assert_member(r, 3, "hang", "text", WD_ITEM_UNREADABLE);
    assert_member(r, 4, "leave", "text", WD_ITEM_UNREADABLE);
    assert_member(r, 5, "exhaust", "text", WD_ITEM_UNREADABLE);
    assert_member(r, 6, "good2", "text", WD_ITEM_OTHER);
    assert_true(r->members[2].hashed && r->members[3].hashed);
    assert_non_null(strstr(r->members[2].why, "SIGSEGV"));
    assert_non_null(strstr(r->members[3].why, "processor time"));
    assert_non_null(strstr(r->members[5].why, "memory"));
    assert_int_equal(r->end.restarts, 3);
    assert_member(&f->results[1], 0, "crash", "text", WD_ITEM_UNREADABLE);
    assert_true(f->results[1].members[0].hashed);
    assert_member(&f->results[2], 0, "after", "text", WD_ITEM_OTHER);
    wd_buf_free(&b);
    end_fixture(f);
}

/* Keeps the "file" observation of the last item. */
static wd_obs kept;
static char kept_values[WD_KEYS][300];

static wd_status keep_file(void *ctx, uint64_t ordinal, const wd_wire_record *w)
{
    if (w->type == WD_WIRE_OBSERVATION && w->obs.kind == WD_OBS_FILE) {
        kept = w->obs;
        for (size_t i = 0; i < w->obs.n_attrs; i++) {
            pool_copy(kept_values[w->obs.attrs[i].key], sizeof kept_values[0],
                      w->obs.attrs[i].value);
        }
    }
    return pool_record(ctx, ordinal, w);
}

static void every_item_names_its_hashes(void **state)
{
    (void) state;
    pool_fixture *f = new_fixture();
    pool_add(f, "folder/abc.txt", WD_S("abc"));
    const wd_pool_calls calls = {
        .ctx = f, .next = pool_next, .record = keep_file, .ended = pool_ended};
    assert_int_equal(wd_pool_run(&f->options, &calls, NULL, NULL), WD_OK);
    assert_string_equal(kept_values[WD_K_NAME], "abc.txt");
    assert_string_equal(kept_values[WD_K_PATH], "folder/abc.txt");
    assert_string_equal(kept_values[WD_K_SIZE], "3");
    assert_string_equal(kept_values[WD_K_MD5], "900150983cd24fb0d6963f7d28e17f72");
    assert_string_equal(kept_values[WD_K_SHA1], "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_string_equal(kept_values[WD_K_SHA256],
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(kept_values[WD_K_FILE_KIND], "text");
    assert_string_equal(kept_values[WD_K_EXCERPT], "abc");
    end_fixture(f);
}

/* --- the allowlist against everything that was ever found to be odd ----------------------------
 */

typedef struct corpus {
    char paths[POOL_ITEMS][300];
    uint8_t *bytes[POOL_ITEMS];
} corpus;

static void add_file(pool_fixture *f, corpus *c, const char *path)
{
    FILE *in = fopen(path, "rb");
    size_t i = f->n_items;
    if (in == NULL || i == POOL_ITEMS) {
        return;
    }
    enum { MOST = 1 << 20 };
    c->bytes[i] = malloc(MOST);
    assert_non_null(c->bytes[i]);
    size_t n = fread(c->bytes[i], 1, MOST, in);
    fclose(in);
    snprintf(c->paths[i], sizeof c->paths[i], "%s", path);
    pool_add(f, c->paths[i], wd_slice_of(c->bytes[i], n));
}

/* Examines what was gathered: no reader may be stopped by the sandbox, crash or hang. */
static void run_batch(pool_fixture *f, corpus *c, unsigned *checked)
{
    assert_int_equal(pool_run(f), WD_OK);
    for (size_t i = 0; i < f->n_items; i++) {
        if (!f->results[i].end.whole) {
            fail_msg("%s: %s", c->paths[i], f->results[i].end.why);
        }
        free(c->bytes[i]);
        (*checked)++;
    }
    f->n_items = 0;
}

static void every_corpus_is_read_inside_the_sandbox(void **state)
{
    (void) state;
    const char *root = getenv("WD_SOURCE_ROOT");
    char pattern[4096];
    glob_t found = {0};
    unsigned checked = 0;
    pool_fixture *f = new_fixture();
    corpus *c = calloc(1, sizeof *c);
    assert_non_null(c);
    snprintf(pattern, sizeof pattern, "%s/fuzz/corpus/*/*", root == NULL ? "." : root);
    if (glob(pattern, 0, NULL, &found) != 0) {
        free(c);
        end_fixture(f);
        SKIP_CASE("the source tree is not here");
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        add_file(f, c, found.gl_pathv[i]);
        if (f->n_items == POOL_ITEMS || i + 1 == found.gl_pathc) {
            run_batch(f, c, &checked);
        }
    }
    assert_int_equal(checked, found.gl_pathc);
    globfree(&found);
    free(c);
    end_fixture(f);
}

int main(void)
{
    wd_archive_prepare(); /* names of test archives are not all ASCII */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_container_is_opened_inside_the_sandbox),
        cmocka_unit_test(members_are_numbered_in_order_of_discovery),
        cmocka_unit_test(an_asset_list_becomes_observations),
        cmocka_unit_test(what_is_no_evidence_is_accounted_for),
        cmocka_unit_test(the_same_bytes_are_examined_once),
        cmocka_unit_test(a_zip_nested_fifty_deep_is_opened_to_the_bound_and_said),
        cmocka_unit_test(ten_gigabytes_of_zeros_are_not_expanded),
        cmocka_unit_test(a_damaged_container_is_partial_and_one_of_nothing_unreadable),
        cmocka_unit_test(readers_that_misbehave_cost_one_member_each),
        cmocka_unit_test(every_item_names_its_hashes),
        cmocka_unit_test(every_corpus_is_read_inside_the_sandbox),
    };
    return RUN(tests);
}

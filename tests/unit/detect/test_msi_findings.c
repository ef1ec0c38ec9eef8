#include "capture.h"
#include "detect/binaries.h"
#include "formats/archive.h"
#include "make/msi_builder.h"
#include "make/pe_builder.h"

typedef struct fixture {
    make_signer *signer;
    wd_buf library;
    make_msi_spec spec;
    wd_buf file;
    capture *got;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return -1;
    }
    f->signer = make_signer_new("Inert Publisher Ltd");
    f->got = capture_new();
    make_pe_spec pe = {.dll = true, .timestamp = 1, .filler = 40000};
    bool ok = make_pe(&pe, &f->library);
    f->spec = (make_msi_spec){
        .product = "Inert Phone",
        .version = "18.12.416",
        .company = "Inert Publisher Ltd",
        .folder = "APP|Inert Phone",
        .files = {{"lib.dll", wd_buf_slice(&f->library)}, {"read.txt", WD_S("inert text")}},
        .custom_action = "RunHelper",
        .binary = WD_S("inert helper"),
        .signer = f->signer};
    *state = f;
    return ok && f->signer != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    fixture *f = *state;
    make_signer_free(f->signer);
    wd_buf_free(&f->library);
    wd_buf_free(&f->file);
    capture_free(f->got);
    free(f);
    return 0;
}

static void detect(fixture *f)
{
    wd_engine engine = {0};
    wd_err err = {0};
    capture_reset(f->got);
    wd_item item = capture_item(f->got, "phone.msi", wd_buf_slice(&f->file));
    assert_int_equal(wd_detect_msi(&engine, &item, f->got->arena, &f->got->sink, &err), WD_OK);
}

static void assert_signature(const fixture *f, const char *digest, const char *verdict)
{
    const wd_obs *o = must_obs(f->got, WD_OBS_SIGNATURE);
    assert_slice(wd_obs_get(o, WD_K_DIGEST), digest);
    assert_slice(wd_obs_get(o, WD_K_WINDOWS_DEFAULT), verdict);
}

static void an_honest_package_is_valid_and_says_what_it_is(void **state)
{
    fixture *f = *state;
    assert_true(make_msi(&f->spec, &f->file, NULL));
    detect(f);
    assert_signature(f, "match", "valid");
    assert_int_equal(captured_at_least(f->got, WD_LOW), 0);
    assert_null(captured_obs(f->got, WD_OBS_DAMAGE));
    const wd_obs *o = must_obs(f->got, WD_OBS_FILE);
    assert_slice(wd_obs_get(o, WD_K_PRODUCT), "Inert Phone");
    assert_slice(wd_obs_get(o, WD_K_VERSION), "18.12.416");
    assert_slice(wd_obs_get(o, WD_K_COMPANY), "Inert Publisher Ltd");
    assert_slice(wd_obs_get(must_obs(f->got, WD_OBS_SIGNATURE), WD_K_SIGNER),
                 "Inert Publisher Ltd");
    assert_non_null(captured_finding(f->got, "package.custom-actions"));
}

static void bytes_behind_the_last_sector_are_found_though_the_digest_holds(void **state)
{
    fixture *f = *state;
    assert_true(make_msi(&f->spec, &f->file, NULL));
    const size_t sizes[] = {4096, 100};
    for (size_t i = 0; i < 2; i++) {
        size_t at = f->file.len;
        make_noise(&f->file, 5, sizes[i]);
        detect(f);
        assert_signature(f, "match", "valid");
        const wd_finding *got = must_finding(f->got, "signature.past-end");
        assert_true(got->severity >= WD_HIGH);
        assert_int_equal(got->span.offset, at);
        assert_int_equal(got->span.len, sizes[i]);
        assert_slice(wd_obs_get(must_obs(f->got, WD_OBS_UNCOVERED), WD_K_UNCOVERED_WHERE),
                     "after last sector");
        f->file.len = at;
    }
}

static void bytes_in_free_sectors_are_found_at_their_place(void **state)
{
    fixture *f = *state;
    wd_buf bytes = {0};
    size_t at = 0;
    make_noise(&bytes, 6, 2048);
    make_msi_spec spec = f->spec;
    spec.free_sectors = wd_buf_slice(&bytes);
    assert_true(make_msi(&spec, &f->file, &at));
    detect(f);
    assert_signature(f, "match", "valid");
    const wd_finding *got = must_finding(f->got, "signature.free-sectors");
    assert_true(got->severity >= WD_HIGH);
    assert_int_equal(got->span.offset, at);
    assert_int_equal(got->span.len, 2048);
    wd_buf_free(&bytes);
}

static void leftovers_of_streams_and_zeros_are_no_finding(void **state)
{
    fixture *f = *state;
    make_msi_spec spec = f->spec;
    spec.free_sectors = wd_slice_sub(wd_buf_slice(&f->library), 0x400, 1024);
    assert_true(make_msi(&spec, &f->file, NULL));
    detect(f);
    assert_int_equal(captured_at_least(f->got, WD_LOW), 0);
    static const uint8_t zeros[1024];
    spec.free_sectors = wd_slice_of(zeros, sizeof zeros);
    assert_true(make_msi(&spec, &f->file, NULL));
    detect(f);
    assert_int_equal(captured_at_least(f->got, WD_LOW), 0);
}

static void a_changed_stream_is_a_mismatch(void **state)
{
    fixture *f = *state;
    assert_true(make_msi(&f->spec, &f->file, NULL));
    size_t at = wd_slice_find(wd_buf_slice(&f->file), WD_S("inert helper"));
    assert_true(at != SIZE_MAX);
    f->file.ptr[at] ^= 1;
    detect(f);
    assert_signature(f, "mismatch", "invalid");
    assert_true(must_finding(f->got, "signature.mismatch")->severity >= WD_HIGH);
}

static void an_unsigned_package_is_at_most_medium(void **state)
{
    fixture *f = *state;
    make_msi_spec spec = f->spec;
    spec.signer = NULL;
    assert_true(make_msi(&spec, &f->file, NULL));
    make_noise(&f->file, 5, 4096);
    detect(f);
    assert_signature(f, "none", "unsigned");
    assert_int_equal(must_finding(f->got, "package.unowned-data")->severity, WD_MEDIUM);
    assert_int_equal(captured_at_least(f->got, WD_HIGH), 0);
}

/* --- members -----------------------------------------------------------------------------------
 */

typedef struct members {
    wd_buf names;
    size_t whole;
} members;

static wd_status on_begin(void *ctx, wd_slice name, bool *wanted)
{
    (void) ctx;
    (void) name;
    *wanted = true;
    return WD_OK;
}

static wd_status on_end(void *ctx, const wd_member *m)
{
    members *got = ctx;
    wd_buf_add(&got->names, m->name);
    wd_buf_printf(&got->names, "=%zu\n", m->data.len);
    got->whole += m->state == WD_MEMBER_WHOLE;
    return WD_OK;
}

static wd_status on_mention(void *ctx, wd_slice name, wd_slice what)
{
    (void) ctx;
    (void) name;
    (void) what;
    return WD_OK;
}

static wd_status on_limit(void *ctx, wd_slice text)
{
    (void) ctx;
    (void) text;
    return WD_OK;
}

static wd_status on_damage(void *ctx, uint64_t offset, wd_slice text)
{
    (void) ctx;
    (void) offset;
    (void) text;
    return WD_OK;
}

static void files_come_out_under_the_paths_where_they_are_installed(void **state)
{
    fixture *f = *state;
    members got = {0};
    wd_archive_budget budget = wd_archive_budget_full();
    wd_archive_sink sink = {&got, on_begin, on_end, on_mention, on_limit, on_damage};
    bool whole = false;
    assert_true(make_msi(&f->spec, &f->file, NULL));
    wd_archive_input in = {WD_KIND_MSI, WD_S("phone.msi"), wd_buf_slice(&f->file)};
    assert_int_equal(wd_archive_read(&in, &budget, &sink, &whole, NULL), WD_OK);
    assert_true(whole);
    char want[200];
    snprintf(want, sizeof want,
             "Inert Phone/lib.dll=%zu\nInert Phone/read.txt=10\nBinary.helper=12\n",
             f->library.len);
    assert_slice(wd_buf_slice(&got.names), want);
    wd_buf_free(&got.names);
}

static void every_truncation_is_reported_not_read(void **state)
{
    fixture *f = *state;
    make_msi_spec spec = f->spec;
    spec.files[0].content = wd_slice_sub(wd_buf_slice(&f->library), 0, 5000);
    assert_true(make_msi(&spec, &f->file, NULL));
    size_t whole = f->file.len;
    uint8_t *all = malloc(whole);
    if (all == NULL) {
        abort();
    }
    memcpy(all, f->file.ptr, whole);
    for (size_t len = 0; len < whole; len++) {
        wd_engine engine = {0};
        wd_err err = {0};
        uint8_t *exact = malloc(len + 1);
        if (exact == NULL) {
            abort();
        }
        memcpy(exact, all, len);
        capture_reset(f->got);
        wd_item item = capture_item(f->got, "cut.msi", wd_slice_of(exact, len));
        assert_int_equal(wd_detect_msi(&engine, &item, f->got->arena, &f->got->sink, &err), WD_OK);
        assert_true(captured_obs(f->got, WD_OBS_DAMAGE) != NULL ||
                    captured_at_least(f->got, WD_MEDIUM) > 0);
        free(exact);
    }
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_package_is_valid_and_says_what_it_is),
        cmocka_unit_test(bytes_behind_the_last_sector_are_found_though_the_digest_holds),
        cmocka_unit_test(bytes_in_free_sectors_are_found_at_their_place),
        cmocka_unit_test(leftovers_of_streams_and_zeros_are_no_finding),
        cmocka_unit_test(a_changed_stream_is_a_mismatch),
        cmocka_unit_test(an_unsigned_package_is_at_most_medium),
        cmocka_unit_test(files_come_out_under_the_paths_where_they_are_installed),
        cmocka_unit_test(every_truncation_is_reported_not_read),
    };
    return cmocka_run_group_tests_name("msi_findings", tests, setup, teardown);
}

#include "capture.h"
#include "detect/siblings.h"

typedef struct result {
    capture *got;
    size_t files[CAPTURE_MOST];
} result;

static wd_status keep(void *ctx, size_t file, const wd_finding *f)
{
    result *r = ctx;
    r->files[r->got->n_findings] = file;
    return capture_finding(r->got, f);
}

static result run(const wd_sibling *files, size_t n)
{
    result r = {.got = capture_new()};
    capture_reset(r.got);
    assert_int_equal(wd_detect_siblings(files, n, r.got->arena, keep, &r), WD_OK);
    return r;
}

/* Signed program, unsigned library that it imports, signed neighbour with hidden bytes. */
static const wd_sibling chain[] = {
    {.path = {(const uint8_t *) "pkg.zip > app/phone.exe", 23},
     .is_signed = true,
     .intact = true,
     .signer = {(const uint8_t *) "Inert", 5},
     .imports = {(const uint8_t *) "kernel32.dll codec.dll", 22}},
    {.path = {(const uint8_t *) "pkg.zip > app/codec.dll", 23},
     .library = true,
     .mentions = {(const uint8_t *) "carrier.dll", 11}},
    {.path = {(const uint8_t *) "pkg.zip > app/carrier.dll", 25},
     .library = true,
     .is_signed = true,
     .intact = true,
     .uncovered = 65536},
};

static void the_chain_of_program_library_and_carrier_is_critical(void **state)
{
    (void) state;
    result r = run(chain, 3);
    const wd_finding *f = must_finding(r.got, "sideload.carrier-chain");
    assert_int_equal(f->severity, WD_CRITICAL);
    assert_slice(f->subject, "codec.dll");
    assert_slice(f->sentence, "Signed phone.exe loads unsigned codec.dll, which names carrier.dll, "
                              "a signed file with 65536 uncovered bytes.");
    assert_int_equal(r.files[0], 1);
    assert_non_null(captured_finding(r.got, "sideload.unsigned-import"));
    capture_free(r.got);
}

static void files_of_other_folders_are_no_neighbours(void **state)
{
    (void) state;
    wd_sibling files[3];
    memcpy(files, chain, sizeof files);
    files[1].path = WD_S("pkg.zip > other/codec.dll");
    result r = run(files, 3);
    assert_int_equal(r.got->n_findings, 0);
    capture_free(r.got);
}

static void without_hidden_bytes_an_unsigned_import_is_at_most_medium(void **state)
{
    (void) state;
    wd_sibling files[3];
    memcpy(files, chain, sizeof files);
    files[2].uncovered = 0;
    result r = run(files, 3);
    assert_null(captured_finding(r.got, "sideload.carrier-chain"));
    assert_int_equal(must_finding(r.got, "sideload.unsigned-import")->severity, WD_MEDIUM);
    assert_int_equal(captured_at_least(r.got, WD_HIGH), 0);
    capture_free(r.got);
}

static void the_order_of_the_files_does_not_change_the_result(void **state)
{
    (void) state;
    wd_sibling files[3] = {chain[2], chain[0], chain[1]};
    result a = run(chain, 3);
    result b = run(files, 3);
    assert_int_equal(a.got->n_findings, b.got->n_findings);
    for (size_t i = 0; i < a.got->n_findings; i++) {
        assert_true(wd_slice_eq(a.got->findings[i].sentence, b.got->findings[i].sentence));
    }
    capture_free(a.got);
    capture_free(b.got);
}

static void a_signed_library_is_never_the_odd_one(void **state)
{
    (void) state;
    wd_sibling files[2] = {chain[0], chain[2]};
    files[1].uncovered = 0;
    result r = run(files, 2);
    assert_int_equal(r.got->n_findings, 0);
    capture_free(r.got);
}

static void folders_of_paths_and_members_are_told(void **state)
{
    (void) state;
    assert_slice(wd_sibling_folder(WD_S("a/b/c.dll")), "a/b");
    assert_slice(wd_sibling_folder(WD_S("c.dll")), "");
    assert_slice(wd_sibling_folder(WD_S("a/x.zip > c.dll")), "a/x.zip >");
    assert_slice(wd_sibling_folder(WD_S("a/x.zip > b\\c.dll")), "a/x.zip > b");
    assert_slice(wd_sibling_folder(WD_S("x.zip > y.msi > app/c.dll")), "x.zip > y.msi > app");
}

static void observations_fill_a_sibling(void **state)
{
    (void) state;
    wd_sibling s = {0};
    wd_obs o = wd_obs_of(WD_OBS_FILE, (wd_span){0}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_PATH, WD_S("a/c.dll"));
    wd_obs_set(&o, WD_K_ROLE, WD_S("library"));
    wd_obs_set(&o, WD_K_VERSION, WD_S("1.2"));
    wd_sibling_add_obs(&s, &o);
    o = wd_obs_of(WD_OBS_SIGNATURE, (wd_span){0}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_SIGNED, WD_S("true"));
    wd_obs_set(&o, WD_K_DIGEST, WD_S("match"));
    wd_sibling_add_obs(&s, &o);
    o = wd_obs_of(WD_OBS_UNCOVERED, (wd_span){.offset = 77, .len = 5}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_UNCOVERED_KIND, WD_S("padding"));
    wd_sibling_add_obs(&s, &o);
    assert_int_equal(s.uncovered, 0);
    o = wd_obs_of(WD_OBS_UNCOVERED, (wd_span){.offset = 99, .len = 50}, WD_NO_TIME);
    wd_obs_set(&o, WD_K_UNCOVERED_KIND, WD_S("unexplained"));
    wd_sibling_add_obs(&s, &o);
    assert_true(s.library && s.is_signed && s.intact);
    assert_int_equal(s.uncovered, 50);
    assert_int_equal(s.uncovered_at, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chain_of_program_library_and_carrier_is_critical),
        cmocka_unit_test(files_of_other_folders_are_no_neighbours),
        cmocka_unit_test(without_hidden_bytes_an_unsigned_import_is_at_most_medium),
        cmocka_unit_test(the_order_of_the_files_does_not_change_the_result),
        cmocka_unit_test(a_signed_library_is_never_the_odd_one),
        cmocka_unit_test(folders_of_paths_and_members_are_told),
        cmocka_unit_test(observations_fill_a_sibling),
    };
    return RUN(tests);
}

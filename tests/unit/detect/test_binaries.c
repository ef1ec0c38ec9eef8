#include "capture.h"
#include "core/limits.h"
#include "detect/binaries.h"
#include "make/pe_builder.h"
#include "make/sign_pe.h"

/* A signed library, built once; every case works on a copy. */
typedef struct fixture {
    make_signer *signer;
    wd_buf plain;
    wd_buf file; /* the copy of the case */
    capture *got;
} fixture;

static const make_pe_spec spec = {
    .dll = true,
    .timestamp = 1677672000,
    .imports = {{"KERNEL32.dll", "CreateFileW", false}, {"inertcodec.dll", "codec_open", false}},
    .module_name = "inertlib.dll",
    .exports = {"InertStart", "InertForward=other.Thing"},
    .product = "Inert Phone",
    .company = "Inert Publisher Ltd",
    .version = "18.12.416.0",
    .original_name = "inertlib.dll",
    .mentions = "carrier_47.dll",
    .filler = 100,
};

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return -1;
    }
    f->signer = make_signer_new("Inert Publisher Ltd");
    f->got = capture_new();
    *state = f;
    return f->signer != NULL && f->got != NULL && make_pe(&spec, &f->plain) ? 0 : -1;
}

static int teardown(void **state)
{
    fixture *f = *state;
    make_signer_free(f->signer);
    wd_buf_free(&f->plain);
    wd_buf_free(&f->file);
    capture_free(f->got);
    free(f);
    return 0;
}

static void sign(fixture *f, const make_sign_options *options)
{
    wd_buf_clear(&f->file);
    wd_buf_add(&f->file, wd_buf_slice(&f->plain));
    assert_true(make_sign_pe(&f->file, f->signer, options));
}

static void detect(fixture *f)
{
    wd_engine engine = {0};
    wd_err err = {0};
    capture_reset(f->got);
    wd_item item = capture_item(f->got, "app/inertlib.dll", wd_buf_slice(&f->file));
    assert_int_equal(wd_detect_pe(&engine, &item, f->got->arena, &f->got->sink, &err), WD_OK);
}

static void assert_verdicts(const fixture *f, const char *digest, const char *standard,
                            const char *strict)
{
    const wd_obs *o = must_obs(f->got, WD_OBS_SIGNATURE);
    assert_slice(wd_obs_get(o, WD_K_DIGEST), digest);
    assert_slice(wd_obs_get(o, WD_K_WINDOWS_DEFAULT), standard);
    assert_slice(wd_obs_get(o, WD_K_WINDOWS_STRICT), strict);
}

/* The one run above padding: where it must be, and the finding of it. */
static const wd_finding *assert_run(const fixture *f, make_edit edit, const char *where,
                                    const char *rule)
{
    size_t found = 0;
    for (size_t i = 0; i < f->got->n_obs; i++) {
        const wd_obs *o = &f->got->obs[i];
        if (o->kind != WD_OBS_UNCOVERED ||
            wd_slice_eq(wd_obs_get(o, WD_K_UNCOVERED_KIND), WD_S("padding"))) {
            continue;
        }
        found++;
        assert_int_equal(o->span.offset, edit.offset);
        assert_int_equal(o->span.len, edit.len);
        assert_slice(wd_obs_get(o, WD_K_UNCOVERED_WHERE), where);
    }
    assert_int_equal(found, 1);
    const wd_finding *finding = must_finding(f->got, rule);
    assert_int_equal(finding->span.offset, edit.offset);
    assert_int_equal(finding->span.len, edit.len);
    return finding;
}

static wd_slice noise(wd_buf *b, size_t len)
{
    wd_buf_clear(b);
    make_noise(b, 42, len);
    b->ptr[0] |= 1; /* never a zero in front, which would be padding */
    return wd_buf_slice(b);
}

static void an_honest_signature_is_valid_and_gives_no_finding(void **state)
{
    fixture *f = *state;
    const make_sign_options kinds[] = {{0},
                                       {.stamp = MAKE_STAMP_PKCS9},
                                       {.stamp = MAKE_STAMP_NONE},
                                       {.sha1 = true, .nested = true},
                                       {.page_hashes = true, .program = "Inert Phone"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        sign(f, &kinds[i]);
        detect(f);
        assert_verdicts(f, "match", "valid", "valid");
        assert_int_equal(f->got->n_findings, 0);
        assert_null(captured_obs(f->got, WD_OBS_DAMAGE));
        const wd_obs *o = must_obs(f->got, WD_OBS_SIGNATURE);
        assert_slice(wd_obs_get(o, WD_K_SIGNER), "Inert Publisher Ltd");
        assert_slice(wd_obs_get(o, WD_K_ISSUER), "Inert Test Root CA");
        assert_slice(wd_obs_get(o, WD_K_TRUST), "not_anchored");
        uint8_t md[32];
        char hex[65];
        make_authentihash(&f->file, kinds[i].sha1, md);
        assert_slice(wd_obs_get(o, WD_K_AUTHENTIHASH), wd_hex(md, kinds[i].sha1 ? 20 : 32, hex));
        bool stamped = kinds[i].stamp != MAKE_STAMP_NONE;
        assert_slice(wd_obs_get(o, WD_K_COUNTERSIGNED), stamped ? "true" : "false");
        assert_slice(wd_obs_get(o, WD_K_SIGNED_AT), stamped ? "2023-03-01T12:00:00Z" : "");
    }
}

static void the_file_says_what_it_is_and_what_it_loads(void **state)
{
    fixture *f = *state;
    sign(f, &(make_sign_options){0});
    detect(f);
    const wd_obs *o = must_obs(f->got, WD_OBS_FILE);
    assert_slice(wd_obs_get(o, WD_K_PRODUCT), "Inert Phone");
    assert_slice(wd_obs_get(o, WD_K_VERSION), "18.12.416.0");
    assert_slice(wd_obs_get(o, WD_K_ORIGINAL_NAME), "inertlib.dll");
    assert_slice(wd_obs_get(o, WD_K_ROLE), "library");
    assert_slice(wd_obs_get(o, WD_K_IMPORTS), "kernel32.dll inertcodec.dll");
    assert_true(wd_slice_find(wd_obs_get(o, WD_K_MENTIONS), WD_S("carrier_47.dll")) != SIZE_MAX);
}

static void a_grown_entry_is_found_at_its_exact_place(void **state)
{
    fixture *f = *state;
    const size_t sizes[] = {65536, 272};
    wd_buf bytes = {0};
    for (size_t i = 0; i < 2; i++) {
        sign(f, &(make_sign_options){0});
        make_edit edit = make_grow_entry(&f->file, noise(&bytes, sizes[i]));
        detect(f);
        assert_verdicts(f, "match", "valid", "invalid");
        const wd_finding *got = assert_run(f, edit, "certificate entry", "signature.residue");
        assert_true(got->severity >= (sizes[i] > 1024 ? WD_CRITICAL : WD_HIGH));
        assert_memory_equal(got->excerpt.ptr, bytes.ptr, WD_MAX_EXCERPT);
    }
    wd_buf_free(&bytes);
}

static void a_grown_directory_is_found_and_invalid_for_windows(void **state)
{
    fixture *f = *state;
    wd_buf bytes = {0};
    sign(f, &(make_sign_options){0});
    make_edit edit = make_grow_directory(&f->file, noise(&bytes, 272));
    detect(f);
    assert_verdicts(f, "match", "invalid", "invalid");
    assert_true(assert_run(f, edit, "certificate table", "signature.beyond-entries")->severity >=
                WD_HIGH);
    wd_buf_free(&bytes);
}

static void a_smuggled_entry_passes_windows_but_not_the_strict_check(void **state)
{
    fixture *f = *state;
    wd_buf bytes = {0};
    sign(f, &(make_sign_options){0});
    make_edit edit = make_add_entry(&f->file, 0x0EF1, noise(&bytes, 4096));
    detect(f);
    assert_verdicts(f, "match", "valid", "invalid");
    assert_true(assert_run(f, edit, "second entry", "signature.foreign-entry")->severity >=
                WD_HIGH);
    wd_buf_free(&bytes);
}

static void data_after_the_table_is_found_and_invalid(void **state)
{
    fixture *f = *state;
    wd_buf bytes = {0};
    sign(f, &(make_sign_options){0});
    make_edit edit = make_append(&f->file, noise(&bytes, 1000));
    detect(f);
    assert_verdicts(f, "match", "invalid", "invalid");
    assert_true(assert_run(f, edit, "after table", "signature.after-table")->severity >= WD_HIGH);
    wd_buf_free(&bytes);
}

/* A program name of the right length leaves padding behind the signature. */
static void sign_with_padding(fixture *f)
{
    static const char *const names[] = {"a", "ab", "abc", "abcd", "abcde"};
    size_t len = 0;
    for (size_t i = 0; i < 5; i++) {
        sign(f, &(make_sign_options){.program = names[i]});
        size_t end = make_table_at(&f->file, &len) + len;
        if (f->file.ptr[end - 1] == 0 && f->file.ptr[end - 2] == 0) {
            return;
        }
    }
    fail_msg("no signature leaves padding");
}

static void a_non_zero_padding_byte_is_found(void **state)
{
    fixture *f = *state;
    sign_with_padding(f);
    make_edit edit = make_poke_padding(&f->file, 0x41);
    assert_int_equal(edit.len, 1);
    detect(f);
    assert_verdicts(f, "match", "valid", "invalid");
    const wd_finding *got = must_finding(f->got, "signature.residue");
    assert_int_equal(got->severity, WD_HIGH);
    assert_int_equal(got->span.offset + got->span.len, edit.offset + 1);
}

static void a_blob_in_an_unsigned_attribute_is_found(void **state)
{
    fixture *f = *state;
    wd_buf blob = {0};
    wd_buf bytes = {0};
    noise(&bytes, 1024);
    wd_buf_add(&blob, WD_S("\x04\x82\x04\x00"));
    wd_buf_add(&blob, wd_buf_slice(&bytes));
    sign(f, &(make_sign_options){.attr_oid = "1.3.6.1.4.1.99999.7",
                                 .attr_value = wd_buf_slice(&blob)});
    size_t at = wd_slice_find(wd_buf_slice(&f->file), wd_buf_slice(&bytes));
    detect(f);
    assert_verdicts(f, "match", "valid", "valid");
    const wd_finding *got =
        assert_run(f, (make_edit){at, 1024}, "unsigned attribute", "signature.attribute");
    assert_true(got->severity >= WD_HIGH);
    wd_buf_free(&blob);
    wd_buf_free(&bytes);
}

static void a_dummy_certificate_with_a_payload_is_found(void **state)
{
    fixture *f = *state;
    wd_buf bytes = {0};
    X509 *dummy = make_dummy_cert(f->signer, "1.3.6.1.4.1.99999.9", noise(&bytes, 4000));
    sign(f, &(make_sign_options){.extra_cert = dummy});
    X509_free(dummy);
    detect(f);
    assert_verdicts(f, "match", "valid", "valid");
    const wd_finding *got = must_finding(f->got, "signature.certificate");
    assert_true(got->severity >= WD_HIGH);
    assert_true(got->span.len > 4000);
    wd_buf_free(&bytes);
}

static const char omaha[] =
    "Gact2.0Omaha\0\x45"
    "appguid={8A69D345-D564-463C-AFF1-A69D9E530F96}&lang=en&brand=GTPM&x=1\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

static void an_honest_tag_is_reported_low_wherever_it_stands(void **state)
{
    fixture *f = *state;
    wd_slice tag = wd_slice_of(omaha, sizeof omaha - 1);
    sign(f, &(make_sign_options){0});
    make_edit edit = make_grow_entry(&f->file, tag);
    detect(f);
    assert_verdicts(f, "match", "valid", "invalid");
    const wd_finding *got = must_finding(f->got, "signature.tag");
    assert_int_equal(got->severity, WD_LOW);
    assert_int_equal(got->span.offset, edit.offset);
    assert_int_equal(captured_at_least(f->got, WD_MEDIUM), 0);

    X509 *dummy = make_dummy_cert(f->signer, "1.3.6.1.4.1.11129.2.1.9999", tag);
    sign(f, &(make_sign_options){.extra_cert = dummy});
    X509_free(dummy);
    detect(f);
    assert_verdicts(f, "match", "valid", "valid");
    assert_non_null(captured_finding(f->got, "signature.tag"));
    assert_int_equal(captured_at_least(f->got, WD_MEDIUM), 0);
}

static void a_magic_word_in_front_of_other_bytes_is_no_tag(void **state)
{
    fixture *f = *state;
    wd_buf bytes = {0};
    wd_buf_add(&bytes, wd_slice_of(omaha, sizeof omaha - 1));
    make_noise(&bytes, 7, 65536 - bytes.len);
    sign(f, &(make_sign_options){0});
    make_edit edit = make_grow_entry(&f->file, wd_buf_slice(&bytes));
    detect(f);
    assert_true(assert_run(f, edit, "certificate entry", "signature.residue")->severity >= WD_HIGH);
    wd_buf_free(&bytes);
}

static void benign_strings_pasted_into_the_hidden_bytes_change_nothing(void **state)
{
    fixture *f = *state;
    wd_buf bytes = {0};
    make_noise(&bytes, 3, 32768);
    while (bytes.len < 32768 + 10240) {
        wd_buf_str(&bytes, "Copyright (c) Inert Publisher Ltd. All rights reserved. ");
    }
    make_noise(&bytes, 4, 65536 - bytes.len);
    sign(f, &(make_sign_options){0});
    make_edit edit = make_grow_entry(&f->file, wd_buf_slice(&bytes));
    detect(f);
    assert_verdicts(f, "match", "valid", "invalid");
    assert_true(assert_run(f, edit, "certificate entry", "signature.residue")->severity >= WD_HIGH);
    wd_buf_free(&bytes);
}

static void a_changed_byte_under_the_signature_is_a_mismatch(void **state)
{
    fixture *f = *state;
    sign(f, &(make_sign_options){.page_hashes = true});
    f->file.ptr[0x480] ^= 1;
    detect(f);
    assert_verdicts(f, "mismatch", "invalid", "invalid");
    assert_true(must_finding(f->got, "signature.mismatch")->severity >= WD_HIGH);
    assert_int_equal(must_finding(f->got, "signature.page-hash")->span.offset, 0x400);
}

static void a_changed_signature_value_is_broken(void **state)
{
    fixture *f = *state;
    sign(f, &(make_sign_options){.stamp = MAKE_STAMP_NONE});
    size_t len = 0;
    size_t end = make_table_at(&f->file, &len) + len;
    f->file.ptr[end - 40] ^= 1; /* inside the signature value, the last field */
    detect(f);
    assert_verdicts(f, "match", "invalid", "invalid");
    assert_true(must_finding(f->got, "signature.broken")->severity >= WD_HIGH);
}

static void checksum_and_directory_are_not_part_of_the_digest(void **state)
{
    fixture *f = *state;
    sign(f, &(make_sign_options){0});
    f->file.ptr[0xC0 + 0x58] ^= 0xFF;
    detect(f);
    assert_verdicts(f, "match", "valid", "valid");
}

static void an_unsigned_file_is_unsigned_and_no_more(void **state)
{
    fixture *f = *state;
    wd_buf_clear(&f->file);
    wd_buf_add(&f->file, wd_buf_slice(&f->plain));
    detect(f);
    assert_verdicts(f, "none", "unsigned", "unsigned");
    assert_int_equal(captured_at_least(f->got, WD_HIGH), 0);
    assert_null(captured_obs(f->got, WD_OBS_UNCOVERED));
}

static void a_stripped_signature_is_at_most_medium(void **state)
{
    fixture *f = *state;
    sign(f, &(make_sign_options){0});
    f->file.len = make_table_at(&f->file, NULL);
    detect(f);
    assert_verdicts(f, "none", "invalid", "invalid");
    assert_int_equal(captured_at_least(f->got, WD_HIGH), 0);
}

static void every_truncation_is_reported_not_read(void **state)
{
    fixture *f = *state;
    sign(f, &(make_sign_options){.sha1 = true, .nested = true});
    size_t whole = f->file.len;
    wd_buf all = {0};
    wd_buf_add(&all, wd_buf_slice(&f->file));
    wd_engine engine = {0};
    for (size_t len = 0; len < whole; len++) {
        uint8_t *exact = malloc(len + 1);
        if (exact == NULL) {
            abort();
        }
        memcpy(exact, all.ptr, len);
        wd_err err = {0};
        capture_reset(f->got);
        wd_item item = capture_item(f->got, "cut.dll", wd_slice_of(exact, len));
        assert_int_equal(wd_detect_pe(&engine, &item, f->got->arena, &f->got->sink, &err), WD_OK);
        const wd_obs *o = captured_obs(f->got, WD_OBS_SIGNATURE);
        assert_true(o == NULL || !wd_slice_eq(wd_obs_get(o, WD_K_WINDOWS_DEFAULT), WD_S("valid")));
        assert_true(captured_obs(f->got, WD_OBS_DAMAGE) != NULL || f->got->n_findings > 0);
        free(exact);
    }
    wd_buf_free(&all);
}

static void ten_thousand_flipped_bits_never_pass_as_covered(void **state)
{
    fixture *f = *state;
    sign(f, &(make_sign_options){.stamp = MAKE_STAMP_NONE});
    wd_engine engine = {0};
    size_t table = make_table_at(&f->file, NULL);
    uint64_t x = 88172645463325252U;
    for (int i = 0; i < 10000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        size_t at = (size_t) (x >> 8) % f->file.len;
        uint8_t bit = (uint8_t) (1U << (x & 7));
        f->file.ptr[at] ^= bit;
        wd_err err = {0};
        capture_reset(f->got);
        wd_item item = capture_item(f->got, "flip.dll", wd_buf_slice(&f->file));
        assert_int_equal(wd_detect_pe(&engine, &item, f->got->arena, &f->got->sink, &err), WD_OK);
        const wd_obs *o = captured_obs(f->got, WD_OBS_SIGNATURE);
        bool field = at >= 0xC0 + 0x58 && at < 0xC0 + 0x5C; /* CheckSum */
        if (at < table && !field) {
            assert_true(o == NULL ||
                        !wd_slice_eq(wd_obs_get(o, WD_K_WINDOWS_DEFAULT), WD_S("valid")));
        }
        f->file.ptr[at] ^= bit;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_signature_is_valid_and_gives_no_finding),
        cmocka_unit_test(the_file_says_what_it_is_and_what_it_loads),
        cmocka_unit_test(a_grown_entry_is_found_at_its_exact_place),
        cmocka_unit_test(a_grown_directory_is_found_and_invalid_for_windows),
        cmocka_unit_test(a_smuggled_entry_passes_windows_but_not_the_strict_check),
        cmocka_unit_test(data_after_the_table_is_found_and_invalid),
        cmocka_unit_test(a_non_zero_padding_byte_is_found),
        cmocka_unit_test(a_blob_in_an_unsigned_attribute_is_found),
        cmocka_unit_test(a_dummy_certificate_with_a_payload_is_found),
        cmocka_unit_test(an_honest_tag_is_reported_low_wherever_it_stands),
        cmocka_unit_test(a_magic_word_in_front_of_other_bytes_is_no_tag),
        cmocka_unit_test(benign_strings_pasted_into_the_hidden_bytes_change_nothing),
        cmocka_unit_test(a_changed_byte_under_the_signature_is_a_mismatch),
        cmocka_unit_test(a_changed_signature_value_is_broken),
        cmocka_unit_test(checksum_and_directory_are_not_part_of_the_digest),
        cmocka_unit_test(an_unsigned_file_is_unsigned_and_no_more),
        cmocka_unit_test(a_stripped_signature_is_at_most_medium),
        cmocka_unit_test(every_truncation_is_reported_not_read),
        cmocka_unit_test(ten_thousand_flipped_bits_never_pass_as_covered),
    };
    return cmocka_run_group_tests_name("binaries", tests, setup, teardown);
}

#include "kb_helpers.h"

/* The refusal whose reason holds `words`; NULL when there is none. */
static const wd_refused *refusal_with(const kb_fixture *f, const char *words)
{
    for (size_t i = 0; i < wd_knowledge_refused(f->kb); i++) {
        const wd_refused *r = wd_knowledge_refusal(f->kb, i);
        if (wd_slice_find(r->why, wd_slice_str(words)) != SIZE_MAX) {
            return r;
        }
    }
    return NULL;
}

static void the_smallest_pack_is_taken(void **state)
{
    (void) state;
    kb_fixture f = kb_of("p.yaml", KB_PACK_HEAD);
    assert_int_equal(wd_knowledge_campaigns(f.kb), 1);
    assert_int_equal(wd_knowledge_refused_total(f.kb), 0);
    const wd_campaign *c = wd_knowledge_campaign(f.kb, 0);
    assert_slice(c->id, "test-1");
    assert_false(c->has_delay);
    assert_true(c->last - c->first == 32 * WD_TICKS_PER_DAY - 1);
    kb_free(&f);
}

static void an_unknown_key_is_refused_with_its_line_and_the_rest_stays(void **state)
{
    (void) state;
    kb_fixture f = kb_of("p.yaml", KB_PACK_HEAD "titel: slip of the pen\n");
    const wd_refused *r = refusal_with(&f, "no such key");
    assert_non_null(r);
    assert_int_equal(r->line, 9);
    assert_slice(r->what, "titel");
    assert_slice(r->file, "p.yaml");
    assert_int_equal(wd_knowledge_campaigns(f.kb), 1);
    kb_free(&f);
}

static void a_pack_without_an_id_is_refused_whole(void **state)
{
    (void) state;
    kb_fixture f = kb_of("p.yaml", "schema: whodunit.campaign/1\ntitle: T\n");
    assert_int_equal(wd_knowledge_campaigns(f.kb), 0);
    assert_non_null(refusal_with(&f, "needs 'id'"));
    kb_free(&f);
}

static void a_second_pack_of_the_same_id_is_refused(void **state)
{
    (void) state;
    kb_fixture f = kb_new();
    assert_int_equal(kb_add(&f, "a.yaml", KB_PACK_HEAD), WD_OK);
    assert_int_equal(kb_add(&f, "b.yaml", KB_PACK_HEAD), WD_OK);
    kb_finish(&f);
    assert_int_equal(wd_knowledge_campaigns(f.kb), 1);
    assert_slice(wd_knowledge_campaign(f.kb, 0)->origin, "a.yaml");
    assert_non_null(refusal_with(&f, "a.yaml holds a campaign of this id"));
    kb_free(&f);
}

static void indicators_must_say_role_safety_source_and_date(void **state)
{
    (void) state;
    kb_fixture f =
        kb_of("p.yaml", KB_PACK_HEAD
              "indicators:\n"
              "- {type: domain, value: a.example, safety: block, source: A, date: 2023-01-01}\n"
              "- {type: domain, value: b.example, role: c2, source: A, date: 2023-01-01}\n"
              "- {type: domain, value: c.example, role: c2, safety: block, date: 2023-01-01}\n"
              "- {type: domain, value: d.example, role: c2, safety: block, source: A}\n"
              "- {type: domain, value: e.example, role: c2, safety: block, source: A,"
              " date: 2023-01-01}\n");
    assert_int_equal(wd_knowledge_indicators(f.kb), 1);
    assert_int_equal(wd_knowledge_refused_total(f.kb), 4);
    assert_non_null(refusal_with(&f, "'role'"));
    assert_non_null(refusal_with(&f, "'safety'"));
    assert_non_null(refusal_with(&f, "'source'"));
    assert_non_null(refusal_with(&f, "'date'"));
    kb_free(&f);
}

static void a_harmless_value_must_not_be_marked_block(void **state)
{
    (void) state;
    kb_fixture f = kb_of("p.yaml", KB_PACK_HEAD
                         "indicators:\n"
                         "- {type: domain, value: v.example, role: vendor_site, safety: block,"
                         " source: A, date: 2023-01-01}\n");
    assert_int_equal(wd_knowledge_indicators(f.kb), 0);
    assert_non_null(refusal_with(&f, "must not be marked 'block'"));
    kb_free(&f);
}

static void items_inherit_from_their_group_and_may_differ(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_of("p.yaml", KB_PACK_HEAD
                         "indicators:\n"
                         "- type: domain\n  role: c2\n  safety: block\n  tier: 4\n  source: A\n"
                         "  date: 2023-01-05\n"
                         "  items:\n  - a.example\n  - {value: b.example, source: B, tier: 5}\n");
    assert_int_equal(kb_names(&f, "a.example", m), 1);
    assert_slice(m[0].list[0].source, "A");
    assert_int_equal(m[0].list[0].tier, 4);
    assert_slice(m[0].list[0].campaign, "test-1");
    assert_int_equal(kb_names(&f, "b.example", m), 1);
    assert_slice(m[0].list[0].source, "B");
    assert_int_equal(m[0].list[0].tier, 5);
    /* In use within the window of the campaign, as nothing else is said. */
    assert_true(m[0].list[0].first == wd_knowledge_campaign(f.kb, 0)->first);
    kb_free(&f);
}

static void a_dead_drop_becomes_a_url_that_is_watched_and_never_blocks_its_host(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_of("p.yaml", KB_PACK_HEAD "dead_drops:\n- {host: code.example, path: /a/b/*,"
                                                " source: A, date: 2023-01-01}\n");
    wd_slice url = WD_S("https://code.example/a/b/icon.ico");
    assert_int_equal(wd_knowledge_match_url(f.kb, url, m, WD_KB_MATCHES), 1);
    assert_int_equal(m[0].list[0].role, WD_ROLE_DEAD_DROP);
    assert_int_equal(m[0].safety, WD_SAFETY_WATCH);
    assert_int_equal(kb_names(&f, "code.example", m), 0);
    kb_free(&f);
}

#define PRODUCT                                                                                   \
    KB_PACK_HEAD "products:\n- name: Phone\n  aliases: ['Phone App*']\n  platform: windows\n"     \
                 "  affected: ['1.2.3', '2.0..2.4']\n  fixed: ['2.5']\n  programs: [phone.exe]\n" \
                 "  modules: [codec.dll]\n  install_paths: ['*\\phone\\app\\*']\n"

static wd_version_state state_of(const kb_fixture *f, const char *product, const char *path,
                                 const char *version)
{
    wd_product_query q = {.product = wd_slice_str(product),
                          .path = wd_slice_str(path),
                          .version = wd_slice_str(version)};
    return wd_knowledge_version(f->kb, &q).state;
}

static void versions_are_affected_fixed_unlisted_or_unknown(void **state)
{
    (void) state;
    kb_fixture f = kb_of("p.yaml", PRODUCT);
    assert_int_equal(state_of(&f, "phone", "", "1.2.3"), WD_VERSION_AFFECTED);
    assert_int_equal(state_of(&f, "Phone App (x64)", "", "2.1.7"), WD_VERSION_AFFECTED);
    assert_int_equal(state_of(&f, "", "C:\\x\\Phone.EXE", "2.5"), WD_VERSION_FIXED);
    assert_int_equal(state_of(&f, "", "c:/phone/app/x.dll", "9"), WD_VERSION_UNLISTED);
    assert_int_equal(state_of(&f, "Phone", "", ""), WD_VERSION_UNKNOWN);
    assert_int_equal(state_of(&f, "Telephone", "", "1.2.3"), WD_VERSION_NOT_PRODUCT);
    kb_free(&f);
}

static void a_complete_list_makes_other_versions_not_affected(void **state)
{
    (void) state;
    kb_fixture f = kb_of("p.yaml", PRODUCT "  affected_complete: true\n");
    assert_int_equal(state_of(&f, "Phone", "", "1.2.4"), WD_VERSION_OTHER);
    assert_int_equal(state_of(&f, "Phone", "", "1.2.3"), WD_VERSION_AFFECTED);
    kb_free(&f);
}

static void lists_for_placeholders_hold_programs_and_modules(void **state)
{
    (void) state;
    wd_slices list = {0};
    kb_fixture f = kb_of("p.yaml", PRODUCT);
    assert_true(wd_knowledge_list(f.kb, WD_S("suspect_program"), &list));
    assert_int_equal(list.n, 1);
    assert_slice(list.list[0], "phone.exe");
    assert_true(wd_knowledge_list(f.kb, WD_S("suspect_module"), &list));
    assert_slice(list.list[0], "codec.dll");
    kb_free(&f);
}

#define PROOF                                                                                 \
    PRODUCT "proofs:\n- {id: p.x, tier: 6, kind: image_load, title: T, benign: B,"            \
            " where: {process: '@program', path: [evil.dll, '*\\sub\\*.bin'], 'not signed': " \
            "'true'}}\n"

static bool proof_matches(const kb_fixture *f, const char *process, const char *path,
                          const char *is_signed)
{
    const wd_campaign *c = wd_knowledge_campaign(f->kb, 0);
    wd_obs o = wd_obs_of(WD_OBS_IMAGE_LOAD, (wd_span){0, 0, 0}, WD_NO_TIME);
    assert_int_equal(c->n_proofs, 1);
    wd_obs_set(&o, WD_K_PROCESS, wd_slice_str(process));
    wd_obs_set(&o, WD_K_PATH, wd_slice_str(path));
    wd_obs_set(&o, WD_K_SIGNED, wd_slice_str(is_signed));
    return wd_proof_matches(c, &c->proofs[0], &o);
}

static void a_proof_asks_for_all_its_conditions(void **state)
{
    (void) state;
    kb_fixture f = kb_of("p.yaml", PROOF);
    assert_int_equal(wd_knowledge_refused_total(f.kb), 0);
    assert_true(proof_matches(&f, "C:\\P\\PHONE.exe", "C:\\P\\evil.dll", "false"));
    assert_true(proof_matches(&f, "C:\\P\\PHONE.exe", "C:\\P\\evil.dll", ""));
    assert_true(proof_matches(&f, "phone.exe", "C:/p/sub/a.bin", ""));
    assert_false(proof_matches(&f, "C:\\P\\PHONE.exe", "C:\\P\\evil.dll", "true"));
    assert_false(proof_matches(&f, "C:\\P\\other.exe", "C:\\P\\evil.dll", "false"));
    assert_false(proof_matches(&f, "C:\\P\\phone.exe", "C:\\P\\notevil.dll", "false"));
    assert_false(proof_matches(&f, "", "C:\\P\\evil.dll", "false"));
    kb_free(&f);
}

static void a_proof_with_a_condition_that_cannot_be_read_is_refused(void **state)
{
    (void) state;
    kb_fixture f =
        kb_of("p.yaml", KB_PACK_HEAD
              "proofs:\n"
              "- {id: a, tier: 6, kind: process, title: T, benign: B, where: {colour: red}}\n"
              "- {id: b, tier: 6, kind: process, title: T, benign: B, where: {}}\n"
              "- {id: c, tier: 9, kind: process, title: T, benign: B, where: {path: x}}\n"
              "- {id: d, tier: 6, kind: dance, title: T, benign: B, where: {path: x}}\n"
              "- {id: e, tier: 6, kind: process, title: T, benign: B,"
              " where: {path: '@nothing'}}\n");
    assert_int_equal(wd_knowledge_campaign(f.kb, 0)->n_proofs, 0);
    assert_true(wd_knowledge_refused_total(f.kb) >= 5);
    kb_free(&f);
}

static void marker_files_are_read_in_their_encoding_only(void **state)
{
    (void) state;
    static const uint8_t raw[8] = {0x80, 0x43, 0x6d, 0x38, 0, 0, 0, 0}; /* 2000-01-01 */
    wd_marker m = {.encoding = WD_S("unix64le"), .size = 8};
    wd_time t = 0;
    char text[WD_TIME_TEXT];
    assert_true(wd_marker_time(&m, wd_slice_of(raw, 8), &t));
    assert_string_equal(wd_time_format(t, text), "2000-01-01T00:00:00Z");
    for (size_t n = 0; n < 8; n++) {
        assert_false(wd_marker_time(&m, wd_slice_of(raw, n), &t));
    }
    m.encoding = WD_S("unix64be");
    assert_false(wd_marker_time(&m, wd_slice_of(raw, 8), &t));
    m = (wd_marker){.encoding = WD_S("iso_text")};
    assert_true(wd_marker_time(&m, WD_S("2000-01-01T00:00:00Z\n"), &t));
    assert_false(wd_marker_time(&m, WD_S("soon"), &t));
}

static void every_truncation_of_a_pack_ends_in_words_or_in_fewer_entries(void **state)
{
    (void) state;
    wd_slice whole = wd_slice_str(PROOF);
    for (size_t n = 0; n < whole.len; n++) {
        kb_fixture f = kb_new();
        wd_err err = {0};
        wd_status s = wd_knowledge_add(f.kb, WD_S("p.yaml"), wd_slice_sub(whole, 0, n), &err);
        assert_true(s == WD_OK || err.text[0] != '\0');
        if (s == WD_OK) {
            kb_finish(&f);
            assert_true(wd_knowledge_campaigns(f.kb) == 1 || wd_knowledge_refused_total(f.kb) > 0);
        }
        kb_free(&f);
    }
}

static void brands_are_read_and_short_words_refused(void **state)
{
    (void) state;
    kb_fixture f = kb_of("b.yaml", "schema: whodunit.brands/1\nas_of: 2024-01-01\nbrands:\n"
                                   "- {word: Cloudy, owner: C, domains: [cloudy.example]}\n"
                                   "- {word: ab, owner: C, domains: [ab.example]}\n"
                                   "shared_hosts: [drop.example, 'not a name']\n");
    assert_int_equal(wd_knowledge_brands(f.kb), 1);
    assert_slice(wd_knowledge_brand(f.kb, 0)->word, "cloudy");
    assert_true(wd_knowledge_is_shared_host(f.kb, WD_S("a.drop.example")));
    assert_int_equal(wd_knowledge_refused_total(f.kb), 2);
    kb_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_pack_is_taken),
        cmocka_unit_test(an_unknown_key_is_refused_with_its_line_and_the_rest_stays),
        cmocka_unit_test(a_pack_without_an_id_is_refused_whole),
        cmocka_unit_test(a_second_pack_of_the_same_id_is_refused),
        cmocka_unit_test(indicators_must_say_role_safety_source_and_date),
        cmocka_unit_test(a_harmless_value_must_not_be_marked_block),
        cmocka_unit_test(items_inherit_from_their_group_and_may_differ),
        cmocka_unit_test(a_dead_drop_becomes_a_url_that_is_watched_and_never_blocks_its_host),
        cmocka_unit_test(versions_are_affected_fixed_unlisted_or_unknown),
        cmocka_unit_test(a_complete_list_makes_other_versions_not_affected),
        cmocka_unit_test(lists_for_placeholders_hold_programs_and_modules),
        cmocka_unit_test(a_proof_asks_for_all_its_conditions),
        cmocka_unit_test(a_proof_with_a_condition_that_cannot_be_read_is_refused),
        cmocka_unit_test(marker_files_are_read_in_their_encoding_only),
        cmocka_unit_test(every_truncation_of_a_pack_ends_in_words_or_in_fewer_entries),
        cmocka_unit_test(brands_are_read_and_short_words_refused),
    };
    return RUN(tests);
}

#include "kb_helpers.h"

#include <stdio.h>
#include <unistd.h>

static void a_parent_matches_and_a_longer_word_does_not(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_of("list.txt", "c2.example\n");
    assert_int_equal(kb_names(&f, "c2.example", m), 1);
    assert_int_equal(kb_names(&f, "Sub.C2.Example.", m), 1);
    assert_int_equal(kb_names(&f, "a.b.c.c2.example", m), 1);
    assert_int_equal(kb_names(&f, "notc2.example", m), 0);
    assert_int_equal(kb_names(&f, "example", m), 0);
    assert_int_equal(kb_names(&f, "c2.example.org", m), 0);
    assert_int_equal(kb_names(&f, "", m), 0);
    assert_int_equal(kb_names(&f, ".", m), 0);
    kb_free(&f);
}

static void the_most_specific_name_comes_first(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_of("list.csv", "domain,role\nshop.example,shared_host\n"
                                     "bad.shop.example,c2\n");
    assert_int_equal(kb_names(&f, "x.bad.shop.example", m), 2);
    assert_slice(m[0].list[0].value, "bad.shop.example");
    assert_slice(m[1].list[0].value, "shop.example");
    assert_false(m[0].conflict);
    assert_true(wd_knowledge_is_shared_host(f.kb, WD_S("bad.shop.example")));
    assert_false(wd_knowledge_is_shared_host(f.kb, WD_S("othershop.example")));
    kb_free(&f);
}

static void an_exact_entry_does_not_speak_for_names_below_it(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_of("p.yaml", KB_PACK_HEAD
                         "indicators:\n"
                         "- {type: domain, value: www.v.example, exact: true, role: decoy,"
                         " safety: never, source: A, date: 2023-01-01}\n");
    assert_int_equal(kb_names(&f, "www.v.example", m), 1);
    assert_int_equal(kb_names(&f, "x.www.v.example", m), 0);
    kb_free(&f);
}

static void sources_that_disagree_are_both_kept_and_marked(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_new();
    assert_int_equal(kb_add(&f, "a.csv", "domain,role,source\nv.example,c2,Alpha\n"), WD_OK);
    assert_int_equal(kb_add(&f, "b.csv", "domain,role,source\nv.example,vendor_site,Beta\n"),
                     WD_OK);
    kb_finish(&f);
    assert_int_equal(kb_names(&f, "v.example", m), 1);
    assert_int_equal(m[0].n, 2);
    assert_true(m[0].conflict);
    assert_int_equal(m[0].safety, WD_SAFETY_NEVER);
    kb_free(&f);
}

static void a_list_without_roles_conflicts_with_a_harmless_role(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_new();
    assert_int_equal(kb_add(&f, "a.txt", "v.example\n"), WD_OK);
    assert_int_equal(kb_add(&f, "b.csv", "domain,role\nv.example,vendor_site\n"), WD_OK);
    kb_finish(&f);
    assert_int_equal(kb_names(&f, "v.example", m), 1);
    assert_true(m[0].conflict);
    kb_free(&f);
}

static void the_same_statement_twice_is_one(void **state)
{
    (void) state;
    kb_fixture f = kb_new();
    assert_int_equal(kb_add(&f, "a.txt", "v.example\nv.example\nV.EXAMPLE.\n"), WD_OK);
    kb_finish(&f);
    assert_int_equal(wd_knowledge_indicators(f.kb), 1);
    kb_free(&f);
}

static void a_url_needs_host_and_path(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_of("l.txt", "hxxps://raw.example/acc/images/*\nhttp://h.example/one?id=7\n");
    const char *yes[] = {"https://raw.example/acc/images/icon1.ico",
                         "http://RAW.example:8080/ACC/images/x?y=1#z", "raw.example/acc/images/a",
                         "http://user@raw.example/acc/images/a", "http://h.example/one?id=7"};
    const char *no[] = {"https://raw.example/other/images/icon1.ico",
                        "https://raw.example/",
                        "https://raw.example",
                        "https://x.raw.example/acc/images/a",
                        "http://h.example/one?id=8",
                        "http://evil.example/raw.example/acc/images/a",
                        ""};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        assert_int_equal(wd_knowledge_match_url(f.kb, wd_slice_str(yes[i]), m, WD_KB_MATCHES), 1);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        assert_int_equal(wd_knowledge_match_url(f.kb, wd_slice_str(no[i]), m, WD_KB_MATCHES), 0);
    }
    kb_free(&f);
}

static void an_address_meets_its_own_entry_and_its_prefixes(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f = kb_of("l.txt", "192.0.2.7\n192.0.2.0/24\n198.51.100.128/25\n2001:db8::/32\n"
                                  "2001:DB8:0:0::1\n");
    assert_int_equal(wd_knowledge_match_ip(f.kb, WD_S("192.0.2.7"), m, WD_KB_MATCHES), 2);
    assert_slice(m[0].list[0].value, "192.0.2.7");
    assert_slice(m[1].list[0].value, "192.0.2.0/24");
    assert_int_equal(wd_knowledge_match_ip(f.kb, WD_S("198.51.100.127"), m, WD_KB_MATCHES), 0);
    assert_int_equal(wd_knowledge_match_ip(f.kb, WD_S("198.51.100.129"), m, WD_KB_MATCHES), 1);
    assert_int_equal(wd_knowledge_match_ip(f.kb, WD_S("2001:db8::1"), m, WD_KB_MATCHES), 2);
    assert_int_equal(wd_knowledge_match_ip(f.kb, WD_S("2001:db9::1"), m, WD_KB_MATCHES), 0);
    assert_int_equal(wd_knowledge_match_ip(f.kb, WD_S("no address"), m, WD_KB_MATCHES), 0);
    kb_free(&f);
}

static void a_hash_is_found_by_text_and_by_bytes(void **state)
{
    (void) state;
    uint8_t bytes[32];
    memset(bytes, 0xab, sizeof bytes);
    kb_fixture f =
        kb_of("l.txt", "ABABABABABABABABABABABABABABABABabababababababababababababababab\n"
                       "0123456789abcdef0123456789abcdef01234567\n");
    assert_int_equal(wd_knowledge_match_sha256(f.kb, bytes).n, 1);
    bytes[31] = 0;
    assert_int_equal(wd_knowledge_match_sha256(f.kb, bytes).n, 0);
    assert_int_equal(
        wd_knowledge_match_hash(f.kb, WD_S("0123456789ABCDEF0123456789ABCDEF01234567")).n, 1);
    assert_int_equal(wd_knowledge_match_hash(f.kb, WD_S("0123")).n, 0);
    kb_free(&f);
}

static void a_file_name_alone_is_marked_as_worth_nothing(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    kb_fixture f =
        kb_of("p.yaml", KB_PACK_HEAD
              "indicators:\n"
              "- {type: file, value: helper.dll, role: backdoor, safety: watch, source: A,"
              " date: 2023-01-01}\n"
              "- {type: file, value: '*\\cfg\\*.log.0', role: backdoor, safety: watch,"
              " source: A, date: 2023-01-01}\n");
    wd_slice none[3] = {{0}, {0}, {0}};
    wd_slice path = WD_S("C:\\Program Files\\Any\\Helper.DLL");
    assert_int_equal(wd_knowledge_match_file(f.kb, path, none, m, WD_KB_MATCHES), 1);
    assert_true(m[0].name_only);
    path = WD_S("c:/windows/cfg/x.log.0");
    assert_int_equal(wd_knowledge_match_file(f.kb, path, none, m, WD_KB_MATCHES), 1);
    path = WD_S("c:/windows/x.log.0");
    assert_int_equal(wd_knowledge_match_file(f.kb, path, none, m, WD_KB_MATCHES), 0);
    kb_free(&f);
}

static void a_hundred_thousand_names_are_each_found_again(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    wd_buf text = {0};
    for (unsigned i = 0; i < 100000; i++) {
        wd_buf_printf(&text, "host%u.zone%u.example\n", i, i % 977);
    }
    kb_fixture f = kb_new();
    assert_int_equal(wd_knowledge_add(f.kb, WD_S("big.txt"), wd_buf_slice(&text), NULL), WD_OK);
    kb_finish(&f);
    assert_int_equal(wd_knowledge_indicators(f.kb), 100000);
    for (unsigned i = 0; i < 100000; i += 7) {
        char name[64];
        snprintf(name, sizeof name, "www.host%u.zone%u.example", i, i % 977);
        assert_int_equal(kb_names(&f, name, m), 1);
        snprintf(name, sizeof name, "host%u.zone%u.example", i, (i + 1) % 977);
        assert_int_equal(kb_names(&f, name, m), 0);
    }
    wd_buf_free(&text);
    kb_free(&f);
}

static void the_order_of_files_does_not_change_what_is_found(void **state)
{
    (void) state;
    const char *a = "domain,role,source\nx.example,c2,Alpha\ny.example,c2,Alpha\n";
    const char *b = "domain,role,source\nx.example,c2,Beta\na.example,c2,Beta\n";
    kb_fixture f = kb_new();
    kb_fixture g = kb_new();
    assert_int_equal(kb_add(&f, "a.csv", a), WD_OK);
    assert_int_equal(kb_add(&f, "b.csv", b), WD_OK);
    assert_int_equal(kb_add(&g, "b.csv", b), WD_OK);
    assert_int_equal(kb_add(&g, "a.csv", a), WD_OK);
    kb_finish(&f);
    kb_finish(&g);
    assert_int_equal(wd_knowledge_indicators(f.kb), wd_knowledge_indicators(g.kb));
    for (size_t i = 0; i < wd_knowledge_indicators(f.kb); i++) {
        const wd_indicator *x = wd_knowledge_indicator(f.kb, i);
        const wd_indicator *y = wd_knowledge_indicator(g.kb, i);
        assert_true(wd_slice_eq(x->value, y->value) && wd_slice_eq(x->source, y->source));
        assert_int_equal(x->ordinal, y->ordinal);
    }
    kb_free(&f);
    kb_free(&g);
}

static void empty_knowledge_answers_every_question_with_nothing(void **state)
{
    (void) state;
    wd_match m[WD_KB_MATCHES];
    wd_slices list = {0};
    wd_slice none[3] = {{0}, {0}, {0}};
    kb_fixture f = kb_new();
    kb_finish(&f);
    wd_product_query q = {.product = WD_S("Any"), .version = WD_S("1.0")};
    assert_int_equal(kb_names(&f, "a.example", m), 0);
    assert_int_equal(wd_knowledge_match_url(f.kb, WD_S("http://a.example/"), m, 4), 0);
    assert_int_equal(wd_knowledge_match_ip(f.kb, WD_S("192.0.2.1"), m, 4), 0);
    assert_int_equal(wd_knowledge_match_file(f.kb, WD_S("a"), none, m, 4), 0);
    assert_int_equal(wd_knowledge_version(f.kb, &q).state, WD_VERSION_NOT_PRODUCT);
    assert_true(wd_knowledge_list(f.kb, WD_S("suspect_program"), &list));
    assert_int_equal(list.n, 0);
    assert_false(wd_knowledge_list(f.kb, WD_S("no_such_list"), &list));
    assert_null(wd_knowledge_find_campaign(f.kb, WD_S("x")));
    kb_free(&f);
}

static void a_missing_user_file_is_named(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(1U << 20);
    const char *files[] = {"/nonexistent/feed.csv"};
    wd_knowledge_config config = {NULL, files, 1};
    wd_knowledge *kb = NULL;
    wd_err err = {0};
    assert_int_equal(wd_knowledge_load(&kb, &config, arena, &err), WD_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "/nonexistent/feed.csv"));
    wd_arena_free(arena);
}

static void a_user_file_without_anything_usable_stops_with_its_name_and_the_reason(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {{"what is this\n", "one value a line"},
                 {"{\"type\":\"bundle\",\"objects\":[]}", "no entry was found"},
                 {"{\"Event\":{\"Attribute\":[", "a value is missing"},
                 {"", "empty or no text"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[] = "/tmp/wd-kb-XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        size_t n = strlen(cases[i].text);
        assert_int_equal(write(fd, cases[i].text, n), (ssize_t) n);
        close(fd);
        const char *files[] = {path};
        wd_knowledge_config config = {NULL, files, 1};
        wd_arena *arena = wd_arena_new(1U << 20);
        wd_knowledge *kb = NULL;
        wd_err err = {0};
        assert_int_not_equal(wd_knowledge_load(&kb, &config, arena, &err), WD_OK);
        unlink(path);
        if (strstr(err.text, path) == NULL || strstr(err.text, cases[i].why) == NULL) {
            fail_msg("'%s' for '%s'", err.text, cases[i].text);
        }
        wd_arena_free(arena);
    }
}

static void a_small_arena_gives_no_memory_and_not_a_crash(void **state)
{
    (void) state;
    for (size_t limit = 0; limit < 40000; limit += 997) {
        wd_arena *arena = wd_arena_new(limit);
        wd_knowledge *kb = arena == NULL ? NULL : wd_knowledge_new(arena);
        if (kb != NULL) {
            wd_status s = wd_knowledge_add(kb, WD_S("l.csv"),
                                           WD_S("domain,role\na.example,c2\nb.example,c2\n"), NULL);
            s = s == WD_OK ? wd_knowledge_finish(kb, NULL) : s;
            assert_true(s == WD_OK || s == WD_E_NOMEM);
        }
        wd_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_matches_and_a_longer_word_does_not),
        cmocka_unit_test(the_most_specific_name_comes_first),
        cmocka_unit_test(an_exact_entry_does_not_speak_for_names_below_it),
        cmocka_unit_test(sources_that_disagree_are_both_kept_and_marked),
        cmocka_unit_test(a_list_without_roles_conflicts_with_a_harmless_role),
        cmocka_unit_test(the_same_statement_twice_is_one),
        cmocka_unit_test(a_url_needs_host_and_path),
        cmocka_unit_test(an_address_meets_its_own_entry_and_its_prefixes),
        cmocka_unit_test(a_hash_is_found_by_text_and_by_bytes),
        cmocka_unit_test(a_file_name_alone_is_marked_as_worth_nothing),
        cmocka_unit_test(a_hundred_thousand_names_are_each_found_again),
        cmocka_unit_test(the_order_of_files_does_not_change_what_is_found),
        cmocka_unit_test(empty_knowledge_answers_every_question_with_nothing),
        cmocka_unit_test(a_missing_user_file_is_named),
        cmocka_unit_test(a_user_file_without_anything_usable_stops_with_its_name_and_the_reason),
        cmocka_unit_test(a_small_arena_gives_no_memory_and_not_a_crash),
    };
    return RUN(tests);
}

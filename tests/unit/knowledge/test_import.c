#include "kb_helpers.h"

static bool has(const kb_fixture *f, wd_ind_type type, const char *value)
{
    return wd_knowledge_match_exact(f->kb, type, wd_slice_str(value)).n > 0;
}

static wd_slice kind(const kb_fixture *f)
{
    return wd_knowledge_file(f->kb, 0)->kind;
}

/* --- plain and separated lists --- */

static void a_plain_list_is_read_by_content(void **state)
{
    (void) state;
    kb_fixture f =
        kb_of("feed.txt", "# comment\n\nevil[.]example\nhxxp://bad.example/x.php # why\r\n"
                          "192.0.2[.]5\n0.0.0.0 sunk.example\na[@]mail.example\n"
                          "what is this\n");
    assert_slice(kind(&f), "plain");
    assert_true(has(&f, WD_IND_DOMAIN, "evil.example"));
    assert_true(has(&f, WD_IND_DOMAIN, "sunk.example"));
    assert_true(has(&f, WD_IND_IP, "192.0.2.5"));
    assert_true(has(&f, WD_IND_EMAIL, "a@mail.example"));
    wd_match m[4];
    assert_int_equal(wd_knowledge_match_url(f.kb, WD_S("bad.example/x.php"), m, 4), 1);
    assert_slice(m[0].list[0].note, "why");
    assert_int_equal(wd_knowledge_refused_total(f.kb), 1);
    assert_int_equal(wd_knowledge_refusal(f.kb, 0)->line, 8);
    assert_slice(wd_knowledge_refusal(f.kb, 0)->what, "what is this");
    kb_free(&f);
}

static void columns_are_found_by_their_names(void **state)
{
    (void) state;
    kb_fixture f =
        kb_of("feed", "Indicator_type;Data;Note;role;block_safety;date;tier\n"
                      "domain;a.example;\"n; with \"\"quotes\"\"\";c2;block;2023-03-01;4\n"
                      "sha256;xyz;;;;;\n"
                      "domain;v.example;;vendor_site;block;;\n");
    assert_slice(kind(&f), "csv");
    wd_match m[WD_KB_MATCHES];
    assert_int_equal(kb_names(&f, "a.example", m), 1);
    assert_slice(m[0].list[0].note, "n; with \"quotes\"");
    assert_int_equal(m[0].list[0].role, WD_ROLE_C2);
    assert_int_equal(m[0].list[0].safety, WD_SAFETY_BLOCK);
    assert_int_equal(m[0].list[0].tier, 4);
    /* A harmless value never reaches a block list, whatever the feed says. */
    assert_int_equal(kb_names(&f, "v.example", m), 1);
    assert_int_equal(m[0].safety, WD_SAFETY_NEVER);
    assert_int_equal(wd_knowledge_refused_total(f.kb), 1);
    assert_int_equal(wd_knowledge_refusal(f.kb, 0)->line, 3);
    kb_free(&f);
}

static void columns_named_after_types_give_several_values_a_row(void **state)
{
    (void) state;
    kb_fixture f = kb_of("lookup.csv", "domain,dest_ip,isIOC\nA.example,192.0.2.9,TRUE\n");
    assert_true(has(&f, WD_IND_DOMAIN, "a.example"));
    assert_true(has(&f, WD_IND_IP, "192.0.2.9"));
    kb_free(&f);
}

static void rows_without_column_names_are_read_by_content(void **state)
{
    (void) state;
    kb_fixture f = kb_of("x.csv", "a.example,C2 of something,2023\nb.example,more,2023\n");
    assert_slice(kind(&f), "csv");
    assert_true(has(&f, WD_IND_DOMAIN, "a.example"));
    assert_true(has(&f, WD_IND_DOMAIN, "b.example"));
    kb_free(&f);
}

/* --- STIX --- */

#define OBJECT(pattern)                                                                     \
    "{\"type\":\"indicator\",\"id\":\"indicator--1\",\"created\":\"2023-03-30T00:00:00Z\"," \
    "\"valid_from\":\"2023-01-01T00:00:00Z\",\"created_by_ref\":\"identity--1\","           \
    "\"pattern_type\":\"stix\",\"name\":\"N\",\"pattern\":\"" pattern "\"}"
#define BUNDLE(objects)                                                   \
    "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[" objects "," \
    "{\"type\":\"identity\",\"id\":\"identity--1\",\"name\":\"Lab\"}]}"

static void a_bundle_gives_the_values_of_its_patterns(void **state)
{
    (void) state;
    kb_fixture f = kb_of(
        "b.json",
        BUNDLE(OBJECT(
            "[domain-name:value = 'a.example' OR ipv4-addr:value = "
            "'192.0.2.1'] AND [url:value = 'http://u.example/x']") "," OBJECT("[file:hashes.'SHA-"
                                                                              "256' = "
                                                                              "'abababababababababa"
                                                                              "babababababababababa"
                                                                              "babababababababab"
                                                                              "abababab' AND "
                                                                              "file:name = "
                                                                              "'x.dll']")));
    assert_slice(kind(&f), "stix");
    assert_int_equal(wd_knowledge_refused_total(f.kb), 0);
    wd_match m[WD_KB_MATCHES];
    assert_int_equal(kb_names(&f, "a.example", m), 1);
    assert_slice(m[0].list[0].source, "Lab");
    assert_true(m[0].list[0].date != WD_NO_TIME);
    assert_true(has(&f, WD_IND_IP, "192.0.2.1"));
    assert_int_equal(wd_knowledge_match_url(f.kb, WD_S("http://u.example/x"), m, 4), 1);
    wd_slice hash = WD_S("abababababababababababababababababababababababababababababababab");
    wd_match h = wd_knowledge_match_hash(f.kb, hash);
    assert_int_equal(h.n, 1);
    assert_slice(h.list[0].name, "x.dll");
    kb_free(&f);
}

static void lists_in_patterns_and_likes_are_understood(void **state)
{
    (void) state;
    kb_fixture f = kb_of(
        "b.json",
        BUNDLE(OBJECT("[domain-name:value IN ('a.example','b.example')]") "," OBJECT(
            "[url:value LIKE 'http://c.example/%.php']") "," OBJECT("[ipv4-addr:value ISSUBSET "
                                                                    "'192.0.2.0/24']")));
    wd_match m[4];
    assert_true(has(&f, WD_IND_DOMAIN, "a.example") && has(&f, WD_IND_DOMAIN, "b.example"));
    assert_int_equal(wd_knowledge_match_url(f.kb, WD_S("c.example/q/z.php"), m, 4), 1);
    assert_int_equal(wd_knowledge_match_ip(f.kb, WD_S("192.0.2.77"), m, 4), 1);
    kb_free(&f);
}

static void a_like_without_quotes_leaves_the_input_alone(void **state)
{
    (void) state;
    char text[] = BUNDLE(OBJECT("[url:value LIKE ab*'c.example/%.php']"));
    char before[sizeof text];
    memcpy(before, text, sizeof text);
    kb_fixture f = kb_of("b.json", text);
    assert_memory_equal(text, before, sizeof text);
    kb_free(&f);
}

static void what_is_not_supported_is_named_and_the_rest_stays(void **state)
{
    (void) state;
    kb_fixture f = kb_of(
        "b.json",
        BUNDLE(OBJECT(
            "[domain-name:value = 'a.example'] OR [process:command_line MATCHES "
            "'x.*']") "," OBJECT("[domain-name:value != 'good.example']") "," OBJECT("[broken") ",{"
                                                                                                "\""
                                                                                                "ty"
                                                                                                "pe"
                                                                                                "\""
                                                                                                ":"
                                                                                                "\""
                                                                                                "in"
                                                                                                "di"
                                                                                                "ca"
                                                                                                "to"
                                                                                                "r"
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "id"
                                                                                                "\""
                                                                                                ":"
                                                                                                "\""
                                                                                                "in"
                                                                                                "di"
                                                                                                "ca"
                                                                                                "to"
                                                                                                "r-"
                                                                                                "-2"
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "pa"
                                                                                                "tt"
                                                                                                "er"
                                                                                                "n_"
                                                                                                "ty"
                                                                                                "pe"
                                                                                                "\""
                                                                                                ":"
                                                                                                "\""
                                                                                                "ya"
                                                                                                "ra"
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "pa"
                                                                                                "tt"
                                                                                                "er"
                                                                                                "n"
                                                                                                "\""
                                                                                                ":"
                                                                                                "\""
                                                                                                "ru"
                                                                                                "le"
                                                                                                " x"
                                                                                                " {"
                                                                                                "}"
                                                                                                "\""
                                                                                                "}"
                                                                                                ",{"
                                                                                                "\""
                                                                                                "ty"
                                                                                                "pe"
                                                                                                "\""
                                                                                                ":"
                                                                                                "\""
                                                                                                "do"
                                                                                                "ma"
                                                                                                "in"
                                                                                                "-n"
                                                                                                "am"
                                                                                                "e"
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "id"
                                                                                                "\""
                                                                                                ":"
                                                                                                "\""
                                                                                                "do"
                                                                                                "ma"
                                                                                                "in"
                                                                                                "-n"
                                                                                                "am"
                                                                                                "e-"
                                                                                                "-1"
                                                                                                "\""
                                                                                                ","
                                                                                                "\""
                                                                                                "va"
                                                                                                "lu"
                                                                                                "e"
                                                                                                "\""
                                                                                                ":"
                                                                                                "\""
                                                                                                "d."
                                                                                                "ex"
                                                                                                "am"
                                                                                                "pl"
                                                                                                "e"
                                                                                                "\""
                                                                                                "}"));
    assert_true(has(&f, WD_IND_DOMAIN, "a.example"));
    assert_false(has(&f, WD_IND_DOMAIN, "good.example"));
    assert_false(has(&f, WD_IND_DOMAIN, "d.example"));
    assert_int_equal(wd_knowledge_refused_total(f.kb), 5);
    kb_free(&f);
}

static void benign_and_revoked_indicators_accuse_nobody(void **state)
{
    (void) state;
    kb_fixture f =
        kb_of("b.json", "{\"type\":\"bundle\",\"objects\":["
                        "{\"type\":\"indicator\",\"id\":\"i--1\",\"revoked\":true,"
                        "\"pattern\":\"[domain-name:value = 'r.example']\"},"
                        "{\"type\":\"indicator\",\"id\":\"i--2\",\"indicator_types\":[\"benign\"],"
                        "\"pattern\":\"[domain-name:value = 'g.example']\"}]}");
    wd_match m[WD_KB_MATCHES];
    assert_false(has(&f, WD_IND_DOMAIN, "r.example"));
    assert_int_equal(kb_names(&f, "g.example", m), 1);
    assert_true(wd_role_harmless(m[0].list[0].role));
    assert_int_equal(m[0].safety, WD_SAFETY_NEVER);
    kb_free(&f);
}

static void every_truncation_of_a_bundle_keeps_what_came_before(void **state)
{
    (void) state;
    wd_slice whole = WD_S(BUNDLE(OBJECT("[domain-name:value = 'a.example']")));
    size_t object_end = wd_slice_find(whole, WD_S("},{\"type\":\"identity\"")) + 1;
    for (size_t n = 20; n < whole.len; n++) {
        kb_fixture f = kb_new();
        assert_int_equal(wd_knowledge_add(f.kb, WD_S("b"), wd_slice_sub(whole, 0, n), NULL), WD_OK);
        kb_finish(&f);
        assert_true(wd_knowledge_refused_total(f.kb) > 0);
        assert_int_equal(has(&f, WD_IND_DOMAIN, "a.example"), n >= object_end);
        kb_free(&f);
    }
}

/* --- MISP --- */

static void attributes_of_an_event_and_of_its_objects_are_taken(void **state)
{
    (void) state;
    kb_fixture f =
        kb_of("e.json",
              "{\"response\":[{\"Event\":{\"date\":\"2023-03-30\",\"info\":\"I\",\"Orgc\":{"
              "\"name\":\"Org\"},"
              "\"Attribute\":["
              "{\"type\":\"domain|ip\",\"value\":\"a.example|192.0.2.3\",\"to_ids\":true},"
              "{\"type\":\"filename|md5\",\"value\":\"x.dll|0123456789abcdef0123456789abcdef\","
              "\"to_ids\":true},"
              "{\"type\":\"domain\",\"value\":\"context.example\",\"to_ids\":false},"
              "{\"type\":\"btc\",\"value\":\"1abc\",\"to_ids\":true}],"
              "\"Object\":[{\"Attribute\":[{\"type\":\"ip-dst|port\",\"value\":\"192.0.2.4|443\","
              "\"to_ids\":true}]}]}}]}");
    assert_slice(kind(&f), "misp");
    wd_match m[WD_KB_MATCHES];
    assert_int_equal(kb_names(&f, "a.example", m), 1);
    assert_slice(m[0].list[0].source, "Org");
    assert_true(has(&f, WD_IND_IP, "192.0.2.3") && has(&f, WD_IND_IP, "192.0.2.4"));
    wd_match h = wd_knowledge_match_hash(f.kb, WD_S("0123456789abcdef0123456789abcdef"));
    assert_int_equal(h.n, 1);
    assert_slice(h.list[0].name, "x.dll");
    assert_false(has(&f, WD_IND_DOMAIN, "context.example"));
    assert_int_equal(wd_knowledge_refused_total(f.kb), 2);
    kb_free(&f);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void) state;
    static const uint8_t raw[] = {0, 1, 2, 3};
    kb_fixture f = kb_new();
    wd_err err = {0};
    wd_status s = wd_knowledge_add(f.kb, WD_S("x.bin"), wd_slice_of(raw, sizeof raw), &err);
    assert_int_equal(s, WD_E_MALFORMED);
    assert_non_null(strstr(err.text, "x.bin"));
    kb_free(&f);
}

static void values_are_normalised_or_refused_by_type(void **state)
{
    (void) state;
    static const struct {
        wd_ind_type type;
        const char *raw;
        const char *want; /* NULL: refused */
    } cases[] = {
        {WD_IND_DOMAIN, "*.Evil[.]Example.", "evil.example"},
        {WD_IND_DOMAIN, "localhost", NULL},
        {WD_IND_DOMAIN, "a..example", NULL},
        {WD_IND_DOMAIN, "a b.example", NULL},
        {WD_IND_DOMAIN, "1.2.3.4", NULL},
        {WD_IND_IP, "2001:DB8::0:1", "2001:db8::1"},
        {WD_IND_IP, "10.1.2.3/8", "10.0.0.0/8"},
        {WD_IND_IP, "10.1.2.3/33", NULL},
        {WD_IND_IP, "10.1.2.256", NULL},
        {WD_IND_URL, "hxxps[:]//X.example/Path", "x.example/Path"},
        {WD_IND_URL, "https://", NULL},
        {WD_IND_MD5, "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdef"},
        {WD_IND_SHA256, "0123", NULL},
        {WD_IND_CERT, "00:1B:66", "1b66"},
        {WD_IND_EMAIL, "A[@]x.example", "a@x.example"},
        {WD_IND_EMAIL, "nobody", NULL},
        {WD_IND_SIGNER, "", NULL},
    };
    wd_arena *arena = wd_arena_new(1U << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wd_slice out = {0};
        wd_err err = {0};
        wd_status s =
            wd_indicator_normalise(cases[i].type, wd_slice_str(cases[i].raw), arena, &out, &err);
        if (cases[i].want == NULL) {
            assert_int_equal(s, WD_E_MALFORMED);
            assert_true(err.text[0] != '\0');
        } else {
            assert_int_equal(s, WD_OK);
            assert_slice(out, cases[i].want);
        }
    }
    wd_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_list_is_read_by_content),
        cmocka_unit_test(columns_are_found_by_their_names),
        cmocka_unit_test(columns_named_after_types_give_several_values_a_row),
        cmocka_unit_test(rows_without_column_names_are_read_by_content),
        cmocka_unit_test(a_bundle_gives_the_values_of_its_patterns),
        cmocka_unit_test(lists_in_patterns_and_likes_are_understood),
        cmocka_unit_test(a_like_without_quotes_leaves_the_input_alone),
        cmocka_unit_test(what_is_not_supported_is_named_and_the_rest_stays),
        cmocka_unit_test(benign_and_revoked_indicators_accuse_nobody),
        cmocka_unit_test(every_truncation_of_a_bundle_keeps_what_came_before),
        cmocka_unit_test(attributes_of_an_event_and_of_its_objects_are_taken),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(values_are_normalised_or_refused_by_type),
    };
    return RUN(tests);
}

#include "report/blocklist.h"

#include "report_fixture.h"

static void assert_canonical(wd_block_kind kind, const char *value, const char *want)
{
    wd_arena *arena = wd_arena_new(1U << 20);
    unsigned prefix = 0;
    wd_slice got = wd_block_canonical(kind, wd_slice_str(value), &prefix, arena);
    if (want == NULL) {
        if (got.ptr != NULL) {
            fail_msg("%s was taken as %.*s", value, (int) got.len, (const char *) got.ptr);
        }
    } else {
        assert_non_null(got.ptr);
        assert_slice(got, want);
    }
    wd_arena_free(arena);
}

static void values_get_one_spelling(void **state)
{
    (void) state;
    assert_canonical(WD_BLOCK_DOMAIN, "Update.Example.COM.", "update.example.com");
    assert_canonical(WD_BLOCK_DOMAIN, "*.c2.example", "c2.example");
    assert_canonical(WD_BLOCK_DOMAIN, "xn--bcher-kva.example", "xn--bcher-kva.example");
    assert_canonical(WD_BLOCK_IPV4, "192.0.2.7", "192.0.2.7");
    assert_canonical(WD_BLOCK_IPV4, "192.0.2.7/24", "192.0.2.0");
    assert_canonical(WD_BLOCK_IPV6, "2001:DB8:0:0::1", "2001:db8::1");
    assert_canonical(WD_BLOCK_URL, "HTTPS://C2.example:8443/Main/Icon.ico",
                     "c2.example/Main/Icon.ico");
    assert_canonical(WD_BLOCK_URL, "192.0.2.7/x", "192.0.2.7/x");
    assert_canonical(WD_BLOCK_MD5, "D41D8CD98F00B204E9800998ECF8427E",
                     "d41d8cd98f00b204e9800998ecf8427e");
}

static void what_is_no_plain_value_is_refused(void **state)
{
    static const struct {
        wd_block_kind kind;
        const char *value;
    } bad[] = {{WD_BLOCK_DOMAIN, ""},
               {WD_BLOCK_DOMAIN, "."},
               {WD_BLOCK_DOMAIN, "localhost"},
               {WD_BLOCK_DOMAIN, "a..b"},
               {WD_BLOCK_DOMAIN, "-a.example"},
               {WD_BLOCK_DOMAIN, "192.0.2.7"},
               {WD_BLOCK_DOMAIN, "a.example\n0.0.0.0 vendor.example"},
               {WD_BLOCK_DOMAIN, "a.example; sid:1"},
               {WD_BLOCK_DOMAIN, "b\xc3\xbc"
                                 "cher.example"},
               {WD_BLOCK_IPV4, "192.0.2"},
               {WD_BLOCK_IPV4, "192.0.2.7/0"},
               {WD_BLOCK_IPV4, "0.0.0.0/1"},
               {WD_BLOCK_IPV4, "c2.example"},
               {WD_BLOCK_IPV6, "::/0"},
               {WD_BLOCK_IPV6, "fe80::1%eth0"},
               {WD_BLOCK_URL, "https://c2.example"},
               {WD_BLOCK_URL, "c2.example/a b"},
               {WD_BLOCK_URL, "c2.example/a'b"},
               {WD_BLOCK_URL, "c2.example/*"},
               {WD_BLOCK_URL, "c2.example/a;b"},
               {WD_BLOCK_SHA256, "abc"},
               {WD_BLOCK_SHA1, "zz39a3ee5e6b4b0d3255bfef95601890afd80709"},
               {WD_BLOCK_OTHER, "anything"}};
    (void) state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_canonical(bad[i].kind, bad[i].value, NULL);
    }
}

static void a_value_with_a_zero_byte_is_no_address(void **state)
{
    (void) state;
    wd_arena *arena = wd_arena_new(1U << 20);
    unsigned prefix = 0;
    assert_null(wd_block_canonical(WD_BLOCK_IPV4, WD_S("192.0.2.7\0x"), &prefix, arena).ptr);
    assert_null(wd_block_canonical(WD_BLOCK_DOMAIN, WD_S("c2.example\0x"), &prefix, arena).ptr);
    wd_arena_free(arena);
}

static const wd_block_entry *only(const wd_blocklist *b, const char *value)
{
    for (size_t i = 0; i < b->n; i++) {
        if (wd_slice_eq(b->list[i].value, wd_slice_str(value))) {
            return &b->list[i];
        }
    }
    fail_msg("no entry for %s", value);
    return NULL;
}

static void only_values_safe_to_block_are_listed(void **state)
{
    (void) state;
    fixture f = fixture_of(
        "{\"schema\":\"whodunit.report/1\",\"indicators\":["
        "{\"type\":\"domain\",\"value\":\"c2.example\",\"block_safety\":\"block\","
        "\"date\":\"2026-03-22\",\"evidence\":[\"E-1\"]},"
        "{\"type\":\"domain\",\"value\":\"www.vendor.example\",\"block_safety\":\"never\","
        "\"why\":\"the vendor's own site\"},"
        "{\"type\":\"ip\",\"value\":\"10.1.2.3\",\"block_safety\":\"block\"},"
        "{\"type\":\"ip\",\"value\":\"fe80::1\",\"block_safety\":\"block\"},"
        "{\"type\":\"ip\",\"value\":\"192.0.2.9\",\"block_safety\":\"block\"},"
        "{\"type\":\"ip\",\"value\":\"192.0.2.10\"},"
        "{\"type\":\"mutex\",\"value\":\"m\",\"block_safety\":\"block\"}],"
        "\"contacts\":[{\"name\":\"a.C2.example\",\"dst\":\"192.0.2.9\",\"count\":7}]}");
    wd_blocklist b;
    assert_int_equal(wd_blocklist_load(&b, f.report, f.arena, NULL), WD_OK);
    assert_int_equal(b.n, 7);
    const wd_block_entry *c2 = only(&b, "c2.example");
    assert_true(c2->listed);
    assert_int_equal(c2->hits, 7);
    assert_slice(c2->evidence, "E-1");
    char time[WD_TIME_TEXT];
    assert_string_equal(wd_time_format_seconds(c2->expires, time), "2027-03-22T00:00:00Z");
    assert_slice(only(&b, "www.vendor.example")->held, "the vendor's own site");
    assert_false(only(&b, "10.1.2.3")->listed);
    assert_false(only(&b, "fe80::1")->listed);
    assert_true(only(&b, "192.0.2.9")->listed);
    assert_int_equal(only(&b, "192.0.2.9")->prefix, 32);
    assert_false(only(&b, "192.0.2.10")->listed);
    assert_int_equal(only(&b, "m")->kind, WD_BLOCK_OTHER);
    fixture_free(&f);
}

static void the_more_careful_of_two_statements_counts(void **state)
{
    (void) state;
    fixture f =
        fixture_of("{\"schema\":\"whodunit.report/1\",\"indicators\":["
                   "{\"type\":\"domain\",\"value\":\"cdn.example\",\"block_safety\":\"block\"},"
                   "{\"type\":\"domain\",\"value\":\"CDN.example\",\"block_safety\":\"never\","
                   "\"why\":\"shared\"}"
                   "]}");
    wd_blocklist b;
    assert_int_equal(wd_blocklist_load(&b, f.report, f.arena, NULL), WD_OK);
    assert_int_equal(b.n, 1);
    assert_false(b.list[0].listed);
    assert_slice(b.list[0].held, "shared");
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_get_one_spelling),
        cmocka_unit_test(what_is_no_plain_value_is_refused),
        cmocka_unit_test(a_value_with_a_zero_byte_is_no_address),
        cmocka_unit_test(only_values_safe_to_block_are_listed),
        cmocka_unit_test(the_more_careful_of_two_statements_counts),
    };
    return RUN(tests);
}

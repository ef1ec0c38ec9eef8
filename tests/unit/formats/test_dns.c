#include "formats/dns.h"

#include "make/packet_builder.h"
#include "testing.h"

static wd_dns m; /* too large for the stack */

static void names_addresses_and_texts_are_read(void **state)
{
    (void) state;
    static const uint8_t message[] = {
        0,    7,   0x81, 0x80, 0,   1,   0, 3, 0,  0, 0, 1,  /* header */
        3,    'w', 'w',  'w',  1,   'A', 0, 0, 1,  0, 1,     /* www.A A IN */
        0xc0, 12,  0,    5,    0,   1,   0, 0, 0,  9, 0, 4,  /* CNAME */
        1,    'b', 0xc0, 16,                                 /* b.A */
        0xc0, 35,  0,    28,   0,   1,   0, 0, 0,  9, 0, 16, /* AAAA */
        0x20, 1,   0xd,  0xb8, 0,   0,   0, 0, 0,  0, 0, 0,  0, 0, 0, 1, 0xc0,
        12,   0,   16,   0,    1,   0,   0, 0, 9,  0, 6,                    /* TXT */
        2,    'h', 'i',  2,    '!', '?', 0, 0, 41, 2, 0, 0,  0, 0, 0, 0, 0, /* OPT */
    };
    assert_true(wd_dns_parse(wd_slice_of(message, sizeof message), &m));
    assert_true(m.response && m.complete && !m.cut);
    assert_int_equal(m.used, sizeof message);
    assert_slice(m.questions[0].name, "www.A");
    assert_int_equal(m.n_answers, 4);
    assert_slice(m.answers[0].value, "b.A");
    assert_slice(m.answers[1].name, "b.A");
    assert_slice(m.answers[1].value, "2001:db8::1");
    assert_slice(m.answers[2].value, "hi!?");
    assert_slice(m.answers[3].name, ".");
    assert_true(m.answers[3].extra && !m.answers[2].extra);
    for (size_t len = 0; len < sizeof message; len++) {
        bool first = wd_dns_parse(wd_slice_of(message, len), &m);
        assert_int_equal(first, len >= 23); /* header and question are there */
        assert_false(first && m.complete);
        assert_true(m.used <= len);
    }
}

static void pointers_that_go_round_or_forward_are_refused(void **state)
{
    (void) state;
    static const uint8_t round[] = {0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1};
    static const uint8_t forward[] = {0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 14, 1, 'a', 0, 1};
    assert_false(wd_dns_parse(wd_slice_of(round, sizeof round), &m));
    assert_false(wd_dns_parse(wd_slice_of(forward, sizeof forward), &m));
}

static void an_endless_name_is_refused(void **state)
{
    (void) state;
    wd_buf b = {0};
    wd_buf_add(&b, wd_slice_of("\0\7\1\0\0\1\0\0\0\0\0\0", 12));
    for (int i = 0; i < 130; i++) {
        wd_buf_add(&b, WD_S("\1a"));
    }
    wd_buf_add(&b, wd_slice_of("\0\0\1\0\1", 5));
    assert_false(wd_dns_parse(wd_buf_slice(&b), &m));
    wd_buf_free(&b);
}

static void a_count_that_promises_too_much_gives_what_is_there(void **state)
{
    (void) state;
    wd_buf b = {0};
    pb_dns(&b, 1, "a.b", 1, NULL);
    b.ptr[5] = 200;
    assert_true(wd_dns_parse(wd_buf_slice(&b), &m));
    assert_int_equal(m.n_questions, 1);
    assert_false(m.complete);
    assert_false(wd_dns_is_sure(wd_buf_slice(&b), &m));
    wd_buf_free(&b);
}

static void other_bytes_are_not_taken_for_dns(void **state)
{
    (void) state;
    wd_buf b = {0};
    pb_dns(&b, 1, "a.b.example", 1, NULL);
    assert_true(wd_dns_is_sure(wd_buf_slice(&b), &m));
    wd_buf_byte(&b, 0);
    assert_false(wd_dns_is_sure(wd_buf_slice(&b), &m));
    assert_false(wd_dns_is_sure(WD_S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), &m));
    wd_buf_free(&b);
}

static void type_names_go_both_ways(void **state)
{
    (void) state;
    char out[16];
    assert_string_equal(wd_dns_type_name(28, out), "AAAA");
    assert_string_equal(wd_dns_type_name(4711, out), "TYPE4711");
    assert_int_equal(wd_dns_type_parse(WD_S("https")), 65);
    assert_int_equal(wd_dns_type_parse(WD_S("TYPE65")), 65);
    assert_int_equal(wd_dns_type_parse(WD_S("16")), 16);
    assert_int_equal(wd_dns_type_parse(WD_S("?")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_addresses_and_texts_are_read),
        cmocka_unit_test(pointers_that_go_round_or_forward_are_refused),
        cmocka_unit_test(an_endless_name_is_refused),
        cmocka_unit_test(a_count_that_promises_too_much_gives_what_is_there),
        cmocka_unit_test(other_bytes_are_not_taken_for_dns),
        cmocka_unit_test(type_names_go_both_ways),
    };
    return RUN(tests);
}

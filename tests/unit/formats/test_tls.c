#include "formats/tls.h"

#include "core/hash.h"
#include "make/packet_builder.h"
#include "testing.h"

static wd_tls_hello h;

static void a_client_hello_is_read_and_printed(void **state)
{
    (void) state;
    char text[WD_TLS_TEXT];
    char ja3[33];
    char ja4[40];
    uint8_t digest[16];
    char want[WD_HEX_MAX];
    wd_buf b = {0};
    pb_hello(&b, "a.example", "http/1.1");
    assert_true(wd_tls_hello_parse(wd_buf_slice(&b), &h));
    assert_false(h.server);
    assert_slice(h.sni, "a.example");
    assert_int_equal(h.version, 0x0304);
    assert_slice(wd_tls_alpn_text(&h, text), "http/1.1");
    assert_true(wd_hash(WD_MD5, WD_S("771,4865-49199,0-10-11-13-16-43,29-23,0"), digest));
    assert_slice(wd_tls_ja3(&h, ja3), wd_hex(digest, 16, want));
    assert_slice(wd_tls_ja4(&h, false, ja4), "t13d0206h1_c1929292aa6b_fb71836bce29");
    assert_slice(wd_tls_ja4(&h, true, ja4), "q13d0206h1_c1929292aa6b_fb71836bce29");
    wd_buf_free(&b);
}

static void a_hello_without_names_says_so(void **state)
{
    (void) state;
    char ja4[40];
    wd_buf b = {0};
    pb_hello(&b, NULL, NULL);
    assert_true(wd_tls_hello_parse(wd_buf_slice(&b), &h));
    assert_int_equal(h.sni.len, 0);
    assert_slice(wd_tls_ja4(&h, false, ja4), "t13i020400_c1929292aa6b_fb71836bce29");
    wd_buf_free(&b);
}

static void every_truncation_is_refused(void **state)
{
    (void) state;
    wd_buf b = {0};
    pb_hello(&b, "a.example", "h2");
    for (size_t len = 0; len < b.len; len++) {
        assert_false(wd_tls_hello_parse(wd_slice_of(b.ptr, len), &h));
    }
    wd_buf_free(&b);
}

static void values_that_mean_nothing_are_left_out(void **state)
{
    (void) state;
    assert_true(wd_tls_is_grease(0x0a0a) && wd_tls_is_grease(0xfafa));
    assert_false(wd_tls_is_grease(0x0a1a) || wd_tls_is_grease(0x1301));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_hello_is_read_and_printed),
        cmocka_unit_test(a_hello_without_names_says_so),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(values_that_mean_nothing_are_left_out),
    };
    return RUN(tests);
}

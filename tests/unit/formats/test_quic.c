#include "formats/quic.h"

#include "core/buf.h"
#include "core/hash.h"
#include "testing.h"

/* RFC 9001, appendix A: destination id, keys, and the server's Initial packet. */
static const uint8_t dcid[] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
static const char server_initial[] =
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780b"
    "b38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19"
    "fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee";

static void assert_hex(const uint8_t *bytes, size_t len, const char *want)
{
    char hex[WD_HEX_MAX];
    assert_string_equal(wd_hex(bytes, len, hex), want);
}

static void keys_are_those_of_the_specification(void **state)
{
    (void) state;
    wd_quic_keys k;
    assert_true(wd_quic_derive(1, wd_slice_of(dcid, sizeof dcid), false, &k));
    assert_hex(k.key, 16, "1f369613dd76d5467730efcbe3b1a22d");
    assert_hex(k.iv, 12, "fa044b2f42a3fd3b46fb255c");
    assert_hex(k.mask, 16, "9f50449e04a0e810283a1e9933adedd2");
    assert_true(wd_quic_derive(0x6b3343cf, wd_slice_of(dcid, sizeof dcid), false, &k));
    assert_hex(k.key, 16, "8b1a0bc121284290a29e0971b5cd045d"); /* RFC 9369, appendix A */
    assert_false(wd_quic_derive(0x12345678, wd_slice_of(dcid, sizeof dcid), false, &k));
}

static size_t packet_bytes(uint8_t *out)
{
    size_t n = (sizeof server_initial - 1) / 2;
    assert_true(wd_unhex(wd_slice_str(server_initial), out, n));
    return n;
}

static void a_sealed_packet_is_opened_to_its_hello(void **state)
{
    (void) state;
    static wd_quic_hello hello;
    uint8_t bytes[200];
    uint8_t scratch[200];
    wd_quic_keys k;
    wd_quic_packet q;
    wd_slice plain;
    size_t n = packet_bytes(bytes);
    wd_cursor c = wd_cursor_of(wd_slice_of(bytes, n), 0);
    assert_true(wd_quic_take(&c, &q));
    assert_true(q.initial);
    assert_int_equal(q.bytes.len, n);
    assert_int_equal(q.scid.len, 8);
    assert_true(wd_quic_derive(1, wd_slice_of(dcid, sizeof dcid), true, &k));
    assert_true(wd_quic_open(&k, &q, scratch, &plain));
    wd_quic_collect(1, plain, &hello);
    wd_slice message = wd_quic_message(&hello);
    assert_int_equal(message.len, 90);
    assert_int_equal(message.ptr[0], 2);
    bytes[n - 1] ^= 1;
    assert_false(wd_quic_open(&k, &q, scratch, &plain));
}

static void every_truncation_is_refused_or_does_not_open(void **state)
{
    (void) state;
    uint8_t bytes[200];
    uint8_t scratch[200];
    wd_quic_keys k;
    size_t n = packet_bytes(bytes);
    assert_true(wd_quic_derive(1, wd_slice_of(dcid, sizeof dcid), true, &k));
    for (size_t len = 0; len < n; len++) {
        wd_cursor c = wd_cursor_of(wd_slice_of(bytes, len), 0);
        wd_quic_packet q;
        wd_slice plain;
        if (wd_quic_take(&c, &q)) {
            assert_true(q.bytes.len <= len);
            assert_false(wd_quic_open(&k, &q, scratch, &plain));
        }
    }
}

static void pieces_in_any_order_make_one_message(void **state)
{
    (void) state;
    static wd_quic_hello hello;
    /* message of 2 bytes behind its header of 4; CRYPTO frames (6, offset, length, data) */
    wd_quic_collect(1, wd_slice_of("\6\3\3\2XY\0\0\1", 9), &hello);
    assert_int_equal(wd_quic_message(&hello).len, 0);
    wd_quic_collect(1, wd_slice_of("\2\0\0\0\0\6\0\3\1\0\0", 11), &hello);
    assert_slice(wd_slice_sub(wd_quic_message(&hello), 4, 2), "XY");
    assert_int_equal(wd_quic_message(&hello).len, 6);
    /* data past the bound is not believed */
    wd_quic_collect(1, wd_slice_of("\6\x7f\xff\1Z", 5), &hello);
    assert_int_equal(hello.ready, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_specification),
        cmocka_unit_test(a_sealed_packet_is_opened_to_its_hello),
        cmocka_unit_test(every_truncation_is_refused_or_does_not_open),
        cmocka_unit_test(pieces_in_any_order_make_one_message),
    };
    return RUN(tests);
}

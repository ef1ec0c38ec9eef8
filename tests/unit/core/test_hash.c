#include "core/hash.h"
#include "testing.h"

static void published_digests_come_out(void **state)
{
    (void) state;
    uint8_t digest[64];
    char hex[WD_HEX_MAX];
    assert_true(wd_hash(WD_SHA256, WD_S("abc"), digest)); /* FIPS 180-4 example */
    assert_string_equal(wd_hex(digest, 32, hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(wd_hash(WD_SHA1, WD_S("abc"), digest));
    assert_string_equal(wd_hex(digest, 20, hex), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_true(wd_hash(WD_MD5, WD_S(""), digest)); /* RFC 1321 */
    assert_string_equal(wd_hex(digest, 16, hex), "d41d8cd98f00b204e9800998ecf8427e");
}

static void parts_in_order_equal_the_whole(void **state)
{
    (void) state;
    uint8_t whole[64];
    uint8_t parts[64];
    wd_hasher *h = wd_hasher_new(WD_SHA384);
    assert_true(wd_hash(WD_SHA384, WD_S("hello world"), whole));
    assert_true(wd_hasher_add(h, WD_S("hello ")));
    assert_true(wd_hasher_add(h, WD_S("world")));
    assert_true(wd_hasher_end(h, parts));
    wd_hasher_free(h);
    assert_memory_equal(whole, parts, wd_hash_len(WD_SHA384));
}

static void hexadecimal_is_read_back_and_bad_text_refused(void **state)
{
    (void) state;
    uint8_t out[2];
    assert_true(wd_unhex(WD_S("a0Ff"), out, 2));
    assert_int_equal(out[0], 0xa0);
    assert_int_equal(out[1], 0xff);
    assert_false(wd_unhex(WD_S("a0f"), out, 2));
    assert_false(wd_unhex(WD_S("a0fg"), out, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_digests_come_out),
        cmocka_unit_test(parts_in_order_equal_the_whole),
        cmocka_unit_test(hexadecimal_is_read_back_and_bad_text_refused),
    };
    return RUN(tests);
}

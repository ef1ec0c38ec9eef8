#include "formats/net_addr.h"

#include "testing.h"

static void assert_text(const char *in, const char *want)
{
    char out[WD_NET_ADDR_TEXT];
    assert_slice(wd_net_addr_canonical(wd_slice_str(in), out), want);
}

static void ipv6_takes_its_short_form(void **state)
{
    (void) state;
    assert_text("2001:0DB8:0000:0000:0000:ff00:0042:8329", "2001:db8::ff00:42:8329");
    assert_text("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
    assert_text("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
    assert_text("::", "::");
    assert_text("::1", "::1");
    assert_text("1::", "1::");
    assert_text("::ffff:c000:0280", "::ffff:192.0.2.128");
    assert_text("[fe80::1%eth0]", "fe80::1");
}

static void what_is_no_address_stays_as_it_is(void **state)
{
    (void) state;
    assert_text("10.0.0.1", "10.0.0.1");
    assert_text("host:443", "host:443");
    assert_text("1::2::3", "1::2::3");
    assert_text("1:2:3", "1:2:3");
    assert_text("12345::", "12345::");
    assert_text("::1:", "::1:");
    assert_text("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9");
}

static void quads_are_checked(void **state)
{
    (void) state;
    wd_ip ip;
    assert_true(wd_net_addr_parse(WD_S("255.0.1.2"), &ip));
    assert_int_equal(ip.len, 4);
    assert_false(wd_net_addr_parse(WD_S("256.0.1.2"), &ip));
    assert_false(wd_net_addr_parse(WD_S("1.2.3"), &ip));
    assert_false(wd_net_addr_parse(WD_S("1.2.3.4.5"), &ip));
    assert_false(wd_net_addr_parse(WD_S(""), &ip));
    assert_int_equal(ip.len, 0);
}

static void local_addresses_are_told_apart(void **state)
{
    (void) state;
    static const char *const local[] = {"10.1.2.3",    "192.168.0.1", "172.31.0.1", "127.0.0.1",
                                        "169.254.1.1", "224.0.0.251", "fe80::1",    "fd00::1",
                                        "::1",         "ff02::fb",    "100.64.0.1"};
    static const char *const other[] = {"8.8.8.8", "172.32.0.1", "2001:db8::1", "100.128.0.1",
                                        "name"};
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        assert_true(wd_net_addr_is_local(wd_slice_str(local[i])));
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        assert_false(wd_net_addr_is_local(wd_slice_str(other[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv6_takes_its_short_form),
        cmocka_unit_test(what_is_no_address_stays_as_it_is),
        cmocka_unit_test(quads_are_checked),
        cmocka_unit_test(local_addresses_are_told_apart),
    };
    return RUN(tests);
}

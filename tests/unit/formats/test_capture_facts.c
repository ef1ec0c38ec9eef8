#include "formats/capture_facts.h"

#include "core/limits.h"
#include "make/packet_builder.h"
#include "net_log.h"

static const pb_ends lookup = {5, 153, 40000, 53};
static const pb_ends answer = {153, 5, 53, 40000};
static const pb_ends up = {5, 110, 50000, 443};
static const pb_ends down = {110, 5, 443, 50000};

enum { FIN = 1, SYN = 2, ACK = 16 };

static wd_status read_all(const wd_buf *bytes, net_log *log, wd_net_totals *totals)
{
    wd_arena *arena = wd_arena_new(256U << 20);
    wd_net_sink sink = net_log_sink(log);
    wd_status s = wd_capture_facts(wd_buf_slice(bytes), arena, &sink, totals, NULL);
    wd_arena_free(arena);
    return s;
}

static void assert_facts(pb_capture *c, const char *want)
{
    net_log log = {0};
    wd_net_totals totals;
    assert_int_equal(read_all(&c->bytes, &log, &totals), WD_OK);
    assert_string_equal(net_log_text(&log), want);
    assert_int_equal(log.damage, 0);
    wd_buf_free(&log.lines);
    pb_end(c);
}

static void send_lookup(pb_capture *c)
{
    wd_buf q = {0};
    pb_dns(&q, 1, "Www.Example.net", 1, NULL);
    pb_send_udp(c, lookup, wd_buf_slice(&q));
    wd_buf_clear(&q);
    pb_dns(&q, 1, "Www.Example.net", 1, "192.0.2.110");
    pb_send_udp(c, answer, wd_buf_slice(&q));
    wd_buf_free(&q);
}

static void send_text(pb_capture *c, pb_ends e, uint32_t seq, const char *text)
{
    pb_send_tcp(c, e, seq, ACK, wd_slice_str(text));
}

static const char lookup_lines[] =
    "query 10.0.0.5:40000>192.0.2.153:53 Www.Example.net 1\n"
    "answer 10.0.0.5:40000>192.0.2.153:53 Www.Example.net 1 192.0.2.110\n"
    "flow 10.0.0.5:40000>192.0.2.153:53 33/49 dns\n";

static void every_byte_order_and_time_unit_reads_alike(void **state)
{
    (void) state;
    for (unsigned i = 0; i < 4; i++) {
        pb_capture c = {.big_endian = (i & 1) != 0, .nano = (i & 2) != 0, .link = 1};
        pb_begin(&c);
        send_lookup(&c);
        net_log log = {0};
        wd_net_totals totals;
        assert_int_equal(read_all(&c.bytes, &log, &totals), WD_OK);
        assert_string_equal(net_log_text(&log), lookup_lines);
        assert_true(totals.first == wd_time_from_unix(1680000000, 0));
        assert_true(totals.last - totals.first == WD_TICKS_PER_SECOND / 1000);
        wd_buf_free(&log.lines);
        pb_end(&c);
    }
}

static void every_truncation_gives_what_came_before(void **state)
{
    (void) state;
    pb_capture c = {.link = 1};
    pb_begin(&c);
    send_lookup(&c);
    size_t first = 24 + 16 + 14 + 28 + 33;
    for (size_t len = 0; len < c.bytes.len; len++) {
        net_log log = {0};
        wd_net_totals totals;
        wd_buf cut = {0};
        wd_buf_add(&cut, wd_slice_of(c.bytes.ptr, len));
        wd_status s = read_all(&cut, &log, &totals);
        if (len < 24) {
            assert_int_not_equal(s, WD_OK);
        } else {
            assert_int_equal(s, WD_OK);
            assert_int_equal(log.damage, len != 24 && len != first ? 1 : 0);
        }
        if (len >= first) {
            assert_non_null(strstr(net_log_text(&log), "query 10.0.0.5"));
        }
        wd_buf_free(&cut);
        wd_buf_free(&log.lines);
    }
    pb_end(&c);
}

static void an_impossible_length_ends_the_reading_there(void **state)
{
    (void) state;
    pb_capture c = {.link = 1};
    pb_begin(&c);
    send_lookup(&c);
    wd_buf_add(&c.bytes, wd_slice_of("\0\0\0\0\0\0\0\0\0\0\x42\0\0\0\x42\0more", 20));
    net_log log = {0};
    wd_net_totals totals;
    assert_int_equal(read_all(&c.bytes, &log, &totals), WD_OK);
    assert_string_equal(net_log_text(&log), lookup_lines);
    assert_int_equal(log.damage, 1);
    assert_int_equal(totals.records, 2);
    wd_buf_free(&log.lines);
    pb_end(&c);
}

static void a_hello_in_pieces_and_out_of_order_is_put_together(void **state)
{
    (void) state;
    wd_buf message = {0};
    wd_buf records = {0};
    pb_hello(&message, "name.example", "h2");
    pb_records(&records, wd_buf_slice(&message), 60);
    wd_slice all = wd_buf_slice(&records);
    pb_capture c = {.link = 101};
    pb_begin(&c);
    pb_send_tcp(&c, up, 999, SYN, (wd_slice){0});
    pb_send_tcp(&c, up, 1000 + 80, ACK, wd_slice_sub(all, 80, SIZE_MAX));
    pb_send_tcp(&c, up, 1000, ACK, wd_slice_sub(all, 0, 3));
    pb_send_tcp(&c, up, 1000, ACK, wd_slice_sub(all, 0, 50)); /* sent again, longer */
    pb_send_tcp(&c, up, 1050, ACK, wd_slice_sub(all, 50, 30));
    assert_facts(&c, "hello 10.0.0.5:50000>192.0.2.110:443 name.example h2 "
                     "t13d0206h2_c1929292aa6b_fb71836bce29\n"
                     "flow 10.0.0.5:50000>192.0.2.110:443 126/0 tls open\n");
    wd_buf_free(&message);
    wd_buf_free(&records);
}

static void requests_and_answers_of_a_kept_connection_are_all_seen(void **state)
{
    (void) state;
    static const char first[] = "POST /a HTTP/1.1\r\nHost: h.example\r\nUser-Agent: x/1\r\n"
                                "Content-Length: 5\r\n\r\n";
    static const char second[] = "GET /b HTTP/1.1\nHost:h.example\n\n";
    static const char chunks[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
        "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nGET ";
    pb_capture c = {.link = 1};
    pb_ends to = {5, 110, 50000, 80};
    pb_ends from = {110, 5, 80, 50000};
    pb_begin(&c);
    uint32_t seq = 1;
    send_text(&c, to, seq, first);
    seq += sizeof first - 1;
    send_text(&c, to, seq, "GET /"); /* a body that looks like a request */
    seq += 5;
    send_text(&c, to, seq, second);
    send_text(&c, from, 1, chunks);
    pb_send_tcp(&c, from, sizeof chunks, FIN | ACK, (wd_slice){0});
    assert_facts(&c, "request 10.0.0.5:50000>192.0.2.110:80 POST h.example /a [x/1] 0 0\n"
                     "request 10.0.0.5:50000>192.0.2.110:80 GET h.example /b [] 0 0\n"
                     "response 10.0.0.5:50000>192.0.2.110:80    [] 200 0\n"
                     "response 10.0.0.5:50000>192.0.2.110:80    [] 404 4\n"
                     "flow 10.0.0.5:50000>192.0.2.110:80 110/104 http open\n");
}

static void a_hello_after_plain_text_is_found(void **state)
{
    (void) state;
    wd_buf message = {0};
    wd_buf records = {0};
    pb_hello(&message, "mail.example", NULL);
    pb_records(&records, wd_buf_slice(&message), 9999);
    pb_capture c = {.link = 1};
    pb_begin(&c);
    send_text(&c, down, 1, "220 ready\r\n");
    send_text(&c, up, 1, "S");
    send_text(&c, up, 2, "TARTTLS\r\n");
    pb_send_tcp(&c, up, 11, ACK, wd_buf_slice(&records));
    net_log log = {0};
    wd_net_totals totals;
    assert_int_equal(read_all(&c.bytes, &log, &totals), WD_OK);
    assert_non_null(
        strstr(net_log_text(&log), "hello 10.0.0.5:50000>192.0.2.110:443 mail.example"));
    wd_buf_free(&log.lines);
    wd_buf_free(&message);
    wd_buf_free(&records);
    pb_end(&c);
}

static void what_an_icmp_error_quotes_is_no_query(void **state)
{
    (void) state;
    wd_buf q = {0};
    wd_buf quoted = {0};
    wd_buf ip = {0};
    pb_dns(&q, 1, "quoted.example", 1, NULL);
    wd_buf_add(&quoted, WD_S("\3\3\0\0\0\0\0\0"));
    pb_udp(&quoted, lookup, wd_buf_slice(&q));
    pb_ip(&ip, answer, 1, 0, wd_buf_slice(&quoted));
    pb_capture c = {.link = 1};
    pb_begin(&c);
    pb_send_ip(&c, wd_buf_slice(&ip));
    assert_facts(&c, "flow 192.0.2.153:3>10.0.0.5:3 64/0 \n");
    wd_buf_free(&q);
    wd_buf_free(&quoted);
    wd_buf_free(&ip);
}

static void fragments_in_any_order_make_one_datagram(void **state)
{
    (void) state;
    wd_buf q = {0};
    wd_buf udp = {0};
    wd_buf ip = {0};
    pb_dns(&q, 1, "fragmented.example", 16, NULL);
    pb_put16(&udp, lookup.sport);
    pb_put16(&udp, lookup.dport);
    pb_put16(&udp, (unsigned) q.len + 8);
    pb_put16(&udp, 0);
    wd_buf_add(&udp, wd_buf_slice(&q));
    wd_slice all = wd_buf_slice(&udp);
    pb_capture c = {.link = 1};
    pb_begin(&c);
    pb_ip(&ip, lookup, 17, 2, wd_slice_sub(all, 16, SIZE_MAX));
    pb_send_ip(&c, wd_buf_slice(&ip));
    wd_buf_clear(&ip);
    pb_ip(&ip, lookup, 17, 0x2000 | 1, wd_slice_sub(all, 8, 8));
    pb_send_ip(&c, wd_buf_slice(&ip));
    wd_buf_clear(&ip);
    pb_ip(&ip, lookup, 17, 0x2000, wd_slice_sub(all, 0, 8));
    pb_send_ip(&c, wd_buf_slice(&ip));
    assert_facts(&c, "query 10.0.0.5:40000>192.0.2.153:53 fragmented.example 16\n"
                     "flow 10.0.0.5:40000>192.0.2.153:53 36/0 dns\n");
    wd_buf_free(&q);
    wd_buf_free(&udp);
    wd_buf_free(&ip);
}

static void tunnels_are_read_to_the_innermost_transport(void **state)
{
    (void) state;
    wd_buf q = {0};
    wd_buf inner = {0};
    wd_buf vxlan = {0};
    pb_ends outer = {9, 109, 50001, 4789};
    pb_dns(&q, 1, "inside.example", 1, NULL);
    pb_udp(&inner, lookup, wd_buf_slice(&q));
    wd_buf_add(&vxlan, WD_S("\x08\0\0\0\0\0\7\0"));
    wd_buf_fill(&vxlan, 3, 12);
    pb_put16(&vxlan, 0x8100);
    pb_put16(&vxlan, 7);
    pb_put16(&vxlan, 0x0800);
    wd_buf_add(&vxlan, wd_buf_slice(&inner));
    pb_capture c = {.link = 1};
    pb_begin(&c);
    pb_send_udp(&c, outer, wd_buf_slice(&vxlan));
    /* the same port with nothing readable inside stays a flow of its own */
    pb_send_udp(&c, outer, WD_S("\x08garbage that is no frame"));
    assert_facts(&c, "query 10.0.0.5:40000>192.0.2.153:53 inside.example 1\n"
                     "flow 10.0.0.5:40000>192.0.2.153:53 32/0 dns\n"
                     "flow 10.0.0.9:50001>192.0.2.109:4789 25/0 \n");
    wd_buf_free(&q);
    wd_buf_free(&inner);
    wd_buf_free(&vxlan);
}

static void dns_over_tcp_in_two_segments_is_read(void **state)
{
    (void) state;
    wd_buf q = {0};
    wd_buf framed = {0};
    pb_dns(&q, 1, "tcp.example", 28, NULL);
    pb_put16(&framed, (unsigned) q.len);
    wd_buf_add(&framed, wd_buf_slice(&q));
    wd_slice all = wd_buf_slice(&framed);
    pb_capture c = {.link = 1};
    pb_begin(&c);
    pb_send_tcp(&c, lookup, 1, ACK, wd_slice_sub(all, 0, 1));
    pb_send_tcp(&c, lookup, 2, ACK, wd_slice_sub(all, 1, SIZE_MAX));
    assert_facts(&c, "query 10.0.0.5:40000>192.0.2.153:53 tcp.example 28\n"
                     "flow 10.0.0.5:40000>192.0.2.153:53 31/0 dns open\n");
    wd_buf_free(&q);
    wd_buf_free(&framed);
}

static void multicast_dns_is_told_apart(void **state)
{
    (void) state;
    wd_buf q = {0};
    pb_ends m = {5, 251, 5353, 5353};
    pb_dns(&q, 0, "printer.local", 12, NULL);
    pb_capture c = {.link = 1};
    pb_begin(&c);
    pb_send_udp(&c, m, wd_buf_slice(&q));
    assert_facts(&c, "query 10.0.0.5:5353>192.0.2.251:5353 printer.local 12 mdns\n"
                     "flow 10.0.0.5:5353>192.0.2.251:5353 31/0 dns\n");
    wd_buf_free(&q);
}

static void pcapng_with_two_interfaces_and_units_is_read(void **state)
{
    (void) state;
    wd_buf q = {0};
    wd_buf ip = {0};
    wd_buf f = {0};
    pb_dns(&q, 1, "ng.example", 1, NULL);
    pb_udp(&ip, lookup, wd_buf_slice(&q));
    unsigned padded = ((unsigned) ip.len + 3) & ~3U;
    /* big-endian section, interface with nanoseconds, enhanced packet */
    pb_put32(&f, 0x0a0d0d0a);
    pb_put32(&f, 28);
    pb_put32(&f, 0x1a2b3c4d);
    pb_put32(&f, 0x00010000);
    pb_put32(&f, 0xffffffff);
    pb_put32(&f, 0xffffffff);
    pb_put32(&f, 28);
    for (unsigned i = 0; i < 2; i++) {
        pb_put32(&f, 1);
        pb_put32(&f, 32);
        pb_put32(&f, i == 0 ? 1U << 16 : 101U << 16);
        pb_put32(&f, 0);
        pb_put32(&f, 9U << 16 | 1);
        pb_put32(&f, 9U << 24);
        pb_put32(&f, 0);
        pb_put32(&f, 32);
    }
    uint64_t stamp = UINT64_C(1680000000) * 1000000000 + 123456789;
    pb_put32(&f, 6);
    pb_put32(&f, 32 + padded);
    pb_put32(&f, 1);
    pb_put32(&f, (uint32_t) (stamp >> 32));
    pb_put32(&f, (uint32_t) stamp);
    pb_put32(&f, (uint32_t) ip.len);
    pb_put32(&f, (uint32_t) ip.len);
    wd_buf_add(&f, wd_buf_slice(&ip));
    wd_buf_fill(&f, 0, padded - ip.len);
    pb_put32(&f, 32 + padded);
    net_log log = {0};
    wd_net_totals totals;
    assert_int_equal(read_all(&f, &log, &totals), WD_OK);
    assert_string_equal(net_log_text(&log), "query 10.0.0.5:40000>192.0.2.153:53 ng.example 1\n"
                                            "flow 10.0.0.5:40000>192.0.2.153:53 28/0 dns\n");
    assert_true(totals.first == wd_time_from_unix(1680000000, 123456789));
    for (size_t len = 12; len < f.len; len++) { /* every truncation ends without a crash */
        wd_buf cut = {0};
        wd_buf_add(&cut, wd_slice_of(f.ptr, len));
        wd_buf_clear(&log.lines);
        assert_int_equal(read_all(&cut, &log, &totals), WD_OK);
        wd_buf_free(&cut);
    }
    wd_buf_free(&log.lines);
    wd_buf_free(&q);
    wd_buf_free(&ip);
    wd_buf_free(&f);
}

static void a_silent_flow_ends_and_a_new_one_begins(void **state)
{
    (void) state;
    wd_buf q = {0};
    pb_dns(&q, 1, "a.example", 1, NULL);
    pb_capture c = {.link = 1};
    pb_begin(&c);
    pb_send_udp(&c, lookup, wd_buf_slice(&q));
    c.micros += 61000000;
    pb_send_udp(&c, lookup, wd_buf_slice(&q));
    assert_facts(&c, "query 10.0.0.5:40000>192.0.2.153:53 a.example 1\n"
                     "flow 10.0.0.5:40000>192.0.2.153:53 27/0 dns\n"
                     "query 10.0.0.5:40000>192.0.2.153:53 a.example 1\n"
                     "flow 10.0.0.5:40000>192.0.2.153:53 27/0 dns\n");
    wd_buf_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_order_and_time_unit_reads_alike),
        cmocka_unit_test(every_truncation_gives_what_came_before),
        cmocka_unit_test(an_impossible_length_ends_the_reading_there),
        cmocka_unit_test(a_hello_in_pieces_and_out_of_order_is_put_together),
        cmocka_unit_test(requests_and_answers_of_a_kept_connection_are_all_seen),
        cmocka_unit_test(a_hello_after_plain_text_is_found),
        cmocka_unit_test(what_an_icmp_error_quotes_is_no_query),
        cmocka_unit_test(fragments_in_any_order_make_one_datagram),
        cmocka_unit_test(tunnels_are_read_to_the_innermost_transport),
        cmocka_unit_test(dns_over_tcp_in_two_segments_is_read),
        cmocka_unit_test(multicast_dns_is_told_apart),
        cmocka_unit_test(pcapng_with_two_interfaces_and_units_is_read),
        cmocka_unit_test(a_silent_flow_ends_and_a_new_one_begins),
    };
    return RUN(tests);
}

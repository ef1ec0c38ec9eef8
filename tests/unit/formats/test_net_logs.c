#include "core/arena.h"
#include "formats/eve.h"
#include "formats/log_lines.h"
#include "formats/zeek.h"
#include "net_log.h"

typedef wd_status reader(wd_slice data, wd_arena *arena, const wd_net_sink *sink,
                         wd_net_totals *totals, wd_err *err);

static wd_net_totals totals;

static wd_status read_text(reader *read, wd_slice text, net_log *log)
{
    wd_arena *arena = wd_arena_new(64U << 20);
    wd_net_sink sink = net_log_sink(log);
    wd_status s = read(text, arena, &sink, &totals, NULL);
    wd_arena_free(arena);
    return s;
}

static void assert_reads(reader *read, const char *text, const char *want)
{
    net_log log = {0};
    assert_int_equal(read_text(read, wd_slice_str(text), &log), WD_OK);
    assert_string_equal(net_log_text(&log), want);
    wd_buf_free(&log.lines);
}

#define HEADER                                                                                   \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"  \
    "#fields\t_node_name\tquery\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tqtype\t" \
    "rcode\tanswers\n"

static const char zeek_dns[] =
    HEADER "w1\ta\\x09b.example\t1680000000.25\t10.0.0.5\t4000\t2001:DB8::0:1\t53\tudp\t1\t0\t"
           "x.example,192.0.2.1\n"
           "w1\t-\t1680000001\t10.0.0.5\t4000\t10.0.0.1\t53\tudp\t-\t-\t-\n";

static void columns_come_from_the_header(void **state)
{
    (void) state;
    assert_reads(wd_zeek_facts, zeek_dns,
                 "query 10.0.0.5:4000>2001:db8::1:53 a\tb.example 1\n"
                 "answer 10.0.0.5:4000>2001:db8::1:53 a\tb.example 1 x.example 192.0.2.1\n");
    assert_int_equal(totals.records, 2);
    assert_true(totals.first == wd_time_from_unix(1680000000, 250000000));
}

static void json_of_every_time_form_reads_like_tsv(void **state)
{
    (void) state;
    static const char *const times[] = {"1680000000.25", "\"2023-03-28T10:40:00.250000Z\"",
                                        "1680000000250", "\"1680000000.25\"", "1680000000250000"};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        wd_buf text = {0};
        wd_buf_printf(&text,
                      "{\"ts\": %s, \"id.orig_h\": \"10.0.0.5\", \"id.orig_p\": 4000, "
                      "\"id.resp_h\": \"2001:db8::1\", \"id.resp_p\": 53, \"proto\": \"udp\", "
                      "\"query\": \"a\\\\x09b.example\", \"qtype\": 1, \"rcode\": 0, "
                      "\"answers\": [\"x.example\", \"192.0.2.1\"]}\n",
                      times[i]);
        wd_buf_byte(&text, 0);
        assert_true(wd_zeek_looks(wd_buf_slice(&text)));
        assert_reads(wd_zeek_facts, (const char *) text.ptr,
                     "query 10.0.0.5:4000>2001:db8::1:53 a\tb.example 1\n"
                     "answer 10.0.0.5:4000>2001:db8::1:53 a\tb.example 1 x.example 192.0.2.1\n");
        assert_true(totals.first == wd_time_from_unix(1680000000, 250000000));
        wd_buf_free(&text);
    }
}

static void connections_hellos_and_requests_are_told_by_their_fields(void **state)
{
    (void) state;
    assert_reads(wd_zeek_facts,
                 "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\t"
                 "duration\torig_bytes\tresp_bytes\tconn_state\n"
                 "1.5\tC1\t10.0.0.5\t50000\t192.0.2.1\t443\ttcp\tssl\t2.0\t100\t200\tS1\n"
                 "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tserver_name\t"
                 "next_protocol\n"
                 "1.6\tC1\t10.0.0.5\t50000\t192.0.2.1\t443\tn.example\th2\n"
                 "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tmethod\thost\turi\t"
                 "user_agent\tstatus_code\tresponse_body_len\n"
                 "1.7\tC2\t10.0.0.5\t50001\t192.0.2.1\t80\tGET\th.example\t/x\tagent 1\t200\t77\n",
                 "flow 10.0.0.5:50000>192.0.2.1:443 100/200 tls open\n"
                 "hello 10.0.0.5:50000>192.0.2.1:443 n.example h2 \n"
                 "request 10.0.0.5:50001>192.0.2.1:80 GET h.example /x [agent 1] 200 77\n");
}

static void every_truncation_of_a_log_is_counted_not_read(void **state)
{
    (void) state;
    size_t header = sizeof HEADER - 1;
    for (size_t len = 0; len < sizeof zeek_dns - 1; len++) {
        net_log log = {0};
        wd_status s = read_text(wd_zeek_facts, wd_slice_of(zeek_dns, len), &log);
        assert_true(totals.records <= 2);
        if (len > header && totals.records == 0) {
            assert_int_equal(s, WD_E_MALFORMED);
            assert_int_equal(log.damage, 1);
        }
        wd_buf_free(&log.lines);
    }
}

static void three_layouts_of_eve_give_the_same_facts(void **state)
{
    (void) state;
#define ENDS                                                                                      \
    "\"timestamp\":\"2023-03-28T10:40:00.250000+0000\",\"event_type\":\"dns\",\"src_ip\":\"%s\"," \
    "\"src_port\":%s,\"dest_ip\":\"%s\",\"dest_port\":%s,\"proto\":\"UDP\""
    static const char *const dns[][2] = {
        {"{\"type\":\"query\",\"rrname\":\"a.example\",\"rrtype\":\"A\"}",
         "{\"type\":\"answer\",\"rrname\":\"a.example\",\"rrtype\":\"A\",\"rdata\":\"192.0.2.1\"}"},
        {"{\"type\":\"query\",\"rrname\":\"a.example\",\"rrtype\":\"A\"}",
         "{\"version\":2,\"type\":\"answer\",\"rrname\":\"a.example\",\"rrtype\":\"A\","
         "\"rcode\":\"NOERROR\",\"answers\":[{\"rrname\":\"a.example\",\"rrtype\":\"A\","
         "\"rdata\":\"192.0.2.1\"}]}"},
        {"{\"version\":3,\"type\":\"request\",\"queries\":[{\"rrname\":\"a.example\",\"rrtype\":"
         "\"A\"}]}",
         "{\"version\":3,\"type\":\"response\",\"queries\":[{\"rrname\":\"a.example\",\"rrtype\":"
         "\"A\"}],\"grouped\":{\"A\":[\"192.0.2.1\"]}}"}};
    for (size_t i = 0; i < 3; i++) {
        wd_buf text = {0};
        wd_buf_printf(&text, "{" ENDS ",\"dns\":%s}\n", "10.0.0.5", "4000", "10.0.0.1", "53",
                      dns[i][0]);
        wd_buf_printf(&text, "{" ENDS ",\"dns\":%s}\n", "10.0.0.1", "53", "10.0.0.5", "4000",
                      dns[i][1]);
        wd_buf_byte(&text, 0);
        assert_true(wd_eve_looks(wd_buf_slice(&text)));
        assert_false(wd_zeek_looks(wd_buf_slice(&text)));
        assert_reads(wd_eve_facts, (const char *) text.ptr,
                     "query 10.0.0.5:4000>10.0.0.1:53 a.example 1\n"
                     "answer 10.0.0.5:4000>10.0.0.1:53 a.example 1 192.0.2.1\n");
        wd_buf_free(&text);
    }
}

static void flows_hellos_and_requests_of_eve_are_read_and_broken_lines_counted(void **state)
{
    (void) state;
#define BASE                                                                             \
    "\"timestamp\":\"2023-03-28T10:40:00Z\",\"src_ip\":\"10.0.0.5\",\"src_port\":50000," \
    "\"dest_ip\":\"192.0.2.1\",\"dest_port\":443,\"proto\":\"TCP\",\"event_type\":"
    assert_reads(
        wd_eve_facts,
        "{" BASE "\"flow\",\"app_proto\":\"tls\",\"flow\":{\"bytes_toserver\":10,"
        "\"bytes_toclient\":20,\"start\":\"2023-03-28T10:39:00Z\",\"state\":\"established\""
        "}}\n"
        "{" BASE "\"tls\",\"tls\":{\"sni\":\"n.example\",\"ja4\":\"t13\"}}\n"
        "{" BASE "\"http\",\"http\":{\"hostname\":\"h.example\",\"url\":\"/x\","
        "\"http_method\":\"GET\",\"http_user_agent\":\"a\",\"status\":200,\"length\":7}}\n"
        "{" BASE "\"alert\"}\n"
        "{" BASE "\"tls\",\"tls\":",
        "flow 10.0.0.5:50000>192.0.2.1:443 10/20 tls open\n"
        "hello 10.0.0.5:50000>192.0.2.1:443 n.example  t13\n"
        "request 10.0.0.5:50000>192.0.2.1:443 GET h.example /x [a] 200 7\n");
    assert_int_equal(totals.records, 4);
    assert_int_equal(totals.bad, 1);
}

static void query_logs_of_five_servers_are_read(void **state)
{
    (void) state;
    static const char log[] =
        "28-Mar-2023 10:40:00.250 queries: info: client @0x7f 10.0.0.5#4000 (a.example): query: "
        "a.example IN AAAA +E(0)K (10.0.0.1)\n"
        "2023-03-28T10:40:00Z host dnsmasq[9]: query[A] a.example from 10.0.0.5\n"
        "[1680000000] unbound[9:0] info: 10.0.0.5 a.example. TXT IN\n"
        "Mar 28 10:40:00 host pdns_recursor[9]: 1 [6/1] question for 'a.example|MX' from "
        "10.0.0.5:999\n"
        "28/3/2023 10:40:00 AM 0D54 PACKET  000000F6 UDP Rcv 10.0.0.5 0002   Q [0001   D   "
        "NOERROR] "
        "A      (1)a(7)example(0)\n"
        "28/3/2023 10:40:00 AM 0D54 PACKET  000000F6 UDP Snd 10.0.0.5 0002 R Q [8081   DR  "
        "NOERROR] "
        "A      (1)a(7)example(0)\n"
        "something else\n";
    assert_true(wd_dnslog_looks(wd_slice_str(log)));
    assert_false(wd_proxylog_looks(wd_slice_str(log)));
    assert_reads(wd_dnslog_facts, log,
                 "query 10.0.0.5:4000>10.0.0.1:53 a.example 28\n"
                 "query 10.0.0.5:0>:53 a.example 1\n"
                 "query 10.0.0.5:0>:53 a.example 16\n"
                 "query 10.0.0.5:0>:53 a.example 15\n"
                 "query 10.0.0.5:0>:53 a.example 1\n");
    assert_int_equal(totals.bad, 2);
    assert_true(totals.first == wd_time_from_unix(1680000000, 0));
    assert_true(totals.last == wd_time_from_unix(1680000000, 250000000));
}

static void proxy_logs_in_three_forms_are_read(void **state)
{
    (void) state;
    static const char log[] =
        "10.0.0.5 - joe [28/Mar/2023:12:40:00 +0200] \"GET http://h.example/x HTTP/1.1\" 200 7 "
        "\"-\" \"agent \\\"1\\\"\"\n"
        "www.site:80 10.0.0.5 - - [28/Mar/2023:12:40:00 +0200] \"GET /y HTTP/1.1\" 404 -\n"
        "1680000000.250    921 10.0.0.5 TCP_TUNNEL/200 507 CONNECT h.example:443 - "
        "HIER_DIRECT/192.0.2.1 -\n";
    assert_true(wd_proxylog_looks(wd_slice_str(log)));
    assert_reads(wd_proxylog_facts, log,
                 "request 10.0.0.5:0>:80 GET  http://h.example/x [agent \\\"1\\\"] 200 7\n"
                 "request 10.0.0.5:0>:80 GET www.site:80 /y [] 404 0\n"
                 "request 10.0.0.5:0>192.0.2.1:443 CONNECT  h.example:443 [] 200 507\n");
    assert_true(totals.first == wd_time_from_unix(1680000000, 0));
    for (size_t len = 0; len < sizeof log - 1; len++) {
        net_log cut = {0};
        (void) read_text(wd_proxylog_facts, wd_slice_of(log, len), &cut);
        wd_buf_free(&cut.lines);
    }
}

static void plain_text_is_none_of_them(void **state)
{
    (void) state;
    wd_slice text = WD_S("Dear reader,\nthis is only a letter [with brackets] \"and quotes\".\n");
    assert_false(wd_zeek_looks(text) || wd_eve_looks(text) || wd_dnslog_looks(text) ||
                 wd_proxylog_looks(text) || wd_capture_looks(text));
    net_log log = {0};
    assert_int_equal(read_text(wd_dnslog_facts, text, &log), WD_E_MALFORMED);
    assert_int_equal(read_text(wd_proxylog_facts, text, &log), WD_E_MALFORMED);
    assert_int_equal(read_text(wd_zeek_facts, text, &log), WD_E_MALFORMED);
    assert_int_equal(read_text(wd_eve_facts, text, &log), WD_E_MALFORMED);
    wd_buf_free(&log.lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_come_from_the_header),
        cmocka_unit_test(json_of_every_time_form_reads_like_tsv),
        cmocka_unit_test(connections_hellos_and_requests_are_told_by_their_fields),
        cmocka_unit_test(every_truncation_of_a_log_is_counted_not_read),
        cmocka_unit_test(three_layouts_of_eve_give_the_same_facts),
        cmocka_unit_test(flows_hellos_and_requests_of_eve_are_read_and_broken_lines_counted),
        cmocka_unit_test(query_logs_of_five_servers_are_read),
        cmocka_unit_test(proxy_logs_in_three_forms_are_read),
        cmocka_unit_test(plain_text_is_none_of_them),
    };
    return RUN(tests);
}

#include "formats/http.h"

#include "testing.h"

static void a_request_head_is_read(void **state)
{
    (void) state;
    static const char text[] = "GET /p?q=1 HTTP/1.1\r\nHOST:  a.example:8080 \r\nuser-agent: x\r\n"
                               "Host: second\r\nContent-Length: 12\r\nReferer: r\r\n\r\nbody";
    wd_http_head h;
    assert_true(wd_http_parse(wd_slice_str(text), false, &h));
    assert_int_equal(h.kind, WD_HTTP_REQUEST);
    assert_slice(h.method, "GET");
    assert_slice(h.target, "/p?q=1");
    assert_slice(h.host, "a.example:8080");
    assert_slice(h.user_agent, "x");
    assert_slice(h.referer, "r");
    assert_int_equal(h.body, WD_HTTP_BODY_LENGTH);
    assert_int_equal(h.body_len, 12);
    assert_int_equal(h.len, sizeof text - 1 - 4);
    for (size_t len = 0; len < h.len; len++) {
        wd_http_head cut;
        assert_false(wd_http_parse(wd_slice_of(text, len), false, &cut));
        (void) wd_http_parse(wd_slice_of(text, len), true, &cut);
        assert_true(cut.len <= len);
    }
}

static void a_blank_host_is_not_a_missing_one(void **state)
{
    (void) state;
    wd_http_head h;
    assert_true(wd_http_parse(WD_S("GET / HTTP/1.1\r\nHost:\r\n\r\n"), false, &h));
    assert_true(h.has_host && h.host.len == 0);
    assert_true(wd_http_parse(WD_S("GET / HTTP/1.0\r\n\r\n"), false, &h));
    assert_false(h.has_host);
}

static void bodies_are_measured_as_the_answer_demands(void **state)
{
    (void) state;
    wd_http_head h;
    assert_true(wd_http_parse(WD_S("HTTP/1.1 200 OK\r\n\r\n"), false, &h));
    assert_int_equal(h.body, WD_HTTP_BODY_TO_END);
    assert_true(wd_http_parse(WD_S("HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n"), false, &h));
    assert_int_equal(h.body, WD_HTTP_BODY_NONE);
    assert_int_equal(h.status, 304);
    assert_true(wd_http_parse(
        WD_S("HTTP/1.1 200\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"), false,
        &h));
    assert_int_equal(h.body, WD_HTTP_BODY_CHUNKED);
}

static void other_protocols_are_not_taken_for_http(void **state)
{
    (void) state;
    bool more;
    assert_int_equal(wd_http_looks(WD_S("GETX /"), &more), WD_HTTP_NONE);
    assert_false(more);
    assert_int_equal(wd_http_looks(WD_S("GE"), &more), WD_HTTP_NONE);
    assert_true(more);
    assert_int_equal(wd_http_looks(WD_S("SSH-2.0-x"), &more), WD_HTTP_NONE);
    assert_false(more);
    assert_int_equal(wd_http_looks(WD_S("NOTIFY * HTTP/1.1"), &more), WD_HTTP_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_head_is_read),
        cmocka_unit_test(a_blank_host_is_not_a_missing_one),
        cmocka_unit_test(bodies_are_measured_as_the_answer_demands),
        cmocka_unit_test(other_protocols_are_not_taken_for_http),
    };
    return RUN(tests);
}

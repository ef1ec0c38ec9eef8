#include "testing.h"

#include "core/limits.h"
#include "core/wire.h"

static wd_wire_record take_one(const wd_buf *b)
{
    wd_wire_record r;
    size_t used = 0;
    wd_err err = {0};
    assert_int_equal(wd_wire_take(wd_buf_slice(b), &r, &used, &err), WD_OK);
    assert_int_equal(used, b->len);
    return r;
}

static wd_item_report sample_item(void)
{
    wd_item_report item = {.member = 7,
                           .parent = 3,
                           .depth = 2,
                           .name = WD_S("a\0b\xe2\x80\xae.exe"),
                           .size = UINT64_C(1) << 40,
                           .hashed = true,
                           .kind = WD_S("pe"),
                           .status = WD_ITEM_PARTIAL,
                           .why = WD_S("cut off")};
    memset(item.sha256, 0x5a, sizeof item.sha256);
    return item;
}

static wd_obs sample_obs(void)
{
    wd_obs o = wd_obs_of(WD_OBS_CONTACT, (wd_span){1, 2, 3}, -5);
    o.time_end = 9;
    o.count = 11;
    wd_obs_set(&o, WD_K_HOST, WD_S("WS-1"));
    wd_obs_set(&o, WD_K_TEXT, WD_S("x"));
    return o;
}

static wd_finding sample_finding(void)
{
    return (wd_finding){.rule = WD_S("residue.unexplained"),
                        .rule_id = WD_S("id"),
                        .title = WD_S("title"),
                        .sentence = WD_S("sentence"),
                        .benign = WD_S("benign"),
                        .techniques = WD_S("T1027 T1195.002"),
                        .host = WD_S("host"),
                        .subject = WD_S("subject"),
                        .excerpt = WD_S("\0\1"),
                        .campaign = WD_S("pack"),
                        .severity = WD_CRITICAL,
                        .basis = WD_INFERRED,
                        .tier = -1,
                        .time = WD_NO_TIME,
                        .span = {WD_NO_OFFSET, 0, 4}};
}

static void an_item_comes_back_as_it_was_put(void **state)
{
    (void) state;
    wd_buf b = {0};
    wd_item_report item = sample_item();
    wd_wire_put_item(&b, &item);
    wd_wire_record r = take_one(&b);
    assert_int_equal(r.type, WD_WIRE_ITEM);
    assert_int_equal(r.item.member, 7);
    assert_int_equal(r.item.parent, 3);
    assert_int_equal(r.item.depth, 2);
    assert_true(wd_slice_eq(r.item.name, item.name));
    assert_int_equal(r.item.size, UINT64_C(1) << 40);
    assert_true(r.item.hashed);
    assert_memory_equal(r.item.sha256, item.sha256, 32);
    assert_slice(r.item.kind, "pe");
    assert_int_equal(r.item.status, WD_ITEM_PARTIAL);
    assert_slice(r.item.why, "cut off");
    wd_buf_clear(&b);
    wd_wire_put_open(&b, &item);
    assert_int_equal(take_one(&b).type, WD_WIRE_OPEN);
    wd_buf_free(&b);
}

static void an_observation_comes_back_as_it_was_put(void **state)
{
    (void) state;
    wd_buf b = {0};
    wd_obs o = sample_obs();
    wd_wire_put_obs(&b, 42, &o);
    wd_wire_record r = take_one(&b);
    assert_int_equal(r.type, WD_WIRE_OBSERVATION);
    assert_int_equal(r.member, 42);
    assert_int_equal(r.obs.kind, WD_OBS_CONTACT);
    assert_int_equal(r.obs.span.offset, 1);
    assert_int_equal(r.obs.span.len, 2);
    assert_int_equal(r.obs.span.record, 3);
    assert_int_equal(r.obs.time, -5);
    assert_int_equal(r.obs.time_end, 9);
    assert_int_equal(r.obs.count, 11);
    assert_int_equal(r.obs.n_attrs, 2);
    assert_slice(wd_obs_get(&r.obs, WD_K_HOST), "WS-1");
    assert_slice(wd_obs_get(&r.obs, WD_K_TEXT), "x");
    wd_buf_free(&b);
}

static void a_finding_comes_back_as_it_was_put(void **state)
{
    (void) state;
    wd_buf b = {0};
    wd_finding f = sample_finding();
    wd_wire_put_finding(&b, 1, &f);
    wd_wire_record r = take_one(&b);
    assert_int_equal(r.type, WD_WIRE_FINDING);
    assert_slice(r.finding.rule, "residue.unexplained");
    assert_slice(r.finding.rule_id, "id");
    assert_slice(r.finding.title, "title");
    assert_slice(r.finding.sentence, "sentence");
    assert_slice(r.finding.benign, "benign");
    assert_slice(r.finding.techniques, "T1027 T1195.002");
    assert_slice(r.finding.host, "host");
    assert_slice(r.finding.subject, "subject");
    assert_true(wd_slice_eq(r.finding.excerpt, f.excerpt));
    assert_slice(r.finding.campaign, "pack");
    assert_int_equal(r.finding.severity, WD_CRITICAL);
    assert_int_equal(r.finding.basis, WD_INFERRED);
    assert_int_equal(r.finding.tier, -1);
    assert_true(r.finding.time == WD_NO_TIME);
    assert_true(r.finding.span.offset == WD_NO_OFFSET);
    assert_int_equal(r.finding.span.record, 4);
    wd_buf_free(&b);
}

static void output_progress_and_done_come_back(void **state)
{
    (void) state;
    wd_buf b = {0};
    wd_wire_put_output(&b, WD_S("one\ntwo\n"));
    wd_wire_record r = take_one(&b);
    assert_int_equal(r.type, WD_WIRE_OUTPUT);
    assert_slice(r.output, "one\ntwo\n");
    wd_buf_clear(&b);
    wd_wire_put_progress(&b, UINT64_MAX);
    r = take_one(&b);
    assert_int_equal(r.type, WD_WIRE_PROGRESS);
    assert_true(r.progress == UINT64_MAX);
    wd_buf_clear(&b);
    wd_wire_put_done(&b);
    assert_int_equal(take_one(&b).type, WD_WIRE_DONE);
    wd_buf_free(&b);
}

static void long_output_is_split_and_none_is_lost(void **state)
{
    (void) state;
    wd_buf text = {0};
    wd_buf b = {0};
    wd_buf_fill(&text, 'x', 3 * (WD_MAX_WIRE_RECORD / 4) + 5);
    wd_wire_put_output(&b, wd_buf_slice(&text));
    wd_slice in = wd_buf_slice(&b);
    size_t total = 0;
    size_t records = 0;
    while (in.len > 0) {
        wd_wire_record r;
        size_t used = 0;
        assert_int_equal(wd_wire_take(in, &r, &used, NULL), WD_OK);
        assert_true(used > 0);
        total += r.output.len;
        records++;
        in = wd_slice_sub(in, used, in.len);
    }
    assert_int_equal(total, text.len);
    assert_int_equal(records, 4);
    wd_buf_free(&b);
    wd_buf_free(&text);
}

static void put_all(wd_buf *b)
{
    wd_item_report item = sample_item();
    wd_obs o = sample_obs();
    wd_finding f = sample_finding();
    wd_wire_put_open(b, &item);
    wd_wire_put_obs(b, 0, &o);
    wd_wire_put_finding(b, 0, &f);
    wd_wire_put_output(b, WD_S("line\n"));
    wd_wire_put_item(b, &item);
    wd_wire_put_done(b);
}

/* How many whole records lie in the first `len` bytes. */
static size_t count_records(wd_slice in)
{
    size_t n = 0;
    for (;;) {
        wd_wire_record r;
        size_t used = 0;
        assert_int_equal(wd_wire_take(in, &r, &used, NULL), WD_OK);
        if (used == 0) {
            return n;
        }
        n++;
        in = wd_slice_sub(in, used, in.len);
    }
}

static void every_truncation_waits_for_more_and_reads_nothing_past_it(void **state)
{
    (void) state;
    wd_buf b = {0};
    put_all(&b);
    size_t before = 0;
    for (size_t len = 0; len <= b.len; len++) {
        uint8_t *exact = malloc(len + 1); /* so that a sanitizer sees a read past the end */
        assert_non_null(exact);
        memcpy(exact, b.ptr, len);
        size_t n = count_records(wd_slice_of(exact, len));
        assert_true(n == before || n == before + 1);
        before = n;
        free(exact);
    }
    assert_int_equal(before, 6);
    wd_buf_free(&b);
}

/* The status for one record whose body is cut to `len` bytes under a header that says so. */
static wd_status take_shortened(const wd_buf *whole, size_t len)
{
    wd_buf b = {0};
    wd_wire_record r;
    size_t used = 0;
    uint8_t head[4] = {(uint8_t) len, (uint8_t) (len >> 8), 0, 0};
    wd_buf_add(&b, wd_slice_of(head, 4));
    wd_buf_add(&b, wd_slice_of(whole->ptr + 4, len));
    wd_status s = wd_wire_take(wd_buf_slice(&b), &r, &used, NULL);
    wd_buf_free(&b);
    return s;
}

static void every_body_shorter_than_its_type_needs_is_malformed(void **state)
{
    (void) state;
    wd_buf bodies[3] = {{0}, {0}, {0}};
    wd_item_report item = sample_item();
    wd_obs o = sample_obs();
    wd_finding f = sample_finding();
    wd_wire_put_item(&bodies[0], &item);
    wd_wire_put_obs(&bodies[1], 0, &o);
    wd_wire_put_finding(&bodies[2], 0, &f);
    for (size_t i = 0; i < 3; i++) {
        for (size_t len = 1; len + 4 < bodies[i].len; len++) {
            assert_int_equal(take_shortened(&bodies[i], len), WD_E_MALFORMED);
        }
        assert_int_equal(take_shortened(&bodies[i], bodies[i].len - 4), WD_OK);
        wd_buf_free(&bodies[i]);
    }
}

static wd_status take_bytes(wd_slice s)
{
    wd_wire_record r;
    size_t used = 0;
    return wd_wire_take(s, &r, &used, NULL);
}

static void hostile_lengths_are_refused(void **state)
{
    (void) state;
    assert_int_equal(take_bytes(WD_S("\0\0\0\0\6")), WD_E_LIMIT);
    assert_int_equal(take_bytes(WD_S("\xff\xff\xff\xff\6")), WD_E_LIMIT);
    assert_int_equal(take_bytes(WD_S("\1\0\x80\0\6")), WD_E_LIMIT);
    /* An output record of 6 bytes whose string claims 4 GiB, one byte too many, one too few. */
    assert_int_equal(take_bytes(WD_S("\6\0\0\0\4\xff\xff\xff\xffx")), WD_E_MALFORMED);
    assert_int_equal(take_bytes(WD_S("\6\0\0\0\4\2\0\0\0x")), WD_E_MALFORMED);
    assert_int_equal(take_bytes(WD_S("\6\0\0\0\4\0\0\0\0x")), WD_E_MALFORMED);
    assert_int_equal(take_bytes(WD_S("\6\0\0\0\4\1\0\0\0x")), WD_OK);
}

static void unknown_types_and_enums_are_refused(void **state)
{
    (void) state;
    assert_int_equal(take_bytes(WD_S("\1\0\0\0\0")), WD_E_MALFORMED);
    assert_int_equal(take_bytes(WD_S("\1\0\0\0\xff")), WD_E_MALFORMED);
    wd_buf b = {0};
    wd_obs o = sample_obs();
    wd_wire_put_obs(&b, 0, &o);
    b.ptr[9] = WD_OBS_KINDS; /* length 4, type 1, member 4 */
    assert_int_equal(take_bytes(wd_buf_slice(&b)), WD_E_MALFORMED);
    wd_buf_free(&b);
}

static void a_key_given_twice_is_refused(void **state)
{
    (void) state;
    wd_buf b = {0};
    wd_obs o = sample_obs();
    o.attrs[1].key = o.attrs[0].key;
    wd_wire_put_obs(&b, 0, &o);
    assert_int_equal(take_bytes(wd_buf_slice(&b)), WD_E_MALFORMED);
    wd_buf_free(&b);
}

static void long_values_are_cut_with_a_mark_and_never_inside_a_character(void **state)
{
    (void) state;
    wd_buf text = {0};
    wd_buf b = {0};
    while (text.len < WD_MAX_ATTR + 100) {
        wd_buf_str(&text, "\xe2\x82\xac");
    }
    wd_obs o = wd_obs_of(WD_OBS_SCRIPT, (wd_span){0}, 0);
    wd_obs_set(&o, WD_K_VALUE, wd_buf_slice(&text));
    wd_wire_put_obs(&b, 0, &o);
    wd_wire_record r = take_one(&b);
    wd_slice got = wd_obs_get(&r.obs, WD_K_VALUE);
    assert_true(got.len <= WD_MAX_ATTR && got.len > WD_MAX_ATTR - 16);
    assert_true(wd_slice_ends(got, WD_S("\xe2\x82\xac [cut]")));
    wd_buf_free(&b);
    wd_buf_free(&text);
}

static void long_lists_keep_whole_words(void **state)
{
    (void) state;
    wd_buf text = {0};
    wd_buf b = {0};
    while (text.len < WD_MAX_ATTR + 100) {
        wd_buf_str(&text, "1234567890 ");
    }
    wd_obs o = wd_obs_of(WD_OBS_CONTACT, (wd_span){0}, 0);
    wd_obs_set(&o, WD_K_TIMES, wd_buf_slice(&text));
    wd_wire_put_obs(&b, 0, &o);
    wd_wire_record r = take_one(&b);
    wd_slice got = wd_obs_get(&r.obs, WD_K_TIMES);
    assert_true(got.len <= WD_MAX_ATTR && got.len > WD_MAX_ATTR - 16);
    assert_true(wd_slice_ends(got, WD_S(" 1234567890")));
    wd_buf_free(&b);
    wd_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_comes_back_as_it_was_put),
        cmocka_unit_test(an_observation_comes_back_as_it_was_put),
        cmocka_unit_test(a_finding_comes_back_as_it_was_put),
        cmocka_unit_test(output_progress_and_done_come_back),
        cmocka_unit_test(long_output_is_split_and_none_is_lost),
        cmocka_unit_test(every_truncation_waits_for_more_and_reads_nothing_past_it),
        cmocka_unit_test(every_body_shorter_than_its_type_needs_is_malformed),
        cmocka_unit_test(hostile_lengths_are_refused),
        cmocka_unit_test(unknown_types_and_enums_are_refused),
        cmocka_unit_test(a_key_given_twice_is_refused),
        cmocka_unit_test(long_values_are_cut_with_a_mark_and_never_inside_a_character),
        cmocka_unit_test(long_lists_keep_whole_words),
    };
    return RUN(tests);
}

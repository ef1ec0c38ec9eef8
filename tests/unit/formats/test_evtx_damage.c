#include "evtx_fixture.h"

static void a_wiped_file_header_costs_nothing(void **state)
{
    (void) state;
    memset(make_log(10), 0, WD_EVTX_HEADER_LEN);
    read_log();
    assert_int_equal(stats.allocated, 10);
}

static void chunks_are_found_at_any_offset(void **state)
{
    (void) state;
    make_log(10);
    wd_buf moved = {0};
    wd_buf_fill(&moved, 0x55, 777);
    wd_buf_add(&moved, wd_slice_sub(wd_buf_slice(&log_bytes), WD_EVTX_HEADER_LEN, SIZE_MAX));
    assert_int_equal(read_bytes(wd_buf_slice(&moved)), WD_OK);
    wd_buf_free(&moved);
    assert_int_equal(stats.allocated, 10);
    assert_int_equal(rec.events[0].span.offset, 777 + WD_EVTX_RECORDS);
}

static void records_outlive_their_chunk_header(void **state)
{
    (void) state;
    memset(make_log(10) + WD_EVTX_HEADER_LEN, 0, WD_EVTX_RECORDS);
    read_log();
    assert_int_equal(stats.allocated, 0);
    assert_int_equal(stats.recovered, 10);
    assert_true(rec.events[0].recovered);
    assert_slice(wd_event_get(&rec.events[9], "CommandLine"), "cmd.exe /c echo 10");
}

static void a_chunk_magic_with_a_flipped_bit_is_still_a_chunk(void **state)
{
    (void) state;
    make_log(10)[WD_EVTX_HEADER_LEN] ^= 1;
    read_log();
    assert_int_equal(stats.allocated, 10);
}

static void the_index_tables_of_a_chunk_are_not_needed(void **state)
{
    (void) state;
    memset(make_log(10) + WD_EVTX_HEADER_LEN + 128, 0xff, 384);
    seal();
    read_log();
    assert_int_equal(stats.allocated, 10);
    assert_int_equal(rec.n_damage, 0);
}

static void a_broken_chain_goes_on_behind_the_damage(void **state)
{
    (void) state;
    static const uint32_t sizes[] = {0, 8, 0x7fffffff, 65536};
    for (size_t i = 0; i < 4; i++) {
        make_log(10);
        put_le(record_at(4) + 4, sizes[i], 4);
        seal();
        read_log();
        assert_int_equal(stats.allocated, 4);
        assert_int_equal(stats.recovered, 5);
        assert_true(recorder_saw_damage(&rec, "chain of records breaks"));
        assert_int_equal(stats.n_gaps, 0); /* the last ones are not allocated any more */
    }
}

static void changed_bytes_are_told_by_the_checksum(void **state)
{
    (void) state;
    make_log(10);
    record_at(3)[60] ^= 0xff;
    read_log();
    assert_true(recorder_saw_damage(&rec, "records of this chunk do not have their checksum"));
    make_log(10)[WD_EVTX_HEADER_LEN + 30] ^= 0xff;
    read_log();
    assert_true(recorder_saw_damage(&rec, "header of this chunk does not have its checksum"));
}

/* Stretches record 4 over record 5, as the log-editing trick does. */
static void hide_fifth(void)
{
    make_log(10);
    uint8_t *p = record_at(3);
    uint32_t size = get_u32(p + 4);
    uint32_t hidden = get_u32(p + size + 4);
    put_le(p + 4, size + hidden, 4);
    put_le(p + size + hidden - 4, size + hidden, 4);
    seal();
}

static void a_record_hidden_inside_another_is_brought_out(void **state)
{
    (void) state;
    hide_fifth();
    read_log();
    assert_int_equal(stats.allocated, 9);
    assert_int_equal(stats.hidden, 1);
    assert_int_equal(stats.n_gaps, 1);
    assert_int_equal(stats.gaps[0].after, 4);
    assert_int_equal(stats.gaps[0].next, 6);
    bool seen = false;
    for (size_t i = 0; i < rec.n; i++) {
        seen = seen || (rec.events[i].recovered && rec.events[i].span.record == 5);
    }
    assert_true(seen);
    assert_true(recorder_saw_damage(&rec, "hidden inside"));
}

/* Cuts the chain behind record `n` on purpose, so that the rest is slack. */
static void end_chain_at(size_t n)
{
    uint8_t *chunk = log_bytes.ptr + WD_EVTX_HEADER_LEN;
    uint8_t *last = record_at(n - 1);
    put_le(chunk + 44, (uint64_t) (last - chunk), 4);
    put_le(chunk + 48, (uint64_t) (last - chunk) + get_u32(last + 4), 4);
    seal();
}

static void slack_holds_records_that_can_be_proved(void **state)
{
    (void) state;
    make_log(10);
    end_chain_at(6);
    read_log();
    assert_int_equal(stats.allocated, 6);
    assert_int_equal(stats.recovered, 4);
    assert_int_equal(rec.n_damage, 0);
    assert_true(rec.events[6].recovered);
    assert_int_equal(stats.sources.list[0].recovered, 4);
    assert_true(stats.sources.list[0].last == rec.events[5].time);
}

static void slack_with_another_template_identifier_is_not_believed(void **state)
{
    (void) state;
    make_log(10);
    end_chain_at(6);
    record_at(8)[WD_EVTX_RECORD_HEAD + 4 + 2] ^= 0xff;
    read_log();
    assert_int_equal(stats.recovered, 3);
    assert_int_equal(stats.rejected, 1);
}

static void a_lost_template_is_borrowed_from_another_chunk(void **state)
{
    (void) state;
    make_log(600);
    uint8_t *second = log_bytes.ptr + WD_EVTX_HEADER_LEN + WD_EVTX_CHUNK_LEN;
    memset(second, 0, WD_EVTX_RECORDS);
    uint8_t *first = second + WD_EVTX_RECORDS; /* the record that carries the templates */
    memset(first, 0, get_u32(first + 4));
    read_log();
    assert_int_equal(stats.allocated + stats.recovered, 599);
    assert_int_equal(stats.nameless, 0);
}

static void values_without_a_template_are_given_without_names(void **state)
{
    (void) state;
    make_log(10);
    end_chain_at(1);
    /* The identifier of the inner template in every use behind the first, so nothing proves it. */
    for (size_t i = 1; i < 10; i++) {
        uint8_t *p = record_at(i);
        uint8_t *token = p;
        for (uint8_t *q = p + WD_EVTX_RECORD_HEAD + 14; q < p + get_u32(p + 4) - 10; q++) {
            if (memcmp(q, "\x0f\x01\x01\x00\x0c\x01", 6) == 0) {
                token = q + 4;
                break;
            }
        }
        assert_true(token != p);
        token[2] ^= 0xff;
    }
    read_log();
    assert_int_equal(stats.recovered, 9);
    assert_int_equal(stats.nameless, 9);
    assert_int_equal(field_count(&rec.events[1], "Data"), 2);
    assert_slice(rec.events[1].host, "WS-01");
}

static void a_clock_that_goes_back_is_noted(void **state)
{
    (void) state;
    wd_evtx_builder *b = wd_evtx_builder_new();
    static const int hours[] = {0, 1, 30, 2};
    for (uint64_t i = 0; i < 4; i++) {
        wd_evtx_build_record r = record_of(i + 1, NULL, 0);
        r.time = T0 + hours[i] * 3600 * WD_TICKS_PER_SECOND;
        assert_true(wd_evtx_builder_add(b, &r));
    }
    wd_buf_clear(&log_bytes);
    wd_buf_add(&log_bytes, wd_evtx_builder_finish(b));
    wd_evtx_builder_free(b);
    read_log();
    assert_int_equal(stats.n_silences, 1);
    assert_int_equal(stats.silences[0].id, 3);
    assert_int_equal(stats.n_jumps, 1);
    assert_int_equal(stats.jumps[0].id, 4);
}

static void headers_that_lie_about_places_cost_nothing(void **state)
{
    (void) state;
    static const struct {
        size_t at;
        uint32_t v;
    } lies[] = {{44, 0xffffffff}, {44, 0}, {44, 513}, {48, 0xffffffff}, {48, 512}, {40, 0}};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        put_le(make_log(10) + WD_EVTX_HEADER_LEN + lies[i].at, lies[i].v, 4);
        seal();
        read_log();
        assert_int_equal(stats.allocated, 10);
    }
}

static void a_huge_value_count_ends_at_once(void **state)
{
    (void) state;
    make_log(3);
    uint8_t *p = record_at(1); /* refers to a template: its count stands behind the reference */
    put_le(p + WD_EVTX_RECORD_HEAD + 4 + 10, 0x40000000, 4);
    seal();
    read_log();
    assert_int_equal(stats.allocated, 2);
    assert_int_equal(stats.failed, 1);
    assert_true(recorder_saw_damage(&rec, "value count past the record"));
}

static void sizes_in_a_template_are_not_believed(void **state)
{
    (void) state;
    make_log(3);
    uint8_t *definition = record_at(0) + WD_EVTX_RECORD_HEAD + 4 + WD_EVTX_INSTANCE_HEAD;
    put_le(definition + 20, 0xfffffff0, 4);
    seal();
    read_log();
    assert_int_equal(stats.allocated, 3);
    assert_int_equal(stats.failed, 0);
}

/* 10,000 open elements without an end, where a record's own elements may stand. */
static void nested_elements_end_at_the_limit(void **state)
{
    (void) state;
    make_log(1);
    uint8_t *chunk = log_bytes.ptr + WD_EVTX_HEADER_LEN;
    uint8_t *p = record_at(0);
    uint32_t name = 0;
    for (uint32_t i = 520; i < 2000 && name == 0; i++) { /* the name Event stands in the template */
        name = memcmp(chunk + i, "E\0v\0e\0n\0t\0\0\0", 12) == 0 ? i - 8 : 0;
    }
    assert_true(name != 0);
    uint8_t keep[64];
    memcpy(keep, chunk + name, sizeof keep);
    uint32_t safe = 65000;
    memcpy(chunk + safe, keep, 22);
    uint8_t *at = p + WD_EVTX_RECORD_HEAD + 4;
    for (int i = 0; i < 6000; i++) {
        *at++ = WD_EVTX_TOKEN_ELEMENT;
        put_le(at, 0, 4);
        put_le(at + 4, safe, 4);
        at[8] = WD_EVTX_TOKEN_CLOSE_START;
        at += 9;
    }
    uint32_t size = (uint32_t) (at - p + 15) / 8 * 8;
    put_le(p + 4, size, 4);
    put_le(p + size - 4, size, 4);
    read_log();
    assert_int_equal(stats.failed, 1);
    assert_true(recorder_saw_damage(&rec, "nested too deeply"));
}

static void an_empty_log_is_a_log(void **state)
{
    (void) state;
    make_log(0);
    read_log();
    assert_int_equal(rec.n, 0);
}

static void what_is_no_log_is_refused(void **state)
{
    (void) state;
    assert_int_equal(read_bytes((wd_slice){0}), WD_E_TRUNCATED);
    wd_buf zeros = {0};
    wd_buf_fill(&zeros, 0, 200000);
    assert_int_equal(read_bytes(wd_buf_slice(&zeros)), WD_E_MALFORMED);
    wd_buf_free(&zeros);
}

static void every_truncation_is_reported_not_read(void **state)
{
    (void) state;
    make_log(60);
    size_t whole = WD_EVTX_HEADER_LEN + (size_t) (record_at(59) - log_bytes.ptr) -
                   WD_EVTX_HEADER_LEN + get_u32(record_at(59) + 4);
    size_t before = 0;
    for (size_t len = 0; len <= whole; len += len < 8000 ? 97 : 331) {
        uint8_t *exact = malloc(len + 1); /* so that the sanitizer sees a step past the end */
        memcpy(exact, log_bytes.ptr, len);
        wd_status status = read_bytes(wd_slice_of(exact, len));
        free(exact);
        assert_true(status == WD_OK || status == WD_E_TRUNCATED || status == WD_E_MALFORMED);
        assert_true(rec.n >= before && rec.n <= 60);
        assert_true(len <= WD_EVTX_HEADER_LEN + 8 || rec.n_damage > 0 || status != WD_OK);
        before = rec.n;
    }
    assert_true(before >= 58);
}

static void a_store_lends_templates_from_file_to_file(void **state)
{
    (void) state;
    recorder_clear(&rec);
    recorder_start(&rec);
    wd_evtx_store *store = wd_evtx_store_new(rec.arena);
    assert_non_null(store);
    make_log(10);
    wd_event_sink sink = recorder_sink(&rec);
    wd_evtx_input in = {wd_buf_slice(&log_bytes), 0, store};
    assert_int_equal(wd_evtx_read_with(&in, rec.arena, &sink, &stats, NULL), WD_OK);
    uint8_t *first = record_at(0);
    memset(log_bytes.ptr + WD_EVTX_HEADER_LEN, 0, WD_EVTX_RECORDS);
    memset(first, 0, get_u32(first + 4));
    assert_int_equal(wd_evtx_read_with(&in, rec.arena, &sink, &stats, NULL), WD_OK);
    assert_int_equal(stats.recovered, 9);
    in.store = NULL;
    assert_int_equal(wd_evtx_read_with(&in, rec.arena, &sink, &stats, NULL), WD_OK);
    assert_int_equal(stats.recovered, 0);
    assert_int_equal(stats.rejected, 9);
}

static wd_status refuse(void *ctx, const wd_event *e)
{
    (void) ctx;
    (void) e;
    return WD_E_LIMIT;
}

static void a_sink_that_refuses_ends_the_reading(void **state)
{
    (void) state;
    make_log(3);
    recorder_clear(&rec);
    recorder_start(&rec);
    wd_event_sink sink = {NULL, refuse, NULL, NULL};
    assert_int_equal(wd_evtx_read(wd_buf_slice(&log_bytes), 0, rec.arena, &sink, &stats, NULL),
                     WD_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wiped_file_header_costs_nothing),
        cmocka_unit_test(chunks_are_found_at_any_offset),
        cmocka_unit_test(records_outlive_their_chunk_header),
        cmocka_unit_test(a_chunk_magic_with_a_flipped_bit_is_still_a_chunk),
        cmocka_unit_test(the_index_tables_of_a_chunk_are_not_needed),
        cmocka_unit_test(a_broken_chain_goes_on_behind_the_damage),
        cmocka_unit_test(changed_bytes_are_told_by_the_checksum),
        cmocka_unit_test(a_record_hidden_inside_another_is_brought_out),
        cmocka_unit_test(slack_holds_records_that_can_be_proved),
        cmocka_unit_test(slack_with_another_template_identifier_is_not_believed),
        cmocka_unit_test(a_lost_template_is_borrowed_from_another_chunk),
        cmocka_unit_test(values_without_a_template_are_given_without_names),
        cmocka_unit_test(a_clock_that_goes_back_is_noted),
        cmocka_unit_test(headers_that_lie_about_places_cost_nothing),
        cmocka_unit_test(a_huge_value_count_ends_at_once),
        cmocka_unit_test(sizes_in_a_template_are_not_believed),
        cmocka_unit_test(nested_elements_end_at_the_limit),
        cmocka_unit_test(an_empty_log_is_a_log),
        cmocka_unit_test(what_is_no_log_is_refused),
        cmocka_unit_test(every_truncation_is_reported_not_read),
        cmocka_unit_test(a_store_lends_templates_from_file_to_file),
        cmocka_unit_test(a_sink_that_refuses_ends_the_reading),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, NULL, free_all);
}

#include "evtx_fixture.h"

static void fields_come_in_the_order_of_the_record(void **state)
{
    (void) state;
    make_log(1);
    read_log();
    assert_int_equal(rec.n, 1);
    const wd_event *e = &rec.events[0];
    static const char *const names[] = {"Provider_Name", "EventID",
                                        "Level",         "Task",
                                        "Keywords",      "TimeCreated_SystemTime",
                                        "EventRecordID", "Execution_ProcessID",
                                        "Channel",       "Computer",
                                        "Image",         "CommandLine"};
    assert_int_equal(e->n_fields, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < e->n_fields; i++) {
        assert_slice(e->fields[i].name, names[i]);
    }
    assert_slice(wd_event_get(e, "Keywords"), "0x8000000000000000");
    assert_slice(wd_event_get(e, "TimeCreated_SystemTime"), "2023-03-28T10:40:01.0000000Z");
    assert_slice(wd_event_get(e, "CommandLine"), "cmd.exe /c echo 1");
    assert_slice(e->channel, CHANNEL);
    assert_slice(e->provider, "Microsoft-Windows-Sysmon");
    assert_slice(e->host, "WS-01");
    assert_int_equal(e->event_id, 1);
    assert_int_equal(e->span.record, 1);
    assert_int_equal(e->span.offset, WD_EVTX_HEADER_LEN + WD_EVTX_RECORDS);
    assert_true(e->time == T0 + WD_TICKS_PER_SECOND);
    assert_false(e->recovered);
    assert_int_equal(rec.n_damage, 0);
}

static void a_full_chunk_is_followed_by_the_next(void **state)
{
    (void) state;
    make_log(600);
    read_log();
    assert_int_equal(rec.n, 600);
    assert_true(stats.chunks > 1);
    assert_int_equal(stats.first_id, 1);
    assert_int_equal(stats.last_id, 600);
    assert_int_equal(stats.n_gaps, 0);
    assert_int_equal(stats.sources.n, 1);
    assert_int_equal(stats.sources.list[0].records, 600);
    assert_true(stats.sources.list[0].first == rec.events[0].time);
    assert_true(stats.sources.list[0].last == rec.events[599].time);
    for (size_t i = 0; i < 600; i++) {
        assert_int_equal(rec.events[i].span.record, i + 1);
    }
}

static wd_event *read_value(uint8_t type, const void *raw, size_t len)
{
    wd_evtx_build_field f = {.name = "V", .type = type, .raw = wd_slice_of(raw, len)};
    wd_evtx_build_record r = record_of(1, &f, 1);
    wd_evtx_builder *b = wd_evtx_builder_new();
    assert_true(wd_evtx_builder_add(b, &r));
    wd_buf_clear(&log_bytes);
    wd_buf_add(&log_bytes, wd_evtx_builder_finish(b));
    wd_evtx_builder_free(b);
    read_log();
    assert_int_equal(rec.n, 1);
    return &rec.events[0];
}

static void assert_value(uint8_t type, const void *raw, size_t len, const char *want)
{
    assert_slice(wd_event_get(read_value(type, raw, len), "V"), want);
}

static void values_are_printed_as_windows_prints_them(void **state)
{
    (void) state;
    static const uint8_t sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    static const uint8_t guid[] = {0xc2, 0x3a, 0x77, 0x57, 0x2a, 0x22, 0xe0, 0x43,
                                   0xbf, 0x4c, 0x06, 0xf5, 0x69, 0x8f, 0xfb, 0xd9};
    static const uint8_t system_time[] = {0xe7, 7, 3, 0, 3, 0, 29, 0, 11, 0, 10, 0, 5, 0, 7, 0};
    assert_value(WD_EVTX_I8, "\xff", 1, "-1");
    assert_value(WD_EVTX_U16, "\xff\xff", 2, "65535");
    assert_value(WD_EVTX_I32, "\0\0\0\x80", 4, "-2147483648");
    assert_value(WD_EVTX_I64, "\xfe\xff\xff\xff\xff\xff\xff\xff", 8, "-2");
    assert_value(WD_EVTX_BOOL, "\x02\0\0\0", 4, "true");
    assert_value(WD_EVTX_BOOL, "\0", 1, "false");
    assert_value(WD_EVTX_BINARY, "\xde\xad", 2, "DEAD");
    assert_value(WD_EVTX_SIZE, "\x10\x20\0\0", 4, "0x2010");
    assert_value(WD_EVTX_HEX64, "\0\0\0\0\0\0\0\0", 8, "0x0");
    assert_value(WD_EVTX_GUID, guid, 16, "{57773ac2-222a-43e0-bf4c-06f5698ffbd9}");
    assert_value(WD_EVTX_SID, sid, sizeof sid, "S-1-5-32-544");
    assert_value(WD_EVTX_FILETIME, "\0\0\0\0\0\0\0\0", 8, "1601-01-01T00:00:00.0000000Z");
    assert_value(WD_EVTX_SYSTEMTIME, system_time, 16, "2023-03-29T11:10:05.007Z");
    assert_value(WD_EVTX_ANSI, "caf\xe9\0", 5, "caf\xc3\xa9");
    assert_value(WD_EVTX_DOUBLE, "\0\0\0\0\0\0\xf8\x3f", 8, "1.5");
    assert_value(WD_EVTX_UTF16, "a\0 \0\0\0", 6, "a ");
}

static void lone_surrogates_become_replacement_characters(void **state)
{
    (void) state;
    assert_value(WD_EVTX_UTF16, "\x3d\xd8\x00\xdex\0", 6, "\xf0\x9f\x98\x80x");
    assert_value(WD_EVTX_UTF16, "a\0\x3d\xd8", 4, "a\xef\xbf\xbd");
    assert_value(WD_EVTX_UTF16, "\x00\xdez\0", 4, "\xef\xbf\xbdz");
}

static void an_array_repeats_its_field(void **state)
{
    (void) state;
    const wd_event *e = read_value(WD_EVTX_UTF16 | WD_EVTX_ARRAY, "a\0\0\0\0\0b\0\0\0", 10);
    assert_int_equal(field_count(e, "V"), 3);
    assert_slice(e->fields[e->n_fields - 3].value, "a");
    assert_slice(e->fields[e->n_fields - 2].value, "");
    assert_slice(e->fields[e->n_fields - 1].value, "b");
    e = read_value(WD_EVTX_U16 | WD_EVTX_ARRAY, "\1\0\2\0", 4);
    assert_int_equal(field_count(e, "V"), 2);
    e = read_value(WD_EVTX_U16 | WD_EVTX_ARRAY, "", 0);
    assert_int_equal(field_count(e, "V"), 1);
}

static void null_drops_an_optional_element(void **state)
{
    (void) state;
    assert_int_equal(field_count(read_value(WD_EVTX_NULL, "", 0), "V"), 0);
    assert_int_equal(field_count(read_value(WD_EVTX_UTF16, "", 0), "V"), 1);
}

static void a_value_of_unknown_type_is_given_as_bytes_and_told(void **state)
{
    (void) state;
    assert_value(0x7f, "\x01\x02", 2, "0102");
    assert_true(recorder_saw_damage(&rec, "unknown type"));
    assert_value(WD_EVTX_GUID, "\x01\x02", 2, "0102");
    assert_true(recorder_saw_damage(&rec, "wrong size"));
}

static void user_data_gives_its_leaves(void **state)
{
    (void) state;
    wd_evtx_build_field fields[] = {{.name = "SubjectUserName", .value = "alice"},
                                    {.name = "Channel", .value = "Application"}};
    wd_evtx_build_record r = record_of(1, fields, 2);
    r.user_data = "LogFileCleared";
    wd_evtx_builder *b = wd_evtx_builder_new();
    assert_true(wd_evtx_builder_add(b, &r));
    wd_buf_clear(&log_bytes);
    wd_buf_add(&log_bytes, wd_evtx_builder_finish(b));
    wd_evtx_builder_free(b);
    read_log();
    assert_slice(wd_event_get(&rec.events[0], "SubjectUserName"), "alice");
    assert_int_equal(field_count(&rec.events[0], "Channel"), 2);
    assert_slice(rec.events[0].channel, CHANNEL);
}

static void records_that_nobody_wants_are_counted_and_not_given(void **state)
{
    (void) state;
    make_log(5);
    recorder_clear(&rec);
    recorder_start(&rec);
    rec.only_id = 3;
    wd_event_sink sink = recorder_sink(&rec);
    sink.want = recorder_wants;
    assert_int_equal(wd_evtx_read(wd_buf_slice(&log_bytes), 0, rec.arena, &sink, &stats, NULL),
                     WD_OK);
    assert_int_equal(rec.n, 0);
    assert_int_equal(stats.allocated, 5);
    assert_int_equal(stats.sources.list[0].records, 5);
}

static void offsets_count_from_the_base_of_the_item(void **state)
{
    (void) state;
    make_log(1);
    recorder_clear(&rec);
    recorder_start(&rec);
    wd_event_sink sink = recorder_sink(&rec);
    assert_int_equal(wd_evtx_read(wd_buf_slice(&log_bytes), 1000, rec.arena, &sink, &stats, NULL),
                     WD_OK);
    assert_int_equal(rec.events[0].span.offset, 1000 + WD_EVTX_HEADER_LEN + WD_EVTX_RECORDS);
}

/* Writes elements that stand in a record without a template: names inline, no dependency ids. */
typedef struct pen {
    uint8_t *chunk;
    size_t at;
} pen;

static void put_bytes(pen *p, const void *bytes, size_t len)
{
    memcpy(p->chunk + p->at, bytes, len);
    p->at += len;
}

static void put_name(pen *p, const char *name)
{
    uint32_t hash = 0;
    put_le(p->chunk + p->at, p->at + 4, 4);
    p->at += 4;
    uint8_t *head = p->chunk + p->at;
    p->at += 8;
    for (const char *c = name; *c != '\0'; c++) {
        put_bytes(p, (uint8_t[]){(uint8_t) *c, 0}, 2);
        hash = hash * 65599U + (uint8_t) *c;
    }
    put_bytes(p, "\0", 2);
    put_le(head, 0, 4);
    put_le(head + 4, hash & 0xffff, 2);
    put_le(head + 6, strlen(name), 2);
}

static void put_open(pen *p, const char *tag, const char *attribute, const char *value)
{
    put_bytes(p, attribute != NULL ? "\x41\0\0\0\0" : "\x01\0\0\0\0", 5);
    put_name(p, tag);
    if (attribute != NULL) {
        put_bytes(p, "\0\0\0\0\x06", 5);
        put_name(p, attribute);
        put_bytes(p, (uint8_t[]){WD_EVTX_TOKEN_VALUE, 1, (uint8_t) strlen(value), 0}, 4);
        for (; *value != '\0'; value++) {
            put_bytes(p, (uint8_t[]){(uint8_t) *value, 0}, 2);
        }
    }
    put_bytes(p, "\x02", 1);
}

static void elements_without_a_template_are_read(void **state)
{
    (void) state;
    make_log(1);
    pen p = {log_bytes.ptr + WD_EVTX_HEADER_LEN, WD_EVTX_RECORDS + WD_EVTX_RECORD_HEAD + 4};
    put_open(&p, "Event", NULL, NULL);
    put_open(&p, "System", NULL, NULL);
    put_open(&p, "EventID", "Qualifiers", "3");
    put_bytes(&p,
              "\x45\x01\x01\0"
              "4\0\x08"
              "2\0\x04",
              10); /* text, then a character */
    put_open(&p, "Computer", NULL, NULL);
    put_bytes(&p, "\x07\x01\0W\0\x04\x04", 7); /* CDATA; System ends */
    put_open(&p, "EventData", NULL, NULL);
    put_open(&p, "Data", "Name", "A");
    put_bytes(&p, "\x49", 1);
    put_name(&p, "amp");
    put_bytes(&p, "\x04\x04\x04\0", 4);
    size_t size = (p.at - WD_EVTX_RECORDS + 4 + 7) / 8 * 8;
    put_le(record_at(0) + 4, size, 4);
    put_le(record_at(0) + size - 4, size, 4);
    seal();
    read_log();
    assert_int_equal(rec.n, 1);
    const wd_event *e = &rec.events[0];
    assert_slice(wd_event_get(e, "EventID_Qualifiers"), "3");
    assert_int_equal(e->event_id, 42);
    assert_slice(e->host, "W");
    assert_slice(wd_event_get(e, "A"), "&");
    assert_int_equal(rec.n_damage, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_come_in_the_order_of_the_record),
        cmocka_unit_test(a_full_chunk_is_followed_by_the_next),
        cmocka_unit_test(values_are_printed_as_windows_prints_them),
        cmocka_unit_test(lone_surrogates_become_replacement_characters),
        cmocka_unit_test(an_array_repeats_its_field),
        cmocka_unit_test(null_drops_an_optional_element),
        cmocka_unit_test(a_value_of_unknown_type_is_given_as_bytes_and_told),
        cmocka_unit_test(user_data_gives_its_leaves),
        cmocka_unit_test(records_that_nobody_wants_are_counted_and_not_given),
        cmocka_unit_test(offsets_count_from_the_base_of_the_item),
        cmocka_unit_test(elements_without_a_template_are_read),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, NULL, free_all);
}

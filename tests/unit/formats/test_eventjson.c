#include "event_recorder.h"

#include "formats/eventjson.h"

static event_recorder rec;
static wd_event_stats stats;

static wd_status read_slice(wd_slice text)
{
    recorder_clear(&rec);
    recorder_start(&rec);
    wd_event_sink sink = recorder_sink(&rec);
    return wd_eventjson_read(text, 0, rec.arena, &sink, &stats, NULL);
}

static const wd_event *read_one(const char *text)
{
    assert_int_equal(read_slice(wd_slice_str(text)), WD_OK);
    assert_int_equal(rec.n, 1);
    return &rec.events[0];
}

static void assert_field(const wd_event *e, const char *name, const char *want)
{
    assert_true(field_count(e, name) > 0);
    assert_slice(wd_event_get(e, name), want);
}

static int free_all(void **state)
{
    (void) state;
    recorder_clear(&rec);
    return 0;
}

#define DUMP                                                                                    \
    "{\"Event\":{\"#attributes\":{\"xmlns\":\"x\"},\"System\":{\"Provider\":{\"#attributes\":{" \
    "\"Name\":\"Microsoft-Windows-Sysmon\",\"Guid\":\"5770385F-C22A-43E0-BF4C-06F5698FFBD9\"}}" \
    ",\"EventID\":{\"#attributes\":{\"Qualifiers\":0},\"#text\":1},\"TimeCreated\":{"           \
    "\"#attributes\":{\"SystemTime\":\"2023-03-29T11:10:00.5Z\"}},\"EventRecordID\":77,"        \
    "\"Correlation\":null,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\","                \
    "\"Computer\":\"WS-01\",\"Security\":{\"#attributes\":{\"UserID\":\"S-1-5-18\"}}},"

static void evtx_dump_gives_what_the_log_itself_gives(void **state)
{
    (void) state;
    const wd_event *e = read_one(DUMP "\"EventData\":{\"RuleName\":null,\"ProcessId\":6484,"
                                      "\"ProcessGuid\":\"5AA13A44-02AC-68FD-7A35-000000004002\","
                                      "\"Image\":\"C:\\\\a.exe\"}}}\n");
    assert_slice(e->channel, "Microsoft-Windows-Sysmon/Operational");
    assert_slice(e->host, "WS-01");
    assert_int_equal(e->event_id, 1);
    assert_int_equal(e->span.record, 77);
    assert_field(e, "Provider_Guid", "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}");
    assert_field(e, "EventID_Qualifiers", "0");
    assert_field(e, "TimeCreated_SystemTime", "2023-03-29T11:10:00.5000000Z");
    assert_field(e, "Security_UserID", "S-1-5-18");
    assert_int_equal(field_count(e, "Correlation"), 0);
    assert_field(e, "RuleName", "");
    assert_field(e, "ProcessId", "6484");
    assert_field(e, "ProcessGuid", "{5aa13a44-02ac-68fd-7a35-000000004002}");
    assert_field(e, "Image", "C:\\a.exe");
}

static void unnamed_data_and_user_data_are_flattened(void **state)
{
    (void) state;
    const wd_event *e = read_one(DUMP "\"EventData\":{\"Data\":{\"#text\":[\"a\",\"\",\"b\"]}}}}");
    assert_int_equal(field_count(e, "Data"), 3);
    e = read_one(DUMP "\"UserData\":{\"LogFileCleared\":{\"#attributes\":{\"xmlns\":\"y\"},"
                      "\"Channel\":\"Application\",\"Inner\":{\"#attributes\":{\"id\":4},"
                      "\"Leaf\":true}}}}}");
    assert_int_equal(field_count(e, "Channel"), 2);
    assert_field(e, "Inner_id", "4");
    assert_field(e, "Leaf", "true");
}

static void attributes_may_stand_beside_or_under_an_at_sign(void **state)
{
    (void) state;
    const wd_event *e =
        read_one("{\"Event\":{\"System\":{\"Provider_attributes\":{\"Name\":\"P\"},\"EventID\":7,"
                 "\"EventID_attributes\":{\"Qualifiers\":3},\"Channel\":\"System\"}}}");
    assert_slice(e->provider, "P");
    assert_field(e, "EventID_Qualifiers", "3");
    e = read_one("{\"Event\":{\"System\":{\"Provider\":{\"@Name\":\"P\"},\"EventID\":\"7\","
                 "\"TimeCreated\":{\"@SystemTime\":\"2023-03-29T11:10:00Z\"}},"
                 "\"EventData\":{\"Data\":[{\"@Name\":\"param1\",\"#text\":\"x\"},"
                 "{\"@Name\":\"param2\"}]}}}");
    assert_slice(e->provider, "P");
    assert_field(e, "param1", "x");
    assert_field(e, "param2", "");
    assert_true(e->time != WD_NO_TIME);
}

static void pretty_text_with_record_lines_is_read(void **state)
{
    (void) state;
    assert_int_equal(read_slice(WD_S("Record 1\n{\n  \"Event\": {\n    \"System\": {\n"
                                     "      \"EventID\": 1\n    }\n  }\n}\nRecord 2\n"
                                     "{\"Event\":{\"System\":{\"EventID\":2}}}")),
                     WD_OK);
    assert_int_equal(rec.n, 2);
    assert_int_equal(rec.events[1].event_id, 2);
}

static void winlogbeat_and_elasticsearch_exports_are_read(void **state)
{
    (void) state;
    const wd_event *e = read_one(
        "[{\"_source\":{\"@timestamp\":\"2023-03-29T11:10:00.123Z\",\"winlog\":{\"channel\":"
        "\"Security\",\"event_id\":\"4688\",\"provider_name\":\"P\",\"record_id\":9,"
        "\"computer_name\":\"WS-02\",\"process\":{\"pid\":4,\"thread\":{\"id\":5}},"
        "\"event_data\":{\"NewProcessName\":\"C:\\\\b.exe\"}},\"process\":{\"name\":\"b.exe\"}}}]");
    assert_slice(e->channel, "Security");
    assert_int_equal(e->event_id, 4688);
    assert_int_equal(e->span.record, 9);
    assert_slice(e->host, "WS-02");
    assert_field(e, "Execution_ProcessID", "4");
    assert_field(e, "Execution_ThreadID", "5");
    assert_field(e, "NewProcessName", "C:\\b.exe");
    assert_field(e, "TimeCreated_SystemTime", "2023-03-29T11:10:00.1230000Z");
    e = read_one("{\"@timestamp\":\"2016-01-01T00:00:00Z\",\"log_name\":\"System\",\"event_id\":"
                 "7045,\"source_name\":\"SCM\",\"computer_name\":\"OLD\",\"event_data\":{"
                 "\"ServiceName\":\"s\"}}");
    assert_slice(e->channel, "System");
    assert_field(e, "ServiceName", "s");
}

static void nxlog_names_become_those_of_the_record(void **state)
{
    (void) state;
    const wd_event *e = read_one(
        "{\"EventTime\":\"2020-09-22 14:53:01\",\"@timestamp\":\"2020-09-22T18:53:04.182Z\","
        "\"UtcTime\":\"2020-09-22 18:53:01.266\",\"Hostname\":\"WS5\",\"Channel\":\"C\",\"EventID\""
        ":13,\"SourceName\":\"S\",\"ProviderGuid\":\"{A}\",\"RecordNumber\":35,\"ThreadID\":4048,"
        "\"UserID\":\"S-1-5-18\",\"Image\":\"x\",\"tags\":[\"t1\",\"t2\"],\"host\":\"wec\"}");
    assert_slice(e->host, "WS5");
    assert_slice(e->provider, "S");
    assert_int_equal(e->span.record, 35);
    assert_field(e, "Security_UserID", "S-1-5-18");
    assert_field(e, "host", "wec");
    assert_int_equal(field_count(e, "tags"), 2);
    assert_int_equal(field_count(e, "Hostname"), 0);
    assert_field(e, "TimeCreated_SystemTime", "2020-09-22T18:53:01.2660000Z");
}

static void text_inside_text_is_taken_apart(void **state)
{
    (void) state;
    const wd_event *e = read_one(
        "{\"TimeGenerated\":\"2022-05-13T08:54:06.347Z\",\"Provider\":\"P\",\"Computer\":\"W\","
        "\"EventID\":3,\"EventData\":\"{\\\"SourceIp\\\":\\\"192.0.2.1\\\"}\"}");
    assert_field(e, "SourceIp", "192.0.2.1");
    e = read_one("{\"EventID\":4,\"EventData\":\"<EventData xmlns=\\\"u\\\"><Data Name=\\\"A\\\">"
                 "b</Data></EventData>\"}");
    assert_field(e, "A", "b");
    e = read_one("{\"Computer\":\"U\",\"SyslogMessage\":\"sysmon: <Event><System><EventID>1"
                 "</EventID></System><EventData><Data Name=\\\"Image\\\">/bin/sh</Data>"
                 "</EventData></Event>\"}");
    assert_int_equal(e->event_id, 1);
    assert_field(e, "Image", "/bin/sh");
}

static void an_event_that_the_shipper_cut_keeps_its_front(void **state)
{
    (void) state;
    const wd_event *e = read_one(
        "{\"SyslogMessage\":\"<Event><System><EventID>1</EventID></System><EventData>"
        "<Data Name=\\\"Image\\\">/bin/bash</Data><Data Name=\\\"CommandLine\\\">bash -\"}");
    assert_field(e, "Image", "/bin/bash");
    assert_field(e, "CommandLine", "bash -");
    assert_true(recorder_saw_damage(&rec, "cut"));
}

static void splunk_exports_are_read(void **state)
{
    (void) state;
    const wd_event *e = read_one(
        "{\"preview\":false,\"result\":{\"_time\":\"2023-03-29T11:10:00.000+02:00\",\"EventCode\":"
        "\"4624\",\"ComputerName\":\"W\",\"source\":\"WinEventLog:Security\",\"LogonType\":\"3\"}"
        "}");
    assert_slice(e->channel, "Security");
    assert_int_equal(e->event_id, 4624);
    assert_field(e, "TimeCreated_SystemTime", "2023-03-29T09:10:00.0000000Z");
}

static void a_broken_line_costs_itself_only(void **state)
{
    (void) state;
    assert_int_equal(
        read_slice(WD_S("{\"EventID\":1}\n{\"EventID\":2,\n{\"EventID\":3}\n{\"a\":1}\n"
                        "{\"EventID\":4}\n")),
        WD_OK);
    assert_int_equal(rec.n, 3);
    assert_int_equal(stats.failed, 2);
    assert_int_equal(rec.events[2].event_id, 4);
}

static void text_without_events_is_refused(void **state)
{
    (void) state;
    assert_int_equal(read_slice(WD_S("{\"name\":\"x\"}\n")), WD_E_MALFORMED);
    assert_int_equal(read_slice(WD_S("")), WD_E_MALFORMED);
}

static void every_truncation_is_reported_not_read(void **state)
{
    (void) state;
    const char *text = DUMP "\"EventData\":{\"Image\":\"C:\\\\a.exe\"}}}";
    for (size_t len = 0; len < strlen(text); len++) {
        uint8_t *exact = malloc(len + 1);
        memcpy(exact, text, len);
        assert_int_equal(read_slice(wd_slice_of(exact, len)), WD_E_MALFORMED);
        assert_int_equal(rec.n, 0);
        assert_true(len == 0 || stats.failed > 0);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evtx_dump_gives_what_the_log_itself_gives),
        cmocka_unit_test(unnamed_data_and_user_data_are_flattened),
        cmocka_unit_test(attributes_may_stand_beside_or_under_an_at_sign),
        cmocka_unit_test(pretty_text_with_record_lines_is_read),
        cmocka_unit_test(winlogbeat_and_elasticsearch_exports_are_read),
        cmocka_unit_test(nxlog_names_become_those_of_the_record),
        cmocka_unit_test(text_inside_text_is_taken_apart),
        cmocka_unit_test(an_event_that_the_shipper_cut_keeps_its_front),
        cmocka_unit_test(splunk_exports_are_read),
        cmocka_unit_test(a_broken_line_costs_itself_only),
        cmocka_unit_test(text_without_events_is_refused),
        cmocka_unit_test(every_truncation_is_reported_not_read),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, NULL, free_all);
}

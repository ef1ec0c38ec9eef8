#include "event_recorder.h"

#include "formats/eventxml.h"

static event_recorder rec;
static wd_event_stats stats;

static wd_status read_slice(wd_slice text)
{
    recorder_clear(&rec);
    recorder_start(&rec);
    wd_event_sink sink = recorder_sink(&rec);
    return wd_eventxml_read(text, 0, rec.arena, &sink, &stats, NULL);
}

static const wd_event *read_one(const char *text)
{
    assert_int_equal(read_slice(wd_slice_str(text)), WD_OK);
    assert_int_equal(rec.n, 1);
    return &rec.events[0];
}

static int free_all(void **state)
{
    (void) state;
    recorder_clear(&rec);
    return 0;
}

#define SYSTEM                                                                          \
    "<System><Provider Name='P' Guid='{A}'/><EventID Qualifiers='16384'>7036</EventID>" \
    "<TimeCreated SystemTime='2023-03-29T11:10:00.123456700Z'/><EventRecordID>5"        \
    "</EventRecordID><Correlation/><Channel>System</Channel><Computer>W</Computer></System>"

static void an_event_gives_what_the_binary_form_gives(void **state)
{
    (void) state;
    const wd_event *e = read_one(
        "<?xml version=\"1.0\"?><Events><Event xmlns='http://x'>" SYSTEM "<EventData Name='n'>"
        "<Data Name='param1'>a &amp; &lt;b&gt; &#x41;&#66;</Data><Data Name=\"param2\"/>"
        "<Data>one</Data><Data></Data><Binary>00FF</Binary></EventData></Event></Events>");
    static const char *const names[] = {"Provider_Name",
                                        "Provider_Guid",
                                        "EventID_Qualifiers",
                                        "EventID",
                                        "TimeCreated_SystemTime",
                                        "EventRecordID",
                                        "Channel",
                                        "Computer",
                                        "param1",
                                        "param2",
                                        "Data",
                                        "Data",
                                        "Binary"};
    assert_int_equal(e->n_fields, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < e->n_fields; i++) {
        assert_slice(e->fields[i].name, names[i]);
    }
    assert_slice(wd_event_get(e, "param1"), "a & <b> AB");
    assert_slice(wd_event_get(e, "TimeCreated_SystemTime"), "2023-03-29T11:10:00.1234567Z");
    assert_int_equal(e->event_id, 7036);
    assert_int_equal(e->span.record, 5);
    assert_int_equal(rec.n_damage, 0);
}

static void user_data_and_rendering_stay_apart(void **state)
{
    (void) state;
    const wd_event *e = read_one(
        "<Event>" SYSTEM "<UserData><LogFileCleared xmlns='u'><Channel>Application</Channel>"
        "<Deep id='4'><Leaf>x</Leaf></Deep></LogFileCleared></UserData>"
        "<RenderingInfo Culture='en-US'><Message>m</Message></RenderingInfo></Event>");
    assert_int_equal(field_count(e, "Channel"), 2);
    assert_slice(e->channel, "System");
    assert_slice(wd_event_get(e, "Deep_id"), "4");
    assert_slice(wd_event_get(e, "Leaf"), "x");
    assert_slice(wd_event_get(e, "RenderingInfo_Message"), "m");
    assert_int_equal(field_count(e, "Message"), 0);
}

static void text_may_be_wrapped_marked_and_commented(void **state)
{
    (void) state;
    const wd_event *e = read_one(
        "<Event>\n  " SYSTEM "\n <EventData>\n  <!-- no -->\n  <Data Name='A'><![CDATA[1 < 2]]>"
        "</Data>\n  <Data Name='B'>&unknown; &</Data>\n </EventData>\n</Event>\n");
    assert_slice(wd_event_get(e, "A"), "1 < 2");
    assert_slice(wd_event_get(e, "B"), "&unknown; &");
    assert_int_equal(field_count(e, "EventData"), 0);
}

static void events_in_syslog_lines_are_found(void **state)
{
    (void) state;
    assert_int_equal(
        read_slice(WD_S("May 11 18:10:20 u sysmon: <Event><System><EventID>1</EventID></System>"
                        "</Event>\nMay 11 18:10:21 u cron[1]: other\n"
                        "May 11 18:10:22 u sysmon: <Event><System><EventID>5</EventID></System>"
                        "</Event>\n")),
        WD_OK);
    assert_int_equal(rec.n, 2);
    assert_int_equal(rec.events[1].event_id, 5);
    assert_int_equal(rec.events[0].span.offset, 26);
}

static void wide_text_is_read(void **state)
{
    (void) state;
    const char *text = "<Event><System><EventID>3</EventID></System></Event>";
    uint8_t wide[200] = {0xff, 0xfe};
    for (size_t i = 0; i < strlen(text); i++) {
        wide[2 + 2 * i] = (uint8_t) text[i];
    }
    assert_int_equal(read_slice(wd_slice_of(wide, 2 + 2 * strlen(text))), WD_OK);
    assert_int_equal(rec.events[0].event_id, 3);
}

static void a_broken_event_costs_itself_only(void **state)
{
    (void) state;
    assert_int_equal(read_slice(WD_S("<Event><System><EventID>1</EventID></System></Event>"
                                     "<Event><System><EventID>2</EventID></Sys></Event>"
                                     "<Event><System><Even<<</Event>"
                                     "<Event><System><EventID>4</EventID></System></Event>")),
                     WD_OK);
    assert_int_equal(rec.n, 3); /* of the second one, System was read */
    assert_int_equal(stats.failed, 1);
    assert_int_equal(rec.events[2].event_id, 4);
    assert_int_equal(rec.n_damage, 2);
}

static void deep_nesting_ends_at_the_limit(void **state)
{
    (void) state;
    wd_buf text = {0};
    wd_buf_str(&text, "<Event><System><EventID>1</EventID></System><UserData>");
    for (int i = 0; i < 10000; i++) {
        wd_buf_str(&text, "<a>");
    }
    assert_int_equal(read_slice(wd_buf_slice(&text)), WD_OK);
    assert_int_equal(rec.n, 1);
    assert_int_equal(rec.n_damage, 1);
    wd_buf_free(&text);
}

static void every_truncation_is_reported_not_read(void **state)
{
    (void) state;
    const char *text = "<Event>" SYSTEM "<EventData><Data Name='A'>b &amp; c</Data></EventData>"
                       "</Event>";
    for (size_t len = 0; len < strlen(text); len++) {
        uint8_t *exact = malloc(len + 1);
        memcpy(exact, text, len);
        wd_status status = read_slice(wd_slice_of(exact, len));
        assert_true(status == WD_OK || status == WD_E_MALFORMED);
        assert_true(status != WD_OK || rec.n_damage == 1);
        assert_true(rec.n <= 1);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_gives_what_the_binary_form_gives),
        cmocka_unit_test(user_data_and_rendering_stay_apart),
        cmocka_unit_test(text_may_be_wrapped_marked_and_commented),
        cmocka_unit_test(events_in_syslog_lines_are_found),
        cmocka_unit_test(wide_text_is_read),
        cmocka_unit_test(a_broken_event_costs_itself_only),
        cmocka_unit_test(deep_nesting_ends_at_the_limit),
        cmocka_unit_test(every_truncation_is_reported_not_read),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, NULL, free_all);
}

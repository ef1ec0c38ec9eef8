#include "event_recorder.h"

#include "formats/auditd.h"

static event_recorder rec;
static wd_event_stats stats;

static wd_status read_slice(wd_slice text)
{
    recorder_clear(&rec);
    recorder_start(&rec);
    wd_event_sink sink = recorder_sink(&rec);
    return wd_auditd_read(text, 0, rec.arena, &sink, &stats, NULL);
}

static void read_text(const char *text, size_t events)
{
    assert_int_equal(read_slice(wd_slice_str(text)), WD_OK);
    assert_int_equal(rec.n, events);
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

#define EXEC(serial, pid, ppid, exe, args)                                                         \
    "node=web01 type=SYSCALL msg=audit(1604996384.965:" serial "): arch=c000003e syscall=59 "      \
    "success=yes exit=0 a0=55 a1=56 ppid=" ppid " pid=" pid " auid=1000 uid=0 comm=\"x\" exe=" exe \
    " key=(null)\n"                                                                                \
    "node=web01 type=EXECVE msg=audit(1604996384.965:" serial "): argc=2 " args "\n"               \
    "node=web01 type=CWD msg=audit(1604996384.965:" serial "): cwd=\"/root\"\n"                    \
    "node=web01 type=EOE msg=audit(1604996384.965:" serial "):\n"

static void records_of_one_serial_become_one_process_start(void **state)
{
    (void) state;
    read_text(EXEC("7", "200", "100", "\"/bin/dd\"", "a0=\"dd\" a1=\"if=/dev/zero\""), 1);
    const wd_event *e = &rec.events[0];
    assert_slice(e->channel, "auditd");
    assert_slice(e->host, "web01");
    assert_int_equal(e->event_id, WD_AUDITD_EXECVE);
    assert_int_equal(e->span.record, 7);
    assert_field(e, "TimeCreated_SystemTime", "2020-11-10T08:19:44.9650000Z");
    assert_int_equal(field_count(e, "type"), 3);
    assert_field(e, "Image", "/bin/dd");
    assert_field(e, "CommandLine", "dd if=/dev/zero");
    assert_field(e, "CurrentDirectory", "/root");
    assert_field(e, "ProcessId", "200");
    assert_field(e, "ParentProcessId", "100");
    assert_field(e, "User", "root");
    assert_int_equal(field_count(e, "a0"), 2);
}

static void the_parent_is_named_when_its_start_was_seen(void **state)
{
    (void) state;
    read_text(EXEC("7", "100", "1", "\"/usr/sbin/apache2\"", "a0=\"apache2\"")
                  EXEC("8", "200", "100", "\"/bin/sh\"", "a0=\"sh\""),
              2);
    assert_int_equal(field_count(&rec.events[0], "ParentImage"), 0);
    assert_field(&rec.events[1], "ParentImage", "/usr/sbin/apache2");
}

static void lines_of_other_events_may_stand_between(void **state)
{
    (void) state;
    read_text("type=SYSCALL msg=audit(100.001:1): pid=1 exe=\"/bin/a\"\n"
              "type=SYSCALL msg=audit(100.001:2): pid=2 exe=\"/bin/b\"\n"
              "type=CWD msg=audit(100.001:1): cwd=\"/one\"\n"
              "type=CWD msg=audit(100.001:2): cwd=\"/two\"\n",
              2);
    assert_field(&rec.events[0], "cwd", "/one");
    assert_field(&rec.events[1], "cwd", "/two");
}

static void hexadecimal_is_undone_for_the_keys_that_have_it(void **state)
{
    (void) state;
    read_text("type=EXECVE msg=audit(100.001:1): argc=2 a0=\"sh\" a1=6120622263\n"
              "type=PROCTITLE msg=audit(100.001:1): proctitle=73680061\n"
              "type=SYSCALL msg=audit(100.001:1): a0=6162 exe=2F746D702F6120622F63 key=(null)\n",
              1);
    const wd_event *e = &rec.events[0];
    assert_field(e, "CommandLine", "sh a b\"c");
    assert_field(e, "proctitle", "sh a");
    assert_field(e, "Image", "/tmp/a b/c");
    bool raw = false;
    for (size_t i = 0; i < e->n_fields; i++) {
        raw = raw || (wd_slice_eq(e->fields[i].name, WD_S("a0")) &&
                      wd_slice_eq(e->fields[i].value, WD_S("6162")));
    }
    assert_true(raw); /* registers of the call are numbers */
}

static void a_long_argument_is_put_together(void **state)
{
    (void) state;
    read_text("type=EXECVE msg=audit(100.001:1): argc=2 a0=\"echo\" a1_len=6 a1[0]=\"abc\"\n"
              "type=EXECVE msg=audit(100.001:1): a1[1]=\"def\"\n",
              1);
    assert_field(&rec.events[0], "CommandLine", "echo abcdef");
}

static void names_of_enriched_logs_are_kept(void **state)
{
    (void) state;
    read_text("type=SYSCALL msg=audit(100.001:1): uid=33 exe=\"/bin/sh\"\x1d"
              "UID=\"www-data\" SYSCALL=execve\n",
              1);
    assert_field(&rec.events[0], "SYSCALL", "execve");
    assert_field(&rec.events[0], "User", "www-data");
}

static void user_space_records_are_taken_apart(void **state)
{
    (void) state;
    read_text("type=USER_LOGIN msg=audit(100.001:1): pid=9 uid=0 auid=1000 ses=3 msg='op=login "
              "acct=\"alice\" exe=\"/usr/sbin/sshd\" hostname=h addr=192.0.2.9 terminal=ssh "
              "res=success'\x1dUID=\"root\"\n",
              1);
    const wd_event *e = &rec.events[0];
    assert_int_equal(e->event_id, WD_AUDITD_USER_LOGIN);
    assert_field(e, "acct", "alice");
    assert_field(e, "addr", "192.0.2.9");
    assert_field(e, "res", "success");
    assert_field(e, "UID", "root");
    assert_int_equal(field_count(e, "CommandLine"), 0);
}

static void socket_addresses_are_read(void **state)
{
    (void) state;
    read_text("type=SYSCALL msg=audit(100.001:1): arch=c000003e syscall=42 exe=\"/bin/nc\"\n"
              "type=SOCKADDR msg=audit(100.001:1): saddr=020001BBC00002070000000000000000\n",
              1);
    assert_field(&rec.events[0], "DestinationIp", "192.0.2.7");
    assert_field(&rec.events[0], "DestinationPort", "443");
    read_text("type=SOCKADDR msg=audit(100.001:1): saddr=0A0001BB0000000020010DB8000000000000000000"
              "00000100000000\n",
              1);
    assert_field(&rec.events[0], "DestinationIp", "2001:db8::1");
}

static void a_created_file_has_its_whole_path(void **state)
{
    (void) state;
    read_text("type=CWD msg=audit(100.001:1): cwd=\"/etc\"\n"
              "type=PATH msg=audit(100.001:1): item=0 name=\"/etc\" nametype=PARENT\n"
              "type=PATH msg=audit(100.001:1): item=1 name=\"ld.so.preload\" nametype=CREATE\n",
              1);
    assert_field(&rec.events[0], "TargetFilename", "/etc/ld.so.preload");
}

static void numbers_from_the_kernel_log_become_names(void **state)
{
    (void) state;
    read_text("Mar 29 11:10:00 h kernel: audit: type=1300 audit(100.001:1): arch=c000003e "
              "syscall=59 exe=\"/bin/sh\"\n"
              "Mar 29 11:10:00 h kernel: audit: type=1327 audit(100.001:1): proctitle=7368\n",
              1);
    assert_field(&rec.events[0], "type", "SYSCALL");
    assert_field(&rec.events[0], "CommandLine", "sh");
}

static void an_event_ends_when_the_log_has_moved_on(void **state)
{
    (void) state;
    read_text("type=SYSCALL msg=audit(100.001:1): pid=1\n"
              "type=SYSCALL msg=audit(109.001:2): pid=2\n"
              "type=CWD msg=audit(100.001:1): cwd=\"/late\"\n",
              3);
    assert_int_equal(rec.events[0].span.record, 1);
}

static void other_lines_are_told_and_passed_over(void **state)
{
    (void) state;
    read_text("\nrubbish\ntype=SYSCALL msg=audit(100.001:1): pid=1\ntype=X msg=audit(1:2): a=b\n",
              1);
    assert_int_equal(stats.failed, 2);
    assert_int_equal(read_slice(WD_S("no audit\n")), WD_E_MALFORMED);
}

static void every_truncation_is_reported_not_read(void **state)
{
    (void) state;
    const char *text = EXEC("7", "200", "100", "\"/bin/dd\"", "a0=\"dd\" a1=\"if=/dev/zero\"");
    for (size_t len = 0; len < strlen(text); len++) {
        uint8_t *exact = malloc(len + 1);
        memcpy(exact, text, len);
        wd_status status = read_slice(wd_slice_of(exact, len));
        assert_true(status == WD_E_MALFORMED || (status == WD_OK && rec.n == 1));
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_one_serial_become_one_process_start),
        cmocka_unit_test(the_parent_is_named_when_its_start_was_seen),
        cmocka_unit_test(lines_of_other_events_may_stand_between),
        cmocka_unit_test(hexadecimal_is_undone_for_the_keys_that_have_it),
        cmocka_unit_test(a_long_argument_is_put_together),
        cmocka_unit_test(names_of_enriched_logs_are_kept),
        cmocka_unit_test(user_space_records_are_taken_apart),
        cmocka_unit_test(socket_addresses_are_read),
        cmocka_unit_test(a_created_file_has_its_whole_path),
        cmocka_unit_test(numbers_from_the_kernel_log_become_names),
        cmocka_unit_test(an_event_ends_when_the_log_has_moved_on),
        cmocka_unit_test(other_lines_are_told_and_passed_over),
        cmocka_unit_test(every_truncation_is_reported_not_read),
    };
    return cmocka_run_group_tests_name(__FILE__, tests, NULL, free_all);
}

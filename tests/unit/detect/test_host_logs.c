#include "testing.h"

#include "core/json.h"
#include "detect/host_logs.h"
#include "formats/evtx_raw.h"
#include "make/evtx_builder.h"

#define SYSMON "Microsoft-Windows-Sysmon/Operational"
#define T0 INT64_C(16800000000000000) /* 2023-03-28T10:40:00Z */
#define MAX_KEPT 64

typedef struct kept {
    wd_arena *arena;
    wd_obs obs[MAX_KEPT];
    size_t n_obs;
    wd_finding findings[MAX_KEPT];
    size_t n_findings;
    wd_buf lines;
} kept;

static kept k;
static wd_evtx_builder *builder;
static wd_engine engine;

static wd_status on_observation(void *ctx, const wd_obs *o)
{
    (void) ctx;
    assert_true(k.n_obs < MAX_KEPT);
    wd_obs *to = &k.obs[k.n_obs++];
    *to = *o;
    for (size_t i = 0; i < to->n_attrs; i++) {
        to->attrs[i].value = wd_arena_copy(k.arena, o->attrs[i].value);
    }
    return WD_OK;
}

static wd_status on_finding(void *ctx, const wd_finding *f)
{
    (void) ctx;
    assert_true(k.n_findings < MAX_KEPT);
    wd_finding *to = &k.findings[k.n_findings++];
    *to = *f;
    to->rule = wd_arena_copy(k.arena, f->rule);
    to->sentence = wd_arena_copy(k.arena, f->sentence);
    to->subject = wd_arena_copy(k.arena, f->subject);
    return WD_OK;
}

static wd_status on_output(void *ctx, wd_slice lines)
{
    (void) ctx;
    wd_buf_add(&k.lines, lines);
    return WD_OK;
}

static int start(void **state)
{
    (void) state;
    k = (kept){.arena = wd_arena_new(64U << 20)};
    builder = wd_evtx_builder_new();
    engine = (wd_engine){.since = WD_NO_TIME, .until = WD_NO_TIME};
    return k.arena == NULL || builder == NULL;
}

static int stop(void **state)
{
    (void) state;
    wd_arena_free(k.arena);
    wd_buf_free(&k.lines);
    wd_evtx_builder_free(builder);
    return 0;
}

typedef wd_status (*detector)(const wd_engine *e, const wd_item *item, wd_arena *arena,
                              const wd_sink *sink, wd_err *err);

static wd_status detect(detector fn, wd_slice data)
{
    wd_sink sink = {NULL, on_observation, on_finding, on_output};
    wd_item item = {.path = WD_S("logs/a > b"), .name = WD_S("b"), .data = data};
    return fn(&engine, &item, k.arena, &sink, NULL);
}

static void add(const char *channel, uint32_t id, wd_time time, const wd_evtx_build_field *fields,
                size_t n)
{
    static uint64_t record;
    wd_evtx_build_record r = {.channel = channel,
                              .provider = strcmp(channel, SYSMON) == 0
                                              ? "Microsoft-Windows-Sysmon"
                                              : "Microsoft-Windows-Eventlog",
                              .computer = "WS-01",
                              .event_id = id,
                              .record_id = ++record,
                              .time = time,
                              .fields = fields,
                              .n_fields = n};
    if (id == 104 || id == 1102) {
        r.user_data = "LogFileCleared";
    }
    assert_true(wd_evtx_builder_add(builder, &r));
}

#define ADD(channel, id, time, ...)                                          \
    do {                                                                     \
        wd_evtx_build_field list_[] = {__VA_ARGS__};                         \
        add((channel), (id), (time), list_, sizeof list_ / sizeof list_[0]); \
    } while (0)
#define F(n, v)                   \
    {                             \
        .name = (n), .value = (v) \
    }

static void finish(void)
{
    assert_int_equal(detect(wd_detect_evtx, wd_evtx_builder_finish(builder)), WD_OK);
}

/* The only observation of a kind. */
static const wd_obs *only(wd_obs_kind kind)
{
    size_t at = k.n_obs;
    for (size_t i = 0; i < k.n_obs; i++) {
        if (k.obs[i].kind == kind) {
            assert_int_equal(at, k.n_obs);
            at = i;
        }
    }
    if (at == k.n_obs) {
        fail_msg("no %s", wd_obs_kind_name(kind));
    }
    return &k.obs[at];
}

static void assert_key(const wd_obs *o, wd_key key, const char *want)
{
    assert_slice(wd_obs_get(o, key), want);
}

static const wd_finding *finding_of(const char *rule)
{
    size_t i = 0;
    while (i < k.n_findings && !wd_slice_eq(k.findings[i].rule, wd_slice_str(rule))) {
        i++;
    }
    if (i == k.n_findings) {
        fail_msg("no finding %s", rule);
    }
    return &k.findings[i];
}

static void a_process_start_carries_hashes_parent_and_version(void **state)
{
    (void) state;
    ADD(SYSMON, 1, T0, F("RuleName", "-"),
        F("ProcessGuid", "{5AA13A44-02AC-68FD-7A35-000000004002}"), F("ProcessId", "6484"),
        F("Image", "C:\\p\\phone.exe"), F("FileVersion", "18.12.416.0"), F("Product", "Phone"),
        F("Company", "Vendor"), F("OriginalFileName", "phone.exe"),
        F("CommandLine", "phone.exe /auto"), F("User", "CORP\\alice"),
        F("Hashes", "SHA1=DA39A3EE5E6B4B0D3255BFEF95601890AFD80709,MD5=D41D8CD98F00B204E9800998ECF8"
                    "427E,SHA256=E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855,"
                    "IMPHASH=00000000000000000000000000000000"),
        F("ParentProcessGuid", "{5AA13A44-02AC-68FD-7A35-000000004001}"),
        F("ParentImage", "C:\\Windows\\explorer.exe"), F("ParentCommandLine", "explorer.exe"));
    finish();
    const wd_obs *o = only(WD_OBS_PROCESS);
    assert_key(o, WD_K_HOST, "WS-01");
    assert_key(o, WD_K_PROCESS, "C:\\p\\phone.exe");
    assert_key(o, WD_K_PROCESS_ID, "{5aa13a44-02ac-68fd-7a35-000000004002}");
    assert_key(o, WD_K_PARENT_ID, "{5aa13a44-02ac-68fd-7a35-000000004001}");
    assert_key(o, WD_K_PARENT, "C:\\Windows\\explorer.exe");
    assert_key(o, WD_K_COMMAND, "phone.exe /auto");
    assert_key(o, WD_K_VERSION, "18.12.416.0");
    assert_key(o, WD_K_COMPANY, "Vendor");
    assert_key(o, WD_K_ORIGINAL_NAME, "phone.exe");
    assert_key(o, WD_K_SHA1, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    assert_key(o, WD_K_MD5, "d41d8cd98f00b204e9800998ecf8427e");
    assert_key(o, WD_K_SHA256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_key(o, WD_K_IMPHASH, ""); /* zeros say that there is none */
    assert_key(o, WD_K_EVENT_ID, "1");
    assert_true(o->time == T0);
    const wd_obs *c = only(WD_OBS_COVERAGE);
    assert_key(c, WD_K_CHANNEL, SYSMON);
    assert_key(c, WD_K_SENSOR, "events");
    assert_int_equal(c->count, 1);
}

static void look_ups_of_one_program_are_summed(void **state)
{
    (void) state;
    for (int i = 0; i < 3; i++) {
        ADD(SYSMON, 22, T0 + (2 - i) * WD_TICKS_PER_SECOND, F("Image", "C:\\p\\phone.exe"),
            F("QueryName", "c2.example"), F("ProcessId", i == 0 ? "1" : "2"),
            F("QueryResults", "type:  5 edge.example;::ffff:192.0.2.1;2001:db8::1;"));
    }
    ADD(SYSMON, 22, T0, F("Image", "C:\\p\\phone.exe"), F("QueryName", "other.example"));
    finish();
    assert_int_equal(k.n_obs, 3);
    const wd_obs *o = &k.obs[0];
    assert_int_equal(o->kind, WD_OBS_LOOKUP);
    assert_int_equal(o->count, 3);
    assert_true(o->time == T0);
    assert_true(o->time_end == T0 + 2 * WD_TICKS_PER_SECOND);
    assert_key(o, WD_K_NAME, "c2.example");
    assert_key(o, WD_K_ANSWERS, "edge.example 192.0.2.1 2001:db8::1");
    assert_key(o, WD_K_SRC, "WS-01");
    assert_key(o, WD_K_TIMES, "16800000000000000 16800000010000000 16800000020000000");
}

static void contacts_come_from_sysmon_and_from_the_firewall(void **state)
{
    (void) state;
    ADD(SYSMON, 3, T0, F("Image", "C:\\p.exe"), F("Protocol", "tcp"),
        F("SourceIp", "::ffff:10.0.0.5"), F("DestinationIp", "192.0.2.1"),
        F("DestinationHostname", "-"), F("DestinationPort", "443"));
    ADD("Security", 5156, T0, F("Application", "\\device\\p.exe"), F("Protocol", "17"),
        F("SourceAddress", "10.0.0.5"), F("DestAddress", "192.0.2.53"), F("DestPort", "53"));
    finish();
    assert_key(&k.obs[0], WD_K_SRC, "10.0.0.5");
    assert_key(&k.obs[0], WD_K_NAME, "");
    assert_key(&k.obs[0], WD_K_PORT, "443");
    assert_key(&k.obs[1], WD_K_PROTO, "udp");
    assert_key(&k.obs[1], WD_K_DST, "192.0.2.53");
}

static void an_image_load_keeps_what_is_said_of_its_signature(void **state)
{
    (void) state;
    for (int i = 0; i < 2; i++) {
        ADD(SYSMON, 7, T0 + i, F("Image", "C:\\p.exe"), F("ImageLoaded", "C:\\guard64.dll"),
            F("Signed", "false"), F("Signature", "-"), F("SignatureStatus", "Unavailable"));
    }
    finish();
    const wd_obs *o = only(WD_OBS_IMAGE_LOAD);
    assert_int_equal(o->count, 2);
    assert_key(o, WD_K_PATH, "C:\\guard64.dll");
    assert_key(o, WD_K_SIGNED, "false");
    assert_key(o, WD_K_SIGNER, "");
    assert_key(o, WD_K_SIGNATURE_STATUS, "Unavailable");
}

static void security_records_state_starts_logons_and_services(void **state)
{
    (void) state;
    ADD("Security", 4688, T0, F("SubjectUserName", "alice"), F("SubjectDomainName", "CORP"),
        F("NewProcessName", "C:\\a.exe"), F("NewProcessId", "0x1f4"), F("ProcessId", "0x10"),
        F("ParentProcessName", "C:\\b.exe"));
    ADD("Security", 4624, T0, F("TargetUserName", "bob"), F("TargetDomainName", "CORP"),
        F("LogonType", "3"), F("IpAddress", "::ffff:10.0.0.9"));
    ADD("Security", 4697, T0, F("ServiceName", "IKEEXT"), F("ServiceFileName", "svchost.exe"));
    finish();
    assert_key(only(WD_OBS_PROCESS), WD_K_USER, "CORP\\alice");
    assert_key(only(WD_OBS_PROCESS), WD_K_PARENT_ID, "0x10");
    assert_key(only(WD_OBS_LOGON), WD_K_USER, "CORP\\bob");
    assert_key(only(WD_OBS_LOGON), WD_K_SRC, "10.0.0.9");
    assert_key(only(WD_OBS_LOGON), WD_K_LOGON_TYPE, "3");
    assert_key(only(WD_OBS_SERVICE), WD_K_NAME, "IKEEXT");
}

static void a_cleared_log_is_seen_and_found(void **state)
{
    (void) state;
    ADD("System", 104, T0, F("SubjectUserName", "alice"), F("SubjectDomainName", "CORP"),
        F("Channel", "Application"), F("BackupPath", ""));
    finish();
    assert_key(only(WD_OBS_LOG_CLEARED), WD_K_NAME, "Application");
    assert_key(only(WD_OBS_LOG_CLEARED), WD_K_USER, "CORP\\alice");
    const wd_finding *f = finding_of("log.cleared");
    assert_slice(f->sentence, "The log Application was cleared by alice.");
}

static void parts_of_a_script_become_one(void **state)
{
    (void) state;
    static const char *const texts[] = {"one ", "two ", "three"};
    static const char *const numbers[] = {"1", "2", "3"};
    static const int order[] = {1, 0, 2, 0};
    for (int i = 0; i < 4; i++) {
        ADD("Microsoft-Windows-PowerShell/Operational", 4104, T0 + i,
            F("MessageNumber", numbers[order[i]]), F("MessageTotal", "3"),
            F("ScriptBlockText", texts[order[i]]), F("ScriptBlockId", "id-1"), F("Path", ""));
    }
    ADD("Microsoft-Windows-PowerShell/Operational", 4104, T0, F("MessageNumber", "2"),
        F("MessageTotal", "2"), F("ScriptBlockText", "tail"), F("ScriptBlockId", "id-2"));
    finish();
    assert_int_equal(k.n_obs, 3);
    assert_key(&k.obs[0], WD_K_VALUE, "one two three");
    assert_int_equal(k.obs[0].count, 3);
    assert_key(&k.obs[1], WD_K_VALUE, "tail");
    assert_key(&k.obs[1], WD_K_TEXT, "1 of 2 parts");
}

static void record_lines_hold_the_fields_in_order(void **state)
{
    (void) state;
    engine.stream = WD_STREAM_RECORDS;
    ADD(SYSMON, 1, T0, F("Image", "C:\\a\n.exe"));
    finish();
    assert_int_equal(k.n_obs, 0);
    wd_json_doc doc = {0};
    assert_int_equal(wd_json_parse(&doc, wd_buf_slice(&k.lines), k.arena, 0, NULL), WD_OK);
    static const char *const keys[] = {"item",     "offset", "record_id", "time",  "channel",
                                       "event_id", "host",   "recovered", "fields"};
    size_t i = 0;
    WD_JSON_EACH (v, doc.nodes) {
        assert_slice(v->key, keys[i++]);
    }
    assert_int_equal(i, 9);
    assert_slice(wd_json_text(doc.nodes, "item"), "logs/a > b");
    assert_slice(wd_json_text(doc.nodes, "time"), "2023-03-28T10:40:00Z");
    wd_json_doc_free(&doc);
}

static void records_outside_the_time_asked_for_are_left_out(void **state)
{
    (void) state;
    engine.since = T0;
    engine.until = T0 + WD_TICKS_PER_SECOND;
    ADD(SYSMON, 1, T0 - 1, F("Image", "early.exe"));
    ADD(SYSMON, 1, T0, F("Image", "right.exe"));
    ADD(SYSMON, 1, T0 + 2 * WD_TICKS_PER_SECOND, F("Image", "late.exe"));
    finish();
    assert_key(only(WD_OBS_PROCESS), WD_K_PROCESS, "right.exe");
}

static void a_hole_in_the_record_ids_is_found(void **state)
{
    (void) state;
    wd_evtx_build_record r = {
        .channel = "Security", .provider = "P", .computer = "W", .event_id = 1, .time = T0};
    static const uint64_t ids[] = {10, 11, 14, 15};
    for (size_t i = 0; i < 4; i++) {
        r.record_id = ids[i];
        assert_true(wd_evtx_builder_add(builder, &r));
    }
    finish();
    const wd_finding *f = finding_of("log.record_gap");
    assert_slice(f->sentence, "2 records are missing between 11 and 14.");
    assert_int_equal(f->severity, WD_MEDIUM);
}

static void damage_becomes_an_observation(void **state)
{
    (void) state;
    ADD(SYSMON, 1, T0, F("Image", "a.exe"));
    wd_buf copy = {0};
    wd_buf_add(&copy, wd_evtx_builder_finish(builder));
    copy.ptr[WD_EVTX_HEADER_LEN + 16] ^= 1;
    assert_int_equal(detect(wd_detect_evtx, wd_buf_slice(&copy)), WD_OK);
    wd_buf_free(&copy);
    assert_true(wd_obs_get(only(WD_OBS_DAMAGE), WD_K_TEXT).len > 0);
    assert_int_equal(only(WD_OBS_DAMAGE)->span.offset, WD_EVTX_HEADER_LEN);
}

static void recovered_records_carry_their_mark_and_no_coverage(void **state)
{
    (void) state;
    ADD(SYSMON, 1, T0, F("Image", "a.exe"));
    wd_buf copy = {0};
    wd_buf_add(&copy, wd_evtx_builder_finish(builder));
    memset(copy.ptr + WD_EVTX_HEADER_LEN, 0, WD_EVTX_RECORDS);
    assert_int_equal(detect(wd_detect_evtx, wd_buf_slice(&copy)), WD_OK);
    wd_buf_free(&copy);
    assert_int_equal(k.n_obs, 1);
    assert_key(only(WD_OBS_PROCESS), WD_K_RECOVERED, "true");
}

static void json_xml_and_audit_logs_say_the_same_things(void **state)
{
    (void) state;
    assert_int_equal(
        detect(wd_detect_eventjson,
               WD_S("{\"Event\":{\"System\":{\"EventID\":1,\"Channel\":\"" SYSMON "\","
                    "\"Computer\":\"W\"},\"EventData\":{\"Image\":\"a.exe\",\"ProcessGuid\":"
                    "\"5AA13A44-02AC-68FD-7A35-000000004002\"}}}")),
        WD_OK);
    assert_key(only(WD_OBS_PROCESS), WD_K_PROCESS_ID, "{5aa13a44-02ac-68fd-7a35-000000004002}");
    k.n_obs = 0;
    assert_int_equal(detect(wd_detect_eventxml,
                            WD_S("<Event><System><Provider Name='Linux-Sysmon'/><EventID>1"
                                 "</EventID></System><EventData><Data Name='Image'>/bin/sh</Data>"
                                 "</EventData></Event>")),
                     WD_OK);
    assert_key(only(WD_OBS_PROCESS), WD_K_PROCESS, "/bin/sh");
    k.n_obs = 0;
    assert_int_equal(
        detect(wd_detect_auditd,
               WD_S("node=h type=SYSCALL msg=audit(100.001:1): exe=\"/bin/nc\" pid=5\n"
                    "node=h type=EXECVE msg=audit(100.001:1): argc=1 a0=\"nc\"\n"
                    "node=h type=SOCKADDR msg=audit(101.001:2): saddr=020001BBC0000207000000\n")),
        WD_OK);
    assert_key(only(WD_OBS_PROCESS), WD_K_COMMAND, "nc");
    assert_key(only(WD_OBS_CONTACT), WD_K_DST, "192.0.2.7");
    assert_key(only(WD_OBS_COVERAGE), WD_K_HOST, "h");
    assert_int_equal(detect(wd_detect_auditd, WD_S("nothing\n")), WD_E_MALFORMED);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_process_start_carries_hashes_parent_and_version),
        CASE(look_ups_of_one_program_are_summed),
        CASE(contacts_come_from_sysmon_and_from_the_firewall),
        CASE(an_image_load_keeps_what_is_said_of_its_signature),
        CASE(security_records_state_starts_logons_and_services),
        CASE(a_cleared_log_is_seen_and_found),
        CASE(parts_of_a_script_become_one),
        CASE(record_lines_hold_the_fields_in_order),
        CASE(records_outside_the_time_asked_for_are_left_out),
        CASE(a_hole_in_the_record_ids_is_found),
        CASE(damage_becomes_an_observation),
        CASE(recovered_records_carry_their_mark_and_no_coverage),
        CASE(json_xml_and_audit_logs_say_the_same_things),
    };
    return RUN(tests);
}

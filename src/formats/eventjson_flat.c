#include <string.h>

#include "formats/eventjson_priv.h"
#include "formats/eventxml.h"

/* System fields, in the order they are given. */
enum {
    PROVIDER,
    PROVIDER_GUID,
    EVENT_ID,
    RECORD_ID,
    PROCESS_ID,
    THREAD_ID,
    CHANNEL,
    COMPUTER,
    USER_ID,
    ACTIVITY_ID,
    N_SYSTEM
};

static const char *const system_names[N_SYSTEM] = {
    "Provider_Name",      "Provider_Guid", "EventID",  "EventRecordID",   "Execution_ProcessID",
    "Execution_ThreadID", "Channel",       "Computer", "Security_UserID", "Correlation_ActivityID"};

/* What shippers call them; the earlier a name stands, the more it is believed. */
static const struct {
    const char *name;
    int field;
} aliases[] = {
    {"Provider_Name", PROVIDER},
    {"ProviderName", PROVIDER},
    {"Provider", PROVIDER},
    {"SourceName", PROVIDER},
    {"source_name", PROVIDER},
    {"provider_name", PROVIDER},
    {"Provider_Guid", PROVIDER_GUID},
    {"ProviderGuid", PROVIDER_GUID},
    {"ProviderGUID", PROVIDER_GUID},
    {"provider_guid", PROVIDER_GUID},
    {"EventID", EVENT_ID},
    {"EventId", EVENT_ID},
    {"EventCode", EVENT_ID},
    {"event_id", EVENT_ID},
    {"eventID", EVENT_ID},
    {"EventRecordID", RECORD_ID},
    {"RecordNumber", RECORD_ID},
    {"RecordID", RECORD_ID},
    {"EventRecordId", RECORD_ID},
    {"record_number", RECORD_ID},
    {"record_id", RECORD_ID},
    {"Execution_ProcessID", PROCESS_ID},
    {"ExecutionProcessID", PROCESS_ID},
    {"SystemProcessId", PROCESS_ID},
    {"Execution_ThreadID", THREAD_ID},
    {"ExecutionThreadID", THREAD_ID},
    {"SystemThreadId", THREAD_ID},
    {"ThreadID", THREAD_ID},
    {"Channel", CHANNEL},
    {"LogName", CHANNEL},
    {"log_name", CHANNEL},
    {"channel", CHANNEL},
    {"Computer", COMPUTER},
    {"ComputerName", COMPUTER},
    {"computer_name", COMPUTER},
    {"Hostname", COMPUTER},
    {"HostName", COMPUTER},
    {"MachineName", COMPUTER},
    {"Security_UserID", USER_ID},
    {"SystemUserId", USER_ID},
    {"UserID", USER_ID},
    {"ActivityID", ACTIVITY_ID},
};

enum { N_ALIASES = sizeof aliases / sizeof aliases[0] };

static int alias_of(wd_slice key)
{
    for (int i = 0; i < N_ALIASES; i++) {
        if (wd_slice_eq(key, wd_slice_str(aliases[i].name))) {
            return i;
        }
    }
    return -1;
}

static bool is_time_key(wd_slice key)
{
    static const char *const names[] = {"TimeCreated", "@timestamp", "TimeGenerated", "EventTime",
                                        "_time",       "time",       "Timestamp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (wd_slice_eq(key, wd_slice_str(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool has_zone(wd_slice s)
{
    bool plus = s.len > 6 && (s.ptr[s.len - 6] == '+' || s.ptr[s.len - 6] == '-');
    return s.len > 18 && (wd_slice_ends_nocase(s, WD_S("z")) || plus);
}

/* Text that says when: of the record itself before that of any shipper. */
static void find_time(wd_event_build *b, const wd_json *root)
{
    static const char *const later[] = {"@timestamp", "TimeCreated", "TimeGenerated", "_time",
                                        "Timestamp",  "EventTime",   "time"};
    wd_slice created = wd_json_scalar(wd_json_get(root, "TimeCreated"));
    if (has_zone(created) && wd_eventjson_set_time(b, created)) {
        return;
    }
    if (wd_eventjson_set_time(b, wd_event_build_get(b, "UtcTime"))) {
        return;
    }
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (wd_eventjson_set_time(b, wd_json_scalar(wd_json_get(root, later[i])))) {
            return;
        }
    }
}

/* "WinEventLog:Security" is how Splunk names its sources. */
static wd_slice channel_of_source(const wd_json *root)
{
    wd_slice source = wd_json_text(root, "source");
    size_t colon = wd_slice_find(source, WD_S("WinEventLog:"));
    return colon == SIZE_MAX ? WD_EMPTY : wd_slice_sub(source, colon + 12, source.len);
}

static void add_system(wd_event_build *b, const wd_json *root, int used[N_SYSTEM])
{
    wd_slice values[N_SYSTEM] = {{0}};
    for (int i = 0; i < N_SYSTEM; i++) {
        used[i] = N_ALIASES;
    }
    WD_JSON_EACH (v, root) {
        int i = alias_of(v->key);
        wd_slice value = wd_json_scalar(v);
        if (i < 0 || value.len == 0 || i >= used[aliases[i].field] ||
            (aliases[i].field == USER_ID && !wd_slice_starts(value, WD_S("S-1-")))) {
            continue;
        }
        used[aliases[i].field] = i;
        values[aliases[i].field] = value;
    }
    if (values[CHANNEL].len == 0) {
        values[CHANNEL] = channel_of_source(root);
    }
    for (int i = 0; i < N_SYSTEM; i++) {
        if (values[i].len > 0) {
            wd_event_build_add(b, wd_slice_str(system_names[i]), values[i]);
        }
    }
}

static bool add_nested_text(wd_event_build *b, wd_slice text, wd_json_doc *inner)
{
    size_t used = 0;
    wd_slice t = wd_slice_trim(text);
    if (wd_slice_starts(t, WD_S("<"))) {
        return wd_eventxml_add(b, t, &used);
    }
    if (!wd_slice_starts(t, WD_S("{")) || wd_json_parse(inner, t, b->scratch, 0, NULL) != WD_OK) {
        return false;
    }
    wd_eventjson_content(b, inner->nodes);
    return true;
}

static bool is_content_key(wd_slice key)
{
    return wd_slice_eq(key, WD_S("EventData")) || wd_slice_eq(key, WD_S("event_data")) ||
           wd_slice_eq(key, WD_S("UserData")) || wd_slice_eq(key, WD_S("user_data"));
}

static void add_member(wd_event_build *b, const wd_json *v, wd_json_doc *inner)
{
    if (is_content_key(v->key)) {
        if (v->type == WD_JSON_STRING && add_nested_text(b, v->text, inner)) {
            return;
        }
        wd_eventjson_content(b, v);
    }
    if (v->type == WD_JSON_ARRAY) {
        WD_JSON_EACH (item, v) {
            if (item->type != WD_JSON_OBJECT && item->type != WD_JSON_ARRAY) {
                wd_event_build_add(b, v->key, wd_json_scalar(item));
            }
        }
    } else if (v->type != WD_JSON_OBJECT) {
        wd_event_build_add(b, v->key, wd_json_scalar(v));
    }
}

/* A member that holds a whole event as XML, as syslog collectors and Splunk keep it. */
static bool add_whole_event(wd_event_build *b, const wd_json *root)
{
    static const char *const names[] = {"SyslogMessage", "_raw", "message", "Message"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        wd_slice text = wd_json_text(root, names[i]);
        size_t at = wd_slice_find(text, WD_S("<Event"));
        size_t used = 0;
        if (at == SIZE_MAX || wd_slice_find(text, WD_S("<System>")) == SIZE_MAX) {
            continue;
        }
        (void) wd_eventxml_add(b, wd_slice_sub(text, at, text.len), &used);
        if (wd_event_build_get(b, "EventID").len > 0) {
            return true; /* shippers cut long messages: the front is worth having */
        }
    }
    return false;
}

bool wd_eventjson_flat(wd_event_build *b, const wd_json *root, wd_json_doc *inner)
{
    int used[N_SYSTEM];
    if (add_whole_event(b, root)) {
        return true;
    }
    b->n = 0;
    b->cut = false;
    add_system(b, root, used);
    if (wd_event_build_get(b, "EventID").len == 0) {
        return false;
    }
    WD_JSON_EACH (v, root) {
        int i = alias_of(v->key);
        if ((i < 0 || used[aliases[i].field] != i) && !is_time_key(v->key)) {
            add_member(b, v, inner);
        }
    }
    find_time(b, root);
    return true;
}

static const struct {
    const char *path; /* below "winlog", or on top in the older form */
    const char *name;
} beats_fields[] = {
    {"provider_name", "Provider_Name"},
    {"source_name", "Provider_Name"},
    {"provider_guid", "Provider_Guid"},
    {"event_id", "EventID"},
    {"version", "Version"},
    {"level", "Level"},
    {"task", "Task"},
    {"opcode", "Opcode"},
    {"record_id", "EventRecordID"},
    {"record_number", "EventRecordID"},
    {"activity_id", "Correlation_ActivityID"},
    {"process/pid", "Execution_ProcessID"},
    {"process/thread/id", "Execution_ThreadID"},
    {"channel", "Channel"},
    {"log_name", "Channel"},
    {"computer_name", "Computer"},
    {"user/identifier", "Security_UserID"},
};

bool wd_eventjson_beats(wd_event_build *b, const wd_json *root)
{
    const wd_json *log = wd_json_get(root, "winlog");
    if (log == NULL && wd_json_get(root, "event_data") != NULL) {
        log = root;
    }
    if (!wd_json_is(log, WD_JSON_OBJECT)) {
        return false;
    }
    for (size_t i = 0; i < sizeof beats_fields / sizeof beats_fields[0]; i++) {
        wd_event_build_default(b, beats_fields[i].name,
                               wd_json_scalar(wd_json_path(log, beats_fields[i].path)));
    }
    wd_event_build_default(b, "EventID", wd_json_scalar(wd_json_path(root, "event/code")));
    wd_event_build_default(b, "Computer", wd_json_scalar(wd_json_path(root, "host/name")));
    if (!wd_eventjson_set_time(b, wd_json_text(log, "time_created"))) {
        (void) wd_eventjson_set_time(b, wd_json_text(root, "@timestamp"));
    }
    wd_eventjson_content(b, wd_json_get(log, "event_data"));
    wd_eventjson_content(b, wd_json_get(log, "user_data"));
    return wd_event_build_get(b, "EventID").len > 0;
}

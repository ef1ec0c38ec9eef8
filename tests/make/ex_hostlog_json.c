#include "make/ex_hostlog.h"

#include <string.h>

#include "core/json.h"

/* Members that evtx_dump prints as numbers. */
static bool is_number(wd_slice name)
{
    static const char *const numbers[] = {"ProcessId", "ParentProcessId", "TerminalSessionId",
                                          "SourcePort", "DestinationPort"};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (wd_slice_eq(name, wd_slice_str(numbers[i]))) {
            return true;
        }
    }
    return false;
}

static void one_attribute(wd_jw *w, const char *of, const char *name, const char *value)
{
    wd_jw_key(w, of);
    wd_jw_object(w);
    wd_jw_key(w, "#attributes");
    wd_jw_object(w);
    wd_jw_member_str(w, name, value);
    wd_jw_object_end(w);
    wd_jw_object_end(w);
}

static void add_system(wd_jw *w, const ex_host *h, const ex_event *e)
{
    const ex_channel_facts *facts = ex_channel_of(e->channel);
    char time[WD_TIME_TEXT];

    wd_jw_key(w, "System");
    wd_jw_object(w);
    wd_jw_key(w, "Provider");
    wd_jw_object(w);
    wd_jw_key(w, "#attributes");
    wd_jw_object(w);
    wd_jw_member_str(w, "Name", facts->provider);
    /* evtx_dump prints GUIDs without braces */
    wd_jw_member_slice(w, "Guid", wd_slice_sub(wd_slice_str(facts->guid), 1, 36));
    wd_jw_object_end(w);
    wd_jw_object_end(w);
    wd_jw_member_u64(w, "EventID", e->id);
    wd_jw_member_u64(w, "Level", 4);
    wd_jw_member_u64(w, "Task", e->id);
    wd_jw_member_u64(w, "Opcode", 0);
    wd_jw_member_str(w, "Keywords", "0x8000000000000000");
    one_attribute(w, "TimeCreated", "SystemTime", wd_time_format(e->at, time));
    wd_jw_member_u64(w, "EventRecordID", e->number);
    wd_jw_key(w, "Execution");
    wd_jw_object(w);
    wd_jw_key(w, "#attributes");
    wd_jw_object(w);
    wd_jw_member_u64(w, "ProcessID", facts->process_id);
    wd_jw_member_u64(w, "ThreadID", 3604);
    wd_jw_object_end(w);
    wd_jw_object_end(w);
    wd_jw_member_str(w, "Channel", facts->channel);
    wd_jw_member_str(w, "Computer", h->computer);
    one_attribute(w, "Security", "UserID", "S-1-5-18");
    wd_jw_object_end(w);
}

void ex_hostlog_json(const ex_host *h, const ex_rows *events, wd_buf *out)
{
    for (size_t i = 0; i < events->n; i++) {
        const ex_event *e = events->rows[i].what;
        wd_jw w = wd_jw_init(out, 0);
        wd_jw_object(&w);
        wd_jw_key(&w, "Event");
        wd_jw_object(&w);
        wd_jw_key(&w, "#attributes");
        wd_jw_object(&w);
        wd_jw_member_str(&w, "xmlns", "http://schemas.microsoft.com/win/2004/08/events/event");
        wd_jw_object_end(&w);
        add_system(&w, h, e);
        wd_jw_key(&w, "EventData");
        wd_jw_object(&w);
        for (size_t f = 0; f < e->n; f++) {
            uint64_t number = 0;
            wd_jw_key_slice(&w, e->fields[f].name);
            if (is_number(e->fields[f].name) && wd_slice_to_u64(e->fields[f].value, &number)) {
                wd_jw_u64(&w, number);
            } else if (wd_slice_ends(e->fields[f].name, WD_S("Guid"))) {
                wd_jw_slice(&w, wd_slice_sub(e->fields[f].value, 1, 36));
            } else {
                wd_jw_slice(&w, e->fields[f].value);
            }
        }
        wd_jw_object_end(&w);
        wd_jw_object_end(&w);
        wd_jw_object_end(&w);
        wd_buf_byte(out, '\n');
    }
}

#include "make/ex_hostlog.h"

#include <string.h>

#define MAX_FIELDS 32

static const ex_channel_facts channels[EX_CHANNELS] = {
    {"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon",
     "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}", "Microsoft-Windows-Sysmon%4Operational", 20417,
     2916},
    {"Security", "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-a5ba-3e3b0328c30d}",
     "Security", 188302, 4},
    {"System", "Service Control Manager", "{555908d1-a6d7-4695-8e1e-26931d2012f4}", "System", 9120,
     684},
};

const ex_channel_facts *ex_channel_of(ex_channel c)
{
    return &channels[c];
}

/* A record in the making; `open` is false when nothing was collected at that moment. */
typedef struct draft {
    ex_host *host;
    ex_event *event;
    bool open;
} draft;

static draft begin(ex_host *h, ex_channel channel, uint32_t id, wd_time at)
{
    wd_arena *arena = h->world->arena;
    draft d = {h, EX_NEW(arena, ex_event), false};

    const char *from = h->log_from == NULL ? EX_FIRST_DAY : h->log_from;
    bool kept = h->log == EX_LOG_EVTX || (h->log == EX_LOG_JSON && id == 22);
    d.open = kept && ex_visible(h, at) && at >= ex_time(from);
    d.event->channel = channel;
    d.event->id = id;
    d.event->at = at;
    d.event->fields = ex_alloc(arena, MAX_FIELDS * sizeof(wd_field));
    return d;
}

static void add(draft *d, const char *name, const char *value)
{
    if (d->event->n == MAX_FIELDS) {
        ex_die("too many fields");
    }
    d->event->fields[d->event->n++] = (wd_field){wd_slice_str(name), wd_slice_str(value)};
}

static void add_number(draft *d, const char *name, uint64_t value)
{
    add(d, name, ex_fmt(d->host->world->arena, "%llu", (unsigned long long) value));
}

static void end(draft *d)
{
    if (d->open) {
        /* Sysmon writes its record a little after the moment that it states. */
        wd_time written = ex_plus(d->event->at, 0.0153);
        d->event->at = written;
        ex_rows_add(&d->host->events, d->host->world->arena, written, d->event);
    }
}

static const char *person_of(const ex_host *h)
{
    const char *slash = strchr(h->user, '\\');

    return slash == NULL ? h->user : slash + 1;
}

static const char *with_person(const ex_host *h, const char *path)
{
    const char *mark = strstr(path, "%U");

    if (mark == NULL) {
        return path;
    }
    return ex_fmt(h->world->arena, "%.*s%s%s", (int) (mark - path), path, person_of(h), mark + 2);
}

static bool is_system(const char *image)
{
    return strstr(image, "svchost.exe") != NULL || strstr(image, "services.exe") != NULL;
}

static const char *hashes_of(const ex_host *h, const ex_program *p)
{
    wd_arena *arena = h->world->arena;
    const char *seed = ex_fmt(arena, "%s %s", p->image, p->version);
    const char *sha256 = p->sha256 != NULL ? p->sha256 : ex_hash_of(arena, seed);

    return ex_fmt(arena, "SHA256=%s,IMPHASH=%.32s", sha256,
                  ex_hash_of(arena, ex_fmt(arena, "imports of %s", seed)));
}

static ex_process *new_process(ex_host *h, const ex_program *p, wd_time at)
{
    wd_arena *arena = h->world->arena;
    ex_process *made = EX_NEW(arena, ex_process);
    uint32_t started = (uint32_t) (at / WD_TICKS_PER_SECOND);
    uint32_t number = h->next_process++;

    made->program = p;
    made->image = with_person(h, p->image);
    made->user = is_system(p->image) ? "NT AUTHORITY\\SYSTEM" : h->user;
    made->guid = ex_fmt(arena, "{%08x-%04x-%04x-%02x%02x-000000000b00}", h->machine,
                        started & 0xffff, started >> 16, number & 0xff, (number >> 8) & 0xff);
    made->id = 1000 + 4 * (number * 37 % 4000);
    return made;
}

static void add_who(draft *d, const ex_process *p)
{
    add(d, "ProcessGuid", p->guid);
    add_number(d, "ProcessId", p->id);
    add(d, "Image", p->image);
}

static void add_file(draft *d, const ex_program *p)
{
    add(d, "FileVersion", p->version);
    add(d, "Description", p->description);
    add(d, "Product", p->product);
    add(d, "Company", p->company);
    add(d, "OriginalFileName", p->original);
}

static draft begin_sysmon(ex_host *h, uint32_t id, wd_time at)
{
    draft d = begin(h, EX_SYSMON, id, at);

    add(&d, "RuleName", "-");
    add(&d, "UtcTime", ex_sysmon_time(h->world->arena, at));
    return d;
}

static const ex_program explorer = {
    "C:\\Windows\\explorer.exe", "10.0.19041.2604 (WinBuild.160101.0800)",
    "Windows Explorer",          "Microsoft\xc2\xae Windows\xc2\xae Operating System",
    "Microsoft Corporation",     "EXPLORER.EXE",
    "Microsoft Windows",         NULL};

ex_process *ex_hostlog_running(ex_host *h, const ex_program *p)
{
    uint32_t next = h->next_process;

    /* A number and a start of its own for each program, the same on every call. */
    h->next_process = 0x10 + (uint32_t) (wd_slice_hash(wd_slice_str(p->image)) % 0x2f);
    ex_process *made = new_process(h, p, ex_plus(ex_time(EX_FIRST_DAY), -2.5 * EX_DAY));
    h->next_process = next;
    made->command = p == &explorer ? "C:\\Windows\\Explorer.EXE" : made->image;
    return made;
}

ex_process *ex_hostlog_start(ex_host *h, wd_time at, const ex_program *p, const char *arguments,
                             const ex_process *parent)
{
    wd_arena *arena = h->world->arena;
    ex_process *made = new_process(h, p, at);
    draft d = begin_sysmon(h, 1, at);

    if (parent == NULL) {
        parent = ex_hostlog_running(h, &explorer);
    }
    bool system = is_system(p->image);
    made->command = ex_fmt(arena, "\"%s\"%s%s", made->image, arguments[0] != '\0' ? " " : "",
                           with_person(h, arguments));
    add_who(&d, made);
    add_file(&d, p);
    add(&d, "CommandLine", made->command);
    add(&d, "CurrentDirectory",
        system ? "C:\\Windows\\system32\\" : with_person(h, "C:\\Users\\%U\\"));
    add(&d, "User", made->user);
    add(&d, "LogonGuid", ex_fmt(arena, "{%08x-2a10-63ff-a1c4-010000000000}", h->machine));
    add(&d, "LogonId", system ? "0x3e7" : "0x1c4a1");
    add(&d, "TerminalSessionId", system ? "0" : "1");
    add(&d, "IntegrityLevel", system ? "System" : "Medium");
    add(&d, "Hashes", hashes_of(h, p));
    add(&d, "ParentProcessGuid", parent->guid);
    add_number(&d, "ParentProcessId", parent->id);
    add(&d, "ParentImage", parent->image);
    add(&d, "ParentCommandLine", parent->command);
    add(&d, "ParentUser", parent->user);
    end(&d);
    return made;
}

void ex_hostlog_query(ex_host *h, wd_time at, const ex_process *p, const char *name)
{
    draft d = begin_sysmon(h, 22, at);

    add(&d, "ProcessGuid", p->guid);
    add_number(&d, "ProcessId", p->id);
    add(&d, "QueryName", name);
    add(&d, "QueryStatus", "0");
    add(&d, "QueryResults",
        ex_fmt(h->world->arena, "::ffff:%s;", ex_address_of(h->world->arena, name, 0)));
    add(&d, "Image", p->image);
    add(&d, "User", p->user);
    end(&d);
}

void ex_hostlog_connect(ex_host *h, wd_time at, const ex_process *p, const char *name)
{
    wd_slice rest = wd_slice_str(h->address);
    wd_slice source = {0};
    draft d = begin_sysmon(h, 3, at);

    (void) wd_slice_split(&rest, ' ', &source);
    add_who(&d, p);
    add(&d, "User", p->user);
    add(&d, "Protocol", "tcp");
    add(&d, "Initiated", "true");
    add(&d, "SourceIsIpv6", "false");
    add(&d, "SourceIp",
        ex_fmt(h->world->arena, "%.*s", (int) source.len, (const char *) source.ptr));
    add(&d, "SourceHostname", h->computer);
    add_number(&d, "SourcePort", 50000 + (uint64_t) (at / WD_TICKS_PER_SECOND % 9000));
    add(&d, "SourcePortName", "-");
    add(&d, "DestinationIsIpv6", "false");
    add(&d, "DestinationIp", ex_address_of(h->world->arena, name, 0));
    add(&d, "DestinationHostname", "-");
    add(&d, "DestinationPort", "443");
    add(&d, "DestinationPortName", "https");
    end(&d);
}

void ex_hostlog_load(ex_host *h, wd_time at, const ex_process *p, const ex_program *module)
{
    draft d = begin_sysmon(h, 7, at);

    add_who(&d, p);
    add(&d, "ImageLoaded", with_person(h, module->image));
    add_file(&d, module);
    add(&d, "Hashes", hashes_of(h, module));
    add(&d, "Signed", module->signer == NULL ? "false" : "true");
    add(&d, "Signature", module->signer == NULL ? "-" : module->signer);
    add(&d, "SignatureStatus", module->signer == NULL ? "Unavailable" : "Valid");
    add(&d, "User", p->user);
    end(&d);
}

void ex_hostlog_create(ex_host *h, wd_time at, const ex_process *p, const char *path)
{
    draft d = begin_sysmon(h, 11, at);

    add_who(&d, p);
    add(&d, "TargetFilename", with_person(h, path));
    add(&d, "CreationUtcTime", ex_sysmon_time(h->world->arena, at));
    add(&d, "User", p->user);
    end(&d);
}

static void add_subject(draft *d, const char *prefix, bool machine)
{
    const ex_host *h = d->host;
    wd_arena *arena = h->world->arena;
    const char *sid =
        machine ? "S-1-5-18" : ex_fmt(arena, "S-1-5-21-1004336348-1177238915-%u-1104", h->machine);

    add(d, ex_fmt(arena, "%sUserSid", prefix), sid);
    add(d, ex_fmt(arena, "%sUserName", prefix),
        machine ? ex_fmt(arena, "%s$", h->name) : person_of(h));
    add(d, ex_fmt(arena, "%sDomainName", prefix), "EXAMPLE");
    add(d, ex_fmt(arena, "%sLogonId", prefix), machine ? "0x3e7" : "0x1c4a1");
}

void ex_hostlog_logon(ex_host *h, wd_time at)
{
    draft d = begin(h, EX_SECURITY, 4624, at);

    d.open = d.open && h->audited;

    add_subject(&d, "Subject", true);
    add_subject(&d, "Target", false);
    add(&d, "LogonType", "2");
    add(&d, "LogonProcessName", "User32 ");
    add(&d, "AuthenticationPackageName", "Negotiate");
    add(&d, "WorkstationName", h->name);
    add(&d, "LogonGuid", "{00000000-0000-0000-0000-000000000000}");
    add(&d, "TransmittedServices", "-");
    add(&d, "LmPackageName", "-");
    add(&d, "KeyLength", "0");
    add(&d, "ProcessId", "0x5d4");
    add(&d, "ProcessName", "C:\\Windows\\System32\\svchost.exe");
    add(&d, "IpAddress", "127.0.0.1");
    add(&d, "IpPort", "0");
    end(&d);
}

void ex_hostlog_audit(ex_host *h, wd_time at, const ex_process *p, const ex_process *parent)
{
    wd_arena *arena = h->world->arena;
    draft d = begin(h, EX_SECURITY, 4688, at);

    d.open = d.open && h->audited;

    add_subject(&d, "Subject", false);
    add(&d, "NewProcessId", ex_fmt(arena, "0x%x", p->id));
    add(&d, "NewProcessName", p->image);
    add(&d, "TokenElevationType", "%%1938");
    add(&d, "ProcessId", ex_fmt(arena, "0x%x", parent->id));
    add(&d, "CommandLine", p->command);
    add(&d, "TargetUserSid", "S-1-0-0");
    add(&d, "TargetUserName", "-");
    add(&d, "TargetDomainName", "-");
    add(&d, "TargetLogonId", "0x0");
    add(&d, "ParentProcessName", parent->image);
    add(&d, "MandatoryLabel", "S-1-16-8192");
    end(&d);
}

void ex_hostlog_service(ex_host *h, wd_time at, const char *service, const char *before,
                        const char *state)
{
    draft d = begin(h, EX_SYSTEM, before == NULL ? 7036 : 7040, at);

    add(&d, "param1", service);
    if (before != NULL) {
        add(&d, "param2", before);
        add(&d, "param3", state);
        add(&d, "param4", "IKEEXT");
    } else {
        add(&d, "param2", state);
    }
    end(&d);
}

static void write_channel(ex_host *h, ex_channel c)
{
    const ex_channel_facts *facts = ex_channel_of(c);
    ex_rows own = {0};
    wd_buf out = {0};

    for (size_t i = 0; i < h->events.n; i++) {
        const ex_row *row = &h->events.rows[i];
        if (((const ex_event *) row->what)->channel == c) {
            ex_rows_add(&own, h->world->arena, row->at, row->what);
        }
    }
    if (own.n == 0) {
        return;
    }
    ex_rows_sort(&own);
    for (size_t i = 0; i < own.n; i++) {
        ex_event *numbered = EX_NEW(h->world->arena, ex_event);
        *numbered = *(const ex_event *) own.rows[i].what;
        numbered->number = facts->first_number + i;
        own.rows[i].what = numbered;
    }
    bool json = h->log == EX_LOG_JSON;
    (json ? ex_hostlog_json : ex_hostlog_evtx)(h, &own, &out);
    ex_write_buf(
        h->world->options.folder,
        ex_fmt(h->world->arena, "hosts/%s/%s.%s", h->name, facts->file, json ? "jsonl" : "evtx"),
        &out);
}

void ex_hostlog_write(ex_host *h)
{
    for (unsigned c = 0; c < EX_CHANNELS; c++) {
        write_channel(h, (ex_channel) c);
    }
}

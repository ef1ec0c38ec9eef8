#include "detect/event_fact_table.h"

/* Field names: Sysmon's manifest (schema 4.90), the audit events of Windows as documented by
 * Microsoft, formats/auditd.h. */

static const wd_fact_log sysmon = {"Microsoft-Windows-Sysmon/Operational",
                                   "Microsoft-Windows-Sysmon"};
static const wd_fact_log sysmon_linux = {"Linux-Sysmon/Operational", "Linux-Sysmon"};
static const wd_fact_log security = {"Security", NULL};
static const wd_fact_log system_log = {"System", NULL};
static const wd_fact_log powershell = {"Microsoft-Windows-PowerShell/Operational",
                                       "Microsoft-Windows-PowerShell"};
static const wd_fact_log powershell_core = {"PowerShellCore/Operational", "PowerShellCore"};
static const wd_fact_log audit = {"auditd", NULL};

#define WHO                                                                                        \
    {"ProcessGuid", WD_K_PROCESS_ID, WD_FACT_GUID}, {"ProcessId", WD_K_PROCESS_ID, WD_FACT_PLAIN}, \
        {"Image", WD_K_PROCESS, WD_FACT_PLAIN},                                                    \
    {                                                                                              \
        "User", WD_K_USER, WD_FACT_PLAIN                                                           \
    }
#define FILE_FACTS                                                                              \
    {"Hashes", WD_K_SHA256, WD_FACT_HASHES}, {"Hash", WD_K_SHA256, WD_FACT_HASHES},             \
        {"FileVersion", WD_K_VERSION, WD_FACT_PLAIN}, {"Product", WD_K_PRODUCT, WD_FACT_PLAIN}, \
        {"Company", WD_K_COMPANY, WD_FACT_PLAIN},                                               \
        {"OriginalFileName", WD_K_ORIGINAL_NAME, WD_FACT_PLAIN},                                \
        {"Signed", WD_K_SIGNED, WD_FACT_PLAIN}, {"Signature", WD_K_SIGNER, WD_FACT_PLAIN},      \
    {                                                                                           \
        "SignatureStatus", WD_K_SIGNATURE_STATUS, WD_FACT_PLAIN                                 \
    }

static const wd_fact_key process_start[] = {
    WHO,
    {"CommandLine", WD_K_COMMAND, WD_FACT_PLAIN},
    {"ParentProcessGuid", WD_K_PARENT_ID, WD_FACT_GUID},
    {"ParentProcessId", WD_K_PARENT_ID, WD_FACT_PLAIN},
    {"ParentImage", WD_K_PARENT, WD_FACT_PLAIN},
    {"ParentCommandLine", WD_K_PARENT_COMMAND, WD_FACT_PLAIN},
    FILE_FACTS,
};

static const wd_fact_key image_load[] = {
    WHO,
    {"ImageLoaded", WD_K_PATH, WD_FACT_PLAIN},
    FILE_FACTS,
};

static const wd_fact_key driver_load[] = {
    {"System", WD_K_PROCESS, WD_FACT_TEXT},
    {"ImageLoaded", WD_K_PATH, WD_FACT_PLAIN},
    FILE_FACTS,
};

static const wd_fact_key connection[] = {
    WHO,
    {"SourceIp", WD_K_SRC, WD_FACT_ADDRESS},
    {"DestinationIp", WD_K_DST, WD_FACT_ADDRESS},
    {"DestinationHostname", WD_K_NAME, WD_FACT_PLAIN},
    {"DestinationPort", WD_K_PORT, WD_FACT_PLAIN},
    {"Protocol", WD_K_PROTO, WD_FACT_PLAIN},
};

static const wd_fact_key look_up[] = {
    WHO,
    {"QueryName", WD_K_NAME, WD_FACT_PLAIN},
    {"QueryResults", WD_K_ANSWERS, WD_FACT_ANSWERS},
    {NULL, WD_K_SRC, WD_FACT_HOST},
    {"dns", WD_K_PROTO, WD_FACT_TEXT},
};

static const wd_fact_key file_made[] = {
    WHO,
    {"TargetFilename", WD_K_PATH, WD_FACT_PLAIN},
    FILE_FACTS,
    {"created or overwritten", WD_K_TEXT, WD_FACT_TEXT},
};

static const wd_fact_key stream_made[] = {
    WHO,
    {"TargetFilename", WD_K_PATH, WD_FACT_PLAIN},
    FILE_FACTS,
    {"Contents", WD_K_VALUE, WD_FACT_PLAIN},
    {"stream created", WD_K_TEXT, WD_FACT_TEXT},
};

static const wd_fact_key file_deleted[] = {
    WHO,
    {"TargetFilename", WD_K_PATH, WD_FACT_PLAIN},
    FILE_FACTS,
    {"deleted", WD_K_TEXT, WD_FACT_TEXT},
};

static const wd_fact_key registry[] = {
    WHO,
    {"TargetObject", WD_K_PATH, WD_FACT_PLAIN},
    {"Details", WD_K_VALUE, WD_FACT_PLAIN},
    {"NewName", WD_K_VALUE, WD_FACT_PLAIN},
    {"EventType", WD_K_TEXT, WD_FACT_PLAIN},
};

static const wd_fact_key new_process[] = {
    {"NewProcessName", WD_K_PROCESS, WD_FACT_PLAIN},
    {"NewProcessId", WD_K_PROCESS_ID, WD_FACT_PLAIN},
    {"CommandLine", WD_K_COMMAND, WD_FACT_PLAIN},
    {"ParentProcessName", WD_K_PARENT, WD_FACT_PLAIN},
    {"ProcessId", WD_K_PARENT_ID, WD_FACT_PLAIN},
    {"SubjectUserName", WD_K_USER, WD_FACT_SUBJECT},
};

static const wd_fact_key logon[] = {
    {"TargetUserName", WD_K_USER, WD_FACT_TARGET},
    {"LogonType", WD_K_LOGON_TYPE, WD_FACT_PLAIN},
    {"IpAddress", WD_K_SRC, WD_FACT_ADDRESS},
    {"WorkstationName", WD_K_NAME, WD_FACT_PLAIN},
    {"ProcessName", WD_K_PROCESS, WD_FACT_PLAIN},
    {"AuthenticationPackageName", WD_K_PROTO, WD_FACT_PLAIN},
    {"logged on", WD_K_TEXT, WD_FACT_TEXT},
};

static const wd_fact_key failed_logon[] = {
    {"TargetUserName", WD_K_USER, WD_FACT_TARGET}, {"LogonType", WD_K_LOGON_TYPE, WD_FACT_PLAIN},
    {"IpAddress", WD_K_SRC, WD_FACT_ADDRESS},      {"WorkstationName", WD_K_NAME, WD_FACT_PLAIN},
    {"logon refused", WD_K_TEXT, WD_FACT_TEXT},
};

static const wd_fact_key service_by_audit[] = {
    {"ServiceName", WD_K_NAME, WD_FACT_PLAIN},       {"ServiceFileName", WD_K_PATH, WD_FACT_PLAIN},
    {"SubjectUserName", WD_K_USER, WD_FACT_SUBJECT}, {"ServiceAccount", WD_K_VALUE, WD_FACT_PLAIN},
    {"installed", WD_K_TEXT, WD_FACT_TEXT},
};

static const wd_fact_key service_installed[] = {
    {"ServiceName", WD_K_NAME, WD_FACT_PLAIN},
    {"ImagePath", WD_K_PATH, WD_FACT_PLAIN},
    {"AccountName", WD_K_VALUE, WD_FACT_PLAIN},
    {"installed", WD_K_TEXT, WD_FACT_TEXT},
};

static const wd_fact_key service_state[] = {
    {"param1", WD_K_NAME, WD_FACT_PLAIN},
    {"param2", WD_K_TEXT, WD_FACT_PLAIN},
};

static const wd_fact_key service_start_type[] = {
    {"param1", WD_K_NAME, WD_FACT_PLAIN},
    {"param3", WD_K_VALUE, WD_FACT_PLAIN},
    {"start type changed", WD_K_TEXT, WD_FACT_TEXT},
};

static const wd_fact_key permitted_connection[] = {
    {"Application", WD_K_PROCESS, WD_FACT_PLAIN},  {"ProcessID", WD_K_PROCESS_ID, WD_FACT_PLAIN},
    {"ProcessId", WD_K_PROCESS_ID, WD_FACT_PLAIN}, {"SourceAddress", WD_K_SRC, WD_FACT_ADDRESS},
    {"DestAddress", WD_K_DST, WD_FACT_ADDRESS},    {"DestPort", WD_K_PORT, WD_FACT_PLAIN},
    {"Protocol", WD_K_PROTO, WD_FACT_PROTOCOL},
};

static const wd_fact_key security_cleared[] = {
    {"SubjectUserName", WD_K_USER, WD_FACT_SUBJECT},
    {"Security", WD_K_NAME, WD_FACT_TEXT},
};

static const wd_fact_key log_cleared[] = {
    {"SubjectUserName", WD_K_USER, WD_FACT_SUBJECT},
    {"BackupPath", WD_K_PATH, WD_FACT_PLAIN},
};

static const wd_fact_key script_block[] = {
    {"ScriptBlockText", WD_K_VALUE, WD_FACT_PLAIN},
    {"Path", WD_K_PATH, WD_FACT_PLAIN},
    {"ScriptBlockId", WD_K_NAME, WD_FACT_PLAIN},
};

static const wd_fact_key linux_logon[] = {
    {"acct", WD_K_USER, WD_FACT_PLAIN},     {"addr", WD_K_SRC, WD_FACT_ADDRESS},
    {"hostname", WD_K_NAME, WD_FACT_PLAIN}, {"Image", WD_K_PROCESS, WD_FACT_PLAIN},
    {"res", WD_K_TEXT, WD_FACT_PLAIN},
};

#define KEYS(list) (list), sizeof(list) / sizeof((list)[0])

static const wd_fact facts[] = {
    {&sysmon, 1, WD_OBS_PROCESS, false, NULL, KEYS(process_start)},
    {&sysmon, 3, WD_OBS_CONTACT, true, NULL, KEYS(connection)},
    {&sysmon, 6, WD_OBS_IMAGE_LOAD, true, NULL, KEYS(driver_load)},
    {&sysmon, 7, WD_OBS_IMAGE_LOAD, true, NULL, KEYS(image_load)},
    {&sysmon, 11, WD_OBS_FILE_WRITE, false, NULL, KEYS(file_made)},
    {&sysmon, 12, WD_OBS_REGISTRY, false, NULL, KEYS(registry)},
    {&sysmon, 13, WD_OBS_REGISTRY, false, NULL, KEYS(registry)},
    {&sysmon, 14, WD_OBS_REGISTRY, false, NULL, KEYS(registry)},
    {&sysmon, 15, WD_OBS_FILE_WRITE, false, NULL, KEYS(stream_made)},
    {&sysmon, 22, WD_OBS_LOOKUP, true, NULL, KEYS(look_up)},
    {&sysmon, 23, WD_OBS_FILE_WRITE, false, NULL, KEYS(file_deleted)},
    {&sysmon, 26, WD_OBS_FILE_WRITE, false, NULL, KEYS(file_deleted)},
    {&sysmon, 29, WD_OBS_FILE_WRITE, false, NULL, KEYS(file_made)},
    {&sysmon_linux, 1, WD_OBS_PROCESS, false, NULL, KEYS(process_start)},
    {&sysmon_linux, 3, WD_OBS_CONTACT, true, NULL, KEYS(connection)},
    {&sysmon_linux, 11, WD_OBS_FILE_WRITE, false, NULL, KEYS(file_made)},
    {&sysmon_linux, 23, WD_OBS_FILE_WRITE, false, NULL, KEYS(file_deleted)},
    {&security, 1102, WD_OBS_LOG_CLEARED, false, NULL, KEYS(security_cleared)},
    {&security, 4624, WD_OBS_LOGON, false, NULL, KEYS(logon)},
    {&security, 4625, WD_OBS_LOGON, false, NULL, KEYS(failed_logon)},
    {&security, 4688, WD_OBS_PROCESS, false, NULL, KEYS(new_process)},
    {&security, 4697, WD_OBS_SERVICE, false, NULL, KEYS(service_by_audit)},
    {&security, 5156, WD_OBS_CONTACT, true, NULL, KEYS(permitted_connection)},
    {&system_log, 104, WD_OBS_LOG_CLEARED, false, NULL, KEYS(log_cleared)},
    {&system_log, 7036, WD_OBS_SERVICE, false, "param2", KEYS(service_state)},
    {&system_log, 7040, WD_OBS_SERVICE, false, "param3", KEYS(service_start_type)},
    {&system_log, 7045, WD_OBS_SERVICE, false, "ServiceName", KEYS(service_installed)},
    {&powershell, 4104, WD_OBS_SCRIPT, false, "ScriptBlockText", KEYS(script_block)},
    {&powershell_core, 4104, WD_OBS_SCRIPT, false, "ScriptBlockText", KEYS(script_block)},
    {&audit, 0, WD_OBS_PROCESS, false, "CommandLine", KEYS(process_start)},
    {&audit, 0, WD_OBS_CONTACT, true, "DestinationIp", KEYS(connection)},
    {&audit, 0, WD_OBS_FILE_WRITE, false, "TargetFilename", KEYS(file_made)},
    {&audit, 1112, WD_OBS_LOGON, false, NULL, KEYS(linux_logon)},
};

enum { N_FACTS = sizeof facts / sizeof facts[0] };

static bool is_from(const wd_fact_log *log, wd_slice channel, wd_slice provider)
{
    return wd_slice_eq_nocase(channel, wd_slice_str(log->channel)) ||
           (log->provider != NULL && wd_slice_eq_nocase(provider, wd_slice_str(log->provider)));
}

static const wd_fact *find_from(size_t i, wd_slice channel, wd_slice provider, uint32_t id)
{
    for (; i < N_FACTS; i++) {
        if ((facts[i].id == id || facts[i].id == 0) && is_from(facts[i].log, channel, provider)) {
            return &facts[i];
        }
    }
    return NULL;
}

const wd_fact *wd_fact_of(wd_slice channel, wd_slice provider, uint32_t id)
{
    return find_from(0, channel, provider, id);
}

const wd_fact *wd_fact_next(const wd_fact *f, wd_slice channel, wd_slice provider, uint32_t id)
{
    return find_from((size_t) (f - facts) + 1, channel, provider, id);
}

#include "core/vocab.h"

static const char *const kind_names[WD_OBS_KINDS] = {
    [WD_OBS_FILE] = "file",
    [WD_OBS_SIGNATURE] = "signature",
    [WD_OBS_UNCOVERED] = "uncovered",
    [WD_OBS_TRAILING] = "trailing",
    [WD_OBS_PROCESS] = "process",
    [WD_OBS_IMAGE_LOAD] = "image_load",
    [WD_OBS_FILE_WRITE] = "file_write",
    [WD_OBS_REGISTRY] = "registry",
    [WD_OBS_LOGON] = "logon",
    [WD_OBS_SERVICE] = "service",
    [WD_OBS_SCRIPT] = "script",
    [WD_OBS_LOG_CLEARED] = "log_cleared",
    [WD_OBS_LOOKUP] = "lookup",
    [WD_OBS_CONTACT] = "contact",
    [WD_OBS_REQUEST] = "request",
    [WD_OBS_ASSET] = "asset",
    [WD_OBS_COVERAGE] = "coverage",
    [WD_OBS_DAMAGE] = "damage",
    [WD_OBS_LIMIT] = "limit",
    [WD_OBS_RULE_PART] = "rule_part",
};

static const char *const key_names[WD_KEYS] = {
    [WD_K_HOST] = "host",
    [WD_K_PROCESS] = "process",
    [WD_K_PROCESS_ID] = "process_id",
    [WD_K_PARENT] = "parent",
    [WD_K_PARENT_ID] = "parent_id",
    [WD_K_COMMAND] = "command",
    [WD_K_PARENT_COMMAND] = "parent_command",
    [WD_K_USER] = "user",
    [WD_K_PATH] = "path",
    [WD_K_NAME] = "name",
    [WD_K_VALUE] = "value",
    [WD_K_SRC] = "src",
    [WD_K_DST] = "dst",
    [WD_K_PORT] = "port",
    [WD_K_PROTO] = "proto",
    [WD_K_URL] = "url",
    [WD_K_METHOD] = "method",
    [WD_K_USER_AGENT] = "user_agent",
    [WD_K_ANSWERS] = "answers",
    [WD_K_QTYPE] = "qtype",
    [WD_K_JA3] = "ja3",
    [WD_K_JA4] = "ja4",
    [WD_K_BYTES_OUT] = "bytes_out",
    [WD_K_BYTES_IN] = "bytes_in",
    [WD_K_TIMES] = "times",
    [WD_K_SIZE] = "size",
    [WD_K_SHA256] = "sha256",
    [WD_K_SHA1] = "sha1",
    [WD_K_MD5] = "md5",
    [WD_K_IMPHASH] = "imphash",
    [WD_K_FILE_KIND] = "file_kind",
    [WD_K_PRODUCT] = "product",
    [WD_K_VERSION] = "version",
    [WD_K_COMPANY] = "company",
    [WD_K_ORIGINAL_NAME] = "original_name",
    [WD_K_SIGNER] = "signer",
    [WD_K_ISSUER] = "issuer",
    [WD_K_SIGNED] = "signed",
    [WD_K_SIGNATURE_STATUS] = "signature_status",
    [WD_K_DIGEST] = "digest",
    [WD_K_AUTHENTIHASH] = "authentihash",
    [WD_K_SIGNED_AT] = "signed_at",
    [WD_K_WINDOWS_DEFAULT] = "windows_default",
    [WD_K_WINDOWS_STRICT] = "windows_strict",
    [WD_K_TRUST] = "trust",
    [WD_K_ENTROPY] = "entropy",
    [WD_K_UNCOVERED_KIND] = "uncovered_kind",
    [WD_K_UNCOVERED_WHERE] = "uncovered_where",
    [WD_K_EXCERPT] = "excerpt",
    [WD_K_CHANNEL] = "channel",
    [WD_K_EVENT_ID] = "event_id",
    [WD_K_LOGON_TYPE] = "logon_type",
    [WD_K_ADDRESSES] = "addresses",
    [WD_K_COUNTRY] = "country",
    [WD_K_SECTOR] = "sector",
    [WD_K_SITE] = "site",
    [WD_K_INSTALLED] = "installed",
    [WD_K_CONTAINED] = "contained",
    [WD_K_REMOVED] = "removed",
    [WD_K_ROLE] = "role",
    [WD_K_TEXT] = "text",
    [WD_K_RECOVERED] = "recovered",
    [WD_K_SENSOR] = "sensor",
    [WD_K_IMPORTS] = "imports",
    [WD_K_MENTIONS] = "mentions",
    [WD_K_ALGORITHM] = "algorithm",
    [WD_K_FLOWS] = "flows",
    [WD_K_COUNTERSIGNED] = "countersigned",
};

static const char *const severity_names[] = {"info", "low", "medium", "high", "critical"};

wd_slice wd_event_get(const wd_event *e, const char *name)
{
    wd_slice wanted = wd_slice_str(name);
    for (size_t i = 0; i < e->n_fields; i++) {
        if (wd_slice_eq(e->fields[i].name, wanted)) {
            return e->fields[i].value;
        }
    }
    return (wd_slice){0};
}

wd_obs wd_obs_of(wd_obs_kind kind, wd_span span, wd_time time)
{
    return (wd_obs){.kind = kind, .span = span, .time = time, .time_end = time, .count = 1};
}

wd_slice wd_obs_get(const wd_obs *o, wd_key key)
{
    for (size_t i = 0; i < o->n_attrs; i++) {
        if (o->attrs[i].key == key) {
            return o->attrs[i].value;
        }
    }
    return (wd_slice){0};
}

void wd_obs_set(wd_obs *o, wd_key key, wd_slice value)
{
    if (value.len > 0 && o->n_attrs < WD_KEYS && wd_obs_get(o, key).len == 0) {
        o->attrs[o->n_attrs++] = (wd_attr){key, value};
    }
}

const char *wd_severity_name(wd_severity s)
{
    return severity_names[s];
}

bool wd_severity_parse(wd_slice s, wd_severity *out)
{
    for (size_t i = 0; i < sizeof severity_names / sizeof severity_names[0]; i++) {
        if (wd_slice_eq(s, wd_slice_str(severity_names[i]))) {
            *out = (wd_severity) i;
            return true;
        }
    }
    if (wd_slice_eq(s, WD_S("informational"))) {
        *out = WD_INFO;
        return true;
    }
    return false;
}

const char *wd_basis_name(wd_basis b)
{
    static const char *const names[] = {"seen", "likely", "inferred"};
    return names[b];
}

const char *wd_obs_kind_name(wd_obs_kind k)
{
    return kind_names[k];
}

const char *wd_key_name(wd_key k)
{
    return key_names[k];
}

#ifndef WD_CORE_VOCAB_H
#define WD_CORE_VOCAB_H

#include "core/arena.h"
#include "core/clock.h"

/*
 * The words that all layers share, as plain structs without behaviour:
 *
 *   event        one record of a host log, as its reader gives it: names and values, no meaning
 *   observation  something that *is there*: a signature, a connection, a process start. Carries its
 * span finding      what observations *mean*: rule, sentence, severity, basis
 *
 * Readers (formats/) give events and format structs; detect/ turns them into observations and
 * findings; case/ keeps them; answers/ reasons over them. Detection never asks which parser an
 * observation came from.
 */

typedef enum wd_severity { WD_INFO, WD_LOW, WD_MEDIUM, WD_HIGH, WD_CRITICAL } wd_severity;
/** seen: direct record; likely: a rule over records; inferred: the story needs it, no record. No
 * others. */
typedef enum wd_basis { WD_SEEN, WD_LIKELY, WD_INFERRED } wd_basis;

/** Place in an item. `record` is the record's own number where the format has one, else 0. */
typedef struct wd_span {
    uint64_t offset; /* absolute in the item; WD_NO_OFFSET when it has none */
    uint64_t len;
    uint64_t record;
} wd_span;

/** A name and a value of an event, in order of the record. Both borrowed; UTF-8. */
typedef struct wd_field {
    wd_slice name;
    wd_slice value;
} wd_field;

/**
 * One record of a host log. Field names are those of the record: System attributes as
 * Element_Attribute (Provider_Name, TimeCreated_SystemTime, Execution_ProcessID), then the event's
 * own names; a name may repeat. `recovered` marks records that the log no longer counts as
 * allocated.
 */
typedef struct wd_event {
    wd_span span;
    wd_time time;     /* TimeCreated; WD_NO_TIME when absent */
    wd_slice channel; /* "Security", "Microsoft-Windows-Sysmon/Operational", "auditd", ... */
    wd_slice provider;
    wd_slice host; /* Computer */
    uint32_t event_id;
    bool recovered;
    wd_field *fields;
    size_t n_fields;
} wd_event;

/** First value of a field by exact name; the empty slice when absent. */
wd_slice wd_event_get(const wd_event *e, const char *name);

typedef enum wd_obs_kind {
    WD_OBS_FILE, /* a file by name, hash, version: in the evidence itself or named by a record */
    WD_OBS_SIGNATURE,   /* a code signature: what it says and which bytes it covers */
    WD_OBS_UNCOVERED,   /* a run of bytes that no signature covers */
    WD_OBS_TRAILING,    /* data after the end that the format declares */
    WD_OBS_PROCESS,     /* a process start */
    WD_OBS_IMAGE_LOAD,  /* a library loaded into a process */
    WD_OBS_FILE_WRITE,  /* a file created or changed by a process */
    WD_OBS_REGISTRY,    /* a registry value set */
    WD_OBS_LOGON,       /* a logon */
    WD_OBS_SERVICE,     /* a service installed or its state changed */
    WD_OBS_SCRIPT,      /* script text that ran */
    WD_OBS_LOG_CLEARED, /* an event log was cleared */
    WD_OBS_LOOKUP,      /* names asked for: src, name, answers */
    WD_OBS_CONTACT,     /* connections of one source to one destination, summed */
    WD_OBS_REQUEST,     /* HTTP requests of one source for one URL, summed */
    WD_OBS_ASSET,       /* a row of an asset list */
    WD_OBS_COVERAGE,    /* a source of records: host, channel or sensor, from when to when */
    WD_OBS_DAMAGE,      /* the item contradicts its format here */
    WD_OBS_LIMIT,       /* a bound of core/limits.h was reached here */
    WD_OBS_RULE_PART,   /* a record that a rule counts in a correlation over all logs */
    WD_OBS_KINDS
} wd_obs_kind;

/** What an observation may say. One vocabulary for the wire, the case and the reports. */
typedef enum wd_key {
    WD_K_HOST,       /* host the record speaks of, as it names itself */
    WD_K_PROCESS,    /* image path of the acting process */
    WD_K_PROCESS_ID, /* process GUID or id, for joining records of one process */
    WD_K_PARENT,     /* image path of the parent process */
    WD_K_PARENT_ID,
    WD_K_COMMAND, /* command line */
    WD_K_PARENT_COMMAND,
    WD_K_USER,
    WD_K_PATH,  /* file, module, registry or service path acted on */
    WD_K_NAME,  /* domain name, service name, product name, file name: the plain name */
    WD_K_VALUE, /* registry value data, script text, other free text */
    WD_K_SRC,   /* source address or host of traffic */
    WD_K_DST,   /* destination address */
    WD_K_PORT,
    WD_K_PROTO, /* "tcp", "udp", "tls", "http", "dns", "quic" */
    WD_K_URL,
    WD_K_METHOD,
    WD_K_USER_AGENT,
    WD_K_ANSWERS, /* addresses and names of a DNS answer, separated by blanks */
    WD_K_QTYPE,
    WD_K_JA3,
    WD_K_JA4,
    WD_K_BYTES_OUT,
    WD_K_BYTES_IN,
    WD_K_TIMES, /* moments of the connections, decimal ticks separated by blanks, sorted */
    WD_K_SIZE,
    WD_K_SHA256,
    WD_K_SHA1,
    WD_K_MD5,
    WD_K_IMPHASH,
    WD_K_FILE_KIND, /* "pe", "evtx", ... the names of formats/sniff.h */
    WD_K_PRODUCT,
    WD_K_VERSION,
    WD_K_COMPANY,
    WD_K_ORIGINAL_NAME,
    WD_K_SIGNER,
    WD_K_ISSUER,
    WD_K_SIGNED, /* "true", "false" as the record states it */
    WD_K_SIGNATURE_STATUS,
    WD_K_DIGEST, /* "match", "mismatch", "none" */
    WD_K_AUTHENTIHASH,
    WD_K_SIGNED_AT,
    WD_K_WINDOWS_DEFAULT, /* "valid", "invalid", "unsigned" */
    WD_K_WINDOWS_STRICT,
    WD_K_TRUST,
    WD_K_ENTROPY,
    WD_K_UNCOVERED_KIND,  /* "padding", "tag", "unexplained" */
    WD_K_UNCOVERED_WHERE, /* "certificate entry", "after table", "second entry", ... */
    WD_K_EXCERPT,         /* raw bytes, at most WD_MAX_EXCERPT */
    WD_K_CHANNEL,
    WD_K_EVENT_ID,
    WD_K_LOGON_TYPE,
    WD_K_ADDRESSES, /* of an asset, separated by blanks */
    WD_K_COUNTRY,   /* ISO 3166 alpha-2 */
    WD_K_SECTOR,
    WD_K_SITE,
    WD_K_INSTALLED, /* ISO times */
    WD_K_CONTAINED,
    WD_K_REMOVED,
    WD_K_ROLE,          /* of an asset: "workstation", "developer", ... */
    WD_K_TEXT,          /* a sentence: what was expected, what was found, which limit */
    WD_K_RECOVERED,     /* "true" when the record came from unallocated space */
    WD_K_SENSOR,        /* kind of source: "events", "network", "inventory" */
    WD_K_IMPORTS,       /* libraries of the import tables, separated by blanks */
    WD_K_MENTIONS,      /* file names among its strings, separated by blanks */
    WD_K_ALGORITHM,     /* of the signed digest: "sha256" */
    WD_K_FLOWS,         /* per moment of WD_K_TIMES what the connection was; detect/contacts.h */
    WD_K_COUNTERSIGNED, /* "true" when a valid timestamp covers the signature */
    WD_KEYS
} wd_key;

typedef struct wd_attr {
    wd_key key;
    wd_slice value;
} wd_attr;

/** Attributes an observation can hold; every key at most once. */
typedef struct wd_obs {
    wd_obs_kind kind;
    wd_span span;
    wd_time time;     /* first moment, WD_NO_TIME when it has none */
    wd_time time_end; /* last moment; equals `time` for a single one */
    uint64_t count;   /* how many records it sums up, at least 1 */
    wd_attr attrs[WD_KEYS];
    size_t n_attrs;
} wd_obs;

/** Sets a key unless the value is empty or the key is there already. Borrows the value. */
void wd_obs_set(wd_obs *o, wd_key key, wd_slice value);
/** Value of a key; the empty slice when absent. */
wd_slice wd_obs_get(const wd_obs *o, wd_key key);
wd_obs wd_obs_of(wd_obs_kind kind, wd_span span, wd_time time);

/**
 * What observations mean. `rule` is the stable name of the rule ("residue.unexplained", a Sigma
 * UUID stands in rule_id); `sentence` is plain words of at most 25; `benign` says why the innocent
 * reading was rejected.
 */
typedef struct wd_finding {
    wd_slice rule;
    wd_slice rule_id; /* UUID of a Sigma rule, else empty */
    wd_slice title;
    wd_slice sentence;
    wd_slice benign;
    wd_slice techniques; /* ATT&CK ids separated by blanks */
    wd_slice host;
    wd_slice subject;  /* what it is about: file, name, address; for joining with indicators */
    wd_slice excerpt;  /* raw bytes, at most WD_MAX_EXCERPT */
    wd_slice campaign; /* id of the campaign pack that the rule belongs to, else empty */
    wd_severity severity;
    wd_basis basis;
    int tier; /* exposure tier it proves, -1 when none */
    wd_time time;
    wd_span span;
} wd_finding;

/** An evidence item as its examiner sees it: bytes already hashed, name not to be trusted. */
typedef struct wd_item {
    wd_slice path; /* as found from the arguments, members joined by " > " */
    wd_slice name; /* last component of the path */
    wd_slice data;
    const uint8_t *sha256; /* 32 bytes */
} wd_item;

/** Where detectors hand their results. `ctx` is the receiver's own. A status other than WD_OK ends
 * the item. */
typedef struct wd_sink {
    void *ctx;
    wd_status (*observation)(void *ctx, const wd_obs *o);
    wd_status (*finding)(void *ctx, const wd_finding *f);
    wd_status (*output)(void *ctx, wd_slice lines); /* stream modes: whole lines for stdout */
} wd_sink;

/** Constant names, as in JSON: "high", "seen", "contact", "user_agent". */
const char *wd_severity_name(wd_severity s);
bool wd_severity_parse(wd_slice s, wd_severity *out); /* "informational" is info */
const char *wd_basis_name(wd_basis b);
const char *wd_obs_kind_name(wd_obs_kind k);
const char *wd_key_name(wd_key k);

#endif

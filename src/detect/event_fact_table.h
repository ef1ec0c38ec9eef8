#ifndef WD_DETECT_EVENT_FACT_TABLE_H
#define WD_DETECT_EVENT_FACT_TABLE_H

#include "core/vocab.h"

/** How a field's value becomes that of a key. */
typedef enum wd_fact_how {
    WD_FACT_PLAIN,
    WD_FACT_HASHES,   /* "SHA256=..,IMPHASH=..": the keys of the hashes, `key` is ignored */
    WD_FACT_GUID,     /* small, in braces */
    WD_FACT_ADDRESS,  /* ::ffff:192.0.2.1 as 192.0.2.1 */
    WD_FACT_PROTOCOL, /* 6 as tcp, 17 as udp */
    WD_FACT_ANSWERS,  /* "type:  5 name;::ffff:192.0.2.1;" as names and addresses between blanks */
    WD_FACT_SUBJECT,  /* account name with SubjectDomainName in front */
    WD_FACT_TARGET,   /* account name with TargetDomainName in front */
    WD_FACT_HOST,     /* the host of the record, no field */
    WD_FACT_TEXT      /* `field` itself is the value */
} wd_fact_how;

typedef struct wd_fact_key {
    const char *field;
    wd_key key;
    wd_fact_how how;
} wd_fact_key;

/** Where a record comes from: by channel, or by provider when the channel was renamed. */
typedef struct wd_fact_log {
    const char *channel;
    const char *provider; /* NULL: any */
} wd_fact_log;

typedef struct wd_fact {
    const wd_fact_log *log;
    uint32_t id; /* 0: any */
    wd_obs_kind kind;
    bool summed;
    const char *needs; /* field that must be there, NULL: none */
    const wd_fact_key *keys;
    size_t n_keys;
} wd_fact;

/** The fact that a record states, NULL when it states none. `provider` may be empty. */
const wd_fact *wd_fact_of(wd_slice channel, wd_slice provider, uint32_t id);
/** The next fact of the same record after `f`; NULL when there is none. */
const wd_fact *wd_fact_next(const wd_fact *f, wd_slice channel, wd_slice provider, uint32_t id);

#endif
